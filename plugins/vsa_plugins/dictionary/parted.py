"""Superpositions in parts: a directory that says in which of them a vector is.

One vector holds so many terms and no more. What holds more is cut in parts, a power of two of them,
and a hash of its vector says to which a term belongs, under every algebra and after any time: the
stored row's bits where rows are equal or not to the last of them, else on which side it lies of 64
directions, which survives rounding. Vectors that are alike fall to different parts, so that they do
not crowd in one, and are no noise for each other.

A directory doubles as that of a hash table does, by one more bit. Each half begins as a copy, out of
which the terms are taken that belong to the other. A term that cannot be read stays in both, and costs
a little noise; nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vsa import Memory, Space, Vector
from vsa.plugin import TARGET, Note, host, note, warn_past_capacity, without_residue

Whole = NDArray[np.int64]
Marks = NDArray[np.uint64]

AIM = 0.999  # how often a term shall be read right, when parts are made: before a warning is due
SIDES = 64  # directions: vectors of cosine .67 are on the same side of all by 1e-9
WIDE = 4096  # coordinates of a vector that are hashed
BLOCK = 4096  # vectors hashed at a time
MOST = 1 << 20  # parts
MIX = np.uint64(0x9E3779B97F4A7C15)


def marks(vectors: Vector) -> Marks:
    """A hash of each vector of a batch, (...), the same for equal ones on every backend."""
    flat = vectors.reshape(-1)
    found = [_marks(flat[i : i + BLOCK]) for i in range(0, len(flat), BLOCK)]
    return np.concatenate([np.zeros(0, np.uint64), *found]).reshape(vectors.shape)


def _marks(vectors: Vector) -> Marks:
    space = vectors.space
    if space.metric.exact:
        rows = np.ascontiguousarray(space.backend.numpy(space.metric.stored(vectors.data)[0]))
        octets = rows.view(np.uint8).reshape(len(rows), -1)
        octets = np.pad(octets, ((0, 0), (0, -octets.shape[1] % 8)))
        words = octets.view("<u8").astype(np.uint64)
        return _mixed((_mixed(words ^ _odd(words.shape[1])) * _odd(words.shape[1])).sum(axis=1))
    coordinates = space.backend.numpy(space.algebra.pack(vectors.data))[:, :WIDE]
    scores = coordinates @ _sides(coordinates.shape[1])
    return _mixed(np.packbits(scores > 0, axis=1).view("<u8")[:, 0].astype(np.uint64))


@lru_cache(maxsize=4)
def _sides(width: int) -> NDArray[np.float32]:
    """Directions (width, SIDES), the same always; of real numbers, or rows of ±1 would lie on none."""
    numbers = _mixed(np.arange(1, width * SIDES + 1, dtype=np.uint64) * MIX)
    return (numbers / 2.0**63 - 1).astype(np.float32).reshape(width, SIDES)


def _mixed(words: Marks) -> Marks:
    words = (words ^ (words >> np.uint64(31))) * MIX
    return words ^ (words >> np.uint64(29))


@lru_cache(maxsize=16)
def _odd(count: int) -> Marks:
    """Multipliers, the same always."""
    return _mixed(np.arange(1, count + 1, dtype=np.uint64) * MIX) | np.uint64(1)


def parts_for(size: int, right: Callable[[float], float], target: float) -> int:
    """How many parts so many terms want, each of which is right(k) often read right beside k − 1.

    Hashed, a term has so many others beside it as a Poisson distribution says.
    """
    if right(max(size, 1)) >= target:
        return 1
    parts = 2
    while parts < MOST and size / parts >= 1 and right(size // parts) < target:
        parts *= 2  # those are too few without a second look
    while parts < MOST and _on_average(size / parts, right) < target:
        parts *= 2
    return parts


def _on_average(mean: float, right: Callable[[float], float]) -> float:
    reach = 6 * math.sqrt(mean) + 7
    others = range(max(0, int(mean - reach)), int(mean + reach))
    chances = [math.exp(j * math.log(mean) - mean - math.lgamma(j + 1)) for j in others]
    return sum(p * right(j + 1) for p, j in zip(chances, others, strict=True))


def joined(vectors: Sequence[Vector]) -> Vector:
    """Vectors and batches of them as one batch (n,)."""
    space, flat = vectors[0].space, [v.reshape(-1) for v in vectors]
    concat = space.backend.xp.concat
    if all(v.finished for v in flat):
        return Vector.of_row(space, concat([v.data for v in flat], axis=0))
    return Vector.of_sum(space, concat([v.total for v in flat], axis=0))


def summed(terms: Vector, place: Whole, parts: int) -> Vector:
    """The sums (parts,) of the terms (n,) of each part, none of which is empty."""
    xp, order = terms.space.backend.xp, np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=parts))
    sums = [xp.sum(terms[some].total, axis=0) for some in np.split(order, ends[:-1])]
    return Vector.of_sum(terms.space, xp.stack(sums, axis=0))


@dataclass(frozen=True, eq=False)
class Parted:
    """Terms in parts.

    memory: the items that the terms are made of.  sums: (parts,).  terms: (parts,), how many each
    holds, those that belong to another and could not be taken out among them.  size: all of them.
    """

    memory: Memory
    sums: Vector
    terms: Whole
    size: int

    @classmethod
    def empty(cls, memory: Memory, parts: int = 1, **others: Any) -> Self:
        """Nothing, in so many parts."""
        return cls(memory, memory.space.zero((parts,)), np.zeros(parts, np.int64), 0, **others)

    pairs: ClassVar[bool] = False  # whether a term is unbound by a key

    @property
    def space(self) -> Space:
        return self.memory.space

    @property
    def parts(self) -> int:
        return len(self.terms)

    def place(self, of: Marks) -> Whole:
        """The parts in which vectors of these marks are."""
        return (of & np.uint64(self.parts - 1)).astype(np.int64)

    def place_of(self, vectors: Vector) -> Whole:
        """The same of vectors, which need not be hashed where there is one part."""
        if self.parts == 1:
            return np.zeros(vectors.shape, np.int64)
        return self.place(marks(vectors))

    def changed(self, terms: Vector, place: Whole, counts: Whole | int = 1) -> Self:
        """With terms (n,), each as often as its count says, or so much less of them."""
        counts = np.broadcast_to(np.asarray(counts, dtype=np.int64), place.shape)
        if not len(place):
            return self
        weighted = terms if (counts == 1).all() else terms.scale(counts.astype(float))
        touched, index = np.unique(place, return_inverse=True)
        more = self.sums[touched] + summed(weighted, index, len(touched))
        if (counts < 0).any():
            more = without_residue(more)
        total = more.total
        if len(touched) < self.parts:
            total = self.space.backend.xp.asarray(self.sums.total, copy=True)
            total[self.space.backend.asarray(touched)] = more.total
        held = self.terms + np.bincount(place, counts, self.parts).astype(np.int64)
        return replace(
            self,
            sums=Vector.of_sum(self.space, total),
            terms=np.maximum(held, 0),
            size=self.size + int(counts.sum()),
        )

    def doubled(self, terms: Vector, of: Marks, counts: Whole | int = 1) -> Self:
        """In twice as many parts.  terms: those that can be read, with their marks and counts."""
        xp = self.space.backend.xp
        total = self.sums.total
        twice = replace(
            self,
            sums=Vector.of_sum(self.space, xp.concat([total, total], axis=0)),
            terms=np.concatenate([self.terms, self.terms]),
        )
        other = twice.place(of) ^ self.parts
        return replace(twice.changed(terms, other, -np.asarray(counts)), size=self.size)

    # --- how much it holds ---------------------------------------------------------------------
    def item_rows(self) -> Whole:
        """The items of memory, among which terms are looked for."""
        return self.memory.select(kinds=self.memory.item_kinds)

    def right(self, k: float, items: int) -> float:
        """How often a term is read right beside k − 1 others, among so many items of memory."""
        noise, load = self.space.noise, min(k, 4 * self.space.algebra.freedom)
        return (noise.pair_accuracy if self.pairs else noise.accuracy)(load, items)

    def wanted(self, size: int) -> int:
        """How many parts so many terms want."""
        items = len(self.item_rows())
        return parts_for(size, lambda k: self.right(k, items), AIM)

    def grown(self, size: int, what: str, read: Callable[[Self], tuple[Any, ...]]) -> Self:
        """In as many parts as so many terms want.

        what: in words, which makes the note.  read: the terms that can be read, as for `doubled`.
        """
        wanted = self.wanted(size)
        if wanted <= self.parts:
            return self
        vectors = "one vector holds" if self.parts == 1 else f"{self.parts:,} vectors hold"
        note(
            Note(
                f"{what} are more than {vectors} at dim {self.space.dim}: now in {wanted:,} parts"
            ),
            stacklevel=3,
        )
        if not self.size:
            return replace(self, sums=self.space.zero((wanted,)), terms=np.zeros(wanted, np.int64))
        grown = self
        while grown.parts < wanted:
            grown = grown.doubled(*read(grown))
        return grown

    def warn(self) -> None:
        """Warn where a term is read wrongly too often, of all that there are."""
        items = len(self.item_rows())
        loads, many = np.unique(self.terms[self.terms > 0], return_counts=True)
        share = loads * many / max(float(np.sum(loads * many)), 1.0)
        mean = sum(p * self.right(k, items) for k, p in zip(loads.tolist(), share, strict=True))
        if not len(loads) or mean >= TARGET:
            return
        low, high = 1, int(loads[-1])  # the load at which all would be read so often
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.right(middle, items) > mean else (low, middle)
        warn_past_capacity(str(self), [high], self.space, items, pairs=self.pairs)

    def text(self, what: str) -> str:
        """What is printed: `what` in its parts."""
        return what if self.parts == 1 else f"{what} in {self.parts:,} parts"


def dots(sums: Vector, vectors: Vector) -> NDArray[np.float64]:
    """Dot products over the batch, as numbers on the host."""
    return np.asarray(host(sums, sums.dots(vectors)), dtype=np.float64)
