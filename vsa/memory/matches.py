"""What is asked of the rows of a memory, and what is found: one record each, for every way to look.

The exact scan, the sketched one, the path of a single query and the shards of a cluster are asked by
a `Query`, or find for one, and give `Found`; an `Answer` shows one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector
from vsa.memory.sketch.bits import Sketch
from vsa.theory.likelihood import posterior, posterior_of_one
from vsa.theory.load import UNKNOWN, Load
from vsa.theory.prior import PRIOR_NOTHING

Floats = np.ndarray[Any, Any]
Rows = np.ndarray[Any, Any]

ROUNDING = 1e-9  # of a sum of probabilities
GATHER = 8  # rows are copied out when fewer than one in so many is eligible


@dataclass(slots=True)
class Query:
    """Which `k` of some unit rows are the nearest to each vector of a batch, and how sure is that?

    rows: the numbers of those rows that count, ascending, among all that are `stored` (length, dim).
    What lies where NumPy can compute is looked up there, a call of which costs a tenth of torch's.
    sketch: of what is stored; None to compare with every row.  load: what is known of that of each
    vector, of the shape of the batch or one for all.
    """

    vector: Vector
    stored: Array
    rows: Rows
    k: int = 1
    prior_nothing: float = PRIOR_NOTHING
    sketch: Sketch | None = None
    load: Load = UNKNOWN
    items: int = field(init=False)  # how many rows count
    kept: int = field(init=False)  # how many are found for each vector
    wanted: int = field(init=False)  # and looked for: the second best gives the margin

    def __post_init__(self) -> None:
        space = self.vector.space
        if space.on_host is not space:
            self.stored = space.backend.numpy(self.stored)
            self.vector = self.vector.on_host
        self.items = len(self.rows)
        self.kept = max(min(self.k, self.items), 1)
        self.wanted = max(self.kept, min(2, self.items))

    def flat(self) -> Query:
        """The same of a batch along one axis."""
        shape = self.vector.shape
        if len(shape) == 1 and self.load.value.shape == shape:
            return self
        vector, load = self.vector, self.load.over(shape)
        if len(shape) != 1:
            count = math.prod(shape)
            vector, load = vector.reshape(count), load.reshape((count,))
        return self._with(vector, load)

    def some(self, which: Any) -> Query:
        """The same of some of the vectors (n,)."""
        return self._with(self.vector[which], self.load[which])

    def _with(self, vector: Vector, load: Load) -> Query:
        """The same of other vectors; `dataclasses.replace` takes as long as a product of a few rows."""
        return Query(vector, self.stored, self.rows, self.k, self.prior_nothing, self.sketch, load)

    def matrix(self) -> tuple[Array, np.ndarray[Any, Any] | None]:
        """The rows to multiply with, and which of them to leave out again (None: none)."""
        count = len(self.stored)
        if self.items == count:
            return self.stored, None
        if self.items * GATHER < count:
            return self.stored[self.vector.space.backend.asarray(self.rows)], None
        drop = np.ones(count, dtype=bool)
        drop[self.rows] = False
        return self.stored, drop

    def numbers(self, index: Rows, matrix: Array) -> Rows:
        """The numbers of some rows of `matrix`."""
        return index if len(matrix) == len(self.stored) else self.rows[index]

    def found(self, rows: Rows, similarities: Floats, logs: Floats, log_sum: Any) -> Found:
        """The record of what was found; see `weighed`."""
        return weighed(rows, similarities, logs, log_sum, self.items, self.kept, self.prior_nothing)

    def found_one(
        self, rows: list[int], similarities: list[float], logs: list[float], log_sum: float
    ) -> Found:
        """The record of what was found for a single vector, from numbers."""
        kept = self.kept
        match, nothing = posterior_of_one(logs, log_sum, self.items, self.prior_nothing)
        numbers = {
            "rows": rows[:kept], "similarities": similarities[:kept], "probabilities": match,
            "nothing": nothing, "margin": similarities[0] - similarities[min(1, self.wanted - 1)],
            "log_sum": log_sum, "names": None,
        }  # fmt: skip
        return Single.of(numbers, self.items)

    def nobody(self) -> Found:
        """No match for any vector, as where nothing counts or the vector is zero."""
        return nobody(self.vector.shape, self.items, self.kept)


@dataclass(slots=True)
class Found:
    """The k best matches of each vector of a batch of shape (...), best first; host arrays.

    rows, similarities, probabilities: (..., k); a row of -1 stands for none.  nothing: P(none of
    the items).  margin: the best similarity minus the second.  log_sum: log Σ L over all items, of
    which there were `items`.  names: of the rows, (..., k), once they have been named.  coverage: of
    credible sets (credible.py), which the matches and, where they come to less, nothing make up; those
    of a batch are as wide as the largest.
    """

    rows: Rows
    similarities: Floats
    probabilities: Floats
    nothing: Floats
    margin: Floats
    log_sum: Floats
    items: int
    names: Any = None
    coverage: float | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the batch: () for a single vector."""
        return tuple(self.nothing.shape)

    @property
    def is_nothing(self) -> Any:
        """Whether nothing is likelier than the best match, (...)."""
        return np.asarray((self.rows[..., 0] < 0) | (self.nothing > self.probabilities[..., 0]))

    def best(self, name: str) -> Any:
        """What an array of matches, by its name, has of a single vector's best."""
        return getattr(self, name)[0]

    def name(self, known: Rows) -> None:
        """Give the rows their names, of all that there are; None to a row of -1."""
        self.names = named(self.rows, known)

    def each(self, change: Callable[[str], Floats]) -> Found:
        """With other arrays: `change` gives each, by its name."""
        names = None if self.names is None else change("names")
        arrays = {name: change(name) for name in ARRAYS}
        return Found(**arrays, items=self.items, names=names, coverage=self.coverage)

    def reshape(self, shape: tuple[int, ...]) -> Found:
        """As a batch of another shape."""
        many = (*shape, self.rows.shape[-1])
        return self.each(lambda name: getattr(self, name).reshape(many if name in MANY else shape))

    def __getitem__(self, index: Any) -> Found:
        """Some vectors' matches; the index is one of the batch."""
        index = index if isinstance(index, tuple) else (index,)
        whole = index if any(i is Ellipsis for i in index) else (*index, ...)
        many = (*whole, slice(None))
        some = self.each(lambda name: getattr(self, name)[many if name in MANY else whole])
        if self.coverage is None:
            return some
        return some.wide(max(int((some.rows >= 0).sum(-1).max(initial=0)), 1))

    def put(self, index: Any, other: Found) -> None:
        """Take the matches of some vectors from another record, their names too."""
        for name in ARRAYS if self.names is None else (*ARRAYS, "names"):
            getattr(self, name)[index] = getattr(other, name)

    @staticmethod
    def joined(parts: Sequence[Found], join: Callable[[list[Floats]], Floats]) -> Found:
        """Records as one: `join` is `np.concatenate` or `np.stack`; those of a smaller k are filled up."""
        widest = max(part.rows.shape[-1] for part in parts)
        parts = [part.wide(widest) for part in parts]
        return parts[0].each(lambda name: join([getattr(part, name) for part in parts]))

    def wide(self, k: int) -> Found:
        """With k matches of each vector: the first of those there are, or no item behind them."""
        there = self.rows.shape[-1]
        if k == there:
            return self

        def fitted(name: str) -> Floats:
            array: Floats = getattr(self, name)
            if name not in MANY:
                return array
            fill = np.full((*self.shape, max(k - there, 0)), NONE[name], dtype=array.dtype)
            return np.concatenate((array[..., :k], fill), axis=-1)

        return self.each(fitted)


