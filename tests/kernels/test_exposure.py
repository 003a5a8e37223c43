"""The hazard that a pair adds, act by act: vaginal and anal sex, between men, and shared needles."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import WIDE, call
from swmodel import codes, rng
from swmodel.processes.transmission import exposure, share_receptive

RISK = 2.0**-7
ROUNDING = 2.0**-23  # of single precision, in which factors, traits and columns of pairs are kept
WOMAN, MAN = 0, 1  # rows
ANAL = {"anal_receptive_risk": 0.0625, "anal_insertive_risk": 0.015625}
RECEPTIVE, VERSATILE, INSERTIVE = codes.RECEPTIVE, codes.VERSATILE, codes.INSERTIVE


def expose(**given: Any) -> float:
    """The hazard that one pair adds; she lives with HIV past the acute stage, one act, no condom, risk 1 in 128."""
    people = {"hiv_stage": [codes.CD4_500, 0], "pair_a": [WOMAN], "pair_b": [MAN], "kind": codes.CASUAL_PARTNER}
    people["sex"] = [codes.FEMALE, codes.MALE]
    numbers = {"pair_acts": 1.0, "risk_per_act": RISK, "woman_to_man": 1.0}
    return float(call(exposure, **{**people, **numbers, **given}).hazard[0])


def test_exposure_is_acts_times_risk() -> None:
    """One act at the risk per act; no acts, no hazard. Exact."""
    assert expose() == RISK
    assert expose(pair_acts=2.5) == 2.5 * RISK
    assert expose(pair_acts=0.0) == 0.0


def test_exposure_only_in_the_pairs_listed() -> None:
    """Pairs off the list keep the hazard they had. Exact."""
    result = call(exposure, rows=[1], hiv_stage=[2, 0], sex=[0, 1], pair_a=[0, 0], pair_b=[1, 1], pair_acts=1.0,
                  hazard=9.0)  # fmt: skip
    assert result.changed("hazard") == [1]


@pytest.mark.parametrize("man_has_hiv", [False, True])
def test_exposure_direction(man_has_hiv: bool) -> None:
    """Her risk to him has the ratio of woman to man, and circumcision only protects a man exposed. Exact."""
    given = {"hiv_stage": [0, 2] if man_has_hiv else [2, 0], "woman_to_man": 0.5, "circumcision_risk": 0.25}
    assert expose(**given) == (RISK if man_has_hiv else RISK * 0.5)
    assert expose(circumcised=[False, True], **given) == (RISK if man_has_hiv else RISK * 0.5 * 0.25)


@pytest.mark.parametrize(("giver", "taker"), [(WOMAN, MAN), (MAN, WOMAN)])
def test_exposure_factors_are_those_of_giver_and_taker(giver: int, taker: int) -> None:
    """Infectiousness is the giver's, susceptibility and frailty are the taker's; the other's do not count. Exact."""
    stage = np.where(np.arange(2) == giver, 2, 0)
    for name, who in (("infectiousness", giver), ("susceptibility", taker), ("frailty", taker)):
        factors = np.where(np.arange(2) == who, 0.5, 7.0)
        assert expose(hiv_stage=stage, **{name: factors}) == RISK * 0.5
    assert expose(hiv_stage=stage, susceptibility=0.0) == 0.0


def test_exposure_by_stage_and_care() -> None:
    """Stages have their risk; ART and suppression lower it, each by its own factor, no other state does. Exact."""
    stages = {"acute": 8.0, "cd4_over_500": 1.0, "cd4_350_500": 2.0, "cd4_200_350": 3.0, "cd4_below_200": 4.0}
    found = [expose(hiv_stage=[s, 0], stage_risk=stages) / RISK for s in range(1, 6)]
    assert found == pytest.approx([8, 1, 2, 3, 4], rel=ROUNDING)
    found = [expose(care_state=[s, 4], unsuppressed_risk=0.5, suppressed_risk=0.25) / RISK for s in range(6)]
    assert found == pytest.approx([1, 1, 1, 0.5, 0.25, 1], rel=ROUNDING)


def test_exposure_with_condoms_and_other_infections() -> None:
    """Condoms take away share x efficacy x those that do not break; the factor of the kind multiplies. Exact."""
    given = {"condom_efficacy": 0.75, "condom_breakage": 0.5}
    assert expose(condom_share=0.5, **given) == RISK * (1.0 - 0.5 * 0.375)
    assert expose(condom_share=1.0, condom_efficacy=1.0, condom_breakage=0.0) == 0.0
    assert expose(condom_share=1.0, condom_efficacy=1.0, condom_breakage=1.0) == RISK
    assert expose(sti_cofactor={"casual": 3.0, "all": 9.0}) == 3.0 * RISK


