"""Units that a declaration or a scenario may use, and their one conversion to years, per-year rates and proportions."""

from __future__ import annotations

DAYS_PER_YEAR = 365.25  # Julian year
MONTHS_PER_YEAR = 12.0

# Each unit: (dimension, how many engine units one of it is). The engine's own units have factor 1.
UNITS: dict[str, tuple[str, float]] = {
    "years": ("time", 1.0),
    "months": ("time", 1.0 / MONTHS_PER_YEAR),
    "weeks": ("time", 7.0 / DAYS_PER_YEAR),
    "days": ("time", 1.0 / DAYS_PER_YEAR),
    "per year": ("rate", 1.0),
    "per month": ("rate", MONTHS_PER_YEAR),
    "per week": ("rate", DAYS_PER_YEAR / 7.0),
    "per day": ("rate", DAYS_PER_YEAR),
    "proportion": ("proportion", 1.0),
    "percent": ("proportion", 0.01),
    "probability": ("proportion", 1.0),
    "probability per act": ("proportion", 1.0),
    "relative risk": ("ratio", 1.0),
    "rate ratio": ("ratio", 1.0),
    "odds ratio": ("ratio", 1.0),
    "log odds": ("ratio", 1.0),
    "ratio": ("ratio", 1.0),
    "count": ("count", 1.0),
    "people": ("count", 1.0),
    "acts": ("count", 1.0),
    "years of age": ("age", 1.0),
    "calendar year": ("calendar", 1.0),
    "switch": ("switch", 1.0),
}
SINGULAR = {"year": "years", "month": "months", "week": "weeks", "day": "days", "%": "percent"}
NEEDS_UNIT = ("time", "rate")


class UnitError(ValueError):
    """A unit is unknown, missing, or of another dimension than the parameter's; the message lists what is allowed."""


def dimension(unit: str) -> str:
    """The dimension of a known unit: time, rate, proportion, ratio, count, age, calendar or switch."""
    return UNITS[SINGULAR.get(unit, unit)][0]


def same_dimension(unit: str) -> list[str]:
    """The units that may be written for a parameter declared in `unit`."""
    want = dimension(unit)
    return [name for name, (dim, _) in UNITS.items() if dim == want]


def convert(value: float, unit: str, declared: str) -> float:
    """`value` in `unit`, expressed in the `declared` unit. Raises UnitError if the two do not fit."""
    unit = SINGULAR.get(unit, unit)
    if unit not in UNITS or UNITS[unit][0] != dimension(declared):
        raise UnitError(f"unit '{unit}' does not fit; allowed: {', '.join(same_dimension(declared))}")
    if unit == declared:
        return value
    return value * UNITS[unit][1] / UNITS[declared][1]


def to_engine(value: float, declared: str) -> float:
    """`value` in its declared unit, as the kernels receive it: years, per-year rates, proportions."""
    return value * UNITS[declared][1]
