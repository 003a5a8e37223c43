"""Whether what a scenario says of the structure can act at all, and acts once: each message names what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from swmodel import codes
from swmodel.declare import DeclarationError, Process
from swmodel.scenario.check import Checker, plain
from swmodel.scenario.declarations import Declarations
from swmodel.scenario.feasible import Numbers
from swmodel.scenario.spec import Lever, Scenario
from swmodel.scenario.tree import Node

if TYPE_CHECKING:
    from swmodel.extend import Extension

TOLERANCE = 1e-9  # of shares that sum to 1


def check_layers(
    check: Checker, root: Node, scenario: Scenario, known: Declarations, extensions: Sequence[Extension]
) -> None:
    """Record every part of the structure that would do nothing, or the same thing twice."""
    from swmodel.model import STRUCTURE
    from swmodel.pathways import SECTION
    from swmodel.structure import SWITCHES

    given = scenario.parameters
    switches = {p.name: f"{p.section}.{p.name}" for one in STRUCTURE for p in one.params if p.name in SWITCHES}
    numbers = Numbers(scenario, known, root)
    on = any(name in given for name in switches)
    own = {p.name: p.section for one in STRUCTURE for p in one.params}
    own |= {name: SECTION for name, param in known.parameters.items() if param.section == SECTION}
    for name in own if not on else ():
        if name in given:
            words = f"{own[name]}.{name} has no effect, as nothing weighs on people in this scenario"
            check.add_key(numbers.place(name), words, "", f"give {' or '.join(switches.values())} as well")
    for lever in scenario.levers:
        for process in acted_on(lever, known, STRUCTURE):
            switch = next((p.name for p in process.params if p.name in SWITCHES), "")
            if switch and switch not in given:
                words = f"{lever.name} has nobody to act on, as there is no {process.name} in this scenario"
                check.add(lever_node(root, lever), words, "", f"give {switches[switch]} as well")
    if not check.problems and on:
        check_law(check, numbers)
        check_pathways(check, root, scenario, extensions)


def acted_on(lever: Lever, known: Declarations, structure: Sequence[Process]) -> Iterator[Process]:
    """The processes of the structure whose factors a lever multiplies."""
    writes = set(known.interventions[lever.kind].writes)
    yield from (one for one in structure if writes & {a.name for a in one.attributes})


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


def check_pathways(check: Checker, root: Node, scenario: Scenario, extensions: Sequence[Extension]) -> None:
    """Refuse arrows in force that lead nowhere, in a circle, or twice to the same place."""
    from swmodel.model import PROCESSES
    from swmodel.pathways import check_arrows, in_force
    from swmodel.processes.pathways import ARROWS

    arrows = [*ARROWS, *(arrow for one in extensions for arrow in one.arrows)]
    processes = [*PROCESSES, *(process for one in extensions for process in one.processes)]
    try:
        check_arrows([arrow for arrow in arrows if in_force(arrow, scenario.parameters)], processes)
    except DeclarationError as error:
        check.add(root.value.get("extensions", root), str(error), "")
