"""The model against its twin in plain Python: the same scenario and seed give the same numbers, to the last bit.

Equality of doubles holds where Numba and Python call the same mathematical library, as on Linux with glibc. Elsewhere
`log`, `exp` and `pow` may differ in their last bit: then `test_draws` fails first, and says which draw.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reference import philox, slow
from reference.hiv import MOST
from reference.partners import CASUAL, STEADY, count_partners
from reference.world import Factors, World
from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.model import CORE, INTERVENTIONS, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
ONES = 0xFFFFFFFF
# Random123, kat_vectors: philox4x32, 10 rounds. Counter, key, answer.
PUBLISHED = (
    ((0, 0, 0, 0), 0, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), ONES << 32 | ONES, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), 0x299F31D0A4093822,
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)  # fmt: skip
HASHES = {1: 0x514E28B7, ONES: 0x81F16F39}  # MurmurHash3_x86_32 of no bytes, by seed

# Attributes of people that are kept from step to step, as the package names them; the twin's names are the same.
KEPT = (
    "sex", "birth", "group", "immigrant", "condom_propensity", "market_trait", "frailty", "circumcised", "polygynous",
    "hiv_stage", "care_state", "infected_step", "source_uid", "source_kind", "role_times", "visit_times", "care_times",
)  # fmt: skip
# Attributes that the twin has no need for: they serve within one step, or follow from what is compared.
WITHIN_A_STEP = {"uid", "alive", "entered", "seeking", "visits", "force", "cause"}
NOT_CHANGED_BY_PROGRAMMES = {"exit_rate", "client_volume", "infectiousness", "mortality"}


def times(factor: float, value: Any, most: float = math.inf) -> Any:
    """A parameter's value, or every number in it, multiplied."""
    if isinstance(value, Mapping):
        return {key: times(factor, part, most) for key, part in value.items()}
    return min(most, factor * value)


def cotonou(people: int, stop: float, **changed: Any) -> Scenario:
    """A small Cotonou with much sex work, much HIV, and care from the start, so that everything happens often."""
    scenario = load(SETTING, people=people, stop=stop)
    given = dict(scenario.parameters)
    given |= {
        "initial_prevalence": times(20.0, given["initial_prevalence"], 1.0),
        "sex_worker_share": times(8.0, given["sex_worker_share"]),
        "risk_per_act": 0.005,
        "tests_per_year": {"fsw": 2.0, "all": 1.0},
        "link_rate": {"women": 1.0, "men": 0.5, "clients": 3.0, "brothel": 2.0, "fsw": 4.0},
        "art_rate": 6.0,
        "eligible_from": 1.0,
        "stop_rate": 0.3,
    }
    return replace(scenario, parameters=given | changed)


def with_levers() -> Scenario:
    """Six programmes: one of each kind, a second of PrEP, and one that nobody joins."""
    scenario = cotonou(500, 1990)
    workers, every = scenario.work_settings, codes.labels("group", scenario.work_settings)
    sellers_and_buyers = Target((*workers, "clients"))
    levers = (
        Lever("condoms", "condom_programme", 1986.0, 1990.0, sellers_and_buyers, coverage=0.6),
        Lever("prep", "oral_prep", 1985.5, 1990.0, Target((*workers, "women")), uptake=2.0, dropout=1.0,
              values={"prep_efficacy": 0.9, "prep_adherence": {1985: 0.3, 1990: 0.8}}),
        Lever("more_prep", "oral_prep", 1986.5, 1989.0, Target(every, (18.0, 30.0)), coverage=0.5),
        Lever("outreach", "testing_outreach", 1986.0, 1988.5, Target(every, (20.0, 45.0)),
              coverage={1986: 0.1, 1988: 0.9}),
        Lever("support", "art_support", 1986.0, 1990.0, Target(every), coverage=0.7,
              values={"art_stop_rate_ratio": 0.2}),
        Lever("unwanted", "condom_programme", 1986.0, 1990.0, sellers_and_buyers, uptake=0.0),
    )  # fmt: skip
    return replace(scenario, levers=levers)


