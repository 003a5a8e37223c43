"""Where fitted numbers go: plain values, labels, years, factors, and factors over what another prior sets."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from swmodel.calibrate.fitted import Fitted, applied, extremes, multiplied, standing
from swmodel.calibrate.priors import Prior
from swmodel.declare import Param
from swmodel.scenario.spec import Scenario

DEFAULT = {"acute": 10.0, "late": 7.0, "all": 1.0}
RATE = Param("rate", 0.2, "per year", (0.0, 5.0), "assumption: made for tests", "a rate", "group")
SHARE = Param("share", 0.3, "proportion", (0.0, 1.0), "assumption: made for tests", "a share")
STAGE = Param("stage", DEFAULT, "ratio", (0.0, 99.0), "assumption: made for tests", "by stage", "hiv_stage")
SERIES = {2000.0: 0.1, 2004.0: 0.2, 2008.0: 0.4}


def fitted(param: Param | None, name: str = "a", **given: Any) -> Fitted:
    """A fitted number with a prior that does not matter here."""
    return Fitted(Prior(name, 0.0, 9.0), param, **given)


def town(**parameters: Any) -> Scenario:
    """A scenario with these parameters."""
    return Scenario("town", "", 2000.0, 2010.0, 1 / 12, 100, 1, 1, ("street", "venue"), parameters)


CASES: dict[str, tuple[Fitted, Any, Any]] = {
    "a number for a number": (fitted(SHARE), 0.3, 0.5),
    "a number for all years": (fitted(SHARE), SERIES, 0.5),
    "a number for all labels": (fitted(RATE), {"fsw": 0.1, "all": 0.2}, 0.5),
    "one label of some": (fitted(RATE, labels=("fsw",)), {"fsw": 0.1, "all": 0.2}, {"fsw": 0.5, "all": 0.2}),
    "two labels, one of them new": (
        fitted(RATE, labels=("fsw", "men")), {"fsw": 0.1, "all": 0.2}, {"fsw": 0.5, "all": 0.2, "men": 0.5}
    ),
    "a label of a plain number": (fitted(RATE, labels=("fsw",)), 0.2, {"all": 0.2, "fsw": 0.5}),
    "a label of a series": (fitted(RATE, labels=("fsw",)), SERIES, {"all": SERIES, "fsw": 0.5}),
    "a year": (fitted(SHARE, years=(2004.0,)), SERIES, {**SERIES, 2004.0: 0.5}),
    "a new year, in its place": (
        fitted(SHARE, years=(2002.0,)), SERIES, {2000.0: 0.1, 2002.0: 0.5, 2004.0: 0.2, 2008.0: 0.4}
    ),
    "a year of a label": (
        fitted(RATE, labels=("fsw",), years=(2004.0,)), {"fsw": SERIES, "all": 0.2},
        {"fsw": {**SERIES, 2004.0: 0.5}, "all": 0.2},
    ),
    "a year of a label that takes the series of everyone": (
        fitted(RATE, labels=("fsw",), years=(2008.0,)), SERIES, {"all": SERIES, "fsw": {**SERIES, 2008.0: 0.5}}
    ),
    "a factor on a number": (fitted(SHARE, factor=True), 0.3, 0.15),
    "a factor on a series": (fitted(SHARE, factor=True), SERIES, {2000.0: 0.05, 2004.0: 0.1, 2008.0: 0.2}),
    "a factor on every label": (
        fitted(RATE, factor=True), {"fsw": SERIES, "all": 0.2},
        {"fsw": {2000.0: 0.05, 2004.0: 0.1, 2008.0: 0.2}, "all": 0.1},
    ),
    "a factor on a label": (
        fitted(RATE, labels=("fsw",), factor=True), {"fsw": 0.1, "all": 0.2}, {"fsw": 0.05, "all": 0.2}
    ),
    "a factor on a label that is as everyone": (
        fitted(RATE, labels=("men",), factor=True), {"fsw": 0.1, "all": 0.2}, {"fsw": 0.1, "all": 0.2, "men": 0.1}
    ),
    "a factor on a year": (
        fitted(SHARE, years=(2008.0,), factor=True), SERIES, {2000.0: 0.1, 2004.0: 0.2, 2008.0: 0.2}
    ),
    "a factor on a year of a label": (
        fitted(RATE, labels=("fsw",), years=(2000.0, 2008.0), factor=True), {"fsw": SERIES, "all": 0.2},
        {"fsw": {2000.0: 0.05, 2004.0: 0.2, 2008.0: 0.2}, "all": 0.2},
    ),
}  # fmt: skip


def floats(value: Any) -> Any:
    """A value whose numbers may differ by rounding."""
    return {key: floats(part) for key, part in value.items()} if isinstance(value, dict) else pytest.approx(value)


@pytest.mark.parametrize("case", CASES)
def test_put(case: str) -> None:
    """One half in the place of what was there, or times it; labels and years that are not named stay. Exact.

    What was there is not changed itself: a scenario is shared by every run. Years stay in order, since a series is
    read in order.
    """
    one, value, right = CASES[case]
    before = copy.deepcopy(value)
    found = one.put(value, 0.5)
    assert found == floats(right) and value == before
    assert list(found) == list(right) if isinstance(right, dict) else True
    for part in found.values() if isinstance(found, dict) else ():
        assert list(part) == sorted(part) if isinstance(part, dict) else True


def test_applied() -> None:
    """A draw gives whole parameters, only those that it changes, from the scenario or the declared default. Exact.

    A factor after the prior of the same parameter multiplies what that prior sets; a bias changes no parameter.
    """
    scenario = town(rate={"fsw": 0.1, "all": 0.2}, other=1.0)
    before = copy.deepcopy(scenario.parameters)
    everyone = (
        fitted(RATE, "workers", labels=("fsw",)), fitted(RATE, "all_rates", factor=True), fitted(SHARE, "half"),
        fitted(STAGE, "acute", labels=("acute",)), fitted(None, "under_reporting"),
    )  # fmt: skip
    draw = {"workers": 0.4, "all_rates": 2.0, "half": 0.5, "acute": 12.0, "under_reporting": 3.0}
    found = applied(scenario, everyone, draw)
    assert found == {"rate": floats({"fsw": 0.8, "all": 0.4}), "share": 0.5, "stage": {**DEFAULT, "acute": 12.0}}
    assert scenario.parameters == before and STAGE.default == {"acute": 10.0, "late": 7.0, "all": 1.0}
    assert applied(scenario, (fitted(None),), {"a": 1.0}) == {} == applied(scenario, (), {})


def test_two_labels_of_one_parameter() -> None:
    """Priors of different labels and years of the same parameter do not undo each other. Exact."""
    scenario = town(rate={"fsw": SERIES, "all": 0.2})
    both = (
        fitted(RATE, "early", labels=("fsw",), years=(2000.0,)), fitted(RATE, "late", labels=("fsw",), years=(2008.0,)),
        fitted(RATE, "men", labels=("men",)),
    )  # fmt: skip
    found = applied(scenario, both, {"early": 0.7, "late": 0.9, "men": 0.3})
    assert found == {"rate": {"fsw": {2000.0: 0.7, 2004.0: 0.2, 2008.0: 0.9}, "all": 0.2, "men": 0.3}}


def test_multiplied_and_extremes() -> None:
    """Every number of a value times another; the smallest and largest of them. Exact."""
    value = {"fsw": {2000.0: 0.5, 2004.0: 3.0}, "all": 2.0}
    assert multiplied(value, 2.0) == {"fsw": {2000.0: 1.0, 2004.0: 6.0}, "all": 4.0}
    assert extremes(value) == (0.5, 3.0) and extremes(4) == (4.0, 4.0)


STANDING: dict[str, tuple[Any, Any, Any, Any]] = {
    "as it was fitted": (2.0, 2.0, 5.0, 5.0),
    "another number": (3.0, 2.0, 5.0, 3.0),
    "labels": ({"a": 1.0, "b": 9.0}, {"a": 1.0, "b": 2.0}, {"a": 4.0, "b": 5.0}, {"a": 4.0, "b": 9.0}),
    "a label more": ({"a": 1.0, "c": 9.0}, {"a": 1.0}, {"a": 4.0}, {"a": 4.0, "c": 9.0}),
    "a label less": ({"a": 1.0}, {"a": 1.0, "b": 2.0}, {"a": 4.0, "b": 5.0}, {"a": 4.0}),
    "a label that the fit adds": ({"a": 9.0}, {"a": 1.0}, {"a": 4.0, "b": 5.0}, {"a": 9.0, "b": 5.0}),
    "later years": ({1990.0: 1.0, 2030.0: 9.0}, {1990.0: 1.0}, {1990.0: 4.0}, {1990.0: 4.0, 2030.0: 9.0}),
    "a year that the fit adds": ({2030.0: 9.0}, {1990.0: 1.0}, {1990.0: 4.0, 2000.0: 5.0}, {2000.0: 5.0, 2030.0: 9.0}),
    "years of a label": ({"a": {1990.0: 1.0, 2030.0: 9.0}, "b": 2.0}, {"a": {1990.0: 1.0}, "b": 2.0},
                         {"a": {1990.0: 4.0}, "b": 5.0}, {"a": {1990.0: 4.0, 2030.0: 9.0}, "b": 5.0}),
    "a series for a number": ({1990.0: 1.0, 2030.0: 9.0}, 1.0, 4.0, {1990.0: 4.0, 2030.0: 9.0}),
    "labels for a number": ({"a": 9.0, "all": 1.0}, 1.0, 4.0, {"a": 9.0, "all": 4.0}),
    "labels for a number, fitted by label": ({"a": 9.0, "all": 1.0}, 1.0, {"a": 4.0, "all": 1.0},
                                             {"a": 9.0, "all": 1.0}),
    "years where the fit has labels": ({1990.0: 1.0, 2030.0: 9.0}, 1.0, {"a": 4.0, "all": 1.0},
                                       {1990.0: 1.0, 2030.0: 9.0}),
    "a number for labels": (9.0, {"a": 1.0}, {"a": 4.0}, 9.0),
}  # fmt: skip


@pytest.mark.parametrize("case", STANDING)
def test_what_stands(case: str) -> None:
    """Where a scenario says what it said when it was fitted it takes the draw; elsewhere its own word stands. Exact."""
    now, fitted, drawn, right = STANDING[case]
    found = standing(now, fitted, drawn)
    assert found == right and (not isinstance(found, dict) or list(found) == list(right))
