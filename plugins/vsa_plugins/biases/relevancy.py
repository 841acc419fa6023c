"""A recurrent cell that attends to its last states and to a few that proved relevant (Kerg et al. 2020)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import nn

from vsa import VsaError
from vsa.nn import Screened, look_at
from vsa.plugin import arguments

Tensor = Any  # a torch.Tensor; mypy does not look into torch


class RelevancyState(NamedTuple):
    """hidden, mixed: h and s (..., hidden_size).  kept: the states that are attended to."""

    hidden: Tensor
    mixed: Tensor
    kept: Screened


class RelevancyRNNCell(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """One step: x (..., input_size) and a state → h (..., hidden_size) and the next state.

    α = softmax of vᵀ tanh(V_a s + U_a hᵢ) over the last `recent` states and `slots` earlier ones,
    s ← ½ (h + Σ αᵢ hᵢ), h ← tanh(U x + V s). What is kept is as in `vsa.nn.Screening`, by the sum of α
    that a state gets while it is recent: a step costs O(recent + slots), and gradients reach back as
    far as what is kept. slots=0 attends to the last states alone, and with `recent` of at least the
    number of steps to all. Without a state it begins at zeros.

    >>> from vsa_plugins.biases import RelevancyRNNCell
    >>> cell, state = RelevancyRNNCell(3, 8, recent=5, slots=2), None
    >>> for x in torch.ones(20, 4, 3):
    ...     h, state = cell(x, state)
    >>> h.shape, state.kept.items.shape
    (torch.Size([4, 8]), torch.Size([4, 7, 8]))
    """

    def __init__(
        self, input_size: int, hidden_size: int, recent: int = 10, slots: int = 10
    ) -> None:
        super().__init__()
        inputs = arguments.checked_whole("input_size", input_size, 1)
        width = arguments.checked_whole("hidden_size", hidden_size, 1)
        self.recent = arguments.checked_whole("recent", recent, 1)
        self.slots = arguments.checked_whole("slots", slots, 0)
        self.source = nn.Linear(inputs, width)
        self.recurrence = nn.Linear(width, width, bias=False)
        self.asked, self.offered = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.score = nn.Linear(width, 1, bias=False)

    def start(self, batch: tuple[int, ...]) -> RelevancyState:
        """Zeros, of which the first state that is attended to."""
        weight = self.recurrence.weight
        zeros = weight.new_zeros((*batch, len(weight)))
        kept = Screened.empty(batch, self.slots + self.recent, len(weight), weight)
        return RelevancyState(zeros, zeros, kept.put(zeros, self.slots))

    def forward(
        self, x: Tensor, state: RelevancyState | None = None
    ) -> tuple[Tensor, RelevancyState]:
        look_at(self, x, self.source.in_features, self.source.weight)
        hidden, mixed, kept = self.start(x.shape[:-1]) if state is None else state
        look_at(self, hidden, len(self.source.weight), self.source.weight, "the hidden state")
        if hidden.shape[:-1] != x.shape[:-1]:
            shapes = f"{tuple(x.shape[:-1])} and {tuple(hidden.shape[:-1])}"
            raise VsaError(f"RelevancyRNNCell: batches of shapes {shapes} do not go together")
        scored = self.score(torch.tanh(self.asked(mixed)[..., None, :] + self.offered(kept.items)))
        weights = scored[..., 0].masked_fill(~kept.present, -math.inf).softmax(-1)
        mixed = (hidden + (weights[..., None, :] @ kept.items)[..., 0, :]) / 2
        hidden = torch.tanh(self.source(x) + self.recurrence(mixed))
        kept = kept.credited(weights, self.slots).put(hidden, self.slots)
        return hidden, RelevancyState(hidden, mixed, kept)
