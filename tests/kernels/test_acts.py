"""Acts and condoms, pair by pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    HOME,
    MEN,
    ONE,
    STREET,
    WIDE,
    WOMEN,
    Result,
    by_group,
    call,
    group_of,
)
from swmodel import codes
from swmodel.processes.acts import acts_and_condoms

ROUNDING = 2.0**-23  # of single precision, in which factors, traits and columns of pairs are kept
KINDS = np.arange(8)  # every kind, the free row included
USE = {"spouse": 0.5, "casual": 0.5, "own_partner": 0.5, "regular_client": 0.5, "one_off_client": 0.5, "all": 0.0}
COUNTERS = {"pairs_now", "acts", "condom_acts", "contacts_sold", "contacts_bought", "regular_sold"}


def behave(**given: Any) -> Result:
    """Pairs of worker 0 and client 1; half of all acts with a condom and no spread between people."""
    people = {"group": [BROTHEL, CLIENT], "pair_a": 0, "pair_b": 1}
    return call(acts_and_condoms, **{**people, "condom_use": USE, "condom_spread": 0.0, **given})


def test_no_pairs() -> None:
    """No pairs: nothing is written or counted. Exact."""
    assert behave(pairs_rows=0).touched == set()


def test_acts_follow_the_kind() -> None:
    """Lasting pairs and those who share needles have rate x step, regulars contacts x step x acts in a contact.

    One-off clients have one contact. Exact.
    """
    rates = {"spouse": 12.0, "casual": 24.0, "own_partner": 36.0, "needle": 48.0, "all": 0.0}
    result = behave(kind=KINDS, act_rate=rates, regular_contacts=48.0, acts_per_contact=1.5)
    assert result.pair_acts.tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0, 6.0, 1.5, 4.0, 1.0], abs=1e-12)


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
    assert result.condom_share.tolist() == [0.0] * 8 and not result.counters["condom_acts"].any()


@pytest.mark.filterwarnings("error")
def test_condom_use_of_one_is_always() -> None:
    """At 1 the odds are infinite: every act has a condom, whatever the propensity and the setting. Exact.

    No warning of a division by zero.
    """
    result = behave(kind=KINDS, condom_use=1.0, pair_propensity=1e-6, setting_condom_odds=0.01, condom_spread=2.0)
    assert result.condom_share.tolist() == [*[1.0] * 7, 0.0]  # but for a forced act
    agreed = np.arange(8) != codes.FORCED_ACT
    assert np.array_equal(result.counters["condom_acts"], result.counters["acts"] * agreed)


def test_infinite_odds_of_a_person_are_always() -> None:
    """An infinite product of odds is a share of 1, not a number that is none. Exact."""
    result = behave(kind=[1, 5], pair_propensity=np.inf)
    assert result.condom_share.tolist() == [1.0, 1.0]


def test_condom_odds_multiply() -> None:
    """Kind, propensity of the pair and factors of both partners multiply the odds. Exact."""
    result = behave(kind=[codes.SPOUSE] * 2, pair_propensity=[1.0, 0.5], condom_odds=[2.0, 3.0])
    assert result.condom_share.tolist() == pytest.approx([6 / 7, 3 / 4], rel=ROUNDING)
    assert behave(kind=1, pairs_rows=1, condom_odds=[1.0, 3.0]).condom_share.tolist() == [0.75]
    assert behave(kind=1, pairs_rows=1, condom_odds=[3.0, 1.0]).condom_share.tolist() == [0.75]


def test_condom_odds_of_the_setting_are_for_paid_contacts() -> None:
    """The factor of her setting reaches regular and one-off clients, not the partners she has besides. Exact."""
    odds = {"brothel": 3.0, "street": 7.0, "home": 15.0}
    paid = behave(group=[BROTHEL, STREET, HOME, CLIENT], pair_a=[0, 1, 2, 2], pair_b=3, kind=[4, 5, 4, 3],
                  setting_condom_odds=odds)  # fmt: skip
    assert paid.condom_share.tolist() == pytest.approx([3 / 4, 7 / 8, 15 / 16, 1 / 2], rel=ROUNDING)


def test_condom_use_is_stretched_by_the_spread() -> None:
    """The median pair's log odds are those of the mean times sqrt(1 + 0.346 spread squared). Exact."""
    use = {"spouse": 0.2, "casual": 0.9, "all": 0.0}
    result = behave(kind=[1, 2], condom_use=use, condom_spread=2.0)
    odds = np.array([0.25, 9.0]) ** math.sqrt(1.0 + 0.346 * 4.0)
    assert result.condom_share.tolist() == pytest.approx((odds / (1.0 + odds)).tolist(), rel=ROUNDING)


