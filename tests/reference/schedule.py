"""Who enters the population, and when: fixed before the run, so that it depends on no programme.

Entrants replace the deaths and departures to be expected without HIV, and add `growth_rate`; the first step brings the
people of the start, with ages that such growth makes stable. Sex workers and visitors from elsewhere come as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.expected import FEWEST, Block, make_projection
from reference.groups import Group, Groups
from reference.world import Numbers, total
from swmodel import codes
from swmodel.projection import QUARTER, Projection, classes

TICKETS_A_WORKER = 2  # of mean volume
SEATS_A_WORKER = 4  # at least


@dataclass(frozen=True)
class Schedule:
    """Entrants of each step, and what follows from them; lists by step, then by group, unless said otherwise."""

    entrants: dict[Block, list[int]]  # who turn 18 (or are there at the start), by step
    first_number: dict[Block, int]
    births: dict[Block, list[float]]  # of everyone who will ever enter, in the order of their numbers
    age_decline: float  # rate at which the number of people falls with age
    chance_at_18: list[float]  # of each group, relative to others of its block
    class_above: list[float]  # where one class of people by their own hazard of leaving ends and the next begins
    chance_at_start: list[list[list[float]]]  # of each group at the start, by class and quarter of a year above 18
    paused_share: list[list[float]]  # of former workers at the start, by class and group
    paused_from: list[list[float]]  # people who pause at the start, by class and the setting that they left
    arrivals: list[list[int]]  # of people from elsewhere
    start_hazard: list[list[float]]  # of beginning to sell or buy sex, a year
    expected_people: list[list[float]]
    origin: list[list[list[float]]]  # share of the men at each site, by the site where they entered
    ticket_worth: list[list[float]]  # paid contacts a year for which a worker takes one seat
    seats: list[list[int]]  # of workers: a power of two


def make_schedule(scenario: Any, numbers: Numbers, times: list[float], groups: Groups) -> Schedule:
    """Work out the schedule of a scenario."""
    n = numbers.at(0)
    decline = decline_with_age(n)
    projection = make_projection(scenario, numbers, times, chances_of_starting_by_age(n))
    entry = chances_at_birth(n, groups)
    blocks = [(population, s) for population in sorted({g.population for g in groups.all}) for s in groups.sites]
    amounts = expected_entrants(scenario, numbers, decline)
    entrants = {
        block: whole([amount * total(entry[g] for g in outside(groups, block)) for amount in amounts])
        for block in blocks
    }
    births = {
        block: [
            time - age for s, time in enumerate(times) for age in ages_of_entrants(s, counts[s], decline, n.leave_age)
        ]
        for block, counts in entrants.items()
    }
    people = projection.at("people", times).tolist()
    arrivals = arrivals_from_elsewhere(scenario, numbers, groups, projection.at("immigrants", times).tolist(), people)
    return Schedule(
        entrants, numbering(entrants), births, decline,
        entry, classes(n.leaving_shape)[0].tolist(), projection.first.transpose(0, 2, 1).tolist(),
        shares_paused(projection, groups), projection.first_paused.tolist(),
        arrivals, projection.at("start", times).tolist(), people, projection.at("origin", times).tolist(),
        [[worth_of_a_ticket(volume) for volume in row] for row in numbers.series["worker_volume"]],
        [[number_of_seats(expected) for expected in row] for row in people],
    )  # fmt: skip


def outside(groups: Groups, block: Block) -> list[Group]:
    """The groups of a block outside the market."""
    return [g for g in groups.all if g.outside and (g.population, g.site) == block]


def decline_with_age(n: Any) -> float:
    """The rate at which the number of people falls with age: those who are older were born when fewer were."""
    decline = n.growth_rate + n.background_mortality
    return decline if abs(decline) > 1e-9 else 1e-9


def chances_of_starting_by_age(n: Any) -> Any:
    """The hazard of starting to sell sex in each quarter of a year of age from 18, relative to that at 18."""
    ages = [(k + 0.5) * QUARTER for k in range(math.ceil((n.leave_age - codes.ADULT_AGE) / QUARTER))]
    to = n.start_age_to - codes.ADULT_AGE
    return np.array(
        [math.exp(-age / n.start_age_scale) * min(max((to - age) / QUARTER + 0.5, 0.0), 1.0) for age in ages]
    )


def shares_paused(projection: Projection, groups: Groups) -> list[list[float]]:
    """Of former workers at the start, by class and group, the share who pause and will return."""
    shares = []
    for paused, everyone in zip(projection.first_paused, projection.first.sum(axis=2), strict=True):
        of_former = [
            total(paused[g] for g in groups.settings_for(former)) if former.has_sold else 0.0 for former in groups.all
        ]
        shares.append([n / max(everyone[g], FEWEST) for g, n in enumerate(of_former)])
    return shares


def chances_at_birth(n: Any, groups: Groups) -> list[float]:
    """The share of everyone who enters that is of each group outside the market."""
    present = {g.population for g in groups.all}
    trans = n.trans_share if codes.TRANS_WOMEN in present else 0.0
    msm = n.msm_share if codes.MSM in present else 0.0
    males = 1.0 - n.fraction_female
    shares = {
        codes.WOMEN: n.fraction_female,
        codes.MEN: males * ((1.0 - trans) * (1.0 - msm)),
        codes.MSM: males * ((1.0 - trans) * msm),
        codes.TRANS_WOMEN: males * trans,
    }
    resident = [0.0 if stay > 0.0 else share for share, stay in zip(n.occupation_share, n.visitor_stay, strict=True)]
    chances = []
    for g in groups.all:
        chance = shares[g.population] * (n.site_share[g.site] / total(n.site_share))
        if g.population == codes.MEN and g.occupation >= 0:
            chance *= resident[g.occupation] / max(total(resident), 1e-9)
        chances.append(chance if g.outside else 0.0)
    return chances


def expected_entrants(scenario: Any, numbers: Numbers, decline: float) -> list[float]:
    """Adults who enter in each step: growth, deaths, and those who reach the age at which people leave; not whole."""
    n, dt = numbers.at(0), scenario.step
    growth, mortality = numbers.series["growth_rate"], numbers.series["background_mortality"]
    span = n.leave_age - codes.ADULT_AGE
    turn_18 = decline / (1.0 - math.exp(-decline * span))  # a year, as a share of all adults
    rates, grown, died = [], 0.0, 0.0
    deaths = []  # hazard of death since the start, by step
    for s in range(len(growth)):
        grown += growth[s] * dt
        died += mortality[s]
        deaths.append(died * dt)
        size = scenario.people * math.exp(grown - growth[s] * dt / 2)
        ago = (s + 0.5) * dt - span  # when those who leave now were 18, in years from the start
        if ago < 0:
            cohort = turn_18 * scenario.people * math.exp(growth[0] * ago)
            cohort *= math.exp(-deaths[s] + mortality[0] * ago)
        else:
            cohort = rates[int(ago / dt)] * math.exp(deaths[int(ago / dt)] - deaths[s])
        rates.append((growth[s] + mortality[s]) * size + cohort)
    return [max(rate, 0.0) * dt + (scenario.people if s == 0 else 0) for s, rate in enumerate(rates)]


def whole(amounts: list[float]) -> list[int]:
    """Whole numbers whose running sum is that of the amounts, rounded."""
    result, so_far, before = [], 0.0, 0
    for amount in amounts:
        so_far += max(amount, 0.0)
        rounded = math.floor(so_far + 0.5)
        result.append(rounded - before)
        before = rounded
    return result


def numbering(entrants: dict[Block, list[int]]) -> dict[Block, int]:
    """The number of the first person of each block: one block after the other, women apart from everyone else."""
    first, after = {}, {True: 0, False: 0}
    for block, counts in entrants.items():
        female = block[0] == codes.WOMEN
        first[block] = after[female]
        after[female] += sum(counts)
    return first


def age_at(share: float, decline: float, oldest: float) -> float:
    """The age below which a `share` of a population aged 18 to `oldest` is, if it falls with age at a rate."""
    return codes.ADULT_AGE - math.log(1.0 - share * (1.0 - math.exp(-decline * (oldest - codes.ADULT_AGE)))) / decline


def ages_of_entrants(step: int, count: int, decline: float, leave_age: float) -> list[float]:
    """18 for everyone, but for those who are there at the start: evenly spread over the stable ages, oldest first."""
    if step > 0:
        return [codes.ADULT_AGE] * count
    return [age_at((count - k - 0.5) / count, decline, leave_age) for k in range(count)]


def arrivals_from_elsewhere(
    scenario: Any, numbers: Numbers, groups: Groups, workers: list[list[float]], people: list[list[float]]
) -> list[list[int]]:
    """People who come from elsewhere, by step and group: to sell sex, or as clients who go again.

    Such visitors are added to the `people` expected, in proportion to the men who live at the site.
    """
    n, dt = numbers.at(0), scenario.step
    coming = [[rate * dt for rate in row] for row in workers]
    for g in groups.all:
        if not (g.buys and is_visitor(n, g)):
            continue
        stay, before = max(n.visitor_stay[g.occupation], dt), 0.0
        usual = n.occupation_share[g.occupation]
        men = [h for h in groups.all if (h.population, h.site) == (codes.MEN, g.site) and not is_visitor(n, h)]
        for s, row in enumerate(people):
            row[g] = usual * numbers.series["visitor_numbers"][s][g] * total(row[h] for h in men)
            row[g] = max(row[g], before)  # who is there stays as long as was meant
            coming[s][g] += row[g] - before
            before = row[g] * (1.0 - dt / stay)
    return [list(row) for row in zip(*(whole(list(column)) for column in zip(*coming, strict=True)), strict=True)]


def is_visitor(n: Any, group: Group) -> bool:
    """True for men of an occupation that comes from elsewhere for a while."""
    return group.occupation >= 0 and n.visitor_stay[group.occupation] > 0.0


def running_chances(chances: list[float], groups: Groups, block: Block) -> list[tuple[Group, float]]:
    """The groups of a block in their order, each with the chance of it or one before it."""
    inside = [g for g in groups.all if (g.population, g.site) == block]
    everyone = max(total(chances[g] for g in inside), FEWEST)
    return [(g, total(chances[h] for h in inside[: k + 1]) / everyone) for k, g in enumerate(inside)]


def worth_of_a_ticket(volume: float) -> float:
    """Paid contacts a year that one seat stands for: half of those of the mean worker of a setting."""
    return volume / TICKETS_A_WORKER if volume > 0.0 else 1.0


def number_of_seats(workers: float) -> int:
    """The least power of two, from four on, with more than four seats for every worker expected."""
    seats = 4
    while seats <= math.ceil(workers * SEATS_A_WORKER):
        seats *= 2
    return seats
