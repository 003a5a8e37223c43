"""People start and stop to inject drugs; who injects shares needles with others who do, for a while.

Everyone who injects has a seat at their site, at a place of their own, so that most pairs stay the same when others
come or go.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Param, Roll, process
from swmodel.state import in_order

TRIES = 32  # seats that somebody draws before going without until the next step
SEATS = 4  # for each person who injects, or up to twice as many


@process(
    phase="movement",
    over="step",
    rolls=(Roll("injectors", "rows of people who inject drugs"),),
    attributes=(
        Attr("injects", "b1", 0, "injects drugs"),
        Attr("inject_clock", "f8", 0.0, "time left before starting or stopping to inject", clock=True),
        Attr("inject_times", "u2", 0, "how often that clock ran out"),
    ),
    params=(
        Param(
            "injecting_share",
            0.0,
            "proportion",
            (0.0, 0.5),
            "assumption (nobody unless the place says so; P142, P143: 0.06-0.07 of sex workers in Iran and Yunnan)",
            "people who inject drugs when they enter, by group",
            by="group",
        ),
        Param(
            "injecting_start",
            0.0,
            "per year",
            (0.0, 1.0),
            "assumption (nobody starts unless the place says so)",
            "people who start to inject drugs",
            by="group",
        ),
        Param(
            "injecting_stop", 0.1, "per year", (0.0, 5.0), "assumption (no source opened)", "people who stop injecting"
        ),
    ),
    writes=("injects", "inject_clock", "inject_times"),
)
def injecting(n_people, dt, key, uid, alive, group, injects, inject_clock, inject_times, injectors,
              injecting_start, injecting_stop):  # fmt: skip
    """Run down the clock of those who inject and of those who do not, and list who does."""
    count = 0
    for i in range(n_people):
        spent = (injecting_stop if injects[i] else injecting_start[group[i]]) * dt
        if rng.run_down(inject_clock, i, spent) and alive[i]:
            injects[i] = not injects[i]
            inject_times[i] += 1
            after = (injecting_stop if injects[i] else injecting_start[group[i]]) * dt
            rest = rng.unspent(inject_clock, i, spent)
            rng.rewind(inject_clock, i, key, uid[i], inject_times[i], rest * after)
        injectors[count] = i
        count += injects[i] and alive[i]
    return count


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    attributes=(
        Attr("needle_partners", "i1", 0, "people with whom somebody shares needles now"),
        Attr("needle_clock", "f8", 0.0, "time left before looking for somebody to share needles with", clock=True),
    ),
    params=(
        Param(
            "needle_rate",
            4.0,
            "per year",
            (0.0, 52.0),
            "assumption (no source opened)",
            "people who inject who look for somebody to share needles with",
        ),
        Param(
            "needle_limit",
            5.0,
            "count",
            (1.0, 100.0),
            "assumption (a bound, seldom reached)",
            "people with whom somebody shares needles at most",
        ),
    ),
    writes=("needle_clock", "needle_partners", "pair_a", "pair_b", "kind", "since", "until", "pair_propensity"),
)
def needle_sharing(injectors, new_rows, step, dt, key, uid, group, needle_clock, needle_partners,
                   pair_a, pair_b, kind, since, until, pair_propensity,
                   needle_rate, needle_limit, pair_duration, site_of):  # fmt: skip
    """Those whose clock has run out look for somebody at their site, in the order of their uid."""
    if len(new_rows) == 0:
        return len(injectors)  # one for each, at most; so that every clock is run down
    uids = np.empty(len(injectors), np.int64)
    for k in range(len(injectors)):
        uids[k] = uid[injectors[k]]
    order = in_order(uids)
    sites = 1
    for g in range(len(site_of)):
        sites = max(sites, site_of[g] + 1)
    count, first = np.zeros(sites, np.int64), np.zeros(sites + 1, np.int64)
    for k in range(len(injectors)):
        count[site_of[group[injectors[k]]]] += 1
    for s in range(sites):
        places = 4
        while places < SEATS * count[s]:
            places *= 2
        first[s + 1] = first[s] + places
    seats = np.full(first[sites], -1, np.int64)
    for k in order:
        s = site_of[group[injectors[k]]]
        places = first[s + 1] - first[s]
        seat = rng.scatter(uids[k], 0, places)
        while seats[first[s] + seat] >= 0:
            seat = (seat + 1) & (places - 1)
        seats[first[s] + seat] = injectors[k]
    used = 0
    for k in order:
        i = injectors[k]
        if not rng.run_down(needle_clock, i, needle_rate * dt):
            continue
        needle_clock[i] += rng.exponential(key, uid[i], 0, step, 0)
        for attempt in range(TRIES if needle_partners[i] < needle_limit else 0):
            a, b, _, _ = rng.philox(uid[i], 1, step, attempt, key)
            s = site_of[group[i]]
            other = seats[first[s] + np.int64((a * np.uint64(first[s + 1] - first[s])) >> rng.HALF)]
            if other < 0 or other == i:
                continue
            if needle_partners[other] >= needle_limit:
                continue
            p, used = new_rows[used], used + 1
            pair_a[p], pair_b[p], kind[p], since[p], pair_propensity[p] = i, other, codes.NEEDLE_PARTNER, step, 0.0
            until[p] = step + rng.whole_steps(pair_duration[codes.NEEDLE_PARTNER], dt, (b + 0.5) * rng.WORD)
            needle_partners[i] += 1
            needle_partners[other] += 1
            break
    return used
