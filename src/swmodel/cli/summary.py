"""The short table that a run or a comparison ends with."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence

import numpy as np

from swmodel.results import Results
from swmodel.study.causal_share import shares_in_words
from swmodel.study.paired import INFECTIONS, Comparison, interval

GROUPS = {
    "fsw": "sex workers",
    "msw": "men who sell sex",
    "tsw": "trans women who sell sex",
    "clients": "clients",
    "women": "other women",
    "men": "other men",
    "msm": "other men who have sex with men",
    "trans_women": "other trans women",
    "all": "all adults",
}
SHOWN = tuple(GROUPS)[:-1]
YEARS = 4  # years shown
PER_100 = 100.0


def of_100(value: float) -> str:
    """A proportion, or a rate per person-year, as a number of 100."""
    return f"{PER_100 * value:.1f}"


def count(value: float) -> str:
    """A number of people or events."""
    return f"{value:,.0f}"


# Measure -> its title, how to write it, and the groups to show.
MAIN: dict[str, tuple[str, Callable[[float], str], Sequence[str]]] = {
    "prevalence": ("people living with HIV, %", of_100, SHOWN),
    "incidence": ("new infections per 100 person-years", of_100, SHOWN),
    "on_art_share": ("on ART, % of people living with HIV", of_100, ("fsw", "msw", "tsw", "all")),
    "market_fill": ("paid contacts made, % of those that clients wanted", of_100, ("all",)),
    "new_infections": ("new infections in the year, among the people simulated", count, ("all",)),
}


def shown_years(years: Sequence[int]) -> list[int]:
    """A few years spread over the run, the last among them."""
    places = np.linspace(0, len(years) - 1, min(YEARS + 1, len(years))).round().astype(int)
    return [years[place] for place in dict.fromkeys(places.tolist())][-YEARS:]


def run_summary(results: Results) -> str:
    """Main measures in a few years: the median over runs, with the least and the greatest in brackets."""
    years = shown_years(results.years)
    rows: list[list[str]] = []
    for measure, (title, write, groups) in MAIN.items():
        present = [group for group in groups if (measure, group) in results.cells]
        rows += [[title]] if present else []
        for group in present:
            every, values = results.series(measure, group)
            places = [list(every).index(year) for year in years]
            rows.append(
                [f"  {title_of(group, results.cells)}", *(written(values[:, place], write) for place in places)]
            )
    runs = len(results.runs)
    head = "1 run" if runs == 1 else f"median of {runs} runs (range)"
    return aligned([head, *map(str, years)], rows)


def title_of(group: str, cells: Container[tuple[str, str]]) -> str:
    """The name of a group in the table; women who sell sex are called so where men or trans women do too."""
    others = any(("prevalence", other) in cells for other in ("msw", "tsw"))
    return "women who sell sex" if group == "fsw" and others else GROUPS[group]


def written(values: np.ndarray, write: Callable[[float], str]) -> str:
    """The median, and the range where there is more than one run."""
    present = values[~np.isnan(values)]
    if not len(present):
        return "-"
    middle = write(float(np.median(present)))
    return middle if len(values) == 1 else f"{middle} ({write(float(present.min()))} to {write(float(present.max()))})"


def comparison_summary(comparison: Comparison) -> str:
    """Infections averted by each scenario up to its end, with the interval of the paired differences."""
    rows: list[list[str]] = []
    for name in comparison.others:
        twins = comparison.of(name)
        if not len(comparison.differing(name)):
            rows.append([f"{name}: no run differs from the baseline in any number"])
            continue
        rows.append([f"{name}, from {comparison.since(name)} to {twins.years[-1]}"])
        for group in GROUPS:
            if (INFECTIONS, group) in twins.cells:
                _, fewer, share = comparison.averted(name, group)
                averted, part = interval(fewer[:, -1:])[:3, 0], interval(share[:, -1:])[:3, 0]
                title = title_of(group, twins.cells)
                rows.append([f"  {title}", *ranged(averted, count), *ranged(part, of_100)])
    pairs = len(comparison.of(name).ours)
    head = f"median of {pairs} pairs of runs" if pairs > 1 else "1 pair of runs"
    return aligned([head, "averted", "95 % interval", "% of those expected", "95 % interval"], rows)


def shares_summary(shares: Mapping[float, Comparison]) -> str:
    """The share of infections averted by each scenario at each causal share: what the result hangs on."""
    rows: list[list[str]] = []
    first = next(iter(shares.values()))
    for name in first.others:
        rows.append([name])
        for group in ("fsw", "all"):
            if (INFECTIONS, group) in first.of(name).cells:
                cells = [interval(one.averted(name, group)[2][:, -1:])[:3, 0] for one in shares.values()]
                title = title_of(group, first.of(name).cells)
                rows.append([f"  {title}", *(f"{of_100(c[0])} ({ranged(c, of_100)[1]})" for c in cells)])
    head = ["% of infections averted, by share of observed effects taken as causal"]
    return aligned([*head, *shares_in_words(list(shares))], rows)


def ranged(numbers: Sequence[float] | np.ndarray, write: Callable[[float], str]) -> list[str]:
    """A median and its interval, as two cells."""
    middle, low, high = (float(number) for number in numbers)
    within = "-" if math.isnan(low) else f"{write(low)} to {write(high)}"
    return ["-" if math.isnan(middle) else write(middle), within]


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table, its first column to the left and the others to the right. A row of one cell is a heading."""
    filled = [row for row in (head, *rows) if len(row) == len(head)]
    widths = [max(len(row[k]) for row in filled) for k in range(len(head))]
    lines = []
    for row in (head, ["-" * width for width in widths], *rows):
        first, *others = row
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=False)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)
