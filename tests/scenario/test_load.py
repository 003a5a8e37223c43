"""What a good scenario file becomes: values, merging, flags; and that nothing but ScenarioError ever comes out."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
import shutil
from pathlib import Path

import pytest
from declared import DECLARED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from swmodel.scenario.load import load
from swmodel.scenario.problems import Problem, ScenarioError
from swmodel.scenario.spec import Ratio, Scenario, Target
from swmodel.scenario.tree import scalar
from swmodel.study.record import plain, resolved, restored

GOLDEN = Path(__file__).parent / "golden"
GOOD = GOLDEN / "good.yaml"


def made(folder: Path, text: str, *overrides: str, **simulation: object) -> Scenario:
    """A scenario from YAML text beside the base file."""
    shutil.copy(GOLDEN / "base.yaml", folder / "base.yaml")
    path = folder / "made.yaml"
    path.write_text(text)
    return load(path, overrides, declarations=DECLARED, **simulation)


def test_values_arrive_in_declared_units() -> None:
    """Units are converted, texts in percent become proportions, labels and years stay."""
    found = load(GOOD, declarations=DECLARED).parameters
    assert found["infectivity"] == 0.001
    assert found["acute_duration"] == pytest.approx(12 * 7 / 365.25 * 12)
    assert found["acts"] == {"spouse": pytest.approx(1.5 * 365.25 / 7), "all": 36.0}
    assert found["condom_use"] == {"street": {1985: 0.1, 2020: 0.9}, "fsw": 0.4}
    assert found["art_start"] == {2004: 0.0, 2015: 0.3, 2025: 0.8}
    assert found["migration"] == 0.0
    assert found["condom_efficacy"] == 0.85  # inherited


def test_simulation_and_populations() -> None:
    """The inherited section, with real adults for each simulated one."""
    found = load(GOOD, declarations=DECLARED)
    assert (found.start, found.stop, found.people, found.seeds, found.seed) == (1985.0, 2040.0, 2000, 3, 1)
    assert found.step == pytest.approx(1 / 12)
    assert found.places == 20.0
    assert found.work_settings == ("street", "venue", "home")
    assert found.groups == {"established": ("venue", "home")}
    assert found.title == "PrEP for women in street settings" and found.name == "good"


def test_levers() -> None:
    """Targets are expanded to groups; rates are per year; defaults are everyone and no end."""
    first, second = load(GOOD, declarations=DECLARED).levers
    assert first.target == Target(("street",), (18.0, 29.0)) and first.name == "prep_street"
    assert (first.uptake, first.dropout, first.coverage) == (0.5, 0.24, None)
    assert second.coverage == {2020: 0.0, 2025: 0.6} and second.stop == 2030.0
    assert second.target.groups == ("women", "men", "clients", "street", "venue", "home", "former_fsw")
    assert first.stop == math.inf


def test_sources_follow_values(tmp_path: Path) -> None:
    """A source goes with its value: beside it, under `sources`, inherited, and dropped when the value changes."""
    assert load(GOOD, declarations=DECLARED).sources == {
        "condom_efficacy": "Weller 2002", "infectivity": "Boily 2009", "leave_age": "census 2013"
    }  # fmt: skip
    changed = made(tmp_path, "extends: base.yaml\nparameters: {transmission: {condom_efficacy: 0.7}}")
    assert changed.sources == {}
    flagged = made(tmp_path, "extends: base.yaml", "transmission.condom_efficacy=0.7")
    assert flagged.sources == {"condom_efficacy": "set with --set transmission.condom_efficacy=0.7"}
    by_label = """
extends: base.yaml
parameters:
  transmission:
    condom_use: {value: {street: 0.2, home: 0.3}, source: "one survey"}
"""
    assert (
        made(tmp_path, by_label).sources["condom_use"] == "street: one survey; fsw: no source given; home: one survey"
    )


def test_merging(tmp_path: Path) -> None:
    """Labels merge, series replace, a lever of an inherited name is changed, another is added."""
    (tmp_path / "middle.yaml").write_text(GOOD.read_text())
    text = """
extends: middle.yaml
parameters:
  transmission: {condom_use: {street: {1990: 0.2}, home: 0.3}, acts: 3 per week}
  care: {art_start: {2010: 0 per year, 2020: 1 per year}}
interventions:
  - oral_prep: {name: prep_street, coverage: 0.6, target: {age: [18, 60]}}
  - oral_prep: {start: 2030, uptake: 1 per year}
