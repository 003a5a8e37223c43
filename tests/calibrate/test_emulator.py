"""The emulator: what it learns, how it chooses, and what it says of its own error."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from swmodel.calibrate.emulator import RIDGES, SIZES, chosen, features, learnt, left_out, singular

ALPHA = 1e-4
Numbers = NDArray[np.float64]


def bent(z: Numbers) -> Numbers:
    """Three targets: one bent in every way, a straight one, and one that hangs on nothing."""
    first = 1.0 + 2.0 * z[:, 0] - z[:, 1] + 0.5 * z[:, 2] ** 2 + z[:, 0] * z[:, 1]
    return np.column_stack([first, 3.0 * z[:, 2] - 1.0, np.full(len(z), 4.0)])


def test_features() -> None:
    """Each number, then the square of each and the product of every two, in the order of the upper triangle. Exact."""
    assert features(np.array([[2.0, 3.0, 5.0]])).tolist() == [[2, 3, 5, 4, 6, 10, 9, 15, 25]]


def test_an_exact_quadratic() -> None:
    """Where nothing is left to chance the emulator is the function, but for the smallest penalty: 60 runs, 500 points.

    A penalty of 1e-4 a run shrinks by a ten-thousandth, so means agree within 0.003 of numbers from -20 to 20, the
    error is below a thousandth, and all is explained. Each target has its own shape: the straight one is a plane.
    """
    generator = np.random.default_rng(11)
    z, new = generator.standard_normal((60, 3)), generator.standard_normal((500, 3))
    found = learnt(z, bent(z))
    doubt = found.doubt(new)
    assert np.abs(found(new) - bent(new)).max() < 0.003
    assert (found.error < 1e-3).all() and (found.explained[:2] > 0.999_99).all() and found.runs == 60
    assert doubt.shape == (500, 3) and (doubt < 1e-2).all() and found.explained[2] == pytest.approx(1.0)
    of = {target: fit.sizes for fit in found.fits for target in fit.targets}
    assert of[1].tolist() == [1.0, 1.0, 1.0] + [0.0] * 6 and (of[0][3:] > 0.0).all() and set(of) == {0, 1, 2}


def test_a_target_is_learnt_alone() -> None:
    """What other targets are beside it changes nothing: alone and among others the numbers are equal to 1e-9."""
    generator = np.random.default_rng(12)
    z, new = generator.standard_normal((50, 3)), generator.standard_normal((20, 3))
    outputs = bent(z) + generator.standard_normal((50, 3)) * [0.5, 2.0, 1.0]
    together = learnt(z, outputs)
    for k in range(3):
        alone = learnt(z, outputs[:, k : k + 1])
        assert alone.error[0] == pytest.approx(together.error[k], rel=1e-9)
        assert alone(new)[:, 0] == pytest.approx(together(new)[:, k], rel=1e-9)
        assert alone.doubt(new)[:, 0] == pytest.approx(together.doubt(new)[:, k], rel=1e-9)


def shaped(z: Numbers, sizes: tuple[float, float]) -> Numbers:
    """The features of two parameters with mean 0, and 1 or the sizes of squares and product as standard deviations."""
    raw = features(z)
    return (raw - raw.mean(axis=0)) / raw.std(axis=0) * [1.0, 1.0, sizes[0], sizes[1], sizes[0]]


def by_brute_force(near: Numbers, y: Numbers, ridge: float) -> float:
    """The mean square of what is missed at each run by a ridge regression of the others, with a free level."""
    design = np.column_stack([np.ones(len(y)), near])
    penalty = np.diag([0.0, *np.full(near.shape[1], ridge * len(y))])
    missed = []
    for one in range(len(y)):
        others = np.arange(len(y)) != one
        here = design[others]
        weights = np.linalg.solve(here.T @ here + penalty, here.T @ y[others])
        missed.append(y[one] - design[one] @ weights)
    return float(np.mean(np.square(missed)))


def test_leaving_out_is_leaving_out() -> None:
    """The error of every ridge and shape equals that of 16 regressions without one run each. Exact to 1e-7.

    Of the shapes, the first whose best ridge is within a standard error, a factor of 1 + sqrt(2/16), of the best of all
    is taken, and its best ridge. Planted: emulators are judged by the runs that they were learnt from.
    """
    generator = np.random.default_rng(13)
    z = generator.standard_normal((16, 2))
    y = np.column_stack([z[:, 0] ** 2 + 0.3 * generator.standard_normal(16), generator.standard_normal(16)])
    table = np.empty((len(SIZES), len(RIDGES), 2))
    for b, r, k in itertools.product(range(len(SIZES)), range(len(RIDGES)), range(2)):
        table[b, r, k] = by_brute_force(shaped(z, SIZES[b]), y[:, k], RIDGES[r])
    for b, sizes in enumerate(SIZES):
        left, strengths, _ = singular(shaped(z, sizes))
        assert left_out(left, strengths, y - y.mean(axis=0)) == pytest.approx(table[b], rel=1e-7)
    found, best = learnt(z, y), table.min(axis=1)
    right = [next(b for b in best[:, k] if b <= best[:, k].min() * (1.0 + math.sqrt(2 / 16))) for k in range(2)]
    assert found.error**2 == pytest.approx(right, rel=1e-7)
    assert found.explained == pytest.approx(1.0 - np.array(right) / y.var(axis=0), rel=1e-7, abs=1e-9)
    assert right[0] < table[0, :, 0].min()  # the bent one is bent


def test_the_plainest_that_is_as_good() -> None:
    """By hand, for 200 runs: as good is up to a hundredth above the best mean square; then its best ridge. Exact."""
    errors = np.array([[[1.02, 1.009], [1.03, 1.008]], [[1.011, 1.0], [1.009, 1.2]], [[1.0, 1.3], [1.1, 1.4]]])
    shapes, ridges = chosen(errors, 200)
    assert shapes.tolist() == [1, 0] and ridges.tolist() == [1, 1]


def test_directions() -> None:
    """The decomposition gives the features back, with orthogonal directions; of two equal features none too many."""
    generator = np.random.default_rng(20)
    near = generator.standard_normal((30, 4))
    near[:, 3] = near[:, 0]
    left, strengths, directions = singular(near)
    assert (left * strengths) @ directions == pytest.approx(near, abs=1e-9)
    assert directions @ directions.T == pytest.approx(np.eye(4), abs=1e-9)
    assert (strengths > 0.0).sum() == 3 and left.T @ left == pytest.approx(np.diag((strengths > 0.0) * 1.0), abs=1e-9)


def test_noise_explains_nothing() -> None:
    """Of 40 targets that hang on nothing, 200 runs of 3 parameters, an emulator explains next to nothing.

    H0: pure noise. The share of variance that nine features take up by chance (R squared) has a Beta distribution with
    mean 9/199, and leaving out cannot explain more than that: each of the 40 below its quantile at 1e-4 / 40. On
    average leaving out explains nothing, and choosing the best of 54 penalties little: below 0.015 (0.045 without
    leaving out, 9 standard errors of the mean of 40 away). Seed 14.
    """
    generator = np.random.default_rng(14)
    z, outputs = generator.standard_normal((200, 3)), generator.standard_normal((200, 40))
    found = learnt(z, outputs)
    assert (found.explained < stats.beta.isf(ALPHA / 40, 4.5, 95.0)).all() and found.explained.mean() < 0.015
    assert found.error == pytest.approx(outputs.std(axis=0), rel=0.06)
    assert np.abs(found(z) - outputs.mean(axis=0)).mean() < 0.1


def test_noise_is_not_taken_for_signal() -> None:
    """The error of an emulator is the chance in single runs, where the emulator is right: 500 runs.

    H0: a quadratic and normal noise of 0.7. Mean squares when a run is left out are those of the noise times about
    1 + 6/500; their standard error is sqrt(2/500), so errors lie within 4 x 3.2 % of 0.704. Seed 15, alpha 1e-4 for
    5 targets together. Power: an error that is 15 % too small
    or too large is noticed nearly always.
    """
    generator = np.random.default_rng(15)
    z = generator.standard_normal((500, 2))
    truth = 1.0 + z[:, 0] - z[:, 1] ** 2 + z[:, 0] * z[:, 1]
    found = learnt(z, truth[:, None] + 0.7 * generator.standard_normal((500, 5)))
    assert found.error == pytest.approx(0.704, rel=stats.norm.isf(ALPHA / 10) * math.sqrt(0.5 / 500))


@pytest.mark.parametrize("bend", [0.3, 1.0])
def test_standard_errors_cover(bend: float) -> None:
    """Intervals of 1.96 standard errors hold the truth at 95 % of points like those that were run.

    Of a surface that is bent enough to be seen at once, and of one that noise nearly hides. H0: coverage 0.95, at 50
    new points of each of 300 fits of 150 runs; z-test on the means of the fits with alpha 1e-4, seeds 1600 and on.
    Their standard error is about 0.005. Power: standard errors that are a fifth too small cover 0.88, 13 of those away.
    Planted: an emulator is as sure everywhere.
    """
    covered = []
    for seed in range(1600, 1900):
        generator = np.random.default_rng(seed)
        z, new = generator.standard_normal((150, 2)), generator.standard_normal((50, 2))
        outputs = bowl(z, bend) + generator.standard_normal((150, 1))
        found = learnt(z, outputs)
        covered.append(float((np.abs(found(new) - bowl(new, bend)) < stats.norm.isf(0.025) * found.doubt(new)).mean()))
    error = float(np.std(covered)) / math.sqrt(len(covered))
    assert abs(np.mean(covered) - 0.95) < stats.norm.isf(ALPHA / 2) * error


def bowl(z: Numbers, bend: float = 1.0) -> Numbers:
    """One target, a plane that is bent by so much."""
    bent_part = z[:, :1] * z[:, 1:] - 0.5 * z[:, 1:] ** 2
    return np.asarray(1.0 + z[:, :1] - 0.5 * z[:, 1:] + bend * bent_part)


def test_far_away_it_is_less_sure() -> None:
    """Doubt grows with the distance from the runs, and is the error over the root of their number amid them. Exact."""
    generator = np.random.default_rng(17)
    z = generator.standard_normal((200, 2))
    found = learnt(z, bowl(z) + generator.standard_normal((200, 1)))
    doubt = found.doubt(np.array([[0.5, 0.5], [2.0, 2.0], [4.0, 4.0]]))
    assert found.error[0] / math.sqrt(200) < doubt[0, 0] < doubt[1, 0] < doubt[2, 0]


def test_too_few_runs() -> None:
    """Below ten runs nothing is learnt, and it says so; ten are enough, with more features than runs too. Exact."""
    generator = np.random.default_rng(18)
    z, y = generator.standard_normal((10, 4)), generator.standard_normal((10, 1))
    with pytest.raises(ValueError, match="an emulator needs 10 runs, not 9"):
        learnt(z[:9], y[:9])
    assert np.isfinite(learnt(z, y)(z)).all()


def test_a_number_that_is_the_same_in_every_run() -> None:
    """A parameter that never differs, as one at the end of its prior, is no obstacle: the others tell. To 0.05."""
    generator = np.random.default_rng(19)
    z = generator.standard_normal((60, 2))
    z[:, 1] = 7.034
    found = learnt(z, z[:, :1] * 2.0)
    assert found(z)[:, 0] == pytest.approx(2.0 * z[:, 0], abs=0.05) and np.isfinite(found.doubt(z)).all()
