"""Stocks, flows and durations: sex work, stages of HIV and PrEP in stationary populations of the whole model."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from plain import FORMER, STREET, WOMEN
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
OLDEST, START_TO = 100.0, 40.0  # ages: of leaving the model, and from which nobody starts
EVER = 0.6  # of women, who ever sell sex
ALIKE, UNLIKE = 1000.0, 3.0  # gamma shapes of the hazard of leaving between people
BOTH = pytest.mark.parametrize("shape", [ALIKE, UNLIKE], ids=["alike", "unlike"])


def setting(people: int, years: float, levers: tuple[Lever, ...] = (), **parameters: Any) -> Scenario:
    """People who form no pairs, one work setting."""
    return replace(load(SETTING), start=START, stop=START + years, people=people, work_settings=("street",),
                   levers=levers, parameters=ALONE | parameters)  # fmt: skip


def begin(scenario: Scenario, seed: int) -> Engine:
    """An engine that has not run yet."""
    return Engine(scenario, contents(scenario), seed)


# --- case 28: sex work -----------------------------------------------------------------------------------------------
#
# The hazard of leaving is 1 a year on average. Where it is a gamma of shape k between people, a spell D lasts longer
# than t with probability (1 + t / k)^-k: E[D] is k / (k - 1) and E[D^2] is 2 k^2 / ((k - 1) (k - 2)), or 1.5 and 9 at
# k = 3.


def mean_spell(shape: float) -> float:
    """E[D] in years."""
    return 1.0 if shape == ALIKE else shape / (shape - 1.0)


def mean_elapsed(shape: float) -> float:
    """E[D^2] / (2 E[D]) in years."""
    return 1.0 if shape == ALIKE else shape / (shape - 2.0)


def longer(shape: float, last: int) -> np.ndarray:
    """The chance that a spell is seen at the ends of more than 0, 1, ... `last` - 1 steps.

    Starts are spread evenly over a step. One that would start and stop in the same step stops in the next.
    """
    since = np.arange(1, last) * DT
    if shape == ALIKE:
        kept = -np.expm1(-DT) / DT * np.exp(-since)
    else:
        kept = -np.diff((1.0 + np.append(since, last * DT) / shape) ** (1.0 - shape)) * mean_spell(shape) / DT
    return np.append(1.0, kept)


def chances(shape: float, last: int) -> np.ndarray:
    """The chance that a spell is seen at the end of 1, 2, ... `last` - 1 steps, and of `last` or more."""
    survival = longer(shape, last)
    return np.append(-np.diff(survival), survival[-1])


class Spells(NamedTuple):
    """Spells in sex work, by the model's own `spell_start`: the step of the start, and that of the end."""

    run: Engine
    began: np.ndarray
    ended: np.ndarray
    waiting: np.ndarray  # woman-steps in which she could start, at the hazard of somebody aged 18, by step
    so_far: np.ndarray  # years since the start of all workers, by step, worked out here


@cache
def spells(shape: float) -> Spells:
    """Everybody's spells over 60 years, 250,000 people, seed 501. Nobody dies, pauses, restarts or ages out of work."""
    run = begin(setting(250_000, 60, sex_worker_share=EVER * mean_spell(shape) / (OLDEST - codes.ADULT_AGE),
                        leave_sex_work=1.0, leaving_shape=shape, pause_rate=0.0, restart_ratio=0.0, fraction_female=0.7,
                        start_age_to=START_TO, leave_age=OLDEST), 501)  # fmt: skip
    arrays, sold = run.people.arrays, np.zeros(run.people.capacity, np.bool_)
    began, ended, waiting, so_far = [], [], np.zeros(run.n_steps), np.zeros(run.n_steps)
    while run.step < run.n_steps:
        step = run.step
        run.advance()
        alive, group, birth, first = (arrays[name] for name in ("alive", "group", "birth", "spell_start"))
        sells = alive & (group == STREET)
        stops, starts = np.flatnonzero(~sells & sold & alive), sells & ~sold
        assert step == 0 or (first[starts] == step).all()
        assert (group[stops] == FORMER).all()
        began.append(first[stops].copy())
        ended.append(np.full(len(stops), step))
        age = run.times[step] - birth[alive & ((group == WOMEN) | starts)]
        waiting[step] = np.exp((codes.ADULT_AGE - age[age < START_TO]) / 1000.0).sum() - 0.5 * starts.sum()
        so_far[step] = (step + 0.5 - first[sells]).sum() * DT
        sold = sells
    assert run.people.arrays is arrays
    began.append(arrays["spell_start"][sold].copy())
    ended.append(np.full(sold.sum(), 10**6))
    return Spells(run, np.concatenate(began), np.concatenate(ended), waiting, so_far)


