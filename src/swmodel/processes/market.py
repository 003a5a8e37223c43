"""The market of paid contacts: what is sold is what is bought, every month.

Clients want D contacts, workers could take S. Contacts made are D^(1-w) S^w, with w the parameter `market_balance`: 0
lets clients' demand decide, 1 workers' capacity. A client's visits come at a rate, on a clock of his own; a visit finds
a worker with probability proportional to her volume: it draws seats until a worker sits there. Workers have seats for
their volume, at places of their own, so that most visits keep their worker when others come or go. Some visits turn
into a regular pair, at the rate that gives regulars their share of all contacts.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.state import in_order

BLOCKS = 64  # of random words, each of two candidates; a visit that has found nobody by then finds nobody
TICKETS_A_WORKER = 4  # of mean volume; with more, fewer draws of a seat fail, and seating takes longer
MOST_TICKETS = 64  # a worker, on average
SEATS_A_WORKER = 4  # or up to twice as many, so that a quarter to a half of all draws find somebody


@process(
    phase="pairs",
    over="step",
    attributes=(Attr("client_volume", "f8", 1.0, "relative demand of a client", reset=True),),
    params=(
        Param(
            "client_visits",
            17.0,
            "per year",
            (0.0, 400.0),
            "P293: 10-17 (8.4-32 in 1998)",
            "paid contacts that a client wants",
        ),
        Param(
            "worker_volume",
            {"fsw": 541.0, "all": 0.0},
            "per year",
            (0.0, 3000.0),
            "P336: 1229 (1985-93) to 400 (2015)",
            "paid contacts that a worker could take",
            by="group",
        ),
    ),
    counters=(
        Counter("contacts_wanted", "paid contacts that clients wanted", expected=True),
        Counter("contacts_offered", "paid contacts that workers could have taken", expected=True),
    ),
)
def demand_and_supply(workers, clients, dt, group, market_trait, client_volume, client_visits, worker_volume,
                      contacts_wanted, contacts_offered):  # fmt: skip
    """Add up the contacts that clients want and that workers could take."""
    for i in clients:
        contacts_wanted[codes.CLIENTS] += rng.tally(client_visits * market_trait[i] * client_volume[i] * dt)
    for i in workers:
        contacts_offered[group[i]] += rng.tally(worker_volume[group[i]] * market_trait[i] * dt)


@process(
    phase="pairs",
    over="clients",
    attributes=(
        Attr("visit_clock", "f8", 0.0, "demand left before the next visit to a new worker", clock=True),
        Attr("visit_times", "u4", 0, "visits to new workers so far"),
        Attr("visits", "u2", 0, "visits to new workers in this step", reset=True),
    ),
    params=(
        Param(
            "market_balance",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (a compromise between both sides)",
            "weight of workers' capacity in the number of contacts",
        ),
        Param(
            "regular_share",
            0.55,
            "proportion",
            (0.0, 0.95),
            "assumption (P344 is a recollection)",
            "share of paid contacts that are with regular clients",
        ),
    ),
    writes=("visit_clock", "visit_times", "visits"),
)
def visits_of_clients(rows, dt, key, uid, market_trait, client_volume, client_visits,
                      contacts_wanted, contacts_offered, market_balance, regular_share,
                      visit_clock, visit_times, visits):  # fmt: skip
    """Run down the clocks of clients, at the share of their demand that the market meets with new workers."""
    wanted, offered = contacts_wanted.sum(), contacts_offered.sum()
    if wanted == 0 or offered == 0:
        return
    met = (offered / wanted) ** market_balance * (1.0 - regular_share)
    for i in rows:
        if rng.run_down(visit_clock, i, client_visits * market_trait[i] * client_volume[i] * met * dt):
            while visit_clock[i] <= 0.0 and visits[i] < 65535:
                visits[i] += 1
                visit_times[i] += 1
                visit_clock[i] += rng.exponential(key, uid[i], 0, visit_times[i], 0)


def tickets_and_seats(context):
    """Volume of one ticket, and the number of seats, at each step: from the schedule, so the same in every scenario."""
    share = context.series("sex_worker_share")
    volume = context.series("worker_volume")[:, codes.FIRST_SETTING :]
    offered, selling = (share * volume).sum(axis=1), share.sum(axis=1)
    worth = [x / n / TICKETS_A_WORKER if x > 0.0 else 1.0 for x, n in zip(offered, selling, strict=True)]
    workers = selling * context.value("fraction_female") * context.tables["expected_people"]
    seats = [max(4, 1 << math.ceil(n * SEATS_A_WORKER).bit_length()) for n in workers]
    return {"ticket_worth": np.array(worth), "seats": np.array(seats, np.int64)}


@rng.helper
def fitting(offered, count, worth):
    """The volume of a ticket, doubled or halved where workers would hold far more tickets, or fewer, than meant."""
    while offered > MOST_TICKETS * count * worth:
        worth *= 2.0
    while 0.0 < offered * 2.0 < count * worth:
        worth /= 2.0
    return worth


@rng.helper
def seat_workers(workers, uid, group, market_trait, worker_volume, worth, seats):
    """Give each worker tickets in proportion to her volume, each a seat; returns the row at each seat, and `keep`.

    A ticket goes to the seat that a hash of the uid and its number gives, or the next free one, in order of the uid.
    `keep` is the share of draws of a seat that lead to her: her volume over that of her tickets. Empty seats have row
    -1; there are twice as many, or half, while more than four fifths of them, or less than an eighth, would be taken.
    """
    uids = np.empty(len(workers), np.int64)
    for k in range(len(workers)):
        uids[k] = uid[workers[k]]
    order = in_order(uids)
    volumes, offered, total = np.empty(len(workers)), 0.0, 0
    for k in order:
        volumes[k] = worker_volume[group[workers[k]]] * market_trait[workers[k]]
        offered += volumes[k]
    worth = fitting(offered, len(workers), worth)
    for volume in volumes:
        total += math.ceil(volume / worth)
    while total * 5 > seats * 4:
        seats *= 2
    while total * 8 < seats and seats > 4:
        seats //= 2
    rows, keep = np.full(seats, -1, np.int32), np.zeros(seats)
    for k in order:
        i, volume = workers[k], volumes[k] / worth
        tickets = math.ceil(volume)
        for ticket in range(tickets):
            seat = rng.scatter(uid[i], ticket, seats)
            while rows[seat] >= 0:
                seat = (seat + 1) & (seats - 1)
            rows[seat], keep[seat] = i, volume / tickets
    return rows, keep


@rng.helper
def worker_at(draw, accept, rows, keep):
    """The row of the worker at a seat drawn by one random word, if another keeps her; else -1."""
    seat = np.int64((draw * np.uint64(len(rows))) >> rng.HALF)
    return rows[seat] if accept * rng.WORD < keep[seat] else np.int32(-1)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    prepare=tickets_and_seats,
    prepares=("ticket_worth", "seats"),
    params=(Param("regular_contacts", 24.0, "per year", (1.0, 365.0), "P342", "contacts a year in a regular pair"),),
    counters=(Counter("visits_lost", "visits of clients that found nobody after many draws"),),
    writes=("pair_a", "pair_b", "kind", "until", "pair_propensity"),
)
def market(workers, clients, new_rows, step, dt, key, uid, group, market_trait, condom_propensity, visits, visit_times,
           pair_a, pair_b, kind, until, pair_propensity,
           worker_volume, regular_share, regular_contacts, pair_duration, leave_sex_work, stop_buying,
           ticket_worth, seats, visits_lost):  # fmt: skip
    """Find a worker for every visit; some visits are the first of a regular pair."""
    need = 0
    for i in clients:
        need += np.int64(visits[i])
    if len(new_rows) == 0:
        return need
    rows, keep = seat_workers(workers, uid, group, market_trait, worker_volume, ticket_worth[step], seats[step])
    regulars = regular_share / ((1.0 - regular_share) * regular_contacts)
    duration = pair_duration[codes.REGULAR_CLIENT]
    used = 0
    for i in clients:
        for visit in range(visits[i]):
            occasion = visit_times[i] - visits[i] + visit + 1
            a, b, c, d = rng.philox(uid[i], 1, occasion, 0, key)
            worker = worker_at(a, b, rows, keep)
            block = 1
            while worker < 0 and block < BLOCKS:
                e, f, g, h = rng.philox(uid[i], 1, occasion, block, key)
                worker = worker_at(e, f, rows, keep)
                if worker < 0:
                    worker = worker_at(g, h, rows, keep)
                block += 1
            if worker < 0:
                visits_lost[codes.CLIENTS] += 1
                continue
            p, used = new_rows[used], used + 1
            pair_a[p], pair_b[p], kind[p], until[p] = worker, i, codes.ONE_OFF_CLIENT, step + 1
            pair_propensity[p] = condom_propensity[worker] * condom_propensity[i]
            if c * rng.WORD < regulars * (1.0 / duration + leave_sex_work[group[worker]] + stop_buying):
                kind[p], until[p] = codes.REGULAR_CLIENT, step + rng.whole_steps(duration, dt, (d + 0.5) * rng.WORD)
    return used
