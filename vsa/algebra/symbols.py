"""Metrics of rows that are symbols: bytes that are equal or not, turned levels, and sparse bits.

Their rows are stored as they are, all of length 1, and equal ones are so to the last bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vsa.algebra.backend import BLOCK_BYTES, Array, Backend
from vsa.algebra.metric import Form, Metric
from vsa.theory.noise import Noise, Overlap

GRAIN = 1000  # densities of queries are told apart to so many parts


class Symbols(Metric):
    """Rows of bytes, stored and carried as they are."""

    exact = True

    def __init__(self, backend: Backend, noise: Noise, width: int) -> None:
        super().__init__(backend, noise)
        self.store = self.carry = Form(width, backend.xp.uint8)

    def stored(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]]:
        return rows, np.ones(tuple(rows.shape[:-1]))

    def rows(self, stored: Array, lengths: np.ndarray[Any, Any]) -> Array:
        return stored

    def carried(self, rows: Array) -> Array:
        return rows

    def brought(self, carried: Array) -> Array:
        return carried

    def same(self, a: Array, b: Array) -> bool:
        return bool(self.backend.xp.all(a == b))

    def counted(self, some: Array) -> Array:
        """Sums of small whole numbers along the last axis."""
        xp, width = self.backend.xp, self.store.width
        narrow = self.backend.has_out and width < 1 << 13  # of bytes up to 8: twice as fast
        return xp.sum(some, axis=-1, dtype=xp.uint16 if narrow else xp.int32)

    def each(self, queries: Array, stored: Array) -> Array:
        """`score` of each query with all rows, in blocks of rows that stay in cache."""
        found = self.backend.empty((len(queries), len(stored)), self.backend.real)
        step = max(BLOCK_BYTES // self.store.width, 1) if self.backend.has_out else len(stored)
        for start in range(0, len(stored), max(step, 1)):
            some = stored[start : start + step]
            for i in range(len(queries)):
                found[i, start : start + step] = self.score(queries[i], some)
        return found

    def score(self, query: Array, stored: Array) -> Array:
        """One query with some rows: (rows,)."""
        raise NotImplementedError


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
        xp = self.backend.xp
        matches = self.counted(xp.astype(a == b, xp.uint8))
        found = xp.take(self._similarity, xp.astype(xp.reshape(matches, (-1,)), xp.int64), axis=0)
        return xp.reshape(found, matches.shape)

    def score(self, query: Array, stored: Array) -> Array:
        return self.similar(stored, query)

    def scores(self, queries: Array, stored: Array) -> Array:
        return self.each(queries, stored)

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
        queries, out = self._units(queries), None
        if not self.backend.has_out:
            return queries @ self._units(stored).T
        out = self.backend.empty((len(queries), len(stored)), self.backend.real)
        step = max(BLOCK_BYTES // (queries.shape[-1] * queries.itemsize), 1)
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

    What by chance is there follows from the query's own density, whatever is superposed in it.
    """

    wants = "bits, of which some are 1"
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
        return self.counted(ones(self.backend, rows))

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
        weight = xp.astype(xp.clip(self.ones(stored), 1, None), backend.real)
        chance = backend.asarray((self._grains(queries) / GRAIN)[:, None].astype(backend.dtype))
        share = self.each(queries, stored) / weight
        return xp.clip((share - chance) / (1 - chance), -1, None)

    def score(self, query: Array, stored: Array) -> Array:
        return self.backend.xp.astype(self.ones(stored & query), self.backend.real)

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray(~stored.any(-1))


def ones(backend: Backend, rows: Array) -> Array:
    """How many bits are 1 in each byte; of NumPy in each word of eight, where there are such words."""
    if isinstance(rows, np.ndarray):
        whole = rows.shape[-1] % 8 == 0 and rows.flags.c_contiguous
        return np.bitwise_count(rows.view(np.uint64) if whole else rows)
    pairs = rows - ((rows >> 1) & 0x55)
    fours = (pairs & 0x33) + ((pairs >> 2) & 0x33)
    return (fours + (fours >> 4)) & 0x0F
