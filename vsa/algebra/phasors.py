"""Complex components, bound one by one: what holds alike in the frequency domain and of phasors.

Binding is the elementwise product, the involution the conjugate; a key has unit modulus in every
component, and real powers turn its phases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any, ClassVar

import numpy as np

from vsa.algebra import fused
from vsa.algebra.backend import Array, Backend
from vsa.algebra.base import Algebra
from vsa.algebra.blocks import in_blocks
from vsa.algebra.metric import Form
from vsa.arguments import are_whole
from vsa.errors import ArgumentValueError, VsaError

Complex = np.ndarray[Any, np.dtype[np.complex64]]

UNIT = 1e-6  # so far from 1 a modulus is one that was rounded
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


class Phasors(Algebra):
    """Binding by the elementwise product of complex rows, superposition by addition."""

    laws = frozenset({
        "commutative", "associative", "distributive", "bilinear", "unbinding", "left-unbinding",
        "adjoint", "identity", "involution", "inverse", "isometry", "powers", "fractional",
        "differentiable", "closed", "equivariant", "componentwise",
    })  # fmt: skip
    component: ClassVar[str] = "component"  # what messages call one
    in_one_pass: ClassVar[tuple[str, ...]] = ("unitary",)

    def __init__(self, dim: int, backend: Backend, width: int) -> None:
        super().__init__(dim, backend)
        self.width = width
        self.row = self.sum = Form(width, backend.complex)
        self.product = backend.multiply

    def identity(self) -> Array:
        """Phases of 0; in the frequency domain the impulse δ."""
        return self.backend.xp.ones(self.width, dtype=self.row.dtype, device=self.backend.device)

    @cached_property
    def _each_square(self) -> np.ndarray[Any, Any] | None:
        """`squares` of the real and imaginary parts one by one (2 · width,)."""
        each = self.squares
        if isinstance(each, float):
            each = np.full(2 * self.width, each, self.backend.dtype)
        return each

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        """The product of each component; in the frequency domain circular convolution."""
        return self.backend.multiply(a, b, out=out)

    def bundle_bound(
        self,
        values: Sequence[Array],
        keys: Sequence[Array],
        start: Array | None = None,
        normalize: bool = False,
    ) -> Array:
        """In one pass where that is compiled; else one product and one sum at a time, in cache."""
        backend, n = self.backend, len(keys)
        arrays = [*values, *keys] if start is None else [*values, *keys, start]
        if not backend.has_out:
            found = self._in_one_pass(arrays, n, normalize)
            return super().bundle_bound(values, keys, start, normalize) if found is None else found

        def block(*arrays: Array, out: Array = None) -> Array:
            if out is None:
                out = backend.empty(arrays[0].shape, self.row.dtype)
            squares = self._each_square if normalize else None
            known = squares is not None or not normalize
            if known and fused.sum_of_products(out, arrays, n, squares):
                return out
            # seen as real numbers, which are added and scaled at twice the pace of complex ones
            product = backend.empty(out.shape, self.row.dtype)
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

        looped = fused.LOOP is not None
        if looped and any(a.ndim > 1 for a in arrays):
            # as a batch of one, a row that all share is not repeated, but read out of the cache
            arrays = [a if a.ndim > 1 else a[None] for a in arrays]
        return in_blocks(backend, block, arrays, into=True, in_one_pass=looped)

    def _in_one_pass(self, arrays: Sequence[Array], pairs: int, normalize: bool) -> Array | None:
        """The sum by the loop in C of rows that are torch's, where it can read them; None elsewhere."""
        squares = self._each_square if normalize else None
        if (normalize and squares is None) or (terms := self.backend.shared(arrays)) is None:
            return None
        shape = np.broadcast_shapes(*(term.shape for term in terms))
        total = self.backend.empty(shape, self.row.dtype)
        out = self.backend.shared([total])
        done = out is not None and fused.sum_of_products(out[0], tuple(terms), pairs, squares)
        return total if done else None

    def involution(self, a: Array) -> Array:
        """The conjugate; in the frequency domain that of x[-j mod d]."""
        return self.backend.xp.conj(a)

    def power(self, a: Array, exponent: Any) -> Array:
        """modulusⁿ · exp(i n phase); real exponents need `has_roots` (see `Space.base`).

        An exponent that is learnt, a tensor with a gradient, counts as real: a step makes it so.
        """
        xp, backend = self.backend.xp, self.backend
        tensor = hasattr(exponent, "requires_grad")
        n: Any = exponent
        if not isinstance(n, (int, float)):
            n = np.asarray(backend.numpy(n) if tensor else n, dtype=np.float64)
        alone = isinstance(n, (int, float)) or n.ndim == 0
        if alone:
            n = float(n)  # with one number Python is done in a tenth of NumPy's time
        integral = are_whole(exponent)
        largest = 1e6 if backend.dtype == "float32" else 1e14
        if not (abs(n) <= largest if alone else (np.abs(n) <= largest).all()):
            raise ArgumentValueError(
                f"a power must be a number up to {largest:.0e}: beyond it rounding of the phases "
                "has lost every digit"
            )
        if not integral and not self.has_roots(a):
            raise ArgumentValueError(self.no_base)
        if (n < 0 if alone else bool((n < 0).any())) and self._has_zero(a):
            raise VsaError(
                f"no exact inverse: a {self.component} is zero; "
                "use ~a (the involution) or project with unitary(a) first"
            )
        if integral and alone and abs(n) <= 2:  # the common ones, to the last bit
            b = 1 / a if n < 0 else a
            return xp.ones_like(a) if n == 0 else b if abs(n) == 1 else b * b
        told: list[bool] = []
        with np.errstate(over="ignore", invalid="ignore"):
            if integral and alone:
                result = self._whole_power(a, int(n), told)
            else:
                exponents = backend.asarray(exponent if tensor else np.asarray(n))[..., None]
                result = self._real_power(a, exponents, told)
        if not all(told or [self._is_finite(result)]):
            raise ArgumentValueError("the power is too large: take the power of unitary(a) instead")
        return result

    def _is_finite(self, z: Array) -> bool:
        return bool(self.backend.xp.all(self.backend.xp.isfinite(z)))

    def _polar(self, z: Array) -> tuple[Array, Array]:
        """Phases and moduli, in double precision: in single the phase error grows with a power."""
        xp, backend = self.backend.xp, self.backend
        z = xp.astype(z, xp.complex128)
        modulus = xp.abs(z)
        # rounding of a unit modulus must not grow with the exponent; its gradient stays
        one = modulus - backend.detach(modulus) + 1.0
        modulus = xp.where(xp.abs(modulus - 1) < UNIT, one, modulus)
        return xp.atan2(xp.imag(z), xp.real(z)), modulus

    # told: what each block adds, while it is in cache: whether all of it is finite. Nothing, where a
    # device would have to be waited for: then the result is looked at in the end
    def _real_power(self, a: Array, exponents: Array, told: list[bool]) -> Array:
        """Phases times exponents (..., 1), moduli to their power."""
        xp, backend = self.backend.xp, self.backend

        def polar(z: Array, e: Array) -> Array:
            angle, modulus = self._polar(z)
            angle = e * angle
            result = modulus**e * (xp.cos(angle) + 1j * xp.sin(angle))
            result = xp.astype(result, self.row.dtype)
            if backend.looks_first:
                told.append(self._is_finite(result))
            return result

        def turned(turns: Array, e: Array, out: Array) -> Array:
            loop = fused.LOOP
            if loop is not None and loop.real_powers(out, turns, e) is not None:
                return out
            turns = e * turns
            turns -= xp.rint(turns)
            turns *= 2 * math.pi
            near = xp.astype(turns, backend.real)
            turns -= near
            rest = xp.astype(turns, backend.real)  # lost by that rounding, put back
            cosine, sine = xp.cos(near), xp.sin(near)
            backend.add(cosine, -rest * sine, out=out.real)
            rest *= cosine
            backend.add(sine, rest, out=out.imag)
            return out

        if a.ndim == 1 and backend.has_out:  # one base, of which the phases are looked up once
            angle, modulus = self._polar(a)
            if bool(xp.all(modulus == 1)):
                turns = angle / (2 * math.pi)
                if exponents.ndim > 1 and fused.LOOP is not None:
                    turns = turns[None]  # not repeated, as in `bundle_bound`
                told.append(True)  # as all turns are
                out = backend.empty((*exponents.shape[:-1], self.width), self.row.dtype)
                if exponents.ndim == 1:
                    return turned(turns, exponents, out)
                return in_blocks(backend, turned, [turns, exponents], out, into=True)
        return in_blocks(backend, polar, [a, exponents])

    def _whole_power(self, a: Array, n: int, told: list[bool]) -> Array:
        """By squaring, in double precision."""
        backend, xp = self.backend, self.backend.xp

        def block(z: Array, out: Array = None) -> Array:
            if out is None and backend.has_out:
                out = backend.empty(z.shape, self.row.dtype)
            if out is not None and fused.LOOP is not None:
                finite = fused.LOOP.whole_power(out, z, n)
                if finite is not None:
                    told.append(finite)
                    return out
            z = xp.astype(z, xp.complex128)
            modulus = xp.abs(z)
            unit = xp.abs(modulus - 1) < UNIT
            plain = backend.looks_first and bool(xp.all(unit))
            # what rounding did to it goes, and its gradient stays
            modulus = backend.detach(modulus)
            z = z * (1 / (modulus if plain else xp.where(unit, modulus, 1.0)))
            result: Array = None
            left = abs(n)
            while True:
                if left & 1:
                    result = z if result is None else result * z
                left >>= 1
                if not left:
                    break
                z = z * z
            if n < 0:
                result = xp.conj(result) if plain else 1 / result
            if out is None:
                return xp.astype(result, self.row.dtype)
            out[...] = result
            if backend.looks_first:
                told.append(self._is_finite(out.view(backend.real)))
            return out

        return in_blocks(backend, block, [a], into=True)

    def _has_zero(self, a: Array) -> bool:
        """Whether a component is nothing but rounding, beside the largest one of its vector."""
        xp = self.backend.xp
        rounding = 1e-6 if self.backend.dtype == "float32" else 1e-13

        def block(z: Array) -> Array:
            modulus = xp.abs(z)
            least = xp.min(modulus, axis=-1, keepdims=True)
            return least <= rounding * xp.max(modulus, axis=-1, keepdims=True)

        return bool(xp.any(in_blocks(self.backend, block, [a])))

    def unitary(self, a: Array) -> Array:
        """Every modulus becomes 1, and a zero becomes 1: the nearest unitary vector."""
        xp = self.backend.xp

        def block(z: Array, out: Array = None) -> Array:
            modulus, smallest = xp.abs(z), self.backend.smallest
            whole = self.backend.looks_first and bool(xp.all(modulus >= smallest))  # NaN is not
            if not whole:
                empty = modulus < smallest
                z, modulus = xp.where(empty, xp.ones_like(z), z), xp.where(empty, 1.0, modulus)
            return self.backend.multiply(z, 1 / modulus, out=out)

        return in_blocks(self.backend, block, [a], into=True)

    def scale(self, a: Array, factor: Array) -> Array:
        if not self.backend.has_out:
            return super().scale(a, factor)
        return self.backend.as_complex(self.backend.as_real(a) * factor[..., None])

    def has_roots(self, a: Array) -> bool:
        """Whether there are real powers of these."""
        return True
