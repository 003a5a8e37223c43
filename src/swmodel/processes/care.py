"""Testing, linkage, ART start, suppression, stopping and return: one clock, as a person is at one place at a time."""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process


@rng.helper
def leave_state(state, stage, group, tests_per_year, symptomatic_testing, link_rate, art_rate, eligible_from,
                suppression_time, stop_rate, return_rate, testing, linkage, stopping):  # fmt: skip
    """Hazards per year of going on and of stopping, in a state of care."""
    if state == codes.UNDIAGNOSED:
        rate = tests_per_year[group] * testing
        return rate * (symptomatic_testing if stage == codes.CD4_LOW else 1.0), 0.0
    if state == codes.DIAGNOSED:
        return link_rate[group] * linkage, 0.0
    if state == codes.LINKED:
        return (art_rate if stage >= eligible_from else 0.0), 0.0
    if state == codes.ON_ART:
        return 1.0 / suppression_time, stop_rate[group] * stopping
    if state == codes.SUPPRESSED:
        return 0.0, stop_rate[group] * stopping
    return return_rate * linkage, 0.0


@process(
    phase="care",
    attributes=(
        Attr("testing_rate", "f4", 1.0, "relative rate of testing", reset=True),
        Attr("adherence", "f4", 1.0, "relative adherence to pre-exposure prophylaxis (PrEP)", reset=True),
    ),
    params=(
        Param(
            "tests_per_year",
            {"women": 0.1, "men": 0.05, "clients": 0.05, "sex_workers": 0.3, "all": 0.1},
            "per year",
            (0.0, 12.0),
            "P190-P193 (0.68 for sex workers in 2015); history set by the place",
            "HIV tests of people not known to live with HIV",
            by="group",
        ),
        Param("symptomatic_testing", 3.0, "rate ratio", (1.0, 20.0), "P195: 1-5.4", "testing below 200 CD4 cells"),
    ),
    counters=(Counter("tests", "HIV tests of people not known to live with HIV", expected=True),),
)
def tests_taken(lo, hi, dt, alive, group, hiv_stage, care_state, testing_rate, tests_per_year, symptomatic_testing,
                tests):  # fmt: skip
    """Expected tests: nothing is drawn, as only a test of somebody living with HIV changes anything."""
    rates, symptoms = tests_per_year * dt, np.ones(len(codes.HIV_STAGES))
    symptoms[codes.CD4_LOW] = symptomatic_testing
    amounts = np.zeros((2, len(tests)), np.int64)  # even and odd rows apart: additions to one place wait for each other
    for i in range(lo, hi):
        amount = rng.tally(rates[group[i]] * testing_rate[i] * symptoms[hiv_stage[i]])
        amounts[np.int64(i) & 1, group[i]] += amount * (alive[i] and care_state[i] == codes.UNDIAGNOSED)
    for g in range(len(tests)):
        tests[g] += amounts[0, g] + amounts[1, g]


@process(
    phase="care",
    over="infected",
    attributes=(
        Attr("care_clock", "f8", 0.0, "time left before the next event of care", clock=True),
        Attr("care_times", "u2", 0, "how many events of care"),
        Attr("linkage_rate", "f4", 1.0, "relative rate of linkage and of return", reset=True),
        Attr("art_stop_rate", "f4", 1.0, "relative rate of stopping ART", reset=True),
    ),
    params=(
        Param(
            "link_rate",
            2.0,
            "per year",
            (0.0, 50.0),
            "assumption (half a year to linkage)",
            "linkage after diagnosis",
            by="group",
        ),
        Param(
            "art_rate",
            2.0,
            "per year",
            (0.0, 50.0),
            "P181: 12 under treatment for all; history set by the place",
            "start of ART once linked and eligible",
        ),
        Param(
            "eligible_from",
            1.0,
            "count",
            (1.0, 6.0),
            "assumption (set by the place: the year's guideline)",
            "least stage eligible for ART: 1 everyone, 4 below 350, 5 below 200, 6 nobody",
        ),
        Param("suppression_time", 0.62, "years", (0.05, 5.0), "P180: 0.33-1", "from start of ART to suppression, mean"),
        Param(
            "stop_rate",
            0.07,
            "per year",
            (0.0, 5.0),
            "Geidelberg cotonou_calibration: 0.0233-0.11",
            "stopping ART",
            by="group",
        ),
        Param("return_rate", 0.45, "per year", (0.0, 20.0), "P176: 0.4-0.5", "return to ART after stopping"),
    ),
    counters=(
        Counter("diagnoses", "people who learnt that they live with HIV"),
        Counter("art_starts", "starts of and returns to ART"),
    ),
    writes=("care_clock", "care_times", "care_state"),
)
def care(rows, dt, key, uid, group, hiv_stage, testing_rate, linkage_rate, art_stop_rate,
         care_clock, care_times, care_state,
         tests_per_year, symptomatic_testing, link_rate, art_rate, eligible_from, suppression_time, stop_rate,
         return_rate, diagnoses, art_starts):  # fmt: skip
    """The next event of care of each person living with HIV."""
    for i in rows:
        g, state = group[i], care_state[i]
        on, off = leave_state(state, hiv_stage[i], g, tests_per_year, symptomatic_testing, link_rate, art_rate,
                              eligible_from, suppression_time, stop_rate, return_rate, testing_rate[i],
                              linkage_rate[i], art_stop_rate[i])  # fmt: skip
        spent = (on + off) * dt
        if not rng.run_down(care_clock, i, spent):
            continue
        care_times[i] += 1
        if off > 0.0 and rng.which_cause(key, uid[i], care_times[i], off, on + off):
            care_state[i] = codes.STOPPED_ART
        elif state == codes.STOPPED_ART:
            care_state[i] = codes.ON_ART
            art_starts[g] += 1
        else:
            care_state[i] = state + 1
            if state == codes.UNDIAGNOSED:
                diagnoses[g] += 1
            elif state == codes.LINKED:
                art_starts[g] += 1
        on, off = leave_state(care_state[i], hiv_stage[i], g, tests_per_year, symptomatic_testing, link_rate, art_rate,
                              eligible_from, suppression_time, stop_rate, return_rate, testing_rate[i],
                              linkage_rate[i], art_stop_rate[i])  # fmt: skip
        share = rng.unspent(care_clock, i, spent)
        rng.rewind(care_clock, i, key, uid[i], care_times[i], share * (on + off) * dt)
