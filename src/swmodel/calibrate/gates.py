"""What a fit has to pass before it may be called one: each gate says what was found and what was wanted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from swmodel.calibrate.imis import UNIQUE, Posterior
from swmodel.calibrate.targets import Target
from swmodel.calibrate.waves import SETTLED, Wave, mean_known, strange

Numbers = NDArray[np.float64]
NEAR = 4.0  # standard deviations (survey and spread) within which some draw of the priors has to come
MOST_OFF = 0.5  # standard deviations of a target (survey and spread) by which an emulator may be off on average
SURE_ERRORS = 2.0  # standard errors of a mean over the runs of the check, which are not held against an emulator
CENTRAL = 0.95  # of the predictive distribution, in which so many surveys should lie
SURE = 0.001  # chance at which more of them outside is no accident
DRAWS_A_RUN = 20  # surveys drawn from each run, for predictive distributions


@dataclass(frozen=True)
class Gate:
    """One gate: its name, whether it was passed, and what was found and wanted, in words."""

    name: str
    passed: bool
    words: str


def of_posterior(posterior: Posterior, wanted: int, draws: int) -> list[Gate]:
    """Enough is known of the posterior, and its draws are distinct enough."""
    size, distinct = posterior.effective, posterior.unique(draws)
    return [
        Gate("effective sample size", size >= wanted, f"{size:.0f}, wanted {wanted}"),
        Gate("distinct draws", distinct >= UNIQUE, f"{distinct:.2f} of {draws}, wanted {UNIQUE:.2f}"),
    ]


def of_waves(history: Sequence[Wave]) -> Gate:
    """The last wave changed the posterior by little."""
    moved = history[-1].moved
    found = f"means moved by up to {moved:.2f} standard deviations, wanted below {SETTLED:g}"
    return Gate("waves settled", moved < SETTLED, "there was only one wave" if math.isnan(moved) else found)


def of_emulator(away: Numbers, targets: Sequence[Target]) -> Gate:
    """The emulator agrees with the model at draws of the posterior; `away` (runs, targets) is the model minus it.

    What chance in so few runs explains is not held against it: two standard errors of each mean. Runs of another kind
    than the others, as of epidemics that died out, are counted apart.
    """
    apart = np.asarray(strange(away).any(axis=1))
    away = away[~apart]
    mean, runs = mean_known(away), np.isfinite(away).sum(axis=0)
    if not runs.any():
        return Gate("emulator agrees with the model", False, "no run of the check has anybody to ask")
    chance = np.sqrt(mean_known(np.square(away - mean)) / np.maximum(runs, 1))
    off = np.maximum(np.abs(mean) - SURE_ERRORS * chance, 0.0) / np.array([target.deviation for target in targets])
    worst = int(np.nanargmax(off))
    return Gate("emulator agrees with the model", bool(off[worst] <= MOST_OFF),
                f"off by {off[worst]:.2f} standard deviations more than chance at most ({targets[worst].name}), "
                f"wanted {MOST_OFF:g}{f'; {apart.sum()} of {len(apart)} runs of another kind' if apart.any() else ''}",
                )  # fmt: skip


def of_tolerance(reached: float, targets: int) -> Gate:
    """The last population of ABC lies as near to the data as surveys of one place lie to one another."""
    wanted = math.sqrt(2.0 * targets)
    return Gate("tolerance", reached <= wanted, f"{reached:.1f}, wanted {wanted:.1f}: of two surveys of one place")


def of_predictions(pits: Numbers) -> Gate:
    """No more surveys lie outside the central 95 % of what the fit predicts than chance brings about."""
    outside = int((np.abs(pits - 0.5) > 0.5 * CENTRAL).sum())
    most = int(stats.binom.ppf(1.0 - SURE, len(pits), 1.0 - CENTRAL))
    return Gate("surveys within what the fit predicts", outside <= most,
                f"{outside} of {len(pits)} outside the central 95 %, wanted {most} at most")  # fmt: skip


def out_of_reach(targets: Sequence[Target], seen: Numbers) -> list[str]:
    """In words, the targets that none of many runs comes near; `seen` (runs, targets) is what surveys would find."""
    far = []
    for k, target in enumerate(targets):
        away = np.abs(seen[:, k] - target.middle) / target.deviation
        away = np.where(np.isfinite(away), away, math.inf)
        if not away.min() <= NEAR:
            best = "no run has anybody to ask"
            if math.isfinite(away.min()):
                number = float(target.unscaled(seen[int(away.argmin()), k]))
                best = f"the nearest is {number:.3g}, {away.min():.1f} standard deviations away"
            far.append(f"{target.name}, {target.estimate:.3g} ({best})")
    return far


def nearest(targets: Sequence[Target], seen: Numbers) -> float:
    """How near the best of some runs (runs, targets) comes to the surveys: standard deviations, root mean square."""
    middle = np.array([target.middle for target in targets])
    away = (seen[:, : len(targets)] - middle) / np.array([target.deviation for target in targets])
    return float(np.sqrt(np.where(np.isfinite(away), np.square(away), math.inf).mean(axis=1)).min())


def predicted(targets: Sequence[Target], model: Numbers, generator: np.random.Generator) -> Numbers:
    """What such surveys might have found at each run's numbers (runs, targets), several each; (draws, targets)."""
    again = np.repeat(model, DRAWS_A_RUN, axis=0)
    return np.column_stack([target.drawn(again[:, k], generator) for k, target in enumerate(targets)])


def pits(targets: Sequence[Target], surveys: Numbers) -> Numbers:
    """Where each survey lies in what the fit predicts: the share of predicted surveys below it, ties by half."""
    data = np.array([float(target.scaled(observed(target))) for target in targets])
    found: Numbers = (surveys < data - TIE).mean(axis=0) + 0.5 * (np.abs(surveys - data) <= TIE).mean(axis=0)
    return found


def observed(target: Target) -> float:
    """What a survey found, as `Target.drawn` reports it: of counts with half a person more on either side."""
    if not target.counted:
        return target.estimate
    assert target.survey.n is not None
    return (round(target.estimate * target.survey.n) + 0.5) / (target.survey.n + 1.0)


TIE = 1e-9
