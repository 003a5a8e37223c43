"""Hazardous drinking, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, HOME, STREET, Result, by_group, call, key_of
from swmodel import rng
from swmodel.processes.drinking import drinking, with_odds

ALPHA, MANY = 1e-4, 20_000
KEY = key_of(drinking)


def drink(uid: Any, share: Any, **given: Any) -> Result:
    """One step of people who work in the street, unless said otherwise."""
    return call(drinking, uid=uid, hazardous_drinking=share, **{"group": [STREET] * len(uid), **given})


@pytest.mark.parametrize("share", [0.01, 0.27, 0.5, 0.99])
@pytest.mark.parametrize("ratio", [0.05, 0.3, 1.0, 4.0])
def test_odds_are_multiplied(share: float, ratio: float) -> None:
    """The odds of the new share are the odds of the old one times the ratio. Exact, to double precision."""
    found = with_odds(share, ratio)
    assert found / (1.0 - found) == pytest.approx(ratio * share / (1.0 - share), rel=1e-12)
    assert 0.0 < found < 1.0


def test_odds_of_nobody_and_of_everybody() -> None:
    """No share and all of it stay as they are, and a ratio of 1 changes nothing, bit for bit. Exact."""
    for ratio in (0.05, 1.0, 20.0):
        assert with_odds(0.0, ratio) == 0.0 and with_odds(1.0, ratio) == pytest.approx(1.0, abs=1e-15)
    for share in np.linspace(0.0, 1.0, 101):
        assert with_odds(share, 1.0) == share
    assert with_odds(0.5, 0.0) == 0.0


def test_who_drinks() -> None:
    """Whose number for life lies below the share of the group at her odds. Exact; n = 90."""
    odds = np.repeat([1.0, 0.25, 4.0], 30)
    result = drink(np.arange(90), {"brothel": 0.2, "street": 0.5, "all": 0.0}, group=[BROTHEL, STREET, HOME] * 30,
                   drinking_odds=odds)  # fmt: skip
    for uid in range(90):
        share = (0.2, 0.5, 0.0)[uid % 3]
        limit = share * odds[uid] / (1.0 - share + share * odds[uid])
        assert result.drinks[uid] == (rng.uniform(KEY, uid, 0, 0, 0) < limit)
    assert result.touched == {"drinks", "drinking_asked", "drinkers"}


def test_shares_that_drink() -> None:
    """0.27 of people, and with odds times 0.3, 0.09988 of them; exact binomials.

    n = 20,000, alpha 1e-4; power 0.99 at shares 8 and 14% off.
    """
    for odds, share in ((1.0, 0.27), (0.3, 0.27 * 0.3 / (0.73 + 0.27 * 0.3))):
        found = int(drink(np.arange(MANY), 0.27, drinking_odds=odds).drinks.sum())
        assert stats.binomtest(found, MANY, share).pvalue > ALPHA


def test_less_drinking_spares_the_same_people() -> None:
    """Whoever drinks at a share or at odds drinks at any larger ones. Exact; n = 500."""
    by_share = [set(drink(np.arange(500), share).changed("drinks")) for share in (0.0, 0.1, 0.3, 0.6, 1.0)]
    by_odds = [set(drink(np.arange(500), 0.5, drinking_odds=r).changed("drinks")) for r in (0.0, 0.1, 0.5, 1.0, 9.0)]
    for sets in (by_share, by_odds):
        assert all(fewer < more for fewer, more in zip(sets, sets[1:], strict=False))


def test_drinking_passes_and_is_counted() -> None:
    """Who drank before, and would not now, no longer does; counts by group, of those listed alone. Exact."""
    group = [BROTHEL] * 3 + [HOME] * 2
    assert not drink(range(5), 0.0, drinks=1.0, group=group).drinks.any()
    result = drink(range(5), {"brothel": 1.0, "all": 0.0}, group=group, rows=[0, 1, 4])
    assert result.changed("drinks") == [0, 1]
    assert result.counters["drinking_asked"].tolist() == by_group({BROTHEL: 2, HOME: 1})
    assert result.counters["drinkers"].tolist() == by_group({BROTHEL: 2})


def test_the_order_of_rows_is_nothing() -> None:
    """The same people drink in whatever order the rows are. Exact; n = 100."""
    order = np.random.default_rng(1).permutation(100)
    assert np.array_equal(drink(np.arange(100), 0.4).drinks[order], drink(order, 0.4).drinks)
