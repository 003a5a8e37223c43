"""Who is there at the end of the step."""

import numpy as np

from swmodel import codes
from swmodel.declare import Attr, Counter, process
from swmodel.rng import tally

STATES = len(codes.CARE_STATES)


@process(
    phase="measure",
    attributes=(Attr("on_prep", "i1", 0, "on pre-exposure prophylaxis", reset=True),),
    counters=(
        Counter("people", "adults"),
        Counter("living_with_hiv", "adults living with HIV"),
        Counter("susceptible", "adults without HIV"),
        Counter("diagnosed", "adults who know that they live with HIV"),
        Counter("on_art", "adults on ART"),
        Counter("suppressed", "adults suppressed on ART"),
        Counter("prep_users", "adults without HIV on PrEP"),
    ),
)
def census(lo, hi, alive, group, hiv_stage, care_state, on_prep,
           people, living_with_hiv, susceptible, diagnosed, on_art, suppressed, prep_users):  # fmt: skip
    """Count adults by group, HIV status and care: one addition a person to a table, which is summed in the end.

    Its columns are the states of care of people living with HIV, then people without HIV, off PrEP and on it; its rows
    are doubled, for even and odd people, since additions to one place wait for each other.
    """
    groups = len(people)
    table = np.zeros((2 * groups, STATES + 2), np.int64)
    for i in range(lo, hi):
        state = care_state[i] if hiv_stage[i] > 0 else STATES + (on_prep[i] != 0)
        table[group[i] + (np.int64(i) & 1) * groups, state] += alive[i]
    table = table[:groups] + table[groups:]
    for g in range(groups):
        row = table[g]
        people[g] += row.sum()
        living_with_hiv[g] += row[:STATES].sum()
        susceptible[g] += row[STATES:].sum()
        diagnosed[g] += row[codes.DIAGNOSED : STATES].sum()
        on_art[g] += row[codes.ON_ART] + row[codes.SUPPRESSED]
        suppressed[g] += row[codes.SUPPRESSED]
        prep_users[g] += row[STATES + 1]


@process(
    phase="measure",
    over="workers",
    counters=(
        Counter("sellers", "sex workers"),
        Counter("years_so_far", "years since they started to sell sex, of sex workers", expected=True),
    ),
)
def time_in_sex_work(rows, step, dt, alive, group, spell_start, role_of, sellers, years_so_far):
    """How long those who sell sex have done so, by the end of a step; they started in the middle of one, on average."""
    for i in rows:
        if alive[i] and role_of[group[i]] == codes.WORKER:
            sellers[group[i]] += 1
            years_so_far[group[i]] += tally((step - spell_start[i] + 0.5) * dt)


@process(
    phase="measure",
    every="year",
    counters=(
        Counter("counted_adults", "adults whose partners are counted"),
        Counter("with_steady", "adults with a steady partner"),
        Counter("with_partner", "adults with a steady or casual partner"),
        Counter("with_several", "adults with two or more steady or casual partners"),
        Counter("partners_now", "steady and casual partners of adults"),
        Counter("people_who_inject", "adults who inject drugs"),
    ),
)
def partners_of_people(lo, hi, alive, group, steady_partners, casual_partners, injects,
                       counted_adults, with_steady, with_partner, with_several, partners_now,
                       people_who_inject):  # fmt: skip
    """Count partners by group, in the last step of each year."""
    for i in range(lo, hi):
        if alive[i]:
            g, partners = group[i], steady_partners[i] + casual_partners[i]
            counted_adults[g] += 1
            with_steady[g] += steady_partners[i] > 0
            with_partner[g] += partners > 0
            with_several[g] += partners > 1
            partners_now[g] += partners
            people_who_inject[g] += injects[i]
