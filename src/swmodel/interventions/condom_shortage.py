"""Condom shortage: condoms run out for the people it reaches."""

from __future__ import annotations

from swmodel.declare import Param, intervention

SHORTAGE_CONDOM_ODDS = Param(
    "shortage_condom_odds", 0.3, "odds ratio", (0.0, 1.0),
    source="assumption (as without condoms that police took; no source opened)",
    doc="Odds of a condom of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(SHORTAGE_CONDOM_ODDS,), writes=("condom_odds",))
def condom_shortage(
    lo, hi,
    covered,
    condom_odds,
    shortage_condom_odds,
):  # fmt: skip
    """Rule: multiplies the odds of a condom of everyone reached, with all partners.

    Evidence: assumption; what a shortage does to use was not read.

    Limits: nobody saves condoms for clients rather than partners.
    """
    for i in range(lo, hi):
        if covered[i]:
            condom_odds[i] *= shortage_condom_odds
