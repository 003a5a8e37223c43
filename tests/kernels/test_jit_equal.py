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
def test_jit_equal(tmp_path: Path) -> None:
    """A run with all four levers has the same record compiled and in plain Python, bit for bit. Exact.

    500 people, 36 steps, a fifth of them with HIV at the start; an overflow in plain Python is an error.
    """
    records = []
    for name, disabled in (("compiled", "0"), ("plain", "1")):
        path = tmp_path / f"{name}.npy"
        command = [sys.executable, "-W", "error:overflow", whole_run.__file__, "record", str(path)]
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr
        records.append(np.load(path))
    compiled, plain = records
    assert compiled.shape == plain.shape and compiled.any()
    assert np.array_equal(compiled, plain)
