"""THE CONTENTS PAGE: what the model is made of, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.arrows import ARROWS
from swmodel.binding import Step
from swmodel.declare import Measure, Param, Process
from swmodel.interventions import enrolment
from swmodel.interventions.alcohol_counselling import alcohol_counselling
from swmodel.interventions.anti_trafficking import anti_trafficking
from swmodel.interventions.art_support import art_support
from swmodel.interventions.community_empowerment import community_empowerment
from swmodel.interventions.condom_programme import condom_programme
from swmodel.interventions.condom_shortage import condom_shortage
from swmodel.interventions.cultural_mediation import cultural_mediation
from swmodel.interventions.demand_reduction import demand_reduction
from swmodel.interventions.displacement import displacement
from swmodel.interventions.economic_support import economic_support
from swmodel.interventions.exit_support import exit_support
from swmodel.interventions.female_condoms import female_condoms
from swmodel.interventions.livelihoods import livelihoods
from swmodel.interventions.oral_prep import oral_prep
from swmodel.interventions.peer_outreach import peer_outreach
from swmodel.interventions.policing import policing
from swmodel.interventions.services import services
from swmodel.interventions.stigma_reduction import stigma_reduction
from swmodel.interventions.testing_outreach import testing_outreach
from swmodel.interventions.venue_agreement import venue_agreement
from swmodel.interventions.violence_reduction import violence_reduction
from swmodel.measures.census import census, partners_of_people, time_in_sex_work
from swmodel.measures.outcomes import OUTCOMES
from swmodel.measures.structure import SUFFERED
from swmodel.processes.acts import acts_and_condoms
from swmodel.processes.assaults import assaults
from swmodel.processes.care import care, tests_taken
from swmodel.processes.clients import demand_and_supply, visits_of_clients
from swmodel.processes.coercion import coercion
from swmodel.processes.community import community
from swmodel.processes.demography import entry
from swmodel.processes.drinking import drinking
from swmodel.processes.exits import deaths_of_people, end_pairs, leave
from swmodel.processes.injecting import injecting, needle_sharing
from swmodel.processes.law import REGIMES, law
from swmodel.processes.market import market
from swmodel.processes.migrants import be_elsewhere
from swmodel.processes.mobility import mobility, visitors_go
from swmodel.processes.need import economic_need
from swmodel.processes.partners import partnerships, seeking_partners
from swmodel.processes.pathways import CAUSAL_SHARE
from swmodel.processes.police import police, recall_police
from swmodel.processes.premiums import premiums
from swmodel.processes.progression import hiv_progression
from swmodel.processes.rolls import rolls, who_trades
from swmodel.processes.sex_work import role_clocks, roles
from swmodel.processes.stigma import feel_stigma
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
from swmodel.structure import Layer, structure

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
# What weighs on people who sell sex: each layer is in a run only where its scenario says how much there is of it.
LAYERS: tuple[Layer, ...] = (
    Layer("anything", (), (who_trades,)),
    Layer("law", REGIMES, (law,)),
    Layer("police", ("police_contact",), (recall_police, police)),
    # before violence, as a forced act is not one that somebody is paid more for
    Layer("offers of more for no condom", ("premium_offer",), (premiums,)),
    Layer("violence", ("violence_hazard",), (recall_violence, violence, assaults, forced_sex, histories_of_violence)),
    Layer("stigma", ("stigma", "hiv_stigma"), (feel_stigma,)),
    Layer("want of papers", ("papers_lacking",), (be_elsewhere,)),
    Layer("hazardous drinking", ("hazardous_drinking",), (drinking,)),
    Layer("coercion", ("coerced_share", "debt_bond_share"), (coercion,)),
    Layer("economic need", ("shock_hazard", "debt_hazard", "dependants"), (economic_need,)),
    Layer("organisation of sex workers", ("peer_spread",), (community,)),
)
STRUCTURE: tuple[Process, ...] = tuple(process for layer in LAYERS for process in layer.processes)
PROCESSES = (*CORE, *STRUCTURE)
INTERVENTIONS: dict[str, Process] = {
    p.name: p
    for p in (
        # condoms, testing, treatment and PrEP
        condom_programme,
        female_condoms,
        venue_agreement,
        testing_outreach,
        art_support,
        oral_prep,
        services,
        # those who sell sex, and what weighs on them
        peer_outreach,
        community_empowerment,
        violence_reduction,
        policing,
        stigma_reduction,
        cultural_mediation,
        alcohol_counselling,
        economic_support,
        livelihoods,
        exit_support,
        anti_trafficking,
        # clients
        demand_reduction,
        # shocks
        condom_shortage,
        displacement,
    )
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
    arrows = (*ARROWS, *(arrow for one in extensions for arrow in one.arrows))
    known = (*CORE, *(process for one in extensions for process in one.processes))
    steps += structure(scenario.parameters, known, LAYERS, arrows)
    for extension in extensions:
        steps += [Step(process) for process in extension.processes]
        kinds |= extension.interventions
    for lever in in_order_of_use(scenario.levers, kinds):
        steps += lever_steps(lever, kinds[lever.kind], scenario)
    return steps


def in_order_of_use(levers: Sequence[Any], kinds: Mapping[str, Process]) -> list[Any]:
    """The levers as written, but those that read a factor after those that change it."""
    changed = {name for lever in levers for name in kinds[lever.kind].writes}
    return sorted(
        levers, key=lambda lever: bool(changed & set(kinds[lever.kind].arguments) - set(kinds[lever.kind].writes))
    )


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
        "work_from": float(lever.target.years_in_work[0]),
        "work_to": float(lever.target.years_in_work[1]),
        "eligible": codes.ELIGIBLE[effect.eligible],
    }
    schedule = {"uptake": lever.uptake, "dropout": lever.dropout} if by_rate else {"coverage": lever.coverage}
    shared = (enrolment.COVERED,)
    own = (enrolment.COVERED, enrolment.ENROL_CLOCK, enrolment.ENROL_TIMES) if by_rate else shared
    dates = {"start": lever.start, "stop": lever.stop}
    first = Step(enrol, lever.name, schedule, own, params=enrolment.SCHEDULE_PARAMS, tables=tables, **dates)
    second = Step(effect, lever.name, dict(lever.values), shared, params=effect.params, **dates)
    return [first, second]
