"""The sign sketch of a table: one bit a coordinate of every row, kept in step with the rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from vsa.algebra import room
from vsa.algebra.backend import Backend
from vsa.memory.sketch.asymmetric import NORMAL
from vsa.memory.sketch.theory import prefixes
from vsa.memory.storage import Ascending, Held, Still, Store

LINE = 64  # bytes: a row of a plane fills whole lines of the cache
ODD = 0.85  # of less than this times it, the signs say too little
EVEN = 1.08  # of more they say more: 1.13 for the spectra of unitary vectors
EXCEPTIONS = 1000  # one row in so many may be less even without setting the rule
IS_ODD, IS_PLAIN = 2, 1  # how even a row is, as it is stored
SAMPLE = 32  # rows that tell how even the others are on average
PATIENCE = 8  # queries before the sketch is made, which costs about as much as scanning for them

Bits = np.ndarray[Any, np.dtype[np.uint8]]


class Sketch:
    """Signs of the packed coordinates, in planes (length, bytes).

    The first plane holds those of the first 512 coordinates, and each other one as many as all
    before it: what needs fewer bits reads fewer.
    Rows differ in how even their coordinates are in size, and with it in what their signs tell.
    """

    def __init__(self, dim: int, widened: Callable[[Any], Any] = lambda rows: rows) -> None:
        """widened: makes unit coordinates of stored rows that are none."""
        self.dim = dim
        self.widened = widened
        self.asked = 0
        self._length = 0
        self.prefixes = prefixes(dim)  # coordinates up to the end of each plane
        ends = [-(-bits // (8 * LINE)) * LINE for bits in self.prefixes]
        self._cuts = list(pairwise((0, *ends)))  # bytes
        # of each plane, and of how even each row is
        self.widths = [*(end - start for start, end in self._cuts), 1]
        self.stores: list[Store] = [Held(width, np.uint8, room.in_lines) for width in self.widths]
        self._average = (0, 1.0)  # of the first so many rows: how even they are
        self._still: Sketch | None = None  # what `still` gave
        self.fixed = False  # whether it is what `still` gives
        self.plans: dict[Any, Any] = {}  # what was worked out for it, while it is
        self._odd = Ascending(np.empty(0, dtype=np.intp))
        self._plain = Ascending(np.empty(0, dtype=np.intp))  # neither odd nor even

    def __len__(self) -> int:
        return self._length

    def planes(self, count: int) -> list[Bits]:
        """The first planes, views; those of every row."""
        return [store.array[: self._length] for store in self.stores[:count]]

    def signs(self, unit: np.ndarray[Any, Any]) -> list[Bits]:
        """The sketches of packed vectors (n, dim), plane by plane."""
        return self.planes_of(unit > 0)

    def planes_of(self, bits: np.ndarray[Any, Any]) -> list[Bits]:
        """Truth values (n, dim), packed, plane by plane."""
        packed = np.packbits(bits, axis=1)
        if (missing := self._cuts[-1][1] - packed.shape[1]) > 0:
            packed = np.pad(packed, ((0, 0), (0, missing)))
        return [np.ascontiguousarray(packed[:, start:end]) for start, end in self._cuts]

    @property
    def even(self) -> bool:
        """Whether the rows are even, but for a few exceptions."""
        return (len(self._odd.rows) + len(self._plain.rows)) * EXCEPTIONS <= self._length

    @property
    def gain(self) -> float:
        """How much the signs of the rows tell (`vsa.memory.sketch.theory`), the exceptions set apart."""
        return EVEN if self.even else 1.0

    def told(self, rows: np.ndarray[Any, Any]) -> float:
        """The gain that the rows (length, dim) have on average, by some of them.

        Looked up anew when there are twice as many, so that growth costs a few looks in all.
        """
        length, known = len(rows), self._average[0]
        if not known <= length < 2 * known:
            some = self.widened(rows[:: max(length // SAMPLE, 1)][:SAMPLE])
            mean = float(np.abs(some).mean()) * math.sqrt(self.dim) / NORMAL
            self._average = (length, round(mean, 2))
        return self._average[1]

    @property
    def exceptions(self) -> np.ndarray[Any, Any]:
        """The rows whose signs tell less: they are on every shortlist."""
        odd, plain = self._odd.rows, self._plain.rows
        return np.concatenate((odd, plain)) if len(plain) and self.even else odd

    def wanted(self, queries: int) -> bool:
        """Whether the sketch is there, or so much has been asked that it is time to make it."""
        self.asked += queries
        return bool(self._length) or self.asked >= PATIENCE

    def still(self) -> Sketch:
        """As it is now, whatever is added or forgotten meanwhile; the same one until that happens."""
        if self._still is None:
            other = Sketch.__new__(Sketch)
            vars(other).update(vars(self))
            other.fixed, other.plans = True, {}
            other.stores = [Still(store.array) for store in self.stores]
            other._odd, other._plain = Ascending(self._odd.rows), Ascending(self._plain.rows)
            self._still = other
        return self._still

    def as_it_was(self, length: int) -> Sketch | None:
        """What `still` gave of so many rows, if nothing has changed since."""
        return self._still if length == self._length else None

    def follow(self, rows: np.ndarray[Any, Any]) -> None:
        """Sketch those of the rows (length, dim) that were added since."""
        length = len(rows)
        if length == self._length:
            return
        self._still = None
        for store in self.stores:
            store.reserve(length, self._length)
        step = max(Backend.block_bytes // (max(rows.itemsize, 4) * self.dim), 1)
        odd, plain = [], []
        for start in range(self._length, length, step):
            block = self.widened(rows[start : min(start + step, length)])
            told = self._told(block)
            kind = np.where(told < ODD, IS_ODD, np.where(told < EVEN, IS_PLAIN, 0))
            columns = [*self.signs(block), kind.astype(np.uint8)[:, None]]
            for store, column in zip(self.stores, columns, strict=True):
                store.write(start, column)
            odd.append(np.flatnonzero(kind == IS_ODD) + start)
            plain.append(np.flatnonzero(kind == IS_PLAIN) + start)
        self._odd.extend(np.concatenate(odd))
        self._plain.extend(np.concatenate(plain))
        self._length = length

    def restore(self, stores: list[Store], length: int) -> None:
        """Take over the sketch of `length` rows that was written down."""
        self.stores, self._length, self._still = stores, length, None
        kind = stores[-1].array[:length, 0]
        self._odd = Ascending(np.flatnonzero(kind == IS_ODD))
        self._plain = Ascending(np.flatnonzero(kind == IS_PLAIN))

    def _told(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Mean size of the coordinates, over that of normal ones: of all, or of the first plane."""
        size, head = np.abs(rows), self.prefixes[0]
        mean = np.minimum(size[:, :head].mean(axis=1), size.mean(axis=1))
        return np.asarray(mean * math.sqrt(self.dim) / NORMAL)

    def shorten(self, length: int) -> None:
        """Forget the rows from `length` on, in whose place others may come."""
        self._length, self._still = min(self._length, length), None
        if length < self._average[0]:
            self._average = (0, 1.0)
        self._odd, self._plain = self._odd.below(length), self._plain.below(length)
