"""Deaths, departures, and the end of pairs. A death is marked by its cause and takes effect here, all at once."""

from swmodel import codes, rng
from swmodel.declare import Attr, Counter, Param, process
from swmodel.state import give_row


@process(
    phase="exit",
    attributes=(
        Attr("death_clock", "f8", 0.0, "time left before death", clock=True),
        Attr("mortality", "f8", 1.0, "relative background mortality", reset=True),
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
    for i in range(lo, hi):
        if not alive[i] or cause[i] != codes.STAYS:
            continue
        from_hiv = hiv_mortality[hiv_stage[i]] * (suppressed_mortality if care_state[i] == codes.SUPPRESSED else 1.0)
        total = background_mortality * mortality[i] + from_hiv
        if rng.run_down(death_clock, i, total * dt):
            by_hiv = rng.which_cause(key, uid[i], 1, from_hiv, total)
            cause[i] = codes.DIED_HIV if by_hiv else codes.DIED_BACKGROUND
        elif time - birth[i] >= leave_age:
            cause[i] = codes.REACHED_LEAVE_AGE


@process(
    phase="exit",
    over="step",
    counters=(
        Counter("departures", "people who left, by cause", by=("cause_of_death",)),
        Counter("hiv_deaths", "deaths from HIV"),
    ),
    writes=("alive", "people_book", "people_free"),
)
def leave(n_people, cause, group, alive, people_book, people_free, departures, hiv_deaths):
    """Those marked leave, and their rows are free."""
    for i in range(n_people):
        if alive[i] and cause[i] != codes.STAYS:
            departures[cause[i]] += 1
            if cause[i] == codes.DIED_HIV:
                hiv_deaths[group[i]] += 1
            alive[i] = False
            give_row(i, people_book, people_free)


@process(phase="exit", over="step", writes=("kind", "pairs_book", "pairs_free"))
def end_pairs(n_pairs, step, alive, pair_a, pair_b, until, kind, pairs_book, pairs_free):
    """Pairs end on their date, or with either partner."""
    for p in range(n_pairs):
        if kind[p] != codes.NONE and (until[p] <= step + 1 or not alive[pair_a[p]] or not alive[pair_b[p]]):
            kind[p] = codes.NONE
            give_row(p, pairs_book, pairs_free)
