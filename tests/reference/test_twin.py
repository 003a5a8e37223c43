"""The model against its twin in plain Python: the same scenario and seed give the same numbers, to the last bit.

Equality of doubles holds where Numba and Python call the same mathematical library, as on Linux with glibc. Elsewhere
`log`, `exp` and `pow` may differ in their last bit: then `test_draws` fails first, and says which draw.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from reference import philox, slow
from reference.cases import CASES, times
from reference.hiv import MOST
from reference.partners import count_partners
from reference.world import Factors, World
from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.model import CORE, INTERVENTIONS, contents
from swmodel.processes.premiums import premiums
from swmodel.scenario.spec import Target

UNTIL = {"pauses": 1986.5, "sites": 1986.5}  # of a comparison that is to fail, where it shows soon
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
    "sex", "birth", "group", "home", "immigrant", "migrant", "stays_until", "condom_propensity", "market_trait",
    "frailty", "leaving_trait", "circumcised", "polygynous", "bisexual", "position", "education", "need", "indebted",
    "injects", "paused", "part_time", "managed", "spells", "spell_start", "hiv_stage", "care_state", "infected_step",
    "source_uid", "source_kind", "role_times", "trip_times", "inject_times", "steady_times", "visit_times",
    "care_times",
)  # fmt: skip
# Attributes that the twin has no need for: they serve within one step, or follow from what is compared.
WITHIN_A_STEP = {"uid", "alive", "entered", "seeking", "visits", "force", "cause"}
NOT_CHANGED_BY_PROGRAMMES = {"infectiousness", "mortality"}
NOT_CHANGED_WITHOUT_STRUCTURE = {"work_volume", "premium_odds", "partner_time"}


@cache
def both(case: str) -> tuple[Engine, World, list[dict[str, Counter[int]]]]:
    """The package's run and the twin's."""
    make, seed = CASES[case]
    scenario = make()
    return Engine(scenario, contents(scenario), seed).run(), *slow.run(scenario, seed)


def counts_of_engine(engine: Engine) -> dict[str, list[list[int]]]:
    """Every counter at every step, as whole numbers (expected amounts in units of 2^-20)."""
    record = engine.record[: engine.step]
    return {
        name: record[:, start : start + math.prod(shape)].tolist() for name, (start, shape) in engine.places.items()
    }


def counts_of_twin(engine: Engine, record: list[dict[str, Counter[int]]]) -> dict[str, list[list[int]]]:
    """The same of the twin, and any counter that the package has not."""
    names = set(engine.places).union(*record)
    labels = {name: engine.places[name][1][0] if name in engine.places else 0 for name in names}
    return {name: [[counts[name][k] for k in range(labels[name])] for counts in record] for name in names}


def people_of_engine(engine: Engine) -> dict[str, dict[int, Any]]:
    """Every attribute of those who are there at the end, by uid."""
    uids, names = engine.attribute("uid").tolist(), engine.people.arrays
    found = {name: dict(zip(uids, engine.attribute(name).tolist(), strict=True)) for name in names}
    return found | {"last_group": {uid: n for uid, n in found["last_group"].items() if found["paused"][uid]}}


def people_of_twin(world: World) -> dict[str, dict[int, Any]]:
    """The same of the twin, under the package's names."""
    people = world.people
    found = {name: {uid: getattr(person, name) for uid, person in people.items()} for name in KEPT}
    found |= {name: {uid: person.clocks[name].left for uid, person in people.items()} for name in world.clock_names}
    found |= {f.name: {uid: getattr(p.factors, f.name) for uid, p in people.items()} for f in fields(Factors)}
    found["last_group"] = {uid: person.last_group for uid, person in people.items() if person.paused}
    for name, form in (("steady", codes.STEADY), ("casual", codes.CASUAL), ("needle", codes.NEEDLE)):
        partners = count_partners(world.pairs, form)
        found[f"{name}_partners"] = {uid: partners[uid] for uid in people}
    for programme in world.programmes:
        name = programme.lever.name
        found[f"{name}.covered"] = {uid: name in person.covered for uid, person in people.items()}
        if programme.by_rate:
            found[f"{name}.enrol_times"] = {uid: person.enrol_times[name] for uid, person in people.items()}
    return found


def pairs_of_engine(engine: Engine) -> Counter[tuple[Any, ...]]:
    """Every pair that lasts into the next step: uids, kind, first and last step, condoms and acts."""
    uid = engine.people.arrays["uid"]
    names = ("kind", "since", "until", "pair_propensity", "condom_share", "pair_acts", "premium_share")
    partners = [uid[engine.attribute(row)].tolist() for row in ("pair_a", "pair_b")]
    return Counter(zip(*partners, *(engine.attribute(name).tolist() for name in names), strict=True))


