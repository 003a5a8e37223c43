"""The hazards of changing role, as functions: rate ratios of starting and leaving, and what is started."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, CLIENT, FORMER, HOME, MEN, PLAIN, STREET, TIME, WIDE, WOMEN, by_group, group_of
from kernels.movers import HAZARDS, SELLS, move, spent, u, v
from swmodel import codes, rates

T = PLAIN.tables
SHARES = {"education_at_start": [0.25, 0.25, 0.5]}


@pytest.mark.parametrize("ratio", [0.02, 0.5, 1.0 - 1e-7, 1.0 - 1e-10, 1.0, 1.0 + 1e-10, 1.0 + 1e-7, 3.0, 50.0])
def test_mean_of_ranks(ratio: float) -> None:
    """The mean of ratio ** rank over even ranks from 0 to 1, near 1 too. To 1e-6, by the midpoints of 10,000 ranks."""
    ranks = (np.arange(10000) + 0.5) / 10000
    assert rates.mean_of_ranks(ratio) == pytest.approx((ratio**ranks).mean(), rel=1e-6)


def test_mean_of_levels() -> None:
    """Ratios weighted by shares, which need not add up to 1. Exact."""
    assert rates.mean_of_levels(np.array([1.0, 3.0, 4.0]), np.array([2.0, 0.5, 1.0])) == pytest.approx(7.5 / 8.0)


def test_education_is_that_of_the_start() -> None:
    """What hazards are relative to are the shares of the first step, and a copy of them. Exact."""
    shares = np.array([[0.25, 0.25, 0.5], [0.0, 0.0, 1.0]])
    found = rates.at_the_start(SimpleNamespace(series={"education_share": shares}.get))["education_at_start"]
    assert found.tolist() == [0.25, 0.25, 0.5] and not np.shares_memory(found, shares)


@pytest.mark.parametrize(("ratios", "most"), [([0.5, 0.25], 1.0), ([0.5, 3.0], 3.0), ([1.0], 1.0)])
def test_the_highest_ratio_is_one_at_least(ratios: list[float], most: float) -> None:
    """Whatever is not named has a ratio of 1. Exact."""
    assert rates.highest(np.array(ratios)) == most
    assert rates.highest_start(np.array(ratios), 0.5, 2.0, 3.0) == 6.0 * most
    assert rates.highest_start(np.array(ratios), 4.0, 0.5, 0.5) == 4.0 * most


def test_nobody_starts_at_more_than_the_highest_ratio() -> None:
    """By all that matters at once, nobody's ratio is above the bound at which clocks run. Exact; 96 sorts of people."""
    education = np.array([2.0, 0.5, 1.0])
    for need, debt, migrant in ((4.0, 0.5, 3.0), (0.25, 2.0, 0.5)):
        most = rates.highest_start(education, need, debt, migrant) / 1.5
        found = [
            rates.start_ratio(level, rank, owes, moved, stage, diagnosed, 18.0, 1.5, education, need, debt, migrant,
                              np.array([1.0, 0.5]), 0.63, 45.0, 10.0)
            for level in range(3) for rank in (0.0, 1.0) for owes in (False, True) for moved in (False, True)
            for stage in (0, 1) for diagnosed in (False, True)
        ]  # fmt: skip
        assert max(found) == pytest.approx(most, rel=1e-12) and min(found) < most / 10.0


def hazards(visiting: Any = False, **given: Any) -> list[float]:
    """The hazard of each group, at a bound of twice the mean and a ratio of three for former workers."""
    numbers = {"stop_buying": 0.6, "pause_rate": 0.25, "switch_rate": 0.125, "start": by_group(HAZARDS)} | given
    every = {name: np.broadcast_to(np.array(value, float), (7,)).copy() for name, value in numbers.items()}
    found = rates.hazards(every["start"], 2.0, 3.0, every["stop_buying"], every["pause_rate"], every["switch_rate"],
                          np.broadcast_to(visiting, (7,)).copy(), T["role_of"], T["outside_of"],
                          T["former_of"])  # fmt: skip
    return [float(h) for h in found]


