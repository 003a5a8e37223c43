"""The tables that `swmodel describe` prints and the docs are made of, as text and as Markdown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from declared import DECLARED

from swmodel.binding import Step
from swmodel.scenario.describe import describe_measures, describe_order, describe_parameters, describe_scenario
from swmodel.scenario.load import load
from swmodel.scenario.tables import WIDTH

FOLDER = Path(__file__).parent / "golden" / "described"
STEPS = [*map(Step, DECLARED.processes), Step(DECLARED.interventions["oral_prep"], "prep_street")]
TABLES: dict[str, Callable[[bool], str]] = {
    "order": lambda markdown: describe_order(STEPS, markdown),
    "parameters": lambda markdown: describe_parameters(DECLARED, markdown),
    "measures": lambda markdown: describe_measures(DECLARED, markdown),
    "scenario": lambda markdown: describe_scenario(
        load(Path(__file__).parent / "golden" / "good.yaml", declarations=DECLARED, stop=2024), DECLARED, markdown
    ),
}


@pytest.mark.parametrize("markdown", [False, True], ids=["text", "markdown"])
@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str, markdown: bool, golden: Callable[[Path, str], None]) -> None:
    """Exact text; lines of plain text fit a terminal."""
    text = TABLES[name](markdown)
    if not markdown:
        assert max(map(len, text.splitlines())) <= WIDTH
    golden(FOLDER / f"{name}.{'md' if markdown else 'txt'}", text + "\n")
