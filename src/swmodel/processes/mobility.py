"""People go on trips and come home, and move for good; visitors go when their stay is over.

Trips are circular: from home to a site drawn by the row of the home in `trip_destination`, for a while, and back. They
may be likelier in a season. Pairs of people who are at different sites last, and rest.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process


@process(
    phase="movement",
    attributes=(
        Attr("trip_clock", "f8", 0.0, "time left before the next trip, return or move", clock=True),
        Attr("trip_times", "u4", 0, "how often that clock ran out"),
    ),
    params=(
        Param(
            "trip_rate",
            0.0,
            "per year",
            (0.0, 52.0),
            "assumption (no trips until data say so; P383: 0.68 of sex workers worked elsewhere within a year)",
            "trips of people at home",
            by="group",
        ),
        Param(
            "trip_duration",
            0.1,
            "years",
            (0.01, 10.0),
            "assumption (no source opened)",
            "mean time away on a trip",
            by="group",
        ),
        Param(
            "trip_destination",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "where trips go, by home and by destination; the row of a home sums to 1",
            by=("site", "site"),
        ),
        Param(
            "trip_season_peak",
            1.0,
            "count",
            (1.0, 12.0),
            "assumption (no season until data say so)",
            "month, from 1 to 12, in the middle of which trips are likeliest",
        ),
        Param(
            "trip_season_strength",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (no season until data say so)",
            "how far the rate of trips rises and falls with the season",
        ),
        Param(
            "migration_rate",
            0.0,
            "per year",
            (0.0, 2.0),
            "assumption (no moves until data say so)",
            "moves for good to another site",
            by="group",
        ),
        Param(
            "migration_destination",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "where those who move for good go, by origin and by destination; each row sums to 1",
            by=("site", "site"),
        ),
    ),
    counters=(
        Counter("trips", "trips begun"),
        Counter("away", "people on a trip"),
        Counter("moves", "moves for good to another site, by the group left"),
    ),
    writes=("group", "home", "migrant", "trip_clock", "trip_times"),
)
def mobility(lo, hi, dt, time, key, uid, alive, group, home, migrant, trip_clock, trip_times,
             trip_rate, trip_duration, trip_destination, trip_season_peak, trip_season_strength,
             migration_rate, migration_destination, site_of, at_site, trips, away, moves):  # fmt: skip
    """Run down each person's clock of moves; those at home set out or move, those away come home."""
    angle = 2.0 * math.pi * (time - (trip_season_peak - 0.5) / 12.0)
    season = 1.0 + trip_season_strength * math.cos(angle)
    leaves, returns = np.zeros(len(trip_rate)), np.zeros(len(trip_rate))
    for g in range(len(trip_rate)):
        leaves[g], returns[g] = trip_rate[g] * season + migration_rate[g], 1.0 / trip_duration[g]
    movers, left = np.empty(np.int64(hi - lo), np.uint32), np.empty(np.int64(hi - lo))  # left of the step
    count = 0
    for i in range(lo, hi):
        g = group[i]
        at_home = site_of[g] == home[i]
        hazard = dt * (leaves[g] if at_home else returns[g])
        if rng.run_down(trip_clock, i, hazard) and alive[i]:
            movers[count], left[count] = i, dt * rng.unspent(trip_clock, i, hazard)
            count += 1
        elif not at_home:
            away[g] += alive[i]
    people, times = np.empty(count, np.uint32), np.empty(count, np.uint32)
    while count > 0:  # one move of each of them, at a time: a trip may begin and end within a step
        for k in range(count):
            trip_times[movers[k]] += 1
            people[k], times[k] = uid[movers[k]], trip_times[movers[k]]
        words = rng.philox_of_many(people[:count], np.uint64(1), times[:count], np.uint64(0), key)
        still = 0
        for k in range(count):
            i = movers[k]
            g = group[i]
            u, v = (words[2, k] + 0.5) * rng.WORD, (words[3, k] + 0.5) * rng.WORD
            if site_of[g] != home[i]:
                g = at_site[g, home[i]]
            elif u * leaves[g] < trip_rate[g] * season:
                trips[g] += 1
                g = at_site[g, rng.which_share(trip_destination[home[i]], v)]
            else:
                moves[g] += 1
                migrant[i] = True
                home[i] = rng.which_share(migration_destination[home[i]], v)
                g = at_site[g, home[i]]
            group[i], at_home = g, site_of[g] == home[i]
            trip_clock[i] = -math.log(rng.to_unit(words[0, k], words[1, k]))
            hazard = left[k] * (leaves[g] if at_home else returns[g])
            if rng.run_down(trip_clock, i, hazard):
                movers[still], left[still] = i, left[k] * rng.unspent(trip_clock, i, hazard)
                still += 1
            elif not at_home:
                away[g] += 1
        count = still


@process(phase="movement", over="clients", writes=("cause",))
def visitors_go(rows, step, stays_until, cause):
    """Visitors go when their stay is over."""
    for i in rows:
        if stays_until[i] <= step:
            cause[i] = codes.MOVED_AWAY
