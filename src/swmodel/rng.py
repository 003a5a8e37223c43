"""Random numbers that are a pure function of what they are about.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, SC'11, doi 10.1145/2063384.2063405) turns a counter of four 32-bit
words (person, partner, occasion, draw) and a 64-bit key (seed and stream name) into four random words. A draw therefore
never depends on the order of rows, on threads, or on what another process drew.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from swmodel.jit import compiled_once, helper, woven_in

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)
SHIFT = np.uint64(6)  # 26 + 26 bits and a half fit a double exactly, so that no number rounds to 1
LOW_26 = np.uint64(26)
UNIT = 1.0 / 4503599627370496.0  # 2 to the -52
WORDS = ("uint64",) * 5  # the types of a counter and its key
WORD = 1.0 / 4294967296.0  # 2 to the -32: a word x WORD is a uniform in [0, 1) of 32 bits

TALLY = 1.0 / 1048576.0  # 2 to the -20: the unit of counters of expected amounts
FIXED_SCALE = 1099511627776.0  # 2 to the 40: fixed-point amounts resolve 1e-12 and hold 8 million
FIXED_LIMIT = 2097152.0  # 2 to the 21, beyond any unit-exponential threshold


def stream_key(seed: int, name: str) -> np.uint64:
    """The 64-bit key of stream `name` under `seed`: unrelated keys for neighbouring seeds and names."""
    digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


@woven_in
def rounds(c0, c1, c2, c3, key):
    """The ten rounds of Philox."""
    a, b, c, d = np.uint64(c0) & MASK, np.uint64(c1) & MASK, np.uint64(c2) & MASK, np.uint64(c3) & MASK
    k0, k1 = np.uint64(key) & MASK, np.uint64(key) >> HALF
    for _ in range(10):
        p0, p1 = M0 * a, M1 * c
        a, b, c, d = (p1 >> HALF) ^ b ^ k0, p1 & MASK, (p0 >> HALF) ^ d ^ k1, p0 & MASK
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return a, b, c, d


@compiled_once(*WORDS)
def philox(c0, c1, c2, c3, key):
    """Four random 32-bit words (as uint64) for counter words `c0..c3` and a 64-bit `key`."""
    return rounds(c0, c1, c2, c3, key)


@helper
def philox_of_many(persons, partner, occasions, draw, key):
    """The words of `philox` for many persons and occasions (u4 arrays), in a seventh of the time; shape (4, many)."""
    words = np.empty((4, len(persons)), np.uint32)
    for k in range(len(persons)):
        words[0, k], words[1, k], words[2, k], words[3, k] = rounds(persons[k], partner, occasions[k], draw, key)
    return words


@compiled_once("uint64", "uint64")
def to_unit(high, low):
    """A double in (0, 1), never 0 or 1, from two 32-bit words."""
    return (np.float64(((high >> SHIFT) << LOW_26) | (low >> SHIFT)) + 0.5) * UNIT


@compiled_once(*WORDS)
def uniform(key, person, partner, occasion, draw):
    """One uniform double in (0, 1)."""
    a, b, _, _ = philox(person, partner, occasion, draw, key)
    return to_unit(a, b)


@compiled_once(*WORDS)
def uniforms(key, person, partner, occasion, draw):
    """Two independent uniform doubles in (0, 1), from one block."""
    a, b, c, d = philox(person, partner, occasion, draw, key)
    return to_unit(a, b), to_unit(c, d)


@compiled_once(*WORDS)
def exponential(key, person, partner, occasion, draw):
    """One unit exponential: a clock's threshold."""
    return -math.log(uniform(key, person, partner, occasion, draw))


@helper
def exponentials(persons, partner, occasions, draw, key):
    """The unit exponentials of many persons and occasions (u4 arrays), as `exponential` draws them; shape (many,)."""
    words, drawn = philox_of_many(persons, partner, occasions, draw, key), np.empty(len(persons))
    for k in range(len(persons)):
        drawn[k] = -math.log(to_unit(words[0, k], words[1, k]))
    return drawn


