"""A curable infection under a force of infection held fixed: a process made for this test cures."""

from __future__ import annotations

import closed_world as world
import numpy as np
import pytest
from plain import MEN, WOMEN
from scipy import stats

from swmodel import codes, rng
from swmodel.binding import Step
from swmodel.declare import Attr, Param, process

ALPHA = 1e-4
PEOPLE, DT = 100_000, 0.02
FORCE, CLEARED = 1.5, 1.5  # per year: of infection, and of clearance without treatment


@process(
    phase="movement",
    attributes=(
        Attr("clearance_clock", "f8", 0.0, "time left to clearance", clock=True),
        Attr("treatment_clock", "f8", 0.0, "time left to treatment", clock=True),
        Attr("cures", "u4", 0, "how often"),
    ),
    params=(
        Param("clearance", 1.0, "per year", (0.0, 10.0), world.SOURCE, "rate of clearance", by="group"),
        Param("treatment", 1.0, "per year", (0.0, 10.0), world.SOURCE, "rate of treatment", by="group"),
    ),
    writes=("hiv_stage", "clearance_clock", "treatment_clock", "infection_clock", "cures"),
)
def cure(lo, hi, dt, key, uid, group, hiv_stage, clearance_clock, treatment_clock, infection_clock, cures, clearance,
         treatment):  # fmt: skip
    """Clearance or treatment, whichever comes first; then at risk again, with new clocks."""
    for i in range(lo, hi):
        if hiv_stage[i] == codes.SUSCEPTIBLE:
            continue
        cleared = rng.run_down(clearance_clock, i, clearance[group[i]] * dt)
        treated = rng.run_down(treatment_clock, i, treatment[group[i]] * dt)
        if cleared or treated:
            cures[i] += 1
            hiv_stage[i] = codes.SUSCEPTIBLE
            rng.rewind(clearance_clock, i, key, uid[i], 3 * cures[i], 0.0)
            rng.rewind(treatment_clock, i, key, uid[i], 3 * cures[i] + 1, 0.0)
            rng.rewind(infection_clock, i, key, uid[i], 3 * cures[i] + 2, 0.0)


@pytest.mark.case("11")
@pytest.mark.parametrize(("treated", "seed"), [(0.0, 1101), (1.0, 1102)], ids=["untreated", "treated"])
def test_prevalence_of_a_curable_infection(treated: float, seed: int) -> None:
    """Under a force of infection L, an infection that lasts D = 1 / (clearance + treatment) has P / (1 - P) = L D.

    Each woman has a husband who is never cured; acts are Poisson, at L / risk a year. Binomial, n = 300,000 (100,000
    women at three times, ten times D apart), alpha 1e-4; power 0.9 at 1.9% of L D. In steps P / (1 - P) is
    (exp(L dt) - 1) / (1 - exp(-dt / D)), which is 3% and 4% more, and taken into account.
    """
    duration = 1.0 / (CLEARED + treated)
    stepped = np.expm1(FORCE * DT) / -np.expm1(-DT / duration)
    assert 0.0 < stepped / (FORCE * duration) - 1.0 < 0.045
    a, b = np.arange(PEOPLE), np.arange(PEOPLE, 2 * PEOPLE)
    women = np.arange(2 * PEOPLE) < PEOPLE
    steps = [
        world.people(np.where(women, WOMEN, MEN), np.where(women, codes.SUSCEPTIBLE, codes.CD4_500)),
        world.pairs(a, b, np.full(PEOPLE, codes.SPOUSE)),
        Step(cure),
    ]
    run = world.engine(
        steps, DT, 40.0, seed, risk_per_act=0.01, act_rate={"spouse": FORCE / 0.01}, fixed_acts=0.0,
        clearance={"women": CLEARED, "men": 0.0}, treatment={"women": treated, "men": 0.0},
    )  # fmt: skip
    infected, every = 0, round(10.0 * duration / DT)
    for _ in range(3):
        run.run(until=(run.step + every) * DT)
        infected += int(world.living_with_hiv(run, PEOPLE)[0])
    assert world.living_with_hiv(run, PEOPLE)[1] == PEOPLE
    assert stats.binomtest(infected, 3 * PEOPLE, stepped / (1.0 + stepped)).pvalue > ALPHA
