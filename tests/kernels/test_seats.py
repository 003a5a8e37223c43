"""Seats of workers, and draws that lead to them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kernels.by_name import BROTHEL, HOME, PLAIN, STREET, WIDE, by_group, group_of, key_of
from swmodel import rng
from swmodel.processes.market import (
    MOST_TICKETS,
    SEATS_A_WORKER,
    TICKETS_A_WORKER,
    market,
    seat_workers,
    tickets_and_seats,
    worker_at,
)

GROUPS = len(PLAIN.groups)


def seat(
    volumes: dict[int, float], seats: int = 64, worth: float = 1.0, backwards: bool = False, group: int = BROTHEL
) -> tuple[list[int], list[float]]:
    """The uid at each seat, -1 at empty ones, and `keep`, for workers of one setting with volumes by uid."""
    uid = np.array([*volumes][:: -1 if backwards else 1], np.uint32)
    trait = np.array([volumes[u] for u in uid.tolist()], float)
    rows, keep, first = seat_workers(
        np.arange(len(uid), dtype=np.uint32), uid, np.full(len(uid), group, np.uint8), trait, np.full(GROUPS, worth),
        np.full(GROUPS, seats),
    )  # fmt: skip
    assert first.tolist() == [0] * (group + 1) + [len(rows)] * (GROUPS - group)
    return [int(uid[row]) if row >= 0 else -1 for row in rows], keep.tolist()


def taken(uids: list[int]) -> dict[int, list[int]]:
    """The seats of each worker."""
    return {u: [k for k, v in enumerate(uids) if v == u] for u in set(uids) - {-1}}


def strangers(place: int, seats: int, count: int) -> list[int]:
    """The smallest uids whose first ticket has this place."""
    return [u for u in range(1000) if rng.scatter(u, 0, seats) == place][:count]


def schedule(people: list[dict[int, float]], volume: list[dict[int, float]]) -> dict[str, Any]:
    """What is prepared, for these numbers of people and volumes by group at each step."""
    series = {"worker_volume": np.array([by_group(one) for one in volume], float)}
    tables = {"expected_people": np.array([by_group(one) for one in people], float)}
    return tickets_and_seats(SimpleNamespace(layout=PLAIN, series=series.__getitem__, tables=tables))


def test_tickets_are_worth_a_part_of_the_volume_of_the_setting() -> None:
    """A worker of the volume of the setting in the step has two tickets; where there is none a ticket is 1. Exact."""
    volumes = [{BROTHEL: 400.0, STREET: 100.0, HOME: 0.0, 0: 9.0}, {BROTHEL: 300.0, STREET: 100.0, HOME: 1.0, 0: 9.0}]
    worth = schedule([{BROTHEL: 5.0, STREET: 5.0}] * 2, volumes)["ticket_worth"]
    assert TICKETS_A_WORKER == 2
    assert worth.tolist() == [[1.0, 1.0, 1.0, 200.0, 50.0, 1.0, 1.0], [1.0, 1.0, 1.0, 150.0, 50.0, 0.5, 1.0]]


@pytest.mark.filterwarnings("error")
def test_seats_are_a_power_of_two() -> None:
    """The least power of two above four seats a worker who is scheduled, four at least, for settings only. Exact."""
    numbers = [0.0, 1.0, 1.5, 16.0, 17.0, 31.0, 32.0]
    seats = schedule([{STREET: n, 0: 50.0} for n in numbers], [{STREET: 5.0}] * 7)["seats"]
    assert SEATS_A_WORKER == 4 and seats.dtype == np.int64
    assert seats[:, STREET].tolist() == [4, 8, 8, 128, 128, 128, 256]
    assert seats[:, [BROTHEL, HOME]].tolist() == [[4, 4]] * 7 and not seats[:, [0, 1, 2, 6]].any()


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
    assert seat({}) == ([], [])
    assert seat({8: 0.0}) == ([-1] * 4, [0.0] * 4)


def test_tickets_worth_far_too_much_or_too_little() -> None:
    """A ticket is doubled while workers would hold more than 64 each, halved while fewer than half of one. Exact.

    Volumes keep their proportions.
    """
    for worth in (1e-9, 1.0, 1e9):
        uids, keep = seat({4: 10.0, 6: 30.0}, 256, worth)
        tickets = {u: len(places) for u, places in taken(uids).items()}
        assert max(tickets.values()) <= 2 * MOST_TICKETS and set(tickets) == {4, 6}
        volume = {u: sum(keep[k] for k in places) for u, places in taken(uids).items()}
        assert volume[6] / volume[4] == pytest.approx(3.0, rel=1e-12)
        assert 0.5 <= sum(volume.values()) / 2.0 <= MOST_TICKETS


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
    ("workers", "seats"), [(1, 8), (2, 16), (12, 16), (13, 32), (25, 32), (26, 64), (51, 64), (52, 128)]
)
def test_the_table_fits_those_who_are_there(workers: int, seats: int) -> None:
    """Sixteen seats hold two to twelve tickets; with more the table doubles, with fewer it halves. Exact."""
    uids, _ = seat(dict.fromkeys(range(0, 2 * workers, 2), 1.0), 16)
    assert len(uids) == seats and sorted(taken(uids)) == list(range(0, 2 * workers, 2))
    half = workers // 2
    uids, _ = seat({5: float(workers - half), 9: float(half)}, 16)
    assert len(uids) == seats and sum(u >= 0 for u in uids) == workers


def test_seats_do_not_depend_on_the_order_of_rows() -> None:
    """Rows backwards: the same uid at every seat, in a table in which places collide. Exact; 20 workers."""
    volumes = {7 * k: 0.25 + k % 3 for k in range(20)}
    assert seat(volumes, 64) == seat(volumes, 64, backwards=True)


def test_settings_have_seats_of_their_own() -> None:
    """Each setting has its part of the seats, in the order of the groups, as if it were alone; those without workers

    have none. Exact; two sites and three populations, 12 workers.
    """
    groups = [group_of(name, WIDE) for name in ("street@lake", "bar@port", "park@lake", "club@port")]
    uid = np.arange(12, dtype=np.uint32) * 5
    group = np.array(groups, np.uint8)[np.arange(12) % 4]
    volume = 0.5 + np.arange(12) % 3
    count = len(WIDE.groups)
    worth, seats = np.full(count, 1.0), np.full(count, 16)
    worth[groups[0]], seats[groups[1]] = 0.5, 64
    rows, keep, first = seat_workers(np.arange(12, dtype=np.uint32), uid, group, volume, worth, seats)
    assert len(first) == count + 1 and first[0] == 0 and first[-1] == len(rows) == len(keep)
    for g in range(count):
        mine = slice(first[g], first[g + 1])
        if g not in groups:
            assert first[g] == first[g + 1]
            continue
        here = {int(u): float(v) for u, v, one in zip(uid, volume, group, strict=True) if one == g}
        alone = seat(here, int(seats[g]), float(worth[g]))
        assert ([int(uid[r]) if r >= 0 else -1 for r in rows[mine]], keep[mine].tolist()) == alone


def test_draws_lead_to_workers_in_proportion_to_volume() -> None:
    """Every seat has as many draws as another; of those a share `keep` leads to her, the rest to nobody. Exact.

    All combinations of 16 seats and 8 eighths: volumes of 1/2, 7/4 and 3 are found 4, 14 and 24 times, by the first
    word of each part and by the last. The seats are the second half of a table of two settings.
    """
    uids, kept = seat({4: 0.5, 5: 1.75, 6: 3.0}, 16)
    rows, keep = np.array([99] * 16 + uids, np.int32), np.array([1.0] * 16 + kept)
    for more in (0, (1 << 25) - 1):
        words = [(part << 25) + more for part in range(128)]
        found = [int(worker_at(np.uint64(word), rows, keep, np.int64(16), np.int64(32))) for word in words]
        assert {u: found.count(u) for u in (4, 5, 6, -1)} == {4: 4, 5: 14, 6: 24, -1: 16 * 8 - 42}


def test_draws_at_the_bounds() -> None:
    """The last word is the last seat; whoever is always kept is, and a draw at `keep` is not. Exact."""
    rows, keep = np.array([5, 7, -1, -1, 9, 6], np.int32), np.array([1.0, 1.0, 0.0, 0.0, 0.75, 1.0])
    quarter, most = 1 << 30, (1 << 32) - 1
    kept = 3 * quarter + 3 * (quarter // 4)  # the first word of the last seat that does not lead to its worker
    words = {0: 7, quarter - 1: 7, quarter: -1, 3 * quarter - 1: -1, 3 * quarter: 9, kept - 1: 9, kept: -1, most: -1}
    for word, found in words.items():
        assert worker_at(np.uint64(word), rows, keep, np.int64(1), np.int64(5)) == found
    assert worker_at(np.uint64(most), rows, keep, np.int64(5), np.int64(6)) == 6
