"""What a scenario asks for against what a run brought about: sizes, volumes, durations, acts, age gaps, rates.

One side is worked out from the parameters, the other from the results table, over the same years. A difference of more
than `TOLERANCE` is flagged; it may have a cause that is meant, such as deaths from HIV.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.declare import Param
from swmodel.projection import classes
from swmodel.results import Run, whole_file
from swmodel.scenario.spec import Scenario
from swmodel.scenario.tables import table
from swmodel.values import tabulate

TOLERANCE = 0.05  # of what was asked
FEWEST = 1000.0  # events below which chance alone may exceed the tolerance
TINY = 1e-9  # guards divisions
HEAD = ("quantity", "of", "asked", "realised", "difference", "flag")


@dataclass(frozen=True)
class Row:
    """One quantity as means over the years of a run; `events` is how many events or people it rests on."""

    quantity: str
    of: str
    asked: float
    realised: float
    events: float
    scale: float = 0.0  # what the difference is relative to, where that is more than what was asked

    @property
    def difference(self) -> float:
        """Relative difference."""
        return (self.realised - self.asked) / max(abs(self.asked), self.scale, TINY)

    @property
    def flag(self) -> str:
        """Empty if within the tolerance or not known, "few" if too few events can tell, else "off"."""
        if math.isnan(self.realised) or abs(self.difference) <= TOLERANCE:
            return ""
        return "few" if self.events < FEWEST else "off"

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        numbers = (f"{self.asked:.4g}", f"{self.realised:.4g}", f"{100 * self.difference:+.1f} %")
        return (self.quantity, self.of, *numbers, self.flag)


class Sides:
    """Both sides: parameters in the middle of each year, and the yearly results of one run."""

    def __init__(self, scenario: Scenario, run: Run, params: Mapping[str, Param]) -> None:
        self.scenario, self.run, self.params, self.layout = scenario, run, params, scenario.layout
        self.times = np.array(run.years) + 0.5
        self.place = {cell: k for k, cell in enumerate(run.cells)}
        self.names, self.groups = self.layout.group_names, self.layout.groups
        self.visiting = self.asked("visitor_stay")[0] > 0.0

    def asked(self, name: str) -> np.ndarray:
        """A parameter in engine units in each year; shape (years,) or (years, labels)."""
        param = self.params[name]
        value: Any = self.scenario.parameters.get(name, param.default)
        return tabulate(param, value, self.layout, self.times)

    def got(self, measure: str, label: str) -> np.ndarray:
        """A measure in each year, NaN where the results do not have it; shape (years,)."""
        k = self.place.get((measure, label))
        return self.run.values[:, k] if k is not None else np.full(len(self.times), math.nan)

    def people(self, members: Iterable[int]) -> np.ndarray:
        """People of some groups in each year; shape (years,)."""
        return sum((self.got("people", self.names[code]) for code in members), np.zeros(len(self.times)))

    def of_role(self, role: int) -> list[int]:
        """The groups of a role, without visitors."""
        visits = [g.occupation >= 0 and self.visiting[g.occupation] for g in self.groups]
        return [c for c, g in enumerate(self.groups) if g.role == role and not visits[c]]

    def row(self, quantity: str, of: str, asked: np.ndarray, realised: np.ndarray, weight: np.ndarray) -> Row:
        """The means of both sides over the years by `weight`; years without a result are left out."""
        weight = np.where(np.isnan(realised) | np.isnan(weight), 0.0, weight)
        total = float(weight.sum())
        if total <= 0.0:
            return Row(quantity, of, float(np.mean(asked)), math.nan, 0.0)
        means = [float((np.nan_to_num(side) * weight).sum() / total) for side in (asked, realised)]
        return Row(quantity, of, means[0], means[1], total)


def compare(scenario: Scenario, run: Run, params: Mapping[str, Param]) -> list[Row]:
    """Every quantity of one run that rests on anything, in a fixed order."""
    sides = Sides(scenario, run, params)
    rows = [*sizes(sides), *market(sides), *spells(sides), *pairs(sides), *trips(sides)]
    return [row for row in rows if not math.isnan(row.realised)]


def pooled(runs: Sequence[Run]) -> Run:
    """One run whose values are the means over several; a value that a run does not have is left out of the mean."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a cell that no run has stays NaN
        return replace(runs[0], values=np.nanmean([run.values for run in runs], axis=0))


def sizes(sides: Sides) -> Iterator[Row]:
    """Sex workers and clients as a share of the people among whom they are."""
    for role, name in ((codes.WORKER, "sex_worker_share"), (codes.CLIENT, "client_share")):
        asked = sides.asked(name)
        for code in sides.of_role(role):
            g = sides.groups[code]
            among = [c for c, h in enumerate(sides.groups)
                     if (h.population, h.site, h.occupation) == (g.population, g.site, g.occupation)]  # fmt: skip
            everyone = sides.people(among)
            share = sides.people([code]) / np.maximum(everyone, TINY)
            what = "share of the population who sell sex" if role == codes.WORKER else "share of the men who buy sex"
            yield sides.row(what, sides.names[code], asked[:, code], share, everyone * asked[:, code])


def market(sides: Sides) -> Iterator[Row]:
    """What workers could take, what comes about of what the market makes, and the share with regular clients."""
    usual = 1.0 - sides.asked("part_time_share") * (1.0 - sides.asked("part_time_volume"))[:, None]
    volume, regular = sides.asked("worker_volume") * usual, sides.asked("regular_share")
    for code in sides.of_role(codes.WORKER):
        name, workers = sides.names[code], sides.people([code])
        sold, met = sides.got("contacts_sold", name), sides.got("contacts_met", name)
        could = sides.got("contacts_offered", name) / np.maximum(workers, TINY)
        yield sides.row("contacts that a worker could take, a year", name, volume[:, code], could, workers)
        made = sold / np.maximum(met, TINY)
        yield sides.row("contacts sold, of those that the market makes", name, np.ones(len(sold)), made, met)
        yield sides.row(
            "share of contacts with regulars", name, regular[:, code], sides.got("regular_share", name), sold
        )


