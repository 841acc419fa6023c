"""Multiply, add, permute: three algebras that bind by the product of real components.

MAP-I sums ±1 vectors and keeps the counts, MAP-B keeps the signs of the sums, MAP-C is real and
clips sums to [-1, 1]. Source: R. Gayler, Multiplicative binding, representation operators and
analogy, in Advances in Analogy Research, 1998; the letters are those of K. Schlegel, P. Neubert and
P. Protzel, A comparison of vector symbolic architectures, Artificial Intelligence Review 55, 2022.

Keys are ±1 in all three, so that binding twice undoes itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import (
    Algebra,
    ArgumentValueError,
    Backend,
    Form,
    Metric,
    Shares,
    Signs,
    Whole,
    are_whole,
    in_blocks,
    majority,
    streams,
)
from vsa_plugins.algebras import ties

Array = Any
Floats = np.ndarray[Any, Any]

LAWS = frozenset({
    "commutative", "associative", "distributive", "unbinding", "left-unbinding", "adjoint",
    "identity", "involution", "isometry", "powers", "self-inverse", "equivariant",
    "componentwise",
})  # fmt: skip
FEW = 127  # terms of ±1 whose sums int8 holds
LEVELS = 1 << 15  # of the size of a uniform component

# √K·ρ(K) of sums of K uniform numbers that are clipped: exact integrals, over the density of the sum
CLIPPED = Shares(
    (
        1.0, 0.979912, 0.958514, 0.943843, 0.932513, 0.923532, 0.916169, 0.909991,
        0.904710, 0.900126, 0.896098, 0.892521, 0.889317, 0.886423, 0.883793, 0.881390,
    ),
    math.sqrt(2 / math.pi),
    rate=0.5,
)  # fmt: skip


class MAP(Algebra):
    """What the three have in common."""

    laws = LAWS
    period = 2

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.product = backend.multiply

    def draw(self, keys: Sequence[bytes], kind: str) -> Floats:
        """±1 by the bits of each key's stream."""
        drawn = streams(keys, -(-self.dim // 8))
        return 1 - 2 * np.unpackbits(drawn, axis=1, count=self.dim).view(np.int8)

    def identity(self) -> Array:
        return self.backend.xp.ones(self.dim, dtype=self.row.dtype, device=self.backend.device)

    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        return self.backend.multiply(a, b, out=out)

    def unbind(self, a: Array, b: Array) -> Array:
        """Bound once more."""
        return self.backend.multiply(a, b)

    def bind_sum(self, total: Array, b: Array) -> Array:
        return total * self.accumulate(b)

    def unbind_sum(self, total: Array, b: Array) -> Array:
        return self.bind_sum(total, b)

    def involution(self, a: Array) -> Array:
        return a

    def power(self, a: Array, exponent: Any) -> Array:
        """Of each component, by a whole number."""
        xp, backend = self.backend.xp, self.backend
        tensor = hasattr(exponent, "requires_grad")
        if not are_whole(exponent) or (tensor and exponent.requires_grad):
            raise self.lacks("a power by no whole number", "fractional")
        n = np.asarray(backend.numpy(exponent) if tensor else exponent, dtype=np.float64)
        size, one = abs(a), xp.ones_like(a)
        odd = backend.asarray(np.fmod(n, 2) != 0)[..., None]
        signs = xp.where(odd & (a < 0), -one, one)
        if bool(xp.all(size == 1)):
            return signs
        if bool(np.any(n < 0)) and bool(xp.any(size == 0)):
            raise ArgumentValueError(
                "no exact inverse: a component is zero; use ~a or unitary(a) first"
            )
        with np.errstate(over="ignore"):
            powers = size ** backend.asarray(n, dtype=self.row.dtype)[..., None] * signs
        if not bool(xp.all(xp.isfinite(powers))):
            raise ArgumentValueError("the power is too large: take the power of unitary(a) instead")
        return powers

    def unitary(self, a: Array) -> Array:
        """The signs, which have the nearest direction; ties fall as in `ties`."""
        return in_blocks(self.backend, self._signs, [a])

    @cached_property
    def _pattern(self) -> Array:
        return self.backend.asarray(ties.pattern(self.dim))

    @cached_property
    def _bytes(self) -> Floats:
        """The rows of each byte of bits (256, 8), which NumPy looks up sooner than it unpacks."""
        dtype = self.backend.host_dtype(self.row.dtype)
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
        return (1 - 2 * bits.astype(dtype)).astype(dtype)

    def _signs(self, total: Array) -> Array:
        """The signs of sums as rows."""
        if isinstance(total, np.ndarray):
            bits = ties.packed(self.backend, total)
            rows = self._bytes.take(bits, axis=0).reshape(*bits.shape[:-1], 8 * bits.shape[-1])
            return rows if self.dim % 8 == 0 else rows[..., : self.dim].copy()
        negative = ties.signs(self.backend, total, self._pattern)
        return 1 - 2 * self.backend.xp.astype(negative, self.row.dtype)

    def dot(self, a: Array, b: Array) -> Array:
        return self.backend.xp.vecdot(a, b) / self.dim

    def pack(self, a: Array) -> Array:
        return a * (1 / math.sqrt(self.dim))

    def unpack(self, packed: Array) -> Array:
        return packed * math.sqrt(self.dim)

    def to_real(self, a: Array) -> Array:
        """The components as they are."""
        return a

    def from_real(self, components: Array) -> Array:
        return components


class MAPI(MAP):
    """±1 atoms; sums of them are kept as they are."""

    name = "map-i"
    laws = LAWS | {"bilinear", "inverse", "differentiable", "closed"}

    @cached_property
    def squares(self) -> float:
        return 1 / self.dim

    @cached_property
    def metric(self) -> Metric:
        """A memory keeps what are numbers times whole ones, as most sums are, as bytes."""
        return Whole(self)


class MAPC(MAP):
    """Atoms uniform in [-1, 1]; sums are clipped to it."""

    name = "map-c"
    laws = LAWS | {"differentiable"}
    atom_kinds: ClassVar[tuple[str, ...]] = ("uniform", "unitary")
    shares = CLIPPED

    def draw(self, keys: Sequence[bytes], kind: str) -> Floats:
        """Keys ±1; else odd multiples of 2⁻¹⁶, exact in single precision, from 16 bits each."""
        if kind == "unitary":
            return super().draw(keys, kind)
        level = streams(keys, 2 * self.dim).view("<u2").astype(np.float32)
        return (level + np.float32(0.5)) / np.float32(LEVELS) - np.float32(1)

    def finish(self, total: Array) -> Array:
        return self.backend.xp.clip(total, -1, 1)

    def dot(self, a: Array, b: Array) -> Array:
        """Three times the mean product: a uniform component has a mean square of ⅓."""
        return self.backend.xp.vecdot(a, b) * (3 / self.dim)

    @cached_property
    def squares(self) -> float:
        return 3 / self.dim

    def pack(self, a: Array) -> Array:
        return a * math.sqrt(3 / self.dim)

    def unpack(self, packed: Array) -> Array:
        return self.finish(packed * math.sqrt(self.dim / 3))

    def from_real(self, components: Array) -> Array:
        if bool(self.backend.xp.any(abs(components) > 1)):
            raise ArgumentValueError(f"components of {self.name} lie from -1 to 1")
        return components


class MAPB(MAP):
    """±1 throughout, a byte each; of sums the signs are kept."""

    name = "map-b"
    laws = LAWS | {"inverse"}
    shares = majority()

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.row = Form(dim, backend.xp.int8)

    @cached_property
    def metric(self) -> Metric:
        return Signs(self.backend, self.noise, self.dim)

    def accumulate(self, a: Array) -> Array:
        return self.backend.xp.astype(a, self.backend.real)

    def finish(self, total: Array) -> Array:
        return self.unitary(total)

    def finish_terms(self, terms: Sequence[Array]) -> Array:
        """Added as bytes, which hold them."""
        if len(terms) > FEW:
            return super().finish_terms(terms)

        def block(*rows: Array) -> Array:
            total = rows[0] + (rows[1] if len(rows) > 1 else 0)
            for row in rows[2:]:
                total += row
            return self._signs(total)

        return in_blocks(self.backend, block, terms)

    def similarity(self, a: Array, b: Array) -> Array:
        """The mean product, in blocks: as floats the rows are four times as large."""

        def block(x: Array, y: Array) -> Array:
            return self.dot(self.accumulate(x), self.accumulate(y))[..., None]

        return in_blocks(self.backend, block, [a, b])[..., 0]

    def pack(self, a: Array) -> Array:
        return super().pack(self.accumulate(a))

    def unpack(self, packed: Array) -> Array:
        return self.unitary(packed)

    def to_real(self, a: Array) -> Array:
        return self.accumulate(a)

    def from_real(self, components: Array) -> Array:
        xp = self.backend.xp
        if not bool(xp.all(abs(components) == 1)):
            raise ArgumentValueError(f"components of {self.name} are 1 and -1")
        return xp.astype(components, xp.int8)
