"""From counters to values by year and group, on counts small enough to check by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from swmodel import codes
from swmodel.declare import Counter, Measure
from swmodel.results import summarise
from swmodel.scenario.spec import Scenario, Survey

MONTH = 1.0 / 12.0
KINDS = len(codes.PAIR_KINDS)


def scenario(start: float = 2000.0, years: float = 2.0) -> Scenario:
    """A run with two work settings and one union."""
    return Scenario(
        "hand", "", start, start + years, MONTH, 10, 1, 1, ("street", "venue"), groups={"paying": ("clients", "street")}
    )


GROUPS = len(scenario().layout.groups)


def engine(counts: dict[str, tuple[tuple[str, ...], np.ndarray]], of: Scenario) -> Any:
    """What `summarise` asks of an engine, with the given counters: (dimensions, counts by step)."""
    steps = round((of.stop - of.start) / of.step)
    return SimpleNamespace(
        scenario=of, seed=1, step=steps, dt=of.step, times=of.start + (np.arange(steps) + 0.5) * of.step,
        counters={name: Counter(name, name, by) for name, (by, _) in counts.items()},
        count=lambda name: counts[name][1],
    )  # fmt: skip


def table(measure: Measure, counts: dict[str, tuple[tuple[str, ...], np.ndarray]], of: Scenario) -> dict[str, list]:
    """The values of one measure by label."""
    run = summarise(engine(counts, of), (measure,), of)
    return {group: run.series(measure.name, group).tolist() for _, group in run.cells}


# Every month: 1 woman, 2 men, 3 clients, 4 in street, 5 in venue, 6 who left sex work.
BY_GROUP = np.tile(np.arange(1, GROUPS + 1), (24, 1))


def test_flow_stock_and_unions() -> None:
    """A flow is a sum over months, a stock their mean; unions are sums over groups."""
    counts = {"c": (("group",), BY_GROUP)}
    flow = table(Measure("m", "", "", "flow", ("c",)), counts, scenario())
    stock = table(Measure("m", "", "", "stock", ("c",)), counts, scenario())
    expected = {
        "women": 1,
        "men": 2,
        "clients": 3,
        "street": 4,
        "venue": 5,
        "former_fsw": 6,
        "fsw": 9,
        "paying": 7,
        "all": 21,
    }
    expected |= {"clients_of_women": 3, "sex_workers": 9, "former": 6}
    assert flow == {label: [12.0 * n] * 2 for label, n in expected.items()}
    assert stock == {label: [float(n)] * 2 for label, n in expected.items()}


def test_ratio_is_of_sums() -> None:
    """A ratio divides sums over months and groups; it is not a mean of ratios, and 0 / 0 is no number."""
    ill, people = np.zeros((24, GROUPS)), np.zeros((24, GROUPS))
    people[:, 3], people[:, 4] = 10, 90
    ill[:, 3] = 5
    ill[:6, 4] = 18
    counts = {"ill": (("group",), ill), "people": (("group",), people)}
    found = table(Measure("m", "", "", "ratio", ("ill",), ("people",)), counts, scenario())
    assert found["street"] == [0.5, 0.5]
    assert found["venue"] == [0.1, 0.0]
    assert found["fsw"] == [(60 + 108) / 1200, 60 / 1200]
    assert all(math.isnan(value) for value in found["women"])


def test_person_years() -> None:
    """`per="year"` makes person-months in a denominator person-years."""
    counts = {"new": (("group",), BY_GROUP * 0 + 1), "risk": (("group",), BY_GROUP * 0 + 120)}
    found = table(Measure("m", "", "", "ratio", ("new",), ("risk",), "year"), counts, scenario())
    assert found["women"] == pytest.approx([0.1, 0.1])


def test_several_counters_and_two_dimensions() -> None:
    """Counters of a numerator add up; two dimensions give "label/label" with the unions of both."""
    one = np.zeros((24, GROUPS, KINDS))
    one[:, 3, codes.SPOUSE], one[:, 4, codes.CASUAL_PARTNER], one[:, 0, codes.NONE] = 1, 2, 50
    by = ("group", "pair_kind")
    found = table(Measure("m", "", "", "flow", ("a", "b")), {"a": (by, one), "b": (by, one)}, scenario())
    assert found["street/spouse"] == [24.0, 24.0]
    assert found["fsw/all"] == [72.0, 72.0]
    assert found["women/all"] == [0.0, 0.0]  # the free rows of the table of pairs are no kind
    assert "women/none" not in found


def test_work_settings_and_causes() -> None:
    """Work settings add up to "all", as men may work in one; of the causes of leaving, "all" sums the deaths."""
    of = scenario()
    settings = table(Measure("m", "", "", "flow", ("c",)), {"c": (("work_setting",), np.tile([1, 2], (24, 1)))}, of)
    assert settings == {"street": [12.0, 12.0], "venue": [24.0, 24.0], "all": [36.0, 36.0]}
    causes = np.tile([7, 1, 2, 3, 4], (24, 1))
    found = table(Measure("m", "", "", "flow", ("c",)), {"c": (("cause_of_death",), causes)}, of)
    assert found["all"] == [36.0, 36.0]
    assert found["moved_away"] == [48.0, 48.0]
    assert "stays" not in found


def test_sites_and_occupations() -> None:
    """Groups of several sites add up by site, by occupation and across sites; a survey's narrowed label is reported."""
    survey = Survey("m", "clients:drivers@south", 2000.0, 1.0)
    of = replace(scenario(), work_settings=("street", "bar"), workers={"bar": "men"}, sites=("north", "south"),
                 occupations=("drivers", "others"), surveys=(survey,))  # fmt: skip
    counts = np.tile(1 << np.arange(len(of.layout.groups), dtype=np.int64), (24, 1))  # each group has a bit of its own
    found = table(Measure("m", "", "", "stock", ("c",)), {"c": (("group",), counts)}, of)
    names = of.layout.group_names

    def of_groups(label: str) -> set[str]:
        total = int(found[label][0])
        return {name for k, name in enumerate(names) if total >> k & 1}

    assert of_groups("fsw") == {"street@north", "street@south"}
    assert of_groups("fsw@south") == {"street@south"} and of_groups("msw@south") == {"bar@south"}
    assert of_groups("sex_workers") == {"street@north", "street@south", "bar@north", "bar@south"}
    assert of_groups("clients:drivers@south") == {"clients_of_women:drivers@south"}
    assert of_groups("drivers") == {f"{who}:drivers@{s}" for who in ("men", "clients_of_women") for s in of.sites}
    assert of_groups("clients") == {n for n in names if n.startswith("clients_")}
    assert of_groups("south") == {n for n in names if n.endswith("@south")}
    assert of_groups("all") == set(names)
    assert len(names) == len(set(names)) == 2 * (1 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 1)
    workers = table(Measure("m", "", "", "stock", ("c",), of="worker"), {"c": (("group",), counts)}, of)
    assert "msw@south" in workers and "all" in workers and "sex_workers" in workers
    assert not {"women", "clients", "south", "former_fsw"} & workers.keys()


@pytest.mark.parametrize(("start", "years", "expected"), [(2000.0, 2.0, (2000, 2001)), (2000.5, 2.0, (2001,)),
                                                          (2000.0, 1.75, (2000,)), (2000.25, 0.5, ())])  # fmt: skip
def test_partial_years_are_left_out(start: float, years: float, expected: tuple[int, ...]) -> None:
    """A calendar year that the run does not cover whole has no value."""
    of = scenario(start, years)
    counts = {"c": (("group",), np.ones((round(years * 12), GROUPS)))}
    assert summarise(engine(counts, of), (Measure("m", "", "", "flow", ("c",)),), of).years == expected


def test_a_measure_without_its_counter_is_left_out() -> None:
    """An intervention's measures are absent where the scenario does not have it."""
    measures = (Measure("m", "", "", "flow", ("c",)), Measure("n", "", "", "ratio", ("c",), ("absent",)))
    run = summarise(engine({"c": (("group",), BY_GROUP)}, scenario()), measures, scenario())
    assert {measure for measure, _ in run.cells} == {"m"}
