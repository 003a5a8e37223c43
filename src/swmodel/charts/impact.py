"""What levers change: infections averted, as the paired difference to the baseline, and infections a year."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from swmodel.charts import marks, style, tables, words
from swmodel.charts.page import EDGE, LEADING, POINT, Sheet, Text, page, wrap
from swmodel.charts.partners import adults
from swmodel.scenario.spec import Scenario
from swmodel.study.paired import interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MEASURE = "new_infections"
GROUPS = ("all", "fsw", "clients", "others")
FEW_PAIRS = 40  # below this, percentiles of 2.5 and 97.5 are close to the least and the greatest difference
BEFORE = 5  # years drawn before the levers start
ROW, HEADING = 0.24, 0.2  # inches
NAMES, NUMBERS, SHARES = 1.45, 1.95, 0.85  # inches: the columns beside the dots
HEIGHT, SIDE = 3.0, 1.7  # inches


@dataclass(frozen=True)
class Impact:
    """Infections averted in one group from the year `since` to the end; `runs` has one value a pair of runs."""

    scenario: str
    group: str
    since: int
    until: int
    runs: np.ndarray
    share: float  # median, of the infections of the baseline in the same years; NaN if it has none

    @property
    def span(self) -> tuple[float, float, float]:
        """Median and 95 % interval of the paired difference; the interval is NaN with one pair."""
        middle, low, high = interval(self.runs[:, None])[:3, 0].tolist()
        return middle, low, high

    @property
    def clear(self) -> bool:
        """True if the interval leaves out zero (or, with one pair, the difference is not zero)."""
        middle, low, high = self.span
        return middle != 0 if math.isnan(low) else not low <= 0 <= high


def infections(frame: pd.DataFrame) -> pd.DataFrame:
    """New infections by (scenario, draw, seed, year), one column a group of GROUPS that can be had."""
    rows = frame[(frame["measure"] == MEASURE) & frame["group"].isin(["all", "fsw", "clients"])]
    wide = rows.pivot(index=["scenario", "draw", "seed", "year"], columns="group", values="value")
    if {"all", "fsw", "clients"} <= set(wide.columns):
        wide["others"] = wide["all"] - wide["fsw"] - wide["clients"]
    return wide[[group for group in GROUPS if group in wide.columns]]


def first_difference(frame: pd.DataFrame, baseline: str, scenario: str) -> int:
    """The first year in which any measure of any run differs from its twin; the last year if none does."""
    keys = ["draw", "seed", "year", "measure", "group"]
    ours = frame[frame["scenario"] == scenario].set_index(keys)["value"]
    theirs = frame[frame["scenario"] == baseline].set_index(keys)["value"]
    both = ours.to_frame("ours").join(theirs.rename("theirs"), how="inner")
    differ = (both["ours"] != both["theirs"]) & both.notna().any(axis=1)
    years = both.index.get_level_values("year")
    return int(years[differ].min() if differ.any() else years.max())


def impacts(frame: pd.DataFrame, baseline: str, scale: float = 1.0) -> dict[str, dict[str, Impact]]:
    """Infections averted by every scenario but the baseline, by group; `frame` is the long table of all of them."""
    wide = infections(frame)
    if wide.empty:
        return {}
    found: dict[str, dict[str, Impact]] = {}
    for name in dict.fromkeys(frame["scenario"]):
        if name == baseline:
            continue
        since = first_difference(frame, baseline, name)
        ours, theirs = wide.loc[name].align(wide.loc[baseline], join="inner", axis=0)
        ours, theirs = (one[one.index.get_level_values("year") >= since] for one in (ours, theirs))
        until = int(ours.index.get_level_values("year").max())
        base, left = (one.groupby(["draw", "seed"]).sum() for one in (theirs, ours))
        found[name] = {}
        for group in wide.columns:
            expected, fewer = base[group].to_numpy(float), (base[group] - left[group]).to_numpy(float)
            share = np.divide(fewer, expected, out=np.full(len(fewer), math.nan), where=expected > 0)
            middle = float(np.median(share[~np.isnan(share)])) if (~np.isnan(share)).any() else math.nan
            found[name][str(group)] = Impact(name, str(group), since, until, scale * fewer, middle)
    return found


def infections_averted(frame: pd.DataFrame, baseline: str, scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """Dots with the 95 % interval of the paired difference, by scenario and group; None without the measure."""
    found = impacts(frame, baseline, scenarios[baseline].places)
    if not found:
        return None
    titles = {name: scenarios[name].title or name for name in found}
    text = Text(averted_title(found, titles), averted_subtitle(found, scenarios[baseline]),
                averted_caption(found, scenarios[baseline]))  # fmt: skip
    headings = {name: wrap(title, style.WIDTH - 2 * EDGE, style.TEXT, "bold") for name, title in titles.items()}
    rows: list[tuple[float, Impact]] = []
    heads: list[tuple[float, str]] = []
    down = HEADING
    for name, groups in found.items():
        heads.append((down, name))
        down += HEADING * (headings[name].count("\n") + 1) + 0.04
        for one in groups.values():
            rows.append((down + 0.5 * ROW, one))
            down += ROW
        down += 0.12
    figure, box = page(text, down, left=NAMES, right=NUMBERS + SHARES, bottom=0.45)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    ax.set_ylim(down, 0)
    dots(ax, rows)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # hides the line at zero behind a heading
    for at, name in heads:
        ax.annotate(headings[name], (0, at), (-NAMES / POINT, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                    va="top", weight="bold", linespacing=LEADING, bbox=behind)  # fmt: skip
    columns(ax, rows)
    return Sheet("infections_averted", figure, text, averted_table(found), averted_values(found, titles))


def dots(ax: Axes, rows: list[tuple[float, Impact]]) -> None:
    """A dot for the median and a line for the interval, in the colour of the group, and the line at zero."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.axvline(0, color=style.INK, linewidth=1.2, zorder=1)
    values = [0.0]
    for at, one in rows:
        middle, low, high = one.span
        shade = style.colour(one.group)
        ax.plot([low, high], [at, at], color=shade, linewidth=2.5)
        ax.plot(middle, at, "o", color=shade, markersize=6, markeredgecolor="white", markeredgewidth=0.6)
        values += [value for value in (middle, low, high) if not math.isnan(value)]
    length = max(values) - min(values) or 1.0
    ax.set_xlim(min(values) - 0.06 * length, max(values) + 0.06 * length)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\u2212")))
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    more = "  (below zero: more infections)" if min(values) < 0 else ""
    ax.set_xlabel(f"infections averted{more}")


