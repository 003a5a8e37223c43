"""People start, pause, return to, change the setting of and leave sex work; men start and stop buying sex.

The hazards of starting are worked out before the run, so that without HIV each work setting and each group of clients
keeps its share. They are means: who is likelier to start is drawn when somebody's clock has run out, which is exact.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process


@rng.helper
def highest(ratios):
    """The highest of some rate ratios, at least 1."""
    most = 1.0
    for ratio in ratios:
        most = max(most, ratio)
    return most


@rng.helper
def mean_of_ranks(ratio):
    """The mean of ratio ** rank over ranks from 0 to 1."""
    return (ratio - 1.0) / math.log(ratio) if abs(ratio - 1.0) > 1e-9 else 1.0


@rng.helper
def start_scale(start_education, education_share, start_need, start_debt, debt_share):
    """The mean of the rate ratios of starting over everybody, so that who is likelier changes not how many start."""
    by_education = mean_of_levels(education_share, start_education)
    return by_education * mean_of_ranks(start_need) * (1.0 + debt_share * (start_debt - 1.0))


@rng.helper
def hazards(start, most, restart_ratio, stop_buying, pause_rate, switch_rate, role_of, outside_of, former_of):
    """The hazard of each group's clock, without that of leaving sex work, which is personal; shape (groups,)."""
    hazard = np.zeros(len(start))
    for g in range(len(start)):
        if role_of[g] == codes.CLIENT:
            hazard[outside_of[g]] += start[g]
            hazard[g] += stop_buying[g]
        elif role_of[g] == codes.WORKER:
            hazard[outside_of[g]] += start[g] * most
            hazard[former_of[g]] += start[g] * most * restart_ratio
            hazard[g] += pause_rate[g] + switch_rate[g]
    return hazard


@rng.helper
def started(g, u, start, most, restart_ratio, role_of, outside_of, former_of):
    """What somebody of group `g` starts, given `u` uniform below the total hazard: a group, or `g` itself."""
    for d in range(len(start)):
        if role_of[d] == codes.CLIENT and outside_of[d] == g:
            u -= start[d]
        elif role_of[d] == codes.WORKER and outside_of[d] == g:
            u -= start[d] * most
        elif role_of[d] == codes.WORKER and former_of[d] == g:
            u -= start[d] * most * restart_ratio
        if u < 0.0:
            return d
    return np.int64(g)


@rng.helper
def another_setting(g, u, share, role_of, population_of, site_of):
    """The work setting to which somebody of setting `g` changes, in proportion to the shares; `g` if there is none."""
    total, last = 0.0, np.int64(g)
    for d in range(len(share)):
        if d != g and role_of[d] == codes.WORKER and population_of[d] == population_of[g] and site_of[d] == site_of[g]:
            total += share[d]
    u *= total
    for d in range(len(share)):
        if d != g and role_of[d] == codes.WORKER and population_of[d] == population_of[g] and site_of[d] == site_of[g]:
            u -= share[d]
            if u < 0.0:
                return np.int64(d)
    return last


@rng.helper
def mean_of_levels(shares, ratios):
    """The mean of `ratios`, weighted by `shares`."""
    total, weight = 0.0, 0.0
    for k in range(len(shares)):
        total += shares[k] * ratios[k]
        weight += shares[k]
    return total / max(weight, 1e-12)


