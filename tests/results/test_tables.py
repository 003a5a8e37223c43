"""Results as tables and files; one simulation from Python."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

import swmodel as sw
from swmodel.results import COLUMNS, read_csv, write_csv, write_parquet


@pytest.fixture
def results(files: Path) -> sw.Results:
    """A small run."""
    return sw.Sim(files / "toy.yaml", people=200, stop=2004, seed=3).run()


def same_rows(found: Iterable[tuple], expected: Iterable[tuple]) -> bool:
    """True if rows agree in names and, bit for bit, in values; no number equals no number, as of a group of nobody."""
    rows = [[(*row[:-1], struct.pack("d", row[-1])) for row in side] for side in (found, expected)]
    return rows[0] == rows[1]


def test_sim_overrides(files: Path) -> None:
    """Keyword arguments go over the file, for a path and for a Scenario; both give the same results."""
    sim = sw.Sim(files / "toy.yaml", people=200, seed=7, stop=2003)
    assert (sim.scenario.people, sim.scenario.seed, sim.scenario.stop) == (200, 7, 2003)
    again = sw.Sim(sw.load(files / "toy.yaml"), people=200, seed=7, stop=2003)
    first, second = sim.run(), again.run()
    assert first.years == (2000, 2001, 2002)
    np.testing.assert_array_equal(first.runs[0].values, second.runs[0].values)


def test_threads_change_nothing(files: Path) -> None:
    """Two threads within a step give the same values, bit for bit."""
    one, two = (sw.Sim(files / "toy.yaml", people=20000, stop=2002, threads=n).run() for n in (1, 2))
    assert one.runs[0].values.tobytes() == two.runs[0].values.tobytes()


def test_sim_with_an_extension(files: Path) -> None:
    """An extension may be named in Python; its measures are in the results."""
    results = sw.Sim(files / "toy.yaml", people=200, stop=2002, extensions=[files / "extended.py"]).run()
    assert results.value("clients_alive", "clients", 2001) == 40.0


def test_data_frame(results: sw.Results) -> None:
    """The data frame has the columns and rows of the file."""
    frame = results.to_df()
    assert tuple(frame.columns) == COLUMNS
    assert same_rows(frame.itertuples(index=False), results.rows())


def test_value(results: sw.Results) -> None:
    """One number; names and years that do not exist are told, with the nearest."""
    assert results.value("people", "fsw", 2001) == 80.0
    assert results.value("people") == 200.0
    assert results.measures[0] == "people"
    assert results.groups("acts")[:2] == ("spouse", "casual")
    with pytest.raises(KeyError, match="did you mean 'prevalence'"):
        results.value("prevalance")
    with pytest.raises(KeyError, match="did you mean 'clients'"):
        results.value("people", "client")
    with pytest.raises(KeyError, match="2000 to 2003"):
        results.value("people", year=1990)


def test_files(results: sw.Results, tmp_path: Path) -> None:
    """CSV gives every bit back; Parquet holds the same table; no temporary file stays."""
    write_csv(results, tmp_path / "a.csv")
    back = read_csv(tmp_path / "a.csv", results.scenarios)
    assert back.runs[0].cells == results.runs[0].cells
    assert back.runs[0].years == results.runs[0].years
    assert back.runs[0].values.tobytes() == results.runs[0].values.tobytes()
    with (tmp_path / "a.csv").open(newline="") as f:
        assert next(csv.reader(f)) == list(COLUMNS)

    parquet = pytest.importorskip("pyarrow.parquet")
    assert write_parquet(results, tmp_path / "a.parquet")
    columns = parquet.read_table(tmp_path / "a.parquet").to_pydict()
    assert same_rows(zip(*columns.values(), strict=True), results.rows())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.parquet"]


def test_another_file_is_refused(tmp_path: Path) -> None:
    """A CSV file that is not a table of results says so."""
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="not a table of results"):
        read_csv(tmp_path / "other.csv")
