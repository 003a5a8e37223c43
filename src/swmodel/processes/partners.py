"""Women and men form steady and casual pairs.

A woman's clock says when she looks for a partner, and she draws the age of the man she looks for. Men are numbered by
date of birth for the whole run, so the men of that age are a range of numbers. She draws numbers from it until one is
of a man who is there, free and willing. Her draws depend on nobody: whoever else appears, leaves or is taken, she meets
the same men in the same order.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.state import in_order

BLOCKS = 3  # of random words, each of two candidates, before she goes without until the next step


@process(
    phase="pairs",
    attributes=(
        Attr("steady_partners", "i1", 0, "spouses and own partners now"),
        Attr("casual_partners", "i1", 0, "casual partners now"),
        Attr("steady_clock", "f8", 0.0, "time left before looking for a steady partner", clock=True),
        Attr("casual_clock", "f8", 0.0, "time left before looking for a casual partner", clock=True),
        Attr("seeking", "i1", 0, "1 looks for a steady partner, 2 for a casual one, 3 both", reset=True),
    ),
    params=(
        Param(
            "steady_rate",
            {"women": 0.25, "fsw": 0.3},
            "per year",
            (0.0, 10.0),
            "assumption (keeps P376: 0.55 of workers with a steady partner)",
            "women without one who begin to look for a steady partner",
            by="group",
        ),
        Param(
            "casual_rate",
            {"women": 0.1, "fsw": 0.377},
            "per year",
            (0.0, 20.0),
            "P378 for sex workers (0.31-0.86); assumption for other women",
            "women who begin to look for a casual partner",
            by="group",
        ),
        Param(
            "steady_at_start",
            {"women": 0.65, "fsw": 0.5},
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "women with a steady partner at the start",
            by="group",
            constant=True,
        ),
    ),
    writes=("steady_clock", "casual_clock", "seeking"),
)
def seeking_partners(lo, hi, step, dt, key, uid, alive, group, steady_partners, casual_partners,
                     steady_clock, casual_clock, seeking,
                     steady_rate, casual_rate, casual_limit, steady_at_start):  # fmt: skip
    """Run down the clocks of women; one whose clock has run out looks until she finds somebody."""
    steady, casual = np.zeros(len(steady_rate)), np.zeros(len(steady_rate))
    for g in range(len(steady)):
        if g != codes.MEN and g != codes.CLIENTS:
            steady[g], casual[g] = steady_rate[g] * dt, casual_rate[g] * dt
    for i in range(lo, hi):
        g = group[i]
        single = steady_partners[i] == 0
        wants_steady = rng.run_down(steady_clock, i, steady[g] * single) and single
        wants_casual = rng.run_down(casual_clock, i, casual[g]) and casual_partners[i] < casual_limit
        if (wants_steady or wants_casual) and alive[i]:
            seeking[i] = wants_steady + 2 * wants_casual
    if step == 0:
        for i in range(lo, hi):
            if not alive[i] or group[i] == codes.MEN or group[i] == codes.CLIENTS or seeking[i] & 1 == 1:
                continue
            if rng.uniform(key, uid[i], 0, 0, 1) < steady_at_start[group[i]]:
                seeking[i] += 1


@rng.helper
def find_man(key, woman, occasion, low, high, row_of_man, steady, group, polygynous, steady_partners,
             casual_partners, casual_limit, activity):  # fmt: skip
    """The row of the first man drawn from the numbers `low` to `high` who is there, free and willing; else -1."""
    width, most = np.uint64(high - low), activity.max()
    for block in range(BLOCKS):
        a, b, c, d = rng.philox(woman, 1, occasion, block, key)
        for draw, accept in ((a, b), (c, d)):
            man = row_of_man[low + np.int64((draw * width) >> rng.HALF)]
            if man < 0:
                continue
            if steady:
                if steady_partners[man] < (2 if polygynous[man] else 1):
                    return man
            elif casual_partners[man] < casual_limit and accept * rng.WORD * most < activity[group[man]]:
                return man
    return np.int32(-1)


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    attributes=(
        Attr("until", "i4", 0, "step at which the pair ends", table="pairs"),
        Attr("pair_propensity", "f8", 1.0, "personal odds of a condom of both partners, multiplied", table="pairs"),
    ),
    params=(
        Param("age_gap", 6.0, "years", (-20.0, 20.0), "P506", "man's age less woman's, steady partners, mean"),
        Param("age_gap_casual", 3.0, "years", (-20.0, 20.0), "P507", "the same, casual partners"),
        Param(
            "age_gap_spread",
            4.0,
            "years",
            (0.0, 20.0),
            "assumption (no source opened)",
            "standard deviation of the age gap",
        ),
        Param(
            "casual_limit",
            5.0,
            "count",
            (1.0, 100.0),
            "assumption (a bound, seldom reached)",
            "casual partners that a person has at most",
        ),
        Param(
            "male_activity",
            {"men": 1.0, "clients": 2.0},
            "ratio",
            (0.0, 100.0),
            "Geidelberg cotonou_calibration: clients 1.6-3.3 non-commercial partners a year, men 1.25-1.43",
            "relative readiness of men for casual partners",
            by="group",
        ),
        Param(
            "pair_duration",
            {"spouse": 16.5, "casual": 0.743, "own_partner": 2.0, "regular_client": 1.125, "all": 1.0},
            "years",
            (0.01, 80.0),
            "P380, P381, P341; own partner an assumption",
            "mean duration of pairs",
            by="pair_kind",
        ),
    ),
    counters=(Counter("unmatched", "people who looked for a partner and found none in the step"),),
    writes=(
        "steady_clock",
        "casual_clock",
        "steady_partners",
        "casual_partners",
        "pair_a",
        "pair_b",
        "kind",
        "until",
        "pair_propensity",
    ),
)
def partnerships(n_people, new_rows, step, dt, time, key, uid, group, birth, polygynous, condom_propensity, seeking,
                 row_of_man, steady_clock, casual_clock, steady_partners, casual_partners,
                 pair_a, pair_b, kind, until, pair_propensity,
                 age_gap, age_gap_casual, age_gap_spread, casual_limit, male_activity, pair_duration, leave_age,
                 first_birth, men_born, births_per_year, unmatched):  # fmt: skip
    """Give those who look a partner, in the order of their uid."""
    need = 0
    for i in range(n_people):
        need += np.int64((seeking[i] & 1) + (seeking[i] >> 1))
    if len(new_rows) == 0 or need == 0:
        return need
    rows, uids = np.empty(need, np.int64), np.empty(need, np.int64)
    count = 0
    for i in range(n_people):
        if seeking[i] > 0:
            rows[count], uids[count] = i, uid[i]
            count += 1
    half_year = births_per_year // 2  # candidates are up to half a year older or younger than the age drawn
    used = 0
    for place in in_order(uids[:count]):
        i = rows[place]
        for steady in (True, False):
            if (seeking[i] & (1 if steady else 2)) == 0:
                continue
            occasion = 2 * step + (1 if steady else 0)
            age = time - birth[i] + (age_gap if steady else age_gap_casual)
            age += age_gap_spread * rng.normal(key, uid[i], 0, occasion, 0)
            age = min(max(age, codes.ADULT_AGE + 0.5), leave_age - 0.5)
            cell = int((time - age - first_birth) * births_per_year)
            low, high = men_born[cell - half_year], men_born[cell + half_year]
            man = find_man(key, uid[i], occasion, low, high, row_of_man, steady, group, polygynous, steady_partners,
                           casual_partners, casual_limit, male_activity) if high > low else -1  # fmt: skip
            if man < 0:
                unmatched[group[i]] += 1
                continue
            p, used = new_rows[used], used + 1
            pair_a[p], pair_b[p] = i, man
            kind[p] = codes.CASUAL
            clock, partners = casual_clock, casual_partners
            if steady:
                kind[p] = codes.OWN_PARTNER if group[i] >= codes.FIRST_SETTING else codes.SPOUSE
                clock, partners = steady_clock, steady_partners
            partners[i] += 1
            partners[man] += 1
            pair_propensity[p] = condom_propensity[i] * condom_propensity[man]
            until[p] = step + rng.whole_steps(
                pair_duration[kind[p]], dt, rng.uniform(key, uid[i], uid[man], occasion, BLOCKS)
            )
            # Casual partners come at a rate, whatever the search took; a steady one is looked for anew once this ends.
            clock[i] = (0.0 if steady else clock[i]) + rng.exponential(key, uid[i], 0, occasion, 1)
    return used
