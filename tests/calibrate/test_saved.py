"""Fits on disk: written, read back, and run; and what is refused."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import swmodel as sw
from calibrate.conftest import PARTS, Write
from swmodel.calibrate.fit import Fit, fit
from swmodel.calibrate.folder import fingerprint, of_scenario
from swmodel.calibrate.posterior import SavedFit, read_fit
from swmodel.calibrate.read import read_calibration
from swmodel.calibrate.record import as_record
from swmodel.calibrate.record import write as write_fit
from swmodel.charts.fit import against_data
from swmodel.cli.carry_out import study_of
from swmodel.study import run_study
from swmodel.study.plan import Study, read_arm, seeds_of
from swmodel.study.store import FolderError

OUT = Path("out/fit")
BIAS = f"{PARTS['priors']}\n  under: {{bias: true, from: -0.5, to: 0.5}}"
BIASED = "targets:\n  - {measure: prevalence, group: fsw, spread: 0.1, bias: under}\n  - {measure: prevalence}"


def refuse(text: str) -> Any:
    """JSON has no such number."""
    raise ValueError(f"{text} is no JSON")


@pytest.fixture
def made(write: Write) -> Fit:
    """A small fit with a bias and surveys held back, in OUT."""
    found = fit(read_calibration(write(priors=BIAS, targets=BIASED), until=2004), Path("out"))
    write_fit(found, OUT)
    return found


def test_there_and_back(made: Fit) -> None:
    """Draws come back to six digits, with their names, and the record as it was made; it is JSON, and small. Exact."""
    found = read_fit(OUT)
    assert [list(draw) for draw in found.draws] == [["workers", "buyers", "under"]] * 40
    assert np.array([list(draw.values()) for draw in found.draws]) == pytest.approx(made.draws, rel=1e-5)
    text = (OUT / "fit.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=refuse) == found.record == json.loads(json.dumps(as_record(made)))
    with (OUT / "draws.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["draw", "workers", "buyers", "under"] and [row[0] for row in rows[1:]] == list(
        map(str, range(40))
    )
    assert len(text) < 20_000 and not list(OUT.glob(".*"))


def test_the_record(made: Fit) -> None:
    """It says what was fitted to what, how well, and how it was made. Exact."""
    record = read_fit(OUT).record
    assert (record["name"], record["title"], record["scenario"], record["people"], record["seed"]) == (
        "fit", "A toy fit", "town", 200, 5)  # fmt: skip
    assert record["runs"] == made.runs and record["converged"] == made.converged and len(record["waves"]) == 2
    workers, buyers, under = record["fitted"]
    assert (workers["of"], workers["labels"], workers["years"], workers["factor"], workers["unit"]) == (
        "transmission.infection_rate", ["fsw"], [2000.0], False, "per year")  # fmt: skip
    assert (workers["from"], workers["to"], workers["form"]) == (0.1, 0.8, "uniform")
    assert workers["prior"] == pytest.approx([0.1175, 0.45, 0.7825])
    assert (buyers["factor"], buyers["unit"], buyers["form"]) == (True, "", "log_uniform")
    assert (under["of"], under["labels"], under["unit"]) == ("", [], "")
    for one, column in zip(record["fitted"], made.draws.T, strict=True):
        assert [one["low"], one["median"], one["high"]] == np.quantile(column, [0.025, 0.5, 0.975]).tolist()
    assert [one["name"] for one in record["targets"]] == ["prevalence of fsw, 2002", "prevalence of clients, 2003"]
    first = record["targets"][0]
    assert first["estimate"] == 0.45 and 0.37 < first["interval"][0] < 0.39 and 0.0 <= first["pit"] <= 1.0
    assert first["model"]["low"] < first["model"]["median"] < first["model"]["high"]
    assert [one["name"] for one in record["predictions"]] == ["prevalence of fsw, 2005", "prevalence of clients, 2005"]


def test_a_fit_to_a_ratio(write: Write) -> None:
    """It says what the ratio is relative to, and the chart has a panel for it, not in per cent. Exact."""
    ratio = ("  - {measure: prevalence, group: fsw, year: 2004, estimate: 1.8, low: 1.2, high: 2.6, "
             "relative_to: {group: clients}}\n")  # fmt: skip
    found = fit(read_calibration(write(ratio, targets=f"{PARTS['targets']}\n  - {{measure: prevalence, ratio: true}}")),
                Path("out"))  # fmt: skip
    record = as_record(found)
    one = record["targets"][-1]
    assert (one["name"], one["other_group"], one["other_year"], one["share"]) == (
        "prevalence of fsw, 2004, relative to clients", "clients", 2004.0, False)  # fmt: skip
    assert 0.5 < one["model"]["low"] < one["model"]["median"] < 10.0 and "other_group" not in record["targets"][0]
    sheet = against_data(record, found.calibration.arm.scenario)
    panels = [(ax.get_title(loc="left") or ax.get_title(), ax.texts[0].get_text()) for ax in sheet.figure.axes]
    assert panels[-1] == ("Sex workers", "living with HIV, relative to clients") and len(panels) == 3
    assert sheet.table["other_group"].tolist()[-1] == "clients" and f"survey {1.8:g}" in sheet.values


def test_a_chart_of_few_ages(made: Fit) -> None:
    """Surveys of few ages have a panel of their own, called after them, and a column of the table. Exact."""
    record = as_record(made)
    few = {**record["targets"][0], "aged": "aged 20 to 24"}
    sheet = against_data({**record, "targets": [*record["targets"], few]}, made.calibration.arm.scenario)
    assert [ax.get_title() for ax in sheet.figure.axes] == ["Sex workers", "Clients", "Sex workers aged 20 to 24"]
    assert sheet.table["aged"].tolist() == ["", "", "aged 20 to 24"]


def test_a_draw_is_run_as_it_was_fitted(made: Fit) -> None:
    """Over the same scenario, or one that differs from it by an intervention, a draw sets what it set in the fit: the
    whole parameter, its other labels and years as the scenario has them. Results are those of these values. Exact.
    """
    found = read_fit(OUT)
    prep = Path("town.yaml").read_text(encoding="utf-8") + (
        "interventions:\n  - oral_prep: {start: 2003, target: {group: fsw}, coverage: 1}\n"
    )
    Path("prep.yaml").write_text(prep, encoding="utf-8")
    for name in ("town.yaml", "prep.yaml"):
        arm = read_arm(name, people=200)
        draw = found.draws[7]
        rate = {"fsw": {2000.0: draw["workers"], 2004.0: 0.1}, "clients": 0.1 * draw["buyers"], "all": 0.05}
        mine = run_study(Study((found.over(arm),), (9,), (draw,))).runs[0]
        right = run_study(Study((arm,), (9,), ({"infection_rate": rate},))).runs[0]
        assert np.array_equal(mine.values, right.values, equal_nan=True)


def test_what_a_scenario_says_otherwise_stands(made: Fit) -> None:
    """A scenario that gives a fitted label or year a value of its own keeps it, and takes the draw elsewhere; so a
    lever that sets a number is not undone by a fit of the same number. Exact.
    """
    town = Path("town.yaml").read_text(encoding="utf-8")
    lever = town.replace("clients: 0.1 per year", "clients: 0.02 per year").replace("2004: 0.1", "2004: 0.03")
    Path("lever.yaml").write_text(lever, encoding="utf-8")
    found, arm = read_fit(OUT), read_arm("lever.yaml", people=200)
    draw = found.draws[7]
    rate = {"fsw": {2000.0: draw["workers"], 2004.0: 0.03}, "clients": 0.02, "all": 0.05}
    assert found.over(arm).apply(arm.scenario, draw) == {"infection_rate": rate}
    with_share = {**draw, "causal_share": 0.5}
    assert found.over(arm).apply(arm.scenario, with_share) == {"infection_rate": rate, "causal_share": 0.5}


def test_each_causal_share_has_the_same_draws(made: Fit) -> None:
    """Three seeds and two causal shares are six runs a scenario: a draw has its seed in both shares. Exact."""
    shares = ({"causal_share": 0.0}, {"causal_share": 1.0})
    options: Any = SimpleNamespace(posterior=OUT)
    study, words = study_of([read_arm("town.yaml", seeds=3)], options, shares)
    some = read_fit(OUT).some(3)
    assert list(study.draws) == [{**draw, **share} for share in shares for draw in some]
    assert [(task.draw, task.seed) for task in study.tasks] == list(enumerate((*study.seeds, *study.seeds)))
    assert words.startswith("Parameters: A toy fit, 40 draws")


def test_a_comparison_in_python(made: Fit) -> None:
    """`compare` with a fit runs what the command runs: each seed with a draw of its own. Exact."""
    prep = Path("town.yaml").read_text(encoding="utf-8") + (
        "interventions:\n  - oral_prep: {start: 2003, target: {group: fsw}, coverage: 1}\n"
    )
    Path("prep.yaml").write_text(prep, encoding="utf-8")
    found = sw.read_fit(OUT)
    mine = sw.compare(["town.yaml", "prep.yaml"], posterior=found, people=200, seeds=3).results
    arms = [found.over(read_arm(name, people=200)) for name in ("town.yaml", "prep.yaml")]
    right = run_study(Study(tuple(arms), seeds_of(arms[0].scenario, 3), found.some(3), side_by_side=True))
    assert mine.draws == found.some(3) and [run.key for run in mine.runs] == [run.key for run in right.runs]
    for one, other in zip(mine.runs, right.runs, strict=True):
        assert np.array_equal(one.values, other.values, equal_nan=True)


def test_some_draws() -> None:
    """A few are spread over all of them, first and last included; more than there are come round again. Exact."""
    fit = SavedFit("fit", tuple({"a": float(k)} for k in range(11)), {})
    assert [draw["a"] for draw in fit.some(3)] == [0.0, 5.0, 10.0] and [d["a"] for d in fit.some(1)] == [0.0]
    assert [draw["a"] for draw in fit.some(11)] == [float(k) for k in range(11)]
    assert [draw["a"] for draw in fit.some(13)] == [*(float(k) for k in range(11)), 0.0, 1.0]
    assert len({draw["a"] for draw in fit.some(7)}) == 7


def test_side_by_side(write: Write) -> None:
    """Every draw has one seed, in turn, the same in every scenario; without it every seed. Exact."""
    path = write()
    arm = read_arm(path.parent / "town.yaml")
    arms = (arm, replace(arm, scenario=replace(arm.scenario, name="other")))
    draws = tuple({"infection_rate": 0.1 * k} for k in range(5))
    pairs = [(name, k, seed) for name in ("town", "other") for k, seed in enumerate((7, 8, 9, 7, 8))]
    assert [task.key for task in Study(arms, (7, 8, 9), draws, side_by_side=True).tasks] == pairs
    assert len(Study(arms, (7, 8, 9), draws).tasks) == 2 * 5 * 3


def test_converged_or_not() -> None:
    """What is said of a fit names the gates that it fails. Exact."""
    passed, failed = {"name": "waves settled", "passed": True}, {"name": "effective sample size", "passed": False}
    good = SavedFit("fit", ({},), {"converged": True, "gates": [passed], "title": "", "name": "cotonou"})
    assert good.converged and good.words == "Parameters: cotonou, 1 draws"
    bad = SavedFit("fit", ({},), {"converged": False, "gates": [passed, failed], "title": "Cotonou", "name": "c"})
    assert not bad.converged
    assert bad.words == "Parameters: Cotonou, 1 draws; NOT CONVERGED: it fails effective sample size"


def test_what_a_fit_is_not_of(made: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another place, first year, step, surveys or version is refused with what differs; other values are not. Exact."""
    found, arm = read_fit(OUT), read_arm("town.yaml")

    def over(**changes: Any) -> None:
        found.over(replace(arm, scenario=replace(arm.scenario, **changes)))

    over(people=9000, stop=2010.0, seed=77, title="Other words", parameters={"infection_rate": 0.3}, name="other")
    surveys = arm.scenario.surveys
    refused: dict[str, dict[str, Any]] = {
        "who is in the place": {"work_settings": ("street", "bar")},
        "the first year": {"start": 2001.0},
        "the step": {"step": 0.25},
        "the surveys": {"surveys": (*surveys[:-1], replace(surveys[-1], estimate=0.41))},
    }
    for what, change in refused.items():
        with pytest.raises(FolderError, match=f"is not a fit of town; what differs: {what}; fit again with its data"):
            over(**change)
    assert of_scenario(arm.scenario) == of_scenario(replace(arm.scenario, levers=(), description="x"))
    monkeypatch.setattr("swmodel.study.record.versions", lambda: {"swmodel": "9.9"})
    with pytest.raises(FolderError, match=r"was made with swmodel .*, and this is 9\.9; fit again"):
        found.over(arm)


