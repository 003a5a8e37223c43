"""Less violence: crisis response, legal help, work with police, clients, partners and managers; by perpetrator."""

from __future__ import annotations

from swmodel import codes
from swmodel.declare import Param, intervention

VIOLENCE_RATIO = Param(
    "violence_ratio", {"client": 0.8, "police": 0.8, "all": 1.0}, "rate ratio", (0.0, 2.0),
    source="assumption (advocacy and crisis response in Karnataka saw less violence, without a control); 1 for "
    "partners: a trial saw no change, P411: 0.9 (0.5-1.6) (Javalkar 2019, BMJ Glob Health 4:e001546)",
    doc="Hazard of violence of a person who is reached, relative to the same person not reached, by perpetrator.",
    by="perpetrator",
)  # fmt: skip


@intervention(
    params=(VIOLENCE_RATIO,),
    writes=("client_violence_rate", "police_violence_rate", "partner_violence_rate", "manager_violence_rate",
            "other_violence_rate"),
)  # fmt: skip
def violence_reduction(
    lo, hi,
    covered,
    client_violence_rate, police_violence_rate, partner_violence_rate, manager_violence_rate, other_violence_rate,
    violence_ratio,
):  # fmt: skip
    """Rule: multiplies the hazard of violence by each perpetrator for everyone reached.

    Evidence: weak. No trial has shown that a programme lowers violence against sex workers; the best one (Samvedana
    Plus) saw none for intimate partners, so that the default there is 1. An end of all violence is a bound, not a plan.

    Limits: the effect is the same for all reached, and ends with the programme; condoms, testing and care change only
    through violence itself.
    """
    for i in range(lo, hi):
        if covered[i]:
            client_violence_rate[i] *= violence_ratio[codes.BY_CLIENT]
            police_violence_rate[i] *= violence_ratio[codes.BY_POLICE]
            partner_violence_rate[i] *= violence_ratio[codes.BY_PARTNER]
            manager_violence_rate[i] *= violence_ratio[codes.BY_MANAGER]
            other_violence_rate[i] *= violence_ratio[codes.BY_OTHER]
