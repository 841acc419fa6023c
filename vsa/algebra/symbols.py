"""Metrics of rows that are symbols: bytes that are equal or not, turned levels, and sparse bits.

Their rows are stored as they are, all of length 1, and equal ones are so to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.algebra.counting import distances
from vsa.algebra.counting import ones as ones_of
from vsa.algebra.metric import Exact, Form
from vsa.theory.noise import Noise
from vsa.theory.overlap import Overlap

GRAIN = 1000  # densities of queries are told apart to so many parts


class Symbols(Exact):
    """Rows of bytes, stored and carried as they are."""

    def __init__(self, backend: Backend, noise: Noise, width: int) -> None:
        super().__init__(backend, noise)
        self.store = self.carry = Form(width, backend.xp.uint8)
        # of bytes and of bits; narrow ones are counted in half of the time
        narrow = backend.has_out and 8 * width < 1 << 16
        self._counts = backend.xp.uint16 if narrow else backend.xp.int32

    def counted(self, some: Array) -> Array:
        """Sums along the last axis, of truths or of numbers of bits."""
        return self.backend.xp.sum(some, axis=-1, dtype=self._counts)

    def each(self, count: Callable[[Array, Array], Array], queries: Array, stored: Array) -> Array:
        """What `count` gives of each query with all rows, some that stay in cache at a time."""
        if len(queries) == 1:
            return count(queries[0], stored)[None]
        found = self.backend.empty((len(queries), len(stored)), self._counts)
        step = max(self.backend.block_bytes // self.store.width, 1)
        for start in range(0, len(stored), step):
            some = stored[start : start + step]
            for i in range(len(queries)):
                found[i, start : start + step] = count(queries[i], some)
        return found


class Matches(Symbols):
    """Symbols, a byte each: how many agree, over what does by chance."""

    def __init__(self, backend: Backend, noise: Noise, width: int, symbols: int) -> None:
        super().__init__(backend, noise, width)
        self.symbols, self.wants = symbols, f"of symbols below {symbols}"
        chance = 1 / symbols
        share = (np.arange(width + 1) / width - chance) / (1 - chance)
        self._similarity = backend.asarray(share.astype(backend.dtype))

    def similar(self, a: Array, b: Array) -> Array:
        """The similarities (...) of rows: of equal ones exactly 1."""
        return self._of(self._matches(a, b))

    def _matches(self, a: Array, b: Array) -> Array:
        return self.counted(bytes_of(self.backend.xp, a == b))

    def _of(self, matches: Array) -> Array:
        xp = self.backend.xp
        found = xp.take(self._similarity, xp.astype(xp.reshape(matches, (-1,)), xp.int64), axis=0)
        return xp.reshape(found, matches.shape)

    def scores(self, queries: Array, stored: Array) -> Array:
        return self._of(self.each(self._matches, queries, stored))

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray((stored >= self.symbols).any(-1))


class Phases(Symbols):
    """Levels around a circle, a byte each: the cosine of the phasors that stand there."""

    def __init__(self, backend: Backend, noise: Noise, width: int, levels: int) -> None:
        super().__init__(backend, noise, width)
        self.levels, self.wants = levels, f"of levels below {levels}"
        self.phasors = Looked(backend, phasors(levels))
        self._units = Looked(backend, phasors(levels) / math.sqrt(width))

    def units(self, rows: Array) -> Array:
        """Unit coordinates (..., width · parts): cosines and sines, of two levels the former."""
        return self._units(rows)

    def scores(self, queries: Array, stored: Array) -> Array:
        queries = self._units(queries)
        out = self.backend.empty((len(queries), len(stored)), self.backend.real)
        step = max(self.backend.block_bytes // 2 // queries.shape[-1], 1)
        for start in range(0, len(stored), step):
            some = self._units(stored[start : start + step])
            out[:, start : start + step] = (some @ queries.T).T
        return out

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray((stored >= self.levels).any(-1))


def phasors(levels: int) -> np.ndarray[Any, Any]:
    """Cosine and sine of each level (levels, 2); of two levels (2, 1), as there are no sines."""
    angle = 2 * np.pi * np.arange(levels) / levels
    parts = [np.cos(angle), np.sin(angle)] if levels > 2 else [np.array([1.0, -1.0])]
    return np.stack(parts, axis=-1)


class Looked:
    """A table of what stands for each byte, (bytes, parts), that arrays of them are looked up in."""

    def __init__(self, backend: Backend, table: np.ndarray[Any, Any]) -> None:
        self.backend = backend
        self.host = table.astype(backend.dtype)
        self.one = backend.asarray(self.host)

    @cached_property
    def two(self) -> np.ndarray[Any, Any]:
        """For two bytes at a time, which takes a third of the time."""
        each = np.arange(1 << 16, dtype=np.uint16).view(np.uint8) % len(self.host)
        return self.host[each].reshape(1 << 16, -1)

    def __call__(self, rows: Array) -> Array:
        """Bytes (..., width) as (..., width · parts)."""
        xp = self.backend.xp
        shape = (*rows.shape[:-1], rows.shape[-1] * self.one.shape[-1])
        if isinstance(rows, np.ndarray) and rows.shape[-1] % 2 == 0 and rows.size > 1 << 10:
            pairs = np.ascontiguousarray(rows).view(np.uint16)
            return self.two.take(pairs.reshape(-1), axis=0).reshape(shape)
        index = xp.astype(xp.reshape(rows, (-1,)), xp.int64)
        return xp.reshape(xp.take(self.one, index, axis=0), shape)


class Overlaps(Symbols):
    """Sparse bits, packed: the share of an item's ones that the query has, over what it has by chance.

    What by chance is there follows from the query's own density, whatever is superposed in it. Of two
    items that are whole in it the one with more ones has the higher score, above 1.
    """

    wants = "bits, of which some are 1"
    varies = True
    noise: Overlap

    def __init__(self, backend: Backend, noise: Overlap, width: int, bits: int) -> None:
        super().__init__(backend, noise, width)
        self.bits = bits
        self._noises: dict[int, Overlap] = {}

    def stored(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        some = self.backend.xp.any(rows != 0, axis=-1)
        return rows, self.backend.numpy(some).astype(np.float64)

    def ones(self, rows: Array) -> Array:
        """How many there are in rows (...)."""
        if not isinstance(rows, np.ndarray):
            return ones_of(self.backend.xp, rows)
        words = rows.shape[-1] % 8 == 0 and rows.flags.c_contiguous
        return self.counted(np.bitwise_count(rows.view(np.uint64) if words else rows))

    def noises(self, queries: Array) -> tuple[Sequence[Noise], np.ndarray[Any, Any]]:
        grains, which = np.unique(self._grains(queries), return_inverse=True)
        return [self._noise_at(grain) for grain in grains.tolist()], which.reshape(-1)

    def _grains(self, queries: Array) -> np.ndarray[Any, Any]:
        density = self.backend.numpy(self.ones(queries)) / self.bits
        return np.clip(np.round(density * GRAIN), 1, GRAIN - 1).astype(np.intp)

    def _noise_at(self, grain: int) -> Overlap:
        if grain not in self._noises:
            own = self.noise
            self._noises[grain] = Overlap(
                own.shares, own.trials, grain / GRAIN, own.density, own.sure
            )
        return self._noises[grain]

    def scores(self, queries: Array, stored: Array) -> Array:
        backend, xp = self.backend, self.backend.xp
        chance = backend.asarray((self._grains(queries) / GRAIN)[:, None].astype(backend.dtype))
        weight = self.ones(stored)
        shared = self._shared(queries, stored, weight)
        full, trials = shared == weight, self.noise.trials
        weight, shared = (xp.astype(x, backend.real) for x in (weight, shared))
        # in units of the ones of an atom: all of it, or more, where an item is whole alone
        part = xp.clip(shared / xp.clip(weight, 1, None) * trials, None, trials - 1)
        share = xp.where(full, xp.clip(weight, trials, None), part) / trials
        return xp.clip((share - chance) / (1 - chance), -1, None)

    def _shared(self, queries: Array, stored: Array, weight: Array) -> Array:
        """How many ones queries and rows have in common: (queries, rows)."""
        if isinstance(stored, np.ndarray) and self.store.width % 8 == 0:
            apart = distances(queries, stored)  # as fast as bits are counted anywhere
            return (self.ones(queries)[:, None] + weight.astype(np.int32) - apart) // 2
        return self.each(lambda query, rows: self.ones(rows & query), queries, stored)

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(~stored.any(-1))


def bytes_of(xp: Any, truths: Array) -> Array:
    """Truths as bytes of 0 and 1, without a copy where a library can."""
    return truths.view(xp.uint8) if hasattr(truths, "view") else xp.astype(truths, xp.uint8)
