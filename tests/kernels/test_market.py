"""The market of paid contacts, visit by visit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.by_name import (
    BROTHEL,
    CLIENT,
    DT,
    HOME,
    PLAIN,
    STREET,
    WIDE,
    Result,
    by_group,
    call,
    group_of,
    key_of,
)
from swmodel import codes, rng
from swmodel.layout import Layout
from swmodel.processes.market import BLOCKS, market, seat_workers, setting_of_visit, worker_at

ROUNDING = 2.0**-23  # of single precision, in which factors, traits and columns of pairs are kept
KEY = key_of(market)
PAIR = {"pair_a", "pair_b", "kind", "since", "until", "pair_propensity"}
STEP = 6  # of the trade
VOLUME = 4.0  # of each worker in it, in tickets
GROUPS = len(PLAIN.groups)
BOTH = {BROTHEL: 0.5, HOME: 0.5}


def rows_of(clients: dict[int, dict[int, float]], layout: Layout = PLAIN) -> np.ndarray:
    """A table by group of clients and setting."""
    made = np.zeros((len(layout.groups),) * 2)
    for client, amounts in clients.items():
        made[client] = by_group(amounts, layout)
    return made


def trade(
    *, layout: Layout = PLAIN, worth: float = 1.0, seats: int = 16, buys: int = CLIENT, choice: dict[int, float] = BOTH,
    take: float = 1.0, anew: float = 1.0, turns: float = 0.0, **given: Any,
) -> Result:  # fmt: skip
    """Pairs of clients 0 and 1 with workers 2 and 3, of four tickets each; ten rows of pairs.

    Every visit comes about, to a brothel or a home, and none turns regular, unless said otherwise. In other steps a
    ticket is worth so much, and there are so many seats, that nobody would be found.
    """
    groups = len(layout.groups)
    people = {"workers": [2, 3], "clients": [0, 1], "group": [CLIENT, CLIENT, BROTHEL, HOME]}
    now = (np.arange(9) == STEP)[:, None]
    tables = {
        "ticket_worth": np.where(now, worth, np.full((9, groups), 1e9)),
        "seats": np.where(now, seats, np.full((9, groups), 1 << 16)),
        "choice": rows_of({buys: choice}, layout), "visit_bound": by_group({buys: 1.0}, layout),
        "anew": rows_of({buys: dict.fromkeys(choice, anew)}, layout),
        "take": by_group(dict.fromkeys(choice, take), layout),
        "turns_regular": rows_of({buys: dict.fromkeys(choice, turns)}, layout),
        "elsewhere": by_group({}, layout), "room": by_group({}, layout),
    }  # fmt: skip
    plain = {"step": STEP, "pairs_rows": 10, "worker_volume": {"sex_workers": VOLUME, "all": 0.0}, "alcohol_share": 0.0}
    return call(market, layout=layout, **{**people, **tables, **plain, **given})


def made(result: Result) -> list[tuple[int, int]]:
    """The pairs that were made, as worker and client."""
    rows = result.new_rows[: result.returned]
    return list(zip(result.pair_a[rows].tolist(), result.pair_b[rows].tolist(), strict=True))


def draws(
    choice: dict[int, float], take: dict[int, float], anew: dict[int, float], elsewhere: dict[int, float],
    room: dict[int, float], bound: float, layout: Layout = PLAIN, client: int = CLIENT, parts: int = 4000,
) -> dict[int, float]:  # fmt: skip
    """The share of visits that lead to each setting, over a grid of the unit interval; -1 for none."""
    by_setting = [np.array(by_group(amounts, layout), float) for amounts in (take, elsewhere, room)]
    tables = (rows_of({client: choice}, layout), rows_of({client: anew}, layout), *by_setting)
    found = [
        int(setting_of_visit(client, (k + 0.5) / parts, layout.tables["settings_for"], *tables, bound))
        for k in range(parts)
    ]
    return {w: found.count(w) / parts for w in set(found)}


def test_settings_are_drawn_by_choice() -> None:
    """Where all visits come about, each setting has its share of them. Exact to the grid of 4,000."""
    choice = {BROTHEL: 0.2, STREET: 0.5, HOME: 0.3}
    found = draws(choice, dict.fromkeys(choice, 1.0), dict.fromkeys(choice, 1.0), {}, {}, 1.0)
    assert found == pytest.approx(choice, abs=1e-3)


def test_what_is_too_much_is_drawn_away() -> None:
    """Of visits, what is taken times what goes to new workers, over the bound of the clock, come about.

    Exact to the grid.
    """
    choice = {BROTHEL: 0.4, HOME: 0.6}
    found = draws(choice, {BROTHEL: 2.0, HOME: 1.0}, {BROTHEL: 0.75, HOME: 0.5}, {}, {}, 2.0)
    assert found == pytest.approx({BROTHEL: 0.3, HOME: 0.15, -1: 0.55}, abs=1e-3)
    some = {BROTHEL: 1.0, HOME: 1.0}
    assert draws(choice, {}, some, {}, {}, 2.0) == draws(choice, some, {}, {}, {}, 2.0) == {-1: 1.0}


def test_who_is_turned_away_finds_room_elsewhere() -> None:
    """Of those to a full setting, a share goes to the others in proportion to their room, the rest nowhere.

    Exact to the grid.
    """
    choice, room = {BROTHEL: 0.5, STREET: 0.25, HOME: 0.25}, {STREET: 0.25, HOME: 0.75}
    take, anew = {BROTHEL: 0.5, STREET: 1.0, HOME: 1.0}, dict.fromkeys(choice, 1.0)
    found = draws(choice, take, anew, {BROTHEL: 0.4}, room, 1.0)
    moved = 0.5 * 0.4
    expected = {BROTHEL: 0.25, STREET: 0.25 + 0.25 * moved, HOME: 0.25 + 0.75 * moved, -1: 0.5 * 0.1}
    assert found == pytest.approx(expected, abs=1e-3)


def test_who_is_turned_away_finds_the_regulars_of_where_he_goes() -> None:
    """Who is sent on makes a visit as often as those of his group do where he goes, also if none wants to be there.

    Exact to the grid. Half of the visits to the brothel find room elsewhere, a quarter of them in the street, where
    three of five contacts are visits, and the others at home, where one of five is.
    """
    take, anew = {BROTHEL: 0.25, STREET: 1.0, HOME: 1.0}, {BROTHEL: 0.8, STREET: 0.6, HOME: 0.2}
    moved = {"elsewhere": {BROTHEL: 0.5}, "room": {STREET: 0.25, HOME: 0.75}, "bound": 1.0}
    found = draws({BROTHEL: 1.0}, take, anew, **moved)
    assert found == pytest.approx({BROTHEL: 0.2, STREET: 0.075, HOME: 0.075, -1: 0.65}, abs=1e-3)
    wanted = draws({BROTHEL: 0.5, HOME: 0.5}, take, anew, **moved)
    expected = {BROTHEL: 0.1, STREET: 0.0375, HOME: 0.0375 + 0.1, -1: 0.725}
    assert wanted == pytest.approx(expected, abs=1e-3)
    twice = draws({BROTHEL: 1.0}, take, anew, **{**moved, "bound": 2.0})
    assert twice == pytest.approx({BROTHEL: 0.1, STREET: 0.0375, HOME: 0.0375, -1: 0.825}, abs=1e-3)


def test_who_is_turned_away_stays_in_the_market_and_at_the_site() -> None:
    """Room at other sites and in other markets is not for him. Exact to the grid."""
    bar, street, far, park = (group_of(name, WIDE) for name in ("bar@port", "street@port", "bar@lake", "park@port"))
    client = group_of("clients_of_women:drivers@port", WIDE)
    anew = dict.fromkeys((bar, street, far, park), 1.0)
    found = draws({bar: 1.0}, {bar: 0.25}, anew, {bar: 0.75}, {street: 1.0, far: 1.0, park: 1.0}, 1.0, WIDE, client)
    assert found == pytest.approx({bar: 0.25, street: 0.75}, abs=1e-3)
    client = group_of("clients_of_men@port", WIDE)
    found = draws({park: 1.0}, {park: 0.25}, anew, {park: 0.75}, {bar: 1.0, street: 1.0}, 1.0, WIDE, client)
    assert found == pytest.approx({park: 0.25, -1: 0.75}, abs=1e-3)


@pytest.mark.filterwarnings("error")  # of an overflow
def test_market_asks_for_rows_first() -> None:
    """The first call counts one row a visit of clients on the list, more than 65,535 too, and writes nothing. Exact."""
    result = trade(visits=[2, 3, 9, 9])
    assert result.returned == 5 and result.touched == set()
    assert trade(visits=[2, 3, 9, 9], clients=[1]).returned == 3
    assert trade(visits=0).returned == 0
    assert trade(visits=65535).returned == 2 * 65535


def test_market_makes_one_pair_a_visit() -> None:
    """Every visit becomes a pair of one contact, in the rows given and in order; nothing else is written. Exact."""
    result = trade(visits=[1, 2, 0, 0], visit_times=[1, 2, 0, 0], condom_propensity=2.0, new_rows=[4, 0, 7])
    assert result.returned == 3 and result.touched == PAIR | {"visits_made"}
    assert result.changed("kind") == [0, 4, 7] and result.kind[[4, 0, 7]].tolist() == [codes.ONE_OFF_CLIENT] * 3
    assert result.pair_b[[4, 0, 7]].tolist() == [0, 1, 1]
    assert result.since[[4, 0, 7]].tolist() == [STEP] * 3
    assert result.until[[4, 0, 7]].tolist() == [STEP + 1] * 3
    assert result.counters["visits_made"].tolist() == by_group({CLIENT: 3})


def test_market_writes_the_propensity_of_both() -> None:
    """The pair's propensity is that of worker and client, multiplied. Exact."""
    odds = [2.0, 5.0, 99.0, 3.0]
    result = trade(visits=[1, 1, 0, 0], visit_times=1, workers=[3], choice={HOME: 1.0}, condom_propensity=odds,
                   new_rows=[0, 1])  # fmt: skip
    assert result.pair_propensity[:2].tolist() == [6.0, 15.0]


