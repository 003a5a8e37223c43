"""People start, pause, return to, change the setting of and leave sex work; men start and stop buying sex.

The hazards of starting are worked out before the run, so that without HIV each work setting and each group of clients
keeps its share. They are means: who is likelier to start is drawn when somebody's clock has run out, which is exact.
"""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, Roll, process
from swmodel.rates import (
    another_setting,
    at_the_start,
    hazards,
    highest_start,
    leaving_ratio,
    rate_of_change,
    start_ratio,
    start_scale,
    started,
    usual_leaving,
)


@process(
    phase="movement",
    over="step",
    prepare=at_the_start,
    prepares=("education_at_start",),
    attributes=(
        Attr("role_clock", "f8", 0.0, "time left before the next change of role", clock=True),
        Attr("role_times", "u2", 0, "how often that clock ran out"),
        Attr("start_rate", "f4", 1.0, "relative hazard of starting to sell or buy sex", reset=True),
        Attr("exit_rate", "f4", 1.0, "relative hazard of leaving sex work", reset=True),
        Attr("moving_rate", "f4", 1.0, "relative hazard of a change of work setting", reset=True),
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
        Param("leave_sex_work", 0.165, "per year", (0.0, 5.0),
              "P326: 0-0.33", "hazard of leaving for good", by="group"),
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
        Param("displaced_to", 1.0, "ratio", (0.0, 100.0),
              "assumption (to each by its number of workers, until the place says where people are pushed to)",
              "pull on those whom police or closures push out of another setting, for its number of workers",
              by="group"),
        Param(
            "restart_ratio",
            1.0,
            "rate ratio",
            (0.0, 50.0),
            "assumption (as likely as anyone of the same age)",
            "hazard of starting of those who left for good, relative to those who never sold sex",
            constant=True,
        ),
        Param("start_age_to", 45.0, "years of age", (19.0, 65.0),
              "assumption (few start later)", "age from which nobody starts", constant=True),
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
            "start_migrant",
            1.0,
            "rate ratio",
            (0.1, 20.0),
            "assumption (no difference until data say so)",
            "hazard of starting of those who moved for good from another site, relative to others",
        ),
        Param(
            "start_hiv",
            {"cd4_350_500": 0.88, "cd4_200_350": 0.65, "cd4_below_200": 0.4, "all": 1.0},
            "rate ratio",
            (0.0, 1.0),
            "P329: reductions by stage of 0, 0.12, 0.35 and 0.6 (Thembisa)",
            "hazard of starting by stage of HIV",
            by="hiv_stage",
        ),
        Param("start_diagnosed", 0.63, "rate ratio", (0.0, 1.0),
              "P330: 0.4-1", "hazard of starting after a diagnosis of HIV"),
        Param(
            "leave_young",
            1.0,
            "rate ratio",
            (0.0, 10.0),
            "assumption (no difference until data say so)",
            "hazard of leaving below 25 years of age, relative to others",
        ),
        Param(
            "leave_education",
            1.0,
            "rate ratio",
            (0.0, 10.0),
            "assumption (no difference until data say so)",
            "hazard of leaving by level of education",
            by="education",
        ),
        Param(
            "leave_hiv",
            {
                "susceptible": 1.0,
                "acute": 1.0,
                "cd4_over_500": 1.0,
                "cd4_350_500": 1.0,
                "cd4_200_350": 1.5,
                "cd4_below_200": 3.0,
            },
            "rate ratio",
            (0.0, 10.0),
            "P328: 1.5 and 3 in the last two stages",
            "hazard of leaving by stage of HIV, not on suppressive ART",
            by="hiv_stage",
        ),
        Param("leave_debt", 1.0, "rate ratio", (0.0, 5.0),
              "assumption (no difference until data say so)", "hazard of leaving of those in debt, relative to others"),
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
            "hazard of leaving of those who came from elsewhere or moved for good, relative to others",
        ),
        Param("part_time_share", 0.0, "proportion", (0.0, 1.0),
              "assumption (none until data say so)", "people who sell sex part-time, by work setting", by="group"),
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
    ),
    rolls=(Roll("turning", "rows of people whose clock of roles runs out in this step"),),
    writes=("role_clock",),
)  # fmt: skip
def role_clocks(n_people, step, dt, time, alive, birth, group, migrant, education, need, indebted, leaving_trait,
                paused, managed, last_group, hiv_stage, care_state, start_rate, exit_rate, moving_rate, role_clock,
                turning, leave_sex_work, pause_rate, resume_rate, switch_rate, restart_ratio, start_education,
                start_need, start_debt, start_migrant, leave_young, leave_education, leave_hiv, leave_debt, leave_need,
                leave_migrant, managed_leaving, stop_buying,
                education_at_start, debt_share, start_hazard, visiting, role_of, outside_of, former_of):  # fmt: skip
    """Run down each person's clock at the hazard of the group, and list those whose clock runs out.

    Those outside run at the highest hazard that anybody of their group has; what is too much is drawn away after.
    """
    scale = start_scale(start_education, education_at_start, start_need, start_debt, debt_share)
    most = highest_start(start_education, start_need, start_debt, start_migrant) / scale if scale > 0.0 else 0.0
    usual = usual_leaving(education_at_start, leave_education, debt_share, leave_debt, leave_need)
    hazard = hazards(start_hazard[step], most, restart_ratio, stop_buying, pause_rate, switch_rate,
                     visiting, role_of, outside_of, former_of)  # fmt: skip
    count = 0
    for i in range(n_people):
        g = group[i]
        rate = hazard[g] * start_rate[i]
        if role_of[g] != codes.OUTSIDE:
            leaving, switching = 0.0, 0.0
            if role_of[g] == codes.WORKER:
                switching = switch_rate[g] * (np.float64(moving_rate[i]) - 1.0)
                of_stage = 1.0 if care_state[i] == codes.SUPPRESSED else leave_hiv[hiv_stage[i]]
                leaving = leave_sex_work[g] * leaving_ratio(
                    leaving_trait[i], exit_rate[i], time - birth[i], leave_education[education[i]], need[i],
                    indebted[i], migrant[i], of_stage, usual, leave_young, leave_need, leave_debt, leave_migrant,
                )  # fmt: skip
                leaving *= managed_leaving if managed[i] else 1.0
            rate = rate_of_change(
                role_of[g], hazard[g], start_rate[i], paused[i], resume_rate[last_group[i]], leaving, switching
            )
        if rng.run_down(role_clock, i, rate * dt) and alive[i]:
            turning[count] = i
            count += 1
    return count


