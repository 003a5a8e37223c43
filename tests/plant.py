"""Plant small bugs and see the tests fail: `python tests/plant.py [NAME ...]`, or `make plant`.

Each entry of tests/planted/*.yaml names a file of the package, a text in it, what to put in its place, and the tests
that must notice. The package is copied for each, so nothing here is changed. Prints a line a bug; exit code 1 if any
went unnoticed. It takes minutes, since every bug compiles the kernels anew, and is run when tests or kernels change.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

TESTS = Path(__file__).parent
SOURCES = TESTS.parent / "src"
FAILED, NOTHING_RAN = 1, (4, 5)  # exit codes of pytest; below zero, a crash


def entries() -> list[dict[str, Any]]:
    """Every planted bug: name, cases, file, text, instead, tests."""
    found = []
    for path in sorted((TESTS / "planted").glob("*.yaml")):
        found += yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def planted(entry: dict[str, Any], folder: Path) -> Path:
    """A copy of the package with the bug in it. Raises ValueError if the text does not stand there exactly once."""
    copy = folder / "src"
    shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "swmodel" / entry["file"]
    source = path.read_text(encoding="utf-8")
    if source.count(entry["text"]) != 1:
        raise ValueError(f"{entry['name']}: the text stands {source.count(entry['text'])} times in {entry['file']}")
    path.write_text(source.replace(entry["text"], entry["instead"]), encoding="utf-8")
    return copy


def noticed(entry: dict[str, Any]) -> bool:
    """True if the tests fail with the bug. Raises ValueError if no test ran."""
    with tempfile.TemporaryDirectory() as folder:
        copy = planted(entry, Path(folder))
        environment = {**os.environ, "PYTHONPATH": str(copy), "SWMODEL_CACHE": folder}
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *entry["tests"].split()]
        run = subprocess.run(command, cwd=TESTS.parent, env=environment, capture_output=True, text=True, check=False)
    if run.returncode in NOTHING_RAN:
        raise ValueError(f"{entry['name']}: no test ran:\n{run.stdout[-2000:]}")
    return run.returncode == FAILED or run.returncode < 0


def main(names: list[str]) -> int:
    """Plant every bug, or those named."""
    missed = 0
    for entry in entries():
        if names and entry["name"] not in names:
            continue
        seen = noticed(entry)
        missed += not seen
        print(f"{'noticed  ' if seen else 'UNNOTICED'}  case {entry['cases']}: {entry['name']}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