def test_market_of_one_setting() -> None:
    """The worker of a setting takes all visits to it, and none to others; where nobody sits a visit makes no pair.

    Exact.
    """
    given = {"visits": [5, 5, 0, 0], "visit_times": 5, "new_rows": range(10)}
    for setting, worker in ((BROTHEL, 2), (HOME, 3)):
        assert {a for a, _ in made(trade(choice={setting: 1.0}, **given))} == {worker}
    result = trade(choice={STREET: 1.0}, **given)
    assert result.returned == 0 and result.touched == set()


def test_market_visits_draw_their_setting() -> None:
    """The first word of a visit says which setting, or that it does not come about. Exact; 40 visits."""
    given = {"visits": [40, 0, 0, 0], "visit_times": 40, "new_rows": range(40), "pairs_rows": 40}
    result = trade(anew=0.75, **given)
    u = [(float(rng.philox(0, 1, visit, 0, KEY)[0]) + 0.5) * rng.WORD for visit in range(1, 41)]
    expected = [(2 if v < 0.5 else 3, 0) for v in u if (2 * v) % 1.0 < 0.75]
    assert made(result) == expected and 20 < len(expected) < 40
    assert result.counters["visits_made"][CLIENT] == len(expected) and not result.counters["visits_lost"].any()
    assert made(trade(take=1.5, anew=0.5, **given)) == expected


