"""The rows under a Memory: packed unit vectors, grown in place, with a name and kinds each.

Rows grow into room that is kept for them (storage.py), so that adding one at a time costs amortised
constant time. Equal vectors are
found through a signature (marks.py), without a scan.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.marks import Exactly, Nearly
from vsa.memory.matches import named
from vsa.memory.moment import Moment
from vsa.memory.sketch.bits import Sketch
from vsa.memory.storage import Held, Store, asked, room, stored


class Table:
    """Append-only rows (length, width) with capacity to spare."""

    def __init__(self, space: Space) -> None:
        self.space = space
        backend = space.backend
        self._length = 0
        self.revised = 0  # counts changes of rows that were there, and not those added behind them
        self.withdrawn = 0  # counts what may make an answer wrong that was looked for before
        self.metric = metric = space.metric
        self.store: Store = Held(metric.forms[0].width, metric.forms[0].dtype, backend.empty)
        # in step when `vsa.memory.scan` asks
        self.sketch = Sketch(metric.store.width, space.on_host.metric.widened)
        self._moments: set[weakref.ref[Moment]] = set()  # those that answers hold
        self._latest: Callable[[], Moment | None] = lambda: None
        self._norms = np.empty(0, dtype=np.float64)
        self._kinds = np.empty(0, dtype=np.uint64)
        self._names = np.empty(0, dtype=object)
        self._signatures: dict[int, int] = {}
        self._marks = np.empty(0, dtype=np.int64)  # of restored rows, to make signatures of
        self._marking = Exactly() if metric.exact else Nearly(backend, metric.store.width)
        widest = max(space.algebra.row.width, space.algebra.packed)
        self.step = max(backend.block_bytes // (4 * widest), 1)  # rows at a time

    def __len__(self) -> int:
        return self._length

    @property
    def rows(self) -> Array:
        """The stored rows (length, width), in one of the metric's forms; a view."""
        return self.store.array[: self._length]

    @property
    def kinds(self) -> np.ndarray[Any, Any]:
        """A word of kind bits a row; 0 means that no live name is left."""
        return self._kinds[: self._length]

    @property
    def names(self) -> np.ndarray[Any, Any]:
        """The name under which each row is reported."""
        return self._names[: self._length]

    @property
    def norms(self) -> np.ndarray[Any, Any]:
        """The lengths that the vectors had."""
        return self._norms[: self._length]

    def marks(self, start: int, stop: int) -> np.ndarray[Any, Any]:
        """The signatures of some rows, by which equal vectors are found."""
        blocks = range(start, stop, self.step)
        keys = [self.signatures(self.rows[i : min(i + self.step, stop)])[0] for i in blocks]
        return np.array([key for block in keys for key in block], dtype=np.int64)

    def restore(self, store: Store, names: list[str], kinds: Any, norms: Any, marks: Any) -> None:
        """Take over rows (n, dim) that were written down, and what belongs to them."""
        self.store = store
        self._length = len(names)
        self._names = np.array([*names, None], dtype=object)[:-1]
        self._kinds = np.array(kinds, dtype=np.uint64)
        self._norms = np.array(norms, dtype=np.float64)
        first = self.marks(0, min(8, len(names)))  # projections may differ in another library
        if not np.array_equal(first, marks[: len(first)]):
            marks = self.marks(0, len(names))
        self._marks = marks
        del self._signatures
        self.revised += 1

    def __getattr__(self, name: str) -> Any:
        # Made when first asked for: who only reads does without.
        if name != "_signatures":
            raise AttributeError(f"a Table has no attribute {name!r}")
        rows = range(len(self._marks) - 1, -1, -1)  # of equal ones the first counts
        self._signatures = dict(zip(self._marks[::-1].tolist(), rows, strict=True))
        return self._signatures

    def set_kinds(self, row: Any, bits: int) -> None:
        if isinstance(row, int):  # several are fresh ones
            old = int(self._kinds[row])
            self.revised += old != bits
            self.withdrawn += old & ~bits != 0
        self._kinds[row] = np.uint64(bits)

    def set_name(self, row: int, name: str) -> None:
        self.withdrawn += 1
        self._names[row] = name

    def append(self, names: list[str], vectors: Vector) -> np.ndarray[Any, Any]:
        """Store vectors (n,); returns the new row of each, or -1 − row of one equal to it."""
        found = np.empty(len(names), dtype=np.int64)
        self._reserve(self._length + len(names))
        step = self.step
        for start in range(0, len(names), step):
            part = names[start : start + step]
            rows, norms = stored(vectors[start : start + step])
            good = (norms > 0) & (norms < np.inf)
            if not good.all():
                first = int(np.argmin(good))
                what = "the zero vector" if norms[first] == 0 else "not finite"
                raise VsaError(f"{part[first]!r} is {what} and cannot be remembered")
            found[start : start + step] = self._append_block(part, rows, norms)
        return found

    def _append_block(self, names: list[str], units: Array, norms: Any) -> list[int]:
        if units.dtype != self.store.array.dtype:
            units = self._in_one_form(units)
        keys, others = self.signatures(units)
        found, fresh = self._told_apart(units, keys, others)
        if len(fresh) < len(names):
            of_new = np.array(fresh, dtype=np.intp)
            units, norms = units[self.space.backend.asarray(of_new)], norms[of_new]
            names, keys = [names[i] for i in fresh], [keys[i] for i in fresh]
        start, stop = self._length, self._length + len(fresh)
        self.store.write(start, units)
        self._norms[start:stop] = norms
        self._kinds[start:stop] = 0
        self._names[start:stop] = names
        for row, key in enumerate(keys, start):
            self._length = row + 1  # first, so that `shorten` finds it if this is the end
            self._signatures.setdefault(key, row)
        return found

    def _told_apart(
        self, units: Array, keys: list[int], others: dict[int, list[int]]
    ) -> tuple[list[int], list[int]]:
        """The row that each of some units will have, or -1 − row of one equal to it; which are new.

        keys, others: as `signatures` gives them. What a signature may have found is compared all
        at once, those behind the rows that there are being the units themselves.
        """
        known, start = self._signatures, self._length
        first: dict[int, int] = {}  # of the units with a signature, behind the rows
        pairs: list[tuple[int, int]] = []  # places of what a unit may be equal to, and the unit
        for i, key in enumerate(keys):
            for tried in (key, *others[i]) if i in others else (key,):
                place = known.get(tried)
                place = first.get(tried) if place is None else place
                if place is not None:
                    pairs.append((place, i))
            first.setdefault(key, start + i)
        if not pairs:
            return [*range(start, start + len(keys))], [*range(len(keys))]
        likely: dict[int, int] = {}  # of the units that equal something, the first place
        for (place, i), same in zip(pairs, self._same(units, pairs), strict=True):
            if same:
                likely.setdefault(i, place)
        found: list[int] = []
        fresh: list[int] = []
        for i in range(len(keys)):
            place = likely.get(i)
            if place is None:
                found.append(start + len(fresh))
                fresh.append(i)
            else:
                row = place if place < start else found[place - start]
                found.append(row if row < 0 else -1 - row)
        return found, fresh

    def _same(self, units: Array, pairs: list[tuple[int, int]]) -> list[bool]:
        """Whether a row, or one of the units behind all rows, equals a unit: of each pair (place, unit)."""
        if not pairs:
            return []
        backend, here = self.space.backend, self._length
        place, unit = np.array(pairs, dtype=np.intp).T
        behind = place >= here
        some = self.store.array[backend.asarray(np.where(behind, 0, place))]
        if behind.any():
            own = units[backend.asarray(np.where(behind, place - here, 0))]
            some = backend.xp.where(backend.asarray(behind)[:, None], own, some) if here else own
        same: list[bool] = backend.numpy(
            self.metric.same(some, units[backend.asarray(unit)])
        ).tolist()
        return same

    def _in_one_form(self, units: Array) -> Array:
        """New rows in the form of those that are here, or these in that of the new ones, if it is wider."""
        metric, here = self.metric, self.store.array
        wide = Held(metric.store.width, metric.store.dtype, self.space.backend.empty)
        if here.dtype != wide.array.dtype:
            wide.reserve(len(here), 0)
            for start in range(0, self._length, self.step):
                wide.write(start, metric.widened(self.rows[start : start + self.step]))
            self.store = wide
        return metric.widened(units)

    def _reserve(self, length: int) -> None:
        self.store.reserve(length, self._length)
        if length <= len(self._norms):
            return
        capacity = room(length, len(self._norms))
        for name in ("_norms", "_kinds", "_names"):
            old = getattr(self, name)
            new = np.empty(capacity, dtype=old.dtype)
            new[: self._length] = old[: self._length]
            setattr(self, name, new)

    def shorten(self, length: int) -> None:
        """Forget the rows from `length` on, but for the moments that had them."""
        if length >= self._length:
            return
        living = [moment for ref in list(self._moments) if (moment := ref()) is not None]
        had = [moment for moment in living if moment.length > length]
        if had:
            aside = self.vectors(np.arange(length, max(moment.length for moment in had)))
            for moment in had:
                moment.shorten(length, aside)
        for row, key in enumerate(self.marks(length, self._length).tolist(), start=length):
            if self._signatures.get(key) == row:
                del self._signatures[key]
        self._names[length : self._length] = None
        self._length = length
        self.sketch.shorten(length)
        self.revised += 1
        self.withdrawn += 1

    # --- equal vectors -------------------------------------------------------------------------
    def find(self, vectors: Vector) -> np.ndarray[Any, Any]:
        """The live row equal to each vector of a batch (n,) or a single one, or -1."""
        units, _ = stored(vectors if vectors.shape else vectors.reshape(1))
        rows = np.full(units.shape[0], -1)
        if not self._length:
            return rows
        keys, others = self.signatures(units)
        pairs = [
            (self._signatures[tried], i)
            for i, key in enumerate(keys)
            for tried in (key, *others.get(i, ()))
            if tried in self._signatures
        ]
        for (row, i), same in zip(pairs, self._same(units, pairs), strict=True):
            if same and rows[i] < 0:
                rows[i] = row
        rows[(rows >= 0) & (self._kinds[rows] == 0)] = -1
        return rows

    def signatures(self, rows: Array) -> tuple[list[int], dict[int, list[int]]]:
        """A number for each row, and others that it may have had but for rounding."""
        return self._marking(self.space.backend.numpy, self.metric.widened(rows))

    # --- reading -------------------------------------------------------------------------------
    def reported(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The name under which each row is reported, None for a row of -1; same shape."""
        return named(rows, self.names)

    def moment(self) -> Moment:
        """The rows as they are now, whatever is undone later."""
        latest = self._latest()
        if latest is None or latest.length != self._length:
            latest = Moment(self.vectors, self._length)
            self._latest = ref = weakref.ref(latest, self._moments.discard)
            self._moments.add(ref)
        return latest

    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The stored vectors, with their lengths; a row of -1 gives the zero vector."""
        space, backend = self.space, self.space.backend
        if not self._length:
            return space.zero(tuple(rows.shape))
        index, there = np.maximum(rows, 0), rows >= 0
        lengths = np.where(there, self._norms[index], 0.0)

        def rows_of(part: Any) -> Array:
            found = self.store.array[backend.asarray(index[part])]
            return self.metric.rows(found, lengths[part])

        if rows.ndim != 1 or len(rows) <= self.step or not backend.has_out:
            data = rows_of(...)
        else:
            data = backend.empty((len(rows), space.algebra.row.width), space.algebra.row.dtype)
            for start in range(0, len(rows), self.step):
                part = slice(start, start + self.step)
                data[part] = rows_of(part)
        found = Vector(space, data)
        if space.closed or there.all():
            return found
        return found.scale(there if there.ndim else float(there))  # zero is a sum, and no row

    def similarities(self, query: Vector, rows: np.ndarray[Any, Any]) -> Array:
        """Similarities (..., len(rows)), 0 with the zero vector."""
        queries, lengths = asked(query.reshape(-1))
        found = self.metric.scores(queries, self.gather(rows))
        if not lengths.all():
            found = (
                found * self.space.backend.asarray(lengths > 0, self.space.backend.real)[:, None]
            )
        return found.reshape((*query.shape, len(rows)))

    def equal(self, vector: Vector, row: int) -> bool:
        """Whether a single vector is that of a row."""
        return bool(self.metric.same(asked(vector)[0], self.rows[row]))

    def not_finite(self, query: Vector, rows: np.ndarray[Any, Any]) -> str | None:
        """Which query, or else which of some rows, is not finite, in words; None if all are."""
        with np.errstate(invalid="ignore"):
            _, norms = asked(query)
        for place in np.argwhere(~np.isfinite(norms)).tolist():
            return f"query {', '.join(map(str, place))}" if place else "the query"
        for row in rows.tolist():
            if not bool(self.space.backend.xp.all(self.space.backend.xp.isfinite(self.rows[row]))):
                return f"the memory is damaged: {self.names[row]!r}"
        return None

    def gather(self, rows: np.ndarray[Any, Any]) -> Array:
        """Some rows; a view where they are all of them."""
        if len(rows) == self._length:
            return self.rows
        return self.store.array[self.space.backend.asarray(rows)]
