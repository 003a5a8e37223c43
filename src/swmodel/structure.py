"""Which layers of the structure a scenario switches on, and the arrows in force between them.

A layer that is off has no step, no attribute and no counter: it costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from swmodel.binding import Step
from swmodel.declare import Param, Process
from swmodel.pathways import Arrow, in_force
from swmodel.processes.pathways import CAUSAL_SHARE, carry

SWITCHES = ("violence_hazard",)  # parameters that have no neutral use: giving one switches its layer on


def layers(scenario: Any, processes: Sequence[Process], arrows: Sequence[Arrow]) -> list[Step]:
    """The steps of the structure of a scenario, arrows before the events that they act on; none if all is off."""
    given = scenario.parameters
    if not any(name in given for name in SWITCHES):
        return []
    first, *others = processes
    made = [arrow_step(arrow, given) for arrow in arrows if in_force(arrow, given)]
    return [Step(first), *made, *(Step(one) for one in others)]


def arrow_step(arrow: Arrow, given: Any) -> Step:
    """One arrow as a step of its own."""
    strength = Param("strength", arrow.effect, arrow.unit, arrow.range, arrow.source, arrow.doc)
    return Step(
        carry,
        arrow.name,
        {"strength": given.get(arrow.name, arrow.effect)},
        params=(strength, CAUSAL_SHARE),
        tables={"from_trial": np.bool_(arrow.from_trial)},
        aliases={"exposure": arrow.exposure, "mediator": arrow.mediator},
    )


