"""Which rows a cleanup looks at: those of some kinds, among some names, without some others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.arguments import checked_text, checked_whole, in_python, several
from vsa.errors import ArgumentIndexError, ArgumentValueError, UnknownNameError
from vsa.memory.scopes import Scope
from vsa.memory.storage import Ascending
from vsa.memory.table import Table

Among = str | Iterable[str] | Iterable[int]
Rows = np.ndarray[Any, Any]


class Names:
    """What the rows of a table are called. Changes go through the journal, entry by entry.

    rows, kinds: the row and the kind of each name.  aliases: the names of rows that have several.
    scopes: named vocabularies.  bits: which bit of a row's word is a kind's.  internal: the kinds
    that are internal to a structure.
    """

    rows: dict[str, int]
    kinds: dict[str, str]

    def __init__(
        self,
        bits: dict[str, int] | None = None,
        stored: Callable[[], tuple[dict[str, int], dict[str, str]]] = lambda: ({}, {}),
    ) -> None:
        self.bits: dict[str, int] = bits if bits is not None else {}
        self.aliases: dict[int, tuple[str, ...]] = {}
        self.scopes: dict[str, Scope] = {}
        self.internal: dict[str, bool] = {}  # kinds that are no items
        self._stored = stored

    def __getattr__(self, name: str) -> Any:
        # Made when first asked for: a million names take longer than to answer a question.
        if name not in ("rows", "kinds"):
            raise AttributeError(f"Names has no attribute {name!r}")
        self.rows, self.kinds = self._stored()
        return self.rows if name == "rows" else self.kinds

    def row(self, name: str) -> int:
        """The row of a name."""
        try:
            row = self.rows.get(name)
        except TypeError:  # a list, say, is no key
            row = None
        if row is None:
            checked_text("a name", name)
            raise UnknownNameError(f"{name!r} is not in memory")
        return row


@dataclass(slots=True)
class Kept:
    """Rows that were found among the first `seen` that there are, or that a scope has.

    stamp: while it is the same, nothing has changed but that there are more.
    """

    stamp: tuple[int, int]
    found: Ascending
    seen: int


class Selection:
    """Finds the rows; what is asked again and again is kept, and grows with the table."""

    def __init__(self, table: Table, names: Names) -> None:
        self.table = table
        self.names = names
        self._kept: dict[Any, Kept] = {}  # by scope and kinds

    def select(
        self, among: Among | None, kinds: str | Iterable[str] | None, exclude: Among
    ) -> Rows:
        """The rows with these restrictions, ascending."""
        if kinds is not None and not isinstance(kinds, (str, tuple)):
            kinds = tuple(several("kinds", kinds))
        if among is None:
            rows = self._of(None, None, kinds)
        elif isinstance(among, str):
            rows = self._of(among, self._scope(among), kinds)
        else:
            mask = self._mask(kinds)
            rows = self._passing(self._members(several("among", among)), mask)
        if type(exclude) is not np.ndarray and not exclude:  # which may be no truth value
            return rows
        without = several("exclude", exclude)
        known = (n for n in without if not isinstance(n, str) or n in self.names.rows)
        out = self._members(known)
        place = np.searchsorted(rows, out)
        return np.delete(rows, place[rows.take(place, mode="clip") == out]) if len(rows) else rows

    def _of(
        self, name: str | None, scope: Scope | None, kinds: str | tuple[str, ...] | None
    ) -> Rows:
        """The rows of some kinds in the whole table, or in a scope."""
        stamp = self.table.revised, -1 if scope is None else scope.revised
        there = len(self.table) if scope is None else len(scope.rows)
        try:
            kept = self._kept.get((name, kinds))
        except TypeError:  # what no kind can be: _mask says so
            kept = None
        if kept is None or kept.stamp != stamp:
            kept = Kept(stamp, Ascending(self._new(scope, 0, kinds)), there)
            self._kept[name, kinds] = kept
        elif kept.seen < there:
            kept.found.extend(self._new(scope, kept.seen, kinds))
            kept.seen = there
        return kept.found.rows

    def _new(self, scope: Scope | None, seen: int, kinds: str | tuple[str, ...] | None) -> Rows:
        """Those behind the first `seen`."""
        mask = self._mask(kinds)
        if scope is None:
            return np.flatnonzero(self.table.kinds[seen:] & mask) + seen
        return self._passing(scope.rows[seen:], mask)

    def _passing(self, rows: Rows, mask: np.uint64) -> Rows:
        """Some rows, without those that have none of the kinds."""
        return np.asarray(rows[(self.table.kinds[rows] & mask) != 0])

    def _mask(self, kinds: str | Iterable[str] | None) -> np.uint64:
        """The bits of some kinds; of all, for None."""
        if kinds is None:
            return ~np.uint64(0)
        mask = 0
        for kind in several("kinds", kinds):
            checked_text("a kind", kind)
            family = kind.endswith("*")
            for known, bit in self.names.bits.items():
                if known == kind or (family and known.startswith(kind[:-1])):
                    mask |= 1 << bit
        return np.uint64(mask)

    def _scope(self, name: str) -> Scope:
        scopes = self.names.scopes
        if name not in scopes:
            known = ", ".join(map(repr, scopes)) or "none yet"
            raise ArgumentValueError(f"no vocabulary is called {name!r}; there are: {known}")
        return scopes[name]

    def _members(self, names: Iterable[str | int]) -> Rows:
        """The rows of names, or with these numbers, ascending, each once."""
        count = len(self.table)
        rows = [n if type(n) is int else self._row(n) for n in names]
        if rows and not 0 <= min(rows) <= max(rows) < count:
            wrong = next(row for row in rows if not 0 <= row < count)
            raise ArgumentIndexError(
                f"there is no row {wrong}: the memory has {count}, counted from 0"
            )
        return np.array(sorted(set(rows)), dtype=np.intp)

    def _row(self, given: Any) -> int:
        """The row that is given by its name or by its number in another type."""
        number = in_python(given)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return checked_whole("a row", number)
        return self.names.row(given)
