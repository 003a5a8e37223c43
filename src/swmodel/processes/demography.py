"""Adults enter at 18 on a schedule fixed before the run, and sex workers arrive from elsewhere.

The schedule makes the population without HIV grow at about `growth_rate`: entrants = growth + expected deaths +
expected departures at `leave_age`, from a stable age structure. It depends on no lever, so that every scenario has the
same entrants. Women and men are numbered in the order of their birth, and a person's uid is that number and the sex;
so the men of any age are a known range of numbers, in which partners are drawn.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process

FIRST_IMMIGRANT = 2147483648  # uids of people who came as sex workers; below it, uid = 2 x number + 1 if male
CELLS_PER_YEAR = 12  # of the table of men by date of birth
HALF_SQRT = math.sqrt(0.5)  # of the variance of a pair, half comes from each partner


def stable_ages(growth, mortality, leave_age):
    """Rate of decline of the stable age density, and the share of people per year who enter at 18."""
    r = growth + mortality if abs(growth + mortality) > 1e-9 else 1e-9  # none would divide by zero
    return r, r / (1.0 - math.exp(-r * (leave_age - codes.ADULT_AGE)))


def whole(amounts):
    """Whole numbers whose running sum never differs from that of `amounts` by one or more; shape kept."""
    return np.diff(np.floor(np.cumsum(np.maximum(amounts, 0.0), axis=0) + 0.5), axis=0, prepend=0.0).astype(np.int64)


def exp(amounts):
    """The exponential of each amount; NumPy's own may differ in its last bit from one processor to another."""
    return np.array([math.exp(x) for x in amounts])


def before(counts):
    """How many came before each step; shape (steps + 1, ...)."""
    return np.concatenate((np.zeros((1, *counts.shape[1:]), np.int64), np.cumsum(counts, axis=0)))


def entering(context, growth, mortality, size):
    """Adults who enter in each step, everyone present at the start included; not whole."""
    dt, span = context.dt, context.value("leave_age") - codes.ADULT_AGE
    _, birth = stable_ages(growth[0], mortality[0], context.value("leave_age"))
    amounts = np.zeros(len(size))
    for s in range(len(size)):
        ago = (s + 0.5) * dt - span
        cohort = birth * context.people * math.exp(growth[0] * ago) if ago < 0 else amounts[int(ago / dt)]
        amounts[s] = (growth[s] + mortality[s]) * size[s] + cohort * math.exp(-mortality[s] * span)
    amounts *= dt
    amounts[0] += context.people
    return amounts


def men_by_birth(context, men, decline):
    """First date of birth, and the men scheduled who were born before each month from then on."""
    leave_age = context.value("leave_age")
    first = math.floor(context.times[0] - leave_age) - 1.0
    grid = first + np.arange(math.ceil((context.times[-1] - first) * CELLS_PER_YEAR) + 1) / CELLS_PER_YEAR
    years = np.clip(context.times[0] - grid - codes.ADULT_AGE, 0.0, leave_age - codes.ADULT_AGE)
    younger = (1.0 - exp(-decline * years)) / (1.0 - math.exp(-decline * (leave_age - codes.ADULT_AGE)))
    at_first = np.floor(men[0] * (1.0 - younger) + 0.5).astype(np.int64)
    later = np.searchsorted(context.times[1:] - codes.ADULT_AGE, grid)
    return first, at_first + before(men[1:])[later]


def schedule(context):
    """Entrants by step and sex, immigrants by step and work setting, start hazards by step and setting."""
    growth, mortality = context.series("growth_rate"), context.series("background_mortality")
    span, dt, women = context.value("leave_age") - codes.ADULT_AGE, context.dt, context.value("fraction_female")
    decline, _ = stable_ages(growth[0], mortality[0], context.value("leave_age"))
    size = context.people * exp(np.cumsum(growth * dt) - growth * dt / 2)
    amounts = entering(context, growth, mortality, size)
    entrants = whole(np.stack([amounts * women, amounts * (1.0 - women)], axis=1))
    wanted = context.series("sex_worker_share") * (size * women)[:, None]
    leaving = context.series("leave_sex_work")[:, codes.FIRST_SETTING :] + mortality[:, None]
    inflow = np.maximum(np.gradient(wanted, dt, axis=0) + wanted * leaving, 0.0) if len(size) > 1 else wanted * 0.0
    foreign = context.series("immigrant_share")[:, None]
    young = context.value("start_age_to")
    may_start = (1 - math.exp(-decline * (young - codes.ADULT_AGE))) / (1 - math.exp(-decline * span))
    start_hazard = inflow * (1 - foreign) / np.maximum(size * women * may_start, 1.0)[:, None]
    immigrants = whole(inflow * foreign * dt)
    first_birth, men_born = men_by_birth(context, entrants[:, 1], decline)
    return {
        "scheduled": entrants, "entrants_before": before(entrants), "immigrants": immigrants,
        "immigrants_before": before(immigrants.sum(axis=1)), "start_hazard": np.ascontiguousarray(start_hazard),
        "first_birth": first_birth, "men_born": men_born, "births_per_year": CELLS_PER_YEAR, "age_decline": decline,
        "may_start_share": may_start, "expected_people": size,
        "row_of_man": np.full(entrants[:, 1].sum(), -1, np.int32),
    }  # fmt: skip


