"""The sections that say who is in a place: work settings, occupations, sites, kinds of pair, and named groups."""

from __future__ import annotations

import re

from swmodel import codes
from swmodel.layout import EVERYONE, WORDS, Layout
from swmodel.scenario.check import Checker
from swmodel.scenario.levers import read_labels
from swmodel.scenario.problems import names
from swmodel.scenario.spec import PairKind
from swmodel.scenario.tree import Node

NAME = re.compile(r"[a-z][a-z0-9_]*")
TAKEN = (*WORDS, EVERYONE, "none", "value", "source")  # words with a meaning of their own
FORMS = codes.FORMS[codes.STEADY : codes.NEEDLE]  # that a setting file may give to a kind of pair
MOST_GROUPS = 255  # that a person's group is stored for
PAIR_KIND = ("form", "of")


def read_work_settings(check: Checker, node: Node | None, root: Node) -> tuple[tuple[str, ...], dict[str, str]]:
    """The names of the work settings in their order, and the population that works in each."""
    if node is None or node.value is None:
        words = "'work_settings' is missing; it names at least one place of sex work"
        check.add(node or root, words, "", "a list, as in [street, venue]")
        return (), {}
    found: dict[str, str] = {}
    if node.is_map:
        for key, child in node.value.items():
            name = new_name(check, key_of(key, child), "a work setting", list(found))
            population = check.choice(child, f"who works in '{key}'", codes.SELLING)
            if name and population:
                found[name] = population
    else:
        for item in check.items(node, "work_settings"):
            name = new_name(check, item, "a work setting", list(found))
            if name:
                found[name] = "women"
    if not found and not node.value:
        check.add(node, "work_settings must name at least one place", None, "a list, as in [street, venue]")
    return tuple(found), {name: population for name, population in found.items() if population != "women"}


def key_of(key: object, child: Node) -> Node:
    """The key of a mapping as a node of its own, with its place."""
    return Node(key, child.file, child.key_line, child.key_column, str(key))


def read_names(check: Checker, node: Node | None, where: str, what: str, used: list[str]) -> tuple[str, ...]:
    """A list of names that a setting introduces, as of sites or occupations; none where nothing is said."""
    found: list[str] = []
    for item in check.items(node, where):
        name = new_name(check, item, what, [*used, *found])
        if name:
            found.append(name)
    return tuple(found)


def new_name(check: Checker, node: Node, what: str, used: list[str], at_key: bool = False) -> str | None:
    """A name that the scenario itself introduces: lower case, not taken, not used before."""
    name = node.value
    add = check.add_key if at_key else check.add
    if not isinstance(name, str) or not NAME.fullmatch(name):
        words = "letters, digits and '_', beginning with a letter"
        add(node, f"{what} needs a name in lower case", node.shown(), words)
        return None
    if name in TAKEN:
        add(node, f"{what} cannot be named '{name}'; the word has a meaning of its own", "", f"any but {names(TAKEN)}")
        return None
    if name in used:
        add(node, f"{what} is named '{name}' twice", "")
        return None
    return name


def read_pair_kinds(check: Checker, node: Node | None, layout: Layout) -> tuple[PairKind, ...]:
    """Kinds of pair beside the standard ones, each with its form and the groups that it is for."""
    found: list[PairKind] = []
    for key, child in check.mapping(node, "pair_kinds").items():
        used = [*codes.PAIR_KINDS, *(kind.name for kind in found)]
        name = new_name(check, key_of(key, child), "a kind of pair", used)
        parts = check.fields(child, f"pair_kinds.{key}", PAIR_KIND, PAIR_KIND)
        form = check.choice(parts["form"], f"pair_kinds.{key}.form", FORMS) if "form" in parts else None
        of = read_labels(check, parts["of"], f"pair_kinds.{key}.of", layout) if "of" in parts else []
        if "of" in parts and not of and not parts["of"].value:
            check.add(parts["of"], f"pair_kinds.{key} is for nobody", None, names(layout.names))
        if name and form and of:
            found.append(PairKind(name, form, tuple(of)))
    return tuple(found)


def read_groups(check: Checker, node: Node | None, layout: Layout) -> dict[str, tuple[str, ...]]:
    """Named unions of groups, for results and targets, each as the full names of its groups in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in check.mapping(node, "groups").items():
        name = new_name(check, key_of(key, value), "a group", [*layout.atoms, *found])
        chosen = read_labels(check, value, f"groups.{key}", layout)
        members = {label for one in chosen for label in layout.expand(one)}
        if not members and value.value in (None, []):
            check.add(value, f"groups.{key} holds nobody", "an empty list", names(layout.names))
        if name and members:
            found[name] = tuple(label for label in layout.group_names if label in members)
    return found


def check_size(check: Checker, node: Node | None, root: Node, layout: Layout) -> None:
    """Refuse more groups than a person's group is stored for."""
    if len(layout.groups) > MOST_GROUPS:
        words = (
            f"sites, occupations and work settings make {len(layout.groups)} groups, and at most {MOST_GROUPS} can be; "
            f"name fewer sites or occupations"
        )
        check.add(node or root, words, "")
