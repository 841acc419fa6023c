"""What a worker keeps: some of the items as an ordinary Memory, made from steps that can be redone.

A step is an addition or a removal. Atoms are functions of their names, so that their steps are
names alone; a shard that moves, or that Dask makes again after its worker was lost, is its steps.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.encode.encoded import Encoded
from vsa.memory import credible
from vsa.memory.matches import Found, Query
from vsa.memory.memory import Memory
from vsa.theory.load import UNKNOWN, Load
from vsa.theory.prior import PRIOR_NOTHING
from vsa.workers.allocator import keeping_memory
from vsa.workers.client import shared

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Lot:
    """Names that were added together, and their numbers in the order of the whole memory.

    vectors: None for atoms, an index into the packed arrays that come along, or where an encoded
    folder holds them, as (folder, rows).
    """

    names: list[str]
    numbers: list[int]
    kind: str
    vectors: int | tuple[str, list[int]] | None = None


@dataclass(frozen=True)
class Gone:
    """A name that was removed."""

    name: str


@dataclass(frozen=True)
class Question:
    """What a cleanup asks of every shard; the queries travel beside it, packed."""

    k: int
    among: frozenset[str] | None
    kinds: str | tuple[str, ...] | None
    exclude: frozenset[str]
    load: Load = UNKNOWN  # of each query
    prior_nothing: float = PRIOR_NOTHING  # of sets
    coverage: float | None = None  # for sets in place of the k best: first their evidence
    whole: Found | None = None  # then, from the evidence of all shards, their members


def pack(vector: Vector) -> Array:
    """Rows on the host in the form in which vectors travel."""
    backend = vector.space.backend
    return backend.numpy(vector.space.metric.carried(backend.detach(vector.data)))


def unpack(space: Space, packed: Array) -> Vector:
    """The vectors that were packed."""
    metric = space.metric
    return Vector(space, metric.brought(space.backend.asarray(packed, dtype=metric.carry.dtype)))


class Shard:
    """Some of the items on a worker. It travels as its steps, not as its rows."""

    def __init__(self, space: Space, steps: Sequence[Lot | Gone], *arrays: Array) -> None:
        self.recipe = (space, list(steps), arrays)
        self.space = shared(space)
        self.memory = Memory(self.space)
        self._one = threading.Lock()  # a worker may run several tasks, a Memory serves one
        numbers: list[int] = []  # of each row: that of the first name it was stored under
        self._others: dict[int, int] = {}  # rows by the numbers of further names
        for step in steps:
            if isinstance(step, Gone):
                self.memory.remove(step.name)
                continue
            self.memory.add(step.names, self._vectors(step, arrays), kind=step.kind)
            for name, number in zip(step.names, step.numbers, strict=True):
                row = self.memory.row(name)
                if row == len(numbers):
                    numbers.append(number)
                else:
                    self._others[number] = row
        self.numbers = np.array(numbers, dtype=np.int64)

    def _vectors(self, lot: Lot, arrays: Sequence[Array]) -> Vector:
        if lot.vectors is None:
            return self.space.batch(lot.names)
        if isinstance(lot.vectors, int):
            return unpack(self.space, arrays[lot.vectors])
        folder, rows = lot.vectors
        return Encoded(folder).take(rows)

    def __reduce__(self) -> tuple[Any, ...]:
        space, steps, arrays = self.recipe
        return Shard, (space, steps, *arrays)

    def __sizeof__(self) -> int:
        """What Dask reckons with: it should not move the rows about as if they were nothing."""
        form = self.space.metric.carry
        row: int = form.width * self.space.backend.host_dtype(form.dtype).itemsize
        return 2 * row * len(self.numbers) + sum(array.nbytes for array in self.recipe[2])

    def look(self, question: Question, packed: Array) -> Found:
        """The shard's k best for each query (queries, dim), by the numbers of their rows."""
        memory, query = self.memory, unpack(self.space, packed)
        among = question.among
        chosen: dict[str, Any] = {
            "among": None if among is None else [n for n in among if n in memory],
            "kinds": question.kinds,
            "exclude": [n for n in question.exclude if n in memory],
        }
        with self._one:
            if question.coverage is None:
                found = memory.cleanup(query, question.k, load=question.load, **chosen).found
            else:
                rows = memory.select(**chosen)
                found = self._covering(question, query, rows)
                found.names = memory.reported(found.rows)
        known = found.rows >= 0
        found.rows[known] = self.numbers[found.rows[known]]
        return found

    def _covering(self, question: Question, query: Vector, rows: Array) -> Found:
        stored, prior = self.memory.table.rows, question.prior_nothing
        asked = Query(query, stored, rows, prior_nothing=prior, load=question.load)
        if question.whole is None:
            return credible.evidence(asked)
        assert question.coverage is not None
        return credible.scan(asked, question.coverage, question.whole)

    def packed(self, numbers: Sequence[int]) -> Array:
        """The vectors of some of its items (len(numbers), dim), with the lengths they had."""
        rows = [
            self._others[n] if n in self._others else int(np.argmax(self.numbers == n))
            for n in numbers
        ]
        return pack(self.memory.vectors(np.array(rows, dtype=np.int64)))

    def marks(self) -> list[int]:
        """The signature of each row: rows of one signature may be equal."""
        return list(map(int, self.memory.table.marks(0, len(self.numbers))))


# --- tasks ---------------------------------------------------------------------------------------


def build(space: Space, steps: Sequence[Lot | Gone], *arrays: Array) -> Shard:
    with keeping_memory():
        return Shard(space, steps, *arrays)


def keep(array: Array) -> Array:
    """An array as the result of a task, which Dask has again when a worker is lost."""
    return array


def pick(array: Array, rows: Sequence[int]) -> Array:
    """Some rows of an array; itself where they are all of them."""
    return array if len(rows) == len(array) else array[list(rows)]


def look(shard: Shard, question: Question, packed: Array) -> Found:
    with keeping_memory():
        return shard.look(question, packed)


def fetch(shard: Shard, numbers: Sequence[int]) -> Array:
    return shard.packed(numbers)


def marks(shard: Shard) -> tuple[Array, list[int]]:
    return shard.numbers, shard.marks()


def marks_of(vectors: Vector, names: Sequence[str]) -> list[int]:
    """The signature of each vector; VsaError for one that cannot be stored, by its name."""
    part = Memory(vectors.space)
    part.add(names, vectors)
    found = part.table.marks(0, len(part.table)).tolist()
    return [found[part.row(name)] for name in names]


def marks_of_atoms(space: Space, names: Sequence[str]) -> list[int]:
    return marks_of(shared(space).batch(names), names)


def marks_of_rows(folder: str, rows: Sequence[int], names: Sequence[str]) -> list[int]:
    return marks_of(Encoded(folder).take(rows), names)
