"""Kinds of partner: how often condoms are used with each, and with which new infections happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swmodel import codes
from swmodel.charts import marks, style, tables, words
from swmodel.charts.page import Sheet, Text, page
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("one_off_client", "regular_client", "own_partner", "casual", "spouse")
PAID: tuple[str, ...] = ("one_off_client", "regular_client")
LABELS = {  # in two lines where one is too wide
    "own_partner": "sex workers'\nown partners",
    "spouse": "spouses and\nlive-in partners",
    "needle": "people who\nshare needles",
    "forced": "forced by police,\nmanagers, others",
}
WITHOUT = {codes.PAIR_KINDS[k] for k in (codes.NEEDLE_PARTNER, codes.FORCED_ACT)}  # no sex, or none agreed to
PER_100 = 100.0
TOGETHER = 5  # years over which shares of infections are taken
HEIGHT, SIDE = 3.0, 1.55  # inches: the panel, and the room for names


def known(frame: pd.DataFrame, measure: str) -> tuple[str, ...]:
    """The kinds of partner in the table: the model's own, then those of extensions."""
    groups = frame.loc[frame["measure"] == measure, "group"].unique()
    extra = sorted(group for group in groups if group not in (*KINDS, "all", codes.PAIR_KINDS[codes.NONE]))
    return tuple(one for one in KINDS if one in groups) + tuple(one for one in extra if "/" not in one)


def say(value: float) -> str:
    """Per cent of 100 in words."""
    return words.percent(value / PER_100)


def condom_use(frame: pd.DataFrame, scenario: Scenario) -> Sheet | None:
    """The share of sex acts with a condom by kind of partner, with surveys of it; None without the measure."""
    kinds = [one for one in known(frame, "condom_use") if one not in WITHOUT]
    shown = tables.bands(frame, "condom_use", kinds, PER_100)
    if not shown:
        return None
    every = [one for band in shown.values() for one in tables.points(scenario.surveys, band)]
    subtitle = words.sentence(scenario.title, "Per cent of sex acts with a condom, by kind of partner")
    caption = words.sentence(tables.band_words(frame), *tables.survey_words(every))
    text = Text(condom_title(shown, scenario), subtitle, caption)
    figure, box = page(text, HEIGHT, right=SIDE)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    labels = []
    for kind, band in shown.items():
        marks.line(ax, band, style.colour(kind))
        last = float(band.middle[-1])
        labels.append((last, f"{LABELS.get(kind, words.kind(kind))} {say(last)}", style.colour(kind)))
    marks.survey_points(ax, every, PER_100)
    ax.set_ylim(0, PER_100)
    ax.set_ylabel("sex acts with a condom (%)")
    marks.years_axis(ax, min(b.years[0] for b in shown.values()), max(b.years[-1] for b in shown.values()), 8)
    marks.side_labels(ax, labels)
    said = " ".join(marks.told_series(words.capital(words.kind(kind)), band, say) for kind, band in shown.items())
    table = tables.numbers(shown.values(), every, PER_100)
    return Sheet("condom_use", figure, text, table, f"Lines over time. {said}")


def condom_title(shown: dict[str, tables.Band], scenario: Scenario) -> str:
    """What happened with the first kind, and where use is least in the end."""
    if not any(band.middle.any() for band in shown.values()):
        return f"Nobody{words.place(scenario)} uses condoms"
    kind, band = next((k, b) for k, b in shown.items() if b.middle.any())
    finding = f"Condom use with {words.kind(kind)}{words.place(scenario)} {words.trend(band.years, band.middle, say)}"
    least = min(shown, key=lambda one: float(shown[one].middle[-1]))
    low = float(shown[least].middle[-1])
    if low >= float(band.middle[-1]) * (1 - words.NOTICE):
        return finding
    return f"{finding}; lowest with {words.kind(least)} ({say(low)})"


@dataclass(frozen=True)
class Stack:
    """New infections a year by kind of partner, means over runs; `values` has shape (kinds, years)."""

    kinds: tuple[str, ...]
    years: np.ndarray
    values: np.ndarray

    def share(self, kinds: tuple[str, ...], years: slice) -> float:
        """The share of some kinds in a stretch of years; 0 where there are no infections."""
        total = float(self.values[:, years].sum())
        rows = [k for k, kind in enumerate(self.kinds) if kind in kinds]
        return float(self.values[rows, years].sum()) / total if total else 0.0

    @property
    def last(self) -> slice:
        """The last years, taken together since those of one year may be few."""
        return slice(max(0, len(self.years) - TOGETHER), len(self.years))

    @property
    def worst(self) -> slice:
        """As many years, those with most infections."""
        length = min(TOGETHER, len(self.years))
        sums = np.convolve(self.values.sum(axis=0), np.ones(length), "valid")
        return slice(int(sums.argmax()), int(sums.argmax()) + length)

    def span(self, years: slice) -> str:
        """The years in words."""
        return words.span(int(self.years[years][0]), int(self.years[years][-1]))


