"""Extensions: a user's Python file, or an installed package, that declares processes, interventions and measures.

The core is an extension that happens to ship: the same decorators, the same speed. Only code that a scenario names
under `extensions:` is ever run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from swmodel.declare import Attr, Measure, Process
from swmodel.pathways import Arrow
from swmodel.scenario.check import Checker
from swmodel.scenario.declarations import REACH, Declarations, Extension
from swmodel.scenario.levers import SCHEDULE
from swmodel.scenario.problems import names, nearest
from swmodel.scenario.tree import Node

ENTRY_POINTS = "swmodel.extensions"  # the group under which an installed package names its module
MODULES = "swmodel_extension_"  # first part of the module name of a user's file
TAKEN_BY_KERNELS = ("parameter", "counter")  # by name, as attributes are: a kernel could not tell them apart
DIGEST_BYTES = 4


Thing = Process | Measure | Arrow


class ExtensionError(Exception):
    """An extension cannot be loaded; the message says where in it, and why, on one line."""


_loaded: dict[str, tuple[tuple[int, int], Extension]] = {}  # real path -> (time and size of the file, what it declares)


def load_extensions(named: Mapping[str, Node], known: Declarations, check: Checker) -> tuple[Extension, ...]:
    """Import every extension that a scenario names and refuse names that clash; problems go to `check`.

    `named` maps each path or entry point name to the node of the YAML file that names it.
    """
    made: list[Extension] = []
    for name, node in named.items():
        try:
            extension = load_file(name) if name.endswith(".py") else load_installed(name)
        except ExtensionError as error:
            check.add(node, f"the extension '{name}' cannot be used; {error}", "")
            continue
        faults = list(clashes(extension, known.extended(made)))
        for fault in faults:
            check.add(node, f"the extension '{name}' cannot be used; {fault}", "")
        if not faults:
            made.append(extension)
    return tuple(made)


def load_file(path: str | Path) -> Extension:
    """What a Python file declares. Raises ExtensionError; a file that has not changed is not run again."""
    shown, real = str(path), os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        near = nearest(Path(shown).name, [one.name for one in Path(shown).parent.glob("*.py")])
        raise ExtensionError("there is no such file" + (f"; did you mean '{near}'?" if near else "")) from None
    stamp = (status.st_mtime_ns, status.st_size)
    if real not in _loaded or _loaded[real][0] != stamp:
        _loaded[real] = (stamp, collect(import_file(real), Path(real).stem, shown))
    return _loaded[real][1]


def module_name(real: str) -> str:
    """A stable module name for a file, ending in its stem: compiled kernels are found again under it."""
    digest = hashlib.blake2b(real.encode(), digest_size=DIGEST_BYTES).hexdigest()
    return f"{MODULES}{digest}.{Path(real).stem}"


def import_file(real: str) -> ModuleType:
    """Run a file as a module of its own; raises ExtensionError with the line at fault."""
    name = module_name(real)
    spec = importlib.util.spec_from_file_location(name, real)
    if spec is None or spec.loader is None:
        raise ExtensionError("it is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # Numba looks the module up by name when it restores a compiled kernel
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a file of a user may raise anything)
        del sys.modules[name]
        raise ExtensionError(why(error, real)) from None
    return module


def load_installed(name: str) -> Extension:
    """What an installed package declares under the entry point `name`. Raises ExtensionError."""
    from importlib.metadata import entry_points

    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    if name not in found:
        near = nearest(name, found)
        hint = f"; did you mean '{near}'?" if near else f"; installed: {names(found)}; the name of a file ends in '.py'"
        raise ExtensionError("no installed package offers it" + hint)
    try:
        module = found[name].load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 (a file of a user may raise anything)
        raise ExtensionError(why(error, "")) from None
    return collect(module, name, str(getattr(module, "__file__", name)))


def why(error: BaseException, real: str) -> str:
    """An error at import in one line: the file, the line in it, and what Python said."""
    if isinstance(error, SyntaxError) and error.lineno:
        return f"{Path(error.filename or real).name}:{error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if os.path.realpath(frame.filename) == real] or frames[-1:]
    place = f"{Path(own[-1].filename).name}:{own[-1].lineno}: " if own else ""
    text = " ".join(str(error).split())
    kind = type(error).__name__
    return place + (text if kind == "DeclarationError" else f"{kind}: {text}" if text else kind)


def collect(module: ModuleType, name: str, path: str) -> Extension:
    """The processes, interventions, measures and arrows among a module's own globals, in order of definition."""
    own = [thing for thing in things(vars(module).values()) if not is_imported(thing, module)]
    unique = list({id(thing): thing for thing in own}.values())
    processes = [thing for thing in unique if isinstance(thing, Process)]
    measures = tuple(thing for thing in unique if isinstance(thing, Measure))
    arrows = tuple(thing for thing in unique if isinstance(thing, Arrow))
    if not processes and not measures and not arrows:
        raise ExtensionError("it declares no process, intervention, measure or arrow")
    plain = tuple(one for one in processes if not one.intervention)
    return Extension(name, path, plain, {one.name: one for one in processes if one.intervention}, measures, arrows)


