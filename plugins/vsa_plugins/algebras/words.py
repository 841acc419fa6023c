"""Packed bits: how they become signs and come from them, and the majority of many, counted bit by bit.

Rows are bytes, the first bit being the lowest of the first byte. A majority is counted for all bits
at once by full adders: a plane of bits for each digit of the counts. The same adders take batches
of rows as arrays, and a single row as one whole number, whose every operation costs a tenth of a
call for an array. Ties fall as in ties.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from operator import xor
from typing import Any, NamedTuple

import numpy as np

from vsa.plugin import Backend, Hamming
from vsa_plugins.algebras import ties

Array = Any
Plane = Any  # of bits: an array of bytes, or a whole number

BLOCK = 1 << 16  # bytes of each term that are counted at a time


class Kind(NamedTuple):
    """What the rule of ties asks of planes of a kind, beside operators."""

    turned: Callable[[Plane, Plane], Plane]  # the fixed pattern, or the opposite one
    product: Callable[[Plane], Plane]  # of the signs some places before each


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
            packed = np.packbits(bits, axis=-1, bitorder="little")
            if packed.shape[-1] == self.width:
                return packed
            rows = np.zeros((*shape, self.width), dtype=np.uint8)
            rows[..., : packed.shape[-1]] = packed
            return rows
        bits = xp.astype(bits, xp.uint8)
        if not self.whole:
            rest = (*shape, 8 * self.width - self.dim)
            bits = xp.concat([bits, xp.zeros(rest, dtype=xp.uint8, device=bits.device)], axis=-1)
        digits = xp.reshape(bits, (*shape, self.width, 8)) << self._places
        return xp.sum(digits, axis=-1, dtype=xp.uint8)

    # --- the majority --------------------------------------------------------------------------
    def negative(self, totals: Array) -> Array:
        """The rows of sums (..., dim): 1 where they are negative, or a tie falls so."""
        backend, single = self.backend, self.numpy and totals.ndim == 1
        if self.ring is None and not single:
            return self.rows(ties.signs(backend, totals, self.pattern))
        negative, tied = ties.told(backend, totals)
        if backend.has_out and not tied.any():
            return self.rows(negative)
        if single:
            more, level = (self.number(self.rows(bits)) for bits in (negative, tied))
            return self.row(decided(more, level, self._number))
        return self._ring(
            [self.rows(negative), self.rows(tied)], lambda planes: (planes[0], planes[1])
        )

    def majority(self, terms: Sequence[Array]) -> Array | None:
        """The rows of the sums of several rows; None where they are not counted as bits."""
        if self.numpy and terms[0].ndim == 1:
            return self.row(decided(*majority(list(map(self.number, terms))), self._number))
        if self.ring is None or 0 in terms[0].shape:
            return None
        xp, shape = self.backend.xp, terms[0].shape
        terms = [xp.reshape(term, (-1, self.width)) for term in terms]
        if not self.backend.has_out:
            return xp.reshape(self._ring(terms, majority), shape)
        rows = self.backend.empty(terms[0].shape, terms[0].dtype)
        step = max(BLOCK // self.width, 1)
        for start in range(0, len(rows), step):
            part = [term[start : start + step] for term in terms]
            rows[start : start + step] = self._ring(part, majority)
        return rows.reshape(shape)

    @staticmethod
    def number(row: Array) -> int:
        """A row as a whole number, of NumPy."""
        return int.from_bytes(row.tobytes(), "little")

    def row(self, number: int) -> Array:
        """A whole number as a row."""
        return np.frombuffer(bytearray(number.to_bytes(self.width, "little")), np.uint8)

    def _ring(
        self, rows: Sequence[Array], told: Callable[[Sequence[Array]], tuple[Plane, Plane | None]]
    ) -> Array:
        """What `told` gives of the bytes that hold the bits, decided."""
        if self.whole:
            return decided(*told(rows), self._array)
        made = decided(*told([row[..., : self.ring] for row in rows]), self._array)
        rest = self.backend.xp.zeros_like(rows[0][..., self.ring :])
        return self.backend.xp.concat([made, rest], axis=-1)

    @cached_property
    def ring(self) -> int | None:
        """How many bytes the bits fill, None where they, or what ties look at, end within one."""
        bits = (self.dim, *ties.offsets(self.dim))
        return None if any(bit % 8 for bit in bits) else self.dim // 8

    @cached_property
    def _array(self) -> Kind:
        xp, ring = self.backend.xp, self.ring
        assert ring is not None
        pattern = self.rows(self.pattern)[:ring]
        starts = [ring - offset // 8 for offset in ties.offsets(self.dim)]

        def turned(more: Array, tied: Array) -> Array:
            known = tied ^ 255
            some = known != 0 if self.numpy else xp.astype(known != 0, xp.int8)
            first = xp.argmax(some, axis=-1)[..., None]
            known, more = (xp.take_along_axis(plane, first, axis=-1) for plane in (known, more))
            lowest = known & ((known ^ 255) + 1)
            return pattern ^ (xp.astype((more & lowest) != 0, xp.uint8) * 255)

        def product(plane: Array) -> Array:
            twice = xp.concat([plane, plane], axis=-1)
            return reduce(xor, [twice[..., start : start + ring] for start in starts])

        return Kind(turned, product)

    @cached_property
    def _number(self) -> Kind:
        dim = self.dim
        every = (1 << dim) - 1
        pattern = int.from_bytes(np.packbits(ties.pattern(dim), bitorder="little"), "little")
        shifts = [dim - offset for offset in ties.offsets(dim)]

        def turned(more: int, tied: int) -> int:
            known = every ^ tied
            return pattern ^ every if more & known & -known else pattern

        def product(plane: int) -> int:
            twice = plane << dim | plane
            return reduce(xor, [twice >> shift for shift in shifts]) & every

        return Kind(turned, product)


def decided(more: Plane, tied: Plane | None, kind: Kind) -> Plane:
    """1 where most terms have it, and where it is a tie and the rule says so."""
    if tied is None:
        return more
    return more | tied & kind.product(more | tied & kind.turned(more, tied))


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
