"""Acts and condoms, pair by pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, HOME, ONE, STREET, Result, call
from swmodel import codes
from swmodel.processes.acts import acts_and_condoms

KINDS = np.arange(6)  # every kind, the free row included
USE = {"spouse": 0.5, "casual": 0.5, "own_partner": 0.5, "regular_client": 0.5, "one_off_client": 0.5, "all": 0.0}
COUNTERS = {"pairs_now", "acts", "condom_acts", "contacts_sold", "contacts_bought"}


def behave(**given: Any) -> Result:
    """Pairs of worker 0 and client 1; half of all acts with a condom and no spread between people."""
    people = {"group": [BROTHEL, codes.CLIENTS], "pair_a": 0, "pair_b": 1}
    return call(acts_and_condoms, **{**people, "condom_use": USE, "condom_spread": 0.0, **given})


def test_no_pairs() -> None:
    """No pairs: nothing is written or counted. Exact."""
    assert behave(pairs_rows=0).touched == set()


def test_acts_follow_the_kind() -> None:
    """Lasting pairs have rate x step, regulars contacts x step x acts in a contact, one-off clients one contact.

    Exact.
    """
    rates = {"spouse": 12.0, "casual": 24.0, "own_partner": 36.0, "all": 0.0}
    result = behave(kind=KINDS, act_rate=rates, regular_contacts=48.0, acts_per_contact=1.5)
    assert result.pair_acts.tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0, 6.0, 1.5], abs=1e-12)


def test_acts_of_the_unpaid_rate_do_not_reach_paid_pairs() -> None:
    """A rate of acts given for all kinds at once leaves paid pairs to their contacts. Exact."""
    result = behave(kind=[4, 5], act_rate=1000.0, regular_contacts=12.0, acts_per_contact=1.0)
    assert result.pair_acts.tolist() == pytest.approx([1.0, 1.0], abs=1e-12)


def test_free_rows_count_nowhere() -> None:
    """A free row raises no counter, whatever people it still names. Exact."""
    result = behave(kind=[codes.NONE] * 3, act_rate=77.0, condom_use=0.5)
    assert not result.touched & COUNTERS


def test_condom_use_of_zero_is_never() -> None:
    """At 0 no propensity and no programme brings a condom. Exact."""
    result = behave(kind=KINDS, condom_use=0.0, pair_propensity=1e6, condom_odds=20.0)
    assert result.condom_share.tolist() == [0.0] * 6 and not result.counters["condom_acts"].any()


@pytest.mark.filterwarnings("error")
def test_condom_use_of_one_is_always() -> None:
    """At 1 the odds are infinite: every act has a condom, whatever the propensity and the setting. Exact.

    No warning of a division by zero.
    """
    result = behave(kind=KINDS, condom_use=1.0, pair_propensity=1e-6, setting_condom_odds=0.01, condom_spread=2.0)
    assert result.condom_share.tolist() == [1.0] * 6
    assert np.array_equal(result.counters["condom_acts"], result.counters["acts"])


def test_infinite_odds_of_a_person_are_always() -> None:
    """An infinite product of odds is a share of 1, not a number that is none. Exact."""
    result = behave(kind=[1, 5], pair_propensity=np.inf)
    assert result.condom_share.tolist() == [1.0, 1.0]


def test_condom_odds_multiply() -> None:
    """Kind, propensity of the pair and factors of both partners multiply the odds. Exact."""
    result = behave(kind=[codes.SPOUSE] * 2, pair_propensity=[1.0, 0.5], condom_odds=[2.0, 3.0])
    assert result.condom_share.tolist() == pytest.approx([6 / 7, 3 / 4], abs=1e-15)
    assert behave(kind=1, pairs_rows=1, condom_odds=[1.0, 3.0]).condom_share.tolist() == [0.75]
    assert behave(kind=1, pairs_rows=1, condom_odds=[3.0, 1.0]).condom_share.tolist() == [0.75]


def test_condom_odds_of_the_setting_are_for_paid_contacts() -> None:
    """The factor of her setting reaches regular and one-off clients, not the partners she has besides. Exact."""
    odds = {"brothel": 3.0, "street": 7.0, "home": 15.0}
    paid = behave(group=[BROTHEL, STREET, HOME, 2], pair_a=[0, 1, 2, 2], pair_b=3, kind=[4, 5, 4, 3],
                  setting_condom_odds=odds)  # fmt: skip
    assert paid.condom_share.tolist() == pytest.approx([3 / 4, 7 / 8, 15 / 16, 1 / 2], abs=1e-15)


def test_condom_use_is_stretched_by_the_spread() -> None:
    """The median pair's log odds are those of the mean times sqrt(1 + 0.346 spread squared). Exact."""
    use = {"spouse": 0.2, "casual": 0.9, "all": 0.0}
    result = behave(kind=[1, 2], condom_use=use, condom_spread=2.0)
    odds = np.array([0.25, 9.0]) ** math.sqrt(1.0 + 0.346 * 4.0)
    assert result.condom_share.tolist() == pytest.approx((odds / (1.0 + odds)).tolist(), rel=1e-14)


