"""The calibrations and fits that are shipped: they read, they are of what is shipped, and nothing is left out."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from swmodel.calibrate.folder import fingerprint
from swmodel.calibrate.gates import Gate
from swmodel.calibrate.posterior import read_fit
from swmodel.calibrate.read import Calibration, read_calibration
from swmodel.scenario.load import load

ROOT = Path(__file__).parents[2]
SETTINGS = sorted(path.stem for path in (ROOT / "scenarios/settings").glob("*.yaml"))
FITS = sorted((ROOT / "calibration").glob("*/fit")) + sorted((ROOT / "calibration").glob("*/until_*"))


def calibration_of(fit: Path) -> Calibration:
    """The calibration that a shipped fit says it is of."""
    until = float(fit.name.removeprefix("until_")) if fit.name.startswith("until_") else math.inf
    return read_calibration(fit.parent / "calibration.yaml", until)


def record_of(fit: Path) -> dict[str, Any]:
    """What is written of a fit."""
    return dict(json.loads((fit / "fit.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_has_a_calibration(name: str) -> None:
    """It reads, fits numbers that are not all common to places, and says of every number where its prior is from."""
    found = read_calibration(ROOT / "calibration" / name / "calibration.yaml")
    assert found.arm.scenario.name == name and len(found.targets) >= 10
    assert all(one.source for one in found.fitted)


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: f"{fit.parent.name}-{fit.name}")
def test_a_shipped_fit_is_of_what_is_shipped(fit: Path) -> None:
    """A scenario, prior, survey or version that was changed since needs the fit to be made anew. Exact."""
    found, record = calibration_of(fit), record_of(fit)
    assert record["fingerprint"] == fingerprint(found)
    assert [one["name"] for one in record["predictions"]] == [target.name for target in found.held]
    assert record["converged"] == all(Gate(**gate).passed for gate in record["gates"])


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_names_only_a_fit_that_passed(name: str) -> None:
    """A setting that names a fit names its own, and one that passed every gate."""
    named = load(ROOT / "scenarios/settings" / f"{name}.yaml").posterior
    if named:
        assert Path(named).resolve() == ROOT / "calibration" / name / "fit"
        assert read_fit(named).converged
