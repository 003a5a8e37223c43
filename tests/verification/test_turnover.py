"""Stocks, flows and durations: sex work, stages of HIV and PrEP in stationary populations of the whole model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import linalg, stats

from swmodel import codes
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load
from swmodel.scenario.spec import Lever, Scenario, Target

ALPHA = 1e-4
TWO_SIDED = stats.norm.isf(ALPHA / 2)
SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
START, DT = 2000.0, 1.0 / 12
ALONE = {"client_visits": 0.0, "steady_rate": 0.0, "casual_rate": 0.0, "steady_at_start": 0.0, "sex_worker_share": 0.0,
         "client_share": 0.0, "immigrant_share": 0.0, "growth_rate": 0.0, "background_mortality": 0.0}  # fmt: skip
SHARE, LEAVING = 0.1, 0.5  # of women who sell sex, as asked for; hazard of leaving per year


def setting(people: int, years: float, levers: tuple[Lever, ...] = (), **parameters: Any) -> Scenario:
    """People who form no pairs, one work setting."""
    return replace(load(SETTING), start=START, stop=START + years, people=people, work_settings=("street",),
                   levers=levers, parameters=ALONE | parameters)  # fmt: skip


def begin(scenario: Scenario, seed: int) -> Engine:
    """An engine that has not run yet."""
    return Engine(scenario, contents(scenario), seed)


class Spells(NamedTuple):
    """Spells in sex work, in steps seen at the end of a step: from `began` to before `ended`."""

    began: np.ndarray
    ended: np.ndarray
    workers: np.ndarray  # at the end of each step
    waiting: np.ndarray  # woman-steps in which she could start, by step


@cache
def spells() -> Spells:
    """Everybody's spells over 60 years, 120,000 people, seed 501."""
    run = begin(setting(120_000, 60, sex_worker_share=SHARE, leave_sex_work=LEAVING), 501)
    arrays, first = run.people.arrays, np.full(run.people.capacity, -1)
    began, ended, waiting = [], [], np.zeros(run.n_steps)
    while run.step < run.n_steps:
        step = run.step
        run.advance()
        alive, group, birth = (arrays[name][: run.people.n] for name in ("alive", "group", "birth"))
        sells, sold = alive & (group == codes.FIRST_SETTING), first[: run.people.n] >= 0
        stops, starts = np.flatnonzero(~sells & sold), np.flatnonzero(sells & ~sold)
        began.append(first[stops])
        ended.append(np.full(len(stops), step))
        first[stops], first[starts] = -1, step
        young = run.times[step] - birth < 45.0
        waiting[step] = (young & alive & (group == codes.WOMEN)).sum()
        # Who starts, or stops, does so half a step before its end on average.
        waiting[step] += 0.5 * young[starts].sum() - 0.5 * young[stops].sum()
    assert run.people.arrays is arrays
    still = first[first >= 0]
    return Spells(np.concatenate([*began, still]), np.concatenate([*ended, np.full(len(still), 10**6)]),
                  run.count("people")[:, codes.FIRST_SETTING], waiting)  # fmt: skip


C = LEAVING * DT
KEPT = -np.expm1(-C) / C  # who started at a moment of a step, evenly, and had not stopped by its end


def chances(last: int) -> np.ndarray:
    """The chance that a spell is seen at the end of 1, 2, ... `last` - 1 steps, and of `last` or more.

    One that started and stopped in the same step stops in the next, so that it is seen once.
    """
    longer = np.append(1.0, KEPT * np.exp(-C * np.arange(1, last)))
    return np.append(-np.diff(longer), longer[-1])


def by_step(lengths: np.ndarray, p: np.ndarray) -> float:
    """The p-value of chi-square for lengths of 0, 1, 2, ... and of len(p) - 1 or more, against the chances `p`."""
    counts = np.bincount(np.minimum(lengths, len(p) - 1), minlength=len(p))
    return float(stats.chisquare(counts, p / p.sum() * counts.sum()).pvalue)


@pytest.mark.case("28")
def test_completed_spells() -> None:
    """Completed spells of sex work are exponential with the mean 1 / `leave_sex_work`, in whole steps.

    Chi-square by step, 97 cells, n = 53,000 spells that started in 20 years, all of them followed to their end; alpha
    1e-4; power 0.99 at a mean that is 5% off.
    """
    seen, last = spells(), 97
    of_cohort = (seen.began >= 240) & (seen.began < 480)
    length = (seen.ended - seen.began)[of_cohort]
    assert length.max() < 480
    assert by_step(length - 1, chances(last)) > ALPHA


@pytest.mark.case("28")
def test_elapsed_and_eventual_length_of_spells_in_progress() -> None:
    """Workers have sold sex for a mean of 1 / `leave_sex_work` so far, and their spells last twice that in the end.

    Elapsed steps have the chances of spells longer than that, eventual lengths those of spells times their length;
    chi-square by step, 61 and 121 cells, n = 16,000 workers at 3 times, 10 years apart; alpha 1e-4 each; power 0.99 at
    a mean that is 9% off.
    """
    seen, p, steps = spells(), chances(5000), np.arange(5000)
    elapsed, eventual = [], []
    for now in (240, 360, 480):
        here = (seen.began <= now) & (seen.ended > now)
        elapsed.append(now - seen.began[here])
        eventual.append((seen.ended - seen.began)[here] - 1)
    longer = np.cumsum(p[::-1])[::-1]
    assert abs((longer * (steps + 0.5)).sum() / longer.sum() * C - 1.0) < 0.002  # in years, times the hazard
    assert abs((p * (steps + 1) ** 2).sum() / (p * (steps + 1)).sum() * C - 2.0) < 0.002
    assert by_step(np.concatenate(elapsed), np.append(longer[:60], longer[60:].sum())) > ALPHA
    weighted = p * (steps + 1)
    assert by_step(np.concatenate(eventual), np.append(weighted[:120], weighted[120:].sum())) > ALPHA


