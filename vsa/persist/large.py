"""Large memories: their rows, and the signs of these, go to mapped files.

Where a space computes on a device, nothing can be mapped there: it holds the rows, and the file
has them too.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.memory.sketch.bits import Sketch
from vsa.memory.storage import Held, Store
from vsa.memory.table import Table
from vsa.persist.mapped import Mapped
from vsa.persist.place import signs_path

BLOCK = 1 << 24  # bytes that go from memory to a file or back at a time


class Mirrored:
    """Rows on a device, and the same in a mapped file; a `vsa.memory.storage.Store`."""

    def __init__(self, held: Held, mapped: Mapped, numpy: Callable[[Array], Any]) -> None:
        """numpy: brings rows from the device."""
        self.held, self.mapped, self._numpy = held, mapped, numpy
        self.array: Array = held.array

    def reserve(self, length: int, used: int) -> None:
        self.mapped.reserve(length, used)
        self.held.reserve(length, used)
        self.array = self.held.array

    def write(self, start: int, block: Array) -> None:
        self.mapped.write(start, self._numpy(block))  # first: it may refuse
        self.held.write(start, block)


def mapped_of(store: Store) -> Mapped | None:
    """The file that a store writes to, if it does."""
    if isinstance(store, Mirrored):
        return store.mapped
    return store if isinstance(store, Mapped) else None


def opened(mapped: Mapped, length: int, space: Space) -> Store:
    """The rows of a file as a table computes with them."""
    backend = space.backend
    if isinstance(space.zero().total, np.ndarray):
        return mapped
    held = Held(mapped.width, backend.asarray(np.zeros(1, mapped.array.dtype)).dtype, backend.empty)
    held.reserve(length, 0)
    for start, stop in _blocks(length, mapped.array):
        held.write(start, backend.asarray(np.array(mapped.array[start:stop])))
    return Mirrored(held, mapped, backend.numpy)


def written(table: Table, place: Path) -> Mapped:
    """A new file of all rows of a table; where it cannot be written, none is left."""
    rows, backend = table.rows, table.space.backend
    dtype, token = backend.host_dtype(rows.dtype), secrets.token_hex(8)
    made = Mapped.create(place, rows.shape[1], dtype, token)
    try:
        made.reserve(len(rows), 0)
        for start, stop in _blocks(len(rows), rows):
            made.write(start, backend.numpy(rows[start:stop]))
        made.sync()
    except BaseException:
        drop([made])
        raise
    return made


def copied(store: Mapped, path: Path, place: Path) -> Mapped:
    """A file that lies beside one session, with the rows that count there, beside another one."""
    there = place.with_name(place.name + store.path.name.removeprefix(path.name))
    made = Mapped.create(there, store.width, store.dtype, store.token)
    try:
        made.reserve(store.kept, 0)
        for start, stop in _blocks(store.kept, store.array):
            made.write(start, store.array[start:stop])
        made.sync()
    except BaseException:
        drop([made])
        raise
    return made


def taken_over(table: Table, mapped: Mapped, count: int) -> None:
    """Compute with the rows of a file, which has the first `count` of the table's."""
    mapped.reserve(len(table), count)
    mapped.write(count, table.space.backend.numpy(table.rows[count:]))
    held = table.store.held if isinstance(table.store, Mirrored) else table.store
    if isinstance(table.rows, np.ndarray) or not isinstance(held, Held):
        table.store = mapped
    else:
        table.store = Mirrored(held, mapped, table.space.backend.numpy)


def follow(sketch: Sketch, table: Table, mapped: Mapped) -> None:
    """Sketch the rows as the file has them, for those of a device are out of its reach."""
    sketch.follow(mapped.array[: len(table)])


def signs(sketch: Sketch, path: Path, token: str) -> list[Mapped]:
    """New files of the planes of a sketch, which goes on in them."""
    made: list[Mapped] = []
    try:
        for i, (width, held) in enumerate(zip(sketch.widths, sketch.stores, strict=True)):
            made.append(Mapped.create(signs_path(path, i), width, np.uint8, token))
            made[i].reserve(len(sketch), 0)
            made[i].write(0, held.array[: len(sketch)])
    except BaseException:
        drop(made)
        raise
    sketch.restore(list(made), len(sketch))
    return made


def drop(files: list[Mapped]) -> None:
    """Remove files that do not count: a full disk may be full of them."""
    for file in files:
        file.close()
        file.path.unlink(missing_ok=True)


def _blocks(length: int, rows: Array) -> list[tuple[int, int]]:
    step = max(1, BLOCK // (rows.itemsize * math.prod(rows.shape[1:])))
    return [(start, min(start + step, length)) for start in range(0, length, step)]
