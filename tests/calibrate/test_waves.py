"""Waves of runs: the protocol, what is said of noise and of moves, and posteriors that are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from calibrate.linear import Linear, normals, survey
from swmodel.calibrate.imis import Posterior
from swmodel.calibrate.priors import Priors
from swmodel.calibrate.waves import CUT_OFF, SETTLED, Waves, moments, moved

ALPHA = 1e-4
Numbers = NDArray[np.float64]
SLOPES = 0.6 * np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 1.0, -1.0],
                         [1.0, 0.0, 1.0]])  # fmt: skip


def told(waves: Waves, town: Linear, seed: int = 1) -> Numbers:
    """One wave of a town; returns its points."""
    points = waves.ask()
    waves.tell(town.runs(town.priors.values(points), np.random.default_rng(seed)))
    return points


def of_three(**given: Any) -> tuple[Waves, Linear]:
    """Waves over three parameters and six surveys, not begun."""
    town = Linear(SLOPES)
    given = {"first": 60, "batch": 40, "repeats": 10, "most": 3, "wanted": 200.0, **given}
    return Waves(town.priors, town.targets(np.array([-1.5, -0.5, -1.0, -1.2, -0.8, -1.4])), **given), town


def test_ask_and_tell() -> None:
    """The first wave covers the priors, later ones are draws of the posterior; some points stand there twice. Exact.

    The points stay until they are told of, and each wave is one entry of the history.
    """
    waves, town = of_three()
    first = waves.ask()
    assert first.shape == (70, 3) and np.array_equal(first[60:], first[:10]) and waves.ask() is first
    assert np.abs(stats.norm.cdf(first[:60]).mean(axis=0) - 0.5).max() < 0.03  # spread evenly
    told(waves, town)
    second = waves.ask()
    assert second.shape == (50, 3) and np.array_equal(second[40:], second[:10])
    among = [np.abs(waves.posterior().z - point).sum(axis=1).min() for point in second]
    assert max(among) < 1e-6
    told(waves, town, 2)
    assert [wave.runs for wave in waves.history] == [70, 120] and waves.z.shape == (120, 3)
    assert waves.again == [(k, 60 + k) for k in range(10)] + [(70 + k, 110 + k) for k in range(10)]


def test_mistakes() -> None:
    """Telling what was not asked for, too much or too little, or asking for a posterior of nothing, is refused. Exact.

    So are fewer runs with numbers than an emulator needs.
    """
    waves, _ = of_three()
    with pytest.raises(ValueError, match="nothing was told yet"):
        waves.posterior()
    with pytest.raises(ValueError, match="one number for each point of the last ask and each target"):
        waves.tell(np.full((70, 6), 0.2))
    waves.ask()
    for shape in ((69, 6), (70, 5)):
        with pytest.raises(ValueError, match="one number for each point of the last ask and each target"):
            waves.tell(np.full(shape, 0.2))
    few, town = of_three(first=9, repeats=0)
    with pytest.raises(ValueError, match="an emulator needs 10 runs, not 9"):
        told(few, town)


def test_more_repeats_than_points() -> None:
    """Every point stands there twice at most, and pairs are of one point. Exact."""
    waves, town = of_three(first=20, repeats=50)
    points = told(waves, town)
    assert points.shape == (40, 3) and np.array_equal(points[:20], points[20:])
    assert waves.again == [(k, 20 + k) for k in range(20)]


def test_the_noise_of_runs() -> None:
    """Runs of the same point say what chance does: 400 pairs with a standard deviation of 0.2 on the logit scale.

    H0: 400 variance(s) over 0.04 are chi-square with 400 degrees of freedom for each of 6 targets; two-sided alpha
    1e-4 / 6, seed 21. Power: a variance without the half (of a difference) is 20 standard errors away.
    """
    waves, town = of_three(first=400, repeats=400)
    told(waves, town, 21)
    ratio = 400 * waves.noise() ** 2 / 0.04
    low, high = stats.chi2.ppf([ALPHA / 12, 1.0 - ALPHA / 12], 400)
    assert (low < ratio).all() and (ratio < high).all()
    assert np.array_equal(waves.history[0].noise, waves.noise())


def test_without_repeats() -> None:
    """There is no noise to tell from lack of fit then, so that all of the error counts as such. Exact."""
    waves, town = of_three(repeats=0)
    told(waves, town)
    assert not waves.noise().any() and np.array_equal(waves.lack(waves.emulator), waves.history[0].error)  # type: ignore[arg-type]


def test_lack_of_fit() -> None:
    """What chance explains is no lack of fit: none of a straight model's, and all of a step's error.

    The step is from -1 to 1 at 0 on the logit scale, with no chance; no polynomial of the second degree comes nearer
    than sqrt(1 - 2/pi) = 0.603 to it under a normal distribution of points; to 0.05. The variance of the noise of 0.1
    is known to 0.01 x sqrt(2/400) from 400 pairs, so what is left of it is below the root of 4 of those. Seed 22.
    """
    priors = normals(1)
    waves = Waves(priors, (survey(0.0, 0.1), survey(0.0, 0.1)), first=400, repeats=400, most=1)
    z = waves.ask()[:, 0]
    noise = 0.1 * np.random.default_rng(22).standard_normal(800)
    waves.tell(expit(np.column_stack([np.sign(z), z + noise])))
    lack = waves.lack(waves.emulator)  # type: ignore[arg-type]
    assert lack[0] == pytest.approx(math.sqrt(1.0 - 2.0 / math.pi), abs=0.05) and lack[1] < 0.0532


def test_done() -> None:
    """After the most waves allowed, or as soon as a wave moves no mean and enough is known; not after one. Exact."""
    waves, town = of_three(most=2)
    assert not waves.done and not waves.settled
    told(waves, town)
    assert math.isnan(waves.history[0].moved) and not waves.settled and not waves.done
    told(waves, town, 2)
    assert waves.done
    settled, town = of_three(first=200, batch=200, most=50, wanted=100.0)
    while not settled.done:
        told(settled, town, len(settled.history))
    last = settled.history[-1]
    assert settled.settled and last.moved < SETTLED and last.effective >= 100.0 and 2 <= len(settled.history) < 50
    assert all(not wave.moved < SETTLED for wave in settled.history[:-1])


def test_moves() -> None:
    """The largest move of a mean in standard deviations of the later posterior, by hand; NaN at first. Exact."""

    def of(points: list[list[float]]) -> Posterior:
        z = np.array(points)
        return Posterior(("a", "b"), z, z, np.full(len(z), 1.0 / len(z)), np.zeros(len(z)))

    before, after = of([[-1.0, 0.0], [1.0, 0.0]]), of([[0.0, 10.0], [2.0, 30.0]])
    mean, width = moments(after)
    assert mean.tolist() == [1.0, 20.0] and width.tolist() == [1.0, 10.0]
    assert moved(before, after) == pytest.approx(2.0, rel=1e-12) and math.isnan(moved(None, after))


def test_off() -> None:
    """How far the emulator of the waves before is off at new runs, on average, by target; runs without a number are
    left out. A second wave that lies higher by 0.5, on the logit scale, is 0.5 off; to 0.15 (4 standard errors).
    """
    waves, town = of_three(batch=100)
    told(waves, town)
    assert np.isnan(waves.history[0].off).all()
    points = town.priors.values(waves.ask())
    town.level += 0.5
    outputs = town.runs(points, np.random.default_rng(23))
    outputs[::7, 2] = math.nan
    waves.tell(outputs)
    assert waves.history[1].off == pytest.approx(np.full(6, 0.5), abs=0.15)


def test_runs_without_a_number() -> None:
    """A run in which a target's survey finds nobody is left out, and the others tell what they tell without it.

    Every eighth run of 160 has no number for one target or another: means lie within a tenth of a standard deviation
    of those of the exact posterior and the noise of runs is known still.
    """
    town = Linear(SLOPES, noise=0.02)
    seen = np.array([-1.5, -0.5, -1.0, -1.2, -0.8, -1.4])
    waves = Waves(town.priors, town.targets(seen), first=160, repeats=20, most=1, wanted=2000.0, seed=3)
    outputs = town.runs(town.priors.values(waves.ask()), np.random.default_rng(24))
    outputs[np.arange(0, 180, 8), np.arange(0, 180, 8) % 6] = math.nan
    waves.tell(outputs)
    mean, covariance = town.exact(seen)
    away = (moments(waves.posterior())[0] - mean) / np.sqrt(np.diag(covariance))
    assert np.abs(away).max() < 0.15 and (waves.noise() < 0.05).all()


def test_one_repeat_without_a_number() -> None:
    """A single pair of runs, one of which has nobody to ask, says nothing of noise; no posterior is lost to it. Exact.

    The fit goes on as it does without repeats.
    """
    waves, town = of_three(repeats=1, most=1)
    outputs = town.runs(town.priors.values(waves.ask()), np.random.default_rng(25))
    outputs[60, 3] = math.nan
    waves.tell(outputs)
    assert np.isfinite(waves.noise()).all() and waves.posterior().effective > 1.0


def test_plausible() -> None:
    """The share of the priors within three standard deviations of every target, of one normal parameter known exactly.

    The emulator is exact but for 1e-3, and the 4,000 points are spread evenly: to 0.005.
    """
    town = Linear(np.array([[1.0], [-1.0]]), error=0.3, noise=0.0, level=0.0)
    waves = Waves(town.priors, town.targets(np.array([0.8, -0.6])), first=200, repeats=0, most=1)
    told(waves, town)
    low, high = 0.8 - CUT_OFF * 0.3, 0.6 + CUT_OFF * 0.3
    assert waves.history[0].plausible == pytest.approx(stats.norm.cdf(high) - stats.norm.cdf(low), abs=0.005)


def test_constraints_hold() -> None:
    """Points that an order forbids are never run, in no wave. Exact."""
    town = Linear(SLOPES)
    town.priors = Priors(town.priors.each, order=(("p0", "p1"),))
    waves = Waves(town.priors, town.targets(np.array([-0.5, -1.5, -1.0, -1.2, -0.8, -1.4])), first=64, batch=64,
                  repeats=4, most=3, wanted=100.0)  # fmt: skip
    for seed in range(3):
        values = town.priors.values(told(waves, town, seed))
        assert (values[:, 0] <= values[:, 1]).all()


def test_the_same_seed_gives_the_same() -> None:
    """Bit for bit; another seed gives other points. Exact."""
    one, two, other = (of_three(seed=seed) for seed in (5, 5, 6))
    for waves, town in (one, two, other):
        while not waves.done:
            told(waves, town)
    assert np.array_equal(one[0].z, two[0].z) and np.array_equal(one[0].posterior().z, two[0].posterior().z)
    assert not np.array_equal(one[0].z[:60], other[0].z[:60])
