"""Every product compared: the best one for certain, and the evidence for all of them.

Some of the factors, the last ones, are taken away from the sum in every combination; what is left is
compared with the products of the others, of which there is a table. That is one product of matrices
for each block, and a million products of 1,024 numbers take about as long as it takes to notice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector
from vsa.products.books import Books, Integers
from vsa.theory.likelihood import log_likelihood, log_total

TABLE = 4096  # products of the first factors
BLOCK = 512  # of what is compared with them at a time
NEAR = 2.5  # standard deviations, below which a product counts as chance does on average

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(slots=True)
class Searched:
    """rows (n, factors) of the best products; evidence (n,): log Σ L of all of them."""

    rows: Integers
    evidence: Floats


class Search:
    """A table of the products of the first factors, and the combinations of the rest."""

    def __init__(self, books: Books) -> None:
        self.books = books
        sizes, first = books.sizes, 1
        while first < len(sizes) and math.prod(sizes[: first + 1]) <= TABLE:
            first += 1
        self.first, self.head, self.rest = first, sizes[:first], sizes[first:]
        members = books.vectors
        table = members[0]
        for factor in members[1:first]:
            table = table.reshape(-1, 1) * factor.reshape(1, -1)
        table = table.reshape(-1)
        self.table = self._compared(table)

    @property
    def _by_dot(self) -> bool:
        """Whether sums are compared as they are, not as the rows that are made of them."""
        return self.books.componentwise or self.books.space.closed

    def _compared(self, vectors: Vector) -> Array:
        """Vectors in the form that is compared."""
        if self._by_dot:
            total = vectors.total
            return self.books.coordinates(total) / self.books.lengths(total)[..., None]
        return self.books.space.metric.queries(vectors.data)[0]

    def __call__(self, sums: Array) -> Searched:
        """The best product for each sum (n, width)."""
        space = self.books.space
        found = [self._one(Vector.of_sum(space, total)) for total in sums]
        rows, evidence = zip(*found, strict=True)
        return Searched(np.stack(rows), np.array(evidence))

    def _one(self, vector: Vector) -> tuple[Integers, float]:
        members, best, row = self.books.vectors[self.first :], -math.inf, 0
        logs = []
        count, noise = math.prod(self.rest), self.books.space.noise
        for start in range(0, count, BLOCK):
            number = np.arange(start, min(start + BLOCK, count))
            left = vector.reshape(1)
            if self.rest:
                places = np.unravel_index(number, self.rest)
                for factor, place in zip(members[::-1], places[::-1], strict=True):
                    left = left / factor[place]
            scores = self._scores(left)
            top = int(scores.argmax())
            if scores.flat[top] > best:
                best = float(scores.flat[top])
                row = top % scores.shape[1] * count + int(number[top // scores.shape[1]])
            near = scores[scores > NEAR * noise.deviation].astype(np.float64)
            # all others together weigh as many as they are
            chance = math.log(max(scores.size - len(near), 1e-300))
            logs.append(float(log_total([*log_likelihood(near, noise), chance])))
        return np.array(np.unravel_index(row, self.head + self.rest), dtype=np.intp), float(
            log_total(logs)
        )

    def _scores(self, left: Vector) -> np.ndarray[Any, Any]:
        """Cosines (left, table)."""
        space = self.books.space
        asked = self._compared(left)
        scores = asked @ self.table.T if self._by_dot else space.metric.scores(asked, self.table)
        return space.backend.numpy(scores)
