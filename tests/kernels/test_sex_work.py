"""Starting and leaving sex work, starting and stopping to buy sex, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, HOME, STREET, TIME, Result, call, key_of
from swmodel import codes, rng
from swmodel.processes.sex_work import roles

KEY = key_of(roles)
START = [[0.1, 0.2, 0.3]]  # hazards of starting, by setting
ADULT = TIME - 30.0


def move(**given: Any) -> Result:
    """One step of the process, on people aged 30 unless said otherwise."""
    return call(roles, **{"start_hazard": START, "birth": ADULT, **given})


def test_nobody() -> None:
    """No people: nothing happens. Exact."""
    assert move(people_rows=0).touched == set()


def test_each_clock_falls_by_the_hazard_of_its_group() -> None:
    """Women by all starts, men so as to keep clients' share, clients and workers by their own hazard. Exact."""
    group = [codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL, STREET]
    leaving = {"brothel": 0.5, "street": 0.25, "all": 9.0}
    result = move(group=group, role_clock=1.0, leave_sex_work=leaving, stop_buying=0.6, client_share=0.25)
    hazards = [0.6, 0.6 * 0.25 / 0.75, 0.6, 0.5, 0.25]
    assert (1.0 - result.role_clock).tolist() == pytest.approx([h * DT for h in hazards], abs=1e-15)
    assert result.touched == {"role_clock"}


def test_no_hazard_no_change() -> None:
    """Where all hazards are zero, nobody moves and no clock runs. Exact."""
    group = [codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL]
    assert move(group=group, role_clock=1e-300, start_hazard=[[0.0] * 3], stop_buying=0.0, leave_sex_work=0.0,
                ).touched == set()  # fmt: skip
    assert 1 not in move(group=group, role_clock=1e-300, client_share=0.0).changed("group")


def test_everyone_moves_to_the_opposite_role() -> None:
    """Clocks at zero: workers leave, clients stop, men begin to buy, women start in the only setting that takes.

    Exact.
    """
    group = [codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL, HOME]
    result = move(group=group, role_clock=0.0, start_hazard=[[0.0, 0.2, 0.0]])
    assert result.group.tolist() == [STREET, codes.CLIENTS, codes.MEN, codes.WOMEN, codes.WOMEN]
    assert result.role_times.tolist() == [1] * 5
    assert result.touched == {"group", "role_clock", "role_times"}


def test_the_hazard_of_the_step_is_taken() -> None:
    """Starts follow the row of the table for this step. Exact."""
    table = [[0.0, 0.0, 9.0], [9.0, 0.0, 0.0]]
    assert move(people_rows=3, role_clock=0.1, start_hazard=table, step=1).group.tolist() == [BROTHEL] * 3


def test_settings_are_drawn_in_proportion_to_their_hazards() -> None:
    """A keyed uniform falls into the running sum of the hazards. Exact; n = 50."""
    result = move(people_rows=50, role_clock=0.0, role_times=3)
    u = np.array([rng.uniform(KEY, uid, 1, 4, 0) for uid in range(50)])
    assert result.group.tolist() == (BROTHEL + np.searchsorted([1 / 6, 1 / 2], u)).tolist()
    assert set(result.group) == {BROTHEL, STREET, HOME}


def test_nobody_starts_from_the_age_limit_on() -> None:
    """A woman exactly at the limit does not start, one just below does; both draw their next threshold. Exact."""
    result = move(birth=[TIME - 45.0, TIME - 45.0 + 2.0**-20], role_clock=0.0, start_age_to=45.0)
    assert result.changed("group") == [1]
    assert result.changed("role_clock") == result.changed("role_times") == [0, 1]


def test_workers_leave_at_any_age() -> None:
    """The age limit is for starting only. Exact."""
    assert move(group=[BROTHEL], birth=TIME - 60.0, role_clock=0.0).group.tolist() == [codes.WOMEN]


def test_the_dead_are_passed_over() -> None:
    """Rows of nobody keep group and count of changes. Exact."""
    group = [codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL]
    result = move(group=group, alive=False, immigrant=True, return_home_share=1.0, role_clock=0.0)
    assert result.touched <= {"role_clock"}


def test_exit_rate_multiplies_leaving_only() -> None:
    """A relative hazard of 2 spends twice the clock of a worker, 0 none; other people's is not touched. Exact."""
    group = [BROTHEL, BROTHEL, BROTHEL, codes.WOMEN, codes.CLIENTS, codes.MEN]
    rates = np.array([1.0, 2.0, 0.0, 2.0, 2.0, 2.0])
    plain, faster = (move(group=group, role_clock=1.0, exit_rate=rate).role_clock for rate in (1.0, rates))
    assert (1.0 - faster[:3]).tolist() == pytest.approx(((1.0 - plain[:3]) * rates[:3]).tolist(), abs=1e-15)
    assert faster[3:].tolist() == plain[3:].tolist()


@pytest.mark.parametrize(("share", "leavers"), [(0.0, []), (1.0, [0, 1, 2, 3, 4])])
def test_immigrants_go_home_with_their_share(share: float, leavers: list[int]) -> None:
    """At a share of 0 no immigrant moves away when she leaves, at 1 all do; others never. Exact."""
    result = move(group=[BROTHEL] * 8, immigrant=[True] * 5 + [False] * 3, role_clock=0.0, return_home_share=share)
    assert result.group.tolist() == [codes.WOMEN] * 8
    assert result.changed("cause") == leavers
    assert result.cause[leavers].tolist() == [codes.MOVED_AWAY] * len(leavers)


def test_immigrants_who_stay_in_sex_work_stay() -> None:
    """An immigrant whose clock has time left does not move away. Exact."""
    assert move(group=[BROTHEL], immigrant=True, return_home_share=1.0).touched == set()


def test_what_is_left_of_the_step_is_spent_in_the_new_role() -> None:
    """The new threshold is keyed by person and occasion, less the rest of the step at the new hazard. Exact."""
    spent = 0.5 * DT
    result = move(group=[BROTHEL, BROTHEL], uid=[4, 9], role_times=2, role_clock=spent / 4, leave_sex_work=0.5)
    for i, uid in enumerate((4, 9)):
        drawn = rng.exponential(KEY, uid, 0, 3, 0)
        assert result.role_clock[i] == pytest.approx(drawn - 0.75 * 0.6 * DT, abs=1e-15)


def test_what_is_carried_into_sex_work_has_the_exit_rate() -> None:
    """She who starts spends the rest of the step at her own hazard of leaving; she who leaves does not. Exact."""
    group, rates = [codes.WOMEN, codes.WOMEN, BROTHEL, codes.MEN], np.array([1.0, 3.0, 3.0, 3.0])
    hazards = np.array([0.6, 0.6, 0.5 * 3.0, 0.6 * 0.25 / 0.75])  # in the role that they had
    result = move(group=group, exit_rate=rates, role_clock=hazards * DT / 4, leave_sex_work=0.5, stop_buying=0.6,
                  client_share=0.25)  # fmt: skip
    assert (result.group[:2] >= codes.FIRST_SETTING).all() and result.group[2:].tolist() == [codes.WOMEN, codes.CLIENTS]
    drawn = np.array([rng.exponential(KEY, uid, 0, 1, 0) for uid in range(4)])
    carried = 0.75 * DT * np.array([0.5, 0.5 * 3.0, 0.6, 0.6])
    assert result.role_clock.tolist() == pytest.approx((drawn - carried).tolist(), abs=1e-15)
