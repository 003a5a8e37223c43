"""Arrows of the causal layer: each multiplies a mediator by its effect, for those who are exposed.

What they are, and what each is worth, is listed in the chapter on pathways; `swmodel describe pathways` prints it.
"""

from swmodel.declare import Param, process
from swmodel.pathways import SECTION, Arrow

CAUSAL_SHARE = Param(
    "causal_share",
    0.5,
    "proportion",
    (0.0, 1.0),
    "assumption (P476, 0.2-0.9, is a recollection; observed effects are confounded, mostly upwards)",
    "share of the logarithm of every observed effect that is taken as causal; what trials found is taken whole",
    section=SECTION,
)
MEMORY = "at once; known from the next step"
FADES = "when violence is no longer recent (`violence_memory`)"

ARROWS: tuple[Arrow, ...] = (
    Arrow(
        "violence_recent", "violence_rate", 1.5, "rate ratio", (1.0, 5.0), "assumption",
        "assumption (no source opened; violence recurs among the same people in every survey)",
        "further violence of those who suffered it recently", MEMORY, FADES,
    ),
    Arrow(
        "violence_recent", "condom_odds", 0.575, "odds ratio", (0.3, 1.0), "moderate",
        "P403: odds of inconsistent use 1.74 (1.33-2.27) with violence; P405: semen found 1.54 (1.17-2.04) times as often",
        "odds of a condom of those who suffered violence recently", MEMORY, FADES,
    ),
    Arrow(
        "violence_recent", "testing_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "testing of those who suffered violence recently", MEMORY, FADES,
    ),
    Arrow(
        "violence_recent", "linkage_rate", 0.8, "rate ratio", (0.4, 1.0), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "linkage to care, and return to it, of those who suffered violence recently", MEMORY, FADES,
    ),
    Arrow(
        "violence_recent", "art_stop_rate", 1.25, "rate ratio", (1.0, 2.5), "assumption",
        "assumption (no source opened; services are avoided after violence)",
        "stopping ART of those who suffered violence recently", MEMORY, FADES,
    ),
)  # fmt: skip


@process(phase="structure", over="selling", writes=("mediator",))
def carry(rows, exposure, mediator, strength, causal_share, from_trial):
    """One arrow: the mediator is multiplied by the effect to the power of the exposure, for those who sell sex."""
    effect = strength if from_trial else strength**causal_share
    for i in rows:
        if exposure[i] > 0.0:
            mediator[i] *= effect ** exposure[i]