def test_counters_add_up_by_kind() -> None:
    """Two spouses, one casual pair and a free row: pairs, acts and acts with a condom in their kinds. Exact."""
    result = behave(kind=[1, 0, 2, 1], act_rate=12.0, pair_propensity=[1.0, 1.0, 1.0, 3.0], condom_odds=1.0)
    assert result.counters["pairs_now"].tolist() == [0, 2, 1, 0, 0, 0, 0, 0]
    assert result.counters["acts"].tolist() == [0, 2 * ONE, ONE, 0, 0, 0, 0, 0]
    assert result.counters["condom_acts"].tolist() == [0, ONE // 2 + 3 * ONE // 4, ONE // 2, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("group", [(FORMER, CLIENT), (BROTHEL, MEN), (WOMEN, MEN)])
def test_regulars_halt_when_she_or_he_stops(group: tuple[int, int]) -> None:
    """In the step in which she stops selling or he buying, their regular pair has no acts; others go on. Exact.

    The pair still counts among those of its kind.
    """
    acts = {"act_rate": {"own_partner": 36.0, "all": 0.0}, "regular_contacts": 24.0, "acts_per_contact": 1.5}
    both = behave(kind=[3, 4], **acts)
    assert both.pair_acts.tolist() == pytest.approx([3.0, 3.0], abs=1e-12)
    result = behave(group=group, kind=[3, 4], **acts)
    assert result.pair_acts.tolist() == [both.pair_acts[0], 0.0]
    assert result.counters["pairs_now"].tolist() == [0, 0, 0, 1, 1, 0, 0, 0]
    assert result.counters["acts"].tolist() == [0, 0, 0, 3 * ONE, 0, 0, 0, 0]
    assert result.counters["condom_acts"].tolist() == [0, 0, 0, 3 * ONE // 2, 0, 0, 0, 0]
    assert not result.counters["contacts_sold"].any()


def test_acts_of_paid_kinds_are_those_of_the_contacts_sold() -> None:
    """Contacts sold x acts in a contact are the acts of regular and one-off clients, with some at a halt. Exact."""
    group = [BROTHEL, HOME, WOMEN, CLIENT, MEN]
    result = behave(group=group, pair_a=[0, 1, 2, 0, 0, 1, 1], pair_b=[3, 3, 3, 4, 3, 3, 4], kind=[4, 4, 4, 4, 5, 5, 3],
                    regular_contacts=24.0, acts_per_contact=2.5)  # fmt: skip
    assert result.counters["pairs_now"].tolist() == [0, 0, 0, 1, 4, 2, 0, 0]
    assert result.counters["contacts_sold"].tolist() == by_group({BROTHEL: 3 * ONE, HOME: 3 * ONE})
    assert result.counters["contacts_bought"].tolist() == by_group({CLIENT: 6 * ONE})
    paid = result.counters["acts"][[codes.REGULAR_CLIENT, codes.ONE_OFF_CLIENT]]
    assert paid.tolist() == [2 * 5 * ONE, 5 * ONE]
    assert result.counters["contacts_sold"].sum() * 2.5 == paid.sum()


def test_contacts_are_sold_by_workers() -> None:
    """Contacts, not acts, count in the worker's group; a woman who has just left sells none. Exact."""
    result = behave(group=[BROTHEL, HOME, FORMER, CLIENT], pair_a=[0, 0, 1, 2, 1], pair_b=3,
                    kind=[5, 5, 4, 4, 3], regular_contacts=24.0, acts_per_contact=5.0)  # fmt: skip
    assert result.counters["contacts_sold"].tolist() == by_group({BROTHEL: 2 * ONE, HOME: 2 * ONE})
    assert result.counters["regular_sold"].tolist() == by_group({HOME: 2 * ONE})


def test_only_shares_acts_and_counters_are_written() -> None:
    """The process writes two arrays of pairs, and raises counters. Exact."""
    result = behave(kind=KINDS, pairs_now=7, dt=DT)
    assert result.touched == {"condom_share", "pair_acts"} | COUNTERS
    assert result.counters["pairs_now"].tolist() == [7, 8, 8, 8, 8, 8, 8, 8]


def test_rows_outside_the_chunk_are_left_alone() -> None:
    """Rows below `lo` and from `hi` on are neither written nor counted. Exact."""
    result = behave(kind=[1, 2, 5, 1], lo=np.uint64(1), hi=np.uint64(3))
    assert result.changed("condom_share") == result.changed("pair_acts") == [1, 2]
    assert result.counters["pairs_now"].sum() == 2


def apart(**given: Any) -> Result:
    """Pairs of a worker and a client of the bar, at the two sites that `at` names, in each kind that there is."""
    at = given.pop("at")
    group = [group_of(f"bar@{at[0]}", WIDE), group_of(f"clients_of_women:drivers@{at[1]}", WIDE)]
    numbers = {"act_rate": {"all": 12.0}, "regular_contacts": 24.0, "acts_per_contact": 1.0}
    people = {"group": group, "pair_a": 0, "pair_b": 1, "kind": np.arange(len(WIDE.pair_kinds))}
    return call(acts_and_condoms, layout=WIDE, condom_use=0.5, condom_spread=0.0, **{**people, **numbers, **given})


def test_pairs_at_one_site_go_on() -> None:
    """With several sites, pairs at the second of them have their acts as at the first. Exact."""
    acts = [0, 1, 1, 1, 2, 1, 1, 1, 1, 2, 1]  # a forced act; further kinds: casual, regular and one-off
    for site in WIDE.sites:
        result = apart(at=(site, site))
        assert result.pair_acts[1:].tolist() == pytest.approx(acts[1:], abs=1e-12)
        assert result.counters["pairs_apart"].sum() == 0
        assert result.counters["acts"].tolist() == [n * ONE for n in acts]


@pytest.mark.parametrize("at", [("port", "lake"), ("lake", "port")])
def test_pairs_apart_rest(at: tuple[str, str]) -> None:
    """While she or he is at another site no pair has acts, sex, contacts or needles; all are counted as apart. Exact.

    They still count among the pairs of their kind, and their condom share is kept up.
    """
    result = apart(at=at)
    assert not result.pair_acts.any() and not result.counters["acts"].any()
    assert not result.counters["condom_acts"].any() and not result.counters["contacts_sold"].any()
    assert not result.counters["contacts_bought"].any() and not result.counters["regular_sold"].any()
    assert result.counters["pairs_now"].tolist() == [0] + [1] * 10
    assert result.counters["pairs_apart"][1:].tolist() == [1] * 10
    assert result.condom_share[1:].tolist() == [0.0 if k == codes.FORCED_ACT else 0.5 for k in range(1, 11)]


def test_who_stopped_is_not_apart() -> None:
    """A regular pair at a halt, both at one site, is no pair apart; at two sites it is. Exact."""
    women, bar = (group_of(f"{name}@port", WIDE) for name in ("former_fsw", "bar"))
    client, man, far = (
        group_of(f"{name}@{site}", WIDE)
        for name, site in (("clients_of_women:general", "port"), ("men:general", "port"), ("men:general", "lake"))
    )
    result = call(acts_and_condoms, layout=WIDE, group=[women, bar, client, man, far], pair_a=[0, 1, 1],
                  pair_b=[2, 3, 4], kind=codes.REGULAR_CLIENT)  # fmt: skip
    assert not result.pair_acts.any()
    assert result.counters["pairs_apart"].tolist() == [1 if k == codes.REGULAR_CLIENT else 0 for k in range(11)]


def test_acts_of_further_kinds_follow_their_form() -> None:
    """A regular kind of men who sell has contacts, sold in the group of his setting, bought in his client's. Exact.

    Its act rate, and that of a further one-off kind, is not looked at; a casual kind has its own.
    """
    park, buyer, club = (group_of(f"{name}@lake", WIDE) for name in ("park", "clients_of_men", "club"))
    kinds = [WIDE.pair_kinds.index(name) for name in ("paid_men", "with_tsw", "men_together")]
    result = call(acts_and_condoms, layout=WIDE, group=[park, buyer, club], pair_a=[0, 2, 0], pair_b=[1, 1, 1],
                  kind=kinds, act_rate={"men_together": 36.0, "all": 999.0}, regular_contacts=24.0,
                  acts_per_contact=1.5)  # fmt: skip
    assert result.pair_acts.tolist() == pytest.approx([3.0, 1.5, 3.0], abs=1e-12)
    assert result.counters["contacts_sold"].tolist() == by_group({park: 2 * ONE, club: ONE}, WIDE)
    assert result.counters["contacts_bought"].tolist() == by_group({buyer: 3 * ONE}, WIDE)
    assert result.counters["regular_sold"].tolist() == by_group({park: 2 * ONE}, WIDE)


def test_numbers_of_further_kinds_are_those_of_their_form() -> None:
    """Where nothing is said about a further kind it has acts and condoms of the standard kind of its form. Exact."""
    msm = [group_of("msm@port", WIDE)] * 2
    result = call(acts_and_condoms, layout=WIDE, group=msm, pair_a=0, pair_b=1, kind=[2, 8], condom_spread=0.0,
                  act_rate={"casual": 24.0, "all": 0.0}, condom_use={"casual": 0.25, "all": 0.0})  # fmt: skip
    assert result.pair_acts.tolist() == pytest.approx([2.0, 2.0], abs=1e-12)
    assert result.condom_share.tolist() == pytest.approx([0.25, 0.25], rel=ROUNDING)