def imbalance(flow: float, stock: np.ndarray, stay: float) -> float:
    """In standard errors: a flow less what keeps up the `stock` of each step, if one stays `stay` steps.

    Ends less expected ends are a martingale of variance `flow`; starts differ from ends by the stock at both ends.
    """
    return float((flow - stock.sum() / stay) / np.sqrt(flow + 2.0 * stock.mean()))


@pytest.mark.case("16", "28")
def test_stock_and_flow_of_sex_work() -> None:
    """Workers are entries into sex work times their mean duration, and entries come at the hazard worked out before.

    Normal for the stock given the flow, Poisson for the flow given the time of women who could start; 20 years, n =
    53,000 entries, alpha 1e-4 each; power 0.99 at 3% off.
    """
    seen = spells()
    starts = int(((seen.began >= 240) & (seen.began < 480)).sum())
    assert abs(imbalance(starts, seen.workers[240:480], 1.0 + KEPT / np.expm1(C))) < TWO_SIDED
    hazard = SHARE * LEAVING / ((45.0 - 18.0) / (65.0 - 18.0))
    expected = hazard * DT * seen.waiting[240:480].sum()
    assert abs(starts - expected) < TWO_SIDED * np.sqrt(expected)


@pytest.mark.case("16")
def test_stock_and_flow_of_prep() -> None:
    """People on PrEP are those who join times the mean time until they drop out or die, 1 / (dropout + mortality).

    Normal for the stock given the flow; 20 years, n = 80,000 who join, alpha 1e-4; power 0.99 at 2.3% off.
    """
    uptake, dropout, mortality = 0.3, 0.5, 0.1
    lever = Lever("prep", "oral_prep", START, START + 50, Target(("women", "men", "clients", "street")), uptake=uptake,
                  dropout=dropout)  # fmt: skip
    run = begin(setting(20_000, 50, (lever,), background_mortality=mortality, leave_age=100.0), 502)
    arrays, joined = run.people.arrays, np.zeros(run.n_steps)
    while run.step < run.n_steps:
        step, there = run.step, arrays["alive"].copy()
        covered = there & (arrays["prep.covered"] == 1)
        run.advance()
        joined[step] = ((there | (arrays["entered"] == step)) & (arrays["prep.covered"] == 1) & ~covered).sum()
    assert run.people.arrays is arrays
    c, d = mortality * DT, dropout * DT
    stay = np.exp(-c) * (1.0 - np.expm1(-d) / d / np.expm1(c + d))  # who joins and drops out in a step is seen once
    assert abs(stay * DT * (dropout + mortality) - 1.0) < 0.01
    assert abs(imbalance(joined[360:].sum(), run.count("prep_users").sum(axis=1)[360:], stay)) < TWO_SIDED


@pytest.mark.case("16")
def test_stock_and_flow_of_stages() -> None:
    """People in each stage of HIV are those who are infected times the mean time that they spend there until they die.

    Mean times are sums of the exponential of the chain's generator over steps. Normal, with the variance of independent
    people; 40 years, n = 120,000 infections, alpha 1e-4 for each of 5 stages; power 0.99 at 2% to 3.3% off.
    """
    mortality, new, durations = 0.2, 250, np.array([0.5, 1.5, 1.5, 1.0])
    means = dict(zip(codes.HIV_STAGES[1:], durations.tolist(), strict=False))
    run = begin(setting(20_000, 80, background_mortality=mortality, hiv_mortality=0.0, tests_per_year=0.0,
                        leave_age=100.0, stage_duration=means), 503)  # fmt: skip
    arrays, chance = run.people.arrays, np.random.default_rng(504)
    stock = np.zeros((run.n_steps, 5))
    while run.step < run.n_steps:
        run.advance()
        stage = arrays["hiv_stage"][: run.people.n]
        stock[run.step - 1] = np.bincount(stage[arrays["alive"][: run.people.n]], minlength=6)[1:]
        well = np.flatnonzero(arrays["alive"][: run.people.n] & (stage == codes.SUSCEPTIBLE))
        stage[chance.choice(well, new, replace=False)] = codes.ACUTE
    assert run.people.arrays is arrays
    generator = np.diag(np.append(-1.0 / durations, 0.0)) + np.diag(1.0 / durations, 1)
    one = linalg.expm((generator - mortality * np.eye(5)) * DT)
    times = one @ np.linalg.inv(np.eye(5) - one)  # mean steps in each stage, from each stage
    variance = times[0] * (1.0 + 2.0 * np.diag(times)) - times[0] ** 2
    z = (stock[480:].sum(axis=0) / (new * 480) - times[0]) / np.sqrt(variance / (new * 480))
    assert np.abs(z).max() < TWO_SIDED
