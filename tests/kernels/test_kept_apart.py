"""Two processes that compile overloads of one function at the same time keep files that belong together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from swmodel import jit

# Numba keeps the list of a function's overloads, then the code of the one that is new. Here the second process has read
# the list before the first wrote it, and keeps all of its own between the first's list and the first's code.
RACE = """
import importlib.util, sys
import numba
from swmodel import jit

numba.config.CACHE_DIR = {folder!r}
def load(process):
    spec = importlib.util.spec_from_file_location("doubling", {source!r})
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return jit.kept_apart(numba.njit(cache=True)(module.doubled), process)

one, other, after = load({one!r}), load({other!r}), load("after")
files, theirs = one._cache._cache_file, other._cache._cache_file
list_it = files._save_index
def in_between(overloads):
    list_it(overloads)
    theirs._load_index = dict
    other(2.5)
files._save_index = in_between
one(3)
print(after(2.5), after.stats.cache_hits)
"""


def race(tmp_path: Path, one: str, other: str) -> subprocess.CompletedProcess[str]:
    """What a third process finds after two have compiled for a whole number and for a fraction."""
    tmp_path.mkdir(exist_ok=True)
    source = tmp_path / "doubling.py"
    source.write_text("def doubled(x):\n    return x + x\n", encoding="utf-8")
    script = RACE.format(folder=str(tmp_path / "kept"), source=str(source), one=one, other=other)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.skipif(not jit.compiled(), reason="nothing is compiled")
def test_lists_name_their_own_code(tmp_path: Path) -> None:
    """A third process gets what was compiled for its types, 2 x 2.5 = 5. Exact.

    With one name for both processes, as Numba has it, the list of the second names the code of the first: shown by the
    same race with equal names, in which the third process does not find 5.
    """
    apart, alike = race(tmp_path / "apart", "one", "other"), race(tmp_path / "alike", "same", "same")
    assert apart.stdout.startswith("5.0"), apart.stderr
    assert not alike.stdout.startswith("5.0")
