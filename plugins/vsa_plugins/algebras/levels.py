"""Numbers modulo r, one a component: what the algebras of blocks and of levels have in common.

A row holds a number in each component, a byte; binding adds, unbinding subtracts. `Counted` superposes
by counting how often each number stands in a component; the row of a sum has the most frequent one.

Ties fall to the first of the best numbers from a start that the rest of the sum gives, so that they are
by chance and yet follow from the content: the same for a sum scaled, or added up in another order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.plugin import (
    Algebra,
    ArgumentValueError,
    Backend,
    Form,
    Shares,
    arguments,
    bytes_of,
    in_blocks,
    streams,
)

Array = Any
Host = np.ndarray[Any, Any]

MOST = 256  # levels of a byte
ROUNDINGS = 64  # by which counts that are equal may differ, of the largest
ROLLS = (1, 3, 9)  # components away: all ways to add these up give where a tie starts to look
PAIRS = 4  # of terms for each level, beyond which levels are counted
COMPUTED = 64  # shares, beside which there is their limit


class Levels(Algebra):
    """Binding by addition modulo r."""

    laws = frozenset({
        "commutative", "associative", "distributive", "unbinding", "left-unbinding", "adjoint",
        "identity", "involution", "inverse", "isometry", "powers", "equivariant",
    })  # fmt: skip

    def __init__(self, dim: int, backend: Backend, levels: int) -> None:
        super().__init__(dim, backend)
        self.levels = self.period = levels
        self.row = Form(dim, backend.xp.uint8)
        if levels == 2:
            self.laws = self.laws | {"self-inverse"}

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> Host:
        return drawn(keys, self.dim, self.levels)

    def identity(self) -> Array:
        return self.backend.xp.zeros(self.dim, dtype=self.row.dtype, device=self.backend.device)

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        def block(x: Array, y: Array, out: Array | None = None) -> Array:
            return plus(self.backend, x, y, self.levels, out)

        return in_blocks(self.backend, block, [a, b], out, into=self.backend.has_out)

    def unbind(self, a: Array, b: Array) -> Array:
        xp = self.backend.xp
        return in_blocks(self.backend, lambda x, y: minus(xp, x, y, self.levels), [a, b])

    def involution(self, a: Array) -> Array:
        return self.unbind(self.identity(), a)

    def power(self, a: Array, exponent: Any) -> Array:
        """Levels times n; n is whole."""
        n = self.backend.asarray(whole_below(self, exponent, self.levels))[..., None]
        return in_blocks(self.backend, self._times, [a, n])

    def _times(self, x: Array, n: Array) -> Array:
        xp = self.backend.xp
        return xp.astype(xp.astype(x, xp.int32) * n % self.levels, xp.uint8)

    # --- geometry ------------------------------------------------------------------------------
    def to_real(self, a: Array) -> Array:
        """The levels."""
        return self.backend.xp.astype(a, self.backend.real)

    def from_real(self, components: Array) -> Array:
        xp, top = self.backend.xp, self.levels - 1
        whole = (components == xp.floor(components)) & (components >= 0) & (components <= top)
        if not bool(xp.all(whole)):
            raise ArgumentValueError(
                f"the components in {self.name} are whole numbers from 0 to {top}"
            )
        return xp.astype(components, xp.uint8)


class Counted(Levels):
    """Superposition by counting, level by level: a sum (r · dim) has all counts of level 0 first."""

    def __init__(self, dim: int, backend: Backend, levels: int) -> None:
        super().__init__(dim, backend, levels)
        self.sum = Form(levels * dim, backend.real)
        level = np.repeat(np.arange(levels, dtype=np.uint8), dim)
        self._level = backend.asarray(level)  # that each place of a sum counts
        self._rank = self.ranked(self.by_level(self._level)[:, :1])

    def by_level(self, total: Array) -> Array:
        """Sums (..., r · dim) as (..., r, dim)."""
        return self.backend.xp.reshape(total, (*total.shape[:-1], self.levels, self.dim))

    def flat(self, counts: Array) -> Array:
        """The inverse of `by_level`."""
        return self.backend.xp.reshape(counts, (*counts.shape[:-2], self.levels * self.dim))

    def accumulate(self, a: Array) -> Array:
        xp = self.backend.xp

        def block(x: Array, level: Array) -> Array:
            there = self.by_level(level) == x[..., None, :]
            return self.flat(xp.astype(there, self.backend.real))

        return in_blocks(self.backend, block, [a, self._level])

    # --- binding, of sums ----------------------------------------------------------------------
    def bind_sum(self, total: Array, b: Array) -> Array:
        """Counts moved around by the key's levels."""
        return self._moved(
            total, b, lambda level, key: minus(self.backend.xp, level, key, self.levels)
        )

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return self._moved(total, b, lambda level, key: plus(self.backend, level, key, self.levels))

    def _moved(self, total: Array, key: Array, source: Any) -> Array:
        xp, column = self.backend.xp, self.backend.asarray(np.arange(self.dim))

        def block(sums: Array, keys: Array, level: Array) -> Array:
            whence = xp.astype(source(self.by_level(level), keys[..., None, :]), xp.int64)
            return gathered(self.backend, sums, self.flat(whence * self.dim + column))

        return in_blocks(self.backend, block, [total, key, self._level])

    def permute_sum(self, total: Array, times: int) -> Array:
        return self.flat(self.reordered(self.by_level(total), times))

    # --- finishing -----------------------------------------------------------------------------
    def finish(self, total: Array) -> Array:
        xp, slack = self.backend.xp, ROUNDINGS * float(np.finfo(self.backend.dtype).eps)

        def block(sums: Array) -> Array:
            counts = self.by_level(sums)
            top, bottom = xp.max(counts, axis=-2), xp.min(counts, axis=-2)
            least = top - slack * xp.maximum(top, -bottom)
            return self.chosen(counts >= least[..., None, :])

        return in_blocks(self.backend, block, [total])

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        """In bytes, a few rows at a time; of few terms by how many each agrees with."""
        if len(terms) > 255:
            return super().finish_terms(terms)
        block = self._by_pairs if len(terms) ** 2 <= PAIRS * self.levels else self._by_counts
        # the levels, which are no term, are the widest: they keep the blocks small
        return in_blocks(self.backend, block, [*terms, self._level])

    def _by_counts(self, *arrays: Array) -> Array:
        xp, level = self.backend.xp, self.by_level(arrays[-1])
        counts = bytes_of(xp, level == arrays[0][..., None, :])
        for term in arrays[1:-1]:
            counts += bytes_of(xp, level == term[..., None, :])
        return self.chosen(counts == xp.max(counts, axis=-2)[..., None, :])

    def _by_pairs(self, *arrays: Array) -> Array:
        xp, rows = self.backend.xp, [self.ranked(term) for term in arrays[:-1]]
        terms = xp.reshape(xp.concat(rows, axis=0), (len(rows), *rows[0].shape))
        same = bytes_of(xp, terms[:, None, ...] == terms)
        counts = summed(xp, same, xp.uint8)  # of each term's level
        top = xp.max(counts, axis=0)
        best = bytes_of(xp, counts == top)
        kind = xp.uint8 if len(rows) * self.levels <= MOST else xp.int32
        total = summed(xp, terms * best, kind) // top  # each of the best levels once
        start = started(self.backend, total, self.levels)
        beyond = minus(xp, terms, start, self.levels)
        beyond |= best - 1  # 255 where it is not
        return self.unranked(plus(self.backend, start, xp.min(beyond, axis=0), self.levels))

    def chosen(self, best: Array) -> Array:
        """One of the best levels of each component; best: whether each is, (..., r, dim)."""
        return self.unranked(chosen(self.backend, best, self._rank, self.levels))

    def ranked(self, levels: Array) -> Array:
        """Levels in the order in which a tie looks at them."""
        return levels

    def unranked(self, ranks: Array) -> Array:
        """The inverse of `ranked`."""
        return ranks


