"""The scenario files that ship: they load, say where values come from, and name a schema that is current."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from swmodel.scenario.describe import describe_parameters, describe_scenario
from swmodel.scenario.load import load_with_extensions
from swmodel.scenario.schema import schema_text

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "scenarios" / "schema" / "scenario.schema.json"
FILES = sorted((ROOT / "scenarios").rglob("*.yaml"))
pytestmark = pytest.mark.skipif(importlib.util.find_spec("swmodel.model") is None, reason="the model is not there")


def test_the_schema_is_current(golden: Callable[[Path, str], None]) -> None:
    """`swmodel schema` writes this file; so does pytest with --update."""
    golden(SCHEMA, schema_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_shipped_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each loads, can be described, and names the schema for editors."""
    monkeypatch.chdir(ROOT)
    scenario, _ = load_with_extensions(path.relative_to(ROOT))
    assert scenario.title in describe_scenario(scenario)
    named = os.path.relpath(SCHEMA, path.parent)
    assert f"# yaml-language-server: $schema={named}" in path.read_text(encoding="utf-8").splitlines()[:3]


SETTINGS = ("cotonou", "eswatini", "karnataka", "mombasa", "south_africa", "zimbabwe")


def test_the_settings_are_there() -> None:
    """Six places, each a file of its own with a page in the documentation."""
    assert {path.stem for path in FILES if path.parent.name == "settings" and "surveys" not in path.stem} == {*SETTINGS}
    assert all((ROOT / "docs" / "settings" / f"{name}.md").exists() for name in SETTINGS)


def test_every_parameter_is_described() -> None:
    """The generated page covers the whole model."""
    assert describe_parameters(markdown=True).count("\n| `") > 20
