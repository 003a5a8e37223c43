"""Which layers of the structure a scenario switches on, and the arrows in force between them.

A layer that is off has no step, no attribute and no counter: it costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from swmodel.binding import Step
from swmodel.declare import Param, Process
from swmodel.pathways import Arrow, in_force
from swmodel.processes.pathways import CAUSAL_SHARE, carry

SWITCHES = ("violence_hazard", "police_contact")  # giving one of these parameters switches the structure on
BEFORE_ARROWS = 4  # processes that say on whom arrows act: who trades, under which law, and what weighs on them


def layers(scenario: Any, processes: Sequence[Process], arrows: Sequence[Arrow]) -> list[Step]:
    """The steps of the structure of a scenario, arrows before the events that they act on; none if all is off."""
    given = scenario.parameters
    if not any(name in given for name in SWITCHES):
        return []
    made = [arrow_step(arrow, given) for arrow in arrows if in_force(arrow, given)]
    lists, events = processes[:BEFORE_ARROWS], processes[BEFORE_ARROWS:]
    return [*(Step(one) for one in lists), *made, *(Step(one) for one in events)]


def arrow_step(arrow: Arrow, given: Any) -> Step:
    """One arrow as a step of its own."""
    strength = Param("strength", arrow.effect, arrow.unit, arrow.range, arrow.source, arrow.doc)
    return Step(
        replace(carry, over=arrow.over),
        arrow.name,
        {"strength": given.get(arrow.name, arrow.effect)},
        params=(strength, CAUSAL_SHARE),
        tables={"from_trial": np.bool_(arrow.from_trial)},
        aliases={"exposure": arrow.exposure, "mediator": arrow.mediator},
    )
