"""Clients want paid contacts and workers could take some; both meet in between, and visits find their worker."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reference.philox import WORD, scatter, tally, whole_steps
from reference.world import Pair, Person, World, total
from swmodel import codes

BLOCKS = 64  # of two candidates each, after which a visit finds nobody

Visit = tuple[Person, int]  # a client, and how many visits he has made by then


def add_up_market(world: World) -> None:
    """The paid contacts that clients want, and those that workers could take, in this step."""
    wanted, offered = world.counts["contacts_wanted"], world.counts["contacts_offered"]
    for client in world.clients():
        wanted[codes.CLIENTS] += tally(world.now.client_visits * client.market_trait * world.dt)
    for worker in world.workers():
        offered[worker.group] += tally(volume(world, worker) * world.dt)


def volume(world: World, worker: Person) -> float:
    """Paid contacts a year that a worker could take."""
    return world.now.worker_volume[worker.group] * worker.market_trait


def visit(world: World) -> list[Visit]:
    """The visits of clients to new workers in this step.

    Contacts made are D^(1-w) S^w, of D wanted and S offered, so that each client has his demand met by (S/D)^w; the
    contacts with regulars come off it.
    """
    now, chance, visits = world.now, world.chance("visits_of_clients"), []
    wanted, offered = world.counts["contacts_wanted"].total(), world.counts["contacts_offered"].total()
    if wanted == 0 or offered == 0:
        return []
    met = (offered / wanted) ** now.market_balance * (1.0 - now.regular_share)
    for client in world.clients():
        clock = client.clocks["visit_clock"]
        clock.left -= now.client_visits * client.market_trait * met * world.dt
        while clock.left <= 0.0:
            client.visit_times += 1
            clock.left += chance.exponential(client.uid, 0, client.visit_times)
            visits.append((client, client.visit_times))
    return visits


@dataclass(frozen=True)
class Room:
    """Seats, some of them taken: by whom, and how large a share of the visits that come there she keeps."""

    seats: int
    taken: dict[int, tuple[Person, float]]


def seat_workers(world: World) -> Room:
    """Workers take seats for their volume, and keep of the visits to each a share that makes up for the last one.

    A hash says which seat, whoever else is there, so that most visits find whom they found before when others come or
    go. If it is taken, the next free one is hers; those with lower uids come first.
    """
    workers = sorted(world.workers(), key=lambda worker: worker.uid)
    worth = worth_of_a_seat(world.plan.ticket_worth[world.step], [volume(world, worker) for worker in workers])
    seats = world.plan.seats[world.step]
    tickets = {worker: math.ceil(volume(world, worker) / worth) for worker in workers}
    while sum(tickets.values()) * 5 > seats * 4:  # never more than four seats of five are taken
        seats *= 2
    while sum(tickets.values()) * 8 < seats and seats > 4:  # and never less than one of eight, if there can be fewer
        seats //= 2
    room = Room(seats, {})
    for worker in workers:
        for ticket in range(tickets[worker]):
            seat = scatter(worker.uid, ticket, seats)
            while seat in room.taken:
                seat = (seat + 1) % seats
            room.taken[seat] = worker, volume(world, worker) / worth / tickets[worker]
    return room


def worth_of_a_seat(planned: float, volumes: list[float]) -> float:
    """The volume that a seat stands for: as planned, if that gives a worker half a seat to 64 on average."""
    worth, offered = planned, total(volumes)
    while offered > 64 * len(volumes) * worth:
        worth *= 2.0
    while 0.0 < offered * 2.0 < len(volumes) * worth:
        worth /= 2.0
    return worth


def find_workers(world: World, visits: list[Visit]) -> None:
    """Each visit finds a worker in proportion to her volume; some visits are the first of a regular pair."""
    room = seat_workers(world)
    for client, number in visits:
        worker = find_worker(world, room, client, number)
        if worker is None:
            world.counts["visits_lost"][codes.CLIENTS] += 1
        else:
            world.pairs.append(meet(world, worker, client, number))


def find_worker(world: World, room: Room, client: Person, number: int) -> Person | None:
    """Draw seats until somebody sits there and keeps the visit."""
    for block in range(BLOCKS):
        a, b, c, d = world.chance("market").words(client.uid, 1, number, block)
        for draw, accept in ((a, b), (c, d)) if block > 0 else ((a, b),):  # the others decide on regular pairs
            worker, share = room.taken.get(draw * room.seats >> 32, (None, 0.0))
            if accept * WORD < share:
                return worker
    return None


def meet(world: World, worker: Person, client: Person, number: int) -> Pair:
    """One contact; or the first of a regular pair, as often as gives regulars their share of all contacts."""
    now = world.now
    _, _, c, d = world.chance("market").words(client.uid, 1, number)
    duration = now.pair_duration[codes.REGULAR_CLIENT]
    ending = 1.0 / duration + now.leave_sex_work[worker.group] + now.stop_buying
    if c * WORD < now.regular_share / ((1.0 - now.regular_share) * now.regular_contacts) * ending:
        until = world.step + whole_steps(duration, world.dt, (d + 0.5) * WORD)
        return Pair(worker, client, codes.REGULAR_CLIENT, until)
    return Pair(worker, client, codes.ONE_OFF_CLIENT, world.step + 1)
