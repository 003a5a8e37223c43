"""A fit from its beginning to its end: ask, run, tell, until it is known well enough; then check what was found."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from swmodel.calibrate import gates
from swmodel.calibrate.abc import Abc
from swmodel.calibrate.cluster import Cluster
from swmodel.calibrate.folder import claim
from swmodel.calibrate.gates import Gate
from swmodel.calibrate.imis import Imis, Posterior
from swmodel.calibrate.predict import Prediction, predictions
from swmodel.calibrate.priors import as_parameters
from swmodel.calibrate.read import Calibration
from swmodel.calibrate.simulate import Simulator
from swmodel.calibrate.targets import reported
from swmodel.calibrate.waves import Wave, Waves
from swmodel.study.executor import Progress
from swmodel.study.plan import StudyError
from swmodel.study.store import told

Numbers = NDArray[np.float64]


class OutOfTime(Exception):
    """The budget is used up."""


@dataclass(frozen=True)
class Fit:
    """A finished fit: the posterior, equally weighted draws of it, what the model gave at some of them, and gates."""

    calibration: Calibration
    posterior: Posterior
    draws: Numbers  # (draws, parameters)
    checked: Numbers  # the model's numbers at the first draws, on the scale of each target, bias included
    surveys: Numbers  # what surveys might have found there
    likelihoods: Numbers  # the log-likelihood of each target at the points of the posterior; (points, targets)
    gates: tuple[Gate, ...]
    history: tuple[Wave, ...]
    runs: int
    seconds: float
    before: Numbers  # what surveys would find at draws of the priors, on the scale of each target; (draws, targets)
    predictions: tuple[Prediction, ...] = ()  # of the surveys that were held back

    @property
    def converged(self) -> bool:
        """True if every gate was passed."""
        return all(gate.passed for gate in self.gates)


class Reporter(Protocol):
    """Who is told of a fit as it goes on."""

    def begin(self, name: str, runs: int) -> Progress | None:
        """A batch of so many runs begins; returns where to report its progress."""

    def end(self, words: str) -> None:
        """A batch is finished."""


class Silence:
    """Tells nobody."""

    def begin(self, name: str, runs: int) -> None:
        """Nothing."""

    def end(self, words: str) -> None:
        """Nothing."""


class Sampler(Protocol):
    """What every method is: asked for points on the samplers' scale, and told the model's number for each target."""

    @property
    def done(self) -> bool:
        """True once enough is known, or the batches are used up."""

    def ask(self) -> Numbers:
        """The next points; shape (points, parameters)."""

    def tell(self, outputs: Numbers) -> None:
        """The model's numbers there; shape (points, targets)."""

    def posterior(self) -> Posterior:
        """What is known so far."""

    def likelihoods(self) -> Numbers:
        """The log-likelihood of each target at the points of the posterior; shape (points, targets)."""


class ByRuns:
    """IMIS on the model itself, as ask/tell of the model's numbers."""

    def __init__(self, calibration: Calibration) -> None:
        search = calibration.search
        self.calibration = calibration
        self.sampler = Imis(calibration.priors, first=search.first, batch=search.batch, wanted=search.wanted,
                            most=search.most, seed=calibration.seed)  # fmt: skip
        self.told: list[Numbers] = []

    @property
    def done(self) -> bool:
        """True once the posterior is known well enough, or the batches are used up."""
        return self.sampler.done

    def ask(self) -> Numbers:
        """The next points."""
        return self.sampler.ask()

    def tell(self, outputs: Numbers) -> None:
        """The model's numbers at them."""
        one = self.calibration
        draws = as_parameters(one.priors.names, one.priors.values(self.sampler.ask()))
        seen = reported(one.targets, outputs, draws)
        self.told.append(np.column_stack([t.log_likelihood(seen[:, k]) for k, t in enumerate(one.targets)]))
        self.sampler.tell(self.told[-1].sum(axis=1))

    def likelihoods(self) -> Numbers:
        """The log-likelihood of each target at the points of the posterior; shape (points, targets)."""
        return np.concatenate(self.told)

    def posterior(self) -> Posterior:
        """What is known so far."""
        return self.sampler.posterior()


