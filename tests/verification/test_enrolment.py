"""Enrolment in programmes against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from swmodel import codes, rng
from swmodel.interventions.enrolment import enrol_by_rate, enrol_to_coverage
from swmodel.state import start_clocks

ALPHA = 1e-4
N = 200_000
KEY = rng.stream_key(301, "programme")
CLOCK = np.array([rng.stream_key(301, "clock:programme.enrol_clock")], np.uint64)
ANYONE = codes.ELIGIBLE["anyone"]
ALL = np.ones(6, np.bool_)


@pytest.mark.case("17")
def test_coverage_from_uptake_and_dropout() -> None:
    """Uptake u, dropout d, exit m, entrants not covered: coverage is u/(u+d+m) (1 - exp(-(u+d+m) t)).

    Binomial(200,000, 0.517913) at 2 years and Binomial(200,000, 0.666585) at 12 years, alpha 1e-4 each; power 0.99
    at an absolute error of 0.007. Steps of 1/48 year bias it by less than 0.0003.
    """
    u, d, m, dt = 0.5, 0.2, 0.05, 1 / 48
    uid, birth = np.arange(N, dtype=np.uint32), np.full(N, 1970.0)
    alive, group, care = np.ones(N, np.bool_), np.zeros(N, np.int8), np.zeros(N, np.int8)
    covered, times, clock = np.zeros(N, np.int8), np.zeros(N, np.uint16), np.zeros((1, N))
    start_clocks(np.arange(N, dtype=np.int32), uid, clock, CLOCK)
    chance, new = np.random.default_rng(302), N
    for step in range(1, 577):
        enrol_by_rate.kernel(0, N, dt, KEY, uid, alive, group, birth, care, 2000.0, covered, clock[0], times,
                             u, d, ALL, 18.0, 65.0, ANYONE)  # fmt: skip
        rows = np.flatnonzero(chance.random(N) < -math.expm1(-m * dt)).astype(np.int32)
        uid[rows], covered[rows], times[rows] = np.arange(new, new + len(rows)), 0, 0
        start_clocks(rows, uid, clock, CLOCK)
        new += len(rows)
        if step in (96, 576):
            p = u / (u + d + m) * -math.expm1(-(u + d + m) * step * dt)
            assert step != 96 or abs(p - 0.517913) < 1e-6
            assert stats.binomtest(int(covered.sum()), N, p).pvalue > ALPHA


@pytest.mark.case("17")
def test_who_is_no_longer_a_target_leaves_at_once() -> None:
    """Nobody outside the target stays covered, and nobody joins without uptake. Exact; n = 200,000."""
    uid, group = np.arange(N, dtype=np.uint32), (np.arange(N) % 6).astype(np.int8)
    anyone = np.ones(N, np.bool_)
    covered, clock = np.ones(N, np.int8), np.full(N, 50.0)
    target = np.array([False, False, False, True, True, True])
    enrol_by_rate.kernel(0, N, 1 / 12, KEY, uid, anyone, group, np.full(N, 1970.0), np.zeros(N, np.int8), 2000.0,
                         covered, clock, np.zeros(N, np.uint16), 0.0, 0.0, target, 18.0, 65.0, ANYONE)  # fmt: skip
    assert np.array_equal(covered == 1, target[group])


@pytest.mark.case("18")
@pytest.mark.parametrize("groups", [(0,), (3,), (3, 4, 5), (0, 1, 2, 3, 4, 5)])
def test_coverage_is_kept(groups: tuple[int, ...]) -> None:
    """Coverage of the target is what is asked within half a person, while people come, go and get diagnosed. Exact.

    n = 20,000 people, 60 steps, a ramp from 0 to 0.8; a higher coverage reaches the same people and others.
    """
    n, chance = 20_000, np.random.default_rng(303)
    uid = np.arange(n, dtype=np.uint32)
    target = np.isin(np.arange(6), groups)
    alive, care = np.ones(n, np.bool_), np.zeros(n, np.int8)
    group, birth = chance.integers(0, 6, n).astype(np.int8), 1985.0 - chance.random(n) * 60
    covered, more, eligible = np.zeros(n, np.int8), np.zeros(n, np.int8), codes.ELIGIBLE["hiv_negative"]
    for step in range(60):
        time, coverage = 2000.0 + step / 12, min(0.8, 0.02 * step)
        alive &= chance.random(n) > 0.002
        care[chance.random(n) < 0.002] = codes.DIAGNOSED
        moved = chance.random(n) < 0.01
        group[moved] = chance.integers(0, 6, int(moved.sum()))
        for share, reached in ((coverage, covered), (coverage + 0.1, more)):
            enrol_to_coverage.kernel(n, KEY, uid, alive, group, birth, care, time, reached, share, target, 20.0, 50.0,
                                     eligible)  # fmt: skip
        age = time - birth
        fits = alive & target[group] & (care == codes.UNDIAGNOSED) & (age >= 20.0) & (age < 50.0)
        assert not covered[~fits].any()
        assert abs(int(covered.sum()) - coverage * fits.sum()) <= 0.5 + 1e-9
        assert (more >= covered).all()
