"""What the rows of a table are, and where they live: here in memory, mapped in vsa/persist/mapped.py.

And arrays of row numbers, which grow as they do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector


def stored(vectors: Vector) -> tuple[Array, np.ndarray[Any, Any]]:
    """Vectors as rows of a table (..., width), and their lengths (...), on the host: 0 of zero."""
    rows, lengths = vectors.space.metric.stored(vectors.data)
    return rows, _lengths(vectors, lengths)


def asked(vectors: Vector) -> tuple[Array, np.ndarray[Any, Any]]:
    """Vectors as queries, and their lengths, likewise."""
    rows, lengths = vectors.space.metric.queries(vectors.data)
    return rows, _lengths(vectors, lengths)


def _lengths(vectors: Vector, lengths: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if vectors.finished:
        return lengths
    return np.where(vectors.space.backend.numpy(vectors._there), lengths, 0.0)


class Store(Protocol):
    """A growing array of rows (capacity, width), of which a table says how many count."""

    array: Array

    def reserve(self, length: int, used: int) -> None:
        """Make room for `length` rows, of which the first `used` are kept."""

    def write(self, start: int, block: Array) -> None:
        """Put rows (n, width) from `start` on, for which there is room."""


def room(length: int, have: int) -> int:
    """How many places to make for `length`, where `have` are too few.

    Twice as many, so that growth costs amortised constant time; and a quarter more than are filled
    at once, so that a single one that follows many does not copy them all. Memory that nobody has
    written to yet costs a CPU nothing.
    """
    return max(length + length // 4, 2 * have, 64)


class Held:
    """Rows in memory, with room for more."""

    def __init__(self, width: int, dtype: Any, empty: Callable[..., Array] = np.empty) -> None:
        self.empty = empty  # of NumPy, or of a backend
        self.array: Array = empty((0, width), dtype)

    def reserve(self, length: int, used: int) -> None:
        if length <= len(self.array):
            return
        capacity = room(length, len(self.array))
        array = self.empty((capacity, self.array.shape[1]), self.array.dtype)
        array[:used] = self.array[:used]
        self.array = array

    def write(self, start: int, block: Array) -> None:
        self.array[start : start + len(block)] = block


class Still:
    """Rows that do not grow: a view of those that there were."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def reserve(self, length: int, used: int) -> None:
        raise RuntimeError("a view does not grow")

    def write(self, start: int, block: Array) -> None:
        raise RuntimeError("a view is not written to")


class Ascending:
    """Row numbers, ascending, that more come behind; `rows` that was read stays as it was."""

    __slots__ = ("_held", "rows")

    def __init__(self, rows: np.ndarray[Any, Any]) -> None:
        self._held = rows
        self.rows = _view(rows, len(rows))

    def extend(self, more: np.ndarray[Any, Any]) -> None:
        """Larger ones behind those that there are. Amortised, they cost by their number."""
        if not len(more):
            return
        start, stop = len(self.rows), len(self.rows) + len(more)
        if stop > len(self._held):
            held = np.empty(room(stop, len(self._held)), dtype=np.intp)
            held[:start] = self.rows
            self._held = held
        self._held[start:stop] = more
        self.rows = _view(self._held, stop)

    def below(self, row: int) -> Ascending:
        """Those below a row, for others to come behind them."""
        return Ascending(self.rows[: np.searchsorted(self.rows, row)])


def _view(held: np.ndarray[Any, Any], length: int) -> np.ndarray[Any, Any]:
    view = held[:length]
    view.flags.writeable = False
    return view
