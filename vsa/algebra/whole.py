"""Vectors of whole numbers, a byte each for as long as a memory has no others.

A row that is a number times whole ones up to 127, as ±1 atoms and most of their sums are, is stored
as those: a quarter of what single precision takes, and to the last bit. The first row that is none
makes a table `widen` its own to unit vectors, as those of `Cosine` are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.metric import Cosine, Form, Packing, products

MOST = 127  # that a byte holds
NEAR = 1e-15  # of numbers of single precision, as a square root and a quotient leave them

Host = np.ndarray[Any, Any]


class Whole(Cosine):
    """Rows whose plain dot product is `width` times that of the algebra."""

    def __init__(self, algebra: Packing) -> None:
        super().__init__(algebra)
        self.narrow = Form(algebra.packed, self.backend.xp.int8)
        self.carry = Form(algebra.packed, self.backend.real)

    @property
    def forms(self) -> tuple[Form, ...]:
        return self.narrow, self.store

    def stored(self, rows: Array) -> tuple[Array, Host]:
        """As whole numbers, where all rows are such."""
        xp, backend = self.backend.xp, self.backend
        size = xp.abs(rows)
        if bool(xp.all(size == 1)):
            return xp.astype(rows, self.narrow.dtype), np.ones(tuple(rows.shape[:-1]))
        most = float(np.finfo(backend.dtype).max)
        unit = xp.min(xp.where(size == 0, most, size), axis=-1)
        unit = xp.where(unit == most, 1.0, unit)[..., None]  # of zero
        whole = xp.round(rows / unit)
        if bool(xp.any(whole * unit != rows)) or bool(xp.any(xp.abs(whole) > MOST)):
            return super().stored(rows)
        narrow = xp.astype(whole, self.narrow.dtype)
        return narrow, backend.numpy(unit[..., 0]).astype(np.float64) * self._sizes(narrow)

    def rows(self, stored: Array, lengths: Host) -> Array:
        if self.plain(stored):
            return super().rows(stored, lengths)
        sizes = self._sizes(stored)
        unit = np.asarray(lengths / np.where(sizes == 0, 1.0, sizes))
        near = unit.astype(np.float32).astype(np.float64)
        unit = np.where(np.abs(near - unit) <= NEAR * unit, near, unit)
        real = self.backend.real
        factor = self.backend.asarray(unit, dtype=real)[..., None]
        return self.backend.xp.astype(stored, real) * factor

    def _sizes(self, narrow: Array) -> Host:
        """The lengths that whole numbers have as rows."""
        xp = self.backend.xp
        wide = xp.astype(narrow, xp.int32)
        squares = self.backend.numpy(xp.sum(wide * wide, axis=-1)).astype(np.float64)
        return np.asarray(np.sqrt(squares / self.narrow.width))

    def carried(self, rows: Array) -> Array:
        return rows

    def brought(self, carried: Array) -> Array:
        return carried

    def queries(self, rows: Array) -> tuple[Array, Host]:
        return super().stored(rows)

    def plain(self, stored: Array) -> bool:
        return bool(stored.dtype != self.narrow.dtype)

    def widened(self, stored: Array) -> Array:
        if self.plain(stored):
            return stored
        wide = self.backend.xp.astype(stored, self.backend.real)
        return wide / self._norms(wide)[..., None]

    def _norms(self, wide: Array) -> Array:
        xp = self.backend.xp
        norms = xp.sqrt(xp.vecdot(wide, wide))
        return xp.where(norms == 0, 1.0, norms)

    def scores(self, queries: Array, stored: Array) -> Array:
        if self.plain(stored):
            return super().scores(queries, stored)
        return products(self.backend, queries, stored, self._norms)

    def same(self, a: Array, b: Array) -> Array:
        if self.plain(a) or self.plain(b):
            return super().same(self.widened(a), self.widened(b))
        return self.backend.xp.all(a == b, axis=-1)

    def wrong(self, stored: Host) -> Host:
        if stored.dtype.kind == "f":
            return super().wrong(stored)
        return np.asarray(~stored.any(axis=-1))
