"""What clients want and workers could take, and how much of it comes about: the market of a month, before they meet.

Clients want D contacts in a work setting of their site, workers there could take S. Contacts made are D^(1-w) S^w, at
most `most_contacts` times S, with w the parameter `market_balance`: 0 lets clients' demand decide, 1 workers' capacity.
Of those turned away, the share `substitution` goes to other settings of the site that have room. What is left is unmet
demand; the price rises with demand over capacity. A client's visits come at a rate, on a clock of his own, that runs a
little too fast, at a bound that the schedule gives: what is too much is drawn away when he visits, so that the visits
of one month stay in that month in every scenario. Only where more come about than the bound allows does it rise.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

LEAST_TOGETHER = 0.2  # of regular pairs at the same site; below it, no more are made up for
MARGIN = 1.2  # of the bound on visits over what the schedule expects


def market_tables(context):
    """Arrays by group of clients and work setting that are filled anew at every step."""
    groups = len(context.layout.groups)
    made = {name: np.zeros((groups, groups)) for name in ("choice", "anew", "turns_regular", "expected_regular")}
    made |= {name: np.zeros(groups) for name in ("take", "elsewhere", "room", "visit_bound")}
    # Regular pairs of now, counted where pairs end: by client and worker, and by worker where they are apart.
    return made | {"regular_pairs": np.zeros((groups, groups)), "regular_apart": np.zeros(groups)}


@rng.helper
def fill_choice(choice, capacity, setting_choice, role_of, market_of, site_of, setting_of, occupation_of):
    """The share of the visits of each group of clients that go to each work setting: its capacity by the schedule,
    times what the occupation prefers. Where occupations are named, clients without one go by capacity.
    """
    named = False
    for c in range(len(choice)):
        named |= occupation_of[c] >= 0
    for c in range(len(choice)):
        if role_of[c] != codes.CLIENT:
            continue
        total = 0.0
        for w in range(len(choice)):
            choice[c, w] = 0.0
            if role_of[w] == codes.WORKER and market_of[w] == market_of[c] and site_of[w] == site_of[c]:
                choice[c, w] = capacity[w]
                if occupation_of[c] >= 0 or not named:
                    choice[c, w] *= setting_choice[max(occupation_of[c], 0), setting_of[w]]
            total += choice[c, w]
        for w in range(len(choice)):
            choice[c, w] /= max(total, 1e-12)


@rng.helper
def settle(wanted, offered, balance, most, substitution, choice, market_of, site_of, take, elsewhere, room, demand):
    """What comes of the contacts wanted by each group of clients, in every work setting.

    `take` is the share of those wanted there that are made there, `elsewhere` the share that finds room in another
    setting of the site, `room` the share of the room of a market at a site that each setting has, `demand` the contacts
    wanted in each setting.
    """
    groups = len(take)
    excess, free = np.zeros(groups), np.zeros(groups)
    for w in range(groups):
        demand[w], take[w], elsewhere[w], room[w] = 0.0, 0.0, 0.0, 0.0
        for c in range(groups):
            demand[w] += choice[c, w] * wanted[c]
        if demand[w] > 0.0 and offered[w] > 0.0:
            made = demand[w] ** (1.0 - balance[w]) * offered[w] ** balance[w]
            made = min(made, most * offered[w])
            take[w] = made / demand[w]
            free[w] = max(offered[w] - made, 0.0)
        excess[w] = max(1.0 - take[w], 0.0) * demand[w] * substitution
    for w in range(groups):
        sought, there = 0.0, 0.0
        for v in range(groups):
            if market_of[v] == market_of[w] and site_of[v] == site_of[w]:
                sought += excess[v]
                there += free[v]
        if sought > 0.0 and there > 0.0:
            room[w] = free[w] / there
            elsewhere[w] = excess[w] / max(demand[w], 1e-12) * min(1.0, there / sought)


@rng.helper
def persistence(dt, pair_duration, regular_kind, leaving, pausing, stop_buying, mortality, visitor_stay, visiting,
                role_of, market_of, site_of, occupation_of):  # fmt: skip
    """The chance that both partners of a regular pair keep their roles at the beginning of a step, and that the pair
    outlasts the step once they have; each by group of clients and setting of their site, none elsewhere.
    """
    groups = len(role_of)
    keep, outlast = np.zeros((groups, groups)), np.zeros((groups, groups))
    for c in range(groups):
        for w in range(groups):
            here = market_of[c] == market_of[w] and site_of[c] == site_of[w]
            if role_of[c] == codes.CLIENT and role_of[w] == codes.WORKER and here:
                stops, goes = stop_buying[c], 0.0
                if visiting[c]:
                    stops, goes = 0.0, min(dt / visitor_stay[occupation_of[c]], 1.0)
                keep[c, w] = math.exp(-(leaving[w] + pausing[w] + stops) * dt)
                lasts = max(1.0 - dt / pair_duration[regular_kind[w]], 0.0)
                outlast[c, w] = lasts * (1.0 - goes) * math.exp(-2.0 * mortality * dt)
    return keep, outlast


@rng.helper
def moved_share(c, choice, elsewhere):
    """The share of the contacts that clients of group `c` want that finds room in another setting than wanted."""
    moved = 0.0
    for w in range(len(choice)):
        moved += choice[c, w] * elsewhere[w]
    return moved


@rng.helper
def fill_visits(anew, turns_regular, dt, wanted, choice, take, elsewhere, room, regular_pairs, together, keep, outlast,
                regular_share, regular_contacts):  # fmt: skip
    """The visits to new workers for each contact that comes about, and the share of them that begin a regular pair.

    Both by group of clients and setting. What the regular pairs of now do not provide comes from new visits; so many of
    them turn regular that regulars have their share once starts and ends are in balance. `together` is the share of
    regular pairs of which both are at the same site; those who come back are fewer than those who go by the pairs that
    end while apart.
    """
    for c in range(len(choice)):
        moved = moved_share(c, choice, elsewhere)
        for w in range(len(choice)):
            anew[c, w], turns_regular[c, w] = 0.0, 0.0
            due = wanted[c] * (choice[c, w] * take[w] + moved * room[w])
            if due > 0.0 and keep[c, w] > 0.0:
                ends = 1.0 - keep[c, w] * outlast[c, w]
                made = dt / ends * regular_contacts * together * (1.0 - regular_share[w])
                turns_regular[c, w] = regular_share[w] / (regular_share[w] + made)
                meet = regular_pairs[c, w] * keep[c, w] * max(1.0 - ends * (1.0 / together - 1.0), 0.0)
                each = 1.0 - turns_regular[c, w] + turns_regular[c, w] * regular_contacts * dt
                anew[c, w] = max(1.0 - meet * regular_contacts * dt / due, 0.0) / each


@rng.helper
def most_visits(c, choice, take, elsewhere, room, anew):
    """The most visits to new workers for each contact that clients of group `c` want in any one setting."""
    of_moved, most = 0.0, 0.0
    for w in range(len(choice)):
        of_moved += room[w] * anew[c, w]
    for w in range(len(choice)):
        if choice[c, w] > 0.0:
            most = max(most, take[w] * anew[c, w] + elsewhere[w] * of_moved)
    return most


@rng.helper
def expect(visit_bound, expected_regular, wanted, choice, take, elsewhere, room, anew, turns_regular, keep, outlast):
    """Bounds on visits, and the regular pairs of the next step, as the schedule has them: alike in every scenario."""
    for c in range(len(choice)):
        visit_bound[c] = MARGIN * most_visits(c, choice, take, elsewhere, room, anew)
        moved = moved_share(c, choice, elsewhere)
        for w in range(len(choice)):
            due = wanted[c] * (choice[c, w] * take[w] + moved * room[w])
            began = due * anew[c, w] * turns_regular[c, w]
            expected_regular[c, w] = (expected_regular[c, w] * keep[c, w] + began) * outlast[c, w]


@process(
    phase="pairs",
    over="step",
    prepare=market_tables,
    prepares=("choice", "anew", "turns_regular", "take", "elsewhere", "room", "visit_bound", "regular_pairs",
              "regular_apart", "expected_regular"),
    attributes=(Attr("client_volume", "f4", 1.0, "relative demand of a client", reset=True),),
    params=(
        Param(
            "client_visits",
            17.0,
            "per year",
            (0.0, 400.0),
            "P293: 10-17 (8.4-32 in 1998)",
            "paid contacts that a client wants",
            by="group", section="clients"),
        Param(
            "setting_choice",
            1.0,
            "ratio",
            (0.0, 1000.0),
            "assumption (clients go where there is capacity)",
            "what clients of an occupation prefer, beside the capacity of a work setting",
            by=("occupation", "work_setting"), section="clients"),
        Param(
            "worker_volume",
            {"sex_workers": 541.0, "all": 0.0},
            "per year",
            (0.0, 3000.0),
            "P336: 1229 (1985-93) to 400 (2015)",
            "paid contacts that a full-time worker could take",
            by="group", section="market"),
        Param(
            "part_time_volume",
            0.3,
            "ratio",
            (0.01, 1.0),
            "assumption (no source opened)",
            "contacts of part-time workers relative to full-time", section="sex_work"),
        Param(
            "market_balance",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (a compromise between both sides)",
            "weight of workers' capacity in the number of contacts, by work setting",
            by="group", section="market"),
        Param(
            "most_contacts",
            3.0,
            "ratio",
            (1.0, 20.0),
            "assumption (a bound, seldom reached)",
            "most contacts that workers take, relative to those that they could take as a rule", section="market"),
        Param(
            "substitution",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "clients turned away who go to another work setting with room", section="market"),
        Param("price_level", 1.0, "ratio", (0.01, 100.0), "assumption (set it for each place)",
              "price of a contact where demand equals capacity, by work setting", by="group", section="market"),
        Param(
            "price_response",
            0.3,
            "ratio",
            (0.0, 3.0),
            "assumption (no source opened)",
            "elasticity of the price in demand over capacity", section="market"),
        Param(
            "regular_share",
            0.55,
            "proportion",
            (0.0, 0.95),
            "assumption (P344 is a recollection)",
            "share of paid contacts that are with regular clients, by work setting",
            by="group", section="market"),
        Param(
            "regular_contacts",
            24.0,
            "per year",
            (1.0, 365.0),
            "P342",
            "contacts a year in a regular pair",
            section="market",
        ),
    ),
    counters=(
        Counter("contacts_wanted", "paid contacts that clients wanted, by the client's group", expected=True),
        Counter("contacts_offered", "paid contacts that workers could have taken", expected=True),
        Counter("contacts_sought", "paid contacts that clients wanted, by the work setting", expected=True),
        Counter("contacts_unmet", "paid contacts wanted that did not come about, by the work setting", expected=True),
        Counter("contacts_moved", "paid contacts that went to another work setting, by the one wanted", expected=True),
        Counter("contacts_met", "paid contacts that come about, by the work setting", expected=True),
        Counter("price_paid", "those contacts times their price", expected=True),
    ),
    writes=("choice", "anew", "turns_regular", "take", "elsewhere", "room", "visit_bound", "expected_regular"),
)  # fmt: skip
def demand_and_supply(step, workers, clients, dt, group, market_trait, part_time, client_volume, work_volume,
                      choice, anew, turns_regular, take, elsewhere, room, visit_bound, expected_regular,
                      regular_pairs, regular_apart, client_visits, setting_choice, worker_volume, part_time_volume,
                      part_time_share, market_balance,
                      most_contacts, substitution, price_level, price_response, regular_share, regular_contacts,
                      pair_duration, leave_sex_work, pause_rate, stop_buying, background_mortality, expected_people,
                      visitor_stay, visiting, role_of, market_of, site_of, setting_of, occupation_of, kind_for,
                      contacts_wanted, contacts_offered, contacts_sought, contacts_unmet, contacts_moved,
                      contacts_met, price_paid):  # fmt: skip
    """Add up what clients want and workers could take, and settle what comes of it."""
    groups = len(take)
    wanted, offered, demand = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    for g in range(groups):
        if role_of[g] == codes.CLIENT:
            wanted[g] = client_visits[g] * expected_people[step, g] * dt
        elif role_of[g] == codes.WORKER:
            usual = 1.0 - part_time_share[g] * (1.0 - part_time_volume)
            offered[g] = worker_volume[g] * usual * expected_people[step, g] * dt
    fill_choice(choice, offered, setting_choice, role_of, market_of, site_of, setting_of, occupation_of)
    settle(wanted, offered, market_balance, most_contacts, substitution, choice, market_of, site_of,
           take, elsewhere, room, demand)  # fmt: skip
    keep, outlast = persistence(dt, pair_duration, kind_for[codes.REGULAR], leave_sex_work, pause_rate, stop_buying,
                                background_mortality, visitor_stay, visiting, role_of, market_of, site_of,
                                occupation_of)  # fmt: skip
    fill_visits(anew, turns_regular, dt, wanted, choice, take, elsewhere, room, expected_regular, 1.0, keep, outlast,
                regular_share, regular_contacts)  # fmt: skip
    expect(visit_bound, expected_regular, wanted, choice, take, elsewhere, room, anew, turns_regular, keep, outlast)
    for i in clients:
        wants = client_visits[group[i]] * market_trait[i] * client_volume[i] * dt
        contacts_wanted[group[i]] += rng.tally(wants)
    for i in workers:
        volume = worker_volume[group[i]] * market_trait[i] * (part_time_volume if part_time[i] else 1.0)
        contacts_offered[group[i]] += rng.tally(volume * work_volume[i] * dt)
    here, apart = 0.0, 0.0
    for g in range(groups):
        wanted[g], offered[g] = contacts_wanted[g] * rng.TALLY, contacts_offered[g] * rng.TALLY
        apart += regular_apart[g]
        for w in range(groups):
            here += regular_pairs[g, w]
    settle(wanted, offered, market_balance, most_contacts, substitution, choice, market_of, site_of,
           take, elsewhere, room, demand)  # fmt: skip
    together = max(here / (here + apart), LEAST_TOGETHER) if here + apart > 0.0 else 1.0
    fill_visits(anew, turns_regular, dt, wanted, choice, take, elsewhere, room, regular_pairs, together, keep, outlast,
                regular_share, regular_contacts)  # fmt: skip
    for c in range(groups):
        visit_bound[c] = max(visit_bound[c], most_visits(c, choice, take, elsewhere, room, anew))
    for g in range(groups):
        contacts_sought[g] += rng.tally(demand[g])
        contacts_moved[g] += rng.tally(demand[g] * elsewhere[g])
        contacts_unmet[g] += rng.tally(demand[g] * max(1.0 - take[g] - elsewhere[g], 0.0))
        if demand[g] > 0.0 and offered[g] > 0.0:
            met = demand[g] * take[g]
            for w in range(groups):
                if market_of[w] == market_of[g] and site_of[w] == site_of[g]:
                    met += room[g] * demand[w] * elsewhere[w]
            contacts_met[g] += rng.tally(met)
            price_paid[g] += rng.tally(met * price_level[g] * (demand[g] / offered[g]) ** price_response)


@process(
    phase="pairs",
    over="clients",
    attributes=(
        Attr("visit_clock", "f8", 0.0, "demand left before the next visit to a new worker", clock=True),
        Attr("visit_times", "u4", 0, "visits to new workers so far, those drawn away included"),
        Attr("visits", "u2", 0, "visits to new workers in this step, those drawn away included", reset=True),
    ),
    params=(
        Param(
            "client_share",
            0.2,
            "proportion",
            (0.0, 0.9),
            "P289: 0.066-0.3",
            "men who buy sex, of those who would buy from the population",
            by="group",
            section="clients",
        ),
        Param(
            "stop_buying",
            0.15,
            "per year",
            (0.0, 5.0),
            "P291: 0-0.295",
            "hazard of stopping to buy sex",
            by="group",
            section="clients",
        ),
    ),
    writes=("visit_clock", "visit_times", "visits"),
)
def visits_of_clients(rows, dt, key, uid, group, market_trait, client_volume, client_visits, visit_bound,
                      visit_clock, visit_times, visits):  # fmt: skip
    """Run down the clocks of clients, at the bound of the share of their demand that is met with new workers."""
    due, count = np.empty(len(rows), np.uint32), 0
    for i in rows:
        g = group[i]
        if rng.run_down(visit_clock, i, client_visits[g] * market_trait[i] * client_volume[i] * visit_bound[g] * dt):
            due[count] = i
            count += 1
    people, times = np.empty(count, np.uint32), np.empty(count, np.uint32)
    while count > 0:  # one visit of each of them, at a time
        for k in range(count):
            i = due[k]
            visits[i] += 1
            visit_times[i] += 1
            people[k], times[k] = uid[i], visit_times[i]
        until_next = rng.exponentials(people[:count], np.uint64(0), times[:count], np.uint64(0), key)
        still = 0
        for k in range(count):
            i = due[k]
            visit_clock[i] += until_next[k]
            if visit_clock[i] <= 0.0 and visits[i] < 65535:
                due[still] = i
                still += 1
        count = still
