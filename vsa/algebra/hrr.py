"""Holographic reduced representations, kept in the Fourier domain.

A real vector x of `dim` components is stored as its half spectrum X = rfft(x), complex, of length
dim // 2 + 1. Circular convolution is then the elementwise product, the involution x[-j mod d] the
conjugate, and the dot product follows from Parseval. Source: T. Plate, Holographic Reduced
Representations, IEEE Transactions on Neural Networks 6(3), 1995.

DC and, for even dim, Nyquist are real bins: they stand once in the full spectrum, all others twice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa import threads
from vsa.algebra import fused, orders, room
from vsa.algebra.backend import Array, Backend
from vsa.algebra.blocks import in_blocks, large_block
from vsa.algebra.metric import Cosine, Metric
from vsa.algebra.phasors import Complex, Phasors, modulus_table, phase_table
from vsa.algebra.streams import drawn_from, streams
from vsa.errors import ArgumentValueError

LARGEST = 1e15  # steps; float64 phases have lost every digit there


class HRR(Phasors):
    """Binding by circular convolution, superposition by addition."""

    name = "hrr"
    atom_kinds: ClassVar[tuple[str, ...]] = ("unitary", "gaussian")
    component = "frequency bin"
    no_base = (
        "a fractional power needs a base whose DC and Nyquist bins are positive: "
        "make one with base(name)"
    )

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend, dim // 2 + 1)
        self.even = dim % 2 == 0
        self.ends = [0, self.width - 1] if self.even else [0]  # the real bins
        scale = np.full(dim, math.sqrt(2 / dim))
        scale[: len(self.ends)] = math.sqrt(1 / dim)
        self._scale = backend.lasting(scale.astype(backend.dtype))
        weight = np.full(2 * self.width, 2 / dim)
        weight[[2 * end for end in self.ends]] = 1 / dim
        self._weight = backend.lasting(weight.astype(backend.dtype))  # of a spectrum's reals
        self._unscale = backend.lasting((1 / scale).astype(backend.dtype))

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> Complex:
        """Spectra (len(keys), width), complex64, from the SHAKE-256 stream of each key."""
        if kind == "unitary":
            return self._signed(drawn_from(keys, self.width, phase_table()))
        index = streams(keys, 4 * self.width).view("<u2")
        spectra = phase_table().take(index[:, : self.width])
        modulus = modulus_table().take(index[:, self.width :])
        # Box–Muller at the real bins: √2 · modulus · cos(phase) is a standard normal number
        real = np.float32(math.sqrt(2)) * modulus[:, self.ends] * spectra[:, self.ends].real
        spectra *= modulus
        spectra[:, self.ends] = real
        return spectra

    def draw_into(self, out: Complex, keys: Sequence[bytes], kind: str) -> None:
        """The same, in one pass if they are unitary."""
        if kind == "unitary":
            self._signed(drawn_from(keys, self.width, phase_table(), out))
        else:
            super().draw_into(out, keys, kind)

    def _signed(self, spectra: Complex) -> Complex:
        """Phases whose real bins become ±1."""
        spectra[:, self.ends] = np.copysign(np.float32(1), spectra[:, self.ends].real)
        return spectra

    # --- binding -------------------------------------------------------------------------------
    def permute(self, a: Array, times: int) -> Array:
        """Permute the complex bins; the real ones must stay where they are."""
        return self.taken(a, times, lambda: orders.power(self._order, times))

    @cached_property
    def _order(self) -> np.ndarray[Any, Any]:
        free = np.arange(1, (self.dim + 1) // 2)
        order = np.arange(self.width)
        order[free] = free[orders.shuffled(f"vsa/permute\x1f{self.dim}", len(free))]
        return order

    def has_roots(self, a: Array) -> bool:
        """Whether the real bins are positive: of others real powers are complex."""
        xp = self.backend.xp
        ends = [xp.real(a[..., end]) <= 0 for end in self.ends]
        return not any(bool(end if a.ndim == 1 else xp.any(end)) for end in ends)

    def base(self, a: Array) -> Array:
        """The same with real bins of +1, of which there are real powers."""
        for end in self.ends:
            a[..., end] = a[..., end] * a[..., end]  # they are ±1
        return a

    def shift(self, a: Array, steps: float) -> Array:
        """x[(j − steps) mod d]: a phase ramp, the same as binding with a delta."""
        if not abs(steps) < LARGEST:
            raise ArgumentValueError(
                f"steps must be a number below {LARGEST:.0e}: beyond it no digit is left"
            )
        # reduced to less than a turn before the rounding, which would grow with it
        turns = np.arange(self.width) * math.fmod(steps, self.dim) % self.dim / self.dim
        ramp = np.exp(-2j * np.pi * turns)
        if self.even:
            ramp[-1] = ramp[-1].real
        return a * self.backend.asarray(ramp, dtype=self.row.dtype)

    # --- geometry ------------------------------------------------------------------------------
    @cached_property
    def metric(self) -> Metric:
        return Spectral(self)

    def dot(self, a: Array, b: Array) -> Array:
        """Parseval: twice the half spectrum's product, the real bins counted once."""
        x = self.backend.as_real(a)
        y = x if a is b else self.backend.as_real(b)
        if not self.backend.has_out and (x.ndim == 1 or y.ndim == 1):  # a call costs torch more
            x, y = (x, y * self._weight) if y.ndim == 1 else (x * self._weight, y)
            return self.backend.vecdot(x, y)
        total = 2 * self.backend.vecdot(x, y)
        for end in self.ends:
            total = total - x[..., 2 * end] * y[..., 2 * end]
        return total / self.dim

    @cached_property
    def squares(self) -> np.ndarray[Any, Any]:
        weights = np.full(2 * self.width, 2 / self.dim, dtype=self.backend.dtype)
        weights[[2 * end for end in self.ends]] /= 2
        return weights

    def pack(self, a: Array) -> Array:
        """√2-scaled real and imaginary parts, the real bins first: exactly dim numbers."""
        backend = self.backend

        def block(z: Array) -> Array:
            r, dim, scale = backend.as_real(z), self.dim, self._scale
            if not backend.has_out:
                ends = [r[..., :1], r[..., dim : dim + 1]] if self.even else [r[..., :1]]
                return backend.xp.concat([*ends, r[..., 2 : dim + dim % 2]], axis=-1) * scale
            out = backend.empty((*r.shape[:-1], dim), backend.real)
            if self.even:  # the last bin is real and comes where the first has no imaginary part
                backend.multiply(r[..., :dim], scale, out=out)
                out[..., 1] = r[..., dim] * scale[1]
            else:
                out[..., 0] = r[..., 0] * scale[0]
                backend.multiply(r[..., 2:], scale[1:], out=out[..., 1:])
            return out

        if a.ndim == 1 and self.even and backend.has_out:  # the calls cost more than what they do
            r = backend.as_real(a)
            packed = r[: self.dim] * self._scale
            packed[1] = r[self.dim] * self._scale[1]
            return packed
        if self.is_looped(a):
            return self.packed_to(backend.result((*a.shape[:-1], self.dim), self._scale.dtype), a)
        return in_blocks(backend, block, [a])

    def is_looped(self, a: Array) -> bool:
        """Whether the loop in C packs these."""
        return isinstance(a, np.ndarray) and fused.LOOP is not None and a.flags.c_contiguous

    def packed_to(self, out: Array, a: Array, lengths: np.ndarray[Any, Any] | None = None) -> Array:
        """Pack into `out`, by the loop; over their lengths where these are to be written, too."""
        size = large_block(self.backend, a.nbytes) if a.ndim == 2 else a.nbytes
        if a.nbytes <= size:
            fused.units(a, self._scale, self.even, out, lengths)
            return out

        def block(its: slice) -> None:
            over = None if lengths is None else lengths[its]
            fused.units(a[its], self._scale, self.even, out[its], over)

        step = max(size // (a.shape[1] * a.itemsize), 1)
        threads.each(block, [slice(i, i + step) for i in range(0, len(a), step)])
        return out

    def unpack(self, packed: Array) -> Array:
        backend = self.backend

        def block(p: Array) -> Array:
            r = p * self._unscale
            zero = backend.xp.zeros_like(r[..., :1])
            parts = [r[..., :1], zero, r[..., 1:]]
            if self.even:
                parts = [r[..., :1], zero, r[..., 2:], r[..., 1:2], zero]
            return backend.as_complex(backend.xp.concat(parts, axis=-1))

        return in_blocks(backend, block, [packed])

    def to_real(self, a: Array) -> Array:
        backend = self.backend

        def block(z: Array) -> Array:
            return backend.xp.astype(backend.irfft(z, self.dim), backend.real)

        return in_blocks(backend, block, [a])

    def from_real(self, components: Array) -> Array:
        backend = self.backend

        def block(x: Array) -> Array:
            return backend.xp.astype(backend.rfft(x, self.dim), self.row.dtype)

        return in_blocks(backend, block, [components])


class Spectral(Cosine):
    """That of half spectra, which the loop packs and scales in one pass."""

    def __init__(self, algebra: HRR) -> None:
        super().__init__(algebra)
        self.spectra = algebra

    def units(self, rows: Array) -> tuple[Array, np.ndarray[Any, Any]] | None:
        if not self.spectra.is_looped(rows):
            return None
        shape = rows.shape[:-1]
        out, lengths = room.in_lines((*shape, self.store.width), self.store.dtype), np.empty(shape)
        return self.spectra.packed_to(out, rows, lengths), lengths
