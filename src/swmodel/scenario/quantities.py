"""Values of parameters as written in YAML: a number, a text with its unit, a series over years, or either by label."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from swmodel import codes
from swmodel.declare import Param, dimensions
from swmodel.layout import EVERYONE, Layout
from swmodel.scenario.check import Checker, plain, span
from swmodel.scenario.problems import names, nearest
from swmodel.scenario.tree import Node, is_number
from swmodel.units import NEEDS_UNIT, SINGULAR, UNITS, UnitError, convert, dimension, same_dimension

FIRST_YEAR, LAST_YEAR = 1900.0, 2200.0  # a calendar year outside these is a slip of the pen
QUANTITY = re.compile(r"([-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)\s*(.*)", re.DOTALL)
DIGITS = 12  # significant digits kept in a conversion, so that 57 percent is 0.57
ADULTS_ONLY = "only adults of 18 years and over are simulated"


def read_value(check: Checker, node: Node, param: Param, where: str, layout: Layout) -> tuple[Any, str]:
    """The value in the parameter's declared unit (number, {year: number}, {label: either}) and the source beside it.

    The value is None after a problem, which is recorded.
    """
    source = ""
    if node.is_sourced:
        parts = check.fields(node, where, ("value", "source"), ("value",))
        source = (check.text(parts["source"], f"{where}.source") or "") if "source" in parts else ""
        node = parts["value"]
    if not node.is_map:
        return quantity(check, node, param, where), source
    if node.is_series:
        if param.constant:
            check.add_key(node, f"{where} may not vary in time", "years with values", "one value")
            return None, source
        return series(check, node, param, where), source
    if not node.value:
        check.add(node, f"{where} has no value", "")
        return None, source
    if stray := [k for k in node.value if is_number(k)]:
        check.add_key(
            node.value[stray[0]], f"{where} mixes years and labels", "", "years alone, or labels that hold years"
        )
        return None, source
    if param.by is None:
        first = next(iter(node.value))
        words = f"{where} is one value for everybody; it cannot differ by label"
        check.add_key(node.value[first], words, f"'{first}'", "a value, or years with values")
        return None, source
    found, given = labelled(check, node, param, where, layout)
    return found, source or given


def labelled(check: Checker, node: Node, param: Param, where: str, layout: Layout) -> tuple[dict[str, Any] | None, str]:
    """A value for each label, and the sources given for them, label by label where they differ."""
    allowed = allowed_labels(param, layout)
    found, sources = {}, {}
    for label, child in node.value.items():
        if not is_label(param, label, layout):
            unknown = dimensions(param)[0] == "group" or label not in layout.labels(dimensions(param)[0])
            what = f"{label_kind(param)} '{label}'"
            words = f"unknown {what} in {where}" if unknown else f"{where} is not used of {what}"
            check.add_key(child, words, "", names(allowed), nearest(label, allowed))
            continue
        value, source = read_value(check, child, _within(param), f"{where}.{label}", layout)
        sources[label] = source
        if value is not None:
            found[label] = value
    if not any(sources.values()):
        return found or None, ""
    if len(set(sources.values())) == 1:
        return found or None, next(iter(sources.values()))
    return found or None, "; ".join(f"{label}: {text or 'no source given'}" for label, text in sources.items())


def _within(param: Param) -> Param:
    """The parameter along its further dimensions only."""
    further = dimensions(param)[1:]
    return replace(param, by=further[0] if further else None)


def allowed_labels(param: Param, layout: Layout) -> tuple[str, ...]:
    """The labels under which a value of the parameter may be written."""
    dimension = dimensions(param)[0]
    if dimension == "group":
        return layout.names
    labels = layout.labels(dimension)
    if dimension == "pair_kind":  # the first stands for a free row
        forms = layout.tables["form_of"]
        labels = tuple(k for k, form in zip(labels, forms, strict=True) if form and form in (param.forms or forms))
    return tuple(dict.fromkeys((*labels, EVERYONE)))


def is_label(param: Param, label: Any, layout: Layout) -> bool:
    """True for a label under which a value may be written; groups may be narrowed, as in "fsw@nairobi"."""
    if dimensions(param)[0] == "group":
        return isinstance(label, str) and bool(layout.members(label))
    return label in allowed_labels(param, layout)


def label_kind(param: Param) -> str:
    """What a label of the parameter is called in a message."""
    return dimensions(param)[0].replace("_", " ")


def series(check: Checker, node: Node, param: Param, where: str) -> dict[float, float] | None:
    """Values by year, in increasing order."""
    found: dict[float, float] = {}
    last, sound = -math.inf, True
    for year, child in node.value.items():
        if not FIRST_YEAR <= year <= LAST_YEAR:
            check.add_key(child, f"{where} has a year that cannot be", plain(year), span(FIRST_YEAR, LAST_YEAR))
            sound = False
        elif year <= last:
            check.add_key(child, f"the years of {where} must increase", f"{plain(year)} after {plain(last)}")
            sound = False
        last = max(last, year)
        value = quantity(check, child, param, f"{where} in {plain(year)}")
        sound = sound and value is not None
        if value is not None:
            found[year] = value
    return found if sound else None


def quantity(check: Checker, node: Node, param: Param, where: str) -> float | None:
    """One number, bare or with a unit, in the parameter's declared unit and range."""
    kind, value = dimension(param.unit), node.value
    if isinstance(value, bool) and kind == "switch":
        return float(value)
    if kind == "switch" and not is_number(value):
        check.add(node, f"{where} must be true or false", None, "true, false")
        return None
    if is_number(value):
        if kind in NEEDS_UNIT:
            words = f"{where} needs a unit"
            check.add(node, words, None, units_allowed(param), "" if node.value == 0 else f"{node.text} {param.unit}")
            return None
        return in_range(check, node, float(value), param, where)
    if not isinstance(value, str):
        words = f"{where} has no value" if value is None else f"{where} must be a number"
        check.add(node, words, "" if value is None else None, expected(param))
        return None
    match = QUANTITY.fullmatch(value.strip())
    if match is None:
        check.add(node, f"{where} must be a number", None, expected(param))
        return None
    number, unit = float(match[1]), " ".join(match[2].split())
    if not unit:
        if kind in NEEDS_UNIT:
            check.add(node, f"{where} needs a unit", None, units_allowed(param), f"{match[1]} {param.unit}")
        else:
            check.add(node, f"{where} must be a number; remove the quotation marks", None, expected(param))
        return None
    try:
        converted = convert(number, unit, param.unit)
    except UnitError:
        near = nearest(unit, same_dimension(param.unit)) if unit not in UNITS else ""
        check.add(node, f"{where} has a unit that does not fit", None, units_allowed(param), near)
        return None
    if SINGULAR.get(unit, unit) != param.unit:
        converted = float(f"{converted:.{DIGITS}g}")
    return in_range(check, node, converted, param, where)


def in_range(check: Checker, node: Node, value: float, param: Param, where: str) -> float | None:
    """The value if it is finite and within the declared range."""
    low, high = param.range
    if dimension(param.unit) == "age" and value < codes.ADULT_AGE:
        check.add(node, f"{where} is under 18; {ADULTS_ONLY}", None, span(max(low, codes.ADULT_AGE), high, param.unit))
        return None
    if not (low <= value <= high and math.isfinite(value)):
        check.add(node, f"{where} is out of range", None, span(low, high, param.unit))
        return None
    return value


def units_allowed(param: Param) -> str:
    """The units of a parameter as a message lists them."""
    return "a number and one of " + ", ".join(f"'{unit}'" for unit in same_dimension(param.unit))


def expected(param: Param) -> str:
    """What a value of the parameter looks like."""
    if dimension(param.unit) in NEEDS_UNIT:
        return units_allowed(param)
    return span(*param.range, param.unit)
