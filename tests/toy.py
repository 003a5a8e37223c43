"""A toy model in the place of swmodel.model: tests of studies and commands depend on no process of the science."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

import swmodel
from swmodel import codes
from swmodel.binding import Step
from swmodel.declare import Attr, Counter, Measure, Param, Process, intervention, process
from swmodel.rng import run_down

SOURCE = "assumption: made for tests"
GROUPS = 5  # with people in them: women, men, clients and the work settings of the scenarios in tests/cli/files
ONE_ACT = 1 << 20  # one of an expected counter, in the engine's fixed point

# What `asked.csv` looks up of a model: name -> default, unit, dimension. The toy has a third of its women in each work
# setting, as asked, and half of its men as clients, which is more than asked.
ASKED: dict[str, tuple[float, str, str | None]] = {
    "sex_worker_share": (1 / 3, "proportion", "group"), "client_share": (0.2, "proportion", "group"),
    "visitor_stay": (0.0, "years", "occupation"), "part_time_share": (0.0, "proportion", "group"),
    "part_time_volume": (1.0, "ratio", None), "worker_volume": (0.0, "per year", "group"),
    "regular_share": (0.0, "proportion", "group"), "leaving_shape": (2.0, "ratio", None),
    "leave_sex_work": (0.0, "per year", "group"), "pause_rate": (0.0, "per year", "group"),
    "background_mortality": (0.0, "per year", None),
    "stop_buying": (0.0, "per year", "group"), "pair_duration": (1.0, "years", "pair_kind"),
    "act_rate": (0.0, "per year", "pair_kind"), "age_gap": (0.0, "years", "pair_kind"),
    "age_gap_spread": (1.0, "years", "pair_kind"), "casual_rate": (0.0, "per year", "group"),
    "trip_rate": (0.0, "per year", "group"), "trip_duration": (0.0, "years", "group"),
}  # fmt: skip


def first_people(context: Any) -> dict[str, Any]:
    """How many people there are."""
    return {"size": np.array([context.people])}


@process(phase="demography", over="step", creates="people", writes=("uid", "alive", "group"), prepare=first_people,
         prepares=("size",))  # fmt: skip
def arrive(step, new_rows, size, uid, alive, group):
    """Everyone arrives in the first step."""
    if step > 0:
        return 0
    for k in range(len(new_rows)):
        uid[new_rows[k]] = k
        alive[new_rows[k]] = True
        group[new_rows[k]] = k % GROUPS
    return size[0]


@process(
    phase="transmission",
    section="transmission",
    params=(
        Param(
            "infection_rate", {"fsw": 0.1, "all": 0.02}, "per year", (0.0, 5.0), SOURCE, "rate of infection", "group"
        ),
    ),
    attributes=(
        Attr("infected", "b1", 0, "living with HIV"),
        Attr("infection", "f8", 0.0, "time to infection", clock=True),
        Attr("susceptibility", "f8", 1.0, "relative", reset=True),
    ),
    counters=(Counter("infections", "new infections"),),
    writes=("infected", "infection"),
)
def infect(lo, hi, dt, alive, group, susceptibility, infected, infection, infection_rate, infections):
    """Each person is infected at the rate of the group."""
    for i in range(lo, hi):
        hazard = infection_rate[group[i]] * susceptibility[i] * dt
        if alive[i] and not infected[i] and run_down(infection, i, hazard):
            infected[i] = True
            infections[group[i]] += 1


@process(
    phase="measure",
    over="people",
    counters=(
        Counter("people", "people"), Counter("living_with_hiv", "living with HIV"),
        Counter("susceptible", "without HIV"), Counter("acts", "acts", ("pair_kind",), expected=True),
    ),
)  # fmt: skip
def count(lo, hi, alive, group, infected, people, living_with_hiv, susceptible, acts):
    """Count everyone."""
    for i in range(lo, hi):
        if alive[i]:
            people[group[i]] += 1
            living_with_hiv[group[i]] += infected[i]
            susceptible[group[i]] += not infected[i]
            acts[1 + group[i]] += ONE_ACT


@intervention(
    params=(Param("prep_efficacy", 0.9, "proportion", (0.0, 1.0), SOURCE, "reduction of the risk"),),
    counters=(Counter("prep_months", "months on PrEP"),),
    writes=("susceptibility",),
)
def oral_prep(lo, hi, group, susceptibility, prep_efficacy, role_of, prep_months):
    """Every sex worker takes PrEP."""
    for i in range(lo, hi):
        if role_of[group[i]] == codes.WORKER:
            susceptibility[i] *= 1.0 - prep_efficacy
            prep_months[group[i]] += 1


CORE: tuple[Process, ...] = (arrive, infect, count)
PROCESSES, STRUCTURE, LAYERS, ARROWS = CORE, (), (), ()  # nothing weighs on anybody here
INTERVENTIONS: dict[str, Process] = {"oral_prep": oral_prep}
GENERAL: tuple[Param, ...] = ()
MEASURES = (
    Measure("people", "people alive", "people", "stock", ("people",)),
    Measure("prevalence", "share living with HIV", "proportion", "ratio", ("living_with_hiv",), ("people",)),
    Measure("new_infections", "new infections", "people", "flow", ("infections",)),
    Measure("incidence", "new infections", "per person-year", "ratio", ("infections",), ("susceptible",), "year"),
    Measure("acts", "acts", "acts", "flow", ("acts",)),
    Measure("prep_months", "months on PrEP", "months", "flow", ("prep_months",)),
)


def all_params(extensions: Sequence[Any] = ()) -> dict[str, Param]:
    """Every parameter by name, with those that are only asked about."""
    every = (*CORE, *(p for extension in extensions for p in extension.processes))
    about = {n: Param(n, d, unit, (0.0, 1e9), SOURCE, n, by) for n, (d, unit, by) in ASKED.items()}
    return about | {p.name: p for one in every for p in one.params}


def contents(scenario: Any, extensions: Sequence[Any] = ()) -> list[Step]:
    """The steps of a scenario; extensions first, so that one may see the start of a step."""
    steps = [Step(p) for extension in extensions for p in extension.processes] + [Step(p) for p in CORE]
    return steps + [
        Step(INTERVENTIONS[lever.kind], lever.name, lever.values, start=lever.start, stop=lever.stop)
        for lever in scenario.levers
    ]


def install() -> None:
    """Put the toy in the place of the model, for the rest of the process."""
    swmodel.model = sys.modules["swmodel.model"] = sys.modules[__name__]  # type: ignore[attr-defined]


def module() -> ModuleType:
    """The toy as a module."""
    return sys.modules[__name__]
