"""Two sex workers and four clients against the exact distribution over all 2^6 states.

100,000 copies of the six people in one engine. Everything that can differ between pairs does: kind, acts, condoms,
circumcision, susceptibility, direction, and stage of HIV. A step of the model is itself a Markov chain whose matrix is
written out here; it tells how far the step moves the answer from that of continuous time, which scipy's expm gives.
"""

from __future__ import annotations

import closed_world as world
import numpy as np
import pytest
from plain import CLIENTS, STREET
from scipy import linalg, stats

from swmodel import codes
from swmodel.binding import Step

ALPHA = 1e-4
COPIES = 100_000
YEARS = 1.0
STATES = np.array([[s >> k & 1 for k in range(6)] for s in range(64)], bool)  # workers 0 and 1, clients 2 to 5
KINDS = np.array([[codes.SPOUSE, codes.CASUAL_PARTNER, codes.REGULAR_CLIENT, codes.OWN_PARTNER],
                  [codes.CASUAL_PARTNER, codes.SPOUSE, codes.OWN_PARTNER, codes.REGULAR_CLIENT]])  # fmt: skip
ACTS = {codes.SPOUSE: 24.0, codes.CASUAL_PARTNER: 8.0, codes.OWN_PARTNER: 40.0, codes.REGULAR_CLIENT: 30.0}
CONDOMS = {codes.SPOUSE: 0.1, codes.CASUAL_PARTNER: 0.3, codes.OWN_PARTNER: 0.5, codes.REGULAR_CLIENT: 0.7}
COFACTOR = {codes.SPOUSE: 1.0, codes.CASUAL_PARTNER: 3.0, codes.OWN_PARTNER: 1.2, codes.REGULAR_CLIENT: 1.5}
FRAILTY = np.array([1.0, 1.6, 0.7, 1.0, 1.3, 2.0])
CIRCUMCISED = np.array([False, False, True, False, True, False])
RISK, TO_MAN, EFFICACY, BREAKAGE, CIRCUMCISION, ACUTE = 0.03, 0.8, 0.8, 0.05, 0.5, 2.0
FIRST = (2,)  # who lives with HIV from the start, past the acute stage: one client


def rates(acute: float, first: tuple[int, ...] = FIRST) -> np.ndarray:
    """Hazard per year on person i (row) from person j (column), if j alone lives with HIV."""
    found = np.zeros((6, 6))
    for a in (0, 1):
        for b in range(2, 6):
            kind = KINDS[a, b - 2]
            risk = RISK * ACTS[kind] * COFACTOR[kind] * (1.0 - CONDOMS[kind] * EFFICACY * (1.0 - BREAKAGE))
            found[a, b] = risk * FRAILTY[a] * (1.0 if b in first else acute)
            found[b, a] = risk * FRAILTY[b] * TO_MAN * (CIRCUMCISION if CIRCUMCISED[b] else 1.0) * acute
    return found


def in_one_step(here: np.ndarray) -> np.ndarray:
    """The matrix of a step, from the probability that each person lives with HIV after it, given the state before."""
    return np.prod(np.where(STATES[None], here[:, None], 1.0 - here[:, None]), axis=2)


def chain(hazard: np.ndarray, removal: float, dt: float) -> np.ndarray:
    """The matrix of the model's step: recovery, then infection from those who still live with HIV."""
    infection = np.where(STATES, 1.0, -np.expm1(-(STATES @ hazard.T) * dt))
    return in_one_step(STATES * np.exp(-removal * dt)) @ in_one_step(infection)


def generator(hazard: np.ndarray, removal: float) -> np.ndarray:
    """Rates of change between states in continuous time."""
    force, found = STATES @ hazard.T, np.zeros((64, 64))
    for s in range(64):
        for k in range(6):
            found[s, s ^ (1 << k)] = removal if STATES[s, k] else force[s, k]
        found[s, s] = -found[s].sum()
    return found


def start(first: tuple[int, ...] = FIRST) -> np.ndarray:
    """All probability on the state in which only the first cases live with HIV."""
    return np.eye(64)[sum(1 << k for k in first)]


def simulate(
    seed: int, acute: float, removal: float, dt: float, *more: Step, first: tuple[int, ...] = FIRST
) -> world.Engine:
    """All copies, run to the end."""
    copy = 6 * np.repeat(np.arange(COPIES), 8)
    a, b = np.tile(np.repeat([0, 1], 4), COPIES), np.tile([2, 3, 4, 5] * 2, COPIES)
    group = np.tile([STREET] * 2 + [CLIENTS] * 4, COPIES)
    stage = np.tile(np.where(np.isin(np.arange(6), first), codes.CD4_500, codes.SUSCEPTIBLE), COPIES)
    steps = [
        world.people(group, stage, np.tile(FRAILTY, COPIES), np.tile(CIRCUMCISED, COPIES)),
        world.pairs(copy + a, copy + b, np.tile(KINDS.ravel(), COPIES)),
        *more,
        *(world.recovery() if removal > 0.0 else []),
    ]
    named = {codes.PAIR_KINDS[k]: k for k in ACTS}
    return world.engine(
        steps, dt, YEARS, seed, risk_per_act=RISK, woman_to_man=TO_MAN, condom_efficacy=EFFICACY, removal=removal,
        condom_breakage=BREAKAGE, circumcision_risk=CIRCUMCISION, stage_risk={"acute": acute, "cd4_over_500": 1.0},
        act_rate={name: ACTS[k] for name, k in named.items()}, fixed_acts=0.0, regular_contacts=30.0, condom_spread=0.0,
        condom_use={name: CONDOMS[k] for name, k in named.items()},
        sti_cofactor={name: COFACTOR[k] for name, k in named.items()},
    ).run()  # fmt: skip


