"""What holds at every step of every run, over small scenarios with parameters drawn within their declared ranges."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import INTERVENTIONS, all_params, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.state import FREE

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
EXAMPLES = 60
DRAWN = (
    "growth_rate", "fraction_female", "leave_age", "immigrant_share", "client_share", "polygynous_share",
    "sex_worker_share", "leave_sex_work", "stop_buying", "start_age_to", "steady_rate", "casual_rate", "casual_limit",
    "age_gap", "age_gap_spread", "pair_duration", "client_visits", "worker_volume", "market_balance", "regular_share",
    "initial_prevalence", "immigrant_prevalence", "risk_per_act", "condom_use", "tests_per_year", "art_rate",
    "stop_rate", "background_mortality", "hiv_mortality", "stage_duration", "frailty_shape",
)  # fmt: skip


@cache
def setting() -> Scenario:
    """The setting whose other parameters are kept; without what would only lengthen the report of a failure."""
    return replace(load(SETTING), surveys=(), sources={}, groups={}, description="")


@st.composite
def levers(draw: st.DrawFn) -> tuple[Lever, ...]:
    """Up to two levers of any kind, for any groups and ages, at any coverage or rates, for any part of the run."""
    groups = codes.labels("group", setting().work_settings)
    made = []
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(sorted(INTERVENTIONS)))
        target = Target(tuple(draw(st.sets(st.sampled_from(groups), min_size=1))), (18.0, draw(st.floats(19.0, 100.0))))
        way: dict[str, Any] = {"coverage": draw(st.floats(0.0, 1.0))}
        if draw(st.booleans()):
            way = {"uptake": draw(st.floats(0.0, 52.0)), "dropout": draw(st.floats(0.0, 52.0))}
        start = draw(st.floats(1984.0, 1988.0))
        made.append(Lever(f"{kind}_{number}", kind, start, start + draw(st.floats(0.0, 5.0)), target, **way))
    return tuple(made)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """200 to 600 people over 3 to 5 years by months or quarters; 12 or more parameters anywhere in their ranges."""
    params = all_params()
    names = draw(st.sets(st.sampled_from(DRAWN), min_size=12))
    values = {name: draw(st.floats(*params[name].range, allow_subnormal=False)) for name in sorted(names)}
    return replace(
        setting(), people=draw(st.integers(200, 600)), stop=draw(st.sampled_from((1988.0, 1989.0, 1990.0))),
        step=draw(st.sampled_from((1 / 12, 1 / 4))), levers=draw(levers()),
        parameters={**setting().parameters, **values},
    )  # fmt: skip


def check_people(run: Engine, time: float, leave_age: float) -> None:
    """Ages, identities, free rows, the register of men, and what a person may be."""
    people, n = run.people.arrays, run.people.n
    rows = np.flatnonzero(people["alive"][:n])
    age = time - people["birth"][rows]
    assert len(rows) == 0 or (age.min() >= 18.0 - 1e-9 and age.max() < leave_age)
    assert len(np.unique(people["uid"][rows])) == len(rows)
    free = run.people.free[: run.people.book[FREE]]
    assert np.array_equal(np.sort(free), np.flatnonzero(~people["alive"][:n]))
    man = people["sex"][rows] == codes.MALE
    assert np.array_equal(man, np.isin(people["group"][rows], (codes.MEN, codes.CLIENTS)))
    register = np.full_like(run.prepared["row_of_man"], -1)
    register[people["uid"][rows[man]] >> 1] = rows[man]
    assert np.array_equal(run.prepared["row_of_man"], register)
    assert (people["care_state"][rows][people["hiv_stage"][rows] == 0] == codes.UNDIAGNOSED).all()
    assert not people["force"][:n].any() and (people["cause"][rows] == codes.STAYS).all()
    clocks = [name for name, attr in ((a.name, a) for a in run.people.attributes) if attr.clock]
    assert len(clocks) >= 8 and all(np.isfinite(people[name][rows]).all() for name in clocks)


def check_pairs(run: Engine, casual_limit: float) -> None:
    """Each pair is of a living woman and a living man; partner counters equal a fresh count, within their limits."""
    people, pairs, n = run.people.arrays, run.pairs.arrays, run.people.n
    kinds = pairs["kind"][: run.pairs.n]
    free = run.pairs.free[: run.pairs.book[FREE]]
    assert np.array_equal(np.sort(free), np.flatnonzero(kinds == codes.NONE))
    assert np.array_equal(pairs["pair_a"][free], pairs["pair_b"][free])
    there = np.flatnonzero(kinds)
    a, b = pairs["pair_a"][there], pairs["pair_b"][there]
    assert people["alive"][a].all() and people["alive"][b].all()
    assert (people["sex"][a] == codes.FEMALE).all() and (people["sex"][b] == codes.MALE).all()
    assert (pairs["until"][there] > run.step).all() and not (kinds == codes.ONE_OFF_CLIENT).any()
    alive = people["alive"][:n]
    for name, of in (("steady_partners", (codes.SPOUSE, codes.OWN_PARTNER)), ("casual_partners", (codes.CASUAL,))):
        chosen = np.isin(kinds[there], of)
        fresh = np.bincount(a[chosen], minlength=n) + np.bincount(b[chosen], minlength=n)
        assert np.array_equal(people[name][:n][alive], fresh[alive]), name
    most = np.where((people["sex"][:n] == codes.MALE) & people["polygynous"][:n], 2, 1)
    assert (people["steady_partners"][:n] <= most)[alive].all()
    men = alive & (people["sex"][:n] == codes.MALE)
    assert (people["casual_partners"][:n][men] <= math.ceil(casual_limit)).all()
    regular = kinds[there] == codes.REGULAR_CLIENT
    assert (people["group"][a[regular]] >= codes.FIRST_SETTING).all()
    assert (people["group"][b[regular]] == codes.CLIENTS).all()


def check_counters(run: Engine) -> None:
    """Books balance: people, status, sources, deaths, care, condoms; nothing is negative."""
    tables = next(call for call in run.calls if call.process.name == "entry").step.tables
    entering = (tables["scheduled"].sum(axis=1) + tables["immigrants"].sum(axis=1))[: run.n_steps]
    people = run.count("people")
    assert (run.record >= 0).all()
    assert np.array_equal(np.diff(people.sum(axis=1), prepend=0), entering - run.count("departures").sum(axis=1))
    assert np.array_equal(people, run.count("susceptible") + run.count("living_with_hiv"))
    assert np.array_equal(run.count("infections").sum(axis=1), run.count("infections_by_kind").sum(axis=1))
    assert np.array_equal(run.count("hiv_deaths").sum(axis=1), run.count("departures")[:, codes.DIED_HIV])
    assert not run.count("departures")[:, codes.STAYS].any() and not run.count("pairs_now")[:, codes.NONE].any()
    for less, more in (("suppressed", "on_art"), ("on_art", "diagnosed"), ("diagnosed", "living_with_hiv"),
                       ("prep_users", "susceptible"), ("condom_acts", "acts")):  # fmt: skip
        assert (run.count(less) <= run.count(more)).all(), less
    assert np.array_equal(run.people.arrays["alive"][: run.people.n].sum(), people[-1].sum())


@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_invariants(scenario: Scenario, seed: int) -> None:
    """At every step everyone is an adult below the leaving age, every pair is of two living people, and books balance.

    Exact; 60 scenarios, always the same: 200 to 600 people, 12 to 60 steps, 12 or more of the 31 parameters listed
    drawn over their ranges, 0 to 2 levers, any seed.
    """
    params = all_params()
    leave_age, limit = (scenario.parameters.get(name, params[name].default) for name in ("leave_age", "casual_limit"))
    run = Engine(scenario, contents(scenario), seed)
    while run.step < run.n_steps:
        run.advance()
        check_people(run, float(run.times[run.step - 1]), leave_age)
        check_pairs(run, limit)
    check_counters(run)
