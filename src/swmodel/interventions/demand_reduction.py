"""Less demand: campaigns and penalties meant to make men buy sex less often; with what moves elsewhere."""

from __future__ import annotations

from swmodel.declare import Param, intervention

VISIT_RATIO = Param(
    "visit_ratio", 0.85, "rate ratio", (0.0, 2.0),
    source="assumption (P469, 0.85 (0.6-1.0), is a recollection)",
    doc="Visits wanted by a client who is reached, relative to the same client not reached.",
)  # fmt: skip
MOVED_SHARE = Param(
    "moved_share", 0.5, "proportion", (0.0, 1.0),
    source="assumption (no source opened; campaigns move men to other places and to online contact)",
    doc="Of the visits that are given up, those that are made elsewhere all the same.",
)  # fmt: skip


@intervention(params=(VISIT_RATIO, MOVED_SHARE), writes=("client_volume",))
def demand_reduction(
    lo, hi,
    covered,
    client_volume,
    visit_ratio, moved_share,
):  # fmt: skip
    """Rule: multiplies the visits wanted by everyone reached; a share of what is given up is made elsewhere.

    Evidence: weak, and harmful where clients are punished: rushed negotiation rose in Vancouver (P424; the law has
    an arrow for it).

    Limits: men do not stop for good on its account (`livelihoods` for men changes how many start); where visits
    move follows the market.
    """
    for i in range(lo, hi):
        if covered[i]:
            client_volume[i] *= 1.0 - (1.0 - visit_ratio) * (1.0 - moved_share)
