"""Tests, and the events of care, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, CLIENT, DT, GROUPS, MEN, ONE, WOMEN, Result, by_group, call, key_of
from swmodel import codes, rng
from swmodel.processes.care import care
from swmodel.processes.care import tests_taken as count_tests  # not a test

STATES = np.arange(len(codes.CARE_STATES))
NEVER = {"tests_per_year": 0.0, "link_rate": 0.0, "art_rate": 0.0, "stop_rate": 0.0, "return_rate": 0.0}


def event(**given: Any) -> Result:
    """Care of people past the acute stage, whose clocks have run out unless said otherwise."""
    return call(care, **{"hiv_stage": 2, "care_clock": 0.0, "stop_rate": 0.0, **given})


def spent(**given: Any) -> list[float]:
    """What one step takes off the clock of each person, as a hazard per year."""
    return ((1.0 - event(care_clock=1.0, **given).care_clock) / DT).tolist()


def test_tests_follow_the_rate_of_the_group() -> None:
    """Expected tests are rate x step x relative rate, by group, in even and odd rows. Exact."""
    group = [WOMEN, MEN, BROTHEL, BROTHEL]
    rates = {"women": 12.0, "men": 6.0, "fsw": 24.0, "all": 0.0}
    result = call(count_tests, group=group, testing_rate=[1.0, 1.0, 1.0, 0.25], tests_per_year=rates)
    assert result.counters["tests"].tolist() == by_group({WOMEN: ONE, MEN: ONE // 2, BROTHEL: 2 * ONE + ONE // 2})
    assert result.touched == {"tests"}


def test_tests_are_of_the_living_without_a_diagnosis() -> None:
    """The dead and everyone with a diagnosis are passed over. Exact."""
    assert call(count_tests, care_state=STATES, tests_per_year=12.0).counters["tests"].sum() == ONE
    late = call(count_tests, care_state=STATES, tests_per_year=12.0, hiv_stage=codes.CD4_LOW, symptomatic_testing=4.0)
    assert late.counters["tests"].sum() == 4 * ONE
    assert not call(count_tests, people_rows=3, alive=False).counters["tests"].any()
    assert not call(count_tests, people_rows=0).counters["tests"].any()


def test_tests_are_more_below_200_cells() -> None:
    """Symptoms multiply tests in the last stage only, with the relative rate, as they do the hazard. Exact."""
    rates = {"tests_per_year": 12.0, "symptomatic_testing": 4.0}
    for stage in range(len(codes.HIV_STAGES)):
        more = 4 if stage == codes.CD4_LOW else 1
        result = call(count_tests, group=[BROTHEL] * 2, hiv_stage=stage, testing_rate=[1.0, 0.25], **rates)
        assert result.counters["tests"].tolist() == by_group({BROTHEL: more * (ONE + ONE // 4)})
        assert spent(hiv_stage=[stage], testing_rate=0.125, **rates) == pytest.approx([1.5 * more], abs=1e-12)


def test_tests_are_added_to_what_was_counted() -> None:
    """The counter is raised, not set. Exact."""
    result = call(count_tests, people_rows=1, tests_per_year=12.0, tests=np.arange(GROUPS))
    assert result.counters["tests"].tolist() == [ONE, 1, 2, 3, 4, 5, 6]


def test_nobody() -> None:
    """An empty roll changes nothing. Exact."""
    assert event(people_rows=2, rows=[]).touched == set()


def test_each_state_leads_to_the_next() -> None:
    """Undiagnosed, diagnosed, linked, on ART, suppressed; those who stopped go back on ART. Exact."""
    result = event(care_state=STATES, care_clock=[0, 0, 0, 0, np.inf, 0])
    assert result.care_state.tolist() == [1, 2, 3, 4, 4, 3]
    assert result.care_times.tolist() == [1, 1, 1, 1, 0, 1]
    assert result.touched == {"care_state", "care_clock", "care_times", "diagnoses", "art_starts"}


def test_only_the_roll_is_looked_at() -> None:
    """People who are not on the roll keep everything. Exact."""
    result = event(rows=[1], care_state=[0, 0, 0])
    assert all(result.changed(name) == [1] for name in ("care_state", "care_clock", "care_times"))


def test_diagnoses_and_starts_count_in_their_group() -> None:
    """One diagnosis, and a start and a return to ART, each in its group; linkage counts nowhere. Exact."""
    group = [WOMEN, MEN, CLIENT, BROTHEL]
    result = event(group=group, care_state=[codes.UNDIAGNOSED, codes.DIAGNOSED, codes.LINKED, codes.STOPPED_ART])
    assert result.counters["diagnoses"].tolist() == by_group({WOMEN: 1})
    assert result.counters["art_starts"].tolist() == by_group({CLIENT: 1, BROTHEL: 1})


def test_hazards_of_each_state() -> None:
    """Testing by group, linkage by group, start, suppression and stopping by group, stopping, return. Exact."""
    rates = {"art_rate": 5.0, "suppression_time": 0.5, "return_rate": 0.75}
    group = {"tests_per_year": 3.0, "link_rate": 2.0, "stop_rate": 0.25}
    found = spent(group=BROTHEL, care_state=STATES, **rates, **{k: {"fsw": r, "all": 7.0} for k, r in group.items()})
    assert found == pytest.approx([3.0, 2.0, 5.0, 2.25, 0.25, 0.75], abs=1e-12)


def test_linkage_is_by_group() -> None:
    """Those diagnosed are linked at the rate of their group, in the rest of the step of diagnosis too. Exact."""
    group = np.arange(GROUPS)
    rates = {"women": 1.0, "men": 2.0, "clients": 3.0, "fsw": 4.0, "street": 5.0, "former": 6.0}
    assert spent(group=group, care_state=codes.DIAGNOSED, link_rate=rates) == pytest.approx([1, 2, 3, 4, 5, 4, 6])
    result = event(group=group, care_clock=0.25 * DT, tests_per_year=1.0, link_rate=rates)
    drawn = np.array([rng.exponential(key_of(care), uid, 0, 1, 0) for uid in range(GROUPS)])
    carried = 0.75 * DT * np.array([1, 2, 3, 4, 5, 4, 6])
    assert result.care_clock.tolist() == pytest.approx((drawn - carried).tolist(), abs=1e-15)


def test_relative_rates_reach_their_own_hazards() -> None:
    """Testing; linkage and return; stopping from ART and from suppression: each by its own factor. Exact."""
    rates = {"tests_per_year": 1.0, "link_rate": 1.0, "art_rate": 1.0, "stop_rate": 1.0, "return_rate": 1.0}
    plain = np.array(spent(care_state=STATES, suppression_time=1.0, **rates))
    faster = spent(care_state=STATES, suppression_time=1.0, testing_rate=2.0, linkage_rate=3.0, art_stop_rate=5.0,
                   **rates)  # fmt: skip
    assert plain.tolist() == pytest.approx([1, 1, 1, 2, 1, 1], abs=1e-12)
    assert faster == pytest.approx([2, 3, 1, 6, 5, 3], abs=1e-12)


def test_symptoms_bring_testing_in_the_last_stage_only() -> None:
    """Testing is multiplied below 200 cells, and nothing else is. Exact."""
    assert spent(hiv_stage=[3, 4, 5], tests_per_year=1.0, symptomatic_testing=4.0) == pytest.approx([1, 1, 4])
    assert spent(hiv_stage=[4, 5], care_state=codes.DIAGNOSED, link_rate=1.0) == pytest.approx([1, 1])


@pytest.mark.parametrize(("least", "starting"), [(1.0, [0, 1, 2, 3, 4]), (4.0, [3, 4]), (5.0, [4]), (6.0, [])])
def test_eligibility_is_from_a_stage_on(least: float, starting: list[int]) -> None:
    """From 1 everyone who is linked starts ART, from 4 below 350, from 5 below 200, from 6 nobody. Exact."""
    result = event(hiv_stage=[1, 2, 3, 4, 5], care_state=codes.LINKED, eligible_from=least, care_clock=1e-9)
    assert result.changed("care_state") == starting


def test_no_rates_no_events() -> None:
    """Where all rates are zero no clock runs; only ART still leads to suppression. Exact."""
    result = event(care_state=STATES, care_clock=1e-300, **NEVER)
    assert result.changed("care_clock") == result.changed("care_state") == [codes.ON_ART]


def test_stopping_from_art_is_one_of_two_causes() -> None:
    """From ART the cause is drawn by the two hazards; from suppression the only way out is to stop. Exact; n = 40."""
    result = event(care_state=[codes.ON_ART] * 40, stop_rate=1.0, suppression_time=0.5)
    stops = [rng.uniform(key_of(care), uid, 1, 1, 0) * 3.0 < 1.0 for uid in range(40)]
    assert result.care_state.tolist() == [codes.STOPPED_ART if s else codes.SUPPRESSED for s in stops]
    assert 0 < sum(stops) < 40
    assert event(care_state=[codes.SUPPRESSED] * 9, stop_rate=0.1).care_state.tolist() == [codes.STOPPED_ART] * 9


def test_what_is_left_of_the_step_is_spent_in_the_next_state() -> None:
    """The new threshold is keyed by person and occasion, less the rest of the step at the new hazard. Exact."""
    result = event(care_state=[codes.DIAGNOSED], uid=5, care_times=6, care_clock=DT, link_rate=4.0, art_rate=8.0)
    assert result.care_clock[0] == pytest.approx(rng.exponential(key_of(care), 5, 0, 7, 0) - 0.75 * 8.0 * DT, abs=1e-15)
