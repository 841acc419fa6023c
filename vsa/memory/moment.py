"""The rows as they were when something was answered, for whoever still holds the answer.

An answer holds row numbers, not vectors, and the places of undone rows are filled with others. So it
holds the moment as well, through which it reads its vectors. When rows are undone that a living
moment had, they are set aside for it: a copy in memory of those rows, shared by all moments that had
them. A moment, and what was set aside for it, goes with the last answer that holds it; where there
is none, an undo copies nothing. No file has any of this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from vsa.algebra.vector import Vector

Rows = np.ndarray[Any, Any]


class Rememberer(Protocol):
    """Whoever can say what the vectors of some rows were."""

    def vectors(self, rows: Rows) -> Vector:
        """The vectors of some rows, of any shape; a row of -1 gives the zero vector."""

    def undone(self, rows: Rows) -> bool:
        """Whether one of these rows is one no more."""


class Moment:
    """The first `length` rows of a table; `vectors` gives the present ones of some rows."""

    __slots__ = ("__weakref__", "_aside", "length", "present")

    def __init__(self, present: Callable[[Rows], Vector], length: int) -> None:
        self.present = present
        self.length = length  # of those that are in the table still
        self._aside: list[tuple[int, int, Vector]] = []  # what has been undone: from, to, vectors

    def shorten(self, length: int, aside: Vector) -> None:
        """The table is about to lose its rows from `length` on, which are `aside`."""
        self._aside.append((length, self.length, aside))
        self.length = length

    def undone(self, rows: Rows) -> bool:
        """Whether one of these rows is no longer in the table."""
        return bool(np.max(rows, initial=-1) >= self.length)

    def vectors(self, rows: Rows) -> Vector:
        """The vectors that some rows had, of any shape; a row of -1 gives the zero vector."""
        if not self.undone(rows):
            return self.present(rows)
        flat = rows.reshape(-1)
        vectors = self.present(np.where(flat < self.length, flat, -1))
        space, total = vectors.space, vectors.total
        for start, stop, aside in self._aside:
            where = np.flatnonzero((start <= flat) & (flat < stop))
            at, place = map(space.backend.asarray, (where, flat[where] - start))
            total[at] = aside.total[place]
        found = Vector.of_sum(space, total).reshape(tuple(rows.shape))
        return found if space.closed or (rows < 0).any() else found.normalize()
