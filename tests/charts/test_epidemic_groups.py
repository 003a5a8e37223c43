"""Which groups the charts of an epidemic draw: those that surveys are of."""

from __future__ import annotations

from pathlib import Path

import pytest

from swmodel.charts.epidemic import stands_for
from swmodel.scenario.load import load

SETTINGS = Path(__file__).parents[2] / "scenarios" / "settings"


@pytest.mark.parametrize("setting", ["cotonou", "zimbabwe", "eswatini"])
def test_unions_stand_for_the_group_that_they_are_close_to(setting: str) -> None:
    """All women stand for other women, in places of one site and of several; everybody for no group. Exact."""
    scenario = load(SETTINGS / f"{setting}.yaml")
    labels = ("women_all", "men_all", "street", "all", "nobody")
    assert [stands_for(label, scenario) for label in labels] == ["women", "men", "fsw", "", ""]
