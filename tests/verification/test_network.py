"""Numbers of partners and durations of pairs against closed forms, in populations without deaths."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import stats

from swmodel import codes, rng
from swmodel.engine import Engine
from swmodel.model import contents
from swmodel.scenario.load import load

ALPHA = 1e-4
TWO_SIDED = stats.norm.isf(ALPHA / 2)
SETTING = Path(__file__).parents[2] / "scenarios" / "settings" / "cotonou.yaml"
START, DT = 2000.0, 1.0 / 12
# Men are plentiful, so that every woman who looks finds one, and everyone stays until 100.
ALONE = {"client_visits": 0.0, "steady_rate": 0.0, "casual_rate": 0.0, "steady_at_start": 0.0, "sex_worker_share": 0.0,
         "client_share": 0.0, "growth_rate": 0.0, "background_mortality": 0.0, "leave_age": 100.0,
         "fraction_female": 0.4, "polygynous_share": 1.0, "casual_limit": 100.0, "male_activity": 1.0}  # fmt: skip
RATE, DURATION = 0.5, 2.0  # at which women begin to look for a partner, per year; mean years of a pair
P, Q = -np.expm1(-RATE * DT), DT / DURATION  # chances that a single woman finds one, and that a pair ends, in a step


def engine(people: int, years: float, seed: int, **parameters: Any) -> Engine:
    """The whole model without deaths and HIV, and with no pairs but those asked for."""
    scenario = replace(load(SETTING), start=START, stop=START + years, people=people, work_settings=("street",),
                       parameters=ALONE | parameters)  # fmt: skip
    return Engine(scenario, contents(scenario), seed)


class Pairs(NamedTuple):
    """Pairs seen at the end of a step: formed in step `began`, gone by the end of step `ended`."""

    began: np.ndarray
    ended: np.ndarray
    partners: dict[int, np.ndarray]  # partners of women present for 10 years and below 75, by step
    found: int  # pairs seen of women who are born after 1950
    looked: int  # steps of these women


def watched(run: Engine, attribute: str) -> Pairs:
    """Run to the end, and follow each pair of people who are born after 1930; those who never end do at 10^6."""
    people, pairs = run.people.arrays, run.pairs.arrays
    couples, first = np.zeros(run.pairs.capacity, np.uint64), np.zeros(run.pairs.capacity, np.int64)
    began, ended, partners, found, looked = [], [], {}, 0, 0
    while run.step < run.n_steps:
        step = run.step
        run.advance()
        a, b, kind, known = (x[: run.pairs.n] for x in (pairs["pair_a"], pairs["pair_b"], pairs["kind"], couples))
        couple = people["uid"][a].astype(np.uint64) << np.uint64(32) | people["uid"][b]
        couple[(kind == codes.NONE) | (people["birth"][a] < 1930) | (people["birth"][b] < 1930)] = 0
        gone, new = np.flatnonzero((couple != known) & (known > 0)), np.flatnonzero((couple != known) & (couple > 0))
        began.append(first[gone])
        ended.append(np.full(len(gone), step))
        known[:], first[new] = couple, step
        found += int((people["birth"][a[new]] > 1950).sum())
        looked += int((people["alive"] & (people["sex"] == codes.FEMALE) & (people["birth"] > 1950)).sum())
        if run.step in (120, 180, 240):
            seen = people["alive"] & (people["sex"] == codes.FEMALE) & (people["entered"] <= run.step - 120)
            seen &= people["birth"] > run.times[step] - 75.0
            partners[run.step] = people[attribute][seen]
    still = first[couples > 0]
    assert run.people.arrays is people and run.pairs.arrays is pairs
    ended.append(np.full(len(still), 10**6))
    return Pairs(np.concatenate([*began, still]), np.concatenate(ended), partners, found, looked)


@cache
def casual(shape: float = 1.0) -> tuple[Pairs, Engine]:
    """20 years of casual pairs of exponential or other gamma durations, 100,000 people, seed 701."""
    run = engine(100_000, 20, 701, casual_rate=RATE, pair_duration={"casual": DURATION},
                 duration_shape={"casual": shape})  # fmt: skip
    return watched(run, "casual_partners"), run


@cache
def steady(shape: float = 1.0) -> tuple[Pairs, Engine]:
    """20 years of steady pairs of exponential or other gamma durations, 100,000 people, seed 702."""
    run = engine(100_000, 20, 702, steady_rate=RATE, pair_duration={"spouse": DURATION},
                 duration_shape={"spouse": shape})  # fmt: skip
    return watched(run, "steady_partners"), run


def chances(shape: float, last: int) -> np.ndarray:
    """The chance that a pair lasts 1, 2, ... steps, and `last` steps or more: geometric, or a gamma in whole steps.

    A gamma duration is rounded up or down by chance, so that its mean is kept.
    """
    if shape == 1.0:
        return np.append(Q * (1.0 - Q) ** np.arange(last - 1), (1.0 - Q) ** (last - 1))
    mean, steps = DURATION / DT, np.arange(1, last + 1)
    law, heavier = stats.gamma(shape, scale=mean / shape), stats.gamma(shape + 1.0, scale=mean / shape)
    below = np.diff(steps * law.cdf(steps) - mean * heavier.cdf(steps))  # the mean of law.cdf over each step
    return np.append(np.diff(np.append(0.0, below)), 1.0 - below[-1])


def of_lengths(lengths: np.ndarray, p: np.ndarray) -> float:
    """The p-value of chi-square for lengths of 1, 2, ... and len(p) steps or more; small cells pooled."""
    counts, expected = np.bincount(np.minimum(lengths, len(p)) - 1, minlength=len(p)), p / p.sum() * len(lengths)
    cell, room = np.zeros(len(p), np.int64), 0.0
    for k in range(1, len(p)):
        room += expected[k - 1]
        enough = room >= 5.0 and expected[k:].sum() >= 5.0
        cell[k], room = cell[k - 1] + enough, 0.0 if enough else room
    return float(stats.chisquare(np.bincount(cell, counts), np.bincount(cell, expected)).pvalue)


@pytest.mark.case("30")
def test_number_of_casual_partners() -> None:
    """Women without a limit have a Poisson number of casual partners, of mean rate x duration.

    At the end of a month, when pairs that end in it are gone, the mean is less by the rate x a month: 0.958. A woman
    who would find two in one month finds the second in the next, which takes 0.001 off the mean. Chi-square, 6 cells, n
    = 23,000 women after 20 years, alpha 1e-4; power 0.99 at a mean that is 5% off. Planted: pairs last a step longer,
    in the number of partners.
    """
    pairs, run = casual()
    counts = np.bincount(np.minimum(pairs.partners[240], 5), minlength=6)
    exact = stats.poisson(RATE * DURATION - RATE * DT).pmf(np.arange(5))
    assert run.count("unmatched").sum() == 0
    assert stats.chisquare(counts, np.append(exact, 1.0 - exact.sum()) * counts.sum()).pvalue > ALPHA


@pytest.mark.case("30")
def test_rate_of_casual_partners() -> None:
    """Women find casual partners at the rate asked for, whatever the step.

    Poisson given the time of women, of pairs that live through the month of their formation; n = 196,000 pairs, alpha
    1e-4; power 0.99 at a rate that is 1.4% off. Planted: a woman who found a casual partner waits anew from the end of
    the month.
    """
    pairs, _ = casual()
    expected = RATE * DT * (1.0 - Q) * pairs.looked
    assert expected > 190_000
    assert abs(pairs.found - expected) < TWO_SIDED * np.sqrt(expected)


@pytest.mark.case("30")
@pytest.mark.parametrize(("which", "n"), [(casual, 103_000), (steady, 55_000)], ids=["casual", "steady"])
@pytest.mark.parametrize("shape", [1.0, 4.0], ids=["exponential", "gamma"])
def test_durations_of_pairs(which: Any, n: int, shape: float) -> None:
    """Pairs last a geometric number of steps, or a gamma in whole steps, of exactly the mean duration asked for.

    Chi-square by step, 121 cells (60 for gamma of shape 4), of pairs that lived through the month of their formation; n
    = 103,000 casual and 55,000 steady ones that formed in 100 months, alpha 1e-4 each; power 0.99 at a mean that is 4%
    and 5% off, or 2% and 2.5% if gamma. Planted: pairs last a step longer than drawn; a gamma duration is rounded down.
    """
    pairs, _ = which(shape)
    cohort = pairs.began < 100
    assert shape != 1.0 or abs(cohort.sum() / n - 1.0) < 0.02
    # A pair that is to last a step is gone before it is seen.
    assert of_lengths((pairs.ended - pairs.began)[cohort], chances(shape, 122)[1:]) > ALPHA


@pytest.mark.case("30")
def test_mean_of_whole_steps() -> None:
    """Durations in whole steps have the mean given, and at least one step. Exact within 1e-3; n = 20,000 quantiles.

    Planted: durations rounded up.
    """
    for duration in (2.0 * DT, 0.743, 2.0, 16.5):
        steps = [rng.whole_steps(duration, DT, (k + 0.5) / 20_000) for k in range(20_000)]
        assert min(steps) == 1
        assert abs(np.mean(steps) * DT / duration - 1.0) < 1e-3
    assert rng.whole_steps(0.5 * DT, DT, 1e-9) == 1


@pytest.mark.case("31")
def test_monogamous_pairing() -> None:
    """A share f / (f + s) of women has a steady partner, if single women find one at rate f and pairs end at rate s.

    By the month the share is P (1 - Q) / (P + Q - P Q) = 0.484 at its end, 0.505 before pairs end, 0.5 without steps.
    Binomial, n = 69,000 women at 3 times, 5 years apart, alpha 1e-4; power 0.99 at 0.012 in the share. Planted: women
    with a partner get ready for the next; women with a partner look for another.
    """
    pairs, run = steady()
    partners = np.concatenate(list(pairs.partners.values()))
    assert partners.max() == 1
    assert run.count("unmatched").sum() < 1e-3 * len(pairs.began)  # women above 90 who look for men near 100
    exact = P * (1.0 - Q) / (P + Q - P * Q)
    assert stats.binomtest(int(partners.sum()), len(partners), exact).pvalue > ALPHA
