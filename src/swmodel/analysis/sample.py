"""A part of the network that is small enough to be looked at, grown from sex workers and clients along pairs."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from swmodel.analysis import graphs
from swmodel.analysis.snapshot import CASUAL, CLIENT, FORCED, FORMS, NEEDLE, ONE_OFF, REGULAR, STEADY, WORKER, Snapshot

PEOPLE = 200  # in a sample
LARGEST, FURTHER = 130, 20  # people at most of the largest part of the network, and of each further one
CONTACTS = 6  # of one occasion that are followed from one person; a sex worker may have dozens in a month
FIRST = (STEADY, REGULAR, CASUAL, NEEDLE, ONE_OFF, FORCED)  # the order in which the pairs of a person are followed


@dataclass(frozen=True, eq=False)
class Sample:
    """People and pairs chosen from a snapshot. `parts` are places in the snapshot's people, in the order of growth."""

    parts: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]  # people in the whole of each part
    pairs: np.ndarray  # places in the snapshot's pairs: every pair between the people chosen
    alone: int  # adults without any pair
    rest: tuple[int, int, int]  # parts of which nobody is chosen; the people in them; how many of them are couples

    @property
    def people(self) -> tuple[int, ...]:
        """Everybody chosen, part by part."""
        return tuple(person for part in self.parts for person in part)


def sample(seen: Snapshot, people: int = PEOPLE) -> Sample:
    """About `people` people: some of the largest connected part first, then the largest of the others that have room.

    Parts are those of all pairs, contacts of the month included. Each is grown from a sex worker, or a client, or else
    anybody, in each case whoever has most partners; breadth first, so that those chosen are all linked to that person.
    The choice depends on uids and pairs alone.
    """
    first, second = seen.ends
    size = len(seen.uid)
    leader = graphs.components(*graphs.joined(first, second, size), size)
    counts = np.bincount(leader, minlength=size)
    order = [int(k) for k in np.lexsort((np.arange(size), -counts)) if counts[k] > 1]
    near = Neighbours(seen)
    parts: list[tuple[int, ...]] = []
    whole: list[int] = []
    left: list[int] = []
    for part in order:
        room = people - sum(map(len, parts))
        most = min(room, FURTHER if parts else LARGEST)
        if most < 2 or (counts[part] > most and most < FURTHER):
            left.append(int(counts[part]))
            continue
        parts.append(near.grow(near.start(np.flatnonzero(leader == part)), most))
        whole.append(int(counts[part]))
    chosen = np.zeros(size, bool)
    chosen[[person for part in parts for person in part]] = True
    pairs = np.flatnonzero(chosen[first] & chosen[second])
    rest = (len(left), sum(left), left.count(2))
    return Sample(tuple(parts), tuple(whole), pairs, int((counts == 1).sum()), rest)


class Neighbours:
    """Who is paired with whom, by person, in the order in which pairs are followed."""

    def __init__(self, seen: Snapshot) -> None:
        first, second = seen.ends
        rank = np.array([FIRST.index(form) if form in FORMS else len(FIRST) for form in seen.forms])[seen.kind]
        start, stop = np.concatenate([first, second]), np.concatenate([second, first])
        rank = np.concatenate([rank, rank])
        order = np.lexsort((stop, rank, start))
        self.partner, self.once = stop[order], rank[order] == FIRST.index(ONE_OFF)
        self.ends = np.cumsum(np.bincount(start, minlength=len(seen.uid)))
        self.degree = np.bincount(start, minlength=len(seen.uid))
        self.roles = (seen.in_role(WORKER), seen.in_role(CLIENT))

    def start(self, members: np.ndarray) -> int:
        """Where a part begins to grow: the sex worker with most pairs; else such a client; else such a person."""
        for role in self.roles:
            if role[members].any():
                members = members[role[members]]
                break
        return int(members[np.argmax(self.degree[members])])

    def grow(self, start: int, most: int) -> tuple[int, ...]:
        """Up to `most` people around one, breadth first."""
        found, waiting = {start: None}, deque([start])
        while waiting and len(found) < most:
            person = waiting.popleft()
            contacts = 0
            for k in range(int(self.ends[person] - self.degree[person]), int(self.ends[person])):
                partner = int(self.partner[k])
                contacts += bool(self.once[k])
                if partner in found or contacts > CONTACTS or len(found) == most:
                    continue
                found[partner] = None
                waiting.append(partner)
        return tuple(found)
