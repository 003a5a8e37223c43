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

from kernels.whole_run import WEIGHS
from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import INTERVENTIONS, all_params, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.state import FREE

SETTINGS = (
    Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml",
    Path(__file__).parent / "place.yaml",  # two sites, occupations, visitors, men and trans women, needles
)
EXAMPLES = 80
DRAWN = (
    "growth_rate", "fraction_female", "leave_age", "immigrant_share", "visitor_numbers", "msm_share", "trans_share",
    "polygynous_share", "bisexual_share", "receptive_share", "debt_share",
    "sex_worker_share", "leave_sex_work", "leaving_shape", "pause_rate", "resume_rate", "switch_rate", "restart_ratio",
    "start_age_to", "start_age_scale", "start_education", "start_need", "start_debt", "start_migrant",
    "leave_young", "leave_education", "leave_debt", "leave_need", "leave_migrant", "part_time_share",
    "manager_control", "managed_leaving", "outreach_visibility", "return_home_share",
    "client_share", "stop_buying", "client_visits", "setting_choice", "alcohol_share", "premium_offer", "worker_volume",
    "market_balance", "most_contacts", "substitution", "price_response", "regular_share", "regular_contacts",
    "trip_rate", "trip_duration", "trip_season_strength", "migration_rate",
    "injecting_share", "injecting_start", "injecting_stop", "needle_rate", "needle_limit",
    "steady_rate", "casual_rate", "casual_limit", "steady_at_start", "male_activity", "assortativity", "age_gap",
    "age_gap_spread", "pair_duration", "duration_shape",
    "condom_use", "anal_share", "initial_prevalence", "immigrant_prevalence", "risk_per_act", "needle_risk",
    "tests_per_year", "art_rate", "stop_rate", "background_mortality", "hiv_mortality", "stage_duration",
    "frailty_shape",
)  # fmt: skip

# In at most three work settings and two groups of clients, so that nobody is asked to be in two groups at a time.
NARROWER = {"sex_worker_share": (0.0, 0.25), "client_share": (0.0, 0.3), "visitor_numbers": (0.0, 5.0)}


@cache
def setting(path: Path) -> Scenario:
    """A setting whose other parameters are kept; without what would only lengthen the report of a failure."""
    return replace(load(path), surveys=(), sources={}, groups={}, description="")


@st.composite
def levers(draw: st.DrawFn, base: Scenario) -> tuple[Lever, ...]:
    """Up to two levers of any kind, for any groups and ages, at any coverage or rates, for any part of the run."""
    made = []
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(sorted(INTERVENTIONS)))
        groups = draw(st.sets(st.sampled_from(base.layout.group_names), min_size=1))
        years = (draw(st.floats(0.0, 2.0)), draw(st.floats(2.5, 50.0))) if draw(st.booleans()) else (0.0, math.inf)
        target = Target(tuple(sorted(groups)), (18.0, draw(st.floats(19.0, 100.0))), years)
        way: dict[str, Any] = {"coverage": draw(st.floats(0.0, 1.0))}
        if draw(st.booleans()):
            way = {"uptake": draw(st.floats(0.0, 52.0)), "dropout": draw(st.floats(0.0, 52.0))}
        start = base.start + draw(st.floats(-1.0, 3.0))
        made.append(Lever(f"{kind}_{number}", kind, start, start + draw(st.floats(0.0, 5.0)), target, **way))
    return tuple(made)


def most_immigrants(values: dict[str, float]) -> float:
    """The share of immigrants with which they make the population grow by 2 % a year at most.

    Each worker who leaves or pauses is replaced, by an immigrant at times; without a bound, 40 years of it fill a town.
    """
    share = 3 * NARROWER["sex_worker_share"][1] if "sex_worker_share" in values else 0.3
    return 0.02 / (share * (values.get("leave_sex_work", 0.3) + values.get("pause_rate", 0.5) + 0.1))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """200 to 600 people over 3 to 5 years by months or quarters; 12 or more parameters anywhere in their ranges."""
    params, base = all_params(), setting(draw(st.sampled_from(SETTINGS)))
    names = draw(st.sets(st.sampled_from(DRAWN), min_size=12))
    ranges = {name: NARROWER.get(name, params[name].range) for name in sorted(names)}
    values = {name: draw(st.floats(*limits, allow_subnormal=False)) for name, limits in ranges.items()}
    values["immigrant_share"] = min(values.get("immigrant_share", 0.3), most_immigrants(values))
    return replace(
        base, people=draw(st.integers(200, 600)), stop=base.start + draw(st.integers(3, 5)),
        step=draw(st.sampled_from((1 / 12, 1 / 4))), levers=draw(levers(base)),
        parameters={**base.parameters, **WEIGHS, **values},
    )  # fmt: skip


