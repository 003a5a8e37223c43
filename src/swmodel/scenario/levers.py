"""The `interventions:` of a scenario: whom each one reaches, when, and how far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swmodel import codes
from swmodel.declare import Process
from swmodel.layout import EVERYONE, SEX_WORKERS, Layout
from swmodel.scenario.check import Checker, plain, span
from swmodel.scenario.declarations import COVERAGE, DROPOUT, REACH, UPTAKE, Declarations
from swmodel.scenario.merge import kind_and_body
from swmodel.scenario.problems import names, nearest
from swmodel.scenario.quantities import ADULTS_ONLY, read_value
from swmodel.scenario.spec import Lever, Target
from swmodel.scenario.tree import Node

SCHEDULE = ("name", "start", "stop", "target")
OLDEST_AGE = 120.0  # years; no target may begin beyond it
YEARS_IN_WORK = "years_in_work"  # of a target: since a sex worker began
LEAVE_AGE = "leave_age"  # the core parameter for the age at which people leave the population


@dataclass(frozen=True)
class Frame:
    """What of the scenario an intervention refers to: its years, its labels, its unions of groups, its oldest age."""

    start: float
    stop: float
    layout: Layout
    oldest: float = OLDEST_AGE

    @property
    def labels(self) -> tuple[str, ...]:
        """Every group that a person can be in."""
        return self.layout.group_names

    @property
    def work_settings(self) -> tuple[str, ...]:
        """The names of the work settings."""
        return self.layout.work_settings

    def union(self, name: str) -> tuple[str, ...]:
        """The groups behind a label."""
        return self.layout.expand(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that stands for one or more groups; they may be narrowed, as in "fsw@nairobi"."""
        return self.layout.names


def read_levers(
    check: Checker, node: Node | None, known: Declarations, frame: Frame
) -> tuple[tuple[Lever, ...], dict[str, str]]:
    """Every intervention, and the sources given beside their values under "name.field"."""
    levers: list[Lever] = []
    sources: dict[str, str] = {}
    taken: dict[str, Node] = {}
    if node is not None and node.value is not None and not node.is_list:
        check.add(node, "interventions must be a list; start each with '- '")
        return (), {}
    for entry in node.value if node is not None and node.value else []:
        lever = read_lever(check, entry, known, frame, taken, sources)
        if lever is not None:
            levers.append(lever)
    return tuple(levers), sources


def read_lever(
    check: Checker, entry: Node, known: Declarations, frame: Frame, taken: dict[str, Node], sources: dict[str, str]
) -> Lever | None:
    """One intervention, or None after a problem in it."""
    found = kind_and_body(entry)
    if found is None:
        words = "an intervention must be one name with its fields, as in '- oral_prep: {start: 2026, coverage: 0.5}'"
        check.add(entry, words, allowed=names(known.interventions))
        return None
    kind, body = found
    if kind not in known.interventions:
        near = nearest(kind, known.interventions)
        check.add_key(body, f"unknown intervention '{kind}'", "", names(known.interventions), near)
        return None
    process = known.interventions[kind]
    before = len(check.problems)
    own = {p.name: p for p in process.params}
    allowed = [*SCHEDULE, *(p.name for p in REACH), *own]
    parts = check.fields(body, f"the intervention '{kind}'", allowed, ("start",))
    name = read_name(check, parts.get("name"), kind, body, taken)
    start, stop = read_dates(check, parts, name, frame)
    target = read_target(check, parts.get("target"), name, frame)
    values: dict[str, Any] = {}
    check_reach(check, body, parts, name)
    for param in (*REACH, *own.values()):
        if param.name in parts:
            value, source = read_value(check, parts[param.name], param, f"{name}.{param.name}", frame.layout)
            values[param.name] = value
            if source:
                sources[f"{name}.{param.name}"] = source
            if isinstance(value, dict):
                check_years(check, parts[param.name], value, f"{name}.{param.name}", frame)
    if len(check.problems) > before or target is None:
        return None
    return make_lever(process, name, start, stop, target, values)


