"""A real Ctrl-C in a real process, and what the user sees while a long study runs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import swmodel
import toy
from swmodel import jit
from swmodel.cli import progress

PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background job may ignore it
    "import toy; toy.install()\n"
    "from swmodel.cli import main; main(prog_name='swmodel')"
)
PEOPLE = "300000" if jit.compiled() else "300"  # so that a run takes some tenths of a second
LINE = ["run", "toy.yaml", "--people", PEOPLE, "--seeds", "60", "--workers", "2", "--no-charts", "--out", "out"]
PATIENCE = 120.0  # seconds for the first runs, compilation included
RUNS = 60


def test_ctrl_c(town: Path) -> None:
    """The finished runs are kept and counted, the exit code is 1, and there is no traceback."""
    folders = [str(Path(module.__file__ or "").parent) for module in (toy, swmodel)]
    path = os.pathsep.join([folders[0], str(Path(folders[1]).parent)])
    command = [sys.executable, "-c", PROGRAM, *LINE]
    with subprocess.Popen(
        command, cwd=town, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not list(town.glob("out/parts/*.npz")) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE)
    kept = len(list(town.glob("out/parts/*.npz")))
    assert 0 < kept < RUNS
    assert process.returncode == 1
    assert output == ""
    message = f"Error: stopped; {kept} of {RUNS} runs finished and kept in out; give the same command with --resume"
    assert errors.splitlines()[-1].startswith(message)
    assert "Traceback" not in errors
    assert not list(town.glob("out/parts/.*"))


def test_plain_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is no terminal: a line for every tenth, none before two seconds, none at all if quiet."""
    with progress.ProgressLine(4, quiet=False) as shown:
        shown(1.0, 1)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    for quiet in (True, False):
        with progress.ProgressLine(4, quiet) as shown:
            for share in (0.1, 0.5, 0.6, 1.3, 4.0):
                shown(share, int(share))
    assert capsys.readouterr().err.splitlines() == [
        "10 % done, 0 of 4 runs finished", "30 % done, 1 of 4 runs finished", "100 % done, 4 of 4 runs finished",
    ]  # fmt: skip


def test_bar(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal: a bar with the number of runs."""
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.ProgressLine(1, quiet=False) as shown:
        shown(0.5, 0)
        shown(1.0, 1)
    assert "1 of 1 run finished" in capsys.readouterr().err
