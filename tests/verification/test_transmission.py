"""Transmission against closed forms: forced pairs through the model's own kernels.

200,000 pairs; exact binomial, two-sided, alpha 1e-4. Power 0.99 at a relative error of 6.2 sqrt((1-p) / (200,000 p)) of
the probability p: 4% at p = 0.1, 2% at p = 0.3.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from forced_pairs import ALPHA, BETA, M, Pairs, agrees
from scipy import stats

from swmodel import codes


@pytest.mark.case("1")
@pytest.mark.parametrize(("n", "p"), [(1, 0.003400), (10, 0.033484), (32, 0.103256), (100, 0.288642), (500, 0.817845)])
def test_fixed_acts(n: int, p: float) -> None:
    """A given number of acts n infects 1 - (1 - beta)^n of the exposed.

    Binomial(200,000, p), alpha 1e-4; power 0.99 at relative errors of 24%, 8%, 4%, 2% and 0.7% of p. Planted: risk per
    act 3 percent too high.
    """
    exact = 1.0 - (1.0 - BETA) ** n
    assert abs(exact - p) < 1e-6
    assert agrees(Pairs(101).advance(n), exact)


@pytest.mark.case("1")
def test_fixed_acts_of_high_risk() -> None:
    """Three acts at a risk of 0.5 each infect 1 - 0.5^3, not 1 - exp(-1.5).

    Binomial(200,000, 0.875), alpha 1e-4; the two forms are 130 standard errors apart. Planted: exact numbers of acts
    taken as Poisson.
    """
    events = Pairs(114).advance(3, beta=0.5)
    assert agrees(events, 1.0 - 0.5**3)
    assert not agrees(events, 1.0 - math.exp(-1.5))


@pytest.mark.case("1")
def test_fixed_acts_over_steps() -> None:
    """The same acts spread over ten steps infect as many, from women to men too.

    Binomial(200,000, 0.288642), alpha 1e-4; power 0.99 at a relative error of 2% of p. Planted: force of infection kept
    over steps of the same acts.
    """
    exact = 1.0 - (1.0 - BETA) ** 100
    for sick, seed in (("men", 102), ("women", 103)):
        pairs = Pairs(seed, sick)
        assert agrees([pairs.advance(10) for _ in range(10)][-1], exact)


@pytest.mark.case("2a")
def test_condoms_act_by_act() -> None:
    """Condoms at a share f of acts, efficacy e, infect 1 - (1 - beta (1 - f e))^n of the exposed.

    Binomial(200,000, 0.090850), alpha 1e-4; power 0.99 at a relative error of 5% of p. Planted: efficacy of condoms 3
    percent too low.
    """
    exact = 1.0 - (1.0 - BETA * (1.0 - 0.8 * 0.9)) ** 100
    assert abs(exact - 0.090850) < 1e-6
    assert agrees(Pairs(104).advance(100, f=0.8, e=0.9), exact)


@pytest.mark.case("2c")
def test_poisson_acts() -> None:
    """A Poisson number of acts of mean L infects 1 - exp(-L beta) of the exposed, in one step or in ten.

    Binomial(200,000, 0.288230), alpha 1e-4; power 0.99 at a relative error of 2% of p. It cannot tell 2c from case 1.
    Planted: force of infection kept from step to step.
    """
    exact = 1.0 - math.exp(-100 * BETA)
    assert abs(exact - 0.288230) < 1e-6
    assert agrees(Pairs(105).advance(100, fixed=0.0), exact)
    pairs = Pairs(106)
    assert agrees([pairs.advance(10, fixed=0.0) for _ in range(10)][-1], exact)


@pytest.mark.case("2c")
def test_poisson_acts_differ_from_fixed_acts_where_they_should() -> None:
    """At a risk of 0.5 per act, three acts infect 1 - exp(-1.5), not 1 - 0.5^3, when their number is Poisson.

    Binomial(200,000, 0.776870), alpha 1e-4; the two forms are 100 standard errors apart. Planted: the switch of exact
    numbers of acts the wrong way round.
    """
    events = Pairs(107).advance(3, beta=0.5, fixed=0.0)
    assert agrees(events, 1.0 - math.exp(-1.5))
    assert not agrees(events, 1.0 - 0.5**3)


@pytest.mark.case("25")
@pytest.mark.parametrize(
    "values",
    [
        {"n": 50, "beta": 0.0}, {"n": 0}, {"n": 50, "f": 1.0, "e": 1.0}, {"n": 50, "woman_to_man": 0.0},
        {"n": 50, "suppressed_risk": 0.0, "state": codes.SUPPRESSED},
        {"n": 50, "unsuppressed_risk": 0.0, "state": codes.ON_ART},
    ],
    ids=["no_risk", "no_acts", "perfect_condoms", "no_risk_to_men", "suppressed", "on_art"],
)  # fmt: skip
def test_zero(values: dict[str, Any]) -> None:
    """No risk, no acts, perfect condoms at every act, or treatment without risk: no infection. Exact; n = 200,000.

    Planted: suppressed people taken for people on ART; the risk from women is used for men.
    """
    pairs = Pairs(108, "women" if "woman_to_man" in values else "men")
    pairs.care[pairs.sick] = values.get("state", codes.UNDIAGNOSED)
    assert pairs.advance(**{k: v for k, v in values.items() if k != "state"}) == 0


@pytest.mark.case("25")
def test_no_pairs_and_no_seed() -> None:
    """Without a pair, or without anybody living with HIV, there is no infection. Exact; n = 200,000."""
    pairs = Pairs(109)
    pairs.b[:] = pairs.a  # a free row: both partners are the same
    assert pairs.advance(50, beta=1.0) == 0
    pairs = Pairs(110)
    pairs.stage[:] = codes.SUSCEPTIBLE
    assert pairs.advance(50, beta=1.0) == 0


@pytest.mark.case("25")
def test_one() -> None:
    """With a risk of 1 and one act, as exact numbers, everyone exposed is infected, and nobody else. Exact.

    Planted: the infected enter the second stage at once.
    """
    pairs = Pairs(111)
    assert pairs.advance(1, beta=1.0) == M
    assert (pairs.stage[:M] == codes.ACUTE).all()
    assert (pairs.stage[M:] == codes.CD4_500).all()


@pytest.mark.case("25")
@pytest.mark.parametrize("partners", [2, 4])
def test_one_with_several_partners(partners: int) -> None:
    """With a risk of 1 and one act with each of several partners, as exact numbers, everyone is infected. Exact.

    Planted: hazards at the limit add up beyond what 64 bits hold.
    """
    assert Pairs(115, partners=partners).advance(1, beta=1.0) == M


@pytest.mark.case("12")
def test_frozen_prevalence() -> None:
    """With prevalence P among clients held fixed, women are infected at -n ln(1 - P beta (1 - f e)) a year.

    500 contacts in a year: Poisson(events | person-time), and Binomial(200,000, 0.128656), alpha 1e-4 each, with 25,731
    events expected; power 0.99 at a relative error of 4% of the hazard. Planted: hazard 4 percent too high; partners
    who both live without HIV count as discordant.
    """
    risk = 0.2 * BETA * (1.0 - 0.7 * 0.85)
    hazard = -500 * math.log(1.0 - risk)
    assert abs(hazard - 0.137719) < 1e-6
    assert abs(1.0 - math.exp(-hazard) - 0.128656) < 1e-6
    pairs, clients, years = Pairs(112), np.random.default_rng(113), 0.0
    for _ in range(500):
        pairs.stage[M:] = np.where(clients.random(M) < 0.2, codes.CD4_500, codes.SUSCEPTIBLE)
        # A new client every time: he brings no clock and no past.
        pairs.clock[0, M:] = 1e9
        years += (pairs.stage[:M] == codes.SUSCEPTIBLE).sum() / 500
        pairs.advance(1, f=0.7, e=0.85)
    events = int((pairs.infected_step[:M] >= 0).sum())
    assert agrees(events, 1.0 - (1.0 - risk) ** 500)
    expected = hazard * years
    tail = min(stats.poisson.cdf(events, expected), stats.poisson.sf(events - 1, expected))
    assert 2 * tail > ALPHA
