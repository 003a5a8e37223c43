"""Entry, from birth or from elsewhere, person by person, and the blocks in which people are numbered."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    HOME,
    MEN,
    PLAIN,
    TIME,
    WIDE,
    WOMEN,
    Result,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.layout import Layout
from swmodel.processes.demography import FIRST_IMMIGRANT, before, blocks_of, entry, first_numbers, whole

SCHEDULED = np.array([[3, 2], [1, 2], [0, 0]])  # women and men, by step
IMMIGRANTS = {(0, HOME): 1, (1, BROTHEL): 2, (1, HOME): 1}  # by step and group
ROWS = range(5, 11)  # rows that are free, and to be filled
DECLINE, LEAVE, YOUNG = 0.04, 65.0, 45.0


def enter(
    step: int, scheduled: Any = SCHEDULED, immigrants: Any = IMMIGRANTS, layout: Layout = PLAIN, **given: Any
) -> Result:
    """Entry in one step, into 12 rows of nobody; `scheduled` by step and block, `immigrants` by step and group."""
    counts = np.asarray(scheduled)
    arriving = np.zeros((len(counts), len(layout.groups)), np.int64)
    for place, count in immigrants.items():
        arriving[place] = count
    blocks = blocks_of(layout)
    t = layout.tables
    outside = [g for g, one in enumerate(layout.groups) if one.role == codes.OUTSIDE]
    tables = {
        "scheduled": counts, "immigrants": arriving, "age_decline": DECLINE, "blocks": blocks,
        "entrants_before": before(counts)[:-1] + first_numbers(blocks, counts.sum(axis=0)),
        "immigrants_before": before(arriving.sum(axis=1)),
        "block_group": [next(g for g in outside if (t["population_of"][g], t["site_of"][g]) == (p, s))
                        for p, s in blocks.tolist()],
    }  # fmt: skip
    men = int(counts[:, blocks[:, 0] != codes.WOMEN].sum())
    people = {"people_rows": 12, "alive": False, "uid": 0, "row_of_man": np.full(men, -1)}
    plain = {"leave_age": LEAVE, "start_age_to": YOUNG, "start_age_scale": 1e300}
    return call(entry, step=step, layout=layout, **{**plain, **tables, **people, **given})


def test_whole_numbers_keep_up_with_the_amounts() -> None:
    """The running sum of whole numbers is that of the amounts, rounded half up; what is below nothing is nothing.

    Exact.
    """
    amounts = np.array([[0.5, 0.2], [0.25, 0.2], [0.25, -5.0], [7.0, 0.2]])
    found = whole(amounts)
    assert found.tolist() == [[1, 0], [0, 0], [0, 0], [7, 1]] and found.dtype == np.int64
    assert before(found).tolist() == [[0, 0], [1, 0], [1, 0], [1, 0], [8, 1]]


def test_blocks_are_populations_at_sites() -> None:
    """Women, men, MSM and trans women where they are, each at every site. Exact."""
    assert blocks_of(PLAIN).tolist() == [[codes.WOMEN, 0], [codes.MEN, 0]]
    assert blocks_of(WIDE).tolist() == [[p, s] for p in range(4) for s in range(2)]


def test_blocks_are_numbered_one_after_the_other() -> None:
    """Women apart from everyone who was assigned male, since the numbers of those two may be the same. Exact."""
    assert first_numbers(blocks_of(PLAIN), np.array([30, 40])).tolist() == [0, 0]
    totals = np.array([3, 5, 7, 11, 13, 17, 19, 23])
    assert first_numbers(blocks_of(WIDE), totals).tolist() == [0, 3, 0, 7, 18, 31, 48, 67]


@pytest.mark.parametrize(("step", "need"), [(0, 6), (1, 6), (2, 0)])
def test_entry_asks_for_rows_first(step: int, need: int) -> None:
    """The first call counts all who enter in the step, and writes nothing. Exact."""
    result = enter(step)
    assert result.returned == need and result.touched == set()


def test_entry_fills_the_rows_given_and_no_other() -> None:
    """Women, then men, then immigrants, in the rows given; all are alive, and enter in this step. Exact."""
    result = enter(1, new_rows=ROWS)
    assert result.returned == 6
    assert result.changed("alive") == result.changed("entered") == result.changed("birth") == list(ROWS)
    assert result.sex[ROWS].tolist() == [0, 1, 1, 0, 0, 0]
    assert result.group[ROWS].tolist() == [WOMEN, MEN, MEN, BROTHEL, BROTHEL, HOME]
    for name in ("immigrant", "migrant"):
        assert getattr(result, name)[ROWS].tolist() == [False, False, False, True, True, True]
    assert set(result.entered[ROWS]) == {1}
    assert not result.changed("stays_until") and not result.changed("home")


def test_entry_numbers_people_across_steps() -> None:
    """A uid is twice the number plus the sex, immigrants have numbers of their own, and none repeats. Exact."""
    first, second = enter(0, new_rows=ROWS), enter(1, new_rows=ROWS)
    assert first.uid[ROWS].tolist() == [0, 2, 4, 1, 3, FIRST_IMMIGRANT]
    assert second.uid[ROWS].tolist() == [6, 5, 7, FIRST_IMMIGRANT + 1, FIRST_IMMIGRANT + 2, FIRST_IMMIGRANT + 3]


def test_entry_tells_where_men_are() -> None:
    """The list of men has the row of each man's number; women and immigrants are not in it. Exact."""
    first = enter(0, new_rows=ROWS)
    assert first.row_of_man.tolist() == [8, 9, -1, -1]
    second = enter(1, new_rows=[0, 1, 2, 3, 4, 11], **{name: first.written[name] for name in first.written})
    assert second.row_of_man.tolist() == [8, 9, 1, 2]
    assert second.alive[ROWS].all()