def test_exposure_of_acts_as_exact_numbers() -> None:
    """Two acts taken as exact are escaped with the square of the chance to escape one. Exact."""
    assert math.exp(-expose(pair_acts=2.0, risk_per_act=0.25, fixed_acts=1.0)) == pytest.approx(0.75**2, rel=ROUNDING)
    assert expose(pair_acts=0.0, risk_per_act=0.25, fixed_acts=1.0) == 0.0


@pytest.mark.filterwarnings("error")
def test_exposure_is_held_at_the_limit() -> None:
    """Certain infection, of exact numbers of acts, and more acts than can be, have the largest hazard there is. Exact.

    No warning of an overflow or of a logarithm of nothing; without acts there is no hazard.
    """
    sure = {"risk_per_act": 1.0, "fixed_acts": 1.0}
    assert expose(**sure) == expose(pair_acts=0.01, **sure) == expose(frailty=50.0, **sure) == rng.FIXED_LIMIT
    assert expose(pair_acts=1e30, risk_per_act=1.0) == rng.FIXED_LIMIT
    assert expose(pair_acts=0.0, **sure) == 0.0


@pytest.mark.parametrize(("man_has_hiv", "risk"), [(True, 0.0625), (False, 0.015625)])
def test_exposure_in_anal_acts_of_a_woman_and_a_man(man_has_hiv: bool, risk: float) -> None:
    """The share of the kind is anal: she is receptive, he insertive, each at their own risk; the rest is vaginal.

    Circumcision protects him in both. Exact.
    """
    given = {"hiv_stage": [0, 2] if man_has_hiv else [2, 0], "woman_to_man": 1.0, "circumcision_risk": 0.5, **ANAL}
    for share in (0.0, 0.25, 1.0):
        expected = (1.0 - share) * RISK + share * risk
        found = expose(anal_share={"casual": share, "all": 0.5}, **given)
        assert found == pytest.approx(expected, rel=ROUNDING)
        circumcised = expose(anal_share=share, circumcised=[False, True], **given)
        assert circumcised == pytest.approx(expected * (1.0 if man_has_hiv else 0.5), rel=ROUNDING)


def test_exposure_in_anal_acts_with_condoms() -> None:
    """Condoms are used in that share of anal acts relative to vaginal ones, and in no more than all. Exact."""
    given = {"condom_efficacy": 0.75, "condom_breakage": 0.5, "anal_share": 0.5, **ANAL}  # protects 0.375
    for share, ratio, anal in ((0.5, 0.5, 0.25), (0.5, 1.0, 0.5), (0.5, 0.0, 0.0), (1.0, 1.25, 1.0), (0.9, 1.3, 1.0)):
        found = expose(condom_share=share, anal_condom_ratio=ratio, **given)
        vaginal_risk, anal_risk = RISK * (1.0 - 0.375 * share), 0.015625 * (1.0 - 0.375 * anal)
        assert found == pytest.approx(0.5 * vaginal_risk + 0.5 * anal_risk, rel=ROUNDING)


@pytest.mark.parametrize(
    ("taker", "giver", "receptive"),
    [
        (RECEPTIVE, INSERTIVE, 1.0),
        (INSERTIVE, RECEPTIVE, 0.0),
        (VERSATILE, VERSATILE, 0.5),
        (VERSATILE, INSERTIVE, 1.0),
        (VERSATILE, RECEPTIVE, 0.0),
        (INSERTIVE, VERSATILE, 0.0),
        (RECEPTIVE, VERSATILE, 1.0),
        (RECEPTIVE, RECEPTIVE, 0.5),
        (INSERTIVE, INSERTIVE, 0.5),
    ],
)
def test_exposure_between_men_is_by_position(taker: int, giver: int, receptive: float) -> None:
    """All acts of two people assigned male are anal; who is more receptive of the two always is, two alike by turns.

    Whichever of the two is named first, and whatever the share of anal acts of the kind. Exact.
    """
    assert share_receptive(taker, giver) == receptive and share_receptive(giver, taker) == 1.0 - receptive
    expected = receptive * 0.0625 + (1.0 - receptive) * 0.015625
    for first in (0, 1):
        stage = [2 * (1 - first), 2 * first]
        position = [taker if k != first else giver for k in (0, 1)]
        for share in (0.0, 1.0):
            found = expose(sex=[1, 1], hiv_stage=stage, position=position, anal_share=share, **ANAL)
            assert found == pytest.approx(expected, rel=ROUNDING)


