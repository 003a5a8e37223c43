"""Peer outreach: sex workers go to those who sell sex, early, with condoms, talk and the way to services."""

from __future__ import annotations

from swmodel.declare import Param, intervention

OUTREACH_CONDOM_ODDS = Param(
    "outreach_condom_odds", 1.3, "odds ratio", (1.0, 10.0),
    source="assumption (P441: condoms at hand, odds of inconsistent use 0.68 (0.50-0.92), read in a digest only)",
    doc="Odds of a condom with clients of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
OUTREACH_TESTING_RATIO = Param(
    "outreach_testing_ratio", 2.0, "rate ratio", (1.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of testing of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
OUTREACH_LINKAGE_RATIO = Param(
    "outreach_linkage_ratio", 1.3, "rate ratio", (1.0, 10.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of linkage to care of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(
    params=(OUTREACH_CONDOM_ODDS, OUTREACH_TESTING_RATIO, OUTREACH_LINKAGE_RATIO),
    writes=("client_condom_odds", "testing_rate", "linkage_rate"),
)
def peer_outreach(
    lo, hi,
    covered,
    client_condom_odds, testing_rate, linkage_rate,
    outreach_condom_odds, outreach_testing_ratio, outreach_linkage_ratio,
):  # fmt: skip
    """Rule: multiplies the odds of a condom with clients, the rates of testing and of linkage of everyone reached.

    With an uptake in place of a coverage it is the delay to first contact; a target of years_in_work narrows it to
    those who began lately.

    Evidence: weak for the sizes; young women in Mombasa were reached at 0.52 per 100 person-months, 12 % ever
    (P449), while incidence is highest in the first years.

    Limits: contact does not wear off while somebody is reached, and does not depend on how often peers come.
    """
    for i in range(lo, hi):
        if covered[i]:
            client_condom_odds[i] *= outreach_condom_odds
            testing_rate[i] *= outreach_testing_ratio
            linkage_rate[i] *= outreach_linkage_ratio
