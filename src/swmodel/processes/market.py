"""Clients and workers meet: every visit finds a worker, and some visits begin a regular pair.

A visit draws the work setting, then seats of that setting until a worker sits there: a worker is found with probability
proportional to her volume. Workers have seats for their volume, at places of their own, so that most visits keep their
worker when others come or go.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.state import in_order

BLOCKS = 32  # of random words, each of four candidates; a visit that has found nobody by then finds nobody
TICKETS_A_WORKER = 2  # of mean volume; with more, fewer draws of a seat fail, and seating takes longer
MOST_TICKETS = 64  # a worker, on average
SEATS_A_WORKER = 4  # or up to twice as many, so that a third to two thirds are taken


def tickets_and_seats(context):
    """Volume of one ticket, and the number of seats, of each work setting at each step; shape (steps, groups).

    From the schedule, so the same in every scenario.
    """
    volume, workers = context.series("worker_volume"), context.tables["expected_people"]
    works = context.layout.tables["role_of"] == codes.WORKER
    worth = np.where(works & (volume > 0.0), volume / TICKETS_A_WORKER, 1.0)
    seats = np.zeros(workers.shape, np.int64)
    for g in np.flatnonzero(works):
        seats[:, g] = [max(4, 1 << math.ceil(n * SEATS_A_WORKER).bit_length()) for n in workers[:, g]]
    return {"ticket_worth": worth, "seats": seats}


@rng.helper
def fitting(offered, count, worth):
    """The volume of a ticket, doubled or halved where workers would hold far more tickets, or fewer, than meant."""
    while offered > MOST_TICKETS * count * worth:
        worth *= 2.0
    while 0.0 < offered * 2.0 < count * worth:
        worth /= 2.0
    return worth


@rng.helper
def room_for(tickets, seats):
    """Seats, twice as many or half while more than four fifths of them, or less than an eighth, would be taken."""
    while tickets * 5 > seats * 4:
        seats *= 2
    while tickets * 8 < seats and seats > 4:
        seats //= 2
    return seats


@rng.helper
def seat_workers(workers, uid, group, volumes, worth, seats):
    """Give each worker tickets in proportion to her volume, each a seat of her setting.

    Returns who sits at each seat (her place in `workers`; -1 for nobody), `keep`, the share of draws of the seat that
    lead to her: her volume over that of her tickets, and where the seats of each group begin; shape (groups + 1,).
    """
    uids = np.empty(len(workers), np.int64)
    groups = len(seats)
    offered, count, total = np.zeros(groups), np.zeros(groups), np.zeros(groups, np.int64)
    for k in range(len(workers)):
        uids[k] = uid[workers[k]]
    order = in_order(uids)
    for k in order:
        offered[group[workers[k]]] += volumes[k]
        count[group[workers[k]]] += 1.0
    first, worths = np.zeros(groups + 1, np.int64), np.empty(groups)
    for g in range(groups):
        worths[g] = fitting(offered[g], count[g], worth[g])
    for k in range(len(workers)):
        total[group[workers[k]]] += math.ceil(volumes[k] / worths[group[workers[k]]])
    for g in range(groups):
        first[g + 1] = first[g] + (room_for(total[g], seats[g]) if count[g] > 0.0 else 0)
    sits, keep = np.full(first[groups], -1, np.int32), np.zeros(first[groups])
    for k in order:
        i = workers[k]
        g = group[i]
        volume = volumes[k] / worths[g]
        tickets, places = math.ceil(volume), first[g + 1] - first[g]
        for ticket in range(tickets):
            seat = rng.scatter(uid[i], ticket, places)
            while sits[first[g] + seat] >= 0:
                seat = (seat + 1) & (places - 1)
            sits[first[g] + seat], keep[first[g] + seat] = k, volume / tickets
    return sits, keep, first


@rng.helper
def worker_at(word, sits, keep, low, high):
    """Who sits at the seat from `low` to `high` that one word draws, if what is left of the word keeps her; else -1."""
    place = word * np.uint64(high - low)
    seat = low + np.int64(place >> rng.HALF)
    return sits[seat] if np.float64(place & rng.MASK) * rng.WORD < keep[seat] else np.int32(-1)


@rng.helper
def setting_of_visit(c, u, settings_for, choice, anew, take, elsewhere, room, bound):
    """The work setting of a visit of a client of group `c`, by one uniform; -1 if it does not come about."""
    n, w = 1, settings_for[c, 1]
    while n < settings_for[c, 0] and u >= choice[c, w]:
        u -= choice[c, w]
        n += 1
        w = settings_for[c, n]
    u = u / max(choice[c, w], 1e-12) * bound - take[w] * anew[c, w]
    if u < 0.0:
        return w
    if elsewhere[w] > 0.0:
        for n in range(1, settings_for[c, 0] + 1):
            v = settings_for[c, n]
            u -= elsewhere[w] * room[v] * anew[c, v]
            if u < 0.0:
                return v
    return np.int64(-1)


@rng.helper
def visits_in_order(need, clients, uid, visits, visit_times):
    """The client's row, his uid and the occasion of each of `need` visits, in the order of the clients."""
    rows, uids, occasions = np.empty(need, np.uint32), np.empty(need, np.uint32), np.empty(need, np.uint32)
    n = 0
    for i in clients:
        for visit in range(visits[i]):
            rows[n], uids[n], occasions[n] = i, uid[i], visit_times[i] - visits[i] + visit + 1
            n += 1
    return rows, uids, occasions


