"""CoordConv: a convolution that is told where it is (Liu et al. 2018)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vsa import VsaError
from vsa.nn import look_at_numbers

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class AddCoords(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """Images (..., channels, h, w) → (..., channels + 2, h, w): the row and the column as channels.

    Both run from −1 to 1 whatever the size that comes, square or not; along a side of one pixel they
    are 0. radius: a third channel √(i² + j²) of the scaled coordinates.

    The authors' code divides the coordinate of one axis by the size of the other, which is right on
    square canvases alone; here each has its own.

    >>> AddCoords()(torch.zeros(1, 2, 3))[1:].tolist()
    [[[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]], [[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]]
    """

    def __init__(self, radius: bool = False) -> None:
        super().__init__()
        self.radius = radius

    def forward(self, x: Tensor) -> Tensor:
        """The image, then its coordinates."""
        if not isinstance(x, torch.Tensor) or x.ndim < 3:
            shape = tuple(getattr(x, "shape", ()))
            raise VsaError(f"AddCoords: the input has the shape {shape}, not (..., channels, h, w)")
        i, j = torch.meshgrid(*(_along(n, x) for n in x.shape[-2:]), indexing="ij")
        channels = [i, j, (i.square() + j.square()).sqrt()][: 2 + self.radius]
        coordinates = torch.stack(channels).expand(*x.shape[:-3], -1, -1, -1)
        return torch.cat([x, coordinates], -3)


def _along(size: int, like: Tensor) -> Tensor:
    """`size` coordinates from −1 to 1."""
    if size == 1:
        return like.new_zeros(1)
    return torch.linspace(-1, 1, size, dtype=like.dtype, device=like.device)


class CoordConv2d(nn.Conv2d):  # type: ignore[misc]
    """`torch.nn.Conv2d` of images and their coordinates: (..., in, h, w) → (..., out, h', w').

    in_channels: without the coordinates, whose weights are the last ones.  radius: as `AddCoords`
    has it.  The rest, by position or by name, is that of `torch.nn.Conv2d`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Any, *others: Any,
        radius: bool = False, **named: Any,
    ) -> None:  # fmt: skip
        super().__init__(in_channels + 2 + radius, out_channels, kernel_size, *others, **named)
        self.coordinates = AddCoords(radius)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution; an error that names the row, of a batch of images, that holds NaN."""
        images = self.in_channels - 2 - self.coordinates.radius
        if not isinstance(x, torch.Tensor) or x.ndim not in (3, 4) or x.shape[-3] != images:
            shape = tuple(getattr(x, "shape", ()))
            wanted = f"(..., {images}, h, w)"
            raise VsaError(f"CoordConv2d: the input has the shape {shape}, not {wanted}")
        if not torch.compiler.is_compiling():
            look_at_numbers(self, x.flatten(-3), self.weight)
        return super().forward(self.coordinates(x))
