"""Oral pre-exposure prophylaxis (PrEP): daily tablets that lower the risk of acquiring HIV while they are taken."""

from __future__ import annotations

from swmodel.declare import Param, intervention

PREP_EFFICACY = Param(
    "prep_efficacy", 0.96, "proportion", (0.726, 1.0),
    source="Moore 2023, Nat Med 29:2748-2752 (DOI 10.1038/s41591-023-02564-5): cisgender women, 7 pills a week, 0.959 "
    "(0.726 to 1.0); 4 pills 0.838 (0.517 to 0.998); 2 pills 0.593 (0.299 to 0.958)",
    doc="Reduction of the risk of acquiring HIV when a tablet is taken every day.",
)  # fmt: skip
PREP_ADHERENCE = Param(
    "prep_adherence", 0.6, "proportion", (0.0, 1.0),
    source="assumption (0.96 x 0.6 = 0.58; Johnson & Dorrington, Thembisa, use 0.65 for women at programme adherence, "
    "AdultAssumps2.txt, itself an assumption; among sex workers in Tanga protective adherence was far lower, 0.10 at "
    "month 6 and 0.038 at month 12 in periods of condomless sex: Mikomangwa 2024, Front Public Health 12:1405765)",
    doc="Share of the daily efficacy that the people reached obtain, given how they take the tablets.",
)  # fmt: skip


@intervention(params=(PREP_EFFICACY, PREP_ADHERENCE), writes=("on_prep", "susceptibility"), eligible="hiv_negative")
def oral_prep(
    lo, hi,
    covered,
    on_prep, susceptibility, adherence,
    prep_efficacy, prep_adherence,
):  # fmt: skip
    """Rule: everyone reached is on PrEP, and their susceptibility is multiplied by 1 - efficacy x adherence.

    What weighs on somebody (stigma, violence, trips) changes adherence, where a scenario has it.

    Evidence: efficacy by tablets a week in cisgender women (Moore 2023). Adherence is an assumption, and the number
    that matters most: sex workers were measured well below the default (Mikomangwa 2024).

    Limits: protection is proportional to adherence and equal for all, where the measured curve is concave; people
    with an undiagnosed infection may be reached, and count as on PrEP; no resistance and no change in condom use
    (none was seen in Benin; in Senegal condomless sex with clients fell slightly, Roberts 2020, Sex Transm Dis
    47:314-320). People who are reached by two such programmes get the product of both effects.
    """
    for i in range(lo, hi):
        if covered[i]:
            on_prep[i] = 1
            susceptibility[i] *= 1.0 - prep_efficacy * min(prep_adherence * adherence[i], 1.0)
