"""What people keep for life, drawn when they enter; at the first step, also who sells and who buys sex."""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process
from swmodel.projection import ALIKE, QUARTER

HALF_SQRT = math.sqrt(0.5)  # of the variance of a pair, half comes from each partner


@process(
    phase="demography",
    over="entrants",
    section="demography",
    attributes=(
        Attr("condom_propensity", "f4", 1.0, "personal odds of using a condom relative to the median"),
        Attr("market_trait", "f4", 1.0, "personal volume of paid contacts relative to the mean, gamma"),
        Attr("frailty", "f4", 1.0, "personal susceptibility to HIV relative to the mean, gamma"),
        Attr("circumcised", "b1", 0, "circumcised"),
        Attr("polygynous", "b1", 0, "may have two steady partners at a time"),
        Attr("bisexual", "b1", 0, "of men who have sex with men: has women as partners too"),
        Attr("position", "i1", codes.VERSATILE, "position in anal sex of men and trans women (codes)"),
        Attr("education", "i1", 0, "level of education (codes)"),
        Attr("need", "f4", 0.0, "economic need, as a rank from 0 (least) to 1"),
        Attr("indebted", "b1", 0, "in debt"),
        Attr("leaving_trait", "f4", 1.0, "personal hazard of leaving sex work relative to the mean, gamma"),
    ),
    params=(
        Param(
            "worker_volume_shape",
            1.0,
            "ratio",
            (0.2, 20.0),
            "assumption (P355, a recollection: coefficient of variation 1)",
            "gamma shape of clients per worker",
        ),
        Param(
            "client_visit_shape",
            1.0,
            "ratio",
            (0.2, 20.0),
            "assumption (as spread as workers' volume)",
            "gamma shape of visits per client",
        ),
        Param(
            "frailty_shape",
            1.0,
            "ratio",
            (0.1, 1000.0),
            "assumption (fitted models need low risk per act: P009-P014)",
            "gamma shape of susceptibility between people",
        ),
        Param(
            "circumcised_share",
            0.9,
            "proportion",
            (0.0, 1.0),
            "assumption (near-universal in Benin; set it for each place)",
            "people assigned male who are circumcised, by the group in which they enter",
            by="group",
        ),
        Param(
            "polygynous_share",
            0.15,
            "proportion",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "men who may have two steady partners",
        ),
        Param(
            "bisexual_share",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "men who have sex with men who have women as partners too",
        ),
        Param(
            "receptive_share",
            0.25,
            "proportion",
            (0.0, 1.0),
            "assumption (P310 is a recollection)",
            "men who have sex with men who are only receptive",
        ),
        Param(
            "insertive_share",
            0.30,
            "proportion",
            (0.0, 1.0),
            "assumption (P310 is a recollection)",
            "men who have sex with men who are only insertive",
        ),
        Param(
            "education_share",
            {"none": 0.3, "primary": 0.4, "secondary": 0.3},
            "ratio",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "people who enter, by level of education, relative to the other levels",
            by="education",
        ),
        Param(
            "debt_share",
            0.2,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "people in debt",
            constant=True,
        ),
        Param(
            "leaving_shape",
            1000.0,
            "ratio",
            (1.5, 1000.0),
            "assumption (all alike; P325 has those with many clients stay longer)",
            "gamma shape of the hazard of leaving sex work between people",
            constant=True, section="sex_work"),
    ),
    writes=("group", "condom_propensity", "market_trait", "frailty", "circumcised", "polygynous", "bisexual",
            "position", "education", "need", "indebted", "leaving_trait", "paused", "spell_start", "spells",
            "part_time", "managed", "injects", "last_group"),
)  # fmt: skip
def traits(rows, step, time, dt, key, uid, sex, birth, immigrant, block_of, chance_of_group, paused_at_start, paused_in,
           class_above, role_of, population_of, group, condom_propensity, market_trait, frailty, circumcised,
           polygynous, bisexual, position, education, need, indebted, leaving_trait, paused, spell_start, spells,
           part_time, managed, injects, last_group, worker_volume_shape, client_visit_shape, frailty_shape,
           circumcised_share, polygynous_share, bisexual_share, receptive_share, insertive_share, education_share,
           debt_share, leaving_shape, leave_sex_work, part_time_share, manager_control, injecting_share,
           condom_spread):  # fmt: skip
    """Draw the traits of those who enter; at the start, their group by age and by how likely they are to stay in it."""
    levels = 0.0
    for level in range(len(education_share)):
        levels += education_share[level]
    for i in rows:
        if leaving_shape < ALIKE:
            leaving_trait[i] = rng.gamma(key, uid[i], 3, leaving_shape)
        of_class = np.searchsorted(class_above, leaving_trait[i])
        if not immigrant[i]:
            age = time - birth[i] - codes.ADULT_AGE
            cell = 0 if step > 0 else 1 + min(int(age / QUARTER), chance_of_group.shape[1] - 2)
            chance = chance_of_group[of_class, cell, block_of[group[i]]]
            group[i] = rng.first_above(chance, rng.uniform(key, uid[i], 0, 0, 5))
        g = group[i]
        who, role = population_of[g], role_of[g]
        man = who == codes.MEN or who == codes.MSM
        condom_propensity[i] = math.exp(HALF_SQRT * condom_spread * rng.normal(key, uid[i], 0, 0, 0))
        frailty[i] = rng.gamma(key, uid[i], 2, frailty_shape)
        a, b, c, d = rng.philox(uid[i], 0, 0, 6, key)
        need[i] = a * rng.WORD
        indebted[i] = b * rng.WORD < debt_share
        education[i] = rng.which_share(education_share, c * rng.WORD * levels)
        injects[i] = d * rng.WORD < injecting_share[g]
        a, b, c, d = rng.philox(uid[i], 0, 0, 7, key)
        circumcised[i] = sex[i] == codes.MALE and a * rng.WORD < circumcised_share[g]
        polygynous[i] = man and b * rng.WORD < polygynous_share
        volume_shape = client_visit_shape if man and role != codes.WORKER else worker_volume_shape
        market_trait[i] = rng.gamma(key, uid[i], 1, volume_shape)
        if who == codes.MSM:
            position[i] = codes.RECEPTIVE if c * rng.WORD < receptive_share else codes.VERSATILE
            if c * rng.WORD >= 1.0 - insertive_share:
                position[i] = codes.INSERTIVE
            bisexual[i] = d * rng.WORD < bisexual_share
        elif who == codes.TRANS_WOMEN:
            position[i] = codes.RECEPTIVE
        sold = step == 0 and (role == codes.WORKER or role == codes.FORMER) and not immigrant[i]
        works_in = g if role == codes.WORKER else -1
        if sold and role == codes.FORMER:
            paused[i] = rng.uniform(key, uid[i], 0, 0, 12) < paused_at_start[of_class, g]
            last_group[i] = rng.first_above(paused_in[of_class, g], rng.uniform(key, uid[i], 0, 0, 14))
            works_in = last_group[i] if paused[i] else -1
        if works_in >= 0:  # who pauses has begun before, too; 4 is in place of a partner, as gammas take up to 3
            spells[i] = 1
            part_time[i] = rng.uniform(key, uid[i], 4, 1, 0) < part_time_share[works_in]
            managed[i] = rng.uniform(key, uid[i], 4, 1, 1) < manager_control[works_in]
            elapsed = 0.0
            if sold:
                hazard = max(leave_sex_work[works_in] * leaving_trait[i], 0.01)
                elapsed = rng.exponential(key, uid[i], 0, 0, 13) / hazard
            spell_start[i] = step - int(min(elapsed, time - birth[i] - codes.ADULT_AGE) / dt)
