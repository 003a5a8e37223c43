"""Adults enter at 18 on a schedule fixed before the run; sex workers and visitors arrive from elsewhere.

The schedule makes the population without HIV grow at about `growth_rate`: entrants = growth + expected deaths +
expected departures at `leave_age`, from a stable age structure. It depends on no lever, so that every scenario has the
same entrants. The people of a population and site are a block, numbered in the order of their birth; a person's uid is
that number and the sex, so the men of any age are a known range of numbers, in which partners are drawn.
"""

import math

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Param, process
from swmodel.projection import QUARTER, classes, entering, exp, first_shares, project, stable_ages, visitors

FIRST_IMMIGRANT = 2147483648  # uids of people who came from elsewhere; below it, uid = 2 x number + 1 if male
TINY = 1e-12  # guards divisions
CELLS_PER_YEAR = 12  # of the table of men by date of birth


def whole(amounts):
    """Whole numbers whose running sum never differs from that of `amounts` by one or more; shape kept."""
    return np.diff(np.floor(np.cumsum(np.maximum(amounts, 0.0), axis=0) + 0.5), axis=0, prepend=0.0).astype(np.int64)


def before(counts):
    """How many came before each step; shape (steps + 1, ...)."""
    return np.concatenate((np.zeros((1, *counts.shape[1:]), np.int64), np.cumsum(counts, axis=0)))


def blocks_of(layout):
    """Population and site of each block, in the order of the blocks; shape (blocks, 2)."""
    present = sorted(set(layout.tables["population_of"].tolist()))
    return np.array([(p, s) for p in present for s in range(max(1, len(layout.sites)))], np.int64)


def first_numbers(blocks, totals):
    """The number of the first person of each block; women are numbered apart from everyone else."""
    first = np.zeros(len(blocks), np.int64)
    for female in (True, False):
        chosen = np.flatnonzero((blocks[:, 0] == codes.WOMEN) == female)
        first[chosen] = np.concatenate(([0], np.cumsum(totals[chosen])[:-1]))
    return first


def men_by_birth(context, counts, first, decline):
    """First date of birth, and for each block the number after the last person born before each month from then on."""
    leave_age = context.value("leave_age")
    earliest = math.floor(context.times[0] - leave_age) - 1.0
    grid = earliest + np.arange(math.ceil((context.times[-1] - earliest) * CELLS_PER_YEAR) + 1) / CELLS_PER_YEAR
    years = np.clip(context.times[0] - grid - codes.ADULT_AGE, 0.0, leave_age - codes.ADULT_AGE)
    younger = (1.0 - exp(-decline * years)) / (1.0 - math.exp(-decline * (leave_age - codes.ADULT_AGE)))
    later = np.searchsorted(context.times[1:] - codes.ADULT_AGE, grid)
    born = [
        k + np.floor(count[0] * (1.0 - younger) + 0.5).astype(np.int64) + before(count[1:])[later]
        for k, count in zip(first, counts.T, strict=True)
    ]
    return earliest, np.array(born)


def chances(context, projection, blocks):
    """The chance of each group at entry, summed up along the groups; shape (classes, 1 + age cells, blocks, groups).

    Place 0 is for those who enter at 18 during the run, place 1 + c for those of age cell c at its start. Classes are
    of people by their own hazard of leaving sex work.
    """
    t, entry = context.layout.tables, first_shares(context)
    early = projection.first.transpose(0, 2, 1)
    late = np.broadcast_to(np.where(t["role_of"] == codes.OUTSIDE, entry, 0.0), (len(early), 1, len(entry)))
    amounts = np.concatenate((late, early), axis=1)
    made = np.zeros((*amounts.shape[:2], len(blocks), len(entry)))
    for b, (population, site) in enumerate(blocks):
        inside = (t["population_of"] == population) & (t["site_of"] == site)
        sums = np.cumsum(np.where(inside, amounts, 0.0), axis=2)
        made[:, :, b] = sums / np.maximum(sums[..., -1:], TINY)
    return made


def pausing(context, projection):
    """Of former workers at the start, the share who pause, and the setting that they left, summed up along the groups.

    Shapes (classes, groups) and (classes, groups, groups).
    """
    t, by_setting = context.layout.tables, projection.first_paused
    left = np.zeros((*by_setting.shape, by_setting.shape[1]))
    for g in np.flatnonzero(t["role_of"] == codes.WORKER):
        left[:, t["former_of"][g], g] = by_setting[:, g]
    share = left.sum(axis=2) / np.maximum(projection.first.sum(axis=2), TINY)
    left = np.cumsum(left, axis=2)
    return share, left / np.maximum(left[..., -1:], TINY)


