"""Relations as single holographic vectors, Σ y ⊛ x*, to compare with matrices.

A person is an atom of a vector space, a relation the sum over its facts (x, y) of y bound with the
involution of x, its converse the involution of that. Binding commutes, so a product of relations
is the same in either order: a step at a time with cleanup in between is the only way to ask.

Of F facts, each adds noise of variance 1/dim to every score, so that of n people some
n² Q(½ √(dim/F)) pairs come out wrong: dim grows with the facts, that of matrices with their root.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from vsa import Memory, Space, Vector, VsaError
from vsa_plugins.kinship.codes.noise import ERRORS
from vsa_plugins.kinship.codes.sparse import Array, Rows

BLOCK = 1 << 24  # numbers held at a time while facts are summed and questions asked
MOST = 1 << 22  # of dimensions that are tried


class Holographic:
    """A family's facts, one vector each relation; answers like Codes: `R.rows(family, codes=…)`.

    ids: of the people.  facts: by relation, the pairs of rows (x, y).
    """

    def __init__(
        self, ids: Sequence[str], facts: Mapping[str, Array], dim: int, seed: int = 0
    ) -> None:
        self.facts = facts
        self.threshold = 0.5
        self.space = Space(dim=dim, seed=seed)
        self.memory = Memory(self.space)
        names = [f"person/{id}" for id in ids]
        self.people = self.space.batch(names)
        self.memory.add(names, self.people)
        self._rows = self.memory.select()
        self._relations: dict[str, Vector] = {}

    def relation(self, name: str) -> Vector:
        """Σ y ⊛ x* over the facts (x, y) of a relation."""
        if name not in self.facts:
            raise VsaError(f"no facts are called {name!r}: there are {', '.join(self.facts)}")
        if name not in self._relations:
            pairs = self.facts[name]
            total = self.space.zero()
            step = max(BLOCK // self.space.dim, 1)
            for start in range(0, len(pairs), step):
                x, y = pairs[start : start + step].T
                total = total + (self.people[y] / self.people[x]).bundle()
            self._relations[name] = total
        return self._relations[name]

    def decode(self, relation: str, people: Array, *, converse: bool = False) -> Rows:
        """Whom each of some people (k,) is related to: those with z · (R ⊛ x) above ½."""
        vector = self.relation(relation)
        return self.ask(~vector if converse else vector, people)

    def ask(self, relation: Vector, people: Array) -> Rows:
        """Whom any vector, such as a product of relations, picks out for each of some people."""
        sources, found = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        step = max(BLOCK // (self.space.dim + len(self.people)), 1)
        for start in range(0, len(people), step):
            images = relation * self.people[people[start : start + step]]
            cosines = np.asarray(self.memory.similarities(images, self._rows))
            source, person = np.nonzero(cosines * images.norms()[:, None] > self.threshold)
            sources.append(source + start)
            found.append(person)
        return Rows.of_pairs(np.concatenate(sources), np.concatenate(found), len(people))

    @property
    def nbytes(self) -> int:
        """Bytes of the people's vectors, in memory and as they are, and of the relations'."""
        return 4 * self.space.dim * (2 * len(self.people) + len(self._relations))


def expected_errors(n: int, facts: Mapping[str, Array], dim: int) -> float:
    """Wrong pairs of n people expected when every relation is decoded for everyone."""
    wrong = 0.0
    for pairs in facts.values():
        if len(pairs):
            wrong += n * n * math.erfc(math.sqrt(dim / len(pairs) / 8)) / 2
    return wrong


def needed_dim(n: int, facts: Mapping[str, Array], errors: float = ERRORS) -> int:
    """The least power of two at which fewer wrong pairs are expected."""
    dim = 2
    while expected_errors(n, facts, dim) > errors:
        dim *= 2
    return dim


def measured_dim(
    ids: Sequence[str], facts: Mapping[str, Array], trials: int = 3, seed: int = 0
) -> int:
    """The least power of two at which every relation came out exactly in all of some trials."""
    dim = 16
    while dim <= MOST:
        if all(_exact(Holographic(ids, facts, dim, seed + trial)) for trial in range(trials)):
            return dim
        dim *= 2
    raise VsaError(f"no dim up to {MOST} holds the facts of {len(ids):,} people in single vectors")


def _exact(codes: Holographic) -> bool:
    everyone = np.arange(len(codes.people))
    return all(
        codes.decode(name, everyone).pairs() == set(map(tuple, pairs.tolist()))
        for name, pairs in codes.facts.items()
        if len(pairs)
    )
