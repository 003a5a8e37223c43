"""Each factor of the risk per act, alone and all together, against 1 - prod_k (1 - beta R_k)^n_k.

200,000 people; exact binomial, two-sided, alpha 1e-4. The acts are as many as bring the hazard to about 1.6, where the
binomial sees a factor best: power 0.99 at a relative error of 1.8% of R. Tables hold a different number for each label,
so that one read in the wrong place shows.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from forced_pairs import BETA, MONTH, M, Pairs, agrees
from plain import CLIENTS, KINDS

from swmodel import codes

STAGES = np.array([0.0, 9.2, 1.3, 0.7, 1.586, 7.3])  # by stage of infection; the second and third are not the model's
COFACTORS = np.array([0.0, 2.0, 2.5, 1.5, 3.0, 4.0, 6.0])  # by kind of pair; numbers for the test


def acts_for(risk: float) -> int:
    """The whole number of acts that brings the hazard of `risk` (relative) nearest to 1.6."""
    return max(1, round(1.6 / (BETA * risk)))


def fits(pairs: Pairs, risk: float, **values: Any) -> bool:
    """True if as many are infected as in acts of relative risk `risk`."""
    acts = acts_for(risk)
    return agrees(pairs.advance(acts, **values), 1.0 - (1.0 - BETA * risk) ** acts)


@pytest.mark.case("2e")
@pytest.mark.parametrize("stage", range(codes.ACUTE, codes.CD4_LOW + 1), ids=codes.HIV_STAGES[1:])
def test_stage(stage: int) -> None:
    """The stage of the partner living with HIV multiplies the risk per act by its own factor.

    Binomial(200,000, about 0.8) for each of five stages, alpha 1e-4; power 0.99 at a relative error of 1.8% of R.
    Planted: stage of the partner without HIV.
    """
    pairs = Pairs(600 + stage, "men" if stage % 2 else "women")
    pairs.stage[pairs.sick] = stage
    assert fits(pairs, STAGES[stage], stage_risk=STAGES)


@pytest.mark.case("2e")
@pytest.mark.parametrize("kind", range(codes.SPOUSE, codes.NEEDLE_PARTNER), ids=codes.PAIR_KINDS[1:-2])
def test_cofactor(kind: int) -> None:
    """Other STIs multiply the risk per act by the factor of the kind of pair, whose acts come at the rate of that kind.

    Binomial(200,000, about 0.8) for each of five kinds, alpha 1e-4; power 0.99 at a relative error of 1.8% of R.
    Planted: STIs count by the kind before.
    """
    acts = acts_for(COFACTORS[kind])
    rates = np.zeros(KINDS)
    rates[1:] = 12.0  # acts a year that must not be used: one for each month
    if kind < codes.REGULAR_CLIENT:
        rates[kind] = acts / MONTH
    of_contacts = {codes.REGULAR_CLIENT: {"n": 2.0, "regular_contacts": acts / 2.0 / MONTH},
                   codes.ONE_OFF_CLIENT: {"n": acts}}.get(kind, {})  # fmt: skip
    events = Pairs(610 + kind, kind=kind).advance(sti_cofactor=COFACTORS, act_rate=rates, **of_contacts)
    assert agrees(events, 1.0 - (1.0 - BETA * COFACTORS[kind]) ** acts)


@pytest.mark.case("2e")
@pytest.mark.parametrize(
    ("sick", "values", "risk"),
    [("women", {"circumcision_risk": 0.5}, 0.5), ("women", {"woman_to_man": 1.5}, 1.5),
     ("men", {"circumcision_risk": 0.5}, 1.0), ("men", {"woman_to_man": 1.5}, 1.0)],
    ids=["circumcision_to_men", "woman_to_man", "circumcision_to_women", "man_to_woman"],
)  # fmt: skip
def test_direction(sick: str, values: dict[str, float], risk: float) -> None:
    """Circumcision and the factor of women's risk to men count from women to men, and not from men to women.

    Binomial(200,000, about 0.8), alpha 1e-4; power 0.99 at a relative error of 1.8% of R. Planted: circumcision
    protects women; circumcision of the man protects his partner too.
    """
    pairs = Pairs(620 + len(sick), sick)
    pairs.circumcised[pairs.group == CLIENTS] = True
    assert fits(pairs, risk, **values)


@pytest.mark.case("2e")
def test_uncircumcised() -> None:
    """Men who are not circumcised have the full risk, whatever the factor of the others.

    Binomial(200,000, about 0.8), alpha 1e-4; power 0.99 at a relative error of 1.8% of R. Planted: everybody is
    circumcised.
    """
    assert fits(Pairs(627, "women"), 1.0, circumcision_risk=0.5)


@pytest.mark.case("2e")
@pytest.mark.parametrize("state", range(len(codes.CARE_STATES)), ids=codes.CARE_STATES)
def test_treatment(state: int) -> None:
    """Treatment multiplies the risk by its factor on ART and when suppressed; no other state of care counts.

    Binomial(200,000, about 0.8) for each of six states, alpha 1e-4; power 0.99 at a relative error of 1.8% of R.
    Planted: treatment of the partner without HIV.
    """
    pairs = Pairs(630 + state, "women" if state % 2 else "men")
    pairs.care[pairs.sick] = state
    risk = {codes.ON_ART: 0.244, codes.SUPPRESSED: 0.04}.get(state, 1.0)
    assert fits(pairs, risk, unsuppressed_risk=0.244, suppressed_risk=0.04)


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
@pytest.mark.parametrize(("name", "seed"), [("infectiousness", 640), ("susceptibility", 650), ("frailty", 660)])
def test_personal_factors(name: str, seed: int, sick: str) -> None:
    """A person's own factor multiplies the risk: infectiousness of the one with HIV, the others of the one without.

    Binomial(200,000, about 0.8) for each factor and direction, alpha 1e-4; power 0.99 at a relative error of 1.8% of R.
    Planted: susceptibility of the partner living with HIV; frailty of the partner living with HIV.
    """
    pairs = Pairs(seed + len(sick), sick)
    getattr(pairs, name)[pairs.sick if name == "infectiousness" else pairs.at_risk] = 0.4
    assert fits(pairs, 0.4)


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
def test_what_must_not_count(sick: str) -> None:
    """Care, infectiousness of those at risk, susceptibility and frailty of those with HIV change no hazard. Exact.

    Planted: infectiousness of both partners.
    """
    plain, other = Pairs(711, sick), Pairs(711, sick)
    other.care[other.at_risk] = codes.SUPPRESSED
    other.infectiousness[other.at_risk] = other.susceptibility[other.sick] = other.frailty[other.sick] = 5.0
    if sick == "men":
        other.circumcised[other.sick] = True
    values = {"unsuppressed_risk": 0.2, "suppressed_risk": 0.1, "circumcision_risk": 0.5, "n": 100}
    assert plain.advance(**values) == other.advance(**values) > 0
    assert np.array_equal(plain.hazard, other.hazard)


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
def test_breakage(sick: str) -> None:
    """A condom that breaks protects nobody: at a condom in every act, R is 1 - efficacy (1 - breakage).

    Binomial(200,000, about 0.8), alpha 1e-4; power 0.99 at a relative error of 1.8% of R, here 0.7% of the efficacy.
    Planted: condoms that break protect more; breakage not counted.
    """
    assert fits(Pairs(720 + len(sick), sick), 1.0 - 0.8 * (1.0 - 0.1), f=1.0, e=0.8, condom_breakage=0.1)


# --- acts of other types ---------------------------------------------------------------------------------------------

ANAL = {"anal_receptive_risk": 0.0138, "anal_insertive_risk": 0.0017, "anal_condom_ratio": 0.6}
# Relative to vaginal acts.
RECEPTIVE, INSERTIVE = ANAL["anal_receptive_risk"] / BETA, ANAL["anal_insertive_risk"] / BETA


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
def test_anal_acts_of_women_and_men(sick: str) -> None:
    """A share of a woman's acts with a man is anal, receptive for her and insertive for him, with condoms of its own.

    Binomial(200,000, about 0.8), alpha 1e-4; power 0.99 at a relative error of 1.8% of R, which is 3% of the risk of
    her anal acts and 6% of his. Condoms at half of the acts, 0.6 times that at anal ones; the man is circumcised.
    Planted: condoms at anal acts as often as at others.
    """
    pairs, share, taken = Pairs(741 + len(sick), sick), np.zeros(KINDS), 0.5 * 0.8
    share[codes.ONE_OFF_CLIENT] = 0.3
    pairs.circumcised[pairs.sex == codes.MALE] = True
    vaginal, anal = (1.0, RECEPTIVE) if sick == "men" else (0.7, INSERTIVE)
    risk = 0.7 * vaginal * (1.0 - taken) + 0.3 * anal * (1.0 - 0.6 * taken)
    risk *= 1.0 if sick == "men" else 0.5
    values = {**ANAL, "anal_share": share, "f": 0.5, "e": 0.8, "woman_to_man": 0.7, "circumcision_risk": 0.5}
    assert fits(pairs, risk, **values)


@pytest.mark.case("2e")
@pytest.mark.parametrize("other", [codes.INSERTIVE, codes.VERSATILE, codes.RECEPTIVE], ids=["top", "either", "bottom"])
@pytest.mark.parametrize("mine", [codes.INSERTIVE, codes.VERSATILE, codes.RECEPTIVE], ids=["top", "either", "bottom"])
def test_anal_acts_of_two_men(mine: int, other: int) -> None:
    """Of two people assigned male, the more receptive one always is, and of two alike each is at half of the acts.

    Binomial(200,000, about 0.8) for each of nine pairs of positions, alpha 1e-4; power 0.99 at a relative error of 1.8%
    of R. The one at risk is circumcised, which counts for insertive acts only; what is meant for acts of women with men
    (share of anal acts, risk from women) must not matter. Planted: the less receptive of two men is receptive.
    """
    pairs = Pairs(750 + 3 * mine + other)
    pairs.sex[:], pairs.circumcised[pairs.at_risk] = codes.MALE, True
    pairs.position[pairs.at_risk], pairs.position[pairs.sick] = mine, other
    receptive = 0.5 if mine == other else float(mine > other)
    risk = receptive * RECEPTIVE + (1.0 - receptive) * INSERTIVE * 0.5
    values = {**ANAL, "anal_share": np.full(KINDS, 0.3), "woman_to_man": 0.7, "circumcision_risk": 0.5}
    assert fits(pairs, risk, **values)


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
def test_shared_injections(sick: str) -> None:
    """A shared injection has a risk of its own, by stage and treatment; condoms, circumcision and STIs do not count.

    Binomial(200,000, about 0.8), alpha 1e-4; power 0.99 at a relative error of 1.8% of R. Planted: STIs count for
    shared injections.
    """
    pairs, risk = Pairs(760 + len(sick), sick, kind=codes.NEEDLE_PARTNER), 0.0063
    pairs.circumcised[:], pairs.stage[pairs.sick], pairs.care[pairs.sick] = True, codes.CD4_200, codes.ON_ART
    relative = risk / BETA * STAGES[codes.CD4_200] * 0.244
    rates = np.zeros(KINDS)
    rates[codes.NEEDLE_PARTNER] = acts_for(relative) / MONTH
    values = {**ANAL, "needle_risk": risk, "act_rate": rates, "sti_cofactor": COFACTORS, "circumcision_risk": 0.5,
              "woman_to_man": 0.7, "unsuppressed_risk": 0.244, "stage_risk": STAGES, "e": 0.8, "f": 0.9}  # fmt: skip
    assert fits(pairs, relative, **values)


# --- all together ----------------------------------------------------------------------------------------------------


def joint(seed: int, sick: str) -> tuple[Pairs, np.ndarray, np.ndarray, dict[str, Any]]:
    """People with three partners each, unlike in every factor: the pairs, R and acts of each partner, the values."""
    pairs = Pairs(seed, sick, partners=3)
    kinds = (codes.SPOUSE, codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT)
    stages, care = (codes.CD4_LOW, codes.CD4_200, codes.ACUTE), (codes.ON_ART, codes.UNDIAGNOSED, codes.SUPPRESSED)
    infectious, acts, odds = (0.6, 2.0, 1.4), np.array([110.0, 60.0, 100.0]), (0.0, 1.0, 3.0)
    for column, by_partner in ((pairs.stage, stages), (pairs.care, care), (pairs.infectiousness, infectious)):
        column[pairs.sick] = np.repeat(by_partner, M)
    pairs.kind[:], pairs.propensity[:] = np.repeat(kinds, M), np.repeat(odds, M)
    pairs.susceptibility[pairs.at_risk], pairs.frailty[pairs.at_risk] = 0.7, 1.2
    pairs.circumcised[pairs.group == CLIENTS] = True
    rates = np.zeros(KINDS)
    rates[codes.SPOUSE] = acts[0] / MONTH
    anal = np.zeros(KINDS)
    anal[list(kinds)] = 0.1, 0.2, 0.3
    values = {**ANAL, "n": acts[2], "act_rate": rates, "regular_contacts": acts[1] / acts[2] / MONTH, "f": 0.5,
              "e": 0.8, "condom_breakage": 0.1, "stage_risk": STAGES, "sti_cofactor": COFACTORS, "anal_share": anal,
              "unsuppressed_risk": 0.244, "suppressed_risk": 0.04, "woman_to_man": 0.8,
              "circumcision_risk": 0.5}  # fmt: skip
    condoms = np.array(odds) / (1.0 + np.array(odds))  # the survey's mean is 0.5, so that these are the odds themselves
    taken, share = condoms * 0.8 * (1.0 - 0.1), anal[list(kinds)]
    vaginal, other = (0.8, INSERTIVE) if sick == "women" else (1.0, RECEPTIVE)
    risk = (1.0 - share) * vaginal * (1.0 - taken) + share * other * (1.0 - 0.6 * taken)
    treated = np.array([0.244, 1.0, 0.04])
    risk *= STAGES[list(stages)] * COFACTORS[list(kinds)] * treated * np.array(infectious)
    risk *= 0.7 * 1.2 * (0.5 if sick == "women" else 1.0)
    return pairs, risk, acts, values


@pytest.mark.case("2e")
@pytest.mark.parametrize("sick", ["men", "women"])
@pytest.mark.parametrize("fixed", [1.0, 0.0], ids=["fixed_acts", "poisson_acts"])
def test_all_factors_and_partners_together(sick: str, fixed: float) -> None:
    """With all factors at once and three partners who differ in each, risks multiply over acts and partners.

    Binomial(200,000, 0.97 to women and 0.53 to men), alpha 1e-4; power 0.99 at a relative error of 2.3% of all R
    together. The hazard of each pair is also compared one by one, within 1e-12. Planted: only the last partner of a
    step counts.
    """
    pairs, risk, acts, values = joint(730 + len(sick), sick)
    hazards = acts * (-np.log1p(-BETA * risk) if fixed else BETA * risk)
    assert (hazards > 0.02).all()
    assert agrees(pairs.advance(fixed=fixed, **values), 1.0 - math.exp(-hazards.sum()))
    assert np.allclose(pairs.hazard.reshape(3, M), hazards[:, None], rtol=1e-12, atol=0.0)
