"""Positions as vectors: a fractional power of a base along each axis."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import reduce
from typing import Any

import torch
from torch import nn

from vsa.algebra.space import Space
from vsa.arguments import checked_number, checked_text, checked_truth, checked_whole
from vsa.errors import ArgumentValueError
from vsa.nn.layer import Layer
from vsa.nn.looks import Tensor, look_at

WHOLE = (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8)


class PositionChannels(Layer):
    """P(x, y) = X^(x/ℓ) ⊛ Y^(y/ℓ): positions (..., axes) → packed (..., dim), keys to bind with.

    The dot product of two positions depends on their difference alone. At ℓ = 1 it is 1 at the same
    position and noise at other whole ones, on average sinc(Δx) · sinc(Δy); a larger ℓ makes near
    positions alike, and what is learnt at one then holds nearly at the next. To move a scene
    Σ pixel ⊛ P(p) is to bind it with P(Δ).

    axes: how many coordinates a position has: 1 for a time line, 2 for an image.
    scale: ℓ, above 0.  learn_scale: as its logarithm.
    name: of the bases, `space.base(f"{name}/{axis}")`; another name gives others.

    Needs an algebra with fractional powers. Whole numbers are positions too. Source: Komer et al.
    2019 (fractional binding); raw coordinates as channels are CoordConv (Liu et al. 2018), which
    `vsa_plugins.biases` has.

    >>> import torch, vsa
    >>> place = PositionChannels(vsa.Space(256, backend="torch"))
    >>> grid = place.grid(8, 8)
    >>> grid.shape
    torch.Size([8, 8, 256])
    >>> query = place(torch.tensor([2, 5]))
    >>> divmod(int((grid @ query).argmax()), 8)
    (2, 5)
    """

    def __init__(
        self,
        space: Space,
        axes: int = 2,
        scale: float = 1.0,
        learn_scale: bool = False,
        *,
        name: str = "position",
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        space.algebra.need("a position", "fractional")
        self.axes = checked_whole("axes", axes, 1)
        self.name = checked_text("name", name)
        self._bases = self._drawn()
        scale = math.log(checked_number("the scale", scale, above=0))
        log = space.backend.asarray(scale, dtype=space.backend.real)
        if checked_truth("learn_scale", learn_scale):
            space.algebra.need("what is learnt", "differentiable", "keep the scale")
            self.log_scale = nn.Parameter(log)
        else:
            self.register_buffer("log_scale", log)

    @property
    def scale(self) -> float:
        """ℓ as it is now."""
        return math.exp(float(self.log_scale.detach()))

    def forward(self, positions: Tensor) -> Tensor:
        """The packed vectors (..., dim) of positions (..., axes)."""
        if isinstance(positions, torch.Tensor) and positions.dtype in WHOLE:
            positions = positions.to(self._place.dtype)
        if self.check:
            look_at(self, positions, self.axes, self._place, "the tensor of positions")
        return self._bound([self._along(i, positions[..., i]) for i in range(self.axes)])

    def grid(self, *sizes: int) -> Tensor:
        """The packed vectors (*sizes, dim) of all whole positions from 0, `grid(height, width)`."""
        if len(sizes) != self.axes:
            raise ArgumentValueError(
                f"grid takes a size for each axis, {self.axes} of them, not {len(sizes)}"
            )
        powers = []
        for i, size in enumerate(sizes):
            steps = torch.arange(checked_whole("a size of the grid", size, 1)).to(self._place)
            beside = (1,) * (self.axes - 1 - i)  # for the axes that come after
            powers.append(self._along(i, steps).reshape(size, *beside, -1))
        return self._bound(powers)

    def _along(self, axis: int, positions: Tensor) -> Any:
        """Powers of the base of one axis, as rows of the algebra."""
        return self.space.algebra.power(self._bases[axis], positions * (-self.log_scale).exp())

    def _bound(self, powers: list[Any]) -> Tensor:
        algebra = self.space.algebra
        return algebra.pack(reduce(algebra.bind, powers))

    def _drawn(self) -> list[Any]:
        return [self.space.base(f"{self.name}/{axis}").data for axis in range(self.axes)]

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        """The bases are functions of their names in whatever space the layer moves to."""
        super()._apply(fn, recurse)
        self._bases = self._drawn()
        return self

    def extra_repr(self) -> str:
        return f"axes={self.axes}, scale={self.scale:g}, {super().extra_repr()}"
