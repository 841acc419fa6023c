"""Vector-derived transformation binding: a vector of d'² components is a matrix of d' rows.

VTB binds by √d' A Bᵀ (J. Gosmann and C. Eliasmith, Vector-derived transformation binding: an improved
binding operation for deep symbol-like processing in neural networks, Neural Computation 31(5), 2019),
TVTB, its transposed sister in nengo-spa, by √d' A B. Neither is commutative: keys stand on the right.
TVTB is associative, VTB is not, and its identity and its involution act from the right only.

Rows hold √d' times the components, so that binding is the product of the matrices and keys are
orthogonal ones. With an orthogonal key v of VTB v * v is the identity, but x * v * v is not x: what
`power` gives is the power of the matrix, with which x * v² is x * v * v.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import Backend
from vsa_plugins.algebras.matrices import LAWS, Matrices
from vsa_plugins.algebras.normal import normals, orthogonal

Array = Any

TOGETHER = 1 << 15  # entries of the matrices that are drawn at a time: they stay in cache


class SquareMatrices(Matrices):
    """One real matrix a vector."""

    atom_kinds: ClassVar[tuple[str, ...]] = ("unitary", "gaussian")
    wants: ClassVar[str] = "a square"

    def __init__(self, dim: int, backend: Backend) -> None:
        side = math.isqrt(dim)
        super().__init__(dim, backend, (side, side), backend.real)
        self.product = self._product

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        return dim >= 4 and math.isqrt(dim) ** 2 == dim

    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """Orthogonal matrices, uniform, or of normal entries of variance 1/d'; float32."""
        side = self.shape[-1]
        if kind == "gaussian":
            return (normals(keys, self.dim) / math.sqrt(side)).astype(np.float32)
        drawn = np.empty((len(keys), self.dim), dtype=np.float32)
        step = max(TOGETHER // self.dim, 1)
        for start in range(0, len(keys), step):
            some = normals(keys[start : start + step], side * (side + 1) // 2)
            drawn[start : start + step] = orthogonal(some, side).reshape(-1, self.dim)
        return drawn

    @abstractmethod
    def one(self, a: Array, b: Array) -> Array:
        """The matrix a * b of two."""

    @abstractmethod
    def of(self, a: Array, b: Array) -> tuple[Array, Array]:
        """The two matrices whose product is a * b, of batches."""

    @abstractmethod
    def back(self, c: Array, b: Array) -> tuple[Array, Array]:
        """Those of c / b."""

    @abstractmethod
    def left_back(self, c: Array, a: Array) -> tuple[Array, Array]:
        """Those of left_unbind(c, a)."""

    def _product(self, a: Array, b: Array) -> Array:
        """`bind`, sooner for two single vectors."""
        if a.ndim == b.ndim == 1 and self.backend.has_out:
            return self.one(a.reshape(self.shape), b.reshape(self.shape)).reshape(self.dim)
        return self.bind(a, b)

    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        one, other = self.of(self.matrices(a), self.matrices(b))
        if out is None or not self.backend.has_out:
            found = self.rows(self.backend.xp.matmul(one, other))
            if out is None:
                return found
            out[...] = found
        else:
            self.backend.xp.matmul(one, other, out=self.matrices(out))
        return out

    def unbind(self, a: Array, b: Array) -> Array:
        return self.rows(self.backend.xp.matmul(*self.back(self.matrices(a), self.matrices(b))))

    def left_unbind(self, c: Array, a: Array) -> Array:
        return self.rows(
            self.backend.xp.matmul(*self.left_back(self.matrices(c), self.matrices(a)))
        )


class VTB(SquareMatrices):
    """Binding by A Bᵀ: every row of A is turned by B."""

    name = "vtb"

    def one(self, a: Array, b: Array) -> Array:
        return a.dot(b.T)

    def of(self, a: Array, b: Array) -> tuple[Array, Array]:
        return a, self.backend.xp.matrix_transpose(b)

    def back(self, c: Array, b: Array) -> tuple[Array, Array]:
        return c, b

    def left_back(self, c: Array, a: Array) -> tuple[Array, Array]:
        return self.backend.xp.matrix_transpose(c), a


class TVTB(SquareMatrices):
    """Binding by A B."""

    name = "tvtb"
    laws = LAWS | {"associative", "inverse"}

    def one(self, a: Array, b: Array) -> Array:
        return a.dot(b)

    def of(self, a: Array, b: Array) -> tuple[Array, Array]:
        return a, b

    def back(self, c: Array, b: Array) -> tuple[Array, Array]:
        return c, self.backend.xp.matrix_transpose(b)

    def left_back(self, c: Array, a: Array) -> tuple[Array, Array]:
        return self.backend.xp.matrix_transpose(a), c
