"""A mixture of dense experts: what `vsa.nn.Mixture` is held against, and its degeneracy with it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from vsa.nn import look_at
from vsa.plugin import arguments


class DenseMixture(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """y = Σ_k g_k(x) f(W_k x), without biases: (..., in_features) → (..., out_features).

    gates: "softmax" of ⟨x, v_k⟩ or "constant", 1 / experts.  center: take its mean from each output,
    as stacks need: averaging ReLUs keeps their mean and shrinks their spread, so that without it a
    deep stack passes one direction.  An output is dead where all experts' units are off: the share
    of singular values of the Jacobian that are zero is 2^−experts.  Maps and gates start as
    Glorot's.  After the layer DenseMoE of eminorhan/mixture-of-experts.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        experts: int,
        activation: nn.Module | None = None,
        gates: str = "softmax",
        center: bool = False,
    ) -> None:
        super().__init__()
        sizes = in_features, out_features, experts
        names = "in_features", "out_features", "experts"
        wide, out, count = (
            arguments.checked_whole(name, size, 1) for name, size in zip(names, sizes, strict=True)
        )
        self.in_features = wide
        self.choice = arguments.checked_choice("gates", gates, ("softmax", "constant"))
        self.activation = nn.ReLU() if activation is None else activation
        self.center = center
        limit = math.sqrt(6 / (wide + out))
        self.weight = nn.Parameter(torch.empty(count, out, wide).uniform_(-limit, limit))
        if gates == "softmax":
            limit = math.sqrt(6 / (wide + 1))
            self.gate = nn.Parameter(torch.empty(count, wide).uniform_(-limit, limit))

    def gates(self, x: Any) -> Any:
        """What each expert's answer counts for: (..., in_features) → (..., experts)."""
        if self.choice == "constant":
            return x.new_full((*x.shape[:-1], len(self.weight)), 1 / len(self.weight))
        return (x @ self.gate.T).softmax(-1)

    def forward(self, x: Any) -> Any:
        look_at(self, x, self.in_features, self.weight)
        each = (x @ self.weight.flatten(0, 1).T).unflatten(-1, self.weight.shape[:2])
        y = (self.gates(x)[..., None, :] @ self.activation(each))[..., 0, :]
        return y - y.mean(-1, keepdim=True) if self.center else y

    def extra_repr(self) -> str:
        return f"{len(self.weight)} × {self.in_features} → {self.weight.shape[1]}, {self.choice}"