def test_exposure_between_men_and_circumcision() -> None:
    """Circumcision of whoever is exposed protects in insertive acts only. Exact."""
    for position, expected in (
        ([INSERTIVE, RECEPTIVE], 0.0625),
        ([RECEPTIVE, INSERTIVE], 0.5 * 0.015625),
        ([VERSATILE, VERSATILE], 0.5 * 0.0625 + 0.5 * 0.5 * 0.015625),
    ):
        given = {"sex": [1, 1], "position": position, "circumcision_risk": 0.5, **ANAL}
        assert expose(circumcised=[False, True], **given) == pytest.approx(expected, rel=ROUNDING)
        assert expose(circumcised=[True, False], **given) == expose(**given)


def test_exposure_between_men_with_condoms() -> None:
    """The condom ratio of anal acts is on the pair's share, up to all acts. Exact."""
    given = {"sex": [1, 1], "position": [INSERTIVE, RECEPTIVE], "condom_efficacy": 0.75, "condom_breakage": 0.5, **ANAL}
    for share, ratio, anal in ((0.5, 0.5, 0.25), (0.5, 1.0, 0.5), (1.0, 1.3, 1.0)):
        found = expose(condom_share=share, anal_condom_ratio=ratio, **given)
        assert found == pytest.approx(0.0625 * (1.0 - 0.375 * anal), rel=ROUNDING)


def test_exposure_between_men_has_every_other_factor() -> None:
    """Stage, care, infectiousness, susceptibility, frailty and other infections multiply it as elsewhere. Exact."""
    given = {"sex": [1, 1], "position": [INSERTIVE, RECEPTIVE], **ANAL}
    factors = {"infectiousness": [2.0, 1.0], "susceptibility": [1.0, 0.5], "frailty": [1.0, 3.0]}
    stages = {"cd4_below_200": 4.0, "all": 1.0}
    found = expose(hiv_stage=[5, 0], stage_risk=stages, care_state=[codes.ON_ART, 0], unsuppressed_risk=0.25,
                   sti_cofactor={"casual": 3.0, "all": 1.0}, **factors, **given)  # fmt: skip
    assert found == pytest.approx(0.0625 * 4.0 * 0.25 * 3.0 * 2.0 * 0.5 * 3.0, rel=ROUNDING)


@pytest.mark.parametrize("sex", [[0, 1], [1, 0], [0, 0], [1, 1]])
def test_exposure_by_needles(sex: list[int]) -> None:
    """A shared injection has its own risk between whoever they are: no condom, circumcision or other infection. Exact.

    Stage, care, infectiousness, susceptibility and frailty are on it.
    """
    sexual = {"condom_share": 1.0, "condom_efficacy": 1.0, "anal_share": 1.0, "sti_cofactor": 9.0, **ANAL}
    given = {"kind": codes.NEEDLE_PARTNER, "sex": sex, "needle_risk": 0.03125, "circumcised": True,
             "circumcision_risk": 0.0, **sexual}  # fmt: skip
    assert expose(**given) == 0.03125
    assert expose(pair_acts=2.5, **given) == 2.5 * 0.03125
    stages = {"acute": 8.0, "all": 1.0}
    found = expose(hiv_stage=[1, 0], stage_risk=stages, care_state=[codes.SUPPRESSED, 0], suppressed_risk=0.5,
                   infectiousness=[2.0, 9.0], susceptibility=[9.0, 0.5], frailty=[9.0, 0.25], **given)  # fmt: skip
    assert found == 0.03125 * 8.0 * 0.5 * 2.0 * 0.5 * 0.25


def test_exposure_in_further_kinds_follows_their_form() -> None:
    """A casual kind between men has anal acts, of its own factor of other infections; no needle is in it. Exact."""
    kind = WIDE.pair_kinds.index("men_together")
    given = {
        "layout": WIDE,
        "kind": kind,
        "sex": [1, 1],
        "position": [INSERTIVE, RECEPTIVE],
        "needle_risk": 0.9,
        **ANAL,
    }
    assert expose(sti_cofactor={"men_together": 2.0, "casual": 9.0, "all": 1.0}, **given) == 0.125
    assert expose(sti_cofactor={"casual": 3.0, "all": 1.0}, **given) == 3 * 0.0625
