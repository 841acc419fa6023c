"""Memories and answers that go to another process, or are copied: what of them goes along.

A memory in RAM goes with its contents, one that is kept as its path, opened there for reading. An
answer goes with its names, its numbers and the vectors of its matches, and without its memory.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.base import Readable
from vsa.memory.select import Names
from vsa.memory.storage import Held
from vsa.memory.table import Table

State = dict[str, Any]
MAPS = ("rows", "kinds", "aliases", "scopes", "bits", "internal")  # of Names


def contents(table: Table, state: Names) -> State:
    """All that a memory in RAM consists of, as arrays, lists and dictionaries of its own."""
    maps = {name: dict(getattr(state, name)) for name in MAPS}
    maps["scopes"] = {scope: its.copy() for scope, its in state.scopes.items()}
    return {
        "units": np.array(table.space.backend.numpy(table.rows)),
        "names": table.names.tolist(),
        "kinds": table.kinds.copy(),
        "norms": table.norms.copy(),
        "marks": table.marks(0, len(table)),
        "state": maps,
    }


def of_contents(space: Space, held: State) -> tuple[Table, Names]:
    """The table and the names that such contents make."""
    table, backend = Table(space), space.backend
    units = backend.asarray(held["units"])
    store = Held(units.shape[1], units.dtype, backend.empty)
    store.reserve(len(units), 0)
    store.write(0, units)
    table.restore(store, held["names"], held["kinds"], held["norms"], held["marks"])
    names = Names()
    for name, mapping in held["state"].items():
        setattr(names, name, dict(mapping))
    return table, names


class Recalled(Readable):
    """What an answer knows of its memory once it has left it: the vectors of its matches."""

    def __init__(self, space: Space, rows: np.ndarray[Any, Any], vectors: Vector) -> None:
        """rows: ascending numbers of some rows.  vectors: theirs, (len(rows),)."""
        self.space = space
        self.state = Names()
        self.lock = threading.RLock()
        self._rows, self._vectors = rows, vectors

    def names(self, kind: str | None = None) -> list[str]:
        """None: names are the answer's."""
        return []

    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of some of its rows, of any shape; a row of -1 gives the zero vector."""
        flat = np.asarray(rows).reshape(-1)
        place = np.minimum(np.searchsorted(self._rows, flat), max(len(self._rows) - 1, 0))
        known = flat < 0
        if len(self._rows):
            known |= self._rows[place] == flat
        if not known.all():
            raise VsaError(f"row {flat[~known][0]} did not come along with the answer")
        table = self.space.stack([self.space.zero(), *self._vectors])
        shape = tuple(np.shape(rows))
        return table[np.where(flat < 0, 0, place + 1)].reshape(shape)

    def close(self) -> None:
        """There is nothing to let go of."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Recalled, (self.space, self._rows, self._vectors)