def by_weeks() -> Scenario:
    """Steps of one week, and values at the edge: condoms always or never, few and many partners, spread-out people."""
    use = {"spouse": 1.0, "casual": 0.0, "own_partner": 0.2, "regular_client": 0.3, "one_off_client": 0.3}
    scenario = cotonou(
        400, 1987, condom_use=use, condom_spread=2.0, worker_volume_shape=0.4, client_visit_shape=3.0,
        frailty_shape=0.5, polygynous_share=0.7, casual_limit=1.0, casual_rate=2.0, market_balance=0.1,
        regular_share=0.8, circumcised_share=0.4, woman_to_man=0.7, suppressed_risk=0.1, fixed_acts=1.0,
        background_mortality=0.05, stop_buying=0.6, acts_per_contact=1.7, risk_per_act=0.02,
    )  # fmt: skip
    return replace(scenario, step=7 / 365.25)


def of_the_young() -> Scenario:
    """People leave at 30, so that those who turn 18 in the run also leave in it; HIV moves and kills fast."""
    duration = {"acute": 0.2, "cd4_over_500": 1.0, "cd4_350_500": 1.0, "cd4_200_350": 1.0, "all": 1.0}
    return cotonou(
        200, 1998.5, leave_age=30.0, start_age_to=25.0, stage_duration=duration, pair_duration=0.5, age_gap=2.0,
        tests_per_year=0.2, eligible_from=4.0, growth_rate={1985: -0.02, 1992: 0.05}, leave_sex_work=0.8,
    )  # fmt: skip


def of_certain_risk() -> Scenario:
    """Most acts with HIV pass it on, and it kills at any stage; workers are more than seats were made for, then few."""
    return cotonou(
        300, 1989, initial_prevalence={"fsw": 0.1, "all": 0.01}, risk_per_act=1.0, fixed_acts=1.0, frailty_shape=50.0,
        hiv_mortality=1.0, sex_worker_share={1985: 0.05, 1985.5: 0.1, 1986: 0.005, 1987: 0.02, 1987.5: 0.0004},
        leave_sex_work=1.0, return_home_share=1.0, worker_volume_shape=0.4, client_visits=40.0, market_balance=0.0,
    )  # fmt: skip


CASES = {
    "cotonou": (lambda: cotonou(600, 1991), 11),
    "programmes": (with_levers, 11),
    "weeks": (by_weeks, 2**40 + 3),
    "young": (of_the_young, 0),
    "certain": (of_certain_risk, 10),
}


@cache
def both(case: str) -> tuple[Engine, World, list[dict[str, Counter[int]]]]:
    """The package's run and the twin's."""
    make, seed = CASES[case]
    scenario = make()
    return Engine(scenario, contents(scenario), seed).run(), *slow.run(scenario, seed)


def counts_of_engine(engine: Engine) -> dict[str, list[list[int]]]:
    """Every counter at every step, as whole numbers (expected amounts in units of 2^-20)."""
    places = {name: (start, *shape) for name, (start, shape) in engine.layout.items()}
    return {name: engine.record[:, start : start + labels].tolist() for name, (start, labels) in places.items()}


def counts_of_twin(engine: Engine, record: list[dict[str, Counter[int]]]) -> dict[str, list[list[int]]]:
    """The same of the twin, and any counter that the package has not."""
    names = set(engine.layout).union(*record)
    labels = {name: engine.layout[name][1][0] if name in engine.layout else 0 for name in names}
    return {name: [[counts[name][k] for k in range(labels[name])] for counts in record] for name in names}


def people_of_engine(engine: Engine) -> dict[str, dict[int, Any]]:
    """Every attribute of those who are there at the end, by uid."""
    uids = engine.attribute("uid").tolist()
    return {name: dict(zip(uids, engine.attribute(name).tolist(), strict=True)) for name in engine.people.arrays}


