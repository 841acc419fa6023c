"""Sparse block codes: one of L places in each of dim blocks (Laiho et al. 2015; Frady et al. 2021).

M. Laiho, J. Poikonen, P. Kanerva and E. Lehtonen, High-dimensional computing with sparse vectors, 2015;
E. Frady, D. Kleyko and F. Sommer, Variable binding for sparse distributed representations, 2021.

A row holds the place of each block, a byte. Binding adds places modulo L; superposition counts, and
the row of a sum has the most frequent place of each block. In the form "counts", as in
"sbc:16:counts", nothing is finished: rows are sums, and lengths mean something.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa import VsaError
from vsa.plugin import (
    Algebra,
    ArgumentValueError,
    Backend,
    Binomial,
    Form,
    Matches,
    Noise,
    arguments,
    in_blocks,
)
from vsa_plugins.algebras.levels import MOST, Counted, Host, Levels, drawn, mode_shares

Array = Any

FORMS = ("argmax", "counts")
LARGEST = 1e6  # exponent of a power, in whose phases there are digits left


class SBC(Counted):
    """Places of blocks."""

    name = "sbc"
    parameters: ClassVar[tuple[str, ...]] = ("16", "argmax")

    def __new__(cls, dim: int, backend: Backend, length: str = "16", form: str = "argmax") -> Any:
        if form == "counts" and cls is SBC:
            return SBCCounts(dim, backend, length)
        return super().__new__(cls)

    def __init__(
        self, dim: int, backend: Backend, length: str = "16", form: str = "argmax"
    ) -> None:
        super().__init__(dim, backend, _length(length))
        self.freedom = dim * (self.levels - 1)
        self.packed = self.sum.width
        self._unit = 1 / math.sqrt(dim * (1 - 1 / self.levels))

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        length, form = (*parameters, *cls.parameters[len(parameters) :])
        _length(length)
        arguments.checked_choice(f"the form in {cls.name}:L:form", form, FORMS)
        return dim >= 2

    @cached_property
    def noise(self) -> Noise:
        """Blocks agree by chance, one in L; by Gaussian noise answers would be too sure."""
        return Binomial(mode_shares(self.levels), self.dim, 1 / self.levels)

    @cached_property
    def metric(self) -> Matches:
        return Matches(self.backend, self.noise, self.dim, self.levels)

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        """Of counts less their mean in each block."""
        xp = self.backend.xp
        means = xp.vecdot(self._per_block(a), self._per_block(b)) / self.levels
        return (xp.vecdot(a, b) - means) * self._unit**2

    def _per_block(self, total: Array) -> Array:
        return self.backend.xp.sum(self.by_level(total), axis=-2)

    def similarity(self, a: Array, b: Array) -> Array:
        return self.metric.similar(a, b)

    def pack(self, a: Array) -> Array:
        return (self.accumulate(a) - 1 / self.levels) * self._unit

    def unpack(self, packed: Array) -> Array:
        return self.finish(packed)


class SBCCounts(Algebra):
    """Blocks of counts, kept as the spectrum of each, without its mean: binding is their product.

    A row is what it is in hrr, of dim small vectors of length L side by side.
    """

    name = "sbc"
    laws = Levels.laws | {"bilinear", "closed", "differentiable"}

    def __init__(self, dim: int, backend: Backend, length: str = "16") -> None:
        super().__init__(dim, backend)
        self.length = self.period = _length(length)
        if self.length == 2:
            self.laws = self.laws | {"self-inverse"}
        self.bins = self.length // 2
        self.row = self.sum = Form(dim * self.bins, backend.complex)
        self.shown = Form(dim * self.length, backend.real)
        self.freedom = self.packed = dim * (self.length - 1)
        self.product = backend.multiply
        # of the last bin, where L is even, there is the real part alone, and once
        self._parts = np.full(self.length - 1, math.sqrt(2 / self.freedom))
        if self.length % 2 == 0:
            self._parts[-1] = math.sqrt(1 / self.freedom)
        self._scale = backend.asarray(np.tile(self._parts, dim).astype(backend.dtype))

    def draw(self, keys: Sequence[bytes], kind: str) -> Host:
        turns = np.outer(np.arange(self.length), np.arange(1, self.bins + 1)) % self.length
        spectra = np.exp(-2j * np.pi * turns / self.length).astype(np.complex64)
        if self.length % 2 == 0:
            spectra[:, -1] = spectra[:, -1].real.round()
        rows: Host = spectra[drawn(keys, self.dim, self.length)]
        return rows.reshape(len(keys), self.row.width)

    def identity(self) -> Array:
        """Place 0 of each block: flat spectra."""
        return self.backend.xp.ones(
            self.row.width, dtype=self.row.dtype, device=self.backend.device
        )

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Circular convolution of each block."""
        return self.backend.multiply(a, b, out=out)

    def involution(self, a: Array) -> Array:
        return self.backend.xp.conj(a)

    def power(self, a: Array, exponent: Any) -> Array:
        """modulusⁿ · exp(i n phase) of every bin; n is whole."""
        xp, backend = self.backend.xp, self.backend
        if not arguments.are_whole(exponent):
            raise self.lacks("a power that is not whole", "fractional")
        n = np.asarray(
            backend.numpy(exponent) if hasattr(exponent, "requires_grad") else exponent,
            dtype=np.float64,
        )
        if not np.all(np.abs(n) <= LARGEST):
            raise ArgumentValueError(f"a power must be a whole number up to {LARGEST:.0e}")
        if np.any(n < 0) and bool(xp.any(xp.abs(a) < 1e-6 * xp.max(xp.abs(a), axis=-1)[..., None])):
            raise VsaError("no exact inverse: the counts of a block have no part in some frequency")
        if n.ndim == 0 and abs(n) == 1:  # to the last bit
            return 1 / a if n < 0 else a

        def polar(z: Array, e: Array) -> Array:
            z = xp.astype(z, xp.complex128)
            turned = e * xp.atan2(xp.imag(z), xp.real(z))
            size = xp.abs(z)
            size = xp.where(xp.abs(size - 1) < 1e-6, xp.ones_like(size), size) ** e
            return xp.astype(size * (xp.cos(turned) + 1j * xp.sin(turned)), self.row.dtype)

        return in_blocks(backend, polar, [a, backend.asarray(n)[..., None]])

    def unitary(self, a: Array) -> Array:
        """Every modulus becomes 1, and a bin of 0 becomes 1."""
        xp = self.backend.xp

        def block(z: Array) -> Array:
            size = xp.abs(z)
            empty = size < self.backend.smallest
            z, size = xp.where(empty, xp.ones_like(z), z), xp.where(empty, 1.0, size)
            return z * (1 / size)

        return in_blocks(self.backend, block, [a])

    def permute(self, a: Array, times: int) -> Array:
        """Of whole blocks."""
        return self.reordered(a, times, self.bins)

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        """Parseval: every bin stands for two, but for the last one of an even length."""
        xp = self.backend.xp
        total = 2 * xp.real(xp.vecdot(a, b))
        if self.length % 2 == 0:
            a, b = (xp.real(x[..., self.bins - 1 :: self.bins]) for x in (a, b))
            total = total - xp.vecdot(a, b)
        return total / self.freedom

    def pack(self, a: Array) -> Array:
        """Scaled real and imaginary parts, L − 1 of each block."""
        xp, backend = self.backend.xp, self.backend

        def block(z: Array) -> Array:
            parts = backend.as_real(z)
            if self.length % 2 == 0:
                parts = xp.reshape(parts, (*parts.shape[:-1], self.dim, self.length))
                parts = xp.reshape(parts[..., :-1], (*parts.shape[:-2], self.packed))
            return parts * self._scale

        return in_blocks(backend, block, [a])

    def unpack(self, packed: Array) -> Array:
        xp, backend = self.backend.xp, self.backend

        def block(p: Array) -> Array:
            parts = p / self._scale
            if self.length % 2 == 0:
                parts = xp.reshape(parts, (*parts.shape[:-1], self.dim, self.length - 1))
                parts = xp.concat([parts, xp.zeros_like(parts[..., :1])], axis=-1)
                parts = xp.reshape(parts, (*parts.shape[:-2], self.dim * self.length))
            return backend.as_complex(parts)

        return in_blocks(backend, block, [packed])

    def to_real(self, a: Array) -> Array:
        """The counts, block by block, less their means."""
        xp = self.backend.xp

        def block(z: Array) -> Array:
            z = xp.reshape(z, (*z.shape[:-1], self.dim, self.bins))
            z = xp.concat([xp.zeros_like(z[..., :1]), z], axis=-1)
            counts = self.backend.irfft(z, self.length)
            counts = xp.reshape(counts, (*counts.shape[:-2], self.shown.width))
            return xp.astype(counts, self.backend.real)

        return in_blocks(self.backend, block, [a])

    def from_real(self, components: Array) -> Array:
        xp = self.backend.xp

        def block(x: Array) -> Array:
            x = xp.reshape(x, (*x.shape[:-1], self.dim, self.length))
            z = self.backend.rfft(x, self.length)[..., 1:]
            return xp.astype(xp.reshape(z, (*z.shape[:-2], self.row.width)), self.row.dtype)

        return in_blocks(self.backend, block, [components])


def _length(text: str) -> int:
    return SBC.whole(text, "L", 2, MOST)
