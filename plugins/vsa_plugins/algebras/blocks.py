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
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import (
    Backend,
    Binomial,
    Form,
    Matches,
    Noise,
    Phasors,
    arguments,
    in_blocks,
)
from vsa_plugins.algebras.levels import MOST, Counted, Host, drawn, mode_shares

Array = Any

FORMS = ("argmax", "counts")


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


class SBCCounts(Phasors):
    """Blocks of counts, kept as the spectrum of each, without its mean: binding is their product.

    A row is what it is in hrr, of dim small vectors of length L side by side.
    """

    name = "sbc"
    laws = Phasors.laws - {"fractional"}
    component: ClassVar[str] = "frequency of a block"

    def __init__(self, dim: int, backend: Backend, length: str = "16") -> None:
        self.length = self.period = _length(length)
        if self.length == 2:
            self.laws = self.laws | {"self-inverse"}
        self.bins = self.length // 2
        super().__init__(dim, backend, dim * self.bins)
        self.shown = Form(dim * self.length, backend.real)
        self.freedom = self.packed = dim * (self.length - 1)
        # of the last bin, where L is even, there is the real part alone, and once
        parts = np.full(self.length - 1, math.sqrt(2 / self.freedom))
        if self.length % 2 == 0:
            parts[-1] = math.sqrt(1 / self.freedom)
        self._scale = backend.asarray(np.tile(parts, dim).astype(backend.dtype))
        self._size = math.sqrt(dim * (1 - 1 / self.length))  # of one in each block, less the mean
        spectra = np.ascontiguousarray(_spectra(self.length)).view(np.float64)
        basis = (spectra[:, : self.length - 1] * parts).T * self._size**2
        self._basis = backend.asarray(basis.astype(backend.dtype))  # from coordinates to counts

    def draw(self, keys: Sequence[bytes], kind: str) -> Host:
        places = drawn(keys, self.dim, self.length)
        return _spectra(self.length)[places].reshape(len(keys), self.row.width)

    def power(self, a: Array, exponent: Any) -> Array:
        """modulusⁿ · exp(i n phase) of every bin; n is whole, since others would come around in L."""
        if not arguments.are_whole(exponent):
            raise self.lacks("a power that is not whole", "fractional")
        return super().power(a, exponent)

    @property
    def places(self) -> int:
        """Whole blocks."""
        return self.dim

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        xp, block = self.backend.xp, (self.dim, self.bins)
        a, b = (xp.reshape(x, (*x.shape[:-1], *block)) for x in (a, b))
        found = xp.where(there[..., None], b, a)
        return xp.reshape(found, (*found.shape[:-2], self.row.width))

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

    @cached_property
    def squares(self) -> np.ndarray[Any, Any]:
        weights = np.full((self.dim, 2 * self.bins), 2 / self.freedom, dtype=self.backend.dtype)
        if self.length % 2 == 0:
            weights[:, -2] /= 2
        return weights.reshape(-1)

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
        return in_blocks(self.backend, lambda z: self._turned(self.pack(z), self._basis), [a])

    def from_real(self, components: Array) -> Array:
        def block(x: Array) -> Array:
            return self.unpack(self._turned(x, self._basis.T / self._size**2))

        return in_blocks(self.backend, block, [components])

    def _turned(self, parts: Array, matrix: Array) -> Array:
        """Each block's part of rows by a matrix."""
        width, wide = matrix.shape
        blocks = self.backend.xp.reshape(parts, (*parts.shape[:-1], self.dim, width))
        return self.backend.xp.reshape(blocks @ matrix, (*parts.shape[:-1], self.dim * wide))


@lru_cache(maxsize=16)
def _spectra(length: int) -> Host:
    """Of one at each place, without the mean: (L, L // 2)."""
    turns = [2 * math.pi * turn / length for turn in range(length)]
    circle = np.array([complex(math.cos(turn), -math.sin(turn)) for turn in turns])
    bins = np.arange(1, length // 2 + 1)
    spectra = circle[np.outer(np.arange(length), bins) % length]
    if length % 2 == 0:
        spectra[:, -1] = spectra[:, -1].real
    return spectra


def _length(text: str) -> int:
    return SBC.whole(text, "L", 2, MOST)
