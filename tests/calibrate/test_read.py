"""Calibration files: what a good one means, and each mistake as one message with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calibrate.conftest import PARTS, Write
from swmodel.calibrate.fitted import applied
from swmodel.calibrate.read import Calibration, Search, read_calibration
from swmodel.scenario.problems import ScenarioError
from swmodel.study.plan import StudyError

ROOT = Path(__file__).parents[2]
RATE = "of: transmission.infection_rate"
ENDS = "from: 0.1 per year, to: 0.6 per year"


def test_the_shipped_calibration() -> None:
    """Cotonou's: 25 priors within declared ranges, surveys of prevalence from 1993 and of ART, named. Exact."""
    found = read_calibration(ROOT / "calibration/cotonou/calibration.yaml")
    assert found.name == "cotonou" and found.arm.name == "cotonou"
    assert len(found.fitted) == len(found.priors) == 25 and found.priors.names[0] == "risk_per_act"
    assert all(one.source for one in found.fitted)
    surveys = [s for s in found.arm.scenario.surveys
               if (s.measure == "prevalence" and s.year >= 1993) or s.measure == "on_art_share"]  # fmt: skip
    assert [target.survey for target in found.targets] == surveys and len(surveys) == 21
    assert {"prevalence of professional, 1993", "on_art_share of professional, 2015"} <= {t.name for t in found.targets}
    assert found.held == () and found.search.method == "waves"
    draws = found.priors.values(found.priors.draw(16, rng()))
    condoms = [found.priors.names.index(f"condoms_{year}") for year in (1993, 1998, 2002, 2008)]
    assert (draws[:, condoms[:-1]] <= draws[:, condoms[1:]]).all()


def rng() -> Any:
    """Numbers that do not matter."""
    import numpy as np

    return np.random.default_rng(1)


def test_a_small_calibration(write: Write) -> None:
    """Everything that a file says, and the default of what it does not; flags go over its simulation. Exact."""
    found = read_calibration(write())
    assert (found.title, found.name, found.seed, found.path) == ("A toy fit", "fit", 5, "fit.yaml")
    assert (found.arm.scenario.people, found.arm.scenario.stop, found.arm.scenario.seed) == (200, 2006.0, 5)
    workers, buyers = found.fitted
    assert (workers.labels, workers.years, workers.factor, workers.prior.low) == (("fsw",), (2000.0,), False, 0.1)
    assert (buyers.labels, buyers.years, buyers.factor, buyers.prior.kind) == (("clients",), (), True, "log_uniform")
    assert [t.name.partition(" of ")[2] for t in found.targets] == [
        "fsw, 2002", "fsw, 2005", "clients, 2003", "clients, 2005"
    ]  # fmt: skip
    assert [t.spread for t in found.targets] == [0.1, 0.1, 0.0, 0.0]
    assert [t.design_effect for t in found.targets] == [1.0, 1.0, 1.5, 1.0]
    assert found.search == Search("waves", 48, 24, 8, 2, 60, 40, 16)
    assert read_calibration(write(search="")).search == Search()
    over = read_calibration(write(), people=177, stop=None, seed=9)
    assert (over.arm.scenario.people, over.arm.scenario.stop, over.seed) == (177, 2006.0, 9)


def test_names(write: Write) -> None:
    """A calibration is called after its file, or after its folder where the file has the usual name. Exact."""
    path = write()
    Path("toyland").mkdir()
    text = path.read_text(encoding="utf-8").replace("town.yaml", "../town.yaml")
    Path("toyland/calibration.yaml").write_text(text, encoding="utf-8")
    assert read_calibration("toyland/calibration.yaml").name == "toyland" and read_calibration(path).name == "fit"


def test_units_and_percent(write: Write) -> None:
    """Ends of a prior are read in any unit that fits, and kept in the declared one. Exact to 1e-9."""
    priors = f"priors:\n  a: {{{RATE}, labels: [men], from: 1 per month, to: 0.005 per day}}"
    prior = read_calibration(write(priors=priors.replace("1 per month", "0.01 per month"))).fitted[0].prior
    assert (prior.low, prior.high) == pytest.approx((0.12, 0.005 * 365.25), rel=1e-9)


