"""Run tasks side by side in threads of one process: kernels release the GIL.

The first task takes its first step alone, so that kernels are compiled, or read from disk, once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from swmodel.engine import Engine
from swmodel.results import Run, summarise
from swmodel.study.plan import Task
from swmodel.warm import compile_side_by_side

POLL = 0.1  # seconds between two reports of progress

Progress = Callable[[float, int], None]  # steps done in tasks (1.0 for a whole task), and tasks finished
Watch = Callable[[Engine], None]


RunOne = Callable[[Task, int, Watch], Run]  # runs one task in so many threads; `watch` is called after each step


class Halted(Exception):
    """A task was told to stop before its end."""


def run_task(task: Task, threads: int = 1, watch: Watch | None = None) -> Run:
    """One simulation from its start to its end. `watch` is called after each step."""
    begun = time.perf_counter()
    scenario = task.scenario
    engine = Engine(scenario, task.arm.contents(scenario), task.seed, threads=threads)
    compile_side_by_side(engine.calls)
    try:
        engine.run(watch=watch)
        return summarise(engine, task.arm.measures, scenario, task.draw, time.perf_counter() - begun)
    finally:
        engine.close()


class Team:
    """Threads that work through a list of tasks, and can be told to stop at the next step."""

    def __init__(self, tasks: Sequence[Task], threads: int, run: RunOne) -> None:
        self.tasks, self.threads, self.run = tasks, threads, run
        self.halt, self.warm = threading.Event(), threading.Event()
        self.share = [0.0] * len(tasks)

    def work(self, place: int) -> Run:
        """Run one task; every one but the first waits until the kernels are compiled."""
        if place:
            self.warm.wait()
        try:
            return self.run(self.tasks[place], self.threads, lambda engine: self.after_step(place, engine))
        finally:
            self.warm.set()

    def after_step(self, place: int, engine: Engine) -> None:
        """Note how far a task is, and stop it if the team was told to."""
        self.warm.set()
        self.share[place] = engine.step / engine.n_steps
        if self.halt.is_set():
            raise Halted


def execute(
    tasks: Sequence[Task],
    save: Callable[[Run], None],
    workers: int = 1,
    threads: int = 1,
    progress: Progress | None = None,
    run: RunOne | None = None,
) -> None:
    """Run every task, `workers` at a time, and `save` each run when it is finished, in this thread.

    An error or Ctrl-C stops the others at their next step, and is raised again; runs that were saved stay so.
    """
    team = Team(tasks, threads, run or run_task)
    finished = 0
    with ThreadPoolExecutor(max(1, workers)) as pool:
        every: list[Future[Run]] = [pool.submit(team.work, place) for place in range(len(tasks))]
        waiting = set(every)
        try:
            while waiting:
                done, waiting = wait(waiting, POLL, FIRST_COMPLETED)
                # Those that finish together are saved in the order of the tasks, and before an error is raised.
                for one in sorted(done, key=lambda one: (one.exception() is not None, every.index(one))):
                    save(one.result())
                    finished += 1
                if progress is not None:
                    progress(sum(team.share), finished)
        except BaseException:
            team.halt.set()
            team.warm.set()
            pool.shutdown(cancel_futures=True)
            raise
