"""Gates: each passes and fails where it should, and where surveys lie in what is predicted is even if all is right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit, logit, ndtri

from calibrate.linear import survey
from swmodel.calibrate import gates
from swmodel.calibrate.imis import UNIQUE, Posterior
from swmodel.calibrate.targets import Target
from swmodel.calibrate.waves import SETTLED, Wave
from swmodel.scenario.spec import Survey

ALPHA = 1e-4
Numbers = NDArray[np.float64]


def posterior(weights: Numbers) -> Posterior:
    """A posterior of one number with these weights."""
    z = np.zeros((len(weights), 1))
    return Posterior(("a",), z, z, weights / weights.sum(), np.zeros(len(weights)))


def wave(moved: float) -> Wave:
    """A wave that moved the means by so much."""
    none = np.zeros(1)
    return Wave(100, 0.5, 400.0, moved, none, none, none)


def counted(share: float, people: int, effect: float = 1.0, spread: float = 0.0) -> Target:
    """A survey of so many people."""
    return Target(Survey("prevalence", "all", 2000.0, share, n=people), "proportion", effect, spread)


def test_of_a_posterior() -> None:
    """As many effective draws as wanted pass, one fewer do not; so do as many distinct as IMIS asks for. Exact."""
    even = posterior(np.ones(512))
    size, distinct = gates.of_posterior(even, 512, 300)
    assert size.passed and size.words == "512, wanted 512" and distinct.passed
    assert not gates.of_posterior(even, 513, 300)[0].passed
    few = gates.of_posterior(even, 100, 2560)[1]
    assert not few.passed and few.words == f"0.20 of 2560, wanted {UNIQUE:.2f}"
    one = posterior(np.array([1.0, *np.full(9999, 1e-9)]))
    assert [gate.passed for gate in gates.of_posterior(one, 2, 300)] == [False, False]


def test_of_waves() -> None:
    """The last wave decides; one alone has not settled, and one that moved by just so much has not either. Exact."""
    assert gates.of_waves([wave(math.nan), wave(9.0), wave(0.29)]).passed
    assert not gates.of_waves([wave(math.nan), wave(0.1), wave(SETTLED)]).passed
    alone = gates.of_waves([wave(math.nan)])
    assert not alone.passed and "there was only one wave" in alone.words


def test_of_an_emulator() -> None:
    """Off by half a standard deviation of a target (survey and spread) passes, by more does not; the worst is named.

    A target whose model numbers are missing in every run is not off by nothing: if others are known they decide. Exact.
    """
    targets = (survey(0.0, 0.4, 2001.0), survey(0.0, 0.3, 2002.0, spread=0.4))
    assert gates.of_emulator(np.array([[0.1, -0.2499], [0.1, -0.2499]]), targets).passed
    off = gates.of_emulator(np.array([[0.1, -0.26], [0.1, -0.26]]), targets)
    assert not off.passed
    assert off.words == ("off by 0.52 standard deviations more than chance at most (prevalence of all, 2002), "
                         "wanted 0.5")  # fmt: skip
    assert gates.of_emulator(np.array([[math.nan, 0.1], [math.nan, math.nan]]), targets).passed
    assert not gates.of_emulator(np.array([[math.nan, 0.3], [math.nan, math.nan]]), targets).passed


def test_chance_in_the_check_is_not_the_emulators() -> None:
    """Runs of standard deviation 1 about an emulator that is right pass: of 400 checks of 100 runs and 20 targets fewer
    than 35 fail. A mean may be off by 0.1 (0.5 of a deviation of 0.2) and two standard errors of 0.1, so it fails with
    chance 0.0027 a target, 0.053 a check: 21 of 400 expected, 35 or more with chance 0.002. Off by 0.6, three times a
    deviation, all fail: each mean lies 3 standard errors above what is allowed, and the worst of 20 decides.
    """
    generator = np.random.default_rng(20261127)
    targets = tuple(survey(0.0, 0.2, 2001.0 + k) for k in range(20))
    failed = [sum(not gates.of_emulator(generator.standard_normal((100, 20)) + off, targets).passed for _ in range(400))
              for off in (0.0, 0.6)]  # fmt: skip
    assert failed[0] < 35 and failed[1] == 400


def test_of_an_emulator_of_which_nothing_is_known() -> None:
    """If no run of the check has a number for any target, the gate is not passed, and there is no error. Exact."""
    assert not gates.of_emulator(np.array([[math.nan]]), (survey(0.0, 0.4),)).passed


@pytest.mark.parametrize(("count", "most"), [(1, 1), (5, 3), (20, 5), (100, 13)])
def test_of_predictions(count: int, most: int) -> None:
    """As many outside the central 95 % as chance brings about in 999 of 1,000 cases pass, and one more does not.

    By the binomial: 1, 3, 5 and 13 of 1, 5, 20 and 100. Exact.
    """
    assert stats.binom.cdf(most, count, 0.05) >= 0.999 > stats.binom.cdf(most - 1, count, 0.05)
    inside = np.linspace(0.03, 0.97, count)
    for outside in range(count + 1):
        pits = inside.copy()
        pits[:outside] = np.where(np.arange(outside) % 2, 0.0, 0.98)
        gate = gates.of_predictions(pits)
        assert gate.passed == (outside <= most)
        assert gate.words == f"{outside} of {count} outside the central 95 %, wanted {most} at most"
    assert gates.of_predictions(np.array([0.025001, 0.974999])).words.startswith("0 of 2")
    assert gates.of_predictions(np.array([0.024999, 0.975001])).words.startswith("2 of 2")


def test_pits_by_hand() -> None:
    """The share of predicted surveys below the one that was made, those that are equal by half. Exact."""
    targets = (survey(float(logit(0.3)), 0.2), counted(0.2, 10))
    drawn = np.array([[0.1, 2], [0.2, 2], [0.4, 1], [0.25, 7]])
    surveys = np.column_stack([logit(drawn[:, 0]), logit((drawn[:, 1] + 0.5) / 11)])
    assert gates.pits(targets, surveys).tolist() == [0.75, 0.5]
    assert gates.observed(targets[0]) == pytest.approx(0.3) and gates.observed(targets[1]) == 2.5 / 11


def test_what_is_not_there_lies_below() -> None:
    """Runs in which nobody can be asked (minus infinity) predict less than any survey finds. Exact."""
    generator = np.random.default_rng(3)
    for target in (survey(0.0, 0.2), counted(0.5, 100), counted(0.5, 100, 2.0, 0.1)):
        surveys = gates.predicted((target,), np.full((10, 1), -math.inf), generator)
        assert gates.pits((target,), surveys).tolist() == [1.0]


def test_predicted() -> None:
    """Each run is surveyed twenty times, in a row, by each target on its scale; chance differs. Exact."""
    targets = (survey(0.0, 1e-9), counted(0.5, 1_000_000))
    found = gates.predicted(targets, np.array([[0.5, -1.0], [2.0, 1.0]]), np.random.default_rng(4))
    assert found.shape == (40, 2) and found[:, 0] == pytest.approx(np.repeat([0.5, 2.0], 20), abs=1e-6)
    assert found[:, 1] == pytest.approx(np.repeat([-1.0, 1.0], 20), abs=0.02) and len(set(found[:, 1])) > 30


@pytest.mark.parametrize("kind", ["interval", "counts", "clustered counts"])
def test_places_are_even_if_all_is_right(kind: str) -> None:
    """Where surveys come from what the fit predicts, their places in it are uniform: 500 surveys beside 250 runs each.

    H0: uniform (Kolmogorov and Smirnov), and normal scores with variance 1 (chi-square with 500 degrees of freedom);
    alpha 1e-4 each, seed 81. With 2,000 people asked, a place is known to 0.02 at worst. Power: predictions that are a
    fifth too narrow or too wide give variances of 1.56 or 0.69, 9 and 5 standard errors away; surveys without the
    spread among those with it 0.3. Planted: predicted surveys have no spread; design effects are left out of
    predictions.
    """
    generator = np.random.default_rng(81)
    models = -1.0 + 0.3 * generator.standard_normal((250, 500))
    truths = -1.0 + 0.3 * generator.standard_normal(500)
    error, spread = (0.3, 0.5) if kind == "interval" else (0.0, 0.2)
    effect = 12.0 if kind == "clustered counts" else 1.0
    at = truths + spread * generator.standard_normal(500)
    if kind == "interval":
        targets = tuple(survey(x, error, spread=spread) for x in at + error * generator.standard_normal(500))
    else:
        more = 1999.0 / (effect - 1.0) - 1.0 if effect > 1.0 else math.inf
        shares = generator.beta(expit(at) * more, expit(-at) * more) if effect > 1.0 else expit(at)
        found = generator.binomial(2000, shares)
        targets = tuple(counted(one / 2000, 2000, effect, spread) for one in found.tolist())
    pits = gates.pits(targets, gates.predicted(targets, models, generator))
    assert stats.kstest(pits, "uniform").pvalue > ALPHA
    low, high = stats.chi2.ppf([ALPHA / 2, 1.0 - ALPHA / 2], 500)
    assert low < np.square(ndtri(np.clip(pits, 1e-4, 1.0 - 1e-4))).sum() < high


def test_out_of_reach() -> None:
    """A target is reached if the nearest of many runs lies within four standard deviations, spread included. Exact.

    Those that are not are told with the nearest number; one that has none is told as such.
    """
    targets = (survey(0.0, 0.3, 2001.0, spread=0.4), survey(0.0, 0.5, 2002.0), survey(0.0, 0.5, 2003.0))
    seen = np.array([[3.0, 2.1, math.nan], [1.99, -2.02, math.nan], [-5.0, -math.inf, math.nan]])
    assert gates.out_of_reach(targets[:1], seen) == []
    words = gates.out_of_reach(targets, seen)
    assert words == [
        f"prevalence of all, 2002, 0.5 (the nearest is {expit(-2.02):.3g}, 4.0 standard deviations away)",
        "prevalence of all, 2003, 0.5 (no run has anybody to ask)",
    ]


def test_the_nearest_run() -> None:
    """The smallest root mean square of distances in standard deviations; a run with nobody to ask is far. Exact."""
    targets = [survey(0.0, 0.5), survey(1.0, 0.3, spread=0.4)]
    seen = np.array([[1.0, 1.0], [0.5, 1.5], [0.0, math.nan]])
    assert gates.nearest(targets, seen) == pytest.approx(1.0)
    assert gates.nearest(targets, seen[2:]) == math.inf and gates.nearest(targets, np.column_stack([seen, seen])) == (
        pytest.approx(1.0))  # fmt: skip
