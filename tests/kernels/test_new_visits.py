"""What regular pairs leave to visits to new workers, and how many of those begin a regular pair; rule by rule."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    FORMER,
    GROUPS,
    HOME,
    MEN,
    PLAIN,
    STREET,
    WIDE,
    by_group,
    group_of,
)
from swmodel import codes
from swmodel.layout import Layout
from swmodel.processes.clients import MARGIN, expect, fill_visits, persistence

CONTACTS = 24.0  # a year, in a regular pair: two in a month
KEEP, OUTLAST = 0.95, 0.9  # chances that a pair keeps its roles, and that it outlasts the month then
ENDS = 0.145  # the chance that it does not come to the end of the month: 1 - 0.95 x 0.9
BAR, PARK = group_of("bar@port", WIDE), group_of("park@port", WIDE)
DRIVERS, GENERAL = (group_of(f"clients_of_women:{name}@port", WIDE) for name in ("drivers", "general"))
OF_MEN = group_of("clients_of_men@port", WIDE)


def array(amounts: dict[int, float], layout: Layout = PLAIN) -> np.ndarray:
    """A number for each group."""
    return np.array(by_group(amounts, layout), float)


def table(amounts: dict[int, float]) -> np.ndarray:
    """A number for each group of clients and setting of the plain layout, which has one group of clients."""
    made = np.zeros((GROUPS, GROUPS))
    made[CLIENT] = by_group(amounts)
    return made


def lasting(
    layout: Layout = WIDE, *, durations: dict[int, float] | None = None, leaving: dict[int, float] | None = None,
    pausing: dict[int, float] | None = None, stopping: dict[int, float] | None = None, mortality: float = 0.0,
    stay: tuple[float, ...] = (0.0, 0.0), visiting: tuple[int, ...] = (),
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """`keep` and `outlast`; regular pairs last for ten million years and nobody leaves unless said otherwise."""
    t, lasts = layout.tables, np.full(len(layout.pair_kinds), 1e7)
    for kind, years in (durations or {}).items():
        lasts[kind] = years
    here = array(dict.fromkeys(visiting, 1.0), layout) > 0.0
    rates = [array(amounts or {}, layout) for amounts in (leaving, pausing, stopping)]
    return persistence(DT, lasts, t["kind_for"][codes.REGULAR], *rates, mortality, np.array(stay), here, t["role_of"],
                       t["market_of"], t["site_of"], t["occupation_of"])  # fmt: skip


def test_pairs_of_whom_nobody_leaves() -> None:
    """Without leaving, ends or deaths pairs of every client and worker of one market and site stay, and no others.

    Exact to 1e-8, since a pair of ten million years may end.
    """
    for found in lasting(PLAIN):
        expected = np.zeros((GROUPS, GROUPS))
        expected[CLIENT, [BROTHEL, STREET, HOME]] = 1.0
        np.testing.assert_allclose(found, expected, atol=1e-8)
    for found in lasting():
        assert found[[DRIVERS, GENERAL, OF_MEN], [BAR, BAR, PARK]].tolist() == pytest.approx([1.0] * 3, abs=1e-8)
        assert not found[[DRIVERS, OF_MEN, BAR], [PARK, BAR, DRIVERS]].any()
        at_site = WIDE.tables["at_site"]
        assert not found[DRIVERS, at_site[BAR, 1 - WIDE.tables["site_of"][BAR]]]


def test_pairs_keep_their_roles() -> None:
    """Neither she leaves or pauses, by the rates of her setting, nor he stops, by that of his group. Exact.

    These come at the beginning of a step; what ends a pair at the end of one is not among them.
    """
    keep, outlast = lasting(PLAIN, leaving={STREET: 0.24, FORMER: 9.0}, pausing={STREET: 0.12, HOME: 0.48},
                            stopping={CLIENT: 0.36, MEN: 9.0})  # fmt: skip
    lost = {BROTHEL: 0.03, STREET: 0.06, HOME: 0.07}  # a twelfth of the sums of rates
    expected = by_group({w: math.exp(-loss) for w, loss in lost.items()})
    assert keep[CLIENT].tolist() == pytest.approx(expected, rel=1e-14)
    assert outlast[CLIENT, STREET] == pytest.approx(1.0, abs=1e-8)
    dated, _ = lasting(PLAIN, mortality=0.5, durations=dict.fromkeys(range(len(PLAIN.pair_kinds)), 0.5))
    assert dated[CLIENT, STREET] == 1.0


def test_pairs_outlast_the_step() -> None:
    """Neither their date comes, by the kind of regular pairs of the market, nor either partner dies. Exact."""
    kinds = {name: k for k, name in enumerate(WIDE.pair_kinds)}
    durations = {codes.REGULAR_CLIENT: 0.5, kinds["paid_men"]: 0.25}  # six months and three
    keep, outlast = lasting(durations=durations, mortality=0.06)
    both_live = math.exp(-0.01)  # a twelfth of twice the rate
    assert outlast[DRIVERS, BAR] == pytest.approx(5 / 6 * both_live, rel=1e-14) == outlast[GENERAL, BAR]
    assert outlast[OF_MEN, PARK] == pytest.approx(2 / 3 * both_live, rel=1e-14)
    assert keep[DRIVERS, BAR] == keep[OF_MEN, PARK] == 1.0
    _, brief = lasting(durations={codes.REGULAR_CLIENT: 0.05})
    assert brief[DRIVERS, BAR] == 0.0  # shorter than a month


def test_pairs_of_visitors_last_until_they_go() -> None:
    """Visitors do not stop buying: they go, at the end of a step, by the stay of their occupation. Exact.

    Those of the other occupation stop. A stay of four months ends in one of them; one shorter than a month, now.
    """
    given = {"stopping": {DRIVERS: 0.36, GENERAL: 0.36}, "leaving": {BAR: 0.24}, "visiting": (DRIVERS,)}
    keep, outlast = lasting(stay=(0.0, 4 / 12), **given)
    assert WIDE.occupations == ("general", "drivers")
    assert keep[DRIVERS, BAR] == pytest.approx(math.exp(-0.02), rel=1e-14)
    assert outlast[DRIVERS, BAR] == pytest.approx(0.75, abs=1e-8)
    assert keep[GENERAL, BAR] == pytest.approx(math.exp(-0.05), rel=1e-14)
    assert outlast[GENERAL, BAR] == pytest.approx(1.0, abs=1e-8)
    keep, outlast = lasting(stay=(0.0, 0.05), **given)
    assert keep[DRIVERS, BAR] > 0.9 and outlast[DRIVERS, BAR] == 0.0


def fill(
    *, choice: dict[int, float], take: dict[int, float], elsewhere: dict[int, float], room: dict[int, float],
    now: dict[int, float], share: float = 0.5, together: float = 1.0, wanted: float = 10.0, keep: float = KEEP,
    outlast: float = OUTLAST,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """`anew` and `turns_regular` of clients by setting, with `now` regular pairs; other groups have neither."""
    anew, turns = np.full((GROUPS, GROUPS), 7.0), np.full((GROUPS, GROUPS), 7.0)
    lasts = [table(dict.fromkeys((BROTHEL, STREET, HOME), chance)) for chance in (keep, outlast)]
    fill_visits(anew, turns, DT, array({CLIENT: wanted}), table(choice), array(take), array(elsewhere), array(room),
                table(now), together, *lasts, array(dict.fromkeys((BROTHEL, STREET, HOME), share)),
                CONTACTS)  # fmt: skip
    found = anew[CLIENT].copy(), turns[CLIENT].copy()
    anew[CLIENT] = turns[CLIENT] = 0.0
    assert not anew.any() and not turns.any()
    return found


def visits(*, now: float = 0.0, take: float = 1.0, **given: float) -> tuple[float, float]:
    """`anew` and `turns_regular` of clients who all go to the street, with `now` regular pairs."""
    anew, turns = fill(choice={STREET: 1.0}, take={STREET: take}, elsewhere={}, room={}, now={STREET: now}, **given)
    found = anew[STREET], turns[STREET]
    anew[STREET] = turns[STREET] = 0.0
    assert not anew.any() and not turns.any()
    return found


def test_visits_without_regulars() -> None:
    """At a share of none every contact that comes about is a visit, and none begins a pair. Exact.

    Where none comes about there is nothing to share.
    """
    assert visits(share=0.0) == visits(share=0.0, take=0.25) == (1.0, 0.0)
    assert visits(wanted=0.0) == visits(take=0.0) == (0.0, 0.0)


def test_visits_make_up_for_what_regulars_do_not_provide() -> None:
    """Contacts made less those of the regular pairs of now that keep their roles; never fewer than none. Exact.

    The first month of a pair that a visit begins has the contacts of a month of the pair.
    """
    anew, turns = visits(take=0.75, now=2.0)  # 2 pairs, of which 1.9 keep their roles, provide 3.8 of 7.5 contacts
    assert anew * (1.0 - turns + 2.0 * turns) == pytest.approx(3.7 / 7.5, abs=1e-14)
    assert visits(take=0.75, now=9.0)[0] == 0.0


@pytest.mark.parametrize("share", [0.2, 0.55, 0.95])
@pytest.mark.parametrize("outlast", [0.0, 0.9])
def test_regulars_have_their_share_in_balance(share: float, outlast: float) -> None:
    """A visit turns regular so that, over the life of the pairs it begins, regulars have their share. Exact.

    A pair provides two contacts in each month that it lasts, the first included: in expectation for 1 / (1 - q) months,
    with q the chance to outlast a month and to keep its roles in the next.
    """
    _, turns = visits(share=share, outlast=outlast)
    of_regulars = turns * 2.0 / (1.0 - KEEP * outlast)
    assert of_regulars / (of_regulars + 1.0 - turns) == pytest.approx(share, rel=1e-12)


def test_regulars_who_are_apart_are_made_up_for() -> None:
    """If only half of the regular pairs are at one site, twice as many, to a first order, are begun. Exact."""
    _, turns = visits()
    _, apart = visits(together=0.5)
    assert apart / (1.0 - apart) == pytest.approx(2.0 * turns / (1.0 - turns), rel=1e-12)


def test_regulars_that_end_while_apart_do_not_come_back() -> None:
    """Of those at one site more go than come back, by the pairs that end while apart; these are not counted on. Exact.

    For each pair together there is one apart, or a quarter of one, and as many of those as end in a month are followed
    by others, net. Where more would go than there are, none is left.
    """
    for together, goes in ((0.5, ENDS), (0.8, ENDS / 4), (1.0, 0.0)):
        anew, turns = visits(now=2.0, together=together)
        left = 1.0 - 2.0 * KEEP * (1.0 - goes) * 2.0 / 10.0  # of 10 contacts, two of each pair
        assert anew * (1.0 + turns) == pytest.approx(left, abs=1e-14)
    anew, turns = visits(now=2.0, together=0.1)  # nine times 0.145 of a pair, for each
    assert anew * (1.0 + turns) == pytest.approx(1.0, abs=1e-14)


def test_regulars_make_up_for_contacts_moved_to_their_setting() -> None:
    """Regulars provide contacts where clients are sent, whether any of the group wants to go there or not. Exact.

    All 10 contacts are wanted in a brothel that takes 4 and sends 3 on: a quarter to the street, and 2.25 home. Of 0.5
    pairs at home 0.475 keep their roles and have 0.95 contacts; so do they in the brothel.
    """
    moved = {"take": {BROTHEL: 0.4, HOME: 1.0}, "elsewhere": {BROTHEL: 0.3}, "room": {STREET: 0.25, HOME: 0.75}}
    anew, turns = fill(choice={BROTHEL: 1.0}, now={BROTHEL: 0.5, HOME: 0.5}, **moved)
    expected = by_group({BROTHEL: 1.0 - 0.95 / 4.0, STREET: 1.0, HOME: 1.0 - 0.95 / 2.25})
    assert (anew * (1.0 + turns)).tolist() == pytest.approx(expected, abs=1e-14)
    assert turns[BROTHEL] == turns[STREET] == turns[HOME] > 0.0
    # Half want to be at home, where all are served, and half of 3 are sent on: 5 and three quarters of 1.5 are 6.125.
    anew, turns = fill(choice={BROTHEL: 0.5, HOME: 0.5}, now={BROTHEL: 0.5, HOME: 0.5}, **moved)
    expected = by_group({BROTHEL: 1.0 - 0.95 / 2.0, STREET: 1.0, HOME: 1.0 - 0.95 / 6.125})
    assert (anew * (1.0 + turns)).tolist() == pytest.approx(expected, abs=1e-14)


def test_expected_regulars_come_to_their_share() -> None:
    """Step by step, as the schedule has it: the regular pairs expected provide the share asked for. Exact in the limit.

    Contacts come to what is made in each setting from the first step on, those moved there included; after 400 steps
    of pairs that last seven months the share is that of the balance to 1e-9.
    """
    share, wanted = 0.55, array({CLIENT: 10.0})
    pairs, bound, anew, turns = np.zeros((GROUPS, GROUPS)), np.zeros(GROUPS), table({}), table({})
    # Of 8 contacts wanted on the street 4 are made and 2 are moved home, where 2 are wanted.
    comes = (table({STREET: 0.8, HOME: 0.2}), array({STREET: 0.5, HOME: 1.0}), array({STREET: 0.25}),
             array({HOME: 1.0}))  # fmt: skip
    keep, outlast = (table({STREET: chance, HOME: chance}) for chance in (KEEP, OUTLAST))
    for _ in range(400):
        fill_visits(anew, turns, DT, wanted, *comes, pairs, 1.0, keep, outlast, np.full(GROUPS, share), CONTACTS)
        for setting in (STREET, HOME):
            new, turned = 4.0 * anew[CLIENT, setting], turns[CLIENT, setting]
            of_regulars = (pairs[CLIENT, setting] * KEEP + new * turned) * 2.0
            assert of_regulars + new * (1.0 - turned) == pytest.approx(4.0, rel=1e-12)
        expect(bound, pairs, wanted, *comes, anew, turns, keep, outlast)
    assert of_regulars / 4.0 == pytest.approx(share, abs=1e-9)
    assert pairs.sum() == pytest.approx(2.0 * pairs[CLIENT, STREET], rel=1e-12)


def test_the_regular_pairs_of_the_next_step() -> None:
    """Those of now that keep their roles and those begun, in the setting that came about, if they outlast it. Exact.

    One pair at home, and 2.25 contacts moved there, of which 0.8 are visits and half of these turn regular.
    """
    pairs, bound = table({HOME: 1.0}), np.zeros(GROUPS)
    comes = (table({BROTHEL: 1.0}), array({BROTHEL: 0.4}), array({BROTHEL: 0.3}), array({STREET: 0.25, HOME: 0.75}))
    lasts = [table(dict.fromkeys((BROTHEL, STREET, HOME), chance)) for chance in (KEEP, OUTLAST)]
    expect(bound, pairs, array({CLIENT: 10.0}), *comes, table({BROTHEL: 0.5, HOME: 0.8}), table({HOME: 0.5}), *lasts)
    assert pairs[CLIENT].tolist() == pytest.approx(by_group({HOME: (0.95 + 0.9) * 0.9}), abs=1e-14)
    assert not np.delete(pairs, CLIENT, axis=0).any()


def test_the_bound_is_above_what_is_expected() -> None:
    """The largest share, over settings, of visits made there and of those made where there is room, with a margin.

    Exact. Settings that nobody chooses do not count; groups that do not buy have none.
    """
    bound, none = np.full(GROUPS, 7.0), table({})
    choice, take = table({BROTHEL: 0.5, STREET: 0.5}), array({BROTHEL: 0.4, STREET: 1.0, HOME: 1.0})
    anew = table({BROTHEL: 0.5, STREET: 0.25, HOME: 0.8})
    rules = (array({CLIENT: 1.0}), choice, take)
    expect(bound, none.copy(), *rules, array({BROTHEL: 0.3}), array({STREET: 0.25, HOME: 0.75}), anew, none, none, none)
    # In the brothel 0.4 x 0.5, and 0.3 of a quarter of 0.25 and three quarters of 0.8; 0.25 in the street.
    assert bound.tolist() == pytest.approx(by_group({CLIENT: MARGIN * (0.2 + 0.3 * 0.6625)}), abs=1e-15)
    expect(bound, none.copy(), *rules, array({}), array({}), anew, none, none, none)
    assert bound.tolist() == pytest.approx(by_group({CLIENT: MARGIN * 0.25}), abs=1e-15)