def fit(
    calibration: Calibration, folder: Path, *, workers: int = 1, budget: float = math.inf, resume: bool = False,
    overwrite: bool = False, earlier: Path | None = None, cluster: Cluster | None = None,
    reporter: Reporter | None = None,
) -> Fit:  # fmt: skip
    """Fit, and keep every run in the folder, so that a fit that was stopped goes on with `resume`.

    `budget` is in seconds; the search ends in time to check what it found. `earlier` is the folder of another fit of
    the same priors and surveys, whose runs waves learn from as well; a `cluster` runs in place of `workers`. Raises
    FolderError, OutputError, StudyError.
    """
    begun, reporter = time.monotonic(), reporter or Silence()
    if earlier is not None and calibration.search.method != "waves":
        raise StudyError(f"only waves learn from the runs of another fit, and this one searches by "
                         f"{calibration.search.method}; leave --from out")  # fmt: skip
    with told(folder):
        claim(calibration, folder, resume, overwrite, earlier)
    simulator, sampler = Simulator(calibration, folder, workers, cluster), sampler_of(calibration)
    batches, nearest = 0, math.inf
    before: Numbers | None = None  # what surveys would find at draws of the priors
    while not sampler.done:
        points = sampler.ask()
        limit = Limit(simulator, begun, budget, 0 if before is None else calibration.search.check)
        try:
            batches += 1
            numbers = simulator(points, limit.watched(reporter.begin(f"batch {batches}", len(points))))
        except OutOfTime:
            if before is None:
                runs = f"the budget ended before the first {len(points):,} runs"
                raise StudyError(f"{runs}; give more time, fewer --people, or go on with --resume") from None
            break
        if before is None:
            before = prior_predictive(calibration, points, numbers)
            Limit(simulator, begun, budget, calibration.search.check).leave_time()
            if isinstance(sampler, Waves):
                sampler.know(*simulator.learnt_before(len(points)))
        sampler.tell(numbers[:, : len(calibration.targets)])
        nearest = min(nearest, gates.nearest(calibration.targets, surveyed(calibration, points, numbers)))
        left = 0 if sampler.done else calibration.search.most - batches
        reporter.end("; ".join((batch_words(sampler, simulator.runs), f"nearest run {nearest:.1f} standard deviations "
                                "from the surveys", limit.words(left))))  # fmt: skip
    assert before is not None
    return finished(calibration, simulator, sampler, before, reporter, begun)


def prior_predictive(calibration: Calibration, points: Numbers, numbers: Numbers) -> Numbers:
    """What surveys would find at draws of the priors, on the scale of each target, those held back included.

    Raises StudyError if no draw comes near a target that is to be fitted.
    """
    targets = calibration.targets
    seen = surveyed(calibration, points, numbers)
    if far := gates.out_of_reach(targets, seen[:, : len(targets)]):
        ways = "widen the priors or the 'spread' of the target, or leave it out"
        raise StudyError(f"no draw of the priors comes near {'; nor near '.join(far)}; {ways}")
    return seen


def surveyed(calibration: Calibration, points: Numbers, numbers: Numbers) -> Numbers:
    """What surveys would find at points, on the scale of each target, then of each held back."""
    priors = calibration.priors
    every = (*calibration.targets, *calibration.held)
    return reported(every, numbers, as_parameters(priors.names, priors.values(points)))


def sampler_of(calibration: Calibration) -> Sampler:
    """The sampler that the calibration's search names."""
    search = calibration.search
    if search.method == "imis":
        return ByRuns(calibration)
    if search.method == "abc":
        return Abc(calibration.priors, calibration.targets, first=search.first, batch=search.batch, keep=search.wanted,
                   most=search.most, seed=calibration.seed)  # fmt: skip
    return Waves(calibration.priors, calibration.targets, first=search.first, batch=search.batch,
                 repeats=search.repeats, most=search.most, wanted=search.wanted, seed=calibration.seed)  # fmt: skip


