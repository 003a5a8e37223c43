"""Parameter values: a number, a series over years, or either for each label of a dimension; spread over the steps.

A series {2004: 0, 2015: 0.6} is linear between its years and constant outside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.declare import Param
from swmodel.units import to_engine

EVERYONE = "all"  # a label that stands for every label not named otherwise


def is_series(value: Any) -> bool:
    """True for a mapping of years to numbers."""
    return isinstance(value, Mapping) and bool(value) and all(isinstance(k, (int, float)) for k in value)


def varies(value: Any) -> bool:
    """True if the value changes over time for any label."""
    if isinstance(value, Mapping) and not is_series(value):
        return any(varies(v) for v in value.values())
    return is_series(value) and len(set(value.values())) > 1


def at_times(value: Any, times: np.ndarray) -> np.ndarray:
    """A number or a series at each of `times` (years); shape (len(times),)."""
    if is_series(value):
        years = sorted(value)
        return np.interp(times, years, [float(value[y]) for y in years])
    return np.full(len(times), float(value))


def by_label(param: Param, value: Any, work_settings: tuple[str, ...]) -> list[Any]:
    """The value for each label of the parameter's dimension, in code order.

    A work setting takes its own value, else that of "fsw"; any label takes "all" when it has none of its own, and the
    parameter's default last.
    """
    names = codes.labels(param.by or "group", work_settings)
    if not isinstance(value, Mapping) or is_series(value):
        return [value] * len(names)
    default = param.default if isinstance(param.default, Mapping) else {EVERYONE: param.default}
    found = []
    for name in names:
        keys = [name, EVERYONE]
        if param.by == "group" and name in work_settings:
            keys.insert(1, codes.SEX_WORKERS)
        found.append(next((source[k] for source in (value, default) for k in keys if k in source), 0.0))
    return found


def tabulate(param: Param, value: Any, work_settings: tuple[str, ...], times: np.ndarray) -> np.ndarray:
    """The value at each step in the engine's units; shape (steps,), or (steps, labels) when `by` names a dimension."""
    if param.by is None:
        return to_engine(1.0, param.unit) * at_times(value, times)
    columns = [at_times(v, times) for v in by_label(param, value, work_settings)]
    return np.ascontiguousarray(to_engine(1.0, param.unit) * np.stack(columns, axis=1))
