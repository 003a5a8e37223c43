"""Stages of infection, person by person."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import DT, call, key_of
from swmodel import codes, rng
from swmodel.processes.progression import hiv_progression

YEAR = {"all": 1.0, "susceptible": 1.0, "acute": 0.5, "cd4_over_500": 2.0}
SPENT = DT / 0.5  # off the clock of an acute stage of half a year, in one step


def test_nobody() -> None:
    """An empty roll changes nothing. Exact."""
    result = call(hiv_progression, rows=[], hiv_stage=[1, 2], stage_clock=0.0)
    assert result.touched == set()


def test_only_the_rows_of_the_roll_move() -> None:
    """Rows that are not on the roll keep stage and clock. Exact."""
    result = call(hiv_progression, rows=[0, 3], hiv_stage=[1, 1, 2, 2], stage_clock=0.0)
    assert result.hiv_stage.tolist() == [2, 1, 2, 3]
    assert result.changed("stage_clock") == [0, 3]


def test_a_clock_that_has_time_left_is_only_run_down() -> None:
    """Less is spent than the clock holds: the stage stays, and the clock falls by step over duration. Exact."""
    result = call(hiv_progression, hiv_stage=[1], stage_clock=0.5, stage_duration=YEAR)
    assert result.touched == {"stage_clock"}
    assert result.stage_clock.tolist() == [0.5 - SPENT]


def test_a_clock_that_reaches_zero_exactly_has_run_out() -> None:
    """What is spent equals what the clock held: the stage moves. Exact."""
    result = call(hiv_progression, hiv_stage=[1, 1], stage_clock=[SPENT, SPENT * 1.000001], stage_duration=YEAR)
    assert result.hiv_stage.tolist() == [2, 1]


def test_what_is_left_of_the_step_is_spent_in_the_next_stage() -> None:
    """The new threshold is keyed by person and stage, less the rest of the step at the new hazard. Exact."""
    result = call(hiv_progression, hiv_stage=[1, 1], uid=[7, 8], stage_clock=SPENT / 4, stage_duration=YEAR)
    for i, uid in enumerate((7, 8)):
        drawn = rng.exponential(key_of(hiv_progression), uid, 0, codes.ACUTE, 0)
        assert result.stage_clock[i] == pytest.approx(drawn - 0.75 * DT / 2.0, abs=1e-15)


def test_one_stage_a_step_however_short() -> None:
    """A step much longer than a stage moves people on by one stage. Exact."""
    result = call(hiv_progression, dt=50.0, hiv_stage=[1, 2, 3, 4], stage_clock=0.1)
    assert result.hiv_stage.tolist() == [2, 3, 4, 5]


def test_suppression_halts_the_clock_and_other_states_of_care_do_not() -> None:
    """Only people who are suppressed keep stage and clock. Exact."""
    states = np.arange(6)
    result = call(hiv_progression, hiv_stage=2, care_state=states, stage_clock=0.001)
    assert result.changed("hiv_stage") == [s for s in states if s != codes.SUPPRESSED]
    assert result.changed("stage_clock") == result.changed("hiv_stage")


def test_the_last_stage_is_kept() -> None:
    """Below 200 cells nothing moves, nor does the clock. Exact."""
    result = call(hiv_progression, hiv_stage=[codes.CD4_LOW], stage_clock=0.0)
    assert result.touched == set()
