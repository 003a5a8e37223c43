"""IMIS on models whose posterior is known, and simulation-based calibration."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from swmodel.calibrate.imis import UNIQUE, Imis, Posterior
from swmodel.calibrate.likelihood import binomial
from swmodel.calibrate.priors import Prior, Priors

ALPHA = 1e-4
Numbers = NDArray[np.float64]
WIDE = Priors((Prior("a", -10.0, 10.0, "normal", (0.0, 2.0)), Prior("b", -10.0, 10.0, "normal", (0.0, 2.0))))


def fit(priors: Priors, log_likelihood, **given) -> Posterior:  # type: ignore[no-untyped-def]
    """Ask and tell until it is done."""
    sampler = Imis(priors, **given)
    while not sampler.done:
        sampler.tell(log_likelihood(priors.values(sampler.ask())))
    return sampler.posterior()


def correlated(values: Numbers) -> Numbers:
    """Two normals that are known well in one direction only."""
    return np.asarray(stats.multivariate_normal([1.0, -0.5], [[0.05, 0.045], [0.045, 0.05]]).logpdf(values))


def test_a_normal_posterior() -> None:
    """Mean and covariance of a normal likelihood with normal priors, known in closed form.

    Means within 5 standard errors at the effective sample size; variances within 15 % (5 standard errors at 2,000).
    Planted: weights without the mixture; a batch counts for one point.
    """
    found = fit(WIDE, correlated, first=2000, batch=200, wanted=2000.0, seed=3)
    precision = np.linalg.inv([[0.05, 0.045], [0.045, 0.05]])
    covariance = np.linalg.inv(precision + np.eye(2) / 4.0)
    mean = covariance @ precision @ [1.0, -0.5]
    ours = found.weights @ found.values
    assert found.effective >= 2000.0 and found.unique(2000) >= UNIQUE
    assert np.abs(ours - mean) == pytest.approx([0.0, 0.0], abs=5.0 * np.sqrt(covariance[0, 0] / found.effective))
    away = found.values - ours
    np.testing.assert_allclose((away * found.weights[:, None]).T @ away, covariance, rtol=0.15)


def test_few_prior_draws_are_no_loss() -> None:
    """Where a tenth of a thousandth of the prior fits, a thousand draws of the prior alone would know a tenth of one.

    Exact: the effective sample size asked for is reached, within 60 batches.
    """

    def narrow(values: Numbers) -> Numbers:
        return np.asarray(stats.multivariate_normal([5.0, -4.0], 1e-3 * np.eye(2)).logpdf(values))

    found = fit(WIDE, narrow, first=1000, batch=100, wanted=500.0, most=60, seed=4)
    assert found.effective >= 500.0
    assert found.weights @ found.values == pytest.approx([5.0, -4.0], abs=0.01)


def test_two_modes() -> None:
    """Both modes keep their share of the weight: a third and two thirds, within 0.05 (5 standard errors at 2,000)."""

    def both(values: Numbers) -> Numbers:
        low = stats.multivariate_normal([-3.0, 0.0], 0.04 * np.eye(2)).logpdf(values) + np.log(1 / 3)
        high = stats.multivariate_normal([3.0, 0.0], 0.04 * np.eye(2)).logpdf(values) + np.log(2 / 3)
        return np.asarray(np.logaddexp(low, high))

    found = fit(WIDE, both, first=4000, batch=200, wanted=2000.0, seed=5)
    assert found.weights[found.values[:, 0] > 0.0].sum() == pytest.approx(2 / 3, abs=0.05)


def test_constraints() -> None:
    """With a order constraint the posterior is that cut in half: the mean of the larger of two uniforms is 2/3.

    Within 5 standard errors. Planted: points outside constraints weigh as others.
    """
    priors = Priors((Prior("a", 0.0, 1.0), Prior("b", 0.0, 1.0)), order=(("a", "b"),))
    found = fit(priors, lambda values: np.zeros(len(values)), first=2000, batch=500, wanted=3000.0, most=5, seed=6)
    assert found.weights @ found.values == pytest.approx([1 / 3, 2 / 3], abs=5.0 * np.sqrt(1 / 18 / found.effective))
    positive = found.weights > 0.0
    assert (found.values[positive, 0] <= found.values[positive, 1]).all()


def test_the_same_seed_gives_the_same() -> None:
    """Bit for bit, and whatever the time between ask and tell: ask twice, and the points stay."""
    sampler = Imis(WIDE, first=64, batch=16, seed=7)
    assert np.array_equal(sampler.ask(), sampler.ask())
    one, two = (fit(WIDE, correlated, first=500, batch=50, wanted=200.0, seed=8) for _ in range(2))
    assert np.array_equal(one.weights, two.weights) and np.array_equal(one.z, two.z)


def test_out_of_reach() -> None:
    """No likelihood anywhere is said to be so; a wrong number of answers is refused. Exact."""
    sampler = Imis(WIDE, first=64, batch=16, most=0)
    sampler.tell(np.full(len(sampler.ask()), -np.inf))
    with pytest.raises(ValueError, match="the priors do not reach what was observed"):
        sampler.posterior()
    assert sampler.done
    with pytest.raises(ValueError, match="one number for each point of the last ask"):
        Imis(WIDE, first=64).tell(np.zeros(3))


def surveys(generator: np.random.Generator, truth: Numbers) -> list[tuple[int, int]]:
    """Three surveys of 12 people, of shares that hang on both parameters: so few that the prior tells as much."""
    return [(int(generator.binomial(12, p)), 12) for p in shares(truth[None])[0]]


def shares(values: Numbers) -> Numbers:
    """What the cheap model says: three shares."""
    return np.asarray(expit(np.column_stack([values[:, 0], values[:, 1], values[:, 0] - values[:, 1]])))


@pytest.mark.case("43")
def test_simulation_based_calibration() -> None:
    """The rank of the true parameter among posterior draws is uniform: 400 fits, chi-square on 20 bins, each of two.

    alpha 1e-4 each; ranks of the wrong spread are noticed, as the bugs planted show. Recovery: 95 % intervals cover
    between 0.93 and 0.97 of true values (400 x 2 of them, 2.6 standard errors on either side).
    Planted: weights without the prior; the likelihood counts half as many people again.
    """
    generator = np.random.default_rng(43)
    priors = Priors((Prior("a", -9.0, 9.0, "normal", (-1.0, 1.0)), Prior("b", -9.0, 9.0, "normal", (0.0, 1.0))))
    ranks, covered = np.zeros((400, 2), int), 0
    for fitted in range(400):
        truth = np.array([generator.normal(-1.0, 1.0), generator.normal(0.0, 1.0)])
        seen = surveys(generator, truth)

        def log_likelihood(values: Numbers, seen: list[tuple[int, int]] = seen) -> Numbers:
            model = shares(values)
            return np.asarray(sum(binomial(k, n, model[:, j]) for j, (k, n) in enumerate(seen)))

        found = fit(priors, log_likelihood, first=256, batch=64, wanted=400.0, most=20, seed=fitted)
        draws = found.resample(199, generator)
        draws = draws[generator.permutation(len(draws))]
        ranks[fitted] = (draws < truth).sum(axis=0)
        low, high = np.percentile(draws, [2.5, 97.5], axis=0)
        covered += int(((low <= truth) & (truth <= high)).sum())
    for of_one in ranks.T:
        counts = np.bincount(of_one // 10, minlength=20)
        assert stats.chisquare(counts).pvalue > ALPHA
    assert 0.93 <= covered / 800 <= 0.97
