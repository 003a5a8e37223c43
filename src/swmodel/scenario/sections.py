"""The sections of a scenario other than its interventions: simulation, populations, parameters, sources and surveys."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from swmodel import codes
from swmodel.declare import Param
from swmodel.layout import EVERYONE, Layout
from swmodel.scenario.check import Checker, plain, span
from swmodel.scenario.declarations import Declarations
from swmodel.scenario.levers import Frame, read_age
from swmodel.scenario.problems import names, nearest
from swmodel.scenario.quantities import FIRST_YEAR, LAST_YEAR, quantity, read_value
from swmodel.scenario.spec import Ratio, Survey
from swmodel.scenario.tree import Node

TOP_LEVEL = (
    "extends", "title", "description", "extensions", "simulation", "sites", "occupations", "work_settings",
    "pair_kinds", "groups", "parameters", "interventions", "surveys", "sources", "answers", "evidence", "posterior",
)  # fmt: skip
SIMULATION = ("start", "stop", "step", "people", "adults", "seeds", "seed")
DEFAULT_PEOPLE, DEFAULT_SEEDS, DEFAULT_SEED = 10_000, 5, 1
DEFAULT_STEP = 1.0 / 12.0  # years
MOST_PEOPLE = 100_000_000  # the largest population that row numbers and identities are made for
MOST_SEED = 2**63 - 1
FEWEST_PEOPLE = 100  # below this no pair can be expected to form
STEP = Param("step", 1.0, "months", (1 / 31, 12.0), "a choice of the scenario", "length of a time step")
SURVEY = ("measure", "group", "year", "relative_to", "age", "estimate", "low", "high", "n", "design_effect", "source",
          "note")  # fmt: skip
LARGEST_DESIGN_EFFECT = 100.0


@dataclass(frozen=True)
class Simulation:
    """The `simulation:` section, with its defaults."""

    start: float
    stop: float
    step: float = DEFAULT_STEP
    people: int = DEFAULT_PEOPLE
    seeds: int = DEFAULT_SEEDS
    seed: int = DEFAULT_SEED
    places: float = 1.0


def read_simulation(check: Checker, node: Node | None, root: Node) -> Simulation:
    """Years, step, people and seeds. After a problem the value is a stand-in, so that the rest can be checked."""
    if node is None:
        check.add(root, "'simulation' is missing; it gives start and stop", "", "simulation: {start: 1985, stop: 2040}")
    parts = check.fields(node, "simulation", SIMULATION, ("start", "stop"))
    start = year(check, parts.get("start"), "simulation.start")
    stop = year(check, parts.get("stop"), "simulation.stop")
    if start is not None and stop is not None and stop <= start:
        check.add(parts["stop"], "the simulation stops before it starts", None, f"a year after {plain(start)}")
        start = stop = None
    made: dict[str, Any] = {}
    if "step" in parts:
        months = quantity(check, parts["step"], STEP, "simulation.step")
        made["step"] = months / 12.0 if months else DEFAULT_STEP
    limits = {"people": (FEWEST_PEOPLE, MOST_PEOPLE), "seeds": (1, math.inf), "seed": (0, MOST_SEED)}
    for name, (low, high) in limits.items():
        if name in parts:
            found = check.integer(parts[name], f"simulation.{name}", int(low), high)
            if found is not None:
                made[name] = found
    if "adults" in parts:
        adults = check.number(parts["adults"], "simulation.adults", 1.0, math.inf)
        made["places"] = (adults or 1.0) / made.get("people", DEFAULT_PEOPLE)
    return Simulation(start if start is not None else FIRST_YEAR, stop if stop is not None else LAST_YEAR, **made)


def year(check: Checker, node: Node | None, where: str) -> float | None:
    """A calendar year, perhaps with a fraction."""
    return check.number(node, where, FIRST_YEAR, LAST_YEAR, f"a year, {span(FIRST_YEAR, LAST_YEAR)}") if node else None


def read_parameters(
    check: Checker, node: Node | None, known: Declarations, layout: Layout
) -> tuple[dict[str, Any], dict[str, str]]:
    """Values by parameter name in declared units, and the sources given beside them."""
    found: dict[str, Any] = {}
    sources: dict[str, str] = {}
    sections = known.sections
    everything = {name: section for section, params in sections.items() for name in params}
    for section, body in check.mapping(node, "parameters").items():
        if section not in sections:
            near = nearest(section, sections)
            hint = everything.get(section) or known.interventions.get(section)
            if isinstance(hint, str):
                check.add_key(body, f"'{section}' belongs in the section '{hint}' of parameters")
            elif hint is not None:
                check.add_key(body, f"'{section}' is an intervention; set its values under interventions")
            else:
                check.add_key(body, f"unknown section '{section}' in parameters", "", names(sections), near)
            continue
        params = sections[section]
        for name, value in check.mapping(body, f"parameters.{section}").items():
            where = f"{section}.{name}"
            if name not in params:
                unknown_parameter(check, value, name, section, params, everything)
                continue
            made, source = read_value(check, value, params[name], where, layout)
            if made is not None:
                found[name] = made
            if source or not value.line:
                sources[name] = source or f"set with {value.file}"
    return found, sources


def unknown_parameter(
    check: Checker, node: Node, name: object, section: str, params: Mapping[str, Param], everything: Mapping[str, str]
) -> None:
    """Say that a section has no such parameter, and where one of that name or nearly that name is."""
    if name in everything:
        check.add_key(node, f"'{name}' belongs in the section '{everything[str(name)]}', not in '{section}'")
        return
    near = nearest(name, params) or nearest(name, everything)
    if near in everything and everything[near] != section:
        near = f"{everything[near]}.{near}"
    check.add_key(node, f"unknown name '{name}' in parameters.{section}", "", names(params), near)


def read_sources(check: Checker, node: Node | None, known: Declarations) -> dict[str, str]:
    """Sources written apart from their values, by parameter name."""
    found = {}
    for name, value in check.mapping(node, "sources").items():
        if name not in known.parameters:
            near = nearest(name, known.parameters)
            check.add_key(value, f"sources names '{name}', which is not a parameter", "", "", near)
            continue
        text = check.text(value, f"sources.{name}")
        if text:
            found[name] = text
    return found


def read_surveys(check: Checker, node: Node | None, known: Declarations, frame: Frame) -> tuple[Survey, ...]:
    """Survey estimates to set beside the model."""
    if node is None or node.value is None:
        return ()
    if not node.is_list:
        check.add(node, "surveys must be a list, or the name of a YAML file that holds one")
        return ()
    found = [read_survey(check, item, known, frame) for item in node.value]
    return tuple(survey for survey in found if survey is not None)


def read_survey(check: Checker, node: Node, known: Declarations, frame: Frame) -> Survey | None:
    """One estimate, or None after a problem in it."""
    before = len(check.problems)
    parts = check.fields(node, "a survey", SURVEY, ("measure", "group", "year"))
    measure = check.choice(parts["measure"], "the survey's measure", known.measures) if "measure" in parts else None
    group = None
    if "group" in parts:
        group = read_survey_group(check, parts["group"], result_labels(known, measure, frame), frame)
    when = year(check, parts.get("year"), "year")
    other = parts.get("relative_to")
    unit = known.measures[measure].unit if measure and other is None else ""
    amounts = {name: amount(check, parts[name], name, unit) for name in ("estimate", "low", "high") if name in parts}
    estimate, low, high = (amounts.get(name) for name in ("estimate", "low", "high"))
    size = check.integer(parts["n"], "n", 1) if "n" in parts and parts["n"].value is not None else None
    age = read_age(check, parts["age"], "the survey's age", frame) if "age" in parts else None
    effect = check.number(parts["design_effect"], "design_effect", 1.0, LARGEST_DESIGN_EFFECT) \
        if "design_effect" in parts else None  # fmt: skip
    words = {name: check.text(parts[name], name) or "" for name in ("source", "note") if name in parts}
    if len(check.problems) > before:
        return None
    if estimate is None and (low is None or high is None):
        check.add(node, "a survey needs an estimate, or low and high", "")
        return None
    middle = estimate if estimate is not None else low
    if not (low if low is not None else middle) <= middle <= (high if high is not None else middle):  # type: ignore[operator]
        check.add(node, "a survey must have low <= estimate <= high", f"{low}, {estimate}, {high}")
        return None
    texts = words.get("source", ""), words.get("note", "")
    one = Survey(str(measure), str(group), float(when or 0.0), estimate, low, high, size, *texts, age, effect)
    return one if other is None else read_comparison(check, other, one, known, frame)


def read_comparison(check: Checker, node: Node, one: Survey, known: Declarations, frame: Frame) -> Ratio | None:
    """A survey's number as a ratio to that of another group or year, or None after a problem."""
    before = len(check.problems)
    parts = check.fields(node, "relative_to", ("group", "year"))
    group: str | None = one.group
    if "group" in parts:
        group = read_survey_group(check, parts["group"], result_labels(known, one.measure, frame), frame)
    when = year(check, parts["year"], "relative_to.year") if "year" in parts else one.year
    if len(check.problems) > before:
        return None
    if (group, when) == (one.group, one.year):
        check.add(node, "relative_to names no other group and no other year", "", "{group: women_all} or {year: 1998}")
    if one.n is not None or one.design_effect is not None:
        check.add(node, "a ratio of two numbers has no n and no design_effect; give low and high", "")
    if not min(x for x in (one.low, one.estimate, one.high) if x is not None) > 0.0:
        check.add(node, "a ratio is above 0", "")
    if len(check.problems) > before:
        return None
    return Ratio(**{**vars(one), "other_group": str(group), "other_year": float(when or 0.0)})


