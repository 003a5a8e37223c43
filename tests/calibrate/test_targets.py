"""Targets: scales, errors, likelihoods, and surveys drawn from the model's numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit, logit

from swmodel.calibrate import likelihood as of
from swmodel.calibrate.targets import EDGE, Target, reported
from swmodel.scenario.spec import Ratio, Survey

ALPHA = 1e-4


def target(unit: str = "proportion", estimate: float | None = 0.3, *, effect: float = 1.0, spread: float = 0.0,
           bias: str = "", **survey: Any) -> Target:  # fmt: skip
    """A target of a survey of sex workers in 2005."""
    return Target(Survey("prevalence", "fsw", 2005.0, estimate, **survey), unit, effect, spread, bias)


def test_scales() -> None:
    """Logit for shares, logarithm for other numbers, and back; shares at the edge stay finite. Exact to 1e-12."""
    share, count = target(n=100), target("people", 300.0, low=200.0, high=500.0)
    assert share.share and share.counted and not count.share and not count.counted
    p = np.array([0.001, 0.3, 0.97])
    assert share.scaled(p) == pytest.approx(logit(p), rel=1e-12)
    assert share.unscaled(share.scaled(p)) == pytest.approx(p, rel=1e-12)
    assert share.scaled([0.0, 1.0]) == pytest.approx([logit(EDGE), logit(1.0 - EDGE)], rel=1e-9)
    assert count.scaled([1.0, 300.0]) == pytest.approx([0.0, math.log(300.0)]) and count.scaled(0.0) == -math.inf
    assert count.unscaled(count.scaled([2.5, 300.0])) == pytest.approx([2.5, 300.0], rel=1e-12)
    assert np.isnan(share.scaled([math.nan])).all() and np.isnan(count.scaled([math.nan])).all()


def test_names() -> None:
    """What reports call it. Exact."""
    assert target(n=10).name == "prevalence of fsw, 2005"
    assert Target(Survey("hiv_deaths", "all", 2005.5, 3.0), "people").name == "hiv_deaths of all, 2005.5"


def test_the_estimate_of_a_range() -> None:
    """The middle on the scale of the measure: of shares that of the logits, of counts the geometric mean. Exact."""
    assert target(estimate=0.2, low=0.1, high=0.6).estimate == 0.2
    assert target(estimate=None, low=0.2, high=0.8).estimate == pytest.approx(0.5, rel=1e-12)
    assert target(estimate=None, low=0.1, high=0.6).estimate == pytest.approx(
        float(expit((logit(0.1) + logit(0.6)) / 2)), rel=1e-12
    )
    assert target("people", None, low=100.0, high=400.0).estimate == pytest.approx(200.0, rel=1e-12)


def test_error() -> None:
    """From the number asked: 1 / sqrt(n p (1 - p)) with half a person more on either side, times the root of the design
    effect; else the width of the interval over 2 x 1.96. Exact to 1e-12.

    A survey of which both are known is taken by the number asked. The spread adds as a variance.
    """
    p = (0.3 * 200 + 0.5) / 201
    plain = math.sqrt(1.0 / (200 * p * (1.0 - p)))
    assert target(n=200).error == pytest.approx(plain, rel=1e-12)
    assert target(n=200, low=0.1, high=0.9).error == pytest.approx(plain, rel=1e-12)
    assert target(n=200, effect=2.25).error == pytest.approx(1.5 * plain, rel=1e-12)
    assert target(n=200, spread=0.4).deviation == pytest.approx(math.sqrt(plain**2 + 0.16), rel=1e-12)
    assert target(n=200, spread=0.4).error == pytest.approx(plain, rel=1e-12)
    low, high = float(expit(logit(0.3) - 1.959963984540054 * 0.25)), float(expit(logit(0.3) + 1.959963984540054 * 0.25))
    assert target(low=low, high=high).error == pytest.approx(0.25, rel=1e-12)
    assert target("people", 300.0, low=150.0, high=600.0).error == pytest.approx(math.log(4.0) / 2 / 1.959963984540054)
    assert math.isfinite(target(estimate=0.0, n=30).error) and math.isfinite(target(estimate=1.0, n=30).error)


def test_interval() -> None:
    """Where 95 % of the survey's own uncertainty lies: of one with an interval, this interval; with the spread, wider.

    Exact to 1e-9.
    """
    middle = float(expit((logit(0.2) + logit(0.5)) / 2))
    assert target(estimate=middle, low=0.2, high=0.5, spread=1.0).interval == pytest.approx((0.2, 0.5), rel=1e-9)
    wide = target(estimate=middle, low=0.2, high=0.5, spread=1.0)
    half = 1.959963984540054 * math.hypot(wide.error, 1.0)
    assert wide.allowed == pytest.approx((expit(logit(middle) - half), expit(logit(middle) + half)), rel=1e-9)
    assert target(n=400).allowed == target(n=400).interval
    low, high = target(n=400).interval
    assert (low, high) == pytest.approx((0.3 - 1.96 * 0.0229, 0.3 + 1.96 * 0.0229), abs=0.004)


MODEL = np.array([-6.0, -2.0, -0.8, 0.3, 4.0])


@pytest.mark.parametrize(("effect", "spread"), [(1.0, 0.0), (2.0, 0.0), (1.0, 0.3), (2.0, 0.3)])
def test_the_likelihood_of_counts(effect: float, spread: float) -> None:
    """That of `likelihood.py`: binomial, beta-binomial with a design effect, with the place of the study integrated out
    where there is a spread. Exact to 1e-9.
    """
    one = target(n=80, effect=effect, spread=spread)
    right = of.between_studies(24.0, 80, expit(MODEL), effect, spread)
    if spread == 0.0:
        right = of.beta_binomial(24.0, 80, expit(MODEL), effect)
    assert one.log_likelihood(MODEL) == pytest.approx(right, rel=1e-9)


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_the_likelihood_of_an_interval(spread: float) -> None:
    """Normal on the scale of the measure, with the spread as a further variance. Exact to 1e-9."""
    one = target(low=0.2, high=0.4, spread=spread)
    error = float(logit(0.4) - logit(0.2)) / (2 * 1.959963984540054)
    right = stats.norm.logpdf(logit(0.3), MODEL, math.hypot(error, spread))
    assert one.log_likelihood(MODEL) == pytest.approx(right, rel=1e-9)
    many = target("people", 300.0, low=150.0, high=600.0, spread=spread)
    error = math.log(4.0) / (2 * 1.959963984540054)
    right = stats.norm.logpdf(math.log(300.0), [5.0, 6.0], math.hypot(error, spread))
    assert many.log_likelihood([5.0, 6.0]) == pytest.approx(right, rel=1e-9)


def test_no_number_is_impossible() -> None:
    """Where the model has nobody to ask (NaN), or none of a positive number (minus infinity). Exact."""
    for one in (target(n=80), target(n=80, effect=2.0, spread=0.2), target(low=0.2, high=0.4)):
        found = one.log_likelihood([math.nan, -0.8])
        assert found[0] == -math.inf and math.isfinite(found[1])
    many = target("people", 300.0, low=150.0, high=600.0)
    assert many.log_likelihood(many.scaled([0.0, 250.0]))[0] == -math.inf


def ratio(estimate: float = 1.8, low: float = 1.5, high: float = 2.2, **other: Any) -> Target:
    """A target of a ratio between sex workers and all women, or what is given."""
    other = {"other_group": "women_all", "other_year": 2005.0} | other
    return Target(Ratio("prevalence", "fsw", 2005.0, estimate, low, high, **other), "proportion")


def test_a_ratio() -> None:
    """A ratio of shares is no share: it may exceed 1, and it is normal on the log scale about the interval. Exact."""
    one = ratio()
    assert not one.share and not one.counted and one.unscaled(one.scaled(1.8)) == pytest.approx(1.8)
    error = math.log(2.2 / 1.5) / (2 * 1.959963984540054)
    right = stats.norm.logpdf(math.log(1.8), math.log(2.1), error)
    assert one.log_likelihood(one.scaled([2.1, 0.0, math.nan])).tolist() == [pytest.approx(right), -math.inf, -math.inf]


def test_names_and_years_of_ratios() -> None:
    """What reports call them, and the year in which they are known: that of the later survey. Exact."""
    assert ratio().name == "prevalence of fsw, 2005, relative to women_all"
    trend, both = ratio(other_group="fsw", other_year=1993.0), ratio(other_year=2011.0)
    assert trend.name == "prevalence of fsw, 2005, relative to 1993" and trend.year == 2005.0
    assert both.name == "prevalence of fsw, 2005, relative to women_all in 2011" and both.year == 2011.0


def moments(one: Target, middle: float) -> tuple[float, float]:
    """Mean and variance of what a survey of many people finds, on the logit scale, by quadrature over its place."""

    def share(z: float) -> float:
        return float(expit(middle + one.spread * z))

    def mean_of(power: int) -> float:
        return float(integrate.quad(lambda z: share(z) ** power * stats.norm.pdf(z), -8.0, 8.0)[0])

    people = one.survey.n or 0
    within = one.design_effect * (mean_of(1) - mean_of(2)) / people
    return mean_of(1), within + mean_of(2) - mean_of(1) ** 2


@pytest.mark.parametrize(("effect", "spread"), [(1.0, 0.0), (3.0, 0.0), (1.0, 0.4), (3.0, 0.4)])
def test_counts_that_are_drawn(effect: float, spread: float) -> None:
    """Shares that surveys find have the mean and variance that binomial, design effect and spread ask for.

    H0: 40,000 shares of 200 people have the mean and variance by quadrature. Both z-tests with alpha 1e-4 / 2 each
    (|z| < 4.06; the variance of the variance from the fourth moment); seed 61. Power: a variance that is off by 5 %
    lies 7 standard errors away, a mean that is off by a tenth of a standard deviation 20.
    """
    one = target(n=200, effect=effect, spread=spread)
    middle, count = float(logit(0.3)), 40_000
    drawn = one.unscaled(one.drawn(np.full(count, middle), np.random.default_rng(61)))
    shares = (drawn * 201 - 0.5) / 200
    assert shares * 200 == pytest.approx(np.round(shares * 200), abs=1e-6)  # whole people
    mean, variance = moments(one, middle)
    away = shares - mean
    fourth = float((away**4).mean())
    assert abs(away.mean()) / math.sqrt(variance / count) < stats.norm.isf(ALPHA / 4)
    assert abs((away**2).mean() - variance) / math.sqrt((fourth - variance**2) / count) < stats.norm.isf(ALPHA / 4)


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_intervals_that_are_drawn(spread: float) -> None:
    """Normal about the model's number with the error and the spread: Kolmogorov and Smirnov, 20,000 draws.

    Alpha 1e-4 (a distance of 0.0157), seed 62. Power: a standard deviation that is 10 % off gives a distance of 0.024,
    noticed nearly always; one without the spread is less than half as wide.
    """
    one = target(low=0.2, high=0.4, spread=spread)
    drawn = one.drawn(np.full(20_000, 0.7), np.random.default_rng(62))
    assert stats.kstest((drawn - 0.7) / one.deviation, "norm").pvalue > ALPHA
    models = np.array([-1.0, 0.0, 2.0])
    again = [one.drawn(models, np.random.default_rng(5)) - models for _ in range(2)]
    assert np.array_equal(again[0], again[1]) and len(set(again[0])) == 3


def test_reported() -> None:
    """The model's numbers on each target's scale, with the bias of their own draw where a target names one. Exact."""
    targets = (target(n=80), target(n=80, bias="under"), target("people", 300.0, low=150.0, high=600.0, bias="double"))
    model = np.array([[0.2, 0.3, 100.0], [0.5, math.nan, 200.0]])
    draws = [{"under": -0.5, "double": 0.1, "x": 9.0}, {"under": 0.5, "double": 0.2, "x": 9.0}]
    found = reported(targets, model, draws)
    right = [[logit(0.2), logit(0.3) - 0.5, math.log(100.0) + 0.1], [0.0, math.nan, math.log(200.0) + 0.2]]
    np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-12)
    assert model[0, 2] == 100.0
