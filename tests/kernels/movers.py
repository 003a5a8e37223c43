"""One step of changes of role, for the tests of who starts, pauses, leaves and is likelier to."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.by_name import BROTHEL, CLIENT, DT, HOME, STREET, TIME, Result, by_group, call, key_of
from swmodel import rng
from swmodel.processes.sex_work import roles

KEY = key_of(roles)
HAZARDS = {CLIENT: 0.2, BROTHEL: 0.1, STREET: 0.2, HOME: 0.3}  # of starting
START = [by_group(HAZARDS)] * 24  # at each of 24 steps
SELLS = 0.6  # of a woman, over the settings
AGE = 30.0
ALIKE = {  # nobody is likelier to move than another
    "start_age_scale": 1e300, "start_hiv": 1.0, "start_diagnosed": 1.0, "leave_hiv": 1.0, "debt_share": 0.0,
}  # fmt: skip


def move(**given: Any) -> Result:
    """One step of the process, on people aged 30, nobody likelier to move than another, unless said otherwise."""
    return call(roles, **{"start_hazard": START, "birth": TIME - AGE, **ALIKE, **given})


def spent(**given: Any) -> list[float]:
    """What the step takes off each clock, as a hazard per year."""
    return ((1.0 - move(role_clock=1.0, **given).role_clock) / DT).tolist()


def u(occasion: int, partner: int = 1, draw: int = 0, n: int = 50) -> np.ndarray:
    """The uniforms of one draw at one occasion, of uid 0 to n - 1."""
    return np.array([rng.uniform(KEY, uid, partner, occasion, draw) for uid in range(n)])
