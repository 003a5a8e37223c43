"""THE CONTENTS PAGE: what the model is made of, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.binding import Step
from swmodel.declare import Measure, Param, Process
from swmodel.interventions import enrolment
from swmodel.interventions.art_support import art_support
from swmodel.interventions.condom_programme import condom_programme
from swmodel.interventions.oral_prep import oral_prep
from swmodel.interventions.policing import policing
from swmodel.interventions.testing_outreach import testing_outreach
from swmodel.interventions.violence_reduction import violence_reduction
from swmodel.measures.census import census, partners_of_people, time_in_sex_work
from swmodel.measures.outcomes import OUTCOMES
from swmodel.measures.structure import SUFFERED
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.care import care, tests_taken
from swmodel.processes.clients import demand_and_supply, visits_of_clients
from swmodel.processes.demography import entry
from swmodel.processes.exits import deaths_of_people, end_pairs, leave
from swmodel.processes.injecting import injecting, needle_sharing
from swmodel.processes.law import law
from swmodel.processes.market import market
from swmodel.processes.mobility import mobility, visitors_go
from swmodel.processes.partners import partnerships, seeking_partners
from swmodel.processes.pathways import ARROWS, CAUSAL_SHARE
from swmodel.processes.police import police, recall_police
from swmodel.processes.progression import hiv_progression
from swmodel.processes.rolls import rolls, who_trades
from swmodel.processes.sex_work import role_clocks, roles
from swmodel.processes.traits import traits
from swmodel.processes.transmission import (
    arrive_with_hiv,
    discordant_pairs,
    exposure,
    force_of_infection,
    infection,
    source,
)
from swmodel.processes.violence import forced_sex, histories_of_violence, recall_violence, violence
from swmodel.structure import layers

__all__ = ["ARROWS", "CORE", "GENERAL", "INTERVENTIONS", "MEASURES", "PROCESSES", "all_params", "contents"]

CORE: tuple[Process, ...] = (
    # demography
    entry,
    traits,
    arrive_with_hiv,
    # (programmes: the interventions of the scenario)
    # movement
    role_clocks,
    roles,
    mobility,
    injecting,
    rolls,
    visitors_go,
    # pairs
    seeking_partners,
    partnerships,
    needle_sharing,
    demand_and_supply,
    visits_of_clients,
    market,
    # behaviour
    acts_and_condoms,
    # care
    tests_taken,
    care,
    # transmission
    discordant_pairs,
    exposure,
    force_of_infection,
    infection,
    source,
    # progression
    hiv_progression,
    # exit
    deaths_of_people,
    leave,
    end_pairs,
    # measure
    census,
    time_in_sex_work,
    partners_of_people,
)
# What weighs on people who sell sex: in a run only where its scenario says how much. (Arrows come after what weighs.)
STRUCTURE: tuple[Process, ...] = (
    who_trades,
    law,
    recall_police,
    recall_violence,
    police,
    violence,
    forced_sex,
    histories_of_violence,
)
PROCESSES = (*CORE, *STRUCTURE)
INTERVENTIONS: dict[str, Process] = {
    p.name: p for p in (condom_programme, testing_outreach, art_support, oral_prep, violence_reduction, policing)
}
MEASURES: tuple[Measure, ...] = (*OUTCOMES, *SUFFERED)
NEVER = -np.inf
GENERAL: tuple[Param, ...] = (CAUSAL_SHARE, *(arrow.param for arrow in ARROWS))


def all_params(extensions: Sequence[Any] = ()) -> dict[str, Param]:
    """Every parameter by name, those of interventions and extensions included."""
    processes = [*PROCESSES, *INTERVENTIONS.values()]
    for extension in extensions:
        processes += [*extension.processes, *extension.interventions.values()]
    arrows = {arrow.name: arrow.param for extension in extensions for arrow in extension.arrows}
    return {p.name: p for process in (*processes,) for p in process.params} | {p.name: p for p in GENERAL} | arrows


def contents(scenario: Any, extensions: Sequence[Any] = ()) -> list[Step]:
    """The steps of one scenario: the core, the structure, the extensions' processes, and two steps for each lever."""
    kinds = dict(INTERVENTIONS)
    resting = idle(scenario)
    steps = [Step(process, stop=NEVER) if process in resting else Step(process) for process in CORE]
    steps += layers(scenario, STRUCTURE, (*ARROWS, *(arrow for one in extensions for arrow in one.arrows)))
    for extension in extensions:
        steps += [Step(process) for process in extension.processes]
        kinds |= extension.interventions
    for lever in scenario.levers:
        steps += lever_steps(lever, kinds[lever.kind], scenario)
    return steps


def idle(scenario: Any) -> tuple[Process, ...]:
    """The core processes that would do nothing in this scenario: they are declared, and never called."""
    given, found = scenario.parameters, []
    if len(scenario.layout.sites) < 2:
        found.append(mobility)
    if "visitor_stay" not in given:
        found.append(visitors_go)
    if not {"injecting_share", "injecting_start"} & set(given):
        found += [injecting, needle_sharing]
    return tuple(found)


def lever_steps(lever: Any, effect: Process, scenario: Any) -> list[Step]:
    """Enrolment of the target, then the effect on those who are covered."""
    by_rate = lever.coverage is None
    enrol = enrolment.enrol_by_rate if by_rate else enrolment.enrol_to_coverage
    groups = scenario.layout.group_names
    tables = {
        "target_groups": np.array([g in lever.target.groups for g in groups]),
        "age_from": float(lever.target.age[0]),
        "age_to": float(lever.target.age[1]),
        "eligible": codes.ELIGIBLE[effect.eligible],
    }
    schedule = {"uptake": lever.uptake, "dropout": lever.dropout} if by_rate else {"coverage": lever.coverage}
    shared = (enrolment.COVERED,)
    own = (enrolment.COVERED, enrolment.ENROL_CLOCK, enrolment.ENROL_TIMES) if by_rate else shared
    dates = {"start": lever.start, "stop": lever.stop}
    first = Step(enrol, lever.name, schedule, own, params=enrolment.SCHEDULE_PARAMS, tables=tables, **dates)
    second = Step(effect, lever.name, dict(lever.values), shared, params=effect.params, **dates)
    return [first, second]
