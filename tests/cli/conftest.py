"""Commands run in this process on the toy model; charts are drawn as one small file."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import swmodel
import toy
from swmodel import charts, jit
from swmodel.cli import main, progress

HERE = Path(__file__).parent


def draw(out: Path, *_: Any) -> list[Path]:
    """Stand in for the charts."""
    (out / "charts").mkdir(parents=True, exist_ok=True)
    (out / "charts" / "chart.svg").write_text("<svg/>", encoding="utf-8")
    return [out / "charts" / "chart.svg"]


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the toy's scenario files, as the current one; the toy stands in for the model."""
    monkeypatch.setitem(sys.modules, "swmodel.model", toy.module())
    monkeypatch.setattr(swmodel, "model", toy.module(), raising=False)
    for name in ("draw_run", "draw_comparison"):
        monkeypatch.setattr(charts, name, draw, raising=False)
    monkeypatch.setattr(jit, "is_warm", lambda: True)
    monkeypatch.setattr(progress, "PATIENCE", 1e9)  # or the first test, which compiles, would show progress
    shutil.copytree(HERE / "files", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command() -> Callable[..., str]:
    """Run a command; what a user sees, with the exit code: what was typed, both outputs, the code."""

    def typed(line: str) -> str:
        line = line.strip()
        result = CliRunner().invoke(main, shlex.split(line), prog_name="swmodel")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        output = re.sub(r"[ \t]+$", "", result.output, flags=re.MULTILINE)
        return f"$ swmodel {line}\n{output}[exit code {result.exit_code}]\n"

    return typed
