"""Finding partners, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, CLIENT, DT, FORMER, MEN, ONE, PLAIN, TIME, WOMEN, by_group
from kernels.matches import AGE, BOTH, CASUAL, KEY, LOOKS, MAN, PAIR, STEADY, STEP, WOMAN, born, match
from swmodel import codes, rng
from swmodel.search import BLOCKS, MORE_BLOCKS


@pytest.mark.filterwarnings("error")  # of an overflow
def test_match_asks_for_rows_first() -> None:
    """The first call counts one row for each partner looked for, more than 127 too, and writes nothing. Exact."""
    result = match(seeking=[BOTH, 0], new_rows=[])
    assert result.returned == 2 and result.touched == set()
    assert match(new_rows=[]).returned == 0
    many = {"uid": np.arange(200), "group": WOMEN, "seeking": STEADY}
    assert match(new_rows=[], **many).returned == 200


def test_match_of_nobody() -> None:
    """Where nobody looks, no row is used, even if rows were given. Exact."""
    result = match(new_rows=[2, 3])
    assert result.returned == 0 and result.touched == set()


@pytest.mark.parametrize(
    ("group", "seeking", "kind"),
    [
        (WOMEN, STEADY, codes.SPOUSE),
        (FORMER, STEADY, codes.SPOUSE),
        (BROTHEL, STEADY, codes.OWN_PARTNER),
        (BROTHEL, CASUAL, codes.CASUAL_PARTNER),
    ],
)
def test_match_writes_one_pair(group: int, seeking: int, kind: int) -> None:
    """Her and his row, the kind, start and end by a keyed draw, both propensities; one partner more on both sides.

    Exact.
    """
    result = match(group=[group, MEN], seeking=[seeking, 0], condom_propensity=[2.0, 3.0], new_rows=[2])
    assert result.returned == 1
    assert all(result.changed(name) == [2] for name in PAIR if name != "pair_a") and result.pair_a[2] == WOMAN
    assert (result.pair_b[2], result.kind[2], result.since[2], result.pair_propensity[2]) == (MAN, kind, STEP, 6.0)
    drawn = rng.uniform(KEY, 4, 1, LOOKS[seeking], MORE_BLOCKS)
    assert result.until[2] == STEP + rng.whole_steps(result.pair_duration[kind], DT, drawn)
    steady, casual = (result.changed(name) for name in ("steady_partners", "casual_partners"))
    assert (steady, casual) == (([0, 1], []) if seeking == STEADY else ([], [0, 1]))
    assert result.steady_times.tolist() == [int(seeking == STEADY), 0]
    assert not result.counters["unmatched"].any()


def test_match_is_counted_by_kind() -> None:
    """One pair, the years that it is to last, and his age less hers; two years older, and one younger. Exact."""
    for older in (2.0, -1.0):
        given = {"birth": [TIME - AGE, TIME - AGE - older], "men_born": born(PLAIN, [(codes.MEN, 0, AGE + older)])}
        result = match(seeking=[STEADY, 0], age_gap=older, **given)
        assert result.counters["pairs_formed"].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
        years = (result.until[2] - STEP) * DT
        assert result.counters["pair_years"][codes.SPOUSE] == pytest.approx(years * ONE, abs=1.0)
        assert result.counters["age_gaps"][codes.SPOUSE] == pytest.approx(older * ONE, abs=1.0)


def test_match_draws_the_next_threshold() -> None:
    """Only the clock of what she looked for is drawn anew, keyed by person, step and sort of partner.

    A casual one counts from where it ran out, so that casual partners come at their rate; a steady one from now. Exact.
    """
    first = match(seeking=[STEADY, 0], steady_clock=[-0.25, 1.0])
    second = match(seeking=[CASUAL, 0], casual_clock=[-0.25, 1.0])
    assert first.steady_clock[0] == pytest.approx(rng.exponential(KEY, 4, 0, LOOKS[STEADY], 1), rel=1e-15)
    assert second.casual_clock[0] == pytest.approx(rng.exponential(KEY, 4, 0, LOOKS[CASUAL], 1) - 0.25, rel=1e-15)
    assert "casual_clock" not in first.touched and "steady_clock" not in second.touched


def test_match_of_both_sorts_in_one_step() -> None:
    """Who looks for both finds a steady and a casual partner, in two rows, in that order. Exact."""
    result = match(seeking=[BOTH, 0], new_rows=[4, 0])
    assert result.returned == 2 and result.kind.tolist() == [codes.CASUAL_PARTNER, 0, 0, 0, codes.SPOUSE]


def test_match_of_zero_duration_ends_in_the_step() -> None:
    """A pair whose mean duration is no longer than a step lasts one step. Exact."""
    assert match(seeking=[STEADY, 0], pair_duration=DT).until[2] == STEP + 1
    assert match(seeking=[STEADY, 0], pair_duration=0.0).until[2] == STEP + 1


@pytest.mark.parametrize("shape", [0.5, 4.0])
def test_match_of_other_durations_than_exponential(shape: float) -> None:
    """A gamma of the shape, keyed by both people and the occasion, in whole steps: the mean is not rounded away. Exact.

    Its fraction of a step is a step more with that chance, by the keyed draw of an exponential duration.
    """
    for uid in (4, 6, 8):
        given = {"uid": [uid, 1], "duration_shape": {"spouse": shape, "all": 1.0}, "pair_duration": 2.0}
        result = match(seeking=[STEADY, 0], **given)
        stream = np.uint64(int(KEY) ^ (1 << 32) ^ LOOKS[STEADY])
        months = 24.0 * rng.gamma(stream, uid, MORE_BLOCKS, shape)
        u = rng.uniform(KEY, uid, 1, LOOKS[STEADY], MORE_BLOCKS)
        assert result.until[2] - STEP == max(1, int(months + u))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"row_of_man": [-1]}, 0),
        ({"steady_partners": [0, 1]}, 0),
        ({"steady_partners": [0, 1], "polygynous": [False, True]}, 1),
        ({"steady_partners": [0, 2], "polygynous": [False, True]}, 0),
        ({"casual_partners": [0, 99]}, 1),
        ({"row_of_man": [MAN, -1], "men_born": born(PLAIN, [(1, 0, AGE)] * 2)}, 1),
        ({"men_born": born(PLAIN, [(1, 0, 31.0)])}, 0),
        ({"men_born": born(PLAIN, [(1, 0, 31.0)]), "age_gap": 1.0}, 1),
        ({"men_born": born(PLAIN, [(1, 0, 31.0)]), "age_gap": {"spouse": 1.0, "casual": 9.0}}, 1),
        ({"men_born": born(PLAIN, [(1, 0, 64.5)]), "age_gap": 20.0, "birth": TIME - 64.9}, 1),
        ({"men_born": born(PLAIN, [(1, 0, 18.5)]), "age_gap": -20.0, "birth": TIME - 18.0}, 1),
    ],
    ids=["gone", "taken", "may have two", "has two", "casual ones", "one gone", "other age", "gap", "by kind", "old",
         "young"],
)  # fmt: skip
def test_match_of_steady_partners_with_men_who_are_free(given: dict[str, Any], found: int) -> None:
    """He must be there, of the age drawn within those simulated, below his number of steady partners. Exact."""
    result = match(seeking=[STEADY, 0], **given)
    assert result.returned == found and result.counters["unmatched"].tolist() == by_group({WOMEN: 1 - found})
    assert found or result.touched == {"unmatched", "steady_clock"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"casual_partners": [0, 4], "casual_limit": 5.0}, 1),
        ({"casual_partners": [0, 5], "casual_limit": 5.0}, 0),
        ({"casual_partners": [0, 5], "casual_limit": {"women": 5.0, "men": 6.0}}, 1),
        ({"casual_partners": [0, 5], "casual_limit": {"women": 6.0, "men": 5.0}}, 0),
        ({"steady_partners": [0, 9]}, 1),
        ({"male_activity": {"men": 0.0, "all": 1.0}}, 0),
        ({"male_activity": {"men": 1.0, "all": 1.0}}, 1),
    ],
    ids=["below the limit", "at the limit", "his limit", "not hers", "steady ones do not count", "not willing",
         "willing"],
)  # fmt: skip
def test_match_of_casual_partners_with_men_who_are_willing(given: dict[str, Any], found: int) -> None:
    """He must be below the limit of casual partners of his group, and willing by his group's activity. Exact."""
    assert match(seeking=[CASUAL, 0], **given).returned == found