def columns(ax: Axes, rows: list[tuple[float, Impact]]) -> None:
    """Beside each dot: the group on the left; number, interval and share on the right, under headings."""
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center", "size": style.SMALL}
    second = NUMBERS / POINT
    for at, one in rows:
        weight = "bold" if one.group == "all" else "normal"
        shade = style.readable(style.colour(one.group))
        ax.annotate(words.group(one.group), (0, at), (-NAMES / POINT + 8, 0), color=shade, weight=weight, **place)
        share = "\u2013" if math.isnan(one.share) else words.percent(one.share)
        ax.annotate(spelled(one), (1, at), (10, 0), weight=weight, **place)
        ax.annotate(share, (1, at), (second + 10, 0), weight=weight, **place)
    for x, text in ((10, "number (95 % interval)"), (second + 10, "per cent")):
        ax.annotate(text, (1, 0), (x, -0.06 / POINT), color="#555555", **place)


def spelled(one: Impact) -> str:
    """The number averted with its interval: "1,230 (980 to 1,410)"."""
    middle, low, high = one.span
    return words.count(middle) + ("" if math.isnan(low) else f" ({words.count(low)} to {words.count(high)})")


def averted_title(found: Mapping[str, Mapping[str, Impact]], titles: Mapping[str, str]) -> str:
    """Which lever averts most, how many infections, and whether that is clear of chance."""
    whole = {name: groups.get("all") or next(iter(groups.values())) for name, groups in found.items()}
    best = max(whole.values(), key=lambda one: one.span[0])
    number, share = best.span[0], f" ({words.percent(best.share)})" if not math.isnan(best.share) else ""
    if not any(one.clear for one in whole.values()):
        return "No clear effect on new HIV infections" if len(found) == 1 else "No lever clearly averts HIV infections"
    if number <= 0 or not best.clear:
        worst = min((one for one in whole.values() if one.clear), key=lambda one: one.span[0])
        more = f"{words.about(-worst.span[0])} more HIV infections by {worst.until}"
        return f"\u201c{titles[worst.scenario]}\u201d leads to {more}"
    amount = f"{words.about(number)} HIV infections by {best.until}{share}"
    if len(found) == 1:
        return f"\u201c{titles[best.scenario]}\u201d averts {amount}"
    rivals = [one for one in whole.values() if one is not best and alike(best, one)]
    if rivals:
        names = words.listing([f"\u201c{titles[one.scenario]}\u201d" for one in (best, *rivals)])
        return f"{names} avert the most and cannot be told apart: {amount} for the first"
    return f"\u201c{titles[best.scenario]}\u201d averts the most: {amount}"


