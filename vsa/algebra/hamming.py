"""Packed bits, stored as they are and compared by how many of them differ."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.algebra.counting import ENTRIES, distances, ones
from vsa.algebra.metric import Exact, Form
from vsa.theory.noise import Noise

BYTES = 8  # of a word: rows are whole words
FEW = 4  # queries, for which a device counts bits; more it multiplies as signs
LIFTED = 1 << 24  # signs held at a time


class Spatter(Protocol):
    """What `Hamming` asks of an algebra: its rows are bits from end to end, the rest of the last word 0."""

    backend: Backend
    dim: int
    row: Form

    @property
    def noise(self) -> Noise: ...

    def accumulate(self, a: Array) -> Array: ...


class Hamming(Exact):
    """Bits: of two rows of which h bits differ the similarity is 1 − 2h/dim, the cosine of ±1."""

    def __init__(self, algebra: Spatter) -> None:
        super().__init__(algebra.backend, algebra.noise)
        self.algebra = algebra
        self.bits = algebra.dim
        self.wants = f"of {self.bits} bits and zeros behind them"
        self.store = self.carry = Form(algebra.row.width, algebra.row.dtype)

    @staticmethod
    def width(dim: int) -> int:
        """The bytes of a row."""
        return -(-dim // (8 * BYTES)) * BYTES

    @cached_property
    def used(self) -> np.ndarray[Any, Any]:
        """Which bits of a row count: (width,), the first bit being the lowest of the first byte."""
        there = np.arange(8 * self.store.width) < self.bits
        return np.packbits(there, bitorder="little")

    def scores(self, queries: Array, stored: Array) -> Array:
        here, there = self.host(queries), self.host(stored)
        if here is None or there is None:
            return self._on_device(queries, stored)
        found = np.empty((len(here), len(there)), dtype=self.backend.dtype)
        step = max(ENTRIES // max(len(here), 1), 1)
        for start in range(0, len(there), step):
            part = found[:, start : start + step]
            apart = distances(here, there[start : start + step])
            np.multiply(apart, -2, out=part, dtype=part.dtype, casting="unsafe")
            part += self.bits
            part /= self.bits
        return self.backend.asarray(found)

    def host(self, rows: Array) -> np.ndarray[Any, Any] | None:
        """The same memory as NumPy sees it; None of rows on a device."""
        if isinstance(rows, np.ndarray):
            return rows
        return self.backend.numpy(rows) if str(getattr(rows, "device", "")) == "cpu" else None

    def _on_device(self, queries: Array, stored: Array) -> Array:
        xp = self.backend.xp
        if len(queries) <= FEW:
            return xp.stack([self.between(query, stored) for query in queries])
        signs = self.algebra.accumulate(queries)
        step = max(LIFTED // self.bits, 1)
        parts = [
            signs @ self.algebra.accumulate(stored[i : i + step]).T
            for i in range(0, len(stored), step)
        ]
        return xp.concat(parts, axis=-1) / self.bits

    def between(self, a: Array, b: Array) -> Array:
        """The similarities (...) of rows with rows, batches broadcast."""
        xp, real = self.backend.xp, self.backend.real
        if isinstance(a, np.ndarray):
            if a.ndim == b.ndim == 1:  # as whole numbers: a fifth of the calls
                both = int.from_bytes(a, "little") ^ int.from_bytes(b, "little")
                return real(1 - 2 * both.bit_count() / self.bits)
            counts = np.bitwise_count(np.ascontiguousarray(a ^ b).view(np.uint64))
            apart = counts.astype(real) @ np.ones(counts.shape[-1], dtype=real)
        else:
            apart = xp.astype(ones(xp, a ^ b), real)
        return (self.bits - 2 * apart) / self.bits

    def wrong(self, stored: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return np.asarray((stored & ~self.used).any(axis=-1))
