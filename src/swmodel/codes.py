"""Integer codes of the model's categories, with the labels that results and scenarios use.

Groups, pair kinds and whatever else a setting file declares have their codes from `layout`.
"""

from __future__ import annotations

FEMALE, MALE = 0, 1  # sex assigned at birth

# Populations: who a person is, for life. Women, men who have sex with women only, men who have sex with men or with
# trans women, and trans women. Sex workers are of any but the second.
WOMEN, MEN, MSM, TRANS_WOMEN = 0, 1, 2, 3
POPULATIONS = ("women", "men", "msm", "trans_women")
SELLING = {"women": WOMEN, "men": MSM, "trans_women": TRANS_WOMEN}  # as `work_settings:` names those who work there
WORKER_LABELS = {WOMEN: "fsw", MSM: "msw", TRANS_WOMEN: "tsw"}

# Roles: what a person does in the market now.
OUTSIDE, CLIENT, WORKER, FORMER = 0, 1, 2, 3
ROLES = ("outside", "client", "worker", "former_worker")

# Forms of a pair: how it comes about and what it counts for. NONE marks a free row of the table.
NONE, STEADY, CASUAL, REGULAR, ONE_OFF, NEEDLE, FORCED = 0, 1, 2, 3, 4, 5, 6
FORMS = ("none", "steady", "casual", "regular", "one_off", "needle", "forced")

# Kinds of pair that every setting has; a setting file may declare more, each of a form.
# FORCED_ACT is one act, forced by somebody who is neither client nor partner.
SPOUSE, CASUAL_PARTNER, OWN_PARTNER, REGULAR_CLIENT, ONE_OFF_CLIENT, NEEDLE_PARTNER, FORCED_ACT = 1, 2, 3, 4, 5, 6, 7
PAIR_KINDS = ("none", "spouse", "casual", "own_partner", "regular_client", "one_off_client", "needle", "forced")
STANDARD_FORMS = (NONE, STEADY, CASUAL, STEADY, REGULAR, ONE_OFF, NEEDLE, FORCED)

EDUCATION = ("none", "primary", "secondary")

# Positions in anal sex, of men and trans women: the higher number is receptive with the lower.
INSERTIVE, VERSATILE, RECEPTIVE = 0, 1, 2

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

# Who is violent against people who sell sex.
BY_CLIENT, BY_POLICE, BY_PARTNER, BY_MANAGER, BY_OTHER = 0, 1, 2, 3, 4
PERPETRATORS = ("client", "police", "partner", "manager", "other")

ADULT_AGE = 18.0  # nobody younger is ever simulated
# Ages in bands, and the age at which each begins.
AGE_BANDS = ("18-24", "25-34", "35-44", "45-54", "55_and_over")
AGE_FROM = (ADULT_AGE, 25.0, 35.0, 45.0, 55.0)
