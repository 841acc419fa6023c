"""Generalised holographic reduced representations: blocks of unitary matrices.

A vector is dim/m² complex matrices of m rows, bound block by block by the matrix product, superposed
by addition; with m = 1 they are phasors, and the larger m, the less binding commutes. Source:
C. Yeung, Z. Zou and M. Imani, Generalized holographic reduced representations, arXiv:2405.09689, 2024.

Matrices of two rows lie entry by entry, all blocks of an entry side by side: the products of so
small ones are four times as fast as sums over blocks than one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import Backend, Form, drawn_from, in_blocks, phase_table
from vsa_plugins.algebras.matrices import LAWS, Matrices
from vsa_plugins.algebras.normal import indices, pairs, unitary

Array = Any
Complex = np.ndarray[Any, np.dtype[np.complex64]]

LEVELS = 1 << 16  # of the tables of phases and moduli
TOGETHER = 1 << 15  # entries of the matrices that are drawn at a time: they stay in cache


@lru_cache
def cosine_table() -> np.ndarray[Any, Any]:
    """√((j+½)/65536): the modulus of an entry of a unitary matrix of two rows."""
    return np.sqrt((np.arange(LEVELS) + 0.5) / LEVELS).astype(np.float32)


class GHRR(Matrices):
    """Complex matrices in blocks."""

    name = "ghrr"
    laws = LAWS | {"associative", "inverse", "equivariant"}
    parameters: ClassVar[tuple[str, ...]] = ("2",)
    wants: ClassVar[str] = "a multiple of m²"

    def __init__(self, dim: int, backend: Backend, m: str = "2") -> None:
        self.m = self.whole(m, "m", 1)
        self.blocks = dim // self.m**2
        super().__init__(dim, backend, (self.blocks, self.m, self.m), backend.complex)
        self.packed = self.freedom = 2 * dim
        self.shown = Form(dim, backend.complex)
        if self.m == 1:
            self.laws = self.laws | {"commutative", "componentwise"}
            self.product = backend.multiply

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        m = cls.whole((*parameters, *cls.parameters)[0], "m", 1)
        return dim >= 2 and dim % m**2 == 0

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> Complex:
        """Uniform in the unitary group, in every block."""
        n, m, blocks = len(keys), self.m, self.blocks
        if m == 1:
            return drawn_from(keys, blocks, phase_table())
        if m == 2:
            return self._draw_two(keys)
        drawn = np.empty((n, self.dim), dtype=np.complex64)
        step = max(TOGETHER // self.dim, 1)
        for start in range(0, n, step):
            some = keys[start : start + step]
            normal = pairs(some, blocks * m * (m + 1) // 2).reshape(len(some) * blocks, -1, 2)
            entries = unitary(normal, m).astype(np.float32).view(np.complex64)
            drawn[start : start + step] = entries.reshape(len(some), self.dim)
        return drawn

    def _draw_two(self, keys: Sequence[bytes]) -> Complex:
        """|u|² of the first entry is uniform, and three phases are; the fourth makes it unitary."""
        index = indices(keys, 4 * self.blocks).reshape(len(keys), 4, self.blocks)
        a, b, c, level = index.swapaxes(0, 1)
        phases = np.stack([a, b, c, b + c - a + np.uint16(LEVELS // 2)], axis=1)  # modulo a turn
        cosine, sine = cosine_table()[level], cosine_table()[LEVELS - 1 - level.astype(np.int64)]
        moduli = np.stack([cosine, sine, sine, cosine], axis=1)
        drawn: Complex = phase_table()[phases]
        parts = drawn.view(np.float32).reshape(*drawn.shape, 2)
        parts *= moduli[..., None]  # as real numbers, whose products round in one way
        return drawn.reshape(len(keys), self.dim)

    # --- matrices ------------------------------------------------------------------------------
    @property
    def places(self) -> int:
        """Whole blocks."""
        return self.blocks

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        where = self.backend.xp.where(there[..., None, None], self.matrices(b), self.matrices(a))
        return self.rows(where)

    def matrices(self, a: Array) -> Array:
        return self.backend.xp.moveaxis(self.entries(a), -1, -3) if self.m == 2 else self.entries(a)

    def rows(self, matrices: Array) -> Array:
        if self.m == 2:
            matrices = self.backend.xp.moveaxis(matrices, -3, -1)
        return super().rows(matrices)

    def entries(self, a: Array) -> Array:
        """Rows as they lie: (…, blocks, m, m), or (…, 2, 2, blocks)."""
        if self.m != 2:
            return super().matrices(a)
        return self.backend.xp.reshape(a, (*a.shape[:-1], 2, 2, self.blocks))

    def turned(self, a: Array) -> Array:
        """The adjoints, of entries."""
        return self.backend.xp.moveaxis(self.backend.xp.conj(a), -2, -3 if self.m == 2 else -1)

    def times(self, a: Array, b: Array) -> Array:
        """The rows of a b, of entries."""
        if self.m != 2:
            return super().rows(self.backend.xp.matmul(a, b))
        found = a[..., :, 0, None, :] * b[..., None, 0, :, :]
        found += a[..., :, 1, None, :] * b[..., None, 1, :, :]
        return super().rows(found)

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        if self.m == 1:
            return self.backend.multiply(a, b, out=out)

        def block(x: Array, k: Array) -> Array:
            return self.times(self.entries(x), self.entries(k))

        return in_blocks(self.backend, block, [a, b], out)

    def unbind(self, a: Array, b: Array) -> Array:
        def block(c: Array, k: Array) -> Array:
            return self.times(self.entries(c), self.turned(self.entries(k)))

        return in_blocks(self.backend, block, [a, b])

    def left_unbind(self, c: Array, a: Array) -> Array:
        def block(z: Array, k: Array) -> Array:
            return self.times(self.turned(self.entries(k)), self.entries(z))

        return in_blocks(self.backend, block, [c, a])

    # --- projection ----------------------------------------------------------------------------
    def unitary(self, a: Array) -> Array:
        """The nearest unitary matrices, block by block; of zero the identity."""
        nearest = {1: self._nearest_phases, 2: self._nearest_of_two}.get(self.m)
        return super().unitary(a) if nearest is None else in_blocks(self.backend, nearest, [a])

    def _nearest_phases(self, z: Array) -> Array:
        xp = self.backend.xp
        modulus = xp.abs(z)
        empty = modulus < self.backend.smallest
        return xp.where(empty, xp.ones_like(z), z) / xp.where(empty, 1.0, modulus)

    def _nearest_of_two(self, a: Array) -> Array:
        """(A + e^{iθ} adj(A)ᴴ) / (σ₁ + σ₂), θ the phase of the determinant, any one where that is 0."""
        xp, backend = self.backend.xp, self.backend
        z = self.entries(a)
        largest = backend.detach(xp.max(xp.abs(z), axis=(-3, -2), keepdims=True))
        empty = largest < backend.smallest
        eye = xp.astype(self._eye[..., None], self.row.dtype)
        z = xp.where(empty, eye, z / xp.where(empty, 1.0, largest))
        p, q, r, t = z[..., 0, 0, :], z[..., 0, 1, :], z[..., 1, 0, :], z[..., 1, 1, :]
        determinant = p * t - q * r
        modulus = xp.abs(determinant)
        flat = modulus == 0
        phase = xp.where(flat, xp.ones_like(p), determinant) / xp.where(flat, 1.0, modulus)
        squares = xp.sum(xp.real(z) ** 2 + xp.imag(z) ** 2, axis=(-3, -2))
        other = xp.stack([xp.conj(t), -xp.conj(r), -xp.conj(q), xp.conj(p)], axis=-2)
        found = xp.reshape(z, other.shape) + phase[..., None, :] * other
        return xp.reshape(found / xp.sqrt(squares + 2 * modulus)[..., None, :], a.shape)

    # --- the rest ------------------------------------------------------------------------------
    def scale(self, total: Array, factor: Array) -> Array:
        if not self.backend.has_out:
            return super().scale(total, factor)
        return self.backend.as_complex(self.backend.as_real(total) * factor[..., None])

    def permute(self, a: Array, times: int) -> Array:
        """Of the blocks."""
        if self.m == 2:
            return super().rows(self.reordered(self.entries(a), times))
        return self.reordered(a, times, self.m**2)

    def to_real(self, a: Array) -> Array:
        """Matrix by matrix, each row by row."""
        return super().rows(self.matrices(a))

    def from_real(self, components: Array) -> Array:
        return self.rows(super().matrices(components))
