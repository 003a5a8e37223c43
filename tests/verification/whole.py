"""Runs of the whole model in which nothing happens but what a test asks for: no deaths, no growth, no pairs, no HIV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
START, MONTH, WEEK = 2000.0, 1.0 / 12, 1.0 / 52
QUIET = {
    "growth_rate": 0.0, "background_mortality": 0.0, "hiv_mortality": 0.0, "leave_age": 100.0,
    "sex_worker_share": 0.0, "leave_sex_work": 0.0, "immigrant_share": 0.0, "client_share": 0.0, "stop_buying": 0.0,
    "client_visits": 0.0, "steady_rate": 0.0, "casual_rate": 0.0, "steady_at_start": 0.0, "tests_per_year": 0.0,
    "symptomatic_testing": 0.0, "start_hiv": 1.0, "start_diagnosed": 1.0, "leave_hiv": 1.0, "initial_prevalence": 0.0,
    "immigrant_prevalence": 0.0, "polygynous_share": 0.0, "male_activity": 1.0, "casual_limit": 100.0,
}  # fmt: skip


def begin(seed: int, people: int, years: float, step: float = MONTH, **given: Any) -> Engine:
    """An engine that has not run; `given` has fields of the scenario (sites, work_settings, ...) and parameters."""
    fields = {name: given.pop(name) for name in ("sites", "occupations", "work_settings", "workers", "pair_kinds",
                                                 "levers", "groups") if name in given}  # fmt: skip
    fields = {"work_settings": ("street",), "groups": {}, "levers": ()} | fields
    scenario = replace(load(SETTING), start=START, stop=START + years, step=step, people=people,
                       parameters=QUIET | given, **fields)  # fmt: skip
    return Engine(scenario, contents(scenario), seed)


def steps(run: Engine, stop: int | None = None) -> Iterator[int]:
    """Advance step by step; gives the number of each step once it is over."""
    while run.step < (run.n_steps if stop is None else stop):
        run.advance()
        yield run.step - 1


def rows(run: Engine, *names: str) -> list[np.ndarray]:
    """Attributes of every row of people that was ever in use."""
    return [run.people.arrays[name][: run.people.n] for name in names]


def of_pairs(run: Engine, *names: str) -> list[np.ndarray]:
    """Attributes of every row of pairs that was ever in use."""
    return [run.pairs.arrays[name][: run.pairs.n] for name in names]


def groups(run: Engine, *labels: str) -> list[np.ndarray]:
    """For each label, whether each group is named by it; shape (groups,), bool."""
    return [np.isin(np.arange(len(run.layout.groups)), list(run.layout.members(label) or ())) for label in labels]


class Look:
    """Something to look at in mid-step, put before a process; the engine calls it like one."""

    def __init__(self, run: Engine, before: str, look: Callable[[Engine], None]) -> None:
        self.active, self.run = np.ones(run.n_steps, np.bool_), look
        run.calls.insert([call.process.name for call in run.calls].index(before), self)
