"""The market of paid contacts, client by client."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, DT, GROUPS, HOME, ONE, STREET, Result, call, key_of
from swmodel import codes, rng
from swmodel.processes.market import (
    BLOCKS,
    SEATS_A_WORKER,
    TICKETS_A_WORKER,
    demand_and_supply,
    market,
    seat_workers,
    tickets_and_seats,
    visits_of_clients,
    worker_at,
)

CLIENT = codes.CLIENTS
PAIR = {"pair_a", "pair_b", "kind", "until", "pair_propensity"}
STEP = 6  # of the trade
TICKETS = 4  # of each worker in it


def visit(**given: Any) -> Result:
    """Visits of clients in a market in balance, of which none are with regulars."""
    plain = {"contacts_wanted": ONE, "contacts_offered": ONE, "market_balance": 0.5, "regular_share": 0.0}
    return call(visits_of_clients, **{**plain, "client_visits": 12.0, **given})


def trade(*, worth: float = 1.0, seats: int = 16, **given: Any) -> Result:
    """Pairs of clients 0 and 1 with workers 2 and 3, of four tickets each; no regulars, ten rows of pairs.

    In other steps a ticket is worth so much, and there are so many seats, that nobody would be found.
    """
    people = {"workers": [2, 3], "clients": [0, 1], "group": [CLIENT, CLIENT, BROTHEL, HOME]}
    tables = {
        "ticket_worth": np.where(np.arange(9) == STEP, worth, 1e9),
        "seats": np.where(np.arange(9) == STEP, seats, 1 << 16),
    }
    plain = {"step": STEP, "pairs_rows": 10, "regular_share": 0.0, "worker_volume": {"fsw": 1.0 * TICKETS, "all": 0.0}}
    return call(market, **{**people, **tables, **plain, **given})


def made(result: Result) -> list[tuple[int, int]]:
    """The pairs that were made, as worker and client."""
    rows = result.new_rows[: result.returned]
    return list(zip(result.pair_a[rows].tolist(), result.pair_b[rows].tolist(), strict=True))


def seat(
    volumes: dict[int, float], seats: int = 64, worth: float = 1.0, backwards: bool = False
) -> tuple[list[int], list[float]]:
    """The uid at each seat, -1 at empty ones, and `keep`, for workers whose volumes are given by uid."""
    uid = np.array([*volumes][:: -1 if backwards else 1], np.uint32)
    trait = np.array([volumes[u] for u in uid.tolist()], float)
    workers, group = np.arange(len(uid), dtype=np.uint32), np.full(len(uid), BROTHEL, np.int8)
    rows, keep = seat_workers(workers, uid, group, trait, np.ones(GROUPS), worth, seats)
    return [int(uid[row]) if row >= 0 else -1 for row in rows], keep.tolist()


def taken(uids: list[int]) -> dict[int, list[int]]:
    """The seats of each worker."""
    return {u: [k for k, v in enumerate(uids) if v == u] for u in set(uids) - {-1}}


def strangers(place: int, seats: int, count: int) -> list[int]:
    """The smallest uids whose first ticket has this place."""
    return [u for u in range(1000) if rng.scatter(u, 0, seats) == place][:count]


def test_demand_is_added_over_clients() -> None:
    """Visits x trait x relative volume x step, of those on the list. Exact."""
    result = call(demand_and_supply, clients=[0, 2], workers=[], group=[CLIENT] * 3, market_trait=[1.0, 9.0, 0.5],
                  client_volume=[2.0, 9.0, 1.0], client_visits=12.0)  # fmt: skip
    assert result.counters["contacts_wanted"].tolist() == [0, 0, 2 * ONE + ONE // 2, 0, 0, 0]
    assert result.touched == {"contacts_wanted"}


def test_supply_is_added_over_workers_by_setting() -> None:
    """Volume of the setting x trait x step; relative demand does not touch it. Exact."""
    volumes = {"brothel": 12.0, "home": 24.0, "all": 999.0}
    result = call(demand_and_supply, clients=[], workers=[0, 1, 3], group=[BROTHEL, HOME, BROTHEL, BROTHEL],
                  market_trait=[1.0, 2.0, 9.0, 0.25], client_volume=9.0, worker_volume=volumes)  # fmt: skip
    assert result.counters["contacts_offered"].tolist() == [0, 0, 0, ONE + ONE // 4, 0, 4 * ONE]
    assert result.touched == {"contacts_offered"}


def test_demand_and_supply_of_nobody() -> None:
    """Without clients and workers nothing is wanted or offered. Exact."""
    assert call(demand_and_supply, people_rows=2, clients=[], workers=[]).touched == set()


def test_visits_of_nobody() -> None:
    """Without clients, without demand, or without workers, no clock runs. Exact."""
    assert visit(people_rows=2, rows=[]).touched == set()
    assert visit(visit_clock=[1e-9], contacts_wanted=0).touched == set()
    for weight in (0.0, 0.5, 1.0):
        assert visit(visit_clock=[1e-9], contacts_offered=0, market_balance=weight).touched == set()


def test_visits_run_the_clock_of_those_on_the_list() -> None:
    """A clock falls by visits x trait x relative volume x step, and there is no visit before it runs out. Exact."""
    traits, volumes = [1.0, 1.0, 2.0], [0.5, 1.0, 2.0]
    result = visit(rows=[0, 2], visit_clock=9.0, market_trait=traits, client_volume=volumes)
    assert result.visit_clock.tolist() == pytest.approx([8.5, 9.0, 5.0], abs=1e-15)
    assert result.touched == {"visit_clock"}


@pytest.mark.parametrize(("weight", "met"), [(0.0, 1.0), (0.5, 2.0), (1.0, 4.0)])
def test_visits_met_by_the_balance(weight: float, met: float) -> None:
    """Supply is four times demand: at weight 0 demand decides, at 1 supply, at 1/2 the geometric mean. Exact."""
    result = visit(visit_clock=[9.0], contacts_offered=4 * ONE, market_balance=weight)
    assert 9.0 - result.visit_clock[0] == pytest.approx(met, abs=1e-14)


def test_visits_leave_regulars_their_share() -> None:
    """Only what is not with regular clients becomes visits to new workers. Exact."""
    assert 9.0 - visit(visit_clock=[9.0], regular_share=0.75).visit_clock[0] == pytest.approx(0.25, abs=1e-14)


def test_visits_are_as_many_as_thresholds_passed() -> None:
    """Each threshold passed is one visit, and the next is keyed by person and visit. Exact."""
    spent = 8.0
    result = visit(visit_clock=[1.0], uid=[5], visit_times=3, client_visits=12.0 * spent)
    clock, count = 1.0 - spent, 0
    while clock <= 0.0:
        count += 1
        clock += rng.exponential(key_of(visits_of_clients), 5, 0, 3 + count, 0)
    assert count > 2
    assert result.visits.tolist() == [count] and result.visit_times.tolist() == [3 + count]
    assert result.visit_clock[0] == pytest.approx(clock, abs=1e-12)


def schedule(share: list[list[float]], volume: list[list[float]], people: float = 1024.0) -> dict[str, Any]:
    """What is prepared, at each step, for these shares of women by setting; half of the people are women."""
    groups = np.concatenate((np.full((len(share), codes.FIRST_SETTING), 1e6), np.array(volume)), axis=1)
    series = {"sex_worker_share": np.array(share), "worker_volume": groups}
    tables = {"expected_people": np.full(len(share), people)}
    context = SimpleNamespace(series=series.__getitem__, value={"fraction_female": 0.5}.__getitem__, tables=tables)
    return tickets_and_seats(context)


def test_tickets_are_worth_a_part_of_the_mean_volume() -> None:
    """A worker of mean volume, over the settings as they are scheduled in the step, has four tickets. Exact."""
    prepared = schedule([[0.125, 0.0, 0.0], [0.25, 0.25, 0.5]], [[400.0, 9.0, 9.0], [400.0, 400.0, 200.0]])
    assert prepared["ticket_worth"].tolist() == [400.0 / TICKETS_A_WORKER, 300.0 / TICKETS_A_WORKER]


@pytest.mark.filterwarnings("error")
def test_seats_are_a_power_of_two() -> None:
    """The least power of two above four seats a worker who is scheduled, four at least, also where there are none.

    Exact.
    """
    shares = [0.0, 1 / 512, 1 / 32, 1 / 32 + 1 / 512, 1 / 16]
    prepared = schedule([[s, 0.0, 0.0] for s in shares], [[5.0] * 3] * 5)
    assert SEATS_A_WORKER == 4
    assert prepared["seats"].tolist() == [4, 8, 128, 128, 256]
    assert schedule([[1 / 512, 0.0, 0.0]], [[5.0] * 3], people=64.0)["seats"].tolist() == [4]
    assert schedule([[1 / 512, 0.0, 0.0]], [[0.0] * 3])["seats"].dtype == np.int64


@pytest.mark.parametrize("volume", [[400.0, 400.0, 200.0], [400.0, 0.0, 0.0]])
def test_tickets_where_nobody_is_scheduled(volume: list[float]) -> None:
    """In a step without scheduled workers, or of none who has a volume, whoever still sells has few tickets. Exact."""
    share = [0.0, 0.0, 0.0] if volume[2] else [0.0, 0.5, 0.5]
    prepared = schedule([[0.25, 0.25, 0.5], share], [volume] * 2)
    assert max(volume) / prepared["ticket_worth"][1] < 1000


def test_workers_have_tickets_in_proportion_to_their_volume() -> None:
    """Volume over the worth of a ticket, rounded up; what is kept of her draws makes up for the rounding. Exact.

    300 workers of gamma volume, in a table in which four of five seats are taken.
    """
    volumes = {3 * k: 4.0 * rng.gamma(key_of(market), k, 0, 1.0) for k in range(300)}
    worth = 2.0
    uids, keep = seat(volumes, 1024, worth)
    seats, tickets = taken(uids), {u: int(np.ceil(v / worth)) for u, v in volumes.items()}
    assert {u: len(places) for u, places in seats.items()} == tickets
    assert 0.5 < sum(tickets.values()) / len(uids) <= 0.8
    for u, places in seats.items():
        assert sum(keep[k] for k in places) * worth == pytest.approx(volumes[u], rel=1e-14)
        assert {keep[k] for k in places} == {keep[places[0]]} and 0.0 < keep[places[0]] <= 1.0
    assert all(keep[k] == 0.0 for k, u in enumerate(uids) if u < 0)


def test_workers_of_whole_and_of_no_volume() -> None:
    """A volume of exactly two tickets has two, of a little more three; of nothing, none. Exact."""
    uids, keep = seat({4: 2.0, 6: 2.0 + 2.0**-20, 8: 0.0, 10: 2.0**-20})
    assert {u: len(places) for u, places in taken(uids).items()} == {4: 2, 6: 3, 10: 1}
    assert {k for k, u in zip(keep, uids, strict=True) if u == 4} == {1.0}
    assert seat({}) == seat({8: 0.0}) == ([-1] * 4, [0.0] * 4)


def test_every_ticket_has_a_seat() -> None:
    """Each ticket has the seat of its hash, or the next one that is free after it, the first after the last. Exact."""
    for seats in (16, 64):
        volumes = {2 * k: 1.0 + k % 3 for k in range(6)}
        uids, _ = seat(volumes, seats)
        expected = [-1] * seats
        for u, volume in volumes.items():
            for ticket in range(int(volume)):
                place = next(
                    k % seats for k in range(rng.scatter(u, ticket, seats), 2 * seats) if expected[k % seats] < 0
                )
                expected[place] = u
        assert uids == expected and sum(u >= 0 for u in uids) == 12


@pytest.mark.parametrize("place", [2, 7])
def test_places_that_collide_go_by_uid(place: int) -> None:
    """Of three workers with one place the first by uid has it, the others the next ones, whatever the rows. Exact."""
    first, second, third = strangers(place, 8, 3)
    for given in ({third: 1.0, first: 1.0, second: 1.0}, {second: 1.0, third: 1.0, first: 1.0}):
        uids, _ = seat(given, 8)
        assert [uids[(place + k) % 8] for k in range(4)] == [first, second, third, -1]


def test_who_goes_changes_no_other_seat() -> None:
    """Where no places collide, all others keep their seats when a worker goes, or when one comes. Exact; 8 workers."""
    volumes: dict[int, float] = {}
    places: set[int] = set()
    for uid in range(3, 1000, 2):
        tickets = 1 + len(volumes) % 4
        hers = {rng.scatter(uid, t, 128) for t in range(tickets)}
        if len(volumes) < 8 and len(hers) == tickets and not hers & places:
            volumes[uid] = tickets - 0.5
            places |= hers
    uids, keep = seat(volumes, 128)
    assert {k for k, u in enumerate(uids) if u >= 0} == places and len(places) == 20  # none collide
    for gone in volumes:
        left, kept = seat({u: v for u, v in volumes.items() if u != gone}, 128)
        assert left == [-1 if u == gone else u for u in uids]
        assert kept == [0.0 if u == gone else k for u, k in zip(uids, keep, strict=True)]


def test_who_goes_changes_seats_behind_hers_only() -> None:
    """Of three with one place, who goes is followed by those after her; those before her stay. Exact."""
    first, second, third = strangers(2, 8, 3)
    three = {first: 1.0, second: 1.0, third: 1.0}
    for gone, left in ((first, [second, third]), (second, [first, third]), (third, [first, second])):
        uids, _ = seat({u: v for u, v in three.items() if u != gone}, 8)
        assert uids[2:5] == [*left, -1]


@pytest.mark.parametrize(
    ("workers", "seats"), [(0, 4), (1, 8), (2, 16), (12, 16), (13, 32), (25, 32), (26, 64), (52, 128)]
)
def test_the_table_fits_those_who_are_there(workers: int, seats: int) -> None:
    """Sixteen seats hold two to twelve tickets; with more the table doubles, with fewer it halves. Exact."""
    for volume in (1.0, 0.25):
        uids, _ = seat(dict.fromkeys(range(0, 2 * workers, 2), volume), 16)
        assert len(uids) == seats and sorted(taken(uids)) == list(range(0, 2 * workers, 2))
    half = workers // 2
    uids, _ = seat({5: float(workers - half), 9: float(half)}, 16)
    assert len(uids) == seats and sum(u >= 0 for u in uids) == workers


def test_seats_do_not_depend_on_the_order_of_rows() -> None:
    """Rows backwards: the same uid at every seat, in a table in which places collide. Exact; 20 workers."""
    volumes = {7 * k: 0.25 + k % 3 for k in range(20)}
    assert seat(volumes, 64) == seat(volumes, 64, backwards=True)


def test_draws_lead_to_workers_in_proportion_to_volume() -> None:
    """Every seat has as many draws as another; of those a share `keep` leads to her, the rest to nobody. Exact.

    All combinations of 16 seats and 8 eighths: volumes of 1/2, 7/4 and 3 are found 4, 14 and 24 times, by the first
    word of each part and by the last.
    """
    uids, kept = seat({4: 0.5, 5: 1.75, 6: 3.0}, 16)
    rows, keep = np.array(uids, np.int32), np.array(kept)
    for s_more, e_more in ((0, 0), ((1 << 28) - 1, (1 << 29) - 1)):
        words = [((s << 28) + s_more, (e << 29) + e_more) for s in range(16) for e in range(8)]
        found = [int(worker_at(np.uint64(draw), np.uint64(accept), rows, keep)) for draw, accept in words]
        assert {u: found.count(u) for u in (4, 5, 6, -1)} == {4: 4, 5: 14, 6: 24, -1: 16 * 8 - 42}


def test_draws_at_the_bounds() -> None:
    """A draw of the last word is the last seat; whoever is always kept is, and a draw at `keep` is not. Exact."""
    rows, keep = np.array([7, -1, -1, 9], np.int32), np.array([1.0, 0.0, 0.0, 0.75])
    most = (1 << 32) - 1
    for draw, accept, found in ((0, 0, 7), (0, most, 7), (1 << 30, 0, -1), (most, 0, 9), (most, most, -1),
                                (most, (3 << 30) - 1, 9), (most, 3 << 30, -1)):  # fmt: skip
        assert worker_at(np.uint64(draw), np.uint64(accept), rows, keep) == found


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
    assert result.returned == 3 and result.touched == PAIR
    assert result.changed("kind") == [0, 4, 7] and result.kind[[4, 0, 7]].tolist() == [codes.ONE_OFF_CLIENT] * 3
    assert result.pair_b[[4, 0, 7]].tolist() == [0, 1, 1]
    assert result.until[[4, 0, 7]].tolist() == [STEP + 1] * 3


def test_market_writes_the_propensity_of_both() -> None:
    """The pair's propensity is that of worker and client, multiplied. Exact."""
    odds = [2.0, 5.0, 99.0, 3.0]
    result = trade(visits=[1, 1, 0, 0], visit_times=1, workers=[3], condom_propensity=odds, new_rows=[0, 1])
    assert result.pair_propensity[:2].tolist() == [6.0, 15.0]


