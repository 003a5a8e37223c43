"""Bind, step, run: the loop on one screen.

The engine knows no process. It reads a kernel's argument names, binds arrays, parameters, counters, clock and key to
them once, and calls the kernels in the order of the phases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.binding import NO_ROWS, Call, Step, bind
from swmodel.declare import ENTRANTS, PHASES, Attr, Counter
from swmodel.layout import Layout, layout_of
from swmodel.state import Table

CORE_ATTRIBUTES = (
    Attr("uid", "u4", 0, "identity: the same person in every scenario"),
    Attr("alive", "b1", 0, "in the population"),
    Attr("group", "u1", 0, "role, population, work setting or occupation, and site (layout)"),
    Attr("pair_a", "u4", 0, "row of the woman", table="pairs"),
    Attr("pair_b", "u4", 0, "row of the man; the woman's in a row that is free", table="pairs"),
    Attr("kind", "i1", codes.NONE, "kind of pair (codes); NONE marks a free row", table="pairs"),
)
CHUNK_MINIMUM = 4096  # rows below which a second thread costs more than it saves
ROOM = 4  # rows for each person at the start; memory that is never touched costs nothing


class Engine:
    """One simulation: the state, the bound kernels, and the record of counters at every step.

    `scenario` supplies start, stop, step (years), people, work_settings and parameters; `steps` is the model's contents
    page, resolved for that scenario. Equal arguments give equal results, whatever `threads` and `chunk` are.
    """

    def __init__(
        self, scenario: Any, steps: Sequence[Step], seed: int, threads: int = 1, chunk: int = CHUNK_MINIMUM
    ) -> None:
        self.scenario, self.seed, self.threads, self.chunk = scenario, seed, threads, chunk
        self.steps = sorted(steps, key=lambda s: PHASES.index(s.process.phase))
        self.dt = scenario.step
        self.n_steps = round((scenario.stop - scenario.start) / scenario.step)
        self.times = scenario.start + (np.arange(self.n_steps) + 0.5) * self.dt
        self.step = 0
        attributes = [*CORE_ATTRIBUTES, *(a for s in self.steps for a in s.attributes())]
        people = [a for a in attributes if a.table == "people"]
        pairs = [a for a in attributes if a.table == "pairs"]
        self.people = Table("people", people, scenario.people * ROOM + 256, seed)
        self.pairs = Table("pairs", pairs, scenario.people * ROOM + 256, seed)
        self.rolls = {ENTRANTS: NO_ROWS} | {roll.name: NO_ROWS for s in self.steps for roll in s.process.rolls}
        self.roll_tables = {roll.name: roll.table for s in self.steps for roll in s.process.rolls}
        self.prepared: dict[str, np.ndarray] = {}  # arrays made before the run that processes write
        self.counters = {c.name: c for s in self.steps for c in s.process.counters}
        self.layout = layout_of(scenario)
        self.places = counter_places(self.counters.values(), self.layout)
        self.width = sum(int(np.prod(shape)) for _, shape in self.places.values())
        self.totals = np.zeros(self.width, np.int64)
        self.record = np.zeros((self.n_steps, self.width), np.int64)
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None
        written = {name for s in self.steps for name in s.writes()}
        self.factors = [(t, a.name, a.default) for t, table in ((self.people, people), (self.pairs, pairs))
                        for a in table if a.reset and a.name in written]  # fmt: skip
        self.calls: list[Call] = bind(self)

    @property
    def version(self) -> int:
        """Changes whenever a table has grown, so that whoever holds arrays binds them anew."""
        return self.people.version + self.pairs.version

    def room_of_roll(self, name: str) -> np.ndarray:
        """Room for a roll of every row of its table, and one row more; memory that is never touched costs nothing."""
        table = self.pairs if self.roll_tables[name] == "pairs" else self.people
        return np.empty(table.capacity + 1, np.uint32)

    def advance(self) -> None:
        """One step: factors and counters return to neutral, then every process in its order."""
        for table, name, default in self.factors:
            table.arrays[name][: table.n] = default
        self.totals.fill(0)
        self.rolls[ENTRANTS] = NO_ROWS
        for call in self.calls:
            if call.active[self.step]:
                call.run(self)
        self.record[self.step] = self.totals
        self.step += 1

    def run(self, until: float | None = None, watch: Callable[[Engine], None] | None = None) -> Engine:
        """Step to `until` (a year; the end by default). `watch` is called after each step, for progress."""
        last = self.n_steps if until is None else min(self.n_steps, round((until - self.scenario.start) / self.dt))
        while self.step < last:
            self.advance()
            if watch is not None:
                watch(self)
        return self

    def close(self) -> None:
        """Let go of threads, and of the memory of both tables: bound calls refer to themselves, so that Python would
        free what they hold only now and then. Counts stay.
        """
        if self.pool is not None:
            self.pool.shutdown()
        for call in self.calls:
            call.args.clear()
        self.calls.clear()
        self.people.drop()
        self.pairs.drop()

    def count(self, name: str) -> np.ndarray:
        """Every step's value of one counter; shape (steps done, *labels). Expected amounts come as doubles."""
        start, shape = self.places[name]
        flat = self.record[: self.step, start : start + int(np.prod(shape))].reshape(self.step, *shape)
        return flat / 2.0**20 if self.counters[name].expected else flat

    def attribute(self, name: str) -> np.ndarray:
        """One attribute of the living people, or of the current pairs, in row order; a copy."""
        for table, present in ((self.people, "alive"), (self.pairs, "kind")):
            if name in table.arrays:
                keep = table.arrays[present][: table.n] != 0
                return table.arrays[name][: table.n][keep]
        raise KeyError(name)

    def save(self, path: str | Path) -> None:
        """Write a checkpoint (npz): `load` on an equal engine continues bit for bit."""
        arrays = self.people.frozen() | self.pairs.frozen() | self.prepared
        meta = json.dumps({"step": self.step, "seed": self.seed})
        target = Path(path)
        temporary = target.with_name(target.name + ".part")
        with temporary.open("wb") as f:
            np.savez(f, record=self.record[: self.step], meta=np.array(meta), **arrays)
        temporary.replace(target)

    def load(self, path: str | Path) -> Engine:
        """Continue from a checkpoint of the same scenario and seed. Raises ValueError if the seed differs."""
        with np.load(path) as saved:
            meta = json.loads(str(saved["meta"]))
            if meta["seed"] != self.seed:
                raise ValueError(f"{path} holds seed {meta['seed']}, not {self.seed}")
            self.people.thaw(saved)
            self.pairs.thaw(saved)
            for name, array in self.prepared.items():
                array[:] = saved[name]
            self.step = meta["step"]
            self.record[: self.step] = saved["record"]
        return self


def counter_places(counters: Iterable[Counter], layout: Layout) -> Mapping[str, tuple[int, tuple[int, ...]]]:
    """Where each counter lies in the flat record: name -> (first place, shape)."""
    places: dict[str, tuple[int, tuple[int, ...]]] = {}
    place = 0
    for counter in counters:
        shape = tuple(len(layout.labels(d)) for d in counter.by)
        places[counter.name] = (place, shape)
        place += int(np.prod(shape))
    return places