# have an axis of the k best: what stands there for no match
NONE: dict[str, Any] = {"rows": -1, "names": None, "similarities": 0.0, "probabilities": 0.0}
MANY = tuple(NONE)
OBJECTS = {"names": object}  # dtypes that are not those of numbers
ARRAYS = tuple(f.name for f in fields(Found) if f.name not in ("items", "names", "coverage"))


class Single(Found):
    """The matches of a single vector: numbers, of which an array is made when somebody asks for it.

    An array that was made or set stands for its numbers from then on: it may be written to.
    """

    __slots__ = ("numbers",)

    numbers: dict[str, Any]

    def __init__(self, *arrays: Any, **named: Any) -> None:
        self.numbers = {}
        super().__init__(*arrays, **named)

    @classmethod
    def of(cls, numbers: dict[str, Any], items: int) -> Single:
        """numbers: in place of the arrays, by their names; a list of matches, best first, or one."""
        found = cls.__new__(cls)
        put = object.__setattr__  # past our own: none of these stands for an array
        put(found, "numbers", numbers)
        put(found, "items", items)
        put(found, "coverage", None)
        return found

    @property
    def shape(self) -> tuple[int, ...]:
        return ()

    @property
    def is_nothing(self) -> bool:
        return bool(
            self._its("rows")[0] < 0 or self._its("nothing") > self._its("probabilities")[0]
        )

    def best(self, name: str) -> Any:
        return self._its(name)[0]

    def name(self, known: Rows) -> None:
        self.numbers["names"] = [known[row] for row in self._its("rows")]

    def _its(self, name: str) -> Any:
        """Numbers, if they still stand for an array."""
        numbers = self.numbers.get(name)
        return getattr(self, name) if numbers is None else numbers

    def __getattr__(self, name: str) -> Any:
        if name not in ARRAYS and name != "names":
            raise AttributeError(f"a {type(self).__name__} has no attribute {name!r}")
        numbers = self.numbers.get(name)
        array = None if numbers is None else np.array(numbers, dtype=OBJECTS.get(name))
        setattr(self, name, array)
        return array

    def __setattr__(self, name: str, value: Any) -> None:
        if name in MADE:
            self.numbers.pop(name, None)
        super().__setattr__(name, value)