def test_market_passes_over_workers_of_no_volume() -> None:
    """A personal volume of zero is never found, first, last or in between. Exact; 30 visits."""
    for idle in range(3):
        traits = [1.0, *(0.0 if k == idle else 1.0 for k in range(3))]
        result = trade(group=[CLIENT, HOME, HOME, HOME], workers=[1, 2, 3], clients=[0], market_trait=traits,
                       choice={HOME: 1.0}, visits=[30, 0, 0, 0], visit_times=30, new_rows=range(30),
                       pairs_rows=30)  # fmt: skip
        assert {a for a, _ in made(result)} == {1, 2, 3} - {1 + idle}


def test_market_of_part_time_workers() -> None:
    """Who works part-time has that share of the tickets: half is found half as often. Exact; the seats are followed.

    60 visits to two workers of one setting.
    """
    given = {"visits": [60, 0, 0, 0], "visit_times": 60, "new_rows": range(60), "pairs_rows": 60, "choice": {HOME: 1.0},
             "group": [CLIENT, CLIENT, HOME, HOME], "part_time_volume": 0.5}  # fmt: skip
    part = made(trade(part_time=[0, 0, 1, 0], **given))
    halved = made(trade(market_trait=[1.0, 1.0, 0.5, 1.0], **given))
    assert part == halved != made(trade(**given))
    assert 10 < sum(a == 2 for a, _ in part) < 30


