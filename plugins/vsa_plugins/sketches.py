"""Sketches: a filter that says whether an item is in it, and frequencies of a stream, both with an error.

A bundle is a Bloom filter whose bits are real numbers (Kleyko, Rahimi, Gayler and Osipov, Autoscaling
Bloom filter, 2020): an item is in it where its count is read as more than ½. What a sketch reads of a
stream is ± ‖f‖ / √(n · parts), f being the counts and n the degrees of freedom of a vector: that of a
count sketch of one row with as many counters (Charikar, Chen and Farach-Colton 2002).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from vsa import Memory, Set, Vector, hookimpl
from vsa.plugin import Within, checked
from vsa_plugins.dictionary.parted import Parted, marks, parts_for
from vsa_plugins.multiset import Multiset, added, estimates, items_of

LEAST = 1e-4  # error: below, noise is not so near to a Gaussian that it could be promised
HALF = 0.5  # of a count: what is above is in


@dataclass(frozen=True, eq=False)
class Filter(Parted):
    """Items, of which it is said whether one is in."""

    error: float = 0.01

    def right(self, k: float, items: int = 0) -> float:
        """How often it is said rightly in a part of k items."""
        return 1 - _beyond(HALF / (self.space.noise.deviation * math.sqrt(k)))

    def wanted(self, size: int) -> int:
        return parts_for(size, self.right, 1 - self.error)

    @property
    def positives(self) -> float:
        """How often a stranger is said to be in."""
        return float(np.mean([1 - self.right(k) if k else 0.0 for k in self.terms.tolist()]))

    @property
    def negatives(self) -> float:
        """How often an item that is in is said to be none: by the noise of the others."""
        held = [(k, 1 - self.right(k - 1)) for k in self.terms.tolist() if k > 1]
        return float(sum(k * wrong for k, wrong in held)) / max(self.size, 1)

    def vsa_text(self) -> str:
        what = f"a filter of {self.size:,} item{'s' * (self.size != 1)}"
        return (
            f"{self.text(what)}: {self.positives:.2%} false positives, "
            f"{self.negatives:.2%} false negatives"
        )

    __str__ = __repr__ = vsa_text


def _beyond(z: float) -> float:
    """How often a normal number is above z."""
    return math.erfc(z / math.sqrt(2)) / 2


@checked
def filter_(
    *items: Vector | Set, error: Annotated[float, Within(LEAST, HALF)] = 0.01, memory: Memory
) -> Filter:
    """Items of which `contains` says whether one is in; from Python also batches of them.

    error: how often it may be wrong of a stranger. It is cut in as many parts as that wants.

    > contains(filter(mark, fish), mark)
    true
    > contains(filter(mark, fish), john)
    false
    """
    empty = Filter.empty(memory, error=error)
    if not items:
        return empty
    whole, _ = items_of(empty, items)
    _, first = np.unique(marks(whole), return_index=True)  # each once
    whole = whole[np.sort(first)]
    made = Filter.empty(memory, empty.wanted(len(whole)), error=error)
    return made.changed(whole, made.place_of(whole))


@checked
def contains(filter: Filter | Multiset, item: Vector) -> bool:
    """Whether an item is in a filter, or in a multiset; of a batch an array.

    > contains(multiset(mark, mark), mark)
    true
    """
    value, _ = estimates(filter, items_of(filter, [item])[0])
    found = (value > HALF).reshape(item.shape)
    return found if found.shape else bool(found)  # type: ignore[return-value]  # a batch: array


@checked
def sketch(
    *items: Vector | Set, error: Annotated[float, Within(LEAST, HALF)] = 0.01, memory: Memory
) -> Multiset:
    """A multiset of a stream, in parts that stay: `count`, `most`, `s + items`; from Python in batches.

    error: the standard error of a count, as a share of the root of the sum of all squared counts.

    > count(sketch({mark, mark, mark, fish}), mark)
    3  …
    """
    freedom = memory.space.noise.deviation**-2
    parts = 1 << math.ceil(math.log2(max(1 / (error**2 * freedom), 1)))
    return added(Multiset.empty(memory, parts, fixed=True), items)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Filters and sketches."""
    return [filter_, contains, sketch]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Filters as values; a sketch is a multiset."""
    return [Filter]
