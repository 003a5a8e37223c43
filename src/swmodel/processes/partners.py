"""People form steady and casual pairs.

A seeker is a woman, a trans woman, or a man who has sex with men. Her clock says when she looks for a partner, and she
draws the age of the man she looks for. Men are numbered by date of birth for the whole run, in a block for each site
and population, so the men of that age are ranges of numbers. She draws blocks and numbers until one is of a man who is
there, free and willing. Her draws depend on nobody: whoever else appears, leaves or is taken, she meets the same men in
the same order.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.search import CONTENT, MORE_BLOCKS, NOBODY, find_men, partners_looked_for, seekers, wishes

AGE_FROM = np.array(codes.AGE_FROM)


def candidates(context):
    """The chance that a candidate is of each block, summed up along the blocks, at each step and site.

    Two tables: for women (men, then men who have sex with men and with women), and for trans women and men who have sex
    with men (those men only). Shape (steps, sites, blocks looked at). Men on a trip are met where they are.
    """
    t, origin, people = context.layout.tables, context.tables["origin"], context.tables["expected_people"]
    time_away = context.series("trip_rate") * context.series("trip_duration")
    destination = context.series("trip_destination")
    sites, site = origin.shape[1], t["site_of"]
    found = []
    for population in (codes.MEN, codes.MSM):
        groups = (t["population_of"] == population) & ~context.tables["visiting"]
        present = np.zeros((len(people), sites, sites))  # site of birth, site
        for s in range(sites):
            here = groups & (site == s)
            stock = people[:, here].sum(axis=1)
            off = (people * time_away / (1.0 + time_away))[:, here].sum(axis=1) if sites > 1 else 0.0 * stock
            lives = origin[:, s, :] if population == codes.MEN else np.eye(sites)[s] + 0.0 * origin[:, s, :]
            present[:, :, s] += lives * (stock - off)[:, None]
            present += lives[:, :, None] * (off[:, None] * destination[:, s, :])[:, None, :]
        found.append(np.swapaxes(present, 1, 2))
    men, msm = found
    both = np.concatenate((men, msm * context.series("bisexual_share")[:, None, None]), axis=2)
    return {"candidate_men": running(both), "candidate_msm": running(msm)}


def running(amounts):
    """Running sums along the last axis, as shares of the total."""
    sums = np.cumsum(amounts, axis=2)
    return np.ascontiguousarray(sums / np.maximum(sums[:, :, -1:], 1e-12))


@rng.helper
def band_of(age):
    """The place of an age among `codes.AGE_BANDS`."""
    band = 0
    while band + 1 < len(AGE_FROM) and age >= AGE_FROM[band + 1]:
        band += 1
    return band


@process(
    phase="pairs",
    attributes=(
        Attr("steady_partners", "i1", 0, "spouses and own partners now"),
        Attr("casual_partners", "i1", 0, "casual partners now"),
        Attr("steady_times", "u2", 0, "steady partners found so far by looking"),
        Attr("steady_clock", "f8", 0.0, "time left before looking for a steady partner", clock=True),
        Attr("casual_clock", "f8", 0.0, "time left before looking for a casual partner", clock=True),
        Attr("seeking", "i1", 0, "1 looks for a steady partner, 2 for a casual one, 3 both", reset=True),
    ),
    params=(
        Param(
            "steady_rate",
            {"women": 0.25, "former_fsw": 0.25, "fsw": 0.3, "trans_women": 0.1, "former_tsw": 0.1, "tsw": 0.1},
            "per year",
            (0.0, 10.0),
            "assumption (keeps P376: 0.55 of workers with a steady partner)",
            "people without one who begin to look for a steady partner",
            by="group",
        ),
        Param(
            "casual_rate",
            {
                "women": 0.1,
                "former_fsw": 0.1,
                "fsw": 0.377,
                "msm": 1.0,
                "clients_of_men": 1.0,
                "msw": 1.0,
                "former_msw": 1.0,
                "trans_women": 1.0,
                "former_tsw": 1.0,
                "tsw": 1.0,
            },
            "per year",
            (0.0, 20.0),
            "P378 for female sex workers (0.31-0.86); assumption for everyone else",
            "people who begin to look for a casual partner",
            by="group",
        ),
        Param(
            "casual_age_ratio",
            1.0,
            "rate ratio",
            (0.0, 10.0),
            "assumption (no difference until data say so)",
            "how often people of an age look for a casual partner, relative to `casual_rate`",
            by="age_band",
        ),
        Param(
            "steady_at_start",
            {"women": 0.65, "former_fsw": 0.5, "fsw": 0.5},
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "people with a steady partner at the start",
            by="group",
            constant=True,
        ),
    ),
    counters=(Counter("casual_due", "casual partners that people are due to look for", expected=True),),
    writes=("steady_clock", "casual_clock", "seeking"),
)
def seeking_partners(lo, hi, step, dt, time, key, uid, alive, birth, group, steady_partners, casual_partners,
                     steady_clock, casual_clock, seeking, steady_rate, casual_rate, casual_age_ratio, casual_limit,
                     steady_at_start, population_of, casual_due):  # fmt: skip
    """Run down the clocks of those who look for partners; one whose clock has run out looks in this step."""
    steady, by_age = np.zeros(len(steady_rate)), False
    casual, due = np.zeros((len(steady), len(AGE_FROM))), np.zeros((len(steady), len(AGE_FROM)), np.int64)
    for g in range(len(steady)):
        for band in range(len(AGE_FROM)):
            by_age |= casual_age_ratio[band] != 1.0
            if population_of[g] != codes.MEN:
                steady[g], casual[g, band] = steady_rate[g] * dt, casual_rate[g] * casual_age_ratio[band] * dt
                due[g, band] = rng.tally(casual[g, band])
    for i in range(lo, hi):
        g = group[i]
        single = steady_partners[i] == 0
        wants_steady = rng.run_down(steady_clock, i, steady[g] * single) and single
        band = band_of(time - birth[i]) if by_age else 0
        casual_due[g] += due[g, band] * alive[i]
        wants_casual = rng.run_down(casual_clock, i, casual[g, band]) and casual_partners[i] < casual_limit[g]
        if (wants_steady or wants_casual) and alive[i]:
            seeking[i] = wants_steady + 2 * wants_casual
    if step == 0:
        for i in range(lo, hi):
            looks = alive[i] and population_of[group[i]] != codes.MEN and seeking[i] & 1 == 0
            if looks and rng.uniform(key, uid[i], 0, 0, 1) < steady_at_start[group[i]]:
                seeking[i] += 1


@rng.helper
def of_pairs(who, men, steady, step, uid, birth, condom_propensity):
    """Of each search: the uids of both, the occasion, their odds of a condom together, and the age gap.

    Apart from the rest, which waits for one after the other: so rows that lie far apart are read at once.
    """
    uids, mates, occasions = np.empty(len(who), np.uint32), np.empty(len(who), np.uint32), np.empty(len(who), np.uint32)
    odds, gaps = np.empty(len(who)), np.empty(len(who))
    for n in range(len(who)):
        i, man = who[n], max(men[n], 0)
        uids[n], mates[n], occasions[n] = uid[i], uid[man], 2 * step + (1 if steady[n] else 0)
        odds[n], gaps[n] = np.float64(condom_propensity[i]) * condom_propensity[man], birth[i] - birth[man]
    return uids, mates, occasions, odds, gaps


@rng.helper
def steps_of(duration, shape, dt, key, seeker, partner, occasion):
    """How many steps a new pair lasts: exponential of the mean `duration`, or gamma of another `shape` than 1."""
    u = rng.uniform(key, seeker, partner, occasion, MORE_BLOCKS)
    if shape == 1.0:
        return rng.whole_steps(duration, dt, u)
    stream = np.uint64(key) ^ (np.uint64(partner) << rng.HALF) ^ np.uint64(occasion)
    return max(1, int(duration * rng.gamma(stream, seeker, MORE_BLOCKS, shape) / dt + u))


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    prepare=candidates,
    prepares=("candidate_men", "candidate_msm"),
    attributes=(
        Attr("since", "i4", 0, "step at which the pair formed", table="pairs"),
        Attr("until", "i4", 0, "step at which the pair ends", table="pairs"),
        Attr("pair_propensity", "f4", 1.0, "personal odds of a condom of both partners, multiplied", table="pairs"),
    ),
    params=(
        Param(
            "age_gap",
            {"spouse": 6.0, "own_partner": 6.0, "casual": 3.0, "all": 0.0},
            "years",
            (-20.0, 20.0),
            "P506, P507",
            "mean age of the man less that of the person who looks for him",
            by="pair_kind",
        ),
        Param(
            "age_gap_spread",
            4.0,
            "years",
            (0.0, 20.0),
            "assumption (no source opened)",
            "standard deviation of the age gap",
            by="pair_kind",
        ),
        Param(
            "search_again",
            0.25,
            "years",
            (0.01, 5.0),
            "assumption (no source opened)",
            "mean time until somebody who looked for a steady partner and found none looks again",
        ),
        Param(
            "assortativity",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (none until data say so; P298: odds of 8.3 for partners of sex workers and clients, not paid)",
            "searches for a partner who, like the seeker, is or is not in sex work as a worker or client",
            by="pair_kind",
        ),
        Param(
            "casual_limit",
            5.0,
            "count",
            (1.0, 100.0),
            "assumption (a bound, seldom reached)",
            "casual partners that a person has at most",
            by="group",
        ),
        Param(
            "male_activity",
            {"men": 1.0, "clients": 2.0, "msm": 1.0, "msw": 1.0, "former_msw": 1.0},
            "ratio",
            (0.0, 100.0),
            "Geidelberg cotonou_calibration: clients 1.6-3.3 non-commercial partners a year, men 1.25-1.43",
            "relative readiness of men for casual partners",
            by="group",
        ),
        Param(
            "pair_duration",
            {"spouse": 16.5, "casual": 0.743, "own_partner": 2.0, "regular_client": 1.125, "needle": 0.1, "all": 1.0},
            "years",
            (0.01, 80.0),
            "P380, P381, P341; own partner an assumption",
            "mean duration of pairs",
            by="pair_kind",
        ),
        Param(
            "duration_shape",
            1.0,
            "ratio",
            (0.2, 50.0),
            "assumption (exponential durations)",
            "gamma shape of the duration of steady and casual pairs",
            by="pair_kind",
        ),
    ),
    counters=(
        Counter("unmatched", "people who looked for a partner and found none in the step"),
        Counter("pairs_formed", "steady and casual pairs formed", by=("pair_kind",)),
        Counter("pair_years", "years that the pairs formed are to last", by=("pair_kind",), expected=True),
        Counter("age_gaps", "age of the man less that of who looked for him, summed over pairs formed",
                by=("pair_kind",), expected=True),
    ),
    writes=(
        "steady_clock",
        "casual_clock",
        "steady_partners",
        "casual_partners",
        "steady_times",
        "pair_a",
        "pair_b",
        "kind",
        "since",
        "until",
        "pair_propensity",
    ),
)  # fmt: skip
def partnerships(n_people, new_rows, step, dt, time, key, uid, group, birth, polygynous, bisexual, condom_propensity,
                 seeking, row_of_man, steady_clock, casual_clock, steady_partners, casual_partners, steady_times,
                 pair_a, pair_b, kind, since, until, pair_propensity,
                 steady_rate, search_again, age_gap, age_gap_spread, casual_limit, male_activity, assortativity,
                 pair_duration, duration_shape, leave_age, first_birth, men_born, births_per_year, candidate_men,
                 candidate_msm, role_of, population_of, site_of, kind_for,
                 unmatched, pairs_formed, pair_years, age_gaps):  # fmt: skip
    """Give those who look a partner, one after the other."""
    if len(new_rows) == 0:
        return partners_looked_for(n_people, seeking)
    rows = seekers(len(new_rows), n_people, seeking, uid, step)
    who, steady, kinds, alike, cells = wishes(
        rows, step, time, key, uid, group, birth, seeking, steady_times, age_gap, age_gap_spread,
        assortativity, leave_age, first_birth, births_per_year, kind_for)  # fmt: skip
    # Candidates are up to half a year older or younger than the age drawn.
    men = find_men(who, steady, alike, cells, step, key, births_per_year // 2, uid, group, polygynous, bisexual,
                   row_of_man, steady_partners, casual_partners, casual_limit, male_activity, men_born, candidate_men,
                   candidate_msm, role_of, population_of, site_of)  # fmt: skip
    uids, mates, occasions, odds, gaps = of_pairs(who, men, steady, step, uid, birth, condom_propensity)
    again = rng.exponentials(uids, np.uint64(0), occasions, np.uint64(1), key)
    used = 0
    for n in range(len(who)):
        i, man, k, g, occasion = who[n], men[n], kinds[n], group[who[n]], occasions[n]
        if man == CONTENT:  # with who found them since they began to look
            if steady[n]:
                steady_clock[i] = again[n]
            continue
        if man == NOBODY:
            unmatched[g] += 1
            if steady[n]:
                steady_clock[i] = rng.exponential(key, uids[n], 0, occasion, 3) * steady_rate[g] * search_again
            continue
        p, used = new_rows[used], used + 1
        pair_a[p], pair_b[p], kind[p], since[p] = i, man, k, step
        pair_propensity[p] = odds[n]
        lasts = steps_of(pair_duration[k], duration_shape[k], dt, key, uids[n], mates[n], occasion)
        until[p] = step + lasts
        pairs_formed[k] += 1
        pair_years[k] += rng.tally(lasts * dt)
        age_gaps[k] += rng.tally(gaps[n])
        # Casual partners come at a rate, whatever the search took; a steady one is looked for anew once this ends.
        if steady[n]:
            steady_times[i] += 1
            steady_clock[i] = again[n]
        else:
            casual_clock[i] += again[n]
    return used
