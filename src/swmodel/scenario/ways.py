"""The arrows of the causal layer in words, as text or Markdown: from, to, effect, what is taken of it, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from swmodel.pathways import NEUTRAL, Arrow
from swmodel.scenario.check import span
from swmodel.scenario.describe import short, value_words
from swmodel.scenario.tables import table
from swmodel.values import is_series


def describe_pathways(arrows: Iterable[Arrow], parameters: Mapping[str, Any], share: float, markdown: bool) -> str:
    """A table of the arrows, with the sizes that `parameters` give them and the share of them taken as causal."""
    rows = [row(arrow, parameters.get(arrow.name, arrow.effect), share, markdown) for arrow in arrows]
    if markdown:
        return table(
            ["from", "to", "effect", "range", "taken", "evidence", "begins", "ends", "net of", "source"], rows, True
        )
    return table(["from", "to", "effect", "taken", "evidence", "what it is, when it ends, and its source"], rows, False)


def row(arrow: Arrow, value: Any, share: float, markdown: bool) -> list[str]:
    """One arrow."""
    effect = f"{value_words(arrow.param, value)}"
    used = taken(arrow, value, share)
    if markdown:
        net = ", ".join(f"`{name}`" for name in arrow.net_of) or "-"
        return [f"`{arrow.exposure}`", f"`{arrow.mediator}`", effect, span(*arrow.range), used, arrow.grade,
                arrow.onset, arrow.decay, net, f"{arrow.doc}; {arrow.source}"]  # fmt: skip
    net = f" Net of {', '.join(arrow.net_of)}." if arrow.net_of else ""
    words = f"{arrow.doc}; ends {arrow.decay}.{net} {arrow.source}"
    return [arrow.exposure, arrow.mediator, effect, used, arrow.grade, words]


def taken(arrow: Arrow, value: Any, share: float) -> str:
    """What the model multiplies by for an exposure of 1."""
    if is_series(value):
        return "varies"
    if value == NEUTRAL:
        return "off"
    return short(float(value)) if arrow.from_trial else short(float(value) ** share)
