"""Acts that police, managers and others force on people who sell sex: each with a man of the site, without a condom."""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Counter, process
from swmodel.search import number_met

BLOCKS = 8  # of random words, each of four men, before an act is laid on nobody


@process(
    phase="pairs",
    over="step",
    creates="pairs",
    section="violence",
    counters=(Counter("assaults_laid", "forced acts by police, managers and others, each with a man of the site"),),
    writes=("pair_a", "pair_b", "kind", "since", "until"),
)
def assaults(assaulted, new_rows, step, time, key, uid, group, forced_by_others, row_of_man, pair_a, pair_b, kind,
             since, until, leave_age, first_birth, births_per_year, men_born, candidate_men, site_of,
             assaults_laid):  # fmt: skip
    """Draw a man of the site, of any age, for each act that somebody neither client nor partner forced.

    Who it is, is not known: men are drawn alike, whatever they do otherwise.
    """
    need = np.int64(0)
    for i in assaulted:
        need += np.int64(forced_by_others[i])
    if len(new_rows) == 0:
        return need
    youngest = np.int64((time - codes.ADULT_AGE - first_birth) * births_per_year)
    oldest = np.int64(max((time - leave_age - first_birth) * births_per_year, 0.0))
    sites, last, used = candidate_men.shape[1], candidate_men.shape[2] - 1, 0
    for i in assaulted:
        s = site_of[group[i]]
        for act in range(forced_by_others[i]):
            man, block = np.int32(-1), 0
            while man < 0 and block < BLOCKS and candidate_men[step, s, last] > 0.0:  # somebody is expected there
                for word in rng.philox(uid[i], act, step, block, key):
                    number, _ = number_met((np.float64(word) + 0.5) * rng.WORD, step, s, last, codes.MEN * sites,
                                           oldest, youngest, candidate_men, men_born)  # fmt: skip
                    if man < 0 and number >= 0 and row_of_man[number] != i:
                        found = row_of_man[number]
                        man = found if found >= 0 and site_of[group[found]] == s else np.int32(-1)
                block += 1
            if man >= 0:
                p, used = new_rows[used], used + 1
                pair_a[p], pair_b[p], kind[p], since[p], until[p] = i, man, codes.FORCED_ACT, step, step + 1
                assaults_laid[group[i]] += 1
    return used
