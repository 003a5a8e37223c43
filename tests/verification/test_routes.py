"""Routes other than vaginal acts: shared needles, and anal acts between people of the same sex by their positions."""

from __future__ import annotations

from functools import cache

import closed_world as world
import numpy as np
import pytest
from plain import MEN, WOMEN
from scipy import stats
from whole import begin, of_pairs, rows

from swmodel import codes
from swmodel.engine import Engine

ALPHA = 1e-4
BETA = 0.0034
M = 200_000


@pytest.mark.case("1")
@pytest.mark.parametrize(("n", "exact", "seed"), [(1, 0.003400, 101), (10, 0.033484, 102), (100, 0.288642, 103)])
def test_shared_injections(n: int, exact: float, seed: int) -> None:
    """A given number n of shared injections infects 1 - (1 - beta)^n of those who share, whoever they are.

    Condoms, circumcision, other STIs and the risks of sex do not count. Binomial, n = 200,000 pairs of a person living
    with HIV and one without, of all combinations of sex, alpha 1e-4; power 0.9 at 0.00067, 0.0021 and 0.0052 off.
    """
    assert abs(1.0 - (1.0 - BETA) ** n - exact) < 1e-6
    people = np.arange(2 * M)
    sick, man = people >= M, np.where(people < M, people % 2, people // 2 % 2) == 1
    group = np.where(man, MEN, WOMEN)
    first = np.where(people[:M] % 8 < 4, people[:M], people[:M] + M)  # either may stand first
    steps = [
        world.people(group, np.where(sick, codes.CD4_500, codes.SUSCEPTIBLE), circumcised=man),
        world.pairs(first, (first + M) % (2 * M), np.full(M, codes.NEEDLE_PARTNER)),
    ]
    run = world.engine(
        steps, 0.5, 0.5, seed, act_rate={"needle": 2.0 * n}, needle_risk=BETA, risk_per_act=0.5, condom_use=1.0,
        condom_efficacy=1.0, sti_cofactor=5.0, circumcision_risk=0.0, woman_to_man=3.0,
    ).run()  # fmt: skip
    infected = world.living_with_hiv(run, M)
    assert infected[1] == M
    assert stats.binomtest(int(infected[0]), M, exact).pvalue > ALPHA


# --- positions -------------------------------------------------------------------------------------------------------

RECEPTIVE, INSERTIVE = 0.2, 0.35  # shares of men who are only receptive, or only insertive
SHARES = np.array([INSERTIVE, 1.0 - INSERTIVE - RECEPTIVE, RECEPTIVE])  # by position, as codes number them
TO_RECEPTIVE, TO_INSERTIVE, CUT = 1e-6, 3e-7, 0.4  # so small that nobody is infected


@cache
def men() -> Engine:
    """Two years of casual pairs among 28,000 men who have sex with men, half of whom live with HIV; seed 3101."""
    return begin(
        3101, 40_000, 2, work_settings=("bar",), workers={"bar": "men"}, msm_share=1.0, fraction_female=0.3,
        casual_rate={"msm": 2.0, "all": 0.0}, pair_duration={"casual": 1.0}, initial_prevalence=0.5, stage_risk=1.0,
        receptive_share=RECEPTIVE, insertive_share=INSERTIVE, circumcised_share=0.5, circumcision_risk=CUT,
        anal_receptive_risk=TO_RECEPTIVE, anal_insertive_risk=TO_INSERTIVE, condom_use=0.0, frailty_shape=1000.0,
    ).run()  # fmt: skip


def discordant(run: Engine) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of the one at risk and of the other in each pair that has one of each, and their hazard of the last step."""
    (stage,) = rows(run, "hiv_stage")
    a, b, kind, hazard = of_pairs(run, "pair_a", "pair_b", "kind", "hazard")
    mixed = (kind != codes.NONE) & ((stage[a] > 0) != (stage[b] > 0)) & (hazard > 0.0)
    a, b = a[mixed], b[mixed]
    return np.where(stage[a] > 0, b, a), np.where(stage[a] > 0, a, b), hazard[mixed]


@pytest.mark.case("2e")
def test_positions_of_men() -> None:
    """Positions of men, and of the couples whom they form, have the shares asked for, as partners do not look at them.

    Chi-square over 3 positions, n = 28,000 men, and over 9 couples of them, n = 43,000 pairs; alpha 1e-4 each; power
    0.9 at 0.012 in a share of men, and if 2.1% of men look for their like.
    """
    run = men()
    position, sex, alive = rows(run, "position", "sex", "alive")
    a, b, kind = of_pairs(run, "pair_a", "pair_b", "kind")
    counts = np.bincount(position[alive & (sex == codes.MALE)], minlength=3)
    assert stats.chisquare(counts, SHARES * counts.sum()).pvalue > ALPHA
    couples = kind == codes.CASUAL_PARTNER
    together = np.bincount(3 * position[a[couples]] + position[b[couples]], minlength=9)
    share = counts / counts.sum()
    assert together.sum() > 40_000
    assert stats.chisquare(together, np.outer(share, share).ravel() * together.sum()).pvalue > ALPHA


@pytest.mark.case("2e")
def test_receptive_acts_by_position() -> None:
    """The more receptive of a couple always is, equals take turns; circumcision lowers the risk of insertive acts only.

    Exact to single precision, for every couple of which one lives with HIV; n = 21,000, all 9 pairs of positions.
    """
    run = men()
    position, circumcised, frailty = rows(run, "position", "circumcised", "frailty")
    risk_of, source, hazard = discordant(run)
    mine, his = position[risk_of], position[source]
    receptive = np.where(mine == his, 0.5, np.where(mine > his, 1.0, 0.0))
    each = receptive * TO_RECEPTIVE + (1.0 - receptive) * TO_INSERTIVE * np.where(circumcised[risk_of], CUT, 1.0)
    np.testing.assert_allclose(hazard, each * frailty[risk_of] * 50.0 / 12, rtol=2.0**-22)
    assert len(hazard) > 15_000
    assert np.bincount(3 * mine + his, minlength=9).min() > 300


@pytest.mark.case("2e")
def test_share_of_receptive_acts() -> None:
    """Men are receptive at r / 2 + v + i of acts if receptive, at v / 2 + i if versatile, and at i / 2 if insertive.

    r, v and i are the shares of receptive, versatile and insertive men, 0.2, 0.45 and 0.35: 0.9, 0.575 and 0.175.
    Normal, with the exact variance of the share in a couple; n = 4,000 to 10,000 couples of each position, alpha 1e-4;
    power 0.9 at 0.016, 0.019 and 0.014 in the share. It is found from the hazard, as insertive acts have another risk.
    """
    run = men()
    position, circumcised, frailty = rows(run, "position", "circumcised", "frailty")
    risk_of, _, hazard = discordant(run)
    cut = TO_INSERTIVE * np.where(circumcised[risk_of], CUT, 1.0)
    receptive = (hazard / (frailty[risk_of] * 50.0 / 12) - cut) / (TO_RECEPTIVE - cut)
    for mine, exact in ((codes.RECEPTIVE, 0.9), (codes.VERSATILE, 0.575), (codes.INSERTIVE, 0.175)):
        share = np.where(mine == np.arange(3), 0.5, np.where(mine > np.arange(3), 1.0, 0.0))
        assert abs(share @ SHARES - exact) < 1e-12
        found = receptive[position[risk_of] == mine]
        sd = np.sqrt(share**2 @ SHARES - exact**2)
        assert abs(found.mean() - exact) < stats.norm.isf(ALPHA / 2) * sd / np.sqrt(len(found))
