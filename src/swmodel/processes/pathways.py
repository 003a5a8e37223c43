"""How an arrow of the causal layer acts: it multiplies a mediator by its effect, for those who are exposed.

What the arrows are, and what each is worth, is declared in `arrows.py`; `swmodel describe pathways` prints it.
"""

from swmodel.declare import Param, process
from swmodel.pathways import SECTION

CAUSAL_SHARE = Param(
    "causal_share",
    0.5,
    "proportion",
    (0.0, 1.0),
    "assumption (P476, 0.2-0.9, is a recollection; observed effects are confounded, mostly upwards)",
    "share of the logarithm of every observed effect that is taken as causal; what trials found is taken whole",
    section=SECTION,
)


@process(phase="exposures", over="selling", writes=("mediator",))
def carry(rows, exposure, mediator, strength, causal_share, from_trial):
    """One arrow: the mediator is multiplied by the effect to the power of the exposure."""
    effect = strength if from_trial else strength**causal_share
    for i in rows:
        if exposure[i] == 1.0:  # nearly always, and a power takes as long as all else
            mediator[i] *= effect
        elif exposure[i] != 0.0:
            mediator[i] *= effect ** exposure[i]
