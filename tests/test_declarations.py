"""Every declaration of the core is complete, fits the others, and is used; sources stay readable in size."""

from __future__ import annotations

import ast
import csv
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from kernels.whole_run import WEIGHS
from swmodel import codes, model
from swmodel.declare import DIMENSIONS, RESERVED, VARIES, Attr, Measure, Param, Process, dimensions
from swmodel.engine import CORE_ATTRIBUTES, Engine
from swmodel.layout import EVERYONE, WORDS
from swmodel.scenario.spec import Lever, Scenario, Target
from swmodel.units import UNITS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "swmodel"
EVIDENCE = ROOT / "docs" / "evidence.csv"
ROW = re.compile(r"\bP\d{3,4}\b")  # how a source names a row of the evidence
FILES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
YEARS = range(1900, 2201)
KINDS = ("flow", "stock", "ratio")
START, STOP, PEOPLE = 2000.0, 2002.0, 200


def example() -> Scenario:
    """A scenario of two sites with every intervention, by coverage and by uptake, in which nothing is idle."""
    levers = [
        Lever(f"{kind}_{how}", kind, START, STOP, Target(("women@port", "msm@capital", "bar@port")), **{how: 0.5})
        for kind in model.INTERVENTIONS
        for how in ("coverage", "uptake")
    ]
    return Scenario(
        name="example", title="example", start=START, stop=STOP, step=1 / 12, people=PEOPLE, seeds=1, seed=1,
        work_settings=("bar", "street", "club", "park"), workers={"club": "men", "park": "trans_women"},
        sites=("port", "capital"), occupations=("general", "tourists"), levers=tuple(levers),
        parameters={"visitor_stay": {"tourists": 0.1}, "injecting_share": 0.01, "premium_offer": 0.1,
                    **WEIGHS,
                    "trip_destination": {"port": {"capital": 1.0}, "capital": {"port": 1.0}}},
    )  # fmt: skip


def everything_written() -> dict[str, Process]:
    """Every process that a module of the science holds, listed in model.py or not."""
    found: dict[str, Process] = {}
    for package in ("processes", "interventions", "measures"):
        for path in sorted((PACKAGE / package).glob("[a-z]*.py")):
            module = import_module(f"swmodel.{package}.{path.stem}")
            found |= {one.name: one for one in vars(module).values() if isinstance(one, Process)}
    return found


STEPS = model.contents(example())
INTERVENTIONS = tuple(model.INTERVENTIONS.values())
PROCESSES = tuple({step.process.name: step.process for step in STEPS}.values())
SHARED = (*model.GENERAL, *(p for process in model.PROCESSES for p in process.params))
PARAMS = (*SHARED, *(p for process in PROCESSES if process not in model.PROCESSES for p in process.params))
PRIVATE = {a.name: a for step in STEPS for a in step.private}
ATTRIBUTES = (*CORE_ATTRIBUTES, *(a for process in PROCESSES for a in process.attributes), *PRIVATE.values())
COUNTERS = {c.name: c for process in PROCESSES for c in process.counters}
ROLLS = {roll.name: roll for process in PROCESSES for roll in process.rolls}
LAYOUT = example().layout
PREPARED = {name for process in PROCESSES for name in process.prepares}
FIXED = {
    "education": codes.EDUCATION,
    "pair_kind": codes.PAIR_KINDS,
    "hiv_stage": codes.HIV_STAGES,
    "cause_of_death": codes.CAUSES,
    "group": WORDS,
    "perpetrator": codes.PERPETRATORS,
}  # labels that every scenario has, by dimension
SUPPLIED = {name for step in STEPS for name in (*step.tables, *step.aliases, *(p.name for p in step.params or ()))}


def numbers(value: Any) -> Iterator[float]:
    """Every number of a default: of labels, of years, or the one number."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from numbers(inner)
    else:
        yield float(value)


def labels(value: Any) -> Iterator[tuple[int, str]]:
    """Every label of a default, with how deep it lies: 0 along the first dimension, 1 along the second."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            named = key not in YEARS
            yield from [(0, key)] if named else []
            yield from ((depth + named, label) for depth, label in labels(inner))


def same(names: list[str]) -> list[str]:
    """Names that occur twice."""
    return sorted({name for name in names if names.count(name) > 1})


