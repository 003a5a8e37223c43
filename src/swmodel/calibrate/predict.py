"""Predictions of surveys that a fit did not see, scored beside two that need no model.

The score is the continuous ranked probability score (Gneiting and Raftery 2007, J Am Stat Assoc 102:359): how far the
predicted distribution lies from what was found, in the unit of the measure; less is better, and a sharp distribution
that is off scores worse than a wide one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swmodel.calibrate.gates import observed, pits
from swmodel.calibrate.targets import Target
from swmodel.scenario.spec import Survey

Numbers = NDArray[np.float64]
DRAWS = 4000  # of a prediction without a model
CENTRAL = (0.025, 0.5, 0.975)


@dataclass(frozen=True)
class Prediction:
    """One survey that was held back: what was found, what was predicted, and the scores of it and of its rivals.

    Of the rivals, `no_change` says that the last survey seen will be found again, `line` that the logits of those seen
    go on in a straight line. NaN where nobody asked before.
    """

    name: str
    share: bool
    found: float
    low: float
    median: float
    high: float
    pit: float
    score: float
    no_change: float
    line: float

    @property
    def covered(self) -> bool:
        """True if the central 95 % held what was found."""
        return self.low <= self.found <= self.high


def predictions(held: Sequence[Target], surveys: Numbers, seen: Sequence[Target], seed: int) -> list[Prediction]:
    """Each survey held back beside what was predicted; `surveys` (draws, held) are on the scale of each target."""
    places, generator = pits(held, surveys), np.random.default_rng(seed)
    made = []
    for k, target in enumerate(held):
        found, drawn = observed(target), target.unscaled(surveys[:, k])
        low, median, high = np.quantile(drawn, CENTRAL).tolist()
        before = [one for one in seen if alike(one.survey, target.survey)]
        rivals = [float("nan")] * 2
        if before:
            rivals = [score(target.unscaled(rival(before, target, generator)), found) for rival in (no_change, line)]
        made.append(
            Prediction(
                target.name, target.share, found, low, median, high, float(places[k]), score(drawn, found), *rivals
            )
        )
    return made


def alike(one: Survey, other: Survey) -> bool:
    """True for surveys of the same measure, group and few ages, or comparisons of the same two groups."""
    groups = [[asked.group for asked in survey.asked] for survey in (one, other)]
    return (one.measure, one.aged, groups[0]) == (other.measure, other.aged, groups[1])


def score(drawn: Numbers, found: float) -> float:
    """The continuous ranked probability score of a distribution, from draws of it."""
    ordered = np.sort(drawn)
    count = len(ordered)
    between = 2.0 * float(((2.0 * np.arange(1, count + 1) - count - 1.0) * ordered).sum()) / count**2
    return float(np.abs(ordered - found).mean()) - 0.5 * between


def no_change(before: Sequence[Target], target: Target, generator: np.random.Generator) -> Numbers:
    """Draws, on the scale of the target, if what the last survey found holds, and is found again up to chance."""
    last = max(before, key=lambda one: one.survey.year)
    spread = float(np.hypot(last.deviation, target.deviation))
    return np.asarray(last.middle + spread * generator.standard_normal(DRAWS))


def line(before: Sequence[Target], target: Target, generator: np.random.Generator) -> Numbers:
    """Draws if a straight line through the surveys seen goes on; no change where there is only one year of them."""
    years = np.array([one.survey.year for one in before])
    if len(set(years.tolist())) < 2:
        return no_change(before, target, generator)
    numbers = np.array([one.middle for one in before])
    weights = np.array([1.0 / one.deviation**2 for one in before])
    design = np.column_stack([np.ones(len(years)), years - target.survey.year])
    spread = np.linalg.inv(design.T @ (weights[:, None] * design))
    middle = spread @ design.T @ (weights * numbers)
    deviation = float(np.sqrt(spread[0, 0] + target.deviation**2))
    return np.asarray(float(middle[0]) + deviation * generator.standard_normal(DRAWS))
