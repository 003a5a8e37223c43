"""A folder of results: finished runs as parts, merged at the end; a killed study leaves whole parts, or none.

results.csv, results.parquet   every value (swmodel.results)
run.json                       the record (swmodel.study.record)
parts/SCENARIO-DRAW-SEED.npz   one finished run each, until all of them are merged
charts/                        drawn by the command line
"""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from swmodel.results import Results, Run, read_csv, whole_file, write_csv, write_parquet
from swmodel.scenario.spec import Scenario
from swmodel.study import record as records
from swmodel.study.plan import Study, Task

TABLE, PARQUET, COMPARISON, RECORD = "results.csv", "results.parquet", "comparison.csv", "run.json"
PARTS, CHARTS = "parts", "charts"
OWN = (TABLE, PARQUET, COMPARISON, RECORD)  # files that a study may write, and so may replace
INDENT = 1  # of run.json


class OutputError(Exception):
    """A file cannot be written; the message says which, why, and what to do, on one line."""


class FolderError(Exception):
    """The folder named is not the one that is needed: it holds another run, or no finished one."""


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into one line that says what to do."""
    try:
        yield
    except OSError as error:
        where = error.filename or folder
        why = error.strerror or str(error)
        hint = "; free some space, then go on with --resume" if error.errno == errno.ENOSPC else ""
        raise OutputError(f"cannot write {where}: {why[0].lower()}{why[1:]}{hint}") from error


class Store:
    """The folder of one study. `open` it before running, `save` each run, `finish` when all are there."""

    def __init__(self, folder: str | Path, study: Study) -> None:
        self.folder, self.study = Path(folder), study
        self.record: dict[str, Any] = {}

    def open(self, resume: bool = False, overwrite: bool = False) -> list[Task]:
        """The tasks that are still to be run. Raises FolderError if the folder holds another run."""
        with told(self.folder):
            if overwrite:
                self.clear()
            saved = self.claim(resume)
            if saved is None:
                self.record = records.record(self.study, datetime.now(UTC).isoformat(timespec="seconds"))
                (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
                self.write_record()
            else:
                self.record = saved
            if self.finished:
                return []
            (self.folder / PARTS).mkdir(parents=True, exist_ok=True)
            return [task for task in self.study.tasks if not self.part(task.key).exists()]

    @property
    def finished(self) -> bool:
        """True once the results of the whole study are in the folder."""
        return bool(self.record.get("finished"))

    def claim(self, resume: bool) -> dict[str, Any] | None:
        """The record of an earlier run of the same study, finished or not; None if the folder is free."""
        if not (self.folder / RECORD).exists():
            if (self.folder / TABLE).exists() or (self.folder / PARTS).exists():
                raise FolderError(f"{self.folder} holds results without a {RECORD}; name another folder with --out")
            return None
        saved = read_record(self.folder)
        if not saved.get("finished") and not any((self.folder / PARTS).glob("*.npz")):
            return None  # nothing would be lost: it was stopped, or failed, before its first run was finished
        differs = records.difference(saved.get("fingerprint", {}), records.fingerprint(self.study))
        if differs:
            ways = "name another folder with --out, or replace it with --overwrite"
            raise FolderError(f"{self.folder} holds another run; what differs: {differs}; {ways}")
        if not resume:
            state, use = ("finished", "keep it") if saved.get("finished") else ("not finished", "go on")
            ways = f"{use} with --resume, replace it with --overwrite, or name another folder with --out"
            raise FolderError(f"{self.folder} holds this run already, {state}; {ways}")
        return saved

    def clear(self) -> None:
        """Remove what an earlier study left; anything else in the folder stays."""
        for name in OWN:
            (self.folder / name).unlink(missing_ok=True)
        for name in (PARTS, CHARTS):
            if (self.folder / name).is_dir():
                shutil.rmtree(self.folder / name)

    def part(self, key: tuple[str, int, int]) -> Path:
        """The file of one finished run."""
        scenario, draw, seed = key
        return self.folder / PARTS / f"{scenario}-{draw}-{seed}.npz"

    def save(self, run: Run) -> None:
        """Keep one finished run."""
        path = self.part(run.key)
        with told(path), whole_file(path) as temporary, temporary.open("wb") as f:
            np.savez(
                f, years=np.array(run.years), values=run.values, seconds=np.array(run.seconds),
                cells=np.array(run.cells, str).reshape(-1, 2),
            )  # fmt: skip

    def load(self, key: tuple[str, int, int]) -> Run:
        """One finished run back."""
        with np.load(self.part(key)) as saved:
            cells = tuple((str(measure), str(group)) for measure, group in saved["cells"])
            years = tuple(int(year) for year in saved["years"])
            return Run(*key, years, cells, saved["values"], float(saved["seconds"]))

    def kept(self) -> int:
        """How many runs are finished and in the folder."""
        return sum(self.part(task.key).exists() for task in self.study.tasks)

    def finish(self) -> Results:
        """Merge the parts into the results, complete the record, and remove the parts; or read what is there."""
        scenarios = {arm.name: arm.scenario for arm in self.study.arms}
        if not self.finished:
            results = Results(tuple(self.load(task.key) for task in self.study.tasks), scenarios, self.study.draws)
            with told(self.folder):
                write_csv(results, self.folder / TABLE)
                write_parquet(results, self.folder / PARQUET)
                self.record["runs"] = [
                    {"scenario": run.scenario, "draw": run.draw, "seed": run.seed, "seconds": round(run.seconds, 3)}
                    for run in results.runs
                ]
                self.record["finished"] = True
                self.write_record()
        else:
            results = read_csv(self.folder / TABLE, scenarios, self.study.draws)
        with told(self.folder):
            shutil.rmtree(self.folder / PARTS, ignore_errors=True)
        return results

    def write_record(self) -> None:
        """Write run.json."""
        with whole_file(self.folder / RECORD) as temporary:
            text = json.dumps(self.record, indent=INDENT, ensure_ascii=False, allow_nan=False)
            temporary.write_text(text + "\n", encoding="utf-8")


def read_record(folder: Path) -> dict[str, Any]:
    """The run.json of a folder. Raises FolderError."""
    path = folder / RECORD
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise FolderError(f"{folder} holds no results: there is no {path}") from None
    except ValueError as error:
        raise FolderError(f"{path} cannot be read: {error}") from None
    if not isinstance(saved, dict) or saved.get("format") != records.FORMAT:
        raise FolderError(f"{path} was written by another version of swmodel")
    return saved


def read_folder(folder: str | Path) -> Results:
    """The results in a finished folder, with the scenarios as they were run. Raises FolderError."""
    folder = Path(folder)
    saved = read_record(folder)
    if not saved.get("finished"):
        raise FolderError(f"the run in {folder} is not finished; go on with it first, with --resume")
    try:
        scenarios: dict[str, Scenario] = {
            name: records.restored(one["resolved"]) for name, one in saved["scenarios"].items()
        }
        return read_csv(folder / TABLE, scenarios, [records.from_plain(draw) for draw in saved["draws"]])
    except OSError:
        raise FolderError(f"{folder / TABLE} cannot be read") from None
    except (KeyError, TypeError, ValueError) as error:
        raise FolderError(f"the files in {folder} are damaged: {error}") from None
