"""Counts on a network of people, from arrays of who is paired with whom: degrees, parts, triangles, assortativity.

A network here is simple: two people are joined once, however many pairs they have. All of it is quick enough for
100,000 people; nothing is drawn at random, and the order of people and pairs does not matter.
"""

from __future__ import annotations

import numpy as np


def joined(first: np.ndarray, second: np.ndarray, people: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is joined with whom, each couple once, the lower place first; places and couples are rising."""
    low, high = np.minimum(first, second).astype(np.int64), np.maximum(first, second).astype(np.int64)
    keys = np.unique((low * people + high)[low != high])
    return keys // max(people, 1), keys % max(people, 1)


def degrees(a: np.ndarray, b: np.ndarray, people: int) -> np.ndarray:
    """The number of partners of each person; integers of shape (people,). `a`, `b` are of `joined`."""
    return np.bincount(a, minlength=people) + np.bincount(b, minlength=people)


def components(a: np.ndarray, b: np.ndarray, people: int) -> np.ndarray:
    """The part of the network that each person is in, as the lowest place in it; shape (people,).

    Whoever leads a part is hooked to the lowest leader next to it, and chains of leaders are then cut short, until no
    pair joins two parts.
    """
    leader = np.arange(people)
    while True:
        one, other = leader[a], leader[b]
        if (one == other).all():
            return leader
        np.minimum.at(leader, np.maximum(one, other), np.minimum(one, other))
        while True:
            shorter = leader[leader]
            if (shorter == leader).all():
                break
            leader = shorter


def triangles(a: np.ndarray, b: np.ndarray, people: int) -> np.ndarray:
    """In how many triangles each person is; shape (people,).

    Each couple is directed from the partner with fewer partners to the one with more. Then nobody has many partners
    ahead, and a triangle is found once: at the one of the three from whom both others are ahead.
    """
    degree = degrees(a, b, people)
    swap = (degree[a] > degree[b]) | ((degree[a] == degree[b]) & (a > b))
    tail, head = np.where(swap, b, a), np.where(swap, a, b)
    order = np.lexsort((head, tail))
    tail, head = tail[order], head[order]
    ends = np.cumsum(np.bincount(tail, minlength=people))
    place = np.arange(len(tail))
    after = ends[tail] - place - 1  # couples of the same person further on
    first = np.repeat(place, after)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after)
    low, high = np.minimum(head[first], head[second]), np.maximum(head[first], head[second])
    closed = np.isin(low * people + high, a * people + b)
    corners = np.concatenate([tail[first][closed], low[closed], high[closed]])
    return np.bincount(corners, minlength=people)


def clustering(a: np.ndarray, b: np.ndarray, people: int) -> tuple[int, float, float]:
    """Triangles; the share of all paths of two couples that are closed; the mean of that share over people.

    A person with fewer than two partners has none to be closed and counts as 0 in the mean (Watts and Strogatz 1998).
    """
    degree, found = degrees(a, b, people), triangles(a, b, people)
    paths = degree * (degree - 1) // 2
    total = int(paths.sum())
    closed = float(found.sum()) / total if total else 0.0
    own = np.divide(found, paths, out=np.zeros(people), where=paths > 0)
    return int(found.sum()) // 3, closed, float(own.mean()) if people else 0.0


def assortativity(x: np.ndarray, y: np.ndarray) -> float:
    """Newman's r: 1 if partners are always alike, 0 if they are as by chance; NaN where all people are alike.

    `x` and `y` are the categories (integers from 0) of both partners, shape (pairs,). Newman 2003, Phys Rev E
    67:026126.
    """
    if not len(x):
        return float("nan")
    size = int(max(x.max(), y.max())) + 1
    counts = np.bincount(x * size + y, minlength=size * size).reshape(size, size)
    mixing = (counts + counts.T) / counts.sum() / 2.0
    ends = mixing.sum(axis=1)
    by_chance = float((ends * ends).sum())
    return float((np.trace(mixing) - by_chance) / (1.0 - by_chance)) if by_chance < 1.0 else float("nan")
