"""Networks made by hand, and at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from swmodel.analysis.network import Snapshot

Pair = tuple[int, int, str]  # places of both partners among the people, and the kind
GROUPS = {  # name -> role, population
    "women": ("outside", "women"), "men": ("outside", "men"), "clients": ("client", "men"),
    "street": ("worker", "women"), "former_fsw": ("former_worker", "women"), "msm": ("outside", "msm"),
    "trans_women": ("outside", "trans_women"),
}  # fmt: skip
NAMES = tuple(GROUPS)
KINDS = {"none": "none", "spouse": "steady", "casual": "casual", "own_partner": "steady", "regular_client": "regular",
         "one_off_client": "one_off", "needle": "needle"}  # fmt: skip


def made(
    people: Sequence[str], pairs: Sequence[Pair] = (), age: Sequence[float] = (), hiv: Sequence[int] = ()
) -> Snapshot:
    """A snapshot from the group of each person, pairs of their places, ages (30 by default) and who lives with HIV."""
    n, size = len(people), len(pairs)
    uid = 10 * np.arange(n) + 7  # not the places, so that mistaking one for the other shows
    a, b = np.array([one[0] for one in pairs], int), np.array([one[1] for one in pairs], int)
    infected = np.isin(np.arange(n), hiv)
    return Snapshot(
        time=2009.96, uid=uid, age=np.array(age or [30.0] * n, float),
        group=np.array([NAMES.index(one) for one in people], int),
        lives_with_hiv=infected, on_treatment=infected & (np.arange(n) % 2 == 0), uid_a=uid[a], uid_b=uid[b],
        kind=np.array([list(KINDS).index(one[2]) for one in pairs], int), years_together=np.full(size, 0.5),
        years_left=np.full(size, 1.25),
        acts=np.full(size, 4.5), group_names=NAMES, roles=tuple(role for role, _ in GROUPS.values()),
        populations=tuple(one for _, one in GROUPS.values()), sites=("",) * len(NAMES), kinds=tuple(KINDS),
        forms=tuple(KINDS.values()), title="A town", place="Cotonou",
    )  # fmt: skip


def random_pairs(n: int, count: int, seed: int, sides: int | None = None) -> list[Pair]:
    """So many different couples drawn at random, between the first `sides` people and the others if that is given."""
    draw = np.random.default_rng(seed)
    found: dict[tuple[int, int], None] = {}
    while len(found) < count:
        a, b = (int(draw.integers(n)), int(draw.integers(n))) if sides is None else (
            int(draw.integers(sides)), int(draw.integers(sides, n)))  # fmt: skip
        if a != b:
            found[min(a, b), max(a, b)] = None
    return [(a, b, "casual") for a, b in found]


TOWN = made(
    ["women", "women", "men", "clients", "street", "msm"],
    [(0, 2, "spouse"), (0, 3, "casual"), (0, 3, "spouse"), (4, 3, "regular_client"), (4, 3, "one_off_client"),
     (4, 2, "one_off_client"), (1, 5, "needle")],
    age=[20, 25, 30, 40, 28, 33], hiv=[3, 5],
)  # fmt: skip
