"""Which layers of the structure a scenario switches on, and the arrows in force between them.

A layer that is off has no step, no attribute and no counter: it costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from swmodel.binding import Step
from swmodel.declare import Param, Process
from swmodel.pathways import Arrow, in_force
from swmodel.processes.pathways import CAUSAL_SHARE, carry


@dataclass(frozen=True)
class Layer:
    """Processes that are in a run together or not at all; giving one of the parameters `switches` switches them on.

    One without switches is on where any other is. `name` is what messages say is not there.
    """

    name: str
    switches: tuple[str, ...]
    processes: tuple[Process, ...]

    @property
    def params(self) -> Iterator[Param]:
        """The parameters of its processes."""
        return (param for process in self.processes for param in process.params)


def switched_on(layers: Sequence[Layer], given: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The layers that a scenario with these parameters has."""
    on = [layer for layer in layers if any(name in given for name in layer.switches)]
    return tuple(layer for layer in layers if layer in on or (on and not layer.switches))


def structure(
    given: Mapping[str, Any], core: Sequence[Process], layers: Sequence[Layer], arrows: Sequence[Arrow]
) -> list[Step]:
    """The steps of the layers that are on, and of every arrow in force both of whose ends are in the run."""
    processes = [process for layer in switched_on(layers, given) for process in layer.processes]
    if not processes:
        return []
    there = {a.name for process in (*core, *processes) for a in process.attributes}
    made = [arrow for arrow in arrows if in_force(arrow, given) and {arrow.exposure, arrow.mediator} <= there]
    return [*(Step(process) for process in processes), *(arrow_step(arrow, given) for arrow in made)]


def arrow_step(arrow: Arrow, given: Mapping[str, Any]) -> Step:
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
