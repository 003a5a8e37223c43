"""Programmes reach people, and change their factors for the step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from reference.philox import single
from reference.world import A_MOMENT, Clock, Factors, Numbers, Person, World
from swmodel import codes


@dataclass(frozen=True)
class Programme:
    """One intervention of the scenario, with its numbers at every step."""

    lever: Any
    numbers: Numbers

    @property
    def clock_name(self) -> str:
        """The clock that says when a person joins or leaves."""
        return f"{self.lever.name}.enrol_clock"

    @property
    def by_rate(self) -> bool:
        """People join and leave at rates; otherwise a coverage of the target is kept."""
        return self.lever.coverage is None


def run_programmes(world: World) -> None:
    """Each programme that runs at this date enrols people, and does what it does for those it reaches.

    In the order of the scenario, but PrEP last, since it reads what services do to adherence.
    """
    for programme in sorted(world.programmes, key=lambda programme: programme.lever.kind == "oral_prep"):
        lever, now = programme.lever, programme.numbers.at(world.step)
        if lever.start - A_MOMENT <= world.time < lever.stop - A_MOMENT:
            enrol = enrol_by_rate if programme.by_rate else enrol_to_coverage
            enrol(world, programme, now)
            for person in world.people.values():
                if lever.name in person.covered:
                    EFFECTS[lever.kind](person.factors, now)


def is_target(world: World, lever: Any, person: Person) -> bool:
    """True if the person is of a group and an age that the programme is for, a worker for as long, and eligible."""
    groups = world.groups.layout.group_names
    youngest, oldest = lever.target.age
    if groups[person.group] not in lever.target.groups or not youngest <= world.age(person) < oldest:
        return False
    lately, long_ago = lever.target.years_in_work
    if person.group.sells and not lately <= (world.step - person.spell_start) * world.dt < long_ago:
        return False
    return ELIGIBLE.get(lever.kind, anyone)(person)


def enrol_to_coverage(world: World, programme: Programme, now: SimpleNamespace) -> None:
    """Reach the given share of the target: those with the smallest scores, for which they keep one number for life.

    The score is how long a programme would look for somebody: exponential, with the group's visibility as its rate.
    """
    name, chance = programme.lever.name, world.chance(programme.lever.name)
    target = [person for person in world.people.values() if is_target(world, programme.lever, person)]
    wanted = min(len(target), int(now.coverage * len(target) + 0.5))

    def score(person: Person) -> float:
        return -math.log1p(-chance.uniform(person.uid)) / visibility(world, person)

    reached = sorted(target, key=score)[:wanted]
    for person in world.people.values():
        person.covered.discard(name)
    for person in reached:
        person.covered.add(name)


def visibility(world: World, person: Person) -> float:
    """How easily programmes find somebody, relative to others."""
    return max(world.now.outreach_visibility[person.group], 1e-12)


def enrol_by_rate(world: World, programme: Programme, now: SimpleNamespace) -> None:
    """People of the target join at one rate and leave at another; who is no longer a target leaves at once."""
    name, chance = programme.lever.name, world.chance(programme.lever.name)
    for person in world.people.values():
        if not is_target(world, programme.lever, person):
            person.covered.discard(name)
            continue
        clock: Clock = person.clocks[programme.clock_name]
        joins = now.uptake * world.now.outreach_visibility[person.group]
        spent = (now.dropout if name in person.covered else joins) * world.dt
        if clock.runs_out(spent):
            person.covered ^= {name}
            person.enrol_times[name] += 1
            rate = now.dropout if name in person.covered else joins
            carried = clock.unspent(spent) * rate * world.dt
            clock.left = chance.exponential(person.uid, 0, person.enrol_times[name]) - carried


def anyone(person: Person) -> bool:
    """Everybody may be reached."""
    return True


def without_diagnosis(person: Person) -> bool:
    """Nobody knows of HIV: people without it, and people who were not tested."""
    return person.care_state == codes.UNDIAGNOSED


def with_diagnosis(person: Person) -> bool:
    """Known to live with HIV."""
    return person.care_state != codes.UNDIAGNOSED


def give_prep(factors: Factors, now: SimpleNamespace) -> None:
    """PrEP lowers the risk of acquiring HIV, as far as it is taken."""
    factors.on_prep = True
    taken = min(now.prep_adherence * factors.adherence, 1.0)
    factors.susceptibility = single(factors.susceptibility * (1.0 - now.prep_efficacy * taken))


def multiply(**ratios: str) -> Callable[[Factors, SimpleNamespace], None]:
    """An effect that multiplies each of some factors by one of the programme's numbers."""

    def effect(factors: Factors, now: SimpleNamespace) -> None:
        for name, ratio in ratios.items():
            setattr(factors, name, single(getattr(factors, name) * getattr(now, ratio)))

    return effect


def lower_demand(factors: Factors, now: SimpleNamespace) -> None:
    """Clients who are reached want fewer visits; some of those given up are made elsewhere all the same."""
    given_up = (1.0 - now.visit_ratio) * (1.0 - now.moved_share)
    factors.client_volume = single(factors.client_volume * (1.0 - given_up))


EFFECTS: dict[str, Callable[[Factors, SimpleNamespace], None]] = {
    "condom_programme": multiply(condom_odds="condom_odds_ratio"),
    "oral_prep": give_prep,
    "testing_outreach": multiply(testing_rate="testing_rate_ratio"),
    "art_support": multiply(linkage_rate="linkage_rate_ratio", art_stop_rate="art_stop_rate_ratio"),
    "livelihoods": multiply(start_rate="start_hazard_ratio"),
    "exit_support": multiply(exit_rate="leaving_hazard_ratio"),
    "displacement": multiply(moving_rate="moving_ratio"),
    "demand_reduction": lower_demand,
    "peer_outreach": multiply(
        client_condom_odds="outreach_condom_odds",
        testing_rate="outreach_testing_ratio",
        linkage_rate="outreach_linkage_ratio",
    ),
    "services": multiply(
        testing_rate="services_testing_ratio",
        linkage_rate="services_linkage_ratio",
        art_stop_rate="services_stop_ratio",
        adherence="services_adherence_ratio",
    ),
    "venue_agreement": multiply(client_condom_odds="agreement_condom_odds"),
    "female_condoms": multiply(client_condom_odds="female_condom_odds"),
    "condom_shortage": multiply(condom_odds="shortage_condom_odds"),
}
ELIGIBLE: dict[str, Callable[[Person], bool]] = {  # where not everybody is
    "oral_prep": without_diagnosis,
    "testing_outreach": without_diagnosis,
    "art_support": with_diagnosis,
}
