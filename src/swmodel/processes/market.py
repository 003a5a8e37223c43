"""The market of paid contacts: what is sold is what is bought, every month.

Clients want D contacts, workers could take S. Contacts made are D^(1-w) S^w, with w the parameter `market_balance`: 0
lets clients' demand decide, 1 workers' capacity. A client's visits come at a rate, on a clock of his own; a visit finds
a worker with probability proportional to her volume. Workers stand in lots (a hash of the uid), so that a visit keeps
its worker when others come or go. Some visits turn into a regular pair, at the rate that gives regulars their share of
all contacts.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

BLOCKS = 32  # of random words, each of two candidates; one that has found nobody by then finds nobody
WORKERS_IN_A_LOT = 8


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


@rng.helper
def workers_by_lot(workers, uid, group, market_trait, worker_volume, lots):
    """Workers sorted by lot and uid: rows, running sum of their volumes, first place of each lot."""
    count = len(workers)
    label = np.empty(count, np.int64)
    for k in range(count):
        label[k] = (rng.lot_of(uid[workers[k]], lots) << np.int64(32)) + np.int64(uid[workers[k]])
    order = np.argsort(label)
    starts, sums = np.zeros(lots + 1, np.int64), np.zeros(count + 1)
    for k in range(count):
        i = workers[order[k]]
        starts[(label[order[k]] >> np.int64(32)) + 1] += 1
        sums[k + 1] = sums[k] + worker_volume[group[i]] * market_trait[i]
    return workers[order], sums, np.cumsum(starts)


@rng.helper
def worker_at(draw, accept, rows, sums, starts, lots, heaviest):
    """The row of a worker from two random words: a lot, kept in proportion to its volume, and one in it; -1 if not."""
    place = draw * np.uint64(lots)
    lot = np.int64(place >> rng.HALF)
    first, last = starts[lot], starts[lot + 1]
    weight = sums[last] - sums[first]
    if accept * rng.WORD * heaviest >= weight:
        return np.int64(-1)
    aim = sums[first] + (place & rng.MASK) * rng.WORD * weight
    while first < last - 1 and sums[first + 1] <= aim:
        first += 1
    return np.int64(rows[first])


def lots_of_workers(context):
    """The number of lots, a power of two fixed for the run, so that a worker keeps hers."""
    workers = context.people * context.value("fraction_female") * context.value("sex_worker_share").sum()
    return {"lots": 2 ** max(0, round(math.log2(max(workers / WORKERS_IN_A_LOT, 1.0))))}


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    prepare=lots_of_workers,
    prepares=("lots",),
    params=(Param("regular_contacts", 24.0, "per year", (1.0, 365.0), "P342", "contacts a year in a regular pair"),),
    writes=("pair_a", "pair_b", "kind", "until", "pair_propensity"),
)
def market(workers, clients, new_rows, step, dt, key, uid, group, market_trait, condom_propensity, visits, visit_times,
           pair_a, pair_b, kind, until, pair_propensity,
           worker_volume, regular_share, regular_contacts, pair_duration, leave_sex_work, stop_buying,
           lots):  # fmt: skip
    """Find a worker for every visit; some visits are the first of a regular pair."""
    need = 0
    for i in clients:
        need += visits[i]
    if len(new_rows) == 0:
        return need
    rows, sums, starts = workers_by_lot(workers, uid, group, market_trait, worker_volume, lots)
    heaviest = 0.0
    for lot in range(lots):
        heaviest = max(heaviest, sums[starts[lot + 1]] - sums[starts[lot]])
    heaviest = 2.0 ** (math.ceil(4.0 * math.log2(heaviest)) / 4.0)  # steps, so that few choices move with it
    regulars = regular_share / ((1.0 - regular_share) * regular_contacts)
    duration = pair_duration[codes.REGULAR_CLIENT]
    used = 0
    for i in clients:
        for visit in range(visits[i]):
            occasion = visit_times[i] - visits[i] + visit + 1
            a, b, c, d = rng.philox(uid[i], 1, occasion, 0, key)
            worker = worker_at(a, b, rows, sums, starts, lots, heaviest)
            block = 1
            while worker < 0 and block < BLOCKS:
                e, f, g, h = rng.philox(uid[i], 1, occasion, block, key)
                worker = worker_at(e, f, rows, sums, starts, lots, heaviest)
                if worker < 0:
                    worker = worker_at(g, h, rows, sums, starts, lots, heaviest)
                block += 1
            if worker < 0:
                continue
            p, used = new_rows[used], used + 1
            pair_a[p], pair_b[p], kind[p], until[p] = worker, i, codes.ONE_OFF_CLIENT, step + 1
            pair_propensity[p] = condom_propensity[worker] * condom_propensity[i]
            if c * rng.WORD < regulars * (1.0 / duration + leave_sex_work[group[worker]] + stop_buying):
                kind[p], until[p] = codes.REGULAR_CLIENT, step + rng.whole_steps(duration, dt, (d + 0.5) * rng.WORD)
    return used
