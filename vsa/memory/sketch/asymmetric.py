"""The asymmetric estimate: rows as signs, but the query to three bits a coordinate.

The signs s of a row, 1/√dim long each, lie at a cosine m = ‖row‖₁/√dim to it. So a query at cosine c
to the row has t = q·s = c·m + √(1−c²)√(1−m²)·ξ, where ξ is normal of variance 1/dim because the rest
of the query is in a random direction: half the scatter that two sketches have. Source: J. Gao,
C. Long, RaBitQ, SIGMOD 2024, without its rotation, which random vectors do not need.

Bit j of a coordinate stands for ±2ʲ, so that t is a sum of distances between planes of bits: three
queries of the comparison that sketches have anyway.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from vsa.algebra.counting import Bits, Integers
from vsa.memory.sketch.search import Search, joined, parts

if TYPE_CHECKING:
    from statistics import NormalDist

BITS = 3  # of a coordinate of the query
LEVEL = 0.586  # deviations between two levels: the best for normal coordinates (Max 1960)
LOST = 0.08  # of a query's squared length, at most: .04 where its coordinates are normal
NORMAL = math.sqrt(2 / math.pi)  # E|x| of a normal coordinate of unit variance, which has gain 1


@cache
def normal() -> NormalDist:
    """The standard normal law."""
    from statistics import NormalDist  # with fractions and decimals: only where something is sought

    return NormalDist()


class Fine(NamedTuple):
    """An estimate t of `least` or more keeps a row.

    best: the cosine to the query of those that are to be kept.  lost: of the query to its levels.
    """

    least: float
    best: float
    lost: float


class Levels:
    """Queries to three bits a coordinate."""

    def __init__(self, units: np.ndarray[Any, Any]) -> None:
        """units: unit vectors (n, dim)."""
        self.dim: int = units.shape[1]
        half, most = 1 << (BITS - 1), (1 << BITS) - 1
        steps = np.ceil(units * np.asarray(math.sqrt(self.dim) / LEVEL, units.dtype)) + (half - 1)
        self.steps = np.clip(steps, 0, most).astype(np.uint8)
        value = 2 * self.steps.astype(units.dtype) - most  # Σ ±2ʲ
        self.along = np.vecdot(value, units).astype(float)  # by it the estimate is right on average
        lost = np.vecdot(value, value) / np.maximum(self.along, 1e-9) ** 2 - 1
        self.lost = np.ceil(lost * 100) / 100  # (n,), so that few searches differ

    def bits(self, some: Sequence[int]) -> np.ndarray[Any, Any]:
        """The bits of the coordinates of some queries, the lowest ones of all first: truth values
        (bits · some, dim)."""
        bits = self.steps[some] >> np.arange(BITS, dtype=np.uint8)[:, None, None] & 1
        return np.asarray(bits, dtype=bool).reshape(-1, self.dim)

    def farthest(self, i: int, fine: Fine) -> int:
        """The distance, as `near` gives it, up to which a row is kept of one."""
        along: float = self.along.item(i)
        total = fine.least * math.sqrt(self.dim) * along
        return math.floor((((1 << BITS) - 1) * self.dim - total) / 2)


def near(
    search: Search, planes: list[Bits], queries: list[Bits], farthest: Integers
) -> list[tuple[Integers, Integers]]:
    """For each query the rows up to the farthest that is kept of it, and their distances.

    A distance is Σ 2ʲ · that to bit j.  planes: of rows, (n, bytes).  queries: by plane, the lowest
    bits of all of them, then the next ones, (bits · queries, bytes).  farthest: (queries,).
    """
    length, limit, found = len(planes[0]), farthest.astype(np.int32), []
    for start in (blocks := parts(search, length, queries)):
        block = [plane[start : start + blocks.step] for plane in planes]
        which, row, apart = search(block, queries, limit)
        found.append((which, row + start if start else row, apart))
    which, row, apart = joined(found)
    if len(found) > 1:  # of one, those of a query stand together
        order = np.argsort(which.astype(np.int16) if len(limit) < 1 << 15 else which, kind="stable")
        which, row, apart = which[order], row[order], apart[order]
    ends = np.searchsorted(which, np.arange(len(limit) + 1)).tolist()
    return [(row[start:end], apart[start:end]) for start, end in pairwise(ends)]


def scatter(c: float, gain: float, dim: int, lost: float) -> float:
    """The standard deviation of t at cosine c."""
    m = gain * NORMAL
    return math.sqrt(((1 - c * c) * (1 - m * m) + lost) / dim)


def missed(c: float, fine: Fine, gain: float, dim: int) -> float:
    """P(a row at cosine c to the query is not kept)."""
    return normal().cdf((fine.least - c * gain * NORMAL) / scatter(c, gain, dim, fine.lost))


def share(fine: Fine, dim: int) -> float:
    """P(an unrelated row is kept)."""
    return normal().cdf(-fine.least * math.sqrt(dim / (1 + fine.lost)))
