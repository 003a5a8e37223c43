"""Adults enter at 18 on a schedule fixed before the run, and sex workers arrive from elsewhere.

The schedule makes the population without HIV grow at exactly `growth_rate`: entrants = growth + expected deaths +
expected departures at `leave_age`, from a stable age structure. It depends on no lever, so that every scenario has the
same entrants: the k-th of a month is the same person (uid) everywhere.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process

MONTH_ROOM = 524288  # uids kept for the entrants of one month; immigrants take the upper half
FIRST_ENTRANT = 2147483648


def stable_ages(growth, mortality, leave_age):
    """Rate of decline of the stable age density, and the share of people per year who enter at 18."""
    r = max(growth + mortality, 1e-9)
    return r, r / (1.0 - math.exp(-r * (leave_age - codes.ADULT_AGE)))


def whole(amounts):
    """Whole numbers whose running sum never differs from that of `amounts` by one or more; shape kept."""
    return np.diff(np.floor(np.cumsum(np.maximum(amounts, 0.0), axis=0) + 0.5), axis=0, prepend=0.0).astype(np.int64)


def schedule(context):
    """Entrants by step and sex, immigrants by step and work setting, start hazards by step and setting."""
    growth, mortality = context.series("growth_rate"), context.series("background_mortality")
    leave = context.value("leave_age")
    span, dt, women = leave - codes.ADULT_AGE, context.dt, context.value("fraction_female")
    r, birth = stable_ages(growth[0], mortality[0], leave)
    size = context.people * np.exp(np.cumsum(growth * dt) - growth * dt / 2)
    entering = np.zeros(len(size))
    for s in range(len(size)):
        ago = (s + 0.5) * dt - span
        before = birth * context.people * math.exp(growth[0] * ago) if ago < 0 else entering[int(ago / dt)]
        entering[s] = (growth[s] + mortality[s]) * size[s] + before * math.exp(-mortality[s] * span)
    entering *= dt
    entering[0] += context.people
    entrants = np.stack([whole(entering * women), whole(entering) - whole(entering * women)], axis=1)
    wanted = context.series("sex_worker_share") * (size * women)[:, None]
    leaving = context.series("leave_sex_work")[:, codes.FIRST_SETTING :] + mortality[:, None]
    inflow = np.maximum(np.gradient(wanted, dt, axis=0) + wanted * leaving, 0.0) if len(size) > 1 else wanted * 0.0
    foreign = context.series("immigrant_share")[:, None]
    young = context.value("start_age_to")
    may_start = (1 - math.exp(-r * (young - codes.ADULT_AGE))) / (1 - math.exp(-r * span))
    start_hazard = inflow * (1 - foreign) / np.maximum(size * women * may_start, 1.0)[:, None]
    immigrants = whole(inflow * foreign * dt)
    month = np.floor(np.arange(len(size)) * dt * 12 + 1e-9).astype(np.int64)
    offset = np.zeros((len(size), 2), np.int64)
    for s in range(1, len(size)):
        if month[s] == month[s - 1]:
            offset[s] = offset[s - 1] + (0 if s == 1 else entrants[s - 1].sum(), immigrants[s - 1].sum())
    lots = 2 ** max(0, round(math.log2(max(context.people / 400.0, 1.0))))
    return {
        "entrants": entrants, "immigrants": immigrants, "start_hazard": np.ascontiguousarray(start_hazard),
        "entry_month": month, "entry_offset": offset, "age_decline": r, "may_start_share": may_start, "lots": lots,
    }  # fmt: skip


@process(
    phase="demography",
    over="step",
    creates="people",
    prepare=schedule,
    prepares=(
        "entrants",
        "immigrants",
        "start_hazard",
        "entry_month",
        "entry_offset",
        "age_decline",
        "may_start_share",
        "lots",
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
        ),
        Param(
            "leave_age",
            65.0,
            "years of age",
            (30.0, 100.0),
            "assumption (end of the ages modelled)",
            "age at which people leave the model",
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
    writes=("uid", "alive", "group", "birth", "entered", "sex", "immigrant"),
)
def entry(new_rows, step, time, key,
          uid, alive, group, birth, entered, sex, immigrant,
          leave_age, start_age_to, entrants, immigrants, entry_month, entry_offset, age_decline):  # fmt: skip
    """Write the people who enter in this step; at the first step, everyone, with stable ages."""
    women, men = entrants[step, 0], entrants[step, 1]
    need = women + men + immigrants[step].sum()
    if len(new_rows) == 0:
        return need
    base = np.int64(0)
    if step > 0:
        base = np.int64(FIRST_ENTRANT) + entry_month[step] * np.int64(MONTH_ROOM)
    setting, done = 0, 0
    for k in range(need):
        i = new_rows[k]
        person = base + entry_offset[step, 0] + k
        g, span = codes.WOMEN, leave_age - codes.ADULT_AGE
        if k >= women + men:
            while done >= immigrants[step, setting]:
                setting, done = setting + 1, 0
            done += 1
            person = np.int64(FIRST_ENTRANT) + entry_month[step] * np.int64(MONTH_ROOM) + np.int64(MONTH_ROOM // 2)
            person += entry_offset[step, 1] + k - women - men
            g = codes.FIRST_SETTING + setting
            span = start_age_to - codes.ADULT_AGE
        elif k >= women:
            g = codes.MEN
        uid[i] = np.uint32(person)
        age = codes.ADULT_AGE
        if step == 0 or k >= women + men:
            u = rng.uniform(key, uid[i], 0, 0, 0)
            age -= math.log(1.0 - u * (1.0 - math.exp(-age_decline * span))) / age_decline
        alive[i], group[i], birth[i], entered[i] = True, g, time - age, step
        sex[i] = codes.MALE if g == codes.MEN else codes.FEMALE
        immigrant[i] = k >= women + men
    return need


@process(
    phase="demography",
    attributes=(
        Attr("condom_trait", "f8", 0.0, "personal propensity to use condoms, standard normal"),
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
    writes=("group", "condom_trait", "market_trait", "frailty", "circumcised", "polygynous"),
)
def traits(lo, hi, step, time, key, uid, sex, entered, birth, start_age_to, may_start_share, sex_worker_share,
           group, condom_trait, market_trait, frailty, circumcised, polygynous,
           worker_volume_shape, client_visit_shape, frailty_shape, circumcised_share, polygynous_share,
           client_share):  # fmt: skip
    """Draw what people keep for life; at the first step, also who sells and who buys sex."""
    for i in range(lo, hi):
        if entered[i] != step:
            continue
        man = sex[i] == codes.MALE
        condom_trait[i] = rng.normal(key, uid[i], 0, 0, 0)
        market_trait[i] = rng.gamma(key, uid[i], 1, client_visit_shape if man else worker_volume_shape)
        frailty[i] = rng.gamma(key, uid[i], 2, frailty_shape)
        circumcised[i] = man and rng.uniform(key, uid[i], 0, 0, 3) < circumcised_share
        polygynous[i] = man and rng.uniform(key, uid[i], 0, 0, 4) < polygynous_share
        if step > 0:
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