def make_lever(process: Process, name: str, start: float, stop: float, target: Target, values: dict[str, Any]) -> Lever:
    """The frozen intervention; what is left in `values` are the kind's own parameters."""
    coverage, uptake = values.pop(COVERAGE.name, None), values.pop(UPTAKE.name, None)
    dropout = values.pop(DROPOUT.name, DROPOUT.default)
    return Lever(name, process.name, start, stop, target, coverage, uptake, dropout, values)


def read_name(check: Checker, node: Node | None, kind: str, body: Node, taken: dict[str, Node]) -> str:
    """The intervention's name, which no other one has."""
    name = (check.text(node, "name") if node is not None else kind) or kind
    place = node or body
    if "." in name or "/" in name:
        check.add(place, "the name of an intervention must not hold '.' or '/'")
    if name in taken:
        first = taken[name]
        where = f"{first.file}:{first.key_line or first.line}"
        check.add_key(
            place, f"two interventions are named '{name}'; the first is at {where}; give this one a name of its own"
        )
    taken.setdefault(name, body)
    return name


def read_dates(check: Checker, parts: Mapping[str, Node], name: str, frame: Frame) -> tuple[float, float]:
    """Start and stop, as years within the run."""
    run = f"a year of the run, {span(frame.start, frame.stop)}"
    start, stop = frame.start, math.inf
    if "start" in parts:
        found = check.number(parts["start"], f"{name}.start", -math.inf, math.inf, run)
        if found is not None and not frame.start <= found < frame.stop:
            check.add(parts["start"], f"{name}.start is outside the run", None, f"{run}, and before its end")
        start = found if found is not None else start
    if "stop" in parts and parts["stop"].value is not None:
        found = check.number(parts["stop"], f"{name}.stop", -math.inf, math.inf, run)
        if found is not None and found <= start:
            check.add(parts["stop"], f"{name} stops before it starts", None, f"a year after {plain(start)}")
        elif found is not None and not frame.start < found <= frame.stop:
            check.add(parts["stop"], f"{name}.stop is outside the run", None, f"{run}; leave it out for no end")
        stop = found if found is not None else stop
    return start, stop


def check_years(check: Checker, node: Node, value: Mapping[Any, Any], where: str, frame: Frame) -> None:
    """Refuse a series whose years lie outside the run."""
    inner = node.value["value"] if node.is_sourced else node
    for key, part in value.items():
        if isinstance(part, Mapping):
            check_years(check, inner.value[key], part, f"{where}.{key}", frame)
        elif not isinstance(key, str) and not frame.start <= key <= frame.stop:
            words = f"{where} has a year outside the run"
            check.add_key(inner.value[key], words, plain(key), span(frame.start, frame.stop))


def check_reach(check: Checker, body: Node, parts: Mapping[str, Node], name: str) -> None:
    """An intervention has either a coverage, or an uptake with perhaps a dropout."""
    rule = "either 'coverage' (a share of the target), or 'uptake' with 'dropout' (rates)"
    both = COVERAGE.name in parts and UPTAKE.name in parts
    if both:
        check.add_key(parts[UPTAKE.name], f"{name} has both coverage and uptake", "", rule)
    elif COVERAGE.name not in parts and UPTAKE.name not in parts and not misspelt(body):
        check.add_key(body, f"{name} has neither coverage nor uptake", "", rule)
    if DROPOUT.name in parts and not both and COVERAGE.name in parts:
        check.add_key(parts[DROPOUT.name], f"{name} has a dropout beside its coverage", "", rule)


def misspelt(body: Node) -> bool:
    """True if a field that is reported as unknown was meant to say how people are reached."""
    ways = [param.name for param in REACH]
    return body.is_map and any(nearest(key, ways) for key in body.value)


