"""Random numbers in plain Python: Philox4x32-10, and the draws that the model makes from it.

A draw is a pure function of what it is about: whose it is (person), with whom (partner), which time it happens
(occasion), and which of several draws it is then (draw). Nothing is remembered from one draw to the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

MASK = 0xFFFFFFFF
ONE = 2**40  # units of force in a hazard of 1
WORD = 2.0**-32  # a word x WORD is a uniform in [0, 1)

Words = tuple[int, int, int, int]


def philox(counter: Words, key: int) -> Words:
    """Four random 32-bit words for a counter of four words and a 64-bit key (Salmon et al. 2011)."""
    a, b, c, d = (word & MASK for word in counter)
    k0, k1 = key & MASK, key >> 32
    for _ in range(10):
        p0, p1 = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (p1 >> 32) ^ b ^ k0, p1 & MASK, (p0 >> 32) ^ d ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b, c, d


def to_unit(high: int, low: int) -> float:
    """A number strictly between 0 and 1, from the upper 26 bits of each of two words."""
    return (float((high >> 6) << 26 | low >> 6) + 0.5) * 2.0**-52


@dataclass(frozen=True)
class Stream:
    """The draws of one process of the model, or of one kind of clock."""

    key: int

    def words(self, person: int, partner: int = 0, occasion: int = 0, draw: int = 0) -> Words:
        """Four random words."""
        return philox((person, partner, occasion, draw), self.key)

    def uniform(self, person: int, partner: int = 0, occasion: int = 0, draw: int = 0) -> float:
        """A number between 0 and 1, all equally likely."""
        a, b, _, _ = self.words(person, partner, occasion, draw)
        return to_unit(a, b)

    def uniforms(self, person: int, partner: int = 0, occasion: int = 0, draw: int = 0) -> tuple[float, float]:
        """Two numbers between 0 and 1, of one draw."""
        a, b, c, d = self.words(person, partner, occasion, draw)
        return to_unit(a, b), to_unit(c, d)

    def exponential(self, person: int, partner: int = 0, occasion: int = 0, draw: int = 0) -> float:
        """How much hazard passes before something happens: exponential, of mean 1."""
        return -math.log(self.uniform(person, partner, occasion, draw))

    def normal(self, person: int, partner: int = 0, occasion: int = 0, draw: int = 0) -> float:
        """A standard normal, by Box and Muller."""
        a, b, c, d = self.words(person, partner, occasion, draw)
        return math.sqrt(-2.0 * math.log(to_unit(a, b))) * math.cos(2.0 * math.pi * to_unit(c, d))

    def gamma(self, person: int, draw: int, shape: float) -> float:
        """A gamma variate of mean 1, by Marsaglia and Tsang; a shape below 1 is raised by 1 and brought back."""
        boost, k = 1.0, shape
        if shape < 1.0:
            boost, k = self.uniform(person, 1, 0, draw) ** (1.0 / shape), shape + 1.0
        d = k - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        for attempt in range(1, 1000):
            x = self.normal(person, 2, attempt, draw)
            root = 1.0 + c * x
            v = root * root * root
            u = self.uniform(person, 3, attempt, draw)
            if v > 0.0 and math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
                return boost * d * v / shape
        return 1.0


def whole_steps(duration: float, dt: float, u: float) -> int:
    """An exponential duration in whole steps, at least one: the chance to end in a step is dt / duration."""
    if duration <= dt:
        return 1
    return int(min(math.ceil(math.log(u) / math.log1p(-dt / duration)), 1e6))


def scatter(uid: int, number: int, places: int) -> int:
    """One of so many places (a power of two) for a person's `number`-th thing: the last lines of MurmurHash3."""
    h = (uid ^ number * 0x9E3779B9) & MASK
    h = (h ^ h >> 16) * 0x85EBCA6B & MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & MASK
    return (h ^ h >> 16) % places


def single(number: float) -> float:
    """A number as kept in single precision, as factors, traits and columns of pairs are."""
    return float(np.float32(number))


def fixed(amount: float) -> int:
    """A force of infection in whole units of 2^-40, so that sums do not depend on the order of their terms."""
    return int(amount * ONE + 0.5)


def tally(amount: float) -> int:
    """An expected amount (of acts, contacts, tests) in whole units of 2^-20, for the same reason."""
    return int(amount * 2.0**20 + 0.5)
