"""How a fit lies beside its data, and its posterior beside its priors."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from swmodel.charts import marks, style, words
from swmodel.charts.epidemic import stands_for
from swmodel.charts.page import Sheet, Text, page
from swmodel.scenario.spec import Scenario

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COLUMNS = 2
ROW, DOWN, ACROSS, HEADING = 1.1, 0.78, 0.75, 0.36  # inches
UNDER_TITLE, ABOVE_AXES = 15.0, 4.0  # points: from the axes to the name of a panel, and to what it shows
NAMES, NUMBERS, LINE = 1.75, 1.95, 0.24  # inches: the columns beside the bars, and the height of one
WIDE = 4.0  # points: the bars of the model, and of what surveys differ by
SHIFT = 0.22  # years by which model and survey stand apart
PER_100 = 100.0
ABBREVIATIONS = {"hiv": "HIV", "art": "ART", "prep": "PrEP", "sti": "STI", "stis": "STIs"}
MEASURES = {
    "prevalence": "living with HIV", "incidence": "new infections per person-year", "people": "number of people",
    "diagnosed_share": "know that they live with HIV", "on_art_share": "on ART, of those living with HIV",
    "suppressed_share": "suppressed, of those living with HIV", "condom_use": "acts with a condom",
}  # fmt: skip
BY_KIND = ("condom_use",)  # measures of a kind of partner, not of a group
OUTSIDE = 0.025  # of the predictive distribution at either end, in which a survey counts as missed


def against_data(record: Mapping[str, Any], scenario: Scenario) -> Sheet:
    """Surveys and what the fit gives in the same year, one panel for each measure and group.

    `record` is what `fit.json` holds.
    """
    panels: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for target in record["targets"]:
        of = target["measure"], target["group"], target.get("aged", ""), beside(target, scenario)
        panels.setdefault(of, []).append(target)
    missed = [one for one in record["targets"] if is_missed(one)]
    text = Text(
        data_title(record, missed, scenario),
        words.sentence(record["title"] or record["name"], "Shares in per cent. Each panel has its own scale"),
        words.sentence(
            "Black: surveys, with 95\u00a0% intervals for the sample's design where it is known; grey: also with what "
            "such surveys differ by beyond chance; colour: median and 95\u00a0% of the model at draws of the fit, with "
            "the bias of reporting where one is fitted; ringed: outside the central 95\u00a0% of what the fit predicts "
            "for such a survey", state(record),
        ),
    )  # fmt: skip
    rows = -(-len(panels) // COLUMNS)
    figure, box = page(text, rows * ROW + (rows - 1) * DOWN, right=0.2, above=HEADING)
    places = box.cells(rows, COLUMNS, ACROSS, DOWN)
    for place, targets in zip(places, panels.values(), strict=False):
        ax = figure.add_axes(place)
        group = targets[0]["group"]
        panel(ax, targets, style.colour(stands_for(group, scenario) or group))
        who, what = told(targets[0], scenario)
        ax.set_title(words.capital(who), pad=UNDER_TITLE)
        ax.annotate(what, (0.0, 1.0), (0.0, ABOVE_AXES), "axes fraction", "offset points", fontsize=style.SMALL)
    return Sheet("fit_and_data", figure, text, data_table(record), data_words(record))


def panel(ax: Axes, targets: Sequence[Mapping[str, Any]], shade: str) -> None:
    """The surveys of one measure and group, and the model beside each."""
    years = [one["year"] for one in targets]
    greatest = 0.0
    for one in targets:
        (low, high), model, year, scale = one["interval"], one["model"], one["year"], scale_of(one)
        ends = [scale * low, scale * high]
        allowed = [scale * end for end in one.get("allowed", one["interval"])]
        ax.plot([year - SHIFT] * 2, allowed, color=style.FAINT, linewidth=WIDE, solid_capstyle="butt", zorder=1)
        ax.plot([year - SHIFT] * 2, ends, "_-", color=style.INK, linewidth=style.THIN, markersize=5.0)
        ax.plot(year - SHIFT, scale * one["estimate"], "o", color=style.INK, markersize=4.0)
        if is_missed(one):
            ax.plot(year - SHIFT, scale * one["estimate"], "o", color=style.VERMILLION, markersize=10, fillstyle="none")
        if model:
            span = [scale * model["low"], scale * model["high"]]
            ax.plot([year + SHIFT] * 2, span, color=shade, linewidth=WIDE, alpha=0.45, solid_capstyle="butt")
            ax.plot(year + SHIFT, scale * model["median"], "o", color=shade, markersize=4.0)
            greatest = max(greatest, span[1])
        greatest = max(greatest, allowed[1])
    marks.from_zero(ax, greatest)
    marks.years_axis(ax, math.floor(min(years)) - 1.0, math.ceil(max(years)) + 1.0, 6)


def told(target: Mapping[str, Any], scenario: Scenario) -> tuple[str, str]:
    """Whom a survey is about, and what it asked, in words."""
    measure, group, other = target["measure"], target["group"], beside(target, scenario)
    who = f"sex with {words.kind(group)}" if measure in BY_KIND else words.group(group, scenario)
    who += f" {target['aged']}" if "aged" in target else ""
    return who, MEASURES.get(measure, measure.replace("_", " ")) + (f", relative to {other}" if other else "")


def beside(target: Mapping[str, Any], scenario: Scenario) -> str:
    """What a ratio is relative to, in words; nothing for other surveys."""
    group, year = target.get("other_group", target["group"]), target.get("other_year", target["year"])
    other = words.group(group, scenario) if group != target["group"] else ""
    return " in ".join(part for part in (other, f"{year:g}" if year != target["year"] else "") if part)


def scale_of(target: Mapping[str, Any]) -> float:
    """What a number is multiplied by: shares are drawn in per cent."""
    return PER_100 if target["share"] else 1.0


def is_missed(target: Mapping[str, Any]) -> bool:
    """True for a survey in the outer 5 % of what the fit predicts for it."""
    return not OUTSIDE <= float(target["pit"]) <= 1.0 - OUTSIDE


def data_title(record: Mapping[str, Any], missed: Sequence[Mapping[str, Any]], scenario: Scenario) -> str:
    """How many surveys the fit meets."""
    total = len(record["targets"])
    if not missed:
        return f"The fit predicts each of its {total} surveys within 95\u00a0%"
    names = words.listing([f"{' '.join(told(one, scenario))} in {one['year']:g}" for one in missed[:2]])
    more = f", and {len(missed) - 2} more" if len(missed) > 2 else ""
    verb = "lies" if len(missed) == 1 else "lie"
    return f"Of {total} surveys, {len(missed)} {verb} outside what the fit predicts: {names}{more}"


def state(record: Mapping[str, Any]) -> str:
    """A warning on a fit that fails a gate; else nothing."""
    failed = [gate["name"] for gate in record["gates"] if not gate["passed"]]
    return f"NOT CONVERGED: this fit fails {words.listing(failed)}" if failed else ""


def data_table(record: Mapping[str, Any]) -> pd.DataFrame:
    """The numbers of the panels."""
    import pandas as pd

    rows = [(t["measure"], t["group"], t.get("aged", ""), t["year"], t.get("other_group", ""), t.get("other_year", ""),
             t["estimate"], *t["interval"], *(t["model"].get(name, math.nan) for name in ("median", "low", "high")),
             t["pit"], t["source"]) for t in record["targets"]]  # fmt: skip
    names = ["measure", "group", "aged", "year", "other_group", "other_year", "survey", "survey_low", "survey_high",
             "model", "model_low", "model_high", "pit", "source"]  # fmt: skip
    return pd.DataFrame(rows, columns=names).round(5)


def data_words(record: Mapping[str, Any]) -> str:
    """The panels in words."""
    said = [f"{spoken(one['name'])}: survey {scale_of(one) * one['estimate']:.3g}, fit "
            f"{scale_of(one) * one['model']['median']:.3g}" for one in record["targets"] if one["model"]]  # fmt: skip
    return f"Panels of points over time. {'; '.join(said)}."


def priors_and_posterior(record: Mapping[str, Any]) -> Sheet:
    """Each fitted number: what was thought before, and what is left; scaled to the ends of its prior."""
    fitted = record["fitted"]
    narrowest = min(fitted, key=share_left)
    text = Text(
        f"The data say most about {spoken(narrowest['name'])}: its interval is "
        f"{words.percent(share_left(narrowest))} as wide as before",
        words.sentence("What was thought before the fit and what is left after it, from the lowest to the highest "
                       "number allowed for each"),
        words.sentence("Grey: 95\u00a0% of the prior; colour: median and 95\u00a0% of the posterior", state(record)),
    )  # fmt: skip
    height = LINE * len(fitted)
    figure, box = page(text, height, left=NAMES, right=NUMBERS, bottom=0.1)
    ax = figure.add_axes((box.left, box.bottom, box.right - box.left, box.top - box.bottom))
    ax.set_ylim(len(fitted), 0)
    ax.set_xlim(0, 1)
    ax.axis("off")
    for k, one in enumerate(fitted):
        bar(ax, k + 0.5, one)
    return Sheet("priors_and_posterior", figure, text, priors_table(record), priors_words(record))


def bar(ax: Axes, at: float, one: Mapping[str, Any]) -> None:
    """One fitted number."""
    low, high = float(one["from"]), float(one["to"])

    def placed(value: float) -> float:
        if "log" in one["form"] and low > 0.0:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    ax.plot([placed(one["prior"][0]), placed(one["prior"][2])], [at] * 2, color=style.FAINT, linewidth=9.0,
            solid_capstyle="butt")  # fmt: skip
    ax.plot([placed(one["low"]), placed(one["high"])], [at] * 2, color=style.BLUE, linewidth=4.0, alpha=0.5,
            solid_capstyle="butt")  # fmt: skip
    ax.plot(placed(one["median"]), at, "o", color=style.BLUE, markersize=4.0)
    ax.text(-0.03, at, spoken(one["name"]), ha="right", va="center", size=style.SMALL)
    numbers = f"{one['median']:.3g} ({one['low']:.3g} to {one['high']:.3g})"
    ax.text(1.03, at, numbers, ha="left", va="center", size=style.SMALL)


def spoken(name: str) -> str:
    """The name of a prior in words."""
    return " ".join(ABBREVIATIONS.get(word, word) for word in name.replace("_", " ").split(" "))


def share_left(one: Mapping[str, Any]) -> float:
    """The width of the posterior's interval relative to the prior's; of logarithms where the prior is of these."""
    ends = [one["low"], one["high"], one["prior"][0], one["prior"][2]]
    if "log" in one["form"] and min(ends) > 0.0:
        ends = [math.log(end) for end in ends]
    return float((ends[1] - ends[0]) / (ends[3] - ends[2]))


def priors_table(record: Mapping[str, Any]) -> pd.DataFrame:
    """The numbers of the bars."""
    import pandas as pd

    rows = [(f["name"], f["of"], f["unit"], *f["prior"], f["low"], f["median"], f["high"], f["source"])
            for f in record["fitted"]]  # fmt: skip
    names = ["name", "parameter", "unit", "prior_low", "prior_median", "prior_high", "low", "median", "high", "source"]
    return pd.DataFrame(rows, columns=names)


def priors_words(record: Mapping[str, Any]) -> str:
    """The bars in words."""
    said = [f"{spoken(f['name'])} {f['median']:.3g} ({f['low']:.3g} to {f['high']:.3g})" for f in record["fitted"]]
    return f"Bars. Posterior median (95\u00a0% interval): {'; '.join(said)}."
