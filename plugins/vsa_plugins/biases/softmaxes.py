"""A mixture of softmaxes over items: answers that are sets, past the rank that one softmax has."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

from vsa import Space, Vector
from vsa.nn import Cleanup, Layer, Soft, Vectors
from vsa.plugin import arguments


class MixedCleanup(Layer):
    """Weights Σ_k π_k(a) softmax(cos(Q_k a, items) / T): a (..., dim) → Soft, as `Cleanup`.

    π = softmax of ⟨a, v_k⟩.  The logarithms of one softmax's weights, as a matrix of queries and
    items, have at most rank dim + 1, the softmax bottleneck; those of a mixture have no such bound
    (Yang, Dai, Salakhutdinov, Cohen 2018).  It takes parts · dim² parameters more, for which a plain
    softmax may have a larger dim.  The maps start near the identity.
    """

    def __init__(
        self,
        space: Space,
        items: Vectors | Vector,
        parts: int,
        temperature: float = 0.02,
        learn_temperature: bool = False,
        *,
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        parts = arguments.checked_whole("parts", parts, 1)
        space.algebra.need("what is learnt", "differentiable")
        self.cleanup = Cleanup(space, items, temperature, learn_temperature, check=check)
        wide, real = space.algebra.packed, space.backend.real
        noise = torch.randn(parts, wide, wide, dtype=real) / (2 * math.sqrt(wide))
        self.maps = nn.Parameter((torch.eye(wide, dtype=real) + noise).to(self._place.device))
        self.gate = nn.Parameter(self.maps.new_zeros(parts, wide))

    def gates(self, a: Any) -> Any:
        """What each part's weights count for: (..., dim) → (..., parts)."""
        return (self.packed(a, "a") @ self.gate.T).softmax(-1)

    def forward(self, a: Any) -> Soft:
        x = self.packed(a, "a")
        turned = (x @ self.maps.flatten(0, 1).T).unflatten(-1, self.maps.shape[:2])
        each = self.cleanup(turned)
        share = self.gates(x)[..., None, :]
        vector = (share @ each.vector)[..., 0, :]
        return Soft(self.result(vector, a), (share @ each.weights)[..., 0, :])
