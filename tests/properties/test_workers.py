"""The same results however the work is divided: workers, threads, chunks, and a study that was cut and resumed."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swmodel as sw
from swmodel.engine import Engine
from swmodel.extend import load_file
from swmodel.model import contents
from swmodel.results import Run
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.study import executor, run_study
from swmodel.study.plan import Study, Task, read_arm
from swmodel.study.store import Store

ROOT = Path(__file__).parents[2]
SETTING = ROOT / "scenarios" / "settings" / "cotonou.yaml"
PLACE = Path(__file__).parent / "place.yaml"  # two sites, occupations, visitors, men and trans women, needles
GOSSIP = ROOT / "docs" / "examples" / "gossip.py"
SEED = 61
SEEDS = (62, 63, 64)
DRAWS = ({}, {"condom_efficacy": 0.6, "age_gap": 3.0})
TABLES = ("results.csv", "results.parquet", "comparison.csv")


@cache
def scenarios() -> tuple[Scenario, ...]:
    """Cotonou with 1,000 people to 1989 and more sex work and HIV; without and with two levers; with an extension."""
    base = load(SETTING, people=1000, stop=1989)
    changed = {"initial_prevalence": 0.1, "sex_worker_share": 0.01, "tests_per_year": 0.5, "risk_per_act": 0.003}
    base = replace(base, name="base", parameters={**base.parameters, **changed})
    target = Target(base.layout.group_names)
    prep = Lever("prep", "oral_prep", 1987.0, 1989.0, target, uptake=2.0, dropout=0.5)
    condoms = Lever("condoms", "condom_programme", 1986.5, 1988.5, target, coverage={1987: 0.0, 1988: 0.8})
    levers = replace(base, name="levers", levers=(prep, condoms))
    return base, levers, replace(base, name="gossip", extensions=(str(GOSSIP),))


def study() -> Study:
    """3 scenarios x 2 draws x 3 seeds: 18 tasks."""
    return Study(tuple(read_arm(one) for one in scenarios()), SEEDS, DRAWS)


def compared(folder: Path, workers: int, **options: Any) -> sw.Comparison:
    """The study in a folder, by the public function."""
    return sw.compare(scenarios(), seeds=SEEDS, draws=DRAWS, workers=workers, out=folder, **options)


def tables(folder: Path) -> dict[str, bytes]:
    """The tables that a study wrote."""
    return {name: (folder / name).read_bytes() for name in TABLES if (folder / name).exists()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The tables of the study run by one worker, without a cut."""
    folder = tmp_path_factory.mktemp("whole")
    compared(folder, 1)
    return tables(folder)


@pytest.mark.case("38")
@pytest.mark.parametrize("workers", [2, 5])
def test_workers(workers: int, whole: dict[str, bytes], tmp_path: Path) -> None:
    """Tables of results and of the comparison are the same bytes for 1, 2 and 5 workers. Exact; 18 tasks, 48 steps."""
    compared(tmp_path, workers)
    assert {"results.csv", "comparison.csv"} <= set(whole)
    assert tables(tmp_path) == whole
    assert len(set(whole["results.csv"].splitlines())) > 10_000


@pytest.mark.case("38")
def test_the_order_of_tasks(whole: dict[str, bytes], tmp_path: Path) -> None:
    """Each task by itself, last first, gives what it gave among others: nothing is carried over. Exact; 18 tasks."""
    together = Store(tmp_path, study())
    for task in reversed(together.open()):
        together.save(executor.run_task(task))
    together.finish()
    assert (tmp_path / "results.csv").read_bytes() == whole["results.csv"]