"""
    found = made(tmp_path, text)
    assert found.parameters["condom_use"] == {"street": {1990: 0.2}, "fsw": 0.4, "home": 0.3}
    assert found.parameters["acts"] == pytest.approx(3 * 365.25 / 7)
    assert found.parameters["art_start"] == {2010: 0.0, 2020: 1.0}
    assert [lever.name for lever in found.levers] == ["prep_street", "condom_programme", "oral_prep"]
    assert (found.levers[0].coverage, found.levers[0].uptake, found.levers[0].dropout) == (0.6, None, 0.0)
    assert found.levers[0].start == 2026.0 and found.levers[0].target == Target(("street",), (18.0, 60.0))


def test_flags_go_over_the_file() -> None:
    """Texts of `--set` and keyword arguments, the keywords last; None changes nothing."""
    flags = [
        "transmission.condom_efficacy=60 %", "transmission.condom_use.street={2000: 0.1, 2010: 0.5}",
        "simulation.people=500", "simulation.seeds=7", "interventions.prep_street.coverage=0.3",
        "interventions.prep_street.target.setting=[venue, home]", "parameters.people.leave_age=70",
    ]  # fmt: skip
    found = load(GOOD, flags, declarations=DECLARED, people=800, seed=9, stop=None)
    assert found.parameters["condom_efficacy"] == 0.6
    assert found.parameters["condom_use"] == {"street": {2000: 0.1, 2010: 0.5}, "fsw": 0.4}
    assert (found.people, found.seeds, found.seed, found.stop) == (800, 7, 9, 2040.0)
    assert found.places == 50.0
    assert found.levers[0].coverage == 0.3 and found.levers[0].target.groups == ("venue", "home")
    assert found.parameters["leave_age"] == 70.0
    with pytest.raises(TypeError, match="peple"):
        load(GOOD, declarations=DECLARED, peple=3)


def test_a_run_cut_short_by_a_flag_keeps_its_levers() -> None:
    """A lever of the file may start after the end that a flag sets; it then does nothing."""
    found = load(GOOD, declarations=DECLARED, stop=2000)
    assert found.stop == 2000.0 and len(found.levers) == 2


def test_extends_within_the_tree(tmp_path: Path) -> None:
    """A study may extend a setting in a neighbouring folder of `scenarios/`, through a chain, and from any folder."""
    folder = tmp_path / "scenarios"
    (folder / "settings").mkdir(parents=True)
    (folder / "studies").mkdir()
    shutil.copy(GOLDEN / "base.yaml", folder / "settings" / "town.yaml")
    (folder / "studies" / "one.yaml").write_text("extends: ../settings/town.yaml\nsimulation: {people: 300}\n")
    (folder / "studies" / "two.yaml").write_text("extends: one.yaml\ntitle: Two\n")
    found = load(folder / "studies" / "two.yaml", declarations=DECLARED)
    assert (found.people, found.title, found.stop) == (300, "Two", 2040.0)
    (tmp_path / "outside.yaml").write_text("title: out\n")
    (folder / "out.yaml").write_text("extends: ../outside.yaml\n")
    (folder / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    (folder / "via.yaml").write_text("extends: link.yaml\n")
    for name in ("out.yaml", "via.yaml"):
        with pytest.raises(ScenarioError, match="outside the folder 'scenarios'"):
            load(folder / name, declarations=DECLARED)


def test_surveys_in_a_file_of_their_own(tmp_path: Path) -> None:
    """`surveys: file.yaml` reads the list from there, and problems name that file."""
    (tmp_path / "points.yaml").write_text("- {measure: prevalence, group: clients, year: 1998, estimate: 8.4 %}\n")
    found = made(tmp_path, "extends: base.yaml\nsurveys: points.yaml\n").surveys
    assert [(s.group, s.estimate) for s in found] == [("clients", 0.084)]
    (tmp_path / "points.yaml").write_text("- {measure: prevalence, group: client, year: 1998, estimate: 8.4 %}\n")
    with pytest.raises(ScenarioError, match=r"points\.yaml:1:32: .*did you mean 'clients'"):
        made(tmp_path, "extends: base.yaml\nsurveys: points.yaml\n")


def test_no_fit(tmp_path: Path) -> None:
    """`posterior: none` runs a scenario's own values, whatever the one that it extends names. Exact."""
    (tmp_path / "fit").mkdir()
    (tmp_path / "fit/fit.json").write_text("{}")
    (tmp_path / "fitted.yaml").write_text("extends: base.yaml\nposterior: fit\n")
    assert Path(made(tmp_path, "extends: fitted.yaml\n").posterior) == tmp_path / "fit"
    assert made(tmp_path, "extends: fitted.yaml\nposterior: none\n").posterior == ""


