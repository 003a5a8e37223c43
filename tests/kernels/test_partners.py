"""Looking for partners and finding them, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, TIME, Result, call, key_of
from swmodel import codes, rng
from swmodel.processes.partners import BLOCKS, partnerships, seeking_partners

KEY = key_of(partnerships)
STEADY, CASUAL, BOTH = 1, 2, 3  # what a woman looks for
LOOKS = {CASUAL: 6, STEADY: 7}  # the occasion of her draws at step 3, for each sort of partner
WOMAN, MAN = 0, 1  # rows of the smallest world
PAIR = ["pair_a", "pair_b", "kind", "until", "pair_propensity"]


def seek(**given: Any) -> Result:
    """One step, not the first, of women whose clocks have run out unless said otherwise."""
    return call(seeking_partners, **{"step": 1, "steady_clock": 0.0, "casual_clock": 0.0, **given})


def match(**given: Any) -> Result:
    """One step of woman 0 and man 1, both 30 and free; he is the only man of any age that she could draw."""
    world = {
        "uid": [4, 1], "group": [codes.WOMEN, codes.MEN], "birth": TIME - 30.0, "row_of_man": [MAN], "new_rows": [2],
        "step": 3, "first_birth": TIME - 70.0, "men_born": born(30.0), "births_per_year": 12, "pairs_rows": 5,
        "age_gap": 0.0, "age_gap_casual": 0.0, "age_gap_spread": 0.0,
    }  # fmt: skip
    return call(partnerships, **{**world, **given})


def born(age: float) -> np.ndarray:
    """How many men were born before each month of 55 years, where there is one man of this age."""
    return (np.arange(661) > 12 * (70.0 - age)).astype(int)


def test_seeking_nobody() -> None:
    """No people, in the first step and later: nothing happens. Exact."""
    assert seek(people_rows=0).touched == set()
    assert seek(people_rows=0, step=0).touched == set()


def test_seeking_is_for_women() -> None:
    """Men and clients never look, and their clocks do not run, though a rate is declared for all groups. Exact."""
    group = [codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL]
    result = seek(group=group, steady_clock=1e-9, casual_clock=1e-9, steady_rate=5.0, casual_rate=5.0)
    assert result.seeking.tolist() == [BOTH, 0, 0, BOTH]
    assert result.changed("steady_clock") == result.changed("casual_clock") == [0, 3]


def test_seeking_is_told_apart() -> None:
    """Whose steady clock has run out looks for a steady partner, whose casual clock for a casual one. Exact."""
    result = seek(steady_clock=[9.0, 0.0, 9.0, 0.0], casual_clock=[9.0, 9.0, 0.0, 0.0])
    assert result.seeking.tolist() == [0, STEADY, CASUAL, BOTH]


def test_seeking_runs_clocks_by_the_rate_of_the_group() -> None:
    """Clocks fall by rate x step of the group, and nothing else is written while they have time left. Exact."""
    rates = {"steady_rate": {"women": 0.25, "fsw": 0.5}, "casual_rate": {"women": 1.0, "fsw": 2.0}}
    result = seek(group=[codes.WOMEN, BROTHEL], steady_clock=1.0, casual_clock=1.0, **rates)
    assert (1.0 - result.steady_clock).tolist() == pytest.approx([0.25 * DT, 0.5 * DT], abs=1e-15)
    assert (1.0 - result.casual_clock).tolist() == pytest.approx([1.0 * DT, 2.0 * DT], abs=1e-15)
    assert result.touched == {"steady_clock", "casual_clock"}


def test_seeking_a_steady_partner_is_for_those_without() -> None:
    """With a steady partner her steady clock halts, even if it has run out; the casual one goes on. Exact."""
    result = seek(steady_partners=[1, 1], steady_clock=[0.0, 5.0], casual_clock=[0.0, 5.0])
    assert result.seeking.tolist() == [CASUAL, 0]
    assert result.changed("steady_clock") == [] and result.changed("casual_clock") == [0, 1]


def test_seeking_passes_over_the_dead() -> None:
    """A row of nobody does not look, in the first step neither. Exact."""
    for step in (0, 1):
        assert not seek(people_rows=3, alive=False, step=step, steady_at_start=1.0).seeking.any()


@pytest.mark.parametrize(("share", "steady"), [(0.0, 0), (1.0, STEADY)])
def test_seeking_at_the_start(share: float, steady: int) -> None:
    """In the first step a share of women look for a steady partner, once only, whatever their clocks say. Exact."""
    given = {"group": [0, BROTHEL, 1, 2, 0], "steady_clock": [9, 9, 9, 9, 0], "casual_clock": [9, 0, 9, 9, 0]}
    result = seek(step=0, steady_at_start=share, **given)
    assert result.seeking.tolist() == [steady, steady + CASUAL, 0, 0, BOTH]
    assert seek(steady_at_start=share, **given).seeking.tolist() == [0, CASUAL, 0, 0, BOTH]


@pytest.mark.filterwarnings("error")  # of an overflow
def test_match_asks_for_rows_first() -> None:
    """The first call counts one row for each partner looked for, more than 127 too, and writes nothing. Exact."""
    result = match(seeking=[BOTH, 0], new_rows=[])
    assert result.returned == 2 and result.touched == set()
    assert match(new_rows=[]).returned == 0
    many = {"uid": np.arange(200), "group": codes.WOMEN, "seeking": STEADY}
    assert match(new_rows=[], **many).returned == 200


def test_match_of_nobody() -> None:
    """Where nobody looks, no row is used, even if rows were given. Exact."""
    result = match(new_rows=[2, 3])
    assert result.returned == 0 and result.touched == set()


@pytest.mark.parametrize(
    ("group", "seeking", "kind"),
    [(codes.WOMEN, STEADY, codes.SPOUSE), (BROTHEL, STEADY, codes.OWN_PARTNER), (BROTHEL, CASUAL, codes.CASUAL)],
)
def test_match_writes_one_pair(group: int, seeking: int, kind: int) -> None:
    """Her and his row, the kind, the end by a keyed draw, both propensities; one partner more on both sides. Exact."""
    result = match(group=[group, codes.MEN], seeking=[seeking, 0], condom_propensity=[2.0, 3.0], new_rows=[2])
    assert result.returned == 1
    assert all(result.changed(name) == [2] for name in PAIR if name != "pair_a") and result.pair_a[2] == WOMAN
    assert (result.pair_b[2], result.kind[2], result.pair_propensity[2]) == (MAN, kind, 6.0)
    drawn = rng.uniform(KEY, 4, 1, LOOKS[seeking], BLOCKS)
    assert result.until[2] == 3 + rng.whole_steps(result.pair_duration[kind], DT, drawn)
    steady, casual = (result.changed(name) for name in ("steady_partners", "casual_partners"))
    assert (steady, casual) == (([0, 1], []) if seeking == STEADY else ([], [0, 1]))
    assert not result.counters["unmatched"].any()


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
    assert result.returned == 2 and result.kind.tolist() == [codes.CASUAL, 0, 0, 0, codes.SPOUSE]


def test_match_of_zero_duration_ends_in_the_step() -> None:
    """A pair whose mean duration is no longer than a step lasts one step. Exact."""
    assert match(seeking=[STEADY, 0], pair_duration=DT).until[2] == 4
    assert match(seeking=[STEADY, 0], pair_duration=0.0).until[2] == 4


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"row_of_man": [-1]}, 0),
        ({"steady_partners": [0, 1]}, 0),
        ({"steady_partners": [0, 1], "polygynous": [False, True]}, 1),
        ({"steady_partners": [0, 2], "polygynous": [False, True]}, 0),
        ({"casual_partners": [0, 99]}, 1),
        ({"row_of_man": [MAN, -1], "men_born": 2 * born(30.0)}, 1),
        ({"men_born": born(31.0)}, 0),
        ({"men_born": born(31.0), "age_gap": 1.0}, 1),
        ({"men_born": born(64.5), "age_gap": 20.0, "birth": TIME - 64.9}, 1),
        ({"men_born": born(18.5), "age_gap": -20.0, "birth": TIME - 18.0}, 1),
    ],
    ids=["gone", "taken", "may have two", "has two", "casual ones", "one gone", "other age", "gap", "old", "young"],
)
def test_match_of_steady_partners_with_men_who_are_free(given: dict[str, Any], found: int) -> None:
    """He must be there, of the age drawn within those simulated, below his number of steady partners. Exact."""
    result = match(seeking=[STEADY, 0], **given)
    assert result.returned == found and result.counters["unmatched"].tolist() == [1 - found, 0, 0, 0, 0, 0]
    assert found or result.touched == {"unmatched"}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"casual_partners": [0, 4], "casual_limit": 5.0}, 1),
        ({"casual_partners": [0, 5], "casual_limit": 5.0}, 0),
        ({"steady_partners": [0, 9]}, 1),
        ({"male_activity": {"men": 0.0, "all": 1.0}}, 0),
        ({"male_activity": {"men": 1.0, "all": 1.0}}, 1),
    ],
    ids=["below the limit", "at the limit", "steady ones do not count", "not willing", "willing"],
)
def test_match_of_casual_partners_with_men_who_are_willing(given: dict[str, Any], found: int) -> None:
    """He must be below the limit of casual partners, and willing by his group's activity. Exact."""
    assert match(seeking=[CASUAL, 0], **given).returned == found


def test_match_of_two_women_with_one_man() -> None:
    """The woman of the smaller uid comes first, whatever the rows; who finds nobody counts in her group. Exact."""
    result = match(
        uid=[8, 1, 6], group=[0, 1, BROTHEL], birth=TIME - 30.0, seeking=[STEADY, 0, STEADY], new_rows=[0, 1]
    )
    assert result.returned == 1 and result.pair_a[0] == 2
    assert result.counters["unmatched"].tolist() == [1, 0, 0, 0, 0, 0]
    assert result.steady_partners.tolist() == [0, 1, 1] and result.changed("kind") == [0]
