"""Studies: scenarios x parameter draws x seeds, run side by side, kept in a folder, compared pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swmodel.results import Results, Run
from swmodel.scenario.spec import Scenario
from swmodel.study.executor import Progress, execute
from swmodel.study.paired import Comparison, check_pair, comparison
from swmodel.study.plan import AS_WRITTEN, Posterior, Study, read_arm, seeds_of, study_over
from swmodel.study.store import COMPARISON, Store, told


def run_study(
    study: Study,
    *,
    store: Store | None = None,
    resume: bool = False,
    overwrite: bool = False,
    workers: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
) -> Results:
    """Run every task of a study, in memory or into the folder of a `store`, and return the results.

    Results are equal, bit for bit, for any `workers` (simulations side by side) and `threads` (within each). With a
    store, `resume` skips the runs that are already there. Raises OutputError, StudyError or DeclarationError.
    """
    if store is None:
        runs: dict[tuple[str, int, int], Run] = {}
        execute(study.tasks, lambda run: runs.__setitem__(run.key, run), workers, threads, progress)
        scenarios = {arm.name: arm.scenario for arm in study.arms}
        return Results(tuple(runs[task.key] for task in study.tasks), scenarios, study.draws)
    tasks = store.open(resume, overwrite)
    before = len(study.tasks) - len(tasks)

    def onward(share: float, finished: int) -> None:
        if progress is not None:
            progress(before + share, before + finished)

    if tasks:
        execute(tasks, store.save, workers, threads, onward)
    return store.finish()


def compare(
    scenarios: Sequence[Scenario | str | Path],
    *,
    seeds: int | Sequence[int] | None = None,
    seed: int | None = None,
    people: int | None = None,
    stop: float | None = None,
    draws: Sequence[Mapping[str, Any]] = (AS_WRITTEN,),
    posterior: Posterior | None = None,
    workers: int = 1,
    extensions: Sequence[Any] = (),
    out: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Comparison:
    """Run scenarios with the same seeds, and set each beside the first, pair by pair.

    For each seed (and each draw: a mapping of parameter names to values) the baseline is subtracted from the scenario;
    the comparison reports the median of those differences with their 2.5th and 97.5th percentiles, and the mean with
    Student's 95 % interval, since percentiles of about 20 differences are coarse (see `swmodel.study.paired`).
    `scenarios` are files or Scenario objects; the first is the baseline. `seeds` is how many, or which. `out` keeps the
    runs in a folder. With a `posterior` (`swmodel.read_fit`) each seed has a draw of it; without one, scenarios run
    their own values, whatever fit they name. Raises ScenarioError, StudyError or FolderError.
    """
    arms = tuple(read_arm(one, extensions, people=people, seed=seed, stop=stop) for one in scenarios)
    numbers = seeds_of(arms[0].scenario, seeds) if arms else ()
    study = comparable(study_over(posterior, arms, numbers, draws) if posterior is not None
                       else Study(arms, numbers, tuple(draws)))  # fmt: skip
    store = Store(out, study) if out is not None else None
    results = run_study(study, store=store, resume=resume, overwrite=overwrite, workers=workers)
    made = comparison(results, study.arms[0].name)
    if store is not None:
        with told(store.folder):
            made.write_csv(store.folder / COMPARISON)
    return made


def comparable(study: Study) -> Study:
    """The study itself. Raises StudyError if its scenarios cannot be compared pair by pair."""
    for arm in study.arms[1:]:
        check_pair(study.arms[0].scenario, arm.scenario, arm.name)
    return study