def test_a_ratio_of_surveys(tmp_path: Path) -> None:
    """A ratio may exceed 1, and knows what it divides by; the record of a run gives it back. Exact."""
    survey = "{measure: prevalence, group: fsw, year: 2008, estimate: 2.4, relative_to: "
    head = f"extends: base.yaml\nsurveys:\n  - {survey}"
    one = made(tmp_path, f"{head}{{group: women, year: 1998}}, age: [18, 50]}}\n")
    (ratio,) = one.surveys
    assert isinstance(ratio, Ratio) and (ratio.estimate, ratio.beside) == (2.4, "women in 1998")
    assert [(s.group, s.year, s.age) for s in ratio.asked] == [("fsw", 2008.0, (18, 50)), ("women", 1998.0, (18, 50))]
    assert restored(json.loads(json.dumps(plain(resolved(one))))).surveys == one.surveys
    (trend,) = made(tmp_path, f"{head}{{year: 1998}}}}\n").surveys
    assert isinstance(trend, Ratio) and (trend.other_group, trend.beside) == ("fsw", "1998")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("1E5", 1e5), ("012", 12), ("0o17", 15), ("0x1F", 31), ("-.5", -0.5), ("3.", 3.0),
        ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("1:30", "1:30"), ("1_000", "1_000"),
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None),
        (".inf", math.inf), ("2026-01-01", "2026-01-01"),
    ],
)  # fmt: skip
def test_yaml_1_2_scalars(text: str, value: object) -> None:
    """The core schema of YAML 1.2, not the surprises of 1.1."""
    found = scalar(text)
    assert found == value and type(found) is type(value)


def test_the_scenario_is_frozen_and_travels() -> None:
    """It cannot be changed, and goes to another process."""
    found = load(GOOD, declarations=DECLARED)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.people = 3  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(found)) == found
    error = ScenarioError([Problem("a.yaml", 1, 2, "wrong")])
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "a.yaml:1:2: wrong\n1 problem found"


def test_missing_files_and_folders(tmp_path: Path) -> None:
    """A name that is no file says so, and offers the nearest."""
    (tmp_path / "town.yaml").write_text("title: x\n")
    with pytest.raises(ScenarioError, match=r"there is no such file; did you mean '.*town\.yaml'"):
        load(tmp_path / "twon.yaml", declarations=DECLARED)
    with pytest.raises(ScenarioError, match="this is a folder"):
        load(tmp_path, declarations=DECLARED)


@pytest.mark.parametrize(
    "raw",
    [
        b"title: \xff\xfe", b"title: \x00", b"[" * 5000, b"- " * 5000, b"{a: " * 3000, b"a: &x [*x]",
        b"&x a: *x", b"? [a]: b", b"'", b"\t", b"2: 3", b"null: 3",
        b"--- a\n--- b\n", b"%YAML 9.9\n---\na: b\n", b"title: " + b"9" * 5000,
        b"simulation: {start: 1e999, stop: .nan}", b"parameters: &p {people: *p}", b"title: !!python/name:os.system x",
    ],
)  # fmt: skip
def test_hostile_files(tmp_path: Path, raw: bytes) -> None:
    """Files that are no scenario at all give a ScenarioError, never a crash."""
    path = tmp_path / "made.yaml"
    path.write_bytes(raw)
    with pytest.raises(ScenarioError):
        load(path, declarations=DECLARED)


TOKENS = st.sampled_from(
    ["", ":", ": ", "{", "}", "[", "]", "- ", "&a ", "*a", "!!x ", "\t", "\n", "null", "true", "no",
     "1e400", "-1", "'", '"', "#",
     "value: ", "{value: 3}", "{2000: 3}", "{street: 3}", "[]", "{}", ".nan",
     "17", "per year", "%", ",", "\u2028", "0x", "<<: "]
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), TOKENS | st.text(max_size=4)), min_size=1, max_size=3))
def test_mutated_files_only_ever_give_scenario_errors(tmp_path: Path, changes: list[tuple[float, int, str]]) -> None:
    """Cut and replace at random places of a good file: it loads, or gives problems with places."""
    text = GOOD.read_text()
    for where, length, new in changes:
        start = int(where * len(text))
        text = text[:start] + new + text[start + length :]
    (tmp_path / "made.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    shutil.copy(GOLDEN / "base.yaml", tmp_path / "base.yaml")
    try:
        load(tmp_path / "made.yaml", declarations=DECLARED)
    except ScenarioError as error:
        assert error.problems and all("\n" not in str(problem) for problem in error.problems)
