"""Stigma that keeps people from services, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, HOME, STREET, Result, by_group, call, key_of
from swmodel import codes, rng
from swmodel.processes.stigma import feel_stigma

ALPHA, MANY = 1e-4, 20_000
KEY = key_of(feel_stigma)


def felt(uid: Any, stigma: Any = 0.0, hiv_stigma: Any = 0.0, **given: Any) -> Result:
    """One step of people who work in the street and know that they live with HIV, unless said otherwise."""
    plain = {"group": [STREET] * len(uid), "care_state": codes.DIAGNOSED}
    return call(feel_stigma, uid=uid, stigma=stigma, hiv_stigma=hiv_stigma, **{**plain, **given})


def numbers(uid: int) -> tuple[float, float]:
    """The two numbers for life of a person: of stigma of sex work, and of HIV."""
    return rng.uniforms(KEY, uid, 0, 0, 0)


def test_who_feels_stigma() -> None:
    """Whose number lies below the share of the group, for each sort of stigma apart. Exact; n = 90."""
    group = [BROTHEL, STREET, HOME] * 30
    work, hiv = {"brothel": 0.2, "street": 0.5, "all": 0.0}, {"brothel": 0.6, "home": 0.3, "all": 0.0}
    result = felt(np.arange(90), work, hiv, group=group)
    drawn = [numbers(uid) for uid in range(90)]
    assert result.stigma_felt.tolist() == [u < (0.2, 0.5, 0.0)[k % 3] for k, (u, _) in enumerate(drawn)]
    assert result.hiv_stigma_felt.tolist() == [v < (0.6, 0.0, 0.3)[k % 3] for k, (_, v) in enumerate(drawn)]
    assert result.touched == {"stigma_felt", "hiv_stigma_felt", "stigma_asked", "stigma_counts"}


def test_shares_that_feel_stigma() -> None:
    """The shares are those asked for, and one sort says nothing of the other.

    Exact binomials, n = 20,000, alpha 1e-4; power 0.99 at shares 7, 5 and 11% off.
    """
    result = felt(np.arange(MANY), 0.3, 0.5)
    work, hiv = result.stigma_felt > 0, result.hiv_stigma_felt > 0
    for found, share in ((work, 0.3), (hiv, 0.5), (work & hiv, 0.15)):
        assert stats.binomtest(int(found.sum()), MANY, share).pvalue > ALPHA


def test_a_smaller_share_spares_the_same_people() -> None:
    """Whoever feels it at a share feels it at any larger one, by the share or by the relative share. Exact; n = 500."""
    shares = [0.0, 0.1, 0.3, 0.6, 1.0]
    for name in ("stigma_felt", "hiv_stigma_felt"):
        by_share = [set(felt(np.arange(500), s, s).changed(name)) for s in shares]
        by_ratio = [set(felt(np.arange(500), 1.0, 1.0, stigma_ratio=s).changed(name)) for s in shares]
        assert all(fewer < more for fewer, more in zip(by_share, by_share[1:], strict=False))
        assert len(by_share[0]) == 0 and len(by_share[-1]) == 500
        assert by_share == by_ratio


def test_the_relative_share_multiplies() -> None:
    """A share of 0.8 and a relative one of a quarter are a share of 0.2; beyond 1 everybody feels it. Exact."""
    assert np.array_equal(felt(range(200), 0.8, 0.8, stigma_ratio=0.25).stigma_felt, felt(range(200), 0.2).stigma_felt)
    assert felt(range(200), 0.8, 0.8, stigma_ratio=2.0).stigma_felt.all()


@pytest.mark.parametrize("state", range(len(codes.CARE_STATES)))
def test_stigma_of_hiv_is_of_those_diagnosed(state: int) -> None:
    """Nobody without a diagnosis feels stigma of HIV; that of sex work does not ask. Exact."""
    result = felt(range(20), 1.0, 1.0, care_state=state)
    assert result.stigma_felt.all()
    assert result.hiv_stigma_felt.all() == (state != codes.UNDIAGNOSED) == result.hiv_stigma_felt.any()


def test_stigma_passes() -> None:
    """Who felt it before, and is spared now, no longer does; nobody is left out of the counts. Exact."""
    result = felt(range(8), 0.0, 0.0, stigma_felt=1.0, hiv_stigma_felt=1.0, group=[BROTHEL] * 5 + [HOME] * 3)
    assert not result.stigma_felt.any() and not result.hiv_stigma_felt.any()
    assert result.counters["stigma_asked"].tolist() == by_group({BROTHEL: 5, HOME: 3})
    assert not result.counters["stigma_counts"].any()
    counted = felt(range(8), 1.0, group=[BROTHEL] * 5 + [HOME] * 3).counters["stigma_counts"]
    assert counted.tolist() == by_group({BROTHEL: 5, HOME: 3})


def test_rows_that_are_not_listed() -> None:
    """Only those listed are asked, and nobody changes by the order of the rows. Exact; n = 100."""
    result = felt(range(4), 1.0, 1.0, rows=[1, 3])
    assert result.changed("stigma_felt") == result.changed("hiv_stigma_felt") == [1, 3]
    assert result.counters["stigma_asked"].sum() == 2
    order = np.random.default_rng(1).permutation(100)
    one, other = felt(np.arange(100), 0.4, 0.4), felt(order, 0.4, 0.4)
    assert np.array_equal(one.stigma_felt[order], other.stigma_felt)
    assert np.array_equal(one.hiv_stigma_felt[order], other.hiv_stigma_felt)