def people_of_twin(world: World) -> dict[str, dict[int, Any]]:
    """The same of the twin, under the package's names."""
    people = world.people
    found = {name: {uid: getattr(person, name) for uid, person in people.items()} for name in KEPT}
    found |= {name: {uid: person.clocks[name].left for uid, person in people.items()} for name in world.clock_names}
    found |= {f.name: {uid: getattr(p.factors, f.name) for uid, p in people.items()} for f in fields(Factors)}
    for name, kinds in (("steady_partners", STEADY), ("casual_partners", CASUAL)):
        partners = count_partners(world.pairs, kinds)
        found[name] = {uid: partners[uid] for uid in people}
    for programme in world.programmes:
        name = programme.lever.name
        found[f"{name}.covered"] = {uid: name in person.covered for uid, person in people.items()}
        if programme.by_rate:
            found[f"{name}.enrol_times"] = {uid: person.enrol_times[name] for uid, person in people.items()}
    return found


def pairs_of_engine(engine: Engine) -> Counter[tuple[Any, ...]]:
    """Every pair that lasts into the next step: uids, kind, last step, condoms and acts."""
    uid, names = engine.people.arrays["uid"], ("kind", "until", "pair_propensity", "condom_share", "pair_acts")
    partners = [uid[engine.attribute(row)].tolist() for row in ("pair_a", "pair_b")]
    return Counter(zip(*partners, *(engine.attribute(name).tolist() for name in names), strict=True))


def pairs_of_twin(world: World) -> Counter[tuple[Any, ...]]:
    """The same of the twin."""
    return Counter(
        (pair.woman.uid, pair.man.uid, pair.kind, pair.until, pair.propensity, pair.condom_share, pair.acts)
        for pair in world.pairs
    )


def differing(engine: Engine, world: World, record: list[dict[str, Counter[int]]]) -> list[str]:
    """The names of the counters, and of the attributes at the end, that differ anywhere."""
    counts, people = counts_of_twin(engine, record), people_of_twin(world)
    theirs, at_the_end = counts_of_engine(engine), people_of_engine(engine)
    found = [name for name, values in counts.items() if values != theirs.get(name)]
    found += [name for name, values in people.items() if values != at_the_end[name]]
    return found + (["pairs"] if pairs_of_twin(world) != pairs_of_engine(engine) else [])


@pytest.mark.parametrize(("counter", "key", "answer"), PUBLISHED)
def test_published_answers(counter: philox.Words, key: int, answer: philox.Words) -> None:
    """The plain Philox4x32-10 gives the published answers. Exact; n = 3."""
    assert philox.philox(counter, key) == answer


def test_draws() -> None:
    """Words, uniforms, exponentials, normals, gammas and whole steps are the package's. Exact; n = 1,000 of each."""
    chance = np.random.default_rng(1)
    key = rng.stream_key(7, "twin")
    plain = philox.Stream(int(key))
    for words in chance.integers(0, 2**32, (1000, 4)).tolist():
        assert plain.words(*words) == tuple(int(word) for word in rng.philox(*words, key))
        u = plain.uniform(*words)
        assert u == rng.uniform(key, *words)
        assert plain.exponential(*words) == rng.exponential(key, *words)
        assert plain.normal(*words) == rng.normal(key, *words)
        shape = 0.2 + words[3] / 2**31
        assert plain.gamma(words[0], 1, shape) == rng.gamma(key, words[0], 1, shape)
        assert philox.whole_steps(shape, 1 / 12, u) == rng.whole_steps(shape, 1 / 12, u)


def test_whole_units() -> None:
    """Places, fixed-point forces and tallies are the package's, and places MurmurHash3's. Exact; n = 1,000 of each."""
    chance = np.random.default_rng(2)
    for uid, amount in zip(chance.integers(0, 2**32, 1000).tolist(), chance.exponential(1.0, 1000), strict=True):
        assert philox.scatter(uid, uid % 90, 2**20) == rng.scatter(uid, uid % 90, 2**20)
        assert philox.fixed(amount) == rng.fixed(amount)
        assert philox.tally(amount) == rng.tally(amount)
    for uid, answer in HASHES.items():
        assert philox.scatter(uid, 0, 2**32) == answer
    assert philox.fixed(MOST) == rng.fixed(MOST) == rng.fixed(math.inf)


