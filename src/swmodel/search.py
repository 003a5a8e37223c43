"""How those who look find a man: who looks, what each of them looks for, and whom they meet.

Each part is one pass over all who look, as a call with many arrays inside such a loop counts a reference to each of
them: that took half the time of a search.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.state import in_order

BLOCKS = 2  # of random words, each of four candidates, before somebody who looks goes without until the next step
MORE_BLOCKS = 8  # for those who look for somebody like themselves
NOBODY, CONTENT = -1, -2  # instead of a man's row: none was found; no search, as they were found by somebody else


@rng.helper
def partners_looked_for(n_people, seeking):
    """How many partners people look for in this step."""
    need = np.int64(0)
    for i in range(n_people):
        need += (seeking[i] & 1) + (seeking[i] >> 1)
    return need


@rng.helper
def seekers(most, n_people, seeking, uid, step):
    """The rows of those who look for a partner; at most `most`. The oldest, who have the lowest uids, come first in one
    step and last in the next, so that nobody is served first every time.
    """
    rows, uids = np.empty(most, np.int64), np.empty(most, np.int64)
    count = 0
    for i in range(n_people):
        if seeking[i] > 0:
            rows[count], uids[count] = i, uid[i]
            count += 1
    ordered, order = np.empty(count, np.int64), in_order(uids[:count])
    for k in range(count):
        ordered[k] = rows[order[k if step % 2 == 0 else count - 1 - k]]
    return ordered


@rng.helper
def wishes(rows, step, time, key, uid, group, birth, seeking, steady_times, age_gap, age_gap_spread,
           assortativity, leave_age, first_birth, births_per_year, kind_for):  # fmt: skip
    """What is looked for in each search: by whom (row), a steady partner or a casual one, the kind of pair, a man
    who is in the market like the seeker or any, and his cell of births.
    """
    count = 2 * len(rows)  # at most
    who, steady, kinds = np.empty(count, np.int64), np.empty(count, np.bool_), np.empty(count, np.int8)
    alike, cells = np.empty(count, np.bool_), np.empty(count, np.int64)
    uids, born, turns = np.empty(count, np.uint32), np.empty(count), np.empty(count, np.int64)
    n = 0
    for i in rows:  # apart from the draws, so that rows that lie far apart are read at once
        for form in (codes.STEADY, codes.CASUAL):
            lasting = form == codes.STEADY
            if (seeking[i] & (1 if lasting else 2)) != 0:
                who[n], steady[n], kinds[n], uids[n], born[n] = i, lasting, kind_for[form, group[i]], uid[i], birth[i]
                turns[n] = steady_times[i] if lasting else step
                n += 1
    for m in range(n):
        k, lasting = kinds[m], steady[m]
        # Who finds no steady partner goes on to look for the same age, so that pairs have the ages asked for.
        taste = rng.normal(key, uids[m], turns[m], int(lasting), 9)
        age = time - born[m] + age_gap[k] + age_gap_spread[k] * taste
        age = min(max(age, codes.ADULT_AGE + 0.5), leave_age - 0.5)
        cells[m] = int((time - age - first_birth) * births_per_year)
        occasion = 2 * step + (1 if lasting else 0)
        alike[m] = assortativity[k] > 0.0 and rng.uniform(key, uids[m], 0, occasion, 2) < assortativity[k]
    return who[:n], steady[:n], kinds[:n], alike[:n], cells[:n]


@rng.helper
def chances_of_blocks(men, msm):
    """Both tables of running sums over the blocks of men in one: first for women, then for who looks among MSM only."""
    sites = len(msm)
    sums = np.empty((2, sites, men.shape[1]))
    sums[0] = men
    for s in range(sites):
        for place in range(men.shape[1]):
            sums[1, s, place] = msm[s, min(place, sites - 1)]
    return sums


@rng.helper
def in_market(role):
    """True for somebody who buys or sells sex now."""
    return role == codes.CLIENT or role == codes.WORKER


@rng.helper
def number_met(u, table, s, last, first_block, from_cell, to_cell, sums, men_born):
    """The number of the man whom one uniform leads to, and what is left of it; -1 where nobody is of that age.

    He is of a block of men that the running sums `sums[table, s]`, up to the block `last`, draw, and born from one cell
    of births to the other.
    """
    b = 0
    while b < last and u >= sums[table, s, b]:
        b += 1
    below = sums[table, s, b - 1] if b > 0 else 0.0
    low, high = men_born[first_block + b, from_cell], men_born[first_block + b, to_cell]
    place = (u - below) / (sums[table, s, b] - below) * np.float64(high - low)
    number = min(int(place), high - low - 1)
    return (low + number if high > low else np.int64(-1)), place - np.float64(number)


@rng.helper
def find_men(who, steady, alike, cells, step, key, half_year, uid, group, polygynous, bisexual, row_of_man,
             steady_partners, casual_partners, casual_limit, male_activity, men_born, candidate_men, candidate_msm,
             role_of, population_of, site_of):  # fmt: skip
    """The row of the first man met who is there, free and willing, for each search in turn; NOBODY or CONTENT else.

    Both count each other among their partners from then on.
    """
    men, most = np.full(len(who), NOBODY, np.int32), male_activity.max()
    sums = chances_of_blocks(candidate_men[step], candidate_msm[step])
    sites = sums.shape[1]
    for n in range(len(who)):
        i, lasting = who[n], steady[n]
        g = group[i]
        if (lasting and steady_partners[i] > 0) or (not lasting and casual_partners[i] >= casual_limit[g]):
            men[n] = CONTENT
            continue
        for_men = population_of[g] == codes.MSM or population_of[g] == codes.TRANS_WOMEN
        pool, s, first_block = int(for_men), site_of[g], (codes.MSM if for_men else codes.MEN) * sites
        last = (sites if for_men else sums.shape[2]) - 1  # block of the pool
        blocks = MORE_BLOCKS if alike[n] else BLOCKS
        if sums[pool, s, last] <= 0.0:  # nobody is expected at this site
            blocks = 0
        block = 0
        while men[n] == NOBODY and block < blocks:
            for word in rng.philox(uid[i], 1, 2 * step + (1 if lasting else 0), block, key):
                number, says = number_met((np.float64(word) + 0.5) * rng.WORD, pool, s, last, first_block,
                                          cells[n] - half_year, cells[n] + half_year, sums, men_born)  # fmt: skip
                if number < 0:
                    continue
                man = row_of_man[number]  # his answer uses what is left of the uniform
                if man < 0 or man == i:
                    continue
                if lasting and steady_partners[man] > 0 and (steady_partners[man] > 1 or not polygynous[man]):
                    continue  # asked first, as most men have a wife
                h = group[man]
                fits = site_of[h] == s and (for_men or population_of[h] == codes.MEN or bisexual[man])
                if not fits or (alike[n] and in_market(role_of[h]) != in_market(role_of[g])):
                    continue
                if lasting or (casual_partners[man] < casual_limit[h] and says * most < male_activity[h]):
                    men[n] = man
                    break
            block += 1
        if men[n] >= 0:
            steady_partners[i] += lasting
            steady_partners[men[n]] += lasting
            casual_partners[i] += not lasting
            casual_partners[men[n]] += not lasting
    return men
