"""New infections a year in every scenario of a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from swmodel.charts import marks, style, tables, words
from swmodel.charts.difference import MEASURE, first_difference, impacts
from swmodel.charts.page import Sheet, Text, page, wrap
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd

BEFORE = 5  # years drawn before the scenarios differ
TOGETHER = 5  # years over which the infections of the title are averaged, since those of one year may be few
LITTLE = 0.05  # a smaller change, as a share of the baseline, is called little
HEIGHT, SIDE = 3.0, 1.7  # inches: the panel, and the room for names


def infections_per_year(frame: pd.DataFrame, baseline: str, scenarios: Mapping[str, Scenario]) -> Sheet | None:
    """New infections a year, the baseline and each scenario a line; None with nothing to compare."""
    scale = scenarios[baseline].places
    order = [baseline, *(name for name in dict.fromkeys(frame["scenario"]) if name != baseline)]
    shown = {
        name: lines["all"]
        for name in order
        if (lines := tables.bands(frame[frame["scenario"] == name], MEASURE, ("all",), scale))
    }
    if baseline not in shown or len(shown) == 1:
        return None
    since = min((first_difference(frame, baseline, n) for n in order[1:]), default=int(shown[baseline].years[0]))
    shown = {name: band.since(since - BEFORE) for name, band in shown.items()}
    titles = {name: scenarios[name].title or name for name in shown}
    base = scenarios[baseline]
    subtitle = words.sentence("New HIV infections a year among all adults", f"The scenarios differ from {since} on")
    words_of_band = tables.band_words(frame[frame["scenario"] == baseline])
    caption = words.sentence(words_of_band.replace("band:", "band, of the first scenario:"),
                             "The effect of a lever is judged from paired runs, in the chart of infections averted",
                             words.adults(base))  # fmt: skip
    text = Text(yearly_title(frame, baseline, scale, titles), subtitle, caption)
    labelled = {name: wrap(titles[name], SIDE - 0.2, style.SMALL) for name in shown}
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


def yearly_title(frame: pd.DataFrame, baseline: str, scale: float, titles: Mapping[str, str]) -> str:
    """Infections a year in the last years, in the baseline and with the lever that changes them most.

    Only a lever whose paired difference is clear of chance is named.
    """
    rows = frame[(frame["measure"] == MEASURE) & (frame["group"] == "all")]
    if not rows["value"].any():
        return "No new HIV infections"
    end = int(rows["year"].max())
    first = max(int(rows["year"].min()), end - TOGETHER + 1)
    means = rows[rows["year"] >= first].groupby("scenario")["value"].mean() * scale
    subject = f"New HIV infections a year in {words.span(first, end)}"
    expected = float(means[baseline])
    found = impacts(frame, baseline)
    clear = [name for name, groups in found.items() if "all" in groups and groups["all"].clear]
    clear = [name for name in clear if abs(float(means[name]) - expected) > LITTLE * expected]
    if not clear:
        return f"{subject}: {words.about(expected)}, little changed by the levers"
    told = min(clear, key=lambda name: float(means[name]))
    both = f"{words.about(expected)} at baseline, {words.about(float(means[told]))} with"
    return f"{subject}: {both} \u201c{titles[told]}\u201d"
