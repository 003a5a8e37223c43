"""THE REFERENCE: the model in plain Python, as a reader of the science would write it.

The package in src/ runs the same model over arrays, fast. This twin has people and pairs as objects, looks at everybody
each time, and keeps no books: partners are counted from the pairs, the exposed are found by looking at pairs, and the
census asks everyone. It calls none of the package's processes. With the package it shares the names of codes, the
declared parameters and their conversion to years, and the keys of the random streams; so the same scenario and seed
give the same counts in every step, to the last bit.

Read `take_step` first; then world.py for what there is, people.py, partners.py, market.py, hiv.py, care.py and
programmes.py for what happens, schedule.py for who enters when, and philox.py for chance.

What no shipped programme changes is left out: the relative rates of dying, of leaving sex work and of buying, and
relative infectiousness.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from reference.care import take_care, take_tests
from reference.hiv import act, expose, find_sources, infect, progress
from reference.market import add_up_market, find_workers, visit
from reference.partners import end_pairs, form_pairs, seek_partners
from reference.people import arrive_with_hiv, change_roles, die, draw_first_roles, draw_traits, enter, leave
from reference.programmes import Programme, run_programmes
from reference.schedule import make_schedule
from reference.world import Factors, Numbers, World
from swmodel import codes
from swmodel.interventions.enrolment import SCHEDULE_PARAMS
from swmodel.model import CORE, INTERVENTIONS

CLOCKS = (
    "role_clock", "steady_clock", "casual_clock", "visit_clock", "care_clock", "infection_clock", "stage_clock",
    "death_clock",
)  # fmt: skip


def take_step(world: World) -> None:
    """What happens in one step (a month, say), in this order."""
    begin_step(world)

    entrants = enter(world)
    draw_traits(world, entrants)
    draw_first_roles(world, entrants)
    arrive_with_hiv(world, entrants)

    run_programmes(world)
    change_roles(world)

    searches = seek_partners(world)
    form_pairs(world, searches)
    add_up_market(world)
    visits = visit(world)
    find_workers(world, visits)

    act(world)
    take_tests(world)
    take_care(world)

    exposures = expose(world)
    infected = infect(world, exposures)
    find_sources(world, infected, exposures)
    progress(world)

    die(world)
    leave(world)
    end_pairs(world)
    count(world)


def begin_step(world: World) -> None:
    """Move on the calendar; tallies start at nothing, and what programmes did is over."""
    world.step += 1
    world.time = world.times[world.step]
    world.now = world.numbers.at(world.step)
    world.counts = defaultdict(Counter)
    for person in world.people.values():
        person.factors = Factors()


def count(world: World) -> None:
    """Ask everyone who is there at the end of the step."""
    counts = world.counts
    for person in world.people.values():
        group = person.group
        counts["people"][group] += 1
        counts["living_with_hiv"][group] += person.has_hiv
        counts["susceptible"][group] += not person.has_hiv
        counts["diagnosed"][group] += person.has_hiv and person.care_state != codes.UNDIAGNOSED
        counts["on_art"][group] += person.has_hiv and person.care_state in (codes.ON_ART, codes.SUPPRESSED)
        counts["suppressed"][group] += person.has_hiv and person.care_state == codes.SUPPRESSED
        counts["prep_users"][group] += not person.has_hiv and person.factors.on_prep


def make_world(scenario: Any, seed: int) -> World:
    """The world of a scenario before its first step: nobody has entered yet."""
    steps = round((scenario.stop - scenario.start) / scenario.step)
    times = [scenario.start + (s + 0.5) * scenario.step for s in range(steps)]
    params = [param for process in CORE for param in process.params]
    numbers = Numbers(params, scenario.parameters, scenario.work_settings, times)
    programmes = [make_programme(lever, scenario, times) for lever in scenario.levers]
    clocks = [*CLOCKS, *(programme.clock_name for programme in programmes if programme.by_rate)]
    return World(scenario, seed, times, numbers, make_schedule(scenario, numbers, times), programmes, clocks)


def make_programme(lever: Any, scenario: Any, times: list[float]) -> Programme:
    """One intervention, with its own numbers, and how it reaches people."""
    reach = {"coverage": lever.coverage, "uptake": lever.uptake, "dropout": lever.dropout}
    given = {**scenario.parameters, **lever.values, **{k: v for k, v in reach.items() if v is not None}}
    params = (*SCHEDULE_PARAMS, *INTERVENTIONS[lever.kind].params)
    return Programme(lever, Numbers(params, given, scenario.work_settings, times))


def run(scenario: Any, seed: int) -> tuple[World, list[dict[str, Counter[int]]]]:
    """Run to the end; the world as it then is, and the counts of each step by code."""
    world, record = make_world(scenario, seed), []
    while world.step + 1 < len(world.times):
        take_step(world)
        record.append(world.counts)
    return world, record
