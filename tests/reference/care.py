"""People are tested, linked to care, treated and suppressed; they stop treatment and come back."""

from __future__ import annotations

from reference.philox import tally
from reference.world import Person, World
from swmodel import codes


def take_tests(world: World) -> None:
    """Count the tests to be expected of people who are not known to live with HIV."""
    for person in world.people.values():
        if person.care_state == codes.UNDIAGNOSED:
            # In this order, since what is counted is rounded.
            usual = world.now.tests_per_year[person.group] * world.dt * person.factors.testing_rate
            world.counts["tests"][person.group] += tally(usual * testing_with_symptoms(world, person))


def testing_with_symptoms(world: World, person: Person) -> float:
    """How much more often somebody is tested: more below 200 CD4 cells, when there are symptoms."""
    return world.now.symptomatic_testing if person.hiv_stage == codes.CD4_LOW else 1.0


def rate_of_testing(world: World, person: Person) -> float:
    """Tests a year of somebody not known to live with HIV."""
    usual = world.now.tests_per_year[person.group] * person.factors.testing_rate
    return usual * testing_with_symptoms(world, person)


def take_care(world: World) -> None:
    """The next event of care of each person living with HIV."""
    chance = world.chance("care")
    for person in world.living_with_hiv():
        on, off = hazards_of_care(world, person)
        clock, spent = person.clocks["care_clock"], (on + off) * world.dt
        if not clock.runs_out(spent):
            continue
        person.care_times += 1
        stops = off > 0.0 and chance.uniform(person.uid, 1, person.care_times) * (on + off) < off
        move_on(world, person, stops)
        on, off = hazards_of_care(world, person)
        # What is left of the step already counts for the new state.
        carried = clock.unspent(spent) * (on + off) * world.dt
        clock.left = chance.exponential(person.uid, 0, person.care_times) - carried


def hazards_of_care(world: World, person: Person) -> tuple[float, float]:
    """Hazards a year of going on to the next state of care, and of stopping treatment."""
    now, factors = world.now, person.factors
    stopping = now.stop_rate[person.group] * factors.art_stop_rate
    if person.care_state == codes.UNDIAGNOSED:
        return rate_of_testing(world, person), 0.0
    if person.care_state == codes.DIAGNOSED:
        return now.link_rate[person.group] * factors.linkage_rate, 0.0
    if person.care_state == codes.LINKED:
        return (now.art_rate if person.hiv_stage >= now.eligible_from else 0.0), 0.0
    if person.care_state == codes.ON_ART:
        return 1.0 / now.suppression_time, stopping
    if person.care_state == codes.SUPPRESSED:
        return 0.0, stopping
    return now.return_rate * factors.linkage_rate, 0.0


def move_on(world: World, person: Person, stops: bool) -> None:
    """Move a person to another state of care, and count what that is."""
    before = person.care_state
    if stops:
        person.care_state = codes.STOPPED_ART
        return
    if before == codes.UNDIAGNOSED:
        world.counts["diagnoses"][person.group] += 1
    if before in (codes.LINKED, codes.STOPPED_ART):
        world.counts["art_starts"][person.group] += 1
    person.care_state = codes.ON_ART if before == codes.STOPPED_ART else before + 1
