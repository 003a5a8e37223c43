"""Kernels compiled on several cores before the first run, in folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swmodel import jit, warm

SCRIPT = """
from swmodel import jit, warm
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

scenario = load("{setting}", people=2000)
engine = Engine(scenario, contents(scenario), 1)
calls = [call for call in engine.calls if call.process.name in ("leave", "hiv_progression", "discordant_pairs")]
warm.workers = lambda: 2
warm.compile_side_by_side(calls)
for call in calls:
    kernel = call.process.kernel
    before = len(kernel.overloads)
    kernel.compile(jit.types_of(call.sample()))
    print(call.process.name, before, len(kernel.overloads), sum(kernel.stats.cache_hits.values()))
"""
SETTING = Path(__file__).parents[1] / "scenarios" / "settings" / "cotonou.yaml"


@pytest.mark.skipif(not jit.compiled(), reason="nothing is compiled")
def test_each_kernel_is_compiled_once(tmp_path: Path) -> None:
    """Of three kernels some are compiled here and the others elsewhere, from where the first call reads them. Exact."""
    script = tmp_path / "one.py"
    script.write_text(SCRIPT.format(setting=SETTING.as_posix()))
    done = subprocess.run([sys.executable, script], env={**os.environ, "SWMODEL_CACHE": str(tmp_path / "kept")},
                          capture_output=True, text=True, check=True)  # fmt: skip
    here = {"leave 1 1 0", "hiv_progression 1 1 0", "discordant_pairs 1 1 0"}
    found = set(done.stdout.splitlines())
    elsewhere = {line for line in found if line.endswith(" 0 1 1")}
    assert len(found) == 3 and elsewhere and found - elsewhere and found - elsewhere <= here


def test_parts_are_of_like_length() -> None:
    """No part is longer than another by more than the longest kernel, and nothing is lost. Exact."""
    names = ("partnerships", "seeking_partners")
    jobs: list[warm.Job] = [("swmodel.processes.partners", name, None) for name in names * 3]
    parts = warm.share_out(jobs, 2)
    lengths = [sum(len(warm.kernel_of(job).py_func.__code__.co_code) for job in part) for part in parts]
    longest = len(warm.kernel_of(jobs[0]).py_func.__code__.co_code)
    assert sorted(map(str, jobs)) == sorted(str(job) for part in parts for job in part)
    assert abs(lengths[0] - lengths[1]) <= longest


def test_nothing_is_done_where_it_would_not_help(monkeypatch: pytest.MonkeyPatch) -> None:
    """On one core, and where kernels were compiled before, no process is started. Exact."""
    monkeypatch.setattr(warm, "start", lambda *_: pytest.fail("started"))
    monkeypatch.setattr(warm, "workers", lambda: 1)
    warm.compile_side_by_side([])
    monkeypatch.setattr(warm, "workers", lambda: 2)
    monkeypatch.setattr(jit, "is_warm", lambda: True)
    warm.compile_side_by_side([])