def test_counters_add_up_by_kind() -> None:
    """Two spouses, one casual pair and a free row: pairs, acts and acts with a condom in their kinds. Exact."""
    result = behave(kind=[1, 0, 2, 1], act_rate=12.0, pair_propensity=[1.0, 1.0, 1.0, 3.0], condom_odds=1.0)
    assert result.counters["pairs_now"].tolist() == [0, 2, 1, 0, 0, 0]
    assert result.counters["acts"].tolist() == [0, 2 * ONE, ONE, 0, 0, 0]
    assert result.counters["condom_acts"].tolist() == [0, ONE // 2 + 3 * ONE // 4, ONE // 2, 0, 0, 0]


@pytest.mark.parametrize("group", [(codes.WOMEN, codes.CLIENTS), (BROTHEL, codes.MEN), (codes.WOMEN, codes.MEN)])
def test_regulars_halt_when_she_or_he_stops(group: tuple[int, int]) -> None:
    """In the step in which she stops selling or he buying, their regular pair has no acts; others go on. Exact.

    The pair still counts among those of its kind.
    """
    acts = {"act_rate": {"own_partner": 36.0, "all": 0.0}, "regular_contacts": 24.0, "acts_per_contact": 1.5}
    both = behave(kind=[3, 4], **acts)
    assert both.pair_acts.tolist() == pytest.approx([3.0, 3.0], abs=1e-12)
    result = behave(group=group, kind=[3, 4], **acts)
    assert result.pair_acts.tolist() == [both.pair_acts[0], 0.0]
    assert result.counters["pairs_now"].tolist() == [0, 0, 0, 1, 1, 0]
    assert result.counters["acts"].tolist() == [0, 0, 0, 3 * ONE, 0, 0]
    assert result.counters["condom_acts"].tolist() == [0, 0, 0, 3 * ONE // 2, 0, 0]
    assert not result.counters["contacts_sold"].any()


def test_acts_of_paid_kinds_are_those_of_the_contacts_sold() -> None:
    """Contacts sold x acts in a contact are the acts of regular and one-off clients, with some at a halt. Exact."""
    group = [BROTHEL, HOME, codes.WOMEN, codes.CLIENTS, codes.MEN]
    result = behave(group=group, pair_a=[0, 1, 2, 0, 0, 1, 1], pair_b=[3, 3, 3, 4, 3, 3, 4], kind=[4, 4, 4, 4, 5, 5, 3],
                    regular_contacts=24.0, acts_per_contact=2.5)  # fmt: skip
    assert result.counters["pairs_now"].tolist() == [0, 0, 0, 1, 4, 2]
    assert result.counters["contacts_sold"].tolist() == [0, 0, 0, 3 * ONE, 0, 3 * ONE]
    assert result.counters["acts"][codes.REGULAR_CLIENT :].tolist() == [2 * 5 * ONE, 5 * ONE]
    assert result.counters["contacts_sold"].sum() * 2.5 == result.counters["acts"][codes.REGULAR_CLIENT :].sum()


def test_contacts_are_sold_by_workers() -> None:
    """Contacts, not acts, count in the worker's group; a woman who has just left sells none. Exact."""
    result = behave(group=[BROTHEL, HOME, codes.WOMEN, codes.CLIENTS], pair_a=[0, 0, 1, 2, 1], pair_b=3,
                    kind=[5, 5, 4, 4, 3], regular_contacts=24.0, acts_per_contact=5.0)  # fmt: skip
    assert result.counters["contacts_sold"].tolist() == [0, 0, 0, 2 * ONE, 0, 2 * ONE]


def test_only_shares_acts_and_counters_are_written() -> None:
    """The process writes two arrays of pairs, and raises counters. Exact."""
    result = behave(kind=KINDS, pairs_now=7, dt=DT)
    assert result.touched == {"condom_share", "pair_acts"} | COUNTERS
    assert result.counters["pairs_now"].tolist() == [7, 8, 8, 8, 8, 8]


def test_rows_outside_the_chunk_are_left_alone() -> None:
    """Rows below `lo` and from `hi` on are neither written nor counted. Exact."""
    result = behave(kind=[1, 2, 5, 1], lo=np.uint64(1), hi=np.uint64(3))
    assert result.changed("condom_share") == result.changed("pair_acts") == [1, 2]
    assert result.counters["pairs_now"].sum() == 2
