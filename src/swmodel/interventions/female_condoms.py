"""Female condoms beside male ones: a choice where a client refuses a male condom."""

from __future__ import annotations

from swmodel.declare import Param, intervention

FEMALE_CONDOM_ODDS = Param(
    "female_condom_odds", 1.1, "odds ratio", (1.0, 2.0),
    source="assumption (P398, 0.02 (0-0.1) of protected acts, is a recollection)",
    doc="Odds of any condom with clients of a person who has them, relative to the same person without.",
)  # fmt: skip


@intervention(params=(FEMALE_CONDOM_ODDS,), writes=("client_condom_odds",))
def female_condoms(
    lo, hi,
    covered,
    client_condom_odds,
    female_condom_odds,
):  # fmt: skip
    """Rule: multiplies the odds of a condom, of either kind, with clients of everyone reached.

    Evidence: weak; how many refusals become acts with a female condom was not read.

    Limits: a female condom protects as a male one does (`condom_efficacy`).
    """
    for i in range(lo, hi):
        if covered[i]:
            client_condom_odds[i] *= female_condom_odds
