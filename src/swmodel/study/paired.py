"""Differences between scenarios, subtracted run by run: the same seed and the same draw in both.

Two runs with one seed share every person and every threshold, so chance common to both falls out of the difference. For
each scenario, measure, group and year the table gives, over the pairs (seeds x draws):

* `median`, and `low` to `high`, the 2.5th and 97.5th percentiles of the differences (linear between order statistics):
  where single runs, and the parameters drawn, may fall;
* `mean`, and `mean_low` to `mean_high`, Student's 95 % interval of the mean difference: how well the average is known.
  With about 20 pairs the percentiles are coarse (close to the least and the greatest), so this is shown as well. With
  one pair there is no interval.

A ratio that has nothing to divide by in any of the runs has no difference. Infections averted are counted from the
first year in which any run differs from its twin, which is when the scenario starts to act.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from swmodel.layout import EVERYONE
from swmodel.results import Cell, Results, Run, unknown_cell, whole_file
from swmodel.scenario.spec import Scenario
from swmodel.study.plan import StudyError

if TYPE_CHECKING:
    import pandas as pd

INFECTIONS = "new_infections"
AVERTED, SHARE = "infections_averted", "share_of_infections_averted"  # cumulative, from the first year that differs
LOW, HIGH = 2.5, 97.5  # percentiles of the interval
CONFIDENCE = 0.95
BISECTIONS = 200
COMMON = ("start", "step", "people")  # what scenarios must share for their people to be the same


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison: scenario less baseline, or what was averted up to the end of `year`."""

    scenario: str
    baseline: str
    measure: str
    group: str
    year: int
    median: float
    low: float
    high: float
    mean: float
    mean_low: float
    mean_high: float
    pairs: int


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True)
class Twins:
    """A scenario's runs and their twins of the baseline; `ours` and `theirs` have shape (pairs, years, cells)."""

    years: tuple[int, ...]
    cells: tuple[Cell, ...]
    ours: np.ndarray
    theirs: np.ndarray

    def place(self, measure: str, group: str) -> int:
        """Where a measure of a group lies along the last axis. Raises KeyError with the nearest name."""
        if (measure, group) not in self.places:
            raise KeyError(unknown_cell(self.cells, measure, group))
        return self.places[measure, group]

    @cached_property
    def places(self) -> Mapping[Cell, int]:
        """Where each cell lies along the last axis."""
        return {cell: k for k, cell in enumerate(self.cells)}


