"""Compile the kernels of a run on every core, once on a machine.

Numba compiles one function at a time in a process, so other processes compile a share of the kernels into folders of
their own, from which they are moved to where Numba looks. Numba's own files cannot be written by two at once.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from swmodel import jit

Job = tuple[str, str, Any]  # module and name of the process, and the types of its kernel's arguments
MOST = 4  # processes; each loads Numba and compiles the helpers again


def compile_side_by_side(calls: Iterable[Any]) -> None:
    """Compile the kernels of all bound calls, if none was ever compiled on this machine and there are several cores.

    What cannot be compiled here is left to its first call, which says what is wrong.
    """
    if workers() < 2 or not jit.compiled() or jit.is_warm():
        return
    found = [job_of(call) for call in calls if call.active.any()]
    jobs = {job[:2]: job for job in found if job[0].startswith("swmodel.")}  # an extension's file may be anywhere
    mine, *others = share_out(list(jobs.values()), workers())
    with tempfile.TemporaryDirectory() as folder:
        helpers = [start(Path(folder, str(k)), jobs) for k, jobs in enumerate(others)]
        try:
            compile_here(mine)
            for helper in helpers:
                helper.wait()
        finally:
            for helper in helpers:
                helper.kill()
        keep(Path(folder), {name for part in others for _, name, _ in part})


def workers() -> int:
    """How many processes compile."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, cores)


def job_of(call: Any) -> Job:
    """What to compile for one bound call."""
    function = call.process.kernel.py_func
    return function.__module__, function.__name__, jit.types_of(call.sample())


def share_out(jobs: list[Job], count: int) -> list[list[Job]]:
    """The jobs in `count` parts of about the same length of code."""

    def length(job: Job) -> int:
        return len(kernel_of(job).py_func.__code__.co_code)

    parts: list[list[Job]] = [[] for _ in range(count)]
    for job in sorted(jobs, key=length, reverse=True):
        min(parts, key=lambda part: sum(map(length, part))).append(job)
    return parts


def kernel_of(job: Job) -> Any:
    """The kernel of a job."""
    return getattr(importlib.import_module(job[0]), job[1]).kernel


def start(folder: Path, jobs: Sequence[Job]) -> subprocess.Popen[bytes]:
    """Another process that compiles jobs, and keeps the kernels in `folder`."""
    environment = {**os.environ, "SWMODEL_CACHE": str(folder)}
    helper = subprocess.Popen(
        [sys.executable, "-m", "swmodel.warm"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert helper.stdin is not None
    with helper.stdin as pipe:
        pickle.dump(list(jobs), pipe)
    return helper


def compile_here(jobs: Iterable[Job]) -> None:
    """Compile jobs one after the other."""
    for job in jobs:
        with contextlib.suppress(*jit.READONLY_ERRORS):
            kernel_of(job).compile(job[2])


def keep(folder: Path, names: set[str]) -> None:
    """Move the files of the kernels named from `folder` to where Numba looks: code first, then the list of it."""
    for ending in (".nbc", ".nbi"):
        for path in folder.rglob(f"*{ending}"):
            if path.name.partition("-")[0].rpartition(".")[2] in names:
                place = jit.CACHE / path.parent.name
                place.mkdir(exist_ok=True)
                with contextlib.suppress(OSError):
                    path.replace(place / path.name)


if __name__ == "__main__":
    compile_here(pickle.load(sys.stdin.buffer))
