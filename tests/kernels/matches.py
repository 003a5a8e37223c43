"""One step of finding partners, in the smallest world and at two sites, for the tests of partners."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.by_name import MEN, PLAIN, TIME, WIDE, WOMEN, Result, call, group_of, key_of
from swmodel import codes
from swmodel.layout import Layout
from swmodel.processes.demography import blocks_of
from swmodel.processes.partners import partnerships

KEY = key_of(partnerships)
STEADY, CASUAL, BOTH = 1, 2, 3  # what somebody looks for
STEP = 3
LOOKS = {CASUAL: 6, STEADY: 7}  # the occasion of her draws at step 3, for each sort of partner
WOMAN, MAN = 0, 1  # rows of the smallest world
PAIR = ["pair_a", "pair_b", "kind", "since", "until", "pair_propensity"]
MONTHS = 661  # of the table of men by date of birth: 55 years, from 70 years ago
AGE = 30.0


def born(layout: Layout, men: list[tuple[int, int, float]]) -> np.ndarray:
    """Numbers of men born before each month, by block; `men` as (population, site, age), numbered in this order.

    Within a block the oldest must come first.
    """
    table = np.zeros((len(blocks_of(layout)), MONTHS), np.int64)
    first = 0
    for b, (population, site) in enumerate(blocks_of(layout).tolist()):
        ages = [age for p, s, age in men if (p, s) == (population, site)] if population != codes.WOMEN else []
        table[b] = first + sum((np.arange(MONTHS) > 12 * (70.0 - age)).astype(int) for age in ages)
        first += len(ages)
    return table


def shares(layout: Layout, men: list[tuple[int, int, float]]) -> dict[str, np.ndarray]:
    """The tables of candidates that lead to each of the men alike, from any site, at any of ten steps."""
    sites = len(layout.tables["at_site"][0])
    counts = [[float((p, s) in [one[:2] for one in men]) for s in range(sites)] for p in (codes.MEN, codes.MSM)]
    made = {}
    for name, amounts in (("candidate_men", [*counts[0], *counts[1]]), ("candidate_msm", counts[1])):
        sums = np.cumsum(amounts) / max(sum(amounts), 1e-12)
        made[name] = np.broadcast_to(sums, (10, sites, len(sums))).copy()
    return made


def match(**given: Any) -> Result:
    """One step of woman 0 and man 1, both 30 and free; he is the only man of any age that she could draw."""
    world = {
        "uid": [4, 1], "group": [WOMEN, MEN], "birth": TIME - AGE, "row_of_man": [MAN], "new_rows": [2],
        "step": STEP, "first_birth": TIME - 70.0, "men_born": born(PLAIN, [(codes.MEN, 0, AGE)]), "births_per_year": 12,
        "pairs_rows": 5, "age_gap": 0.0, "age_gap_spread": 0.0, **shares(PLAIN, [(codes.MEN, 0, AGE)]),
    }  # fmt: skip
    return call(partnerships, **{**world, **given})


def meet(seeker: str, *others: str, looks: int = CASUAL, births: str = "", **given: Any) -> Result:
    """One step at two sites: a seeker of 30, and men of 30, each one numbered where he is, or at the sites of `births`.

    `births` has the first letter of the site of birth of each of the others. Row 0 is the seeker's; row k + 1 is the
    k-th other's. The rows of men are listed by block, in that order.
    """
    group = [group_of(label, WIDE) for label in (seeker, *others)]
    sites = [WIDE.groups[g].site for g in group[1:]]
    if births:
        sites = ["pl".index(letter) for letter in births]
    men = [(WIDE.groups[g].population, s, AGE) for g, s in zip(group[1:], sites, strict=True)]
    order = sorted(range(len(men)), key=lambda k: men[k][:2])
    if WIDE.groups[group[0]].population == codes.MSM:  # himself, in his own block
        men.append((codes.MSM, WIDE.groups[group[0]].site, AGE))
        order = sorted([*order, -1], key=lambda k: men[k][:2])
    world = {
        "uid": [100, *(2 * k + 1 for k in range(len(others)))], "group": group, "seeking": [looks, *[0] * len(others)],
        "row_of_man": [k + 1 for k in order], "men_born": born(WIDE, men), **shares(WIDE, men),
        "new_rows": range(5),
    }  # fmt: skip
    return match(layout=WIDE, **{**world, **given})