@pytest.mark.parametrize("param", PARAMS, ids=lambda p: f"{p.section}.{p.name}")
def test_a_parameter_is_complete(param: Param) -> None:
    """Known unit, a range that holds the default, known labels, a meaning and a source."""
    low, high = param.range
    assert param.unit in UNITS
    assert low <= high
    assert all(low <= number <= high for number in numbers(param.default)), f"default outside {low} to {high}"
    assert param.doc.strip()
    assert param.section
    assert ROW.search(param.source) or len(param.source.split()) > 1, "a source is a citation, or 'assumption (why)'"
    assert set(dimensions(param)) <= set(DIMENSIONS)
    for depth, label in labels(param.default):
        assert depth < len(dimensions(param)), f"'{label}' is of no dimension"
        assert label in {*FIXED.get(dimensions(param)[depth], ()), EVERYONE}, f"'{label}' is not in every scenario"


def test_sources_name_rows_that_were_read() -> None:
    """A row of the evidence that a source names exists, and was read, unless the source says it is an assumption."""
    with EVIDENCE.open(encoding="utf-8", newline="") as file:
        status = {row["id"]: row["status"] for row in csv.DictReader(file)}
    named = [(param, row) for param in PARAMS for row in ROW.findall(param.source)]
    unknown = [f"{param.name}: {row}" for param, row in named if row not in status]
    assert not unknown, f"no such row: {', '.join(unknown)}"
    unread = [
        f"{param.name}: {row}"
        for param, row in named
        if status[row] != "read" and not param.source.startswith("assumption")
    ]
    assert not unread, f"recalled, not read, so the source must begin with 'assumption': {', '.join(unread)}"


def test_names_are_unique() -> None:
    """A name means one thing: in a scenario, in a kernel, in a table of results."""
    assert same([p.name for p in SHARED]) == []
    for process in INTERVENTIONS:
        assert same([p.name for p in (*SHARED, *process.params)]) == []
    assert same([c.name for process in PROCESSES for c in process.counters]) == []
    assert same([m.name for m in model.MEASURES]) == []
    assert same([process.name for process in PROCESSES]) == []
    taken = [
        {p.name for p in PARAMS},
        {a.name for a in ATTRIBUTES},
        set(COUNTERS),
        PREPARED,
        set(ROLLS),
        set(LAYOUT.tables),
        set(RESERVED) - {"uid"},
    ]
    for k, one in enumerate(taken):
        for other in taken[k + 1 :]:
            assert one & other <= {"alive", "group"}


def test_a_name_is_declared_once() -> None:
    """Of parameters, attributes, counters, rolls and prepared tables of the core, each belongs to one process only: the
    second of two declarations would hide the first, with its range and its source.
    """
    kinds: dict[str, Callable[[Process], Iterable[str]]] = {
        "parameter": lambda process: (p.name for p in process.params),
        "attribute": lambda process: (a.name for a in process.attributes),
        "counter": lambda process: (c.name for c in process.counters),
        "roll": lambda process: (r.name for r in process.rolls),
        "prepared table": lambda process: process.prepares,
    }
    for kind, declared in kinds.items():
        owners: dict[str, list[str]] = {}
        for process in everything_written().values():
            for name in declared(process):
                owners.setdefault(name, []).append(process.name)
        twice = [f"{kind} '{name}' of {' and '.join(of)}" for name, of in owners.items() if len(of) > 1]
        assert not twice, "; ".join(twice)


def test_shared_attributes_agree() -> None:
    """Two declarations of one attribute, as two interventions may have, are equal."""
    first: dict[str, Attr] = {}
    for attribute in ATTRIBUTES:
        before = first.setdefault(attribute.name, attribute)
        assert (attribute.dtype, attribute.table, attribute.default, attribute.reset, attribute.clock) == (
            before.dtype, before.table, before.default, before.reset, before.clock
        ), attribute.name  # fmt: skip


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.name)
def test_a_process_is_documented(process: Process) -> None:
    """The process, its attributes and its counters say what they are."""
    assert process.doc
    silent = [thing.name for thing in (*process.attributes, *process.counters) if not thing.doc.strip()]
    assert not silent, f"without a meaning: {', '.join(silent)}"


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.name)
def test_a_kernel_can_be_bound(process: Process) -> None:
    """Something declares every argument."""
    known = {p.name for p in (*SHARED, *process.params)} | {a.name for a in ATTRIBUTES} | COUNTERS.keys()
    known |= PREPARED | SUPPLIED | set(RESERVED) | ROLLS.keys() | LAYOUT.tables.keys()
    known |= {a.name + VARIES for a in ATTRIBUTES if a.reset}
    unknown = [name for name in process.arguments if name not in known]
    assert not unknown, f"nothing declares {', '.join(unknown)}"
    assert set(process.writes) <= set(process.arguments)


