"""Testing outreach: HIV testing brought to people, so that those it reaches test more often."""

from __future__ import annotations

from swmodel.declare import Param, intervention

TESTING_RATE_RATIO = Param(
    "testing_rate_ratio", 3.0, "rate ratio", (1.0, 20.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Rate of testing of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(params=(TESTING_RATE_RATIO,), writes=("testing_rate",), eligible="undiagnosed")
def testing_outreach(
    lo, hi,
    covered,
    testing_rate,
    testing_rate_ratio,
):  # fmt: skip
    """Rule: multiplies the rate of testing of everyone reached; only people without a diagnosis are reached.

    Evidence: a review of community interventions in sub-Saharan Africa found more testing and diagnosis, not sustained
    (Atuhaire 2021, Syst Rev, DOI 10.1186/s13643-021-01688-4); the size of the effect here is an assumption.

    Limits: because the effect multiplies, a person who would never test is not tested; a test changes no behaviour by
    itself, in line with a trial of self-testing in Uganda that saw no difference in inconsistent condom use (Ortblad
    2017, PLoS Med 14:e1002458).
    """
    for i in range(lo, hi):
        if covered[i]:
            testing_rate[i] *= testing_rate_ratio
