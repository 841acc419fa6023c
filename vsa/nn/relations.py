"""Relations among items, apart from the items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from vsa import soft
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_number, refused
from vsa.errors import VsaError
from vsa.nn.layer import Layer, Operand
from vsa.nn.layers import Soft
from vsa.nn.looks import Tensor
from vsa.nn.vectors import Vectors


class Relations(Layer):
    """How alike items are, each with each: a (..., n, dim) → their cosines (..., n, n).

    Nothing of the items themselves is left in it: every map that keeps lengths, as binding with a
    unitary vector does, leaves it as it is, so that it is of items never seen what it is of others.
    Items in another order have its rows and columns in that order. The zero vector is like none.

    temperature: None for the cosines themselves; a number T makes each row the softmax of the cosines
    over T.  diagonal: what stands in a row for the item itself.  False: nothing, and 0 comes out; of two
    items the softmax is then 1 whatever they are.  True: its own cosine, 1, which at a low temperature
    takes the whole row.  A number, such as .3: as alike as items have to be, so that the diagonal is
    how much the item is like none of the others.

    roles: a Vectors module or a Vector (k,): the relations of what each item holds in each role,
    (..., k, n, n).  cleanup: a Cleanup, or another module (..., dim) → (..., dim), between unbinding
    and comparing, or a list of one for each role.  Without it the roles tell nothing apart: unbinding
    a unitary vector keeps all cosines.

    After CoRelNet (Kerg, Mittal, Rolnick, Bengio, Richards, Lajoie 2022): no value goes with the
    relations. Theirs are softmaxes of dot products over the items before, the item itself included.

    >>> from vsa import Space
    >>> space = Space(256, backend="torch")
    >>> a, b = space.algebra.pack(space.batch(["a", "b"]).data)
    >>> Relations(space)(torch.stack([a, b, a])).round().abs().tolist()
    [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    >>> Relations(space, 0.1)(torch.stack([a, b, a]))[0].round().tolist()
    [0.0, 0.0, 1.0]
    """

    def __init__(
        self,
        space: Space,
        temperature: float | None = None,
        roles: Vectors | Vector | None = None,
        cleanup: nn.Module | Sequence[nn.Module] | None = None,
        *,
        diagonal: bool | float = False,
        check: bool = True,
    ) -> None:
        super().__init__(space, check)
        if temperature is not None:
            temperature = checked_number("the temperature", temperature, above=0)
        self.temperature = temperature
        self.diagonal = (
            diagonal if isinstance(diagonal, bool) else checked_number("diagonal", diagonal, -1, 1)
        )
        self.roles = None if roles is None else self._roles(roles)
        self.cleanup = self._cleanups(cleanup)

    @property
    def count(self) -> int:
        """How many matrices there are of a batch of items: one for each role."""
        return 1 if self.roles is None else len(self.roles.weight)

    def forward(self, a: Operand) -> Tensor:
        x = self.packed(a, "a")
        if self.check and not torch.compiler.is_compiling():
            self._look_at_items(x)
        if self.roles is not None:
            algebra = self.space.algebra
            roles = self.packed(self.roles(), "the table of roles")[:, None]
            x = algebra.pack(
                algebra.unbind(algebra.unpack(x[..., None, :, :]), algebra.unpack(roles))
            )
        unit = soft.unit(self.space.backend, self._cleaned(x))
        cosines = unit @ unit.mT
        if self.temperature is None:
            return cosines
        own = torch.eye(cosines.shape[-1], dtype=torch.bool, device=cosines.device)
        likeness = -torch.inf if self.diagonal is False else float(self.diagonal)
        return (cosines.masked_fill(own, likeness) / self.temperature).softmax(-1)

    def _cleaned(self, x: Tensor) -> Tensor:
        if self.cleanup is None:
            return x
        if isinstance(self.cleanup, nn.ModuleList):
            parts = [self._clean(module, x[..., i, :, :]) for i, module in enumerate(self.cleanup)]
            return torch.stack(parts, -3)
        return self._clean(self.cleanup, x)

    def _clean(self, module: nn.Module, x: Tensor) -> Tensor:
        found = module(x)
        return self.packed(found.vector if isinstance(found, Soft) else found, "what is cleaned up")

    def _roles(self, roles: Any) -> Vectors:
        self.space.algebra.need("relations by role", "unbinding")
        if isinstance(roles, Vector):
            roles = Vectors(self.space, roles, learn=False)
        if not isinstance(roles, Vectors):
            raise refused("roles", "a Vectors module or a Vector", roles)
        if roles.space != self.space:
            raise self._bad("the roles", f"are of {roles.space!r}, the layer of {self.space!r}")
        if roles.weight.ndim != 2 or not len(roles.weight):
            shape = tuple(roles.weight.shape[:-1])
            raise VsaError(f"Relations takes roles of the shape (k,), k ≥ 1, not {shape}")
        return roles

    def _cleanups(self, cleanup: Any) -> nn.Module | None:
        several = isinstance(cleanup, (list, tuple, nn.ModuleList))
        for module in cleanup if several else [] if cleanup is None else [cleanup]:
            if not isinstance(module, nn.Module):
                raise refused("cleanup", "a module, or one for each role in a list", module)
            if isinstance(module, Layer) and module.space != self.space:
                raise self._bad(
                    "the cleanup", f"is of {module.space!r}, the layer of {self.space!r}"
                )
        if several and (self.roles is None or len(cleanup) != self.count):
            roles = f"{self.count} roles" if self.roles is not None else "no roles"
            raise VsaError(
                f"Relations takes a cleanup for each role, not {len(cleanup)} for {roles}"
            )
        return nn.ModuleList(cleanup) if several else cleanup

    def _look_at_items(self, x: Tensor) -> None:
        if x.ndim < 2:
            raise self._bad(
                "a", f"is one vector: give a batch (..., n, {self.space.algebra.packed})"
            )
        least = 2 if self.temperature is not None and self.diagonal is False else 1
        if x.shape[-2] < least:
            raise self._bad("a", f"has too few items, {x.shape[-2]}: give at least {least}")

    def extra_repr(self) -> str:
        if self.temperature is None:
            return super().extra_repr()
        return f"{super().extra_repr()}, temperature={self.temperature:g}, diagonal={self.diagonal}"
