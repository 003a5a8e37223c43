"""What each lever averts if none, half or all of the effects that were only observed are taken as causal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swmodel.charts import style, words
from swmodel.charts.averted import HEADING, INDENT, ROW, around_zero, beside
from swmodel.charts.page import EDGE, Sheet, Text, page, wrap
from swmodel.layout import EVERYONE
from swmodel.scenario.spec import Scenario
from swmodel.study.causal_share import shares_in_words
from swmodel.study.paired import INFECTIONS, Comparison, interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NAMES, NUMBERS = 1.2, 1.75  # inches: the columns beside the dots
PER_100 = 100.0


@dataclass(frozen=True)
class Row:
    """Per cent of infections averted by one scenario at one causal share: median and 95 % interval, over `pairs`."""

    scenario: str
    share: float
    since: int
    until: int
    median: float
    low: float
    high: float
    pairs: int


def averted_by_share(shares: Mapping[float, Comparison], scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """Dots with intervals by scenario and causal share; None where the study did not vary it."""
    rows = {name: [row_of(one, name, share) for share, one in shares.items()] for name in others(shares)}
    if not rows:
        return None
    titles = {name: scenarios[name].title or name for name in rows}
    text = Text(title(rows, titles), subtitle(rows), caption(rows))
    headings = {name: wrap(of, style.WIDTH - 2 * EDGE, style.TEXT, "bold") for name, of in titles.items()}
    down, placed = HEADING, []
    for name, lines in rows.items():
        placed.append((down, name))
        down += HEADING * (headings[name].count("\n") + 1) + 0.04 + ROW * len(lines) + 0.12
    figure, box = page(text, down, left=NAMES, right=NUMBERS, bottom=0.45)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    ax.set_ylim(down, 0)
    behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # hides the line at zero behind a heading
    for at, name in placed:
        beside(ax, headings[name], (0, at), -NAMES, va="top", size=style.TEXT, weight="bold", bbox=behind)
        first = at + HEADING * (headings[name].count("\n") + 1) + 0.04
        for k, row in enumerate(rows[name]):
            dot(ax, first + (k + 0.5) * ROW, row)
    beside(ax, "share causal", (0, 0.25 * HEADING), INDENT - NAMES, color="#555555")
    beside(ax, "per cent (95\u00a0% interval)", (1, 0.25 * HEADING), INDENT, color="#555555")
    found = [v for lines in rows.values() for row in lines for v in (row.median, row.low, row.high)]
    around_zero(ax, [0.0, *(v for v in found if not math.isnan(v))], "infections averted, per cent")
    return Sheet("causal_shares", figure, text, table(rows), values(rows, titles))


def others(shares: Mapping[float, Comparison]) -> list[str]:
    """The scenarios that have new infections of everyone, in the order of the comparison."""
    first = next(iter(shares.values()), None)
    if first is None:
        return []
    return [name for name in first.others if (INFECTIONS, EVERYONE) in first.of(name).cells]


def row_of(comparison: Comparison, name: str, share: float) -> Row:
    """One row, from the first year in which the scenario acts to the last."""
    _, _, part = comparison.averted(name)
    middle, low, high = (PER_100 * interval(part[:, -1:])[:3, 0]).tolist()
    return Row(name, share, comparison.since(name), comparison.of(name).years[-1], middle, low, high, len(part))


def dot(ax: Axes, at: float, row: Row) -> None:
    """A dot, its interval, the share to its left and the numbers to its right."""
    shade = style.colour("all")
    ax.plot([row.low, row.high], [at, at], "|-", color=shade, linewidth=style.LINE, markersize=7, markeredgewidth=1.5)
    ax.plot(row.median, at, "o", color=shade, markersize=5)
    beside(ax, shares_in_words([row.share])[0], (0, at), INDENT - NAMES)
    beside(ax, spelled(row), (1, at), INDENT)


def spelled(row: Row) -> str:
    """The numbers of a row."""
    within = "" if math.isnan(row.low) else f" ({number(row.low)} to {number(row.high)})"
    return number(row.median) + within


def number(value: float) -> str:
    """One decimal, with a minus that is one."""
    return f"{value:.1f}".replace("-", "\u2212").replace("\u22120.0", "0.0")


def title(rows: Mapping[str, list[Row]], titles: Mapping[str, str]) -> str:
    """What the largest effect hangs on."""
    known = {name: lines for name, lines in rows.items() if not any(math.isnan(row.median) for row in lines)}
    if not any(row.median for lines in known.values() for row in lines):
        return "No scenario changes new HIV infections, however much of what was observed is causal"
    best = max(known, key=lambda name: abs(known[name][-1].median))
    low, high = known[best][0].median, known[best][-1].median
    what = "averts" if max(low, high, key=abs) >= 0 else "adds"
    low, high = (abs(v) if what == "adds" else v for v in (low, high))
    return (
        f"\u201c{titles[best]}\u201d {what} {number(low)}\u00a0% of HIV infections if no observed effect is causal, "
        f"{number(high)}\u00a0% if all are"
    )


def subtitle(rows: Mapping[str, list[Row]]) -> str:
    """What is counted."""
    since, until = ({getattr(row, what) for lines in rows.values() for row in lines} for what in ("since", "until"))
    years = f"from {min(since)}" if len(since) == 1 else f"from the year in which each first differs ({min(since)} on)"
    return words.sentence(
        f"New HIV infections of all adults averted, compared with the baseline, {years} to {max(until)}, by how much "
        "of the effects that studies only observed is taken as causal"
    )


def caption(rows: Mapping[str, list[Row]]) -> str:
    """What the dots and lines are, and what a causal share is."""
    pairs = min(row.pairs for lines in rows.values() for row in lines)
    span = "Line: 95\u00a0% interval of these differences" if pairs > 1 else "With one pair there is no interval"
    return words.sentence(
        f"Dot: median of {pairs} paired difference{'s' if pairs > 1 else ''}", span,
        "Half means that every observed odds or rate ratio acts as its square root; effects of trials act in full",
    )  # fmt: skip


def table(rows: Mapping[str, list[Row]]) -> pd.DataFrame:
    """The numbers of the dots."""
    import pandas as pd

    lines = [row for of_name in rows.values() for row in of_name]
    names = ("scenario", "share", "since", "until", "median", "low", "high", "pairs")
    return pd.DataFrame([[getattr(row, name) for name in names] for row in lines],
                        columns=["scenario", "causal_share", *names[2:]]).round(6)  # fmt: skip


def values(rows: Mapping[str, list[Row]], titles: Mapping[str, str]) -> str:
    """The dots in words."""
    said = []
    for name, lines in rows.items():
        parts = [f"{shares_in_words([row.share])[0]} {spelled(row)}" for row in lines]
        said.append(f"{titles[name]}: {'; '.join(parts)}.")
    return "Dots with intervals. Per cent of infections averted (95\u00a0% interval) by share causal. " + " ".join(said)
