"""Deaths, departures and the end of pairs, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    MEN,
    ONE,
    PLAIN,
    TIME,
    WIDE,
    WOMEN,
    Result,
    by_group,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.layout import Layout
from swmodel.processes.exits import deaths_of_people, end_pairs, leave

LIMIT = 65.0
PARTNERS = ("steady_partners", "casual_partners", "needle_partners")
KINDS = np.arange(1, 8)  # every kind of pair
PARK, BAR, CLIENT_OF_MEN = (group_of(f"{name}@port", WIDE) for name in ("park", "bar", "clients_of_men"))
TOGETHER, PAID_MEN = (WIDE.pair_kinds.index(name) for name in ("men_together", "paid_men"))


def age(**given: Any) -> Result:
    """Deaths among people aged 30 with no mortality, unless said otherwise."""
    given = {"birth": TIME - 30.0, "background_mortality": 0.0, "leave_age": LIMIT, **given}
    return call(deaths_of_people, **given)


def end(layout: Layout = PLAIN, **given: Any) -> Result:
    """The end of pairs of woman 0 and man 1, who both inject, that have a year to go, unless said otherwise."""
    groups = len(layout.groups)
    people = {"group": [BROTHEL, CLIENT], "injects": True} | dict.fromkeys(PARTNERS, 10)
    pairs = {"pair_a": 0, "pair_b": 1, "until": 12}
    now = {"regular_pairs": np.zeros((groups, groups)), "regular_apart": np.zeros(groups)}
    return call(end_pairs, layout=layout, **{**people, **pairs, **now, **given})


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
    assert result.counters["hiv_deaths"].tolist() == by_group({BROTHEL: 1})
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


def test_leaving_men_from_elsewhere_are_on_no_list() -> None:
    """A man who came from elsewhere has a number far beyond the list, which is left alone. Exact."""
    result = call(leave, cause=[4, 4], sex=codes.MALE, uid=[2**31, 2**31 + 1], immigrant=True, row_of_man=[0, 1])
    assert result.changed("row_of_man") == [] and not result.alive.any()


def test_leaving_everybody() -> None:
    """All of them leave: the list of free rows is full. Exact."""
    result = call(leave, cause=[codes.DIED_BACKGROUND] * 4, row_of_man=[-1])
    assert not result.alive.any() and result.people_free.tolist() == [0, 1, 2, 3]


def test_pairs_none() -> None:
    """No pairs, or pairs that have time left: nothing happens, but that regular pairs are counted. Exact."""
    assert end(pairs_rows=0).touched == set()
    assert end(kind=KINDS).touched == {"regular_pairs"}


def test_pairs_end_on_their_date() -> None:
    """Due at the end of this step, or before, a pair ends; due one step later it does not. Exact.

    The lowest of the free rows is the last of the list, which is taken first.
    """
    result = end(step=4, kind=codes.SPOUSE, until=[4, 5, 6])
    assert result.kind.tolist() == [codes.NONE, codes.NONE, codes.SPOUSE]
    assert result.pair_b.tolist() == [0, 0, 1]
    assert result.pairs_book.tolist() == [3, 2] and result.pairs_free[:2].tolist() == [1, 0]


@pytest.mark.parametrize("alive", [(False, True), (True, False), (False, False)])
def test_pairs_end_with_either_partner(alive: tuple[bool, bool]) -> None:
    """Pairs of every kind end when she or he is gone. Exact."""
    assert end(kind=KINDS, alive=alive).kind.tolist() == [codes.NONE] * 7


@pytest.mark.parametrize("group", [(WOMEN, CLIENT), (BROTHEL, MEN)])
def test_pairs_of_regulars_end_with_the_trade(group: tuple[int, int]) -> None:
    """When she stops selling, or he buying, their regular pair ends, and no other. Exact."""
    assert end(kind=KINDS, group=group).changed("kind") == [codes.REGULAR_CLIENT - 1]


def test_pairs_give_their_partners_back() -> None:
    """Spouses and own partners count as steady, casual and needle ones as what they are, on both sides. Exact.

    Paid ones count nowhere.
    """
    result = end(kind=KINDS, until=0)
    assert result.steady_partners.tolist() == [8, 8]
    assert result.casual_partners.tolist() == result.needle_partners.tolist() == [9, 9]
    for kind, name in ((codes.SPOUSE, 0), (codes.CASUAL_PARTNER, 1), (codes.OWN_PARTNER, 0), (codes.NEEDLE_PARTNER, 2)):
        assert end(kind=[kind], until=0).touched & set(PARTNERS) == {PARTNERS[name]}
    for kind in (codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT):
        assert not end(kind=[kind], until=0).touched & set(PARTNERS)


def test_pairs_of_further_kinds_end_by_their_form() -> None:
    """A kind of the setting's own counts as its form says: casual men give back casual partners, paid ones none.

    The regular pair of a man who sold ends when he stops, or his client. Exact.
    """
    both = [PARK, CLIENT_OF_MEN]
    casual = end(WIDE, group=both, kind=[TOGETHER], until=0)
    assert casual.touched & set(PARTNERS) == {"casual_partners"} and casual.casual_partners.tolist() == [9, 9]
    assert end(WIDE, group=both, kind=[PAID_MEN]).changed("kind") == []
    for place, label in ((0, "former_msw@port"), (1, "msm@port")):
        stopped = [group_of(label, WIDE) if k == place else g for k, g in enumerate(both)]
        result = end(WIDE, group=stopped, kind=[PAID_MEN, TOGETHER])
        assert result.changed("kind") == [0] and not result.touched & set(PARTNERS)


@pytest.mark.parametrize("injects", [(False, True), (True, False), (False, False)])
def test_pairs_who_share_needles_end_with_the_needle(injects: tuple[bool, bool]) -> None:
    """When either stops injecting, they share no needles, and every other pair of theirs goes on. Exact."""
    result = end(kind=KINDS, injects=injects)
    assert result.changed("kind") == [codes.NEEDLE_PARTNER - 1]
    assert result.needle_partners.tolist() == [9, 9]
    assert result.steady_partners.tolist() == result.casual_partners.tolist() == [10, 10]


def test_pairs_that_end_are_counted_with_their_years() -> None:
    """By kind: two spouses of 3 and 12 steps, this one included, and a one-off client of one step. Exact."""
    result = end(step=11, kind=[1, 1, 5, 2], since=[9, 0, 11, 0], until=[12, 12, 12, 13])
    assert result.counters["pairs_ended"].tolist() == [0, 2, 0, 0, 0, 1, 0, 0]
    assert result.counters["years_ended"].tolist() == pytest.approx(
        [0, ONE * 15 / 12, 0, 0, 0, ONE / 12, 0, 0], abs=1.0
    )


def test_regular_pairs_that_go_on_are_counted_by_client_and_worker() -> None:
    """Anew at every step, at both sites; those that end now, and pairs of other forms, are not counted. Exact."""
    bar, street, drivers = (group_of(n, WIDE) for n in ("bar@port", "street@lake", "clients_of_women:drivers@port"))
    general = group_of("clients_of_women:general@lake", WIDE)
    kinds = [codes.REGULAR_CLIENT] * 4 + [PAID_MEN, codes.ONE_OFF_CLIENT, codes.SPOUSE]
    result = end(
        WIDE, group=[bar, street, drivers, general, PARK, CLIENT_OF_MEN], pair_a=[0, 0, 0, 1, 4, 0, 0],
        pair_b=[2, 2, 2, 3, 5, 2, 2], kind=kinds, until=[9, 9, 0, 9, 9, 9, 9],
        regular_pairs=np.full((len(WIDE.groups),) * 2, 7.0), regular_apart=np.full(len(WIDE.groups), 7.0),
    )  # fmt: skip
    expected = np.zeros_like(result.regular_pairs)
    expected[drivers, bar], expected[general, street], expected[CLIENT_OF_MEN, PARK] = 2.0, 1.0, 1.0
    assert np.array_equal(result.regular_pairs, expected) and not result.regular_apart.any()
    assert result.changed("kind") == [2]


def test_regular_pairs_apart_are_counted_by_the_worker() -> None:
    """Of a regular pair at two sites, whoever is on a trip, the worker's group has one apart, and it goes on. Exact."""
    bar, drivers = (
        [group_of(f"{name}@{site}", WIDE) for site in WIDE.sites] for name in ("bar", "clients_of_women:drivers")
    )
    for away in (0, 1):
        result = end(WIDE, group=[bar[away], drivers[1 - away]], kind=[codes.REGULAR_CLIENT])
        assert result.regular_apart.tolist() == by_group({bar[away]: 1}, WIDE)
        assert not result.regular_pairs.any() and result.changed("kind") == []


def test_pairs_that_ended_are_passed_over() -> None:
    """A free row stays free and is listed once, even if its people are gone; nothing else changes. Exact."""
    lists = {"pairs_book", "pairs_free"}
    assert end(kind=[codes.NONE], until=0, alive=False).touched <= lists
    first = end(kind=KINDS, until=0)
    again = end(until=0, kind=first.kind, pair_b=first.pair_b)
    assert again.touched <= lists
    for result in (first, again):
        assert result.pairs_book.tolist() == [7, 7] and result.pairs_free.tolist() == [6, 5, 4, 3, 2, 1, 0]


def test_free_rows_are_listed_from_the_last_to_the_first() -> None:
    """Rows that were free, and those freed now, in one list, whatever it held before; pairs that go on are not in it.

    Exact.
    """
    kind = [codes.NONE, codes.SPOUSE, codes.CASUAL_PARTNER, codes.NONE, codes.SPOUSE]
    result = end(kind=kind, until=[0, 0, 9, 0, 0], pairs_free=[3, 0, 0, 0, 0], pairs_book=[5, 2])
    assert result.pairs_book.tolist() == [5, 4] and result.pairs_free[:4].tolist() == [4, 3, 1, 0]
