"""People start and stop to inject drugs; who injects shares needles with others who do, for a while."""

from __future__ import annotations

from reference.partners import count_partners
from reference.philox import WORD, scatter, whole_steps
from reference.world import Pair, Person, World
from swmodel import codes

TRIES = 32  # seats that somebody draws before going without until the next step
SEATS = 4  # for everyone who injects, at least


def start_and_stop_injecting(world: World) -> None:
    """People start to inject drugs, and stop."""
    if "inject_clock" not in world.clock_names:
        return
    for person in world.people.values():
        clock, spent = person.clocks["inject_clock"], hazard_of_change(world, person) * world.dt
        if clock.runs_out(spent):
            person.injects = not person.injects
            person.inject_times += 1
            carried = clock.unspent(spent) * (hazard_of_change(world, person) * world.dt)
            clock.left = world.chance("injecting").exponential(person.uid, 0, person.inject_times) - carried


def hazard_of_change(world: World, person: Person) -> float:
    """Hazard a year of starting to inject, or of stopping."""
    return world.now.injecting_stop if person.injects else world.now.injecting_start[person.group]


def share_needles(world: World) -> None:
    """Those whose clock has run out look for somebody to share with at their site, in the order of uids."""
    now, chance = world.now, world.chance("needle_sharing")
    injectors = sorted((p for p in world.people.values() if p.injects), key=lambda person: person.uid)
    seats = [seat([p for p in injectors if p.group.site == site]) for site in world.groups.sites]
    for person in injectors:
        clock = person.clocks["needle_clock"]
        if clock.runs_out(now.needle_rate * world.dt):
            clock.left += chance.exponential(person.uid, 0, world.step)
            find_somebody_to_share(world, person, seats[person.group.site])


def seat(injectors: list[Person]) -> list[Person | None]:
    """A seat for everyone who injects, by a hash that depends on nobody else; if it is taken, the next free one."""
    places = 4
    while places < SEATS * len(injectors):
        places *= 2
    seats: list[Person | None] = [None] * places
    for person in injectors:
        place = scatter(person.uid, 0, places)
        while seats[place] is not None:
            place = (place + 1) % places
        seats[place] = person
    return seats


def find_somebody_to_share(world: World, person: Person, seats: list[Person | None]) -> None:
    """Draw seats until somebody else sits there; nobody takes more than `needle_limit` partners."""
    now, kind = world.now, world.groups.standard[codes.NEEDLE_PARTNER]
    partners = count_partners(world.pairs, codes.NEEDLE)
    for attempt in range(TRIES if partners[person.uid] < now.needle_limit else 0):
        a, b, _, _ = world.chance("needle_sharing").words(person.uid, 1, world.step, attempt)
        other = seats[a * len(seats) >> 32]
        if other is None or other is person:
            continue
        if partners[other.uid] < now.needle_limit:
            until = world.step + whole_steps(now.pair_duration[kind], world.dt, (b + 0.5) * WORD)
            world.pairs.append(Pair(person, other, kind, world.step, until, propensity=0.0))
            return
