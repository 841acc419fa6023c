"""Binary spatter codes: bits from end to end, bound by exclusive or, superposed by majority.

Source: P. Kanerva, Binary spatter-coding of ordered K-tuples, ICANN 1996. Bit ↦ ±1 makes of them
MAP-B: exclusive or is the product, and 1 − 2h/dim of two rows that differ in h bits the cosine. Rows
are bytes of packed bits, an eighth of a byte a component; sums are counts of 0 less those of 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from vsa.plugin import (
    Algebra,
    ArgumentValueError,
    Backend,
    Form,
    Hamming,
    arguments,
    in_blocks,
    majority,
    streams,
)
from vsa_plugins.algebras.words import Words

Array = Any


class BSC(Algebra):
    """Binding by exclusive or, superposition by majority, of packed bits."""

    name = "bsc"
    laws = frozenset({
        "commutative", "associative", "distributive", "unbinding", "left-unbinding", "adjoint",
        "identity", "involution", "inverse", "isometry", "powers", "self-inverse", "equivariant",
        "componentwise",
    })  # fmt: skip
    period = 2
    shares = majority()

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.words = Words(dim, backend)
        self.row = Form(self.words.width, backend.xp.uint8)
        self.product = backend.xp.bitwise_xor

    @cached_property
    def metric(self) -> Hamming:
        """Bits are stored as they are."""
        return Hamming(self)

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """The SHAKE-256 stream of each key, bit by bit."""
        rows = streams(keys, self.row.width)
        if not self.words.whole:
            rows &= self.metric.used
        return rows

    def identity(self) -> Array:
        """No bit set."""
        backend = self.backend
        return backend.xp.zeros(self.row.width, dtype=self.row.dtype, device=backend.device)

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Exclusive or."""
        if out is None or not self.backend.has_out:
            return self.product(a, b)
        return self.backend.xp.bitwise_xor(a, b, out=out)

    def unbind(self, a: Array, b: Array) -> Array:
        """Once more: binding undoes itself."""
        return self.product(a, b)

    def involution(self, a: Array) -> Array:
        return a

    def power(self, a: Array, exponent: Any) -> Array:
        """a for odd exponents, no bit for even ones."""
        if not arguments.are_whole(exponent):
            raise self.lacks("a power that is no whole number", "fractional")
        given = self.backend.numpy(exponent) if hasattr(exponent, "requires_grad") else exponent
        odd = np.asarray(np.asarray(given, dtype=np.float64) % 2, dtype=np.uint8)
        return a * self.backend.asarray(odd)[..., None]

    def bind_sum(self, total: Array, b: Array) -> Array:
        """The signs of the key's bits, times the sum."""
        signs = self.words.signs
        return in_blocks(self.backend, lambda t, k: t * signs(k), [total, b])

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return self.bind_sum(total, b)

    @property
    def places(self) -> int:
        """The bits."""
        return self.dim

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        return a ^ ((a ^ b) & self.words.rows(there))

    # --- permutation ---------------------------------------------------------------------------
    def permute(self, a: Array, times: int) -> Array:
        """One cycle through all bits."""
        words = self.words
        return in_blocks(
            self.backend, lambda x: words.rows(self.reordered(words.bits(x), times)), [a]
        )

    def permute_sum(self, total: Array, times: int) -> Array:
        return self.reordered(total, times)

    # --- superposition -------------------------------------------------------------------------
    def accumulate(self, a: Array) -> Array:
        """Each bit as its sign: +1 for 0, −1 for 1."""
        return self.words.signs(a)

    def finish(self, total: Array) -> Array:
        """1 where the sum is negative; ties follow the rule of ties.py."""
        return in_blocks(self.backend, self.words.negative, [total])

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        """The same, counted in words."""
        made = self.words.majority(terms)
        return super().finish_terms(terms) if made is None else made

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        return self.backend.xp.vecdot(a, b) / self.dim

    def similarity(self, a: Array, b: Array) -> Array:
        return self.metric.between(a, b)

    def pack(self, a: Array) -> Array:
        """Signs, of length 1."""
        return in_blocks(self.backend, lambda x: self.words.signs(x) * self.dim**-0.5, [a])

    def unpack(self, packed: Array) -> Array:
        return self.finish(packed)

    def to_real(self, a: Array) -> Array:
        """0 and 1."""
        return self.backend.xp.astype(self.words.bits(a), self.backend.real)

    def from_real(self, components: Array) -> Array:
        wrong = (components != 0) & (components != 1)
        if bool(self.backend.xp.any(wrong)):
            first = float(components[wrong][0])
            raise ArgumentValueError(f"a component in bsc is 0 or 1, not {first:g}")
        return self.words.rows(components == 1)
