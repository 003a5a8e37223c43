"""A target of years in sex work: what is read, what is refused and where, what is said of it, what a record keeps."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from declared import DECLARED

from swmodel.scenario.describe import describe_scenario
from swmodel.scenario.load import load
from swmodel.scenario.problems import ScenarioError
from swmodel.scenario.spec import Scenario, Target
from swmodel.study.record import resolved, restored

GOLDEN = Path(__file__).parent / "golden"
HEAD = "extends: base.yaml\ninterventions:\n  - condom_programme:\n      start: 2020\n      coverage: 0.5\n"
WHERE = "condom_programme.target.years_in_work"
SELLERS = ("street", "venue", "home")


def made(folder: Path, target: str) -> Scenario:
    """A scenario with one intervention of a target, which is line 6."""
    shutil.copy(GOLDEN / "base.yaml", folder / "base.yaml")
    (folder / "made.yaml").write_text(f"{HEAD}      target: {target}\n", encoding="utf-8")
    return load(folder / "made.yaml", declarations=DECLARED)


@pytest.mark.parametrize(
    ("target", "groups", "years"),
    [
        ("{years_in_work: [0, 1]}", SELLERS, (0.0, 1.0)),
        ("{group: [street, women], years_in_work: [0.5, 3]}", ("street",), (0.5, 3.0)),
        ("{group: established, years_in_work: [2, 50]}", ("venue", "home"), (2.0, 50.0)),
        ("{group: [street, women]}", ("women", "street"), (0.0, math.inf)),
    ],
)
def test_whom_it_reaches(tmp_path: Path, target: str, groups: tuple[str, ...], years: tuple[float, float]) -> None:
    """Of the groups those of sex workers, for so many years; without it all, ever. Exact."""
    (lever,) = made(tmp_path, target).levers
    assert lever.target == Target(groups, lever.target.age, years)


@pytest.mark.parametrize(
    ("given", "column", "said"),
    [
        ("3", 31, f"{WHERE} must be a list of two numbers; got 3; allowed: [from, to] in years, as in [0, 1]"),
        ("[1]", 31, f"{WHERE} must be a list of two numbers; got a list; allowed: [from, to] in years"),
        ("[0, 1, 2]", 31, f"{WHERE} must be a list of two numbers; got a list; allowed: [from, to] in years"),
        ("{from: 0}", 31, f"{WHERE} must be a list of two numbers; got a mapping; allowed: [from, to] in years"),
        ("[2, 1]", 31, f"{WHERE} matches nobody; got [2, 1]; allowed: [from, to] in years"),
        ("[1, 1]", 31, f"{WHERE} matches nobody; got [1, 1]; allowed: [from, to] in years"),
        ("[-1, 1]", 32, f"{WHERE} is out of range; got -1"),
        ("[0, .inf]", 35, f"{WHERE} is out of range; got .inf"),
        ("[0, long]", 35, f"{WHERE}"),
    ],
)
def test_what_is_refused(tmp_path: Path, given: str, column: int, said: str) -> None:
    """What is no list of two numbers, or no span of time, with its line and column, and as one problem. Exact."""
    with pytest.raises(ScenarioError) as error:
        made(tmp_path, f"{{years_in_work: {given}}}")
    text = str(error.value)
    assert f"made.yaml:6:{column}: {said}" in text and "1 problem found" in text


def test_who_never_sold_sex_has_none(tmp_path: Path) -> None:
    """A target of years in sex work of people who do not sell it is refused, as it would reach nobody. Exact."""
    with pytest.raises(ScenarioError) as error:
        made(tmp_path, "{group: [women, clients], years_in_work: [0, 1]}")
    words = "condom_programme.target matches nobody: only sex workers have years_in_work"
    assert f"made.yaml:6:56: {words}; allowed: a group of sex workers, or no years_in_work" in str(error.value)
    assert "1 problem found" in str(error.value)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("{group: street, years_in_work: [0, 1.5]}",
         "for sex workers in street who began to sell sex 0 to under 1.5 years ago; reaching"),
        ("{group: street, years_in_work: [1, 3], age: [20, 25]}",
         "sex workers in street who began to sell sex 1 to under 3 years ago aged 20 to under 25"),
        ("{group: street}", "for sex workers in street; reaching"),
    ],
)  # fmt: skip
def test_what_describe_says(tmp_path: Path, target: str, said: str) -> None:
    """Since when, in words, beside the group and the age. Exact."""
    text = " ".join(describe_scenario(made(tmp_path, target), DECLARED).split())
    assert said in text and ("began" in text) == ("began" in said)


def test_a_record_keeps_it(tmp_path: Path) -> None:
    """A saved record gives the same target, an end that is never, as a scenario made in Python may have, included.
    `describe` says of such a one that it was so long ago or earlier. Exact.
    """
    read = made(tmp_path, "{group: street, years_in_work: [0.5, 3]}")
    (lever,) = read.levers
    endless = replace(read, levers=(replace(lever, target=Target(("street",), years_in_work=(2.0, math.inf))),))
    for scenario in (read, endless):
        assert restored(json.loads(json.dumps(resolved(scenario)))) == scenario
    assert lever.target.years_in_work == (0.5, 3.0)
    text = " ".join(describe_scenario(endless, DECLARED).split())
    assert "sex workers in street who began to sell sex 2 years ago or earlier; reaching" in text
