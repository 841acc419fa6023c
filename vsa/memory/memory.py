"""Memory: names ↔ vectors, each with a kind, and the cleanup that finds the nearest ones.

Rows are unit length, in the algebra's packed form, so that a plain matrix product gives the
cosines; they are normalised once, when added. Rows are append-only: a map says which are live, so
that a rollback only shortens the table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.annotations import Kind, Service
from vsa.arguments import (
    checked_instance,
    checked_path,
    checked_rows,
    checked_text,
    checked_truth,
    checked_whole,
    several,
)
from vsa.errors import ArgumentIndexError, VsaError
from vsa.memory.answer import Answer, Answers
from vsa.memory.base import Readable
from vsa.memory.journal import Journal
from vsa.memory.matches import Found, Query
from vsa.memory.moment import Moment
from vsa.memory.persistence import checked_place, persistence
from vsa.memory.scan import scan
from vsa.memory.select import Among, Names, Selection
from vsa.memory.table import Table
from vsa.memory.ties import order
from vsa.theory.likelihood import log_likelihood, log_total
from vsa.theory.prior import PRIOR_NOTHING

KINDS = 64  # kinds are bits of one word per row


class Memory(Readable, Service):
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the memory to a new file and keep it there from now on; VsaError if there is one."""
        persistence().save_memory(self, checked_path("path", path))

    @property
    def file(self) -> Path | None:
        """Where the memory is kept, if it is."""
        return self.journal.keeper.path if self.journal.keeper is not None else None

    def check(self) -> int:
        """How many rows there are, once all of the file has been read and found as written.

        Raises VsaError that names the items that are damaged.
        """
        rows: int = persistence().check(self)
        return rows

    def close(self) -> None:
        """Let go of the file that the memory is kept in; what is there stays there."""
        if self.journal.keeper is not None:
            self.journal.keeper.close()

    # --- what is there -------------------------------------------------------------------------
    def label(self, row: int) -> str:
        """The name under which a row, the member of a set, is reported."""
        try:
            return str(self.table.names[checked_whole("row", row)])
        except IndexError:
            raise ArgumentIndexError(f"there is no row {row}") from None

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
        """The named vocabularies and the names in each."""
        return dict(self.state.scopes)

    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of some rows of the table; a row of -1 gives the zero vector."""
        rows = checked_rows("rows", rows)
        try:
            return self.table.vectors(rows)
        except IndexError:
            raise ArgumentIndexError(
                f"there are no such rows: the memory has {len(self.table)}, counted from 0"
            ) from None

    def moment(self) -> Moment:
        """The rows as they are now, for who reads their vectors later."""
        return self.table.moment()

    def reported(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The name under which each row is reported, None for a row of -1; same shape."""
        known = self.table.names
        if not len(known):
            return np.full(rows.shape, None, dtype=object)
        names = np.asarray(known[rows], dtype=object)  # a copy: rows are numbers
        names[rows < 0] = None
        return names

    def names_of(self, vector: Vector) -> list[str]:
        """The names under which a (single) vector is stored, oldest first; [] if it is not."""
        vector = self._own("vector", vector)
        row = self.table.find(self._plain(vector))[0]
        if row < 0:
            return []
        return list(self.state.aliases.get(int(row), (self.table.names[int(row)],)))

    # --- change --------------------------------------------------------------------------------
    def add(
        self,
        names: str | Sequence[str],
        vectors: Vector | Sequence[Vector],
        kind: str | Kind = "atom",
        scope: str | None = None,
    ) -> None:
        """Store vectors under new names: one name and vector, or as many as the batch holds.

        kind: its name, or Kind(name, internal=True) for what only one structure looks for.

        Raises VsaError for a name in use, a zero vector, numbers that disagree; then nothing is
        stored.
        """
        kind = kind if isinstance(kind, Kind) else Kind(checked_text("a kind", kind))
        names = self._fresh(names, kind.name)
        if scope is not None:
            checked_text("a scope", scope)
        vectors = self._batch(vectors, len(names))
        with self.journal.transaction(f"remember {', '.join(names[:3])}"):
            self._append(names, vectors, kind)
            if scope is not None:
                old = self.state.scopes.get(scope, frozenset())
                self.journal.assign("scopes", self.state.scopes, scope, old | set(names))

    def define_scope(self, scope: str, names: Iterable[str]) -> None:
        """Make a scope of exactly these names."""
        checked_text("a scope", scope)
        given = several("names", names)
        for name in given:
            self.row(name)
        members = frozenset(given)
        with self.journal.transaction(f"vocabulary {scope}"):
            self.journal.assign("scopes", self.state.scopes, scope, members)

    def _append(self, names: list[str], vectors: Vector, its: Kind) -> None:
        journal, table, kind = self.journal, self.table, its.name
        bit = self._bit(kind)
        if its.internal and kind not in self.state.internal:
            journal.assign("kinds", self.state.internal, kind, True)
        journal.record("length", len(table), self.shorten, len(table))
        rows = table.append(names, self._plain(vectors))
        fresh = rows >= 0
        table.set_kinds(rows[fresh], bit)
        for name, row in zip(names, rows.tolist(), strict=True):
            if row < 0:  # equal to the row -1 - row: one more name for it
                row = -1 - row
                old = self.state.aliases.get(row, (table.names[row],))
                live = tuple(n for n in old if self.state.rows.get(n) == row)
                journal.assign("rows", self.state.aliases, row, (*live, name))
                journal.record("rows", row, table.set_kinds, row, int(table.kinds[row]))
                table.set_kinds(row, int(table.kinds[row]) | bit)
                self._show(row, (*live, name))
                journal.assign("names", self.state.rows, name, row)
                journal.assign("names", self.state.kinds, name, kind)
            else:  # taken back by `_shorten`, which needs no record of each
                self.state.rows[name] = row
                self.state.kinds[name] = kind

    def remove(self, name: str) -> None:
        """Forget a name; its row is no longer found unless another name shares it."""
        row = self.row(name)
        with self.journal.transaction(f"forget {name}"):
            kind = self.state.kinds[name]
            self.journal.discard("names", self.state.rows, name)
            self.journal.discard("names", self.state.kinds, name)
            for scope, members in list(self.state.scopes.items()):
                if name in members:
                    self.journal.assign("scopes", self.state.scopes, scope, members - {name})
            left = tuple(n for n in self.state.aliases.get(row, ()) if n != name)
            if row in self.state.aliases:
                self.journal.assign("rows", self.state.aliases, row, left)
            kinds = int(self.table.kinds[row])
            if all(self.state.kinds[n] != kind for n in left):
                kinds &= ~self._bit(kind)
            self.journal.record("rows", row, self.table.set_kinds, row, int(self.table.kinds[row]))
            self.table.set_kinds(row, kinds)
            self._show(row, left)

    def rename(self, old: str, new: str) -> None:
        """Give an item another name; its row and kind stay."""
        row = self.row(old)
        (new,) = self._fresh([new], self.state.kinds[old])
        with self.journal.transaction(f"rename {old} to {new}"):
            kind = self.state.kinds[old]
            self.journal.discard("names", self.state.rows, old)
            self.journal.discard("names", self.state.kinds, old)
            self.journal.assign("names", self.state.rows, new, row)
            self.journal.assign("names", self.state.kinds, new, kind)
            for scope, members in list(self.state.scopes.items()):
                if old in members:
                    self.journal.assign("scopes", self.state.scopes, scope, members - {old} | {new})
            names = tuple(new if n == old else n for n in self.state.aliases.get(row, (old,)))
            if row in self.state.aliases:
                self.journal.assign("rows", self.state.aliases, row, names)
            self._show(row, names)

    def _show(self, row: int, names: tuple[str, ...]) -> None:
        """The name under which a row is reported: the oldest that a person chose."""
        chosen = [n for n in names if "/" not in n] or list(names)
        if chosen:
            self.journal.record("rows", row, self.table.set_name, row, self.table.names[row])
            self.table.set_name(row, chosen[0])

    def shorten(self, length: int) -> None:
        """Forget the rows from `length` on, and the names that they were stored under."""
        for name in self.table.names[length:]:
            self.state.rows.pop(name, None)
            self.state.kinds.pop(name, None)
        self.table.shorten(length)

    def _bit(self, kind: str) -> int:
        """The bit of a kind, a new one for a new kind."""
        bits = self.state.bits
        if kind not in bits:
            if len(bits) == KINDS:
                raise VsaError(f"no room for the kind {kind!r}: a memory has at most {KINDS} kinds")
            self.journal.assign("kinds", bits, kind, len(bits))
        return 1 << bits[kind]

    def _plain(self, vectors: Vector) -> Vector:
        """Without gradients, which what is stored must not carry along."""
        return Vector(self.space, self.space.backend.detach(vectors.data))

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
        exact: bool | None = None,
    ) -> Answer:
        """The k nearest items to each query, and how sure that is.

        query: any batch shape.  among: names (or rows), or the name of a scope.  kinds: one kind or
        several; a trailing `*` matches a family, as in "chunk/*".  exclude: what to leave out.
        prior_nothing: P(nothing) before looking; 0 if the answer must be there.  exact: whether to
        compare with every row of a large memory, too; None leaves it to the memory.
        """
        query, k, prior_nothing = self._question(query, k, prior_nothing)
        rows = self.select(among=among, kinds=kinds, exclude=exclude)
        exact = self.exact if exact is None else checked_truth("exact", exact)
        sketch = None if exact else self.table.sketch
        try:
            with np.errstate(invalid="ignore"):
                found = scan(Query(query, self.table.rows, rows, k, prior_nothing, sketch))
        except (IndexError, ValueError, RuntimeError):  # no table has a place for NaN
            wrong = self.table.not_finite(query, rows)
            if wrong is not None:
                raise VsaError(f"{wrong} has NaN or infinite components") from None
            raise
        found.names = self.reported(found.rows)
        answer = Answer.of(self, found, moment=self.table.moment())
        if not query.shape:  # a batch's queries are not worth the memory
            answer.query = query
        return answer

    def answers(
        self,
        rows: np.ndarray[Any, Any],
        similarities: np.ndarray[Any, Any],
        probabilities: np.ndarray[Any, Any],
        least: float = 0.5,
    ) -> Answers:
        """Several right items as answers (n,) of their own, each with its probability.

        rows, similarities, probabilities: of all items that were looked at, one query's. Those of
        more than the `least` probability are answers, the nearest first.
        """
        place = order(similarities, rows)
        place = place[probabilities[place] > least]
        zeros = np.zeros(len(place))
        log_sum = np.full(len(place), log_total(log_likelihood(similarities, self.space.dim)))
        row, similarity, probability = (
            column[place][:, None] for column in (rows, similarities, probabilities)
        )
        found = Found(row, similarity, probability, zeros, zeros, log_sum, len(rows))
        found.names = self.reported(row)
        return Answers(self, found)

    def select(
        self,
        *,
        among: Among | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: Among = (),
    ) -> np.ndarray[Any, Any]:
        """The rows of the table that a cleanup with these restrictions looks at, ascending."""
        return self._selection.select(among, kinds, exclude)

    def similarities(self, query: Vector, rows: np.ndarray[Any, Any]) -> Array:
        """Cosines (..., len(rows)) of each query with some rows of the table."""
        return self.table.similarities(self._own("query", query), checked_rows("rows", rows))
