"""THE REFERENCE: the model in plain Python, as a reader of the science would write it.

The package in src/ runs the same model over arrays, fast. This twin has people and pairs as objects, looks at everybody
each time, and keeps no books: partners are counted from the pairs, the exposed are found by looking at pairs, and the
census asks everyone. It calls none of the package's processes. With the package it shares the names of codes, the
declared parameters and their conversion to years, and the keys of the random streams; so the same scenario and seed
give the same counts in every step, to the last bit.

Read `take_step` first; then groups.py and world.py for what there is, people.py, sex_work.py, mobility.py,
injecting.py, partners.py, contacts.py, market.py, hiv.py, care.py and programmes.py for what happens, schedule.py for
who enters when, and philox.py for chance. The numbers to be expected without HIV are the package's own (expected.py).

What weighs on people who sell sex (violence, police, stigma, need, ...) and arrows are not here, and so the programmes
that act on them alone; nor are the relative rates of dying and infectiousness, which no shipped programme changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from reference.care import take_care, take_tests
from reference.contacts import open_market
from reference.groups import Groups
from reference.hiv import act, expose, find_sources, infect, progress
from reference.injecting import share_needles, start_and_stop_injecting
from reference.market import find_workers, visit
from reference.mobility import send_visitors_home, travel
from reference.partners import count_partners, end_pairs, form_pairs, seek_partners
from reference.people import arrive_with_hiv, die, draw_traits, enter, leave
from reference.philox import tally
from reference.programmes import Programme, run_programmes
from reference.schedule import make_schedule
from reference.sex_work import change_roles
from reference.world import Factors, Numbers, World
from swmodel import codes
from swmodel.interventions.enrolment import SCHEDULE_PARAMS
from swmodel.model import CORE, INTERVENTIONS
from swmodel.processes.premiums import premiums

CLOCKS = (
    "role_clock", "steady_clock", "casual_clock", "visit_clock", "care_clock", "infection_clock", "stage_clock",
    "death_clock",
)  # fmt: skip
CLOCKS_OF_TRIPS = ("trip_clock",)  # where there are several sites
CLOCKS_OF_INJECTING = ("inject_clock", "needle_clock")  # where a scenario says that somebody injects


def take_step(world: World) -> None:
    """What happens in one step (a month, say), in this order."""
    begin_step(world)

    entrants = enter(world)
    draw_traits(world, entrants)
    arrive_with_hiv(world, entrants)

    run_programmes(world)

    change_roles(world)
    travel(world)
    start_and_stop_injecting(world)
    send_visitors_home(world)

    searches = seek_partners(world)
    form_pairs(world, searches)
    share_needles(world)
    market = open_market(world)
    visits = visit(world, market)
    find_workers(world, market, visits)

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
    count_sellers(world)
    if world.year_ends:
        count_who_has_partners(world)


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


def count_sellers(world: World) -> None:
    """Ask those who sell sex since when they do."""
    for worker in world.workers():
        world.counts["sellers"][worker.group] += 1
        world.counts["years_so_far"][worker.group] += tally((world.step - worker.spell_start + 0.5) * world.dt)


def count_who_has_partners(world: World) -> None:
    """Ask everyone how many partners they have, paid contacts aside, and whether they inject."""
    counts = world.counts
    steady_partners = count_partners(world.pairs, codes.STEADY)
    casual_partners = count_partners(world.pairs, codes.CASUAL)
    for person in world.people.values():
        group, partners = person.group, steady_partners[person.uid] + casual_partners[person.uid]
        counts["counted_adults"][group] += 1
        counts["with_steady"][group] += steady_partners[person.uid] > 0
        counts["with_partner"][group] += partners > 0
        counts["with_several"][group] += partners > 1
        counts["partners_now"][group] += partners
        counts["people_who_inject"][group] += person.injects


def make_world(scenario: Any, seed: int) -> World:
    """The world of a scenario before its first step: nobody has entered yet."""
    steps = round((scenario.stop - scenario.start) / scenario.step)
    times = [scenario.start + (s + 0.5) * scenario.step for s in range(steps)]
    params, groups = [param for process in (*CORE, premiums) for param in process.params], Groups(scenario)
    numbers = Numbers(params, scenario.parameters, groups, times)
    programmes = [make_programme(lever, scenario, groups, times) for lever in scenario.levers]
    plan = make_schedule(scenario, numbers, times, groups)
    return World(scenario, seed, groups, times, numbers, plan, programmes, clocks_of(scenario, groups, programmes))


def clocks_of(scenario: Any, groups: Groups, programmes: list[Programme]) -> list[str]:
    """The clocks that everybody has: one for each thing that may happen in a scenario."""
    clocks = [*CLOCKS, *(programme.clock_name for programme in programmes if programme.by_rate)]
    clocks += CLOCKS_OF_TRIPS if len(groups.sites) > 1 else ()
    somebody_injects = {"injecting_share", "injecting_start"} & set(scenario.parameters)
    return [*clocks, *(CLOCKS_OF_INJECTING if somebody_injects else ())]


def make_programme(lever: Any, scenario: Any, groups: Groups, times: list[float]) -> Programme:
    """One intervention, with its own numbers, and how it reaches people."""
    reach = {"coverage": lever.coverage, "uptake": lever.uptake, "dropout": lever.dropout}
    given = {**scenario.parameters, **lever.values, **{k: v for k, v in reach.items() if v is not None}}
    params = (*SCHEDULE_PARAMS, *INTERVENTIONS[lever.kind].params)
    return Programme(lever, Numbers(params, given, groups, times))


def run(scenario: Any, seed: int, until: float | None = None) -> tuple[World, list[dict[str, Counter[int]]]]:
    """Run to the end, or to a year; the world as it then is, and the counts of each step by code."""
    world, record = make_world(scenario, seed), []
    last = len(world.times) if until is None else round((until - scenario.start) / scenario.step)
    while world.step + 1 < last:
        take_step(world)
        record.append(world.counts)
    return world, record