@rng.helper
def begin_spell(i, key, uid, step, spells, spell_start, part_time, managed, part_time_share, manager_control):
    """Note that a spell of sex work begins, and draw whether it is part-time and under a manager."""
    spell_start[i] = step
    spells[i] += 1
    part_time[i] = rng.uniform(key, uid[i], 4, spells[i], 0) < part_time_share
    managed[i] = rng.uniform(key, uid[i], 4, spells[i], 1) < manager_control


@rng.helper
def change_place(changes, i, key, uid, role_times, part_time, part_time_share):
    """Draw anew whether somebody works part-time, if she changes her setting; a manager goes with the person."""
    if changes:
        part_time[i] = rng.uniform(key, uid[i], 5, role_times[i], 0) < part_time_share
    return changes


@process(
    phase="movement",
    over="turning",
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
def roles(rows, step, dt, time, key, uid, birth, immigrant, migrant, education, need, indebted, leaving_trait,
          hiv_stage, care_state, start_rate, exit_rate, moving_rate, group, role_clock, role_times, cause, paused,
          spells, spell_start, part_time, managed, last_group, sex_worker_share, leave_sex_work, pause_rate,
          resume_rate, switch_rate, displaced_to, restart_ratio, start_age_to, start_age_scale, start_education,
          start_need, start_debt, start_migrant, start_hiv, start_diagnosed, leave_young, leave_education, leave_hiv,
          leave_debt, leave_need, leave_migrant, part_time_share, manager_control, managed_leaving, return_home_share,
          stop_buying, education_at_start, debt_share, start_hazard, visiting, role_of, population_of, outside_of,
          former_of, site_of, at_site, spells_begun, spells_ended, spell_years, pauses, returns, switches,
          buying_begun, buying_ended):  # fmt: skip
    """Settle what happens to those whose clock ran out, and draw their next threshold."""
    scale = start_scale(start_education, education_at_start, start_need, start_debt, debt_share)
    most = highest_start(start_education, start_need, start_debt, start_migrant) / scale if scale > 0.0 else 0.0
    usual = usual_leaving(education_at_start, leave_education, debt_share, leave_debt, leave_need)
    hazard = hazards(start_hazard[step], most, restart_ratio, stop_buying, pause_rate, switch_rate, visiting, role_of,
                     outside_of, former_of)  # fmt: skip
    for i in rows:
        g, more = group[i], np.float64(moving_rate[i]) - 1.0  # more of the hazard of a change of setting
        ratio = leaving_ratio(leaving_trait[i], exit_rate[i], time - birth[i], leave_education[education[i]], need[i],
                              indebted[i], migrant[i],
                              1.0 if care_state[i] == codes.SUPPRESSED else leave_hiv[hiv_stage[i]],
                              usual, leave_young, leave_need, leave_debt, leave_migrant)  # fmt: skip
        leaves = leave_sex_work[g] * ratio * (managed_leaving if managed[i] else 1.0)
        rate = rate_of_change(role_of[g], hazard[g], start_rate[i], paused[i], resume_rate[last_group[i]], leaves,
                              switch_rate[g] * more)  # fmt: skip
        role_times[i] += 1
        u, v = rng.uniforms(key, uid[i], 1, role_times[i], 0)
        if role_of[g] == codes.CLIENT:
            d, buying_ended[g] = outside_of[g], buying_ended[g] + 1
        elif role_of[g] == codes.WORKER and u * rate < leaves + pause_rate[g]:
            d, paused[i], last_group[i] = former_of[g], u * rate >= leaves, g
            pauses[g], spells_ended[g] = pauses[g] + paused[i], spells_ended[g] + (not paused[i])
            spell_years[g] += rng.tally((step - spell_start[i]) * dt) * (not paused[i])
            if immigrant[i] and not paused[i] and v < return_home_share:
                cause[i] = codes.MOVED_AWAY
        elif role_of[g] == codes.WORKER:
            pushed = u * rate >= leaves + pause_rate[g] + switch_rate[g]
            d = another_setting(g, v, pushed, sex_worker_share, displaced_to, role_of, population_of, site_of)
            switches[d] += change_place(d != g, i, key, uid, role_times, part_time, part_time_share[d])
        elif paused[i]:
            d, paused[i] = at_site[last_group[i], site_of[g]], False
            spells[i], returns[d] = spells[i] + 1, returns[d] + 1
        else:
            d = started(g, u * hazard[g], start_hazard[step], most, restart_ratio, role_of, outside_of, former_of)
            buying_begun[d] += role_of[d] == codes.CLIENT
            if role_of[d] == codes.WORKER:
                likelier = start_ratio(education[i], need[i], indebted[i], migrant[i], hiv_stage[i],
                                       care_state[i] > codes.UNDIAGNOSED, time - birth[i], scale, start_education,
                                       start_need, start_debt, start_migrant, start_hiv, start_diagnosed, start_age_to,
                                       start_age_scale)  # fmt: skip
                d = d if v * most < likelier else np.int64(g)
            if role_of[d] == codes.WORKER:
                begin_spell(i, key, uid, step, spells, spell_start, part_time, managed, part_time_share[d],
                            manager_control[d])  # fmt: skip
                spells_begun[d] += 1
        # The rest of the step counts towards the next change, with the manager of a spell that begins.
        group[i], leaves = d, leave_sex_work[d] * ratio * (managed_leaving if managed[i] else 1.0)
        after = rate_of_change(role_of[d], hazard[d], start_rate[i], paused[i], resume_rate[last_group[i]], leaves,
                               switch_rate[d] * more)  # fmt: skip
        rng.rewind(role_clock, i, key, uid[i], role_times[i], rng.unspent(role_clock, i, rate * dt) * after * dt)
