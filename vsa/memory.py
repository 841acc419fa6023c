"""Memory: names ↔ vectors, each with a kind, and the cleanup that finds the nearest ones.

Rows are unit length, in the algebra's packed form, so that a plain matrix product gives the
cosines; they are normalised once, when added. Rows are append-only: a map says which are live, so
that a rollback only shortens the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from vsa.answer import Answer
from vsa.backend import Array
from vsa.errors import VsaError
from vsa.journal import Journal
from vsa.scan import Scan, scan
from vsa.space import Space
from vsa.table import Table
from vsa.vector import Vector

KINDS = 64  # kinds are bits of one word per row

Among = str | Iterable[str] | Iterable[int]


class Memory:
    """Named vectors of one space; exact cleanup for one query or a batch.

    A name has a kind ("atom", "token", "frame" …) and may belong to scopes (named vocabularies).
    Vectors that are equal up to rounding share one row, their names being aliases: as two rows
    they would split the probability between them.

    >>> space = Space()
    >>> memory = Memory(space)
    >>> memory.add(["mark", "john"], space.batch(["mark", "john"]))
    >>> memory.cleanup(space.atom("mark")).name
    'mark'
    """

    def __init__(self, space: Space, journal: Journal | None = None) -> None:
        self.space = space
        self.journal = journal if journal is not None else Journal()
        self._table = Table(space)
        self._kind_bits: dict[str, int] = {}
        self._row_of: dict[str, int] = {}
        self._kind_of: dict[str, str] = {}
        self._aliases: dict[int, tuple[str, ...]] = {}  # only of rows with several names
        self._scopes: dict[str, frozenset[str]] = {}
        # kinds → the table's version and the rows of those kinds
        self._selected: dict[Any, tuple[int, np.ndarray[Any, Any]]] = {}

    # --- what is there -------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._row_of)

    def __contains__(self, name: object) -> bool:
        return name in self._row_of

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __getitem__(self, name: str) -> Vector:
        """The vector of that name, with the length that it, or the first equal one, had."""
        vector = self.vectors(np.asarray(self.row(name)))
        vector.label = name
        return vector

    def label(self, row: int) -> str:
        """The name under which a row, the member of a set, is reported."""
        return str(self._table.names[row])

    def names(self, kind: str | None = None) -> list[str]:
        """Every name, or those of one kind, in the order of their vectors, the oldest first."""
        found: list[str] = []  # not in the order of the maps, which an undo changes
        for row in self.select(kinds=kind).tolist():
            found += self._aliases.get(row, (self._table.names[row],))
        return found if kind is None else [n for n in found if self._kind_of[n] == kind]

    def kind(self, name: str) -> str:
        """The kind of a name."""
        self.row(name)
        return self._kind_of[name]

    @property
    def kinds(self) -> list[str]:
        """The kinds in use."""
        return sorted(set(self._kind_of.values()))

    @property
    def scopes(self) -> dict[str, frozenset[str]]:
        """The named vocabularies and the names in each."""
        return dict(self._scopes)

    def vectors(self, rows: np.ndarray[Any, Any]) -> Vector:
        """The vectors of some rows of the table; a row of -1 gives the zero vector."""
        return self._table.vectors(rows)

    def reported(self, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The name under which each row is reported, None for a row of -1; same shape."""
        if not len(self._table):
            return np.full(rows.shape, None, dtype=object)
        names = np.asarray(self._table.names[rows], dtype=object).copy()
        names[rows < 0] = None
        return names

    def names_of(self, vector: Vector) -> list[str]:
        """The names under which a (single) vector is stored, oldest first; [] if it is not."""
        self._check(vector)
        row = self._table.find(self._plain(vector))[0]
        if row < 0:
            return []
        return list(self._aliases.get(int(row), (self._table.names[int(row)],)))

    # --- change --------------------------------------------------------------------------------
    def add(
        self,
        names: str | Sequence[str],
        vectors: Vector | Sequence[Vector],
        kind: str = "atom",
        scope: str | None = None,
    ) -> None:
        """Store vectors under new names: one name and vector, or as many as the batch holds.

        Raises VsaError for a name in use, a zero vector, numbers that disagree; then nothing is
        stored.
        """
        names = [names] if isinstance(names, str) else list(names)
        if not isinstance(vectors, Vector):
            vectors = self.space.stack(list(vectors))
        if not vectors.shape:
            vectors = vectors.reshape(1)
        self._check(vectors)
        if vectors.shape != (len(names),):
            raise VsaError(f"{len(names)} names do not fit a batch of shape {vectors.shape}")
        seen: set[str] = set()
        for name in names:
            if name in self._row_of or name in seen:
                raise VsaError(f"{name!r} is in memory already: remove or rename it first")
            seen.add(name)
        with self.journal.transaction(f"remember {', '.join(names[:3])}"):
            self._append(names, vectors, kind)
            if scope is not None:
                old = self._scopes.get(scope, frozenset())
                self.journal.assign(self._scopes, scope, old | seen)

    def define_scope(self, scope: str, names: Iterable[str]) -> None:
        """Make a scope of exactly these names."""
        members = frozenset(names)
        for name in members:
            self.row(name)
        with self.journal.transaction(f"vocabulary {scope}"):
            self.journal.assign(self._scopes, scope, members)

    def _append(self, names: list[str], vectors: Vector, kind: str) -> None:
        journal, table = self.journal, self._table
        bit = self._bit(kind, create=True)
        journal.record(self._shorten, len(table))
        rows = table.append(names, self._plain(vectors))
        fresh = rows >= 0
        table.set_kinds(rows[fresh], bit)
        for name, row in zip(names, rows.tolist(), strict=True):
            if row < 0:  # equal to the row -1 - row: one more name for it
                row = -1 - row
                old = self._aliases.get(row, (table.names[row],))
                live = tuple(n for n in old if self._row_of.get(n) == row)
                journal.assign(self._aliases, row, (*live, name))
                journal.record(table.set_kinds, row, int(table.kinds[row]))
                table.set_kinds(row, int(table.kinds[row]) | bit)
                self._show(row, (*live, name))
                journal.assign(self._row_of, name, row)
                journal.assign(self._kind_of, name, kind)
            else:  # taken back by `_shorten`, which needs no record of each
                self._row_of[name] = row
                self._kind_of[name] = kind

    def remove(self, name: str) -> None:
        """Forget a name; its row is no longer found unless another name shares it."""
        row = self.row(name)
        with self.journal.transaction(f"forget {name}"):
            kind = self._kind_of[name]
            self.journal.discard(self._row_of, name)
            self.journal.discard(self._kind_of, name)
            for scope, members in list(self._scopes.items()):
                if name in members:
                    self.journal.assign(self._scopes, scope, members - {name})
            left = tuple(n for n in self._aliases.get(row, ()) if n != name)
            if row in self._aliases:
                self.journal.assign(self._aliases, row, left)
            kinds = int(self._table.kinds[row])
            if all(self._kind_of[n] != kind for n in left):
                kinds &= ~self._bit(kind)
            self.journal.record(self._table.set_kinds, row, int(self._table.kinds[row]))
            self._table.set_kinds(row, kinds)
            self._show(row, left)

    def rename(self, old: str, new: str) -> None:
        """Give an item another name; its row and kind stay."""
        row = self.row(old)
        if new in self._row_of:
            raise VsaError(f"{new!r} is in memory already: remove or rename it first")
        with self.journal.transaction(f"rename {old} to {new}"):
            kind = self._kind_of[old]
            self.journal.discard(self._row_of, old)
            self.journal.discard(self._kind_of, old)
            self.journal.assign(self._row_of, new, row)
            self.journal.assign(self._kind_of, new, kind)
            for scope, members in list(self._scopes.items()):
                if old in members:
                    self.journal.assign(self._scopes, scope, members - {old} | {new})
            names = tuple(new if n == old else n for n in self._aliases.get(row, (old,)))
            if row in self._aliases:
                self.journal.assign(self._aliases, row, names)
            self._show(row, names)

    def _show(self, row: int, names: tuple[str, ...]) -> None:
        """The name under which a row is reported: the oldest that a person chose."""
        chosen = [n for n in names if "/" not in n] or list(names)
        if chosen:
            self.journal.record(self._table.set_name, row, self._table.names[row])
            self._table.set_name(row, chosen[0])

    def _shorten(self, length: int) -> None:
        for name in self._table.names[length:]:
            self._row_of.pop(name, None)
            self._kind_of.pop(name, None)
        self._table.shorten(length)

    def _bit(self, kind: str, create: bool = False) -> int:
        if kind not in self._kind_bits:
            if not create:
                return 0
            if len(self._kind_bits) == KINDS:
                raise VsaError(f"no room for the kind {kind!r}: a memory has at most {KINDS} kinds")
            self.journal.assign(self._kind_bits, kind, len(self._kind_bits))
        return 1 << self._kind_bits[kind]

    def _check(self, vectors: Vector) -> None:
        if not isinstance(vectors, Vector):
            raise VsaError(f"a Vector is wanted here, not {type(vectors).__name__}")
        if vectors.space != self.space:
            raise VsaError(f"this memory holds vectors of {self.space!r}, not {vectors.space!r}")

    def _plain(self, vectors: Vector) -> Vector:
        """Without gradients, which what is stored must not carry along."""
        return Vector(self.space, self.space.backend.detach(vectors.data))

    def row(self, name: str) -> int:
        """The row of a name: what stays the same while names change."""
        row = self._row_of.get(name)
        if row is None:
            raise VsaError(f"{name!r} is not in memory")
        return row

    # --- retrieval -----------------------------------------------------------------------------
    def cleanup(
        self,
        query: Vector,
        k: int = 1,
        *,
        among: Among | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: Among = (),
        prior_nothing: float = 0.5,
    ) -> Answer:
        """The k nearest items to each query, and how sure that is.

        query: any batch shape.  among: names (or rows), or the name of a scope.  kinds: one kind or
        several; a trailing `*` matches a family, as in "chunk/*".  exclude: what to leave out.
        prior_nothing: P(nothing) before looking; 0 if the answer must be there.
        """
        if k < 1:
            raise VsaError(f"k must be at least 1, not {k}")
        if not 0 <= prior_nothing < 1:
            raise VsaError(f"prior_nothing must be in [0, 1), not {prior_nothing}")
        self._check(query)
        rows = self.select(among=among, kinds=kinds, exclude=exclude)
        result: Scan = scan(self._table, query, rows, k, prior_nothing)
        answer = Answer.of(self, result)
        if not query.shape:  # a batch's queries are not worth the memory
            answer.query = query
        return answer

    def select(
        self,
        *,
        among: Among | None = None,
        kinds: str | Iterable[str] | None = None,
        exclude: Among = (),
    ) -> np.ndarray[Any, Any]:
        """The rows of the table that a cleanup with these restrictions looks at, ascending."""
        simple = (
            among is None and not exclude and (kinds is None or isinstance(kinds, (str, tuple)))
        )
        if not simple:
            return self._select(among, kinds, exclude)
        version = self._table.version
        found = self._selected.get(kinds)  # structures ask again and again
        if found is None or found[0] != version:
            found = (version, self._select(among, kinds, exclude))
            found[1].flags.writeable = False
            self._selected[kinds] = found
        return found[1]

    def _select(
        self, among: Among | None, kinds: str | Iterable[str] | None, exclude: Among
    ) -> np.ndarray[Any, Any]:
        words = self._table.kinds
        mask = ~np.uint64(0) if kinds is None else np.uint64(self._mask(kinds))
        keep = (words & mask) != 0
        if among is not None:
            keep &= self._members(self._scope_names(among))
        without: list[Any] = [exclude] if isinstance(exclude, str) else list(exclude)
        if without:
            keep &= ~self._members(n for n in without if isinstance(n, int) or n in self._row_of)
        return np.flatnonzero(keep)

    def _mask(self, kinds: str | Iterable[str]) -> int:
        mask = 0
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if kind.endswith("*"):
                for known in self._kind_bits:
                    mask |= self._bit(known) if known.startswith(kind[:-1]) else 0
            else:
                mask |= self._bit(kind)
        return mask

    def _scope_names(self, among: Among) -> Iterable[str | int]:
        if isinstance(among, str):
            if among in self._scopes:
                return self._scopes[among]
            known = ", ".join(map(repr, self._scopes)) or "none yet"
            raise VsaError(f"no vocabulary is called {among!r}; there are: {known}")
        return among

    def _members(self, names: Iterable[str | int]) -> np.ndarray[Any, Any]:
        mask = np.zeros(len(self._table), dtype=bool)
        mask[[n if isinstance(n, int) else self.row(n) for n in names]] = True
        return mask

    def similarities(self, query: Vector, rows: np.ndarray[Any, Any]) -> Array:
        """Cosines (..., len(rows)) of each query with some rows of the table."""
        return self._table.similarities(query, rows)

    def __repr__(self) -> str:
        counts = ", ".join(f"{len(self.names(k))} {k}" for k in self.kinds)
        return f"<Memory dim {self.space.dim}: {counts or 'empty'}>"