@pytest.mark.parametrize("process", PROCESSES, ids=lambda p: p.name)
def test_a_kernel_uses_what_it_takes(process: Process) -> None:
    """No argument is idle: what a process asks for is what it depends on."""
    used = {node.id for node in ast.walk(body(process)) if isinstance(node, ast.Name)}
    idle = [name for name in process.arguments if name not in used]
    assert not idle, f"takes {', '.join(idle)} and does not use it"


def test_the_model_can_be_bound() -> None:
    """The engine finds everything that every process asks for, with every intervention in the scenario."""
    assert len(Engine(example(), STEPS, seed=1).calls) == len(STEPS)


def test_factors_that_nothing_writes_need_not_be_read() -> None:
    """`condom_odds_varies` is false in a run in which nothing writes the factor, true in one with a lever. Exact."""
    plain = replace(example(), levers=(), parameters={})
    for scenario, varies in ((replace(plain, sites=(), occupations=()), False), (example(), True)):
        engine = Engine(scenario, model.contents(scenario), seed=1)
        (acts,) = [call for call in engine.calls if call.process.name == "acts_and_condoms"]
        assert acts.args[acts.place["condom_odds_varies"]] is varies
        engine.close()


def test_nothing_written_is_left_out() -> None:
    """Every process of the science is in the model."""
    assert sorted(everything_written().keys() - {process.name for process in PROCESSES}) == []


def body(process: Process) -> ast.Module:
    """The source of a kernel, parsed."""
    function = getattr(process.kernel, "py_func", process.kernel)
    return ast.parse(textwrap.dedent(inspect.getsource(function)))


def asks(node: ast.AST) -> bool:
    """True for context.series(...), context.value(...) and context.at(...)."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("series", "value", "at")
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "context"
    )


def asked_in_code() -> set[str]:
    """Names for which code asks: context.series("..."), context.tables["..."]; or any text of a function that asks for
    names which it holds in a tuple.
    """
    asked: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                calls = [inner for inner in ast.walk(node) if asks(inner)]
                loops = any(isinstance(call.args[0], ast.Name) for call in calls)
                found = ast.walk(node) if loops else (call.args[0] for call in calls)
                asked |= {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            if (
                isinstance(node, ast.Subscript)
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "tables"
            ):
                asked |= {node.slice.value} if isinstance(node.slice, ast.Constant) else set()
    return asked


def test_everything_declared_is_used() -> None:
    """Some kernel takes every parameter, attribute, counter and prepared table. Arrows share one kernel."""
    taken = {name for process in PROCESSES for name in process.arguments}
    declared = {p.name for p in PARAMS} - asked_in_code() - {arrow.name for arrow in model.ARROWS}
    declared |= {a.name for a in ATTRIBUTES} | COUNTERS.keys() | (PREPARED - asked_in_code())
    assert sorted(declared - taken) == []


@pytest.mark.parametrize("measure", model.MEASURES, ids=lambda m: m.name)
def test_a_measure_can_be_formed(measure: Measure) -> None:
    """Known kind and unit, counters that exist and have the same labels, a meaning."""
    assert measure.doc.strip()
    assert measure.kind in KINDS
    assert measure.unit
    assert bool(measure.denominator) == (measure.kind == "ratio")
    used = (*measure.numerator, *measure.denominator)
    assert used
    assert [name for name in used if name not in COUNTERS] == []
    assert len({COUNTERS[name].by for name in used}) == 1


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_size(path: Path) -> None:
    """A file can be read in one sitting, a function on one screen."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") < MOST_LINES_OF_A_FILE
    long = [
        f"{node.name} ({length} lines)"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.lineno + 1) >= MOST_LINES_OF_A_FUNCTION
    ]
    assert not long, f"too long: {', '.join(long)}"


def test_nothing_is_left_for_later() -> None:
    """Open work is an issue, not a comment."""
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [path.name for path in FILES if word.search(path.read_text(encoding="utf-8"))]
    assert not found, f"in {', '.join(found)}"
