"""The groups and kinds of pair of a plain setting: one site, no occupations, women who work in the street."""

from __future__ import annotations

from typing import Any

import numpy as np

from swmodel import codes
from swmodel.declare import VARIES, Process
from swmodel.layout import Layout

LAYOUT = Layout((("street", codes.WOMEN),))
WOMEN, MEN, CLIENTS, STREET, FORMER = range(5)
assert LAYOUT.group_names == ("women", "men", "clients", "street", "former_fsw")
GROUPS, KINDS, STAGES = len(LAYOUT.groups), len(LAYOUT.pair_kinds), len(codes.HIV_STAGES)


def call(process: Process, **values: Any) -> Any:
    """Call a kernel by the names of its arguments; what a group or kind stands for is that of the plain setting.

    A value that the kernel does not take may stand among the `values`, so that several can share them.
    """
    varies = {name: True for name in process.arguments if name.endswith(VARIES)}
    given = {**LAYOUT.tables, **varies, **{c.name: counter(c) for c in process.counters}, **values}
    return process.kernel(*(given[name] for name in process.arguments))


def counter(declared: Any) -> np.ndarray:
    """Nothing counted yet, for each label."""
    return np.zeros(tuple(len(LAYOUT.labels(by)) for by in declared.by), np.int64)
