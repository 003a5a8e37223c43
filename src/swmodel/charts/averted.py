"""Infections averted by each lever: the paired difference to the baseline with its interval, in number and per cent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swmodel.charts import style, words
from swmodel.charts.difference import Impact, alike, impacts
from swmodel.charts.page import EDGE, LEADING, POINT, Sheet, Text, page, wrap
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FEW_PAIRS = 40  # below this, percentiles of 2.5 and 97.5 are close to the least and the greatest difference
ROW, HEADING, INDENT = 0.24, 0.2, 0.12  # inches
NAMES, NUMBERS, SHARES = 1.45, 1.95, 0.85  # inches: the columns beside the dots


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
        beside(ax, headings[name], (0, at), -NAMES, va="top", size=style.TEXT, weight="bold", bbox=behind)
    columns(ax, rows)
    return Sheet("infections_averted", figure, text, averted_table(found), averted_values(found, titles))


def dots(ax: Axes, rows: list[tuple[float, Impact]]) -> None:
    """A dot for the median and a line for the interval, in the colour of the group, and the line at zero."""
    values = [0.0]
    for at, one in rows:
        middle, low, high = one.span
        shade = style.colour(one.group)
        ax.plot([low, high], [at, at], "|-", color=shade, linewidth=style.LINE, markersize=7, markeredgewidth=1.5)
        ax.plot(middle, at, "o", color=shade, markersize=5)
        values += [value for value in (middle, low, high) if not math.isnan(value)]
    around_zero(ax, values, "infections averted")


def around_zero(ax: Axes, values: Sequence[float], label: str) -> None:
    """The line at zero, and an axis across `values`, which hold zero; no axis for the rows."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.axvline(0, color=style.INK, linewidth=1.2, zorder=1)
    length = max(values) - min(values) or 1.0
    ax.set_xlim(min(values) - 0.06 * length, max(values) + 0.06 * length)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", "\u2212")))
    ax.grid(axis="x")
    ax.grid(visible=False, axis="y")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    more = "  (below zero: more infections)" if min(values) < 0 else ""
    ax.set_xlabel(f"{label}{more}")


def columns(ax: Axes, rows: list[tuple[float, Impact]]) -> None:
    """Beside each dot: the group on the left; number, interval and share on the right, under headings."""
    for at, one in rows:
        weight = "bold" if one.group == "all" else "normal"
        shade = style.readable(style.colour(one.group))
        beside(ax, words.group(one.group), (0, at), INDENT - NAMES, color=shade, weight=weight)
        share = "\u2013" if math.isnan(one.share) else words.percent(one.share)
        beside(ax, spelled(one), (1, at), INDENT, weight=weight)
        beside(ax, share, (1, at), INDENT + NUMBERS, weight=weight)
    some = any(len(one.runs) > 1 for _, one in rows)
    for x, text in ((INDENT, "number (95\u00a0% interval)" if some else "number"), (INDENT + NUMBERS, "per cent")):
        beside(ax, text, (1, 0.25 * HEADING), x, color="#555555")


def beside(ax: Axes, text: str, at: tuple[float, float], away: float, **look: Any) -> None:
    """Text beside the axes: at the left (0) or right (1) end of a row, `away` inches to the right of it."""
    look = {"va": "center", "size": style.SMALL, "linespacing": LEADING, **look}
    coordinates = ("axes fraction", "data")
    ax.annotate(text, at, (away / POINT, 0), xycoords=coordinates, textcoords="offset points", **look)


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
    once = "In one pair of simulations, " if len(best.runs) == 1 else ""
    if len(found) == 1:
        return f"{once}\u201c{titles[best.scenario]}\u201d averts {amount}"
    rivals = [one for one in whole.values() if one is not best and alike(best, one)]
    if len(rivals) == len(found) - 1 and len(rivals) > 1:
        least, most = (words.about(one([r.span[0] for r in (best, *rivals)])) for one in (min, max))
        between = most if least == most else f"{least} to {most}".replace(" to about ", " to ")
        averts = f"Each of these {len(found)} scenarios averts {between} HIV infections by {best.until}"
        return f"{averts}; they cannot be told apart"
    if rivals:
        names = words.listing([f"\u201c{titles[one.scenario]}\u201d" for one in (best, *rivals)])
        return f"{names} avert the most and cannot be told apart: {amount} for the first"
    return f"{once}\u201c{titles[best.scenario]}\u201d averts the most: {amount}"


def periods(found: Mapping[str, Mapping[str, Impact]]) -> str:
    """The years that are counted: "2026 to 2040", or from when each scenario starts to differ."""
    ones = [one for groups in found.values() for one in groups.values()]
    if len({one.since for one in ones}) == 1:
        return f"from {ones[0].since} to {ones[0].until}"
    first = min(one.since for one in ones)
    return f"from the year in which each scenario first differs ({first} or later) to {ones[0].until}"


def averted_subtitle(found: Mapping[str, Mapping[str, Impact]], base: Scenario) -> str:
    """What is counted, against what, and when."""
    versus = f"HIV infections averted compared with \u201c{base.title or base.name}\u201d"
    return words.sentence(f"{versus}, added up {periods(found)}, in number and per cent")


def averted_caption(found: Mapping[str, Mapping[str, Impact]], base: Scenario) -> str:
    """What the dots and lines are."""
    pairs = min(len(one.runs) for groups in found.values() for one in groups.values())
    if pairs == 1:
        return words.sentence("Dot: difference between two simulations that share their chance events; "
                              "with one pair there is no interval", words.adults(base))  # fmt: skip
    few = " (with so few pairs, close to the least and the greatest)" if pairs < FEW_PAIRS else ""
    dot = f"Dot: median of {pairs} paired differences, each between two simulations that share their chance events"
    return words.sentence(dot, f"Line: 95\u00a0% interval of these differences{few}", words.adults(base))


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