@rng.helper
def chance_of(key, person, draw, occasion, regular, share):
    """The chance that what is so at a share of visits is so at a contact: in regular pairs, that share."""
    if regular:
        return share
    return 1.0 if rng.uniform(key, person, draw, occasion, 0) < share else 0.0


@rng.helper
def mean_odds(chance, odds):
    """What something that is so by this chance, and then multiplies odds of a condom, makes of them on average."""
    return odds if chance == 1.0 else 1.0 + chance * (odds - 1.0)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    prepare=tickets_and_seats,
    prepares=("ticket_worth", "seats"),
    attributes=(
        Attr("premium_odds", "f4", 1.0, "relative odds of a condom where a client pays more for none", reset=True),
        Attr("premium_share", "f4", 0.0, "chance that a client offers more for no condom at a contact", table="pairs"),
    ),
    params=(
        Param(
            "premium_offer",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (none until data say so; P369: clients pay 0.23 (0.15-0.46) more for an act without a condom)",
            "visits at which the client offers more for an act without a condom, by group of clients",
            by="group",
            section="clients",
        ),
        Param(
            "alcohol_share",
            0.3,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "visits before which the client drank, by group of clients",
            by="group",
            section="clients",
        ),
        Param(
            "alcohol_condom_odds",
            1.0,
            "odds ratio",
            (0.1, 1.0),
            "assumption (1: a trial of less alcohol saw no change in condom use; see docs/model/market.md)",
            "odds of a condom with a client who drank",
            section="clients",
        ),
    ),
    counters=(
        Counter("visits_lost", "visits of clients that found nobody after many draws"),
        Counter("visits_made", "visits to a new worker, by the client's group"),
        Counter("visits_after_alcohol", "those before which the client drank", expected=True),
        Counter("premiums_offered", "those at which the client offers more for no condom", expected=True),
    ),
    writes=("pair_a", "pair_b", "kind", "since", "until", "pair_propensity", "premium_share"),
)
def market(workers, clients, new_rows, step, dt, key, uid, group, market_trait, part_time, work_volume,
           premium_odds, condom_propensity, visits, visit_times, pair_a, pair_b, kind, since, until, pair_propensity,
           premium_share,
           worker_volume, part_time_volume, pair_duration, alcohol_share, alcohol_condom_odds,
           premium_offer, ticket_worth, seats, choice, anew, take, turns_regular, elsewhere, room, visit_bound,
           settings_for, kind_for, visits_lost, visits_made, visits_after_alcohol, premiums_offered):  # fmt: skip
    """Find a worker for every visit; some visits are the first of a regular pair."""
    need = 0
    for i in clients:
        need += np.int64(visits[i])
    if len(new_rows) == 0:
        return need
    volumes, propensities = np.empty(len(workers)), np.empty(len(workers), np.float32)  # together, where they are read
    for k in range(len(workers)):
        i = workers[k]
        usual = worker_volume[group[i]] * market_trait[i] * (part_time_volume if part_time[i] else 1.0)
        volumes[k], propensities[k] = usual * work_volume[i], condom_propensity[i]
    sits, keep, first = seat_workers(workers, uid, group, volumes, ticket_worth[step], seats[step])
    clients_of, uids, occasions = visits_in_order(need, clients, uid, visits, visit_times)
    words = rng.philox_of_many(uids, np.uint64(1), occasions, np.uint64(0), key)
    used = 0
    for n in range(need):
        i, occasion = clients_of[n], occasions[n]
        g = group[i]
        w = setting_of_visit(g, (words[0, n] + 0.5) * rng.WORD, settings_for, choice, anew, take, elsewhere, room,
                             visit_bound[g])  # fmt: skip
        if w < 0 or first[w + 1] == first[w]:
            continue
        k = worker_at(np.uint64(words[1, n]), sits, keep, first[w], first[w + 1])
        if k < 0:
            k = worker_at(np.uint64(words[2, n]), sits, keep, first[w], first[w + 1])
        block = 1
        while k < 0 and block < BLOCKS:
            for word in rng.philox(uids[n], 1, occasion, block, key):
                if k < 0:
                    k = worker_at(word, sits, keep, first[w], first[w + 1])
            block += 1
        if k < 0:
            visits_lost[g] += 1
            continue
        p, used, worker = new_rows[used], used + 1, workers[k]
        u = (words[3, n] + 0.5) * rng.WORD
        regular = u < turns_regular[g, w]
        odds = 1.0
        if alcohol_condom_odds != 1.0:
            odds = mean_odds(chance_of(key, uids[n], 2, occasion, regular, alcohol_share[g]), alcohol_condom_odds)
        if premium_offer[g] > 0.0:
            premium_share[p] = offered = chance_of(key, uids[n], 3, occasion, regular, premium_offer[g])
            odds *= mean_odds(offered, np.float64(premium_odds[worker]))
        pair_propensity[p] = np.float64(propensities[k]) * condom_propensity[i] * odds
        pair_a[p], pair_b[p], since[p], until[p] = worker, i, step, step + 1
        kind[p] = kind_for[codes.REGULAR if regular else codes.ONE_OFF, w]
        if regular:
            until[p] = step + rng.whole_steps(pair_duration[kind[p]], dt, u / turns_regular[g, w])
        visits_made[g] += 1
    for g in range(len(room)):
        visits_after_alcohol[g] += visits_made[g] * rng.tally(alcohol_share[g])
        premiums_offered[g] += visits_made[g] * rng.tally(premium_offer[g])
    return used
