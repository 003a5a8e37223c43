"""Against trafficking: fewer adults are forced into sex work or held in it by debt, and it ends sooner."""

from __future__ import annotations

from swmodel.declare import Param, intervention

COERCION_SHARE_RATIO = Param(
    "coercion_share_ratio", 0.5, "rate ratio", (0.0, 2.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Share of those who start coerced or bonded, of those reached, relative to the same people not reached.",
)  # fmt: skip
RELEASE_RATIO = Param(
    "release_ratio", 1.5, "rate ratio", (0.0, 50.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate at which coercion or bondage ends for a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(COERCION_SHARE_RATIO, RELEASE_RATIO), writes=("coercion_ratio", "release_rate"))
def anti_trafficking(
    lo, hi,
    covered,
    coercion_ratio, release_rate,
    coercion_share_ratio, release_ratio,
):  # fmt: skip
    """Rule: multiplies the share of those reached who start in coercion or bondage, and the rate at which it ends.

    Evidence: weak: effects of coercion are moderate (P461, P462, South Asia), of programmes none was read. Rescue
    by raids is a police matter (`policing`), not a benefit by default.

    Limits: who would have been coerced starts all the same, of her own accord. A target must hold those who may yet
    start, such as `women` and `former`, beside sex workers: those who start are reached before they do.
    """
    for i in range(lo, hi):
        if covered[i]:
            coercion_ratio[i] *= coercion_share_ratio
            release_rate[i] *= release_ratio