def test_entry_at_the_start_has_stable_ages_oldest_first() -> None:
    """The ages are the middles of equal parts of a density that declines with age, from old to young. Exact."""
    result = enter(0, new_rows=ROWS)
    for rows, n in ((slice(5, 8), 3), (slice(8, 10), 2)):
        older = (np.arange(n) + 0.5) / n  # share of people who are older
        share = 1.0 - older
        everyone = 1.0 - math.exp(-DECLINE * (LEAVE - 18.0))
        ages = TIME - result.birth[rows]
        younger = (1.0 - np.exp(-DECLINE * (ages - 18.0))) / everyone
        assert younger.tolist() == pytest.approx(share.tolist(), abs=1e-12)
        assert (np.diff(ages) < 0).all() and ages.min() > 18.0 and ages.max() < LEAVE


def test_entry_later_is_at_18() -> None:
    """After the start women and men enter on their 18th birthday, immigrants at a keyed age below the limit. Exact."""
    result = enter(1, new_rows=ROWS)
    ages = TIME - result.birth
    assert ages[5:8].tolist() == [18.0] * 3
    scale = 1.0 - math.exp(-DECLINE * (YOUNG - 18.0))
    for i in (8, 9, 10):
        drawn = rng.uniform(key_of(entry), result.uid[i], 0, 0, 0)
        assert ages[i] == pytest.approx(18.0 - math.log(1.0 - drawn * scale) / DECLINE, abs=1e-11)
        assert 18.0 < ages[i] < YOUNG


def test_entry_of_immigrants_is_younger_where_starts_fall_with_age() -> None:
    """The density of ages falls by the hazard of starting too, up to the age limit. Exact."""
    result = enter(1, new_rows=ROWS, start_age_scale=5.0)
    decline = DECLINE + 0.2
    scale = 1.0 - math.exp(-decline * (YOUNG - 18.0))
    for i in (8, 9, 10):
        drawn = rng.uniform(key_of(entry), result.uid[i], 0, 0, 0)
        assert TIME - result.birth[i] == pytest.approx(18.0 - math.log(1.0 - drawn * scale) / decline, abs=1e-11)