@pytest.mark.parametrize("case", CASES)
def test_every_counter_at_every_step(case: str) -> None:
    """Each of the package's counters has the twin's value, in every group and step. Exact.

    n = 600 people and 72 months; 500 and 60 with six programmes; 400 and 104 weeks with values at the edge; 200 and 162
    months of people who leave at 30; 300 and 48 with a risk of 1 at most acts.
    """
    engine, _, record = both(case)
    theirs, ours = counts_of_engine(engine), counts_of_twin(engine, record)
    assert len(record) == engine.step == engine.n_steps
    assert sorted(ours) == sorted(theirs)
    for step in range(engine.n_steps):  # the first step that differs says most
        assert [name for name in theirs if ours[name][step] != theirs[name][step]] == [], f"in step {step}"


@pytest.mark.parametrize("case", CASES)
def test_everyone_at_the_end(case: str) -> None:
    """The same people are there at the end, alike in every trait, state and clock, and the same pairs. Exact.

    n = 600, 500, 400, 200 and 300 people at the start, as above.
    """
    engine, world, record = both(case)
    assert sorted(world.people) == sorted(engine.attribute("uid").tolist())
    assert len(world.pairs) > 30
    assert differing(engine, world, record) == []


def test_nothing_is_left_out() -> None:
    """The comparison covers every attribute of people that lasts, and every factor that a programme may change. Exact;
    n = every attribute declared.
    """
    engine, world, _ = both("programmes")
    left_out = set(engine.people.arrays) - set(people_of_twin(world))
    assert left_out == WITHIN_A_STEP | NOT_CHANGED_BY_PROGRAMMES
    assert {name for kind in INTERVENTIONS.values() for name in kind.writes} == {f.name for f in fields(Factors)}
    assert set(engine.pairs.arrays) == {
        "pair_a", "pair_b", "kind", "until", "pair_propensity", "condom_share", "pair_acts", "hazard",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "shows_in"),
    [
        ("risk_per_act", "infections"),
        ("art_rate", "on_art"),
        ("age_gap", "pairs_now"),
        ("condom_breakage", "infection_clock"),
    ],
)
def test_the_comparison_can_fail(name: str, shows_in: str) -> None:
    """A twin with one parameter a tenth lower does not pass. Exact; n = 200 people and 162 months, 4 parameters."""
    make, seed = CASES["young"]
    scenario, params = make(), {p.name: p for process in CORE for p in process.params}
    lower = times(0.9, scenario.parameters.get(name, params[name].default))
    altered = replace(scenario, parameters={**scenario.parameters, name: lower})
    assert shows_in in differing(both("young")[0], *slow.run(altered, seed))


def test_much_happens() -> None:
    """In the five runs, every counter counts, people leave for every cause, HIV passes in every kind of pair, and all
    states of care are there. Exact; n = 2,000 people.
    """
    for name in both("programmes")[0].counters.keys() - {"visits_lost"}:
        assert sum(sum(map(sum, counts_of_engine(both(case)[0])[name])) for case in CASES) > 20, name
    departures = sum((counts["departures"] for case in CASES for counts in both(case)[2]), Counter())
    assert {cause: n > 10 for cause, n in departures.items()} == dict.fromkeys(range(1, len(codes.CAUSES)), True)
    infections = sum((counts["infections_by_kind"] for case in CASES for counts in both(case)[2]), Counter())
    assert {kind: n > 3 for kind, n in infections.items()} == dict.fromkeys(range(1, len(codes.PAIR_KINDS)), True)
    states = {person.care_state for case in CASES for person in both(case)[1].people.values() if person.has_hiv}
    assert states == set(range(len(codes.CARE_STATES)))