def whole_below(algebra: Algebra, exponent: Any, period: int) -> Host:
    """An exponent below the period that does the same, int32, or an array of them."""
    if not arguments.are_whole(exponent):
        raise algebra.lacks("a power that is not whole", "fractional")
    if isinstance(exponent, (int, float)):
        return np.asarray(int(exponent) % period, dtype=np.int32)
    n = algebra.backend.numpy(exponent) if hasattr(exponent, "requires_grad") else exponent
    return np.asarray(np.mod(np.asarray(n), period), dtype=np.int32)


def drawn(keys: Sequence[bytes], dim: int, levels: int) -> Host:
    """Levels (len(keys), dim), uint8, from the SHAKE-256 stream of each key."""
    size = 1 if MOST % levels == 0 else 4  # bytes, of which each level has its even share
    words = streams(keys, size * dim).view(f"<u{size}")
    if size == 1:
        return np.asarray(words & np.uint8(levels - 1))
    return (words.astype(np.uint64) * levels >> 32).astype(np.uint8)


def chosen(backend: Backend, best: Array, level: Array, levels: int) -> Array:
    """Of some levels (..., r, dim) of each component the first from its start on; level: (r, 1)."""
    xp = backend.xp
    total = xp.matmul(xp.astype(level[:, 0], backend.real), xp.astype(best, backend.real))
    start = started(backend, xp.astype(total, xp.int32), levels)
    beyond = minus(xp, level, start[..., None, :], levels)
    beyond = beyond | (bytes_of(xp, best) - 1)  # 255 where it is not
    return plus(backend, start, xp.min(beyond, axis=-2), levels)