def by_step(lengths: np.ndarray, p: np.ndarray) -> float:
    """The p-value of chi-square for lengths of 0, 1, 2, ... and of len(p) - 1 or more, against the chances `p`."""
    counts = np.bincount(np.minimum(lengths, len(p) - 1), minlength=len(p))
    return float(stats.chisquare(counts, p / p.sum() * counts.sum()).pvalue)


@pytest.mark.case("28")
@BOTH
def test_completed_spells(shape: float) -> None:
    """Completed spells of sex work are exponential with the mean 1 / `leave_sex_work`, in whole steps.

    If the hazard differs between people by a gamma of shape k, they last longer than t with probability (1 + t / k)^-k.
    Chi-square by step, 61 cells, n = 39,000 spells that started in 30 years and were followed for 10 more; alpha 1e-4;
    power 0.99 at a mean that is 5% off, or 7% at k = 3. Planted: a start of sex work uses none of the step up; sex work
    left 5 percent too soon.
    """
    seen = spells(shape)
    of_cohort = (seen.began >= 240) & (seen.began < 600)
    assert by_step((seen.ended - seen.began)[of_cohort] - 1, chances(shape, 61)) > ALPHA


@pytest.mark.case("28")
@BOTH
def test_elapsed_and_eventual_length_of_spells_in_progress(shape: float) -> None:
    """Workers have sold sex for a mean of E[D^2] / (2 E[D]) so far, and their spells last twice that in the end.

    That is 1 / `leave_sex_work` if all are alike. Elapsed steps have the chances of spells longer than that, eventual
    lengths those of spells times their length; chi-square by step, 61 and 121 cells, n = 5,200 workers (7,700 at k = 3)
    at 4 times, 8 years apart; alpha 1e-4; power 0.99 at a mean of elapsed years that is 15% off (18%), or of eventual
    ones that is 11% off (15%). Planted: everybody leaves sex work at the mean hazard; the start of a spell is that of
    the month before.
    """
    seen, steps = spells(shape), np.arange(100_000)
    survival, p = longer(shape, 100_000), chances(shape, 100_000)
    elapsed, eventual = [], []
    for now in (240, 336, 432, 528):
        here = (seen.began <= now) & (seen.ended > now)
        elapsed.append(now - seen.began[here])
        eventual.append((seen.ended - seen.began)[here] - 1)
    weighted = p * (steps + 1)
    # In years; a step of a month takes 0.3 % off the closed form.
    assert abs((survival * (steps + 0.5)).sum() / survival.sum() * DT / mean_elapsed(shape) - 1.0) < 0.004
    assert abs((weighted * (steps + 1)).sum() / weighted.sum() * DT / mean_elapsed(shape) - 2.0) < 0.008
    assert by_step(np.concatenate(elapsed), np.append(survival[:60], survival[60:].sum())) > ALPHA
    assert by_step(np.concatenate(eventual), np.append(weighted[:120], weighted[120:].sum())) > ALPHA


@pytest.mark.case("28")
@BOTH
def test_counters_of_spells(shape: float) -> None:
    """What the model counts itself has the same means: E[D] of spells that end, E[D^2] / (2 E[D]) of spells so far.

    Normal for the mean of n = 52,000 spells that ended in 40 years; power 0.99 at 3% off, 5% at k = 3. Years so far are
    those worked out here from `spell_start`, exactly; if all are alike, their mean is normal with a standard error of
    sqrt(2 / n), power 0.99 at 4% (at k = 3 a mean of them is not steady). Alpha 1e-4 each. Starts and ends come in the
    middle of a step on average. Planted: spells are counted a step longer.
    """
    seen, at = spells(shape), (slice(240, None), STREET)
    count = seen.run.count
    ends, sellers = count("spells_ended")[at].sum(), count("sellers")[at]
    assert ends == ((seen.ended >= 240) & (seen.ended < 720)).sum()
    p = chances(shape, 100_000)
    variance = (p * (np.arange(1, 100_001) * DT) ** 2).sum() - mean_spell(shape) ** 2
    error = np.sqrt(variance / ends)
    assert error < 0.013 * mean_spell(shape)
    assert abs(count("spell_years")[at].sum() / ends - mean_spell(shape)) < TWO_SIDED * error
    assert np.array_equal(sellers, count("people")[at])
    assert np.abs(count("years_so_far")[at] - seen.so_far[240:]).max() < 1e-3
    if shape == ALIKE:
        so_far = count("years_so_far")[at].sum() / sellers.sum()
        assert abs(so_far / mean_elapsed(shape) - 1.0) < TWO_SIDED * np.sqrt(2.0 / ends)