def alike(best: Impact, other: Impact) -> bool:
    """True if, run by run, the difference between two scenarios has an interval with zero in it."""
    if len(best.runs) != len(other.runs) or len(best.runs) == 1:
        return False
    _, low, high = interval((best.runs - other.runs)[:, None])[:3, 0].tolist()
    return bool(low <= 0 <= high)


def periods(found: Mapping[str, Mapping[str, Impact]]) -> str:
    """The years that are counted: "2026 to 2040", or from when each scenario starts to differ."""
    ones = [one for groups in found.values() for one in groups.values()]
    if len({one.since for one in ones}) == 1:
        return f"from {ones[0].since} to {ones[0].until}"
    return f"from the year in which each scenario first differs ({min(o.since for o in ones)} or later) to {ones[0].until}"


def averted_subtitle(found: Mapping[str, Mapping[str, Impact]], base: Scenario) -> str:
    """What is counted, against what, and when."""
    versus = f"HIV infections averted compared with \u201c{base.title or base.name}\u201d"
    return words.sentence(f"{versus}, added up {periods(found)}, in number and per cent")


def averted_caption(found: Mapping[str, Mapping[str, Impact]], base: Scenario) -> str:
    """What the dots and lines are."""
    pairs = min(len(one.runs) for groups in found.values() for one in groups.values())
    if pairs == 1:
        return words.sentence("Dot: difference between two simulations that share their chance events; "
                              "with one pair there is no interval", adults(base))  # fmt: skip
    few = " (with so few pairs, close to the least and the greatest)" if pairs < FEW_PAIRS else ""
    dot = f"Dot: median of {pairs} paired differences, each between two simulations that share their chance events"
    return words.sentence(dot, f"Line: 95\u00a0% interval of these differences{few}", adults(base))


def averted_table(found: Mapping[str, Mapping[str, Impact]]) -> pd.DataFrame:
    """The numbers of the dots."""
    import pandas as pd

    rows = [
        (name, group, one.since, one.until, *(float(f"{v:.6g}") for v in (*one.span, one.share)), len(one.runs))
        for name, groups in found.items()
        for group, one in groups.items()
    ]
    names = ["scenario", "group", "since", "until", "averted", "low", "high", "share_of_baseline", "pairs"]
    return pd.DataFrame(rows, columns=names)


