"""A recurrent cell on a Schur form, and its nonlinearity (Kerg et al. 2019)."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from vsa.nn import look_at
from vsa.plugin import arguments
from vsa_plugins.biases.nonnormal import NonNormal

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class ModReLU(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """sign(z) relu(|z| + b) with a b that learns for each feature: z (..., num_features), as it gives."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        count = arguments.checked_whole("num_features", num_features, 1)
        self.bias = nn.Parameter(torch.empty(count).uniform_(-0.01, 0.01))

    def forward(self, z: Tensor) -> Tensor:
        look_at(self, z, len(self.bias), self.bias)
        return z.sign() * (z.abs() + self.bias).relu()


class NonNormalRNNCell(nn.Module):  # type: ignore[misc]
    """h ← σ(U x + Θ h), as `torch.nn.RNNCell`: x (..., input_size), h (..., hidden_size) → h.

    hidden_size: even.  bias: U x + b.  nonlinearity: "modrelu", "tanh" or "relu".  Without h it
    begins at zeros. `recurrence()` is Θ, and `recurrence.penalty()` a term of the loss. In training
    the published gain over an orthogonal Θ is small, and on the copy task there is none.

    >>> from vsa_plugins.biases import NonNormalRNNCell
    >>> cell = NonNormalRNNCell(3, 8)
    >>> cell(torch.ones(5, 3)).shape
    torch.Size([5, 8])
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "modrelu"
    ) -> None:
        super().__init__()
        inputs = arguments.checked_whole("input_size", input_size, 1)
        self.recurrence = NonNormal(arguments.checked_whole("hidden_size", hidden_size, 2))
        self.source = nn.Linear(inputs, len(self.recurrence.upper), bias)
        chosen = arguments.checked_choice("nonlinearity", nonlinearity, ("modrelu", "tanh", "relu"))
        plain = {"tanh": nn.Tanh, "relu": nn.ReLU}
        self.nonlinearity = plain[chosen]() if chosen in plain else ModReLU(hidden_size)

    def forward(self, x: Tensor, h: Tensor | None = None) -> Tensor:
        weight = self.source.weight
        look_at(self, x, weight.shape[1], weight, "the input")
        driven = self.source(x)
        if h is None:
            return self.nonlinearity(driven)
        look_at(self, h, len(weight), weight, "the hidden state")
        return self.nonlinearity(driven + h @ self.recurrence().mT)