def test_market_of_one_worker() -> None:
    """One worker takes all visits; she is found by volume, not by place. Exact."""
    assert {a for a, _ in made(trade(visits=[5, 5, 0, 0], visit_times=5, workers=[2], new_rows=range(10)))} == {2}
    result = trade(visits=[5, 5, 0, 0], visit_times=5, new_rows=range(10), worker_volume={"brothel": 0.0, "fsw": 9.0})
    assert result.returned == 10 and {a for a, _ in made(result)} == {3}


def test_market_passes_over_workers_of_no_volume() -> None:
    """A personal volume of zero is never found, first, last or in between. Exact; 30 visits."""
    for idle in range(3):
        traits = [1.0, *(0.0 if k == idle else 1.0 for k in range(3))]
        result = trade(group=[CLIENT, BROTHEL, STREET, HOME], workers=[1, 2, 3], clients=[0], market_trait=traits,
                       visits=[30, 0, 0, 0], visit_times=30, new_rows=range(30), pairs_rows=30)  # fmt: skip
        assert {a for a, _ in made(result)} == {1, 2, 3} - {1 + idle}


def test_market_of_workers_too_few_to_be_found() -> None:
    """Visits that meet empty seats only make no pair, use no row, and are counted as lost. Exact."""
    result = trade(visits=[2, 1, 0, 0], visit_times=2, new_rows=[0, 1, 2], worker_volume=0.0)
    assert result.returned == 0 and result.touched == {"visits_lost"}
    assert result.counters["visits_lost"].tolist() == [0, 0, 3, 0, 0, 0]


