"""Rows: for each of many people the people found, with counts; and the set work on them.

A compressed sparse row matrix of whole numbers. A found person is the key source · width + person,
so that sets of all sources are united, intersected and joined by sorting keys, without a loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import VsaError

Array = np.ndarray[Any, Any]

JOINED = 1 << 21  # pairs that a join holds at a time: some 100 MB
LARGEST = 2.0**62  # of counts, which are int64


@dataclass(frozen=True, slots=True)
class Rows:
    """For source i the people `index[indptr[i]:indptr[i + 1]]`, ascending, and their counts ≥ 1.

    indptr (m + 1,), index (k,), count (k,): whole numbers.
    """

    indptr: Array
    index: Array
    count: Array

    # --- making --------------------------------------------------------------------------------
    @classmethod
    def of_pairs(cls, sources: Array, people: Array, m: int, counts: Array | None = None) -> Rows:
        """From (source, person) pairs in any order; the counts of equal pairs add up."""
        width = _width(people)
        return _summed(sources * width + people, counts, m, width)

    @classmethod
    def identity(cls, people: Array) -> Rows:
        """Each source finds one person, once."""
        return cls(np.arange(len(people) + 1), people, np.ones(len(people), dtype=np.int64))

    @classmethod
    def empty(cls, m: int) -> Rows:
        """Nobody finds anybody."""
        none = np.zeros(0, dtype=np.int64)
        return cls(np.zeros(m + 1, dtype=np.int64), none, none)

    # --- reading -------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __iter__(self) -> Iterator[dict[int, int]]:
        """{person: count} of each source."""
        for i in range(len(self)):
            here = slice(self.indptr[i], self.indptr[i + 1])
            yield dict(zip(self.index[here].tolist(), self.count[here].tolist(), strict=True))

    @property
    def sizes(self) -> Array:
        """How many people each source finds (m,)."""
        return np.diff(self.indptr)

    @property
    def sources(self) -> Array:
        """The source of each entry (k,)."""
        return np.repeat(np.arange(len(self)), self.sizes)

    def pairs(self) -> set[tuple[int, int]]:
        """(source, person) of each entry."""
        return set(zip(self.sources.tolist(), self.index.tolist(), strict=True))

    # --- set work ------------------------------------------------------------------------------
    def take(self, which: Array) -> Rows:
        """The rows of some sources, in that order."""
        sizes = self.sizes[which]
        at = _ranges(self.indptr[which], sizes)
        return Rows(_pointers(sizes), self.index[at], self.count[at])

    def keep(self, mask: Array) -> Rows:
        """The entries of a mask (k,)."""
        kept = np.concatenate([[0], np.cumsum(mask)])
        return Rows(kept[self.indptr], self.index[mask], self.count[mask])

    def once(self) -> Rows:
        """The same people, each counted once."""
        return Rows(self.indptr, self.index, np.ones_like(self.count))

    def transpose(self, m: int) -> Rows:
        """Who finds each of m people; the rows must be of all people, in order."""
        order = np.argsort(self.index, kind="stable")
        sizes = np.bincount(self.index, minlength=m)
        return Rows(_pointers(sizes), self.sources[order], self.count[order])

    def union(self, other: Rows) -> Rows:
        """The people of either, with the greater count."""
        width = max(_width(self.index), _width(other.index))
        keys = np.concatenate([self._keys(width), other._keys(width)])
        counts = np.concatenate([self.count, other.count])
        order = np.argsort(keys, kind="stable")
        keys, counts = keys[order], counts[order]
        first = _firsts(keys)
        most = np.maximum.reduceat(counts, first) if len(first) else counts
        return _of_keys(keys[first], most, len(self), width)

    def intersection(self, other: Rows) -> Rows:
        """The people of both, with the smaller count."""
        at, found = self._look(other)
        kept = self.keep(found)
        return Rows(kept.indptr, kept.index, np.minimum(kept.count, other.count[at[found]]))

    def difference(self, other: Rows) -> Rows:
        """The people of this without those of the other."""
        return self.keep(~self._look(other)[1])

    def join(self, middle: Array, then: Rows) -> Rows:
        """From each source over a person between to the end: counts multiply along and add up.

        middle: the people whose rows `then` holds, ascending; all that are found here.
        Raises VsaError where counts no longer fit 62 bits.
        """
        at = np.searchsorted(middle, self.index)
        sizes = then.sizes[at]
        ends = _pointers(sizes)[self.indptr]  # of each source's pairs
        parts, start = [], 0
        while start < len(self):  # as many sources as JOINED pairs hold, at least one
            stop = int(np.searchsorted(ends, ends[start] + JOINED, side="right")) - 1
            stop = max(stop, start + 1)
            part = Rows(
                self.indptr[start : stop + 1] - self.indptr[start],
                at[self.indptr[start] : self.indptr[stop]],
                self.count[self.indptr[start] : self.indptr[stop]],
            )
            parts.append(part._joined(then))
            start = stop
        return _stacked(parts)

    def _joined(self, then: Rows) -> Rows:
        """`join` at once, where `index` says which rows of `then` to follow."""
        sizes = then.sizes[self.index]
        ends = _ranges(then.indptr[self.index], sizes)
        sources = np.repeat(self.sources, sizes)
        people, counts = then.index[ends], None
        most = float(self.count.max(initial=1)) * float(then.count.max(initial=1))
        if most > 1:
            counts = np.repeat(self.count, sizes) * then.count[ends]
            if most * len(ends) > LARGEST:
                ways = np.repeat(self.count.astype(float), sizes) * then.count[ends]
                if np.bincount(sources, ways).max(initial=0) > LARGEST:
                    raise VsaError("the ways of this relation are too many to count: compose fewer")
        return Rows.of_pairs(sources, people, len(self), counts)

    def _keys(self, width: int) -> Array:
        keys: Array = self.sources * width + self.index
        return keys

    def _look(self, other: Rows) -> tuple[Array, Array]:
        """Where each entry stands among the other's, and whether it does."""
        width = max(_width(self.index), _width(other.index))
        mine, theirs = self._keys(width), other._keys(width)
        at = np.searchsorted(theirs, mine)
        found = at < len(theirs)
        found[found] = theirs[at[found]] == mine[found]
        return at, found


