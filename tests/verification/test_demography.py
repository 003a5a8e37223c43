"""Ages and numbers of people against closed forms, in a population without HIV, pairs or sex work."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Scenario

ALPHA = 1e-4
TWO_SIDED = stats.norm.isf(ALPHA / 2)
SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
START, DT = 2000.0, 1.0 / 12
ALONE = {"client_visits": 0.0, "steady_rate": 0.0, "casual_rate": 0.0, "steady_at_start": 0.0, "sex_worker_share": 0.0,
         "client_share": 0.0, "immigrant_share": 0.0}  # fmt: skip
GROUP_YEARS = 5  # width of an age group
SHARES = np.array([0.2406, 0.1970, 0.1613, 0.1320, 0.1081, 0.0885, 0.0725])  # the case's own numbers, 35 years of age


def setting(people: int, years: float, **parameters: Any) -> Scenario:
    """People without HIV who do nothing but enter, age and leave."""
    return replace(load(SETTING), start=START, stop=START + years, people=people, work_settings=("street",),
                   parameters=ALONE | parameters)  # fmt: skip


def begin(scenario: Scenario, seed: int) -> Engine:
    """An engine that has not run yet."""
    return Engine(scenario, contents(scenario), seed)


def ages(run: Engine) -> np.ndarray:
    """Ages of the living in the middle of the last step."""
    return np.asarray(run.times[run.step - 1] - run.attribute("birth"))


class Stable:
    """The stable population of growth `g`, mortality `m` and ages 18 to `oldest`, by single steps of age."""

    def __init__(self, people: int, g: float, m: float, oldest: float) -> None:
        self.people, self.g, self.m, self.span = people, g, m, oldest - codes.ADULT_AGE
        steps_of_age = np.arange(round(self.span / DT))
        r = g + m
        self.birth_rate = r / -np.expm1(-r * self.span)
        self.survival = np.exp(-m * DT * (steps_of_age + 1))  # those who enter in a step may die in it
        self.shape = self.birth_rate * DT * np.exp(-g * steps_of_age * DT) * self.survival

    def expected(self, step: int) -> np.ndarray:
        """Expected people at the end of a step, by single steps of age."""
        return np.asarray(self.people * np.exp(self.g * (step + 0.5) * DT) * self.shape)


@pytest.mark.case("26")
def test_ages_at_the_start() -> None:
    """Everyone present at the start has an age of the stable age structure, the truncated exponential.

    Exact: ages are quantiles, so that the distance from the distribution is half a person, for either sex; n = 20,000.
    Planted: ages at the start without mortality.
    """
    for growth, mortality, oldest in ((0.03, 0.01, 53.0), (0.0, 0.0, 65.0), (-0.02, 0.03, 80.0)):
        parameters = {"growth_rate": growth, "background_mortality": mortality, "leave_age": oldest}
        run = begin(setting(20_000, 1, **parameters), 401)
        run.advance()
        rows = slice(0, run.people.n)  # those who died in the first step are still there to be read
        sex, birth = run.people.arrays["sex"][rows], run.people.arrays["birth"][rows]
        r, span = max(growth + mortality, 1e-12), oldest - codes.ADULT_AGE
        for one in (codes.FEMALE, codes.MALE):
            years = np.sort(run.times[0] - birth[sex == one]) - codes.ADULT_AGE
            share = np.expm1(-r * years) / np.expm1(-r * span)
            place = (np.arange(len(years)) + 0.5) / len(years)
            assert len(years) > 7_000
            assert np.abs(share - place).max() < 1e-6


@cache
def grown() -> dict[int, np.ndarray]:
    """People by age group after 30 and after 100 years, growth 0.03, mortality 0.01, ages 18 to 53; seed 402."""
    run = begin(setting(3_000, 100, growth_rate=0.03, background_mortality=0.01, leave_age=53.0), 402)
    found = {}
    for years in (30, 100):
        run.run(until=START + years)
        group = ((ages(run) - codes.ADULT_AGE + 1e-6) // GROUP_YEARS).astype(np.int64)
        found[years] = np.bincount(group, minlength=len(SHARES))
    return found


@pytest.mark.case("26")
@pytest.mark.parametrize("years", [30, 100])
def test_ages_stay_stable(years: int) -> None:
    """Ages keep the density e^(-(g + m) a), with people who entered long after the start, too.

    Chi-square of the counts in 7 age groups, each a sum of independent survivals, 7 df; n = 60,000 after 100 years and
    7,400 after 30, alpha 1e-4. After 100 years, mortality that is 8% off is found with power 0.99. Planted: ages at the
    start without mortality; entrants for those who age out, as if none of them had died; people leave a year late.
    """
    law = Stable(3_000, 0.03, 0.01, 53.0)
    by_step = law.expected(round(years / DT) - 1)
    expected = by_step.reshape(len(SHARES), -1).sum(axis=1)
    variance = (by_step * (1.0 - law.survival)).reshape(len(SHARES), -1).sum(axis=1)
    assert np.abs(expected / expected.sum() - SHARES).max() < 1e-4
    statistic = float((((grown()[years] - expected) ** 2) / variance).sum())
    assert stats.chi2.sf(statistic, len(SHARES)) > ALPHA


@pytest.mark.case("27")
@pytest.mark.parametrize("growth", [0.0, 0.03, {2000: 0.059, 2007: 0.053, 2017: 0.027}])
def test_numbers_without_deaths(growth: Any) -> None:
    """Without deaths the population is N0 exp(integral of growth), as entrants make up for those who age out.

    Exact but for the step: within 0.25% at the end of every month for 90 years; n = 10,000 at the start. Planted: those
    who age out were once as many as people at the start.
    """
    run = begin(setting(10_000, 90, growth_rate=growth, background_mortality=0.0), 403)
    people = run.run().count("people").sum(axis=1)
    when = START + DT * np.arange(1, run.n_steps + 1)
    if isinstance(growth, dict):
        rate = np.interp(when - DT / 2, list(growth), list(growth.values()))
    else:
        rate = np.full(len(when), growth)
    assert np.abs(people / (10_000 * np.exp(np.cumsum(rate) * DT)) - 1.0).max() < 0.0025


@pytest.mark.case("27")
def test_numbers_with_deaths() -> None:
    """With mortality m people die at m a year, whatever their age, and the population is still N0 e^(g t).

    Deaths by year and half of the ages: binomial given who was there (chi-square, 120 df; normal in total), n = 46,000;
    people after 60 years: normal, n = 66,000; alpha 1e-4 each. Power 0.99 at mortality 3% off, or 1.3% in number.
    Planted: deaths 3 percent too frequent; entrants do not replace those who die.
    """
    g, m = 0.02, 0.02
    run = begin(setting(20_000, 60, growth_rate=g, background_mortality=m), 404)
    arrays, died, risk = run.people.arrays, np.zeros((60, 2)), np.zeros((60, 2))
    while run.step < run.n_steps:
        step, before = run.step, arrays["alive"].copy()
        run.advance()
        rows = np.flatnonzero(before | (arrays["entered"] == step))
        older = (arrays["birth"][rows] < run.times[step] - 35.0).astype(np.int64)
        dead = arrays["cause"][rows] == codes.DIED_BACKGROUND
        risk[step // 12] += np.bincount(older, minlength=2)
        died[step // 12] += np.bincount(older, dead, minlength=2)
    p = -np.expm1(-m * DT)
    assert run.people.arrays is arrays  # the table did not grow, so that what was read was the state
    assert died.sum() == run.count("departures")[:, codes.DIED_BACKGROUND].sum()
    assert stats.chi2.sf((((died - risk * p) ** 2) / (risk * p * (1.0 - p))).sum(), died.size) > ALPHA
    assert abs(died.sum() - risk.sum() * p) < TWO_SIDED * np.sqrt(risk.sum() * p * (1.0 - p))
    law = Stable(20_000, g, m, 65.0)
    expected = law.expected(run.n_steps - 1)
    assert abs(expected.sum() / (20_000 * np.exp(g * 60)) - 1.0) < 0.001  # half a step of deaths
    error = run.count("people")[-1].sum() - expected.sum()
    assert abs(error) < TWO_SIDED * np.sqrt((expected * (1.0 - law.survival)).sum())


@pytest.mark.case("27")
def test_a_population_that_declines_faster_than_it_dies() -> None:
    """With growth of -5 % a year and mortality of 1.5 % the population follows its target, as fewer enter than leave.

    Without HIV, 50,000 people for 10 years: within 1% of N0 e^(gt); chance alone is a third of that at the end.
    Planted: a population does not decline faster than it dies.
    """
    scenario = load(Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml", people=50_000, stop=1995)
    values = {"growth_rate": -0.05, "background_mortality": 0.015, "initial_prevalence": 0.0, "immigrant_share": 0.0}
    scenario = replace(scenario, parameters={**scenario.parameters, **values, "immigrant_prevalence": 0.0})
    people = Engine(scenario, contents(scenario), 271).run().count("people").sum(axis=1)
    target = 50_000 * np.exp(-0.05 * (np.arange(len(people)) + 0.5) / 12)
    assert np.abs(people / target - 1.0).max() < 0.01
