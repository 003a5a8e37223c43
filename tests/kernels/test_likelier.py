"""Who is likelier than others to start or leave sex work, and what is drawn at each start, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, CLIENT, FORMER, HOME, MEN, STREET, TIME, WOMEN, by_group
from kernels.movers import SELLS, move, of_spell, spent, v
from swmodel import codes


def test_fewer_start_with_age() -> None:
    """The share of starts that stay falls by the exponential of the years since 18, by a keyed uniform. Exact; n = 50.

    At 18 everybody stays, at 28 with a scale of ten years 0.37.
    """
    given = {"role_clock": 0.0, "start_age_scale": 10.0}
    assert move(people_rows=50, **given, birth=TIME - 18.0).changed("group") == list(range(50))
    result = move(people_rows=50, **given, birth=TIME - 28.0)
    assert result.changed("group") == np.flatnonzero(v(1) < np.exp(-1.0)).tolist()
    assert 0 < len(result.changed("group")) < 50
    assert move(group=[MEN] * 50, **given, birth=TIME - 60.0).changed("group") == list(range(50))


def start_ratio(**given: Any) -> float:
    """Who starts of 50 women: the clock's hazard, and the share kept, as one relative hazard."""
    base = spent(people_rows=1)[0]
    hazard = spent(people_rows=1, **given)[0]
    result = move(people_rows=50, role_clock=0.0, **given)
    kept = v(1)[result.changed("group")]
    lost = np.delete(v(1), result.changed("group"))
    low, high = max(kept, default=0.0), min(lost, default=1.0)
    assert low <= high  # one threshold parts those who start
    return hazard / base * (low + high) / 2.0


@pytest.mark.parametrize(
    ("given", "ratio"),
    [
        ({}, 1.0),
        ({"start_education": {"none": 4.0, "primary": 1.0, "secondary": 1.0}}, 4.0),
        ({"start_education": {"none": 1.0, "primary": 4.0, "secondary": 1.0}}, 1.0),
        ({"start_debt": 3.0, "indebted": True}, 3.0),
        ({"start_debt": 3.0, "indebted": False}, 1.0),
        ({"start_debt": 0.25, "indebted": True}, 0.25),
        ({"start_need": 4.0, "need": 1.0}, 4.0),
        ({"start_need": 4.0, "need": 0.5}, 2.0),
        ({"start_need": 4.0, "need": 0.0}, 1.0),
        ({"start_need": 0.25, "need": 0.5}, 0.5),
        ({"start_hiv": {"cd4_350_500": 0.5, "all": 1.0}, "hiv_stage": 3}, 0.5),
        ({"start_hiv": {"cd4_350_500": 0.5, "all": 1.0}, "hiv_stage": 2}, 1.0),
        ({"start_hiv": {"cd4_350_500": 0.0, "all": 1.0}, "hiv_stage": 3, "start_debt": 2.0}, 0.0),
        ({"start_diagnosed": 0.25, "hiv_stage": 2, "care_state": codes.DIAGNOSED}, 0.25),
        ({"start_diagnosed": 0.25, "hiv_stage": 2, "care_state": codes.SUPPRESSED}, 0.25),
        ({"start_diagnosed": 0.25, "hiv_stage": 2, "care_state": codes.UNDIAGNOSED}, 1.0),
    ],
)
def test_who_is_likelier_to_start(given: dict[str, Any], ratio: float) -> None:
    """The hazard of starting, relative to that of everyone, is the ratio over its mean. Exact to the uniforms; n = 50.

    Thinning: the clock runs at the highest ratio, and a keyed uniform keeps the rest. The mean is over education, need
    from 0 to 1, and debt, so that the mean hazard is the one worked out before the run.
    """
    shares = {"education_at_start": [0.25, 0.25, 0.5], "debt_share": 0.5}
    mean = 1.0
    if "start_education" in given:
        mean *= 0.25 * 4.0 + 0.75
    if "start_debt" in given:
        mean *= 0.5 + 0.5 * given["start_debt"]
    if "start_need" in given:
        mean *= (given["start_need"] - 1.0) / np.log(given["start_need"])
    found = start_ratio(**shares, **given)
    highest = spent(people_rows=1, **shares, **given)[0] / SELLS  # what a uniform of 1 stands for
    assert found == pytest.approx(ratio / mean, abs=0.05 * highest)


def test_the_highest_ratios_bound_the_clock() -> None:
    """Women run at the highest ratios of all, over their mean; buyers of sex, who are not thinned, do not. Exact."""
    given = {"start_education": {"none": 1.0, "primary": 2.0, "secondary": 4.0}, "start_need": 3.0, "start_debt": 0.5}
    shares = {"education_at_start": [1.0, 0.0, 1.0], "debt_share": 0.5}
    mean = 2.5 * (2.0 / np.log(3.0)) * 0.75
    found = spent(group=[WOMEN, FORMER, MEN, CLIENT], stop_buying=0.5, **given, **shares)
    assert found == pytest.approx([SELLS * 12.0 / mean, SELLS * 12.0 / mean, 0.2, 0.5], rel=1e-12)


def test_education_changes_who_starts_and_not_how_many() -> None:
    """The share kept x the hazard, as a mean over levels of education by their shares, is that of everyone. Exact."""
    shares = [1.0, 3.0, 4.0]
    ratios = {"none": 2.0, "primary": 0.5, "secondary": 1.0}
    hazard = spent(people_rows=1, start_education=ratios, education_at_start=shares)[0]
    kept = np.array([2.0, 0.5, 1.0]) / 2.0  # of the highest
    assert (kept * [1.0, 3.0, 4.0]).sum() / 8.0 * hazard == pytest.approx(SELLS, rel=1e-12)


