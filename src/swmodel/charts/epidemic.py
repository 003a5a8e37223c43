"""HIV in the groups of the population over time: prevalence with the surveys, and incidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from swmodel.charts import marks, style, tables, words
from swmodel.charts.page import Sheet, Text, page
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

GROUPS = ("fsw", "clients", "women", "men")
PER_100 = 100.0
COLUMNS = 2
ROW, DOWN, ACROSS = 1.55, 0.62, 0.95  # inches: the height of a panel, and the gaps between panels
HEADING = 0.22  # inches, above the first row


@dataclass(frozen=True)
class Panels:
    """What one chart of small multiples shows: a measure, its name on the axis, and how it is said."""

    name: str
    measure: str
    axis: str
    say: Callable[[float], str]  # a value as drawn, in words
    subtitle: str
    finding: Callable[[str, str], str]  # group, place -> what the title is about
    nothing: str


def prevalence(frame: pd.DataFrame, scenario: Scenario) -> Sheet | None:
    """HIV prevalence by group with the surveys. `frame` is the long table of one scenario."""
    return panels(
        frame, scenario, Panels(
            "prevalence", "prevalence", "living with HIV (%)", lambda value: words.percent(value / PER_100),
            "Share of each group living with HIV, in per cent. Each panel has its own scale",
            lambda group, place: f"HIV among {group}{place}", "Nobody lives with HIV",
        ),
    )  # fmt: skip


def incidence(frame: pd.DataFrame, scenario: Scenario) -> Sheet | None:
    """New infections per 100 person-years at risk by group. `frame` is the long table of one scenario."""
    return panels(
        frame, scenario, Panels(
            "incidence", "incidence", "per 100 person-years", words.decimal,
            "New HIV infections per 100 person-years: of 100 HIV-negative people followed for one year, how many "
            "acquire HIV. Each panel has its own scale",
            lambda group, place: f"New HIV infections per 100 person-years among {group}{place}",
            "Nobody acquires HIV",
        ),
    )  # fmt: skip


def panels(frame: pd.DataFrame, scenario: Scenario, what: Panels) -> Sheet | None:
    """One panel a group, the value axis of each from zero; None if no group has the measure."""
    slots = surveyed_groups(frame, scenario, what.measure)
    shown = tables.bands(frame, what.measure, slots, PER_100) or tables.bands(frame, what.measure, ("all",), PER_100)
    if not shown:
        return None
    surveyed = {group: tables.points(scenario.surveys, band) for group, band in shown.items()}
    every = [one for group in shown for one in surveyed[group]]
    caption = words.sentence(tables.band_words(frame), *tables.survey_words(every))
    text = Text(title(shown, scenario, what), words.sentence(scenario.title, what.subtitle), caption)
    rows = -(-len(shown) // COLUMNS)
    columns = min(COLUMNS, len(shown))
    figure, box = page(text, rows * ROW + (rows - 1) * DOWN, right=0.5, above=HEADING)
    places = box.cells(rows, columns, ACROSS, DOWN)
    for number, (group, band) in enumerate(shown.items()):
        ax = figure.add_axes(places[number])
        shade = style.colour(slots.get(group, group))
        panel(ax, band, surveyed[group], what, shade)
        ax.set_title(words.capital(words.group(group, scenario)), color=style.readable(shade))
        if number % columns == 0:
            ax.set_ylabel(what.axis)
    said = " ".join(
        marks.told_series(words.capital(words.group(g, scenario)), band, what.say) for g, band in shown.items()
    )
    values = f"{len(shown)} panels of lines over time. {said}" if len(shown) > 1 else f"A line over time. {said}"
    return Sheet(what.name, figure, text, tables.numbers(shown.values(), every, PER_100), values)


def surveyed_groups(frame: pd.DataFrame, scenario: Scenario, measure: str) -> dict[str, str]:
    """The groups to draw, each with the one of GROUPS whose place and colour it has.

    Where surveys are not of that group but of a part or a union of it (such as all women, sex workers among them), that
    is what is drawn, so that the line and the points are about the same people.
    """
    surveys = [one.group for one in scenario.surveys if one.measure == measure and one.of_adults]
    known = set(frame.loc[frame["measure"] == measure, "group"])
    chosen = {}
    for group in GROUPS:
        others = [one for one in surveys if one in known and stands_for(one, scenario) == group]
        chosen[group if group in surveys or not others else max(others, key=others.count)] = group
    return chosen


def stands_for(label: str, scenario: Scenario) -> str:
    """The one of GROUPS that a work setting or a named union is closest to; empty if it is close to none."""
    if words.all_sex_workers(label, scenario):
        return "fsw"
    members = (scenario.layout.members(label) if label in scenario.groups else None) or frozenset()
    return next((group for group in ("women", "men", "clients")
                 if (part := scenario.layout.members(group)) and part <= members), "")  # fmt: skip


def panel(ax: Axes, band: tables.Band, surveyed: list[tables.Point], what: Panels, shade: str) -> None:
    """One group: line, band, surveys, and the last value in words."""
    marks.line(ax, band, shade)
    marks.survey_points(ax, surveyed, PER_100)
    marks.from_zero(ax, marks.top([band], surveyed, PER_100))
    marks.years_axis(ax, band.years[0], band.years[-1], 6)
    last = float(band.middle[-1])
    marks.side_labels(ax, [(last, what.say(last), shade)])


def title(shown: dict[str, tables.Band], scenario: Scenario, what: Panels) -> str:
    """What happened to the first group, in words; or that nothing did."""
    if not any(band.middle.any() for band in shown.values()):
        return what.nothing + words.place(scenario)
    band = next(one for one in shown.values() if one.middle.any())
    subject = what.finding(words.group(band.group, scenario), words.place(scenario))
    return f"{subject} {words.trend(band.years, band.middle, what.say)}"