def imbalance(flow: float, stock: np.ndarray, stay: float, variance: float | None = None) -> float:
    """In standard errors: a flow less what keeps up the `stock` of each step, if one stays `stay` steps.

    Ends less expected ends are a martingale of variance `flow`, where all leave at the same hazard; starts differ from
    ends by the stock at both ends. Where not, `variance` is that of the stock given the flow, in steps squared.
    """
    due = flow - stock.sum() / stay
    if variance is None:
        return float(due / np.sqrt(flow + 2.0 * stock.mean()))
    return float(due * stay / np.sqrt(variance))


def variance_of_stock(flow: float, steps: int, shape: float) -> float:
    """A bound on the variance of the worker-steps in a time of `steps`, given the entries in it.

    Each spell adds its own variance; those begun before, and those not over at the end, are Poisson numbers of what
    lies within or beyond, which is taken as if it were independent.
    """
    p, length = chances(shape, 20_000), np.arange(1, 20_001)
    own = (p * length**2).sum() - (p * length).sum() ** 2
    rest = sum((p * np.clip(length - since, 0, steps) ** 2).sum() for since in range(0, 20_000, 10)) * 10
    return float(flow * own + 2.0 * flow / steps * rest)


@pytest.mark.case("16", "28")
@BOTH
def test_stock_and_flow_of_sex_work(shape: float) -> None:
    """Workers are entries into sex work times their mean duration, and entries come at the hazard worked out before.

    40 years, n = 52,000 entries: normal for the stock given the flow, power 0.99 at 3% off, 6% at k = 3; Poisson for
    the flow given the time of women who could start, power 0.99 at 3%; alpha 1e-4 each. The hazard at which 0.6 of
    women ever start is -ln(0.4) a person, over 22 years of age; the projection is within 4% of it, as its cells of a
    year blur ages. Planted: who leaves sex work waits for the next step; starts spread over women who no longer start.
    """
    seen, at = spells(shape), (slice(240, None), STREET)
    starts, workers = int(seen.run.count("spells_begun")[at].sum()), seen.run.count("people")[at]
    stay = float((chances(shape, 100_000) * np.arange(1, 100_001)).sum())
    assert abs(stay * DT / mean_spell(shape) - 1.0) < 0.004  # as the shortest spells are seen at the end of one step
    variance = variance_of_stock(starts, len(workers), shape)
    assert np.sqrt(variance) < 0.02 * stay * starts
    assert abs(imbalance(starts, workers, stay, variance)) < TWO_SIDED
    hazard = seen.run.calls[0].step.tables["start_hazard"][at]
    expected = (hazard * DT * seen.waiting[240:]).sum()
    assert abs(starts - expected) < TWO_SIDED * np.sqrt(expected)
    assert np.abs(hazard / (-np.log(1.0 - EVER) / (START_TO - codes.ADULT_AGE)) - 1.0).max() < 0.04


@pytest.mark.case("16")
def test_stock_and_flow_of_prep() -> None:
    """People on PrEP are those who join times the mean time until they drop out or die, 1 / (dropout + mortality).

    Normal for the stock given the flow; 20 years, n = 80,000 who join, alpha 1e-4; power 0.99 at 2.3% off. Planted: who
    joins PrEP stays half a step longer.
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
    people; 40 years, n = 120,000 infections, alpha 1e-4 for each of 5 stages; power 0.99 at 2% to 3.3% off. Planted: a
    new stage starts only with the next step; the rest of a step is spent at the rate of the stage that is over.
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