def test_market_of_workers_other_than_scheduled() -> None:
    """However many seats were planned, and whatever a ticket was to be worth, visits find somebody. Exact."""
    for given in ({"seats": 1 << 16}, {"seats": 4}, {"worth": 1e9}, {"worth": 1e-9}):
        result = trade(visits=[2, 1, 0, 0], visit_times=2, new_rows=[0, 1, 2], **given)
        assert result.returned == 3 and "visits_lost" not in result.touched


def test_market_visits_lead_to_the_first_who_is_found() -> None:
    """Seats are drawn by keyed words, one pair of the first block and two of each other, until one leads to somebody.

    Exact; 40 visits among 5 seats of 32, so that most draws lead to nobody.
    """
    uid = np.array([8, 9, 4, 6], np.uint32)
    group = np.array([CLIENT, CLIENT, BROTHEL, HOME], np.int8)
    volume, trait, workers = np.ones(GROUPS), np.array([0.0, 0.0, 1.5, 2.75]), np.array([2, 3], np.uint32)
    rows, keep = seat_workers(workers, uid, group, trait, volume, 1.0, 64)
    expected, late = [], 0
    for visit in range(1, 41):
        blocks = [rng.philox(8, 1, visit, block, key_of(market)) for block in range(BLOCKS)]
        words = [blocks[0][:2], *(pair for b in blocks[1:] for pair in (b[:2], b[2:]))]
        found = [int(worker_at(*pair, rows, keep)) for pair in words]
        first = next((w for w in found if w >= 0), None)
        expected += [] if first is None else [(first, 0)]
        late += first is not None and found.index(first) > 10
    result = trade(uid=uid, group=group, market_trait=trait, worker_volume=1.0, seats=64, visits=[40, 0, 0, 0],
                   visit_times=40, new_rows=range(40), pairs_rows=40)  # fmt: skip
    assert made(result) == expected
    assert {w for w, _ in expected} == {2, 3} and late > 0


