"""CoRelNet: a perceptron that sees how alike the items are and nothing of the items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from vsa import Space, Vector, VsaError
from vsa.nn import Relations, Vectors
from vsa.plugin import checked_whole

Tensor = Any


def lower(relations: Tensor, diagonal: bool = False) -> Tensor:
    """The entries below the diagonal, row by row: (..., n, n) → (..., n(n − 1)/2), with it n(n + 1)/2.

    >>> lower(torch.arange(9).reshape(3, 3)).tolist()
    [3, 6, 7]
    """
    shape = tuple(getattr(relations, "shape", ()))
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise VsaError(f"lower takes relations (..., n, n), not of the shape {shape}")
    n, offset = shape[-1], 0 if diagonal else -1
    row, column = torch.tril_indices(n, n, offset, device=relations.device)
    return relations[..., row, column]


class CoRelNet(nn.Module):  # type: ignore[misc]  # torch is not there for mypy to see
    """Answers from relations alone: items (..., n, dim) → (..., out_features).

    `Relations` of the items, then Linear, ReLU, Linear: what it learns of some objects holds for all
    others (Kerg, Mittal, Rolnick, Bengio, Richards, Lajoie 2022). Of cosines (temperature None) it is
    given those below the diagonal, of a softmax, whose rows differ, all but what is always 0.

    items: n.  temperature, roles, cleanup, diagonal: as `vsa.nn.Relations` takes them.
    """

    def __init__(
        self,
        space: Space,
        items: int,
        out_features: int,
        hidden: int = 256,
        temperature: float | None = 0.1,
        roles: Vectors | Vector | None = None,
        cleanup: nn.Module | Sequence[nn.Module] | None = None,
        *,
        diagonal: bool | float = 0.3,
        check: bool = True,
    ) -> None:
        super().__init__()
        n = self.items = checked_whole("items", items, 2)
        out = checked_whole("out_features", out_features, 1)
        hidden = checked_whole("hidden", hidden, 1)
        self.relations = Relations(
            space, temperature, roles, cleanup, diagonal=diagonal, check=check
        )
        seen = torch.ones(n, n, dtype=torch.bool)
        if temperature is None:
            seen = seen.tril(-1)
        elif diagonal is False:
            seen.fill_diagonal_(False)
            if n == 2:
                raise VsaError("CoRelNet: a softmax over 1 other item is 1: give diagonal a number")
        self.register_buffer("_seen", seen.flatten().nonzero()[:, 0], False)
        first = nn.Linear(self.relations.count * len(self._seen), hidden)
        answer = nn.Sequential(first, nn.ReLU(), nn.Linear(hidden, out))
        self.answer = answer.to(space.backend.device, space.backend.real)

    def forward(self, a: Any) -> Tensor:
        found = self.relations(a)
        if found.shape[-1] != self.items and not torch.compiler.is_compiling():
            raise VsaError(f"CoRelNet: a has {found.shape[-1]} items, not {self.items}")
        seen = found.flatten(-2)[..., self._seen]
        return self.answer(seen if self.relations.roles is None else seen.flatten(-2))
