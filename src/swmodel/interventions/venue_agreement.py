"""Agreement on condoms in places of work: owners, managers and workers agree that there is no sex without one."""

from __future__ import annotations

from swmodel.declare import Param, intervention

AGREEMENT_CONDOM_ODDS = Param(
    "agreement_condom_odds", 4.0, "odds ratio", (1.0, 100.0),
    source="assumption (P444: condom use rose from 0.14 in 1989 to 0.94 in 1993 in Thailand, by sanctions and "
    "with more than this)",
    doc="Odds of a condom with clients of a person who works in a place that keeps the agreement.",
)  # fmt: skip


@intervention(params=(AGREEMENT_CONDOM_ODDS,), writes=("client_condom_odds",))
def venue_agreement(
    lo, hi,
    covered,
    client_condom_odds,
    agreement_condom_odds,
):  # fmt: skip
    """Rule: multiplies the odds of a condom with clients of everyone reached: those who work in places that keep the
    agreement. The target names the settings, the coverage is how many comply.

    Evidence: moderate for Thailand, where sanctions and police were used. The Guidance Note asks for agreement with
    consent of those who work there; nothing here punishes them.

    Limits: clients do not move to places without an agreement on its account, but for the turns of the market.
    """
    for i in range(lo, hi):
        if covered[i]:
            client_condom_odds[i] *= agreement_condom_odds
