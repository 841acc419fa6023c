"""What the modules share: a space that moves with them, and a look at what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_instance
from vsa.errors import VsaError
from vsa.nn.looks import LOW, Tensor, bad, look_at, look_at_numbers

Operand = Any  # a packed tensor (..., dim) or a Vector


class Layer(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """A module over a space of torch; for layers of one's own.

    check: look at operands before computing (sizes, precision, device, NaN); torch.compile leaves
    that out. Looking for NaN waits for the device, so on CUDA a tuned model may do without.
    """

    def __init__(self, space: Space, check: bool = True) -> None:
        super().__init__()
        checked_instance("space", space, Space, "a Space")
        if space.backend.name != "torch":
            raise VsaError(
                f"{type(self).__name__} computes in torch, not {space.backend.name}: "
                'give it space.like(backend="torch")'
            )
        self.space = space
        self.check = check
        # empty, and so in no state dict: it tells where the module is
        self.register_buffer("_place", space.backend.empty((0,), space.backend.real), False)

    def _apply(self, fn: Callable[[Any], Any], recurse: bool = True) -> Any:
        """What `.to()`, `.double()`, `.cuda()` … call: the space goes along."""
        place = fn(self._place)
        if place.dtype not in (torch.float32, torch.float64):
            raise VsaError(f"vectors are float32 or float64, which {place.dtype} is not")
        if place.dtype != self._place.dtype or place.device != self._place.device:
            dtype = "float32" if place.dtype == torch.float32 else "float64"
            self.space = self.space.like(backend=_backend_on(place.device), dtype=dtype)
        return super()._apply(fn, recurse)

    def packed(self, operand: Operand, name: str = "the operand") -> Tensor:
        """The operand as a packed tensor (..., dim), looked at if this layer does."""
        checked = self.check and not torch.compiler.is_compiling()
        if isinstance(operand, Vector):
            if checked and operand.space != self.space:
                raise self._bad(name, f"is of {operand.space!r}, the layer of {self.space!r}")
            operand = self.space.algebra.pack(operand.data)
        if checked:
            self._look_at(operand, name)
        return operand.to(self._place.dtype) if operand.dtype in LOW else operand

    def result(self, packed: Tensor, *operands: Operand) -> Any:
        """What the layer gives: packed as it is, or a Vector where one of the operands was."""
        if any([isinstance(o, Vector) for o in operands]):  # noqa: C419 - torch.compile: no generator
            return Vector(self.space, self.space.algebra.unpack(packed))
        return packed

    def together(self, *operands: Tensor) -> None:
        """An error where the batch axes of operands do not broadcast."""
        if not self.check or torch.compiler.is_compiling():
            return
        shapes = [tuple(x.shape[:-1]) for x in operands]
        try:
            torch.broadcast_shapes(*shapes)
        except RuntimeError:
            listed = " and ".join(map(str, shapes))
            raise VsaError(
                f"{type(self).__name__}: batches of shapes {listed} do not go together"
            ) from None

    def _look_at(self, operand: Any, name: str) -> None:
        if not isinstance(operand, torch.Tensor):
            raise self._bad(name, f"is a {type(operand).__name__}, not a tensor or a Vector")
        look_at(self, operand, self.space.algebra.packed, self._place, name)

    def _look_at_numbers(self, operand: Tensor, name: str) -> None:
        look_at_numbers(self, operand, self._place, name)

    def _bad(self, name: str, what: str) -> VsaError:
        return bad(self, name, what)

    def extra_repr(self) -> str:
        return f"dim={self.space.dim}, algebra={self.space.algebra.name!r}"


def _backend_on(device: Any) -> str:
    """The name by which a space asks for torch on a device."""
    if device.type == "cpu":
        return "torch"
    if device.type == "cuda" and device.index == torch.cuda.current_device():
        return "torch:cuda"
    return f"torch:{device}"