@compiled_once(*WORDS)
def normal(key, person, partner, occasion, draw):
    """One standard normal (Box and Muller 1958)."""
    u, v = uniforms(key, person, partner, occasion, draw)
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@compiled_once("uint64", "uint64", "uint64", "float64")
def gamma(key, person, draw, shape):
    """One gamma variate of mean 1 and the given shape (Marsaglia and Tsang 2000); uses the counter's occasion word."""
    boost = 1.0
    k = shape
    if shape < 1.0:
        boost = uniform(key, person, np.uint64(1), np.uint64(0), draw) ** (1.0 / shape)
        k = shape + 1.0
    d = k - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    for attempt in range(1, 1000):
        x = normal(key, person, np.uint64(2), np.uint64(attempt), draw)
        v = (1.0 + c * x) ** 3
        u = uniform(key, person, np.uint64(3), np.uint64(attempt), draw)
        if v > 0.0 and math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
            return boost * d * v / shape
    return 1.0


@helper
def poisson(mean, u):
    """The Poisson quantile of `u`: a larger mean never gives a smaller count for the same `u`.

    Means above 500 use the normal approximation with its skewness term (Cornish and Fisher
    1938); counts stay below 65,000.
    """
    if mean <= 0.0:
        return 0
    if mean > 500.0:
        # Bisection on the normal's distribution function: rare, and monotone in both arguments.
        lo, hi = -9.0, 9.0
        for _ in range(60):
            mid = 0.5 * (lo + hi)
            if 0.5 * (1.0 + math.erf(mid / math.sqrt(2.0))) < u:
                lo = mid
            else:
                hi = mid
        return max(0, int(mean + math.sqrt(mean) * lo + (lo * lo - 1.0) / 6.0 + 0.5))
    p = math.exp(-mean)
    total, k = p, 0
    while u > total and k < 65000:
        k += 1
        p *= mean / k
        total += p
        if p < 1e-300:
            break
    return k


@helper
def whole_steps(duration, dt, u):
    """An exponential duration in whole steps, at least one, with a mean of exactly `duration` (if not below `dt`).

    The geometric quantile of `u`, whose chance to end is dt / duration in each step; both in years.
    """
    if duration <= dt:
        return 1
    return int(min(math.ceil(math.log(u) / math.log1p(-dt / duration)), 1e6))


@helper
def first_above(sums, u):
    """The first place of rising `sums` that lies above `u`; the last one if none does."""
    for place in range(len(sums)):
        if u < sums[place]:
            return place
    return len(sums) - 1


@helper
def which_share(shares, u):
    """The place in `shares` at which their running sum passes `u`; the last one if it never does."""
    for place in range(len(shares)):
        u -= shares[place]
        if u < 0.0:
            return place
    return len(shares) - 1


@helper
def fixed(amount):
    """An amount as a 64-bit integer of 2^-40, so that sums of many do not depend on their order."""
    return np.int64(min(np.float64(amount), FIXED_LIMIT) * FIXED_SCALE + 0.5)


@helper
def floating(amount):
    """The amount that `fixed` stored."""
    return np.float64(amount) / FIXED_SCALE


@helper
def run_down(clock, i, hazard_dt):
    """Take `hazard_dt` (hazard x step, no unit) off person i's clock; True if the event happens in this step.

    Exact for hazards that are constant within a step (Sellke 1983; Anderson 2007): the threshold is unit exponential.
    """
    clock[i] -= hazard_dt
    return clock[i] <= 0.0


@helper
def unspent(clock, i, hazard_dt):
    """The share of the step (0 to 1) that was left when person i's clock ran out under `hazard_dt`."""
    return -clock[i] / hazard_dt if hazard_dt > 0.0 else 0.0


@helper
def rewind(clock, i, key, person, occasion, carried):
    """Draw the next threshold, for the `occasion`-th time, and take `carried` (hazard already spent) off it.

    With `carried` = unspent share x new hazard x step, durations keep their exact mean whatever the step.
    """
    clock[i] = exponential(key, person, np.uint64(0), np.uint64(occasion), np.uint64(0)) - carried


@helper
def which_cause(key, person, occasion, first, total):
    """True if the event, at total hazard `total`, was of the cause with hazard `first`; keyed like the event."""
    return uniform(key, person, np.uint64(1), np.uint64(occasion), np.uint64(0)) * total < first


@helper
def tally(amount):
    """An expected amount as an integer of 2^-20, for counters declared `expected`."""
    return np.int64(amount * 1048576.0 + 0.5)


@helper
def scatter(uid, number, places):
    """A place (0 to `places` - 1, a power of two) for a person's `number`-th thing: the finaliser of MurmurHash3.

    For book-keeping that must not depend on others, never for a draw. Products stay within 64 bits.
    """
    h = (np.uint64(uid) ^ ((np.uint64(number) * W0) & MASK)) & MASK
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & MASK
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & MASK
    return np.int64((h ^ (h >> np.uint64(16))) & np.uint64(places - 1))
