"""The cascade of care: of the people living with HIV, how many are diagnosed, on treatment, with suppressed virus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from swmodel.charts import marks, style, tables, words
from swmodel.charts.page import Sheet, Text, page
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

STAGES = ("diagnosed_share", "on_art_share", "suppressed_share")
TREATED = "on_art_share"
GROUPS = ("all", "fsw")
HEADINGS = {"all": "All adults living with HIV", "fsw": "Sex workers living with HIV"}
PER_100 = 100.0
HEIGHT, HEADING = 2.4, 0.22  # inches
LABELS, TICKS = 1.4, 0.3  # inches: the room for the names beside the lines, and for the ticks of the next panel
DRAWN = {"diagnosed_share": (1.2, "-"), TREATED: (2.4, "-"), "suppressed_share": (1.4, "--")}  # width, dashes


def say(value: float) -> str:
    """Per cent of 100 in words."""
    return words.percent(value / PER_100)


def cascade(frame: pd.DataFrame, scenario: Scenario) -> Sheet | None:
    """The three stages over time for everyone and for sex workers; None if no stage is in the table."""
    shown = {group: stages(frame, group) for group in GROUPS}
    shown = {group: lines for group, lines in shown.items() if lines}
    if not shown:
        return None
    surveyed = {group: tables.points(scenario.surveys, lines.get(TREATED)) for group, lines in shown.items()}
    every = [one for group in shown for one in surveyed[group]]
    first = start([band for lines in shown.values() for band in lines.values()], every)
    shown = {group: {name: band.since(first) for name, band in lines.items()} for group, lines in shown.items()}
    told = [part.replace("Black points: surveys", "Black points: surveys of treatment")
            for part in tables.survey_words(every)]  # fmt: skip
    told_band = tables.band_words(frame).replace("band:", "band, of treatment alone:")
    subtitle = words.sentence(scenario.title, "Per cent of people living with HIV at each step of care")
    text = Text(title(shown, scenario), subtitle, words.sentence(told_band, *told))
    figure, box = page(text, HEIGHT, right=LABELS, above=HEADING)
    places = box.cells(1, len(shown), LABELS + TICKS, 0.0)
    for number, (group, lines) in enumerate(shown.items()):
        ax = figure.add_axes(places[number])
        panel(ax, group, lines, surveyed[group])
        if number == 0:
            ax.set_ylabel("of people living with HIV (%)")
    bands = [band for lines in shown.values() for band in lines.values()]
    said = " ".join(
        marks.told_series(f"{HEADINGS[band.group]}, {words.STAGES[band.measure]}", band, say) for band in bands
    )
    values = f"Lines over time, in {len(shown)} panel{'s' * (len(shown) > 1)}. {said}"
    return Sheet("cascade", figure, text, tables.numbers(bands, every, PER_100), values)


def stages(frame: pd.DataFrame, group: str) -> dict[str, tables.Band]:
    """The stages of one group that are in the table."""
    found = {stage: tables.bands(frame, stage, (group,), PER_100).get(group) for stage in STAGES}
    return {stage: band for stage, band in found.items() if band is not None}


def start(bands: list[tables.Band], surveyed: list[tables.Point]) -> float:
    """The year before anyone is at any stage, or of the first survey; or the first year if there never is anyone."""
    years = [float(band.years[band.high > 0][0]) - 1 for band in bands if (band.high > 0).any()]
    years += [one.survey.year - 1 for one in surveyed]
    return min(years, default=float(min(band.years[0] for band in bands)))


def panel(ax: Axes, group: str, lines: dict[str, tables.Band], surveyed: list[tables.Point]) -> None:
    """One group: three lines with their names and last values."""
    shade = style.colour(group)
    labels = []
    for stage, band in lines.items():
        width, dashes = DRAWN[stage]
        marks.line(ax, band, shade, width, dashes, spread=stage == TREATED)
        last = float(band.middle[-1])
        labels.append((last, f"{words.STAGES[stage]} {say(last)}", shade))
    marks.survey_points(ax, surveyed, PER_100)
    ax.set_ylim(0, PER_100)
    marks.years_axis(ax, min(b.years[0] for b in lines.values()), max(b.years[-1] for b in lines.values()), 4)
    ax.set_title(HEADINGS[group], color=style.readable(shade))
    marks.side_labels(ax, labels)


def title(shown: dict[str, dict[str, tables.Band]], scenario: Scenario) -> str:
    """How many are on treatment in the last year."""
    place = words.place(scenario)
    treated = {group: lines[TREATED] for group, lines in shown.items() if TREATED in lines}
    if not treated:
        return f"HIV care{place}"
    if not any(band.high.any() for band in treated.values()):
        return f"Nobody living with HIV{place} is on treatment"
    year = max(int(band.years[-1]) for band in treated.values())
    names = {"all": "adults living with HIV", "fsw": "sex workers living with HIV"}
    parts = [f"{say(float(band.middle[-1]))} of {names[group]}" for group, band in treated.items()]
    return f"On HIV treatment{place} in {year}: {words.listing(parts)}"
