"""How a memory changes: names are added, removed and renamed, kinds and vocabularies made.

Each is a transaction of the journal, undone and kept entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vsa.algebra.vector import Vector
from vsa.annotations import Kind
from vsa.arguments import checked_text, several
from vsa.errors import VsaError
from vsa.memory.base import Readable, locked
from vsa.memory.journal import Journal
from vsa.memory.scopes import Scope
from vsa.memory.table import Table

KINDS = 64  # kinds are bits of one word per row


class Changeable(Readable):
    """Named vectors whose names, kinds and vocabularies change through a journal."""

    table: Table
    journal: Journal

    @locked
    def add(
        self,
        names: str | Sequence[str],
        vectors: Vector | Sequence[Vector] | None = None,
        kind: str | Kind = "atom",
        scope: str | None = None,
    ) -> None:
        """Store vectors under new names: one name and vector, or as many as the batch holds.

        Without vectors these are the atoms of the names.

        kind: its name, or Kind(name, internal=True) for what only one structure looks for.

        Raises VsaError for a name in use, a zero vector, numbers that disagree; then nothing is
        stored.
        """
        kind = kind if isinstance(kind, Kind) else Kind(checked_text("a kind", kind))
        names = self._fresh(names, kind.name)
        if scope is not None:
            checked_text("a scope", scope)
        vectors = self._batch(self.space.batch(names) if vectors is None else vectors, len(names))
        with self.journal.transaction(f"remember {', '.join(names[:3])}"):
            self._append(names, vectors, kind)
            if scope is not None:
                self._take_in(scope, names)

    @locked
    def define_scope(self, scope: str, names: Iterable[str]) -> None:
        """Make a scope of exactly these names."""
        checked_text("a scope", scope)
        given = several("names", names)
        for name in given:
            self.row(name)
        members = Scope((name, self.row(name)) for name in given)
        with self.journal.transaction(f"vocabulary {scope}"):
            self.journal.assign("scopes", self.state.scopes, scope, members)

    def _take_in(self, scope: str, names: Sequence[str]) -> None:
        """Names into a scope, which may be a new one."""
        scopes, journal = self.state.scopes, self.journal
        if scope not in scopes:
            journal.assign("scopes", scopes, scope, Scope())
        members = {name: self.state.rows[name] for name in names}
        journal.record("members", (scope, tuple(names)), scopes[scope].remove, tuple(names))
        scopes[scope].add(members)

    def _let_go(self, scope: str, name: str) -> None:
        """A name that is forgotten out of a scope."""
        members = self.state.scopes[scope]
        was = {name: self.state.rows[name]}
        self.journal.record("members", (scope, (name,)), members.add, was)
        members.remove((name,))

    def _append(self, names: list[str], vectors: Vector, its: Kind) -> None:
        journal, table, kind = self.journal, self.table, its.name
        bit = self._bit(kind)
        if its.internal and kind not in self.state.internal:
            journal.assign("kinds", self.state.internal, kind, True)
        journal.record("length", len(table), self.shorten, len(table))
        if journal.keeper is not None:
            journal.keeper.make_room(len(table) + len(names))
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

    @locked
    def remove(self, name: str) -> None:
        """Forget a name; its row is no longer found unless another name shares it."""
        row = self.row(name)
        with self.journal.transaction(f"forget {name}"):
            kind = self.state.kinds[name]
            for scope in [scope for scope, its in self.state.scopes.items() if name in its]:
                self._let_go(scope, name)
            self.journal.discard("names", self.state.rows, name)
            self.journal.discard("names", self.state.kinds, name)
            left = tuple(n for n in self.state.aliases.get(row, ()) if n != name)
            if row in self.state.aliases:
                self.journal.assign("rows", self.state.aliases, row, left)
            kinds = int(self.table.kinds[row])
            if all(self.state.kinds[n] != kind for n in left):
                kinds &= ~self._bit(kind)
            self.journal.record("rows", row, self.table.set_kinds, row, int(self.table.kinds[row]))
            self.table.set_kinds(row, kinds)
            self._show(row, left)

    @locked
    def rename(self, old: str, new: str) -> None:
        """Give an item another name; its row and kind stay."""
        row = self.row(old)
        (new,) = self._fresh([new], self.state.kinds[old])
        with self.journal.transaction(f"rename {old} to {new}"):
            kind = self.state.kinds[old]
            self.journal.assign("names", self.state.rows, new, row)
            self.journal.assign("names", self.state.kinds, new, kind)
            for scope in [scope for scope, its in self.state.scopes.items() if old in its]:
                self._take_in(scope, (new,))  # first, so that the row stays in it
                self._let_go(scope, old)
            self.journal.discard("names", self.state.rows, old)
            self.journal.discard("names", self.state.kinds, old)
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
        if not vectors.finished:
            vectors = vectors.normalize()
        return vectors.of_own(self.space.backend.detach(vectors.own))