def pairs_of_twin(world: World) -> Counter[tuple[Any, ...]]:
    """The same of the twin."""
    return Counter(
        (
            pair.one.uid,
            pair.other.uid,
            pair.kind,
            pair.since,
            pair.until,
            pair.propensity,
            pair.condom_share,
            pair.acts,
            pair.premium_share,
        )
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

    n = 600 people and 72 months; 500 and 60 with ten programmes; 400 and 104 weeks with values at the edge; 200 and 162
    months of people who leave at 30; 300 and 48 with a risk of 1 at most acts; 700 and 60 at two sites, in 36 groups;
    700 and 72 with pauses, people who differ, and a market that leaves clients unmet.
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

    n = 600, 500, 400, 200, 300, 700 and 700 people at the start, as above.
    """
    engine, world, record = both(case)
    assert sorted(world.people) == sorted(engine.attribute("uid").tolist())
    assert len(world.pairs) > 30
    assert differing(engine, world, record) == []


def test_nothing_is_left_out() -> None:
    """The comparison covers every attribute of people and pairs that lasts, and every factor that a programme may
    change. Exact; n = every attribute declared.
    """
    engine, world, _ = both("sites")
    left_out = set(engine.people.arrays) - set(people_of_twin(world))
    assert left_out == WITHIN_A_STEP | NOT_CHANGED_BY_PROGRAMMES | NOT_CHANGED_WITHOUT_STRUCTURE
    changed = {name for kind in INTERVENTIONS.values() for name in kind.writes}
    assert changed & set(engine.people.arrays) == {f.name for f in fields(Factors)}
    assert set(engine.pairs.arrays) == {
        "pair_a", "pair_b", "kind", "since", "until", "pair_propensity", "condom_share", "pair_acts", "hazard",
        "premium_share",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("case", "name", "shows_in"),
    [
        ("young", "risk_per_act", "infections"),
        ("young", "art_rate", "on_art"),
        ("young", "age_gap", "pairs_now"),
        ("young", "condom_breakage", "infection_clock"),
        ("pauses", "leaving_shape", "leaving_trait"),
        ("pauses", "start_need", "spells_begun"),
        ("pauses", "restart_ratio", "spells_begun"),
        ("pauses", "leave_hiv", "role_clock"),
        ("pauses", "assortativity", "pairs"),
        ("pauses", "duration_shape", "pair_years"),
        ("pauses", "substitution", "contacts_moved"),
        ("sites", "trip_season_strength", "trips"),
        ("sites", "visitor_stay", "departures"),
        ("sites", "visitor_numbers", "departures"),
        ("sites", "premium_offer", "premiums_offered"),
        ("sites", "premium", "premiums_paid"),
        ("sites", "needle_rate", "pairs_now"),
        ("sites", "anal_receptive_risk", "infection_clock"),
    ],
)
def test_the_comparison_can_fail(case: str, name: str, shows_in: str) -> None:
    """A twin with one parameter a tenth lower does not pass. Exact; n = 200 people and 162 months (4 parameters), 700
    people and 18 months (13 parameters).
    """
    make, seed = CASES[case]
    scenario, params = make(), {p.name: p for process in (*CORE, premiums) for p in process.params}
    lower = times(0.9, scenario.parameters.get(name, params[name].default))
    altered = replace(scenario, parameters={**scenario.parameters, name: lower})
    until = UNTIL.get(case, scenario.stop)
    engine = Engine(scenario, contents(scenario), seed).run(until=until)
    assert shows_in in differing(engine, *slow.run(altered, seed, until=until))


@pytest.mark.parametrize(
    ("case", "lever", "shows_in"),
    [
        ("programmes", "agreement", "condom_acts"),
        ("programmes", "female", "condom_acts"),
        ("programmes", "beginners", "tests"),
        ("programmes", "shortage", "condom_acts"),
        ("sites", "clinic", "tests"),
        ("sites", "interruption", "tests"),
        ("sites", "campaign", "contacts_wanted"),
        ("pauses", "work", "spells_begun"),
        ("pauses", "exit", "spells_ended"),
        ("pauses", "driven", "switches"),
        ("pauses", "campaign", "visits_made"),
    ],
)
def test_much_happens_by_programmes(case: str, lever: str, shows_in: str) -> None:
    """The package's run without the programme, or with one for whoever works how long, is another. Exact.

    Since the twin equals the package's run with it, it has what the programme does.
    """
    make, seed = CASES[case]
    scenario, (engine, _, record) = make(), both(case)
    (mine,) = (one for one in scenario.levers if one.name == lever)
    others = [tuple(one for one in scenario.levers if one is not mine)]
    if mine.target.years_in_work != Target(()).years_in_work:
        for_all = replace(mine, target=Target(mine.target.groups, mine.target.age))
        others += [tuple(for_all if one is mine else one for one in scenario.levers)]
    for levers in others:
        altered = replace(scenario, levers=levers)
        counts = counts_of_engine(Engine(altered, contents(altered), seed).run())
        ours = counts_of_twin(engine, record)
        assert sum(a != b for a, b in zip(counts[shows_in], ours[shows_in], strict=True)) > 10


def test_much_happens() -> None:
    """In the seven runs, every counter counts, people leave for every cause, HIV passes in every kind of pair but the
    forced, and all states of care are there. Exact; n = 3,400 people.
    """
    for name in both("programmes")[0].counters.keys() - {"visits_lost"}:
        assert sum(sum(map(sum, counts_of_engine(both(case)[0])[name])) for case in CASES) > 20, name
    departures = sum((counts["departures"] for case in CASES for counts in both(case)[2]), Counter())
    assert {cause: n > 10 for cause, n in departures.items()} == dict.fromkeys(range(1, len(codes.CAUSES)), True)
    infections = sum((counts["infections_by_kind"] for case in CASES for counts in both(case)[2]), Counter())
    kinds = set(range(1, len(both("sites")[0].layout.pair_kinds))) - {codes.FORCED_ACT}  # nobody is violent there
    assert {kind: n > 3 for kind, n in infections.items()} == dict.fromkeys(kinds, True)
    states = {person.care_state for case in CASES for person in both(case)[1].people.values() if person.has_hiv}
    assert states == set(range(len(codes.CARE_STATES)))
    places = {place for engine, _, _ in map(both, CASES) for place in engine.attribute("position").tolist()}
    assert places == {codes.INSERTIVE, codes.VERSATILE, codes.RECEPTIVE}
