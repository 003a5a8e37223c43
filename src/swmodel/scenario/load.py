"""A scenario file, the files it extends, and values from the command line, to one frozen Scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from swmodel.pathways import GRADES
from swmodel.scenario import declarations as declared
from swmodel.scenario.chain import read_chain
from swmodel.scenario.check import Checker
from swmodel.scenario.declarations import Declarations, Extension
from swmodel.scenario.feasible import check_feasible
from swmodel.scenario.flags import with_overrides
from swmodel.scenario.layers import check_layers
from swmodel.scenario.levers import LEAVE_AGE, OLDEST_AGE, Frame, read_levers
from swmodel.scenario.populations import check_size, read_groups, read_names, read_pair_kinds, read_work_settings
from swmodel.scenario.problems import ScenarioError
from swmodel.scenario.sections import TOP_LEVEL, read_parameters, read_simulation, read_sources, read_surveys
from swmodel.scenario.spec import Scenario
from swmodel.scenario.tree import Node, is_number


def load(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    declarations: Declarations | None = None,
    **simulation_overrides: Any,
) -> Scenario:
    """The scenario in a YAML file, resolved and frozen.

    `overrides` are texts as `--set` takes them: "section.name=value", "simulation.people=5000" or
    "interventions.NAME.field=value", the value in YAML. Keyword arguments (people=, seeds=, seed=, start=, stop=,
    step=) go over the `simulation:` section; None leaves a value as it is. Raises ScenarioError with every problem at
    once.
    """
    return load_with_extensions(path, overrides, declarations=declarations, **simulation_overrides)[0]


def load_with_extensions(
    path: str | Path,
    overrides: Sequence[str] = (),
    *,
    declarations: Declarations | None = None,
    **simulation_overrides: Any,
) -> tuple[Scenario, tuple[Extension, ...]]:
    """As `load`, with the extensions that the scenario names, imported and checked."""
    check = Checker()
    tree = read_chain(check, Path(path), str(path))
    if tree is None:
        raise ScenarioError(check.problems)
    written = years_of(tree)
    tree = with_overrides(check, tree, overrides, simulation_overrides)
    parts = check.fields(tree, "", TOP_LEVEL)
    known = declarations if declarations is not None else declared.core()
    paths, extensions = read_extensions(check, parts.get("extensions"), known)
    scenario = build(check, tree, parts, known.extended(extensions), str(path), paths, written)
    if not check.problems:
        check_feasible(check, tree, scenario, known)
        check_layers(check, tree, scenario, known.extended(extensions), extensions)
    if check.problems:
        raise ScenarioError(check.problems)
    return scenario, extensions


def build(
    check: Checker, tree: Node, parts: dict[str, Node], known: Declarations, path: str, extensions: tuple[str, ...],
    written: tuple[float, float],
) -> Scenario:  # fmt: skip
    """The scenario from a checked mapping; only to be used if no problem was recorded.

    `written` is the run of the files themselves, so that a flag may cut it short of an intervention's years.
    """
    simulation = read_simulation(check, parts.get("simulation"), tree)
    place = read_place(check, parts, tree)
    layout = place.layout
    parameters, beside = read_parameters(check, parts.get("parameters"), known, layout)
    default = known.parameters[LEAVE_AGE].default if LEAVE_AGE in known.parameters else OLDEST_AGE
    oldest = parameters.get(LEAVE_AGE, default)
    first, last = written
    years = min(first, simulation.start), max(last, simulation.stop)
    frame = Frame(*years, layout, OLDEST_AGE if isinstance(oldest, Mapping) else float(oldest))
    levers, lever_sources = read_levers(check, parts.get("interventions"), known, frame)
    apart = read_sources(check, parts.get("sources"), known)
    words = {name: check.text(parts[name], name) or "" for name in ("title", "description") if name in parts}
    name = Path(path).stem
    return replace(
        place, name=name, title=words.get("title", name.replace("_", " ")),
        start=simulation.start, stop=simulation.stop,
        step=simulation.step, people=simulation.people, seeds=simulation.seeds, seed=simulation.seed,
        parameters=parameters, levers=levers,
        surveys=read_surveys(check, parts.get("surveys"), known, frame), extensions=extensions,
        sources={**apart, **beside, **lever_sources}, description=words.get("description", ""),
        places=simulation.places, path=path,
        answers=tuple(str(one.value) for one in check.items(parts.get("answers"), "answers")),
        evidence=read_evidence(check, parts.get("evidence")),
        posterior=str(parts["posterior"].value or "") if "posterior" in parts else "",
    )  # fmt: skip


def read_evidence(check: Checker, node: Node | None) -> str:
    """The grade of what is known of a scenario's lever."""
    return (check.choice(node, "evidence", GRADES) or "") if node is not None else ""


def read_place(check: Checker, parts: dict[str, Node], root: Node) -> Scenario:
    """A scenario that holds who is in the place, and nothing else yet."""
    sites = read_names(check, parts.get("sites"), "sites", "a site", [])
    occupations = read_names(check, parts.get("occupations"), "occupations", "an occupation", list(sites))
    settings, workers = read_work_settings(check, parts.get("work_settings"), root)
    for name in set(settings) & {*sites, *occupations}:
        check.add(parts["work_settings"], f"'{name}' is the name of a work setting and of a site or occupation", "")
    place = Scenario("", "", 0.0, 0.0, 0.0, 0, 0, 0, settings, workers=workers, occupations=occupations, sites=sites)
    check_size(check, parts.get("sites"), root, place.layout)
    place = replace(place, groups=read_groups(check, parts.get("groups"), place.layout))
    return replace(place, pair_kinds=read_pair_kinds(check, parts.get("pair_kinds"), place.layout))


def years_of(tree: Node) -> tuple[float, float]:
    """Start and stop as the files give them; an empty range where they give none."""
    node = tree.value.get("simulation")
    values = node.value if node is not None and node.is_map else {}
    given = {name: float(one.value) for name, one in values.items() if is_number(one.value)}
    return given.get("start", math.inf), given.get("stop", -math.inf)


def read_extensions(
    check: Checker, node: Node | None, known: Declarations
) -> tuple[tuple[str, ...], tuple[Extension, ...]]:
    """The extensions that a scenario names, imported; nothing is imported if none is named."""
    items: dict[str, Node] = {}
    for item in check.items(node, "extensions"):
        text = check.text(item, "an extension")
        if text:
            items.setdefault(text, item)
    if not items:
        return (), ()
    from swmodel.extend import load_extensions

    return tuple(items), load_extensions(items, known, check)
