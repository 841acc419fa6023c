"""Learnable vectors, and the projection that keeps them unitary."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.nn.layer import Layer, Operand
from vsa.nn.looks import Tensor


class Vectors(Layer):
    """Learnable vectors: `weight`, a packed parameter (..., dim), seen as a Vector by `.vector`.

    start: how many fresh atoms (a number or a batch shape), or the Vector to start from.
    learn: False keeps them as they are, still in the state dict.

    Called, it gives the packed tensor (..., dim); called with whole numbers (...), the rows of
    those numbers (..., dim), as `torch.nn.Embedding` does.
    """

    def __init__(
        self,
        space: Space,
        start: int | tuple[int, ...] | Vector = (),
        learn: bool = True,
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        if learn:
            space.algebra.need("what is learnt", "differentiable", "keep the vectors, learn=False")
        vector = start if isinstance(start, Vector) else space.random(start)
        if vector.space != space:
            raise self._bad("the start", f"is of {vector.space!r}, the layer of {space!r}")
        packed = space.algebra.pack(vector.data).detach().clone()
        self._look_at(packed, "the start")
        self.weight = nn.Parameter(packed, requires_grad=learn)

    @property
    def vector(self) -> Vector:
        """The vectors as they are now; gradients flow back to the parameter."""
        return Vector(self.space, self.space.algebra.unpack(self.weight))

    def forward(self, rows: Tensor | None = None) -> Tensor:
        """The packed vectors, or those of some rows."""
        weight = self.weight
        if rows is None:
            return weight
        if self.check and not torch.compiler.is_compiling():
            self._look_at_rows(rows, tuple(weight.shape[:-1]))
        return nn.functional.embedding(rows, weight)

    def _look_at_rows(self, rows: Tensor, shape: tuple[int, ...]) -> None:
        if len(shape) != 1:
            raise VsaError(f"Vectors of the shape {shape} have no rows: that takes a batch (n,)")
        if not isinstance(rows, torch.Tensor) or rows.dtype not in (torch.int64, torch.int32):
            kind = getattr(rows, "dtype", type(rows).__name__)
            raise VsaError(f"rows are given by a tensor of whole numbers, not by {kind}")
        if rows.numel() and not 0 <= int(rows.min()) <= int(rows.max()) < shape[0]:
            wrong = int(rows.min()) if int(rows.min()) < 0 else int(rows.max())
            raise VsaError(f"there is no row {wrong}: the rows are 0 to {shape[0] - 1}")

    def extra_repr(self) -> str:
        return f"{tuple(self.weight.shape[:-1])}, {super().extra_repr()}"


class Unitary(Layer):
    """The nearest unitary vectors of packed tensors (..., dim): as a layer, or a parametrisation.

    `torch.nn.utils.parametrize.register_parametrization(vectors, "weight", Unitary(space))` makes
    the vectors of a Vectors module (or any packed parameter) unitary throughout learning. The free
    tensor starts as the projection of what was there, and so does what is assigned later.
    """

    def __init__(self, space: Space, check: bool = True) -> None:
        super().__init__(space, check)
        space.algebra.need("what is learnt", "differentiable")

    def forward(self, a: Operand) -> Any:
        algebra = self.space.algebra
        unitary = algebra.unitary(algebra.unpack(self.packed(a, "a")))
        return self.result(algebra.pack(unitary), a)

    def right_inverse(self, a: Tensor) -> Tensor:
        """The free tensor to start from: the projection itself, which projects to itself."""
        return self.forward(a).detach().clone()
