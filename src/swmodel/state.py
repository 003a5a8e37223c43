"""The tables of people and pairs: one block of memory for each dtype, one row of it for each attribute.

Rows are reused; identity is `uid`. A table only ever grows, and whoever holds its arrays binds them anew when `version`
changes.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np

from swmodel import rng
from swmodel.declare import Attr
from swmodel.jit import helper

HIGH, FREE = 0, 1  # places in a table's book: rows ever used, rows on the free list


@helper
def blank(rows, block, defaults):
    """Set every attribute of `rows` in one block to its default."""
    for a in range(block.shape[0]):
        for r in rows:
            block[a, r] = defaults[a]


@helper
def in_order(numbers):
    """The places of `numbers` (i8) in rising order. Apart, so that sorting is compiled once for all who sort."""
    return np.argsort(numbers)


@helper
def take_rows(count, book, free):
    """`count` free rows, reused ones first; the book is kept. Returns a u4 array."""
    rows = np.empty(count, np.uint32)
    for k in range(count):
        if book[FREE] > 0:
            book[FREE] -= 1
            rows[k] = free[book[FREE]]
        else:
            rows[k] = book[HIGH]
            book[HIGH] += 1
    return rows


@helper
def give_row(row, book, free):
    """Put one row on the free list."""
    free[book[FREE]] = row
    book[FREE] += 1


@helper
def give_rows(rows, used, book, free):
    """Put the rows from `used` on back on the free list, last first, so that they are taken again first."""
    for k in range(len(rows) - 1, used - 1, -1):
        free[book[FREE]] = rows[k]
        book[FREE] += 1


@helper
def start_clocks(rows, uid, clocks, keys):
    """Draw the first threshold of every clock for new rows, keyed by the attribute and the person."""
    people, never = np.empty(len(rows), np.uint32), np.zeros(len(rows), np.uint32)
    for k in range(len(rows)):
        people[k] = uid[rows[k]]
    for a in range(len(clocks)):
        drawn = rng.exponentials(people, np.uint64(0), never, np.uint64(0), keys[a])
        for k in range(len(rows)):
            clocks[a, rows[k]] = drawn[k]


def untouched(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Zeros that take no memory until they are touched, and then by the page of a few kilobytes.

    NumPy asks for pages of 2 megabytes, of which one at the end of each attribute would be touched in vain: that took
    another 200 bytes a person.
    """
    room = mmap.mmap(-1, math.prod(shape) * np.dtype(dtype).itemsize)
    return np.frombuffer(room, dtype).reshape(shape)


class Table:
    """One table: `arrays[name]` is a contiguous view of `capacity` rows; `n` rows have ever been in use."""

    def __init__(self, name: str, attributes: Sequence[Attr], capacity: int, seed: int) -> None:
        self.name = name
        # Clocks come first in the block of doubles, so that new rows draw all of theirs in one call.
        self.attributes = sorted(attributes, key=lambda a: not a.clock)
        self.capacity = 0
        self.version = 0
        self.blocks: dict[str, np.ndarray] = {}
        self.defaults: dict[str, np.ndarray] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.book = np.zeros(2, np.int64)
        self.free = np.zeros(0, np.uint32)
        for attr in self.attributes:
            self.defaults.setdefault(attr.dtype, np.zeros(0, attr.dtype))
            self.defaults[attr.dtype] = np.append(self.defaults[attr.dtype], np.array([attr.default], attr.dtype))
        clocks = [a for a in self.attributes if a.clock]
        self.clock_keys = np.array([rng.stream_key(seed, f"clock:{a.name}") for a in clocks], np.uint64)
        self.grow(capacity)

    @property
    def n(self) -> int:
        """Rows ever in use; kernels run over 0..n."""
        return int(self.book[HIGH])

    def grow(self, capacity: int) -> None:
        """Make room for `capacity` rows; contents are kept and the arrays are new."""
        if capacity <= self.capacity:
            return
        used = self.n
        self.arrays = {}
        index = dict.fromkeys(self.defaults, 0)
        for dtype, defaults in self.defaults.items():
            block = untouched((len(defaults), capacity), dtype)
            if used:
                block[:, :used] = self.blocks[dtype][:, :used]
            self.blocks[dtype] = block
        for attr in self.attributes:
            self.arrays[attr.name] = self.blocks[attr.dtype][index[attr.dtype]]
            index[attr.dtype] += 1
        free = untouched((capacity,), "u4")
        free[: self.book[FREE]] = self.free[: self.book[FREE]]
        self.free, self.capacity = free, capacity
        self.version += 1

    def reserve(self, count: int) -> np.ndarray:
        """`count` blank rows (u4), growing the table if they do not fit."""
        missing = self.n + count - int(self.book[FREE]) - self.capacity
        if missing > 0:
            self.grow((self.capacity + missing) * 2)
        rows = take_rows(count, self.book, self.free)
        for dtype, block in self.blocks.items():
            bits = f"u{block.itemsize}"  # so that it is compiled for four sizes, not for every dtype
            blank(rows, block.view(bits), self.defaults[dtype].view(bits))
        return rows

    def release(self, rows: np.ndarray, used: int) -> None:
        """Give back the reserved rows that were not used."""
        if used < len(rows):
            give_rows(rows, used, self.book, self.free)

    def start_clocks(self, rows: np.ndarray) -> None:
        """Draw the first thresholds of people who just received their uid."""
        if len(self.clock_keys) and len(rows):
            start_clocks(rows, self.arrays["uid"], self.blocks["f8"][: len(self.clock_keys)], self.clock_keys)

    def frozen(self) -> dict[str, Any]:
        """Everything needed to restore the table, as arrays."""
        used = self.n
        saved = {f"{self.name}.{dtype}": block[:, :used].copy() for dtype, block in self.blocks.items()}
        saved[f"{self.name}.book"] = self.book.copy()
        saved[f"{self.name}.free"] = self.free[: self.book[FREE]].copy()
        return saved

    def thaw(self, saved: Any) -> None:
        """Restore what `frozen` saved."""
        self.book[:] = 0
        high = int(saved[f"{self.name}.book"][HIGH])
        self.grow(high)
        self.book[:] = saved[f"{self.name}.book"]
        for dtype, block in self.blocks.items():
            block[:, :high] = saved[f"{self.name}.{dtype}"]
        self.free[: self.book[FREE]] = saved[f"{self.name}.free"]

    def drop(self) -> None:
        """Let go of the memory; the table is of no use afterwards."""
        self.blocks, self.arrays, self.free = {}, {}, np.zeros(0, np.uint32)

    def nbytes_per_row(self) -> int:
        """Bytes of one row over all attributes, with the free list."""
        return sum(np.dtype(a.dtype).itemsize for a in self.attributes) + 4
