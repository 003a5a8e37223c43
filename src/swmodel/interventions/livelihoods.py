"""Livelihoods: decent work, training and schooling for people who do not sell sex, so that fewer start to."""

from __future__ import annotations

from swmodel.declare import Param, intervention

START_HAZARD_RATIO = Param(
    "start_hazard_ratio", 0.8, "rate ratio", (0.0, 5.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of starting to sell or to buy sex of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(START_HAZARD_RATIO,), writes=("start_rate",))
def livelihoods(
    lo, hi,
    covered,
    start_rate,
    start_hazard_ratio,
):  # fmt: skip
    """Rule: multiplies the hazard of starting of everyone reached. Of former sex workers it is the hazard of selling
    again; of men, that of starting to buy.

    Evidence: weak; no trial of an economic programme that counted starts was read.

    Limits: the market does not draw others in to take their place; with fewer sellers, each has more clients, up to
    what she can take.
    """
    for i in range(lo, hi):
        if covered[i]:
            start_rate[i] *= start_hazard_ratio
