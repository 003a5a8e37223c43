"""A look at the state in the middle of a step; the engine calls it like a process."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from swmodel.engine import Engine


class Look:
    """Calls `see` in every step, right after the process named `after`."""

    def __init__(self, run: Engine, after: str, see: Callable[[], None]) -> None:
        self.active, self.see = np.ones(run.n_steps, np.bool_), see
        run.calls.insert([call.process.name for call in run.calls if hasattr(call, "process")].index(after) + 1, self)

    def run(self, run: Engine) -> None:
        """See what there is to see."""
        self.see()
