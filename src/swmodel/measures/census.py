"""Who is there at the end of the step."""

from swmodel import codes
from swmodel.declare import Attr, Counter, process


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
        Counter("prep_users", "adults on PrEP"),
    ),
)
def census(lo, hi, alive, group, hiv_stage, care_state, on_prep,
           people, living_with_hiv, susceptible, diagnosed, on_art, suppressed, prep_users):  # fmt: skip
    """Count adults by group, HIV status and care."""
    for i in range(lo, hi):
        if not alive[i]:
            continue
        g = group[i]
        people[g] += 1
        prep_users[g] += on_prep[i]
        if hiv_stage[i] == codes.SUSCEPTIBLE:
            susceptible[g] += 1
            continue
        living_with_hiv[g] += 1
        state = care_state[i]
        diagnosed[g] += state >= codes.DIAGNOSED
        on_art[g] += state == codes.ON_ART or state == codes.SUPPRESSED
        suppressed[g] += state == codes.SUPPRESSED
