"""Progression and death against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from swmodel import codes, rng
from swmodel.processes.exits import deaths_of_people
from swmodel.processes.progression import hiv_progression
from swmodel.state import start_clocks

ALPHA = 1e-4
N = 200_000
UID = np.arange(N, dtype=np.uint32)


def clocks(seed: int, name: str) -> np.ndarray:
    """First thresholds of everyone, as the engine draws them."""
    clock = np.zeros((1, N))
    key = np.array([rng.stream_key(seed, f"clock:{name}")], np.uint64)
    start_clocks(np.arange(N, dtype=np.uint32), UID, clock, key)
    return clock[0]


def by_step(when: np.ndarray, rate: float, dt: float, last: int) -> float:
    """The p-value of chi-square for steps 0..last-1, and later, under an exponential wait."""
    p = np.exp(-rate * dt * np.arange(last)) * -np.expm1(-rate * dt)
    p = np.append(p, 1.0 - p.sum())
    return float(stats.chisquare(np.bincount(np.minimum(when, last), minlength=last + 1), p * len(when)).pvalue)


def stages(seed: int, first: int, past: int, durations: np.ndarray, dt: float, steps: int) -> np.ndarray:
    """The step in which each of N people goes past the stage `past`; `steps` if not before."""
    key, clock = rng.stream_key(seed, "hiv_progression"), clocks(seed, "stage_clock")
    stage, when = np.full(N, first, np.int8), np.full(N, steps)
    for step in range(steps):
        hiv_progression.kernel(UID, dt, key, UID, np.zeros(N, np.int8), clock, stage, durations)
        when[(stage > past) & (when == steps)] = step
    return when


@pytest.mark.case("14")
@pytest.mark.parametrize(("mean", "dt", "last"), [(0.335, 1 / 12, 24), (3.165, 1 / 12, 60)])
def test_one_stage(mean: float, dt: float, last: int) -> None:
    """Time in one stage is exponential with the mean given, whatever the step.

    Chi-square by step, n = 200,000, alpha 1e-4; a mean 2% off is found with power above 0.99. Planted: stages 3 percent
    too short.
    """
    when = stages(201, codes.ACUTE, codes.ACUTE, np.full(6, mean), dt, last)
    assert by_step(when, 1.0 / mean, dt, last) > ALPHA


@pytest.mark.case("14")
def test_four_stages() -> None:
    """Time through four equal stages is Erlang(4), for steps short against a stage.

    KS at the ends of steps of 0.01 year, n = 200,000, alpha 1e-4 (distance 0.005); a mean 2% off has power above 0.99.
    Planted: stages 3 percent too short, over four.
    """
    when = stages(202, codes.ACUTE, codes.CD4_200, np.ones(6), 0.01, 1200)
    share = np.cumsum(np.bincount(when, minlength=1201)[:1200]) / N
    distance = np.abs(share - stats.gamma(4).cdf(0.01 * np.arange(1, 1201))).max()
    assert stats.kstwo.sf(distance, N) > ALPHA


@pytest.mark.case("14")
def test_suppression_and_the_last_stage_hold() -> None:
    """Nobody moves while suppressed, or past the last stage. Exact; n = 200,000.

    Planted: stages go on during suppression.
    """
    stage = np.full(N, codes.CD4_500, np.int8)
    care = np.zeros(N, np.int8)
    care[0::2], stage[1::2] = codes.SUPPRESSED, codes.CD4_LOW
    before = stage.copy()
    key = rng.stream_key(203, "hiv_progression")
    hiv_progression.kernel(UID, 100.0, key, UID, care, clocks(203, "stage_clock"), stage, np.ones(6))
    assert np.array_equal(stage, before)


@pytest.mark.case("15")
def test_causes_of_death() -> None:
    """Two causes at rates a and b split deaths a/(a+b), at whatever time; waits are exponential(a+b).

    Binomial split, chi-square by step, chi-square of cause by quartile of time (3 df); n = 200,000, alpha 1e-4 each;
    power 0.99 at 0.007 in the split and above 0.99 at 2% in the rate. Planted: deaths from HIV counted as others at one
    in thirty; the cause of death comes from the draw of its time.
    """
    a, b, dt, steps = 0.3, 0.5, 1 / 12, 240
    key, clock = rng.stream_key(204, "deaths_of_people"), clocks(204, "death_clock")
    cause, when = np.zeros(N, np.int8), np.full(N, steps)
    stage, rates = np.full(N, codes.CD4_LOW, np.int8), np.array([0, 0, 0, 0, 0, b])
    for step in range(steps):
        deaths_of_people.kernel(0, N, dt, 2000.0, key, UID, np.ones(N, np.bool_), np.full(N, 1980.0), stage,
                                np.zeros(N, np.int8), np.ones(N), clock, cause, a, rates, 1.0, 65.0)  # fmt: skip
        when[(cause != codes.STAYS) & (when == steps)] = step
    died, hiv = when < steps, cause == codes.DIED_HIV
    assert set(np.unique(cause[died]).tolist()) == {codes.DIED_BACKGROUND, codes.DIED_HIV}
    assert stats.binomtest(int(hiv.sum()), int(died.sum()), b / (a + b)).pvalue > ALPHA
    assert by_step(when, a + b, dt, 60) > ALPHA
    quarter = np.searchsorted(np.quantile(when[died], [0.25, 0.5, 0.75]), when[died])
    table = [[int((hiv[died] & (quarter == q)).sum()), int((~hiv[died] & (quarter == q)).sum())] for q in range(4)]
    assert stats.chi2_contingency(table).pvalue > ALPHA
