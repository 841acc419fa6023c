"""Tensor products, up to a rank: binding that loses nothing and grows.

A vector is a sum of tensors of the ranks 0 … R over d dimensions, in all Σ dʳ components, rank by
rank, each row by row. Atoms have rank 1. Binding is the tensor product, of which the ranks add up;
unbinding contracts the last indices with the key, and is exact for keys of one rank and length 1.
Source: P. Smolensky, Tensor product variable binding and the representation of symbolic structures in
connectionist systems, Artificial Intelligence 46(1–2), 1990.

A pair read by its role is found among noise in d dimensions, but K − 1 other pairs leave only as
much of it as (K − 1)/d atoms would: the roles of others are nearly orthogonal to that one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from vsa.plugin import (
    Algebra,
    ArgumentValueError,
    Backend,
    Form,
    Gaussian,
    GrowthError,
    in_blocks,
    orders,
)
from vsa_plugins.algebras.normal import directions, normals

Array = Any
Parts = dict[int, Array]  # by their ranks
Terms = Callable[[Parts, Parts], Iterator[tuple[int, Array]]]  # and the rank of each

WIDEST = 1 << 24  # components of a vector: 64 MB in single precision
FULLEST = 4  # pairs a dimension that a cleanup supposes at most: more are not read, fewer are surer
ALIKE = 1e-3  # relative difference of lengths that decides nothing
LOST = 1e-5  # relative length of a part that rounding may have made


class Tensor(Algebra):
    """Tensors of the ranks 0 … R, side by side."""

    name = "tensor"
    laws = frozenset({
        "associative", "distributive", "bilinear", "unbinding", "left-unbinding", "adjoint",
        "identity", "isometry", "differentiable", "closed", "equivariant",
    })  # fmt: skip
    parameters: ClassVar[tuple[str, ...]] = ("3",)
    contracts: ClassVar[bool] = True

    def __init__(self, dim: int, backend: Backend, rank: str = "3") -> None:
        super().__init__(dim, backend)
        self.rank = self.whole(rank, "R", 1, 16)
        self.width = width(dim, self.rank)
        self.row = self.sum = self.shown = Form(self.width, backend.real)
        self.packed = self.width
        ends = [width(dim, r) for r in range(self.rank + 1)]
        self._parts = [slice(end - dim**r, end) for r, end in enumerate(ends)]

    @classmethod
    def fits(cls, dim: int, *parameters: str) -> bool:
        rank = cls.whole((*parameters, *cls.parameters)[0], "R", 1, 16)
        return dim >= 2 and width(dim, rank) <= WIDEST

    @classmethod
    def check_dim(cls, dim: int, name: str, *parameters: str) -> None:
        if cls.fits(dim, *parameters) or dim < 2:
            return super().check_dim(dim, name, *parameters)
        rank = cls.whole((*parameters, *cls.parameters)[0], "R", 1, 16)
        most = next(
            (d for d in range(int(WIDEST ** (1 / rank)) + 1, 1, -1) if width(d, rank) <= WIDEST), 0
        )
        raise ArgumentValueError(
            f"{name} at dim {dim} has {width(dim, rank):,} components a vector, "
            f"and {WIDEST:,} are the most: a dim up to {most}, or a lower rank"
        )

    @cached_property
    def noise(self) -> Gaussian:
        """Of other pairs unbinding leaves the d-th part, so that d of them weigh as one term."""
        fullest = 1 + (FULLEST - 1 / self.dim)  # the load of so many pairs, of which one is read
        return Gaussian(self.shares, self.freedom, 1 / math.sqrt(fullest), 1 / self.dim)

    # --- vectors out of bits -------------------------------------------------------------------
    def draw(self, keys: Sequence[bytes], kind: str) -> np.ndarray[Any, Any]:
        """Rank 1, uniform on the sphere; float32."""
        rows = np.zeros((len(keys), self.width), dtype=np.float32)
        rows[:, self._parts[1]] = directions(normals(keys, self.dim))
        return rows

    def identity(self) -> Array:
        """The scalar 1."""
        one = np.zeros(self.width)
        one[0] = 1
        return self.backend.asarray(one, dtype=self.row.dtype)

    @property
    def places(self) -> int:
        """The components of atoms."""
        return self.dim

    def exchanged(self, a: Array, b: Array, there: Array) -> Array:
        xp, part = self.backend.xp, self._parts[1]
        some = xp.where(there, b[..., part], a[..., part])
        return xp.concat([a[..., : part.start], some, a[..., part.stop :]], axis=-1)

    # --- ranks ---------------------------------------------------------------------------------
    def parts(self, a: Array) -> Parts:
        """The tensors of each rank (…, dʳ), but for what is zero all over.

        With a gradient they are all there: what is zero may be learnt.
        """
        found = {rank: a[..., part] for rank, part in enumerate(self._parts)}
        if getattr(a, "requires_grad", False):
            return found
        return {rank: x for rank, x in found.items() if bool(self.backend.xp.any(x != 0))}

    def rows(self, parts: Parts, shape: tuple[int, ...]) -> Array:
        """Rows of a batch shape of the tensors of each rank; those not given are zero."""
        xp, backend = self.backend.xp, self.backend
        every = [
            parts[rank] if rank in parts
            else xp.zeros((*shape, self.dim**rank), dtype=self.row.dtype, device=backend.device)
            for rank in range(self.rank + 1)
        ]  # fmt: skip
        return xp.concat(every, axis=-1)

    def _combined(self, a: Array, b: Array, terms: Terms) -> Array:
        """Rows of the sums of some terms, rank by rank, in blocks."""

        def block(x: Array, y: Array) -> Array:
            found: Parts = {}
            for rank, term in terms(self.parts(x), self.parts(y)):
                found[rank] = found[rank] + term if rank in found else term
            return self.rows(found, np.broadcast_shapes(tuple(x.shape[:-1]), tuple(y.shape[:-1])))

        return in_blocks(self.backend, block, [a, b])

    # --- binding -------------------------------------------------------------------------------
    def bind(self, a: Array, b: Array, out: Array | None = None) -> Array:
        found = self._combined(a, b, self._products)
        if out is None:
            return found
        out[...] = found
        return out

    def _products(self, a: Parts, b: Parts) -> Iterator[tuple[int, Array]]:
        xp = self.backend.xp
        self._check_ranks(a, b)
        for (i, x), (j, y) in itertools.product(a.items(), b.items()):
            if i + j <= self.rank:
                term = x[..., :, None] * y[..., None, :]
                yield i + j, xp.reshape(term, (*term.shape[:-2], self.dim ** (i + j)))

    def _check_ranks(self, a: Parts, b: Parts) -> None:
        """An error where more than rounding is beyond the highest rank."""
        if max(a, default=0) + max(b, default=0) <= self.rank:
            return
        one, other = self._lengths(a), self._lengths(b)
        over = [i + j for i, j in itertools.product(one, other) if one[i] * other[j] > LOST]
        most = max(over, default=0)
        if most > self.rank:
            raise GrowthError(
                f"a product of rank {most} has {width(self.dim, most):,} components, and "
                f"{self.name} keeps ranks up to {self.rank}, {self.width:,} of them: "
                "unbind before, or choose a higher rank"
            )

    def _lengths(self, parts: Parts) -> dict[int, float]:
        """The largest lengths of the parts, beside those of the whole."""
        xp, detach = self.backend.xp, self.backend.detach
        lengths = {rank: xp.linalg.vector_norm(detach(x), axis=-1) for rank, x in parts.items()}
        whole = sum(lengths.values())
        whole = xp.where(whole > 0, whole, xp.ones_like(whole))
        return {rank: float(xp.max(x / whole)) for rank, x in lengths.items()}

    def unbind(self, a: Array, b: Array) -> Array:
        """The last indices contracted with the key."""
        return self._combined(a, b, self._contracted)

    def _contracted(self, c: Parts, b: Parts) -> Iterator[tuple[int, Array]]:
        xp = self.backend.xp
        for (i, x), (j, y) in itertools.product(c.items(), b.items()):
            if i >= j:
                matrix = xp.reshape(x, (*x.shape[:-1], self.dim ** (i - j), self.dim**j))
                yield i - j, xp.matmul(matrix, y[..., None])[..., 0]

    def left_unbind(self, c: Array, a: Array) -> Array:
        """The first indices contracted."""
        return self._combined(c, a, self._contracted_first)

    def _contracted_first(self, c: Parts, a: Parts) -> Iterator[tuple[int, Array]]:
        xp = self.backend.xp
        for (i, x), (j, y) in itertools.product(c.items(), a.items()):
            if i >= j:
                matrix = xp.reshape(x, (*x.shape[:-1], self.dim**j, self.dim ** (i - j)))
                yield i - j, xp.matmul(y[..., None, :], matrix)[..., 0, :]

    def unitary(self, a: Array) -> Array:
        """The longest part alone, at length 1, the lower one of two as long; of zero the identity."""
        xp = self.backend.xp

        def block(x: Array) -> Array:
            largest = xp.max(xp.abs(x), axis=-1, keepdims=True)
            empty = largest < self.backend.smallest
            x = xp.where(empty, self.identity(), x / xp.where(empty, 1.0, largest))
            every = [x[..., part] for part in self._parts]
            lengths = xp.stack([xp.linalg.vector_norm(part, axis=-1) for part in every], axis=-1)
            enough = (1 - ALIKE) * xp.max(lengths, axis=-1, keepdims=True)
            chosen = xp.argmax(xp.astype(lengths >= enough, xp.uint8), axis=-1)[..., None]
            kept = [
                xp.where(chosen == rank, part / lengths[..., rank, None], 0.0)
                for rank, part in enumerate(every)
            ]
            return xp.concat(kept, axis=-1)

        with np.errstate(invalid="ignore"):  # of what is not chosen
            return in_blocks(self.backend, block, [a])

    def permute(self, a: Array, times: int) -> Array:
        """Of every index, by one cycle through its dim values."""
        xp = self.backend.xp
        order = self.backend.asarray(orders.power(orders.cycle(self.dim), times))

        def block(x: Array) -> Array:
            parts = self.parts(x)
            for rank, part in parts.items():
                tensor = xp.reshape(part, (*part.shape[:-1], *(self.dim,) * rank))
                for axis in range(1, rank + 1):
                    tensor = xp.take(tensor, order, axis=-axis)
                parts[rank] = xp.reshape(tensor, part.shape)
            return self.rows(parts, tuple(x.shape[:-1]))

        return in_blocks(self.backend, block, [a])

    # --- geometry ------------------------------------------------------------------------------
    def dot(self, a: Array, b: Array) -> Array:
        return self.backend.xp.vecdot(a, b)

    @cached_property
    def squares(self) -> float:
        return 1.0

    def pack(self, a: Array) -> Array:
        return a

    def unpack(self, packed: Array) -> Array:
        return packed


def width(dim: int, rank: int) -> int:
    """The components of all tensors up to a rank."""
    return sum(dim**r for r in range(rank + 1))
