"""Whom interventions reach, and what they do to them, person by person."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, GROUPS, HOME, STREET, TIME, Result, by_group, call, key_of
from swmodel import codes, rng
from swmodel.declare import Process
from swmodel.interventions.art_support import art_support
from swmodel.interventions.condom_programme import condom_programme
from swmodel.interventions.enrolment import enrol_by_rate, enrol_to_coverage
from swmodel.interventions.oral_prep import oral_prep
from swmodel.interventions.testing_outreach import testing_outreach as outreach  # not a test
from swmodel.model import INTERVENTIONS

WAYS = pytest.mark.parametrize("enrol", [enrol_to_coverage, enrol_by_rate], ids=lambda p: p.name)
ALL = {"coverage": 1.0, "uptake": 52.0, "dropout": 0.0}  # everyone in the target is reached
STATES = np.arange(len(codes.CARE_STATES))


def reach(enrol: Process, **given: Any) -> Result:
    """Enrol people aged 30; the target is everybody from 18 to 65, and all are reached, unless said otherwise."""
    target = {"target_groups": np.ones(GROUPS), "age_from": 18.0, "age_to": 65.0, "eligible": codes.ELIGIBLE["anyone"],
              "work_from": 0.0, "work_to": math.inf}  # fmt: skip
    way = {name: value for name, value in ALL.items() if name in enrol.arguments}
    clock = {"enrol_clock": 1.0} if enrol is enrol_by_rate else {}
    return call(enrol, **{**target, **way, **clock, "birth": TIME - 30.0, **given})


@WAYS
def test_enrol_nobody(enrol: Process) -> None:
    """No people: nothing happens. Exact."""
    assert reach(enrol, people_rows=0).touched == set()


@WAYS
def test_enrol_living_people_of_the_target_groups(enrol: Process) -> None:
    """The dead and other groups are passed over; everyone else is reached. Exact."""
    groups = np.isin(np.arange(GROUPS), (BROTHEL, HOME))
    result = reach(enrol, group=[0, 1, 2, BROTHEL, HOME, HOME], alive=[1, 1, 1, 1, 1, 0], target_groups=groups)
    assert result.covered.tolist() == [0, 0, 0, 1, 1, 0]


@WAYS
def test_enrol_ages_from_and_to(enrol: Process) -> None:
    """The first age belongs to the target, the last does not. Exact."""
    ages = np.array([20.0 - 2.0**-20, 20.0, 25.0 - 2.0**-20, 25.0])
    assert reach(enrol, birth=TIME - ages, age_from=20.0, age_to=25.0).covered.tolist() == [0, 1, 1, 0]


@WAYS
def test_enrol_by_years_in_sex_work(enrol: Process) -> None:
    """The first year belongs to the target, the last does not, and age has no part in it; in steps from the start of
    the spell, some before the run. Exact.
    """
    given = {"spell_start": [-15, 0, 3, 6, 9, 15], "step": 15, "dt": 0.25, "birth": TIME - np.arange(20.0, 50.0, 5.0)}
    assert reach(enrol, **given, work_from=1.5, work_to=3.0).covered.tolist() == [0, 0, 0, 1, 1, 0]
    assert reach(enrol, **given, work_from=2.25, work_to=3.75).covered.tolist() == [0, 0, 1, 1, 0, 0]
    assert reach(enrol, **given, work_from=3.75).covered.tolist() == [1, 1, 0, 0, 0, 0]
    assert reach(enrol, **given, work_to=1.5).covered.tolist() == [0, 0, 0, 0, 0, 1]
    assert reach(enrol, **given).covered.tolist() == [1] * 6


@WAYS
@pytest.mark.parametrize(
    ("eligible", "reached"),
    [
        ("anyone", [1, 1, 1, 1, 1, 1]),
        ("hiv_negative", [1, 0, 0, 0, 0, 0]),
        ("undiagnosed", [1, 0, 0, 0, 0, 0]),
        ("diagnosed", [0, 1, 1, 1, 1, 1]),
        ("on_art", [0, 0, 0, 1, 1, 0]),
    ],
)
def test_enrol_by_what_a_programme_knows(enrol: Process, eligible: str, reached: list[int]) -> None:
    """Eligibility goes by the state of care alone. Exact."""
    assert reach(enrol, care_state=STATES, eligible=codes.ELIGIBLE[eligible]).covered.tolist() == reached


@WAYS
def test_enrol_lets_go_of_who_leaves_the_target(enrol: Process) -> None:
    """Who is reached and no longer eligible, too old, or dead is let go in the same step. Exact."""
    given = {"care_state": [0, 1, 0, 0], "birth": TIME - np.array([30, 30, 65, 30]), "alive": [1, 1, 1, 0]}
    clock = {"uptake": 0.0} if enrol is enrol_by_rate else {}
    result = reach(enrol, covered=1, eligible=codes.ELIGIBLE["undiagnosed"], **given, **clock)
    assert result.covered.tolist() == [1, 0, 0, 0]
    assert result.touched == {"covered"}


@pytest.mark.parametrize(
    ("coverage", "count"), [(0.0, 0), (0.04, 0), (0.05, 1), (0.5, 5), (0.94, 9), (0.95, 10), (1, 10)]
)
def test_coverage_is_exact(coverage: float, count: int) -> None:
    """The share of ten people, rounded to whole ones, half up. Exact."""
    assert reach(enrol_to_coverage, people_rows=10, coverage=coverage).covered.sum() == count


def test_coverage_is_of_the_target() -> None:
    """Half of the four people in the target are two, however many there are besides. Exact."""
    result = reach(enrol_to_coverage, group=[0] * 6 + [BROTHEL] * 4, target_groups=by_group({BROTHEL: 1}), coverage=0.5)
    assert result.covered.sum() == result.covered[6:].sum() == 2


def test_coverage_reaches_the_smallest_scores() -> None:
    """A keyed uniform of the person is the score, so that more coverage reaches the same people and others. Exact."""
    uid = np.arange(20) * 7
    order = np.argsort([rng.uniform(key_of(enrol_to_coverage), p, 0, 0, 0) for p in uid])
    for count in range(21):
        assert reach(enrol_to_coverage, uid=uid, coverage=count / 20).changed("covered") == sorted(
            order[:count].tolist()
        )


def test_coverage_starts_afresh_in_every_step() -> None:
    """Who was reached before is let go when the coverage falls. Exact."""
    assert reach(enrol_to_coverage, covered=[1] * 5, coverage=0.0).covered.tolist() == [0] * 5


def test_coverage_reaches_whom_it_finds_easily_first() -> None:
    """Scores are exponential at the rate of the visibility of the group: the smallest are reached. Exact; n = 30.

    At a visibility of none somebody is reached last, and not never.
    """
    group, visible = [BROTHEL, HOME, STREET] * 10, {"brothel": 4.0, "home": 1.0, "street": 0.0, "all": 1.0}
    draws = np.array([rng.uniform(key_of(enrol_to_coverage), uid, 0, 0, 0) for uid in range(30)])
    scores = -np.log1p(-draws) / np.maximum([4.0, 1.0, 0.0] * 10, 1e-12)
    order = np.argsort(scores)
    for count in (1, 5, 15, 20, 21, 29):
        found = reach(enrol_to_coverage, group=group, outreach_visibility=visible, coverage=count / 30)
        assert found.changed("covered") == sorted(order[:count].tolist())
    assert {k % 3 for k in order[:20].tolist()} == {0, 1}


def test_rates_are_higher_for_whom_a_programme_finds_easily() -> None:
    """The visibility of the group multiplies the uptake, and not the dropout; what is carried over too. Exact."""
    given = {"group": [BROTHEL, HOME, HOME], "covered": [0, 0, 1], "uptake": 6.0, "dropout": 3.0}
    visible = {"brothel": 0.5, "home": 2.0, "all": 1.0}
    waiting = reach(enrol_by_rate, enrol_clock=2.0, outreach_visibility=visible, **given)
    assert ((2.0 - waiting.enrol_clock) / DT).tolist() == pytest.approx([3.0, 12.0, 3.0], abs=1e-12)
    moving = reach(enrol_by_rate, enrol_clock=[9.0, 9.0, 0.25 * 3.0 * DT], outreach_visibility=visible, **given)
    drawn = rng.exponential(key_of(enrol_by_rate), 2, 0, 1, 0)
    assert moving.enrol_clock[2] == pytest.approx(drawn - 0.75 * 12.0 * DT, abs=1e-14)


def test_rates_without_uptake_reach_nobody() -> None:
    """An uptake of zero changes nothing, nor does a dropout of zero. Exact."""
    assert reach(enrol_by_rate, people_rows=3, uptake=0.0, dropout=52.0, enrol_clock=1e-300).touched == set()
    assert reach(enrol_by_rate, covered=[1, 1], dropout=0.0, enrol_clock=1e-300).touched == set()


def test_rates_join_and_leave_by_their_own() -> None:
    """Clocks fall by uptake of those not reached, by dropout of those reached; both move when they run out. Exact."""
    given = {"covered": [0, 1], "uptake": 6.0, "dropout": 3.0}
    waiting = reach(enrol_by_rate, enrol_clock=1.0, **given)
    assert waiting.enrol_clock.tolist() == pytest.approx([1.0 - 6.0 * DT, 1.0 - 3.0 * DT], abs=1e-15)
    assert waiting.touched == {"enrol_clock"}
    moving = reach(enrol_by_rate, enrol_clock=0.25, **given)
    assert moving.covered.tolist() == [1, 0] and moving.enrol_times.tolist() == [1, 1]


def test_rates_draw_the_next_threshold() -> None:
    """The next threshold is keyed by person and occasion, less the rest of the step at the other rate. Exact."""
    result = reach(enrol_by_rate, uid=[8], enrol_times=4, enrol_clock=0.25 * 6.0 * DT, uptake=6.0, dropout=3.0)
    drawn = rng.exponential(key_of(enrol_by_rate), 8, 0, 5, 0)
    assert result.enrol_clock[0] == pytest.approx(drawn - 0.75 * 3.0 * DT, abs=1e-14)


def test_rates_halt_outside_the_target() -> None:
    """The clock of somebody outside the target does not run. Exact."""
    assert reach(enrol_by_rate, birth=[TIME - 70.0], enrol_clock=1e-300).touched == set()


CHANGING = {  # where a default changes nothing
    "violence_reduction": {"violence_ratio": 0.5},
    "services": dict.fromkeys(
        ("services_testing_ratio", "services_linkage_ratio", "services_stop_ratio", "services_adherence_ratio"), 0.5
    ),
    "economic_support": dict.fromkeys(("shock_hazard_ratio", "debt_hazard_ratio", "repaying_ratio"), 0.5),
}
ADDS = {"invitations"}  # a hazard, to which each programme adds


@pytest.mark.parametrize("kind", INTERVENTIONS)
def test_effect_on_those_reached_only(kind: str) -> None:
    """Whoever is not reached keeps every factor; all of those who are reached change. Exact."""
    effect = INTERVENTIONS[kind]
    assert call(effect, covered=[0, 0]).touched == set()
    assert call(effect, people_rows=0).touched == set()
    result = call(effect, covered=[1, 0, 1], **CHANGING.get(kind, {}))
    assert result.touched == set(effect.writes) and all(result.changed(name) == [0, 2] for name in effect.writes)


@pytest.mark.parametrize("kind", INTERVENTIONS)
def test_effect_multiplies(kind: str) -> None:
    """A second programme on the same people multiplies the factor once more, or adds. Exact to single precision."""
    effect = INTERVENTIONS[kind]
    first = call(effect, covered=[1])
    second = call(effect, covered=[1], **first.written)
    for name in set(effect.writes) - {"on_prep"}:
        once = float(getattr(first, name)[0])
        assert getattr(second, name)[0] == pytest.approx(2.0 * once if name in ADDS else once**2, rel=2.0**-23)


def test_effect_of_each_parameter() -> None:
    """Each ratio is the factor on its own array; PrEP takes efficacy x adherence away. Exact."""
    assert call(condom_programme, covered=[1], condom_odds_ratio=4.0).condom_odds.tolist() == [4.0]
    assert call(outreach, covered=[1], testing_rate_ratio=5.0).testing_rate.tolist() == [5.0]
    support = call(art_support, covered=[1], linkage_rate_ratio=3.0, art_stop_rate_ratio=0.25)
    assert (support.linkage_rate[0], support.art_stop_rate[0]) == (3.0, 0.25)
    prep = call(oral_prep, covered=[1], prep_efficacy=0.75, prep_adherence=0.5)
    assert (prep.on_prep[0], prep.susceptibility[0]) == (1, 0.625)


def test_effect_of_nothing_and_of_everything() -> None:
    """Ratios of 1 and an adherence of 0 change nothing; full efficacy, and a ratio of 0, leave nothing. Exact."""
    ones = {"condom_odds_ratio": 1.0, "testing_rate_ratio": 1.0, "linkage_rate_ratio": 1.0, "art_stop_rate_ratio": 1.0}
    for effect in (condom_programme, outreach, art_support):
        mine = {name: one for name, one in ones.items() if name in effect.arguments}
        assert call(effect, covered=[1, 1], **mine).touched == set()
    assert call(oral_prep, covered=[1], prep_adherence=0.0).susceptibility.tolist() == [1.0]
    assert call(oral_prep, covered=[1], prep_efficacy=1.0, prep_adherence=1.0).susceptibility.tolist() == [0.0]
    assert call(art_support, covered=[1], art_stop_rate_ratio=0.0).art_stop_rate.tolist() == [0.0]
