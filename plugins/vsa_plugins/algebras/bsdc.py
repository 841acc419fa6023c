"""Binary sparse distributed codes: few ones among many bits, superposed by OR.

D. Rachkovskij and E. Kussul, Binding and normalization of binary sparse distributed representations
by context-dependent thinning, Neural Computation 13, 2001; D. Rachkovskij, Representation and
processing of structures with binary sparse distributed codes, 2001.

A code of dim bits has √dim ones; rows are packed bits. A sum counts the ones of each bit, and its row
has those that are anywhere. Three ways to bind: `BSDCSEG` moves the one of each segment around by that
of the key, `BSDC` moves the whole pattern by a number that the key gives, and `BSDCCDT` thins the OR.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import ArgumentValueError, Backend, Form, in_blocks, streams
from vsa_plugins.algebras.levels import MOST, chosen, drawn, gathered, whole_below
from vsa_plugins.algebras.sparse import Sparse, packed, packed_host, unpacked

Array = Any
Host = np.ndarray[Any, Any]
Two = Callable[[Array, Array], Array]

CACHE_BYTES = 1 << 18  # of what is moved at a time
THINNED = 0.5  # P(what was thinned has all the ones of an item)
SHIFTS = 4  # of a thinning, as a multiple of the ones that are wanted


class BSDCSEG(Sparse):
    """Segments: as many as each has bits, one of them 1.

    A sum has the first bits of all segments first, then the second ones, and so has a row, of which
    each such part begins with a byte. A key that has several ones in a segment moves by each of them.
    """

    name = "bsdc-seg"
    wants: ClassVar[str] = f"a square from 9 to {MOST**2}"
    laws = frozenset({
        "commutative", "associative", "distributive", "unbinding", "left-unbinding", "adjoint",
        "identity", "involution", "inverse", "isometry", "powers", "equivariant",
    })  # fmt: skip

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.length = self.segments = self.period = self.ones
        self.freedom = dim - self.length
        self.width = -(-self.length // 8)
        self.row = Form(self.length * self.width, backend.xp.uint8)
        places = np.arange(self.length)
        # the bit that comes to each place (by the key's bit, place)
        self._whence = (places - places[:, None]) % self.length
        self._back = (places + places[:, None]) % self.length
        self._place = backend.asarray(places.astype(np.uint8)[:, None])

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        return 9 <= dim <= MOST**2 and math.isqrt(dim) ** 2 == dim

    def draw(self, keys: Sequence[bytes], kind: str) -> Host:
        there = drawn(keys, self.length, self.length)[:, None] == np.arange(self.length)[:, None]
        return packed_host(there).reshape(len(keys), self.row.width)

    def bits(self, a: Array) -> Array:
        bits = unpacked(self.backend, self._bytes(a), self.length)
        return self.backend.xp.reshape(bits, (*a.shape[:-1], self.dim))

    def packed_bits(self, bits: Array) -> Array:
        return self._row(packed(self.backend, self.by_segment(bits), self.width))

    def _bytes(self, a: Array) -> Array:
        """Rows by the place in their segments: (..., L, bytes)."""
        return self.backend.xp.reshape(a, (*a.shape[:-1], self.length, self.width))

    def _row(self, parts: Array) -> Array:
        return self.backend.xp.reshape(parts, (*parts.shape[:-2], self.row.width))

    @property
    def places(self) -> int:
        """Whole segments."""
        return self.segments

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        ours = packed(self.backend, there, self.width)[..., None, :]
        a, b = self._bytes(a), self._bytes(b)
        return self._row((a & ~ours) | (b & ours))

    def permute_sum(self, total: Array, times: int) -> Array:
        """Whole segments."""
        moved = self.reordered(self.by_segment(total), times)
        return self.backend.xp.reshape(moved, total.shape)

    def identity(self) -> Array:
        """The first bit of each segment."""
        first = np.repeat(np.arange(self.length) == 0, self.length).astype(np.uint8)
        return self.packed_bits(self.backend.asarray(first))

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        moved = self._moved(a, b, self._whence)
        if out is None:
            return moved
        out[...] = moved
        return out

    def unbind(self, a: Array, b: Array) -> Array:
        return self._moved(a, b, self._back)

    def _moved(self, a: Array, key: Array, whence: Host) -> Array:
        def block(x: Array, y: Array) -> Array:
            x, y = self._bytes(x), self._bytes(y)
            return self._row(self._convolved(x, y, whence, operator.and_, operator.or_))

        return in_blocks(self.backend, block, [a, key])

    def bind_sum(self, total: Array, b: Array) -> Array:
        return self._moved_sum(total, b, self._whence)

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return self._moved_sum(total, b, self._back)

    def _moved_sum(self, total: Array, key: Array, whence: Host) -> Array:
        def block(x: Array, y: Array) -> Array:
            x, y = self.by_segment(x), self.by_segment(self.accumulate(y))
            moved = self._convolved(x, y, whence, operator.mul, operator.add)
            return self.backend.xp.reshape(moved, (*moved.shape[:-2], self.dim))

        return in_blocks(self.backend, block, [total, key])

    def _convolved(self, x: Array, key: Array, whence: Host, times: Two, plus: Two) -> Array:
        """Over the places m of a key, what it is there times x moved by m; all (..., L, width)."""
        xp, length = self.backend.xp, self.length
        batch = np.broadcast_shapes(tuple(x.shape[:-2]), tuple(key.shape[:-2]))
        moved = math.prod(batch) * length * x.shape[-1] * self.backend.host_dtype(x.dtype).itemsize
        step = min(max(CACHE_BYTES // max(moved, 1), 1), length)
        total = None
        for start in range(0, length, step):
            places = whence[start : start + step]
            some = xp.take(x, self.backend.asarray(places.reshape(-1)), axis=-2)
            some = xp.reshape(some, (*x.shape[:-2], len(places), *x.shape[-2:]))
            some = times(some, key[..., start : start + step, None, :])
            while (count := some.shape[-3]) > 1:
                half = count // 2
                joined = plus(some[..., :half, :, :], some[..., half : 2 * half, :, :])
                some = (
                    joined if count % 2 == 0 else xp.concat([joined, some[..., -1:, :, :]], axis=-3)
                )
            total = some[..., 0, :, :] if total is None else plus(total, some[..., 0, :, :])
        return total

    def involution(self, a: Array) -> Array:
        return self.unbind(self.identity(), a)

    def power(self, a: Array, exponent: Any) -> Array:
        """Places times n, of keys: rows with one 1 in each segment; n is whole."""
        xp, n = self.backend.xp, whole_below(self, exponent, self.length)
        n = self.backend.asarray(n)[..., None]

        def block(x: Array, steps: Array) -> Array:
            bits = self.by_segment(self.bits(x))
            if not bool(xp.all(xp.sum(bits, axis=-2) == 1)):
                raise ArgumentValueError(
                    "powers are of keys, with one 1 in each segment: take that of unitary(a)"
                )
            places = xp.sum(xp.where(bits > 0, self._place, xp.zeros_like(bits)), axis=-2)
            return self._at(xp.astype(xp.astype(places, xp.int32) * steps % self.length, xp.uint8))

        return in_blocks(self.backend, block, [a, n])

    def unitary(self, a: Array) -> Array:
        """One of the ones of each segment, of an empty one any: by chance, from the rest of the row."""

        def block(x: Array) -> Array:
            bits = self.by_segment(self.bits(x)) > 0
            bits = bits | ~self.backend.xp.any(bits, axis=-2)[..., None, :]
            return self._at(chosen(self.backend, bits, self._place, self.length))

        return in_blocks(self.backend, block, [a])

    def _at(self, places: Array) -> Array:
        """Rows with one 1 in each segment, at these places (..., L)."""
        return self._row(packed(self.backend, self._place == places[..., None, :], self.width))


class BSDC(Sparse):
    """The whole pattern, moved around by the sum of the places of the key's ones."""

    name = "bsdc"
    laws = frozenset({"distributive", "unbinding", "adjoint", "isometry", "exact-keys"})
    half: ClassVar[float] = 0.0  # what is made of a sum is another key

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.freedom = dim - 1
        self.keys = dim  # a key does no more than to move
        self._place = backend.asarray(np.arange(dim))

    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        moved = self._moved(a, b, -1)
        if out is None:
            return moved
        out[...] = moved
        return out

    def unbind(self, a: Array, b: Array) -> Array:
        return self._moved(a, b, 1)

    def _moved(self, a: Array, key: Array, sign: int) -> Array:
        def block(x: Array, y: Array) -> Array:
            return self.packed_bits(self._by(self.bits(x), y, sign))

        return in_blocks(self.backend, block, [a, key])

    def bind_sum(self, total: Array, b: Array) -> Array:
        return in_blocks(self.backend, lambda x, y: self._by(x, y, -1), [total, b])

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return in_blocks(self.backend, lambda x, y: self._by(x, y, 1), [total, b])

    def _by(self, bits: Array, key: Array, sign: int) -> Array:
        xp, place = self.backend.xp, self._place
        steps = xp.sum(xp.where(self.bits(key) > 0, place, xp.zeros_like(place)), axis=-1)
        return gathered(self.backend, bits, (place + sign * steps[..., None]) % self.dim)


