"""Condom programme: promotion and supply of condoms that makes their use more likely for the people it reaches."""

from __future__ import annotations

from swmodel.declare import Param, intervention

CONDOM_ODDS_RATIO = Param(
    "condom_odds_ratio", 2.0, "odds ratio", (1.0, 20.0),
    source="assumption (set by the study; observational reviews of community empowerment found odds ratios of 2.20 "
    "(1.41 to 3.42) with regular and 3.04 (1.29 to 7.17) with new clients: Kerrigan 2013, AIDS Behav 17:1926-1940, "
    "DOI 10.1007/s10461-013-0458-4; and 3.27 (2.32 to 4.62) for consistent use with clients: Kerrigan 2015, Lancet "
    "385:172-185, PMC7394498)",
    doc="Odds of condom use in an act of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(CONDOM_ODDS_RATIO,), writes=("condom_odds",))
def condom_programme(
    lo, hi,
    covered,
    condom_odds,
    condom_odds_ratio,
):  # fmt: skip
    """Rule: multiplies the odds of a condom of everyone reached, while they are reached.

    Evidence: observational reviews of community empowerment, mostly from India, Brazil and the Dominican Republic;
    there is no African trial, and the default lies below their estimates.

    Limits: one effect for all kinds of partner, where the review of 2013 found no change with non-paying partners; no
    build-up, no lasting effect after the end, and no stock of condoms that could run out.
    """
    for i in range(lo, hi):
        if covered[i]:
            condom_odds[i] *= condom_odds_ratio
