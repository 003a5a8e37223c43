"""Incremental mixture importance sampling: Raftery and Bao 2010, Biometrics 66:1162-1173, the method of UNAIDS' tools.

Points are drawn from the prior; then, again and again, a normal distribution is laid around the point of greatest
weight, shaped like those near it, and more points are drawn from it. Weights are likelihood x prior over the mixture of
all that was drawn from, so that the result is right whatever was laid where; only how well it is known differs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from swmodel.calibrate.priors import Priors, standard_normal

Numbers = NDArray[np.float64]
UNIQUE = 1.0 - math.exp(-1.0)  # share of distinct points in a resample at which the authors stop
RIDGE = 1e-9  # added to variances, so that a shape of few points is one


@dataclass(frozen=True)
class Posterior:
    """Weighted points: `z` on the samplers' scale, `values` of the parameters, weights that sum to 1."""

    names: tuple[str, ...]
    z: Numbers
    values: Numbers
    weights: Numbers
    log_likelihood: Numbers

    @property
    def effective(self) -> float:
        """How many draws of equal weight know as much (Kish)."""
        return effective(self.weights)

    def unique(self, count: int) -> float:
        """The expected share of distinct points in a resample of `count`."""
        return unique(self.weights, count)

    def resample(self, count: int, generator: np.random.Generator) -> Numbers:
        """Parameters with equal weight, by systematic resampling; shape (count, parameters)."""
        at = (generator.uniform() + np.arange(count)) / count
        return self.values[np.minimum(np.searchsorted(np.cumsum(self.weights), at), len(self.weights) - 1)]


def effective(weights: Numbers) -> float:
    """How many draws of equal weight know as much (Kish)."""
    return float(1.0 / np.square(weights).sum())


def unique(weights: Numbers, count: int) -> float:
    """The expected share of distinct points in a resample of `count`."""
    return float((-np.expm1(count * np.log1p(-np.minimum(weights, 1.0 - 1e-15)))).sum() / count)


@dataclass(frozen=True)
class Normal:
    """One part of the mixture: its middle, and the Cholesky factor of its covariance."""

    middle: Numbers
    factor: Numbers

    def draw(self, count: int, generator: np.random.Generator) -> Numbers:
        """Points from it; shape (count, parameters)."""
        return self.middle + generator.standard_normal((count, len(self.middle))) @ self.factor.T

    def log_density(self, z: Numbers) -> Numbers:
        """At each point."""
        away = solve_triangular(self.factor, (z - self.middle).T, lower=True)
        return standard_normal(away.T) - float(np.log(np.diag(self.factor)).sum())


class Imis:
    """The sampler behind `ask` and `tell`: `ask()` gives points on the samplers' scale, `tell(log_likelihoods)` takes
    what they are worth, until `done`.

    `first` points come from the prior, `batch` from each normal; it stops at an effective sample size of `wanted` if
    the share of distinct points is that of the authors as well, or after `most` batches. `starts` are normals to
    draw a batch from before any that it finds itself, as around an optimum (IMIS-opt of the same authors).
    """

    def __init__(self, priors: Priors, *, first: int = 1000, batch: int = 100, wanted: float = 300.0, most: int = 200,
                 seed: int = 1, starts: Sequence[Normal] = ()) -> None:  # fmt: skip
        self.starts = list(starts)
        self.priors, self.first, self.batch, self.wanted, self.most = priors, first, batch, wanted, most
        self.generator = np.random.default_rng(seed)
        self.z = np.zeros((0, len(priors)))
        self.log_likelihood = np.zeros(0)
        self.prior = np.zeros(0)  # log density of every point, -inf where constraints forbid it
        self.mixture = np.zeros(0)  # log of the density of all that was drawn from, times the points drawn
        self.normals: list[Normal] = []
        self.waiting: Numbers | None = None

    @property
    def done(self) -> bool:
        """True once the posterior is known well enough, or the batches are used up."""
        if len(self.normals) >= self.most and self.waiting is None and len(self.z):
            return True
        if self.starts or not np.isfinite(self.log_likelihood).any():
            return False
        weights = self.weights()
        return effective(weights) >= self.wanted and unique(weights, math.ceil(self.wanted)) >= UNIQUE

    def ask(self) -> Numbers:
        """The next points; shape (points, parameters). The same until `tell`. Raises ValueError as `posterior`."""
        if self.waiting is None and not len(self.z):
            self.waiting = self.priors.draw(self.first, self.generator)
        elif self.waiting is None:
            self.normals.append(self.starts.pop(0) if self.starts else self.around_the_best())
            # Those that constraints forbid are kept, and weigh nothing.
            self.waiting = self.normals[-1].draw(self.batch, self.generator)
        return self.waiting

    def tell(self, log_likelihood: Numbers) -> None:
        """What the points that were asked for are worth. Raises ValueError if none was, or their number differs."""
        if self.waiting is None or len(log_likelihood) != len(self.waiting):
            raise ValueError("tell takes one number for each point of the last ask")
        new, self.waiting = self.waiting, None
        if self.normals:
            latest = math.log(self.batch) + self.normals[-1].log_density(self.z)
            self.mixture = np.logaddexp(self.mixture, latest)
        parts = [standard_normal(new) + math.log(self.first) - self.priors.log_inside]
        parts += [math.log(self.batch) + one.log_density(new) for one in self.normals]
        self.mixture = np.concatenate([self.mixture, logsumexp(parts, axis=0)])
        self.z = np.concatenate([self.z, new])
        self.prior = np.concatenate([self.prior, self.priors.log_density(new)])
        self.log_likelihood = np.concatenate([self.log_likelihood, np.asarray(log_likelihood, float)])

    def around_the_best(self) -> Normal:
        """A normal around the point of greatest weight, shaped by the points near it."""
        weights = self.weights()
        best = int(np.argmax(weights))
        away = np.square(self.z - self.z[best]).sum(axis=1)  # on this scale the prior's covariance is the identity
        near = np.argsort(away, kind="stable")[: self.batch]
        mass = weights[near] + 1.0 / len(weights)
        steps = self.z[near] - self.z[best]
        shape = (steps * (mass / mass.sum())[:, None]).T @ steps + RIDGE * np.eye(self.z.shape[1])
        return Normal(self.z[best].copy(), np.linalg.cholesky(shape))

    def weights(self) -> Numbers:
        """The weight of every point so far. Raises ValueError as `posterior`."""
        raw = self.log_likelihood + self.prior - self.mixture
        if not np.isfinite(raw).any():
            raise ValueError("no point so far has a likelihood above 0: the priors do not reach what was observed")
        found: Numbers = np.exp(raw - logsumexp(raw))
        return found

    def posterior(self) -> Posterior:
        """What is known so far. Raises ValueError before the first `tell`, or if no point has any likelihood."""
        values = self.priors.values(self.z)
        return Posterior(self.priors.names, self.z, values, self.weights(), self.log_likelihood)
