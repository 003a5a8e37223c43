"""A scenario file and the files that it extends, read and merged into one tree."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from swmodel.scenario.check import Checker
from swmodel.scenario.merge import merge_trees, settle_sources
from swmodel.scenario.problems import Problem, names, nearest
from swmodel.scenario.sections import TOP_LEVEL
from swmodel.scenario.spec import NO_FIT
from swmodel.scenario.tree import Node, read

TREE = "scenarios"  # the folder whose files may extend one another, wherever in it they lie
SUFFIXES = (".yaml", ".yml")


def read_chain(check: Checker, path: Path, shown: str) -> Node | None:
    """The tree of a file merged over the files that it extends; None if it could not be read."""
    top = tree_of(path)
    chain: list[Node] = []
    visited: list[tuple[Path, str]] = []
    while True:
        visited.append((path.resolve(), shown))
        node = read_one(check, path, shown)
        if node is None:
            return None if not chain else combined(chain)
        chain.append(node)
        parent = node.value.get("extends") if node.is_map else None
        if parent is None or parent.value is None:
            return combined(chain)
        found = parent_of(check, parent, path, shown, top, visited)
        if found is None:
            return None
        path, shown = found


def combined(chain: Sequence[Node]) -> Node:
    """The files of a chain, the last one lowest, as one tree."""
    merged = chain[-1]
    for node in reversed(chain[:-1]):
        merged = merge_trees(merged, node)
    return merged


def tree_of(path: Path) -> Path:
    """The folder that a scenario's files may lie in: the nearest `scenarios/` above it, else its own folder."""
    folder = path.resolve().parent
    return next((one for one in (folder, *folder.parents) if one.name == TREE), folder)


def parent_of(
    check: Checker, node: Node, path: Path, shown: str, top: Path, visited: list[tuple[Path, str]]
) -> tuple[Path, str] | None:
    """The file behind `extends:` and how messages name it; None after a problem."""
    found = named_file(check, node, path, shown, top, "extends")
    if found is None:
        return None
    target, label = found
    if target.resolve() in [one for one, _ in visited]:
        start = [one for one, _ in visited].index(target.resolve())
        loop = " -> ".join([*(name for _, name in visited[start:]), label])
        check.add(node, "extends goes round in a loop", loop)
        return None
    return found


def named_file(check: Checker, node: Node, path: Path, shown: str, top: Path, where: str) -> tuple[Path, str] | None:
    """A file named in a scenario, relative to it, that exists and lies inside the scenario's tree."""
    name = check.text(node, where)
    if not name or "\0" in name:
        check.add(node, f"{where} must name a file") if name is not None else None
        return None
    target = path.parent / name
    label = os.path.normpath(os.path.join(os.path.dirname(shown), name))
    if not target.resolve().is_relative_to(top):
        check.add(node, f"{where} leads outside the folder '{top.name}', where the scenario's files must lie")
        return None
    if not target.is_file():
        check.add(node, f"{where} names a file that does not exist", near=near_file(target, name))
        return None
    return target, label


def near_file(target: Path, name: str) -> str:
    """The YAML file beside `target` whose name is most like it, as it would be written."""
    try:
        present = [one.name for one in target.parent.iterdir() if one.suffix in SUFFIXES]
    except OSError:
        return ""
    found = nearest(target.name, present)
    return os.path.join(os.path.dirname(name), found) if found else ""


def read_one(check: Checker, path: Path, shown: str) -> Node | None:
    """One file: read, checked to be a mapping, its sources beside their values, its surveys file read."""
    if not path.is_file():
        what = "this is a folder, not a scenario file" if path.is_dir() else "there is no such file"
        near = near_file(path, shown)
        check.problems.append(Problem(shown, 0, 0, what + (f"; did you mean '{near}'?" if near else "")))
        return None
    node = read(path, shown, check.problems)
    if node is None:
        return None
    if not node.is_map:
        what = "the file is empty" if node.value is None else "a scenario must be a mapping of names to values"
        check.add(node, what, "", names(TOP_LEVEL))
        return None
    surveys = node.value.get("surveys")
    if surveys is not None and isinstance(surveys.value, str):
        node = replace(node, value={**node.value, "surveys": read_surveys_file(check, surveys, path, shown)})
    here = os.path.dirname(shown)
    if "extensions" in node.value:
        node = replace(node, value={**node.value, "extensions": placed(node.value["extensions"], here)})
    if "posterior" in node.value:
        node = replace(node, value={**node.value, "posterior": placed_fit(check, node.value["posterior"], here)})
    return settle_sources(node)


def placed_fit(check: Checker, node: Node, folder: str) -> Node:
    """The folder of a fit named relative to the scenario file, as a path that opens from the current folder."""
    if not isinstance(node.value, str):
        check.add(node, "posterior must name the folder of a fit, as `swmodel calibrate` writes it")
        return replace(node, value=None)
    if node.value == NO_FIT:
        return replace(node, value="")
    path = os.path.normpath(os.path.join(folder, node.value))
    if not os.path.isfile(os.path.join(path, "fit.json")):
        check.add(node, "posterior names a folder that holds no fit; `swmodel calibrate` writes one, and with 'none' "
                  "the scenario runs its own values")  # fmt: skip
        return replace(node, value=None)
    return replace(node, value=path)


def read_surveys_file(check: Checker, node: Node, path: Path, shown: str) -> Node:
    """The list behind `surveys: file.yaml`; an empty one after a problem."""
    found = named_file(check, node, path, shown, tree_of(path), "surveys")
    tree = read(found[0], found[1], check.problems) if found else None
    return tree if tree is not None else replace(node, value=None, text="")


def placed(node: Node, folder: str) -> Node:
    """Extension files named relative to the scenario file, as paths that open from the current folder."""
    items = node.value if node.is_list else [node] if node.value is not None else []
    made = []
    for item in items:
        if isinstance(item.value, str) and item.value.endswith(".py"):
            item = replace(item, value=os.path.normpath(os.path.join(folder, item.value)))
        made.append(item)
    return replace(node, value=made) if not node.is_map else node