def finished(calibration: Calibration, simulator: Simulator, sampler: Sampler, before: Numbers,
             reporter: Reporter, begun: float) -> Fit:  # fmt: skip
    """Check a posterior by running the model at draws of it."""
    search, targets = calibration.search, calibration.targets
    posterior, generator = sampler.posterior(), np.random.default_rng(calibration.seed)
    draws = generator.permutation(posterior.resample(search.draws, generator))
    chosen = draws[: search.check]
    z = calibration.priors.scores(chosen)
    numbers = simulator(z, reporter.begin("check", len(z)))
    reporter.end("")
    every = (*targets, *calibration.held)
    seen = reported(every, numbers, as_parameters(calibration.priors.names, chosen))
    found = gates.predicted(every, np.where(np.isfinite(seen), seen, -math.inf), generator)
    checked, surveys = seen[:, : len(targets)], found[:, : len(targets)]
    scored = predictions(calibration.held, found[:, len(targets) :], targets, calibration.seed)
    passed = gates.of_posterior(posterior, search.wanted, search.draws)
    if isinstance(sampler, Waves):
        passed.append(gates.of_waves(sampler.history))
        scaled = np.column_stack([target.scaled(numbers[:, k]) for k, target in enumerate(targets)])
        passed.append(gates.of_emulator(sampler.away_from(z, scaled), targets))
    if isinstance(sampler, Abc):
        passed.append(gates.of_tolerance(sampler.reached, len(targets)))
    passed.append(gates.of_predictions(gates.pits(targets, surveys)))
    history = tuple(sampler.history) if isinstance(sampler, Waves) else ()
    return Fit(calibration, posterior, draws, checked, surveys, sampler.likelihoods(), tuple(passed), history,
               simulator.runs, time.monotonic() - begun, before[:, : len(targets)], tuple(scored))  # fmt: skip


@dataclass(frozen=True)
class Limit:
    """The budget of a search: it ends in time for the runs of the check."""

    simulator: Simulator
    begun: float
    budget: float
    check: int

    def watched(self, progress: Progress | None) -> Progress:
        """Progress that stops the runs when the time is used up."""

        def onward(share: float, done: int) -> None:
            elapsed = time.monotonic() - self.begun
            if elapsed + self.check * self.simulator.pace(elapsed) > self.budget:
                raise OutOfTime
            if progress is not None:
                progress(share, done)

        return onward

    def words(self, batches: int) -> str:
        """How long the rest may take, in words, if so many batches more are needed."""
        search, elapsed = self.simulator.calibration.search, time.monotonic() - self.begun
        repeats = search.repeats if search.method == "waves" else 0
        runs = batches * (search.batch + repeats) + search.check
        left = min(runs * self.simulator.pace(elapsed), self.budget - elapsed)
        return f"at most {left / 60.0:.1f} min left"

    def leave_time(self) -> None:
        """Raises StudyError if the budget leaves no time for the check."""
        elapsed = time.monotonic() - self.begun
        if elapsed + self.check * self.simulator.pace(elapsed) > self.budget:
            left = f"the budget leaves no time for the {self.check} runs that check a fit"
            raise StudyError(f"{left}; give more time, or go on with --resume")


def batch_words(sampler: Sampler, runs: int) -> str:
    """How things stand after a batch, on one line."""
    if not isinstance(sampler, Waves):
        return f"{runs:,} runs"
    wave = sampler.history[-1]
    moved = "" if math.isnan(wave.moved) else f", means moved by up to {wave.moved:.2f} standard deviations"
    strays = f", {wave.strays} left out" if wave.strays else ""
    return f"{wave.runs:,} runs{strays}; effective sample size {wave.effective:.0f}{moved}"
