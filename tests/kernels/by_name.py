"""Call one process on a few hand-made people by the names of its arguments; what is not given takes its default."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from swmodel import codes, values
from swmodel.declare import VARIES, Attr, Param, Process
from swmodel.engine import CORE_ATTRIBUTES
from swmodel.interventions import enrolment
from swmodel.layout import Layout
from swmodel.model import INTERVENTIONS, PROCESSES, all_params
from swmodel.processes.pathways import carry
from swmodel.rng import stream_key

SETTINGS = ("brothel", "street", "home")
PLAIN = Layout(tuple((name, codes.WOMEN) for name in SETTINGS))  # one place, and only women sell
WIDE = Layout(
    (("bar", codes.WOMEN), ("street", codes.WOMEN), ("park", codes.MSM), ("club", codes.TRANS_WOMEN)),
    occupations=("general", "drivers"),
    sites=("port", "lake"),
    kinds=(
        ("men_together", codes.CASUAL, ("msm", "clients_of_men")),
        ("paid_men", codes.REGULAR, ("msw",)),
        ("with_tsw", codes.ONE_OFF, ("tsw",)),
    ),
)
GROUPS = len(PLAIN.groups)


def group_of(label: str, layout: Layout = PLAIN) -> int:
    """The code of the one group that a label names."""
    (code,) = layout.members(label) or ()
    return code


def by_group(amounts: Mapping[int, float], layout: Layout = PLAIN) -> list[float]:
    """A number for every group: those given, and 0 for the rest."""
    return [amounts.get(code, 0) for code in range(len(layout.groups))]


WOMEN, MEN, CLIENT, FORMER = (group_of(name) for name in ("women", "men", "clients", "former_fsw"))
BROTHEL, STREET, HOME = (group_of(name) for name in SETTINGS)
TIME, DT = 2000.0, 1.0 / 12.0
ONE = 1 << 20  # one of an expected counter
EVERY = (*PROCESSES, *INTERVENTIONS.values(), carry)
ENDS = (Attr("exposure", "f4", 0.0, "start of an arrow"), Attr("mediator", "f4", 1.0, "its end"))
OWN = (enrolment.COVERED, enrolment.ENROL_CLOCK, enrolment.ENROL_TIMES, *ENDS)
STRENGTH = Param("strength", 1.0, "odds ratio", (0.0, 50.0), "set by the test", "effect of an arrow")
ATTRIBUTES = {a.name: a for a in (*CORE_ATTRIBUTES, *OWN, *(a for p in EVERY for a in p.attributes))}
PARAMS = {**all_params(), **{p.name: p for p in (*enrolment.SCHEDULE_PARAMS, STRENGTH)}}
COUNTERS = {c.name: c for p in EVERY for c in p.counters}
ROLLS = {r.name: r for p in EVERY for r in p.rolls}
# Dtypes of prepared arrays that a list does not tell; "f8" for those that a test may give in whole numbers.
PREPARED = {"row_of_man": "i4", "target_groups": "b1", "visiting": "b1"} | dict.fromkeys(
    ("start_hazard", "candidate_men", "candidate_msm", "chance_of_group", "paused_at_start", "paused_in", "class_above",
     "expected_people", "ticket_worth", "choice", "anew", "turns_regular", "take", "elsewhere", "room", "visit_bound",
     "expected_regular", "regular_pairs", "regular_apart", "practice_moved", "education_at_start"), "f8",
)  # fmt: skip


class Result(SimpleNamespace):
    """Every argument by name as the kernel left it, `counters`, and what the kernel `returned`."""

    def __repr__(self) -> str:
        return f"<result of {self.process.name}>"

    def changed(self, name: str) -> list[int]:
        """The rows in which one array differs from what was given."""
        return np.flatnonzero(self.before[name] != getattr(self, name)).tolist()

    @property
    def touched(self) -> set[str]:
        """The names of the arrays in which anything changed, rolls that the kernel made aside."""
        return {name for name in self.before if self.changed(name)}

    @property
    def written(self) -> dict[str, np.ndarray]:
        """The arrays that the kernel may write, for a second call."""
        return {name: getattr(self, name) for name in self.process.writes}


def key_of(process: Process) -> np.uint64:
    """The key that `call` gives to a process."""
    return stream_key(1, process.name)


def call(
    process: Process,
    *,
    layout: Layout = PLAIN,
    people_rows: int | None = None,
    pairs_rows: int | None = None,
    **given: Any,
) -> Result:
    """Run the kernel once. A number given for an attribute stands for every row, and parameters are given as in a
    scenario. `people_rows` and `pairs_rows` are how many rows there are, wherever no list tells. Not given: everyone is
    alive, uid is the row, clocks never run out, `rows` are all rows, tables of groups and kinds are those of `layout`;
    the rest as declared.
    """
    for name in given:
        if name not in process.arguments:
            near = difflib.get_close_matches(name, process.arguments, 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; it takes {', '.join(process.arguments)}"
            raise TypeError(f"process '{process.name}' does not take '{name}'{hint}")
    sizes = {"people": people_rows, "pairs": pairs_rows}
    for name, value in given.items():
        if name in ATTRIBUTES and np.ndim(value):
            table = ATTRIBUTES[name].table
            if sizes[table] not in (None, len(value)):
                raise TypeError(f"'{name}' has {len(value)} rows, and the {table} {sizes[table]}")
            sizes[table] = len(value)
    arguments = {name: argument(process, layout, name, given, sizes) for name in process.arguments}
    before = {name: a.copy() for name, a in arguments.items() if isinstance(a, np.ndarray) and name not in ROLLS}
    returned = process.kernel(*arguments.values())
    if process.rolls:
        counts = returned if isinstance(returned, tuple) else (returned,)
        arguments |= {r.name: arguments[r.name][:n] for r, n in zip(process.rolls, counts, strict=True)}
    counters = {c.name: arguments[c.name] for c in process.counters}
    return Result(**arguments, process=process, before=before, counters=counters, returned=returned)


def size_of(process: Process, table: str, sizes: Mapping[str, int | None]) -> int:
    """How many rows a table has; an error if nothing told."""
    size = sizes[table]
    if size is None:
        raise TypeError(f"process '{process.name}': say how many {table} there are, as {table}_rows=...")
    return size


def argument(
    process: Process, layout: Layout, name: str, given: Mapping[str, Any], sizes: Mapping[str, int | None]
) -> Any:
    """One argument, of the type that the engine would bind, writable only if the engine would let the kernel write."""
    if name in PARAMS:
        param = PARAMS[name]
        value = given.get(name, param.default)
        table = values.tabulate(param, value, layout, np.array([TIME]))
        return frozen(table[0]) if param.by else table[0]
    if name in COUNTERS:
        shape = tuple(len(layout.labels(d)) for d in COUNTERS[name].by)
        return np.array(np.broadcast_to(given.get(name, 0), shape), np.int64)
    if name in ATTRIBUTES:
        array = attribute(process, name, given, sizes)
    elif name in [r.name for r in process.rolls]:
        return np.full(size_of(process, ROLLS[name].table, sizes) + 1, 4294967295, np.uint32)
    elif name == "new_rows" or name in ROLLS or (name == "rows" and name in given):
        array = np.array(given.get(name, []), np.uint32)
    elif name in given:
        value = given[name]
        if not np.ndim(value):
            return np.float64(value) if type(value) is float else value  # as the engine binds them
        array = np.array(value, PREPARED.get(name))
    elif name in layout.tables:
        return layout.tables[name]
    else:
        return supplied(process, name, sizes)
    return array if name in process.writes else frozen(array)


def attribute(process: Process, name: str, given: Mapping[str, Any], sizes: Mapping[str, int | None]) -> np.ndarray:
    """One array of the state, as given or at its default."""
    attr = ATTRIBUTES[name]
    size = size_of(process, attr.table, sizes)
    default = {"alive": True, "uid": np.arange(size)}.get(name, np.inf if attr.clock else attr.default)
    return np.array(np.broadcast_to(given.get(name, default), (size,)), attr.dtype)


def supplied(process: Process, name: str, sizes: Mapping[str, int | None]) -> Any:
    """What the engine itself supplies."""
    simple = {"step": 0, "dt": np.float64(DT), "time": np.float64(TIME), "key": key_of(process), "lo": np.uint64(0)}
    if name in simple:
        return simple[name]
    if name.endswith(VARIES):
        return True
    over = process.over if process.over in ("people", "pairs") else "people"
    if process.over in ROLLS:
        over = ROLLS[process.over].table
    table, _, part = name.partition("_")
    sized = {"hi": over, "rows": over, "n_people": "people", "n_pairs": "pairs"}.get(name, table)
    if sized not in sizes:
        raise TypeError(f"process '{process.name}' needs '{name}'")
    size = size_of(process, sized, sizes)
    if name == "rows":
        return frozen(np.arange(size, dtype=np.uint32))
    if part in ("book", "free"):
        return np.array([size, 0], np.int64) if part == "book" else np.zeros(size, np.uint32)
    return np.uint64(size) if name == "hi" else size


def frozen(array: np.ndarray) -> np.ndarray:
    """The same array, which the kernel may not write."""
    array.flags.writeable = False
    return array
