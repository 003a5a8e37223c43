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
    """Each programme that runs at this date enrols people, and does what it does for those it reaches."""
    for programme in world.programmes:
        lever, now = programme.lever, programme.numbers.at(world.step)
        if lever.start - A_MOMENT <= world.time < lever.stop - A_MOMENT:
            enrol = enrol_by_rate if programme.by_rate else enrol_to_coverage
            enrol(world, programme, now)
            for person in world.people.values():
                if lever.name in person.covered:
                    EFFECTS[lever.kind](person.factors, now)


def is_target(world: World, lever: Any, person: Person) -> bool:
    """True if the person is of a group and an age that the programme is for, and eligible."""
    groups = world.groups.layout.group_names
    youngest, oldest = lever.target.age
    if groups[person.group] not in lever.target.groups or not youngest <= world.age(person) < oldest:
        return False
    return ELIGIBLE[lever.kind](person)


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


def promote_condoms(factors: Factors, now: SimpleNamespace) -> None:
    """The odds of a condom rise, at each act of those reached."""
    factors.condom_odds = single(factors.condom_odds * now.condom_odds_ratio)


def give_prep(factors: Factors, now: SimpleNamespace) -> None:
    """PrEP lowers the risk of acquiring HIV, as far as it is taken."""
    factors.on_prep = True
    factors.susceptibility = single(factors.susceptibility * (1.0 - now.prep_efficacy * now.prep_adherence))


def offer_tests(factors: Factors, now: SimpleNamespace) -> None:
    """Those reached test more often."""
    factors.testing_rate = single(factors.testing_rate * now.testing_rate_ratio)


def support_treatment(factors: Factors, now: SimpleNamespace) -> None:
    """Those reached are linked to care sooner, come back sooner, and stop treatment less often."""
    factors.linkage_rate = single(factors.linkage_rate * now.linkage_rate_ratio)
    factors.art_stop_rate = single(factors.art_stop_rate * now.art_stop_rate_ratio)


EFFECTS: dict[str, Callable[[Factors, SimpleNamespace], None]] = {
    "condom_programme": promote_condoms,
    "oral_prep": give_prep,
    "testing_outreach": offer_tests,
    "art_support": support_treatment,
}
ELIGIBLE: dict[str, Callable[[Person], bool]] = {
    "condom_programme": anyone,
    "oral_prep": without_diagnosis,
    "testing_outreach": without_diagnosis,
    "art_support": with_diagnosis,
}
