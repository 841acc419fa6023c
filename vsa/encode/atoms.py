"""Atoms that a process has drawn for its rows, kept as far as they fit: most names come again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector

KEPT_BYTES = 1 << 26  # of atoms, in a process, for a space


class Drawn:
    """A table of atoms of one space, emptied when it is full."""

    def __init__(self, space: Space) -> None:
        self.space = space
        row = space.algebra.row
        self.room = KEPT_BYTES // (row.width * space.backend.host_dtype(row.dtype).itemsize)
        self._rows: dict[str, int] = {}
        self._table = self._empty()
        self._one = threading.Lock()

    def _empty(self) -> Array:
        row = self.space.algebra.row
        return self.space.backend.empty((self.room, row.width), row.dtype)

    def batch(self, names: Sequence[str], index: Any) -> Vector:
        """`space.batch(names)[index]`; the names are all different."""
        if len(names) > self.room:
            return self.space.batch(names)[index]
        with self._one:
            rows = self._rows
            new = [name for name in names if name not in rows]
            if len(rows) + len(new) > self.room:
                rows.clear()
                self._table = self._empty()  # others may still read the one before
                new = list(names)
            if new:
                start = len(rows)
                self._table[start : start + len(new)] = self.space.batch(new).data
                rows.update(zip(new, range(start, start + len(new)), strict=True))
            where = np.array([rows[name] for name in names], dtype=np.intp)
            table = self._table
        return Vector(self.space, table[where[index]])


def drawn(space: Space, names: Sequence[str], index: Any) -> Vector:
    """`space.batch(names)[index]`, where the names are all different."""
    if not space.backend.has_out or not names:  # other libraries draw and move at once
        return space.batch(names)[index]
    kept: Drawn = space.kept("cluster/atoms", lambda: Drawn(space))
    return kept.batch(names, index)
