"""Counters to results: one value for each run, year, measure and group, kept as a long table.

Sums over months and groups come first and ratios last, so that no ratio is ever averaged. Counters are whole numbers or
fixed point, so sums are exact, and a file of results is the same bytes whatever the number of threads or workers.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from swmodel import codes
from swmodel.declare import Measure
from swmodel.layout import EVERYONE, layout_of
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from swmodel.engine import Engine

COLUMNS = ("scenario", "draw", "seed", "year", "measure", "group", "value")
BY_EVERY_GROUP = ("people", "away_share")  # measures reported for each group at each site, for `asked.csv`
WEEKS = 365.25 / 7.0  # in a year
TINY = 1e-6  # years; guards comparisons of dates made of sums of steps
NOT_COUNTED = {"pair_kind": "none", "cause_of_death": "stays"}  # labels that stand for the absence of the thing
DEATHS = ("background", "hiv")  # the causes that are deaths; the others are departures

Cell = tuple[str, str]  # measure, group


@dataclass(frozen=True)
class Run:
    """One finished simulation: `values` has shape (years, cells), NaN where a ratio has nothing to divide by."""

    scenario: str
    draw: int
    seed: int
    years: tuple[int, ...]
    cells: tuple[Cell, ...]
    values: np.ndarray
    seconds: float = math.nan

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells one run of a study from another: scenario, draw and seed."""
        return self.scenario, self.draw, self.seed

    def columns(self) -> dict[str, np.ndarray]:
        """The run as columns of the table, each of length years x cells."""
        size, cells = self.values.size, np.array(self.cells, object).reshape(-1, 2)
        return {
            "scenario": np.full(size, self.scenario, object),
            "draw": np.full(size, self.draw),
            "seed": np.full(size, self.seed),
            "year": np.repeat(np.array(self.years, int), len(self.cells)),
            "measure": np.tile(cells[:, 0], len(self.years)),
            "group": np.tile(cells[:, 1], len(self.years)),
            "value": self.values.ravel(),
        }

    def series(self, measure: str, group: str) -> np.ndarray:
        """One measure of one group in every year; shape (years,). Raises KeyError with the nearest names."""
        try:
            return np.asarray(self.values[:, self.cells.index((measure, group))])
        except ValueError:
            raise KeyError(unknown_cell(self.cells, measure, group)) from None