def test_hazards_of_groups() -> None:
    """Starts at the bound, those of former workers at their ratio too, buying at its mean; workers without leaving.

    Exact.
    """
    expected = {WOMEN: 2.0 * SELLS, MEN: 0.2, CLIENT: 0.6, BROTHEL: 0.375, STREET: 0.375, HOME: 0.375,
                FORMER: 6.0 * SELLS}  # fmt: skip
    assert hazards() == pytest.approx(by_group(expected), rel=1e-12)
    assert hazards(visiting=True) == pytest.approx(by_group({**expected, CLIENT: 0.0}), rel=1e-12)


@pytest.mark.parametrize("ratio", [0.0, 3.0])
def test_what_is_started(ratio: float) -> None:
    """A place below the total hazard falls into the running sum of what the group may start. Exact.

    At or above the total, as by rounding, somebody stays.
    """
    start, tables = np.array(by_group(HAZARDS)), (T["role_of"], T["outside_of"], T["former_of"])
    for g, factor in ((WOMEN, 2.0), (FORMER, 2.0 * ratio)):
        for place, d in ((0.0, BROTHEL), (0.0999, BROTHEL), (0.1001, STREET), (0.2999, STREET), (0.3001, HOME),
                         (0.5999, HOME), (0.6001, g)):  # fmt: skip
            expected = d if factor > 0.0 else g
            assert rates.started(g, place * factor, start, 2.0, ratio, *tables) == expected
    assert rates.started(MEN, 0.1999, start, 2.0, ratio, *tables) == CLIENT
    assert rates.started(MEN, 0.2001, start, 2.0, ratio, *tables) == MEN


def test_another_setting() -> None:
    """By the shares of the other settings of the population and site; her own where there is none. Who is pushed out
    goes by the pull of each as well. Exact.
    """
    t = WIDE.tables
    bar, street, park = (group_of(f"{name}@lake", WIDE) for name in ("bar", "street", "park"))
    share, tables = np.full(len(WIDE.groups), 0.1), (t["role_of"], t["population_of"], t["site_of"])
    for place in (0.0, 0.5, 1.0 - 1e-12):
        for pushed in (False, True):
            found = [rates.another_setting(g, place, pushed, share, 2.0 * share, *tables) for g in (bar, street, park)]
            assert found == [street, bar, park]
    shares, pull = np.array(by_group({BROTHEL: 0.5, STREET: 0.1, HOME: 0.3})), np.array(by_group({STREET: 5.0}))
    pull[BROTHEL] = 1.0
    tables = (T["role_of"], T["population_of"], T["site_of"])
    for place, d in ((0.0, BROTHEL), (0.8332, BROTHEL), (0.8334, STREET), (0.9999, STREET)):
        assert rates.another_setting(HOME, place, False, shares, pull, *tables) == d
    for place, d in ((0.4999, BROTHEL), (0.5001, STREET)):
        assert rates.another_setting(HOME, place, True, shares, pull, *tables) == d


@pytest.mark.parametrize("start_rate", [0.5, 2.0])
def test_rate_of_change(start_rate: float) -> None:
    """Workers add leaving, and what a change of setting is above that of the group; who pauses returns at their rate;
    others start at theirs, and clients stop at theirs. Exact.

    In that order of the arguments: hazard 0.5, returning at 3, leaving at 0.25, changing at 0.125 more.
    """
    cases = [(codes.WORKER, False, 0.875), (codes.WORKER, True, 0.875), (codes.FORMER, True, 3.0),
             (codes.FORMER, False, 0.5 * start_rate), (codes.OUTSIDE, False, 0.5 * start_rate),
             (codes.CLIENT, False, 0.5)]  # fmt: skip
    for role, paused, expected in cases:
        assert rates.rate_of_change(role, 0.5, start_rate, paused, 3.0, 0.25, 0.125) == expected


def test_migrants_are_likelier_to_start() -> None:
    """At the ratio, whether they came from elsewhere or moved; others are thinned to 1. Exact; n = 50 of each.

    The mean is not taken over migrants, so that who moves changes how many start.
    """
    assert spent(people_rows=1, start_migrant=4.0) == pytest.approx([4.0 * SELLS], rel=1e-12)
    assert spent(people_rows=1, start_migrant=0.25) == pytest.approx([SELLS], rel=1e-12)
    kept = {
        (4.0, True): 1.0, (4.0, False): 0.25, (0.25, True): 0.25, (0.25, False): 1.0
    }  # fmt: skip
    for (ratio, migrant), share in kept.items():
        result = move(people_rows=50, role_clock=0.0, start_migrant=ratio, migrant=migrant)
        assert result.changed("group") == np.flatnonzero(v(1) < share).tolist()
    moved = move(people_rows=50, role_clock=0.0, start_migrant=4.0, migrant=True, immigrant=False)
    came = move(people_rows=50, role_clock=0.0, start_migrant=4.0, migrant=True, immigrant=True)
    assert moved.group.tolist() == came.group.tolist()


