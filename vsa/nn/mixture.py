"""A mixture of bindings: keys that the input itself chooses among."""

from __future__ import annotations

import math
from typing import Any

from torch import nn

from vsa.algebra.space import Space
from vsa.arguments import checked_choice, checked_number, checked_whole
from vsa.nn.layer import Layer, Operand
from vsa.nn.looks import Tensor
from vsa.nn.vectors import Vectors

GATES = ("softmax", "constant", "sigmoid")
KINDS = ("bind", "linear")


class Mixture(Layer):
    """y = Σ_k g_k(x) · (x ⊛ key_k): a (..., dim) → (..., dim).

    gates: "softmax" of sharpness · ⟨x, v_k⟩, "sigmoid" of the same, of which several may be open, or
    "constant", 1 / experts.  kind: "bind", or "linear" maps W_k x in place of bindings.

    Binding is linear in its key, so one binding with Σ g_k key_k is all that is computed, and with
    constant gates the mixture *is* one binding: only gates that see the input choose. A binding with
    a unitary key is an isometry; a mixture of several is none. With sharpness 1 the gates stay soft
    on vectors of length 1. Jacobs, Jordan, Nowlan, Hinton 1991, with bindings for experts.

    >>> import vsa
    >>> layer = Mixture(vsa.Space(64, backend="torch"), 4)
    >>> x = layer.space.algebra.pack(layer.space.random(3).data)
    >>> layer(x).shape, layer.gates(x).shape
    (torch.Size([3, 64]), torch.Size([3, 4]))
    """

    def __init__(
        self,
        space: Space,
        experts: int,
        *,
        gates: str = "softmax",
        sharpness: float = 8.0,
        kind: str = "bind",
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        self.experts = checked_whole("experts", experts, 1)
        self.choice = checked_choice("gates", gates, GATES)
        self.sharpness = checked_number("sharpness", sharpness, above=0)
        self.kind = checked_choice("kind", kind, KINDS)
        space.algebra.need("a mixture", "differentiable")
        if kind == "bind":
            space.algebra.need("a mixture of bindings", "bilinear")
            self.keys = Vectors(space, experts, check=check)
        else:
            wide = space.algebra.packed
            limit = math.sqrt(3 / wide)  # Glorot's, of a square map
            empty = space.backend.empty((experts, wide, wide), space.backend.real)
            self.maps = nn.Parameter(empty.uniform_(-limit, limit))
        if gates != "constant":  # small: sharp gates over keys not yet learnt stay with wrong ones
            self.gate = Vectors(space, 0.1 * space.random(experts), check=check)

    def gates(self, a: Operand) -> Tensor:
        """What each expert's answer counts for: (..., dim) → (..., experts)."""
        return self._gates(self.packed(a, "a"))

    def forward(self, a: Operand) -> Any:
        x = self.packed(a, "a")
        share = self._gates(x)
        if self.kind == "linear":
            return self.result((share[..., None, :] @ self._mapped(x))[..., 0, :], a)
        algebra = self.space.algebra
        bound = algebra.bind(algebra.unpack(x), algebra.unpack(share @ self.keys()))
        return self.result(algebra.pack(bound), a)

    def _gates(self, x: Tensor) -> Tensor:
        if self.choice == "constant":
            return x.new_full((*x.shape[:-1], self.experts), 1 / self.experts)
        scores = self.sharpness * (x @ self.gate().T)
        return scores.softmax(-1) if self.choice == "softmax" else scores.sigmoid()

    def _mapped(self, x: Tensor) -> Tensor:
        """Each map's answer (..., experts, dim)."""
        return (x @ self.maps.flatten(0, 1).T).unflatten(-1, self.maps.shape[:2])

    def extra_repr(self) -> str:
        return f"{self.experts} × {self.kind}, gates={self.choice!r}, {super().extra_repr()}"
