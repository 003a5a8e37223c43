"""Counts of people at the end of a step."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    FORMER,
    GROUPS,
    HOME,
    MEN,
    ONE,
    WIDE,
    WOMEN,
    Result,
    by_group,
    call,
    group_of,
)
from swmodel import codes
from swmodel.measures.census import census, partners_of_people, time_in_sex_work


def total(result: Result, name: str) -> int:
    """One counter, over all groups."""
    return int(result.counters[name].sum())


def test_nobody() -> None:
    """No people: every counter is zero. Exact."""
    result = call(census, people_rows=0)
    assert not any(c.any() for c in result.counters.values())


def test_the_dead_are_not_counted() -> None:
    """Rows of nobody count nowhere, whatever they still hold. Exact."""
    result = call(census, alive=False, hiv_stage=[0, 1, 2], care_state=[0, 3, 4], on_prep=[1, 0, 0])
    assert not any(c.any() for c in result.counters.values())


def test_people_count_in_their_group() -> None:
    """Each group has its own count, in even and in odd rows. Exact."""
    group = [WOMEN, WOMEN, MEN, CLIENT, BROTHEL, HOME, HOME, HOME, FORMER]
    result = call(census, group=group)
    there = {WOMEN: 2, MEN: 1, CLIENT: 1, BROTHEL: 1, HOME: 3, FORMER: 1}
    assert result.counters["people"].tolist() == by_group(there)
    assert result.counters["susceptible"].tolist() == by_group(there)


@pytest.mark.parametrize("first", [0, 1])
def test_states_of_care_are_nested(first: int) -> None:
    """One person in each state: 5 of 6 are diagnosed, 2 on ART, 1 suppressed; in even and odd rows alike. Exact."""
    rows = np.arange(12)
    alive = rows % 2 == first
    result = call(census, alive=alive, hiv_stage=1 + rows // 2 % 5, care_state=rows // 2, group=BROTHEL)
    for name, count in {"living_with_hiv": 6, "diagnosed": 5, "on_art": 2, "suppressed": 1}.items():
        assert result.counters[name].tolist() == by_group({BROTHEL: count})
    assert total(result, "susceptible") == total(result, "prep_users") == 0


def test_stopped_art_is_diagnosed_and_not_on_art() -> None:
    """Those who stopped know their status and are not on ART. Exact."""
    result = call(census, hiv_stage=[2], care_state=codes.STOPPED_ART)
    assert total(result, "diagnosed") == 1
    assert total(result, "on_art") == total(result, "suppressed") == 0


def test_prep_users_have_no_hiv() -> None:
    """PrEP counts among people without HIV only, and they stay susceptible. Exact."""
    result = call(census, hiv_stage=[0, 0, 1, 5], on_prep=[1, 0, 1, 0])
    assert total(result, "prep_users") == 1
    assert total(result, "susceptible") == total(result, "living_with_hiv") == 2


def test_counters_are_raised_not_set() -> None:
    """What was counted before stays, and nothing but counters is touched. Exact."""
    result = call(census, group=[BROTHEL], people=np.arange(GROUPS))
    assert result.counters["people"].tolist() == [0, 1, 2, 4, 4, 5, 6]
    assert result.touched == {"people", "susceptible"}


def test_parts_add_up_to_the_whole() -> None:
    """The counts of rows 0 to 5 and of rows 5 to 11 add up to those of all rows. Exact."""
    rows = np.arange(11)
    everyone = {"group": rows % GROUPS, "hiv_stage": rows % 3, "care_state": rows % 6, "on_prep": rows % 2}
    whole = call(census, **everyone)
    first, second = (call(census, lo=np.uint64(a), hi=np.uint64(b), **everyone) for a, b in ((0, 5), (5, 11)))
    for name in whole.counters:
        assert np.array_equal(whole.counters[name], first.counters[name] + second.counters[name])


def test_groups_of_many_sites_are_counted_apart() -> None:
    """With two sites and occupations one person in each group counts in that group alone. Exact; 32 groups."""
    count = len(WIDE.groups)
    result = call(census, layout=WIDE, group=np.arange(count), hiv_stage=np.arange(count) % 2)
    assert result.counters["people"].tolist() == [1] * count
    assert result.counters["living_with_hiv"].tolist() == (np.arange(count) % 2).tolist()


def test_time_in_sex_work_of_nobody() -> None:
    """Without rows, or without workers among them, nothing is counted. Exact."""
    assert call(time_in_sex_work, people_rows=3, rows=[], group=BROTHEL).touched == set()
    assert call(time_in_sex_work, group=[WOMEN, MEN, CLIENT, FORMER], spell_start=-99).touched == set()


def test_time_in_sex_work_is_added_by_setting() -> None:
    """Half of the step in which the spell began and the steps since, x step, of the living who sell sex now. Exact.

    Who left after the list was made, died, or is not on the list does not count.
    """
    group = [BROTHEL, BROTHEL, HOME, FORMER, HOME, BROTHEL]
    result = call(time_in_sex_work, rows=[0, 1, 2, 3, 4], group=group, alive=[1, 1, 1, 1, 0, 1], step=7, dt=0.25,
                  spell_start=[7, 4, -4, 0, 0, 0])  # fmt: skip
    assert result.counters["sellers"].tolist() == by_group({BROTHEL: 2, HOME: 1})
    assert result.counters["years_so_far"].tolist() == by_group({BROTHEL: ONE // 8 + ONE * 7 // 8, HOME: ONE * 23 // 8})
    assert result.touched == {"sellers", "years_so_far"}


def test_time_in_sex_work_is_of_every_population() -> None:
    """Women, men and trans women who sell sex all count, each in the setting and site. Exact."""
    sellers = [group_of(name, WIDE) for name in ("street@lake", "park@port", "club@lake")]
    result = call(time_in_sex_work, layout=WIDE, group=sellers, spell_start=-3, dt=0.5)
    assert np.flatnonzero(result.counters["sellers"]).tolist() == sorted(sellers)
    assert result.counters["years_so_far"][sellers].tolist() == [ONE * 7 // 4] * 3


def test_partners_of_nobody() -> None:
    """No people, or none alive: nothing is counted. Exact."""
    assert call(partners_of_people, people_rows=0).touched == set()
    assert call(partners_of_people, alive=[0, 0], steady_partners=1, casual_partners=2, injects=1).touched == set()


def test_partners_of_people_are_counted_by_group() -> None:
    """None, one steady, one casual, both, and four casual: with one, with several, and all of them. Exact."""
    result = call(partners_of_people, group=[WOMEN, WOMEN, MEN, MEN, BROTHEL], steady_partners=[0, 1, 0, 1, 0],
                  casual_partners=[0, 0, 1, 1, 4], injects=[1, 0, 1, 1, 0])  # fmt: skip
    expected = {
        "counted_adults": {WOMEN: 2, MEN: 2, BROTHEL: 1},
        "with_steady": {WOMEN: 1, MEN: 1},
        "with_partner": {WOMEN: 1, MEN: 2, BROTHEL: 1},
        "with_several": {MEN: 1, BROTHEL: 1},
        "partners_now": {WOMEN: 1, MEN: 3, BROTHEL: 4},
        "people_who_inject": {WOMEN: 1, MEN: 2},
    }
    assert {name: counter.tolist() for name, counter in result.counters.items()} == {
        name: by_group(amounts) for name, amounts in expected.items()
    }


@pytest.mark.filterwarnings("error")  # of an overflow
def test_partners_as_many_as_the_limits_allow() -> None:
    """A hundred casual partners, and two steady ones, are 102; in 700 people the sum is beyond 16 bits. Exact."""
    result = call(partners_of_people, people_rows=700, steady_partners=2, casual_partners=100)
    assert total(result, "partners_now") == 700 * 102 and total(result, "with_several") == 700


def test_partners_of_a_part_of_the_rows() -> None:
    """Rows below `lo` and from `hi` on are not counted. Exact."""
    result = call(partners_of_people, people_rows=5, lo=np.uint64(1), hi=np.uint64(3))
    assert total(result, "counted_adults") == 2