def test_market_of_workers_too_few_to_be_found() -> None:
    """Visits that meet empty seats only make no pair, use no row, and are counted as lost. Exact."""
    result = trade(visits=[2, 1, 0, 0], visit_times=2, new_rows=[0, 1, 2], worker_volume=0.0)
    assert result.returned == 0 and result.touched == {"visits_lost"}
    assert result.counters["visits_lost"].tolist() == by_group({CLIENT: 3})


def test_market_of_workers_other_than_scheduled() -> None:
    """However many seats were planned, and whatever a ticket was to be worth, visits find somebody. Exact."""
    for given in ({"seats": 1 << 16}, {"seats": 4}, {"worth": 1e9}, {"worth": 1e-9}):
        result = trade(visits=[2, 1, 0, 0], visit_times=2, new_rows=[0, 1, 2], **given)
        assert result.returned == 3 and "visits_lost" not in result.touched


def test_market_visits_lead_to_the_first_who_is_found() -> None:
    """Seats are drawn by keyed words, two of the first block and four of each other, until one leads to somebody.

    Exact; 40 visits among 5 seats of 32, so that most draws lead to nobody.
    """
    uid = np.array([8, 9, 4, 6], np.uint32)
    group = np.array([CLIENT, CLIENT, HOME, HOME], np.uint8)
    volumes, workers = np.array([1.5, 2.75]), np.array([2, 3], np.uint32)
    sits, keep, first = seat_workers(workers, uid, group, volumes, np.ones(GROUPS), np.full(GROUPS, 64))
    low, high = first[HOME], first[HOME + 1]
    expected, late = [], 0
    for visit in range(1, 41):
        blocks = [rng.philox(8, 1, visit, block, KEY) for block in range(BLOCKS)]
        words = [*blocks[0][1:3], *(word for b in blocks[1:] for word in b)]
        found = [int(worker_at(np.uint64(word), sits, keep, low, high)) for word in words]
        found = [int(workers[k]) if k >= 0 else -1 for k in found]
        first_found = next((w for w in found if w >= 0), None)
        expected += [] if first_found is None else [(first_found, 0)]
        late += first_found is not None and found.index(first_found) > 10
    result = trade(uid=uid, group=group, market_trait=[0.0, 0.0, *volumes], worker_volume=1.0, seats=64,
                   choice={HOME: 1.0}, visits=[40, 0, 0, 0], visit_times=40, new_rows=range(40),
                   pairs_rows=40)  # fmt: skip
    assert made(result) == expected and high - low == 32
    assert {w for w, _ in expected} == {2, 3} and late > 0


def test_market_visits_keep_their_worker_when_another_goes() -> None:
    """Without one of three workers all visits that had led to the other two lead to them still. Exact; 60 visits."""
    uid, tickets = [1, 4, 8, 16], range(int(VOLUME))
    assert len({rng.scatter(u, t, 64) for u in uid[1:] for t in tickets}) == 12  # none collide
    given = {"group": [CLIENT, HOME, HOME, HOME], "clients": [0], "uid": uid, "visits": [60, 0, 0, 0], "seats": 64,
             "visit_times": 60, "new_rows": range(60), "pairs_rows": 60, "choice": {HOME: 1.0}}  # fmt: skip
    met = made(trade(workers=[1, 2, 3], **given))
    assert len(met) == 60 and len(set(met)) == 3
    for gone in (1, 2, 3):
        left = made(trade(workers=[w for w in (1, 2, 3) if w != gone], **given))
        assert len(left) == 60
        assert all(b == a for a, b in zip(met, left, strict=True) if a[0] != gone)


