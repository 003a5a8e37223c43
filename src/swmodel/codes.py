"""Integer codes of the model's categories, with the labels that results and scenarios use."""

from __future__ import annotations

# Groups: what a person is now. Work settings follow, one group each, in the order in which the setting file names them.
WOMEN, MEN, CLIENTS, FIRST_SETTING = 0, 1, 2, 3
BASE_GROUPS = ("women", "men", "clients")
SEX_WORKERS = "fsw"  # the union of all work settings; a label for parameters, targets and results

FEMALE, MALE = 0, 1

# Kinds of pair. NONE marks a free row of the table.
NONE, SPOUSE, CASUAL, OWN_PARTNER, REGULAR_CLIENT, ONE_OFF_CLIENT = 0, 1, 2, 3, 4, 5
PAIR_KINDS = ("none", "spouse", "casual", "own_partner", "regular_client", "one_off_client")

# Stages of HIV infection, by CD4 count per microlitre after the acute stage.
SUSCEPTIBLE, ACUTE, CD4_500, CD4_350, CD4_200, CD4_LOW = 0, 1, 2, 3, 4, 5
HIV_STAGES = ("susceptible", "acute", "cd4_over_500", "cd4_350_500", "cd4_200_350", "cd4_below_200")

# Care: where a person living with HIV stands.
UNDIAGNOSED, DIAGNOSED, LINKED, ON_ART, SUPPRESSED, STOPPED_ART = 0, 1, 2, 3, 4, 5
CARE_STATES = ("undiagnosed", "diagnosed", "linked", "on_art", "suppressed", "stopped_art")

# Why a person leaves the population.
STAYS, DIED_BACKGROUND, DIED_HIV, REACHED_LEAVE_AGE, MOVED_AWAY = 0, 1, 2, 3, 4
CAUSES = ("stays", "background", "hiv", "leave_age", "moved_away")

# Whom an intervention may enrol, by HIV status.
ELIGIBLE = {"anyone": 0, "hiv_negative": 1, "undiagnosed": 2, "diagnosed": 3, "on_art": 4}

ADULT_AGE = 18.0  # nobody younger is ever simulated


def labels(dimension: str, work_settings: tuple[str, ...]) -> tuple[str, ...]:
    """The labels along a dimension of a parameter or counter, in code order."""
    if dimension == "group":
        return BASE_GROUPS + tuple(work_settings)
    return {
        "work_setting": tuple(work_settings),
        "pair_kind": PAIR_KINDS,
        "hiv_stage": HIV_STAGES,
        "cause_of_death": CAUSES,
    }[dimension]
