"""What is thought of parameters before a fit: one distribution for each, cut to its declared range, and constraints.

Samplers work on a scale of their own, on which every prior is a standard normal: a point z of that space stands for
the parameters whose quantiles are those of z. Bounds need no care then, and parameters of any size are alike.
Constraints of order and of sums cut regions out of that space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtr, ndtri

Numbers = NDArray[np.float64]
Draw = Mapping[str, float]  # a number for each prior, by its name
EDGE = 1e-12  # quantiles are kept this far from 0 and 1, so that z stays finite
KINDS = ("uniform", "log_uniform", "triangular", "normal", "log_normal", "beta")
LOG_POINTS = 14  # of two: how many points say what share constraints leave
TINY = 1e-9
TRIES = 1000  # batches before constraints are held to allow nothing


@dataclass(frozen=True)
class Prior:
    """One distribution. `shape` is nothing for (log-)uniform, the mode for triangular, mean and standard deviation for
    normal, median and standard deviation of the logarithm for log_normal, and the two exponents for beta, which is
    stretched over `low` to `high`. All are cut to `low` to `high`.
    """

    name: str
    low: float
    high: float
    kind: str = "uniform"
    shape: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: the prior '{self.kind}' is not one of {', '.join(KINDS)}")
        if not self.low < self.high:
            raise ValueError(f"{self.name}: a prior from {self.low:g} to {self.high:g} holds nothing")
        if self.kind in ("log_uniform", "log_normal") and self.low < 0.0:
            raise ValueError(f"{self.name}: a {self.kind} prior must be of positive numbers, not from {self.low:g}")
        if self.kind == "log_uniform" and self.low == 0.0:
            raise ValueError(f"{self.name}: a log_uniform prior cannot begin at 0")
        wanted = {"triangular": 1, "normal": 2, "log_normal": 2, "beta": 2}.get(self.kind, 0)
        if len(self.shape) != wanted:
            raise ValueError(f"{self.name}: a {self.kind} prior takes {wanted} numbers, not {len(self.shape)}")

    @cached_property
    def whole(self) -> Any:
        """The distribution before it is cut."""
        width = self.high - self.low
        if self.kind == "log_uniform":
            return stats.loguniform(self.low, self.high)
        if self.kind == "triangular":
            return stats.triang((self.shape[0] - self.low) / width, self.low, width)
        if self.kind == "normal":
            return stats.norm(*self.shape)
        if self.kind == "log_normal":
            return stats.lognorm(self.shape[1], scale=self.shape[0])
        if self.kind == "beta":
            return stats.beta(*self.shape, loc=self.low, scale=width)
        return stats.uniform(self.low, width)

    @cached_property
    def kept(self) -> tuple[float, float]:
        """The quantiles of the whole distribution at the two ends. Raises ValueError if hardly any lies between."""
        ends = float(self.whole.cdf(self.low)), float(self.whole.cdf(self.high))
        if ends[1] - ends[0] < EDGE:
            raise ValueError(f"{self.name}: the prior lies outside {self.low:g} to {self.high:g}")
        return ends

    def quantile(self, u: Numbers) -> Numbers:
        """The numbers below which the shares `u` of the cut distribution lie."""
        first, last = self.kept
        found: Numbers = np.clip(self.whole.ppf(first + np.asarray(u) * (last - first)), self.low, self.high)
        return found

    def share_below(self, x: Numbers) -> Numbers:
        """The inverse of `quantile`."""
        first, last = self.kept
        found: Numbers = np.clip((self.whole.cdf(np.asarray(x)) - first) / (last - first), 0.0, 1.0)
        return found


@dataclass(frozen=True)
class Priors:
    """The priors of a fit, in order. `order` lists names whose values must rise; `sums` are (names, most)."""

    each: tuple[Prior, ...]
    order: tuple[tuple[str, ...], ...] = ()
    sums: tuple[tuple[tuple[str, ...], float], ...] = ()
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = tuple(one.name for one in self.each)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the parameter '{twice[0]}' is named twice")
        object.__setattr__(self, "names", names)
        for name in {name for names in (*self.order, *(part for part, _ in self.sums)) for name in names}:
            if name not in names:
                raise ValueError(f"a constraint names '{name}', which has no prior; there are {', '.join(names)}")

    def __len__(self) -> int:
        return len(self.each)

    def values(self, z: Numbers) -> Numbers:
        """Parameters at points of the samplers' scale; shapes (points, parameters)."""
        u = np.clip(ndtr(z), EDGE, 1.0 - EDGE)
        return np.column_stack([one.quantile(u[:, k]) for k, one in enumerate(self.each)])

    def scores(self, values: Numbers) -> Numbers:
        """The inverse of `values`."""
        u = np.column_stack([one.share_below(values[:, k]) for k, one in enumerate(self.each)])
        found: Numbers = ndtri(np.clip(u, EDGE, 1.0 - EDGE))
        return found

    def allowed(self, z: Numbers) -> NDArray[np.bool_]:
        """Which points meet the constraints; shape (points,)."""
        fine = np.ones(len(z), bool)
        if not self.order and not self.sums:
            return fine
        values = self.values(z)
        place = {name: k for k, name in enumerate(self.names)}
        for names in self.order:
            fine &= (np.diff(values[:, [place[name] for name in names]], axis=1) >= 0.0).all(axis=1)
        for names, most in self.sums:
            fine &= values[:, [place[name] for name in names]].sum(axis=1) <= most
        return fine

    def log_density(self, z: Numbers) -> Numbers:
        """The logarithm of the prior on the samplers' scale, but for what constraints cut away; -inf there."""
        found = standard_normal(z)
        return np.where(self.allowed(z), found, -np.inf)

    @cached_property
    def log_inside(self) -> float:
        """The logarithm of the share of the priors that constraints leave, from many points spread evenly."""
        if not self.order and not self.sums:
            return 0.0
        u = stats.qmc.Sobol(len(self.each), rng=np.random.default_rng(0)).random(1 << LOG_POINTS)
        return float(np.log(max(self.allowed(ndtri(np.clip(u, EDGE, 1.0 - EDGE))).mean(), TINY)))

    def draw(self, count: int, generator: np.random.Generator) -> Numbers:
        """Points from the prior, spread evenly (Sobol, scrambled); those that constraints forbid are drawn anew.

        Raises ValueError if constraints leave next to nothing.
        """
        sobol = stats.qmc.Sobol(len(self.each), rng=generator)
        parts: list[Numbers] = []
        for _ in range(TRIES):
            u = np.clip(sobol.random(1 << max(count - 1, 1).bit_length()), EDGE, 1.0 - EDGE)
            z = ndtri(u)
            parts.append(z[self.allowed(z)])
            if sum(map(len, parts)) >= count:
                return np.concatenate(parts)[:count]
        raise ValueError("the constraints leave next to nothing of the priors")


def standard_normal(z: Numbers) -> Numbers:
    """The logarithm of the density of independent standard normals; shape (points,)."""
    found: Numbers = -0.5 * np.square(z).sum(axis=1) - 0.5 * z.shape[1] * np.log(2.0 * np.pi)
    return found


def as_parameters(names: Sequence[str], values: Numbers) -> list[Mapping[str, float]]:
    """Points as mappings from names, one for each row of `values`."""
    return [dict(zip(names, row, strict=True)) for row in values.tolist()]
