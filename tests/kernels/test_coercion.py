"""Coercion and bondage: who starts in it, and how long it lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from kernels.by_name import BROTHEL, DT, HOME, STREET, Result, by_group, call, key_of
from swmodel import rng
from swmodel.processes.coercion import coercion

ALPHA, MANY = 1e-4, 20_000
TWO_SIDED = stats.norm.isf(ALPHA / 2)
KEY = key_of(coercion)
NOW = 7  # the step


def step_of(uid: Any, share: Any = 0.0, **given: Any) -> Result:
    """One step of people of the street whose first spell begins now, unless said otherwise."""
    plain = {"group": [STREET] * len(uid), "step": NOW, "spell_start": NOW, "spells": 1}
    return call(coercion, uid=uid, coerced_share=share, **{**plain, **given})


def draws(uid: int, spells: int = 1) -> tuple[float, float]:
    """What the start of a spell draws: whether she is coerced, and when in the step it began."""
    return rng.uniforms(KEY, uid, 1, spells, 0)


def test_who_starts_coerced() -> None:
    """Whose draw for this spell lies below the share of the group; counts by group. Exact; n = 90."""
    spells = np.repeat([1, 2, 5], 30)
    result = step_of(range(90), {"brothel": 0.3, "street": 0.6, "all": 0.0}, group=[BROTHEL, STREET, HOME] * 30,
                     spells=spells)  # fmt: skip
    coerced = [uid for uid in range(90) if draws(uid, spells[uid])[0] < (0.3, 0.6, 0.0)[uid % 3]]
    assert result.changed("bonded") == coerced
    by = np.bincount([uid % 3 for uid in coerced], minlength=3)
    assert result.counters["bonds_begun"].tolist() == by_group({BROTHEL: by[0], STREET: by[1]})
    assert result.counters["bonded_now"].tolist() == result.counters["bonds_begun"].tolist()
    assert result.counters["workers_asked"].tolist() == by_group({BROTHEL: 30, STREET: 30, HOME: 30})


def test_shares_that_start_coerced_or_bonded() -> None:
    """Coerced, held by debt, and the relative share: 1 - (1 - c)(1 - d), times the ratio.

    Exact binomials, n = 20,000, alpha 1e-4; power 0.99 at shares 11, 6 and 10% off.
    """
    both = {"indebted": True, "managed": True}
    cases = [({}, 0.2), (both, 1.0 - 0.8 * 0.6), ({**both, "coercion_ratio": 0.5}, 0.26)]
    for given, share in cases:
        found = int(step_of(np.arange(MANY), 0.2, debt_bond_share=0.4, **given).bonded.sum())
        assert stats.binomtest(found, MANY, share).pvalue > ALPHA


def test_debt_holds_those_under_a_manager() -> None:
    """A debt without a manager, or a manager without a debt, holds nobody; both hold the share. Exact."""
    result = step_of(range(4), debt_bond_share=1.0, indebted=[0, 1, 0, 1], managed=[0, 0, 1, 1])
    assert result.bonded.tolist() == [0.0, 0.0, 0.0, 1.0]


def test_less_coercion_spares_the_same_people() -> None:
    """Whoever starts coerced at a share, or a relative share, does at any larger one. Exact; n = 500."""
    by_share = [set(step_of(np.arange(500), s).changed("bonded")) for s in (0.0, 0.1, 0.4, 1.0)]
    by_ratio = [set(step_of(np.arange(500), 0.5, coercion_ratio=r).changed("bonded")) for r in (0.0, 0.2, 1.0, 2.0)]
    for sets in (by_share, by_ratio):
        assert all(fewer < more for fewer, more in zip(sets, sets[1:], strict=False))
    assert len(by_share[-1]) == 500


def test_nobody_becomes_coerced_later() -> None:
    """Who works already is not drawn for, whatever the share, nor is her clock run down. Exact."""
    result = step_of(range(5), 1.0, spell_start=[0, NOW - 1, NOW + 1, -40, NOW], bond_clock=9.0)
    assert result.changed("bonded") == result.changed("bond_clock") == [4]
    assert result.counters["bonds_begun"].sum() == 1


def test_a_new_spell_is_drawn_anew() -> None:
    """Who was bonded when she left for good, and starts again, is bonded only if the draw says so. Exact."""
    assert not step_of(range(5), 0.0, bonded=1.0).bonded.any()
    assert step_of(range(5), 0.0, bonded=1.0, spell_start=0).bonded.all()  # and who pauses stays bonded


def test_the_clock_of_the_first_step() -> None:
    """Of the step in which the spell begins the part from there on counts, of later ones the whole. Exact; n = 40."""
    first = step_of(range(40), 1.0, bond_clock=9.0, bondage_duration=0.5)
    assert (9.0 - first.bond_clock) * 0.5 / DT == pytest.approx(np.array([draws(uid)[1] for uid in range(40)]))
    later = step_of(range(40), bond_clock=9.0, bonded=1.0, spell_start=0, bondage_duration=0.5)
    assert (9.0 - later.bond_clock) * 0.5 / DT == pytest.approx(np.ones(40))
    faster = step_of(range(40), bond_clock=9.0, bonded=1.0, spell_start=0, bondage_duration=0.5, release_rate=3.0)
    assert (9.0 - faster.bond_clock) * 0.5 / DT == pytest.approx(np.full(40, 3.0))
    assert later.touched == {"bond_clock", "bonded_now", "workers_asked"}


def test_the_end_of_bondage() -> None:
    """When the clock runs out she is free, is counted, and has another threshold for another time. Exact."""
    result = step_of([11, 12, 13], bonded=[1.0, 1.0, 0.0], bond_clock=[1e-9, 9.0, 1e-9], spell_start=0, bond_times=4)
    assert result.bonded.tolist() == [0.0, 1.0, 0.0]
    assert result.bond_times.tolist() == [5, 4, 4]
    assert result.bond_clock[0] == rng.exponential(KEY, 11, 0, 5, 0) and result.bond_clock[2] == 1e-9
    assert result.counters["bonds_ended"].tolist() == result.counters["bonded_now"].tolist() == by_group({STREET: 1})


@pytest.mark.parametrize("rate", [1.0, 2.0])
@pytest.mark.parametrize("dt", [1.0 / 12, 0.5, 1.0])
def test_the_mean_duration_is_exact(dt: float, rate: float) -> None:
    """Person-years in bondage, counted at the ends of steps, are `bondage_duration` a person, whatever the step.

    At twice the rate of release, half of it. Normal, with the variance found; n = 20,000 who all start coerced in one
    step, mean 0.5 years, alpha 1e-4; power 0.99 at a mean 5% off, or 8% with the longest steps and the shorter mean.
    """
    uid = np.arange(MANY)
    clock = np.array([rng.exponential(rng.stream_key(5, "clock:bond_clock"), u, 0, 0, 0) for u in uid])
    state: dict[str, Any] = {"bond_clock": clock, "bonded": 0.0, "bond_times": 0}
    step, years, rows = NOW, np.zeros(MANY), uid
    while len(rows):
        result = step_of(uid, 1.0, rows=rows, step=step, dt=dt, bondage_duration=0.5, release_rate=rate, **state)
        state, step = result.written, step + 1
        rows = np.flatnonzero(state["bonded"])
        years[rows] += dt
    error = years.std() / np.sqrt(MANY)
    assert error < 0.005 and abs(years.mean() - 0.5 / rate) < TWO_SIDED * error


def test_the_order_of_rows_is_nothing() -> None:
    """The same people are coerced, and become free, in whatever order; rows not listed keep all. Exact; n = 100."""
    order = np.random.default_rng(1).permutation(100)
    one, other = step_of(np.arange(100), 0.5, bond_clock=0.05), step_of(order, 0.5, bond_clock=0.05)
    for name in ("bonded", "bond_clock", "bond_times"):
        assert np.array_equal(getattr(one, name)[order], getattr(other, name))
    assert step_of(range(4), 1.0, rows=[1, 2]).changed("bonded") == [1, 2]