@dataclass(frozen=True)
class Comparison:
    """Scenarios against a baseline, the first of them; `results` holds all the runs."""

    results: Results
    baseline: str

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """Every scenario by name, the baseline first."""
        return self.results.scenarios

    @property
    def others(self) -> tuple[str, ...]:
        """The scenarios that are set beside the baseline."""
        return tuple(dict.fromkeys(r.scenario for r in self.results.runs if r.scenario != self.baseline))

    @cached_property
    def twins(self) -> Mapping[str, Twins]:
        """For each other scenario, its runs beside those of the baseline with the same draw and seed."""
        base = {run.key[1:]: run for run in self.results.runs if run.scenario == self.baseline}
        made = {}
        for name in self.others:
            runs = [run for run in self.results.runs if run.scenario == name]
            made[name] = align(runs, [base[run.key[1:]] for run in runs])
        return made

    def of(self, scenario: str) -> Twins:
        """The twins of one scenario. Raises KeyError for an unknown one."""
        if scenario not in self.twins:
            raise KeyError(f"no scenario '{scenario}' in the comparison; there are {', '.join(self.others)}")
        return self.twins[scenario]

    def differences(self, scenario: str, measure: str, group: str = EVERYONE) -> tuple[np.ndarray, np.ndarray]:
        """Years, and scenario less baseline; shapes (years,) and (pairs, years). Raises KeyError."""
        twins = self.of(scenario)
        place = twins.place(measure, group)
        return np.array(twins.years), (twins.ours - twins.theirs)[:, :, place]

    def differing(self, scenario: str) -> np.ndarray:
        """The places of the years in which any run differs from its twin; empty for a scenario that changes nothing."""
        twins = self.of(scenario)
        differ = (twins.ours != twins.theirs) & ~(np.isnan(twins.ours) & np.isnan(twins.theirs))
        return np.flatnonzero(differ.any(axis=(0, 2)))

    def since(self, scenario: str) -> int:
        """The first year in which any run differs from its twin; the last year if none does."""
        twins, found = self.of(scenario), self.differing(scenario)
        return twins.years[found[0] if len(found) else -1]

    def averted(self, scenario: str, group: str = EVERYONE) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Years from `since` on, infections averted up to the end of each, and their share of the baseline's.

        Shapes (years,), (pairs, years), (pairs, years); the share is NaN where the baseline has no infections.
        """
        twins = self.of(scenario)
        first, place = twins.years.index(self.since(scenario)), twins.place(INFECTIONS, group)
        base = np.cumsum(twins.theirs[:, first:, place], axis=1)
        fewer = base - np.cumsum(twins.ours[:, first:, place], axis=1)
        share = np.divide(fewer, base, out=np.full(base.shape, math.nan), where=base > 0.0)
        return np.array(twins.years[first:]), fewer, share

    def rows(self) -> Iterator[Row]:
        """Every difference of every measure, then what was averted, for each scenario in turn."""
        for name, twins in self.twins.items():
            for measure, group in twins.cells:
                yield from self.summed_up(name, measure, group, *self.differences(name, measure, group))
            for measure, group in twins.cells:
                if measure == INFECTIONS:
                    years, fewer, share = self.averted(name, group)
                    yield from self.summed_up(name, AVERTED, group, years, fewer)
                    yield from self.summed_up(name, SHARE, group, years, share)

    def summed_up(
        self, scenario: str, measure: str, group: str, years: np.ndarray, values: np.ndarray
    ) -> Iterator[Row]:
        """One line a year from values of shape (pairs, years)."""
        for year, numbers in zip(years.tolist(), interval(values).T.tolist(), strict=True):
            median, low, high, mean, mean_low, mean_high = numbers
            yield Row(
                scenario, self.baseline, measure, group, year, median, low, high, mean, mean_low, mean_high, len(values)
            )  # fmt: skip

    def to_df(self) -> pd.DataFrame:
        """The comparison as a data frame, with the columns of `Row`."""
        import pandas as pd

        return pd.DataFrame([astuple(row) for row in self.rows()], columns=list(COLUMNS))

    def write_csv(self, path: Path) -> None:
        """The same as CSV; empty where there is no number."""
        with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows([text(value) for value in astuple(row)] for row in self.rows())

    def plot(self, path: str | Path | None = None) -> list[Path]:
        """Draw the charts of the comparison into the folder `path`/charts, or ./charts, and return the files."""
        from swmodel import charts

        return charts.draw_comparison(Path(path or "."), self)


def comparison(results: Results, baseline: str) -> Comparison:
    """Results of several scenarios as a comparison. Raises StudyError if their people cannot be the same."""
    base = results.scenarios[baseline]
    for name, scenario in results.scenarios.items():
        check_pair(base, scenario, name)
    return Comparison(results, baseline)


def check_pair(base: Scenario, other: Scenario, name: str) -> None:
    """Refuse two scenarios whose runs with one seed do not hold the same people."""
    for what in (*COMMON, "sites", "occupations", "work_settings", "workers", "pair_kinds"):
        a, b = getattr(base, what), getattr(other, what)
        if a != b:
            raise StudyError(f"{name} cannot be compared with {base.name}: {what} is {b}, not {a}")


def text(value: object) -> object:
    """A value of a row as CSV has it."""
    return ("" if math.isnan(value) else repr(value)) if isinstance(value, float) else value


def align(runs: Sequence[Run], twins: Sequence[Run]) -> Twins:
    """Runs and their twins on the years and cells that all of them have."""
    every = [*runs, *twins]
    years = sorted(set.intersection(*(set(run.years) for run in every)))
    known = set.intersection(*(set(run.cells) for run in every))
    cells = [cell for cell in runs[0].cells if cell in known]

    def chosen(run: Run) -> np.ndarray:
        places = {cell: k for k, cell in enumerate(run.cells)}  # as there are thousands, and a search for each is slow
        return run.values[np.ix_([run.years.index(y) for y in years], [places[c] for c in cells])]

    return Twins(tuple(years), tuple(cells), np.stack(list(map(chosen, runs))), np.stack(list(map(chosen, twins))))


def interval(values: np.ndarray) -> np.ndarray:
    """Median, low, high, mean, mean_low, mean_high over the first axis; shape (6, years). See the module's text."""
    count = len(values)
    nothing = np.full(values.shape[1], math.nan)
    middle, mean = np.median(values, axis=0), values.mean(axis=0)
    if count == 1:
        return np.stack([middle, nothing, nothing, mean, nothing, nothing])
    low, high = np.percentile(values, [LOW, HIGH], axis=0)
    half = student_quantile(count - 1) * values.std(axis=0, ddof=1) / math.sqrt(count)
    return np.stack([middle, low, high, mean, mean - half, mean + half])


def student_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """The t with P(|T| <= t) = confidence for Student's T with `freedom` degrees of freedom."""
    low, high = 0.0, 0.5 * math.pi  # as an angle, atan(t / sqrt(freedom)): no bound on t is needed
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if student_within(middle, freedom) < confidence else (low, middle)
    return math.sqrt(freedom) * math.tan(0.5 * (low + high))


def student_within(angle: float, freedom: int) -> float:
    """P(|T| <= t) for t = sqrt(freedom) tan(angle): Abramowitz and Stegun 1964, 26.7.3 and 26.7.4."""
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = freedom % 2
    term, series = cosine if odd else 1.0, 0.0
    for k in range(1 + odd, freedom, 2):
        series += term
        term *= cosine * cosine * k / (k + 1)
    return 2.0 / math.pi * (angle + sine * series) if odd else sine * series
