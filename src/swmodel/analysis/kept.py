"""How much of the network survives a change of scenario: pairs and contacts that are the same in two runs of one seed.

Two runs share their chance, so that what a lever does not change should stay as it is. Counted are the pairs of each
month, before any of them ends, in which neither partner was ever reached by a lever of either scenario.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from swmodel import codes
from swmodel.engine import Engine
from swmodel.results import whole_file
from swmodel.scenario.tables import table

END = "end_pairs"  # the process before which the pairs of a month are all there
HEAD = ("year", "form", "pairs", "kept", "share")
SHOWN = 6  # years in a table
BITS = 32  # of an identity


@dataclass(frozen=True)
class Kept:
    """The pairs of one form in a year, summed over its months: those of the first run, and how many are in both."""

    year: int
    form: str
    pairs: int
    kept: int

    @property
    def share(self) -> float:
        """The share kept; NaN where there is no pair."""
        return self.kept / self.pairs if self.pairs else float("nan")


class Watched:
    """A run of which the pairs of every month are looked at, and who was ever reached by a lever."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.levers = [name for name in engine.people.arrays if name.endswith(".covered")]
        self.reached = np.zeros(0, np.int64)
        self.pairs = np.zeros(0, np.int64)
        self.form = np.zeros(0, np.int64)
        for call in engine.calls:
            if call.process.name == END:
                call.run = self.looking(call.run)  # type: ignore[assignment, method-assign]

    def looking(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """The same call, with a look at the pairs before it."""

        def looked(engine: Engine) -> None:
            self.look()
            run(engine)

        return looked

    def look(self) -> None:
        """Note the pairs of this month by the identities of both, and whom levers reach."""
        people, pairs = self.engine.people.arrays, self.engine.pairs.arrays
        n = self.engine.pairs.n
        there = pairs["kind"][:n] != codes.NONE
        uid = people["uid"].astype(np.int64)
        first, second = uid[pairs["pair_a"][:n][there]], uid[pairs["pair_b"][:n][there]]
        self.form = self.engine.layout.tables["form_of"][pairs["kind"][:n][there]]
        self.pairs = (first << BITS) | second
        for name in self.levers:
            covered = people[name][: self.engine.people.n] != 0
            self.reached = np.union1d(self.reached, uid[: self.engine.people.n][covered])

    def untouched(self, form: int, touched: np.ndarray) -> np.ndarray:
        """The pairs of a form of which neither partner is among `touched`; a pair that meets twice counts twice."""
        pairs = self.pairs[self.form == form]
        keep = ~(np.isin(pairs >> BITS, touched) | np.isin(pairs & (2**BITS - 1), touched))
        return np.sort(pairs[keep])


def in_both(ours: np.ndarray, theirs: np.ndarray) -> int:
    """How many of the sorted `ours` are in the sorted `theirs`, repeated ones as often as both have them."""
    pairs, count = np.unique(ours, return_counts=True)
    others, other_count = np.unique(theirs, return_counts=True)
    _, a, b = np.intersect1d(pairs, others, assume_unique=True, return_indices=True)
    return int(np.minimum(count[a], other_count[b]).sum())


def kept_pairs(first: Engine, second: Engine) -> Iterator[Kept]:
    """Run both engines to their end, month by month; the pairs of each form kept in each year.

    The engines must have the same people (scenario setting, seed, step), and not have run yet.
    """
    a, b = Watched(first), Watched(second)
    sums: dict[tuple[int, int], list[int]] = {}
    while first.step < first.n_steps:
        year = int(first.times[first.step])
        first.advance()
        second.advance()
        touched = np.union1d(a.reached, b.reached)
        for form in range(1, len(codes.FORMS)):
            ours = a.untouched(form, touched)
            total = sums.setdefault((year, form), [0, 0])
            total[0] += len(ours)
            total[1] += in_both(ours, b.untouched(form, touched))
    for (year, form), (pairs, kept) in sorted(sums.items()):
        if pairs:
            yield Kept(year, codes.FORMS[form], pairs, kept)


def write(rows: Sequence[Kept], path: Path) -> None:
    """The rows as CSV."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(HEAD)
        writer.writerows((row.year, row.form, row.pairs, row.kept, repr(row.share)) for row in rows)


def as_table(rows: Sequence[Kept], since: float) -> str:
    """The per cent of pairs kept by form in a few years from `since` on, as an aligned table."""
    years = sorted({row.year for row in rows if row.year >= int(since)})
    shown = [years[round(k)] for k in np.linspace(0, len(years) - 1, min(SHOWN, len(years)))]
    forms = [form for form in codes.FORMS if any(row.form == form for row in rows)]
    share = {(row.year, row.form): f"{100 * row.share:.1f}" for row in rows}
    return table(["year", *(form.replace("_", "-") for form in forms)],
                 [[str(year), *(share.get((year, form), "-") for form in forms)] for year in shown])  # fmt: skip
