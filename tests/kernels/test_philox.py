"""The random numbers: published answers, ranges, and distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from swmodel import rng

ALPHA = 1e-4
N = 20_000
KEY = rng.stream_key(20240601, "test_philox")
ONES = 0xFFFFFFFF
# Random123, kat_vectors: philox4x32, 10 rounds. Counter, key, answer.
KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers(counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]) -> None:
    """Philox4x32-10 gives the published answers. Exact."""
    got = rng.philox(*(np.uint64(c) for c in counter), np.uint64(key[0] | key[1] << 32))
    assert tuple(int(word) for word in got) == answer


def test_smallest_words_are_above_zero() -> None:
    """The smallest words give a double strictly above 0. Exact."""
    assert 0.0 < rng.to_unit(np.uint64(0), np.uint64(0)) < 1e-15


def test_largest_words_are_below_one() -> None:
    """The largest words give a double strictly below 1. Exact."""
    assert 1.0 - 1e-15 < rng.to_unit(np.uint64(ONES), np.uint64(ONES)) < 1.0


def test_uniforms_are_uniform() -> None:
    """Both doubles of a block are uniform in (0, 1) and unrelated: KS and Spearman, n = 20,000, alpha 1e-4 each.

    A distance of 0.024 between distribution functions, or a correlation of 0.045, is found with power 0.99.
    """
    drawn = np.array([rng.uniforms(KEY, person, 0, 0, 0) for person in range(N)])
    assert (drawn > 0.0).all() and (drawn < 1.0).all()
    assert min(stats.kstest(drawn[:, k], "uniform").pvalue for k in (0, 1)) > ALPHA
    assert stats.spearmanr(drawn[:, 0], drawn[:, 1]).pvalue > ALPHA


def test_words_of_the_counter_give_unrelated_draws() -> None:
    """Draws that differ in one word of the counter are unrelated: Spearman, n = 20,000, alpha 1e-4 each.

    A correlation of 0.045 is found with power 0.99.
    """
    base = [rng.uniform(KEY, person, 0, 0, 0) for person in range(N)]
    for words in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        other = [rng.uniform(KEY, person, *words) for person in range(N)]
        assert stats.spearmanr(base, other).pvalue > ALPHA


def test_exponential() -> None:
    """Thresholds are unit exponential: KS, n = 20,000, alpha 1e-4; a mean 8% off is found with power 0.99."""
    drawn = [rng.exponential(KEY, person, 1, 0, 0) for person in range(N)]
    assert stats.kstest(drawn, "expon").pvalue > ALPHA


@pytest.mark.parametrize("shape", [0.5, 1.0, 3.0])
def test_gamma(shape: float) -> None:
    """Gamma variates have the shape and mean 1: KS, n = 20,000, alpha 1e-4; a distance of 0.024 has power 0.99."""
    drawn = [rng.gamma(KEY, person, 3, shape) for person in range(N)]
    assert stats.kstest(drawn, stats.gamma(shape, scale=1.0 / shape).cdf).pvalue > ALPHA


@pytest.mark.parametrize("mean", [0.01, 0.7, 5.0, 60.0, 499.0])
def test_poisson_is_the_quantile(mean: float) -> None:
    """Counts equal SciPy's Poisson quantile at 999 places. Exact."""
    places = (np.arange(999) + 0.5) / 999
    assert [rng.poisson(mean, u) for u in places] == stats.poisson(mean).ppf(places).astype(int).tolist()


def test_poisson_is_monotone_in_the_mean() -> None:
    """A larger mean never gives a smaller count for the same place, on either side of mean 500. Exact."""
    for means in (np.geomspace(1e-3, 500.0, 200), np.geomspace(500.001, 5000.0, 100)):
        for u in (1e-6, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-6):
            counts = [rng.poisson(mean, u) for mean in means]
            assert all(a <= b for a, b in zip(counts, counts[1:], strict=False))


def test_poisson_is_monotone_across_the_change_of_method() -> None:
    """A larger mean never gives a smaller count for the same place, from just below to just above 500. Exact."""
    for u in (1e-6, 0.001, 0.1, 0.5, 0.9, 0.999, 1.0 - 1e-6):
        assert rng.poisson(499.999, u) <= rng.poisson(500.001, u)


def test_poisson_of_nothing_is_zero() -> None:
    """A mean of 0, or below, gives no event. Exact."""
    assert rng.poisson(0.0, 0.999999) == rng.poisson(-1.0, 0.5) == 0


def test_fixed_point_keeps_amounts() -> None:
    """An amount comes back from fixed point within half of 2^-40, and larger ones meet the limit. Exact."""
    for amount in (0.0, 1e-9, 0.1, math.pi, 1000.0):
        assert abs(rng.floating(rng.fixed(amount)) - amount) <= 2.0**-41
    assert rng.floating(rng.fixed(1e9)) == rng.FIXED_LIMIT


@pytest.mark.parametrize(("number", "place"), [(0, 0), (1, 0x514E28B7), (ONES, 0x81F16F39)])
def test_places_have_the_published_hash(number: int, place: int) -> None:
    """The place among 2^32 is MurmurHash3 (32 bits) of nothing, with the uid as its seed. Exact."""
    assert rng.scatter(np.uint32(number), 0, 1 << 32) == place
    assert rng.scatter(np.uint32(number), 0, 64) == place % 64


@pytest.mark.filterwarnings("error")  # of an overflow
@pytest.mark.parametrize("uid", [0, 1, 2**31, ONES])
def test_places_are_there(uid: int) -> None:
    """Places are from 0 to one less than there are, for the smallest and largest uids and numbers. Exact."""
    for places in (1, 2, 4, 1 << 20, 1 << 32):
        assert all(0 <= rng.scatter(np.uint32(uid), number, places) < places for number in (0, 1, 2, 100_000, ONES))


@pytest.mark.parametrize("apart", [1, 2, 64])
def test_places_are_even(apart: int) -> None:
    """People, and the things of one person, are spread evenly: chi-square over 64 places, n = 5,000, alpha 1e-4 each.

    A standard deviation of 13% between the chances of places is found with power 0.99.
    """
    people = [rng.scatter(apart * k, 0, 64) for k in range(5000)]
    things = [rng.scatter(apart, k, 64) for k in range(5000)]
    for drawn in (people, things):
        assert stats.chisquare(np.bincount(drawn, minlength=64)).pvalue > ALPHA


def test_many_at_once_are_those_one_by_one() -> None:
    """Words and exponentials of a list are those of each person and occasion alone, bit for bit. Exact; 1,000."""
    persons = np.arange(1000, dtype=np.uint32) * np.uint32(4294967)
    occasions = np.arange(1000, dtype=np.uint32)[::-1].copy()
    partner, draw = np.uint64(3), np.uint64(5)
    words = rng.philox_of_many(persons, partner, occasions, draw, KEY)
    drawn = rng.exponentials(persons, partner, occasions, draw, KEY)
    for k in range(1000):
        assert tuple(int(w) for w in words[:, k]) == rng.philox(persons[k], partner, occasions[k], draw, KEY)
        assert drawn[k] == rng.exponential(KEY, persons[k], partner, occasions[k], draw)
    assert rng.philox_of_many(persons[:0], partner, occasions[:0], draw, KEY).shape == (4, 0)
