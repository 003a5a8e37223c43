"""Charts for readers who do not model: each as SVG and PNG, with its numbers as CSV and its alternative text.

Titles say in words what the numbers show; they are computed from the numbers, never written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    from swmodel.study.paired import Comparison

FOLDER = "charts"


def draw_run(out_dir: Path, results: Any, scenario: Scenario) -> list[Path]:
    """Draw one scenario into `out_dir`/charts and return the files, four for each chart.

    `results` has `to_df()` with the columns scenario, draw, seed, year, measure, group and value. Rows of other
    scenarios are left out, and so is a chart whose measure is absent. Raises OutputError.
    """
    from swmodel.charts import care, epidemic, partners
    from swmodel.charts.page import save
    from swmodel.charts.style import drawing

    frame = results.to_df()
    frame = frame[frame["scenario"] == scenario.name]
    charts = (epidemic.prevalence, epidemic.incidence, care.cascade, partners.condom_use, partners.who_infects_whom)
    files: list[Path] = []
    with drawing():
        for chart in charts:
            sheet = chart(frame, scenario)
            files += save(sheet, Path(out_dir) / FOLDER) if sheet else []
    return files


def draw_comparison(out_dir: Path, comparison: Comparison) -> list[Path]:
    """Draw what the levers of a comparison change into `out_dir`/charts and return the files. Raises OutputError."""
    from swmodel.charts import averted, shares, yearly
    from swmodel.charts.page import save
    from swmodel.charts.style import drawing
    from swmodel.study.causal_share import by_share, usual

    frame = usual(comparison).results.to_df()
    with drawing():
        sheets = [
            chart(frame, comparison.baseline, comparison.scenarios)
            for chart in (averted.infections_averted, yearly.infections_per_year)
        ]
        sheets.append(shares.averted_by_share(by_share(comparison), comparison.scenarios))
        return [file for sheet in sheets if sheet for file in save(sheet, Path(out_dir) / FOLDER)]
