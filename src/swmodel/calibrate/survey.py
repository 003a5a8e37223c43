"""The survey emulator: what surveys would have found in a run, asked of the same people in the same year.

Most surveys are of a measure and group that the results have. One of some ages only is counted person by person, at the
end of every step of its year. A share is taken with half a person more on either side, as those of surveys are: its
logit is then right on average also where few are asked (Haldane 1956, Ann Hum Genet 20:309), and finite where nobody,
or everybody, happens to be positive. A rate has half an event more, for the same reason.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swmodel import codes
from swmodel.calibrate.targets import SHARES, Target
from swmodel.declare import Measure
from swmodel.engine import Engine
from swmodel.results import Run

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]
People = Mapping[str, Any]
IN_CARE = {"diagnosed_share": codes.DIAGNOSED, "on_art_share": codes.ON_ART, "suppressed_share": codes.SUPPRESSED}
RATE = "per year"  # unit of rates: of measures whose denominator is person-years
BY_AGE = ("prevalence", *IN_CARE)  # measures that can be asked of some ages only


def asked_and_positive(measure: str, people: People) -> tuple[Mask, Mask]:
    """Who can be asked for a measure, and who of everybody is positive."""
    infected = people["hiv_stage"] > 0
    if measure == "prevalence":
        return np.ones(len(infected), bool), infected
    state = people["care_state"]
    on_art = (state == codes.ON_ART) | (state == codes.SUPPRESSED)
    positive = {"diagnosed_share": state >= codes.DIAGNOSED, "on_art_share": on_art,
                "suppressed_share": state == codes.SUPPRESSED}[measure]  # fmt: skip
    return infected, positive


def who_is_asked(measure: Measure) -> Measure:
    """The number of those whom a share is of: people or acts, the mean over the steps of a year."""
    return Measure(f"{measure.name}: asked", "", "count", "stock", measure.denominator, of=measure.of)


def with_half_more(share: float, asked: float) -> float:
    """A share among so many, with half a person more on either side; NaN if there is nobody."""
    return (share * asked + 0.5) / (asked + 1.0) if asked > 0.0 else math.nan


def with_half_an_event(rate: float, people: float) -> float:
    """A rate a year among so many people, over a year, with half an event more; NaN if there is nobody."""
    return (rate * people + 0.5) / people if people > 0.0 else math.nan


class Surveyor:
    """Watches one run (`watch` after each step), and then says what each target's survey would have found."""

    def __init__(self, targets: Sequence[Target], scale: Mapping[str, float] | None = None) -> None:
        self.targets = targets
        self.scale = scale or {}  # of measures that are counts: real people that one in the model stands for
        self.asked = [(k, one) for k, target in enumerate(targets) for one in target.survey.asked]
        self.counts = np.zeros((len(self.asked), 3))  # positive, asked, and steps; of surveys by age
        years: dict[int, list[int]] = {}
        for j, (_, survey) in enumerate(self.asked):
            if survey.age is not None:
                years.setdefault(math.floor(survey.year), []).append(j)
        self.years = years

    def watch(self, engine: Engine) -> None:
        """Ask those who are there at the end of a step, if it lies in the year of a survey by age."""
        due = self.years.get(math.floor(engine.times[engine.step - 1]))
        if not due:
            return
        n, arrays = engine.people.n, engine.people.arrays
        people = {name: arrays[name][:n] for name in ("alive", "group", "birth", "hiv_stage", "care_state")}
        age = engine.times[engine.step - 1] - people["birth"]
        for j in due:
            survey = self.asked[j][1]
            assert survey.age is not None
            members = engine.layout.members(survey.group) or frozenset()
            there = people["alive"] & np.isin(people["group"], list(members))
            there &= (age >= survey.age[0]) & (age < survey.age[1])
            can, positive = asked_and_positive(survey.measure, people)
            self.counts[j] += (there & can & positive).sum(), (there & can).sum(), 1.0

    def found(self, run: Run) -> Numbers:
        """The model's number for each target; NaN where nobody could be asked. Shape (targets,)."""
        parts: list[list[float]] = [[] for _ in self.targets]
        for j, (k, _) in enumerate(self.asked):
            parts[k].append(self.number(run, j))
        return np.array([one[0] if len(one) == 1 else one[0] / one[1] if one[1] else math.nan for one in parts])

    def number(self, run: Run, j: int) -> float:
        """The model's number for one of the surveys asked; NaN where there is nobody to ask."""
        k, survey = self.asked[j]
        year, cell, unit = math.floor(survey.year), (survey.measure, survey.group), self.targets[k].unit
        if survey.age is not None:
            positive, asked, steps = self.counts[j]
            return with_half_more(positive / asked, asked / steps) if asked else math.nan
        if cell not in run.cells:
            return math.nan
        at = run.years.index(year)
        found = float(run.series(*cell)[at])
        if unit in SHARES or unit == RATE:
            half = with_half_more if unit in SHARES else with_half_an_event
            return half(found, float(run.series(f"{survey.measure}: asked", survey.group)[at]))
        return found * self.scale.get(survey.measure, 1.0)