def test_the_declared_range(write: Write) -> None:
    """A prior that gives no ends takes those that the parameter is declared with. Exact."""
    found = read_calibration(write(priors=f"priors:\n  a: {{{RATE}, labels: [men]}}"))
    prior = found.fitted[0].prior
    (declared,) = (one.range for one in found.arm.params.values() if one.name == "infection_rate")
    assert (prior.low, prior.high, prior.kind) == (*declared, "uniform")


def test_the_first_rule_takes_a_survey(write: Write) -> None:
    """Rules are tried in order; a survey's own design effect goes before the rule's; years narrow. Exact."""
    targets = ("targets:\n  - {measure: prevalence, group: [fsw, clients], until: 2003, design_effect: 2}\n"
               "  - {measure: prevalence, from: 2005, spread: 0.3, bias: under}")  # fmt: skip
    priors = f"{PARTS['priors']}\n  under: {{bias: true, from: -0.5, to: 0.5, form: normal, shape: [0, 0.2]}}"
    found = read_calibration(write(targets=targets, priors=priors))
    assert [(t.survey.year, t.survey.group) for t in found.targets] == [
        (2002.0, "fsw"), (2005.0, "fsw"), (2003.0, "clients"), (2005.0, "clients"),
    ]  # fmt: skip
    assert [(t.design_effect, t.spread, t.bias) for t in found.targets] == [
        (2.0, 0.0, ""), (1.0, 0.3, "under"), (1.5, 0.0, ""), (1.0, 0.3, "under"),
    ]  # fmt: skip
    assert found.fitted[2].param is None and found.fitted[2].prior.shape == (0.0, 0.2)


RATIOS = """\
  - {measure: prevalence, group: fsw, year: 2004, estimate: 1.8, low: 1.2, high: 2.6, relative_to: {group: clients}}
  - {measure: prevalence, group: fsw, year: 2002, estimate: 0.8, low: 0.6, high: 1.1, relative_to: {year: 2005}}
"""


def test_ratios(write: Write) -> None:
    """Rules for ratios take ratios and no others; one of two years is held back until the later one. Exact."""
    targets = "targets:\n  - {measure: prevalence, group: fsw}\n  - {measure: prevalence, ratio: true, spread: 0.2}"
    found = read_calibration(write(RATIOS, targets=targets), until=2004)
    assert [t.name for t in found.targets] == ["prevalence of fsw, 2002",
                                               "prevalence of fsw, 2004, relative to clients"]  # fmt: skip
    assert [t.name for t in found.held] == ["prevalence of fsw, 2005", "prevalence of fsw, 2002, relative to 2005"]
    assert [t.spread for t in found.surveyed] == [0.0, 0.0, 0.2, 0.2]


AGED = """\
  - {measure: prevalence, group: fsw, year: 2002, estimate: 0.2, age: [20, 25]}
  - {measure: prevalence, group: fsw, year: 2002, estimate: 0.5, n: 90, age: [45, 50]}
  - {measure: prevalence, group: fsw, year: 2004, estimate: 0.4, n: 90, age: [18, 50]}
"""


def test_surveys_of_few_ages(write: Write) -> None:
    """A rule with ages takes surveys of just these ages; one without takes any. Surveys of few ages are named by them,
    those of most adults are not. Exact.
    """
    rules = ("age: [20, 25], spread: 0.4", "group: fsw, until: 2002", "age: [18, 50], spread: 0.1")
    targets = "targets:" + "".join(f"\n  - {{measure: prevalence, {rule}}}" for rule in rules)
    found = read_calibration(write(AGED, targets=targets))
    assert [(t.name, t.spread) for t in found.targets] == [
        ("prevalence of fsw, 2002", 0.0), ("prevalence of fsw aged 20 to 24, 2002", 0.4),
        ("prevalence of fsw aged 45 to 49, 2002", 0.0), ("prevalence of fsw, 2004", 0.1),
    ]  # fmt: skip


def test_held_back(write: Write) -> None:
    """Surveys after a year are held back; a year before all of them leaves nothing to fit to. Exact."""
    found = read_calibration(write(), until=2003)
    assert [t.survey.year for t in found.targets] == [2002.0, 2003.0]
    assert [t.survey.year for t in found.held] == [2005.0, 2005.0]
    with pytest.raises(StudyError, match="there is no survey to fit to until 2001; the first is of 2002"):
        read_calibration(write(), until=2001)


