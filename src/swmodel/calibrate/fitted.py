"""Where a fitted number goes in a scenario: all of a parameter, some labels or years, or a factor on what is there.

A draw of a fit is a mapping from the names of its priors to numbers; `applied` makes parameters of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swmodel.calibrate.priors import Prior
from swmodel.declare import Param
from swmodel.layout import EVERYONE
from swmodel.scenario.spec import Scenario
from swmodel.values import is_series


@dataclass(frozen=True)
class Fitted:
    """One number that is fitted, with its prior.

    `labels` narrow it to these labels of the parameter, `years` to these years of a series. `factor` multiplies what
    the scenario says instead of replacing it. Without a parameter it is a `bias`: what surveys report lies so far above
    the truth, on the scale of their measure (logit for shares).
    """

    prior: Prior
    param: Param | None = None
    labels: tuple[str, ...] = ()
    years: tuple[float, ...] = ()
    factor: bool = False
    source: str = ""

    @property
    def name(self) -> str:
        """The name of its prior."""
        return self.prior.name

    def put(self, value: Any, number: float) -> Any:
        """The parameter's value with this number in its place."""
        if not self.labels:
            return self.within(value, number)
        parts = dict(value) if isinstance(value, Mapping) and not is_series(value) else {EVERYONE: value}
        for label in self.labels:
            parts[label] = self.within(parts.get(label, parts.get(EVERYONE, number)), number)
        return parts

    def within(self, value: Any, number: float) -> Any:
        """One label's value with this number in its place."""
        if self.years and is_series(value):
            changed = {year: value[year] * number if self.factor else number for year in self.years}
            return dict(sorted({**value, **changed}.items()))
        if self.factor:
            return multiplied(value, number)
        return number


def multiplied(value: Any, number: float) -> Any:
    """A number, or every number of a series or of labels, times another."""
    if isinstance(value, Mapping):
        return {key: multiplied(part, number) for key, part in value.items()}
    return value * number


def applied(scenario: Scenario, fitted: Sequence[Fitted], draw: Mapping[str, float]) -> dict[str, Any]:
    """The parameters of a scenario that a draw changes, whole, in their declared units.

    Factors come last, wherever they stand, so that they multiply what other numbers of the draw set.
    """
    found: dict[str, Any] = {}
    for one in sorted(fitted, key=lambda one: one.factor):
        if one.param is not None:
            name = one.param.name
            now = found.get(name, scenario.parameters.get(name, one.param.default))
            found[name] = one.put(now, float(draw[one.name]))
    return found


def standing(now: Any, fitted: Any, drawn: Any) -> Any:
    """A scenario's value with a draw in it: `drawn` where it still says what it said when it was fitted, and its own
    word where it says otherwise, label by label and year by year.
    """
    if now == fitted:
        return drawn
    if not isinstance(now, Mapping) or (isinstance(drawn, Mapping) and is_series(now) != is_series(drawn)):
        return now
    new = drawn if isinstance(drawn, Mapping) else dict.fromkeys(now, drawn)
    was = fitted if isinstance(fitted, Mapping) else dict.fromkeys({**now, **new}, fitted)
    own = {key: standing(part, was[key], new[key]) if key in was and key in new else part
           for key, part in now.items()}  # fmt: skip
    found = {**own, **{key: part for key, part in new.items() if key not in was and key not in now}}
    return dict(sorted(found.items())) if is_series(found) else found


def extremes(value: Any) -> tuple[float, float]:
    """The smallest and the largest number of a value."""
    if isinstance(value, Mapping):
        ends = [extremes(part) for part in value.values()]
        return min(low for low, _ in ends), max(high for _, high in ends)
    return float(value), float(value)
