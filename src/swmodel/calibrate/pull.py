"""What each target does to a fit: where the posterior would be without it, and which fitted numbers go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swmodel.calibrate.imis import Posterior, effective

Numbers = NDArray[np.float64]
FEWEST = 50.0  # effective draws, below which what the posterior would be without a target is not said


@dataclass(frozen=True)
class Pull:
    """How far a target moves the means of the posterior, in its standard deviations: with it less without it.

    `known` is False where the posterior without the target lies too far from that with it to be told from its draws.
    """

    moves: Numbers
    known: bool


def pulls(posterior: Posterior, likelihoods: Numbers) -> list[Pull]:
    """The pull of each target, by weighing its likelihood out of the draws; `likelihoods` is (points, targets)."""
    mean = posterior.weights @ posterior.z
    width = np.sqrt(np.maximum(posterior.weights @ np.square(posterior.z - mean), 1e-12))
    found = []
    for target in likelihoods.T:
        with np.errstate(invalid="ignore"):
            raw = np.where(posterior.weights > 0.0, np.log(np.maximum(posterior.weights, 1e-300)) - target, -np.inf)
        without = np.exp(raw - raw.max())
        without /= without.sum()
        found.append(Pull((mean - without @ posterior.z) / width, effective(without) >= FEWEST))
    return found


def correlations(draws: Numbers) -> Numbers:
    """Rank correlations of the fitted numbers in the posterior; shape (parameters, parameters)."""
    ranks = draws.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable").astype(float)
    found: Numbers = np.corrcoef(ranks, rowvar=False)
    return np.atleast_2d(found)
