"""Small checks that every section shares. Each records a problem in plain words and lets the others go on."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from swmodel.scenario.problems import Problem, names, nearest
from swmodel.scenario.tree import Node, is_number


class Checker:
    """Collects problems; its methods return a clean value, or None (an empty mapping or list) after a problem."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, node: Node, what: str, got: str | None = None, allowed: str = "", near: str = "") -> None:
        """A problem at a value."""
        self.problems.append(node.problem(what, got, allowed, near))

    def add_key(self, node: Node, what: str, got: str = "", allowed: str = "", near: str = "") -> None:
        """A problem at the key of a value."""
        self.problems.append(node.key_problem(what, got, allowed, near))

    def mapping(self, node: Node | None, where: str) -> dict[Any, Node]:
        """The entries of a mapping; nothing written counts as an empty one."""
        if node is None or node.value is None:
            return {}
        if node.is_map:
            return dict(node.value)
        self.add(node, f"{where} must be a mapping of names to values")
        return {}

    def fields(
        self, node: Node | None, where: str, known: Iterable[str], required: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The entries of a mapping whose keys are fixed: unknown keys and missing ones are problems.

        A key that is missing because it is misspelt is reported once, as the misspelling.
        """
        known, found, misspelt = list(known), {}, set()
        prefix = f" in {where}" if where else ""
        for key, value in self.mapping(node, where or "the scenario").items():
            if key in known:
                found[key] = value
                continue
            near = nearest(key, known)
            misspelt.add(near)
            self.add_key(value, f"unknown name '{key}'{prefix}", "", names(known), near)
        for key in required:
            if node is not None and (node.is_map or node.value is None) and key not in found and key not in misspelt:
                self.add(node, f"'{key}' is missing{prefix}", "")
        return found

    def items(self, node: Node | None, where: str) -> list[Node]:
        """The items of a list; a single value counts as a list of one."""
        if node is None or node.value is None:
            return []
        if node.is_map:
            self.add(node, f"{where} must be a list")
            return []
        return list(node.value) if node.is_list else [node]

    def text(self, node: Node, where: str) -> str | None:
        """A text; a number or true and false must be quoted to become one."""
        if isinstance(node.value, str):
            return node.value.strip()
        self.add(node, f"{where} must be text")
        return None

    def flag(self, node: Node, where: str) -> bool:
        """True or false."""
        if not isinstance(node.value, bool):
            self.add(node, f"{where} must be true or false", None, "true, false")
        return node.value is True

    def choice(self, node: Node, where: str, known: Iterable[str]) -> str | None:
        """One of the known names."""
        known = list(known)
        if isinstance(node.value, str) and node.value in known:
            return node.value
        near = nearest(node.text, known) if node.text else ""
        self.add(node, f"{where} is not known", None, names(known), near)
        return None

    def choices(self, node: Node, where: str, known: Iterable[str]) -> list[str]:
        """One known name or a list of them, in the order given, each once."""
        known = list(known)
        found = [self.choice(item, where, known) for item in self.items(node, where)]
        return list(dict.fromkeys(name for name in found if name is not None))

    def number(self, node: Node, where: str, low: float, high: float, allowed: str = "") -> float | None:
        """A finite number within [low, high]."""
        if not is_number(node.value):
            self.add(node, f"{where} must be a number", None, allowed or span(low, high))
            return None
        if not (low <= node.value <= high and math.isfinite(node.value)):
            self.add(node, f"{where} is out of range", None, allowed or span(low, high))
            return None
        return float(node.value)

    def integer(self, node: Node, where: str, low: int, high: float = math.inf) -> int | None:
        """A whole number within [low, high]."""
        found = self.number(node, where, low, high, f"a whole number, {span(low, high)}")
        if found is None or found != int(found):
            if found is not None:
                self.add(node, f"{where} must be a whole number", None, span(low, high))
            return None
        return int(found)


def span(low: float, high: float, unit: str = "") -> str:
    """A range in words, with its unit."""
    if math.isinf(high) and math.isinf(low):
        words = "any number"
    elif math.isinf(high):
        words = f"{plain(low)} or more"
    elif math.isinf(low):
        words = f"{plain(high)} or less"
    else:
        words = f"{plain(low)} to {plain(high)}"
    return f"{words} {unit}".strip()


def plain(number: float) -> str:
    """A number as a person would write it: no needless digits, no exponent for ordinary sizes."""
    if math.isfinite(number) and number == int(number) and abs(number) < 1e15:
        return str(int(number))
    return f"{number:.12g}"
