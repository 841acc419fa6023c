"""What the chains of gates walk in: people as vectors, primitives as matrices.

The working set, self, parent, child, spouse, female, male and sibling, acts on sums of people, and
the mass that arrives at a person counts. The literal set of kin2vec, I, A, A⁻¹, Aᵀ, W, W⁻¹, Wᵀ with
A for mother and W for wife, acts on codes, and how near the result is to a person counts. Either is
given, from the facts of a family, or learnt with the gates.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from vsa import VsaError
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.learn.common import Batch, torch_of
from vsa_plugins.kinship.learn.soft import Probabilities, SoftFacts

WORKING = ("self", "parent", "child", "spouse", "female", "male", "sibling")
LITERAL = ("I", "A", "A⁻¹", "Aᵀ", "W", "W⁻¹", "Wᵀ")
INVERSE = {
    WORKING: (
        ("parent", "child"), ("child", "parent"), ("spouse", "spouse"), ("female", "female"),
        ("male", "male"),
    ),
    LITERAL: (("A", "A⁻¹"), ("A⁻¹", "A"), ("W", "W⁻¹"), ("W⁻¹", "W")),
}  # fmt: skip


def world(kind: str, given: bool, batch: Batch, dim: int, decay: float) -> World:
    """The people and primitives of every run.

    dim, decay: of the learnt literal codes.
    """
    if kind not in ("working", "literal"):
        raise VsaError(f"no primitives are called {kind!r}: choose working or literal")
    if given and not len(batch.family.facts["parent"]):
        raise VsaError(f"given primitives need facts, and {batch.family} has no parents")
    if kind == "working":
        return Given(WORKING, True, facts_of(batch.family)) if given else LearntFacts(batch)
    return (
        Given(LITERAL, False, literal_of(batch.family))
        if given
        else LearntLiteral(batch, dim, decay)
    )


class Given:
    """The primitives of a family's facts, over orthonormal people.

    As in the classes below, `people` gives codes (runs or 1, n, d), `primitives` matrices (runs or
    1, 7, d, d) on row vectors, those of `names`, and `penalty` what these cost (runs,); `counts`
    says whether mass arrives at people or nearness to their codes is meant.
    """

    def __init__(self, names: tuple[str, ...], counts: bool, matrices: Array) -> None:
        torch = torch_of()
        self.names, self.counts = names, counts
        self.parameters: list[Any] = []
        self._matrices = torch.from_numpy(matrices.astype(np.float32))[None]
        self._people = torch.eye(matrices.shape[-1])[None]

    def people(self) -> Any:
        return self._people

    def primitives(self) -> Any:
        return self._matrices

    def penalty(self) -> Any:
        return 0.0


class LearntFacts:
    """The working set over soft facts, learnt with the gates."""

    names, counts = WORKING, True

    def __init__(self, batch: Batch, sparse: float = 0.1, one: float = 10.0) -> None:
        self._facts = SoftFacts(batch)
        self._weights = sparse, one
        self.parameters = self._facts.parameters
        self._people = torch_of().eye(len(batch.family))[None]

    def people(self) -> Any:
        return self._people

    def primitives(self) -> Any:
        torch = torch_of()
        parent, spouse, female = self._facts.values()
        algebra = Probabilities(parent, spouse, female)
        child = algebra.converse(parent)
        sibling = algebra.without_self(algebra.compose(child, parent))
        genders = torch.diag_embed(female), torch.diag_embed(1 - female)
        return torch.stack([algebra.named["self"], parent, child, spouse, *genders, sibling], dim=1)

    def penalty(self) -> Any:
        return self._facts.penalty(*self._weights)


class LearntLiteral:
    """Codes, A and W learnt with the gates; the rest are their inverses and transposes."""

    names, counts = LITERAL, False

    def __init__(self, batch: Batch, dim: int, decay: float) -> None:
        torch = torch_of()
        self._decay = decay
        self._codes = batch.draw(0, len(batch.family), dim, scale=0.5)
        self._a = batch.draw(1, dim, dim, scale=0.5 / dim**0.5)
        self._w = batch.draw(2, dim, dim, scale=0.5 / dim**0.5)
        with torch.no_grad():  # away from singular
            for run, _ in enumerate(batch.runs):
                self._a[run] += _rotation(batch.runs[run].rng(3), dim)
                self._w[run] += _rotation(batch.runs[run].rng(4), dim)
        self.parameters = [self._codes, self._a, self._w]

    def people(self) -> Any:
        return self._codes

    def primitives(self) -> Any:
        torch = torch_of()
        one = torch.eye(self._a.shape[-1]).expand_as(self._a)
        found = [one]
        for matrix in (self._a, self._w):
            inverse = torch.linalg.inv(matrix)
            found += [matrix.transpose(1, 2), inverse.transpose(1, 2), matrix]  # of columns
        return torch.stack(found, dim=1)

    def penalty(self) -> Any:
        # the matrices are not drawn to zero: their inverses are primitives as well
        return self._decay * self._codes.square().sum((1, 2))


World: TypeAlias = Given | LearntFacts | LearntLiteral


def _rotation(rng: np.random.Generator, dim: int) -> Any:
    q, r = np.linalg.qr(rng.standard_normal((dim, dim)))
    return torch_of().from_numpy((q * np.sign(np.diag(r))).astype(np.float32))


def facts_of(family: Family) -> Array:
    """The working set of a family (7, n, n), 1 at [x, y] where y is a … of x."""
    n = len(family)
    parent, spouse = np.zeros((2, n, n), dtype=np.float32)
    parent[tuple(family.facts["parent"].T)] = 1
    spouse[tuple(family.facts["spouse"].T)] = 1
    female, male = (np.diag((family.sexes == sex).astype(np.float32)) for sex in (0, 1))
    sibling = ((parent @ parent.T) > 0) & ~np.eye(n, dtype=bool)
    return np.stack([np.eye(n), parent, parent.T, spouse, female, male, sibling])


def literal_of(family: Family) -> Array:
    """The literal set of a family (7, n, n) over orthonormal people, on row vectors.

    A sends everyone to their mother, W men to their wives; the inverses are pseudo-inverses, since
    siblings have one mother.
    """
    _, parent, _, spouse, female, male, _ = facts_of(family)
    found = [np.eye(len(family), dtype=np.float32)]
    for matrix in (parent @ female, male @ spouse @ female):
        found += [matrix, np.linalg.pinv(matrix), matrix.T]
    return np.stack(found)
