"""Clients and workers meet: visits find their worker, and some begin a regular pair."""

from __future__ import annotations

import math
from dataclasses import dataclass

from reference.contacts import Market, volume
from reference.groups import Group
from reference.philox import MASK, WORD, scatter, single, tally, whole_steps
from reference.world import Pair, Person, World, total
from swmodel import codes

BLOCKS = 32  # of random words, after which a visit finds nobody
MOST_TICKETS = 64  # a worker, on average


@dataclass(frozen=True)
class Visit:
    """One visit of a client, and how many he has made by then, those drawn away included."""

    client: Person
    number: int


def visit(world: World, market: Market) -> list[Visit]:
    """The visits of clients to new workers in this step, some of which will not come about."""
    now, chance, visits = world.now, world.chance("visits_of_clients"), []
    for client in world.clients():
        clock, bound = client.clocks["visit_clock"], market.bound[client.group]
        wants = now.client_visits[client.group] * client.market_trait * client.factors.client_volume
        clock.left -= wants * bound * world.dt
        while clock.left <= 0.0:
            client.visit_times += 1
            clock.left += chance.exponential(client.uid, 0, client.visit_times)
            visits.append(Visit(client, client.visit_times))
    return visits


@dataclass(frozen=True)
class Room:
    """The seats of a work setting, some taken: by whom, and how large a share of the draws of it she keeps."""

    seats: int
    taken: dict[int, tuple[Person, float]]

    def worker_at(self, word: int) -> Person | None:
        """The worker at the seat that a word draws, if what is left of the word lets her keep the visit."""
        place = word * self.seats
        worker, share = self.taken.get(place >> 32, (None, 0.0))
        return worker if (place & MASK) * WORD < share else None


def seat_workers(world: World, setting: Group) -> Room:
    """Workers take seats for their volume, and keep of the visits to each a share that makes up for the last one.

    A hash says which seat, whoever else is there, so that most visits find whom they found before when others come or
    go. If it is taken, the next free one is hers; those with lower uids come first.
    """
    workers = [worker for worker in world.workers() if worker.group == setting]
    worth = worth_of_a_seat(world.plan.ticket_worth[world.step][setting], [volume(world, worker) for worker in workers])
    seats = world.plan.seats[world.step][setting]
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
    while offered > MOST_TICKETS * len(volumes) * worth:
        worth *= 2.0
    while 0.0 < offered * 2.0 < len(volumes) * worth:
        worth /= 2.0
    return worth


def find_workers(world: World, market: Market, visits: list[Visit]) -> None:
    """Each visit finds a setting, and there a worker in proportion to her volume."""
    rooms = {setting: seat_workers(world, setting) for setting in world.groups.settings}
    for one in visits:
        group, words = one.client.group, world.chance("market").words(one.client.uid, 1, one.number)
        setting = choose_setting(world, market, group, (words[0] + 0.5) * WORD)
        if setting is None:
            continue
        worker = find_worker(world, rooms[setting], one)
        if worker is None:
            world.counts["visits_lost"][group] += 1
            continue
        world.counts["visits_made"][group] += 1
        turns_regular = market.visits.turns_regular.get((group, setting), 0.0)
        world.pairs.append(meet(world, worker, one, turns_regular, (words[3] + 0.5) * WORD))


def choose_setting(world: World, market: Market, client: Group, u: float) -> Group | None:
    """Where a visit leads, by one number from 0 to 1: to the setting wanted, to another with room, or nowhere."""
    wanted = None
    for setting in world.groups.settings_for(client):
        share = market.choice[client, setting]
        if u < share:
            wanted = setting
            break
        u -= share
    if wanted is None:
        return None
    u = u / max(market.choice[client, wanted], 1e-12) * market.bound[client]
    outcome, anew = market.outcome, market.visits.anew
    u -= outcome.take[wanted] * anew[client, wanted]
    if u < 0.0:
        return wanted
    for setting in world.groups.settings_for(wanted) if outcome.elsewhere[wanted] > 0.0 else ():
        u -= outcome.elsewhere[wanted] * outcome.room[setting] * anew[client, setting]
        if u < 0.0:
            return setting
    return None


def find_worker(world: World, room: Room, one: Visit) -> Person | None:
    """Draw seats until somebody sits there and keeps the visit."""
    for block in range(BLOCKS):
        words = world.chance("market").words(one.client.uid, 1, one.number, block)
        for word in words if block > 0 else words[1:3]:  # the others say in which setting, and whether regular
            worker = room.worker_at(word)
            if worker is not None:
                return worker
    return None


def meet(world: World, worker: Person, one: Visit, turns_regular: float, u: float) -> Pair:
    """One contact; or the first of a regular pair, as often as `turns_regular` says."""
    client, kind, steps = one.client, world.groups.kind(codes.ONE_OFF, worker.group), 1
    if u < turns_regular:
        kind = world.groups.kind(codes.REGULAR, worker.group)
        steps = whole_steps(world.now.pair_duration[kind], world.dt, u / turns_regular)
    propensity = worker.condom_propensity * client.condom_propensity
    share, odds = world.now.alcohol_share[client.group], world.now.alcohol_condom_odds
    world.counts["visits_after_alcohol"][client.group] += tally(share)
    world.counts["premiums_offered"][client.group] += tally(world.now.premium_offer[client.group])
    if kind.form == codes.REGULAR:  # he drinks before some of its contacts
        propensity *= 1.0 + share * (odds - 1.0)
    elif world.chance("market").uniform(client.uid, 2, one.number) < share:
        propensity *= odds
    pair = Pair(worker, client, kind, world.step, world.step + steps, single(propensity))
    offers = world.now.premium_offer[client.group]
    if offers > 0.0 and kind.form == codes.REGULAR:  # before some of its contacts
        pair.premium_share = single(offers)
    elif offers > 0.0:
        pair.premium_share = float(world.chance("market").uniform(client.uid, 3, one.number) < offers)
    return pair