@pytest.mark.parametrize("seats", [4, 64])
def test_market_does_not_depend_on_the_order_of_rows(seats: int) -> None:
    """Rows swapped: each client meets the same workers, by uid. Exact; 20 visits."""
    given = {"visits": [10, 10, 0, 0], "visit_times": 10, "new_rows": range(20), "pairs_rows": 20, "seats": seats}
    first = trade(uid=[1, 3, 8, 6], **given)
    second = trade(uid=[3, 1, 6, 8], group=[CLIENT, CLIENT, HOME, BROTHEL], **given)
    met = [sorted((result.uid[a], result.uid[b]) for a, b in made(result)) for result in (first, second)]
    assert met[0] == met[1] and len(set(met[0])) == 4


def test_market_visits_are_keyed_by_their_number() -> None:
    """Visits 4 and 5 find the same workers whether they fall in one step or in two. Exact."""
    both = made(trade(visits=[2, 0, 0, 0], visit_times=5, new_rows=[0, 1]))
    one, other = (made(trade(visits=[1, 0, 0, 0], visit_times=n, new_rows=[0]))[0] for n in (4, 5))
    assert both == [one, other]


def test_market_regulars() -> None:
    """At a certain rate every visit is the first of a regular pair, at a share of zero none is. Exact; 10 visits."""
    given = {"visits": [5, 5, 0, 0], "visit_times": 5, "new_rows": range(10)}
    result = trade(turns=1.0, pair_duration={"regular_client": 0.5, "all": 1.0}, **given)
    assert set(result.kind) == {codes.REGULAR_CLIENT} and (result.until > STEP).all() and set(result.since) == {STEP}
    assert set(trade(turns=0.0, **given).kind) == {codes.ONE_OFF_CLIENT}


def test_market_regulars_are_begun_by_the_last_word() -> None:
    """A visit turns regular by the rate of its group and setting, and a keyed word; the rest of the word says how long

    the pair lasts, in whole steps. Exact; 40 visits.
    """
    rates = rows_of({CLIENT: {BROTHEL: 0.25, HOME: 0.75}})
    result = trade(visits=[40, 0, 0, 0], visit_times=40, new_rows=range(40), pairs_rows=40, turns_regular=rates,
                   pair_duration={"regular_client": 0.5, "all": 1.0})  # fmt: skip
    found = set()
    for k in range(40):
        u = (float(rng.philox(0, 1, k + 1, 0, KEY)[3]) + 0.5) * rng.WORD
        rate = 0.25 if result.pair_a[k] == 2 else 0.75
        kind = codes.REGULAR_CLIENT if u < rate else codes.ONE_OFF_CLIENT
        lasts = rng.whole_steps(0.5, DT, u / rate) if u < rate else 1
        assert (result.kind[k], result.until[k]) == (kind, STEP + lasts)
        found.add((int(result.pair_a[k]), kind))
    assert len(found) == 4


def test_market_of_men_and_trans_women() -> None:
    """Clients of men meet men, and clients of trans women trans women, at their site; in kinds of their own. Exact."""
    kinds = {name: k for k, name in enumerate(WIDE.pair_kinds)}
    for client, worker, one_off, regular in (
        ("clients_of_men@lake", "park@lake", codes.ONE_OFF_CLIENT, kinds["paid_men"]),
        ("clients_of_trans_women@port", "club@port", kinds["with_tsw"], codes.REGULAR_CLIENT),
    ):
        buys, sells = group_of(client, WIDE), group_of(worker, WIDE)
        for turns, kind in ((0.0, one_off), (1.0, regular)):
            group = [buys, buys, sells, group_of("bar@port", WIDE)]
            result = trade(layout=WIDE, buys=buys, choice={sells: 1.0}, group=group, visits=[3, 2, 0, 0],
                           visit_times=3, new_rows=range(5), turns=turns)  # fmt: skip
            assert result.returned == 5 and set(made(result)) == {(2, 0), (2, 1)}
            assert result.kind[:5].tolist() == [kind] * 5
            assert result.counters["visits_made"].tolist() == by_group({buys: 5}, WIDE)


