"""Everybody and every pair at one moment of a simulation, as plain arrays that outlive the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from swmodel import codes

if TYPE_CHECKING:
    from swmodel.engine import Engine

# A snapshot keeps roles, populations and forms as words, so that what reads it needs none of the engine's codes.
OUTSIDE, CLIENT, WORKER, FORMER = codes.ROLES
WOMEN, MEN, MSM, TRANS_WOMEN = codes.POPULATIONS
NO_PAIR, *FORMS = codes.FORMS
STEADY, CASUAL, REGULAR, ONE_OFF, NEEDLE, FORCED = FORMS
LASTING = (STEADY, CASUAL, REGULAR)  # sexual partners who go on from month to month
PAID = (REGULAR, ONE_OFF)
SEXES = ("woman", "man", "trans_woman")  # by the code in `Snapshot.sex`
WOMAN, MAN, TRANS_WOMAN = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Snapshot:
    """People and pairs at one moment. People are in the order of their uid, pairs in that of both uids.

    The names of a group stand at the place of its code, in `group_names`, `roles`, `populations` and `sites`; those of
    a kind of pair in `kinds` and `forms`. The first kind stands for no pair. A snapshot is of one simulation.
    """

    time: float  # the middle of the step, as a year: 2009.96
    uid: np.ndarray  # integers, rising; shape (people,)
    age: np.ndarray  # years; (people,)
    group: np.ndarray  # code; (people,)
    lives_with_hiv: np.ndarray  # boolean; (people,)
    on_treatment: np.ndarray  # boolean; (people,)
    uid_a: np.ndarray  # the woman, or who seeks or sells; (pairs,)
    uid_b: np.ndarray  # the man, or who is found or buys; (pairs,)
    kind: np.ndarray  # code; (pairs,)
    years_together: np.ndarray  # since the pair formed, this step included; (pairs,)
    years_left: np.ndarray  # until the pair's date of ending, unless a death or a change of role comes first; (pairs,)
    acts: np.ndarray  # expected in the step; (pairs,)
    group_names: tuple[str, ...]
    roles: tuple[str, ...]  # by group: outside, client, worker, former_worker
    populations: tuple[str, ...]  # by group: women, men, msm, trans_women
    sites: tuple[str, ...]  # by group; empty text where there is one place only
    kinds: tuple[str, ...]
    forms: tuple[str, ...]  # by kind: none, steady, casual, regular, one_off, needle, forced
    title: str = ""  # of the scenario
    place: str = ""  # that the scenario is about, for sentences: Cotonou

    def __post_init__(self) -> None:
        if (np.diff(self.uid.astype(np.int64)) <= 0).any():
            raise ValueError("the people of a snapshot must be in the order of their uid, each once")

    @cached_property
    def ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Places of both partners among the people; two arrays of shape (pairs,). Raises ValueError for strangers."""
        found = [np.searchsorted(self.uid, uids) for uids in (self.uid_a, self.uid_b)]
        for places, uids in zip(found, (self.uid_a, self.uid_b), strict=True):
            if len(uids) and ((places == len(self.uid)).any() or (self.uid[places] != uids).any()):
                raise ValueError("a pair of the snapshot has a partner who is not among its people")
        return found[0], found[1]

    @cached_property
    def sex(self) -> np.ndarray:
        """Woman, man or trans woman, as a code of SEXES; shape (people,)."""
        of = {WOMEN: WOMAN, MEN: MAN, MSM: MAN, TRANS_WOMEN: TRANS_WOMAN}
        return np.take([of[one] for one in self.populations], self.group)

    def in_role(self, *roles: str) -> np.ndarray:
        """Who is in one of these roles; boolean, shape (people,)."""
        return np.take([one in roles for one in self.roles], self.group)

    def of_form(self, *forms: str) -> np.ndarray:
        """Which pairs are of one of these forms; boolean, shape (pairs,)."""
        return np.take([one in forms for one in self.forms], self.kind)

    def of_kinds(self, kinds: Sequence[str] | None) -> np.ndarray:
        """Which pairs are of these kinds, or of any for None; boolean, (pairs,). Raises ValueError for a stray name."""
        stray = sorted(set(kinds or ()) - set(self.kinds))
        if stray:
            raise ValueError(f"no kind of pair is named '{stray[0]}'; there are {', '.join(self.kinds[1:])}")
        return np.take([kinds is None or one in kinds for one in self.kinds], self.kind)


def open_month(engine: Engine) -> None:
    """One more step in which nobody leaves and no pair ends, so that the contacts of that month are still there.

    A contact ends in the step in which it was made; after an ordinary step there is none to be seen. The engine is for
    looking at from then on: a step in which nobody left must not be followed by another.
    """
    kept = engine.calls
    engine.calls = [call for call in kept if call.process.phase != "exit"]
    try:
        engine.advance()
    finally:
        engine.calls = kept


def snapshot(engine: Engine, layout: Any, place: str = "") -> Snapshot:
    """Everybody and every pair of an engine at its present step, copied.

    `layout` says what the codes of groups and kinds stand for (swmodel.layout). Only this function knows how the engine
    keeps them. Contacts that buy or sell no longer, as one partner stopped in this month, are left out.
    """
    now = float(engine.times[max(engine.step - 1, 0)])
    people = {name: array[: engine.people.n] for name, array in engine.people.arrays.items()}
    pairs = {name: array[: engine.pairs.n] for name, array in engine.pairs.arrays.items()}
    roles = np.array([group.role for group in layout.groups])
    forms = np.asarray(layout.tables["form_of"])
    rows = np.flatnonzero(people["alive"])
    rows = rows[np.argsort(people["uid"][rows], kind="stable")]
    a, b, kind = pairs["pair_a"], pairs["pair_b"], pairs["kind"]
    paid = np.isin(forms[kind], (codes.REGULAR, codes.ONE_OFF))
    sides = np.sort([roles[people["group"][a]], roles[people["group"][b]]], axis=0)
    traded = (sides[0] == codes.CLIENT) & (sides[1] == codes.WORKER)
    kept = np.flatnonzero((kind != codes.NONE) & people["alive"][a] & people["alive"][b] & (traded | ~paid))
    uid_a, uid_b = people["uid"][a[kept]], people["uid"][b[kept]]
    order = np.lexsort((kind[kept], uid_b, uid_a))
    kept = kept[order]
    several = len(layout.sites) > 0
    return Snapshot(
        time=now,
        uid=people["uid"][rows].astype(np.int64),
        age=now - people["birth"][rows],
        group=people["group"][rows].astype(np.int64),
        lives_with_hiv=people["hiv_stage"][rows] != codes.SUSCEPTIBLE,
        on_treatment=np.isin(people["care_state"][rows], (codes.ON_ART, codes.SUPPRESSED)),
        uid_a=uid_a[order].astype(np.int64),
        uid_b=uid_b[order].astype(np.int64),
        kind=kind[kept].astype(np.int64),
        years_together=(engine.step - pairs["since"][kept]) * engine.dt,
        years_left=np.maximum(pairs["until"][kept] - engine.step, 0) * engine.dt,
        acts=pairs["pair_acts"][kept].astype(float),
        group_names=tuple(layout.group_names),
        roles=tuple(codes.ROLES[group.role] for group in layout.groups),
        populations=tuple(codes.POPULATIONS[group.population] for group in layout.groups),
        sites=tuple(layout.sites[group.site] if several else "" for group in layout.groups),
        kinds=tuple(layout.pair_kinds),
        forms=tuple(codes.FORMS[form] for form in forms),
        title=engine.scenario.title,
        place=place,
    )