def test_relative_hazard_of_starting() -> None:
    """A factor of 2 spends twice the clock of women, men and those who stopped; workers' and clients' is theirs. Exact.

    Who pauses returns at a hazard of their own.
    """
    group = [WOMEN, MEN, FORMER, FORMER, BROTHEL, CLIENT]
    given = {"group": group, "paused": [0, 0, 0, 1, 0, 0], "last_group": BROTHEL}
    plain, faster = (np.array(spent(**given, start_rate=rate)) for rate in (1.0, 2.0))
    assert (faster / plain).tolist() == pytest.approx([2.0, 2.0, 2.0, 1.0, 1.0, 1.0], rel=1e-12)


def test_who_left_for_good_starts_again_at_the_ratio() -> None:
    """Former workers run at the ratio times the hazard of women, into the settings alike; a new spell begins.

    Exact; n = 50.
    """
    assert spent(group=[WOMEN, FORMER], restart_ratio=3.0) == pytest.approx([SELLS, 3.0 * SELLS], rel=1e-12)
    assert spent(group=[WOMEN, FORMER], restart_ratio=0.0) == pytest.approx([SELLS, 0.0], rel=1e-12)
    again = move(group=[FORMER] * 50, role_clock=0.0, restart_ratio=3.0, spells=4, spell_start=-9, step=5)
    fresh = move(group=[WOMEN] * 50, role_clock=0.0)
    assert again.group.tolist() == fresh.group.tolist() and len(set(again.group)) == 3
    assert set(again.spells) == {5} and set(again.spell_start) == {5}
    assert again.counters["spells_begun"].sum() == 50 and not again.counters["returns"].any()


def test_exit_rate_multiplies_leaving_only() -> None:
    """A relative hazard of 2 spends twice the leaving of a worker, 0 none; pauses and other people are not touched.

    Exact.
    """
    group = [BROTHEL, BROTHEL, BROTHEL, WOMEN, CLIENT, MEN, FORMER]
    rates = np.array([1.0, 2.0, 0.0, 2.0, 2.0, 2.0, 2.0])
    for pause in (0.0, 0.5):
        given = {"group": group, "leave_sex_work": 0.25, "pause_rate": pause}
        plain, faster = (np.array(spent(exit_rate=rate, **given)) for rate in (1.0, rates))
        assert faster[:3].tolist() == pytest.approx((pause + 0.25 * rates[:3]).tolist(), abs=1e-12)
        assert faster[3:].tolist() == plain[3:].tolist()


@pytest.mark.parametrize(
    ("given", "ratios"),
    [
        ({"leaving_trait": [0.5, 1.0, 3.0]}, [0.5, 1.0, 3.0]),
        ({"indebted": [0, 1, 1], "leave_debt": 3.0, "debt_share": 0.5}, [0.5, 1.5, 1.5]),
        ({"migrant": [0, 1, 0], "leave_migrant": 3.0}, [1.0, 3.0, 1.0]),
        ({"managed": [0, 1, 0], "managed_leaving": 0.25}, [1.0, 0.25, 1.0]),
        (
            {"need": [0.0, 0.5, 1.0], "leave_need": 0.25},
            [r / (0.75 / np.log(4.0)) for r in (1.0, 0.5, 0.25)],
        ),
        ({"hiv_stage": [0, 4, 5], "leave_hiv": {"cd4_200_350": 2.0, "cd4_below_200": 3.0, "all": 1.0}}, [1, 2, 3]),
        (
            {"hiv_stage": 5, "care_state": [3, 4, 5], "leave_hiv": {"cd4_below_200": 3.0, "all": 1.0}},
            [3.0, 1.0, 3.0],
        ),
    ],
    ids=["trait", "debt", "migrant", "manager", "need", "stage", "suppressed"],
)
def test_who_is_likelier_to_leave(given: dict[str, Any], ratios: list[float]) -> None:
    """Traits, debt, need, managers and HIV multiply the hazard of leaving; debt and need over their means. Exact.

    Pauses go on at their own rate, and nobody outside is touched.
    """
    rates = {"leave_sex_work": 0.5, "pause_rate": 0.25, "group": [BROTHEL] * 3}
    assert spent(**rates, **given) == pytest.approx([0.25 + 0.5 * r for r in ratios], rel=1e-6)
    outside = {key: value for key, value in given.items() if key != "debt_share"}
    assert spent(group=[WOMEN] * 3, **outside) == pytest.approx([SELLS] * 3, rel=1e-12)


@pytest.mark.parametrize("spells", [0, 3])
def test_managers_and_part_time_are_drawn_at_each_start(spells: int) -> None:
    """By keyed uniforms of the spell, with the shares of the setting in which she starts. Exact; n = 50."""
    given = {"part_time_share": {"street": 0.5, "all": 0.0}, "manager_control": {"street": 0.25, "all": 0.0}}
    only = [by_group({STREET: 1.0})]
    result = move(people_rows=50, role_clock=0.0, spells=spells, start_hazard=only, **given)
    part_time, managed = (of_spell(spells + 1, draw) < share for draw, share in ((0, 0.5), (1, 0.25)))
    assert result.part_time.tolist() == part_time.tolist() and result.managed.tolist() == managed.tolist()
    assert 0 < managed.sum() < part_time.sum() < 50
    other = move(people_rows=50, role_clock=0.0, start_hazard=[by_group({HOME: 1.0})], part_time=True, managed=True,
                 **given)  # fmt: skip
    assert not other.part_time.any() and not other.managed.any()