def arriving(context, projection, people):
    """People who come from elsewhere, by step and group: to sell sex, or to stay for a while."""
    t, dt = context.layout.tables, context.dt
    amounts = projection.at("immigrants", context.times) * dt
    here = visitors(context)
    if here.any():
        stay = np.maximum(context.value("visitor_stay")[np.maximum(t["occupation_of"], 0)], dt)
        numbers, men = context.series("visitor_numbers"), np.zeros((len(people), len(here)))
        for g in np.flatnonzero(here & (t["role_of"] == codes.CLIENT)):
            residents = (t["population_of"] == codes.MEN) & (t["site_of"] == t["site_of"][g])
            share = context.value("occupation_share")[t["occupation_of"][g]] * numbers[:, g]
            men[:, g] = share * people[:, residents].sum(axis=1)
        still_there = np.zeros(len(here))
        for k in range(len(men)):  # where fewer are wanted, those who are there stay as long as they meant to
            men[k] = np.maximum(men[k], still_there)
            amounts[k] += men[k] - still_there
            still_there = men[k] * (1.0 - dt / stay)
        people += men
    return whole(amounts)


def schedule(context):
    """Entrants by step and block, arrivals by step and group, hazards of starting, and who is where at the start."""
    t, leave_age = context.layout.tables, context.value("leave_age")
    growth, mortality = context.series("growth_rate"), context.series("background_mortality")
    decline, _ = stable_ages(growth[0], mortality[0], leave_age)
    scale, young = context.value("start_age_scale"), context.value("start_age_to")
    ages = (np.arange(math.ceil((leave_age - codes.ADULT_AGE) / QUARTER)) + 0.5) * QUARTER
    starting = exp(-ages / scale) * np.clip((young - codes.ADULT_AGE - ages) / QUARTER + 0.5, 0.0, 1.0)
    projection = project(context, starting)
    size = context.people * exp(np.cumsum(growth * context.dt) - growth * context.dt / 2)
    amounts = entering(context, context.times, context.dt, size) * context.dt
    amounts[0] += context.people
    blocks, entry = blocks_of(context.layout), first_shares(context)
    shares = [
        entry[(t["population_of"] == p) & (t["site_of"] == s) & (t["role_of"] == codes.OUTSIDE)].sum()
        for p, s in blocks
    ]
    counts = whole(amounts[:, None] * np.array(shares))
    first = first_numbers(blocks, counts.sum(axis=0))
    people = projection.at("people", context.times)
    immigrants = arriving(context, projection, people)
    first_birth, men_born = men_by_birth(context, counts, first, decline)
    males = int(counts[:, blocks[:, 0] != codes.WOMEN].sum())
    paused_at_start, paused_in = pausing(context, projection)
    outside = np.flatnonzero(t["role_of"] == codes.OUTSIDE)
    place = {(p, s): b for b, (p, s) in enumerate(blocks.tolist())}
    of_group = [place[p, s] for p, s in zip(t["population_of"].tolist(), t["site_of"].tolist(), strict=True)]
    block_group = [next(g for g in outside if of_group[g] == b) for b in range(len(blocks))]
    return {
        "blocks": blocks, "block_of": np.array(of_group), "block_group": np.array(block_group), "scheduled": counts,
        "entrants_before": before(counts)[:-1] + first,
        "immigrants": immigrants, "immigrants_before": before(immigrants.sum(axis=1)),
        "start_hazard": projection.at("start", context.times), "first_birth": first_birth, "men_born": men_born,
        "births_per_year": CELLS_PER_YEAR, "age_decline": decline, "expected_people": people,
        "chance_of_group": chances(context, projection, blocks), "paused_at_start": paused_at_start,
        "paused_in": paused_in, "class_above": classes(context.value("leaving_shape"))[0],
        "origin": projection.at("origin", context.times), "row_of_man": np.full(males, -1, np.int32),
        "visiting": visitors(context),
    }  # fmt: skip


