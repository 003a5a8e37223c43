"""Less stigma: training of providers and work with communities, so that fewer people are kept from services."""

from __future__ import annotations

from swmodel.declare import Param, intervention

STIGMA_SHARE_RATIO = Param(
    "stigma_share_ratio", 0.7, "rate ratio", (0.0, 2.0),
    source="assumption (P466, 0.7 (0.5-1.0), is a recollection)",
    doc="Share of people whom stigma keeps from services, of those reached, relative to the same people not reached.",
)  # fmt: skip


@intervention(params=(STIGMA_SHARE_RATIO,), writes=("stigma_ratio",))
def stigma_reduction(
    lo, hi,
    covered,
    stigma_ratio,
    stigma_share_ratio,
):  # fmt: skip
    """Rule: multiplies the share of those reached who feel stigma, of sex work and of HIV; they test, link and stay in
    care as others do.

    Evidence: weak; no trial among sex workers was read.

    Limits: services themselves do not get better, and what families or clients do is not represented.
    """
    for i in range(lo, hi):
        if covered[i]:
            stigma_ratio[i] *= stigma_share_ratio
