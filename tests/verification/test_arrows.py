"""What each arrow of the causal layer moves, and all that it must not: exact, since every draw belongs to a person.

In the place of these tests nobody acquires HIV or dies of it, so that nothing feeds back; workers suffer violence, meet
police and are held, and the law changes in the seventh month. All arrows but the one in question have a size of 1.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from whole import START, begin, rows

from swmodel.engine import Engine
from swmodel.model import CORE
from swmodel.pathways import Arrow
from swmodel.processes.pathways import ARROWS
from swmodel.scenario.spec import Lever, Target

SEED, PEOPLE, YEARS = 2401, 3000, 2.0
OFF = {arrow.name: 1.0 for arrow in ARROWS}
LAWS = ("criminalised", "clients_criminalised", "regulated")
SWITCH = 6  # the first step under the new law
HAZARD = {"client": 0.6, "police": 0.2, "partner": 0.3, "manager": 0.3, "other": 0.2}
PLACE: dict[str, Any] = {
    "sex_worker_share": 0.2, "leave_sex_work": 0.3, "pause_rate": 0.2, "restart_ratio": 3.0, "client_share": 0.3,
    "stop_buying": 0.3, "client_visits": 20.0, "worker_volume": {"sex_workers": 300.0}, "manager_control": 0.3,
    "steady_rate": 0.5, "steady_at_start": 0.5, "casual_rate": 0.2, "background_mortality": 0.02, "growth_rate": 0.02,
    "initial_prevalence": 0.4, "risk_per_act": 0.0, "anal_receptive_risk": 0.0, "anal_insertive_risk": 0.0,
    "tests_per_year": 1.0, "symptomatic_testing": 2.0, "link_rate": 4.0, "art_rate": 6.0, "stop_rate": 0.5,
    "causal_share": 1.0, "law_lag": 0.5,
}  # fmt: skip
WEIGHS: dict[str, Any] = {
    "violence_hazard": HAZARD, "police_contact": 3.0, "arrest_share": 0.3, "detention": 0.1, "confiscation_lasts": 0.1,
    **OFF,
}  # fmt: skip
CHANGES = {
    "criminalised": {START + 0.5: 0.2, START + 0.52: 0.8},
    "clients_criminalised": {START + 0.5: 0.5, START + 0.52: 0.1},  # repealed in part: a negative exposure
    "regulated": {START + 0.5: 0.0, START + 0.52: 0.3},
}

CARE = {"on_art", "suppressed", "art_starts"}
MOVES = {  # by mediator: the counters that must move, those that may, and the attributes that may in the first step
    "violence_rate": (
        {"violence_events", "violence_suffered"},
        {"forced_acts", "violence_onsets", "forced_in_pairs", "violence_within_a_year", "violence_ever",
         "violence_weighs", "violence_told"},
        {"violence_clock", "violence_times", "violence_until", "violence_last", "forced_by_clients",
         "forced_by_partners", "condom_share"},
    ),
    "condom_odds": ({"condom_acts"}, set(), {"condom_share"}),
    "client_condom_odds": ({"condom_acts"}, set(), {"condom_share"}),
    "testing_rate": ({"tests"}, {"diagnosed", "diagnoses", *CARE}, {"care_clock", "care_times", "care_state"}),
    "linkage_rate": (set(), CARE, {"care_clock", "care_times", "care_state"}),
    "art_stop_rate": (set(), CARE, {"care_clock", "care_times", "care_state"}),
    "police_rate": (
        {"police_contacts"},
        {"extortions", "confiscations"},
        {"police_clock", "police_times", "police_until", "condoms_taken_until"},
    ),
    "client_volume": (
        {"contacts_wanted", "contacts_sought"},
        {"contacts_unmet", "contacts_moved", "contacts_met", "price_paid", "visits_lost", "visits_made",
         "visits_after_alcohol", "pairs_now", "acts", "condom_acts", "contacts_sold", "contacts_bought", "regular_sold",
         "forced_in_pairs", "pairs_formed", "pair_years", "pairs_ended", "years_ended", "age_gaps"},
        {"visit_clock", "visit_times", "visits"},
    ),
}  # fmt: skip


def place(years: float = YEARS, levers: tuple[Lever, ...] = (), **given: Any) -> Engine:
    """An engine that has not run, of the place with what is `given` besides."""
    return begin(SEED, PEOPLE, years, levers=levers, **PLACE | given)


def differ(ours: Engine, theirs: Engine) -> set[str]:
    """The counters of `theirs` that were not the same in every step so far."""
    return {name for name in theirs.counters if not np.array_equal(ours.count(name), theirs.count(name))}


def unlike(ours: Engine, theirs: Engine) -> set[str]:
    """The attributes of `theirs` in which any row differs now."""
    found = set()
    for one, other in ((ours.people, theirs.people), (ours.pairs, theirs.pairs)):
        assert one.n == other.n
        arrays = other.arrays
        found |= {name for name in arrays if not np.array_equal(one.arrays[name][: one.n], arrays[name][: one.n])}
    return found


def switched(arrow: Arrow) -> tuple[dict[str, Any], float]:
    """The place for one arrow, with a size at the end of its range; nobody is arrested where the law sends police."""
    size = max(arrow.range, key=lambda edge: abs(np.log(edge)))
    given = WEIGHS | CHANGES | ({"arrest_share": 0.0} if arrow.mediator == "police_rate" else {})
    return given, size


LAW_ENDS = {f"law_{name}" for name in LAWS}
EACH_ARROW = pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.name)


@pytest.mark.case("24")
@EACH_ARROW
def test_what_an_arrow_moves(arrow: Arrow) -> None:
    """With one arrow on, what lies downstream of it moves, and every other counter is the same in all steps.

    Exact; 3,000 people, 24 steps, 300 workers; the law changes with step 6, before which no arrow that starts from it
    moves anything. Planted: every arrow acts on clients; every arrow leads to condoms; clients are left out of the
    law; arrows come after the events that they act on.
    """
    given, size = switched(arrow)
    ours, theirs = place(**given | {arrow.name: size}).run(), place(**given).run()
    must, may, _ = MOVES[arrow.mediator]
    moved = differ(ours, theirs)
    assert moved and must <= moved <= must | may
    first = min(int(np.argmax((ours.count(n) != theirs.count(n)).reshape(24, -1).any(axis=1))) for n in moved)
    assert first >= (SWITCH if arrow.exposure in LAW_ENDS else 1)


@pytest.mark.case("24")
@EACH_ARROW
def test_the_first_step_of_an_arrow(arrow: Arrow) -> None:
    """In the first step with exposure the mediator of those exposed is effect ** exposure, and of others as it was.

    Exposure is that of the beginning of the step (that of practice, of the step), of those who trade then.
    At the end of the step no attribute but those that the mediator feeds differs. Exact, to single precision; 3,000
    people. Planted: every arrow acts on clients; an arrow acts in full however small the exposure; a law that is
    repealed acts like one that is made; arrows come after the events that they act on.
    """
    given, size = switched(arrow)
    ours, theirs = place(**given | {arrow.name: size}), place(**given)
    exposed = np.zeros(0)
    while not exposed.any():
        assert theirs.step < 12
        ours.advance()
        theirs.advance()
        (after,) = rows(theirs, arrow.exposure)
        exposed = np.zeros(len(after))
        exposed[theirs.rolls[arrow.over]] = after[theirs.rolls[arrow.over]]
        if not exposed.any():
            assert unlike(ours, theirs) == set() and np.array_equal(ours.record, theirs.record)
    (factor,), (plain,) = rows(ours, arrow.mediator), rows(theirs, arrow.mediator)
    assert np.array_equal(factor != plain, exposed != 0.0)
    np.testing.assert_allclose(factor, plain * size**exposed, rtol=2.0**-22)
    if arrow.mediator == "client_volume":  # pairs of this step hang on it
        names = {n for n in theirs.people.arrays if not np.array_equal(rows(ours, n)[0], rows(theirs, n)[0])}
    else:
        names = unlike(ours, theirs)
    assert names <= {arrow.mediator, *MOVES[arrow.mediator][2]}


@pytest.mark.case("24")
@pytest.mark.parametrize("weighs", [WEIGHS, {"violence_hazard": 0.0, **OFF}], ids=["all of it", "nothing"])
def test_the_law_alone_changes_nothing(weighs: dict[str, Any]) -> None:
    """With every arrow at 1 another law changes no counter in any step, and no attribute but how far practice moved.

    Exact; 3,000 people, 24 steps; practice has moved for all who sell or buy sex.
    """
    ours, theirs = place(**weighs | CHANGES).run(), place(**weighs).run()
    assert np.array_equal(ours.record, theirs.record)
    assert unlike(ours, theirs) == LAW_ENDS
    assert all((rows(ours, name)[0][ours.rolls["selling"]] != 0.0).all() for name in LAW_ENDS)


@pytest.mark.case("24")
def test_a_law_that_stands_changes_nothing() -> None:
    """A place criminalised all along is like one that is not, with all arrows on: only a change of law acts.

    Exact; 3,000 people, 24 steps. Planted: the law acts from nought.
    """
    arrows = {arrow.name: arrow.effect for arrow in ARROWS}
    standing = {"criminalised": 0.7, "clients_criminalised": 0.3}
    ours, theirs = (place(**WEIGHS | arrows | law).run() for law in (standing, {}))
    assert np.array_equal(ours.record, theirs.record) and unlike(ours, theirs) == set()


@pytest.mark.case("22", "23", "24")
@pytest.mark.parametrize(
    "weighs",
    [{"violence_hazard": 0.0, "police_contact": 0.0}, {"violence_hazard": 0.0, **CHANGES, **OFF},
     {**WEIGHS, "arrest_share": 0.0, "sexual_share": 0.0}],
    ids=["no hazard", "no arrow", "neither arrest nor forced sex"],
)  # fmt: skip
def test_a_layer_that_does_nothing(weighs: dict[str, Any]) -> None:
    """The layer with no hazard, or with no arrow, arrest or forced sex, leaves every counter of the core as without it.

    Exact; 3,000 people, 24 steps, with testing, care, deaths and a market; so does every attribute. Planted: police
    cost everybody a hundredth of their work; all violence is sexual.
    """
    ours, theirs = place(**weighs).run(), place().run()
    assert set(theirs.counters) == {c.name for process in CORE for c in process.counters}
    assert differ(ours, theirs) == set() and unlike(ours, theirs) == set()


@pytest.mark.case("22", "23")
@pytest.mark.parametrize(
    ("kind", "coverage", "values"),
    [("violence_reduction", 0.0, {"violence_ratio": 0.0}), ("violence_reduction", 1.0, {"violence_ratio": 1.0}),
     ("policing", 0.0, {"contact_ratio": 0.0}), ("policing", 1.0, {"contact_ratio": 1.0})],
)  # fmt: skip
def test_a_lever_that_does_nothing(kind: str, coverage: float, values: dict[str, Any]) -> None:
    """A lever that reaches nobody, or whose ratios are 1, is as none: every counter of every step, all arrows on.

    Exact; 3,000 people, 24 steps, the lever from the second year on.
    """
    given = WEIGHS | {arrow.name: arrow.effect for arrow in ARROWS}
    lever = Lever(kind, kind, START + 1.0, START + YEARS, Target(("street",)), coverage=coverage, values=values)
    ours, theirs = place(levers=(lever,), **given).run(), place(**given).run()
    assert differ(ours, theirs) == set() and unlike(ours, theirs) == set()


@cache
def times(name: str, factor: float, lever: float = 1.0) -> np.ndarray:
    """How often each person suffered it, by uid, with hazards times a factor, and a lever's ratio from the second year.

    No arrows; nobody is arrested.
    """
    hazards = {"violence_hazard": {who: factor * amount for who, amount in HAZARD.items()},
               "police_contact": 3.0 * factor}  # fmt: skip
    target, until = Target(("street",)), START + YEARS
    levers = (
        Lever("safe", "violence_reduction", START + 1.0, until, target, coverage=0.5, values={"violence_ratio": lever}),
        Lever("reform", "policing", START + 1.0, until, target, coverage=0.5, values={"contact_ratio": lever}),
    )
    run = place(levers=levers, **WEIGHS | hazards | {"arrest_share": 0.0}).run()
    uid, count = rows(run, "uid", name)
    found = np.zeros(2 * PEOPLE, np.int64)
    found[uid] = count
    return found


@pytest.mark.case("22", "23")
@pytest.mark.parametrize("name", ["violence_times", "police_times"])
def test_more_hazard_means_no_less(name: str) -> None:
    """Nobody suffers violence, or meets police, less often where its hazard is higher; some do more often.

    Person by person, exact, since thresholds are shared; 3,000 people, 2 years, six hazards, and half of all workers
    reached by levers from weak to strong. Planted: violence is keyed by the month.
    """
    for cases in ([(f, 1.0) for f in (0.0, 0.5, 1.0, 1.25, 1.5, 3.0)], [(1.0, r) for r in (0.0, 0.5, 0.9, 1.0, 2.0)]):
        counts = [times(name, *case) for case in cases]
        for fewer, more in zip(counts, counts[1:], strict=False):
            assert (fewer <= more).all() and (fewer < more).any()
    assert times(name, 0.0).sum() == 0 and times(name, 1.0).sum() > 300