@process(
    phase="demography",
    over="step",
    creates="people",
    prepare=schedule,
    prepares=(
        "blocks",
        "block_of",
        "block_group",
        "scheduled",
        "entrants_before",
        "immigrants",
        "immigrants_before",
        "start_hazard",
        "first_birth",
        "men_born",
        "births_per_year",
        "age_decline",
        "expected_people",
        "chance_of_group",
        "paused_at_start",
        "paused_in",
        "class_above",
        "origin",
        "row_of_man",
        "visiting",
    ),
    attributes=(
        Attr("birth", "f8", 0.0, "date of birth, as a year"),
        Attr("entered", "i4", -1, "step of entry"),
        Attr("sex", "i1", codes.FEMALE, "female or male at birth (codes)"),
        Attr("home", "i1", 0, "site where the person lives when not on a trip"),
        Attr("immigrant", "b1", 0, "came from elsewhere, to sell sex or for a while"),
        Attr("migrant", "b1", 0, "came from elsewhere, or moved for good from another site"),
        Attr("stays_until", "i4", 2147483647, "step at which a visitor goes"),
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
            (0.3, 0.7),
            "Geidelberg cotonou_calibration: 0.512-0.52",
            "share of adults who are women",
            constant=True,
        ),
        Param(
            "site_share",
            1.0,
            "ratio",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "adults of each site at the start, relative to the other sites",
            by="site",
            constant=True,
        ),
        Param(
            "occupation_share",
            1.0,
            "ratio",
            (0.0, 1.0),
            "assumption (set it for each place)",
            "men of each occupation, relative to the others; visitors as a share of resident men",
            by="occupation",
            constant=True,
        ),
        Param(
            "msm_share",
            0.0089,
            "proportion",
            (0.0, 0.2),
            "P261: 0.0077-0.0095 of urban men in sub-Saharan Africa (Stevens 2024)",
            "men who have sex with men or with trans women, where such workers are in the model",
            constant=True,
        ),
        Param(
            "trans_share",
            0.001,
            "proportion",
            (0.0, 0.05),
            "P261: trans women are 0.0006-0.0012 of women in urban sub-Saharan Africa (Stevens 2024)",
            "trans women among people who were assigned male at birth, where they are in the model",
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
            "those who come from elsewhere, of all who start sex work",
            by="group",
        ),
        Param(
            "visitor_numbers",
            1.0,
            "ratio",
            (0.0, 1000.0),
            "assumption (as many as `occupation_share` says, at all times)",
            "visitors of an occupation at a site, relative to what `occupation_share` says",
            by="group",
        ),
        Param(
            "visitor_stay",
            0.0,
            "years",
            (0.0, 5.0),
            "assumption (none of the occupations visits unless the place says so)",
            "mean stay of people of an occupation who come as clients and go again; 0 for residents",
            by="occupation",
            constant=True,
        ),
    ),
    writes=(
        "uid",
        "alive",
        "group",
        "birth",
        "entered",
        "sex",
        "home",
        "immigrant",
        "migrant",
        "stays_until",
        "row_of_man",
    ),
)
def entry(new_rows, step, time, dt, key,
          uid, alive, group, birth, entered, sex, home, immigrant, migrant, stays_until, row_of_man,
          leave_age, start_age_to, start_age_scale, visitor_stay, blocks, block_group, scheduled, entrants_before,
          immigrants, immigrants_before, age_decline, role_of, population_of, site_of, occupation_of):  # fmt: skip
    """Write the people who enter in this step; at the first step, everyone, with stable ages, oldest first."""
    count = scheduled[step]
    need = np.int64(0)
    for b in range(len(count)):
        need += count[b]
    for g in range(immigrants.shape[1]):
        need += immigrants[step, g]
    if len(new_rows) == 0:
        return need
    row = 0
    everyone = 1.0 - math.exp(-age_decline * (leave_age - codes.ADULT_AGE))
    for b in range(len(count)):
        s = codes.FEMALE if blocks[b, 0] == codes.WOMEN else codes.MALE
        for k in range(count[b]):
            i, row = new_rows[row], row + 1
            age = codes.ADULT_AGE
            if step == 0:
                age -= math.log(1.0 - (count[b] - k - 0.5) / count[b] * everyone) / age_decline
            number = entrants_before[step, b] + k
            uid[i], alive[i], birth[i], entered[i] = 2 * number + s, True, time - age, step
            sex[i], home[i], group[i] = s, blocks[b, 1], block_group[b]
            if s == codes.MALE:
                row_of_man[number] = i
    number = FIRST_IMMIGRANT + immigrants_before[step]
    for g in range(immigrants.shape[1]):
        sells = role_of[g] == codes.WORKER
        decline = age_decline + (1.0 / start_age_scale if sells else 0.0)
        oldest = min(start_age_to, leave_age) if sells else leave_age
        width = 1.0 - math.exp(-decline * (oldest - codes.ADULT_AGE))
        for _ in range(immigrants[step, g]):
            i, row = new_rows[row], row + 1
            uid[i], alive[i], entered[i], group[i], home[i] = number, True, step, g, site_of[g]
            immigrant[i], migrant[i] = True, True
            number += 1
            age = codes.ADULT_AGE - math.log(1.0 - rng.uniform(key, uid[i], 0, 0, 0) * width) / decline
            birth[i] = time - age
            sex[i] = codes.FEMALE if population_of[g] == codes.WOMEN else codes.MALE
            if not sells:
                u = rng.uniform(key, uid[i], 0, 0, 1)
                stays_until[i] = step + rng.whole_steps(visitor_stay[occupation_of[g]], dt, u)
    return need
