"""Holographic reduced representations, kept in the Fourier domain.

A real vector x of `dim` components is stored as its half spectrum X = rfft(x), complex, of length
dim // 2 + 1. Circular convolution is then the elementwise product, the involution x[-j mod d] the
conjugate, and the dot product follows from Parseval. Source: T. Plate, Holographic Reduced
Representations, IEEE Transactions on Neural Networks 6(3), 1995.

DC and, for even dim, Nyquist are real bins: they stand once in the full spectrum, all others twice.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.algebra import orders
from vsa.algebra.backend import Array, Backend, in_blocks
from vsa.algebra.base import NO_BASE, Algebra
from vsa.algebra.metric import Form
from vsa.arguments import are_whole
from vsa.errors import ArgumentValueError, VsaError

Complex = np.ndarray[Any, np.dtype[np.complex64]]

LARGEST = 1e15  # steps; float64 phases have lost every digit there
LEVELS = 1 << 16  # phases and moduli come from tables of this many entries


@lru_cache
def phase_table() -> Complex:
    """exp(2πi(j+½)/65536): computed in float64, rounded, so that every libm gives the same bits."""
    phases: Complex = np.exp(2j * np.pi * (np.arange(LEVELS) + 0.5) / LEVELS).astype(np.complex64)
    return phases


@lru_cache
def modulus_table() -> np.ndarray[Any, Any]:
    """√(−ln((j+½)/65536)): the modulus of a complex normal number of unit power."""
    return np.sqrt(-np.log((np.arange(LEVELS) + 0.5) / LEVELS)).astype(np.float32)


class HRR(Algebra):
    """Binding by circular convolution, superposition by addition."""

    name = "hrr"
    laws = frozenset({
        "commutative", "associative", "distributive", "bilinear", "unbinding", "left-unbinding",
        "adjoint", "identity", "involution", "inverse", "isometry", "powers", "fractional",
        "differentiable", "closed", "equivariant",
    })  # fmt: skip
    atom_kinds: ClassVar[tuple[str, ...]] = ("unitary", "gaussian")

    def __init__(self, dim: int, backend: Backend) -> None:
        super().__init__(dim, backend)
        self.width = dim // 2 + 1
        self.row = self.sum = Form(self.width, backend.complex)
        self.even = dim % 2 == 0
        self.ends = [0, self.width - 1] if self.even else [0]  # the real bins
        self.product = backend.multiply
        scale = np.full(dim, math.sqrt(2 / dim))
        scale[: len(self.ends)] = math.sqrt(1 / dim)
        self._scale = backend.asarray(scale.astype(backend.dtype))
        self._unscale = backend.asarray((1 / scale).astype(backend.dtype))

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> Complex:
        """Spectra (len(keys), width), complex64, from the SHAKE-256 stream of each key."""
        words = self.width + (0 if kind == "unitary" else self.width)
        stream = b"".join(hashlib.shake_256(key).digest(2 * words) for key in keys)
        index = np.frombuffer(stream, dtype="<u2").reshape(len(keys), words)
        spectra: Complex = phase_table()[index[:, : self.width]]
        ends = spectra[:, self.ends].real
        if kind == "unitary":
            spectra[:, self.ends] = np.where(ends >= 0, np.float32(1), np.float32(-1))
        else:
            modulus = modulus_table()[index[:, self.width :]]
            # Box–Muller at the real bins: √2 · modulus · cos(phase) is a standard normal number
            real = np.float32(math.sqrt(2)) * modulus[:, self.ends] * ends
            spectra *= modulus
            spectra[:, self.ends] = real
        return spectra

    def identity(self) -> Array:
        """The impulse δ: a flat spectrum."""
        return self.backend.xp.ones(self.width, dtype=self.row.dtype, device=self.backend.device)

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """Circular convolution: the product of the spectra."""
        return self.backend.multiply(a, b, out=out)

    def bundle_bound(
        self,
        values: Sequence[Array],
        keys: Sequence[Array],
        start: Array | None = None,
        normalize: bool = False,
    ) -> Array:
        """One product and one sum at a time, in two arrays that stay in cache."""
        backend, n = self.backend, len(keys)
        if not backend.has_out:
            return super().bundle_bound(values, keys, start, normalize)
        spare: Array = None

        def block(*arrays: Array, out: Array = None) -> Array:
            nonlocal spare
            if out is None:
                out = backend.empty(arrays[0].shape, self.row.dtype)
            if spare is None or len(spare) < len(out):
                spare = backend.empty(out.shape, self.row.dtype)
            product = spare if len(spare) == len(out) else spare[: len(out)]
            # seen as real numbers, which are added and scaled at twice the pace of complex ones
            total, term = out.view(backend.real), product.view(backend.real)
            backend.multiply(arrays[0], arrays[n], out=out)
            for i in range(1, n):
                backend.multiply(arrays[i], arrays[n + i], out=product)
                backend.add(total, term, out=total)
            for extra in arrays[2 * n :]:
                backend.add(total, backend.as_real(extra), out=total)
            if normalize:
                norm = backend.xp.sqrt(self.dot(out, out))
                backend.multiply(total, 1 / (norm + (norm == 0))[..., None], out=total)
            return out

        rest = [] if start is None else [start]
        return in_blocks(backend, block, [*values, *keys, *rest], into=True)

    def involution(self, a: Array) -> Array:
        """x[-j mod d]: the conjugate spectrum."""
        return self.backend.xp.conj(a)

    def power(self, a: Array, exponent: Any) -> Array:
        """modulusⁿ · exp(i n phase); real exponents need positive real bins (see `Space.base`).

        An exponent that is learnt, a tensor with a gradient, counts as real: a step makes it so.
        """
        xp, backend = self.backend.xp, self.backend
        tensor = hasattr(exponent, "requires_grad")
        learnt = tensor and exponent.requires_grad
        n = np.asarray(backend.numpy(exponent) if tensor else exponent, dtype=np.float64)
        integral = are_whole(exponent)
        largest = 1e6 if backend.dtype == "float32" else 1e14
        if not np.all(np.abs(n) <= largest):
            raise ArgumentValueError(
                f"a power must be a number up to {largest:.0e}: beyond it rounding of the phases "
                "has lost every digit"
            )
        if not integral and any(bool(xp.any(xp.real(a[..., end]) <= 0)) for end in self.ends):
            raise ArgumentValueError(NO_BASE)
        if bool(np.any(n < 0)) and self._has_zero_bin(a):
            raise VsaError(
                "no exact inverse: a frequency bin is zero; "
                "use ~a (the involution) or project with unitary(a) first"
            )
        if integral and n.ndim == 0 and abs(n) <= 2:  # the common ones, to the last bit
            b = 1 / a if n < 0 else a
            return xp.ones_like(a) if n == 0 else b if abs(n) == 1 else b * b
        exponents = backend.asarray(exponent if learnt else n)[..., None]

        def polar(z: Array, e: Array) -> Array:
            z = xp.astype(z, xp.complex128)  # in single precision the phase error grows with n
            angle, modulus = e * xp.atan2(xp.imag(z), xp.real(z)), xp.abs(z)
            # rounding of a unit modulus must not grow with the exponent; its gradient stays
            one = modulus - backend.detach(modulus) + 1.0
            modulus = xp.where(xp.abs(modulus - 1) < 1e-6, one, modulus)
            return xp.astype(modulus**e * (xp.cos(angle) + 1j * xp.sin(angle)), self.row.dtype)

        with np.errstate(over="ignore", invalid="ignore"):
            result = in_blocks(backend, polar, [a, exponents])
        if not bool(xp.all(xp.isfinite(result))):
            raise ArgumentValueError("the power is too large: take the power of unitary(a) instead")
        return result

    def _has_zero_bin(self, a: Array) -> bool:
        """Whether a bin is nothing but rounding, beside the largest one of its vector."""
        modulus = self.backend.xp.abs(a)
        rounding = 1e-6 if self.backend.dtype == "float32" else 1e-13
        largest = self.backend.xp.max(modulus, axis=-1)[..., None]
        return bool(self.backend.xp.any(modulus <= rounding * largest))

    def unitary(self, a: Array) -> Array:
        """Every modulus becomes 1, and a zero bin becomes 1: the nearest unitary vector."""
        xp = self.backend.xp

        def block(z: Array) -> Array:
            modulus = xp.abs(z)
            empty = modulus < self.backend.smallest
            # torch need not look first: that waits for the device, and stops torch.compile
            if not self.backend.has_out or bool(xp.any(empty)):
                z, modulus = xp.where(empty, xp.ones_like(z), z), xp.where(empty, 1.0, modulus)
            return z * (1 / modulus)

        return in_blocks(self.backend, block, [a])

    def permute(self, a: Array, times: int) -> Array:
        """Permute the complex bins; the real ones must stay where they are."""
        index = orders.power(self._order, times)
        # take, not [...]: torch has no negative steps and fancy indexing differs among libraries
        return self.backend.xp.take(a, self.backend.asarray(index), axis=-1)

    @cached_property
    def _order(self) -> np.ndarray[Any, Any]:
        free = np.arange(1, (self.dim + 1) // 2)
        order = np.arange(self.width)
        order[free] = free[orders.shuffled(f"vsa/permute\x1f{self.dim}", len(free))]
        return order

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

    def scale(self, a: Array, factor: Array) -> Array:
        if not self.backend.has_out:
            return super().scale(a, factor)
        return self.backend.as_complex(self.backend.as_real(a) * factor[..., None])

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        """Parseval: twice the half spectrum's product, the real bins counted once."""
        xp = self.backend.xp
        if a is b and self.backend.has_out:
            real = self.backend.as_real(a)
            total = 2 * xp.vecdot(real, real)
        else:
            total = 2 * xp.real(xp.vecdot(a, b))
        for end in self.ends:
            total = total - xp.real(a[..., end]) * xp.real(b[..., end])
        return total / self.dim

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

        return in_blocks(backend, block, [a])

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
        return self._transformed(self.backend.xp.fft.irfft, a, self.dim, self.backend.real)

    def from_real(self, components: Array) -> Array:
        rfft = self.backend.xp.fft.rfft
        return self._transformed(rfft, components, self.width, self.row.dtype)

    def _transformed(
        self, transform: Callable[..., Array], a: Array, width: int, dtype: Any
    ) -> Array:
        xp = self.backend.xp
        if 0 in a.shape:  # torch's library knows no transform of nothing
            return self.backend.empty((*a.shape[:-1], width), dtype)

        def block(x: Array) -> Array:
            return xp.astype(transform(x, n=self.dim, axis=-1), dtype)

        return in_blocks(self.backend, block, [a])
