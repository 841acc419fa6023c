"""Packed bits: how they become signs and come from them, and the majority of many, counted bit by bit.

Rows are bytes, the first bit being the lowest of the first byte. A majority is counted for all bits
at once by full adders: a plane of bits for each digit of the counts. The same adders take batches
of rows as arrays, and a single row as one whole number, whose every operation costs a tenth of a
call for an array. Ties fall as in ties.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vsa.plugin import Backend, Hamming
from vsa_plugins.algebras import ties

Array = Any
Plane = Any  # of bits: an array of bytes, or a whole number

BLOCK = 1 << 16  # bytes of each term that are counted at a time


class Words:
    """The bits of one dim on one backend."""

    def __init__(self, dim: int, backend: Backend) -> None:
        self.dim, self.backend = dim, backend
        self.width = Hamming.width(dim)
        self.whole = dim == 8 * self.width  # nothing behind the bits
        self.numpy = backend.name == "numpy"
        digits = np.arange(256, dtype=np.uint8)[:, None] >> np.arange(8, dtype=np.uint8) & 1
        # the signs of each byte; NumPy looks them up at five times the pace of unpacking
        self._signs = backend.asarray((1.0 - 2.0 * digits).astype(backend.dtype))
        self._places = backend.asarray(np.arange(8, dtype=np.uint8))
        self.pattern = backend.asarray(ties.pattern(dim))

    # --- bits and signs ------------------------------------------------------------------------
    def bits(self, rows: Array) -> Array:
        """0 and 1 (..., dim), in bytes."""
        if self.numpy:
            return np.unpackbits(rows, axis=-1, count=self.dim, bitorder="little")
        bits = (rows[..., None] >> self._places) & 1
        return self._all(bits, rows)

    def signs(self, rows: Array) -> Array:
        """+1 for 0 and −1 for 1, (..., dim)."""
        if self.numpy:
            return self._all(self._signs.take(rows, axis=0), rows)
        xp = self.backend.xp
        index = xp.astype(xp.reshape(rows, (-1,)), xp.int64)
        return self._all(xp.take(self._signs, index, axis=0), rows)

    def _all(self, parts: Array, rows: Array) -> Array:
        every = self.backend.xp.reshape(parts, (*rows.shape[:-1], 8 * self.width))
        return every if self.whole else every[..., : self.dim]

    def rows(self, bits: Array) -> Array:
        """The rows of bits (..., dim), given as truth values or numbers."""
        xp, shape = self.backend.xp, tuple(bits.shape[:-1])
        if self.numpy:
            return self._padded(np.packbits(bits, axis=-1, bitorder="little"))
        bits = xp.astype(bits, xp.uint8)
        if not self.whole:
            rest = (*shape, 8 * self.width - self.dim)
            bits = xp.concat(
                [bits, xp.zeros(rest, dtype=xp.uint8, device=self.backend.device)], axis=-1
            )
        digits = xp.reshape(bits, (*shape, self.width, 8)) << self._places
        return xp.sum(digits, axis=-1, dtype=xp.uint8)

    def _padded(self, packed: Array) -> Array:
        """Bits up to whole words."""
        if packed.shape[-1] == self.width:
            return packed
        rows = np.zeros((*packed.shape[:-1], self.width), dtype=np.uint8)
        rows[..., : packed.shape[-1]] = packed
        return rows

    def negative(self, totals: Array) -> Array:
        """The rows of sums (..., dim): 1 where they are negative, or a tie falls so."""
        if self.numpy:
            return self._padded(ties.packed(self.backend, totals))
        return self.rows(ties.signs(self.backend, totals, self.pattern))

    # --- the majority --------------------------------------------------------------------------
    def majority(self, terms: Sequence[Array]) -> Array | None:
        """The rows of the sums of several rows; None where they are not counted as bits."""
        if self.numpy and terms[0].ndim == 1:
            return self._of_one(terms)
        if self.ring is None or 0 in terms[0].shape:
            return None
        xp, shape = self.backend.xp, terms[0].shape
        terms = [xp.reshape(term, (-1, self.width)) for term in terms]
        if not self.numpy:
            return xp.reshape(self._of_block(terms), shape)
        rows = np.empty(terms[0].shape, np.uint8)
        step = max(BLOCK // self.width, 1)
        for start in range(0, len(rows), step):
            rows[start : start + step] = self._of_block([t[start : start + step] for t in terms])
        return rows.reshape(shape)

    @cached_property
    def ring(self) -> int | None:
        """How many bytes the bits fill, None where they, or what ties look at, end within one."""
        bits = (self.dim, *ties.offsets(self.dim))
        return None if any(bit % 8 for bit in bits) else self.dim // 8

    def _of_block(self, terms: Sequence[Array]) -> Array:
        """Of rows (n, width), by the bytes that the bits fill."""
        xp, ring = self.backend.xp, self.ring
        more, tied = majority(terms if self.whole else [term[:, :ring] for term in terms])
        if tied is not None:
            known = tied ^ 255
            some = known != 0 if self.numpy else xp.astype(known != 0, xp.uint8)
            first = xp.argmax(some, axis=-1)[:, None]
            byte, sign = (xp.take_along_axis(plane, first, axis=-1) for plane in (known, more))
            lowest = byte & ((byte ^ 255) + 1)  # the bit of the first sign
            turned = xp.astype((sign & lowest) != 0, xp.uint8) * 255
            more = ties.settled(self.backend, 8, more, known, self._bytes, turned)
        if self.whole:
            return more
        return xp.concat([more, xp.zeros_like(terms[0][:, ring:])], axis=-1)

    @cached_property
    def _bytes(self) -> Array:
        return self.rows(self.pattern)[: self.ring]

    def _of_one(self, terms: Sequence[Array]) -> Array:
        """Of single rows of NumPy, as whole numbers."""
        more, tied = majority([int.from_bytes(term.tobytes(), "little") for term in terms])
        if tied is not None:
            more = ties.settled_one(self.dim, more, self._every ^ tied)
        return np.frombuffer(bytearray(more.to_bytes(self.width, "little")), np.uint8)

    @cached_property
    def _every(self) -> int:
        return (1 << self.dim) - 1


def majority(terms: Sequence[Plane]) -> tuple[Plane, Plane | None]:
    """Where more than half of the terms have a 1, and where just half have; None for no place."""
    half, digits = len(terms) // 2, counted(terms)
    more, level = None, None  # so far, from the highest digit down: greater, or the same
    for i in range(len(digits) - 1, -1, -1):
        digit = digits[i]
        same = digit if level is None else level & digit
        if half >> i & 1:
            level = same
        else:
            more = same if more is None else more | same
            level = same ^ level if level is not None else ~digit  # (level and not digit)
    return more, level if len(terms) % 2 == 0 else None


def counted(terms: Sequence[Plane]) -> list[Plane]:
    """The counts of 1, as planes of their binary digits, the lowest first."""
    digits, level = [], list(terms)
    while level:
        carries = []
        one = level[0]
        for i in range(1, len(level) - 1, 2):  # full adders
            a, b = level[i], level[i + 1]
            half = one ^ a
            carries.append(one & a | half & b)
            one = half ^ b
        if len(level) % 2 == 0:
            carries.append(one & level[-1])
            one = one ^ level[-1]
        digits.append(one)
        level = carries
    return digits
