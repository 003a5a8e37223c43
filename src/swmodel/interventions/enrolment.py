"""Who a programme reaches: two ways to keep the private attribute `covered` of an intervention.

With a coverage, exactly that share of the target is reached at every step; with an uptake and a dropout, people join
and leave at those rates. Either way the choice rests on the person's identity, so the same people are reached in every
scenario that asks for the same coverage, and a higher coverage reaches them and others.

Limits: being reached does not depend on anything but the target (no association with risk or with other programmes),
and a programme knows a diagnosis only, never an infection.
"""

from __future__ import annotations

import math

import numpy as np

from swmodel import codes
from swmodel.declare import Attr, Param, process
from swmodel.jit import helper
from swmodel.rng import rewind, run_down, uniform, unspent

FOREVER = 1e9  # years; no target ends so late
HIV_NEGATIVE = codes.ELIGIBLE["hiv_negative"]
UNDIAGNOSED = codes.ELIGIBLE["undiagnosed"]
DIAGNOSED = codes.ELIGIBLE["diagnosed"]
ON_ART = codes.ELIGIBLE["on_art"]

COVERED = Attr("covered", "i1", 0, "1 while the intervention reaches this person")
ENROL_CLOCK = Attr("enrol_clock", "f8", 0, "hazard left until this person next joins or leaves", clock=True)
ENROL_TIMES = Attr("enrol_times", "u2", 0, "times this person has joined or left of their own accord")

COVERAGE = Param(
    "coverage", 0.0, "proportion", (0.0, 1.0),
    source="set in the scenario",
    doc="Share of the target that is reached, kept exactly at every step.",
)  # fmt: skip
UPTAKE = Param(
    "uptake", 0.0, "per year", (0.0, 52.0),
    source="set in the scenario",
    doc="Rate at which people in the target, and not reached, join.",
)  # fmt: skip
DROPOUT = Param(
    "dropout", 0.0, "per year", (0.0, 52.0),
    source="set in the scenario",
    doc="Rate at which people who are reached leave.",
)  # fmt: skip
SCHEDULE_PARAMS = (COVERAGE, UPTAKE, DROPOUT)


@helper
def may_enrol(care_state, eligible):
    """True if a person in `care_state` fits `eligible` (a code of codes.ELIGIBLE).

    To a programme, HIV-negative and undiagnosed are the same: nobody with a diagnosis.
    """
    if eligible in (HIV_NEGATIVE, UNDIAGNOSED):
        return care_state == codes.UNDIAGNOSED
    if eligible == DIAGNOSED:
        return care_state >= codes.DIAGNOSED
    if eligible == ON_ART:
        return care_state in (codes.ON_ART, codes.SUPPRESSED)
    return True


@helper
def is_target(i, time, step, dt, alive, group, birth, care_state, spell_start, target_groups, age_from, age_to,
              work_from, work_to, eligible):  # fmt: skip
    """True if row i is living, in a target group, aged from `age_from` to below `age_to`, and eligible.

    Where years of sex work are asked for, the target groups are those of sex workers.
    """
    if not alive[i] or not target_groups[group[i]]:
        return False
    if work_from > 0.0 or work_to < FOREVER:
        years = (step - spell_start[i]) * dt
        if not work_from <= years < work_to:
            return False
    age = time - birth[i]
    return age_from <= age < age_to and may_enrol(care_state[i], eligible)


@process(phase="programmes", over="step", writes=("covered",))
def enrol_to_coverage(
    n_people, key,
    uid, alive, group, birth, care_state, spell_start, time, step, dt,
    covered,
    coverage, outreach_visibility, target_groups, age_from, age_to, work_from, work_to, eligible,
):  # fmt: skip
    """Reach exactly `coverage` of the target, rounded to whole people: those with the smallest keyed scores.

    Whom `outreach_visibility` lets a programme find easily is likelier to have a small one. A person keeps one score
    for the whole run, so people stay reached while the coverage holds or rises, but for small changes at the margin as
    others enter and leave the target.
    """
    rows = np.empty(n_people, np.int32)
    scores = np.empty(n_people, np.float64)
    targets = 0
    for i in range(n_people):
        covered[i] = 0
        if is_target(i, time, step, dt, alive, group, birth, care_state, spell_start, target_groups, age_from, age_to,
                     work_from, work_to, eligible):  # fmt: skip
            rows[targets] = i
            # A score is exponential with the visibility as its rate: whom a programme finds easily comes first.
            draw = uniform(key, uid[i], np.uint64(0), np.uint64(0), np.uint64(0))
            scores[targets] = -math.log1p(-draw) / max(outreach_visibility[group[i]], 1e-12)
            targets += 1
    wanted = min(targets, int(coverage * targets + 0.5))
    if wanted <= 0:
        return
    last = np.partition(scores[:targets], wanted - 1)[wanted - 1]
    for k in range(targets):
        if scores[k] <= last:
            covered[rows[k]] = 1


@process(phase="programmes", over="people", writes=("covered", "enrol_clock", "enrol_times"))
def enrol_by_rate(
    lo, hi, dt, key,
    uid, alive, group, birth, care_state, spell_start, time, step,
    covered, enrol_clock, enrol_times,
    uptake, dropout, outreach_visibility, target_groups, age_from, age_to, work_from, work_to, eligible,
):  # fmt: skip
    """People in the target join at rate `uptake` x `outreach_visibility` and leave at rate `dropout`.

    Who is no longer a target leaves at once. One clock serves both, since a person waits for one of the two at a time.
    The wait until leaving is exponential: dropout that is much faster in the first month than later is not represented.
    """
    for i in range(lo, hi):
        if not is_target(i, time, step, dt, alive, group, birth, care_state, spell_start, target_groups, age_from,
                         age_to, work_from, work_to, eligible):  # fmt: skip
            covered[i] = 0
            continue
        joins = uptake * outreach_visibility[group[i]]
        hazard = (dropout if covered[i] else joins) * dt
        if run_down(enrol_clock, i, hazard):
            covered[i] = 1 - covered[i]
            enrol_times[i] += 1
            carried = unspent(enrol_clock, i, hazard) * (dropout if covered[i] else joins) * dt
            rewind(enrol_clock, i, key, uid[i], enrol_times[i], carried)
