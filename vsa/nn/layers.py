"""Binding, superposition and soft cleanup as layers."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import nn

from vsa import soft
from vsa.algebra.base import Algebra
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_number, refused
from vsa.errors import VsaError
from vsa.memory.memory import Memory
from vsa.memory.select import Among
from vsa.nn.layer import Layer, Operand
from vsa.nn.looks import Tensor
from vsa.nn.vectors import Vectors


class Bind(Layer):
    """a ⊛ b of packed tensors (..., dim), whose batch axes broadcast."""

    def forward(self, a: Operand, b: Operand) -> Any:
        x, y = self.packed(a, "a"), self.packed(b, "b")
        self.together(x, y)
        algebra = self.space.algebra
        bound = algebra.bind(algebra.unpack(x), algebra.unpack(y))
        return self.result(algebra.pack(bound), a, b)


class Unbind(Layer):
    """a ⊛ b*, which takes b out of a: exactly where b is unitary.  (..., dim), broadcasting."""

    def forward(self, a: Operand, b: Operand) -> Any:
        x, y = self.packed(a, "a"), self.packed(b, "b")
        self.together(x, y)
        algebra = self.space.algebra
        left = algebra.unbind(algebra.unpack(x), algebra.unpack(y))
        return self.result(algebra.pack(left), a, b)


class Superpose(Layer):
    """Σ wᵢ aᵢ over the last batch axis: a (..., n, dim), weights (..., n) or none → (..., dim).

    normalize: scale the sums to length 1; zero stays zero.
    """

    def __init__(self, space: Space, normalize: bool = False, check: bool = True) -> None:
        super().__init__(space, check)
        self.normalize = normalize

    def forward(self, a: Operand, weights: Tensor | None = None) -> Any:
        x = self.packed(a, "a")
        if self.check and not torch.compiler.is_compiling():
            if x.ndim < 2:
                raise self._bad(
                    "a", f"is one vector: give a batch (..., n, {self.space.algebra.packed})"
                )
            if weights is not None:
                self._look_at_weights(weights, x)
        if weights is None:
            weights = torch.ones_like(x[..., 0])
        total = _superposed(self.space.algebra, weights[..., None, :], x)[..., 0, :]
        return self.result(soft.unit(self.space.backend, total) if self.normalize else total, a)

    def _look_at_weights(self, weights: Tensor, x: Tensor) -> None:
        n = x.shape[-2]
        if not isinstance(weights, torch.Tensor) or weights.ndim == 0 or weights.shape[-1] != n:
            shape = tuple(getattr(weights, "shape", ()))
            raise self._bad("the tensor of weights", f"has the shape {shape}, not (..., {n})")
        self._look_at_numbers(weights, "the tensor of weights")
        self.together(weights, x[..., 0])


class Soft(NamedTuple):
    """What a soft cleanup gives.

    vector: Σ weightᵢ itemᵢ, packed (..., dim) or a Vector.  weights: (..., items), of sum 1.
    """

    vector: Any
    weights: Tensor


class Cleanup(Layer):
    """Soft cleanup: a (..., dim) → softmax of the cosines with the items, and their superposition.

    items: a Memory (its present items, which are not learnt; `among` and `kinds` choose, as in
    `Memory.cleanup`), a Vectors module (learnt along), or a Vector (n,).
    temperature: that divides the cosines; the inverse θ of the cache memories lies between 10
    and 90 (Grave, Joulin, Usunier 2017; Orhan 2018).  learn_temperature: as its logarithm.

    The zero vector is equally far from all items. `names` are those of a Memory's items, in the
    order of the weights.
    """

    def __init__(
        self,
        space: Space,
        items: Memory | Vectors | Vector,
        temperature: float = 0.02,
        learn_temperature: bool = False,
        *,
        among: Among | None = None,
        kinds: str | None = None,
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        temperature = checked_number("the temperature", temperature, above=0)
        self.names: tuple[str, ...] | None = None
        if isinstance(items, Memory):
            rows = items.select(among=among, kinds=kinds)
            self.names = tuple(map(str, items.reported(rows)))
            items = _moved(items.vectors(rows), space)
        if isinstance(items, Vector):
            items = Vectors(space, items, learn=False)
        if not isinstance(items, Vectors):
            raise refused("items", "a Memory, a Vectors module or a Vector", items)
        if items.space != space:
            raise self._bad("the items", f"are of {items.space!r}, the layer of {space!r}")
        if items.weight.ndim != 2 or not len(items.weight):
            raise VsaError(
                f"Cleanup takes items of the shape (n,), n ≥ 1, not {tuple(items.weight.shape[:-1])}"
            )
        self.items = items
        log = space.backend.asarray(math.log(temperature), dtype=space.backend.real)
        if learn_temperature:
            self.log_temperature = nn.Parameter(log)
        else:
            self.register_buffer("log_temperature", log)

    @property
    def temperature(self) -> float:
        """The temperature as it is now."""
        return math.exp(float(self.log_temperature.detach()))

    def forward(self, a: Operand) -> Soft:
        x, items = self.packed(a, "a"), self.packed(self.items(), "the table of items")
        share = soft.weights(self.space.backend, x, items, (-self.log_temperature).exp())
        return Soft(self.result(_superposed(self.space.algebra, share, items), a), share)


def _superposed(algebra: Algebra, weights: Tensor, packed: Tensor) -> Tensor:
    """weights (..., m, n) @ vectors (..., n, dim), superposed as the algebra does."""
    if algebra.closed:  # packing is linear
        return weights @ packed
    return algebra.pack(algebra.finish(weights @ algebra.accumulate(algebra.unpack(packed))))


def _moved(vector: Vector, space: Space) -> Vector:
    """A vector of an equal space on another backend or at another precision, in this one."""
    theirs = vector.space
    if theirs.like(backend=space.backend_name, dtype=space.backend.dtype) != space:
        raise VsaError(f"the items are of {theirs!r}, the layer of {space!r}")
    packed = theirs.backend.numpy(theirs.algebra.pack(vector.data))
    moved = space.backend.asarray(packed, dtype=space.backend.real)
    return Vector(space, space.algebra.unpack(moved))
