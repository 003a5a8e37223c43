"""Displacement: places of work close or people are driven from them, and go to other settings."""

from __future__ import annotations

from swmodel.declare import Param, intervention

MOVING_RATIO = Param(
    "moving_ratio", 10.0, "rate ratio", (0.0, 500.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of a change of work setting of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(MOVING_RATIO,), writes=("moving_rate",))
def displacement(
    lo, hi,
    covered,
    moving_rate,
    moving_ratio,
):  # fmt: skip
    """Rule: multiplies the hazard of a change of work setting of everyone reached; they go to other settings of
    the site in proportion to their size.

    Evidence: assumption; the closing of brothels in East Java was followed by more infections (P423, a
    recollection).

    Limits: a setting that is left keeps those who enter it; nothing happens where the place gives no `switch_rate`.
    """
    for i in range(lo, hi):
        if covered[i]:
            moving_rate[i] *= moving_ratio
