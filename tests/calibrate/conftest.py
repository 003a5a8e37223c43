"""A toy town and its calibration, for tests that read and fit; the toy stands in for the model where asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import swmodel
import toy
from swmodel import jit

TOWN = """\
title: A toy town
simulation: {start: 2000, stop: 2006, step: 1 month, people: 500, seeds: 3}
work_settings: [street, venue]
groups: {sellers_and_buyers: [fsw, clients]}
parameters:
  transmission:
    infection_rate:
      fsw: {2000: 0.3 per year, 2004: 0.1 per year}
      clients: 0.1 per year
      all: 0.05 per year
surveys:
  - {measure: prevalence, group: fsw, year: 2002, estimate: 0.45, n: 200}
  - {measure: prevalence, group: fsw, year: 2005, low: 0.5, high: 0.7}
  - {measure: prevalence, group: clients, year: 2003, estimate: 0.3, n: 150, design_effect: 1.5}
  - {measure: prevalence, group: clients, year: 2005, estimate: 0.4, low: 0.3, high: 0.5}
"""
PARTS = {
    "title": "title: A toy fit",
    "scenario": "scenario: town.yaml",
    "simulation": "simulation: {people: 200, seed: 5}",
    "priors": "priors:\n"
    "  workers: {of: transmission.infection_rate, labels: [fsw], years: [2000], from: 0.1 per year, to: 0.8 per year}\n"
    "  buyers: {of: transmission.infection_rate, labels: [clients], factor: true, from: 0.3, to: 3, form: log_uniform}",
    "targets": "targets:\n  - {measure: prevalence, group: fsw, spread: 0.1}\n  - {measure: prevalence}",
    "search": "search: {first: 48, batch: 24, repeats: 8, most: 2, wanted: 60, draws: 40, check: 16}",
}


@pytest.fixture
def toy_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy in the place of the model."""
    monkeypatch.setitem(sys.modules, "swmodel.model", toy.module())
    monkeypatch.setattr(swmodel, "model", toy.module(), raising=False)
    monkeypatch.setattr(jit, "is_warm", lambda: True)  # the kernels of the real model are not asked for


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toy_model: None) -> Write:
    """Write the toy town's files into the current folder: parts of the calibration replaced, surveys added."""
    monkeypatch.chdir(tmp_path)

    def written(surveys: str = "", **parts: str) -> Path:
        Path("town.yaml").write_text(TOWN + surveys, encoding="utf-8")
        text = "\n".join(part for part in (PARTS | parts).values() if part)
        Path("fit.yaml").write_text(text + "\n", encoding="utf-8")
        return Path("fit.yaml")

    return written
