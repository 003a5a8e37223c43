"""Waves of runs, each where the emulator of those before says that the data may lie: history matching to a posterior.

The first wave covers the priors (Sobol). Then, again and again, an emulator is learnt of all runs that are near enough,
the posterior under it is sampled by IMIS, and the next wave runs the model at draws of that posterior. An emulator's
doubt and its lack of fit count as a further error, so that early waves leave more standing than late ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from swmodel.calibrate.emulator import Emulator, features, learnt
from swmodel.calibrate.imis import Imis, Normal, Posterior
from swmodel.calibrate.priors import Priors
from swmodel.calibrate.targets import Target

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
CUT_OFF = 3.0  # standard deviations beyond which a target rules a point out (Vernon, Goldstein and Bower 2010)
RUNS_A_FEATURE = 2.0  # that an emulator keeps at least
SETTLED = 0.3  # of a posterior standard deviation: a wave that moves every mean by less changes nothing any more
FIRST_DRAWS, MORE_DRAWS, MOST_BATCHES = 4000, 1000, 40  # of IMIS under an emulator, which costs next to nothing
SEARCHES, MOST_STEPS, STEP = 4, 200, 0.01  # for optima: how many, steps of each, and of a slope
STRAY = 30.0  # times the usual distance from the middle, beyond which a run is another kind of run,
STRAY_LEAST = 1.0  # and at least so far, on the scale of a target
WIDER = 1.2  # than the posterior near an optimum: standard deviations of the normal that is laid there


@dataclass(frozen=True)
class Wave:
    """What one wave found: how many runs there are by now, and how things stood."""

    runs: int
    plausible: float  # share of the priors that no target rules out
    effective: float
    moved: float  # the largest move of a posterior mean since the wave before, in standard deviations; NaN at first
    off: Numbers  # how far the emulator of the wave before was off, on average, by target; NaN at first
    error: Numbers  # of the emulator, a run left out
    noise: Numbers  # of a run, by chance alone
    strays: int = 0  # runs near the data that were left out, as of another kind


class Waves:
    """Ask/tell: `ask()` gives points on the samplers' scale; `tell` takes the model's number for each target there."""

    def __init__(self, priors: Priors, targets: Sequence[Target], *, first: int = 1000, batch: int = 400,
                 repeats: int = 50, most: int = 8, wanted: float = 400.0, seed: int = 1) -> None:  # fmt: skip
        self.priors, self.targets = priors, tuple(targets)
        self.first, self.batch, self.repeats, self.most, self.wanted = first, batch, repeats, most, wanted
        self.seed, self.generator = seed, np.random.default_rng(seed)
        self.z, self.model = np.zeros((0, len(priors))), np.zeros((0, len(self.targets)))
        self.again: list[tuple[int, int]] = []  # runs of the same point
        self.strays = np.zeros(0, bool)  # runs near the data that are of another kind, which no emulator is to follow
        self.emulator: Emulator | None = None
        self.found: Posterior | None = None
        self.history: list[Wave] = []
        self.waiting: Numbers | None = None

    @property
    def done(self) -> bool:
        """True once a wave changed nothing any more, or all are used up."""
        return len(self.history) >= self.most or self.settled

    @property
    def settled(self) -> bool:
        """True if the last wave moved no mean of the posterior by much, and enough is known of it."""
        return bool(self.history) and self.history[-1].moved < SETTLED and self.history[-1].effective >= self.wanted

    def ask(self) -> Numbers:
        """The next points; the same until `tell`. Some stand there twice, to tell chance from what was learnt."""
        if self.waiting is None:
            if self.found is None:
                points = self.priors.draw(self.first, self.generator)
            else:
                points = self.priors.scores(self.found.resample(self.batch, self.generator))
                points = points[self.generator.permutation(len(points))]
            self.waiting = np.concatenate([points, points[: self.repeats]])
        return self.waiting

    def tell(self, outputs: Numbers) -> None:
        """The model's numbers; shape (points, targets); NaN where it has none. Raises ValueError as `learnt`."""
        if self.waiting is None or outputs.shape != (len(self.waiting), len(self.targets)):
            raise ValueError("tell takes one number for each point of the last ask and each target")
        new, self.waiting = self.waiting, None
        scaled = np.column_stack([target.scaled(outputs[:, k]) for k, target in enumerate(self.targets)])
        before, fresh = len(self.z), len(new) - min(self.repeats, len(new) // 2)
        self.again += [(before + k - fresh, before + k) for k in range(fresh, len(new))]
        away = self.away_from(new, scaled)
        off = mean_known(np.where(strange(away), math.nan, away))
        self.z, self.model = np.concatenate([self.z, new]), np.concatenate([self.model, scaled])
        earlier, emulator = self.found, self.learn()
        self.found, self.emulator = self.sampled(emulator), emulator
        self.history.append(
            Wave(len(self.z), self.plausible(emulator), self.found.effective, moved(earlier, self.found), off,
                 emulator.error, self.noise(), int(self.strays.sum()))
        )  # fmt: skip

    def know(self, z: Numbers, outputs: Numbers) -> None:
        """Runs that were made for another fit, to learn from beside those that are asked for; shapes as `tell`'s."""
        scaled = [target.scaled(outputs[:, k]) for k, target in enumerate(self.targets)]
        self.z, self.model = np.concatenate([self.z, z]), np.concatenate([self.model, np.column_stack(scaled)])

    def away_from(self, z: Numbers, scaled: Numbers) -> Numbers:
        """How far runs lie from what the emulator says of them; NaN where nobody could be asked; (runs, targets)."""
        if self.emulator is None:
            return np.full(scaled.shape, math.nan)
        return np.where(np.isfinite(scaled), scaled, math.nan) - self.emulator(z)

    def learn(self) -> Emulator:
        """An emulator of the runs that are near the data, as far as the emulator before can tell; of all at first."""
        sound = np.isfinite(self.model).all(axis=1)
        if self.emulator is not None:
            distance, error = self.away(self.emulator, self.z)
            least = int(RUNS_A_FEATURE * features(self.z[:1]).shape[1])
            kept = max(least, len(self.z) // 2)
            nearest = np.argsort(np.square(distance / error).sum(axis=1), kind="stable")[:kept]
            sound &= np.isin(np.arange(len(self.z)), nearest)
        emulator = learnt(self.z[sound], self.model[sound])
        self.strays = np.zeros(len(self.z), bool)
        while self.emulator is not None:
            rows = np.flatnonzero(sound)
            strays: Mask = np.asarray(strange(self.model[rows] - emulator(self.z[rows])).any(axis=1))
            if not np.any(strays):
                break
            self.strays[rows[strays]] = True
            sound = sound & ~self.strays
            emulator = learnt(self.z[sound], self.model[sound])
        return emulator

    def noise(self) -> Numbers:
        """The standard deviation of a run by chance alone, from runs of the same point; 0 if there are none."""
        if not self.again:
            return np.zeros(len(self.targets))
        first, second = np.array(self.again).T
        differ = self.model[first] - self.model[second]
        known = np.isfinite(differ) & ~strange(differ)
        squares = np.square(np.where(known, differ, 0.0)).sum(axis=0)
        found: Numbers = np.sqrt(squares / np.maximum(known.sum(axis=0), 1) / 2.0)
        return found

    def lack(self, emulator: Emulator) -> Numbers:
        """The standard deviation by which the emulator is too smooth, by target: what chance does not explain."""
        found: Numbers = np.sqrt(np.maximum(emulator.error**2 - self.noise() ** 2, 0.0))
        return found

    def away(self, emulator: Emulator, z: Numbers) -> tuple[Numbers, Numbers]:
        """The distance of what surveys would find from what they found, and its standard deviation: of the survey, and
        of the emulator, where its doubt and its lack of fit add up; both (points, targets).
        """
        error = np.array([target.deviation for target in self.targets])
        return self.distance(emulator, z), np.sqrt(error**2 + self.lack(emulator) ** 2 + emulator.doubt(z) ** 2)

    def distance(self, emulator: Emulator, z: Numbers) -> Numbers:
        """How far what surveys would find lies from what they found, on the scale of each target; (points, targets)."""
        data = np.array([target.middle for target in self.targets])
        return emulator(z) + self.biases(z) - data

    def plausible(self, emulator: Emulator) -> float:
        """The share of the priors that no target rules out: that has no implausibility above the cut-off."""
        distance, error = self.away(emulator, self.priors.draw(FIRST_DRAWS, np.random.default_rng(self.seed)))
        return float((np.abs(distance / error).max(axis=1) < CUT_OFF).mean())

    def biases(self, z: Numbers) -> Numbers:
        """What surveys report beyond the truth at each point, on the scale of each target; shape (points, targets)."""
        found = np.zeros((len(z), len(self.targets)))
        places = [(k, self.priors.names.index(target.bias)) for k, target in enumerate(self.targets) if target.bias]
        if places:
            values = self.priors.values(z)
            for k, place in places:
                found[:, k] = values[:, place]
        return found

    def log_likelihood(self, emulator: Emulator, z: Numbers) -> Numbers:
        """Under the emulator, with normal errors on the scale of each target; shape (points,)."""
        found: Numbers = self.by_target(emulator, z).sum(axis=1)
        return found

    def fixed_error(self, emulator: Emulator, error: Numbers, z: Numbers) -> Numbers:
        """The same, but for a constant, with the errors that one point has: quick, for a search around it."""
        found: Numbers = -0.5 * np.square(self.distance(emulator, z) / error).sum(axis=1)
        return found

    def by_target(self, emulator: Emulator, z: Numbers) -> Numbers:
        """The same target by target; shape (points, targets)."""
        distance, error = self.away(emulator, z)
        found: Numbers = -0.5 * np.square(distance / error) - np.log(error)
        return found

    def sampled(self, emulator: Emulator) -> Posterior:
        """The posterior under an emulator: IMIS, begun around the optima that a search finds from several points."""
        tried = self.priors.draw(FIRST_DRAWS, np.random.default_rng(self.seed))
        value = self.log_likelihood(emulator, tried) + self.priors.log_density(tried)
        starts = []
        for begin in tried[np.argsort(-value)[:SEARCHES]]:
            _, error = self.away(emulator, begin[None, :])
            starts.append(around(partial(self.fixed_error, emulator, error), begin))
        sampler = Imis(self.priors, first=FIRST_DRAWS, batch=MORE_DRAWS, wanted=self.wanted, most=MOST_BATCHES,
                       seed=self.seed + len(self.history), starts=starts)  # fmt: skip
        while not sampler.done:
            sampler.tell(self.log_likelihood(emulator, sampler.ask()))
        return sampler.posterior()

    def likelihoods(self) -> Numbers:
        """The log-likelihood of each target at the points of the posterior; shape (points, targets)."""
        assert self.emulator is not None
        return self.by_target(self.emulator, self.posterior().z)

    def posterior(self) -> Posterior:
        """What is known so far. Raises ValueError before the first `tell`."""
        if self.found is None:
            raise ValueError("nothing was told yet")
        return self.found


def strange(off: Numbers) -> Mask:
    """Which numbers lie apart from most of their column: an epidemic that died out among others that did not. NaN is
    none of them.
    """
    found = np.zeros(off.shape, bool)
    for k, column in enumerate(off.T):
        known = column[np.isfinite(column)]
        if len(known):
            away, usual = np.abs(column - np.median(known)), np.median(np.abs(known - np.median(known)))
            found[:, k] = away > max(STRAY * float(usual), STRAY_LEAST)
    return found


def mean_known(numbers: Numbers) -> Numbers:
    """The mean of each column over what is there; NaN where nothing is."""
    known = np.isfinite(numbers)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, numbers, 0.0).sum(axis=0) / known.sum(axis=0))


