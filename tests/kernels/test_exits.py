"""Deaths, departures and the end of pairs, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, TIME, Result, call, key_of
from swmodel import codes, rng
from swmodel.processes.exits import deaths_of_people, end_pairs, leave

LIMIT = 65.0
KINDS = np.arange(1, 6)  # every kind of pair


def age(**given: Any) -> Result:
    """Deaths among people aged 30 with no mortality, unless said otherwise."""
    given = {"birth": TIME - 30.0, "background_mortality": 0.0, "leave_age": LIMIT, **given}
    return call(deaths_of_people, **given)


def end(**given: Any) -> Result:
    """The end of pairs of woman 0 and man 1 that have a year to go, unless said otherwise."""
    given = {"group": [BROTHEL, codes.CLIENTS], "pair_a": 0, "pair_b": 1, "until": 12, **given}
    return call(end_pairs, **given, steady_partners=10, casual_partners=10)


def test_death_nobody() -> None:
    """No people: nothing happens. Exact."""
    assert age(people_rows=0).touched == set()


def test_death_without_mortality_nobody_dies() -> None:
    """Hazard zero: no clock runs, and nobody is marked. Exact."""
    assert age(death_clock=[1e-300, np.inf], hiv_mortality=0.0, hiv_stage=[0, 5]).touched == set()


def test_death_at_the_age_limit() -> None:
    """Who is exactly at the age limit leaves, who is just below it stays. Exact."""
    result = age(birth=[TIME - LIMIT, TIME - LIMIT + 2.0**-20, TIME - LIMIT - 1.0])
    assert result.cause.tolist() == [codes.REACHED_LEAVE_AGE, codes.STAYS, codes.REACHED_LEAVE_AGE]
    assert result.touched == {"cause"}


def test_death_comes_before_leaving_by_age() -> None:
    """A death in the step in which the age limit is reached counts as a death. Exact."""
    assert age(birth=[TIME - 70.0], death_clock=0.0).cause.tolist() == [codes.DIED_BACKGROUND]


def test_death_passes_over_the_dead_and_those_who_leave_already() -> None:
    """A row of nobody is not marked, and a cause given earlier in the step is kept. Exact."""
    given = {"birth": TIME - 70.0, "death_clock": 0.0}
    assert age(alive=[False, False], **given).changed("cause") == []
    assert age(cause=[codes.MOVED_AWAY, codes.DIED_HIV], **given).changed("cause") == []


def test_death_hazards_add_up() -> None:
    """Background x relative mortality, plus mortality by stage among people with HIV. Exact."""
    stages = {"susceptible": 9.0, "acute": 0.25, "cd4_below_200": 2.0, "all": 0.0}
    result = age(hiv_stage=[0, 1, 5, 2], mortality=[1.0, 1.0, 3.0, 0.0], death_clock=1.0, background_mortality=0.5,
                 hiv_mortality=stages)  # fmt: skip
    assert ((1.0 - result.death_clock) / DT).tolist() == pytest.approx([0.5, 0.75, 3.5, 0.0], abs=1e-12)


def test_death_from_hiv_is_rarer_in_suppression_only() -> None:
    """Only among the suppressed is mortality from HIV multiplied. Exact."""
    result = age(hiv_stage=3, care_state=np.arange(6), death_clock=1.0, hiv_mortality=2.0, suppressed_mortality=0.25)
    assert ((1.0 - result.death_clock) / DT).tolist() == pytest.approx([2, 2, 2, 2, 0.5, 2], abs=1e-12)


def test_death_cause_is_drawn_by_the_two_hazards() -> None:
    """With HIV a keyed uniform picks the cause; without it the cause is background, always. Exact; n = 20."""
    stage = np.where(np.arange(40) < 20, codes.CD4_LOW, codes.SUSCEPTIBLE)
    result = age(
        hiv_stage=stage, death_clock=0.0, background_mortality=1.0, hiv_mortality={"all": 0, "cd4_below_200": 2}
    )
    from_hiv = np.array([i < 20 and rng.uniform(key_of(deaths_of_people), i, 1, 1, 0) * 3.0 < 2.0 for i in range(40)])
    assert result.cause.tolist() == np.where(from_hiv, codes.DIED_HIV, codes.DIED_BACKGROUND).tolist()
    assert 0 < from_hiv.sum() < 20


def test_death_with_one_cause_only() -> None:
    """Without background mortality every death is from HIV; without mortality from HIV none is. Exact."""
    given = {"hiv_stage": [5] * 9, "death_clock": 0.0}
    assert set(age(hiv_mortality=1.0, **given).cause) == {codes.DIED_HIV}
    assert set(age(hiv_mortality=0.0, background_mortality=1.0, **given).cause) == {codes.DIED_BACKGROUND}


def test_death_from_hiv_is_of_people_with_hiv() -> None:
    """Mortality given as one number for all stages is not that of people without HIV, nor their cause. Exact; n = 40.

    Whoever has HIV dies of it or not by the draw.
    """
    given = {"hiv_stage": [0, 1] * 20, "background_mortality": 1.0, "hiv_mortality": 3.0, "suppressed_mortality": 1.0}
    assert ((1.0 - age(death_clock=1.0, **given).death_clock) / DT).tolist() == pytest.approx([1.0, 4.0] * 20)
    for state in range(6):
        cause = age(death_clock=0.0, care_state=state, **given).cause
        assert set(cause[::2]) == {codes.DIED_BACKGROUND}
        assert set(cause[1::2]) == {codes.DIED_BACKGROUND, codes.DIED_HIV}


def test_leaving_nobody() -> None:
    """Where nobody is marked nobody leaves. Exact."""
    assert call(leave, people_rows=3, row_of_man=[0]).touched == set()
    assert call(leave, people_rows=0, row_of_man=[0]).touched == set()


def test_leaving_empties_the_row() -> None:
    """Who is marked is no longer alive, is counted by cause and group, and the rows are free to take. Exact."""
    cause = [0, codes.DIED_HIV, codes.DIED_BACKGROUND, codes.MOVED_AWAY, codes.REACHED_LEAVE_AGE]
    result = call(leave, cause=cause, group=[0, BROTHEL, 0, 0, 0], row_of_man=[-1])
    assert result.changed("alive") == [1, 2, 3, 4]
    assert result.counters["departures"].tolist() == [0, 1, 1, 1, 1]
    assert result.counters["hiv_deaths"].tolist() == [0, 0, 0, 1, 0, 0]
    assert result.people_book.tolist() == [5, 4] and result.people_free.tolist() == [1, 2, 3, 4, 0]
    assert not result.changed("row_of_man")


def test_leaving_happens_once() -> None:
    """A row that is free already is passed over, though it still holds its cause. Exact."""
    first = call(leave, cause=[2, 0, 1], row_of_man=[-1])
    again = call(leave, cause=[2, 0, 1], **first.written)
    assert first.changed("alive") == [0, 2]
    assert again.touched == set()


def test_leaving_men_are_struck_from_their_list() -> None:
    """The entry of a man who leaves is -1; other men, and women of a like uid, are left alone. Exact."""
    sex = [codes.MALE, codes.MALE, codes.FEMALE, codes.MALE]
    result = call(leave, cause=[0, 1, 1, 1], sex=sex, uid=[1, 7, 4, 5], row_of_man=[0, 8, 3, 1, 9])
    assert result.row_of_man.tolist() == [0, 8, -1, -1, 9]


def test_leaving_everybody() -> None:
    """All of them leave: the list of free rows is full. Exact."""
    result = call(leave, cause=[codes.DIED_BACKGROUND] * 4, row_of_man=[-1])
    assert not result.alive.any() and result.people_free.tolist() == [0, 1, 2, 3]


def test_pairs_none() -> None:
    """No pairs, or pairs that have time left: nothing happens. Exact."""
    assert end(pairs_rows=0).touched == set()
    assert end(kind=KINDS).touched == set()


def test_pairs_end_on_their_date() -> None:
    """Due at the end of this step, or before, a pair ends; due one step later it does not. Exact."""
    result = end(step=4, kind=codes.SPOUSE, until=[4, 5, 6])
    assert result.kind.tolist() == [codes.NONE, codes.NONE, codes.SPOUSE]
    assert result.pair_b.tolist() == [0, 0, 1]
    assert result.pairs_book.tolist() == [3, 2] and result.pairs_free[:2].tolist() == [0, 1]


@pytest.mark.parametrize("alive", [(False, True), (True, False), (False, False)])
def test_pairs_end_with_either_partner(alive: tuple[bool, bool]) -> None:
    """Pairs of every kind end when she or he is gone. Exact."""
    assert end(kind=KINDS, alive=alive).kind.tolist() == [codes.NONE] * 5


@pytest.mark.parametrize("group", [(codes.WOMEN, codes.CLIENTS), (BROTHEL, codes.MEN)])
def test_pairs_of_regulars_end_with_the_trade(group: tuple[int, int]) -> None:
    """When she stops selling, or he buying, their regular pair ends, and no other. Exact."""
    assert end(kind=KINDS, group=group).changed("kind") == [codes.REGULAR_CLIENT - 1]


def test_pairs_give_their_partners_back() -> None:
    """Spouses and own partners count as steady, casual ones as casual, on both sides; paid ones nowhere. Exact."""
    result = end(kind=KINDS, until=0)
    assert result.steady_partners.tolist() == [8, 8] and result.casual_partners.tolist() == [9, 9]


def test_pairs_that_ended_are_passed_over() -> None:
    """A free row stays free and is not given back twice, even if its people are gone. Exact."""
    assert end(kind=[codes.NONE], until=0, alive=False).touched == set()
    first = end(kind=KINDS, until=0)
    assert end(until=0, kind=first.kind, pair_b=first.pair_b).touched == set()
