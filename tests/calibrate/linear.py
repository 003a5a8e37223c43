"""Models whose posterior is known, for tests of waves: logits of shares that are linear in the parameters."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from swmodel.calibrate.likelihood import NORMAL_95
from swmodel.calibrate.priors import Prior, Priors
from swmodel.calibrate.targets import Target
from swmodel.calibrate.waves import Waves
from swmodel.scenario.spec import Survey

Numbers = NDArray[np.float64]


def normals(count: int) -> Priors:
    """Standard normals, so that parameters are the samplers' scale."""
    return Priors(tuple(Prior(f"p{k}", -9.0, 9.0, "normal", (0.0, 1.0)) for k in range(count)))


def survey(logit: float, error: float, year: float = 2000.0, bias: str = "", spread: float = 0.0) -> Target:
    """A survey that found this logit, with this standard error on the logit scale."""
    low, middle, high = (float(expit(logit + side * NORMAL_95 * error)) for side in (-1, 0, 1))
    return Target(Survey("prevalence", "all", year, middle, low, high), "proportion", spread=spread, bias=bias)


@dataclass
class Linear:
    """Logits `level + slopes @ parameters`, to which a run adds `noise`; the last parameter may be a bias of targets.

    `biased` lists the targets that report the last parameter on top of what the model says of the others.
    """

    slopes: Numbers
    error: float = 0.4
    noise: float = 0.2
    level: float = -1.0
    biased: tuple[int, ...] = ()
    priors: Priors = field(init=False)

    def __post_init__(self) -> None:
        self.priors = normals(self.slopes.shape[1] + bool(self.biased))

    @property
    def design(self) -> Numbers:
        """The slopes of what surveys report, in every parameter."""
        bias = np.isin(np.arange(len(self.slopes)), self.biased).astype(float)
        return np.column_stack([self.slopes, bias]) if self.biased else self.slopes

    def seen(self, truth: Numbers, generator: np.random.Generator) -> Numbers:
        """What surveys find, on the logit scale."""
        return self.level + self.design @ truth + self.error * generator.standard_normal(len(self.slopes))

    def targets(self, seen: Numbers) -> tuple[Target, ...]:
        """Surveys that found this."""
        name = self.priors.names[-1]
        return tuple(survey(x, self.error, 2000.0 + k, name if k in self.biased else "") for k, x in enumerate(seen))

    def runs(self, values: Numbers, generator: np.random.Generator) -> Numbers:
        """What the model gives, shares: the bias is not in it."""
        logits = self.level + values[:, : self.slopes.shape[1]] @ self.slopes.T
        return np.asarray(expit(logits + self.noise * generator.standard_normal(logits.shape)))

    def exact(self, seen: Numbers) -> tuple[Numbers, Numbers]:
        """Mean and covariance of the posterior."""
        covariance = np.linalg.inv(np.eye(len(self.priors)) + self.design.T @ self.design / self.error**2)
        return covariance @ self.design.T @ (seen - self.level) / self.error**2, covariance

    def fitted(self, seen: Numbers, generator: np.random.Generator, **given: int) -> Waves:
        """Waves until they are done."""
        waves = Waves(self.priors, self.targets(seen), **given)
        while not waves.done:
            waves.tell(self.runs(self.priors.values(waves.ask()), generator))
        return waves
