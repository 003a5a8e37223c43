"""A stand-in for the model: each target's number as a smooth function of the fitted ones, learnt from runs.

A polynomial of the second degree in the fitted numbers on the samplers' scale, kept small by a ridge; how small, and
how bent, is chosen by leaving out one run at a time (Allen 1974, Technometrics 16:125). It averages over the chance in
single runs, and says how well it does so: what is left of the variance when a run is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
RIDGES = 10.0 ** np.arange(-4.0, 5.0)  # penalties that are tried, for features of variance 1
SIZES = ((0.0, 0.0), (0.3, 0.0), (0.3, 0.03), (0.3, 0.1), (1.0, 0.3), (1.0, 1.0))  # of squares and products, the
# features of the second degree, relative to the others: tried from a plane to a free surface
AS_GOOD = 0.1  # of a standard error, by which a plainer shape may miss more than the best
FEWEST = 10  # runs, below which nothing can be learnt
MOST_PULL, TINY = 0.999, 1e-300
WEAK = 1e-7  # of the strongest direction: below it, one is rounding


def features(z: Numbers) -> Numbers:
    """Each number, its square, and the product of every two; shape (points, features)."""
    first, second = np.triu_indices(z.shape[1])
    return np.concatenate([z, z[:, first] * z[:, second]], axis=1)


@dataclass(frozen=True)
class Fit:
    """The emulator of some targets: those that are best learnt with features of these `sizes`."""

    targets: NDArray[np.intp]
    sizes: Numbers
    middle: Numbers
    width: Numbers
    level: Numbers
    weights: Numbers
    directions: Numbers
    softness: Numbers  # of each direction, for each target: 1 / (strength squared + ridge)

    def centred(self, raw: Numbers) -> Numbers:
        """The features, with mean 0 among the runs and their sizes as standard deviations."""
        found: Numbers = (raw - self.middle) * (self.sizes / self.width)
        return found


@dataclass(frozen=True)
class Emulator:
    """What was learnt. `error` is the standard deviation of a run about it, by target, when that run is left out;
    `explained` the share of the variance between runs that it explains then.
    """

    fits: tuple[Fit, ...]
    error: Numbers
    plain: Numbers  # how much more a plainer shape misses than the best one, by target: part of the doubt
    explained: Numbers
    runs: int

    def __call__(self, z: Numbers) -> Numbers:
        """The mean of each target at points of the samplers' scale; shape (points, targets)."""
        raw, means = features(z), np.empty((len(z), len(self.error)))
        for fit in self.fits:
            means[:, fit.targets] = fit.level + fit.centred(raw) @ fit.weights
        return means

    def doubt(self, z: Numbers) -> Numbers:
        """The standard error of those means; shape (points, targets)."""
        raw, doubt = features(z), np.empty((len(z), len(self.error)))
        for fit in self.fits:
            along = np.square(fit.centred(raw) @ fit.directions.T)
            doubt[:, fit.targets] = np.sqrt(1.0 / self.runs + along @ fit.softness)
        return np.hypot(doubt * self.error, self.plain)


def learnt(z: Numbers, outputs: Numbers) -> Emulator:
    """An emulator of `outputs` (runs, targets), all of them finite, at `z`. Raises ValueError below 10 runs."""
    if len(z) < FEWEST:
        raise ValueError(f"an emulator needs {FEWEST} runs, not {len(z)}")
    raw = features(z)
    middle, width, level = raw.mean(axis=0), np.maximum(raw.std(axis=0), 1e-12), outputs.mean(axis=0)
    rest, errors, parts = outputs - level, [], []
    for sizes in map(partial(sizes_of, z.shape[1]), SIZES):
        left, strengths, directions = singular((raw - middle) * (sizes / width))
        errors.append(left_out(left, strengths, rest))
        parts.append((sizes, strengths, directions, left.T @ rest))
    bends, ridges = chosen(np.array(errors), len(z))
    error = np.sqrt(np.array(errors)[bends, ridges, np.arange(outputs.shape[1])])
    fits = []
    for bend in np.unique(bends):
        targets, (sizes, strengths, directions, along) = np.flatnonzero(bends == bend), parts[bend]
        softness = 1.0 / (strengths[:, None] ** 2 + RIDGES[ridges[targets]] * len(z))
        weights = directions.T @ (strengths[:, None] * softness * along[:, targets])
        fits.append(Fit(targets, sizes, middle, width, level[targets], weights, directions, softness))
    total = np.maximum(np.square(rest).mean(axis=0), TINY)
    plain = np.sqrt(np.maximum(error**2 - np.array(errors).min(axis=(0, 1)), 0.0))
    return Emulator(tuple(fits), error, plain, 1.0 - error**2 / total, len(z))


def sizes_of(parameters: int, sizes: tuple[float, float]) -> Numbers:
    """The size of each feature: 1 of the numbers themselves, then of squares and of products."""
    first, second = np.triu_indices(parameters)
    return np.concatenate([np.ones(parameters), np.where(first == second, *sizes)])


def chosen(errors: Numbers, runs: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each target the plainest of the shapes that are as good as the best, and its ridge.

    `errors` are mean squares (shapes, ridges, targets). As good is within a part of the standard error of a mean square
    of so many runs (Breiman and others 1984 take one; then doubts are too small): what is plainer is known better.
    """
    least = errors.min(axis=1)
    bends = np.argmax(least <= least.min(axis=0) * (1.0 + AS_GOOD * np.sqrt(2.0 / runs)), axis=0)
    return bends, errors.argmin(axis=1)[bends, np.arange(errors.shape[2])]


def singular(near: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The singular value decomposition by way of the features' products: five times as quick with many runs.

    Directions of hardly any strength, in which a ridge leaves nothing, have 0 on the left.
    """
    squares, vectors = np.linalg.eigh(near.T @ near)
    strengths = np.sqrt(np.maximum(squares, 0.0))
    strong = strengths > WEAK * max(strengths[-1], TINY)
    left = np.zeros((len(near), len(strengths)))
    left[:, strong] = near @ vectors[:, strong] / strengths[strong]
    return left, np.where(strong, strengths, 0.0), vectors.T


def left_out(left: Numbers, strengths: Numbers, rest: Numbers) -> Numbers:
    """The mean square of what is missed at a run that is left out; shape (ridges, targets)."""
    found = np.empty((len(RIDGES), rest.shape[1]))
    along, squares = left.T @ rest, np.square(left)
    for r, ridge in enumerate(RIDGES):
        kept = strengths**2 / (strengths**2 + ridge * len(left))
        pull = np.minimum(1.0 / len(left) + squares @ kept, MOST_PULL)  # of each run on what is said of itself
        found[r] = np.square((rest - left @ (kept[:, None] * along)) / (1.0 - pull)[:, None]).mean(axis=0)
    return found