@process(
    phase="movement",
    attributes=(
        Attr("role_clock", "f8", 0.0, "time left before the next change of role", clock=True),
        Attr("role_times", "u2", 0, "how often that clock ran out"),
        Attr("start_rate", "f8", 1.0, "relative hazard of starting to sell or buy sex", reset=True),
        Attr("exit_rate", "f8", 1.0, "relative hazard of leaving sex work", reset=True),
        Attr("cause", "i1", codes.STAYS, "why the person leaves in this step (codes)"),
        Attr("paused", "b1", 0, "paused sex work and will return"),
        Attr("spells", "u2", 0, "times that the person started or returned to sex work"),
        Attr("spell_start", "i4", 0, "step at which the person first sold sex since last leaving for good"),
        Attr("last_group", "u1", 0, "group in which somebody who pauses sold sex"),
        Attr("part_time", "b1", 0, "sells sex part-time"),
        Attr("managed", "b1", 0, "works under the control of a manager"),
    ),
    params=(
        Param(
            "sex_worker_share",
            0.0016,
            "proportion",
            (0.0, 0.9),
            "P271: 0.0048 (0.0024-0.0143) of women, over three settings",
            "people of the population of a work setting, at each site, who sell sex there",
            by="group",
        ),
        Param("leave_sex_work", 0.165, "per year", (0.0, 5.0), "P326: 0-0.33", "hazard of leaving for good", by="group"),
        Param(
            "pause_rate",
            0.0,
            "per year",
            (0.0, 12.0),
            "assumption (none until data say so; P331 has 0.55 stop at least once in a year among those who inject)",
            "hazard of a pause in sex work",
            by="group",
        ),
        Param(
            "resume_rate",
            2.0,
            "per year",
            (0.01, 12.0),
            "assumption (half a year's pause; no source opened)",
            "hazard of return from a pause, by the setting that was left",
            by="group",
        ),
        Param(
            "switch_rate",
            0.0,
            "per year",
            (0.0, 5.0),
            "assumption (none until data say so; P334: 0.372 changed their main setting in about two years)",
            "hazard of a change of work setting",
            by="group",
        ),
        Param(
            "restart_ratio",
            1.0,
            "rate ratio",
            (0.0, 50.0),
            "assumption (as likely as anyone of the same age)",
            "hazard of starting of those who left for good, relative to those who never sold sex",
            constant=True,
        ),
        Param(
            "start_age_to",
            45.0,
            "years of age",
            (19.0, 65.0),
            "assumption (few start later)",
            "age from which nobody starts",
            constant=True,
        ),
        Param(
            "start_age_scale",
            1000.0,
            "years",
            (1.0, 1000.0),
            "assumption (no fall with age; P313, a recollection, has people start at 23 on average)",
            "years of age over which the hazard of starting falls to 0.37",
            constant=True,
        ),
        Param(
            "start_education",
            1.0,
            "rate ratio",
            (0.0, 10.0),
            "assumption (no difference until data say so)",
            "hazard of starting by level of education",
            by="education",
        ),
        Param(
            "start_need",
            1.0,
            "rate ratio",
            (0.1, 50.0),
            "assumption (no difference until data say so)",
            "hazard of starting of those most in need, relative to those least in need",
        ),
        Param(
            "start_debt",
            1.0,
            "rate ratio",
            (0.1, 20.0),
            "assumption (no difference until data say so)",
            "hazard of starting of those in debt, relative to others",
        ),
        Param(
            "start_hiv",
            {"susceptible": 1.0, "acute": 1.0, "cd4_over_500": 1.0, "cd4_350_500": 0.88, "cd4_200_350": 0.65,
             "cd4_below_200": 0.4},
            "rate ratio",
            (0.0, 1.0),
            "P329: reductions by stage of 0, 0.12, 0.35 and 0.6 (Thembisa)",
            "hazard of starting by stage of HIV",
            by="hiv_stage",
        ),
        Param(
            "start_diagnosed", 0.63, "rate ratio", (0.0, 1.0), "P330: 0.4-1", "hazard of starting after a diagnosis of HIV"
        ),
        Param(
            "leave_hiv",
            {"susceptible": 1.0, "acute": 1.0, "cd4_over_500": 1.0, "cd4_350_500": 1.0, "cd4_200_350": 1.5,
             "cd4_below_200": 3.0},
            "rate ratio",
            (0.0, 10.0),
            "P328: 1.5 and 3 in the last two stages",
            "hazard of leaving by stage of HIV, not on suppressive ART",
            by="hiv_stage",
        ),
        Param(
            "leave_debt",
            1.0,
            "rate ratio",
            (0.0, 5.0),
            "assumption (no difference until data say so)",
            "hazard of leaving of those in debt, relative to others",
        ),
        Param(
            "leave_need",
            1.0,
            "rate ratio",
            (0.02, 10.0),
            "assumption (no difference until data say so)",
            "hazard of leaving of those most in need, relative to those least in need",
        ),
        Param(
            "leave_migrant",
            1.0,
            "rate ratio",
            (0.0, 5.0),
            "assumption (no difference until data say so)",
            "hazard of leaving of those who came from elsewhere, relative to others",
        ),
        Param(
            "part_time_share",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (none until data say so)",
            "people who sell sex part-time, by work setting",
            by="group",
        ),
        Param(
            "manager_control",
            0.0,
            "proportion",
            (0.0, 1.0),
            "assumption (none until data say so)",
            "people who sell sex under the control of a manager, by the work setting in which they start",
            by="group",
        ),
        Param(
            "managed_leaving",
            1.0,
            "rate ratio",
            (0.0, 2.0),
            "assumption (no difference until data say so)",
            "hazard of leaving under the control of a manager, relative to others",
        ),
        Param(
            "outreach_visibility",
            1.0,
            "ratio",
            (0.0, 10.0),
            "assumption (programmes find everybody alike until data say so)",
            "how easily programmes find somebody, relative to others, by group",
            by="group",
        ),
        Param(
            "return_home_share",
            0.5,
            "proportion",
            (0.0, 1.0),
            "assumption (no source opened)",
            "people from elsewhere who go away when they leave sex work",
            constant=True,
        ),
        Param("client_share", 0.2, "proportion", (0.0, 0.9), "P289: 0.066-0.3",
              "men who buy sex, of those who would buy from the population", by="group", section="clients"),
        Param("stop_buying", 0.15, "per year", (0.0, 5.0), "P291: 0-0.295", "hazard of stopping to buy sex", by="group", section="clients"),
    ),
    counters=(
        Counter("spells_begun", "people who started to sell sex, by the setting"),
        Counter("spells_ended", "people who left sex work for good, by the setting"),
        Counter("spell_years", "years since the start of those who left for good, by the setting", expected=True),
        Counter("pauses", "people who paused, by the setting"),
        Counter("returns", "people who returned from a pause, by the setting"),
        Counter("switches", "people who changed the setting, by the new one"),
        Counter("buying_begun", "men who started to buy sex"),
        Counter("buying_ended", "men who stopped buying sex"),
    ),
    writes=("group", "role_clock", "role_times", "cause", "paused", "spells", "spell_start", "part_time", "managed",
            "last_group"),
)  # fmt: skip
def roles(lo, hi, step, dt, time, key, uid, alive, birth, immigrant, education, need, indebted, leaving_trait,
          hiv_stage, care_state, start_rate, exit_rate,
          group, role_clock, role_times, cause, paused, spells, spell_start, part_time, managed, last_group,
          sex_worker_share, leave_sex_work, pause_rate, resume_rate, switch_rate, restart_ratio, start_age_to,
          start_age_scale, start_education, start_need, start_debt, start_hiv, start_diagnosed, leave_hiv, leave_debt,
          leave_need, leave_migrant, part_time_share, manager_control, managed_leaving,
          return_home_share, stop_buying, education_share, debt_share,
          start_hazard, role_of, population_of, outside_of, former_of, site_of, at_site,
          spells_begun, spells_ended, spell_years, pauses, returns, switches, buying_begun, buying_ended):  # fmt: skip
    """Run down each person's clock at the hazard of the group, and settle what happens when it runs out.

    Those outside run at the highest hazard that anybody of their group has; what is too much is drawn away.
    """
    start = start_hazard[step]
    scale = start_scale(start_education, education_share, start_need, start_debt, debt_share)
    most = highest(start_education) * max(1.0, start_need) * max(1.0, start_debt) / scale
    usual = (1.0 + debt_share * (leave_debt - 1.0)) * mean_of_ranks(leave_need)
    hazard = hazards(start, most, restart_ratio, stop_buying, pause_rate, switch_rate, role_of, outside_of, former_of)
    for i in range(lo, hi):
        g = group[i]
        role, rate, ratio = role_of[g], hazard[g], 0.0
        if role == codes.OUTSIDE:
            rate *= start_rate[i]
        elif role == codes.WORKER:
            ratio = leaving_trait[i] * exit_rate[i] * leave_need ** need[i] / usual
            ratio *= leave_debt if indebted[i] else 1.0
            ratio *= leave_migrant if immigrant[i] else 1.0
            ratio *= managed_leaving if managed[i] else 1.0
            ratio *= leave_hiv[hiv_stage[i]] if care_state[i] != codes.SUPPRESSED else 1.0
            rate = hazard[g] + leave_sex_work[g] * ratio
        elif role == codes.FORMER:
            rate = resume_rate[last_group[i]] if paused[i] else rate * start_rate[i]
        if not rng.run_down(role_clock, i, rate * dt) or not alive[i]:
            continue
        role_times[i] += 1
        u = rng.uniform(key, uid[i], 1, role_times[i], 0)
        if role == codes.CLIENT:
            group[i] = outside_of[g]
            buying_ended[g] += 1
        elif role == codes.WORKER:
            leaves = leave_sex_work[g] * ratio
            if u * rate < leaves:
                spells_ended[g] += 1
                spell_years[g] += rng.tally((step + 1 - spell_start[i]) * dt)
                group[i] = former_of[g]
                if immigrant[i] and rng.uniform(key, uid[i], 1, role_times[i], 1) < return_home_share:
                    cause[i] = codes.MOVED_AWAY
            elif u * rate < leaves + pause_rate[g]:
                pauses[g] += 1
                group[i], last_group[i], paused[i] = former_of[g], g, True
            else:
                v = rng.uniform(key, uid[i], 1, role_times[i], 1)
                group[i] = another_setting(g, v, sex_worker_share, role_of, population_of, site_of)
                switches[group[i]] += 1
        elif paused[i]:
            group[i], paused[i] = at_site[last_group[i], site_of[g]], False
            spells[i] += 1
            returns[group[i]] += 1
        else:
            d = started(g, u * hazard[g], start, most, restart_ratio, role_of, outside_of, former_of)
            if role_of[d] == codes.CLIENT:
                group[i] = d
                buying_begun[d] += 1
            elif role_of[d] == codes.WORKER:
                ratio = start_education[education[i]] * start_need ** need[i] / scale
                ratio *= start_debt if indebted[i] else 1.0
                ratio *= start_hiv[hiv_stage[i]] * (start_diagnosed if care_state[i] > codes.UNDIAGNOSED else 1.0)
                age = time - birth[i]
                ratio *= math.exp((codes.ADULT_AGE - age) / start_age_scale) if age < start_age_to else 0.0
                if rng.uniform(key, uid[i], 1, role_times[i], 1) * most < ratio:
                    group[i], spell_start[i] = d, step
                    spells[i] += 1
                    part_time[i] = rng.uniform(key, uid[i], 2, spells[i], 0) < part_time_share[d]
                    managed[i] = rng.uniform(key, uid[i], 2, spells[i], 1) < manager_control[d]
                    spells_begun[d] += 1
        # What is left of the step counts towards the next change; of a worker who just started, at the mean hazard.
        g, rest = group[i], rng.unspent(role_clock, i, rate * dt) * dt
        after = hazard[g] + (leave_sex_work[g] * (ratio if role == codes.WORKER else leaving_trait[i]))
        if role_of[g] != codes.WORKER:
            after = resume_rate[last_group[i]] if paused[i] else hazard[g] * start_rate[i]
        rng.rewind(role_clock, i, key, uid[i], role_times[i], rest * after)
