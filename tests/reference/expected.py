"""The numbers to be expected without HIV: the package's own projection, asked through what it needs to know of a run.

The projection is not written twice. What follows from it (who enters, who starts, whom one meets) is: in schedule.py
and here.
"""

from __future__ import annotations

from typing import Any

from reference.groups import Group
from reference.world import Numbers, World, total
from swmodel import codes
from swmodel.projection import Projection, project

FEWEST = 1e-12  # guards divisions by nobody

Block = tuple[int, int]  # people of a population who are numbered together at the site where they enter


class Asked:
    """The stand-in for a run: the scenario's parameters at any time, its calendar, its groups."""

    def __init__(self, scenario: Any, numbers: Numbers, times: list[float]) -> None:
        self.layout, self.people = numbers.groups.layout, scenario.people
        self.start, self.stop = scenario.start, scenario.stop
        self.numbers, self.times = numbers, times

    def at(self, name: str, times: Any) -> Any:
        """A parameter at any times."""
        return self.numbers.table(name, times)

    def value(self, name: str) -> Any:
        """A parameter at the first step."""
        return self.numbers.table(name, self.times)[0]


def make_projection(scenario: Any, numbers: Numbers, times: list[float], starting: Any) -> Projection:
    """The package's projection of a scenario."""
    return project(Asked(scenario, numbers, times), starting)


def whom_one_meets(world: World, seeker: Group) -> list[tuple[Block, float]]:
    """The blocks of numbers in which somebody's partners are, with the share of those whom she meets at her site.

    Men who look for men, and trans women, meet men who have sex with men or with trans women. Women meet the other men,
    and of those the ones who have women as partners too. People were numbered where they entered: some have moved
    since, and some are on a trip.
    """
    msm = [((codes.MSM, home), n) for home, n in enumerate(expected_here(world, codes.MSM, seeker.site))]
    if seeker.population != codes.WOMEN:
        found = msm
    else:
        found = [((codes.MEN, home), n) for home, n in enumerate(expected_here(world, codes.MEN, seeker.site))]
        found += [(block, n * world.now.bisexual_share) for block, n in msm]
    everyone = max(total(n for _, n in found), FEWEST)
    # Running sums are divided, not summed shares: the last digit decides who is met.
    return [(block, total(n for _, n in found[: k + 1]) / everyone) for k, (block, _) in enumerate(found)]


def expected_here(world: World, population: int, site: int) -> list[float]:
    """Men of a population expected at a site now, those on a trip included, by the site where they were numbered."""
    sites, destination = world.groups.sites, world.now.trip_destination
    here = [0.0] * len(sites)
    for lives in sites:
        numbered = (
            world.plan.origin[world.step][lives] if population == codes.MEN else [1.0 * (s == lives) for s in sites]
        )
        stock, away = residents(world, population, lives)
        for born in sites:
            here[born] += numbered[born] * (stock - away) if lives == site else 0.0
            here[born] += numbered[born] * (away * destination[lives][site])
    return here


def residents(world: World, population: int, site: int) -> tuple[float, float]:
    """People of a population expected to live at a site, and how many of them are on a trip."""
    stock, away = 0.0, 0.0
    for group in world.groups.all:
        visits = group.occupation >= 0 and world.now.visitor_stay[group.occupation] > 0.0
        if (group.population, group.site) == (population, site) and not visits:
            expected = world.plan.expected_people[world.step][group]
            time_away = world.now.trip_rate[group] * world.now.trip_duration[group]
            stock += expected
            away += expected * time_away / (1.0 + time_away)
    return stock, away if len(world.groups.sites) > 1 else 0.0
