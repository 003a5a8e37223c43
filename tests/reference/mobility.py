"""People go on trips and come home, and move for good; visitors go when their stay is over."""

from __future__ import annotations

import math

from reference.groups import Group
from reference.philox import WORD, to_unit
from reference.world import Person, World, place_in
from swmodel import codes


def travel(world: World) -> None:
    """Those at home set out on a trip, or move; those away come home. A trip may begin and end within a step."""
    if "trip_clock" not in world.clock_names:
        return
    for person in world.people.values():
        clock, left = person.clocks["trip_clock"], world.dt
        spent = left * hazard_of_going(world, person)
        while clock.runs_out(spent):
            left *= clock.unspent(spent)
            clock.left = go(world, person)
            spent = left * hazard_of_going(world, person)
        if person.group.site != person.home:
            world.counts["away"][person.group] += 1


def hazard_of_going(world: World, person: Person) -> float:
    """Hazard a year of setting out or moving, of somebody at home; of coming home, of somebody away."""
    if person.group.site != person.home:
        return 1.0 / world.now.trip_duration[person.group]
    return rate_of_trips(world, person.group) + world.now.migration_rate[person.group]


def rate_of_trips(world: World, group: Group) -> float:
    """Trips a year, which rise and fall with the season."""
    now = world.now
    angle = 2.0 * math.pi * (world.time - (now.trip_season_peak - 0.5) / 12.0)
    return now.trip_rate[group] * (1.0 + now.trip_season_strength * math.cos(angle))


def go(world: World, person: Person) -> float:
    """Somebody comes home, or sets out on a trip, or moves for good; how much hazard passes before the next time."""
    now, group = world.now, person.group
    person.trip_times += 1
    high, low, *words = world.chance("mobility").words(person.uid, 1, person.trip_times)
    what, where = ((word + 0.5) * WORD for word in words)
    site = person.home
    if group.site == person.home:
        trips = rate_of_trips(world, group)
        if what * (trips + now.migration_rate[group]) < trips:
            world.counts["trips"][group] += 1
            site = place_in(now.trip_destination[person.home], where)
        else:
            world.counts["moves"][group] += 1
            person.migrant = True
            site = person.home = place_in(now.migration_destination[person.home], where)
    person.group = world.groups.at_site(group, site)
    return -math.log(to_unit(high, low))


def send_visitors_home(world: World) -> None:
    """Visitors go when their stay is over."""
    for person in world.people.values():
        if person.stays_until <= world.step:
            person.cause = codes.MOVED_AWAY