def test_a_parameter_that_is_gone(made: Fit) -> None:
    """A parameter that the model does not have, as of an extension that is not named, is told. Exact."""
    found, arm = read_fit(OUT), read_arm("town.yaml")
    without = {name: param for name, param in arm.params.items() if name != "infection_rate"}
    with pytest.raises(FolderError, match=r"has the parameter 'transmission\.infection_rate', which town does not"):
        found.over(replace(arm, params=without))


KEYS = ("format", "converged", "gates", "of", "versions", "fitted", "title", "values")


def damage(what: str) -> None:
    """Damage the files of a fit."""
    fit_json, draws = OUT / "fit.json", OUT / "draws.csv"
    record = json.loads(fit_json.read_text(encoding="utf-8"))
    lines = draws.read_text(encoding="utf-8").splitlines(keepends=True)
    if what in KEYS:
        fit_json.write_text(json.dumps({key: value for key, value in record.items() if key != what}))
    elif what == "half":
        fit_json.write_text(fit_json.read_text()[:300])
    elif what in ("[]", "3", "null"):
        fit_json.write_text(what)
    elif what == "future":
        fit_json.write_text(json.dumps(record | {"format": 99}))
    elif what == "no draws":
        draws.write_text(lines[0])
    elif what == "empty":
        draws.write_text("")
    elif what == "a word":
        draws.write_text("".join(lines[:-1]) + "39,much,1,0\n")
    elif what == "half a line":
        draws.write_text("".join(lines[:-1]) + "39,0.3\n")
    elif what == "no number":
        draws.write_text("".join(lines[:-1]) + "39,nan,1,0\n")
    elif what == "another name":
        draws.write_text("".join([lines[0].replace("workers", "wrokers"), *lines[1:]]))
    else:
        (OUT / what).unlink()


