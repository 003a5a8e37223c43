"""One step of changes of role, for the tests of who starts, pauses, leaves and is likelier to."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.by_name import BROTHEL, CLIENT, DT, HOME, PLAIN, STREET, TIME, Result, by_group, call, key_of
from swmodel import rng
from swmodel.layout import Layout
from swmodel.processes.sex_work import role_clocks, roles

KEY = key_of(roles)
HAZARDS = {CLIENT: 0.2, BROTHEL: 0.1, STREET: 0.2, HOME: 0.3}  # of starting
START = [by_group(HAZARDS)] * 24  # at each of 24 steps
SELLS = 0.6  # of a woman, over the settings
AGE = 30.0
ALIKE = {  # nobody is likelier to move than another
    "start_age_scale": 1e300, "start_hiv": 1.0, "start_diagnosed": 1.0, "leave_hiv": 1.0, "debt_share": 0.0,
    "education_at_start": [0.25, 0.25, 0.5],
}  # fmt: skip


def move(layout: Layout = PLAIN, **given: Any) -> Result:
    """One step of both processes, the clocks and then whoever they ran out for; the result is of both together.

    People are 30 years old, and nobody is likelier to move than another, unless said otherwise.
    """
    nobody = np.zeros(len(layout.groups), bool)
    everything = {"start_hazard": START, "birth": TIME - AGE, "visiting": nobody, **ALIKE, **given}
    taken = {name for process in (role_clocks, roles) for name in process.arguments} | {"people_rows"}
    if wrong := set(everything) - taken:
        raise TypeError(f"neither process takes {sorted(wrong)}")

    def of(arguments: tuple[str, ...]) -> dict[str, Any]:
        return {name: value for name, value in everything.items() if name in (*arguments, "people_rows")}

    clocks = call(role_clocks, layout=layout, **of(role_clocks.arguments))
    then = {"role_clock": clocks.role_clock, "rows": clocks.turning, "people_rows": len(clocks.role_clock)}
    settled = call(roles, layout=layout, **{**of(roles.arguments), **then})
    settled.before |= {"role_clock": clocks.before["role_clock"]}
    settled.turning = clocks.turning
    return settled


def spent(**given: Any) -> list[float]:
    """What the step takes off each clock, as a hazard per year."""
    return ((1.0 - move(role_clock=1.0, **given).role_clock) / DT).tolist()


def u(occasion: int, n: int = 50) -> np.ndarray:
    """The uniforms that say what happens when the clock of uid 0 to n - 1 runs out for the `occasion`-th time."""
    return np.array([rng.uniforms(KEY, uid, 1, occasion, 0)[0] for uid in range(n)])


def v(occasion: int, n: int = 50) -> np.ndarray:
    """The uniforms of the same occasion that say to which setting, whether she starts, and whether she goes home."""
    return np.array([rng.uniforms(KEY, uid, 1, occasion, 0)[1] for uid in range(n)])


def of_spell(spell: int, draw: int, n: int = 50) -> np.ndarray:
    """The uniforms of uid 0 to n - 1 at the start of a spell: draw 0 for part-time, 1 for a manager."""
    return np.array([rng.uniform(KEY, uid, 4, spell, draw) for uid in range(n)])
