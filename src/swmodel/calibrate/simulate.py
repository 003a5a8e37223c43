"""Run the model at points of a calibration, several at a time, and keep each number found as soon as it is there.

Every point has a seed of its own. A survey is one draw from one epidemic, and so is a run: what a likelihood makes of
runs with seeds of their own is, on average, the likelihood with chance and all; with one seed for all, the posterior
would be that of the accidents of this seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from swmodel.calibrate.fitted import applied
from swmodel.calibrate.points import EARLIER, POINTS, Points, keep, read_points, usual_seconds
from swmodel.calibrate.priors import Draw, as_parameters
from swmodel.calibrate.read import Calibration
from swmodel.calibrate.survey import Surveyor, who_is_asked
from swmodel.engine import Engine
from swmodel.results import Run
from swmodel.study.executor import Progress, Watch, execute, run_task
from swmodel.study.plan import Arm, Task
from swmodel.study.store import told

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Point(Run):
    """A finished run at a point, with the model's number for each target."""

    found: tuple[float, ...] = ()


class Elsewhere(Protocol):
    """Other machines that run points."""

    def __call__(self, calibration: Calibration, points: Sequence[tuple[int, Draw]], save: Callable[[Any], None],
                 progress: Progress) -> None:  # fmt: skip
        """Run points, given by number and draw, and save each run as it comes."""


class Simulator:
    """The model as a function from points (on the samplers' scale) to the model's number for each target, then for
    each that is held back.

    With a `folder`, numbers are kept in a file, one line a point, and those that are there are not computed again.
    """

    def __init__(self, calibration: Calibration, folder: Path | None = None, workers: int = 1,
                 cluster: Elsewhere | None = None) -> None:  # fmt: skip
        self.calibration, self.workers, self.cluster = calibration, workers, cluster
        self.targets = calibration.surveyed
        self.columns = [self.targets.index(one) for one in (*calibration.targets, *calibration.held)]
        needed = {target.survey.measure for target in self.targets}
        arm = calibration.arm
        measures = tuple(m for m in arm.measures if m.name in needed)
        asked = tuple(who_is_asked(m) for m in measures if m.kind == "ratio")
        self.arm: Arm = replace(arm, measures=(*measures, *asked))
        self.scale = {m.name: arm.scenario.places for m in arm.measures if m.kind in ("stock", "flow")}
        self.file = folder / POINTS if folder is not None else None
        self.earlier: Points = read_points(folder / EARLIER) if folder is not None else {}
        self.kept: Points = {**self.earlier, **(read_points(self.file) if self.file else {})}
        self.after = max(self.earlier, default=-1) + 1  # numbers of new points: their seeds are nobody else's
        self.done = 0  # points that were asked for so far: the number of the next one
        self.runs = 0  # points that have their numbers
        self.ran = 0  # runs of this process
        files = (folder / POINTS, folder / EARLIER) if folder is not None else ()
        self.usual = usual_seconds(files) / workers  # for one of those kept

    def __call__(self, z: Numbers, progress: Progress | None = None) -> Numbers:
        """The model's numbers at each point; shape (points, targets); NaN where it has none."""
        first, self.done = self.done, max(self.done + len(z), self.after)
        values = as_parameters(self.calibration.priors.names, self.calibration.priors.values(z))
        numbers = np.full((len(z), len(self.targets)), np.nan)
        missing: list[tuple[int, Draw]] = []
        for k, point in enumerate(z.tolist()):
            kept = self.kept.get(first + k)
            if kept is not None and kept[0] == point and len(kept[1]) == len(self.targets):
                numbers[k] = [np.nan if number is None else number for number in kept[1]]
            else:
                missing.append((first + k, values[k]))
        before = len(z) - len(missing)
        self.runs += before

        def save(run: Run) -> None:
            assert isinstance(run, Point)
            numbers[run.draw - first] = run.found
            self.ran, self.runs = self.ran + 1, self.runs + 1
            if self.file is not None:
                with told(self.file.parent):
                    keep(self.file, run.draw, z[run.draw - first].tolist(), run.found, run.seconds)

        def onward(share: float, finished: int) -> None:
            if progress is not None:
                progress(before + share, before + finished)

        if missing and self.cluster is not None:
            self.cluster(self.calibration, missing, save, onward)
        elif missing:
            tasks = [self.task(number, draw) for number, draw in missing]
            execute(tasks, save, self.workers, progress=onward, run=self.run)
        return numbers[:, self.columns]

    def learnt_before(self, since: int) -> tuple[Numbers, Numbers]:
        """Points of another fit from number `since` on, and what each target's survey found there."""
        found = [one for number, one in self.earlier.items() if number >= since and len(one[1]) == len(self.targets)]
        z = np.array([where for where, _ in found], float).reshape(len(found), len(self.calibration.priors))
        numbers = np.array([seen for _, seen in found], float).reshape(len(found), len(self.targets))
        return z, numbers[:, self.columns[: len(self.calibration.targets)]]

    def pace(self, elapsed: float) -> float:
        """Seconds that a further run takes, from those of this process in `elapsed` seconds, or from those kept."""
        few = self.ran < len(self.kept) and self.usual > 0.0  # as long as most of the time went to something else
        return self.usual if few or not self.ran else elapsed / self.ran

    def task(self, number: int, draw: Draw) -> Task:
        """One simulation; its seed and its number go together."""
        values: Mapping[str, Any] = applied(self.arm.scenario, self.calibration.fitted, draw)
        return Task(self.arm, number, values, self.calibration.seed + number)

    def run(self, task: Task, threads: int, watch: Watch) -> Point:
        """Run one task and survey it."""
        surveyor = Surveyor(self.targets, self.scale)

        def both(engine: Engine) -> None:
            surveyor.watch(engine)
            watch(engine)

        run = run_task(task, threads, both)
        given: dict[str, Any] = {name: getattr(run, name) for name in Run.__dataclass_fields__}
        return Point(**given, found=tuple(surveyor.found(run).tolist()))