def things(values: Iterable[Any]) -> Iterator[Thing]:
    """Declarations among values, and in tuples and lists of them."""
    for value in list(values):
        if isinstance(value, (Process, Measure, Arrow)):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (one for one in value if isinstance(one, (Process, Measure, Arrow)))


def is_imported(thing: Thing, module: ModuleType) -> bool:
    """True for a declaration that the module imported from elsewhere."""
    if isinstance(thing, Process):
        return bool(thing.kernel.__module__ != module.__name__)
    shipped = sys.modules.get("swmodel.model")
    return shipped is not None and any(thing is one for one in (*shipped.MEASURES, *shipped.ARROWS))


def place(process: Process) -> str:
    """Where a process is written: file and line for an extension, the module for the core."""
    code = getattr(process.kernel, "py_func", process.kernel).__code__
    module = process.kernel.__module__
    return module if module.startswith("swmodel.") else f"{Path(code.co_filename).name}:{code.co_firstlineno}"


def clashes(extension: Extension, known: Declarations) -> Iterator[str]:
    """Every name of an extension that something else declares already, with both places."""
    before = {name: (thing, at) for thing, name, at in declared(known)}
    attributes = {
        a.name: (a, place(p)) for p in (*known.processes, *known.interventions.values()) for a in p.attributes
    }
    for process in (*extension.processes, *extension.interventions.values()):
        here = place(process)
        for thing, name, _ in declared_by(process):
            if name in before:
                yield f"{here}: the {thing} '{name}' is declared already, in {before[name][1]}"
            if thing in TAKEN_BY_KERNELS and name in attributes:
                yield f"{here}: the {thing} '{name}' has the name of an attribute, in {attributes[name][1]}"
            before.setdefault(name, (thing, here))
        for attribute in process.attributes:
            if before.get(attribute.name, ("", ""))[0] in TAKEN_BY_KERNELS:
                thing, at = before[attribute.name]
                yield f"{here}: the attribute '{attribute.name}' has the name of a {thing}, in {at}"
            first, at = attributes.setdefault(attribute.name, (attribute, here))
            if differs(attribute, first):
                yield (
                    f"{here}: the attribute '{attribute.name}' ({attribute.dtype}, {attribute.table}) is not the one "
                    f"({first.dtype}, {first.table}) in {at}; dtype, table, default, reset and clock must be equal"
                )
        for param in process.params if process.intervention else ():
            if param.name in (*SCHEDULE, *(p.name for p in REACH)):
                yield f"{here}: the parameter '{param.name}' has the name of a field that every intervention has"
    for measure in extension.measures:
        if measure.name in known.measures:
            yield f"the measure '{measure.name}' is declared already, in the core or another extension"
    for arrow in extension.arrows:
        if arrow.name in known.parameters:
            yield f"the arrow {arrow.label} is declared already, in the core or another extension"


def differs(one: Attr, other: Attr) -> bool:
    """True if two declarations of one attribute cannot share an array."""
    return (one.dtype, one.table, one.default, one.reset, one.clock) != (
        other.dtype, other.table, other.default, other.reset, other.clock
    )  # fmt: skip


def declared(known: Declarations) -> Iterator[tuple[str, str, str]]:
    """What each known name is, the name, and where it is declared."""
    for param in known.parameters.values():
        yield "parameter", param.name, f"the section '{param.section}'"
    for process in (*known.processes, *known.interventions.values()):
        yield from (one for one in declared_by(process) if one[1] not in known.parameters)


def declared_by(process: Process) -> Iterator[tuple[str, str, str]]:
    """The names that a process takes: its own, its counters', and unless it is an intervention its parameters'."""
    at = place(process)
    yield ("intervention" if process.intervention else "process"), process.name, at
    if not process.intervention:
        yield from (("parameter", p.name, at) for p in process.params)
    yield from (("counter", c.name, at) for c in process.counters)