def test_match_of_casual_partners_of_all_groups() -> None:
    """Men and clients are willing by the activity of their group, relative to the largest. Exact; n = 40 seekers.

    A candidate says yes to what is left of the word that led to him; eight words, each of which leads to him.
    """
    for group, activity in ((MEN, 0.25), (CLIENT, 1.0)):
        for uid in range(100, 120):
            result = match(uid=[uid, 1], group=[WOMEN, group], seeking=[CASUAL, 0],
                           male_activity={"men": 0.5, "clients": 2.0})  # fmt: skip
            words = [w for b in range(BLOCKS) for w in rng.philox(uid, 1, LOOKS[CASUAL], b, KEY)]
            says = [(float(w) + 0.5) * rng.WORD for w in words]
            assert result.returned == any(u < activity for u in says)


def test_match_of_two_women_with_one_man() -> None:
    """The woman of the smaller uid comes first in even steps and last in odd ones, whatever the rows. Exact.

    Who finds nobody counts in her group. Planted: who looks for a partner is always served from the lowest uid.
    """
    for step, first, last in ((6, 2, 0), (7, 0, 2)):
        result = match(
            uid=[8, 1, 6], group=[WOMEN, MEN, BROTHEL], birth=TIME - AGE, seeking=[STEADY, 0, STEADY],
            new_rows=[0, 1], step=step,
        )  # fmt: skip
        assert result.returned == 1 and result.pair_a[0] == first
        assert result.counters["unmatched"].tolist() == by_group({(BROTHEL if last == 2 else WOMEN): 1})
        assert result.steady_partners[[first, 1, last]].tolist() == [1, 1, 0] and result.changed("kind") == [0]


