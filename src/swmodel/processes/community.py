"""Organisations of sex workers: people join through outreach and through members with whom they work, and may leave.

What a member does differently, and what the share of members in a place of work does to everybody there, are arrows
from `member` and `venue_norm`.
"""

import numpy as np

from swmodel import rng
from swmodel.declare import Attr, Counter, Param, process


@process(
    phase="movement",
    over="step",
    attributes=(
        Attr("member", "f4", 0.0, "1 while a sex worker belongs to an organisation of sex workers"),
        Attr("venue_norm", "f4", 0.0, "share of those who work in the same setting at the same site who are members"),
        Attr("member_clock", "f8", 0.0, "hazard left before joining or leaving", clock=True),
        Attr("member_times", "u4", 0, "how often somebody joined or left"),
        Attr("invitations", "f4", 0.0, "hazard of joining through outreach, per year", reset=True),
    ),
    params=(
        Param("peer_spread", 0.5, "per year", (0.0, 20.0), "assumption (no source opened)",
              "hazard of joining where everybody else in the place of work is a member"),
        Param("membership_end", 0.2, "per year", (0.0, 12.0), "assumption (five years; no source opened)",
              "members who leave"),
    ),
    counters=(
        Counter("members", "sex workers who belong to an organisation of sex workers"),
        Counter("joinings", "sex workers who joined one"),
        Counter("peers", "sex workers, of whom some are members"),
    ),
    writes=("member", "venue_norm", "member_clock", "member_times"),
)  # fmt: skip
def community(workers, dt, key, uid, group, invitations, member, venue_norm, member_clock, member_times,
              peer_spread, membership_end, members, joinings, peers):  # fmt: skip
    """Each worker joins or leaves; members at the beginning of the step spread membership to those beside them."""
    there, belong = np.zeros(len(members)), np.zeros(len(members))
    for i in workers:
        there[group[i]] += 1.0
        belong[group[i]] += member[i]
    for i in workers:
        g = group[i]
        joins = invitations[i] + peer_spread * belong[g] / there[g]
        hazard = (membership_end if member[i] > 0.0 else joins) * dt
        if rng.run_down(member_clock, i, hazard):
            member[i] = 1.0 - member[i]
            joinings[g] += member[i] > 0.0
            member_times[i] += 1
            carried = rng.unspent(member_clock, i, hazard) * (membership_end if member[i] > 0.0 else joins) * dt
            rng.rewind(member_clock, i, key, uid[i], member_times[i], carried)
        peers[g] += 1
        members[g] += member[i] > 0.0
    for i in workers:
        venue_norm[i] = members[group[i]] / np.float64(peers[group[i]])
