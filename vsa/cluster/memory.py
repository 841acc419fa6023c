"""ClusterMemory: a memory whose items live in shards on Dask's workers.

A query goes to every shard; the k best of each, and log Σ L of each, make the answer that one
Memory would give.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.arguments import checked_text, several
from vsa.cluster import shard as on_worker
from vsa.cluster.merge import merged
from vsa.cluster.pieces import Pieces
from vsa.cluster.shard import Question
from vsa.encode.encoded import Encoded
from vsa.errors import VsaError
from vsa.memory import credible
from vsa.memory.answer import Answer
from vsa.memory.base import Readable, locked
from vsa.memory.changes import KINDS
from vsa.memory.matches import Found, nobody
from vsa.memory.select import Names
from vsa.memory.storage import asked
from vsa.theory.load import Load
from vsa.theory.prior import PRIOR_NOTHING
from vsa.workers.client import checked


class Closed:
    """What a closed memory has in place of names and shards."""

    def __getattr__(self, name: str) -> Any:
        raise VsaError("this memory is closed: make another with ClusterMemory(space, client)")


class ClusterMemory(Readable):
    """Named vectors in shards on a Dask cluster; exact cleanup, merged over the shards.

    client: a running `distributed.Client`. Atoms are added by their names alone and drawn on the
    workers. Names, similarities (within 1e-6) and probabilities are those of one Memory that
    holds every item.
    """

    __module__ = "vsa.cluster"

    freed = "remove it first"

    def __init__(self, space: Space, client: Any) -> None:
        self.space = space
        self.client = checked(client)
        self.state = Names()
        self.lock = threading.RLock()
        self._pieces = Pieces(space, client, self.state)

    # --- what is there -------------------------------------------------------------------------
    @locked
    def names(self, kind: str | None = None) -> list[str]:
        """Every name, or those of one kind, the oldest first."""
        return [name for name, its in self.state.kinds.items() if kind is None or its == kind]

    @property
    def shards(self) -> list[int]:
        """How many items each shard was given."""
        return [piece.size for piece in self._pieces.pieces]

    @locked
    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of an answer's `rows`, of any shape; −1 gives the zero vector."""
        wanted, where = np.unique(rows, return_inverse=True)
        known = wanted[wanted >= 0].tolist()
        found = self._pieces.fetch(known) if known else self.space.zero((0,))
        table = self.space.stack([*([self.space.zero()] * (len(wanted) - len(known))), *found])
        return table[where.reshape(-1)].reshape(tuple(rows.shape))

    # --- change --------------------------------------------------------------------------------
    @locked
    def add(
        self,
        names: str | Sequence[str],
        vectors: Vector | Sequence[Vector] | None = None,
        kind: str = "atom",
    ) -> None:
        """Store vectors under new names; without vectors the atoms of the names, which travel so.

        Raises VsaError for a name in use, a zero vector, numbers that disagree; then nothing is
        stored.
        """
        names = self._check_new(names, kind)
        if vectors is None:
            self._pieces.store(names, kind, None, [])
            return
        vectors = self._batch(vectors, len(names))
        step = self._pieces.travelling
        parts = [slice(start, start + step) for start in range(0, len(names), step)]
        marks = [mark for p in parts for mark in on_worker.marks_of(vectors[p], names[p])]
        self._pieces.store(names, kind, [on_worker.pack(vectors[p]) for p in parts], marks)

    def read(self, folder: str | os.PathLike[str], kind: str = "frame") -> None:
        """Store what `encode` wrote with names; the workers read it, under the same path."""
        encoded = Encoded(folder)
        if encoded.space != self.space:
            raise VsaError(f"{folder} holds vectors of {encoded.space!r}, not {self.space!r}")
        names = self._check_new(encoded.names(), kind)
        self._pieces.store(names, kind, str(encoded.path.resolve()), [])

    @locked
    def remove(self, name: str) -> None:
        """Forget a name; its vector is no longer found unless another name shares it."""
        checked(self.client)
        self._pieces.forget(name)

    def _check_new(self, names: Any, kind: str) -> list[str]:
        checked(self.client)
        fresh = self._fresh(names, kind)
        if len(self._pieces.known_kinds | {kind}) > KINDS:
            raise VsaError(f"no room for the kind {kind!r}: a memory has at most {KINDS} kinds")
        return fresh

    # --- retrieval -----------------------------------------------------------------------------
    @locked
    def cleanup(
        self,
        query: Vector,
        k: int = 1,
        *,
        among: Iterable[str] | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: str | Iterable[str] = (),
        prior_nothing: float = PRIOR_NOTHING,
        load: ArrayLike | Load | None = None,
        coverage: float | None = None,
    ) -> Answer:
        """The k nearest items to each query, and how sure that is, as from `Memory.cleanup`.

        query: any batch shape.  among: names; the other restrictions are those of a Memory.
        coverage: sets in place of the k best; then every shard is asked twice.
        """
        query, k, prior_nothing, known = self._question(query, k, prior_nothing, load)
        if coverage is not None:
            coverage = self._coverage(coverage, k)
        checked(self.client)
        if among is not None:
            among = several("among", among)
            for name in among:
                self.row(name)
        chosen = None if kinds is None else several("kinds", kinds)
        without = several("exclude", exclude)
        for what, texts in (("a kind", chosen or ()), ("an excluded item", without)):
            for text in texts:
                checked_text(what, text)
        question = Question(
            max(k, 2),  # the second best gives the margin
            None if among is None else frozenset(among),
            None if chosen is None else tuple(chosen),
            frozenset(without),
            prior_nothing=prior_nothing,
            coverage=coverage,
        )
        flat = query.reshape(math.prod(query.shape))
        step = self._pieces.travelling
        loads = known.over(query.shape).reshape((len(flat),))
        blocks = [
            (loads[start : start + step], flat[start : start + step])
            for start in range(0, max(len(flat), 1), step)
        ]
        parts = (
            part
            for some, queries in blocks
            if (part := self._found(queries, replace(question, load=some), k, prior_nothing))
        )
        found = nobody((len(flat),))
        if self._pieces.pieces:
            found = credible.joined(parts, len(flat))
        found.coverage = coverage
        if not flat.finished:  # zero travels as a row like others, and is similar to nothing
            empty = np.flatnonzero(asked(flat)[1] == 0)
            found.put(empty, nobody((len(empty),), found.items, found.rows.shape[-1]))
            found = found[:]  # sets as wide as those that are left
        answer = Answer.of(self, found.reshape(query.shape))
        if not query.shape:
            answer.query = query
        return answer

    def _found(
        self, queries: Vector, question: Question, k: int, prior_nothing: float
    ) -> Found | None:
        """What all shards find for some queries (n,); None where there are no shards."""
        packed = on_worker.pack(queries)
        shards = self._pieces.ask(question, packed)
        if not shards:
            return None
        rows, lengths = asked(queries)
        noises = self.space.metric.noises(rows)
        found = merged(shards, noises, k, prior_nothing, question.load)
        if question.coverage is not None:
            shards = self._pieces.ask(replace(question, whole=found), packed)
            found = credible.gathered(shards, found, question.coverage)
        empty = lengths == 0  # which not every algebra has a row for, that could travel
        found.put(empty, nobody((int(empty.sum()),), found.items, found.rows.shape[1]))
        return found

    def close(self) -> None:
        """Let the workers forget the shards; the cluster stays. Nothing can be asked afterwards."""
        gone: Any = Closed()
        self.state = self._pieces = gone

    def __repr__(self) -> str:
        if isinstance(self.state, Closed):
            return f"<{type(self).__name__} dim {self.space.dim}: closed>"
        return f"{super().__repr__()[:-1]}; {len(self.shards)} shards>"
