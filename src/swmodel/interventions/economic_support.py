"""Economic support: cash, savings, microfinance, debt relief, cover against shocks, for people who sell sex."""

from __future__ import annotations

from swmodel.declare import Param, intervention

NEED_LEVEL_RATIO = Param(
    "need_level_ratio", 0.8, "ratio", (0.0, 2.0),
    source="assumption (set by the study; P453: fewer paying partners and acts without a condom with "
    "microfinance in a trial of 107 women, no size read)",
    doc="Economic need of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
SHOCK_HAZARD_RATIO = Param(
    "shock_hazard_ratio", 1.0, "rate ratio", (0.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of an economic shock of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
DEBT_HAZARD_RATIO = Param(
    "debt_hazard_ratio", 1.0, "rate ratio", (0.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of falling into debt of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
REPAYING_RATIO = Param(
    "repaying_ratio", 1.0, "rate ratio", (0.0, 50.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of paying debt back of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(
    params=(NEED_LEVEL_RATIO, SHOCK_HAZARD_RATIO, DEBT_HAZARD_RATIO, REPAYING_RATIO),
    writes=("need_ratio", "shock_rate", "debt_rate", "repaying_rate"),
)
def economic_support(
    lo, hi,
    covered,
    need_ratio, shock_rate, debt_rate, repaying_rate,
    need_level_ratio, shock_hazard_ratio, debt_hazard_ratio, repaying_ratio,
):  # fmt: skip
    """Rule: multiplies the need of everyone reached, the hazards of shocks and of debt, and the rate of paying it back;
    need weighs on the price for an act without a condom, the number of clients and leaving.

    Evidence: weak: one small trial (Witte 2015, Mongolia) saw fewer paying partners; a trial of cash in Tanzania
    saw fewer sexually transmitted infections in the larger arm only, among young adults. With ratios above 1 it is
    a crisis.

    Limits: what is given does not change whether others start to sell sex (`livelihoods` does).
    """
    for i in range(lo, hi):
        if covered[i]:
            need_ratio[i] *= need_level_ratio
            shock_rate[i] *= shock_hazard_ratio
            debt_rate[i] *= debt_hazard_ratio
            repaying_rate[i] *= repaying_ratio
