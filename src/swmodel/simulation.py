"""One simulation from Python: `sw.Sim("scenarios/settings/cotonou.yaml", people=5000).run().to_df()`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from swmodel.results import Results
from swmodel.scenario.spec import Scenario
from swmodel.study.executor import Watch, run_task
from swmodel.study.plan import Study, read_arm


class Sim:
    """One run of a scenario, from its file or from a Scenario.

    Keyword arguments go over the scenario's own values: `people` at the start, the `seed`, the year to `stop` at.
    `threads` divide the work of one step without changing any result. `extensions` are paths of Python files (or
    `swmodel.extend.Extension`) beside those that the scenario names. Raises ScenarioError, with every problem of the
    file.
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        people: int | None = None,
        seed: int | None = None,
        stop: float | None = None,
        threads: int = 1,
        extensions: Sequence[Any] = (),
    ) -> None:
        arm = read_arm(scenario, extensions, people=people, seed=seed, stop=stop)
        self.study = Study((arm,), (arm.scenario.seed,))
        self.threads = threads

    @property
    def scenario(self) -> Scenario:
        """The scenario as it will be run."""
        return self.study.arms[0].scenario

    def run(self, watch: Watch | None = None) -> Results:
        """Run to the end and return the results. `watch(engine)` is called after each step."""
        task = self.study.tasks[0]
        return Results((run_task(task, self.threads, watch),), {self.scenario.name: self.scenario})
