"""Whole patterns of exponents, all compared: which items are bound, which taken away, which left out.

The items are cut into two halves. What a pattern binds of the second half is taken away from the answer,
and what is left is compared with what it binds of the first: a product of matrices for each block, so
that of 3ⁿ patterns 2 · √3ⁿ are made. There is no half-way to a rule: keys that differ in one exponent
make products that have nothing to do with each other, so that no gradient points to it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector
from vsa.errors import ArgumentValueError
from vsa.theory.likelihood import log_likelihood, log_total

MOST = 1_000_000  # patterns that are compared
ROWS = 1 << 21  # bytes of the products that are made at a time
KEPT = 1 << 25  # bytes of products that are kept to be compared with more than one block
CELLS = 1 << 19  # cosines at a time
BEST = 4  # patterns that are remembered

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]


def patterns(items: int, most: int, signs: int) -> int:
    """How many there are of at most so many exponents that are not 0, each of 1 or 2 values."""
    return sum(math.comb(items, k) * signs**k for k in range(min(most, items) + 1))


def check_size(items: int, most: int | None, signs: int) -> int:
    """How many exponents may differ from 0; an error where that makes too many patterns."""
    wanted = items if most is None else min(most, items)
    found = patterns(items, wanted, signs)
    if found > MOST:
        fits = max(k for k in range(items + 1) if patterns(items, k, signs) <= MOST)
        number = f"{found:,}" if found < 1e15 else f"{found:.0e}"
        mend = f"give most={fits}" if fits else "give fewer items"
        raise ArgumentValueError(
            f"{items} items have {number} patterns, more than {MOST:,}: {mend}, the most that are used"
        )
    return wanted


@dataclass(slots=True)
class Compared:
    """The best patterns, the first one first.

    exponents (k, items); cosines (k,), the mean over the examples; logs (k,), log L of all examples
    together; evidence: log Σ L over all patterns, of which there are `count`.
    """

    exponents: Integers
    cosines: Floats
    logs: Floats
    evidence: float
    count: int


class Half:
    """The patterns of some of the items, by how many of them they use: places in [items, inverses]."""

    def __init__(self, first: int, items: int, most: int, signs: int) -> None:
        self.first, self.items = first, items
        self.places: list[Integers] = []
        for used in range(min(most, items) + 1):
            chosen = np.array(list(combinations(range(items), used)), dtype=np.int64)
            inverted = np.array(list(product(range(signs), repeat=used)), dtype=np.int64) * items
            places = chosen[:, None] + inverted[None]
            self.places.append(places.reshape(len(chosen) * len(inverted), used))

    def exponents(self, used: int, row: int) -> Iterator[tuple[int, int]]:
        """Which items a pattern uses, and their exponents."""
        for place in self.places[used][row].tolist():
            yield self.first + place % self.items, 1 if place < self.items else -1


class Search:
    """All patterns over some examples.

    items: keys (examples, n).  answers (examples,).
    """

    def __init__(self, items: Vector, answers: Vector, most: int, signs: int) -> None:
        self.space, self.answers, self.most = items.space, answers, most
        self.n, self.count = items.shape[1], patterns(items.shape[1], most, signs)
        cut = (self.n + 1) // 2
        self.halves = Half(0, cut, most, signs), Half(cut, self.n - cut, most, signs)
        self.signed = [self._with_inverses(part) for part in (items[:, :cut], items[:, cut:])]
        width = max(self.space.algebra.row.width * 8, 1)
        self.step = max(ROWS // width, 1)
        self.keep = KEPT // width // len(answers)
        self._kept: dict[tuple[int, int], list[Array]] = {}

    def __call__(self) -> Compared:
        """The best of them, and the evidence for all."""
        found: list[tuple[float, float, list[tuple[int, int]]]] = []
        logs: list[float] = []
        first, second = self.halves
        for used, places in enumerate(second.places):
            step = min(self.step, 512)
            for start in range(0, len(places), step):
                asked = self._asked(places[start : start + step])
                for more, row, log, cosine in self._scored(asked, self.most - used):
                    logs.append(float(log_total(log.reshape(-1))))
                    for best in np.argsort(log, axis=None)[: -BEST - 1 : -1]:
                        i, j = divmod(int(best), log.shape[1])
                        where = [
                            *first.exponents(more, row + j),
                            *second.exponents(used, start + i),
                        ]
                        found.append((float(log[i, j]), float(cosine[i, j]), where))
        found.sort(key=lambda one: -one[0])
        exponents = np.zeros((len(found[:BEST]), self.n), dtype=np.int64)
        for pattern, (_, _, where) in zip(exponents, found, strict=False):
            for item, exponent in where:
                pattern[item] = exponent
        log, cosine = (np.array([one[i] for one in found[:BEST]]) for i in (0, 1))
        return Compared(exponents, cosine, log, float(log_total(logs)), self.count)

    def _with_inverses(self, items: Vector) -> list[Vector]:
        """For each example the items of a half and behind them their inverses."""
        both = [self.space.backend.xp.concat([own.data, (~own).data]) for own in items]
        return [Vector.of_row(self.space, rows) for rows in both]

    def _asked(self, places: Integers) -> list[Array]:
        """For each example the answer without what patterns of the second half bind."""
        queries = self.space.metric.queries
        return [
            queries((self.answers[e : e + 1] / self._products(e, 1, places)).data)[0]
            for e in range(len(self.answers))
        ]

    def _scored(self, asked: list[Array], most: int) -> Iterator[tuple[int, int, Floats, Floats]]:
        """How many items, the first row, log L (asked, rows) and the mean cosine, block by block."""
        space, first = self.space, self.halves[0]
        step = max(min(self.step, CELLS // max(len(asked[0]), 1)), 1)
        for used, places in enumerate(first.places[: most + 1]):
            for start in range(0, len(places), step):
                tables = self._tables(used, start, places[start : start + step])
                log: Any = 0.0
                cosine: Any = 0.0
                for queries, table in zip(asked, tables, strict=True):
                    scores = space.backend.numpy(space.metric.scores(queries, table))
                    scores = np.asarray(scores, dtype=np.float64)
                    log, cosine = log + log_likelihood(scores, space.noise), cosine + scores
                yield used, start, log, cosine / len(asked)

    def _tables(self, used: int, start: int, places: Integers) -> list[Array]:
        """The products of the first half, example by example, as they are compared."""
        key = (used, start)
        if key in self._kept and len(self._kept[key][0]) == len(places):
            return self._kept[key]
        stored = self.space.metric.stored
        made = [stored(self._products(e, 0, places).data)[0] for e in range(len(self.answers))]
        if sum(len(kept[0]) for kept in self._kept.values()) + len(places) <= self.keep:
            self._kept[key] = made
        return made

    def _products(self, example: int, half: int, places: Integers) -> Vector:
        """What patterns bind of one half (rows,); the identity where that is nothing."""
        space = self.space
        if not places.shape[1]:
            return Vector.of_row(space, space.algebra.identity()[None])
        signed = self.signed[half][example]
        found = signed[places[:, 0]]
        for column in places.T[1:]:
            found = found * signed[column]
        return found
