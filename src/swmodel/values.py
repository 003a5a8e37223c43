"""Parameter values: a number, a series over years, or either for each label of a dimension; spread over the steps.

A series {2004: 0, 2015: 0.6} is linear between its years and constant outside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.declare import Param, dimensions
from swmodel.layout import EVERYONE, Layout
from swmodel.units import to_engine


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


def by_label(param: Param, value: Any, layout: Layout) -> list[Any]:
    """The value for each label of the parameter's first dimension, in code order; a further one is left as it is.

    A label takes its own value, else "all"; a group takes that of the label that names it with the fewest others, and
    of two as narrow that of the later one; a further kind of pair takes that of the standard kind of its form. What the
    value does not say, the parameter's default does, and at last it is 0.
    """
    dimension = dimensions(param)[0]
    names = layout.labels(dimension)
    if not isinstance(value, Mapping) or is_series(value):
        return [value] * len(names)
    default = param.default if isinstance(param.default, Mapping) else {EVERYONE: param.default}
    sources = (value, default) if value is not param.default else (value,)
    if dimension == "group":
        ranked = [narrowest(source, layout) for source in sources]
        return [next((r[k] for r in ranked if r[k] is not None), 0.0) for k in range(len(names))]
    found = []
    for k, name in enumerate(names):
        keys = [name, EVERYONE]
        if dimension == "pair_kind" and k >= len(codes.PAIR_KINDS):
            keys.insert(1, codes.PAIR_KINDS[codes.STANDARD_FORMS.index(layout.kinds[k - len(codes.PAIR_KINDS)][1])])
        found.append(next((source[key] for source in sources for key in keys if key in source), 0.0))
    return found


def narrowest(value: Mapping[str, Any], layout: Layout) -> list[Any]:
    """For each group, the value of the label that names it with the fewest others; None where none does."""
    found: list[Any] = [None] * len(layout.groups)
    sizes = [len(found) + 1] * len(found)
    for label, part in value.items():
        members = layout.members(label) or frozenset()
        for code in members:
            if len(members) <= sizes[code]:
                found[code], sizes[code] = part, len(members)
    return found


def tabulate(param: Param, value: Any, layout: Layout, times: np.ndarray) -> np.ndarray:
    """The value at each step in the engine's units; shape (steps, *labels of each dimension in `by`)."""
    scale = to_engine(1.0, param.unit)
    if param.by is None:
        return scale * at_times(value, times)
    parts = by_label(param, value, layout)
    further = dimensions(param)[1:]
    if further:
        rows = by_label(param, param.default, layout)  # what a row leaves out is the default's, as elsewhere
        inner = [replace(param, by=further[0], default=row) for row in rows]
        columns = [tabulate(one, part, layout, times) for one, part in zip(inner, parts, strict=True)]
        return np.ascontiguousarray(np.stack(columns, axis=1))
    return np.ascontiguousarray(scale * np.stack([at_times(v, times) for v in parts], axis=1))