def read_survey_group(check: Checker, node: Node, reported: tuple[str, ...], frame: Frame) -> str | None:
    """The label of a survey's group; one that is not reported as such may still be a narrowed group."""
    if isinstance(node.value, str) and reported == frame.names and frame.layout.members(node.value):
        return node.value
    return check.choice(node, "the survey's group", reported)


def amount(check: Checker, node: Node, where: str, unit: str) -> float | None:
    """A survey's number; a proportion lies within 0 to 1 and may be written in percent."""
    if node.value is None:
        return None
    shape = "proportion" if unit in ("proportion", "percent", "probability") else "ratio"
    top = {"proportion": 1.0 if unit != "percent" else 100.0}.get(shape, math.inf)
    return quantity(check, node, Param(where, 0.0, unit if shape == "proportion" else shape, (0.0, top), "", ""), where)


def result_labels(known: Declarations, measure: str | None, frame: Frame) -> tuple[str, ...]:
    """The labels that a measure has in the results table."""
    counter = known.counters.get(known.measures[measure].numerator[0]) if measure else None
    if counter is None or counter.by == ("group",):
        return frame.names
    parts = [_axis(dimension, frame) for dimension in counter.by]
    labels = list(parts[0]) if parts else [EVERYONE]
    for axis in parts[1:]:
        labels = [f"{one}/{other}" for one in labels for other in axis]
    return tuple(labels)


def _axis(dimension: str, frame: Frame) -> tuple[str, ...]:
    if dimension == "group":
        return frame.names
    return (*(x for x in frame.layout.labels(dimension) if x != codes.PAIR_KINDS[codes.NONE]), EVERYONE)
