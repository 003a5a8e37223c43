"""Services: how well people reach testing and care; better in one clinic for all, worse in an interruption."""

from __future__ import annotations

from swmodel.declare import Param, intervention

SERVICES_TESTING_RATIO = Param(
    "services_testing_ratio", 1.0, "rate ratio", (0.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of testing of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
SERVICES_LINKAGE_RATIO = Param(
    "services_linkage_ratio", 1.0, "rate ratio", (0.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of linkage to care, and of return, of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
SERVICES_STOP_RATIO = Param(
    "services_stop_ratio", 1.0, "rate ratio", (0.0, 50.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of stopping treatment of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
SERVICES_ADHERENCE_RATIO = Param(
    "services_adherence_ratio", 1.0, "rate ratio", (0.0, 2.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Adherence to PrEP of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(
    params=(SERVICES_TESTING_RATIO, SERVICES_LINKAGE_RATIO, SERVICES_STOP_RATIO, SERVICES_ADHERENCE_RATIO),
    writes=("testing_rate", "linkage_rate", "art_stop_rate", "adherence"),
)
def services(
    lo, hi,
    covered,
    testing_rate, linkage_rate, art_stop_rate, adherence,
    services_testing_ratio, services_linkage_ratio, services_stop_ratio, services_adherence_ratio,
):  # fmt: skip
    """Rule: multiplies the rates of testing, linkage and stopping ART, and adherence to PrEP, of everyone reached.

    Evidence: assumption: the sizes are those of the study; all are 1 until it says otherwise.

    Limits: treatment of sexually transmitted infections is not in this version, and services are reached as before
    once it ends.
    """
    for i in range(lo, hi):
        if covered[i]:
            testing_rate[i] *= services_testing_ratio
            linkage_rate[i] *= services_linkage_ratio
            art_stop_rate[i] *= services_stop_ratio
            adherence[i] *= services_adherence_ratio
