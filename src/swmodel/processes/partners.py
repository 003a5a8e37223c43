"""Women and men form steady and casual pairs.

A woman's clock says when she looks for a partner. Candidates come in lots: a man belongs for life to one lot of his
year of birth, by a hash of his uid. She draws a lot for the age she looks for, and within it the man with the smallest
number keyed by the two of them. Whoever else appears or leaves, most choices stay as they were.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process

ATTEMPTS = 24
AGES = 110


@process(
    phase="pairs",
    over="step",
    attributes=(
        Attr("steady_partners", "i1", 0, "spouses and own partners now"),
        Attr("casual_partners", "i1", 0, "casual partners now"),
        Attr("until", "i4", 0, "step at which the pair ends", table="pairs"),
    ),
    counters=(Counter("pairs_now", "pairs at the start of the step", by=("pair_kind",)),),
    writes=("steady_partners", "casual_partners"),
)
def partner_counts(n_people, n_pairs, pair_a, pair_b, kind, steady_partners, casual_partners, pairs_now):
    """Count everybody's partners afresh from the pairs, so that no count can drift."""
    steady_partners[:n_people] = 0
    casual_partners[:n_people] = 0
    for p in range(n_pairs):
        k = kind[p]
        pairs_now[k] += 1
        if k == codes.SPOUSE or k == codes.OWN_PARTNER:
            steady_partners[pair_a[p]] += 1
            steady_partners[pair_b[p]] += 1
        elif k == codes.CASUAL:
            casual_partners[pair_a[p]] += 1
            casual_partners[pair_b[p]] += 1


@process(
    phase="pairs",
    attributes=(
        Attr("steady_clock", "f8", 0.0, "time left before looking for a steady partner", clock=True),
        Attr("casual_clock", "f8", 0.0, "time left before looking for a casual partner", clock=True),
        Attr("seeking", "i1", 0, "1 looks for a steady partner, 2 for a casual one, 3 both"),
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
        ),
    ),
    writes=("steady_clock", "casual_clock", "seeking"),
)
def seeking_partners(lo, hi, step, dt, key, uid, alive, group, steady_partners,
                     steady_clock, casual_clock, seeking,
                     steady_rate, casual_rate, steady_at_start):  # fmt: skip
    """Run down the clocks of women; one whose clock has run out looks until she finds somebody."""
    for i in range(lo, hi):
        g = group[i]
        if not alive[i] or g == codes.MEN or g == codes.CLIENTS:
            continue
        wish = 0
        if steady_partners[i] == 0:
            at_start = step == 0 and rng.uniform(key, uid[i], 0, 0, 1) < steady_at_start[g]
            wish = 1 if rng.run_down(steady_clock, i, steady_rate[g] * dt) or at_start else 0
        if rng.run_down(casual_clock, i, casual_rate[g] * dt):
            wish += 2
        seeking[i] = wish


@rng.helper
def men_by_lot(n_people, time, uid, alive, sex, birth, lots):
    """Living men sorted by lot; returns the start of each lot, and rows."""
    starts = np.zeros(AGES * lots + 1, np.int32)
    for i in range(n_people):
        if alive[i] and sex[i] == codes.MALE:
            starts[int(time - birth[i]) * lots + rng.lot_of(uid[i], lots) + 1] += 1
    starts = np.cumsum(starts)
    place = starts.copy()
    rows = np.empty(starts[-1], np.int32)
    for i in range(n_people):
        if alive[i] and sex[i] == codes.MALE:
            lot = int(time - birth[i]) * lots + rng.lot_of(uid[i], lots)
            rows[place[lot]] = i
            place[lot] += 1
    return starts, rows


@rng.helper
def find_man(key, woman, age, gap, gap_spread, steady, step, starts, rows, lots, largest,
             uid, group, polygynous, steady_partners, casual_partners, casual_limit, activity):  # fmt: skip
    """The row of the first man who is of the age, free and willing; -1 if none of the attempts finds one."""
    occasion = np.int64(step) * 2 + (1 if steady else 0)
    for attempt in range(ATTEMPTS):
        want = age + gap + gap_spread * rng.normal(key, woman, 1, occasion, attempt)
        year = int(min(max(want, codes.ADULT_AGE), AGES - 1.0))
        u, v = rng.uniforms(key, woman, 2, occasion, attempt)
        lot = year * lots + int(u * lots)
        first, last = starts[lot], starts[lot + 1]
        if v * largest >= last - first:
            continue
        best, found = 2.0, -1
        for k in range(first, last):
            r = rng.uniform(key, woman, uid[rows[k]], occasion, attempt + 100)
            if r < best:
                best, found = r, rows[k]
        if steady:
            if steady_partners[found] < (2 if polygynous[found] else 1):
                return found
            continue
        r = rng.uniform(key, woman, uid[found], occasion, attempt + 200)
        if casual_partners[found] < casual_limit and r * activity.max() < activity[group[found]]:
            return found
    return -1


@process(
    phase="pairs",
    over="step",
    creates="pairs",
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
            "casual partners that a man has at most",
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
    writes=("steady_clock", "casual_clock", "steady_partners", "casual_partners", "pair_a", "pair_b", "kind", "until"),
)
def partnerships(n_people, new_rows, step, dt, time, key, uid, alive, group, sex, birth, polygynous, seeking,
                 steady_clock, casual_clock, steady_partners, casual_partners, pair_a, pair_b, kind, until,
                 age_gap, age_gap_casual, age_gap_spread, casual_limit, male_activity, pair_duration, lots,
                 unmatched):  # fmt: skip
    """Give those who look a partner, in the order of their uid."""
    need = 0
    for i in range(n_people):
        if alive[i] and seeking[i] > 0:
            need += 2 if seeking[i] == 3 else 1
    if len(new_rows) == 0:
        return need
    order = np.empty(need, np.int64)
    count = 0
    for i in range(n_people):
        if alive[i] and seeking[i] > 0:
            order[count] = (np.int64(uid[i]) << np.int64(31)) + i
            count += 1
    order = np.sort(order[:count])
    starts, rows = men_by_lot(n_people, time, uid, alive, sex, birth, lots)
    largest = max(1, np.diff(starts).max())
    used = 0
    for entry in order:
        i = np.int64(entry & np.int64(2147483647))
        for steady in (True, False):
            if (seeking[i] & (1 if steady else 2)) == 0:
                continue
            man = find_man(key, uid[i], time - birth[i], age_gap if steady else age_gap_casual, age_gap_spread, steady,
                           step, starts, rows, lots, largest, uid, group, polygynous, steady_partners,
                           casual_partners, casual_limit, male_activity)  # fmt: skip
            if man < 0:
                unmatched[group[i]] += 1
                continue
            p = new_rows[used]
            used += 1
            pair_a[p], pair_b[p] = i, man
            kind[p] = codes.CASUAL
            clock, partners = casual_clock, casual_partners
            if steady:
                kind[p] = codes.OWN_PARTNER if group[i] >= codes.FIRST_SETTING else codes.SPOUSE
                clock, partners = steady_clock, steady_partners
            partners[i] += 1
            partners[man] += 1
            lasts = pair_duration[kind[p]] * rng.exponential(key, uid[i], uid[man], step, 1) / dt
            until[p] = step + max(1, int(lasts + 0.5))
            clock[i] = rng.exponential(key, uid[i], 3, step, 2 if steady else 3)
    return used
