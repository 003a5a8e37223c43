"""Arrows of the causal layer: what weighs on a person changes a choice or a rate, and nothing else.

An arrow leads from an exposure, which lasts (recent violence, say), to a mediator, which multiplies odds or a rate in
one step (the odds of a condom, the rate of testing). It reads what was so at the end of the step before. HIV itself is
never the end of an arrow: effects on HIV come out, and are compared with studies.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swmodel.declare import Attr, DeclarationError, Param, Process

GRADES = ("strong", "moderate", "weak", "assumption")
NEUTRAL = 1.0  # an odds or rate ratio that changes nothing: the arrow is off
SECTION = "pathways"
UNITS = ("odds ratio", "rate ratio")
# Mediators that are parts of another: an effect may pass by either.
PARTS = {"client_condom_odds": "condom_odds", "premium_odds": "condom_odds"}


@dataclass(frozen=True, slots=True)
class Arrow:
    """One causal effect, declared once.

    `effect` multiplies the mediator once for an exposure of 1, and as a power of it for any other. Of an effect that
    was only observed, the share `causal_share` of its logarithm is taken; what a trial found is taken whole. `onset`
    and `decay` say in words how it begins and ends; `over` is the roll of those on whom it acts. `net_of` names
    exposures whose own arrows to the same mediator are not in `effect`: without them, an effect that a longer way
    carries too would count twice.
    """

    exposure: str
    mediator: str
    effect: float
    unit: str
    range: tuple[float, float]
    grade: str
    source: str
    doc: str
    onset: str
    decay: str
    over: str = "selling"
    from_trial: bool = False
    net_of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its parameter."""
        return f"{self.exposure}_to_{self.mediator}"

    @property
    def label(self) -> str:
        """How messages and tables name it."""
        return f"{self.exposure} -> {self.mediator}"

    @property
    def param(self) -> Param:
        """Its size, as a parameter of a scenario; 1, which takes the arrow out, is always allowed."""
        span = min(self.range[0], NEUTRAL), max(self.range[1], NEUTRAL)
        return Param(self.name, self.effect, self.unit, span, self.source, self.doc, section=SECTION)


@dataclass(frozen=True)
class Graph:
    """Exposures, mediators, and the ways between them: arrows, and processes that turn mediators into exposures."""

    arrows: tuple[Arrow, ...]
    fed: tuple[tuple[str, str, str], ...]  # mediator, exposure, process

    def ways(self, start: str, end: str, passed: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every way from one node to another that meets no node twice; the nodes passed, both ends included."""
        here = (*passed, start)
        if start == end and passed:
            yield here
            return
        nexts = [a.mediator for a in self.arrows if a.exposure == start]
        nexts += [exposure for mediator, exposure, _ in self.fed if mediator == start]
        for node in dict.fromkeys(nexts):
            if node not in here or (node == end and node not in passed[1:]):
                yield from self.ways(node, end, here)


def graph(arrows: Sequence[Arrow], processes: Iterable[Process]) -> Graph:
    """The graph of these arrows; which process turns which mediator into which exposure is read off what it takes."""
    ends, starts, every = {a.mediator for a in arrows}, {a.exposure for a in arrows}, list(processes)
    fed = []
    for one in every:
        read = [name for name in one.arguments if name in ends and name not in one.writes]
        own = {a.name for a in one.attributes} & set(one.writes)  # a state that only serves to say who is exposed
        after = [other for other in every if own & set(other.arguments) - set(other.writes)]
        written = [*one.writes, *(name for other in after for name in other.writes)]
        fed += [(mediator, name, one.name) for mediator in read for name in dict.fromkeys(written) if name in starts]
    return Graph(tuple(arrows), tuple(fed))


def check_arrows(arrows: Sequence[Arrow], processes: Sequence[Process]) -> None:
    """Refuse arrows that lead nowhere, act within one step in a circle, or count an effect twice."""
    attributes = {a.name: a for one in processes for a in one.attributes}
    check_circles(arrows)
    for arrow in arrows:
        check_numbers(arrow)
        check_end(arrow, "exposure", arrow.exposure, attributes, lasts=True)
        check_end(arrow, "mediator", arrow.mediator, attributes, lasts=False)
    made = graph(arrows, processes)
    for arrow in arrows:
        alike = [m for m in {a.mediator for a in arrows} if whole(m) == whole(arrow.mediator)]
        for way in (way for mediator in sorted(alike) for way in made.ways(arrow.exposure, mediator)):
            through = [node for node in way[1:-1] if node in {a.exposure for a in arrows}]
            if through and not set(through) <= set(arrow.net_of):
                raise DeclarationError(
                    f"the effect of {arrow.label} counts twice: it is also carried by {' -> '.join(way)}; take one of "
                    f"them out, or declare the arrow net of {', '.join(through)}"
                )


def whole(mediator: str) -> str:
    """The mediator of which this one is a part, or itself."""
    return PARTS.get(mediator, mediator)


def check_numbers(arrow: Arrow) -> None:
    """Refuse a size, unit or grade that is not allowed."""
    low, high = arrow.range
    if arrow.unit not in UNITS:
        raise DeclarationError(f"the arrow {arrow.label}: unit '{arrow.unit}' is not one of {', '.join(UNITS)}")
    if arrow.grade not in GRADES:
        raise DeclarationError(f"the arrow {arrow.label}: grade '{arrow.grade}' is not one of {', '.join(GRADES)}")
    if not 0.0 < low <= arrow.effect <= high:
        raise DeclarationError(f"the arrow {arrow.label}: effect {arrow.effect} is outside its range, {low} to {high}")


def check_end(arrow: Arrow, what: str, name: str, attributes: dict[str, Attr], lasts: bool) -> None:
    """Refuse an end of an arrow that nothing declares, or that is of the wrong sort."""
    fitting = [
        a.name
        for a in attributes.values()
        if a.reset != lasts and a.dtype == "f4" and a.table == "people" and suits(a, lasts)
    ]
    if name in fitting:
        return
    if name in attributes:
        why = f"'{name}' lasts, and a mediator is back at 1 in every step" if not lasts else f"'{name}' is a mediator"
        if attributes[name].reset != lasts:
            sort = "from 0 on" if lasts else "at 1 unless something acts on it"
            why = f"'{name}' is not a number of a person in single precision, {sort}"
        raise DeclarationError(f"the arrow {arrow.label}: {why}; allowed as {what}: {', '.join(sorted(fitting))}")
    near = difflib.get_close_matches(name, fitting, 1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise DeclarationError(
        f"the arrow {arrow.label}: unknown {what} '{name}'{hint}; allowed: {', '.join(sorted(fitting))}"
    )


def suits(attribute: Attr, lasts: bool) -> bool:
    """Whether its default is one of an exposure (a date that never was lies below 0) or of a mediator, a factor."""
    return attribute.default >= 0.0 if lasts else attribute.default == NEUTRAL


def check_circles(arrows: Sequence[Arrow]) -> None:
    """Refuse arrows that lead in a circle without a process between them: all would act within one step."""
    alone = Graph(tuple(arrows), ())
    for arrow in arrows:
        for way in alone.ways(arrow.exposure, arrow.exposure):
            raise DeclarationError(f"arrows lead in a circle within one step: {' -> '.join(way)}")


def in_force(arrow: Arrow, parameters: Mapping[str, Any]) -> bool:
    """True if a scenario with these parameters gives the arrow a size other than 1."""
    value = parameters.get(arrow.name, arrow.effect)
    return isinstance(value, dict) or value != NEUTRAL
