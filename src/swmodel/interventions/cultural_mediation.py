"""Cultural mediators and help with papers: migrants who sell sex reach services in their language, without fear."""

from __future__ import annotations

from swmodel.declare import Param, intervention

PAPERS_SHARE_RATIO = Param(
    "papers_share_ratio", 0.5, "rate ratio", (0.0, 1.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Share of migrants without papers or the language, of those reached, relative to the same people not reached.",
)  # fmt: skip


@intervention(params=(PAPERS_SHARE_RATIO,), writes=("papers_ratio",))
def cultural_mediation(
    lo, hi,
    covered,
    papers_ratio,
    papers_share_ratio,
):  # fmt: skip
    """Rule: multiplies the share of the migrants reached who lack papers or the language; they test, link and
    stay in care as others do.

    Evidence: assumption; the Guidance Note asks for it, and no trial was read.

    Limits: police and the law stay as they are; papers are lost again when the programme ends.
    """
    for i in range(lo, hi):
        if covered[i]:
            papers_ratio[i] *= papers_share_ratio
