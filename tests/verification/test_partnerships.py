"""Partnerships against closed forms: condoms as a habit of a pair, lengths of pairs, and acts wasted in long pairs.

200,000 pairs unless a test says otherwise; exact binomial, two-sided, alpha 1e-4. Power as in test_transmission.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from forced_pairs import ALPHA, BETA, MONTH, M, Pairs, agrees
from plain import KINDS, STREET, WOMEN
from scipy import stats

from swmodel import codes, rng

F, E, ACTS = 0.8, 0.9, 100  # share of acts with a condom, efficacy, acts: the inputs of cases 2a and 2b
ACT_BY_ACT = 1.0 - (1.0 - BETA * (1.0 - F * E)) ** ACTS
BY_HABIT = F * (1.0 - (1.0 - BETA * (1.0 - E)) ** ACTS) + (1.0 - F) * (1.0 - (1.0 - BETA) ** ACTS)
RATE, MEAN = 100.0, 0.5  # acts a year, and mean length of a pair in years: the inputs of case 2d


# --- 2b: condoms as a habit of the pair ------------------------------------------------------------------------------


def with_habit(seed: int, holder: str = "pair") -> Pairs:
    """Pairs that always use condoms, with probability F, or never do, by what `holder` ("pair", "woman", "man") has."""
    pairs = Pairs(seed)
    odds = np.where(np.random.default_rng(seed + 50).random(M) < F, np.inf, 0.0)
    if holder == "pair":
        pairs.propensity = odds
    else:
        pairs.odds[pairs.a if holder == "woman" else pairs.b] = odds
    return pairs


@pytest.mark.case("2b")
@pytest.mark.parametrize(("holder", "seed"), [("pair", 501), ("woman", 502), ("man", 503)])
def test_condoms_by_habit(holder: str, seed: int) -> None:
    """If a share f of pairs always use condoms and the others never, infections are the mean of both kinds of pair.

    Binomial(200,000, 0.084476), alpha 1e-4; power 0.99 at a relative error of 5% of p. The habit is set through the
    odds of the pair, of the woman or of the man; the survey's mean, 0.5 here, must not matter. Planted: an odds of a
    condom that is infinite gives no condom; the woman's odds of a condom counted twice, the man's not at all.
    """
    assert abs(BY_HABIT - 0.084476) < 1e-6
    pairs = with_habit(seed, holder)
    events = pairs.advance(ACTS, f=0.5, e=E)
    assert set(np.unique(pairs.share).tolist()) == {0.0, 1.0}
    assert agrees(events, BY_HABIT)


@pytest.mark.case("2b")
def test_habits_infect_fewer_than_condoms_act_by_act() -> None:
    """The same condoms prevent more infections as a habit of some pairs than when spread over all pairs.

    Normal for the difference of two binomials, 200,000 pairs each: 2a less 2b is 0.006374 with a standard error of
    0.00089. No difference is refused at alpha 1e-4 with power 0.999; the difference itself agrees, at alpha 1e-4.
    Planted: habits of pairs are forgotten.
    """
    spread, habit = Pairs(504), with_habit(505)
    found = (spread.advance(ACTS, f=F, e=E) - habit.advance(ACTS, f=0.5, e=E)) / M
    error = math.sqrt((ACT_BY_ACT * (1.0 - ACT_BY_ACT) + BY_HABIT * (1.0 - BY_HABIT)) / M)
    assert stats.norm.sf(found / error) < ALPHA
    assert 2.0 * stats.norm.sf(abs(found - (ACT_BY_ACT - BY_HABIT)) / error) > ALPHA


# --- 2d: pairs of random length --------------------------------------------------------------------------------------


def until_all_ended(seed: int, kind: int, group: int, dt: float) -> int:
    """Infections in M pairs of random length, drawn as the model draws it, once all have ended."""
    pairs, key = Pairs(seed, group=group, kind=kind), rng.stream_key(seed, "partnerships")
    lengths = (rng.whole_steps(MEAN, dt, rng.uniform(key, p, p + M, 0, 1)) for p in range(M))
    until = np.sort(np.fromiter(lengths, np.int32, M))[::-1].copy()  # the pairs that last longest stand first
    rates = np.zeros(KINDS)
    rates[codes.SPOUSE] = RATE  # regular clients come at `regular_contacts`
    while pairs.count:
        pairs.advance(1.0, fixed=0.0, dt=dt, act_rate=rates, regular_contacts=RATE)
        pairs.end(until)
        pairs.count = int(np.count_nonzero(pairs.kind))  # those that ended stand last and need no more steps
        assert pairs.kind[: pairs.count].all()
    return int(pairs.infections.sum())


def infected_by_the_end(dt: float) -> float:
    """The share infected in pairs that end with chance q = dt / MEAN after each step: 1 - E[s^K] for a geometric K."""
    q, s = dt / MEAN, math.exp(-RATE * BETA * dt)
    return 1.0 - q * s / (1.0 - (1.0 - q) * s)


@pytest.mark.case("2d")
@pytest.mark.parametrize(("kind", "group", "seed"), [(codes.SPOUSE, WOMEN, 510), (codes.REGULAR_CLIENT, STREET, 520)])
def test_lengths_in_months(kind: int, group: int, seed: int) -> None:
    """In steps of a month, pairs of geometric length and Poisson acts infect the exact share for whole months.

    Binomial(1,000,000, 0.147072), from five seeds, alpha 1e-4; power 0.99 at a relative error of 1.5% of p. The form
    for continuous time, 0.145299, is 1.2% lower: what monthly steps add to case 2d. Planted: pairs last a step too
    long; lengths rounded up to whole steps from continuous time; regular pairs meet at the rate of lasting pairs that
    are not paid.
    """
    exact = infected_by_the_end(MONTH)
    assert abs(exact - 0.147072) < 1e-6
    events = sum(until_all_ended(seed + k, kind, group, MONTH) for k in range(5))
    assert agrees(events, exact, 5 * M)


@pytest.mark.case("2d")
def test_lengths_in_days() -> None:
    """In steps of a day, pairs of mean length 1/s with acts at rate a infect a beta / (a beta + s).

    Binomial(600,000, 0.145299), from three seeds, alpha 1e-4; power 0.99 at a relative error of 2% of p. Steps of a day
    instead of continuous time add 0.04% to p. Planted: acts of lasting pairs come 3 percent more often.
    """
    dt, exact = 1.0 / 365, RATE * BETA / (RATE * BETA + 1.0 / MEAN)
    assert abs(exact - 0.145299) < 1e-6
    assert abs(infected_by_the_end(dt) / exact - 1.0) < 0.0005
    assert agrees(sum(until_all_ended(530 + k, codes.SPOUSE, WOMEN, dt) for k in range(3)), exact, 3 * M)


# --- 2f: acts wasted in long pairs -----------------------------------------------------------------------------------


def risk_per_act(years: int, dt: float) -> float:
    """Mean risk per act over a pair of so many years, from what the model takes off a clock that never runs out."""
    pairs = Pairs(540, group=WOMEN, kind=codes.SPOUSE)
    pairs.clock[:] = 100.0  # ten times what 30 years can take off
    rates = np.zeros(KINDS)
    rates[codes.SPOUSE] = RATE
    for _ in range(round(years / dt)):
        assert pairs.advance(dt=dt, act_rate=rates) == 0
    spent = 100.0 - pairs.clock[0, pairs.at_risk]
    assert (spent == spent[0]).all()
    acts = pairs.acts_counted[codes.SPOUSE] / 2.0**20 / M
    assert abs(acts - RATE * years) < 1e-6 * acts
    return -math.expm1(-spent[0]) / (RATE * years)


@pytest.mark.case("2f")
@pytest.mark.parametrize("dt", [MONTH, 1.0], ids=["months", "years"])
def test_acts_are_wasted_in_long_pairs(dt: float) -> None:
    """Over A acts in one pair the mean risk per act is (1 - (1 - beta)^A) / A, 8.66 times higher in 1 than in 30 years.

    Deterministic: within 2^-23 of the closed form, as hazards of pairs are in single precision. Planted: acts
    of a long pair taken as Poisson; acts of a step rounded down.
    """
    short, long = risk_per_act(1, dt), risk_per_act(30, dt)
    for found, acts in ((short, 100), (long, 3000)):
        assert abs(found / ((1.0 - (1.0 - BETA) ** acts) / acts) - 1.0) < 2.0**-23
    assert round(short / long, 2) == 8.66
