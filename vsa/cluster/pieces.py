"""Which item is in which shard: the client's side of a memory on a cluster.

Names have numbers, in the order of their addition. A shard is known by its steps; it is the result
of a Dask task made from them alone, so that Dask has it again by itself when a worker is lost.
Items whose vectors may be equal go to one shard, whose Memory makes them names of one row.
"""

from __future__ import annotations

import itertools
import math
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.cluster import shard as on_worker
from vsa.cluster.shard import Gone, Lot, Question
from vsa.errors import VsaError
from vsa.memory.matches import Found
from vsa.memory.select import Names
from vsa.workers.client import gather, submit

SHARD_BYTES = 1 << 28  # rows of one shard, at most
SMALL = 4096  # additions are put together up to so many items, which are soon made again
LEAST = 128  # items that are worth a shard of their own
TRAVEL_BYTES = 1 << 22  # vectors that travel in one piece, queries or items

Given = list[Any] | str | None  # packed arrays of `travelling` rows, an encoded folder, or atoms


@dataclass
class Piece:
    """A shard as the client knows it; `future` is None while its steps have changed."""

    steps: list[Lot | Gone] = field(default_factory=list)
    arrays: list[Any] = field(default_factory=list)  # futures of the vectors that travelled
    size: int = 0
    future: Any = None

    def forget(self, lost: set[int]) -> None:
        """Take out the additions of some arrays, all of whose names were removed later."""
        kept: list[Lot | Gone] = []
        absent: Counter[str] = Counter()  # names whose removal is not needed any more
        there = [i for i in range(len(self.arrays)) if i not in lost]
        place = {old: new for new, old in enumerate(there)}
        for step in self.steps:
            if isinstance(step, Gone):
                if absent[step.name]:
                    absent[step.name] -= 1
                else:
                    kept.append(step)
            elif isinstance(step.vectors, int) and step.vectors in lost:
                absent.update(step.names)
                self.size -= len(step.names)
            elif isinstance(step.vectors, int):
                kept.append(replace(step, vectors=place[step.vectors]))
            else:
                kept.append(step)
        self.steps, self.arrays = kept, [self.arrays[i] for i in place]


def gone(future: Any) -> bool:
    """Whether a restart of the cluster has taken the result of a task, and the task with it."""
    return future.status in ("cancelled", "lost")


