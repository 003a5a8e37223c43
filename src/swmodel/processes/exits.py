"""Deaths, departures, and the end of pairs. A death is marked by its cause and takes effect here, all at once."""

import numpy as np

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.state import FREE, give_row

STATES = len(codes.CARE_STATES)


@rng.helper
def mortality_from_hiv(hiv_mortality, suppressed_mortality):
    """Hazard of death from HIV per year at each stage of infection and state of care; shape (stages, states)."""
    made = np.zeros((len(hiv_mortality), STATES))
    for stage in range(codes.ACUTE, len(hiv_mortality)):
        for state in range(STATES):
            made[stage, state] = hiv_mortality[stage] * (suppressed_mortality if state == codes.SUPPRESSED else 1.0)
    return made


@process(
    phase="exit",
    attributes=(
        Attr("death_clock", "f8", 0.0, "time left before death", clock=True),
        Attr("mortality", "f4", 1.0, "relative background mortality", reset=True),
    ),
    params=(
        Param(
            "background_mortality",
            0.015,
            "per year",
            (0.0, 0.2),
            "Geidelberg cotonou_calibration: 0.0187-0.022 with ageing out",
            "mortality from other causes",
        ),
        Param(
            "hiv_mortality",
            {
                "acute": 0.0,
                "cd4_over_500": 0.004,
                "cd4_350_500": 0.02,
                "cd4_200_350": 0.04,
                "cd4_below_200": 0.526,
                "all": 0.0,
            },
            "per year",
            (0.0, 5.0),
            "P163; below 200 from P158 (1.9 years)",
            "mortality from HIV without suppression",
            by="hiv_stage",
        ),
        Param(
            "suppressed_mortality",
            0.25,
            "relative risk",
            (0.0, 1.0),
            "P171: 0.1-0.5",
            "mortality from HIV when suppressed, relative to untreated at the same CD4 count",
        ),
    ),
    writes=("death_clock", "cause"),
)
def deaths_of_people(lo, hi, dt, time, key, uid, alive, birth, hiv_stage, care_state, mortality, death_clock, cause,
                     background_mortality, hiv_mortality, suppressed_mortality, leave_age):  # fmt: skip
    """Run down the clock of death; mark the cause, or the age at which people leave."""
    oldest = time - leave_age
    from_hiv = mortality_from_hiv(hiv_mortality, suppressed_mortality)
    for i in range(lo, hi):
        total = background_mortality * mortality[i] + from_hiv[hiv_stage[i], care_state[i]]
        dies = rng.run_down(death_clock, i, total * dt)
        if not (dies or birth[i] <= oldest) or not alive[i] or cause[i] != codes.STAYS:
            continue
        if not dies:
            cause[i] = codes.REACHED_LEAVE_AGE
            continue
        hiv = rng.which_cause(key, uid[i], 1, from_hiv[hiv_stage[i], care_state[i]], total)
        cause[i] = codes.DIED_HIV if hiv else codes.DIED_BACKGROUND


@process(
    phase="exit",
    over="step",
    counters=(
        Counter("departures", "people who left, by cause", by=("cause_of_death",)),
        Counter("hiv_deaths", "deaths from HIV"),
    ),
    writes=("alive", "row_of_man", "people_book", "people_free"),
)
def leave(
    n_people, cause, group, uid, sex, immigrant, alive, row_of_man, people_book, people_free, departures, hiv_deaths
):
    """Those marked leave, and their rows are free."""
    for i in range(n_people):
        if cause[i] == codes.STAYS or not alive[i]:
            continue
        departures[cause[i]] += 1
        if cause[i] == codes.DIED_HIV:
            hiv_deaths[group[i]] += 1
        if sex[i] == codes.MALE and not immigrant[i]:
            row_of_man[uid[i] >> np.uint32(1)] = -1
        alive[i] = False
        give_row(i, people_book, people_free)


@process(
    phase="exit",
    over="step",
    counters=(
        Counter("pairs_ended", "pairs that ended", by=("pair_kind",)),
        Counter("years_ended", "years that they lasted", by=("pair_kind",), expected=True),
    ),
    writes=(
        "kind",
        "pair_b",
        "steady_partners",
        "casual_partners",
        "needle_partners",
        "regular_pairs",
        "regular_apart",
        "pairs_book",
        "pairs_free",
    ),
)
def end_pairs(n_pairs, step, dt, alive, group, injects, pair_a, since, until, kind, pair_b, steady_partners,
              casual_partners, needle_partners, regular_pairs, regular_apart, pairs_book, pairs_free,
              form_of, role_of, site_of, pairs_ended, years_ended):  # fmt: skip
    """Pairs end on their date or with either partner; regular pairs also when she stops selling, or he buying.

    Free rows are listed anew, from the last to the first, so that the next pairs take the lowest: pairs that last come
    to lie together, and contacts behind them, in the order of the clients.
    """
    for g in range(len(regular_apart)):
        regular_apart[g] = 0.0
        for w in range(len(regular_apart)):
            regular_pairs[g, w] = 0.0
    free = 0
    for p in range(n_pairs - 1, -1, -1):
        k = kind[p]
        if k == codes.NONE:
            pairs_free[free] = p
            free += 1
            continue
        a, b = pair_a[p], pair_b[p]
        form = form_of[k]
        ends = until[p] <= step + 1 or not alive[a] or not alive[b]
        if form == codes.REGULAR:
            ends |= (role_of[group[a]] != codes.WORKER) | (role_of[group[b]] != codes.CLIENT)
        elif form == codes.NEEDLE:
            ends |= (not injects[a]) | (not injects[b])
        if not ends:
            if form == codes.REGULAR and site_of[group[a]] == site_of[group[b]]:
                regular_pairs[group[b], group[a]] += 1.0
            elif form == codes.REGULAR:
                regular_apart[group[a]] += 1.0
            continue
        if form == codes.CASUAL:
            casual_partners[a] -= 1
            casual_partners[b] -= 1
        elif form == codes.STEADY:
            steady_partners[a] -= 1
            steady_partners[b] -= 1
        elif form == codes.NEEDLE:
            needle_partners[a] -= 1
            needle_partners[b] -= 1
        pairs_ended[k] += 1
        years_ended[k] += rng.tally((step + 1 - since[p]) * dt)
        kind[p], pair_b[p], pairs_free[free] = codes.NONE, a, p
        free += 1
    pairs_book[FREE] = free
