"""Operations in which composing spends its time: NumPy's where nothing is to be differentiated.

On a processor its products of many small matrices, its rows by number and its tanh take a quarter
to two thirds of torch's time, and an array is the tensor's own memory. With gradients, and on other
devices, they are torch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa_plugins.composition.trees import Array

try:
    import torch
except ImportError:  # who makes something of it is told, see `model.py`
    torch = None

Tensor = Any  # a torch.Tensor; mypy does not look into torch
State = tuple[Tensor, Tensor | None]


def arrays(*tensors: Tensor) -> list[Array] | None:
    """The tensors' numbers, or None where derivatives are taken or NumPy cannot have them."""
    recorded = torch.is_grad_enabled()
    for tensor in tensors:
        if (
            tensor.device.type != "cpu"
            or tensor.dtype not in (torch.float32, torch.float64)
            or (recorded and tensor.requires_grad)
            or torch.autograd.forward_ad.unpack_dual(tensor).tangent is not None
        ):
            return None
    return [tensor.detach().numpy() for tensor in tensors]


def rows(x: Tensor, chosen: Array) -> Tensor:
    """Chosen rows."""
    if (still := arrays(x)) is None:
        return x.index_select(0, torch.from_numpy(chosen).to(x.device))
    return torch.from_numpy(still[0].take(chosen, 0))


def act(operator: Tensor, content: Tensor) -> Tensor:
    """Aᵀ stored, Ab (m, n)."""
    if (still := arrays(operator, content)) is None:
        return torch.bmm(content[:, None], operator)[:, 0]
    return torch.from_numpy(np.matmul(still[1][:, None], still[0])[:, 0])


def times(x: Tensor, weight: Tensor) -> Tensor:
    """x W of x (m, n)."""
    if (still := arrays(x, weight)) is None:
        return x @ weight
    return torch.from_numpy(np.matmul(*still))


def summed(x: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """[x; y] W without putting x and y together (m, n)."""
    n = x.shape[-1]
    if (still := arrays(x, y, weight)) is None:
        return (x @ weight[:n]).addmm_(y, weight[n:])
    one, two, both = still
    whole = np.matmul(one, both[:n])
    whole += np.matmul(two, both[n:])
    return torch.from_numpy(whole)


def tanh(x: Tensor) -> Tensor:
    if (still := arrays(x)) is None:
        return x.tanh()
    return torch.from_numpy(np.tanh(still[0]))


def joined(states: Sequence[State]) -> State:
    """States put one after the other."""
    if len(states) == 1:
        return states[0]
    contents = torch.cat([content for content, _ in states])
    operators = [operator for _, operator in states if operator is not None]
    return contents, torch.cat(operators) if operators else None


def picked(states: Sequence[State], chosen: Array) -> State:
    """Chosen rows of states put one after the other."""
    content, operator = joined(states)
    return rows(content, chosen), rows(operator, chosen) if operator is not None else None