def stack(frame: pd.DataFrame, scale: float) -> Stack | None:
    """The kinds with any new infection; all kinds if none has any. None without the measure."""
    measure = "new_infections_by_partner"
    rows = frame[frame["measure"] == measure]
    kinds = known(frame, measure)
    if not kinds:
        return None
    means = rows.groupby(["group", "year"])["value"].mean().unstack("year").loc[list(kinds)].fillna(0.0) * scale
    values = means.to_numpy(float)
    kept = values.any(axis=1) if values.any() else np.ones(len(kinds), bool)
    return Stack(tuple(np.array(kinds)[kept].tolist()), means.columns.to_numpy(int), values[kept])


def who_infects_whom(frame: pd.DataFrame, scenario: Scenario) -> Sheet | None:
    """New infections a year, stacked by the kind of partner they came from; None without the measure."""
    areas = stack(frame, scenario.places)
    if areas is None:
        return None
    number = tables.runs(frame)
    means = f"Mean of {number} simulations" if number > 1 else "One simulation"
    subtitle = words.sentence(
        scenario.title, "New HIV infections a year, by the kind of partners between whom they happened",
        f"Per cent: share of those in {areas.span(areas.last)}",
    )  # fmt: skip
    text = Text(stack_title(areas, scenario), subtitle, words.sentence(means, words.adults(scenario)))
    figure, box = page(text, HEIGHT, right=SIDE, left=0.7)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    tops = np.cumsum(areas.values, axis=0)
    marks.from_zero(ax, float(tops.max()), 5)
    marks.years_axis(ax, areas.years[0], areas.years[-1], 8)
    labels = []
    for k, kind in enumerate(areas.kinds):
        low, shade = tops[k] - areas.values[k], style.colour(kind)
        if len(areas.years) > 1:
            ax.fill_between(areas.years, low, tops[k], color=shade, edgecolor="white", linewidth=0.6)
        else:
            ax.bar(areas.years, areas.values[k], bottom=low, color=shade, width=0.8)
        middle = 0.5 * float(low[-1] + tops[k, -1])
        name = LABELS.get(kind, words.kind(kind))
        labels.append((middle, f"{name} {words.percent(areas.share((kind,), areas.last))}", shade))
    ax.set_ylabel("new infections a year")
    marks.side_labels(ax, labels)
    return Sheet("who_infects_whom", figure, text, stack_table(areas), stack_values(areas))


def stack_title(areas: Stack, scenario: Scenario) -> str:
    """The share of paid sex in the years with most infections and in the last; else of the largest kind."""
    place = words.place(scenario)
    if not areas.values.any():
        return f"No new HIV infections{place}"
    subject, kinds = f"Sex between sex workers and clients{place} accounted for", PAID
    if not set(PAID) & set(areas.kinds):
        largest = areas.kinds[int(areas.values.sum(axis=1).argmax())]
        subject, kinds = f"Sex with {words.kind(largest)}{place} accounted for", (largest,)
    worst, last = areas.worst, areas.last
    first = f"{subject} {words.percent(areas.share(kinds, worst))} of new HIV infections in {areas.span(worst)}"
    if worst.stop > last.start or not areas.values[:, last].any():
        return first
    return f"{first} and {words.percent(areas.share(kinds, last))} in {areas.span(last)}"


def stack_values(areas: Stack) -> str:
    """The areas in words: infections and shares in the years with most of them and in the last."""
    said = []
    for years in (areas.worst, areas.last):
        total = words.count(float(areas.values[:, years].sum()))
        shares = [f"{words.kind(kind)} {words.percent(areas.share((kind,), years))}" for kind in areas.kinds]
        said.append(f"{areas.span(years)}: {total} new infections, {', '.join(shares)}.")
    return "Areas stacked over time. " + " ".join(dict.fromkeys(said))


def stack_table(areas: Stack) -> pd.DataFrame:
    """The numbers of the areas: mean new infections a year and their share of that year's."""
    import pandas as pd

    rows = [
        (int(year), kind, float(f"{areas.values[k, at]:.6g}"), float(f"{areas.share((kind,), slice(at, at + 1)):.6g}"))
        for at, year in enumerate(areas.years)
        for k, kind in enumerate(areas.kinds)
    ]
    return pd.DataFrame(rows, columns=["year", "partner", "new_infections", "share"])
