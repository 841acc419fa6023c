"""Levels around a circle: modular composite representations and cyclic group representations.

J. Snaider and S. Franklin, Modular composite representation, Cognitive Computation 6, 2014;
T. Yu, Y. Zhang, Z. Zhang and C. De Sa, Understanding hyperdimensional computing for parallel
single-pass learning, 2022 (CGR).

A row holds a level from 0 to r − 1 in each component, a byte, and stands for the phasors there; binding
adds levels, that is multiplies phasors. In MCR a sum is that of the phasors, and its row has the level
nearest to each; in CGR a sum counts the levels, and its row has the most frequent ones. Both are
compared by the cosine of their phasors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import Backend, Form, Gaussian, Noise, Phases, Shares, bytes_of, in_blocks, majority
from vsa_plugins.algebras.levels import (
    MOST,
    Counted,
    Levels,
    minus,
    mode_shares,
    started,
)

Array = Any

ROUNDINGS = 128  # of the size that a sum has on average, within which a phasor is zero or half-way
POINTS = 1 << 17  # of sums of a few phasors that are looked at
STRIDES = (3, 2, 5, 7)  # from one level to the next that a tie may fall to
COMPUTED = 16  # terms, of which more have their share from the limit


class Circular(Levels):
    """What the two have in common: how rows are compared."""

    parameters: ClassVar[tuple[str, ...]] = ("8",)

    def __init__(self, dim: int, backend: Backend, levels: str = "8") -> None:
        super().__init__(dim, backend, self.whole(levels, "r", 2, MOST))
        self.freedom = self.packed = dim * min(self.levels - 1, 2)
        turns = 2 * np.pi * np.arange(self.levels) / self.levels
        self._cosine = backend.asarray(np.cos(turns).astype(backend.dtype))
        self._sine = backend.asarray(np.sin(turns).astype(backend.dtype))

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        (levels,) = parameters or cls.parameters
        cls.whole(levels, "r", 2, MOST)
        return dim >= 2

    @cached_property
    def noise(self) -> Noise:
        return Gaussian(self.shares, self.freedom)

    @cached_property
    def metric(self) -> Phases:
        return Phases(self.backend, self.noise, self.dim, self.levels)

    def phasors(self, a: Array) -> Array:
        """The phasors of rows: complex numbers (..., dim)."""
        parts = self.metric.phasors(a)
        if self.levels > 2:
            return self.backend.as_complex(parts)
        return self.backend.xp.astype(parts, self.backend.complex)

    def nearest(self, phasors: Array) -> Array:
        """The levels nearest to some phasors; half-way the next one, of zero one by the others.

        What is but for rounding half-way or zero is so. That half-way goes up goes through binding
        and is by chance all the same, since where it happens is.
        """
        xp, turn = self.backend.xp, self.levels / (2 * math.pi)
        rounding = ROUNDINGS * float(np.finfo(self.backend.dtype).eps)

        def block(z: Array) -> Array:
            size = xp.abs(z)
            slack = rounding * xp.sqrt(xp.mean(size * size, axis=-1))[..., None]
            empty = size <= slack
            angle = xp.atan2(xp.imag(z), xp.real(z)) + slack / (
                size + xp.astype(empty, self.backend.real)
            )
            up = xp.astype(xp.floor(angle * turn + 0.5), xp.int16)
            up += xp.astype(up < 0, xp.int16) * self.levels
            empty = bytes_of(xp, empty)
            level = xp.astype(up, xp.uint8) * (empty ^ 1)
            return level + started(self.backend, level, self.levels) * empty

        return in_blocks(self.backend, block, [phasors])

    def similarity(self, a: Array, b: Array) -> Array:
        xp = self.backend.xp
        apart = minus(xp, a, b, self.levels)
        index = xp.astype(xp.reshape(apart, (-1,)), xp.int64)
        return xp.mean(xp.reshape(xp.take(self._cosine, index, axis=0), apart.shape), axis=-1)

    def pack(self, a: Array) -> Array:
        return self.metric.units(a)

    def unpack(self, packed: Array) -> Array:
        if self.levels > 2:
            return self.nearest(self.backend.as_complex(packed))
        return self.nearest(self.backend.xp.astype(packed, self.backend.complex))


class MCR(Circular):
    """Modular composite representation: the levels nearest to a sum of phasors."""

    name = "mcr"

    def __init__(self, dim: int, backend: Backend, levels: str = "8") -> None:
        super().__init__(dim, backend, levels)
        self.laws = self.laws | {"componentwise"}
        self.sum = Form(dim, backend.complex)
        self.shares = level_shares(self.levels)

    def accumulate(self, a: Array) -> Array:
        return in_blocks(self.backend, self.phasors, [a])

    def finish(self, total: Array) -> Array:
        return self.nearest(total)

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        """A few rows at a time."""

        def block(*rows: Array) -> Array:
            total = self.phasors(rows[0])
            for row in rows[1:]:
                total += self.phasors(row)
            return self.nearest(total)

        return in_blocks(self.backend, block, terms)

    def bind_sum(self, total: Array, b: Array) -> Array:
        return in_blocks(self.backend, lambda z, key: z * self.phasors(key), [total, b])

    def unbind_sum(self, total: Array, b: Array) -> Array:
        conj = self.backend.xp.conj
        return in_blocks(self.backend, lambda z, key: z * conj(self.phasors(key)), [total, b])

    def dot(self, a: Array, b: Array) -> Array:
        xp = self.backend.xp
        return xp.real(xp.vecdot(a, b)) / self.dim


class CGR(Circular, Counted):
    """Cyclic group representation: the most frequent of the levels."""

    name = "cgr"

    def __init__(self, dim: int, backend: Backend, levels: str = "8") -> None:
        self._stride = next((n for n in STRIDES if math.gcd(n, int(levels)) == 1), 1)
        super().__init__(dim, backend, levels)
        self.shares = mode_shares(self.levels)

    def ranked(self, levels: Array) -> Array:
        """In an order in which neighbours are none.

        The first from a start on is the likelier the longer none came before it, and in the order of
        the circle it would be far from the others, with which it should be compared.
        """
        return self._times(levels, self._stride)

    def unranked(self, ranks: Array) -> Array:
        return self._times(ranks, pow(self._stride, -1, self.levels))

    def dot(self, a: Array, b: Array) -> Array:
        """Of the phasors that the counts add up to."""
        xp = self.backend.xp
        parts = [
            xp.vecdot(self._part(a, table), self._part(b, table))
            for table in (self._cosine, self._sine)
        ]
        return (parts[0] + parts[1]) / self.dim

    def _part(self, total: Array, table: Array) -> Array:
        return self.backend.xp.sum(self.by_level(total) * table[:, None], axis=-2)


@lru_cache(maxsize=32)
def level_shares(levels: int) -> Shares:
    """Of the level nearest to a sum of K phasors: ρ = E[its projection on that level] / K.

    Over all sums of a few phasors, and for many to that of a complex normal number: √(π/4), which
    rounding to a level r takes sin(π/r) / (π/r) of.
    """
    if levels == 2:
        return majority()
    turns = np.exp(2j * np.pi * np.arange(levels) / levels)
    points: Array = np.ones(1)
    weights: Array = np.ones(1)
    first = [1.0]
    while len(first) < COMPUTED and len(points) * levels <= POINTS:
        points, weights = (points[:, None] + turns).reshape(-1), np.repeat(weights / levels, levels)
        near = np.round(points, 6) + 0.0  # of equal ones, but for rounding, one
        _, where, which = np.unique(near, return_index=True, return_inverse=True)
        points, weights = points[where], np.bincount(which.reshape(-1), weights)
        off = np.angle(points) * levels / (2 * np.pi)
        off = (off - np.round(off)) * 2 * np.pi / levels
        k = len(first) + 1
        first.append(float((weights * np.abs(points) * np.cos(off)).sum()) / math.sqrt(k))
    limit = math.sqrt(math.pi / 4) * math.sin(math.pi / levels) / (math.pi / levels)
    return Shares(tuple(first), limit)