class Lives:
    """What a person is for life: population and sex by uid, as first seen."""

    def __init__(self) -> None:
        self.known: dict[int, tuple[int, int]] = {}

    def check(self, uid: np.ndarray, population: np.ndarray, sex: np.ndarray) -> None:
        """Nobody is of another population than before."""
        for who, *is_what in zip(uid.tolist(), population.tolist(), sex.tolist(), strict=True):
            assert self.known.setdefault(who, tuple(is_what)) == tuple(is_what), f"{who} became another person"


def check_people(run: Engine, time: float, leave_age: float, lives: Lives) -> None:
    """Ages, identities, free rows, the register of men, and what a person may be."""
    people, n, tables = run.people.arrays, run.people.n, run.layout.tables
    rows = np.flatnonzero(people["alive"][:n])
    age, group = time - people["birth"][rows], people["group"][rows]
    assert len(rows) == 0 or (age.min() >= 18.0 - 1e-9 and age.max() < leave_age)
    assert len(np.unique(people["uid"][rows])) == len(rows)
    assert len(rows) == 0 or group.max() < len(run.layout.groups)
    free = run.people.free[: run.people.book[FREE]]
    assert np.array_equal(np.sort(free), np.flatnonzero(~people["alive"][:n]))
    lives.check(people["uid"][rows], tables["population_of"][group], people["sex"][rows])
    male = people["sex"][rows] == codes.MALE
    assert np.array_equal(male, tables["population_of"][group] != codes.WOMEN)
    register = np.full_like(run.prepared["row_of_man"], -1)
    born_here = rows[male & ~people["immigrant"][rows]]
    register[people["uid"][born_here] >> 1] = born_here
    assert np.array_equal(run.prepared["row_of_man"], register)
    role, paused = tables["role_of"][group], people["paused"][rows]
    assert (role[paused] == codes.FORMER).all()
    last = people["last_group"][rows][paused]
    assert (tables["role_of"][last] == codes.WORKER).all()
    assert (tables["population_of"][last] == tables["population_of"][group[paused]]).all()
    assert (people["home"][rows] < max(1, len(run.layout.sites))).all()
    assert (people["stays_until"][rows] >= run.step).all(), "a visitor stays on"
    assert (people["care_state"][rows][people["hiv_stage"][rows] == 0] == codes.UNDIAGNOSED).all()
    assert not people["force"][:n].any() and (people["cause"][rows] == codes.STAYS).all()
    clocks = [name for name, attr in ((a.name, a) for a in run.people.attributes) if attr.clock]
    assert len(clocks) >= 8 and all(np.isfinite(people[name][rows]).all() for name in clocks)