def test_migrants_buy_as_others_do() -> None:
    """The ratio is of starting to sell: men's clocks run at their hazard, and all of them begin. Exact; n = 50."""
    given = {"group": [MEN] * 50, "start_migrant": 0.25, "migrant": False}
    assert spent(**given) == pytest.approx([0.2] * 50, rel=1e-12)
    assert move(role_clock=0.0, **given).changed("group") == list(range(50))


def test_the_young_leave_at_their_ratio() -> None:
    """Below 25 years the ratio, from 25 on none; clients and those outside are not touched. Exact."""
    birth = TIME - np.array([18.0, 25.0 - 2.0**-20, 25.0, 40.0, 20.0, 20.0])
    group = [BROTHEL, BROTHEL, BROTHEL, BROTHEL, WOMEN, CLIENT]
    found = spent(group=group, birth=birth, leave_sex_work=0.5, pause_rate=0.25, stop_buying=0.6, leave_young=3.0)
    assert found == pytest.approx([1.75, 1.75, 0.75, 0.75, SELLS, 0.6], rel=1e-9)
    assert spent(group=[BROTHEL], birth=TIME - 20.0, leave_sex_work=0.5, leave_young=0.0) == pytest.approx([0.0])


def test_education_changes_who_leaves() -> None:
    """The ratio of the level over the mean of all levels by their shares; nobody outside is touched. Exact."""
    ratios = {"none": 4.0, "primary": 1.0, "secondary": 0.5}
    given = {"education": [0, 1, 2, 0], "leave_education": ratios, **SHARES}
    found = spent(group=[BROTHEL, BROTHEL, BROTHEL, WOMEN], leave_sex_work=0.5, **given)
    assert found == pytest.approx([0.5 * 4.0 / 1.5, 0.5 / 1.5, 0.25 / 1.5, SELLS], rel=1e-12)
    weights = np.array([0.25, 0.25, 0.5])
    assert (weights * found[:3]).sum() == pytest.approx(0.5, rel=1e-12)


def test_who_leaves_is_drawn_at_the_hazard_of_the_clock() -> None:
    """When a clock runs out, leaving has the same ratios as on the clock, against pauses at their own. Exact; n = 50.

    A quarter for good: 3 x 4 / 1.5 x 0.125 = 1 of 4 a year.
    """
    given = {"group": [BROTHEL] * 50, "birth": TIME - 20.0, "leave_young": 3.0, "education": 0,
             "leave_education": {"none": 4.0, "primary": 1.0, "secondary": 0.5}, "leave_sex_work": 0.125,
             "pause_rate": 3.0, **SHARES}  # fmt: skip
    assert spent(**given)[0] == pytest.approx(4.0, rel=1e-9)
    result = move(role_clock=0.0, **given)
    ended = result.counters["spells_ended"].sum()
    assert result.changed("paused") == np.flatnonzero(u(1) >= 0.25).tolist() and 0 < ended < 50


NEVER = [
    {"start_education": 0.0},
    {"start_education": {"none": 0.0, "all": 1.0}, "education_at_start": [1.0, 0.0, 0.0]},
    {"leave_education": 0.0},
    {"leave_debt": 0.0, "debt_share": 1.0, "indebted": True},
]


@pytest.mark.parametrize("given", NEVER, ids=["start", "start by share", "leave", "leave in debt"])
def test_where_everybody_has_a_ratio_of_zero_nobody_moves(given: dict[str, Any]) -> None:
    """Ratios of zero, which are within their bounds, for all there are: none starts, or none leaves. Exact.

    Others go on at their hazards: pauses of workers, and men's starts of buying.
    """
    found = spent(group=[WOMEN, MEN, BROTHEL], leave_sex_work=0.5, pause_rate=0.25, **given)
    starts = any(name.startswith("start") for name in given)
    assert found == pytest.approx([0.0, 0.2, 0.75] if starts else [SELLS, 0.2, 0.25], abs=1e-12)
