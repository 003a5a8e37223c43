"""Where the people of a network stand on the page: nothing is drawn at random, so a picture is the same every time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

ROUNDS = 200  # of moves of everybody; parts of a hundred people have settled by then
CLOSE = 1e-9  # two people nearer than this are taken to be at one place
STRETCH = 1.5  # of the first part, at most
MOST_UNIT = 0.6  # inches of a couple in the first part
Packed = tuple[list[np.ndarray], float]
DECIMALS = 3  # of places, so that the last bits of a processor's arithmetic do not show


def placed(people: int, couples: Sequence[tuple[int, int]]) -> np.ndarray:
    """Places of the people of one connected part, numbered from 0; shape (people, 2), a lone couple being 1 apart.

    Distances on the page are as near as can be to those along couples: stress majorisation, one person at a time
    (Gansner, Koren and North 2005, Graph Drawing, LNCS 3383:239). Couples around whom many people must find room are
    longer. It begins with a tree around the first person, and ends with the longest side lying flat.
    """
    near: list[set[int]] = [set() for _ in range(people)]
    for a, b in couples:
        near[a].add(b)
        near[b].add(a)
    away = distances(near)
    at = tree([sorted(others) for others in near])
    weight = np.divide(1.0, away * away, out=np.zeros(away.shape), where=away > 0)
    for _ in range(ROUNDS if people > 2 else 0):
        for one in range(people):
            apart = at[one] - at
            length = np.maximum(np.sqrt((apart * apart).sum(axis=1)), CLOSE)
            wanted = at + apart * (away[one] / length)[:, None]
            at[one] = (weight[one][:, None] * wanted).sum(axis=0) / weight[one].sum()
    return np.round(flat(at), DECIMALS)


def distances(near: Sequence[set[int]]) -> np.ndarray:
    """The shortest way between any two people; shape (people, people). A couple is as long as the room it needs."""
    size = len(near)
    away = np.full((size, size), np.inf)
    np.fill_diagonal(away, 0.0)
    for one, others in enumerate(near):
        for other in others:
            away[one, other] = math.sqrt(len(others | near[other]) / 2.0)
    for through in range(size):
        away = np.minimum(away, away[:, through, None] + away[None, through, :])
    return away


def tree(near: Sequence[Sequence[int]]) -> np.ndarray:
    """Places on rings around the first person; whoever leads to more people has a wider slice. Shape (people, 2)."""
    children: list[list[int]] = [[] for _ in near]
    order, seen = [0], {0}
    for one in order:
        for other in near[one]:
            if other not in seen:
                seen.add(other)
                order.append(other)
                children[one].append(other)
    leaves = [0] * len(near)
    for one in reversed(order):
        leaves[one] = sum(leaves[child] for child in children[one]) or 1
    at = np.zeros((len(near), 2))
    slices = {0: (0.0, 2.0 * math.pi, 0)}
    for one in order:
        low, high, ring = slices[one]
        middle = 0.5 * (low + high)
        at[one] = ring * math.cos(middle), ring * math.sin(middle)
        for child in children[one]:
            slices[child] = (low, low + (high - low) * leaves[child] / leaves[one], ring + 1)
            low = slices[child][1]
    return at


def flat(at: np.ndarray) -> np.ndarray:
    """The same places around their middle, turned so that they are spread most from left to right."""
    at = at - at.mean(axis=0)
    x, y = at[:, 0], at[:, 1]
    angle = 0.5 * math.atan2(2.0 * float((x * y).sum()), float((x * x).sum() - (y * y).sum()))
    turned = np.stack([x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)], axis=1)
    # Two turns are as flat; the first person, where the part was grown from, stands to the left.
    return -turned if turned[0, 0] > 0 else turned


def packed(parts: Sequence[np.ndarray], width: float, tall: float, unit: float, gap: float) -> Packed:
    """Parts in rows from the top, the first by itself: places in inches, and the height of all rows.

    The first fills `width` or `tall`, stretched a little where it may fill both. In the others a couple is `unit` long,
    unless they would be wider than `width`. Around each lie `gap` inches, and what is left of a row between its parts.
    """
    scaled = []
    for k, part in enumerate(parts):
        room = (np.array([width, tall]) - 2 * gap) / np.maximum(np.ptp(part, axis=0), CLOSE)
        scale = np.minimum(room, MOST_UNIT if k == 0 else unit)
        scale = np.minimum(scale, scale.min() * (STRETCH if k == 0 else 1.0))
        scaled.append((part - [part[:, 0].min(), part[:, 1].max()]) * scale)
    sizes = [np.ptp(part, axis=0) + 2 * gap for part in scaled]
    rows: list[list[int]] = []
    for k, size in enumerate(sizes):
        if k < 2 or sum(float(sizes[one][0]) for one in rows[-1]) + float(size[0]) > width + CLOSE:
            rows.append([])
        rows[-1].append(k)
    made: list[np.ndarray] = []
    top = sum(max(float(sizes[k][1]) for k in row) for row in rows)
    total = top
    for row in rows:
        spare = max(0.0, width - sum(float(sizes[k][0]) for k in row)) / len(row)
        left = 0.5 * spare
        for k in row:
            made.append(np.round(scaled[k] + np.array([left + gap, top - gap]), DECIMALS))
            left += float(sizes[k][0]) + spare
        top -= max(float(sizes[k][1]) for k in row)
    return made, total