def age_sought(uid: int, taste: int, steady: int, spread: float = 8.0) -> float:
    """The age of man that somebody of 30 looks for, with a mean gap of none; within the ages simulated."""
    return min(max(AGE + spread * rng.normal(KEY, uid, taste, steady, 9), 18.5), 64.5)


def test_taste_is_kept_until_somebody_is_found() -> None:
    """Who looks for a steady partner goes on to look for the same age; after a partner it is another. Exact.

    A man of that age, to within half a year, is found in whatever step, and one two years older or younger in none.
    """
    for times in (0, 1, 5):
        age = age_sought(4, times, 1)
        for gap, found in ((0.0, 1), (0.4, 1), (2.0, 0), (-2.0, 0)):
            men = {"men_born": born(PLAIN, [(codes.MEN, 0, age + gap)]), "birth": [TIME - AGE, TIME - age - gap]}
            for step in range(4):
                result = match(seeking=[STEADY, 0], steady_times=[times, 9], age_gap_spread=8.0, step=step, **men)
                assert result.returned == found


def test_taste_in_casual_partners_is_of_the_step() -> None:
    """Who looks for a casual partner draws the age anew in every step, keyed apart from that of a steady one. Exact."""
    steady = []
    for step in range(8):
        age = age_sought(4, step, 0)
        men = {"men_born": born(PLAIN, [(codes.MEN, 0, age)]), "birth": [TIME - AGE, TIME - age]}
        given = {"age_gap_spread": 8.0, "step": step, "steady_times": [step, 0]}
        assert match(seeking=[CASUAL, 0], **given, **men).returned == 1
        steady.append(match(seeking=[STEADY, 0], **given, **men).returned == 1)
    assert steady == [abs(age_sought(4, step, 0) - age_sought(4, step, 1)) < 0.5 for step in range(8)]
    assert not all(steady)


def test_a_spread_of_the_kind() -> None:
    """The spread of ages, as the gap, is that of the kind of pair of the seeker. Exact."""
    spread = {"spouse": 0.0, "own_partner": 8.0, "all": 4.0}
    for group, age in ((WOMEN, AGE), (BROTHEL, age_sought(4, 0, 1))):
        men = {"men_born": born(PLAIN, [(codes.MEN, 0, age)]), "group": [group, MEN]}
        assert match(seeking=[STEADY, 0], age_gap_spread=spread, **men).returned == 1


def test_ages_are_held_within_those_simulated() -> None:
    """However large the gap, the age sought is within half a year of the first and last age. Exact."""
    for gap, age in ((20.0, 64.5), (-20.0, 18.5)):
        for seeker in (19.0, 64.0):
            if (seeker > 40.0) == (gap > 0.0):
                men = {"men_born": born(PLAIN, [(1, 0, age)]), "birth": [TIME - seeker, TIME - age]}
                assert match(seeking=[STEADY, 0], age_gap=gap, **men).returned == 1


def test_who_finds_no_steady_partner_waits() -> None:
    """A keyed exponential of a quarter of a year on average, at the rate of her group, until she looks again. Exact.

    The clock runs at the rate of the group, so the time is the clock over the rate. Casual clocks are left as they are.
    """
    for group, rate in ((WOMEN, 0.25), (BROTHEL, 3.0)):
        for uid in (4, 6):
            given = {"uid": [uid, 1], "group": [group, MEN], "row_of_man": [-1]}
            result = match(seeking=[BOTH, 0], steady_clock=-0.5, casual_clock=-0.5, **given,
                           steady_rate={"women": 0.25, "fsw": 3.0})  # fmt: skip
            waits = result.steady_clock[0] / rate
            assert waits == pytest.approx(0.25 * rng.exponential(KEY, uid, 0, LOOKS[STEADY], 3), rel=1e-14)
            assert result.touched == {"unmatched", "steady_clock"} and result.changed("steady_clock") == [0]
            assert result.counters["unmatched"].tolist() == by_group({group: 2})


def test_patience_is_kept_by_those_who_find_a_partner() -> None:
    """Who finds somebody, or was found before her turn, has a new threshold that patience does not shorten. Exact."""
    for given in ({}, {"steady_partners": [1, 0]}):
        result = match(seeking=[STEADY, 0], **given)
        assert result.steady_clock[0] == pytest.approx(rng.exponential(KEY, 4, 0, LOOKS[STEADY], 1), rel=1e-14)
        assert not result.counters["unmatched"].any()
