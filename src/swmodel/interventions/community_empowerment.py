"""Community empowerment: an organisation of sex workers invites people; members bring those with whom they work."""

from __future__ import annotations

from swmodel.declare import Param, intervention

INVITATION_RATE = Param(
    "invitation_rate", 1.0, "per year", (0.0, 52.0),
    source="assumption (set by the study; no rate ratio was read)",
    doc="Hazard of joining through outreach of a person who is reached and is not a member.",
)  # fmt: skip


@intervention(params=(INVITATION_RATE,), writes=("invitations",))
def community_empowerment(
    lo, hi,
    covered,
    invitations,
    invitation_rate,
):  # fmt: skip
    """Rule: everyone reached is invited at a rate; members invite those with whom they work (peer_spread), and what
    members do differently follows the arrows from membership and from the norm of the place of work.

    Evidence: moderate for condoms with clients, from eight projects in three countries, observational (Kerrigan
    2013, 2015); nothing with non-paying partners. The increment over a good programme was compatible with none in a
    trial in Zimbabwe (Cowan 2018).

    Limits: one organisation for all; conflict in it, or with the authorities, is not represented. Members stay when
    outreach ends, until they leave.
    """
    for i in range(lo, hi):
        if covered[i]:
            invitations[i] += invitation_rate
