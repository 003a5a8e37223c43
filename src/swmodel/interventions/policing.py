"""Policing: a reform that keeps police away from people who sell sex, or with a ratio above 1 a crackdown."""

from __future__ import annotations

from swmodel.declare import Param, intervention

CONTACT_RATIO = Param(
    "contact_ratio", 0.5, "rate ratio", (0.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of contact with police of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(CONTACT_RATIO,), writes=("police_rate",))
def policing(
    lo, hi,
    covered,
    police_rate,
    contact_ratio,
):  # fmt: skip
    """Rule: multiplies the hazard of contact with police of everyone reached; above 1, it is a crackdown.

    Evidence: moderate for what contact does (Platt 2018, PLoS Med 15:e1002680: violence 2.99 times, acts without a
    condom 1.42 times the odds), weak for what a reform or a crackdown does to contact: the size is an assumption.

    Limits: contact is one thing here, repressive in kind; police who protect are not represented.
    """
    for i in range(lo, hi):
        if covered[i]:
            police_rate[i] *= contact_ratio