@pytest.mark.case("38")
@pytest.mark.parametrize("finished", [1, 7, 17])
def test_cut_and_resumed(
    finished: int, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A study stopped by Ctrl-C after some tasks, with a part cut off, and resumed by two workers: the same bytes.

    Exact; 18 tasks, of which 1, 7 or 17 were finished; those are not run again.
    """
    saved: list[tuple[str, int, int]] = []
    save, run_task = Store.save, executor.run_task

    def stopped(store: Store, run: Run) -> None:
        if len(saved) == finished:
            raise KeyboardInterrupt
        saved.append(run.key)
        save(store, run)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Store, "save", stopped)
        compared(tmp_path, 2)
    assert len(list((tmp_path / "parts").glob("*.npz"))) == finished and tables(tmp_path) == {}
    (tmp_path / "parts" / ".levers-0-63.npz.part").write_bytes(b"cut off in the middle")

    again: list[tuple[str, int, int]] = []

    def noted(task: Task, *options: Any) -> Run:
        again.append(task.key)
        return run_task(task, *options)

    monkeypatch.setattr(executor, "run_task", noted)
    compared(tmp_path, 2, resume=True)
    assert len(again) == 18 - finished and not set(again) & set(saved)
    assert tables(tmp_path) == whole
    assert json.loads((tmp_path / "run.json").read_text())["finished"]


def test_a_finished_study_is_not_run_again(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resuming a finished study runs nothing and leaves its tables as they are. Exact; 18 tasks."""
    run_study(study(), store=Store(tmp_path, study()))
    monkeypatch.setattr(executor, "run_task", lambda *_: pytest.fail("a task was run again"))
    compared(tmp_path, 2, resume=True)
    assert tables(tmp_path) == whole


# --- threads, chunks and steps within one run ------------------------------------------------------------------------


@cache
def large(path: Path) -> Scenario:
    """10,000 people for a year, with all levers and the example; Cotonou with more sex work and HIV than it had."""
    base = load(path, people=10_000)
    base = replace(base, stop=base.start + 1.0)
    changed: dict[str, float] = {}
    if path == SETTING:
        changed = {"initial_prevalence": 0.1, "sex_worker_share": 0.15, "immigrant_share": 0.2, "client_share": 0.5,
                   "tests_per_year": 0.5, "art_rate": 4.0, "eligible_from": 1.0, "risk_per_act": 0.003}  # fmt: skip
    target = Target(base.layout.group_names)
    rates = {"uptake": 2.0, "dropout": 0.5}
    ways: dict[str, dict[str, Any]] = {
        "condom_programme": {"coverage": 0.6},
        "testing_outreach": rates,
        "art_support": rates,
        "oral_prep": {"coverage": {base.start: 0.0, base.stop: 0.5}},
    }
    levers = tuple(Lever(kind, kind, base.start + 0.25, base.stop, target, **way) for kind, way in ways.items())
    return replace(base, parameters={**base.parameters, **changed}, levers=levers)


def run_of(step: float, path: Path, **options: Any) -> Engine:
    """The large scenario with a time step, to its end."""
    scenario = replace(large(path), step=step)
    engine = Engine(scenario, contents(scenario, (load_file(GOSSIP),)), SEED, **options)
    try:
        return engine.run()
    finally:
        if engine.pool is not None:
            engine.pool.shutdown()


@cache
def alone(step: float, path: Path = SETTING) -> Engine:
    """One thread."""
    return run_of(step, path)


@pytest.mark.case("38")
@pytest.mark.parametrize("step", [1 / 12, 1 / 48], ids=["month", "week"])
@pytest.mark.parametrize("chunk", [64, 1000, 4096])
@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize("path", [SETTING, PLACE], ids=lambda path: path.stem)
def test_threads_and_chunks(threads: int, chunk: int, step: float, path: Path) -> None:
    """Threads and chunks change no counter at any step, and no bit of the state, with levers and an extension.

    Exact; 10,000 people, 12 or 48 steps; rolls of workers and clients are long enough to be cut up.
    """
    run, base = run_of(step, path, threads=threads, chunk=chunk), alone(step, path)
    assert np.array_equal(run.record, base.record)
    for ours, theirs in ((run.people, base.people), (run.pairs, base.pairs)):
        assert all(
            a.tobytes() == b.tobytes() for a, b in zip(ours.frozen().values(), theirs.frozen().values(), strict=True)
        )


def test_threads_had_something_to_divide() -> None:
    """In the runs above, chunks of 64 and 1,000 divide the rolls too, and those of 4,096 both tables. Exact; n = 1."""
    run = alone(1 / 12)
    sizes = {name: len(rows) for name, rows in run.rolls.items()}
    assert min(run.people.n, run.pairs.n) >= 2 * 4096
    assert (
        min(sizes["clients"], sizes["infected"]) > 2000 and sizes["discordant"] > 2 * 64 and sizes["exposed"] > 2 * 64
    )
    assert run.count("infections").sum() > 50 and run.count("art_starts").sum() > 50
