"""Multisets: Σ countᵢ · itemᵢ, of which single counts are read, with their standard error.

A bundle keeps how often each item was added (Plate 1995; as a sketch of frequencies, Clarkson,
Ubaru and Yang 2023). With m = Σ cᵢ xᵢ and unit vectors, m · x = c + Σ of the others' cᵢ (xᵢ · x): the
products of unrelated vectors are 0 on average and have the variance s² of the algebra's noise, so that
a count is right but for a standard error of s · √(Σ cᵢ² of the others), which ‖m‖² tells. That is so of
sums; what finishes them, as a majority does, keeps no counts. Past its capacity it is cut in parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from vsa import Memory, Set, Table, Vector, VsaError, hookimpl
from vsa.pictures import Bars
from vsa.plugin import ArgumentValueError, Within, checked, is_empty
from vsa_plugins.dictionary.parted import BLOCK, Marks, Parted, Whole, dots, joined, marks

Floats = NDArray[np.float64]

DRAWN = 40  # members, the most frequent
CHANCE = 0.05  # items that are no members but seem to be, on average


@dataclass(frozen=True, eq=False)
class Estimate:
    """A count that is read: `number`, the nearest whole one; `value` and its standard error.

    Of a batch they are arrays.
    """

    value: Any
    error: Any

    vsa_name: ClassVar[str] = "count"

    @property
    def number(self) -> Any:
        whole = np.rint(self.value).astype(int) + 0
        return whole if whole.shape else int(whole)

    def vsa_text(self) -> str:
        if np.shape(self.value):
            return "\n".join(
                str(Estimate(*each)) for each in zip(self.value, self.error, strict=True)
            )
        return f"{self.number}  ({self.value:.2f} ± {self.error:.2f})"

    __str__ = __repr__ = vsa_text

    def vsa_json(self) -> Any:
        return {name: np.asarray(getattr(self, name)).tolist() for name in self.vsa_attributes()}

    def vsa_number(self) -> float | np.ndarray[Any, Any]:
        return self.number  # type: ignore[no-any-return]

    def vsa_attribute(self, name: str) -> float:
        if name not in self.vsa_attributes():
            raise VsaError(f"a count has no {name!r}: there are number, value and error")
        return float(getattr(self, name))

    def vsa_attributes(self) -> Iterable[str]:
        return ("number", "value", "error")


@dataclass(frozen=True, eq=False)
class Multiset(Parted):
    """Items with counts; a change makes another.

    `m + n` adds counts, `m - n` takes away as many as there are, `m | n` has the greater and `m & n`
    the smaller counts, as sets have them; n is a multiset too, or an item, or a batch of them. All but
    `+` read counts, of the items of memory.
    """

    fixed: bool = False  # a sketch: its parts stay as many as they are

    def __add__(self, other: Multiset | Vector) -> Multiset:
        if isinstance(other, Vector):
            return self.more(_flat(self, other), 1)
        few, many = sorted((self, other), key=lambda m: m.parts)
        if few.memory is not many.memory:
            raise VsaError("these multisets are of two memories, and do not combine")
        while few.parts < many.parts:
            few = few.doubled(*_readable(few))
        size = few.size + many.size
        joined = replace(self, sums=few.sums + many.sums, terms=few.terms + many.terms, size=size)
        return joined.grown(size, f"{size:,} items", _readable)

    def __sub__(self, other: Multiset | Vector) -> Multiset:
        items, theirs = _counted(self, other)
        return self.more(items, -np.minimum(_numbers(self, items), theirs))

    def __or__(self, other: Multiset | Vector) -> Multiset:
        items, theirs = _counted(self, other)
        return self.more(items, np.maximum(theirs - _numbers(self, items), 0))

    def __and__(self, other: Multiset | Vector) -> Multiset:
        items, theirs = _counted(self, other)
        none = replace(
            self, sums=self.space.zero((self.parts,)), terms=np.zeros_like(self.terms), size=0
        )
        return none.more(items, np.minimum(_numbers(self, items), theirs))

    def more(self, items: Vector, counts: Whole | int) -> Self:
        """With so many more of each item (n,), which has a mark of its own, or so many less."""
        counts = np.broadcast_to(np.asarray(counts, np.int64), items.shape)
        size = self.size + int(counts.sum())
        grown = self.grown(size, f"{size:,} items", _readable)
        some = counts != 0
        items = items if some.all() else items[np.flatnonzero(some)]
        return grown.changed(items, grown.place_of(items), counts[some])

    def wanted(self, size: int) -> int:
        return self.parts if self.fixed else super().wanted(size)

    def vsa_text(self) -> str:
        if not self.fixed:
            return self.text(f"a multiset of {self.size:,} item{'s' * (self.size != 1)}")
        return f"{self.text(f'a sketch of {self.size:,} items')}: counts ± {self.error:.3g}"

    __str__ = __repr__ = vsa_text

    def vsa_picture(self) -> Bars:
        """How often the most frequent members are in it."""
        rows = [(name, float(number)) for name, number, _ in most(self, DRAWN).rows]
        if not rows:
            raise VsaError("there is nothing to draw: no member is found among the items of memory")
        return Bars(rows, "count")

    @property
    def error(self) -> float:
        """The standard error of a count, in the middle of all parts."""
        return float(np.sqrt(np.mean(dots(self.sums, self.sums))) * self.space.noise.deviation)


@checked
def multiset(*members: Vector | Set, memory: Memory) -> Multiset:
    """Items with counts, as one vector while it holds them: multiset(a, a, b), multiset({a, b}).

    > count(multiset(mark, mark, fish), mark)
    2  …
    > multiset(mark, mark, fish) & multiset(mark, john)
    a multiset of 1 item
    """
    return added(Multiset.empty(memory), members)


def added(whole: Multiset, members: Sequence[Vector | Set]) -> Multiset:
    """With members: vectors, batches of them, or sets."""
    return whole.more(*items_of(whole, members)) if members else whole


def items_of(whole: Parted, members: Sequence[Vector | Set]) -> tuple[Vector, Whole]:
    """Items (n,) and their counts, of vectors, batches and sets."""
    items: list[Vector] = []
    counts: list[Whole] = []
    for member in members:
        if isinstance(member, Set):
            rows = np.asarray(member.of(whole.memory), dtype=np.int64)
            items.append(Vector.of_row(whole.space, whole.memory.vectors(rows).data))
            counts.append(np.asarray(list(member.counts.values()), np.int64))
        else:
            items.append(_flat(whole, member))
            counts.append(np.ones(len(items[-1]), np.int64))
    return joined(items), np.concatenate(counts)


@checked
def count(multiset: Multiset | Vector, item: Vector) -> Estimate:
    """How often an item is in a multiset, or in a plain bundle: a number ± its standard error.

    The error is the noise of all others. A row that was made of a sum has no counts any more.

    > count(mark + mark + fish, fish)
    1  …
    """
    if isinstance(multiset, Vector):
        if multiset.finished and not multiset.space.closed:
            name = multiset.space.algebra.name
            raise VsaError(
                f"a row of {name!r} keeps no counts, only the sum does that it was made of: "
                "members says what is in it"
            )
        return Estimate(*map(_number, _estimate(multiset, item)))
    flat = _flat(multiset, item)
    value, error = estimates(multiset, flat)
    return Estimate(*(_number(x.reshape(item.shape)) for x in (value, error)))


@checked
def most(multiset: Multiset, k: Annotated[int, Within(1, 1_000_000)] = 10) -> Table:
    """The items that are in it most often, of those in memory, and the standard errors of their counts.

    Of a sketch those that chance would not bring up among so many items.

    > most(multiset(mark, mark, fish), 2)
    member  count  ±
    mark  2  …
    …
    """
    rows, value, error, number = _all(multiset)
    if multiset.fixed and len(rows) > 1:
        clear = NormalDist().inv_cdf(1 - CHANCE / len(rows))
        number = np.where(value > clear * error, number, 0)
    best = np.argsort(-value, kind="stable")[:k]
    best = best[number[best] > 0]
    names = multiset.memory.reported(rows[best])
    return Table(
        ["member", "count", "±"],
        [
            (str(name), int(n), float(e))
            for name, n, e in zip(names, number[best], error[best], strict=True)
        ],
        bars={"count": ""},
    )


# --- counts -----------------------------------------------------------------------------------------
def _flat(whole: Parted, items: Vector) -> Vector:
    """Items (n,) of its space, as rows without what they were made of."""
    if is_empty(items).any():
        raise ArgumentValueError("nil is no item of a multiset: give an item of memory")
    return Vector.of_row(whole.space, whole.space.own(items).data).reshape(-1)


def _estimate(sums: Vector, items: Vector) -> tuple[Floats, Floats]:
    """How often items are in sums, and the standard error, over the batch.

    Lengths of items other than 1 are allowed for.
    """
    size = dots(items, items)
    size = np.where(size > 0, size, 1.0)
    value = dots(sums, items) / size
    others = np.maximum(dots(sums, sums) - value**2 * size, 0.0)
    return value, np.sqrt(others / size) * sums.space.noise.deviation


def _number(x: Floats) -> Any:
    return x if x.shape else float(x)


def estimates(whole: Parted, items: Vector) -> tuple[Floats, Floats]:
    """The same of items (n,), each in its part."""
    found = [
        _estimate(whole.sums[whole.place_of(some)], some)
        for some in (items[i : i + BLOCK] for i in range(0, len(items), BLOCK))
    ]
    value, error = zip(*found, strict=True) if found else (([],), ([],))
    return np.concatenate(value), np.concatenate(error)


def _numbers(whole: Multiset, items: Vector) -> Whole:
    return np.maximum(np.rint(estimates(whole, items)[0]), 0).astype(np.int64)


def _all(whole: Multiset) -> tuple[Whole, Floats, Floats, Whole]:
    """All items of memory: their rows, estimates and errors, and their counts as whole numbers.

    No more are counted in a part than it is known to hold, the most frequent first.
    """
    rows = whole.item_rows()
    items = Vector.of_row(whole.space, whole.memory.vectors(rows).data)
    value, error = estimates(whole, items)
    number, place = np.maximum(np.rint(value), 0).astype(np.int64), whole.place_of(items)
    order = np.lexsort((-value, place))
    before = np.cumsum(number[order]) - number[order]
    before -= before[np.searchsorted(place[order], place[order])]  # in its part
    number[order] = np.clip(whole.terms[place[order]] - before, 0, number[order])
    return rows, value, error, number


def _readable(whole: Multiset) -> tuple[Vector, Marks, Whole]:
    """The members that can be read, their marks and counts."""
    rows, _, _, number = _all(whole)
    some = np.flatnonzero(number)
    items = Vector.of_row(whole.space, whole.memory.vectors(rows[some]).data)
    return items, marks(items), number[some]


def _counted(whole: Multiset, other: Multiset | Vector) -> tuple[Vector, Whole]:
    """The items of the other, each once, and how often they are in it."""
    if isinstance(other, Multiset):
        if other.memory is not whole.memory:
            raise VsaError("these multisets are of two memories, and do not combine")
        items, _, counts = _readable(other)
        return items, counts
    items = _flat(whole, other)
    _, first, counts = np.unique(marks(items), return_index=True, return_counts=True)
    return items[first], counts


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Multisets and their counts."""
    return [multiset, count, most]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Multisets, and counts with their errors."""
    return [Multiset, Estimate]
