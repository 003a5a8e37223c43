"""Who is there at the end of the step."""

import numpy as np

from swmodel import codes
from swmodel.declare import Attr, Counter, process

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
