"""Entry, and what people keep for life, person by person."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, HOME, SETTINGS, STREET, TIME, Result, call, key_of
from swmodel import codes, rng
from swmodel.processes.demography import FIRST_IMMIGRANT, entry, traits

SCHEDULED = np.array([[3, 2], [1, 2], [0, 0]])  # women and men, by step
IMMIGRANTS = np.array([[0, 0, 1], [2, 0, 1], [0, 0, 0]])  # by step and setting
ROWS = range(5, 11)  # rows that are free, and to be filled
DECLINE, LEAVE, YOUNG = 0.04, 65.0, 45.0


def enter(step: int, **given: Any) -> Result:
    """Entry in one step, into a table of 12 rows of nobody."""
    before = np.zeros((1, 2), int)
    tables = {
        "scheduled": SCHEDULED, "immigrants": IMMIGRANTS, "age_decline": DECLINE,
        "entrants_before": np.concatenate((before, np.cumsum(SCHEDULED, axis=0))),
        "immigrants_before": np.concatenate(([0], np.cumsum(IMMIGRANTS.sum(axis=1)))),
    }  # fmt: skip
    people = {"people_rows": 12, "alive": False, "uid": 0, "row_of_man": np.full(4, -1)}
    return call(entry, step=step, leave_age=LEAVE, start_age_to=YOUNG, **{**tables, **people, **given})


def draw(**given: Any) -> Result:
    """Traits of people aged 30 who enter after the start, unless said otherwise."""
    return call(traits, **{"step": 1, "birth": TIME - 30.0, "may_start_share": 0.5, **given})


def u(draw_number: int, n: int) -> np.ndarray:
    """The uniforms of a draw for uid 0 to n - 1."""
    return np.array([rng.uniform(key_of(traits), uid, 0, 0, draw_number) for uid in range(n)])


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
    assert result.group[ROWS].tolist() == [codes.WOMEN, codes.MEN, codes.MEN, BROTHEL, BROTHEL, HOME]
    assert result.immigrant[ROWS].tolist() == [False, False, False, True, True, True]
    assert set(result.entered[ROWS]) == {1}


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
        whole = 1.0 - math.exp(-DECLINE * (LEAVE - 18.0))
        ages = TIME - result.birth[rows]
        assert ((1.0 - np.exp(-DECLINE * (ages - 18.0))) / whole).tolist() == pytest.approx(share.tolist(), abs=1e-12)
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


def test_traits_of_nobody() -> None:
    """Without entrants nothing is drawn. Exact."""
    assert draw(people_rows=3, rows=[], circumcised_share=1.0).touched == set()


def test_traits_are_drawn_for_entrants_only() -> None:
    """People who entered before keep what they have. Exact."""
    result = draw(sex=[0, 1, 1, 0], rows=[0, 2], circumcised_share=1.0, polygynous_share=1.0)
    for name in ("condom_propensity", "market_trait", "frailty"):
        assert result.changed(name) == [0, 2]
    assert result.changed("circumcised") == result.changed("polygynous") == [2]


def test_traits_have_their_own_draws() -> None:
    """Each trait is keyed by the person and its own draw; clients' and workers' volumes have their own shape. Exact."""
    key = key_of(traits)
    result = draw(sex=[0, 1], uid=[5, 9], condom_spread=2.0, worker_volume_shape=0.5, client_visit_shape=3.0,
                  frailty_shape=7.0)  # fmt: skip
    for i, (uid, shape) in enumerate(((5, 0.5), (9, 3.0))):
        odds = math.exp(math.sqrt(0.5) * 2.0 * rng.normal(key, uid, 0, 0, 0))
        assert result.condom_propensity[i] == pytest.approx(odds, rel=1e-14)
        assert result.market_trait[i] == pytest.approx(rng.gamma(key, uid, 1, shape), rel=1e-14)
        assert result.frailty[i] == pytest.approx(rng.gamma(key, uid, 2, 7.0), rel=1e-14)


def test_traits_without_spread() -> None:
    """With no spread in condoms everyone is the median person. Exact."""
    assert draw(people_rows=5, condom_spread=0.0).condom_propensity.tolist() == [1.0] * 5


@pytest.mark.parametrize(("share", "men"), [(0.0, []), (1.0, [1, 3])])
def test_traits_of_men(share: float, men: list[int]) -> None:
    """At a share of 0 no man is circumcised or polygynous, at 1 all are; women never. Exact."""
    result = draw(sex=[0, 1, 0, 1], circumcised_share=share, polygynous_share=share)
    assert result.changed("circumcised") == result.changed("polygynous") == men


def test_roles_are_drawn_at_the_start_only() -> None:
    """Who enters later starts with no role of the market. Exact."""
    given = {"sex": [0, 1], "group": [codes.WOMEN, codes.MEN], "sex_worker_share": 1.0, "client_share": 1.0}
    assert draw(step=0, **given).group.tolist() == [BROTHEL, codes.CLIENTS]
    assert draw(step=1, **given).changed("group") == []


def test_roles_of_men_at_the_start() -> None:
    """A share of men, by a keyed uniform, are clients; no man sells. Exact; n = 30."""
    result = draw(step=0, sex=[1] * 30, group=codes.MEN, client_share=0.4, sex_worker_share=1.0)
    assert result.changed("group") == np.flatnonzero(u(5, 30) < 0.4).tolist()
    assert set(result.group) == {codes.MEN, codes.CLIENTS}


def test_roles_of_women_at_the_start() -> None:
    """Settings take their shares of all women among those who may start, by a keyed uniform. Exact; n = 30."""
    shares = dict(zip(SETTINGS, (0.05, 0.1, 0.15), strict=True))
    result = draw(step=0, sex=[0] * 30, sex_worker_share=shares)
    place = np.searchsorted([0.1, 0.3, 0.6], u(5, 30))
    assert result.group.tolist() == np.array([BROTHEL, STREET, HOME, codes.WOMEN])[place].tolist()
    assert len(set(result.group)) == 4


def test_roles_at_the_age_limit() -> None:
    """At the start a woman exactly at the limit does not sell, one just below it may. Exact."""
    ages = {"birth": [TIME - 45.0, TIME - 45.0 + 2.0**-20], "start_age_to": 45.0}
    assert draw(step=0, sex_worker_share=1.0, **ages).changed("group") == [1]


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])
def test_roles_of_immigrants_at_the_start(share: float) -> None:
    """Immigrants of the first step keep the setting for which they came, and have traits as others have. Exact."""
    came = [BROTHEL, STREET, HOME] * 10
    result = draw(step=0, group=[*came, codes.WOMEN], immigrant=[True] * 30 + [False], sex_worker_share=share)
    assert result.group[:30].tolist() == came
    for name in ("condom_propensity", "market_trait", "frailty"):
        assert result.changed(name) == list(range(31))
