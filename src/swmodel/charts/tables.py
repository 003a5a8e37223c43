"""From the long table of results to the lines, bands and survey points of a chart."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swmodel.scenario.spec import Survey

if TYPE_CHECKING:
    import pandas as pd

MANY_RUNS = 40  # from here on 2.5 % of the runs is one run, and the band leaves out the outermost
LOW, HIGH = 0.025, 0.975
NORMAL_95 = 1.959964  # two-sided 95 % point of the standard normal


@dataclass(frozen=True)
class Band:
    """One measure of one group over time: median and spread over runs; arrays of shape (years,), no NaN."""

    measure: str
    group: str
    years: np.ndarray
    middle: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def since(self, year: float) -> Band:
        """The same from a year on."""
        kept = self.years >= year
        parts = (self.years[kept], self.middle[kept], self.low[kept], self.high[kept])
        return Band(self.measure, self.group, *parts)


@dataclass(frozen=True)
class Point:
    """One survey estimate as drawn: `low` and `high` are NaN without an interval, `estimate` where only a range is."""

    survey: Survey
    estimate: float
    low: float
    high: float
    wilson: bool = False

    @property
    def hollow(self) -> bool:
        """True if nothing is known of its precision."""
        return math.isnan(self.low)


def bands(frame: pd.DataFrame, measure: str, groups: Iterable[str], scale: float = 1.0) -> dict[str, Band]:
    """The groups that have the measure, in the order asked for; values are multiplied by `scale`."""
    found = {}
    rows = frame[frame["measure"] == measure].dropna(subset=["value"])
    many = runs(frame) >= MANY_RUNS
    for group in groups:
        by_year = rows[rows["group"] == group].groupby("year")["value"]
        if not by_year.ngroups:
            continue
        spread = (by_year.quantile(LOW), by_year.quantile(HIGH)) if many else (by_year.min(), by_year.max())
        values = [one.to_numpy(float) * scale for one in (by_year.median(), *spread)]
        found[group] = Band(measure, group, by_year.median().index.to_numpy(int), *values)
    return found


def runs(frame: pd.DataFrame) -> int:
    """How many runs (draws x seeds) a scenario has in the table."""
    return len(frame[["draw", "seed"]].drop_duplicates())


def band_words(frame: pd.DataFrame) -> str:
    """What the line and the band are."""
    number, draws = runs(frame), frame["draw"].nunique()
    if number == 1:
        return "Lines: one simulation, so there is no band"
    apart = "seeds (repeats that differ by chance alone)" if draws == 1 else f"runs ({draws} sets of parameters)"
    what = f"{number} {apart}"
    spread = f"middle 95 % of {what}" if number >= MANY_RUNS else f"range over {what}"
    return f"Line: median; band: {spread}".replace(" %", "\u00a0%")


def points(surveys: Sequence[Survey], band: Band | None) -> list[Point]:
    """The surveys of what a line shows, in its years, with their 95 % intervals and in order of year."""
    if band is None:
        return []
    found = [
        point(one)
        for one in surveys
        if one.of_adults
        and (one.measure, one.group) == (band.measure, band.group)
        and band.years[0] <= one.year <= band.years[-1]
    ]
    return sorted((one for one in found if one), key=lambda one: one.survey.year)


def point(survey: Survey) -> Point | None:
    """One survey as drawn; None if it gives neither an estimate nor a range."""
    estimate = math.nan if survey.estimate is None else survey.estimate
    if survey.low is not None and survey.high is not None:
        return Point(survey, estimate, survey.low, survey.high)
    if math.isnan(estimate):
        return None
    if survey.n and 0.0 <= estimate <= 1.0:
        return Point(survey, estimate, *wilson(estimate, survey.n), wilson=True)
    return Point(survey, estimate, math.nan, math.nan)


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a proportion (J Am Stat Assoc 1927; 22:209)."""
    z2 = NORMAL_95**2
    middle, below = share + z2 / (2 * n), 1 + z2 / n
    half = NORMAL_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, (middle - half) / below), min(1.0, (middle + half) / below)


def survey_words(shown: Sequence[Point]) -> list[str]:
    """What the survey points are, and where they come from; empty without any."""
    if not shown:
        return []
    text = []
    if any(not (one.hollow or math.isnan(one.estimate)) for one in shown):
        text.append("Black points: surveys with 95\u00a0% intervals")
    if any(one.wilson for one in shown):
        text.append("Where the source gives only the sample size, the interval is Wilson's")
    if any(one.hollow for one in shown):
        text.append("Hollow points: surveys whose source gives neither interval nor sample size")
    if any(math.isnan(one.estimate) for one in shown):
        text.append("Bars without a point: the source gives a range and no estimate")
    sources = list(dict.fromkeys(one.survey.source.strip().rstrip(".") for one in shown if one.survey.source.strip()))
    return [*text, "Survey sources: " + "; ".join(sources)] if sources else [*text, "Survey sources: not stated"]


def numbers(shown: Iterable[Band], surveyed: Iterable[Point] = (), scale: float = 1.0) -> pd.DataFrame:
    """The numbers of a chart: model rows, then survey rows; empty cells where there is no number."""
    import pandas as pd

    rows: list[tuple[object, ...]] = []
    for band in shown:
        for year, *values in zip(band.years.tolist(), band.middle, band.low, band.high, strict=True):
            rows.append(("model", band.measure, band.group, year, *(float(f"{v:.6g}") for v in values), ""))
    for one in surveyed:
        values = [float(f"{scale * v:.6g}") for v in (one.estimate, one.low, one.high)]
        rows.append(("survey", one.survey.measure, one.survey.group, one.survey.year, *values, one.survey.source))
    return pd.DataFrame(rows, columns=["from", "measure", "group", "year", "estimate", "low", "high", "source"])
