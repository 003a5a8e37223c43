"""Likelihoods against independent formulae and against samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from swmodel.calibrate import likelihood as of

SHARES = np.array([0.02, 0.3, 0.5, 0.97])


@pytest.mark.case("43")
def test_binomial() -> None:
    """SciPy's, and at the edges: certain or impossible. Exact to 1e-12."""
    np.testing.assert_allclose(of.binomial(7, 40, SHARES), stats.binom.logpmf(7, 40, SHARES), rtol=1e-12)
    assert of.binomial(0, 40, 0.0) == 0.0 and of.binomial(40, 40, 1.0) == 0.0
    assert of.binomial(1, 40, 0.0) == -math.inf


@pytest.mark.case("43")
@pytest.mark.parametrize("effect", [1.0, 1.5, 4.0])
def test_beta_binomial(effect: float) -> None:
    """Sums to 1 with mean n p and the binomial's variance times the design effect; SciPy's formula. Exact to 1e-9."""
    n, p = 60, 0.3
    mass = np.array([float(np.exp(of.beta_binomial(k, n, p, effect))) for k in range(n + 1)])
    mean, ks = mass @ np.arange(n + 1), np.arange(n + 1)
    assert (mass.sum(), mean) == pytest.approx((1.0, n * p), rel=1e-9)
    assert mass @ (ks - mean) ** 2 == pytest.approx(effect * n * p * (1.0 - p), rel=1e-9)
    if effect > 1.0:
        more = (n - effect) / (effect - 1.0)  # 1/rho - 1
        expected = stats.betabinom.logpmf(7, n, SHARES * more, (1 - SHARES) * more)
        np.testing.assert_allclose(of.beta_binomial(7, n, SHARES, effect), expected, rtol=1e-9)
        assert of.beta_binomial(0, n, 0.0, effect) == 0.0 and of.beta_binomial(1, n, 0.0, effect) == -math.inf


@pytest.mark.parametrize("effect", [0.5, 60.0, 100.0])
def test_impossible_design_effects(effect: float) -> None:
    """Below 1, or of a sample in which everybody is the same. Exact."""
    with pytest.raises(ValueError, match=f"a design effect of {effect:g} is impossible with 60 people asked"):
        of.beta_binomial(7, 60, 0.3, effect)


def test_normal() -> None:
    """SciPy's. Exact to 1e-12."""
    assert of.normal(3.0, [2.0, 5.0], 0.7) == pytest.approx(stats.norm.logpdf(3.0, [2.0, 5.0], 0.7), rel=1e-12)


@pytest.mark.parametrize("effect", [1.0, 2.0])
@pytest.mark.parametrize(("k", "n"), [(30, 80), (0, 50), (2500, 5000)])
def test_between_studies(k: int, n: int, effect: float) -> None:
    """The study's place integrated out by brute force; with no spread it is the plain likelihood. To 1e-6."""

    def inside(z: float) -> float:
        p = 1.0 / (1.0 + math.exp(-(math.log(0.3 / 0.7) + 0.71 * z)))
        return float(np.exp(of.beta_binomial(k, n, p, effect)) * stats.norm.pdf(z))

    found_at = (math.log((k + 0.5) / (n - k + 0.5)) - math.log(0.3 / 0.7)) / 0.71
    expected = integrate.quad(inside, -8, 8, epsabs=1e-15, limit=500, points=[found_at])[0]
    assert float(np.exp(of.between_studies(k, n, 0.3, effect, 0.71))) == pytest.approx(expected, rel=1e-6)
    assert of.between_studies(k, n, SHARES, effect, 0.0) == pytest.approx(of.beta_binomial(k, n, SHARES, effect))
    assert of.between_studies(k, n, [0.0, 1.0], effect, 0.71) == pytest.approx(
        [0.0 if k == 0 else -math.inf, -math.inf]
    )


def test_shares_are_shares() -> None:
    """A number outside 0 to 1 is refused. Exact."""
    with pytest.raises(ValueError, match="a share lies from 0 to 1"):
        of.binomial(3, 10, 1.2)
