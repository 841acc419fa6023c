"""How rows are stored and compared: what a memory, its scans, its files and a cluster ask of an algebra.

A metric knows three things. The **stored** form of rows, in which a memory keeps them, all of one
length; the **carried** form, in which vectors travel between processes and lie in files, lengths and
all; and the **scores** of queries with stored rows, in units in which equal rows have 1 and unrelated
ones 0 on average, with the noise that makes probabilities of them.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.record import Record
from vsa.theory.noise import Noise


class Form(Record):
    """Arrays (..., width) of a dtype of the backend."""

    width: int
    dtype: Any


class Packing(Protocol):
    """What `Cosine` asks of an algebra."""

    backend: Backend
    packed: int

    @property
    def noise(self) -> Noise: ...

    def pack(self, a: Array) -> Array: ...

    def unpack(self, packed: Array) -> Array: ...


class Metric(ABC):
    """Stored rows and their scores."""

    store: Form  # of stored rows
    carry: Form  # of carried rows
    wants = "a row"  # what each stored one is, for messages
    exact = False  # whether equal rows are so to the last bit: then they are found by their bytes
    varies = (
        False  # whether noise and scores depend on how full a query is; else scores are cosines
    )
    sketched = False  # whether `store` is one of unit coordinates, whose signs can be sketched

    def __init__(self, backend: Backend, noise: Noise) -> None:
        self.backend = backend
        self.noise = noise

    @abstractmethod
    def stored(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        """Rows (..., row.width) as they are stored, and the lengths they had (...), on the host.

        What has no length stays zero, where the form has a zero.
        """

    @abstractmethod
    def rows(self, stored: Array, lengths: np.ndarray[Any, Any]) -> Array:
        """The rows of stored ones.  lengths: (...), on the host; 0 where zero is a row, for zero."""

    @abstractmethod
    def carried(self, rows: Array) -> Array:
        """Rows as they travel, lengths and all; on the backend."""

    @abstractmethod
    def brought(self, carried: Array) -> Array:
        """The inverse of `carried`."""

    def queries(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        """Queries as `scores` wants them, and their lengths."""
        return self.stored(rows)

    @abstractmethod
    def scores(self, queries: Array, stored: Array) -> Array:
        """How similar each query is to each row: (queries, rows), of the backend's real numbers."""

    def noises(self, queries: Array) -> tuple[Sequence[Noise], np.ndarray[Any, Any]]:
        """The noises of some queries (n, ·), and which of them each has."""
        return (self.noise,), np.zeros(queries.shape[0], dtype=np.intp)

    @abstractmethod
    def same(self, a: Array, b: Array) -> Array:
        """Whether stored rows (..., width) are equal, but for rounding: truths (...)."""

    @property
    def forms(self) -> tuple[Form, ...]:
        """What stored rows may be in, the narrowest first: that of a new table, until a row needs more."""
        return (self.store,)

    def widened(self, stored: Array) -> Array:
        """Stored rows in the form `store`."""
        return stored

    def plain(self, stored: Array) -> bool:
        """Whether these are unit coordinates, whose dot products are the scores."""
        return self.sketched

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Which of these (n, width), read from a file, cannot be stored rows (n,)."""
        return np.zeros(len(stored), dtype=bool)


EQUAL = 1e-5  # two unit vectors with 1 − cosine below this are one
LENGTH = 1e-3  # by which the squared length of a stored row may differ from 1


class Cosine(Metric):
    """Unit vectors in isometric coordinates: their dot products are the cosines."""

    wants = "of length 1"
    sketched = True

    def __init__(self, algebra: Packing) -> None:
        super().__init__(algebra.backend, algebra.noise)
        self.algebra = algebra
        self.store = self.carry = Form(algebra.packed, algebra.backend.real)

    def stored(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        if (units := self.units(rows)) is not None:
            return units
        xp, packed = self.backend.xp, self.algebra.pack(rows)
        if packed.ndim == 1 and self.backend.looks_first:  # the calls cost more than what they do
            norm = math.sqrt(packed.dot(packed))
            return packed / norm if 0 < norm < math.inf else packed, np.asarray(norm)
        norms = xp.sqrt(xp.vecdot(packed, packed))
        scaled = packed / xp.where(norms == 0, 1.0, norms)[..., None]
        return scaled, self.backend.numpy(norms).astype(np.float64)

    def units(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]] | None:
        """What `stored` gives, where there is a faster way to it."""
        return None

    def rows(self, stored: Array, lengths: np.ndarray[Any, Any]) -> Array:
        factor = self.backend.asarray(lengths, dtype=self.backend.real)
        return self.algebra.unpack(stored * factor[..., None])

    def carried(self, rows: Array) -> Array:
        return self.algebra.pack(rows)

    def brought(self, carried: Array) -> Array:
        return self.algebra.unpack(carried)

    def scores(self, queries: Array, stored: Array) -> Array:
        return queries @ stored.T

    def same(self, a: Array, b: Array) -> Array:
        return self.backend.xp.sum(a * b, axis=-1) > 1 - EQUAL

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        with np.errstate(invalid="ignore", over="ignore"):
            return np.asarray(~(np.abs(np.vecdot(stored, stored) - 1) < LENGTH))


class Exact(Metric):
    """Rows of symbols, stored and carried as they are: of one length, and equal to the last bit or not."""

    exact = True

    def stored(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        return rows, np.ones(tuple(rows.shape[:-1]))

    def rows(self, stored: Array, lengths: np.ndarray[Any, Any]) -> Array:
        return stored

    def carried(self, rows: Array) -> Array:
        return rows

    def brought(self, carried: Array) -> Array:
        return carried

    def same(self, a: Array, b: Array) -> Array:
        return self.backend.xp.all(a == b, axis=-1)


class Signs(Exact):
    """Rows of ±1, a byte each, compared as numbers that are made of them block by block."""

    wants = "of 1 and -1"

    def __init__(self, backend: Backend, noise: Noise, dim: int) -> None:
        super().__init__(backend, noise)
        self.store = self.carry = Form(dim, backend.xp.int8)

    def scores(self, queries: Array, stored: Array) -> Array:
        return products(self.backend, queries, stored) / self.store.width

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray((np.abs(stored) != 1).any(axis=1))


def products(
    backend: Backend,
    queries: Array,
    stored: Array,
    lengths: Callable[[Array], Array] | None = None,
) -> Array:
    """Dot products (queries, rows) with rows of bytes, in blocks of numbers that stay in cache.

    lengths: of rows, by which theirs are divided.
    """
    xp = backend.xp
    queries = xp.astype(queries, backend.real)
    step = max(backend.block_bytes // 2 // stored.shape[1], 1)
    found = backend.empty((len(queries), len(stored)), backend.real)
    turned = queries.T
    for start in range(0, len(stored), step):
        block = xp.astype(stored[start : start + step], backend.real)
        part = (block @ turned).T
        found[:, start : start + step] = part if lengths is None else part / lengths(block)
    return found