DAMAGES = (*KEYS, "half", "[]", "3", "null", "future", "no draws", "empty", "a word", "half a line", "no number",
           "another name", "fit.json", "draws.csv")  # fmt: skip


@pytest.mark.parametrize("what", DAMAGES)
def test_damaged_files(made: Fit, what: str) -> None:
    """What is missing or damaged is one message that names the folder, before anything is run. Exact."""
    damage(what)
    with pytest.raises(FolderError, match="out/fit"):
        found = read_fit(OUT)
        _ = found.words, found.converged, found.over(read_arm("town.yaml"))


def test_no_folder() -> None:
    """A folder that holds no fit is told what it needs. Exact."""
    with pytest.raises(FolderError, match=r"^nowhere holds no fit: it needs fit\.json and draws\.csv, which `swmodel "):
        read_fit("nowhere")


def test_the_state_of_a_fit_that_is_damaged(made: Fit) -> None:
    """A folder whose calibration.json is torn is told, not followed, and not taken for a free one. Exact."""
    calibration = made.calibration
    Path("out/calibration.json").write_text("{", encoding="utf-8")
    with pytest.raises(FolderError):
        fit(calibration, Path("out"), resume=True)


def test_a_fit_is_the_same_from_another_folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which folder a command is given in, and how its file is named there, decide nothing of a fit. Exact."""
    path = write()
    here = fingerprint(read_calibration(path))
    assert fingerprint(read_calibration(path.resolve())) == here
    Path("sub").mkdir()
    monkeypatch.chdir("sub")
    assert fingerprint(read_calibration("../fit.yaml")) == here


def test_an_extension_that_was_edited_is_another_fit(write: Write) -> None:
    """The contents of an extension decide what is run, so that runs before and after an edit are not mixed. Exact."""
    files = Path(__file__).parents[1] / "cli" / "files"
    path = write()
    Path("extended.py").write_bytes((files / "extended.py").read_bytes())
    with Path("town.yaml").open("a", encoding="utf-8") as file:
        file.write("extensions: [extended.py]\n")
    before = fingerprint(read_calibration(path))
    assert fingerprint(read_calibration(path)) == before
    with Path("extended.py").open("a", encoding="utf-8") as file:
        file.write("\n# a remark\n")
    assert fingerprint(read_calibration(path)) != before
