"""The report of a fit: how well it meets the data, what was learnt, what pulls where, and what it cannot do."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swmodel.charts import fit as charts
from swmodel.charts.fit import is_missed, spoken, state
from swmodel.charts.style import drawing
from swmodel.charts.words import percent
from swmodel.report.page import document, figure, heading, paragraph, table
from swmodel.results import whole_file
from swmodel.scenario.spec import Scenario

FILE = "report.html"
TOGETHER = 0.3  # rank correlation from which two fitted numbers are listed
MOST = 12  # pairs listed
NOTED = 0.2  # standard deviations from which a pull is listed


def write(record: Mapping[str, Any], scenario: Scenario, folder: Path) -> Path:
    """Write the report of a fit from what `fit.json` holds; returns its file."""
    with drawing():
        text = document(record["title"] or f"A fit of {record['name']}", parts(record, scenario))
    with whole_file(folder / FILE) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return folder / FILE


def parts(record: Mapping[str, Any], scenario: Scenario) -> list[str]:
    """The page, part by part."""
    failed = state(record)
    return [
        paragraph(failed, warning=True) if failed else paragraph("This fit passed every gate."),
        paragraph(f"{record['runs']:,} runs of {record['people']:,} people; swmodel {record['versions']['swmodel']}, "
                  f"method '{record['search']['method']}', first seed {record['seed']}."),
        heading("Gates"),
        table(("gate", "", "found and wanted"),
              [(gate["name"], "passed" if gate["passed"] else "FAILED", gate["words"]) for gate in record["gates"]]),
        heading("The fit beside the data"),
        figure(charts.against_data(record, scenario)),
        *missed(record),
        heading("Before the fit"),
        paragraph("What the model gives at draws of the priors, before it saw any of these surveys. A survey outside "
                  "the range means that a prior is too narrow, or that the model lacks something."),
        before(record),
        *held_back(record),
        heading("What was learnt"),
        figure(charts.priors_and_posterior(record)),
        heading("What goes together"),
        paragraph("Rank correlations in the posterior: where one number is higher, the data let the other be higher "
                  "(or, below 0, lower). Neither is known as well as both together."),
        together(record),
        heading("Which survey pulls where"),
        paragraph("How many standard deviations the mean of the posterior would lie lower (or, below 0, higher) "
                  "without the survey: the largest pull of each."),
        pulled(record),
    ]  # fmt: skip


def missed(record: Mapping[str, Any]) -> list[str]:
    """The targets that the fit does not meet, and what that may mean."""
    rows = []
    for one in filter(is_missed, record["targets"]):
        survey = within(one["share"], one["estimate"], *one["interval"])
        model = within(one["share"], *(one["model"].get(key, math.nan) for key in ("median", "low", "high")))
        rows.append((spoken(one["name"]), survey, model, f"{one['pit']:.3f}", one["source"]))
    if not rows:
        return [paragraph("Every survey lies within the central 95 % of what the fit predicts for it.")]
    return [
        paragraph("Surveys outside the central 95 % of what the fit predicts for them. About one in twenty is expected "
                  "by chance; more, or several on the same side, mean that the model, a prior or the survey is off."),
        table(("survey", "found", "fit", "share of predicted surveys below", "source"), rows),
    ]  # fmt: skip


def before(record: Mapping[str, Any]) -> str:
    """Each survey beside the prior's predictions."""
    rows = []
    for one in record["targets"]:
        low, middle, high = one["prior"]
        outside = "" if low <= one["estimate"] <= high else "outside"
        share = bool(one["share"])
        rows.append((spoken(one["name"]), said(share, one["estimate"]), within(share, middle, low, high), outside))
    return table(("survey", "found", "at draws of the priors, median (95 %)", ""), rows)


def held_back(record: Mapping[str, Any]) -> list[str]:
    """The surveys that the fit did not see, if there are any, and how well they were predicted."""
    rows = [(spoken(one["name"]), said(one["share"], one["found"]),
             within(one["share"], one["median"], one["low"], one["high"]), f"{one['pit']:.2f}",
             *(points(one["share"], one[key]) for key in ("score", "no_change", "line")))
            for one in record["predictions"]]  # fmt: skip
    if not rows:
        return []
    covered = sum(one["low"] <= one["found"] <= one["high"] for one in record["predictions"])
    return [
        heading("Surveys that the fit did not see"),
        paragraph(f"{covered} of {len(rows)} lie within the central 95 % of what was predicted. Scores (continuous "
                  "ranked probability score; of shares in percentage points; less is better) stand beside those of two "
                  "predictions without a model: that the last survey seen will be found again, and a straight line of "
                  "logits."),
        table(("survey", "found", "predicted", "share of predicted surveys below", "score", "no change", "line"), rows),
    ]  # fmt: skip


def points(share: bool, score: float | None) -> str:
    """A score, of shares in percentage points; a dash where there is none."""
    return "-" if score is None else f"{100.0 * score:.1f}" if share else f"{score:.3g}"


def within(share: bool, middle: float, low: float, high: float) -> str:
    """A number with its interval."""
    return f"{said(share, middle)} ({said(share, low)} to {said(share, high)})"


def said(share: bool, value: float) -> str:
    """A share in per cent; any other number to three figures."""
    return percent(value) if share else f"{value:.3g}"


def together(record: Mapping[str, Any]) -> str:
    """Pairs of fitted numbers that are correlated, the strongest first."""
    names: Sequence[str] = [one["name"] for one in record["fitted"]]
    found = sorted(((abs(value), value, names[i], names[j]) for i, row in enumerate(record["correlations"])
                    for j, value in enumerate(row) if j < i and abs(value) >= TOGETHER), reverse=True)  # fmt: skip
    rows = [(spoken(one), spoken(other), f"{value:.2f}") for _, value, one, other in found[:MOST]]
    return table(("fitted number", "and", "rank correlation"), rows) if rows else paragraph("None beyond 0.3.")


def pulled(record: Mapping[str, Any]) -> str:
    """The largest pulls of each target."""
    names = [one["name"] for one in record["fitted"]]
    rows = []
    for target in record["targets"]:
        pull = target["pull"]
        if pull is None:
            words = "so strongly that it cannot be told from these draws"
        else:
            largest = sorted(zip(pull, names, strict=True), key=lambda one: -abs(one[0]))[:3]
            words = ", ".join(f"{spoken(name)} {size:+.1f}" for size, name in largest if abs(size) >= NOTED) or "hardly"
        rows.append((spoken(target["name"]), words))
    return table(("survey", "pulls"), rows)
