"""Who enters the population, and when: fixed before the run, so that it depends on no programme.

Entrants replace the deaths and departures to be expected without HIV, and add `growth_rate`; the first step brings the
people of the start, with ages that such growth makes stable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from reference.world import Numbers, total
from swmodel import codes

TICKETS_A_WORKER = 4  # of mean volume
SEATS_A_WORKER = 4  # at least


@dataclass(frozen=True)
class Schedule:
    """Entrants of each step, and what follows from them."""

    women: list[int]  # who turn 18 (or are there at the start), by step
    men: list[int]
    immigrants: list[list[int]]  # who come to sell sex, by step and work setting
    start_hazard: list[list[float]]  # of starting sex work, by step and work setting
    age_decline: float  # rate at which the number of people falls with age
    may_start_share: float  # of women, young enough to start sex work
    births_of_men: list[float]  # of every man who will ever enter, in the order of their numbers
    ticket_worth: list[float]  # paid contacts a year for which a worker takes one seat, by step
    seats: list[int]  # of workers, by step: a power of two


def make_schedule(scenario: Any, numbers: Numbers, times: list[float]) -> Schedule:
    """Work out the schedule of a scenario."""
    n, series = numbers.at(0), numbers.series
    decline = n.growth_rate + n.background_mortality
    decline = decline if abs(decline) > 1e-9 else 1e-9
    size = expected_size(scenario, series["growth_rate"])
    entrants = expected_entrants(scenario, numbers, size, decline)
    women = whole([amount * n.fraction_female for amount in entrants])
    men = whole([amount * (1.0 - n.fraction_female) for amount in entrants])
    may_start = younger_share(n.start_age_to, decline, n.leave_age)
    start_hazard, immigrants = [], []
    for setting in range(len(scenario.work_settings)):
        inflow = inflow_of_workers(scenario, numbers, size, setting)
        foreign = series["immigrant_share"]
        start_hazard.append([
            inflow[s] * (1 - foreign[s]) / max(size[s] * n.fraction_female * may_start, 1.0) for s in range(len(size))
        ])  # fmt: skip
        immigrants.append(whole([inflow[s] * foreign[s] * scenario.step for s in range(len(size))]))
    return Schedule(
        women, men, by_step(immigrants), by_step(start_hazard), decline, may_start,
        [time - age for s, time in enumerate(times) for age in ages_of_entrants(s, men[s], decline, n.leave_age)],
        worth_of_tickets(series["sex_worker_share"], series["worker_volume"]),
        [number_of_seats(total(series["sex_worker_share"][s]) * n.fraction_female * size[s]) for s in range(len(size))],
    )  # fmt: skip


def by_step(columns: list[list[Any]]) -> list[list[Any]]:
    """A list for each work setting as a list for each step."""
    return [list(row) for row in zip(*columns, strict=True)]


def expected_size(scenario: Any, growth: list[float]) -> list[float]:
    """Adults in the middle of each step if nobody had HIV."""
    size, grown = [], 0.0
    for rate in growth:
        grown += rate * scenario.step
        size.append(scenario.people * math.exp(grown - rate * scenario.step / 2))
    return size


def expected_entrants(scenario: Any, numbers: Numbers, size: list[float], decline: float) -> list[float]:
    """Adults who enter in each step: growth, deaths, and those who reach the age at which people leave; not whole."""
    n, dt = numbers.at(0), scenario.step
    growth, mortality = numbers.series["growth_rate"], numbers.series["background_mortality"]
    span = n.leave_age - codes.ADULT_AGE
    turn_18 = decline / (1.0 - math.exp(-decline * span))  # a year, as a share of all adults
    rates: list[float] = []
    for s in range(len(size)):
        ago = (s + 0.5) * dt - span  # when those who leave now were 18, in years from the start
        cohort = turn_18 * scenario.people * math.exp(growth[0] * ago) if ago < 0 else rates[int(ago / dt)]
        rates.append((growth[s] + mortality[s]) * size[s] + cohort * math.exp(-mortality[s] * span))
    return [rate * dt + (scenario.people if s == 0 else 0) for s, rate in enumerate(rates)]


def inflow_of_workers(scenario: Any, numbers: Numbers, size: list[float], setting: int) -> list[float]:
    """Women a year who must begin in a setting to keep its share of women, given who leaves or dies."""
    n, series, dt = numbers.at(0), numbers.series, scenario.step
    wanted = [series["sex_worker_share"][s][setting] * (size[s] * n.fraction_female) for s in range(len(size))]
    last = len(size) - 1
    inflow = []
    for s in range(len(size)):
        if 0 < s < last:
            change = (wanted[s + 1] - wanted[s - 1]) / (2.0 * dt)
        else:
            change = (wanted[1] - wanted[0] if s == 0 else wanted[last] - wanted[last - 1]) / dt
        leaving = series["leave_sex_work"][s][codes.FIRST_SETTING + setting] + series["background_mortality"][s]
        inflow.append(max(change + wanted[s] * leaving, 0.0))
    return inflow


def whole(amounts: list[float]) -> list[int]:
    """Whole numbers whose running sum is that of the amounts, rounded."""
    result, so_far, before = [], 0.0, 0
    for amount in amounts:
        so_far += max(amount, 0.0)
        rounded = math.floor(so_far + 0.5)
        result.append(rounded - before)
        before = rounded
    return result


def younger_share(age: float, decline: float, leave_age: float) -> float:
    """The share of the stable population that is younger than `age`."""
    span = leave_age - codes.ADULT_AGE
    return (1 - math.exp(-decline * (age - codes.ADULT_AGE))) / (1 - math.exp(-decline * span))


def age_at(share: float, decline: float, oldest: float) -> float:
    """The age below which a `share` of the stable population aged 18 to `oldest` is."""
    return codes.ADULT_AGE - math.log(1.0 - share * (1.0 - math.exp(-decline * (oldest - codes.ADULT_AGE)))) / decline


def ages_of_entrants(step: int, count: int, decline: float, leave_age: float) -> list[float]:
    """18 for everyone, but for those who are there at the start: evenly spread over the stable ages, oldest first."""
    if step > 0:
        return [codes.ADULT_AGE] * count
    return [age_at((count - k - 0.5) / count, decline, leave_age) for k in range(count)]


def worth_of_tickets(shares: list[list[float]], volumes: list[list[float]]) -> list[float]:
    """Paid contacts a year that one seat stands for, at each step: a quarter of the mean worker's."""
    worth = []
    for share, volume in zip(shares, volumes, strict=True):
        offered = total(share[k] * volume[codes.FIRST_SETTING + k] for k in range(len(share)))
        worth.append(offered / total(share) / TICKETS_A_WORKER if offered > 0.0 else 1.0)
    return worth


def number_of_seats(workers: float) -> int:
    """The least power of two, from four on, with more than four seats for every worker expected."""
    seats = 4
    while seats <= math.ceil(workers * SEATS_A_WORKER):
        seats *= 2
    return seats
