"""Matrix binding of additive terms: what is bound with a key is multiplied by a matrix of the key's own.

Source: S. Gallant and T. W. Okaywe, Representing objects, relations, and sequences, Neural Computation
25(8), 2013. Here the matrix is a random signed permutation, found by hashing the signs of the key: it is
orthogonal, so that its transpose undoes it exactly, and costs as much as a sum, where a dense one costs
the square and retrieves no better.

A key of which one sign is flipped has an unrelated matrix: keys must be known to the last sign, as
atoms are and what cleanup answers. Nothing is linear in the key, so there is no identity, no power
and no unbinding from the left: whoever looks for a key tries those there are.

Rows hold √dim times the components: atoms are ±1, and their sums are exact whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import Algebra, Backend, in_blocks, orders, streams
from vsa_plugins.algebras.normal import normals

Array = Any

KEPT = 1 << 22  # entries of the matrices that are kept, of one space


class MBAT(Algebra):
    """Binding by signed permutations, superposition by addition."""

    name = "mbat"
    laws = frozenset({"distributive", "unbinding", "adjoint", "isometry", "closed", "exact-keys"})
    half: ClassVar[float] = 0.0  # what is made of a sum is another key
    atom_kinds: ClassVar[tuple[str, ...]] = ("unitary", "gaussian")

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self._matrix = lru_cache(maxsize=max(KEPT // dim, 4))(self._make)

    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """±1, each by a bit, or standard normal numbers; float32."""
        if kind == "gaussian":
            return normals(keys, self.dim).astype(np.float32)
        return 1 - 2 * _bits(keys, self.dim).astype(np.float32)

    # --- the matrix of a key -------------------------------------------------------------------
    def _make(self, signs: bytes, transposed: bool) -> tuple[Array, Array]:
        """Where each component comes from, and its sign, of a key with these signs."""
        order = orders.shuffled(f"vsa/mbat\x1f{signs.hex()}", self.dim)
        sign = 1 - 2 * _bits([b"vsa/mbat/signs\x1f" + signs], self.dim)[0].astype(np.float64)
        if transposed:
            order = np.argsort(order)
            sign = sign[order]
        backend = self.backend
        return backend.asarray(order), backend.asarray(sign, dtype=backend.real)

    def _multiplied(self, a: Array, b: Array, transposed: bool, out: Array | None = None) -> Array:
        """Rows a times the matrices of keys b, or those transposed."""
        xp, backend = self.backend.xp, self.backend
        if b.ndim == 1:
            order, sign = self._matrix(self._signs(b)[0], transposed)
            return in_blocks(backend, lambda x: xp.take(x, order, axis=-1) * sign, [a], out)

        def block(x: Array, k: Array) -> Array:
            shape = np.broadcast_shapes(tuple(x.shape), tuple(k.shape))
            if 0 in shape:
                return backend.empty(shape, self.row.dtype)
            found = [self._matrix(signs, transposed) for signs in self._signs(k)]
            order, sign = (xp.reshape(xp.stack(part), k.shape) for part in zip(*found, strict=True))
            order = xp.broadcast_to(order, shape)
            return xp.take_along_axis(xp.broadcast_to(x, shape), order, axis=-1) * sign

        return in_blocks(backend, block, [a, b], out)

    def _signs(self, b: Array) -> list[bytes]:
        """The signs of the components of each key, as bits."""
        bits = np.packbits(self.backend.numpy(b) < 0, axis=-1)
        return [row.tobytes() for row in bits.reshape(-1, bits.shape[-1])]

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        return self._multiplied(a, b, False, out)

    def unbind(self, a: Array, b: Array) -> Array:
        return self._multiplied(a, b, True)

    def unitary(self, a: Array) -> Array:
        """At length 1: every vector is a key, and zero the one of the same signs."""
        xp = self.backend.xp
        largest = xp.max(xp.abs(a), axis=-1, keepdims=True)
        empty = largest < self.backend.smallest
        return self.normalize(xp.where(empty, xp.ones_like(a), a / xp.where(empty, 1.0, largest)))

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        return self.backend.xp.vecdot(a, b) / self.dim

    @cached_property
    def squares(self) -> float:
        return 1 / self.dim

    def pack(self, a: Array) -> Array:
        return a * self.dim**-0.5

    def unpack(self, packed: Array) -> Array:
        return packed * self.dim**0.5


def _bits(keys: Sequence[bytes], count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """So many bits from the SHAKE-256 stream of each key: (keys, count)."""
    return np.unpackbits(streams(keys, -(-count // 8)), axis=-1, count=count)
