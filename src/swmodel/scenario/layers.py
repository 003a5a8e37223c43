"""Whether what a scenario says of the structure can act at all, and acts once: each message names what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from swmodel import codes
from swmodel.declare import DeclarationError
from swmodel.scenario.check import Checker, plain
from swmodel.scenario.declarations import Declarations, Extension
from swmodel.scenario.feasible import Numbers
from swmodel.scenario.spec import Lever, Scenario
from swmodel.scenario.tree import Node

if TYPE_CHECKING:
    from swmodel.structure import Layer

TOLERANCE = 1e-9  # of shares that sum to 1


def check_layers(
    check: Checker, root: Node, scenario: Scenario, known: Declarations, extensions: Sequence[Extension]
) -> None:
    """Record every part of the structure that would do nothing, or the same thing twice."""
    from swmodel.model import LAYERS
    from swmodel.structure import switched_on

    given = scenario.parameters
    numbers = Numbers(scenario, known, root)
    on = switched_on(LAYERS, given)
    sections = {p.name: f"{p.section}.{p.name}" for p in known.parameters.values()}
    for layer in (layer for layer in LAYERS if layer not in on):
        for name in (p.name for p in layer.params if p.name in given):
            words = f"{sections[name]} has no effect, as there is no {layer.name} in this scenario"
            check.add_key(numbers.place(name), words, "", give(layer, sections))
    for lever in scenario.levers:
        for layer in (layer for layer in LAYERS if layer not in on):
            if acted_on(lever, known, layer):
                words = f"{lever.name} has nobody to act on, as there is no {layer.name} in this scenario"
                check.add(lever_node(root, lever), words, "", give(layer, sections))
    check_ends(check, numbers, LAYERS, on, extensions)
    if not check.problems and on:
        check_law(check, numbers)
        off = {a.name for layer in LAYERS if layer not in on for process in layer.processes for a in process.attributes}
        check_pathways(check, root, scenario, extensions, off)


def check_ends(
    check: Checker, numbers: Numbers, layers: Sequence[Layer], on: Sequence[Layer], extensions: Sequence[Extension]
) -> None:
    """Refuse the size of an arrow one of whose ends is in a layer that is off, and a causal share without any arrow."""
    from swmodel.arrows import ARROWS
    from swmodel.pathways import in_force
    from swmodel.processes.pathways import CAUSAL_SHARE

    given = numbers.scenario.parameters
    if CAUSAL_SHARE.name in given and not on:
        words = "pathways.causal_share has no effect, as nothing weighs on people in this scenario"
        check.add_key(
            numbers.place(CAUSAL_SHARE.name), words, "", "a scenario with violence, police, stigma or the like"
        )
    for arrow in (*ARROWS, *(arrow for one in extensions for arrow in one.arrows)):
        for layer in (layer for layer in layers if layer not in on):
            own = {a.name for process in layer.processes for a in process.attributes}
            if arrow.name in given and in_force(arrow, given) and own & {arrow.exposure, arrow.mediator}:
                words = f"pathways.{arrow.name} has no effect, as there is no {layer.name} in this scenario"
                sections = {p.name: f"{p.section}.{p.name}" for p in layer.params}
                check.add_key(numbers.place(arrow.name), words, "", give(layer, sections))
                break


def give(layer: Layer, sections: Mapping[str, str]) -> str:
    """What would switch a layer on."""
    return f"give {' or '.join(sections[name] for name in layer.switches)} as well"


def acted_on(lever: Lever, known: Declarations, layer: Layer) -> bool:
    """True if a lever acts on this layer."""
    writes = set(known.interventions[lever.kind].writes)
    return not writes.isdisjoint(a.name for process in layer.processes for a in process.attributes)


def lever_node(root: Node, lever: Lever) -> Node:
    """Where a lever stands in the file."""
    listed = root.value.get("interventions")
    for entry in listed.value if listed is not None and listed.is_list else ():
        for kind, body in entry.value.items() if entry.is_map else ():
            name = body.value.get("name") if body.is_map else None
            if lever.name in (kind, name.value if name is not None else kind):
                return body
    return root


def check_law(check: Checker, numbers: Numbers) -> None:
    """Refuse regimes that add up to more than everything, and a regime under which nobody sells sex."""
    from swmodel.processes.law import REGIMES

    workers = numbers.groups(codes.WORKER)
    clients = numbers.groups(codes.CLIENT)
    shares = np.array([numbers.at(regime) for regime in REGIMES])
    for regime, share in zip(REGIMES, shares, strict=True):
        if share.any() and not share[:, [*workers, *clients]].any():
            words = f"law.{regime} is given, but no work setting and no client is under it in any year"
            check.add_key(numbers.place(regime), words, "", "a share above 0 for a work setting")
    total = shares.sum(axis=0)
    k, g = np.unravel_index(np.argmax(total), total.shape)
    if total[k, g] > 1.0 + TOLERANCE:
        parts = " + ".join(f"{r} {plain(float(shares[n, k, g]))}" for n, r in enumerate(REGIMES))
        name, year = numbers.layout.group_names[g], plain(float(numbers.years[k]))
        place = next(r for r in REGIMES if r in numbers.scenario.parameters)
        words = f"the regimes of '{name}' add up to more than 1 in {year}: {parts}"
        check.add_key(numbers.place(place), words, plain(float(total[k, g])), "1 or less; the rest is decriminalised")


def check_pathways(
    check: Checker, root: Node, scenario: Scenario, extensions: Sequence[Extension], off: set[str]
) -> None:
    """Refuse arrows of the run that lead nowhere, in a circle, or twice to the same place; `off` is not in the run."""
    from swmodel.arrows import ARROWS
    from swmodel.model import PROCESSES
    from swmodel.pathways import check_arrows, in_force

    arrows = [*ARROWS, *(arrow for one in extensions for arrow in one.arrows)]
    arrows = [arrow for arrow in arrows if not off & {arrow.exposure, arrow.mediator}]
    processes = [*PROCESSES, *(process for one in extensions for process in one.processes)]
    try:
        check_arrows([arrow for arrow in arrows if in_force(arrow, scenario.parameters)], processes)
    except DeclarationError as error:
        check.add(root.value.get("extensions", root), str(error), "")
