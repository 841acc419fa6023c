"""A look at what a module is given: errors in one line that name the module, the operand and the row."""

from __future__ import annotations

import math
from typing import Any

from vsa.errors import VsaError

try:
    import torch
except ImportError as error:
    raise VsaError(
        f'vsa.nn needs the package {error.name or "torch"!r}: pip install "vsa-algebra[torch]"'
    ) from error

Tensor = Any  # a torch.Tensor; mypy does not look into torch
LOW = (torch.float16, torch.bfloat16)  # what autocast gives; raised to the layer's precision


def bad(module: Any, name: str, what: str) -> VsaError:
    """The error that an operand of a module, or of a function by its name, is not as it should be."""
    whose = module if isinstance(module, str) else type(module).__name__
    return VsaError(f"{whose}: {name} {what}")


def look_at(module: Any, operand: Any, width: int, like: Tensor, name: str = "the input") -> None:
    """An error unless the operand is a tensor (..., width) of finite numbers as `like` has them.

    like: a parameter or a buffer of the module, which tells its precision and where it is. Within
    torch.compile nothing is looked at.
    """
    if torch.compiler.is_compiling():
        return
    if not isinstance(operand, torch.Tensor):
        raise bad(module, name, f"is a {type(operand).__name__}, not a tensor")
    if operand.ndim == 0 or operand.shape[-1] != width:
        raise bad(module, name, f"has the shape {tuple(operand.shape)}, not (..., {width})")
    look_at_numbers(module, operand, like, name)


def look_at_numbers(module: Any, operand: Tensor, like: Tensor, name: str = "the input") -> None:
    """An error unless the tensor holds finite numbers as `like` has them."""
    if operand.dtype != like.dtype and operand.dtype not in LOW:
        raise bad(module, name, f"is {operand.dtype}, the layer {like.dtype}: .to() makes them one")
    if operand.device != like.device:
        raise bad(module, name, f"is on {operand.device}, the layer on {like.device}: use .to()")
    # one sum shows it, or overflows; only then is each number looked at
    if not math.isfinite(operand.detach().sum()):
        wrong = ~operand.detach().isfinite().reshape(-1, operand.shape[-1]).all(-1)
        if bool(wrong.any()):
            shape = operand.shape[:-1]
            row = tuple(int(i) for i in torch.unravel_index(wrong.nonzero()[0, 0], shape))
            where = f" in row {row[0] if len(row) == 1 else row}" if row else ""
            raise bad(module, name, f"holds NaN or infinity{where}")
