"""YAML text to a tree of nodes that know their line and column.

Numbers and booleans follow the YAML 1.2 core schema: `1e-3` is a number, and `no`, `yes`, `on` and `1:30` are text.
Duplicate keys, tags and merge keys are refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import yaml

from swmodel.scenario.problems import Problem, sentence

INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
CONSTANTS: dict[str, Any] = {word: None for word in ("", "~", "null", "Null", "NULL")}
CONSTANTS |= {word: True for word in ("true", "True", "TRUE")}
CONSTANTS |= {word: False for word in ("false", "False", "FALSE")}
INFINITE = {".inf": math.inf, "+.inf": math.inf, "-.inf": -math.inf, ".nan": math.nan}
PREFIXED = {"0o": 8, "0x": 16}
LONGEST_INTEGER = 30  # digits; a longer one is read as a double
STANDARD_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq")}
DEEPEST = 40  # levels of nesting; a scenario needs about eight
MANY = 200  # brackets or spaces from which the loader that cannot run out of stack is used
LARGEST = 10_000_000  # bytes of one file; the shipped ones have about 30 thousand


@dataclass(slots=True)
class Node:
    """A value with its place. `value` is a scalar, a dict of Nodes or a list of Nodes; lines and columns from 1.

    `key_line` and `key_column` are the place of the key under which the node stands. Line 0 marks a flag of the
    command line, whose text is then `file`.
    """

    value: Any
    file: str
    line: int
    column: int
    text: str = ""
    key_line: int = 0
    key_column: int = 0

    @property
    def is_map(self) -> bool:
        """True for a mapping."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """True for a list."""
        return isinstance(self.value, list)

    @property
    def is_series(self) -> bool:
        """True for a mapping of years to values: every key is a number."""
        return self.is_map and bool(self.value) and all(is_number(k) for k in self.value)

    @property
    def is_sourced(self) -> bool:
        """True for the form {value: X, source: text}."""
        return self.is_map and "value" in self.value

    def shown(self) -> str:
        """The value as a message quotes it."""
        if self.is_map:
            return "a mapping"
        if self.is_list:
            return "a list"
        if self.value is None:
            return "nothing"
        return f"'{self.text}'" if isinstance(self.value, str) else self.text

    def problem(self, what: str, got: str | None = None, allowed: str = "", near: str = "") -> Problem:
        """A problem at the value; `got` defaults to the value itself, and "" leaves it out."""
        message = sentence(what, self.shown() if got is None else got, allowed, near)
        return Problem(self.file, self.line, self.column, message)

    def key_problem(self, what: str, got: str = "", allowed: str = "", near: str = "") -> Problem:
        """A problem at the key under which the node stands."""
        line, column = (self.key_line, self.key_column) if self.key_line else (self.line, self.column)
        return Problem(self.file, line, column, sentence(what, got, allowed, near))


def is_number(value: Any) -> bool:
    """True for an integer or a double, and not for a boolean."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def scalar(text: str) -> Any:
    """A plain (unquoted) scalar by the YAML 1.2 core schema."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if INTEGER.fullmatch(text):
        return int(text) if len(text) <= LONGEST_INTEGER else float(text)
    if FLOAT.fullmatch(text):
        return float(text)
    if text.lower() in INFINITE:
        return INFINITE[text.lower()]
    base = PREFIXED.get(text[:2])
    if base and len(text) <= LONGEST_INTEGER:
        try:
            return int(text[2:], base)
        except ValueError:
            return text
    return text


class _PlainText:
    """Leaves every plain scalar as text, so that `scalar` alone decides what it is."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


class _SlowLoader(_PlainText, yaml.SafeLoader):
    pass


_FastLoader: Any = _SlowLoader
if yaml.__with_libyaml__:
    _FastLoader = type("_FastLoader", (_PlainText, yaml.CSafeLoader), {})


def parse(text: str, file: str, problems: list[Problem]) -> Node | None:
    """The tree of one YAML text, or None with the reason in `problems`. An empty text gives a node with None."""
    try:
        root = yaml.compose(text, Loader=_SlowLoader if may_be_deep(text) else _FastLoader)
    except (yaml.YAMLError, RecursionError):
        problems.append(syntax_problem(text, file))
        return None
    if root is None:
        return Node(None, file, 1, 1)
    return convert(root, file, problems, ())