class Pieces:
    """The shards that names are in; the row of a name in `names` is its number."""

    def __init__(self, space: Space, client: Any, names: Names) -> None:
        self.space = space
        self.client = client
        self.names = names
        self.labels: list[str] = []  # of each number: the name it was given to
        self.homes: list[Piece] = []
        self.drawn: list[bool] = []  # whether it is the atom of its name
        self.pieces: list[Piece] = []
        self.known_kinds: set[str] = set()
        self._forms: dict[str, int] = {}  # of names that can be written in several ways
        self._marks: dict[int, int] | None = None  # signature → number, once vectors were given

    @property
    def row_bytes(self) -> int:
        """Of one vector, packed."""
        form = self.space.metric.carry
        return int(self.space.backend.host_dtype(form.dtype).itemsize) * form.width

    @property
    def travelling(self) -> int:
        """How many vectors travel in one piece."""
        return max(TRAVEL_BYTES // self.row_bytes, 1)

    # --- change --------------------------------------------------------------------------------
    def store(self, names: Sequence[str], kind: str, given: Given, marks: Sequence[int]) -> None:
        """New names; `marks` are the signatures of vectors that were given, [] for atoms."""
        marks = marks or self._signatures(names, given)
        if marks and self._marks is None:  # the first vectors: what is there is atoms
            self._marks = self._ask_marks()
        arrays = []
        if isinstance(given, list):
            arrays = [submit(self.client, on_worker.keep, packed) for packed in given]
        self.known_kinds.add(kind)
        first, step = len(self.labels), self.travelling
        rooms = self._rooms(len(names))
        lots: dict[tuple[int, int], tuple[Piece, list[int]]] = {}  # by shard and array
        for i, name in enumerate(names):
            twin = self._twin(name, first + i, given is None, marks[i] if marks else None)
            home = next(rooms) if twin is None else self.homes[twin]
            lots.setdefault((id(home), i // step if arrays else 0), (home, []))[1].append(i)
            self.names.rows[name] = first + i
            self.names.kinds[name] = kind
            self.labels.append(name)
            self.homes.append(home)
            self.drawn.append(given is None)
        for (_, part), (home, members) in lots.items():
            where: Any = None
            if isinstance(given, str):
                where = (given, members)
            elif arrays:
                where = len(home.arrays)
                rows = [i - part * step for i in members]
                home.arrays.append(submit(self.client, on_worker.pick, arrays[part], rows))
            some = [names[i] for i in members]
            home.steps.append(Lot(some, [first + i for i in members], kind, where))
            home.size += len(members)
            home.future = None

    def forget(self, name: str) -> None:
        """Remove a name."""
        home = self.homes[self.names.row(name)]
        del self.names.rows[name], self.names.kinds[name]
        home.steps.append(Gone(name))
        home.future = None

    def _twin(self, name: str, number: int, drawn: bool, mark: int | None) -> int | None:
        """The number of what may have the same vector, if there is some; this one is noted."""
        twin = number
        if drawn and not name.isascii():
            twin = self._forms.setdefault(unicodedata.normalize("NFC", name), number)
        if mark is not None and self._marks is not None and twin == number:
            twin = self._marks.setdefault(mark, number)
        return None if twin == number else twin

    def _signatures(self, names: Sequence[str], given: Given) -> list[int]:
        """Signatures of the rows of a folder, or of atoms once there are others; by the workers."""
        if given is None and self._marks is None:
            return []
        tasks = []
        for start in range(0, len(names), self.travelling):
            some = list(names[start : start + self.travelling])
            if given is None:
                tasks.append(submit(self.client, on_worker.marks_of_atoms, self.space, some))
            else:
                rows = list(range(start, start + len(some)))
                tasks.append(submit(self.client, on_worker.marks_of_rows, given, rows, some))
        return [mark for part in gather(self.client, tasks) for mark in part]

    def _ask_marks(self) -> dict[int, int]:
        """Signature → number of everything that is there."""
        self._place()
        tasks = [submit(self.client, on_worker.marks, piece.future) for piece in self.pieces]
        return {
            mark: number
            for numbers, marks in gather(self.client, tasks)
            for mark, number in zip(marks, numbers.tolist(), strict=True)
        }

    def _rooms(self, count: int) -> Iterator[Piece]:
        """The shards that new items go to: one each, filled one after the other."""
        last = self.pieces[-1] if self.pieces else None
        if last is not None and last.size + count <= SMALL:
            yield from itertools.repeat(last)
        rows = max(math.ceil(count / max(len(self.client.nthreads()), 1)), LEAST)
        rows = min(rows, max(SHARD_BYTES // self.row_bytes, 1))
        while True:
            self.pieces.append(Piece())
            yield from itertools.repeat(self.pieces[-1], rows)

    def _place(self) -> None:
        """Have the shards made whose steps have changed, or that a restart of the cluster took."""
        self._leave_out_what_went()
        for piece in self.pieces:
            if piece.future is None or gone(piece.future):
                piece.future = submit(
                    self.client, on_worker.build, self.space, list(piece.steps), *piece.arrays
                )

    def _leave_out_what_went(self) -> None:
        """Vectors that travelled are not there after a restart: nothing has them but who gave them.

        VsaError names those that are still wanted; of the others the steps are forgotten.
        """
        went = [
            (piece, {i for i, array in enumerate(piece.arrays) if gone(array)})
            for piece in self.pieces
        ]
        wanted = [
            name
            for piece, arrays in went
            for lot in piece.steps
            if isinstance(lot, Lot) and isinstance(lot.vectors, int) and lot.vectors in arrays
            for name, number in zip(lot.names, lot.numbers, strict=True)
            if self.names.rows.get(name) == number
        ]
        if wanted:
            listed = ", ".join(map(repr, wanted[:3])) + (" …" if len(wanted) > 3 else "")
            raise VsaError(
                f"the Dask cluster was restarted, and with it went {len(wanted):,} of the vectors that "
                f"were given ({listed}): remove and add them again, or make another ClusterMemory"
            )
        for piece, arrays in went:
            if arrays:
                piece.forget(arrays)

    # --- asking --------------------------------------------------------------------------------
    def ask(self, question: Question, packed: np.ndarray[Any, Any]) -> list[Found]:
        """What every shard finds for some queries, which travel once and then between workers."""
        self._place()
        travels: Any = packed
        if packed.nbytes * len(self.pieces) > TRAVEL_BYTES:
            travels = submit(self.client, on_worker.keep, packed)
        tasks = [
            submit(self.client, on_worker.look, piece.future, question, travels)
            for piece in self.pieces
        ]
        return gather(self.client, tasks)

    def fetch(self, numbers: Sequence[int]) -> Vector:
        """Items by number (n,): atoms are drawn here, others are asked for."""
        vectors: dict[int, Vector] = {}
        asked: dict[int, tuple[Piece, list[int]]] = {}
        for number in numbers:
            if self.drawn[number]:
                vectors[number] = self.space.atom(self.labels[number])
            else:
                home = self.homes[number]
                asked.setdefault(id(home), (home, []))[1].append(number)
        if asked:
            self._place()
            tasks = [
                submit(self.client, on_worker.fetch, home.future, wanted)
                for home, wanted in asked.values()
            ]
            found = gather(self.client, tasks)
            for (_, wanted), packed in zip(asked.values(), found, strict=True):
                vectors.update(zip(wanted, on_worker.unpack(self.space, packed), strict=True))
        return self.space.stack([vectors[number] for number in numbers])
