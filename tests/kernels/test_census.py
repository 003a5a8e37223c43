"""Counts of people at the end of a step."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.by_name import BROTHEL, GROUPS, HOME, Result, call
from swmodel import codes
from swmodel.measures.census import census


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
    group = [codes.WOMEN, codes.WOMEN, codes.MEN, codes.CLIENTS, BROTHEL, HOME, HOME, HOME]
    result = call(census, group=group)
    assert result.counters["people"].tolist() == [2, 1, 1, 1, 0, 3]
    assert result.counters["susceptible"].tolist() == [2, 1, 1, 1, 0, 3]


@pytest.mark.parametrize("first", [0, 1])
def test_states_of_care_are_nested(first: int) -> None:
    """One person in each state: 5 of 6 are diagnosed, 2 on ART, 1 suppressed; in even and odd rows alike. Exact."""
    rows = np.arange(12)
    alive = rows % 2 == first
    result = call(census, alive=alive, hiv_stage=1 + rows // 2 % 5, care_state=rows // 2, group=BROTHEL)
    for name, count in {"living_with_hiv": 6, "diagnosed": 5, "on_art": 2, "suppressed": 1}.items():
        assert result.counters[name].tolist() == [0, 0, 0, count, 0, 0]
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
    assert result.counters["people"].tolist() == [0, 1, 2, 4, 4, 5]
    assert result.touched == {"people", "susceptible"}


def test_parts_add_up_to_the_whole() -> None:
    """The counts of rows 0 to 5 and of rows 5 to 11 add up to those of all rows. Exact."""
    rows = np.arange(11)
    everyone = {"group": rows % GROUPS, "hiv_stage": rows % 3, "care_state": rows % 6, "on_prep": rows % 2}
    whole = call(census, **everyone)
    first, second = (call(census, lo=np.uint64(a), hi=np.uint64(b), **everyone) for a, b in ((0, 5), (5, 11)))
    for name in whole.counters:
        assert np.array_equal(whole.counters[name], first.counters[name] + second.counters[name])
