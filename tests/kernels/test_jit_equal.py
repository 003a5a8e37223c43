"""Plain Python and compiled code agree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kernels import whole_run


@pytest.mark.slow
@pytest.mark.parametrize("place", whole_run.PLACES)
def test_jit_equal(place: str, tmp_path: Path) -> None:
    """A run with every lever has the same record compiled and in plain Python, bit for bit. Exact.

    500 people, 36 steps, a fifth of them or more with HIV at the start; an overflow in plain Python is an error. Once
    with one place and women who sell sex; once with everything on: sites, occupations, trips, needles, men and trans
    women who sell sex; and once with a site where nobody is born, so that no man is to be met there.
    """
    records = []
    for name, disabled in (("compiled", "0"), ("plain", "1")):
        path = tmp_path / f"{name}.npy"
        command = [sys.executable, "-W", "error:overflow", whole_run.__file__, "record", place, str(path)]
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        records.append(np.load(path))
    compiled, plain = records
    assert compiled.shape == plain.shape and compiled.any()
    assert np.array_equal(compiled, plain)


def test_everything_happens() -> None:
    """In the run with everything on, every counter of the core counts something in some step. Exact; 500 people.

    Without this, two records could agree on what never happens.
    """
    engine = whole_run.run("everything", 500, 1988)
    counted = {name for name in engine.counters if engine.count(name).any()}
    assert set(engine.counters) - counted <= {"visits_lost"}
