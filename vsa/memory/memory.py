"""Memory: names ↔ vectors, each with a kind, and the cleanup that finds the nearest ones.

Rows are unit length, in the algebra's packed form, so that a plain matrix product gives the
cosines; they are normalised once, when added. Rows are append-only: a map says which are live, so
that a rollback only shortens the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.annotations import Service
from vsa.arguments import (
    checked_instance,
    checked_path,
    checked_rows,
    checked_truth,
    checked_whole,
)
from vsa.errors import ArgumentIndexError, ArgumentTypeError, VsaError
from vsa.memory import credible
from vsa.memory.answer import Answer, Answers
from vsa.memory.base import locked
from vsa.memory.changes import Changeable
from vsa.memory.copies import contents, of_contents
from vsa.memory.journal import Journal
from vsa.memory.matches import Found, Query
from vsa.memory.moment import Moment
from vsa.memory.persistence import checked_place, persistence
from vsa.memory.scan import scan
from vsa.memory.select import Among, Names, Selection
from vsa.memory.sketch.shortlist import in_step
from vsa.memory.table import Table
from vsa.memory.ties import order_shown
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.load import Load
from vsa.theory.noise import Noise
from vsa.theory.prior import PRIOR_NOTHING

if TYPE_CHECKING:
    from pathlib import Path

LONG = 1 << 20  # numbers in the rows of a scan, 4 MB: of more it does without the lock
TORN = (IndexError, ValueError, RuntimeError)  # what a scan meets where numbers are none


class Memory(Changeable, Service):
    """Named vectors of one space, and cleanup for one query or a batch.

    A name has a kind ("atom", "token", "frame" …) and may belong to scopes (named vocabularies).
    Vectors that are equal up to rounding share one row, their names being aliases: as two rows
    they would split the probability between them.

    >>> space = Space()
    >>> memory = Memory(space)
    >>> memory.add(["mark", "john"], space.batch(["mark", "john"]))
    >>> memory.cleanup(space.atom("mark")).name
    'mark'
    """

    __module__ = "vsa"

    def __init__(
        self,
        space: Space,
        journal: Journal | None = None,
        table: Table | None = None,
        state: Names | None = None,
        *,
        exact: bool = False,
    ) -> None:
        self.space = checked_instance("space", space, Space, "a Space")
        self.exact = checked_truth("exact", exact)  # compare with every row always: no sketch
        self.journal = journal if journal is not None else Journal()
        self.table = Table(space) if table is None else table
        self.state = Names() if state is None else state
        self.lock = self.journal.lock
        self._selection = Selection(self.table, self.state)

    # --- on disk (vsa/persist) -----------------------------------------------------------------
    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        space: Space | None = None,
        *,
        backend: str | None = None,
        read_only: bool = False,
        exact: bool = False,
    ) -> Memory:
        """The memory that a file holds, or a new one that is kept in it.

        space: of a new file; that of an old one must be the same.  backend: computes on another
        than the file was made on.  read_only: any number of processes may, and they share its
        pages.  exact: as in `Memory`; the file does not say it.
        """
        checked_place(path, space, backend, read_only)
        checked_truth("exact", exact)
        opened: Memory = persistence().open_memory(
            path, space, backend=backend, read_only=read_only, exact=exact
        )
        return opened

    @locked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the memory to a new file and keep it there from now on; VsaError if there is one."""
        persistence().save_memory(self, checked_path("path", path))

    @locked
    def backup(self, path: str | os.PathLike[str]) -> None:
        """Copy all that its file has to a new file, and go on in the old one."""
        persistence().backup(self, checked_path("path", path))

    @property
    def file(self) -> Path | None:
        """Where the memory is kept, if it is."""
        return self.journal.keeper.path if self.journal.keeper is not None else None

    @locked
    def check(self) -> int:
        """How many rows there are, once all of the file has been read and found as written.

        Raises VsaError that names the items that are damaged.
        """
        rows: int = persistence().check(self)
        return rows

    @locked
    def close(self) -> None:
        """Let go of the file that the memory is kept in; what is there stays there."""
        if self.journal.keeper is not None:
            self.journal.keeper.close()

    # --- in other processes, and copies --------------------------------------------------------
    @locked
    def __reduce__(self) -> tuple[Any, ...]:
        if self.journal.keeper is None:
            return Memory._of_contents, (self.space, contents(self.table, self.state), self.exact)
        path = self.journal.keeper.path
        if self.journal.keeper.writable:
            raise ArgumentTypeError(
                f"{path.name} is open for writing, and a copy of its memory would be too: copy "
                "one that was opened with read_only=True"
            )
        return Memory._of_file, (str(path), self.exact)

    @classmethod
    def _of_contents(cls, space: Space, held: Any, exact: bool) -> Memory:
        return cls(space, None, *of_contents(space, held), exact=exact)

    @classmethod
    def _of_file(cls, path: str, exact: bool) -> Memory:
        return cls.open(path, read_only=True, exact=exact)

    # --- what is there -------------------------------------------------------------------------
    @locked
    def label(self, row: int) -> str:
        """The name under which a row, the member of a set, is reported."""
        try:
            return str(self.table.names[checked_whole("row", row)])
        except IndexError:
            raise self._no_row(row) from None

    @locked
    def names(self, kind: str | None = None) -> list[str]:
        """Every name, or those of one kind, in the order of their vectors, the oldest first."""
        found: list[str] = []  # not in the order of the maps, which an undo changes
        for row in self.select(kinds=kind).tolist():
            found += self.state.aliases.get(row, (self.table.names[row],))
        return found if kind is None else [n for n in found if self.state.kinds[n] == kind]

    @property
    def item_kinds(self) -> tuple[str, ...]:
        """The kinds of items: of what a place in a structure may hold."""
        internal = self.state.internal
        return tuple(kind for kind in self.state.bits if kind not in internal)

    @property
    def scopes(self) -> dict[str, frozenset[str]]:
        """The named vocabularies and the names in each, as they are now."""
        with self.lock:
            return {scope: its.names for scope, its in self.state.scopes.items()}

    @locked
    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of some rows of the table; a row of -1 gives the zero vector."""
        rows = checked_rows("rows", rows)
        if rows.size and rows.max() >= len(self.table):
            raise self._no_row(rows.max())
        return self.table.vectors(rows)

    def _no_row(self, row: Any) -> ArgumentIndexError:
        count = len(self.table)
        return ArgumentIndexError(f"there is no row {row}: the memory has {count} rows, from 0")

    @locked
    def moment(self) -> Moment:
        """The rows as they are now, for who reads their vectors later."""
        return self.table.moment()

    @locked
    def reported(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The name under which each row is reported, None for a row of -1; same shape."""
        rows = checked_rows("rows", rows)
        try:
            return self.table.reported(rows)
        except IndexError:
            raise self._no_row(rows.max()) from None

    @locked
    def names_of(self, vector: Vector) -> list[str]:
        """The names under which a (single) vector is stored, oldest first; [] if it is not."""
        row = int(self.rows_of(self._own("vector", vector)))
        if row < 0:
            return []
        return list(self.state.aliases.get(row, (self.table.names[row],)))

    @locked
    def rows_of(self, vectors: Vector) -> np.ndarray[Any, Any]:
        """The number of the row that each vector is stored in, -1 if it is not; its batch shape."""
        vectors = self._own("vectors", vectors)
        return self.table.find(self._plain(vectors.reshape(-1))).reshape(vectors.shape)

    # --- retrieval -----------------------------------------------------------------------------
    def cleanup(
        self,
        query: Vector,
        k: int = 1,
        *,
        among: Among | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: Among = (),
        prior_nothing: float = PRIOR_NOTHING,
        load: ArrayLike | Load | None = None,
        coverage: float | None = None,
        exact: bool | None = None,
    ) -> Answer:
        """The k nearest items to each query, and how sure that is; or sets that hold the right one.

        query: any batch shape.  among: names (or rows), or the name of a scope.  kinds: one kind or
        several; a trailing `*` matches a family, as in "chunk/*".  exclude: what to leave out.
        prior_nothing: P(nothing) before looking; 0 if the answer must be there.  load: how many
        terms of equal length are superposed in each query, the right one too, where that is known:
        a number, one for each query, or what a structure knows of it (`vsa.plugin.Load`); where it
        is not, 1 to dim are equally likely on a log scale.  coverage: in place of k, as many items as
        hold the right one, or nothing, with this probability, always exact.  exact: whether to
        compare with every row of a large memory, too; None leaves it to the memory.

        Other threads may add items while many rows are looked at; what they remove, rename or undo
        has it look once more.
        """
        query, k, prior_nothing, known = self._question(query, k, prior_nothing, load)
        exact = self.exact if exact is None else checked_truth("exact", exact)
        if coverage is not None:
            coverage = self._coverage(coverage, k)
        with self.lock:
            rows = self._selection.select(among, kinds, exclude)
            sketch = None if exact else self.table.sketch
            asked = Query(query, self.table.rows, rows, k, prior_nothing, sketch, known)
            asked.sketch = in_step(asked)  # as it is now
            if len(rows) * self.space.metric.store.width < LONG:
                return self._answer(query, self._look(asked, coverage))
            withdrawn = self.table.withdrawn
        found = None
        with suppress(VsaError, *TORN):  # of rows that went meanwhile, or to be raised once more
            found = self._look(asked, coverage)
        with self.lock:
            if found is not None and self.table.withdrawn == withdrawn:
                return self._answer(query, found)
            rows = self._selection.select(among, kinds, exclude)
            asked = Query(query, self.table.rows, rows, k, prior_nothing, sketch, known)
            return self._answer(query, self._look(asked, coverage))

    def _look(self, query: Query, coverage: float | None) -> Found:
        try:
            return scan(query) if coverage is None else credible.scan(query, coverage)
        except TORN:  # no table of likelihoods has a place for NaN
            wrong = self.table.not_finite(query.vector, query.rows)
            if wrong is not None:
                raise VsaError(f"{wrong} has NaN or infinite components") from None
            raise

    def _answer(self, query: Vector, found: Found) -> Answer:
        """What was found, with the names and the rows of this moment."""
        found.name(self.table.names)
        answer = Answer.of(self, found, moment=self.table.moment())
        if not query.shape:  # a batch's queries are not worth the memory
            answer.query = query
        return answer

    @locked
    def answers(
        self,
        rows: np.ndarray[Any, Any],
        similarities: np.ndarray[Any, Any],
        probabilities: np.ndarray[Any, Any],
        noise: Noise,
        least: float = 0.5,
    ) -> Answers:
        """Several right items as answers (n,) of their own, each with its probability.

        rows, similarities, probabilities: of all items that were looked at, one query's.  noise: of
        that query. Those of more than the `least` probability are answers, the nearest first, of those
        that are as near but for rounding the oldest.
        """
        place = order_shown(similarities, rows)
        place = place[probabilities[place] > least]
        zeros = np.zeros(len(place))
        log_sum = np.full(len(place), log_total(log_likelihood(similarities, noise)))
        row, similarity, probability = (
            column[place][:, None] for column in (rows, similarities, probabilities)
        )
        found = Found(row, similarity, probability, zeros, zeros, log_sum, len(rows))
        found.names = self.reported(row)
        return Answers(self, found)

    @locked
    def select(
        self,
        *,
        among: Among | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: Among = (),
    ) -> np.ndarray[Any, Any]:
        """The rows of the table that a cleanup with these restrictions looks at, ascending."""
        return self._selection.select(among, kinds, exclude)

    @locked
    def similarities(self, query: Vector, rows: np.ndarray[Any, Any]) -> Array:
        """Cosines (..., len(rows)) of each query with some rows of the table."""
        return self.table.similarities(self._own("query", query), checked_rows("rows", rows))