def test_market_visits_keep_their_worker_when_another_goes() -> None:
    """Without one of three workers all visits that had led to the other two lead to them still. Exact; 60 visits."""
    uid, tickets = [1, 4, 8, 16], range(TICKETS)
    assert len({rng.scatter(u, t, 64) for u in uid[1:] for t in tickets}) == 3 * TICKETS  # none collide
    given = {"group": [CLIENT, BROTHEL, STREET, HOME], "clients": [0], "uid": uid, "visits": [60, 0, 0, 0],
             "visit_times": 60, "new_rows": range(60), "pairs_rows": 60, "seats": 64}  # fmt: skip
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
    given = {"visits": [5, 5, 0, 0], "visit_times": 5, "new_rows": range(10), "regular_contacts": 1.0}
    result = trade(regular_share=0.95, pair_duration={"regular_client": 0.5, "all": 1.0}, **given)
    assert set(result.kind) == {codes.REGULAR_CLIENT} and (result.until > STEP).all()
    assert set(trade(regular_share=0.0, **given).kind) == {codes.ONE_OFF_CLIENT}


def test_market_regulars_last_whole_steps() -> None:
    """The end of a regular pair is the quantile of a keyed word; a duration below a step is one step. Exact."""
    given = {"visits": [1, 0, 0, 0], "visit_times": 9, "new_rows": [0], "regular_contacts": 1.0, "regular_share": 0.95}
    *_, word = rng.philox(0, 1, 9, 0, key_of(market))
    for duration in (0.5, 0.01):
        result = trade(pair_duration={"regular_client": duration, "all": 1.0}, **given)
        assert result.until[0] == STEP + rng.whole_steps(duration, DT, (word + 0.5) * rng.WORD)
    assert result.until[0] == STEP + 1
