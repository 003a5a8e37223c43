"""Declarations: what a process, an intervention or a measure says about itself.

A declaration is the only place where a number, an array or an outcome gets its name, unit, default, range and
source. Validation, error messages, the editor schema, the reference pages and the record of a run read it from here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

PHASES = (
    "demography",
    "exposures",
    "programmes",
    "structure",
    "movement",
    "pairs",
    "behaviour",
    "care",
    "transmission",
    "progression",
    "exit",
    "measure",
)
WHOLE = ("people", "pairs", "step")  # what a process may run over, besides a roll
ENTRANTS = "entrants"  # the roll that the engine keeps itself: those who entered in this step
TABLES = ("people", "pairs")
DIMENSIONS = (
    "group",
    "work_setting",
    "occupation",
    "site",
    "education",
    "pair_kind",
    "hiv_stage",
    "cause_of_death",
    "perpetrator",
    "age_band",
)
DTYPES = ("b1", "i1", "u1", "u2", "i4", "u4", "i8", "f4", "f8")

# Names that the engine supplies to any kernel; no declaration may use them.
RESERVED = (
    "lo",
    "hi",
    "step",
    "dt",
    "time",
    "key",
    "uid",
    "alive",
    "group",
    "n_people",
    "n_pairs",
    "new_rows",
    "rows",
    "entrants",
    "people_book",
    "people_free",
    "pairs_book",
    "pairs_free",
)
VARIES = "_varies"  # behind the name of a factor: false where no process of the run writes it, so none need read it


class DeclarationError(Exception):
    """A declaration, or a kernel that does not match it, is wrong; the message names both."""


@dataclass(frozen=True, slots=True)
class Param:
    """One number, or one for each label of a dimension; it may vary in time.

    `default` is a number, a mapping of label to number when `by` names a dimension (of two dimensions, a mapping of
    mappings), or a mapping of year to number wherever a number may stand. Values are in `unit`; kernels receive years,
    per-year rates and proportions.
    A `constant` parameter decides once, before the run or at its start, and may not vary in time.
    A source that starts with "assumption" says that no document was read for the value.
    By kind of pair it may be of some `forms` only (codes): of the others no value may be given.
    """

    name: str
    default: Any
    unit: str
    range: tuple[float, float]
    source: str
    doc: str
    by: str | tuple[str, ...] | None = None
    prior: str = "uniform over the range"
    section: str = ""
    constant: bool = False
    forms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Attr:
    """One array of one table. `reset` marks a relative factor, back at its default at the start of every step;
    `clock` marks a unit-exponential threshold, drawn for each person at entry and keyed by the attribute's name.
    """

    name: str
    dtype: str
    default: float
    doc: str
    table: str = "people"
    reset: bool = False
    clock: bool = False


@dataclass(frozen=True, slots=True)
class Counter:
    """Integers raised by kernels, one for each label of `by` (a tuple of dimensions), zero at the start of a step.

    `expected` counters hold expected amounts in fixed point (`rng.fixed`), so that sums do not depend on order.
    """

    name: str
    doc: str
    by: tuple[str, ...] = ("group",)
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Roll:
    """A list of rows that a process makes afresh in every step, so that others need not look at everybody.

    A process that runs `over` a roll gets its `rows` (u4); any other process may take a roll as an argument.
    """

    name: str
    doc: str
    table: str = "people"


@dataclass(frozen=True, slots=True)
class Measure:
    """What a results table holds: a counter, or a ratio of sums of counters.

    `kind` is "flow" (summed over the months of a year), "stock" (averaged over the months of a year) or "ratio" (sum of
    `numerator` over sum of `denominator`; the person-months of a denominator become
    person-years or person-weeks if `per` is "year" or "week").
    `of` names a role ("worker", "client"): only groups that have it, and everyone, are reported.
    """

    name: str
    doc: str
    unit: str
    kind: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    per: str = ""
    of: str = ""


@dataclass(frozen=True)
class Process:
    """A compiled function with its declarations. Made by `@process` or `@intervention`, never by hand."""

    name: str
    kernel: Callable[..., Any]
    phase: str
    over: str
    doc: str
    module: str
    params: tuple[Param, ...] = ()
    attributes: tuple[Attr, ...] = ()
    counters: tuple[Counter, ...] = ()
    writes: tuple[str, ...] = ()
    rolls: tuple[Roll, ...] = ()
    creates: str | None = None
    prepare: Callable[..., Mapping[str, Any]] | None = None
    prepares: tuple[str, ...] = ()
    every: str = "step"
    intervention: bool = False
    eligible: str = "anyone"
    arguments: tuple[str, ...] = field(default=())

    def __call__(self, *args: Any) -> Any:
        """Run the kernel itself, for tests and notebooks."""
        return self.kernel(*args)


def dimensions(param: Param) -> tuple[str, ...]:
    """The dimensions along which a parameter varies; none, one, or two."""
    if param.by is None:
        return ()
    return (param.by,) if isinstance(param.by, str) else param.by


def _make(function: Callable[..., Any], intervention: bool, **declared: Any) -> Process:
    from swmodel.jit import kernel

    name = function.__name__
    module = function.__module__.rsplit(".", 1)[-1]
    doc = inspect.cleandoc(function.__doc__ or inspect.getmodule(function).__doc__ or "").strip()
    section = declared.pop("section", name if intervention else module)
    params = tuple(replace(p, section=p.section or section) for p in declared.pop("params", ()))
    made = Process(
        name=name,
        kernel=kernel(function),
        doc=doc,
        module=module,
        params=params,
        arguments=tuple(inspect.signature(function).parameters),
        intervention=intervention,
        **declared,
    )
    check_process(made)
    return made


def process(
    *,
    phase: str,
    over: str = "people",
    params: tuple[Param, ...] = (),
    attributes: tuple[Attr, ...] = (),
    counters: tuple[Counter, ...] = (),
    writes: tuple[str, ...] = (),
    rolls: tuple[Roll, ...] = (),
    creates: str | None = None,
    prepare: Callable[..., Mapping[str, Any]] | None = None,
    prepares: tuple[str, ...] = (),
    every: str = "step",
    section: str = "",
) -> Callable[[Callable[..., Any]], Process]:
    """Declare a process: a function whose argument names say what it touches.

    `over="people"` or `"pairs"` promises that row i writes only row i; so does `over` the name of a roll, which gives
    the `rows` of that roll only ("entrants", those who entered in this step, or one that a process before it made);
    `"step"` runs once. A process that makes `rolls` takes each as an array (u4) to fill, and returns how many rows it
    put into each: a number, or a tuple in their order. A process that `creates` rows is called twice a step: first with
    an empty `new_rows`, to return how many it needs, then with that many, to fill them and return how many it used.
    `prepare(context)` returns what is made once before the run, named in `prepares`; an array among it is read-only,
    unless a process lists it in `writes`, which makes it part of the state. `every="year"` runs a process in the last
    step of each year only.
    """

    def wrap(function: Callable[..., Any]) -> Process:
        extra = {"section": section} if section else {}
        return _make(
            function, False, phase=phase, over=over, params=params, attributes=attributes, counters=counters,
            writes=writes, rolls=rolls, creates=creates, prepare=prepare, prepares=prepares, every=every, **extra,
        )  # fmt: skip

    return wrap


def intervention(
    *,
    phase: str = "programmes",
    over: str = "people",
    params: tuple[Param, ...] = (),
    attributes: tuple[Attr, ...] = (),
    counters: tuple[Counter, ...] = (),
    writes: tuple[str, ...] = (),
    eligible: str = "anyone",
) -> Callable[[Callable[..., Any]], Process]:
    """Declare an intervention: a process that also has a start, a stop, a target and a coverage, all set in YAML.

    The engine keeps the private attribute `covered` (1 while a person is reached); the kernel reads it and acts on
    relative factors. `eligible` is "anyone", "hiv_negative", "undiagnosed", "diagnosed" or "on_art".
    """

    def wrap(function: Callable[..., Any]) -> Process:
        return _make(
            function, True, phase=phase, over=over, params=params, attributes=attributes, counters=counters,
            writes=writes, eligible=eligible,
        )  # fmt: skip

    return wrap


ELIGIBLE = ("anyone", "hiv_negative", "undiagnosed", "diagnosed", "on_art")


def check_process(made: Process) -> None:
    """Refuse a declaration that could not run; the message says what is wrong and what is allowed."""
    where = f"process '{made.name}'"
    if made.phase not in PHASES:
        raise DeclarationError(f"{where}: phase '{made.phase}' is not one of {', '.join(PHASES)}")
    if made.eligible not in ELIGIBLE:
        raise DeclarationError(f"{where}: eligible '{made.eligible}' is not one of {', '.join(ELIGIBLE)}")
    for p in made.params:
        for by in dimensions(p):
            if by not in DIMENSIONS:
                raise DeclarationError(f"{where}: parameter '{p.name}' by '{by}' is not one of {', '.join(DIMENSIONS)}")
    for a in made.attributes:
        if a.dtype not in DTYPES:
            raise DeclarationError(f"{where}: attribute '{a.name}' dtype '{a.dtype}' is not one of {', '.join(DTYPES)}")
        if a.table not in TABLES:
            raise DeclarationError(f"{where}: attribute '{a.name}' table '{a.table}' is not one of {', '.join(TABLES)}")
    for roll in made.rolls:
        if roll.table not in TABLES:
            raise DeclarationError(
                f"{where}: roll '{roll.name}' table '{roll.table}' is not one of {', '.join(TABLES)}"
            )
        if roll.name not in made.arguments:
            raise DeclarationError(f"{where}: a process that makes the roll '{roll.name}' takes it as an argument")
    named: list[Param | Attr | Counter | Roll] = [*made.params, *made.attributes, *made.counters, *made.rolls]
    for thing in named:
        if thing.name in RESERVED:
            raise DeclarationError(f"{where}: the name '{thing.name}' is supplied by the engine; choose another")
    if made.over != "step" and made.creates:
        raise DeclarationError(f"{where}: only a process over='step' may create rows")
    if made.creates and "new_rows" not in made.arguments:
        raise DeclarationError(f"{where}: a process that creates rows takes the argument 'new_rows'")
    if made.over in TABLES and made.arguments[:2] != ("lo", "hi"):
        raise DeclarationError(f"{where}: the first two arguments of a process over rows are 'lo, hi'")
    if made.over not in WHOLE and made.arguments[:1] != ("rows",):
        raise DeclarationError(
            f"{where}: over '{made.over}' is not one of {', '.join(WHOLE)}, and the first argument of a process over a "
            f"roll is 'rows'"
        )
    if made.rolls and made.over != "step":
        raise DeclarationError(f"{where}: only a process over='step' may make a roll")
