"""Support for antiretroviral treatment (ART): help to start sooner after a diagnosis and to stay on treatment."""

from __future__ import annotations

from swmodel.declare import Param, intervention

EVIDENCE = (
    "assumption (set by the study; no rate ratio was read. Viral suppression among sex workers who used a specialist "
    "programme was 1.4 (1.1 to 1.8) times that of others: Jaffer 2022, AIDS Behav, DOI 10.1007/s10461-022-03616-6; "
    "a cluster trial found a risk difference of -0.028 (-0.081 to 0.025) in unsuppressed HIV: Cowan 2018 (SAPPH-IRe), "
    "Lancet HIV 5:e417-e426, DOI 10.1016/S2352-3018(18)30111-5)"
)

LINKAGE_RATE_RATIO = Param(
    "linkage_rate_ratio", 2.0, "rate ratio", (1.0, 10.0),
    source=EVIDENCE,
    doc="Rate of linkage to care of a person who is reached, relative to the same person not reached.",
)  # fmt: skip
ART_STOP_RATE_RATIO = Param(
    "art_stop_rate_ratio", 0.5, "rate ratio", (0.0, 1.0),
    source=EVIDENCE,
    doc="Rate of stopping treatment of a person who is reached, relative to the same person not reached.",
)  # fmt: skip


@intervention(
    params=(LINKAGE_RATE_RATIO, ART_STOP_RATE_RATIO), writes=("linkage_rate", "art_stop_rate"), eligible="diagnosed"
)
def art_support(
    lo, hi,
    covered,
    linkage_rate, art_stop_rate,
    linkage_rate_ratio, art_stop_rate_ratio,
):  # fmt: skip
    """Rule: multiplies the rate of linkage to care and the rate of stopping treatment of everyone reached.

    Evidence: users of a specialist programme in South Africa were more often suppressed than others (observational,
    Jaffer 2022); a cluster trial in Zimbabwe of an enhanced over a good standard programme was compatible with no
    effect (Cowan 2018). Both ratios are assumptions: study them over their ranges, 1 included.

    Limits: only people with a diagnosis are reached; support does not change how soon a person who stays on treatment
    is suppressed, nor bring back by itself those who stopped.
    """
    for i in range(lo, hi):
        if covered[i]:
            linkage_rate[i] *= linkage_rate_ratio
            art_stop_rate[i] *= art_stop_rate_ratio
