"""The market of paid contacts: what is sold is what is bought, every month.

Clients want D contacts, workers could take S. Contacts made are D^(1-w) S^w, with w the parameter `market_balance`: 0
lets clients' demand decide, 1 workers' capacity. Each client's visits are Poisson; a visit finds a worker with
probability proportional to her volume. Workers stand in lots (a hash of the uid), so that a visit keeps its worker when
others come or go. Some visits turn into a regular pair, at the rate that gives regulars their share of all contacts.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

TRIES = 64


@rng.helper
def workers_by_lot(n_people, uid, alive, group, market_trait, volume, dt, lots):
    """Workers sorted by lot and uid: rows, running sum of contacts they could take, first place of each lot."""
    count = 0
    for i in range(n_people):
        count += alive[i] and group[i] >= codes.FIRST_SETTING
    label, rows = np.empty(count, np.int64), np.empty(count, np.int32)
    count = 0
    for i in range(n_people):
        if alive[i] and group[i] >= codes.FIRST_SETTING:
            label[count] = (rng.lot_of(uid[i], lots) << np.int64(32)) + np.int64(uid[i])
            rows[count] = i
            count += 1
    order = np.argsort(label)
    starts, sums = np.zeros(lots + 1, np.int32), np.zeros(count + 1)
    for k in range(count):
        i = rows[order[k]]
        starts[(label[order[k]] >> np.int64(32)) + 1] += 1
        sums[k + 1] = sums[k] + volume[group[i]] * market_trait[i] * dt
    return rows[order], sums, np.cumsum(starts)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
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
        Param("regular_contacts", 24.0, "per year", (1.0, 365.0), "P342", "contacts a year in a regular pair"),
    ),
    counters=(
        Counter("contacts_wanted", "paid contacts that clients wanted", by=("work_setting",), expected=True),
        Counter("contacts_offered", "paid contacts that workers could have taken", by=("work_setting",), expected=True),
        Counter(
            "contacts_sold",
            "paid contacts made with one-off clients, and expected with regular ones",
            by=("work_setting",),
            expected=True,
        ),
    ),
    writes=("pair_a", "pair_b", "kind", "until"),
)
def market(n_people, n_pairs, new_rows, step, dt, key, uid, alive, group, market_trait, client_volume,
           pair_a, pair_b, kind, until,
           client_visits, worker_volume, market_balance, regular_share, regular_contacts, pair_duration, lots,
           contacts_wanted, contacts_offered, contacts_sold):  # fmt: skip
    """Draw every client's visits, and the worker of each."""
    rows, sums, starts = workers_by_lot(n_people, uid, alive, group, market_trait, worker_volume, dt, lots)
    demand = np.int64(0)
    for i in range(n_people):
        if alive[i] and group[i] == codes.CLIENTS:
            demand += rng.tally(client_visits * market_trait[i] * client_volume[i] * dt)
    wanted, offered = demand / 1048576.0, sums[-1]
    if wanted <= 0.0 or offered <= 0.0:
        return 0
    made = wanted ** (1.0 - market_balance) * offered**market_balance
    share = made / wanted * (1.0 - regular_share)
    convert = regular_share / ((1.0 - regular_share) * regular_contacts * pair_duration[codes.REGULAR_CLIENT])
    heaviest = 0.0
    for lot in range(lots):
        heaviest = max(heaviest, sums[starts[lot + 1]] - sums[starts[lot]])
    heaviest = 2.0 ** (math.ceil(4.0 * math.log2(heaviest)) / 4.0)  # steps, so that few choices move with it
    filling = len(new_rows) > 0
    if filling:
        report_market(n_pairs, dt, pair_a, kind, group, rows, sums, wanted, offered, regular_contacts,
                      contacts_wanted, contacts_offered, contacts_sold)  # fmt: skip
    used = 0
    for i in range(n_people):
        if not alive[i] or group[i] != codes.CLIENTS:
            continue
        mean = client_visits * market_trait[i] * client_volume[i] * dt * share
        visits = rng.poisson(mean, rng.uniform(key, uid[i], 0, step, 0))
        if not filling:
            used += visits
            continue
        for visit in range(visits):
            worker = -1
            for attempt in range(TRIES):
                u, v = rng.uniforms(key, uid[i], visit + 1, step, attempt)
                lot = int(u * lots)
                first, last = starts[lot], starts[lot + 1]
                if (u * lots - lot) * heaviest >= sums[last] - sums[first]:
                    continue
                aim = sums[first] + v * (sums[last] - sums[first])
                k = first
                while k < last - 1 and sums[k + 1] <= aim:
                    k += 1
                worker = rows[k]
                break
            if worker < 0:
                continue
            p = new_rows[used]
            used += 1
            pair_a[p], pair_b[p], kind[p], until[p] = worker, i, codes.ONE_OFF_CLIENT, step + 1
            contacts_sold[group[worker] - codes.FIRST_SETTING] += rng.tally(1.0)
            u, v = rng.uniforms(key, uid[i], visit + 1, step, TRIES)
            if u < convert:
                kind[p] = codes.REGULAR_CLIENT
                lasts = -pair_duration[codes.REGULAR_CLIENT] * math.log(v) / dt
                until[p] = step + max(1, int(lasts + 0.5))
    return used


@rng.helper
def report_market(n_pairs, dt, pair_a, kind, group, rows, sums, wanted, offered, regular_contacts,
                  contacts_wanted, contacts_offered, contacts_sold):  # fmt: skip
    """Count what was wanted and offered in each setting, and the contacts expected with regular clients."""
    for k in range(len(rows)):
        s = group[rows[k]] - codes.FIRST_SETTING
        contacts_offered[s] += rng.tally(sums[k + 1] - sums[k])
        contacts_wanted[s] += rng.tally((sums[k + 1] - sums[k]) * wanted / offered)
    for p in range(n_pairs):
        if kind[p] == codes.REGULAR_CLIENT and group[pair_a[p]] >= codes.FIRST_SETTING:
            contacts_sold[group[pair_a[p]] - codes.FIRST_SETTING] += rng.tally(regular_contacts * dt)