@dataclass(frozen=True)
class Results:
    """The runs of a study in a fixed order, with the scenarios that they ran, and what each draw set."""

    runs: tuple[Run, ...]
    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    draws: tuple[Mapping[str, Any], ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The years that every run covers."""
        common = set.intersection(*(set(run.years) for run in self.runs)) if self.runs else set()
        return tuple(sorted(common))

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The pairs of measure and group that any run has, in order."""
        return tuple(dict.fromkeys(cell for run in self.runs for cell in run.cells))

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures, in the order of the model."""
        return tuple(dict.fromkeys(measure for measure, _ in self.cells))

    def groups(self, measure: str) -> tuple[str, ...]:
        """The groups for which a measure is given."""
        return tuple(group for name, group in self.cells if name == measure)

    def of(self, scenario: str) -> Results:
        """The runs of one scenario only."""
        kept = tuple(run for run in self.runs if run.scenario == scenario)
        return Results(kept, {name: one for name, one in self.scenarios.items() if name == scenario}, self.draws)

    def drawn(self, *draws: int) -> Results:
        """The runs of these draws only."""
        return Results(tuple(run for run in self.runs if run.draw in draws), self.scenarios, self.draws)

    def series(self, measure: str, group: str = EVERYONE) -> tuple[np.ndarray, np.ndarray]:
        """The years, and one measure of one group; shapes (years,) and (runs, years)."""
        years = self.years
        rows = [run.series(measure, group)[[run.years.index(year) for year in years]] for run in self.runs]
        return np.array(years), np.stack(rows) if rows else np.zeros((0, len(years)))

    def value(self, measure: str, group: str = EVERYONE, year: int | None = None) -> float:
        """One number: the median over runs, in the last year unless another is named. Raises KeyError."""
        years, values = self.series(measure, group)
        wanted = int(years[-1]) if year is None and len(years) else year
        if wanted not in years:
            span = f"{years[0]} to {years[-1]}" if len(years) else "none"
            raise KeyError(f"no results for the year {wanted}; years of the results: {span}")
        return float(np.median(values[:, list(years).index(wanted)]))

    def rows(self) -> Iterator[tuple[str, int, int, int, str, str, float]]:
        """Every value with its names, in the order of the file: run, then year, then measure and group."""
        for run in self.runs:
            for year, values in zip(run.years, run.values.tolist(), strict=True):
                for (measure, group), value in zip(run.cells, values, strict=True):
                    yield *run.key, year, measure, group, value

    def columns(self) -> dict[str, np.ndarray]:
        """The table column by column, in the order of `rows`; texts are arrays of objects."""
        parts = [run.columns() for run in self.runs]
        return {name: np.concatenate([part[name] for part in parts]) if parts else np.zeros(0) for name in COLUMNS}

    def to_df(self) -> pd.DataFrame:
        """The table as a data frame: scenario, draw, seed, year, measure, group, value."""
        import pandas as pd

        return pd.DataFrame(self.columns())

    def plot(self, path: str | Path | None = None) -> list[Path]:
        """Draw the charts of each scenario into the folder `path`/charts, or ./charts, and return the files.

        With several scenarios, each has a folder of its own in `path`.
        """
        from swmodel import charts

        drawn: list[Path] = []
        for name, scenario in self.scenarios.items():
            folder = Path(path or ".") / ("" if len(self.scenarios) == 1 else name)
            drawn += charts.draw_run(folder, self.of(name), scenario)
        return drawn


def unknown_cell(cells: Sequence[Cell], measure: str, group: str) -> str:
    """What is wrong with a measure or group that the results do not have."""
    import difflib

    measures = list(dict.fromkeys(name for name, _ in cells))
    groups = [label for name, label in cells if name == measure]
    what, name, known = ("group", group, groups) if groups else ("measure", measure, measures)
    near = difflib.get_close_matches(name, known, 1)
    return f"no {what} '{name}' in the results" + (f"; did you mean '{near[0]}'?" if near else f"; there are {known}")


# --- from counters to values -----------------------------------------------------------------------------------------


def summarise(
    engine: Engine, measures: Sequence[Measure], scenario: Scenario, draw: int = 0, seconds: float = math.nan
) -> Run:
    """The measures of a finished simulation, by year and group.

    A year's value uses every step whose middle lies in it. A year that the run does not cover whole is left out: its
    flows would be too small and its person-years too few. A measure of which a counter is absent (of an intervention
    that the scenario does not have) is left out too.
    """
    years, steps = whole_years(engine)
    yearly = {
        name: by_year(engine, name, steps, scenario)
        for name in {c for m in measures for c in (*m.numerator, *m.denominator)}
        if name in engine.counters
    }
    cells: list[Cell] = []
    columns: list[np.ndarray] = []
    lengths = np.array([len(places) for places in steps], float)
    for measure in measures:
        if any(name not in yearly for name in (*measure.numerator, *measure.denominator)):
            continue
        kept, by_group = labels_of(measure, scenario), engine.counters[measure.numerator[0]].by == ("group",)
        for label, values in measured(measure, yearly, lengths, engine.dt).items():
            if by_group and label not in kept:
                continue
            cells.append((measure.name, label))
            columns.append(values)
    values = np.stack(columns, axis=1) if columns else np.zeros((len(years), 0))
    return Run(scenario.name, draw, engine.seed, years, tuple(cells), values, seconds)


def whole_years(engine: Engine) -> tuple[tuple[int, ...], list[np.ndarray]]:
    """The calendar years that the steps done cover whole, and the places of each year's steps."""
    start = float(engine.scenario.start)
    first, last = math.ceil(start - TINY), math.floor(start + engine.step * engine.dt + TINY)
    of = np.floor(engine.times[: engine.step]).astype(int)
    years = [year for year in range(first, last) if (of == year).any()]
    return tuple(years), [np.flatnonzero(of == year) for year in years]


def by_year(engine: Engine, name: str, steps: Sequence[np.ndarray], scenario: Scenario) -> dict[str, np.ndarray]:
    """One counter summed over the steps of each year; label -> (years,), unions included."""
    counts = engine.count(name)
    totals = np.array([counts[places].sum(axis=0) for places in steps], float).reshape(len(steps), *counts.shape[1:])
    joined = [""]
    for axis, dimension in enumerate(engine.counters[name].by, 1):
        labels, members = unions(dimension, scenario)
        totals = np.moveaxis(np.tensordot(totals, members, axes=(axis, 1)), -1, axis)
        joined = [f"{before}/{label}" if before else label for before in joined for label in labels]
    flat = totals.reshape(len(steps), len(joined))
    return {label or EVERYONE: flat[:, k] for k, label in enumerate(joined)}


def unions(dimension: str, scenario: Scenario) -> tuple[list[str], np.ndarray]:
    """The labels under which a dimension is reported, and which codes each sums; shape (labels, codes), 0 or 1.

    Groups come with every label that the layout offers and those that surveys name, anything else with "all". Of the
    causes of leaving, "all" sums the deaths.
    """
    layout = layout_of(scenario)
    names = layout.labels(dimension)
    if dimension == "group":
        surveyed = [group for group in surveyed_groups(scenario) if layout.members(group)]
        labels = list(dict.fromkeys([*layout.names, *surveyed, *layout.group_names]))
        of = {label: layout.members(label) or frozenset() for label in labels}
        return labels, np.array([[float(code in of[label]) for code in range(len(names))] for label in labels])
    members: dict[str, Sequence[str]] = {name: (name,) for name in names if name != NOT_COUNTED.get(dimension)}
    members[EVERYONE] = DEATHS if dimension == "cause_of_death" else tuple(members)
    return list(members), np.array([[float(name in union) for name in names] for union in members.values()])


def surveyed_groups(scenario: Scenario) -> list[str]:
    """The groups that the scenario's surveys are of, or compare with."""
    return [asked.group for survey in getattr(scenario, "surveys", ()) for asked in survey.asked]


def labels_of(measure: Measure, scenario: Scenario) -> set[str]:
    """The labels of groups under which a measure by group is reported.

    A measure of one role has the groups of that role, each at each site too; other measures but the number of people
    and who is away have the labels that the layout offers, so that a table does not grow with sites times occupations.
    """
    layout = layout_of(scenario)
    offered = {*layout.names, *surveyed_groups(scenario)}
    if not measure.of:
        return offered | set(layout.group_names) if measure.name in BY_EVERY_GROUP else offered
    role = codes.ROLES.index(measure.of)
    every = offered | set(layout.group_names)
    return {EVERYONE} | {
        label for label in every if all(layout.groups[code].role == role for code in layout.members(label) or (0,))
    }


def measured(
    measure: Measure, yearly: Mapping[str, Mapping[str, np.ndarray]], steps: np.ndarray, dt: float
) -> dict[str, np.ndarray]:
    """One measure from its counters' yearly sums; label -> (years,). `steps` is the number of steps of each year."""
    over = total(measure.numerator, yearly)
    if measure.kind == "flow":
        return over
    if measure.kind == "stock":
        return {label: values / steps for label, values in over.items()}
    under = total(measure.denominator, yearly)
    scale = {"year": dt, "week": dt * WEEKS}.get(measure.per, 1.0)
    nothing = np.full(len(steps), math.nan)
    return {
        label: np.divide(over[label], under[label] * scale, out=nothing.copy(), where=under[label] > 0.0)
        for label in over
        if label in under
    }


def total(names: Sequence[str], yearly: Mapping[str, Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The sum of several counters, for the labels that all of them have."""
    first, *others = (yearly[name] for name in names)
    return {
        label: sum((one[label] for one in others), start=values)
        for label, values in first.items()
        if all(label in one for one in others)
    }


# --- files -----------------------------------------------------------------------------------------------------------


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, which takes its place once it is complete and on disk; or else is removed."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        yield temporary
        with temporary.open("rb") as f:
            os.fsync(f.fileno())
        temporary.replace(path)
    except OSError as error:
        error.filename = str(path)  # the name that means something to a user
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_csv(results: Results, path: Path) -> None:
    """The table as CSV; numbers to the last bit (`float(text)` gives them back), empty where there is none."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as f:
        write_rows(f, results)


def write_rows(file: TextIO, results: Results) -> None:
    """The head and the rows of the table."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((*row[:-1], "" if math.isnan(row[-1]) else repr(row[-1])) for row in results.rows())


def write_parquet(results: Results, path: Path) -> bool:
    """The same table as Parquet; False, and no file, where pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return False
    text = pa.dictionary(pa.int32(), pa.string())
    kinds = {"scenario": text, "measure": text, "group": text, "value": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in COLUMNS])
    with whole_file(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for run in results.runs:  # one group of rows a run, so that memory stays small
            columns = run.columns()
            arrays = [arrow_column(columns[field.name], field.type) for field in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
    return True


def arrow_column(values: np.ndarray, kind: Any) -> Any:
    """A column as an Arrow array of `kind`, from its memory: `pyarrow.array` would import pandas, for half a second."""
    import pyarrow as pa

    def of_numbers(numbers: np.ndarray, number: Any) -> Any:
        wanted = np.ascontiguousarray(numbers, number.to_pandas_dtype())
        return pa.Array.from_buffers(number, len(wanted), [None, pa.py_buffer(wanted)])

    if not pa.types.is_dictionary(kind):
        return of_numbers(values, kind)
    names, places = np.unique(values.astype(str), return_inverse=True)
    texts = [name.encode() for name in names.tolist()]
    ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
    words = pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))])
    return pa.DictionaryArray.from_arrays(of_numbers(places, kind.index_type), words)


def read_csv(
    path: Path, scenarios: Mapping[str, Scenario] | None = None, draws: Sequence[Mapping[str, Any]] = ()
) -> Results:
    """The runs in a file that `write_csv` made. Raises ValueError on another kind of file."""
    found: dict[tuple[str, int, int], dict[int, dict[Cell, float]]] = {}
    with path.open(encoding="utf-8", newline="") as f:
        reader = csv.reader(f)
        if tuple(next(reader, ())) != COLUMNS:
            raise ValueError(f"{path} is not a table of results; its first line should be {','.join(COLUMNS)}")
        for scenario, draw, seed, year, measure, group, value in reader:
            run = found.setdefault((scenario, int(draw), int(seed)), {})
            run.setdefault(int(year), {})[measure, group] = float(value) if value else math.nan
    runs = []
    for key, years in found.items():
        cells = tuple(next(iter(years.values())))
        values = np.array([[years[year][cell] for cell in cells] for year in years])
        runs.append(Run(*key, tuple(years), cells, values))
    return Results(tuple(runs), dict(scenarios or {}), tuple(draws))