def check_pairs(run: Engine, limits: dict[str, float]) -> None:
    """Each pair is of two living people who can be such a pair; partner counters equal a fresh count, within limits."""
    people, pairs, n, tables = run.people.arrays, run.pairs.arrays, run.people.n, run.layout.tables
    kinds = pairs["kind"][: run.pairs.n]
    free = run.pairs.free[: run.pairs.book[FREE]]
    assert np.array_equal(np.sort(free), np.flatnonzero(kinds == codes.NONE))
    assert np.array_equal(pairs["pair_a"][free], pairs["pair_b"][free])
    there = np.flatnonzero(kinds)
    a, b, form = pairs["pair_a"][there], pairs["pair_b"][there], tables["form_of"][kinds[there]]
    assert people["alive"][a].all() and people["alive"][b].all() and (a != b).all()
    assert (pairs["until"][there] > run.step).all() and not (form == codes.ONE_OFF).any()
    first, second = (tables["population_of"][people["group"][side]] for side in (a, b))
    sexual = form != codes.NEEDLE
    assert np.isin(second[sexual], (codes.MEN, codes.MSM)).all() and (first[sexual] != codes.MEN).all()
    assert (second[sexual & (first == codes.MSM)] == codes.MSM).all()
    by_woman = sexual & (first == codes.WOMEN) & (second == codes.MSM) & (form != codes.REGULAR)
    assert people["bisexual"][b[by_woman]].all()
    alive = people["alive"][:n]
    counts = (("steady_partners", codes.STEADY), ("casual_partners", codes.CASUAL), ("needle_partners", codes.NEEDLE))
    for name, of in counts:
        fresh = sum(np.bincount(side[form == of], minlength=n) for side in (a, b))
        assert np.array_equal(people[name][:n][alive], fresh[alive]), name
    most = np.where(people["polygynous"][:n], 2, 1)
    assert (people["steady_partners"][:n] <= most)[alive].all()
    assert (people["casual_partners"][:n][alive] <= math.ceil(limits["casual_limit"])).all()
    assert (people["needle_partners"][:n][alive] <= math.ceil(limits["needle_limit"])).all()
    regular, needle = form == codes.REGULAR, form == codes.NEEDLE
    worker, client = people["group"][a[regular]], people["group"][b[regular]]
    assert (tables["role_of"][worker] == codes.WORKER).all() and (tables["role_of"][client] == codes.CLIENT).all()
    assert np.array_equal(tables["market_of"][worker], tables["market_of"][client])
    assert people["injects"][a[needle]].all() and people["injects"][b[needle]].all()


def check_counters(run: Engine) -> None:
    """Books balance: people, status, sources, deaths, care, condoms, contacts; nothing is negative."""
    tables = next(call for call in run.calls if call.process.name == "entry").step.tables
    entering = (tables["scheduled"].sum(axis=1) + tables["immigrants"].sum(axis=1))[: run.n_steps]
    people = run.count("people")
    assert [name for name in run.counters if name != "age_gaps" and (run.count(name) < 0).any()] == []
    assert np.array_equal(np.diff(people.sum(axis=1), prepend=0), entering - run.count("departures").sum(axis=1))
    assert np.array_equal(people, run.count("susceptible") + run.count("living_with_hiv"))
    assert np.array_equal(run.count("infections").sum(axis=1), run.count("infections_by_kind").sum(axis=1))
    assert np.array_equal(run.count("hiv_deaths").sum(axis=1), run.count("departures")[:, codes.DIED_HIV])
    assert np.array_equal(run.count("contacts_sold").sum(axis=1), run.count("contacts_bought").sum(axis=1))
    assert not run.count("departures")[:, codes.STAYS].any() and not run.count("pairs_now")[:, codes.NONE].any()
    for less, more in (("suppressed", "on_art"), ("on_art", "diagnosed"), ("diagnosed", "living_with_hiv"),
                       ("prep_users", "susceptible"), ("condom_acts", "acts"), ("pairs_apart", "pairs_now"),
                       ("regular_sold", "contacts_sold"), ("visits_after_alcohol", "visits_made"),
                       ("contacts_moved", "contacts_sought"), ("contacts_unmet", "contacts_sought"),
                       ("people_who_inject", "counted_adults")):  # fmt: skip
        assert (run.count(less) <= run.count(more)).all(), less
    assert np.array_equal(run.people.arrays["alive"][: run.people.n].sum(), people[-1].sum())


@settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(scenarios(), st.integers(0, 2**32 - 1))
def test_invariants(scenario: Scenario, seed: int) -> None:
    """At every step everyone is an adult below the leaving age, every pair is of two living people, and books balance.

    Exact; 80 scenarios, always the same: Cotonou or a place of two sites with everything on, 200 to 600 people, 12 to
    60 steps, 12 or more of the 77 parameters listed drawn over their ranges, 0 to 2 levers, any seed.
    """
    params = all_params()
    names = ("leave_age", "casual_limit", "needle_limit")
    limits = {name: scenario.parameters.get(name, params[name].default) for name in names}
    run, lives = Engine(scenario, contents(scenario), seed), Lives()
    while run.step < run.n_steps:
        run.advance()
        check_people(run, float(run.times[run.step - 1]), limits["leave_age"], lives)
        check_pairs(run, limits)
    check_counters(run)