def test_entry_by_block() -> None:
    """One of each population and site: outside the market there, at home there; all but women are male at birth. Exact.

    Men of occupations enter in the first of them, until their traits are drawn.
    """
    result = enter(0, scheduled=[[1] * 8, [0] * 8], immigrants={}, layout=WIDE, new_rows=range(8))
    names = ("women", "men:general", "msm", "trans_women")
    assert [WIDE.group_names[g] for g in result.group[:8]] == [f"{n}@{s}" for n in names for s in WIDE.sites]
    assert result.home[:8].tolist() == [0, 1] * 4 and result.sex[:8].tolist() == [0, 0] + [1] * 6
    assert result.uid[:8].tolist() == [0, 2, 1, 3, 5, 7, 9, 11]
    assert result.row_of_man.tolist() == [2, 3, 4, 5, 6, 7]


def test_entry_into_a_block_goes_on_where_it_stopped() -> None:
    """Numbers of a block follow each other over the steps, and are never those of another block. Exact."""
    counts = np.array([[1, 0, 2, 1, 0, 1, 0, 0], [0, 1, 0, 2, 1, 0, 0, 1]])
    first = enter(0, scheduled=counts, immigrants={}, layout=WIDE, new_rows=range(5))
    assert first.uid[:5].tolist() == [0, *(2 * n + 1 for n in (0, 1, 2, 6))]
    second = enter(1, scheduled=counts, immigrants={}, layout=WIDE, new_rows=range(5, 10), **first.written)
    assert second.uid[5:10].tolist() == [2, *(2 * n + 1 for n in (3, 4, 5, 7))]
    assert second.row_of_man.tolist() == [1, 2, 3, 6, 7, 8, 4, 9]


def test_entry_of_immigrants_of_every_population() -> None:
    """Men and trans women who come to sell are male at birth, at home at the site of their group. Exact."""
    sellers = [group_of(name, WIDE) for name in ("bar@lake", "park@port", "club@lake")]
    result = enter(0, scheduled=[[0] * 8], immigrants={(0, g): 1 for g in sellers}, layout=WIDE, new_rows=[3, 4, 5])
    assert result.group[3:6].tolist() == sellers and result.home[3:6].tolist() == [1, 0, 1]
    assert result.sex[3:6].tolist() == [0, 1, 1] and result.immigrant[3:6].all()
    assert result.uid[3:6].tolist() == [FIRST_IMMIGRANT + k for k in range(3)]
    assert not result.changed("row_of_man") and not result.changed("stays_until")


def test_entry_of_visitors() -> None:
    """Clients from elsewhere are of any age, and stay a keyed number of whole steps by their occupation. Exact."""
    general, drivers = (group_of(f"clients_of_women:{name}@lake", WIDE) for name in WIDE.occupations)
    result = enter(3, scheduled=[[0] * 8] * 4, immigrants={(3, general): 2, (3, drivers): 2}, layout=WIDE,
                   new_rows=range(4), visitor_stay={"general": 1.0, "drivers": 0.25})  # fmt: skip
    assert result.group[:4].tolist() == [general, general, drivers, drivers]
    assert set(result.sex[:4]) == {codes.MALE} and set(result.home[:4]) == {1} and result.immigrant[:4].all()
    assert result.changed("migrant") == [0, 1, 2, 3]
    scale = 1.0 - math.exp(-DECLINE * (LEAVE - 18.0))
    for i in range(4):
        age, stay = (rng.uniform(key_of(entry), FIRST_IMMIGRANT + i, 0, 0, draw) for draw in (0, 1))
        assert TIME - result.birth[i] == pytest.approx(18.0 - math.log(1.0 - age * scale) / DECLINE, abs=1e-11)
        assert result.stays_until[i] == 3 + rng.whole_steps((1.0, 0.25)[i // 2], DT, stay)
    assert not result.changed("row_of_man")


def test_entry_of_a_visit_shorter_than_a_step() -> None:
    """Who stays for less than a step is there for one. Exact."""
    drivers = group_of("clients_of_women:drivers@port", WIDE)
    result = enter(0, scheduled=[[0] * 8], immigrants={(0, drivers): 1}, layout=WIDE, new_rows=[0], visitor_stay=0.01)
    assert result.stays_until[0] == 1 and result.group[0] == drivers != CLIENT
