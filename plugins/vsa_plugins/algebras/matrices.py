"""Vectors that are square matrices, or blocks of them, and are bound by their products.

A row holds the entries, in units in which keys are unitary matrices. All that does not depend on
which of two matrices is transposed, if any, is here.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import Algebra, ArgumentValueError, Backend, Form, are_whole, in_blocks

Array = Any

LAWS = frozenset({
    "distributive", "bilinear", "unbinding", "left-unbinding", "adjoint", "identity", "involution",
    "isometry", "powers", "differentiable", "closed",
})  # fmt: skip
UNITARY = 1e-5  # what is as near to a unitary matrix is one that was rounded


class Matrices(Algebra):
    """Superposition by addition; a key is unitary: what it binds is turned.

    shape: of the matrices of a row, (m, m) or (blocks, m, m).  dtype: of their entries.
    """

    laws = LAWS

    def __init__(self, dim: int, backend: Backend, shape: tuple[int, ...], dtype: Any) -> None:
        super().__init__(dim, backend)
        self.row = self.sum = Form(dim, dtype)
        self.shape = shape
        self.complex = dtype == backend.complex
        self._wide = backend.xp.complex128 if self.complex else backend.xp.float64
        self._squares = dim / shape[-1]  # the squared length of the entries of a key
        self._eye = backend.asarray(np.eye(shape[-1]), dtype=self._wide)

    # --- matrices ------------------------------------------------------------------------------
    def matrices(self, a: Array) -> Array:
        """The matrices (…, *shape) of rows."""
        return self.backend.xp.reshape(a, (*a.shape[:-1], *self.shape))

    def rows(self, matrices: Array) -> Array:
        """The inverse of `matrices`."""
        batch = matrices.shape[: -len(self.shape)]
        return self.backend.xp.reshape(matrices, (*batch, self.dim))

    def adjoint(self, matrices: Array) -> Array:
        """Transposed, and conjugate."""
        turned = self.backend.xp.matrix_transpose(matrices)
        return self.backend.xp.conj(turned) if self.complex else turned

    def identity(self) -> Array:
        xp = self.backend.xp
        return self.rows(xp.astype(xp.broadcast_to(self._eye, self.shape), self.row.dtype))

    def involution(self, a: Array) -> Array:
        """The adjoint matrices."""
        return self.rows(self.adjoint(self.matrices(a)))

    # --- powers --------------------------------------------------------------------------------
    def power(self, a: Array, exponent: Any) -> Array:
        """The powers of the matrices: x * power(a, n) is x bound n times with a."""
        backend, xp = self.backend, self.backend.xp
        if not are_whole(exponent):
            raise self.lacks("a power that is not whole", "fractional")
        tensor = hasattr(exponent, "requires_grad")
        n = np.asarray(backend.numpy(exponent) if tensor else exponent, dtype=np.float64)
        largest = 1e6 if backend.dtype == "float32" else 1e14
        if not np.all(np.abs(n) <= largest):
            raise ArgumentValueError(
                f"a power must be a number up to {largest:.0e}: beyond it rounding has lost every digit"
            )
        if n.ndim == 0 and n == 1:
            return a

        def block(z: Array, times: Array) -> Array:
            powers = self._powers(self.matrices(z), np.rint(backend.numpy(times)[..., 0]))
            return self.rows(xp.astype(powers, self.row.dtype))

        with np.errstate(over="ignore", invalid="ignore"):
            result = in_blocks(backend, block, [a, backend.asarray(n)[..., None]])
        if not bool(xp.all(xp.isfinite(result))):
            raise ArgumentValueError("the power is too large: take the power of unitary(a) instead")
        return result

    def _powers(self, a: Array, times: np.ndarray[Any, Any]) -> Array:
        """By squaring, in double precision; times: over the batch."""
        xp, backend = self.backend.xp, self.backend

        def chosen(which: np.ndarray[Any, Any], one: Array, other: Array) -> Array:
            where = backend.asarray(which.reshape((*which.shape, *(1 for _ in self.shape))))
            return xp.where(where, one, other)

        a, many = xp.astype(a, self._wide), np.abs(times) > 2
        if np.any(many):
            a = chosen(many, self._steadied(a), a)
        if np.any(times < 0):
            a = chosen(times < 0, self._inverses(a), a)
        times, result = np.abs(times), chosen(times < np.inf, self._eye, a)
        while np.any(times):
            if np.any(odd := times % 2 == 1):
                result = chosen(odd, xp.matmul(result, a), result)
            times = times // 2
            a = xp.matmul(a, a)
        return chosen(many, self._steadied(result), result) if np.any(many) else result

    def _steadied(self, a: Array) -> Array:
        """What rounding made of unitary matrices, as such: else it would grow with the power."""
        xp = self.backend.xp
        apart = xp.matmul(self.adjoint(a), a) - self._eye
        near = xp.max(xp.abs(apart), axis=(-2, -1), keepdims=True) < UNITARY
        change = xp.where(near, xp.matmul(a, apart) * -0.5, xp.zeros_like(a))
        return a + self.backend.detach(change)  # the gradient stays

    def _inverses(self, a: Array) -> Array:
        """Of unitary matrices the adjoints, but for the last digit; an error where there is none."""
        xp = self.backend.xp
        try:
            inverse = xp.linalg.inv(a)
            condition = xp.linalg.matrix_norm(a) * xp.linalg.matrix_norm(inverse)
            sound = bool(xp.all(condition < (1e6 if self.backend.dtype == "float32" else 1e13)))
        except (ValueError, RuntimeError):  # NumPy's and torch's, for a singular matrix
            sound = False
        if not sound:
            raise VsaError(
                "no exact inverse: a matrix is singular; "
                "write c / key, or project with unitary(a) first"
            )
        return inverse

    # --- projection ----------------------------------------------------------------------------
    def unitary(self, a: Array) -> Array:
        """The nearest unitary matrices; of zero the identity."""
        return in_blocks(self.backend, lambda z: self.rows(self.polar(self.matrices(z))), [a])

    def polar(self, a: Array) -> Array:
        """U Vᴴ of a = U S Vᴴ (orthogonal Procrustes).

        The gradient is written out: that of the singular vectors is infinite where two singular
        values are equal, as all those of a key are; that of the product of the two is not.
        """
        xp, backend = self.backend.xp, self.backend
        u, s, v = xp.linalg.svd(xp.astype(backend.detach(a), self._wide), full_matrices=False)
        empty = s[..., 0] < backend.smallest
        found = xp.where(empty[..., None, None], self._eye, xp.matmul(u, v))
        if getattr(a, "requires_grad", False):
            change = xp.astype(a - backend.detach(a), self._wide)  # zero, but for its gradient
            turned = xp.matmul(xp.matmul(self.adjoint(u), change), self.adjoint(v))
            sums = s[..., :, None] + s[..., None, :]
            turned = (turned - self.adjoint(turned)) * xp.where(
                sums > backend.smallest, 1 / sums, 0.0
            )
            found = found + xp.matmul(xp.matmul(u, turned), v)
        return xp.astype(found, self.row.dtype)

    # --- geometry ------------------------------------------------------------------------------
    def real(self, a: Array) -> Array:
        """The entries as real numbers."""
        return self.backend.as_real(a) if self.complex else a

    def dot(self, a: Array, b: Array) -> Array:
        """The real part of the trace of A Bᴴ, in units in which a key has length 1."""
        return self.backend.xp.vecdot(self.real(a), self.real(b)) / self._squares

    @cached_property
    def squares(self) -> float:
        return 1 / self._squares

    def pack(self, a: Array) -> Array:
        return in_blocks(self.backend, lambda z: self.real(z) * self._squares**-0.5, [a])

    def unpack(self, packed: Array) -> Array:
        def block(p: Array) -> Array:
            r = p * self._squares**0.5
            return self.backend.as_complex(r) if self.complex else r

        return in_blocks(self.backend, block, [packed])
