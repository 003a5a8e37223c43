"""Points of a calibration on the workers of a Dask cluster, with the same numbers as here.

A worker is sent words and numbers alone: which file, and one draw. It reads the calibration itself, from a disk that
all of them share, and makes sure that it means there what it means here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from swmodel.calibrate.folder import fingerprint
from swmodel.calibrate.priors import Draw
from swmodel.calibrate.read import Calibration, read_calibration
from swmodel.calibrate.simulate import Point, Simulator
from swmodel.study.executor import Progress
from swmodel.study.plan import StudyError

ANSWER = 20  # seconds in which a scheduler has to answer
Meaning = tuple[tuple[str, str], ...]  # the digests of a calibration, by what a message calls them


def run_there(path: str, until: float, people: int, meant: Meaning, number: int, draw: Draw) -> Point:
    """On a worker: run one point. Raises StudyError if its files or version are not those of whoever asks."""
    simulator = simulator_of(path, until, people, meant)
    return simulator.run(simulator.task(number, draw), 1, lambda engine: None)


@lru_cache(maxsize=1)
def simulator_of(path: str, until: float, people: int, meant: Meaning) -> Simulator:
    """The simulator of a calibration file on a worker; read once, and again when it is meant to say something else."""
    calibration = read_calibration(path, until, people=people)
    found = fingerprint(calibration)
    differs = [name for name, value in meant if found.get(name) != value]
    if differs:
        raise StudyError(f"a worker of the cluster reads {path} differently; what differs: {', '.join(differs)}")
    return Simulator(calibration)


class Cluster:
    """The workers of a Dask scheduler at an address, such as tcp://10.0.0.5:8786. Raises StudyError."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise StudyError("--scheduler needs Dask: pip install 'swmodel[cluster]'") from None
        try:
            self.client = Client(address, timeout=ANSWER, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudyError(f"no Dask scheduler answers at {address}: {error}") from None
        if not self.client.scheduler_info()["workers"]:
            self.client.close()
            raise StudyError(f"the Dask scheduler at {address} has no workers; start some with `dask worker {address}`")

    def __call__(self, calibration: Calibration, points: Sequence[tuple[int, Draw]], save: Callable[[Any], None],
                 progress: Progress) -> None:  # fmt: skip
        """Run every point, and save each as it comes. An error or Ctrl-C calls off the others, and is raised again."""
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        path, meant = str(Path(calibration.path).resolve()), tuple(fingerprint(calibration).items())
        common = (path, calibration.until, calibration.arm.scenario.people, meant)
        futures = [self.client.submit(run_there, *common, *point, pure=False) for point in points]
        try:
            with self.client.as_current():
                for finished, future in enumerate(as_completed(futures), 1):
                    save(future.result())
                    progress(float(finished), finished)
        except KilledWorker as error:
            raise StudyError(f"a run ended its worker again and again: {error}") from None
        finally:
            self.client.cancel(futures)

    def close(self) -> None:
        """Leave the cluster as it is."""
        self.client.close()