def spells(sides: Sides) -> Iterator[Row]:
    """How many leave, pause and stop buying in a year."""
    kinds = (
        (codes.WORKER, "leaving sex work for good, a year", "ends_of_sex_work", leaving(sides)),
        (codes.WORKER, "pausing sex work, a year", "pauses", sides.asked("pause_rate")),
        (codes.CLIENT, "stopping to buy sex, a year", "ends_of_buying", sides.asked("stop_buying")),
    )
    for role, what, measure, asked in kinds:
        for code in sides.of_role(role):
            if asked[:, code].any():
                name, people = sides.names[code], sides.people([code])
                rate = sides.got(measure, name) / np.maximum(people, TINY)
                yield sides.row(what, name, asked[:, code], rate, people * asked[:, code])


def leaving(sides: Sides) -> np.ndarray:
    """The mean hazard of leaving among the workers of a moment; shape (years, groups).

    Where people differ, those with a high hazard leave soon, so that it is less than the mean of those who start.
    """
    hazard, mortality = sides.asked("leave_sex_work"), sides.asked("background_mortality")
    _, weight, trait = classes(float(sides.asked("leaving_shape")[0]))
    stay = weight / np.maximum(hazard[:, :, None] * trait + mortality[:, None, None], TINY)
    return np.asarray(hazard * (stay * trait).sum(axis=2) / stay.sum(axis=2))


def pairs(sides: Sides) -> Iterator[Row]:
    """Durations, age gaps and acts by kind of pair, and how many of the casual pairs looked for form."""
    form_of, kind_for = sides.layout.tables["form_of"], sides.layout.tables["kind_for"]
    names = ("pair_duration", "act_rate", "age_gap", "age_gap_spread")
    duration, acts, gap, spread = (sides.asked(name) for name in names)
    for k, kind in enumerate(sides.layout.pair_kinds):
        formed, now = sides.got("pairs_formed", kind), sides.got("pairs", kind)
        if form_of[k] in (codes.STEADY, codes.CASUAL) and np.nansum(formed) > 0.0:
            drawn, between = sides.got("intended_duration", kind), sides.got("age_gap", kind)
            yield sides.row("duration of pairs that form, years", kind, duration[:, k], drawn, formed)
            row = sides.row("age gap of pairs that form, years", kind, gap[:, k], between, formed)
            yield replace(row, scale=float(np.mean(spread[:, k])))
        if form_of[k] in (codes.STEADY, codes.CASUAL, codes.NEEDLE) and np.nansum(now) > 0.0:
            together = now * (1.0 - np.nan_to_num(sides.got("pairs_apart", kind)))
            rate = sides.got("acts", kind) / np.maximum(together, TINY)
            yield sides.row("acts of a pair at one site, a year", kind, acts[:, k], rate, together)
        if form_of[k] == codes.CASUAL:
            seek = [
                c for c, g in enumerate(sides.groups) if kind_for[codes.CASUAL, c] == k and g.population != codes.MEN
            ]
            wanted = sum((sides.got("casual_due", sides.names[c]) for c in seek), np.zeros(len(formed)))
            share = formed / np.maximum(wanted, TINY)
            yield sides.row("pairs that form, of those looked for", kind, np.ones(len(formed)), share, wanted)


def trips(sides: Sides) -> Iterator[Row]:
    """The share of people who are on a trip, where there are several sites."""
    away = sides.asked("trip_rate") * sides.asked("trip_duration")
    if len(sides.layout.sites) > 1:
        for role in (codes.OUTSIDE, codes.CLIENT, codes.WORKER):
            for name in dict.fromkeys(sides.groups[c].name for c in sides.of_role(role)):
                members = [c for c in sides.of_role(role) if sides.groups[c].name == name]
                people = sides.people(members)
                off = sum((np.nan_to_num(sides.got("away_share", sides.names[c])) * sides.people([c]) for c in members),
                          np.zeros(len(people)))  # fmt: skip
                asked = np.mean([away[:, c] / (1.0 + away[:, c]) for c in members], axis=0)
                if asked.any():
                    yield sides.row(
                        "share of time on trips", name, asked, off / np.maximum(people, TINY), people * asked
                    )


def write(rows: Sequence[Row], path: Path) -> None:
    """The rows as CSV, to the last bit."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(HEAD)
        for row in rows:
            writer.writerow((row.quantity, row.of, repr(row.asked), repr(row.realised), repr(row.difference), row.flag))


def as_table(rows: Sequence[Row], markdown: bool = False) -> str:
    """The rows as an aligned table, or in Markdown."""
    return table(HEAD, [row.cells() for row in rows], markdown)


def off_words(rows: Sequence[Row]) -> str:
    """The quantities that are flagged "off", in one line; empty if none is."""
    kinds = dict.fromkeys(row.quantity for row in rows if row.flag == "off")
    parts = []
    for kind in kinds:
        flagged = [row for row in rows if row.quantity == kind and row.flag == "off"]
        worst = max(flagged, key=lambda row: abs(row.difference))
        others = f" and {len(flagged) - 1} more" if len(flagged) > 1 else ""
        parts.append(f"{kind}, {worst.of} {100 * worst.difference:+.0f} %{others}")
    return "; ".join(parts)
