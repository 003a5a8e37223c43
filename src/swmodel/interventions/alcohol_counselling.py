"""Alcohol counselling: short talks that make hazardous drinking rarer among those they reach."""

from __future__ import annotations

from swmodel.declare import Param, intervention

DRINKING_ODDS_RATIO = Param(
    "drinking_odds_ratio", 0.3, "odds ratio", (0.05, 1.0),
    source="P409: 0.3 (0.2-1), a trial: L'Engle 2014, JAIDS 67:446-453, DOI 10.1097/QAI.0000000000000335",
    doc="Odds of hazardous drinking of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(DRINKING_ODDS_RATIO,), writes=("drinking_odds",))
def alcohol_counselling(
    lo, hi,
    covered,
    drinking_odds,
    drinking_odds_ratio,
):  # fmt: skip
    """Rule: multiplies the odds of hazardous drinking of everyone reached; clients are then less often violent against
    them.

    Evidence: strong for drinking and for violence by clients, and for no change in condom use or HIV (a trial in
    Mombasa, L'Engle 2014); condoms change here only as violence does.

    Limits: the effect lasts as long as somebody is reached; the trial followed people for a year. Drinking of
    clients is apart.
    """
    for i in range(lo, hi):
        if covered[i]:
            drinking_odds[i] *= drinking_odds_ratio
