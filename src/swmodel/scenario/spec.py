"""A scenario after loading: frozen, complete, and free of YAML. Everything downstream reads this and nothing else."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swmodel.layout import Layout, layout_of


@dataclass(frozen=True)
class Target:
    """Whom a lever may reach: groups (labels of the dimension "group", "fsw" already expanded), ages [from, to), and of
    sex workers those who began [from, to) years ago.
    """

    groups: tuple[str, ...]
    age: tuple[float, float] = (18.0, math.inf)
    years_in_work: tuple[float, float] = (0.0, math.inf)


@dataclass(frozen=True)
class Lever:
    """One intervention of a scenario. Either `coverage` (of the target, over time) or `uptake` with `dropout`."""

    name: str
    kind: str
    start: float
    stop: float
    target: Target
    coverage: Any = None
    uptake: Any = None
    dropout: Any = 0.0
    values: Mapping[str, Any] = field(default_factory=dict)


FEW_AGES = 25.0  # years: a survey of fewer is not one of adults, and is told apart by its ages
YOUNG = 25.0  # years of age: nor is one that asks only people above this age
NO_FIT = "none"  # as `posterior`: the scenario's own values, whatever the file that it extends says


@dataclass(frozen=True)
class Survey:
    """One survey estimate to set beside the model. `group` is a label of the results table.

    People of `age` [from, to) were asked; `design_effect` is how many times the variance is that of a simple sample.
    """

    measure: str
    group: str
    year: float
    estimate: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    source: str = ""
    note: str = ""
    age: tuple[float, float] | None = None
    design_effect: float | None = None

    @property
    def aged(self) -> str:
        """The ages of those asked, in words, where these are few; nothing for a survey of most adults."""
        if self.age is None or (self.age[0] <= YOUNG and self.age[1] - self.age[0] >= FEW_AGES):
            return ""
        return f"aged {self.age[0]:g} to {self.age[1] - 1:g}"

    @property
    def asked(self) -> tuple[Survey, ...]:
        """The surveys that it takes: itself."""
        return (self,)

    @property
    def of_adults(self) -> bool:
        """True if it may be set beside a line of all adults."""
        return not self.aged


@dataclass(frozen=True)
class Ratio(Survey):
    """How many times as large a measure was found as in another group, or in another year: a ratio or a trend."""

    other_group: str = ""
    other_year: float = 0.0

    @property
    def asked(self) -> tuple[Survey, ...]:
        """The two surveys whose numbers it divides, the first by the second."""
        cells = ((self.group, self.year), (self.other_group, self.other_year))
        return tuple(Survey(self.measure, group, year, None, age=self.age) for group, year in cells)

    @property
    def of_adults(self) -> bool:
        """False: a comparison of two groups or years is no point beside a line."""
        return False

    @property
    def beside(self) -> str:
        """What it is relative to, as reports say it."""
        other = self.other_group if self.other_group != self.group else ""
        return " in ".join(x for x in (other, f"{self.other_year:g}" if self.other_year != self.year else "") if x)


@dataclass(frozen=True)
class PairKind:
    """A further kind of pair: its form (codes.FORMS), and the groups whose members get it as seekers or workers."""

    name: str
    form: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Scenario:
    """A setting with the values and levers that differ from it. Parameters are in their declared units."""

    name: str
    title: str
    start: float
    stop: float
    step: float
    people: int
    seeds: int
    seed: int
    work_settings: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    levers: tuple[Lever, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # named unions for results
    surveys: tuple[Survey, ...] = ()
    extensions: tuple[str, ...] = ()  # paths of Python files, or names of installed extensions
    sources: Mapping[str, str] = field(default_factory=dict)  # parameter -> source given beside its value
    description: str = ""
    places: float = 1.0  # real adults that one simulated person stands for at the start
    path: str = ""
    workers: Mapping[str, str] = field(default_factory=dict)  # work setting -> population, where that is not women
    occupations: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    pair_kinds: tuple[PairKind, ...] = ()
    answers: tuple[str, ...] = ()  # rows of the Guidance Note that this scenario answers
    posterior: str = ""  # folder of a fit whose draws are run, as a path that opens from the current folder
    evidence: str = ""  # grade of what is known of the lever, as in `pathways.GRADES`

    @property
    def layout(self) -> Layout:
        """The groups, pair kinds and labels of this scenario."""
        return layout_of(self)