def averted_values(found: Mapping[str, Mapping[str, Impact]], titles: Mapping[str, str]) -> str:
    """The dots in words."""
    said = []
    for name, groups in found.items():
        parts = []
        for group, one in groups.items():
            share = "" if math.isnan(one.share) else f", {words.percent(one.share)}"
            parts.append(f"{words.group(group)} {spelled(one)}{share}")
        said.append(f"{titles[name]}: {'; '.join(parts)}.")
    return "Dots with intervals. Infections averted (95\u00a0% interval), per cent. " + " ".join(said)


def infections_per_year(frame: pd.DataFrame, baseline: str, scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """New infections a year, the baseline and each scenario a line; None without the measure."""
    scale = scenarios[baseline].places
    order = [baseline, *(name for name in dict.fromkeys(frame["scenario"]) if name != baseline)]
    shown = {
        name: lines["all"]
        for name in order
        if (lines := tables.bands(frame[frame["scenario"] == name], MEASURE, ("all",), scale))
    }
    if baseline not in shown:
        return None
    since = min((first_difference(frame, baseline, n) for n in order[1:]), default=int(shown[baseline].years[0]))
    shown = {name: band.since(since - BEFORE) for name, band in shown.items()}
    titles = {name: scenarios[name].title or name for name in shown}
    base = scenarios[baseline]
    subtitle = words.sentence("New HIV infections a year among all adults", f"The scenarios differ from {since} on")
    words_of_band = tables.band_words(frame[frame["scenario"] == baseline])
    caption = words.sentence(words_of_band.replace("band:", "band, of the first scenario:"),
                             "The effect of a lever is judged from paired runs, in the chart of infections averted",
                             adults(base))  # fmt: skip
    text = Text(yearly_title(shown, baseline, titles), subtitle, caption)
    labelled = {
        name: wrap(f"{titles[name]}: {words.count(float(band.middle[-1]))}", SIDE - 0.2, style.SMALL)
        for name, band in shown.items()
    }
    height = max(HEIGHT, sum(marks.label_height(label) for label in labelled.values()))
    figure, box = page(text, height, left=0.7, right=SIDE)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    labels = []
    for number, (name, band) in enumerate(shown.items()):
        shade = style.BASELINE if name == baseline else style.lever(number - 1)
        if name == baseline:
            marks.line(ax, band, shade)
        else:
            own = band.since(since - 1)
            ax.plot(own.years, own.middle, color=shade, linewidth=style.LINE)
        labels.append((float(band.middle[-1]), labelled[name], shade))
    marks.from_zero(ax, max(float(band.middle.max()) for band in shown.values()) or marks.top(list(shown.values())), 5)
    ax.set_ylim(0, max(ax.get_ylim()[1], marks.ROOM * marks.top([shown[baseline]])))
    marks.years_axis(ax, shown[baseline].years[0], shown[baseline].years[-1], 8)
    ax.set_ylabel("new infections a year")
    marks.side_labels(ax, labels)
    said = " ".join(marks.told_series(titles[name], band, words.count) for name, band in shown.items())
    table = tables.numbers(shown.values())
    table.insert(0, "scenario", np.repeat(list(shown), [len(band.years) for band in shown.values()]))
    return Sheet("infections_per_year", figure, text, table, f"Lines over time. {said}")


def yearly_title(shown: Mapping[str, tables.Band], baseline: str, titles: Mapping[str, str]) -> str:
    """Infections in the last year: without change, and with the scenario that has the fewest."""
    year, expected = int(shown[baseline].years[-1]), float(shown[baseline].middle[-1])
    if not any(band.high.any() for band in shown.values()):
        return "No new HIV infections"
    best = min(shown, key=lambda name: float(shown[name].middle[-1]))
    fewest = float(shown[best].middle[-1])
    if best == baseline or fewest > expected * (1 - words.NOTICE / 2):
        return f"New HIV infections in {year}: {words.about(expected)}, little changed by the levers"
    return f"New HIV infections in {year}: {words.about(expected)} at baseline, {words.about(fewest)} with \u201c{titles[best]}\u201d"
