"""Recurrence by a Schur form: what binding, whose matrices are normal, cannot do (Kerg et al. 2019).

    Θ = P (D(γ, θ) + T) Pᵀ

P is orthogonal, D of n/2 blocks γ [[cos θ, −sin θ], [sin θ, cos θ]], and T above and outside of the
blocks: an eigenvalue has the modulus γ of its block whatever T is. (The authors' mask takes in the
blocks' upper corners, from where T moves the moduli.)
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn.utils.parametrizations import orthogonal

from vsa import VsaError
from vsa.plugin import arguments

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class NonNormal(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """Called, it gives the matrix Θ (features, features), orthogonal to begin with; features even.

    gain: γ of all blocks to begin with, learnt unless learn_gain=False. `angles`, `gain` (features/2)
    and `upper` (T before its mask) are parameters; `basis.weight` is P, Cayley's map of a free one
    that learns best at about a tenth of the others' rate.

    >>> from vsa_plugins.biases import NonNormal
    >>> matrix = NonNormal(64, gain=0.5)()
    >>> matrix.shape, bool((torch.linalg.eigvals(matrix).abs() - 0.5).abs().max() < 1e-4)
    (torch.Size([64, 64]), True)
    """

    def __init__(self, features: int, gain: float = 1.0, learn_gain: bool = True) -> None:
        super().__init__()
        n = arguments.checked_whole("features", features, 2)
        if n % 2:
            raise VsaError(f"features must be even, which {n} is not")
        gain = arguments.checked_number("gain", gain)
        # without the trivialisation P is of the free parameter alone, orthogonal to its own precision
        linear = nn.Linear(n, n, bias=False)
        self.basis = orthogonal(linear, orthogonal_map="cayley", use_trivialization=False)
        self.angles = nn.Parameter(2 * math.pi * torch.rand(n // 2))
        self.gain = nn.Parameter(torch.full((n // 2,), gain), requires_grad=learn_gain)
        self.upper = nn.Parameter(torch.zeros(n, n))
        outside = 1 - torch.block_diag(*[torch.ones(2, 2)] * (n // 2))
        self.register_buffer("mask", outside.triu(), persistent=False)

    @property
    def schur(self) -> Tensor:
        """D + T (features, features)."""
        across, along = self.gain * self.angles.sin(), self.gain * self.angles.cos()
        below = torch.stack([across, torch.zeros_like(across)], 1).flatten()[:-1].diag(-1)
        return along.repeat_interleave(2).diag() + below - below.mT + self.upper * self.mask

    def forward(self) -> Tensor:
        basis = self.basis.weight
        return basis @ self.schur @ basis.mT

    def penalty(self, delta: float = 1e-4, decay: float = 1e-6) -> Tensor:
        """delta · Σ(γᵢ − 1)² + decay · ‖T‖², for the loss."""
        moved = (self.gain - 1).square().sum()
        return delta * moved + decay * (self.upper * self.mask).square().sum()