def states(made: world.Engine) -> np.ndarray:
    """The number of copies in each of the 64 states."""
    infected = made.people.arrays["hiv_stage"][: made.people.n].reshape(COPIES, 6) > 0
    return np.bincount(infected @ (1 << np.arange(6)), minlength=64)


def workers_and_clients(amount: np.ndarray) -> np.ndarray:
    """Summed over the states with equal numbers of infected workers and clients; 15 cells."""
    cell = 5 * STATES[:, :2].sum(axis=1) + STATES[:, 2:].sum(axis=1)
    return np.bincount(cell, amount, 15)


def p_value(observed: np.ndarray, p: np.ndarray) -> float:
    """Chi-square, cells that expect fewer than 5 pooled."""
    expected = p * observed.sum()
    small = expected < 5.0
    assert observed[expected < 1e-9].sum() == 0
    seen, due = np.append(observed[~small], observed[small].sum()), np.append(expected[~small], expected[small].sum())
    keep = due > 0.0
    return float(stats.chisquare(seen[keep], due[keep], sum_check=False).pvalue)


def shift(p: np.ndarray, exact: np.ndarray) -> float:
    """What the error of the step adds to chi-square on average: its noncentrality."""
    keep = exact * COPIES >= 5.0
    return float(COPIES * ((p[keep] - exact[keep]) ** 2 / exact[keep]).sum())


@pytest.mark.case("5")
@pytest.mark.parametrize(
    ("acute", "removal", "steps", "seed"), [(ACUTE, 0.0, 300, 501), (1.0, 1.0, 200, 502)], ids=["SI", "SIS"]
)
def test_joint_distribution(acute: float, removal: float, steps: int, seed: int) -> None:
    """Infected workers and infected clients, among two and four, are distributed as the matrix exponential says.

    Chi-square over (workers, clients) and over all 64 states, n = 100,000, alpha 1e-4 each. The step moves chi-square
    by less than 2.1 on average, where it takes 25 to be seen half the time. Risks wrong by 1.4% (SI) or 2.4% (SIS) are
    found with power 0.9. Planted: only the last pair of a step counts for the force of infection; susceptibility of the
    one who passes HIV on; breakage of condoms counted twice; the acute stage is that of the one exposed.
    """
    exact = start() @ linalg.expm(generator(rates(acute), removal) * YEARS)
    stepped = start() @ np.linalg.matrix_power(chain(rates(acute), removal, YEARS / steps), steps)
    assert shift(stepped, exact) < 2.1
    observed = states(simulate(seed, acute, removal, YEARS / steps))
    assert p_value(workers_and_clients(observed), workers_and_clients(exact)) > ALPHA
    assert p_value(observed, exact) > ALPHA


@pytest.mark.case("5")
@pytest.mark.parametrize(
    ("acute", "removal", "seed"), [(ACUTE, 0.0, 503), (1.0, 1.0, 504), (1.0, 3.0, 505)], ids=["SI", "SIS", "fast SIS"]
)
def test_long_steps(acute: float, removal: float, seed: int) -> None:
    """With ten steps a year, the six people are distributed exactly as the Markov chain of such steps, not nearly so.

    Chi-square over all 64 states, n = 100,000, alpha 1e-4. Continuous time would add several hundred to chi-square.
    Planted: only the last pair of a step counts, in long steps.
    """
    stepped = start() @ np.linalg.matrix_power(chain(rates(acute), removal, YEARS / 10), 10)
    observed = states(simulate(seed, acute, removal, YEARS / 10))
    assert p_value(observed, stepped) > ALPHA
    assert p_value(observed, start() @ linalg.expm(generator(rates(acute), removal) * YEARS)) < 1e-30


@pytest.mark.case("5")
@pytest.mark.parametrize(("first", "seed"), [(FIRST, 506), ((2, 3, 4, 5), 507)], ids=["one", "all clients"])
def test_who_infected_whom(first: tuple[int, ...], seed: int) -> None:
    """Each person is infected by each partner as often as the partner's part in the force of infection says.

    Chi-square for each person without HIV at the start, over their possible sources and none, n = 100,000, alpha 1e-4
    in all (Bonferroni). From one client on, shares of sources wrong by 10% of themselves are found; from all clients
    on, each worker has four sources at a time, and 3% is found with power 0.9. Planted: every partner is as likely to
    be the source; the share of a source is its hazard to the power of 0.9.
    """
    dt, hazard = YEARS / 10, rates(ACUTE, first)
    chances, p = np.zeros((6, 6)), start(first)  # of person (row) by source (column)
    force = STATES @ hazard.T
    caught = np.where(STATES, 0.0, -np.expm1(-force * dt)) / np.where(force > 0.0, force, 1.0)
    for _ in range(10):
        chances += np.einsum("s,sk,kj,sj->kj", p, caught, hazard, STATES)
        p = p @ chain(hazard, 0.0, dt)
    made = simulate(seed, ACUTE, 0.0, dt, world.WHO_INFECTED_WHOM, first=first)
    n = made.people.n
    new = made.people.arrays["infected_step"][:n].reshape(COPIES, 6) >= 0
    giver = made.people.arrays["source_uid"][:n].reshape(COPIES, 6)
    assert (giver[new] // 6 == np.nonzero(new)[0]).all()
    for person in set(range(6)) - set(first):
        observed = np.append(np.bincount(giver[new[:, person], person] % 6, minlength=6), (~new[:, person]).sum())
        expected = np.append(chances[person], 1.0 - chances[person].sum())
        assert p_value(observed, expected) > ALPHA / 5