def test_market_visits_after_alcohol() -> None:
    """Before a share of visits of a group, by a keyed uniform, he drank; what is expected counts. Exact; 40 visits.

    If nothing else comes of the visit it has the odds of a condom of who drank. In a regular pair he drinks before that
    share of the contacts, so that it has the mean of the odds, whether he drank this time or not.
    """
    drank = np.array([rng.uniform(KEY, uid, 2, visit, 0) < 0.25 for uid in (0, 1) for visit in range(1, 21)])
    alcohol = {"alcohol_share": {"clients": 0.25, "all": 1.0}, "alcohol_condom_odds": 0.2}
    for turns, after, otherwise in ((0.0, 0.8, 4.0), (1.0, 3.2, 3.2)):  # of 4; a quarter at 0.2, the rest at 1 are 0.8
        result = trade(visits=[20, 20, 0, 0], visit_times=20, new_rows=range(40), pairs_rows=40, turns=turns,
                       condom_propensity=2.0, **alcohol)  # fmt: skip
        expected = np.where(drank, after, otherwise)
        assert result.pair_propensity.tolist() == pytest.approx(expected.tolist(), rel=ROUNDING)
        assert result.counters["visits_after_alcohol"].tolist() == by_group({CLIENT: 10 << 20})
        assert 0 < drank.sum() < 40
    sober = trade(visits=[5, 0, 0, 0], visit_times=5, new_rows=range(5), condom_propensity=2.0)
    assert not sober.counters["visits_after_alcohol"].any()
    assert sober.pair_propensity[:5].tolist() == [4.0] * 5


def test_market_visits_with_an_offer_for_no_condom() -> None:
    """At a share of visits of a group, by a keyed uniform of its own, he offers more for no condom: the odds of such a
    pair are the worker's for that, and those of others as they were; what is expected counts. Exact; 40 visits.

    In a regular pair the odds are the mean, as he offers more at that share of the contacts; what he drinks multiplies.
    """
    offered, drank = (
        np.array([rng.uniform(KEY, uid, draw, visit, 0) < share for uid in (0, 1) for visit in range(1, 21)])
        for draw, share in ((3, 0.5), (2, 0.25))
    )
    given = {"premium_offer": {"clients": 0.5, "all": 1.0}, "premium_odds": [9.0, 9.0, 0.4, 0.4],
             "visits": [20, 20, 0, 0], "visit_times": 20, "new_rows": range(40), "pairs_rows": 40,
             "condom_propensity": 2.0}  # fmt: skip
    for turns, taken, otherwise in ((0.0, 1.6, 4.0), (1.0, 2.8, 2.8)):  # of 4; half at 0.4, the rest at 1 are 0.7
        result = trade(turns=turns, **given)
        assert result.pair_propensity.tolist() == pytest.approx(np.where(offered, taken, otherwise), rel=ROUNDING)
        assert result.counters["premiums_offered"].tolist() == by_group({CLIENT: 20 << 20})
        assert result.premium_share.tolist() == ([0.5] * 40 if turns else offered.astype(float).tolist())
    both = trade(**given, alcohol_share={"clients": 0.25, "all": 1.0}, alcohol_condom_odds=0.2)
    expected = np.where(drank, 0.8, 4.0) * np.where(offered, 0.4, 1.0)
    assert both.pair_propensity.tolist() == pytest.approx(expected, rel=ROUNDING)
    assert len(set(expected)) == 4
    for alone in ({"premium_offer": 0.0}, {"premium_odds": 1.0}):
        alike = trade(**{**given, **alone})
        assert alike.pair_propensity.tolist() == [4.0] * 40
        assert alike.premium_share.any() == ("premium_odds" in alone)
