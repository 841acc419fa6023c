"""Sparse binary codes: rows of packed bits, few of them 1, superposed by OR."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import (
    PLAIN,
    Algebra,
    ArgumentValueError,
    Backend,
    Form,
    Overlap,
    Overlaps,
    bytes_of,
    in_blocks,
    streams,
)

Array = Any
Host = np.ndarray[Any, Any]

ROUNDINGS = 64  # by which a count that is 0 may differ from it, of the largest
WHOLE = 0.98  # P(a member of an OR has all its ones there)


class Sparse(Algebra):
    """What the three have in common: rows, their superposition and how they are compared."""

    wants: ClassVar[str] = "4 or more"
    sure: ClassVar[float] = WHOLE
    keys = 0  # that bind differently, where they are few
    segments = 1  # in each of which a row is compared less its mean

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.ones = round(math.sqrt(dim))
        self.row = Form(-(-dim // 64) * 8, backend.xp.uint8)  # whole words of bits
        self._unit = 1 / math.sqrt(self.ones * (1 - self.ones / dim))

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        return dim >= 4

    @cached_property
    def noise(self) -> Overlap:
        density = self.ones / self.dim
        return Overlap(PLAIN, self.ones, density, density, self.sure, self.keys, self.segments > 1)

    @cached_property
    def metric(self) -> Overlaps:
        return Overlaps(self.backend, self.noise, self.row.width, self.dim)

    # --- bits ----------------------------------------------------------------------------------
    def bits(self, a: Array) -> Array:
        """Rows as bytes of 0 and 1 (..., dim), in the order of sums."""
        return unpacked(self.backend, a, self.dim)

    def packed_bits(self, bits: Array) -> Array:
        """Rows of bytes, or truths."""
        return packed(self.backend, bits, self.row.width)

    def draw(self, keys: Sequence[bytes], kind: str) -> Host:
        rows = np.zeros((len(keys), self.row.width), dtype=np.uint8)
        rows[:, : -(-self.dim // 8)] = packed_host(subsets(keys, self.ones, self.dim))
        return rows

    @property
    def places(self) -> int:
        """The bits."""
        return self.dim

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        return a ^ ((a ^ b) & Sparse.packed_bits(self, there))

    # --- superposition -------------------------------------------------------------------------
    def accumulate(self, a: Array) -> Array:
        xp, real = self.backend.xp, self.backend.real
        return in_blocks(self.backend, lambda x: xp.astype(self.bits(x), real), [a])

    def finish(self, total: Array) -> Array:
        """Ones where there are some; what rounding leaves of none is none."""
        xp, slack = self.backend.xp, ROUNDINGS * float(np.finfo(self.backend.dtype).eps)

        def block(counts: Array) -> Array:
            least = slack * xp.max(xp.abs(counts), axis=-1)[..., None]
            return self.packed_bits(counts > least)

        return in_blocks(self.backend, block, [total])

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        total = terms[0] | terms[1] if len(terms) > 1 else terms[0]
        for term in terms[2:]:
            total |= term
        return total

    def permute(self, a: Array, times: int) -> Array:
        def block(x: Array) -> Array:
            return self.packed_bits(self.permute_sum(self.bits(x), times))

        return in_blocks(self.backend, block, [a])

    def permute_sum(self, total: Array, times: int) -> Array:
        return self.reordered(total, times)

    # --- geometry ------------------------------------------------------------------------------
    def by_segment(self, total: Array) -> Array:
        """Sums as (..., bits of a segment, segments)."""
        shape = (*total.shape[:-1], self.dim // self.segments, self.segments)
        return self.backend.xp.reshape(total, shape)

    def dot(self, a: Array, b: Array) -> Array:
        """Of counts less their mean in each segment."""
        xp = self.backend.xp
        sums = [xp.sum(self.by_segment(x), axis=-2) for x in (a, b)]
        means = xp.vecdot(*sums) * (self.segments / self.dim)
        return (xp.vecdot(a, b) - means) * self._unit**2

    def count_terms(self, total: Array) -> Array:
        """By the ones: a sum of which every bit is counted has no length less its mean."""
        return self.backend.xp.sum(abs(total), axis=-1) / self.ones

    def pack(self, a: Array) -> Array:
        xp = self.backend.xp

        def block(x: Array) -> Array:
            bits = self.by_segment(xp.astype(self.bits(x), self.backend.real))
            bits = bits - xp.mean(bits, axis=-2)[..., None, :]
            return xp.reshape(bits, (*x.shape[:-1], self.dim)) * self._unit

        return in_blocks(self.backend, block, [a])

    def unpack(self, packed: Array) -> Array:
        return in_blocks(self.backend, lambda x: self.packed_bits(x > 0), [packed])

    def to_real(self, a: Array) -> Array:
        """The bits."""
        return self.accumulate(a)

    def from_real(self, components: Array) -> Array:
        if not bool(self.backend.xp.all((components == 0) | (components == 1))):
            raise ArgumentValueError(f"the components in {self.name} are 0 and 1")
        return in_blocks(self.backend, lambda x: self.packed_bits(x > 0), [components])


# --- bits -------------------------------------------------------------------------------------------
def unpacked(backend: Backend, rows: Array, count: int) -> Array:
    """Bytes (..., w) as their bits, the lowest first: bytes of 0 and 1 (..., count)."""
    if isinstance(rows, np.ndarray):
        return np.unpackbits(rows, axis=-1, count=count, bitorder="little")
    xp = backend.xp
    place = xp.arange(8, dtype=xp.uint8, device=backend.device)
    bits = (rows[..., None] >> place) & 1
    return xp.reshape(bits, (*rows.shape[:-1], 8 * rows.shape[-1]))[..., :count]


def packed(backend: Backend, bits: Array, width: int) -> Array:
    """The inverse of `unpacked`, of bytes or truths: rows of `width` bytes."""
    xp, missing = backend.xp, 8 * width - bits.shape[-1]
    bits = bytes_of(xp, bits) if bits.dtype == xp.bool else bits
    if missing:
        rest = xp.zeros((*bits.shape[:-1], missing), dtype=xp.uint8, device=backend.device)
        bits = xp.concat([bits, rest], axis=-1)
    if isinstance(bits, np.ndarray):
        return packed_host(bits)
    place = xp.arange(8, dtype=xp.uint8, device=backend.device)
    bytes_ = xp.reshape(bits, (*bits.shape[:-1], width, 8)) << place
    return xp.astype(xp.sum(bytes_, axis=-1, dtype=xp.int32), xp.uint8)


def packed_host(bits: Host) -> Host:
    """The same in NumPy, of whole bytes."""
    return np.packbits(bits, axis=-1, bitorder="little")


def subsets(keys: Sequence[bytes], count: int, size: int) -> Host:
    """So many of the numbers below a size for each key, any as likely: truths (len(keys), size).

    R. Floyd's way: the i-th of them is any of the first ones, or, if that is taken, the last of these.
    """
    words = streams(keys, 4 * count).view("<u4").astype(np.uint64)
    taken, row = np.zeros((len(keys), size), dtype=bool), np.arange(len(keys))
    for i in range(count):
        last = size - count + i
        number = (words[:, i] * (last + 1) >> 32).astype(np.intp)
        taken[row, np.where(taken[row, number], last, number)] = True
    return taken
