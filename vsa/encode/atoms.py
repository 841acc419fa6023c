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

    def batch(self, names: Sequence[str]) -> Vector:
        """`space.batch(names)`; a name may stand there many times."""
        with self._one:
            where, table = self._places(names), self._table  # which others may empty meanwhile
        return _drawn_once(self.space, names) if where is None else Vector(self.space, table[where])

    def _places(self, names: Sequence[str]) -> np.ndarray[Any, Any] | None:
        """Which rows of the table they are, drawn if they are new; None if there is no room for all."""
        rows = self._rows
        try:
            return np.fromiter(map(rows.__getitem__, names), np.intp, len(names))
        except KeyError:
            different = dict.fromkeys(names)
        if len(different) > self.room:
            return None
        new = [name for name in different if name not in rows]
        if len(rows) + len(new) > self.room:
            rows.clear()
            self._table = self._empty()  # others may still read the one before
            new = list(different)
        start = len(rows)
        self._table[start : start + len(new)] = self.space.batch(new).data
        rows.update(zip(new, range(start, start + len(new)), strict=True))
        return np.fromiter(map(rows.__getitem__, names), np.intp, len(names))


def drawn(space: Space, names: Sequence[str]) -> Vector:
    """`space.batch(names)`, where most names come again."""
    if not space.backend.has_out or not names:  # other libraries draw and move at once
        return _drawn_once(space, names)
    kept: Drawn = space.kept("cluster/atoms", lambda: Drawn(space))
    return kept.batch(names)


def _drawn_once(space: Space, names: Sequence[str]) -> Vector:
    """The same, each name drawn once."""
    known = {name: i for i, name in enumerate(dict.fromkeys(names))}
    return space.batch(known)[np.fromiter(map(known.__getitem__, names), np.intp, len(names))]
