"""Values from the command line, laid over the tree of a scenario's files; their problems name the flag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from swmodel.scenario.check import Checker
from swmodel.scenario.merge import lever_name, merge_lever, merge_trees
from swmodel.scenario.problems import Problem, names, nearest
from swmodel.scenario.sections import SIMULATION
from swmodel.scenario.tree import Node, parse


def with_overrides(check: Checker, tree: Node, overrides: Sequence[str], simulation: Mapping[str, Any]) -> Node:
    """The tree with the values of flags over it."""
    for text in overrides:
        tree = with_override(check, tree, text, f"--set {text}")
    for name, value in simulation.items():
        if name not in SIMULATION:
            raise TypeError(f"unknown simulation override '{name}'; allowed: {', '.join(SIMULATION)}")
        if value is not None:
            tree = with_override(check, tree, f"simulation.{name}={value}", f"--{name} {value}")
    return tree


def with_override(check: Checker, tree: Node, text: str, flag: str) -> Node:
    """The tree with one "a.b=value" over it."""
    path, equals, written = text.partition("=")
    parts = [part.strip() for part in path.split(".")]
    if not equals or len(parts) < 2 or not all(parts):
        words = "a value is set as section.name=value, simulation.name=value or interventions.NAME.field=value"
        check.problems.append(Problem(flag, 0, 0, words))
        return tree
    found: list[Problem] = []
    value = parse(written, flag, found)
    check.problems.extend(replace(one, line=0, column=0) for one in found)
    if value is None or found:
        return tree
    value = flagged(value)
    if parts[0] == "interventions":
        return set_lever(check, tree, parts[1:], value, flag)
    if parts[0] in ("simulation", "parameters"):
        return merge_trees(tree, nested(parts, value, flag))
    return merge_trees(tree, nested(["parameters", *parts], value, flag))


def flagged(node: Node) -> Node:
    """A parsed value of a flag, without line and column."""
    value = node.value
    if node.is_map:
        value = {key: flagged(child) for key, child in value.items()}
    elif node.is_list:
        value = [flagged(child) for child in value]
    return replace(node, value=value, line=0, column=0, key_line=0, key_column=0)


def nested(parts: Sequence[str], value: Node, flag: str) -> Node:
    """Mappings around a value, one for each part of its path."""
    for part in reversed(parts):
        value = Node({part: value}, flag, 0, 0)
    return value


def set_lever(check: Checker, tree: Node, parts: list[str], value: Node, flag: str) -> Node:
    """The tree with one field of a named intervention set."""
    node = tree.value.get("interventions")
    entries = list(node.value) if node is not None and node.is_list else []
    known = [lever_name(entry) for entry in entries]
    if len(parts) < 2:
        check.problems.append(Problem(flag, 0, 0, "an intervention's value is set as interventions.NAME.field=value"))
        return tree
    if parts[0] not in known:
        present = [name for name in known if name]
        near = nearest(parts[0], present)
        value = Node(parts[0], flag, 0, 0, parts[0])
        check.add(value, f"the scenario has no intervention named '{parts[0]}'", "", names(present), near)
        return tree
    place = known.index(parts[0])
    kind = next(iter(entries[place].value))
    entries[place] = merge_lever(entries[place], nested([kind, *parts[1:]], value, flag))
    return replace(tree, value={**tree.value, "interventions": replace(node, value=entries)})
