"""Nothing is compiled twice."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from kernels import whole_run
from swmodel.jit import compiled


@pytest.mark.slow
@pytest.mark.skipif(not compiled(), reason="NUMBA_DISABLE_JIT is set")
def test_one_signature() -> None:
    """After a run with everything on, alone and in two threads, each kernel has one compiled signature. Exact.

    Two sites, every lever, 1,000 people, 24 steps; in a process of its own, as other tests may call kernels with
    other types.
    """
    command = [sys.executable, whole_run.__file__, "signatures"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    signatures = json.loads(done.stdout)
    assert set(signatures) == {process.name for process in whole_run.EVERY}
    assert {name: found for name, found in signatures.items() if len(found) != 1} == {}
