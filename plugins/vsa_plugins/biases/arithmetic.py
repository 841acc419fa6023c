"""Neural arithmetic: NAC, which adds and subtracts, and NALU, which is meant to multiply and divide.

Trask, Hill, Reed, Rae, Dyer and Blunsom, Neural Arithmetic Logic Units, NeurIPS 2018. A NALU's product
is the modulus of a learnt binding (`vsa.nn.LearnedBinding`); the phase is what it lacks, and with it the
signs of numbers. In our runs, as in those of Madsen and Johansen (2020), NAC learns + and − and NALU
learns neither × nor ÷.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from vsa import VsaError
from vsa.nn import look_at

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class NAC(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """W x with W = tanh(raw) · σ(keep), entries drawn towards −1, 0 and 1: (..., in) → (..., out)."""

    def __init__(self, in_features: int, out_features: int) -> None:
        super().__init__()
        self.raw = nn.Parameter(drawn(out_features, in_features))
        self.keep = nn.Parameter(drawn(out_features, in_features))

    @property
    def weight(self) -> Tensor:
        """W (out_features, in_features)."""
        return torch.tanh(self.raw) * torch.sigmoid(self.keep)

    def forward(self, x: Tensor) -> Tensor:
        look_at(self, x, self.raw.shape[1], self.raw)
        return x @ self.weight.T


class NALU(nn.Module):  # type: ignore[misc]
    """g · W x + (1 − g) · exp(W log(|x| + eps)), g = σ(G x): (..., in) → (..., out).

    shared: one W for both, as in the paper.  gate: "input", σ(G x), or "free", which sees no input.
    """

    def __init__(
        self, in_features: int, out_features: int, eps: float = 1e-7,
        shared: bool = True, gate: str = "input",
    ) -> None:  # fmt: skip
        super().__init__()
        if gate not in ("input", "free"):
            raise VsaError(f"NALU: gate must be input or free, not {gate!r}")
        self.eps = eps
        self.add = NAC(in_features, out_features)
        self.multiply = self.add if shared else NAC(in_features, out_features)
        start = drawn(out_features, in_features) if gate == "input" else torch.zeros(out_features)
        self.gate = nn.Parameter(start)

    def forward(self, x: Tensor) -> Tensor:
        added = self.add(x)
        multiplied = ((x.abs() + self.eps).log() @ self.multiply.weight.T).exp()
        g = torch.sigmoid(x @ self.gate.T if self.gate.ndim == 2 else self.gate)
        return g * added + (1 - g) * multiplied


def drawn(rows: int, columns: int) -> Tensor:
    """Uniform in ±r, with r such that tanh(u) σ(v) keeps the variance, 2 / (rows + columns)."""

    def variance(r: float) -> float:
        return (1 - math.tanh(r) / r) * (r - math.tanh(r / 2)) / (2 * r)

    low, high, wanted = 1e-6, 10.0, 2 / (rows + columns)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if variance(middle) < wanted else (low, middle)
    return nn.init.uniform_(torch.empty(rows, columns), -high, high)