def _width(people: Array) -> int:
    return int(people.max(initial=0)) + 1


def _pointers(sizes: Array) -> Array:
    return np.concatenate([[0], np.cumsum(sizes)])


def _ranges(starts: Array, sizes: Array) -> Array:
    """start, start + 1 … of each start, `sizes` many, one after the other."""
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if len(ends) else 0
    at: Array = np.arange(total) + np.repeat(starts - ends + sizes, sizes)
    return at


def _firsts(keys: Array) -> Array:
    """Where in ascending keys each one begins."""
    if not len(keys):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1])


def _summed(keys: Array, counts: Array | None, m: int, width: int) -> Rows:
    """Rows of unordered keys; the counts of equal ones add up (None: each counts once)."""
    if counts is None:
        keys = np.sort(keys)
        first = _firsts(keys)
        totals = np.diff(np.concatenate([first, [len(keys)]]))
    else:
        order = np.argsort(keys)
        keys = keys[order]
        first = _firsts(keys)
        totals = np.add.reduceat(counts[order], first) if len(first) else counts
    return _of_keys(keys[first], totals, m, width)


def _of_keys(keys: Array, counts: Array, m: int, width: int) -> Rows:
    sources, people = np.divmod(keys, width)
    return Rows(np.searchsorted(sources, np.arange(m + 1)), people, counts)


def _stacked(parts: list[Rows]) -> Rows:
    """The sources of one part after those of another."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Rows.empty(0)
    sizes = np.concatenate([part.sizes for part in parts])
    index = np.concatenate([part.index for part in parts])
    return Rows(_pointers(sizes), index, np.concatenate([part.count for part in parts]))