def read(path: Path, file: str, problems: list[Problem]) -> Node | None:
    """The tree of a file, shown in messages as `file`; None with the reason in `problems`."""
    try:
        if path.stat().st_size > LARGEST:
            problems.append(Problem(file, 1, 1, f"the file is larger than {LARGEST:,} bytes; is it a scenario?"))
            return None
        raw = path.read_bytes()
    except OSError as error:
        problems.append(Problem(file, 1, 1, f"the file cannot be read; {error.strerror or error}"))
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        problems.append(Problem(file, before.count(b"\n") + 1, column, "the text is not UTF-8; save the file as UTF-8"))
        return None
    return parse(text, file, problems)


def may_be_deep(text: str) -> bool:
    """True if a text might nest beyond what the fast loader's stack holds; brackets in comments count as well."""
    most = depth = 0
    for bracket in re.findall(r"[\[\]{}]", text):
        depth += 1 if bracket in "[{" else -1
        most = max(most, depth)
    return most > MANY or re.search(rf"(?m)^ {{{MANY}}}|(?:[-?][ \t]+){{{MANY}}}", text) is not None


def syntax_problem(text: str, file: str) -> Problem:
    """Why a text is not YAML. The slow loader words it, since the fast one depends on the library installed."""
    try:
        yaml.compose(text, Loader=_SlowLoader)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        column = len(before) - (before.rfind("\n") + 1) + 1
        bad = f"a character that YAML does not allow (code {ord(text[error.position]):#x})"
        return Problem(file, before.count("\n") + 1, column, f"this is not YAML; {bad}")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        lines = text.splitlines()
        written = lines[line - 1] if line <= len(lines) else ""
        if "\t" in written[: len(written) - len(written.lstrip())]:
            return Problem(file, line, column, "a tab is used for indentation; use spaces")
        if error.problem and "single document" in (error.context or ""):
            return Problem(file, line, column, "the file holds more than one document; remove the line '---'")
        words = "; ".join(part for part in (error.context, error.problem) if part)
        return Problem(file, line, column, f"this is not YAML; {words}")
    except RecursionError:
        return Problem(file, 1, 1, "values are nested too deeply")
    return Problem(file, 1, 1, "this is not YAML")


def convert(node: yaml.Node, file: str, problems: list[Problem], above: tuple[int, ...]) -> Node:
    """A composed YAML node as a Node. Aliases are followed; one that holds itself is a problem."""
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    made = Node(None, file, line, column)
    if id(node) in above or len(above) > DEEPEST:
        problems.append(made.problem("a value refers to itself, or is nested too deeply", ""))
        return made
    if node.tag not in STANDARD_TAGS:
        problems.append(made.problem(f"the tag '{node.tag}' is not supported", "", "plain values without tags"))
    if isinstance(node, yaml.ScalarNode):
        made.text = node.value
        made.value = scalar(node.value) if not node.style else node.value
    elif isinstance(node, yaml.SequenceNode):
        made.value = [convert(item, file, problems, (*above, id(node))) for item in node.value]
    elif isinstance(node, yaml.MappingNode):
        made.value = entries(node, file, problems, (*above, id(node)))
    return made


def entries(node: yaml.MappingNode, file: str, problems: list[Problem], above: tuple[int, ...]) -> dict[Any, Node]:
    """The entries of a mapping, each with the place of its key; a key given twice, or that is no scalar, is refused."""
    found: dict[Any, Node] = {}
    for key_node, value_node in node.value:
        line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append(Problem(file, line, column, "a key must be a name or a year, not a list or a mapping"))
            continue
        key = scalar(key_node.value) if not key_node.style else key_node.value
        if not is_number(key) or math.isnan(key):
            key = key_node.value
        if key == "<<":
            problems.append(Problem(file, line, column, "merge keys '<<' are not supported; use 'extends'"))
            continue
        if key in found:
            first = found[key].key_line
            problems.append(
                Problem(file, line, column, f"the key '{key_node.value}' is given twice; first on line {first}")
            )
            continue
        child = convert(value_node, file, problems, above)
        found[key] = replace(child, key_line=line, key_column=column)
    return found