class BSDCCDT(Sparse):
    """Context-dependent thinning: of the OR of both the ones that meet a one of it, moved.

    Additive: by one fixed move after the other, until there are as many ones as in an atom. What is
    bound is like its parts, and there is no unbinding: a filler is found by binding the key with each.
    """

    name = "bsdc-cdt"
    laws = frozenset({"commutative"})
    sure: ClassVar[float] = THINNED

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.freedom = dim - 1
        count = SHIFTS * self.ones
        stream = streams([f"vsa/thinning\x1f{dim}".encode()], 4 * count)[0]
        words = stream.view("<u4").astype(np.uint64)
        self._shifts = (1 + (words * (dim - 1) >> 32)).astype(np.intp).tolist()

    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        def block(x: Array, y: Array) -> Array:
            return self.packed_bits(self._thinned(self.bits(x | y)))

        bound = in_blocks(self.backend, block, [a, b])
        if out is None:
            return bound
        out[...] = bound
        return out

    def _thinned(self, bits: Array) -> Array:
        xp = self.backend.xp
        few = xp.sum(bits, axis=-1, dtype=xp.int32)[..., None] <= self.ones
        kept = xp.where(few, bits, xp.zeros_like(bits))
        for shift in self._shifts:
            more = xp.sum(kept, axis=-1, dtype=xp.int32)[..., None] < self.ones
            if not bool(xp.any(more & ~few)):
                break
            kept = xp.where(more, kept | (bits & xp.roll(bits, shift, axis=-1)), kept)
        return kept

    def bind_sum(self, total: Array, b: Array) -> Array:
        """Of the row that the sum has, since thinning does not go through sums; zero stays zero."""
        xp, row = self.backend.xp, self.finish(total)
        some = xp.astype(xp.any(row != 0, axis=-1), self.backend.real)
        return self.accumulate(self.bind(row, b)) * some[..., None]

    def unbind(self, a: Array, b: Array) -> Array:
        raise self.lacks("/", "unbinding", "bind the key with each candidate, and compare")

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return self.unbind(total, b)

    def left_unbind(self, c: Array, a: Array) -> Array:
        return self.unbind(c, a)
