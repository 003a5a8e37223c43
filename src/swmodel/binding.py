"""Bind a kernel's argument names to arrays, parameters, counters and keys, once; then call it with almost no cost.

Arrays that a process does not list in `writes` are bound as read-only views, so Numba refuses to compile an undeclared
write.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from swmodel import values
from swmodel.declare import ENTRANTS, RESERVED, VARIES, WHOLE, Attr, DeclarationError, Param, Process
from swmodel.jit import READONLY_ERRORS, direct
from swmodel.rng import stream_key

NO_ROWS = np.zeros(0, np.uint32)
NO_ROWS.flags.writeable = False
TINY = 1e-9  # years; guards comparisons of dates made of sums of steps


@dataclass(frozen=True)
class Step:
    """One line of the model's order: a process, and for an intervention the instance's name, values and dates.

    `private` lists attributes that belong to the instance alone; `tables` are arrays bound by argument name; `aliases`
    say which attribute stands behind an argument of another name.
    """

    process: Process
    instance: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    private: tuple[Attr, ...] = ()
    start: float = -np.inf
    stop: float = np.inf
    params: tuple[Param, ...] | None = None
    tables: Mapping[str, Any] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    def own(self, name: str) -> str:
        """The name in the state of the attribute that the kernel calls `name`."""
        if name in self.aliases:
            return self.aliases[name]
        return f"{self.instance}.{name}" if any(a.name == name for a in self.private) else name

    def attributes(self) -> list[Attr]:
        """The attributes to allocate for this step; the clocks of one that never runs are not wound up."""
        runs = self.stop > -np.inf
        made = [*self.process.attributes, *(replace(a, name=self.own(a.name)) for a in self.private)]
        return [replace(a, clock=a.clock and runs) for a in made]

    def writes(self) -> set[str]:
        """The attributes, as named in the state, that the kernel may write."""
        return {self.own(name) for name in self.process.writes}

    def label(self) -> str:
        """How messages and `describe order` name this step."""
        return f"{self.process.name} ({self.instance})" if self.instance else self.process.name


class Call:
    """One bound kernel: its arguments in order, and what in them changes from step to step."""

    def __init__(self, engine: Any, step: Step) -> None:
        self.step, self.process = step, step.process
        self.kernel = self.first_call
        self.args: list[Any] = [None] * len(step.process.arguments)
        self.series: list[tuple[int, Sequence[Any]]] = []  # argument place, value at each step
        self.place = {name: k for k, name in enumerate(step.process.arguments)}
        self.active = (engine.times >= step.start - TINY) & (engine.times < step.stop - TINY)
        if step.process.every == "year":
            ends = np.floor(engine.times + 0.5 * engine.dt + TINY) > np.floor(engine.times - 0.5 * engine.dt + TINY)
            self.active &= ends
        self.created = {"people": engine.people, "pairs": engine.pairs}.get(step.process.creates or "")
        self.version = 0
        self.counted = [c.name for c in step.process.counters]
        made = [roll.name for roll in step.process.rolls]
        self.rolls = [(k, name) for name, k in self.place.items() if name in engine.rolls and name not in made]
        if step.process.over not in WHOLE:
            self.rolls.append((0, step.process.over))
        if "step" in self.place:
            self.series.append((self.place["step"], range(engine.n_steps)))
        if "time" in self.place:
            self.series.append((self.place["time"], list(engine.times)))
        self.fill(engine)
        self.invoke = {"people": self.over_rows, "pairs": self.over_rows, "step": self.once}.get(
            step.process.over, self.over_roll
        )
        self.table = engine.pairs if step.process.over == "pairs" else engine.people

    def first_call(self, *args: Any) -> Any:
        """Compile, report a write that is not declared, and call without a look at types from then on."""
        try:
            result = self.process.kernel(*args)
        except READONLY_ERRORS as error:
            raise DeclarationError(undeclared_write(self.process, error)) from None
        self.kernel = direct(self.process.kernel)
        return result

    def sample(self) -> list[Any]:
        """Arguments of the same types as in a call, to compile the kernel before the first."""
        args = list(self.args)
        for k, table in self.series:
            args[k] = table[0]
        for k, _ in self.rolls:
            args[k] = NO_ROWS
        if self.process.over in ("people", "pairs"):
            args[0] = args[1] = np.uint64(0)
        return args

    def fill(self, engine: Any) -> None:
        """Resolve every argument name; raise DeclarationError on a name that nothing declares."""
        name, places = self.step.instance or self.process.name, [k for k, _ in self.rolls]
        params = {p.name: p for p in (self.step.params or ())}
        context = {
            "lo": 0, "hi": 0, "step": 0, "dt": np.float64(engine.dt), "time": np.float64(0.0),
            "key": stream_key(engine.seed, name), "n_people": 0, "n_pairs": 0, "new_rows": NO_ROWS,
        }  # fmt: skip
        written = {factor for _, factor, _ in engine.factors}
        factors = {a.name: a.name in written for a in (*engine.people.attributes, *engine.pairs.attributes) if a.reset}
        for k, argument in enumerate(self.process.arguments):
            if k in places or argument in engine.rolls:
                continue
            if argument in context:
                self.args[k] = context[argument]
            elif argument in self.step.tables:
                self.args[k] = self.prepared(argument)
            elif argument in params:
                self.bind_param(engine, k, params[argument], engine.scenario)
            elif argument in engine.counters:
                start, shape = engine.places[argument]
                self.args[k] = engine.totals[start : start + int(np.prod(shape))].reshape(shape)
                self.args[k].flags.writeable = argument in self.counted
            elif argument.endswith(VARIES) and argument.removesuffix(VARIES) in factors:
                self.args[k] = factors[argument.removesuffix(VARIES)]
            elif self.array(engine, argument) is None:
                known = [*RESERVED, *params, *engine.counters, *self.step.tables, *engine.people.arrays, *engine.rolls]
                near = difflib.get_close_matches(argument, [*known, *engine.pairs.arrays], 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                raise DeclarationError(
                    f"process '{self.process.name}' asks for '{argument}', which nothing declares{hint}"
                )
        for argument in self.process.writes:
            if argument not in self.place:
                raise DeclarationError(
                    f"process '{self.process.name}' lists '{argument}' in writes but does not take it"
                )
        self.bind_arrays(engine)

    def prepared(self, argument: str) -> Any:
        """What was prepared before the run; an array of it is writable only if declared so."""
        value = self.step.tables[argument]
        if isinstance(value, np.ndarray):
            value = value[:]
            value.flags.writeable = argument in self.process.writes
        return value

    def bind_param(self, engine: Any, k: int, param: Param, scenario: Any) -> None:
        """A parameter becomes a number, or an array by label, and a table over steps if it varies in time."""
        value = self.step.values.get(param.name, scenario.parameters.get(param.name, param.default))
        table = values.tabulate(param, value, engine.layout, engine.times)
        table.flags.writeable = False
        self.args[k] = table[0]  # a NumPy scalar, so that without compilation, too, products are doubles
        if values.varies(value):
            self.series.append((k, list(table)))

    def array(self, engine: Any, argument: str) -> np.ndarray | None:
        """The state array behind an argument name, writable only if declared so."""
        name = self.step.own(argument)
        for table in (engine.people, engine.pairs):
            books = {f"{table.name}_free": table.free, f"{table.name}_book": table.book}
            array = table.arrays.get(name, books.get(argument))
            if array is not None:
                view = array[:]
                view.flags.writeable = argument in self.process.writes
                return view
        return None

    def bind_arrays(self, engine: Any) -> None:
        """Bind the state arrays, again whenever a table has grown."""
        taken = {k for k, _ in self.rolls}
        for argument, k in self.place.items():
            if k in taken:
                continue
            array = engine.room_of_roll(argument) if argument in engine.rolls else self.array(engine, argument)
            if array is not None:
                self.args[k] = array
        self.version = engine.version

    def run(self, engine: Any) -> None:
        """Call the kernel for this step."""
        if self.version != engine.version:
            self.bind_arrays(engine)
        args, step = self.args, engine.step
        for k, table in self.series:
            args[k] = table[step]
        for k, name in self.rolls:
            args[k] = engine.rolls[name]
        self.invoke(engine)

    def once(self, engine: Any) -> None:
        """A kernel over the whole step, called twice if it creates rows."""
        args, place = self.args, self.place
        if "n_people" in place:
            args[place["n_people"]] = engine.people.n
        if "n_pairs" in place:
            args[place["n_pairs"]] = engine.pairs.n
        if self.created is not None:
            self.create(engine, self.created)
            return
        result = self.kernel(*args)
        if self.process.rolls:
            sizes = result if isinstance(result, tuple) else (result,)
            for roll, size in zip(self.process.rolls, sizes, strict=True):
                engine.rolls[roll.name] = read_only(args[place[roll.name]][:size])

    def create(self, engine: Any, table: Any) -> None:
        """Ask how many rows are needed, then have them filled."""
        args, place = self.args, self.place
        args[place["new_rows"]] = NO_ROWS
        need = int(self.kernel(*args))
        if not need:
            return
        rows = table.reserve(need)
        if self.version != engine.version:
            self.bind_arrays(engine)
        args[place["new_rows"]] = read_only(rows)
        used = int(self.kernel(*args))
        table.release(rows, used)
        if table is engine.people:
            table.start_clocks(rows[:used])
            engine.rolls[ENTRANTS] = read_only(np.concatenate((engine.rolls[ENTRANTS], rows[:used])))

    def over_rows(self, engine: Any) -> None:
        """A kernel over all rows of a table, in chunks where threads are wanted."""
        n = self.table.n
        if engine.pool is not None and n >= 2 * engine.chunk:
            edges = [np.uint64(edge) for edge in np.linspace(0, n, engine.threads + 1)]
            self.in_chunks(engine, [{0: lo, 1: hi} for lo, hi in itertools.pairwise(edges)])
        else:
            self.args[0], self.args[1] = np.uint64(0), np.uint64(n)
            self.kernel(*self.args)

    def over_roll(self, engine: Any) -> None:
        """A kernel over the rows of a roll, in chunks where threads are wanted."""
        rows = self.args[0]
        if engine.pool is not None and len(rows) >= 2 * engine.chunk:
            self.in_chunks(engine, [{0: part} for part in np.array_split(rows, engine.threads)])
        elif len(rows):
            self.kernel(*self.args)

    def in_chunks(self, engine: Any, changes: list[dict[int, Any]]) -> None:
        """The same kernel in threads, each with some arguments changed and counters of its own, summed in the end."""
        jobs, partial = [], []
        for change in changes:
            args = list(self.args)
            for k, value in change.items():
                args[k] = value
            for name in self.counted:
                args[self.place[name]] = np.zeros_like(args[self.place[name]])
            partial.append(args)
            jobs.append(engine.pool.submit(self.kernel, *args))
        for job in jobs:
            job.result()
        for name in self.counted:
            for args in partial:
                self.args[self.place[name]] += args[self.place[name]]


def read_only(array: np.ndarray) -> np.ndarray:
    """The same array, which nobody may write through this name from now on."""
    array.flags.writeable = False
    return array


def undeclared_write(process: Process, error: Exception) -> str:
    """The message for a kernel that does not compile, or writes what it did not declare."""
    text = str(error)
    if "readonly" in text or "read-only" in text or "Cannot modify" in text:
        return (
            f"process '{process.name}' writes an array that it does not list in writes=({', '.join(process.writes)}); "
            f"list it, or read it only"
        )
    return f"process '{process.name}' does not compile: {text.strip()}"


def bind(engine: Any) -> list[Call]:
    """Every step of the model as a bound call, prepared tables included, in order of the phases."""
    every: dict[str, Param] = {}
    for step in engine.steps:
        for p in step.process.params if not step.instance else ():
            every[p.name] = p
    tables: dict[str, Any] = dict(engine.layout.tables)
    calls = []
    for step in engine.steps:
        if step.process.prepare is not None:
            tables |= step.process.prepare(Context(engine, every, tables))
    engine.prepared = {name: tables[name] for step in engine.steps for name in step.process.writes if name in tables}
    check_rolls(engine.steps)
    for step in engine.steps:
        params = {**every, **{p.name: p for p in step.process.params}, **{p.name: p for p in step.params or ()}}
        calls.append(Call(engine, replace(step, params=tuple(params.values()), tables={**tables, **step.tables})))
    return calls


def check_rolls(steps: Sequence[Step]) -> None:
    """Refuse a process that takes a roll which no process makes, or makes only later in the step."""
    every = {roll.name for step in steps for roll in step.process.rolls}
    made = {ENTRANTS}
    for step in steps:
        taken = [step.process.over] if step.process.over not in WHOLE else []
        mine = {roll.name for roll in step.process.rolls}
        taken += [name for name in step.process.arguments if name in every - mine]
        for name in taken:
            if name in made:
                continue
            near = difflib.get_close_matches(name, [*made, *WHOLE], 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            why = "is made only later in the step" if name in every else f"no process makes{hint}"
            raise DeclarationError(f"process '{step.process.name}' takes the roll '{name}', which {why}")
        made |= mine


@dataclass(frozen=True)
class Context:
    """What a `prepare` function may ask: parameters at every step, the calendar, tables prepared before it."""

    engine: Any
    params: Mapping[str, Param]
    tables: Mapping[str, Any]

    def series(self, name: str) -> np.ndarray:
        """A parameter in engine units at every step; shape (steps,) or (steps, labels)."""
        return self.at(name, self.times)

    def at(self, name: str, times: np.ndarray) -> np.ndarray:
        """A parameter in engine units at any times (years); shape (times,) or (times, labels)."""
        param = self.params[name]
        value = self.engine.scenario.parameters.get(name, param.default)
        return values.tabulate(param, value, self.engine.layout, times)

    def value(self, name: str) -> Any:
        """A parameter in engine units at the first step."""
        return self.series(name)[0]

    @property
    def dt(self) -> float:
        """Years in a step."""
        return float(self.engine.dt)

    @property
    def times(self) -> np.ndarray:
        """The middle of each step, as a year."""
        return np.asarray(self.engine.times)

    @property
    def start(self) -> float:
        """The first day of the run, as a year."""
        return float(self.engine.scenario.start)

    @property
    def stop(self) -> float:
        """The last day of the run, as a year."""
        return float(self.engine.scenario.stop)

    @property
    def people(self) -> int:
        """People at the start."""
        return int(self.engine.scenario.people)

    @property
    def layout(self) -> Any:
        """Groups, pair kinds, sites and occupations (`layout.Layout`)."""
        return self.engine.layout

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.engine.seed)
