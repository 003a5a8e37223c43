"""A short run of Cotonou with all four levers, for tests that need a process of their own.

As a script: `whole_run.py signatures` prints how many compiled signatures each kernel has after a run, alone and in two
threads; `whole_run.py record FILE` writes the record of a run to a .npy file.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from swmodel import codes
from swmodel.declare import Process
from swmodel.engine import Engine
from swmodel.interventions.enrolment import enrol_by_rate, enrol_to_coverage
from swmodel.model import CORE, INTERVENTIONS, contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target

SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
SEED = 12
EVERY: tuple[Process, ...] = (*CORE, *INTERVENTIONS.values(), enrol_by_rate, enrol_to_coverage)


def scenario(people: int, stop: int) -> Scenario:
    """Cotonou from 1985 with much HIV at the start, and each lever on everybody from 1985.5, by either way to enrol."""
    plain = load(SETTING, people=people, stop=stop)
    target = Target(codes.labels("group", plain.work_settings))
    ways = ({"coverage": 0.5}, {"uptake": 2.0, "dropout": 0.5})
    levers = tuple(
        Lever(name=kind, kind=kind, start=1985.5, stop=float(stop), target=target, **ways[k % 2])
        for k, kind in enumerate(sorted(INTERVENTIONS))
    )
    numbers = {"initial_prevalence": {"all": 0.2, "fsw": 0.5}, "sex_worker_share": {"all": 0.02}}
    return replace(plain, levers=levers, parameters={**plain.parameters, **numbers})


def record(people: int, stop: int, **options: int) -> Engine:
    """The engine after the run."""
    made = scenario(people, stop)
    return Engine(made, contents(made), SEED, **options).run()


def main(what: str, path: str = "") -> None:
    """Do what the command line asks."""
    if what == "record":
        np.save(path, record(500, 1988).record)
        return
    record(1000, 1987)
    record(1000, 1987, threads=2, chunk=64)
    print(json.dumps({process.name: [str(s) for s in process.kernel.signatures] for process in EVERY}))


if __name__ == "__main__":
    main(*sys.argv[1:])