MADE = frozenset((*ARRAYS, "names"))


def named(rows: Rows, known: Rows) -> Rows:
    """The names, of those of all rows, that some rows have; None for a row of -1; same shape."""
    if not len(known):
        return np.full(rows.shape, None, dtype=object)
    names = np.asarray(known[rows], dtype=object)  # a copy: rows are numbers
    names[rows < 0] = None
    return names


def nobody(shape: tuple[int, ...], items: int = 0, kept: int = 1) -> Found:
    """No match for any vector of a batch: nothing is right for certain."""
    many = (*shape, kept)
    rows, zeros, log_sum = np.full(many, -1), np.zeros(many), np.full(shape, -math.inf)
    names = np.full(many, None, dtype=object)
    return Found(rows, zeros, zeros.copy(), np.ones(shape), np.zeros(shape), log_sum, items, names)


def weighed(
    rows: Rows,
    similarities: Floats,
    logs: Floats,
    log_sum: Any,
    items: int,
    kept: int,
    prior_nothing: float,
) -> Found:
    """The record of matches, best first, of which `kept` count: probabilities and margin.

    rows, similarities: (..., kept or more), the second of one item being there for the margin.
    logs: log L of each similarity, as many or only those that count.  log_sum: log Σ L over all
    items, (...). Both are -inf where there is no match: then it is nothing for certain.
    """
    probabilities, nothing = posterior(logs[..., :kept], log_sum, items, prior_nothing)
    best, second = similarities[..., 0], similarities[..., min(1, similarities.shape[-1] - 1)]
    return Found(
        rows[..., :kept], similarities[..., :kept], probabilities, nothing,
        np.asarray(best - second), np.asarray(log_sum), items,
    )  # fmt: skip
