"""What is drawn inside axes: lines with bands, survey points, labels beside the lines, axes of years and per cent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from swmodel.charts import style
from swmodel.charts.page import LEADING, POINT
from swmodel.charts.tables import Band, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROOM = 1.08  # the top of the axes above the greatest value
LABEL_GAP = 0.06  # inches between the end of a line and its label
LEADER = 0.16  # inches, where a label had to move away from its line
APART = 0.03  # inches between labels
CLEAR = -0.04  # where a leader starts: left of its label, as a share of the label's width


def line(ax: Axes, band: Band, shade: str, width: float = style.LINE, dashes: str = "-", spread: bool = True) -> None:
    """One line with its band, unless `spread` is False."""
    if spread:
        ax.fill_between(band.years, band.low, band.high, color=shade, alpha=style.BAND, linewidth=0)
    marker = "o" if len(band.years) == 1 else ""
    ax.plot(band.years, band.middle, color=shade, linewidth=width, linestyle=dashes, marker=marker)


def survey_points(ax: Axes, shown: Sequence[Point], scale: float = 1.0) -> None:
    """Survey estimates with their intervals; hollow without one, a bar alone without an estimate."""
    for one in shown:
        x = one.survey.year
        if not one.hollow:
            ends = [scale * one.low, scale * one.high]
            ax.plot([x, x], ends, "_-", color=style.INK, linewidth=style.THIN, markersize=5.0, zorder=4)
        if not math.isnan(one.estimate):
            fill = "white" if one.hollow else style.INK
            ax.plot(x, scale * one.estimate, "o", color=style.INK, markerfacecolor=fill, markersize=4.0, zorder=5)


def top(shown: Sequence[Band], surveyed: Sequence[Point] = (), scale: float = 1.0) -> float:
    """The greatest value drawn; 0 if there is none."""
    values = [value for band in shown for value in band.high]
    values += [scale * value for one in surveyed for value in (one.estimate, one.high)]
    return float(max((value for value in values if not math.isnan(value)), default=0.0))


def from_zero(ax: Axes, greatest: float, ticks: int = 4, least: float = 1.0) -> None:
    """The value axis from zero to a little above the greatest value; up to `least` if all is zero."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.set_ylim(0, ROOM * greatest if greatest > 0 else least)
    ax.yaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def years_axis(ax: Axes, first: float, last: float, ticks: int = 5) -> None:
    """The axis of years, whole years only."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    if first == last:
        ax.set_xlim(first - 1, last + 1)
        ax.set_xticks([first])
        return
    ax.set_xlim(first, last)
    ax.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10], integer=True))


def side_labels(ax: Axes, labels: Sequence[tuple[float, str, str]]) -> None:
    """Names to the right of the axes, at the height of their values, moved apart where they would overlap.

    `labels` are (value, text, colour); a text may have several lines. If any has to move, all get a leader.
    """
    if not labels:
        return
    inches = ax.get_window_extent().height / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    low, high = ax.get_ylim()
    wanted = np.array([(value - low) / (high - low) * inches for value, _, _ in labels])
    sizes = np.array([label_height(text) for _, text, _ in labels])
    places = spread(wanted, sizes, 0.0, inches)
    moved = bool((abs(places - wanted) > 2 * APART).any())
    gap = (LEADER if moved else LABEL_GAP) / POINT
    for at, value, (_, text, shade) in zip(places, wanted, labels, strict=True):
        arrow = {"arrowstyle": "-", "color": shade, "linewidth": 0.7, "shrinkA": 0.0, "shrinkB": 0.0, "patchA": None}
        ax.annotate(
            text, (1.0, value / inches), (gap, (at - value) / POINT), xycoords="axes fraction",
            textcoords="offset points", va="center", size=style.SMALL, color=style.readable(shade),
            linespacing=1.1, annotation_clip=False, arrowprops={**arrow, "relpos": (CLEAR, 0.5)} if moved else None,
        )  # fmt: skip


def label_height(text: str) -> float:
    """The height that a label takes beside the axes, in inches."""
    return (text.count("\n") + 1) * style.SMALL * LEADING * POINT + APART


def spread(wanted: np.ndarray, sizes: np.ndarray, low: float, high: float) -> np.ndarray:
    """Middles of labels as near as can be to those wanted, in the same order, without overlap, within low to high.

    Labels that touch form a block, which stands at the mean of what its labels want (pool adjacent violators).
    """
    order = np.argsort(wanted, kind="stable")
    blocks: list[list[int]] = []

    def placed(block: Sequence[int]) -> tuple[float, float]:
        """Bottom and top of a block."""
        length = float(sizes[list(block)].sum())
        offsets = np.cumsum(sizes[list(block)]) - 0.5 * sizes[list(block)]
        bottom = float((wanted[list(block)] - offsets).mean())
        bottom = max(low, min(bottom, high - length))
        return bottom, bottom + length

    for one in order:
        blocks.append([int(one)])
        while len(blocks) > 1 and placed(blocks[-2])[1] > placed(blocks[-1])[0]:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    result = np.zeros(len(wanted))
    for block in blocks:
        sizes_here = sizes[block]
        result[block] = placed(block)[0] + np.cumsum(sizes_here) - 0.5 * sizes_here
    return result


def told_series(name: str, band: Band, say: Callable[[float], str]) -> str:
    """First, greatest and last value of a line, for the alternative text."""
    best = int(band.middle.argmax())
    places = list(dict.fromkeys((0, best, len(band.years) - 1)))
    said = ", ".join(f"{say(float(band.middle[k]))} in {band.years[k]}" for k in sorted(places))
    return f"{name}: {said}."
