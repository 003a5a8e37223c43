"""Exit support: training, housing, legal help and an income for those who wish to leave sex work."""

from __future__ import annotations

from swmodel.declare import Param, intervention

LEAVING_HAZARD_RATIO = Param(
    "leaving_hazard_ratio", 1.5, "rate ratio", (1.0, 10.0),
    source="assumption (set by the study; P332: 2.0 (1.1-3.5) with treatment of drug use, of women who inject)",
    doc="Hazard of leaving sex work of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(LEAVING_HAZARD_RATIO,), writes=("exit_rate",))
def exit_support(
    lo, hi,
    covered,
    exit_rate,
    leaving_hazard_ratio,
):  # fmt: skip
    """Rule: multiplies the hazard of leaving for good of everyone reached.

    Evidence: weak: no trial shows lasting exit, and most who stop come back (P331: 0.55 stopped at least once in a
    year).

    Limits: others start as before, so that places left are not filled on its account; those who left may start
    again at `restart_ratio`.
    """
    for i in range(lo, hi):
        if covered[i]:
            exit_rate[i] *= leaving_hazard_ratio
