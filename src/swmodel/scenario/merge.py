"""One tree from a file and the file that it extends.

Mappings merge name by name; a series over years, a list or a single value replaces what was there. `interventions` and
`extensions` are appended to; an intervention with the name of an inherited one changes that one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from swmodel.scenario.tree import Node

APPENDED = "extensions"
REACH = ("coverage", "uptake", "dropout")  # ways to reach people; a child that gives one drops the inherited others
KEEPS = {"coverage": (), "uptake": ("dropout",), "dropout": ("uptake",)}


def settle_sources(tree: Node) -> Node:
    """The `sources:` of one file, moved beside the values that the same file sets, so that they travel together."""
    if not tree.is_map or "sources" not in tree.value or not tree.value["sources"].is_map:
        return tree
    sources = dict(tree.value["sources"].value)
    parameters = tree.value.get("parameters")
    if parameters is not None and parameters.is_map:
        sections = {}
        for section, node in parameters.value.items():
            if node.is_map:
                values = dict(node.value)
                for name in [n for n in values if n in sources]:
                    source = sources.pop(name)
                    values[name] = with_source(values[name], source)
                node = replace(node, value=values)
            sections[section] = node
        parameters = replace(parameters, value=sections)
        tree = replace(tree, value={**tree.value, "parameters": parameters})
    return replace(tree, value={**tree.value, "sources": replace(tree.value["sources"], value=sources)})


def with_source(node: Node, source: Node | None) -> Node:
    """The form {value, source}, unless the node has it already or there is no source."""
    if node.is_sourced or source is None:
        return node
    return replace(node, value={"value": node, "source": source})


def by_label(node: Node) -> dict[Any, Node] | None:
    """The entries of a mapping that merges name by name, with a source pushed down to each; None for any other node."""
    if node.is_sourced:
        inner = node.value["value"]
        if not inner.is_map or inner.is_series or inner.is_sourced:
            return None
        return {label: with_source(child, node.value.get("source")) for label, child in inner.value.items()}
    return dict(node.value) if node.is_map and node.value and not node.is_series else None


def merge(base: Node, child: Node) -> Node:
    """`child` over `base`, by the rules of this file's first lines."""
    lower, upper = by_label(base), by_label(child)
    if lower is None or upper is None:
        return child
    merged = {**lower, **{k: merge(lower[k], v) if k in lower else v for k, v in upper.items()}}
    return replace(written(base, child), value=merged)


def written(base: Node, child: Node) -> Node:
    """The one whose place messages name: the child, unless it is a flag, which changes a part of what a file says."""
    return child if child.line else base


def merge_trees(base: Node, child: Node) -> Node:
    """A whole file over the file that it extends."""
    if not base.is_map or not child.is_map:
        return child if child.value is not None else base
    base_parts, parts = dict(base.value), dict(child.value)
    if "sources" in base_parts:
        base_parts["sources"] = still_true(base_parts["sources"], parts.get("parameters"))
    special = {name: parts.pop(name) for name in ("interventions", APPENDED) if name in parts}
    merged = merge(replace(base, value=base_parts), replace(child, value=parts)) if parts else base
    result = dict(merged.value)
    for name, node in special.items():
        below = base_parts.get(name)
        if below is None or not below.is_list or not node.is_list:
            result[name] = node if node.value is not None or below is None else below
        elif name == APPENDED:
            result[name] = replace(node, value=[*below.value, *node.value])
        else:
            result[name] = merge_interventions(below, node)
    return replace(written(base, child), value=result)


def still_true(sources: Node, parameters: Node | None) -> Node:
    """Inherited sources without those of values that the child replaces."""
    if not sources.is_map or parameters is None or not parameters.is_map:
        return sources
    replaced = {name for section in parameters.value.values() if section.is_map for name in section.value}
    return replace(sources, value={k: v for k, v in sources.value.items() if k not in replaced})


def kind_and_body(entry: Node) -> tuple[str, Node] | None:
    """The kind of an intervention and its fields, for an entry of the form `kind: {fields}`."""
    if not entry.is_map or len(entry.value) != 1:
        return None
    kind, body = next(iter(entry.value.items()))
    return (kind, body) if isinstance(kind, str) else None


def lever_name(entry: Node) -> str | None:
    """The name that an intervention entry has or will be given: its `name`, else its kind."""
    parts = kind_and_body(entry)
    if parts is None:
        return None
    kind, body = parts
    given = body.value.get("name") if body.is_map else None
    return given.value if given is not None and isinstance(given.value, str) else kind


def merge_interventions(base: Node, child: Node) -> Node:
    """Inherited entries, changed where the child names them, then the child's own.

    A second entry of the child with one name is kept, so that validation can refuse it.
    """
    entries = list(base.value)
    inherited = {lever_name(entry): k for k, entry in enumerate(entries) if lever_name(entry)}
    for entry in child.value:
        place = inherited.pop(lever_name(entry), None)
        if place is None or not same_kind(entries[place], entry):
            entries.append(entry)
        else:
            entries[place] = merge_lever(entries[place], entry)
    return replace(child, value=entries)


def same_kind(one: Node, other: Node) -> bool:
    """True if two entries are interventions of one kind."""
    first, second = kind_and_body(one), kind_and_body(other)
    return first is not None and second is not None and first[0] == second[0]


def merge_lever(base: Node, child: Node) -> Node:
    """One intervention's fields over the inherited ones; a new way of reaching people drops the inherited way."""
    (kind, below), (_, above) = kind_and_body(base), kind_and_body(child)  # type: ignore[misc]
    if below.is_map and above.is_map:
        given = [name for name in REACH if name in above.value]
        dropped = {name for name in REACH for g in given if name != g and name not in KEEPS[g]}
        below = replace(below, value={k: v for k, v in below.value.items() if k not in dropped})
        above = merge(below, above)
    elif above.value is None:
        above = below
    return replace(written(base, child), value={kind: above})
