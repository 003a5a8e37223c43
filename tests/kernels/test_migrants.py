"""Want of papers, and trips, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from kernels.by_name import STREET, WIDE, Result, call, group_of, key_of
from swmodel import rng
from swmodel.processes.migrants import be_elsewhere

ALPHA, MANY = 1e-4, 20_000
KEY = key_of(be_elsewhere)
PORT, LAKE = 0, 1  # sites
BAR_PORT, BAR_LAKE, CLUB_LAKE = (group_of(name, WIDE) for name in ("bar@port", "bar@lake", "club@lake"))


def elsewhere(uid: Any, share: Any = 0.0, **given: Any) -> Result:
    """One step of migrants who work in the street of the one site, unless said otherwise."""
    return call(be_elsewhere, uid=uid, papers_lacking=share, **{"group": [STREET] * len(uid), "migrant": True, **given})


def test_only_migrants_lack_papers() -> None:
    """Those of them whose number for life lies below the share, and nobody else. Exact; n = 80."""
    result = elsewhere(range(80), 0.4, migrant=[True, False] * 40)
    lacking = [uid for uid in range(0, 80, 2) if rng.uniform(KEY, uid, 0, 0, 0) < 0.4]
    assert result.changed("without_papers") == lacking and 5 < len(lacking) < 30
    assert result.counters["papers_asked"].sum() == 80 and result.counters["papers_lack"].sum() == len(lacking)
    assert result.touched == {"without_papers", "papers_asked", "papers_lack"}


def test_the_share_of_migrants_without_papers() -> None:
    """The share is that asked for, times the relative share.

    Exact binomials, n = 20,000, alpha 1e-4; power 0.99 at shares 7 and 15% off.
    """
    for ratio in (1.0, 0.25):
        found = int(elsewhere(np.arange(MANY), 0.3, papers_ratio=ratio).without_papers.sum())
        assert stats.binomtest(found, MANY, 0.3 * ratio).pvalue > ALPHA


def test_help_with_papers_spares_the_same_people() -> None:
    """Whoever lacks them at a share, or a relative share, lacks them at any larger one. Exact; n = 500."""
    by_share = [set(elsewhere(np.arange(500), s).changed("without_papers")) for s in (0.0, 0.2, 0.5, 1.0)]
    by_ratio = [set(elsewhere(np.arange(500), 0.8, papers_ratio=r).changed("without_papers")) for r in (0, 0.3, 1, 2)]
    for sets in (by_share, by_ratio):
        assert all(fewer < more for fewer, more in zip(sets, sets[1:], strict=False))
    assert by_share[-1] == by_ratio[-1] == set(range(500))
    assert not elsewhere(range(9), 0.0, without_papers=1.0).without_papers.any()


def test_who_is_on_a_trip() -> None:
    """Whoever works at another site than that of her home; counted by the group in which she works. Exact."""
    given = {"group": [BAR_PORT, BAR_PORT, BAR_LAKE, CLUB_LAKE, CLUB_LAKE], "home": [PORT, LAKE, PORT, LAKE, PORT]}
    result = elsewhere(range(5), layout=WIDE, **given)
    assert result.on_trip.tolist() == [0.0, 1.0, 1.0, 0.0, 1.0]
    counted = result.counters["on_a_trip"]
    assert [counted[g] for g in (BAR_PORT, BAR_LAKE, CLUB_LAKE)] == [1, 1, 1] and counted.sum() == 3
    back = elsewhere(range(5), layout=WIDE, on_trip=1.0, group=given["group"], home=[PORT, PORT, LAKE, LAKE, LAKE])
    assert not back.on_trip.any()


def test_papers_by_place() -> None:
    """The share is that of the group in which somebody works now. Exact."""
    result = elsewhere(range(3), {"bar@lake": 1.0, "all": 0.0}, layout=WIDE, group=[BAR_PORT, BAR_LAKE, CLUB_LAKE])
    assert result.without_papers.tolist() == [0.0, 1.0, 0.0]


def test_rows_that_are_not_listed() -> None:
    """They keep what they had, and nobody changes by the order of the rows. Exact; n = 100."""
    assert elsewhere(range(4), 1.0, rows=[0, 2]).changed("without_papers") == [0, 2]
    order = np.random.default_rng(1).permutation(100)
    one, other = elsewhere(np.arange(100), 0.4), elsewhere(order, 0.4)
    assert np.array_equal(one.without_papers[order], other.without_papers)
