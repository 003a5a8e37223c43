"""Paired differences, their intervals, and what they say was averted."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import swmodel as sw
from swmodel.results import Results, Run
from swmodel.scenario.spec import Scenario
from swmodel.study.paired import COLUMNS, comparison, interval, student_quantile


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 10, 19, 99, 1000])
def test_student(freedom: int) -> None:
    """Student's quantile is that of SciPy."""
    assert student_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-10)


def test_interval() -> None:
    """Percentiles and Student's interval, by the book."""
    values = np.random.default_rng(1).normal(3.0, 2.0, (20, 1))
    median, low, high, mean, mean_low, mean_high = interval(values)[:, 0]
    assert (low, median, high) == pytest.approx(tuple(np.percentile(values, [2.5, 50, 97.5])))
    expected = stats.t.interval(0.95, 19, values.mean(), stats.sem(values[:, 0]))
    assert (mean_low, mean, mean_high) == pytest.approx((expected[0], values.mean(), expected[1]))
    alone = interval(values[:1])[:, 0]
    assert alone[0] == values[0, 0]
    assert np.isnan(alone[[1, 2, 4, 5]]).all()


def made() -> sw.Comparison:
    """Two seeds by hand: infections 10 a year in the baseline, and in the other 10, then 6 and 8, then 5 and none."""

    def run(name: str, seed: int, infections: list[float]) -> Run:
        values = np.array([[n, math.nan] for n in infections])
        cells = (("new_infections", "all"), ("prevalence", "all"))
        return Run(name, 0, seed, (2000, 2001, 2002), cells, values)

    scenario = {name: Scenario(name, "", 2000, 2003, 1 / 12, 10, 2, 1, ("street",)) for name in ("base", "lever")}
    runs = (run("base", 1, [10, 10, 10]), run("base", 2, [10, 10, 10]),
            run("lever", 1, [10, 6, 5]), run("lever", 2, [10, 8, 0]))  # fmt: skip
    return comparison(Results(runs, scenario), "base")


def test_averted() -> None:
    """Counted from the first year that differs, in all and as a share of what was expected."""
    compared = made()
    assert compared.since("lever") == 2001
    years, fewer, share = compared.averted("lever")
    assert years.tolist() == [2001, 2002]
    assert fewer.tolist() == [[4, 9], [2, 12]]
    assert share.tolist() == [[0.4, 0.45], [0.2, 0.6]]
    assert compared.differences("lever", "new_infections")[1].tolist() == [[0, -4, -5], [0, -2, -10]]
    with pytest.raises(KeyError, match="no scenario 'other'"):
        compared.since("other")


def test_rows(tmp_path: Path) -> None:
    """Data frame and file hold the same rows; nothing is written where there is no number."""
    frame = made().to_df()
    assert tuple(frame.columns) == COLUMNS
    last = frame[(frame.measure == "infections_averted") & (frame.year == 2002)].iloc[0]
    assert (last["median"], last["mean"], last.pairs) == (10.5, 10.5, 2)
    made().write_csv(tmp_path / "c.csv")
    with (tmp_path / "c.csv").open(newline="") as f:
        rows = list(csv.DictReader(f))
    assert len(rows) == len(frame)
    assert next(row for row in rows if row["measure"] == "prevalence")["median"] == ""


def test_compare(files: Path, tmp_path: Path) -> None:
    """An intervention changes nothing before it starts, nor anyone whom it does not reach; draws are pairs too."""
    compared = sw.compare(
        [files / "toy.yaml", files / "toy_prep.yaml"], seeds=3, people=300, draws=({}, {"infection_rate": 0.3}),
        workers=2, out=tmp_path,
    )  # fmt: skip
    assert compared.since("toy_prep") == 2003
    assert compared.of("toy_prep").ours.shape[0] == 6
    assert not compared.differences("toy_prep", "new_infections", "clients")[1].any()
    assert (compared.averted("toy_prep", "fsw")[1][:, -1] > 0).all()
    assert (tmp_path / "comparison.csv").exists()
