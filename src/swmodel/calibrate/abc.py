"""Approximate Bayesian computation by sequential Monte Carlo: no likelihood, only surveys drawn from runs.

Each run is surveyed as the place was, by chance and all, and a point is kept if what is found lies near enough to what
was found. Populations of points follow one another with ever less tolerance; each is drawn around the one before, and
weighed by the priors over what it was drawn from (Toni and others 2009, J R Soc Interface 6:187; Beaumont and others
2009, Biometrika 96:983, for the width of the steps).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from swmodel.calibrate.imis import Normal, Posterior
from swmodel.calibrate.priors import Priors
from swmodel.calibrate.targets import Target, reported

Numbers = NDArray[np.float64]
TIGHTER = 0.5  # quantile of the distances kept that is the next tolerance
WIDER = 2.0  # times the covariance of a population: that of the steps around it
RIDGE = 1e-9


class Abc:
    """Ask/tell: `ask()` gives points on the samplers' scale, `tell` takes the model's number for each target there.

    `first` points come from the priors; of these `keep` make the first population. Each later one is complete once so
    many of the points drawn, `batch` at a time, lie within its tolerance. It ends after `most` batches.
    """

    def __init__(self, priors: Priors, targets: Sequence[Target], *, first: int = 1000, batch: int = 400,
                 keep: int = 400, most: int = 20, seed: int = 1) -> None:  # fmt: skip
        self.priors, self.targets = priors, tuple(targets)
        self.first, self.batch, self.keep, self.most = first, batch, keep, most
        self.generator = np.random.default_rng(seed)
        self.batches = 0
        self.tolerance = self.reached = math.inf  # of the population that is being filled, and of the last one
        self.waiting: Numbers | None = None
        self.whole = self.empty()  # the last complete population
        self.partial = self.empty()  # the one that is being filled

    def empty(self) -> dict[str, Numbers]:
        """No points."""
        size = len(self.priors)
        return {"z": np.zeros((0, size)), "away": np.zeros(0), "weight": np.zeros(0),
                "seen": np.zeros((0, len(self.targets)))}  # fmt: skip

    @property
    def done(self) -> bool:
        """True once the batches are used up."""
        return self.batches > self.most

    def ask(self) -> Numbers:
        """The next points; the same until `tell`."""
        if self.waiting is None and not len(self.whole["z"]):
            self.waiting = self.priors.draw(self.first, self.generator)
        elif self.waiting is None:
            self.waiting = self.around(self.batch)
        return self.waiting

    def around(self, count: int) -> Numbers:
        """Points near those of the last population that the priors allow."""
        found: list[Numbers] = []
        while sum(map(len, found)) < count:
            chosen = self.generator.choice(len(self.whole["z"]), count, p=self.whole["weight"])
            points = self.whole["z"][chosen] + self.step().draw(count, self.generator)
            found.append(points[self.priors.allowed(points)])
        return np.concatenate(found)[:count]

    def step(self) -> Normal:
        """The distribution of a step from a point of the last population."""
        z, weight = self.whole["z"], self.whole["weight"]
        away = z - weight @ z
        shape: Numbers = WIDER * (away * weight[:, None]).T @ away + RIDGE * np.eye(z.shape[1])
        return Normal(np.zeros(z.shape[1]), np.asarray(np.linalg.cholesky(shape), np.float64))

    def tell(self, outputs: Numbers) -> None:
        """The model's numbers; shape (points, targets); a point where the model has none is not kept."""
        if self.waiting is None or outputs.shape != (len(self.waiting), len(self.targets)):
            raise ValueError("tell takes one number for each point of the last ask and each target")
        z, self.waiting, self.batches = self.waiting, None, self.batches + 1
        draws = [dict(zip(self.priors.names, row, strict=True)) for row in self.priors.values(z).tolist()]
        seen = reported(self.targets, outputs, draws)
        away = self.distance(seen)
        near = away <= self.tolerance
        new = {"z": z[near], "away": away[near], "weight": self.weigh(z[near]), "seen": seen[near]}
        self.partial = {name: np.concatenate([self.partial[name], new[name]]) for name in new}
        if len(self.partial["z"]) >= self.keep:
            self.complete()

    def distance(self, seen: Numbers) -> Numbers:
        """How far surveys drawn at each point lie from those that were made, over all targets; shape (points,)."""
        data = np.array([target.middle for target in self.targets])
        error = np.array([target.deviation for target in self.targets])
        sound = np.where(np.isfinite(seen), seen, 0.0)
        drawn = np.column_stack([t.drawn(sound[:, k], self.generator) for k, t in enumerate(self.targets)])
        away = np.sqrt(np.square((drawn - data) / error).sum(axis=1))
        return np.where(np.isfinite(seen).all(axis=1), away, math.inf)

    def weigh(self, z: Numbers) -> Numbers:
        """The priors over what points were drawn from; up to a factor."""
        if not len(self.whole["z"]):
            return np.ones(len(z))
        step = self.step()
        away = (z - self.whole["z"][:, None]).reshape(-1, z.shape[1])
        steps = step.log_density(away).reshape(len(self.whole["z"]), len(z))
        mixture = logsumexp(steps, axis=0, b=self.whole["weight"][:, None])
        found: Numbers = np.exp(self.priors.log_density(z) - mixture)
        return found

    def complete(self) -> None:
        """Make the points that were kept the last population, and the next tolerance one that half of them meet."""
        kept = np.argsort(self.partial["away"], kind="stable")[: self.keep] if not len(self.whole["z"]) else slice(None)
        self.whole = {name: values[kept] for name, values in self.partial.items()}
        self.whole["weight"] = self.whole["weight"] / self.whole["weight"].sum()
        away = self.whole["away"]
        nearer = away[away < self.tolerance]  # where counts are compared, many lie exactly at the tolerance
        least = float(nearer.max()) if len(nearer) else self.tolerance
        self.reached, self.tolerance = self.tolerance, min(float(np.quantile(away, TIGHTER)), least)
        self.partial = self.empty()

    def likelihoods(self) -> Numbers:
        """The log-likelihood of each target at the points of the posterior; shape (points, targets)."""
        return np.column_stack([t.log_likelihood(self.whole["seen"][:, k]) for k, t in enumerate(self.targets)])

    def posterior(self) -> Posterior:
        """The last complete population. Raises ValueError before there is one."""
        if not len(self.whole["z"]):
            raise ValueError("no population is complete yet")
        z = self.whole["z"]
        values, told = self.priors.values(z), self.likelihoods().sum(axis=1)
        return Posterior(self.priors.names, z, values, self.whole["weight"], told)
