"""Priors, the scale on which samplers work, and constraints."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from swmodel.calibrate.priors import Prior, Priors, as_parameters

EACH = (
    Prior("flat", 2.0, 5.0), Prior("wide", 0.01, 10.0, "log_uniform"), Prior("peak", 0.0, 1.0, "triangular", (0.2,)),
    Prior("near", 0.0, 1.0, "normal", (0.9, 0.3)), Prior("skew", 0.0, 9.0, "log_normal", (1.0, 0.5)),
    Prior("share", 0.0, 1.0, "beta", (2.0, 5.0)),
)  # fmt: skip


@pytest.mark.parametrize("prior", EACH, ids=lambda prior: prior.kind)
def test_draws_follow_the_distribution(prior: Prior) -> None:
    """Even quantiles have the distribution cut to its range: Kolmogorov and Smirnov's distance below 1e-3 of 10,000."""
    u = (np.arange(10_000) + 0.5) / 10_000
    x = prior.quantile(u)
    assert prior.low <= x.min() and x.max() <= prior.high and (np.diff(x) > 0.0).all()
    whole = prior.whole
    kept = (whole.cdf(x) - whole.cdf(prior.low)) / (whole.cdf(prior.high) - whole.cdf(prior.low))
    assert np.abs(kept - u).max() < 1e-3
    assert prior.share_below(x) == pytest.approx(u, abs=1e-9)


def test_the_scale_of_samplers() -> None:
    """There and back again, and the prior is a standard normal there; draws are spread evenly. Exact to 1e-6."""
    priors = Priors(EACH)
    z = priors.draw(1024, np.random.default_rng(1))
    assert z.shape == (1024, len(EACH)) and priors.scores(priors.values(z)) == pytest.approx(z, abs=1e-6)
    assert priors.log_density(z) == pytest.approx(stats.norm.logpdf(z).sum(axis=1))
    assert np.abs(stats.norm.cdf(z).mean(axis=0) - 0.5).max() < 2e-3  # chance alone would be 9e-3
    assert as_parameters(priors.names, priors.values(z))[0]["flat"] == priors.values(z)[0, 0]


def test_constraints() -> None:
    """Order and sums hold in every draw; elsewhere the density is none; what is left is a sixth, and a half. Exact."""
    three = tuple(Prior(name, 0.0, 1.0) for name in "abc")
    rising = Priors(three, order=(("a", "b", "c"),))
    values = rising.values(rising.draw(500, np.random.default_rng(2)))
    assert (np.diff(values, axis=1) >= 0.0).all() and rising.log_inside == pytest.approx(np.log(1 / 6), abs=0.02)
    assert rising.log_density(rising.scores(np.array([[0.3, 0.2, 0.9]])))[0] == -np.inf
    within = Priors(three, sums=((("a", "b"), 1.0),))
    values = within.values(within.draw(500, np.random.default_rng(3)))
    assert (values[:, 0] + values[:, 1] <= 1.0).all() and within.log_inside == pytest.approx(np.log(0.5), abs=0.02)
    with pytest.raises(ValueError, match="leave next to nothing"):
        Priors(three, sums=((("a", "b"), -1.0),)).draw(10, np.random.default_rng(4))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((1.0, 1.0), "holds nothing"), ((0.0, 1.0, "log_uniform"), "cannot begin at 0"),
        ((-1.0, 1.0, "log_normal", (1.0, 1.0)), "positive numbers"), ((0.0, 1.0, "gauss"), "is not one of uniform"),
        ((0.0, 1.0, "beta", (1.0,)), "takes 2 numbers, not 1"),
    ],
)  # fmt: skip
def test_priors_that_cannot_be(given: tuple[object, ...], said: str) -> None:
    """Each is refused with its name. Exact."""
    with pytest.raises(ValueError, match=f"stop_rate: .*{said}"):
        Prior("stop_rate", *given)  # type: ignore[arg-type]


def test_priors_that_cannot_be_together() -> None:
    """One named twice, a constraint of an unknown one, and one that lies outside its range. Exact."""
    with pytest.raises(ValueError, match="'a' is named twice"):
        Priors((Prior("a", 0.0, 1.0), Prior("a", 0.0, 2.0)))
    with pytest.raises(ValueError, match="names 'c', which has no prior; there are a, b"):
        Priors((Prior("a", 0.0, 1.0), Prior("b", 0.0, 1.0)), order=(("a", "c"),))
    with pytest.raises(ValueError, match="a: the prior lies outside 0 to 1"):
        Prior("a", 0.0, 1.0, "normal", (50.0, 0.1)).quantile(np.array([0.5]))
