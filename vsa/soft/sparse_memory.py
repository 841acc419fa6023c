"""Sparse distributed memory: what is written goes to all locations near its address (Kanerva 1988)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_instance, checked_whole
from vsa.errors import ArgumentValueError
from vsa.memory.storage import Held, asked, stored
from vsa.memory.ties import nearest
from vsa.soft.iterated import Settled
from vsa.theory.sparse_memory import active_share

LOCATIONS = 10_000
DRAWN = 1 << 14  # locations made at a time
CELLS = 1 << 23  # comparisons held at a time
SAME = 1 - 1e-5  # a similarity of equal vectors


class SparseMemory:
    """Hard locations with counters: an address activates the nearest, to which values are added.

    space: its similarity compares, its superposition adds up: packed bits by their Hamming distance
    and whole counters in `bsc`, cosines and sums in `hrr`.  locations: how many; they are atoms of
    the space, drawn from its keys, and so the same on every machine.  active: how many of them an
    address activates; None: as many as are best for locations / 100 random pairs. Kanerva has all
    within a radius instead; of random addresses that is as many, but for chance, and never none.

    A read is Σ w value / Σ w, where w counts the locations that its address and the value's share,
    finished as the algebra does: in `bsc` a vote. Nothing carries gradients.

    >>> space = Space(1000, algebra="bsc")
    >>> memory = SparseMemory(space, locations=2000)
    >>> fish = space.atom("fish")
    >>> memory.write(fish)
    >>> round(memory.read(fish).similarity(fish), 3)
    1.0
    """

    def __init__(self, space: Space, locations: int = LOCATIONS, active: int | None = None) -> None:
        self.space = checked_instance("space", space, Space, "a Space")
        self.locations = checked_whole("locations", locations, 1, 10_000_000)
        best = round(self.locations * active_share(self.locations, -(-self.locations // 100)))
        self.active = (
            max(best, 1) if active is None else checked_whole("active", active, 1, self.locations)
        )
        algebra, backend = space.algebra, space.backend
        _weighing(space)
        form, small = algebra.sum, backend.host_dtype(algebra.row.dtype).kind in "iub"
        self._whole = not space.closed and small and backend.host_dtype(form.dtype).kind == "f"
        dtype = backend.xp.int16 if self._whole else form.dtype  # wider ones when they are needed
        self.counters: Array = backend.xp.zeros(
            (self.locations, form.width), dtype=dtype, device=backend.device
        )
        self.writes = np.zeros(self.locations, dtype=np.int64)  # to each location
        self._largest = 1.0  # component that has been written
        self._length = 0
        store = Held(space.metric.store.width, space.metric.store.dtype, backend.empty)
        store.reserve(self.locations, 0)
        for start in range(0, self.locations, DRAWN):
            numbers = range(start, min(start + DRAWN, self.locations))
            rows, _ = stored(space.batch([f"sparse/location/{i}" for i in numbers]))
            store.write(start, space.metric.widened(rows))
        self._addresses = store.array[: self.locations]

    def copy(self) -> SparseMemory:
        """Another with the same locations and all that was written, to be written to by itself."""
        other = copy(self)
        other.counters, other.writes = self.counters + 0, self.writes.copy()
        return other

    def __len__(self) -> int:
        """How many pairs have been written."""
        return self._length

    def __repr__(self) -> str:
        return (
            f"<SparseMemory dim {self.space.dim}: {len(self):,} pairs in {self.locations:,} "
            f"locations, {self.active:,} active>"
        )

    def activated(self, address: Vector) -> np.ndarray[Any, Any]:
        """The numbers of the locations nearest to each address, (..., active); of equal ones the first."""
        address = self._own("address", address)
        found = self._activated(address.reshape(-1))
        return found.reshape((*address.shape, self.active))

    def write(self, address: Vector, value: Vector | None = None) -> None:
        """Add values (...) to the locations that their addresses (...) activate.

        Without values each address is its own: what `settle` comes back to. One value may go with
        many addresses. The zero vector is near to no location and cannot be an address.
        """
        address = self._own("address", address)
        value = address if value is None else self._own("value", value)
        if value.shape not in ((), address.shape):
            raise ArgumentValueError(
                f"values of shape {value.shape} do not fit addresses of shape {address.shape}"
            )
        flat, values = address.reshape(-1), value.reshape(-1)
        empty = np.flatnonzero(asked(flat)[1] == 0)
        if len(empty):
            which = f"address {empty[0]}" if address.shape else "the address"
            raise ArgumentValueError(f"{which} is the zero vector, which is near to no location")
        backend = self.space.backend
        terms = backend.detach(self.space.algebra.accumulate(values.data))
        rows = self._activated(flat)
        if self._whole and len(flat):
            self._widen(rows, float(abs(terms).max()))
            terms = backend.xp.astype(terms, self.counters.dtype)
        for i, row in enumerate(rows):
            self.counters[backend.asarray(row)] += terms[i if len(values) > 1 else 0]
        self.writes += np.bincount(rows.reshape(-1), minlength=self.locations)
        self._length += len(flat)

    def read(self, address: Vector) -> Vector:
        """What the locations that each address (...) activates hold together, (...).

        The zero vector where nothing has been written to any of them, and at the zero vector.
        """
        address = self._own("address", address)
        flat = address.reshape(-1)
        return self._read(flat).reshape(address.shape)

    def settle(self, address: Vector, steps: int = 100) -> Settled:
        """Read, and read again at what was read, until it no longer moves, or for so many steps.

        Of words that were written at themselves: from within the critical distance this leads to the
        word, from beyond it away, to no word at all or to another (`critical_distance`).
        """
        steps = checked_whole("steps", steps, 1)
        address = self._own("address", address)
        state = address.reshape(-1)
        total = self.space.backend.detach(state.total) + 0  # a copy
        count, moving = np.zeros(len(state), dtype=np.int64), np.ones(len(state), dtype=bool)
        for _ in range(steps):
            at = np.flatnonzero(moving)
            if not len(at):
                break
            where = self.space.backend.asarray(at)
            before = state if len(at) == len(state) else Vector.of_sum(self.space, total[where])
            after = self._read(before)
            same = np.asarray(self.space.backend.numpy(after.similarities(before))) > SAME
            total[where] = after.total
            state = Vector.of_sum(self.space, total)
            count[at] += 1
            moving[at] = ~(same | (asked(after)[1] == 0))
        found, shape = state.reshape(address.shape), address.shape
        if not shape:
            return Settled(found, int(count[0]), not moving[0])
        return Settled(found, count.reshape(shape), ~moving.reshape(shape))

    # --- kept ----------------------------------------------------------------------------------
    def state(self) -> dict[str, np.ndarray[Any, Any]]:
        """All that was written, as plain arrays: `np.savez(path, **memory.state())` keeps it."""
        return {
            "counters": np.array(self.space.backend.numpy(self.counters)),
            "writes": self.writes.copy(),
            "sizes": np.array([self.locations, self.active, self._length], dtype=np.int64),
            "largest": np.array(self._largest),
            "space": np.array(self._described),
        }

    @classmethod
    def restored(cls, space: Space, state: Mapping[str, Any]) -> SparseMemory:
        """A memory of arrays that `state` gave, as `np.load(path)` reads them; the space is the same."""
        wanted = ("counters", "writes", "sizes", "largest", "space")
        missing = [name for name in wanted if name not in state]
        if missing:
            raise ArgumentValueError(
                f"the state of a SparseMemory has {missing[0]!r}, this has not"
            )
        counters, writes, sizes, largest, described = (np.asarray(state[name]) for name in wanted)
        if sizes.shape != (3,):
            raise ArgumentValueError("the state has sizes that are none")
        locations, active, length = sizes.tolist()
        made = cls(space, locations, active)
        if str(described) != made._described:
            raise ArgumentValueError(
                f"the state is of {described}, not of {made._described}: their locations differ"
            )
        backend, dtype = space.backend, made.counters.dtype
        kinds = counters.dtype.kind, writes.dtype.kind
        shapes = counters.shape, writes.shape
        if kinds != (backend.host_dtype(dtype).kind, "i") or shapes != (
            tuple(made.counters.shape), made.writes.shape,
        ):  # fmt: skip
            raise ArgumentValueError("the state has arrays that are not of its sizes and kinds")
        made.counters = backend.asarray(counters.copy(), None if made._whole else dtype)
        made.writes, made._largest = writes.astype(np.int64), float(largest)
        made._length = length
        return made

    # --- within --------------------------------------------------------------------------------
    @property
    def _described(self) -> str:
        space = self.space
        return f"{space.chosen.name} dim {space.dim} seed {space.seed} {space.atom_kind}"

    def _own(self, name: str, given: Any) -> Vector:
        vector = as_vector(given, name)
        if vector.space != self.space:
            raise ArgumentValueError(
                f"the {name} is of {vector.space!r}, the memory of {self.space!r}"
            )
        if not np.isfinite(asked(vector)[1]).all():
            raise ArgumentValueError(f"the {name} has NaN or infinite components")
        return vector

    def _activated(self, flat: Vector) -> np.ndarray[Any, Any]:
        """Numbers (n, active), the nearest first."""
        space, each = self.space, max(CELLS // self.locations, 1)
        units, _ = asked(flat)
        found = np.empty((len(flat), self.active), dtype=np.intp)
        for i in range(0, len(flat), each):
            scores = space.metric.scores(space.backend.detach(units[i : i + each]), self._addresses)
            found[i : i + each] = nearest(space.backend, scores, self.active)[1]
        return found

    def _read(self, flat: Vector) -> Vector:
        space, backend = self.space, self.space.backend
        lengths = asked(flat)[1]
        total = backend.xp.zeros(
            (len(flat), self.counters.shape[1]),
            dtype=space.algebra.sum.dtype,
            device=backend.device,
        )
        for i, row in enumerate(self._activated(flat)):
            count = int(self.writes[row].sum())
            if count and lengths[i]:
                held = backend.xp.sum(self.counters[backend.asarray(row)], axis=0)
                total[i] = held / count
        return Vector.of_sum(space, total)

    def _widen(self, rows: np.ndarray[Any, Any], largest: float) -> None:
        """Make room for sums that 16 bits do not hold."""
        self._largest = max(self._largest, largest)
        most = self.writes + np.bincount(rows.reshape(-1), minlength=self.locations)
        if self.counters.itemsize == 2 and most.max() * self._largest > np.iinfo(np.int16).max:
            xp = self.space.backend.xp
            self.counters = xp.astype(self.counters, xp.int32)


def _weighing(space: Space) -> None:
    """An error unless of unequal terms of a superposition the heavier one counts for more."""
    a, b = (part.total for part in space.batch(["sparse/location/0", "sparse/location/1"]))
    sum_of_both = Vector.of_sum(space, 3 * a + b)
    alike = [float(sum_of_both.similarity(Vector.of_sum(space, x))) for x in (a, b)]
    if alike[0] <= alike[1]:
        raise ArgumentValueError(
            f"a sum in {space.chosen.name} does not count its terms, so that a read would hold "
            "whatever was written near its address: use bsc, map-b or hrr"
        )
