"""Hazards of changing role: how much likelier somebody is than others to start or leave sex work, and what is started.

The means over everybody of what people have for life (education, need, debt) are kept at 1, so that who is likelier
changes not how many are. Age, moves and HIV change how many are, too.
"""

import math

import numpy as np

from swmodel import codes
from swmodel.rng import helper

YOUNG = 25.0  # years of age below which the rate ratio of leaving for the young applies


def at_the_start(context):
    """Shares of people by level of education when the run begins, to which hazards are relative; shape (levels,).

    So that where more people go to school, fewer start to sell sex.
    """
    return {"education_at_start": context.series("education_share")[0].copy()}


@helper
def highest(ratios):
    """The highest of some rate ratios, at least 1."""
    most = 1.0
    for ratio in ratios:
        most = max(most, ratio)
    return most


@helper
def mean_of_ranks(ratio):
    """The mean of ratio ** rank over ranks from 0 to 1."""
    return (ratio - 1.0) / math.log(ratio) if abs(ratio - 1.0) > 1e-9 else 1.0


@helper
def start_scale(start_education, education_share, start_need, start_debt, debt_share):
    """The mean of the rate ratios of starting over everybody, so that who is likelier changes not how many start."""
    by_education = mean_of_levels(education_share, start_education)
    return by_education * mean_of_ranks(start_need) * (1.0 + debt_share * (start_debt - 1.0))


@helper
def highest_start(start_education, start_need, start_debt, start_migrant):
    """The highest product of the rate ratios of starting that anybody may have."""
    return highest(start_education) * max(1.0, start_need) * max(1.0, start_debt) * max(1.0, start_migrant)


@helper
def usual_leaving(education_share, leave_education, debt_share, leave_debt, leave_need):
    """The mean of the rate ratios of leaving over everybody, for what people have for life."""
    by_education = mean_of_levels(education_share, leave_education)
    return by_education * (1.0 + debt_share * (leave_debt - 1.0)) * mean_of_ranks(leave_need)


@helper
def hazards(start, most, restart_ratio, stop_buying, pause_rate, switch_rate, visiting, role_of, outside_of, former_of):
    """The hazard of each group's clock, without that of leaving sex work, which is personal; shape (groups,)."""
    hazard = np.zeros(len(start))
    for g in range(len(start)):
        if role_of[g] == codes.CLIENT:
            hazard[outside_of[g]] += start[g]
            hazard[g] += 0.0 if visiting[g] else stop_buying[g]
        elif role_of[g] == codes.WORKER:
            hazard[outside_of[g]] += start[g] * most
            hazard[former_of[g]] += start[g] * most * restart_ratio
            hazard[g] += pause_rate[g] + switch_rate[g]
    return hazard


@helper
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


@helper
def another_setting(g, u, pushed, share, displaced_to, role_of, population_of, site_of):
    """The work setting to which somebody of setting `g` changes, in proportion to the shares, and to the pull on those
    who are pushed out; `g` if there is none.
    """
    pull = np.zeros(len(share))
    for d in range(len(share)):
        if d != g and role_of[d] == codes.WORKER and population_of[d] == population_of[g] and site_of[d] == site_of[g]:
            pull[d] = share[d] * (displaced_to[d] if pushed else 1.0)
    u *= pull.sum()
    for d in range(len(share)):
        u -= pull[d]
        if u < 0.0:
            return np.int64(d)
    return np.int64(g)


@helper
def mean_of_levels(shares, ratios):
    """The mean of `ratios`, weighted by `shares`."""
    total, weight = 0.0, 0.0
    for k in range(len(shares)):
        total += shares[k] * ratios[k]
        weight += shares[k]
    return total / max(weight, 1e-12)


@helper
def rate_of_change(role, hazard, start_rate, paused, resume_rate, leaving, switching):
    """The hazard under which somebody changes role, given that of the group and what is personal.

    `leaving` is that of leaving sex work, `switching` what is added to the group's for a change of setting.
    """
    if role == codes.WORKER:
        return hazard + leaving + switching
    if role == codes.FORMER and paused:
        return resume_rate
    return hazard if role == codes.CLIENT else hazard * start_rate


@helper
def start_ratio(education, need, indebted, migrant, stage, diagnosed, age, scale, start_education, start_need,
                start_debt, start_migrant, start_hiv, start_diagnosed, start_age_to, start_age_scale):  # fmt: skip
    """How much likelier somebody is to start sex work than the mean of everybody aged 18, by all that matters."""
    if age >= start_age_to:
        return 0.0
    ratio = start_education[education] * start_need**need / scale
    ratio *= start_debt if indebted else 1.0
    ratio *= start_migrant if migrant else 1.0
    ratio *= start_hiv[stage] * (start_diagnosed if diagnosed else 1.0)
    return ratio * math.exp((codes.ADULT_AGE - age) / start_age_scale)


@helper
def leaving_ratio(trait, exit_rate, age, of_education, need, indebted, migrant, of_stage, usual,
                  leave_young, leave_need, leave_debt, leave_migrant):  # fmt: skip
    """How much likelier somebody is to leave sex work than the mean of those who start, by all but her manager.

    `of_education` and `of_stage` are the rate ratios of her education and, unless she is suppressed, her stage of HIV.
    They are numbers, as a list among the arguments would be counted at every call.
    """
    if usual <= 0.0:  # nobody leaves
        return 0.0
    ratio = np.float64(trait) * exit_rate * of_education * leave_need**need / usual
    ratio *= leave_young if age < YOUNG else 1.0
    ratio *= leave_debt if indebted else 1.0
    ratio *= leave_migrant if migrant else 1.0
    return ratio * of_stage