def started(backend: Backend, total: Array, levels: int) -> Array:
    """Where the ties of each component start to look: the sum of the best levels of eight others."""
    xp, dim, even = backend.xp, total.shape[-1], MOST % levels == 0
    kind = xp.uint8 if even else xp.int32  # bytes turn over where the levels do
    total = total if total.dtype == kind else xp.astype(total, kind)
    rolls = [roll % dim for roll in ROLLS]
    whole, rest = divmod(sum(rolls), dim)
    total = xp.concat([total] * (1 + whole) + [total[..., :rest]], axis=-1)
    for roll in rolls:
        total = total[..., roll:] + total[..., : total.shape[-1] - roll]
    return total & (levels - 1) if even else xp.astype(total % levels, xp.uint8)


def summed(xp: Any, terms: Array, kind: Any) -> Array:
    """Over the first axis, by the method that the function calls, in half its time, where there is one."""
    if hasattr(terms, "sum"):
        return terms.sum(axis=0, dtype=kind)
    return xp.sum(terms, axis=0, dtype=kind)


def gathered(backend: Backend, values: Array, index: Array) -> Array:
    """Rows (..., width) at places of their own (..., width); the batches broadcast."""
    xp, width = backend.xp, values.shape[-1]
    if values.ndim == index.ndim == 1:
        return xp.take(values, index, axis=0)
    shape = np.broadcast_shapes(tuple(values.shape), tuple(index.shape))
    rows = math.prod(shape[:-1])
    first = backend.asarray(np.arange(rows) * width)
    index = xp.reshape(xp.broadcast_to(index, shape), (rows, width)) + first[:, None]
    values = xp.reshape(xp.broadcast_to(values, shape), (-1,))
    return xp.reshape(xp.take(values, xp.reshape(index, (-1,)), axis=0), shape)


def plus(backend: Backend, x: Array, y: Array, levels: int, out: Array | None = None) -> Array:
    """Bytes below a number of levels added modulo that number."""
    if MOST % levels == 0:
        total = backend.add(x, y) if out is None else backend.add(x, y, out=out)
        total &= levels - 1
        return total
    over = bytes_of(backend.xp, x >= levels - y)
    over *= levels
    total = backend.add(x, y) if out is None else backend.add(x, y, out=out)
    total -= over
    return total


def minus(xp: Any, x: Array, y: Array, levels: int) -> Array:
    """Bytes below a number of levels subtracted modulo that number."""
    apart = x - y
    if MOST % levels == 0:
        apart &= levels - 1
        return apart
    under = bytes_of(xp, x < y)
    under *= levels
    apart += under
    return apart


# --- what share of the most frequent level a term has -----------------------------------------------
@lru_cache(maxsize=32)
def mode_shares(levels: int) -> Shares:
    """Of the most frequent of K random levels, ties by chance: ρ = (E[its count] / K − 1/r) / (1 − 1/r).

    The count is that of K balls in r bins: P(all bins have m at most) is a coefficient of a power of
    a polynomial. To √(1/rK) times the mean of the largest of r normal numbers, for many terms.
    """
    many = np.arange(COMPUTED + 1)
    log_factorial = np.array([math.lgamma(k + 1) for k in many])
    mean = COMPUTED / 2  # of Poisson numbers, which are these balls once their total is known
    bin_ = np.exp(many * math.log(mean / levels) - mean / levels - log_factorial)
    whole = np.exp(many * math.log(mean) - mean - log_factorial)
    largest = np.zeros(COMPUTED + 1)
    for m in range(COMPUTED):
        at_most = _power(np.where(many <= m, bin_, 0.0), levels) / whole
        largest += np.where(many > m, 1 - at_most, 0.0)
    k = many[1:]
    first = np.sqrt(k) * (largest[1:] / k - 1 / levels) / (1 - 1 / levels)
    limit = _largest_normal(levels) / math.sqrt(levels) / (1 - 1 / levels)
    return Shares(tuple(first.tolist()), limit, 1.0 if levels == 2 else 0.5)


def _power(polynomial: Host, n: int) -> Host:
    """Its n-th power, as far as its own degree."""
    result, size = np.ones(1), len(polynomial)
    while n:
        if n & 1:
            result = np.convolve(result, polynomial)[:size]
        polynomial = np.convolve(polynomial, polynomial)[:size]
        n >>= 1
    return result


def _largest_normal(count: int) -> float:
    """The mean of the largest of some normal numbers."""
    x = np.arange(-10, 10, 1 / 64) + 1 / 128
    below = 0.5 * (1 + np.array([math.erf(t / math.sqrt(2)) for t in x.tolist()]))
    return float(((x > 0) - below**count).sum() / 64)