def around(log_likelihood: Callable[[Numbers], Numbers], begin: Numbers) -> Normal:
    """A normal around the optimum that a search from `begin` finds, shaped as the posterior is there (Laplace)."""
    size = len(begin)
    nearby = np.concatenate([np.eye(size), -np.eye(size), np.zeros((1, size))]) * STEP

    def value(z: Numbers) -> tuple[float, Numbers]:
        heights = log_likelihood(z + nearby)
        slope = (heights[:size] - heights[size : 2 * size]) / (2.0 * STEP)
        return -heights[-1] + 0.5 * float(z @ z), z - slope

    best = optimize.minimize(value, begin, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}).x
    slopes = np.array([value(best + step)[1] for step in nearby[: 2 * size]])
    curvature = (slopes[:size] - slopes[size:]) / (2.0 * STEP)
    sizes, axes = np.linalg.eigh(0.5 * (curvature + curvature.T))
    spread = WIDER / np.sqrt(np.maximum(sizes, 1.0))  # the prior's own curvature is 1: no posterior is wider by much
    return Normal(best, np.linalg.cholesky((axes * spread**2) @ axes.T))


def moved(earlier: Posterior | None, later: Posterior) -> float:
    """The largest move of a mean between two posteriors, in standard deviations of the later one."""
    if earlier is None:
        return math.nan
    (before, _), (after, width) = moments(earlier), moments(later)
    return float((np.abs(after - before) / width).max())


def moments(posterior: Posterior) -> tuple[Numbers, Numbers]:
    """Mean and standard deviation on the samplers' scale."""
    mean = posterior.weights @ posterior.z
    return mean, np.sqrt(np.maximum(posterior.weights @ np.square(posterior.z - mean), 1e-12))
