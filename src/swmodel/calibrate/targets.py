"""What is fitted to: a survey's estimate, how it was come by, and how likely it is under a model's number.

Model and survey are compared on the scale of the measure: the logit of a share, the logarithm of a positive number.
There, what surveys differ by beyond chance, what the model leaves out (its discrepancy) and bias of reporting add up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit

from swmodel.calibrate import likelihood
from swmodel.scenario.spec import Ratio, Survey

Numbers = NDArray[np.float64]
SHARES = ("proportion", "percent", "probability")
EDGE = 0.0005  # shares nearer to 0 or 1 are taken as this near: a model of some thousand people knows no better


@dataclass(frozen=True)
class Target:
    """One survey estimate of a measure with this `unit`.

    `spread` is the standard deviation, on the scale of the measure, of what lies between this survey's truth and the
    model's number: studies that disagree, and the model's discrepancy. `bias` names the fitted number that is added to
    the model's number there.
    """

    survey: Survey
    unit: str
    design_effect: float = 1.0
    spread: float = 0.0
    bias: str = ""

    @property
    def name(self) -> str:
        """What reports call it."""
        one = self.survey
        beside = f", relative to {one.beside}" if isinstance(one, Ratio) else ""
        who = f"{one.group} {one.aged}" if one.aged else one.group
        return f"{one.measure} of {who}, {one.year:g}{beside}"

    @property
    def year(self) -> float:
        """The year in which it is known: of a comparison of years the later one."""
        return max(one.year for one in self.survey.asked)

    @property
    def share(self) -> bool:
        """True for a number from 0 to 1: not for the ratio of two."""
        return self.unit in SHARES and not isinstance(self.survey, Ratio)

    @property
    def counted(self) -> bool:
        """True if the number of people asked is known, and so how many of them were positive."""
        return self.share and self.survey.n is not None and self.survey.estimate is not None

    @property
    def estimate(self) -> float:
        """The survey's number; of a range the middle on the scale of the measure."""
        one = self.survey
        if one.estimate is not None:
            return one.estimate
        assert one.low is not None and one.high is not None
        middle = 0.5 * (float(self.scaled(one.low)) + float(self.scaled(one.high)))
        return float(self.unscaled(middle))

    @property
    def middle(self) -> float:
        """The survey's number on the scale of the measure; of counts with half a person more on either side."""
        one = self.survey
        if self.counted:
            assert one.n is not None
            return float(logit((self.estimate * one.n + 0.5) / (one.n + 1.0)))
        return float(self.scaled(self.estimate))

    @property
    def error(self) -> float:
        """The standard error on the scale of the measure, without the spread; 0 for an estimate alone."""
        one = self.survey
        if self.counted:
            assert one.n is not None
            found = (self.estimate * one.n + 0.5) / (one.n + 1.0)
            return math.sqrt(self.design_effect / (one.n * found * (1.0 - found)))
        if one.low is None or one.high is None:
            return 0.0  # an estimate alone: what is not known of it is the spread
        return float(self.scaled(one.high) - self.scaled(one.low)) / (2.0 * likelihood.NORMAL_95)

    @property
    def deviation(self) -> float:
        """The standard deviation of the survey's number about the model's: its error and the spread."""
        return math.hypot(self.error, self.spread)

    @property
    def interval(self) -> tuple[float, float]:
        """Where 95 % of the survey's uncertainty lies, without the spread."""
        return self.around(self.error)

    @property
    def allowed(self) -> tuple[float, float]:
        """Where 95 % of such surveys would lie if the model's truth were the estimate: with the spread."""
        return self.around(self.deviation)

    def around(self, deviation: float) -> tuple[float, float]:
        """The central 95 % of a normal on the scale of the measure about the survey's number."""
        half = likelihood.NORMAL_95 * deviation
        return float(self.unscaled(self.middle - half)), float(self.unscaled(self.middle + half))

    def scaled(self, number: ArrayLike) -> Numbers:
        """A number on the scale of the measure."""
        value = np.asarray(number, float)
        if self.share:
            return np.asarray(logit(np.clip(value, EDGE, 1.0 - EDGE)))
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(value))

    def unscaled(self, number: ArrayLike) -> Numbers:
        """The inverse of `scaled`."""
        return np.asarray(expit(number) if self.share else np.exp(number))

    def log_likelihood(self, model: ArrayLike) -> Numbers:
        """Of the model's numbers on the scale of the measure, bias included; in their shape. A number that the model
        does not have (NaN) is impossible.
        """
        at = np.asarray(model, float)
        known = np.where(np.isfinite(at), at, 0.0)
        if self.counted:
            one = self.survey
            assert one.n is not None
            positive = self.estimate * one.n
            found = likelihood.between_studies(positive, one.n, expit(known), self.design_effect, self.spread)
        else:
            found = likelihood.normal(float(self.scaled(self.estimate)), known, self.deviation)
        return np.where(np.isfinite(at), found, -np.inf)

    def drawn(self, model: Numbers, generator: np.random.Generator) -> Numbers:
        """What such a survey might have found, one for each of the model's numbers, on the scale of the measure."""
        at = model + self.spread * generator.standard_normal(len(model))
        if not self.counted:
            return np.asarray(at + self.error * generator.standard_normal(len(model)))
        one = self.survey
        assert one.n is not None
        people = one.n
        chance = expit(at)
        if self.design_effect > 1.0:
            more = (people - 1.0) / (self.design_effect - 1.0) - 1.0  # 1 / rho - 1
            chance = generator.beta(np.maximum(chance * more, 1e-9), np.maximum((1.0 - chance) * more, 1e-9))
        return self.scaled((generator.binomial(people, chance) + 0.5) / (people + 1.0))


def reported(targets: tuple[Target, ...], model: Numbers, draws: Any) -> Numbers:
    """The model's numbers on the scale of each target, with the bias of its draw; shapes (points, targets).

    `draws` are mappings from names to numbers, one for each point.
    """
    found = np.column_stack([target.scaled(model[:, k]) for k, target in enumerate(targets)])
    for k, target in enumerate(targets):
        if target.bias:
            found[:, k] += [draw[target.bias] for draw in draws]
    return found