@process(
    phase="demography",
    over="step",
    creates="people",
    prepare=schedule,
    prepares=(
        "scheduled",
        "entrants_before",
        "immigrants",
        "immigrants_before",
        "start_hazard",
        "first_birth",
        "men_born",
        "births_per_year",
        "age_decline",
        "may_start_share",
        "expected_people",
        "row_of_man",
    ),
    attributes=(
        Attr("birth", "f8", 0.0, "date of birth, as a year"),
        Attr("entered", "i4", -1, "step of entry"),
        Attr("sex", "i1", codes.FEMALE, "female or male (codes)"),
        Attr("immigrant", "b1", 0, "came from elsewhere to sell sex"),
    ),
    params=(
        Param(
            "growth_rate",
            0.027,
            "per year",
            (-0.05, 0.1),
            "Geidelberg cotonou_calibration: 2002-2016",
            "growth of the adult population without HIV",
        ),
        Param(
            "fraction_female",
            0.516,
            "proportion",
            (0.4, 0.6),
            "Geidelberg cotonou_calibration: 0.512-0.52",
            "share of adults who are women",
            constant=True,
        ),
        Param(
            "leave_age",
            65.0,
            "years of age",
            (30.0, 100.0),
            "assumption (end of the ages modelled)",
            "age at which people leave the model",
            constant=True,
        ),
        Param(
            "immigrant_share",
            0.0,
            "proportion",
            (0.0, 1.0),
            "P387 for Cotonou; none elsewhere until data say so",
            "share of women starting sex work who come from elsewhere",
        ),
    ),
    writes=("uid", "alive", "group", "birth", "entered", "sex", "immigrant", "row_of_man"),
)
def entry(new_rows, step, time, key,
          uid, alive, group, birth, entered, sex, immigrant, row_of_man,
          leave_age, start_age_to, scheduled, entrants_before, immigrants, immigrants_before, age_decline):  # fmt: skip
    """Write the people who enter in this step; at the first step, everyone, with stable ages, oldest first."""
    count = scheduled[step]
    need = count.sum() + immigrants[step].sum()
    if len(new_rows) == 0:
        return need
    row = 0
    for s in (codes.FEMALE, codes.MALE):
        scale = 1.0 - math.exp(-age_decline * (leave_age - codes.ADULT_AGE))
        for k in range(count[s]):
            i, row = new_rows[row], row + 1
            age = codes.ADULT_AGE
            if step == 0:
                age -= math.log(1.0 - (count[s] - k - 0.5) / count[s] * scale) / age_decline
            number = entrants_before[step, s] + k
            uid[i], alive[i], birth[i], entered[i] = 2 * number + s, True, time - age, step
            sex[i], group[i] = s, codes.MEN if s == codes.MALE else codes.WOMEN
            if s == codes.MALE:
                row_of_man[number] = i
    number = FIRST_IMMIGRANT + immigrants_before[step]
    for setting in range(immigrants.shape[1]):
        scale = 1.0 - math.exp(-age_decline * (start_age_to - codes.ADULT_AGE))
        for _ in range(immigrants[step, setting]):
            i, row = new_rows[row], row + 1
            uid[i], alive[i], entered[i], immigrant[i] = number, True, step, True
            number += 1
            age = codes.ADULT_AGE - math.log(1.0 - rng.uniform(key, uid[i], 0, 0, 0) * scale) / age_decline
            birth[i], group[i] = time - age, codes.FIRST_SETTING + setting
    return need


@process(
    phase="demography",
    over="entrants",
    attributes=(
        Attr("condom_propensity", "f8", 1.0, "personal odds of using a condom relative to the median"),
        Attr("market_trait", "f8", 1.0, "personal volume of paid contacts relative to the mean, gamma"),
        Attr("frailty", "f8", 1.0, "personal susceptibility to HIV relative to the mean, gamma"),
        Attr("circumcised", "b1", 0, "circumcised"),
        Attr("polygynous", "b1", 0, "may have two steady partners at a time"),
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
            "men circumcised",
        ),
        Param(
            "polygynous_share",
            0.15,
            "proportion",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "men who may have two steady partners",
        ),
        Param("client_share", 0.2, "proportion", (0.0, 0.9), "P289: 0.066-0.3", "share of men who buy sex"),
    ),
    writes=("group", "condom_propensity", "market_trait", "frailty", "circumcised", "polygynous"),
)
def traits(rows, step, time, key, uid, sex, birth, immigrant, start_age_to, may_start_share, sex_worker_share,
           group, condom_propensity, market_trait, frailty, circumcised, polygynous,
           worker_volume_shape, client_visit_shape, frailty_shape, circumcised_share, polygynous_share,
           client_share, condom_spread):  # fmt: skip
    """Draw what people keep for life; at the first step, also who sells and who buys sex."""
    for i in rows:
        man = sex[i] == codes.MALE
        condom_propensity[i] = math.exp(HALF_SQRT * condom_spread * rng.normal(key, uid[i], 0, 0, 0))
        market_trait[i] = rng.gamma(key, uid[i], 1, client_visit_shape if man else worker_volume_shape)
        frailty[i] = rng.gamma(key, uid[i], 2, frailty_shape)
        circumcised[i] = man and rng.uniform(key, uid[i], 0, 0, 3) < circumcised_share
        polygynous[i] = man and rng.uniform(key, uid[i], 0, 0, 4) < polygynous_share
        if step > 0 or immigrant[i]:
            continue
        u = rng.uniform(key, uid[i], 0, 0, 5)
        if man:
            if u < client_share:
                group[i] = codes.CLIENTS
        elif time - birth[i] < start_age_to:
            for s in range(len(sex_worker_share)):
                u -= sex_worker_share[s] / may_start_share
                if u < 0.0:
                    group[i] = codes.FIRST_SETTING + s
                    break