def read_target(check: Checker, node: Node | None, name: str, frame: Frame) -> Target | None:
    """Whom an intervention may reach; everyone if nothing is said. None if that is nobody, which is a problem."""
    parts = check.fields(node, f"{name}.target", ("group", "setting", "age", YEARS_IN_WORK))
    before = len(check.problems)
    chosen = read_labels(check, parts["group"], f"{name}.target.group", frame.layout) if "group" in parts else []
    settings: tuple[str, ...] = ()
    if "setting" in parts:
        settings = tuple(check.choices(parts["setting"], f"{name}.target.setting", frame.work_settings))
        if not settings and len(check.problems) == before:
            check.add(
                parts["setting"], f"{name}.target.setting matches nobody", "an empty list", names(frame.work_settings)
            )
    if "group" in parts and not chosen and len(check.problems) == before:
        check.add(parts["group"], f"{name}.target.group matches nobody", "an empty list", names(frame.names))
    age = read_age(check, parts["age"], f"{name}.target.age", frame) if "age" in parts else Target(()).age
    working = Target(()).years_in_work
    if YEARS_IN_WORK in parts:
        working = read_span(check, parts[YEARS_IN_WORK], f"{name}.target.{YEARS_IN_WORK}") or working
    if len(check.problems) > before or age is None:
        return None
    for group in chosen if settings else ():
        if not set(frame.union(group)) & {label for one in settings for label in frame.union(one)}:
            words = f"{name}.target matches nobody: nobody in '{group}' works in {names(settings)}"
            check.add(parts["setting"], words, "", f"a setting with sex workers of '{group}', or no setting")
            return None
    reached = {label for group in chosen or [EVERYONE] for label in frame.union(group)}
    inside = {label for one in settings for label in frame.union(one)}
    groups = tuple(label for label in frame.labels if label in reached and (not settings or label in inside))
    if YEARS_IN_WORK in parts:
        groups = tuple(label for label in groups if label in frame.union(SEX_WORKERS))
        if not groups:
            words = f"{name}.target matches nobody: only sex workers have {YEARS_IN_WORK}"
            check.add(parts[YEARS_IN_WORK], words, "", f"a group of sex workers, or no {YEARS_IN_WORK}")
            return None
    return Target(groups, age, working)


def read_labels(check: Checker, node: Node, where: str, layout: Layout) -> list[str]:
    """One label of groups or a list of them, each once; a label may be narrowed."""
    found = []
    for item in check.items(node, where):
        if isinstance(item.value, str) and layout.members(item.value):
            found.append(item.value)
        else:
            check.choice(item, where, layout.names)
    return list(dict.fromkeys(found))


def read_span(check: Checker, node: Node, where: str) -> tuple[float, float] | None:
    """Years [from, to)."""
    shape = "[from, to] in years, as in [0, 1]: the first year"
    ends = [check.number(item, where, 0.0, math.inf, shape) for item in node.value] if node.is_list else []
    if len(ends) != 2:
        check.add(node, f"{where} must be a list of two numbers", None, shape)
        return None
    low, high = ends
    if low is None or high is None:
        return None
    if low >= high:
        check.add(node, f"{where} matches nobody", f"[{plain(low)}, {plain(high)}]", shape)
        return None
    return low, high


def read_age(check: Checker, node: Node, where: str, frame: Frame) -> tuple[float, float] | None:
    """Ages [from, to) in years, both adult."""
    shape = "[from, to] in years, as in [18, 30]: from the 18th birthday until the 30th"
    if not node.is_list or len(node.value) != 2:
        check.add(node, f"{where} must be a list of two ages", None, shape)
        return None
    ages = []
    for item in node.value:
        number = check.number(item, where, -math.inf, math.inf, shape)
        if number is not None and number < codes.ADULT_AGE:
            check.add(item, f"{where} is under 18; {ADULTS_ONLY}", None, span(codes.ADULT_AGE, OLDEST_AGE, "years"))
            number = None
        ages.append(number)
    low, high = ages
    if low is None or high is None:
        return None
    if low >= high:
        check.add(node, f"{where} matches nobody", f"[{plain(low)}, {plain(high)}]", shape)
        return None
    if low >= frame.oldest:
        words = f"{where} matches nobody: people leave the population at {plain(frame.oldest)}"
        check.add(
            node,
            words,
            f"[{plain(low)}, {plain(high)}]",
            f"an age from {plain(codes.ADULT_AGE)} to {plain(frame.oldest)}",
        )
        return None
    return low, high