def test_constraints(write: Write) -> None:
    """Orders and sums are those of the priors. Exact."""
    priors = f"priors:\n  a: {{{RATE}, labels: [men], {ENDS}}}\n  b: {{{RATE}, labels: [women], {ENDS}}}"
    found = read_calibration(write(priors=priors, order="order:\n  - [b, a]", sums="sums: [{of: [a, b], most: 0.9}]"))
    assert found.priors.order == (("b", "a"),) and found.priors.sums == ((("a", "b"), 0.9),)


def one_order(found: Calibration) -> bool:
    """True if a rises to b in every draw."""
    values = found.priors.values(found.priors.draw(64, rng()))
    return bool((values[:, 0] <= values[:, 1]).all())


def test_an_order_that_is_no_list_of_lists(write: Write) -> None:
    """`order: [a, b]` is taken for the order of a and b, or refused; it is not passed over. Exact."""
    priors = f"priors:\n  a: {{{RATE}, labels: [men], {ENDS}}}\n  b: {{{RATE}, labels: [women], {ENDS}}}"
    try:
        found = read_calibration(write(priors=priors, order="order: [a, b]"))
    except ScenarioError:
        return
    assert one_order(found)


@pytest.mark.parametrize("narrow", ["street", "former_fsw"])
def test_a_factor_multiplies_what_the_scenario_says_of_a_group(write: Write, narrow: str) -> None:
    """A group that the scenario names by a wider label has the value of that label, not that of everyone. Exact.

    Sex workers of the street have 0.3 a year, as all of them; half of it is 0.15 (those who have left have that of
    everyone, 0.05, and half of that). A factor that cannot be put so may be refused instead.
    """
    priors = f"priors:\n  a: {{{RATE}, labels: [{narrow}], factor: true, from: 0.1, to: 2}}"
    try:
        found = read_calibration(write(priors=priors))
    except ScenarioError:
        return
    value = applied(found.arm.scenario, found.fitted, {"a": 0.5})["infection_rate"][narrow]
    right = {2000: 0.15, 2004: 0.05} if narrow == "street" else 0.025
    assert value == pytest.approx(right)


def test_a_label_given_twice(write: Write) -> None:
    """It counts once: a factor of one half is not a quarter. It may be refused instead. Exact."""
    try:
        found = read_calibration(
            write(priors=f"priors:\n  a: {{{RATE}, labels: [clients, clients], factor: true, from: 0.1, to: 2}}")
        )
    except ScenarioError:
        return
    assert applied(found.arm.scenario, found.fitted, {"a": 0.5})["infection_rate"]["clients"] == pytest.approx(0.05)


SET = f"  a: {{{RATE}, labels: [men], {ENDS}}}\n"
TIMES = f"  b: {{{RATE}, labels: [men], factor: true, from: 0.5, to: 2}}\n"


def test_a_factor_over_what_another_prior_sets(write: Write) -> None:
    """It multiplies that wherever it stands in the file, or is refused before it: it is never undone. Exact.

    The rate of the men is set to 0.4 a year, and doubled.
    """
    after = read_calibration(write(priors=f"priors:\n{SET}{TIMES}"))
    draw = {"a": 0.4, "b": 2.0}
    assert applied(after.arm.scenario, after.fitted, draw)["infection_rate"]["men"] == pytest.approx(0.8)
    try:
        before = read_calibration(write(priors=f"priors:\n{TIMES}{SET}"))
    except ScenarioError:
        return
    assert applied(before.arm.scenario, before.fitted, draw)["infection_rate"]["men"] == pytest.approx(0.8)


def test_a_factor_that_leads_another_prior_out_of_range(write: Write) -> None:
    """A rate of up to 4 a year, times up to 2, would leave the declared range of 0 to 5; it is refused. Exact."""
    with pytest.raises(ScenarioError, match="out of its range"):
        read_calibration(write(priors=f"priors:\n{SET.replace('0.6 per year', '4 per year')}{TIMES}"))


def test_every_problem_at_once(write: Write) -> None:
    """Problems of priors, targets and search are told together, in the order of the file, with their number. Exact."""
    path = write(
        priors=f"priors:\n  a: {{{RATE}, labels: [fws], {ENDS}}}\n  b: {{of: transmission.rate, {ENDS}}}",
        targets="targets: [{measure: prevalense}]",
        search="search: {first: 0, mots: 3}",
    )
    with pytest.raises(ScenarioError) as caught:
        read_calibration(path)
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines[:-1]] == ["5", "6", "7", "8", "8"] and lines[-1] == "5 problems found"
