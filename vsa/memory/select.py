"""Which rows a cleanup looks at: those of some kinds, among some names, without some others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from vsa.arguments import checked_text, checked_whole, in_python, several
from vsa.errors import ArgumentIndexError, ArgumentValueError, UnknownNameError
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
        self.scopes: dict[str, frozenset[str]] = {}
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


class Selection:
    """Finds the rows; what structures ask again and again is kept until the table changes."""

    def __init__(self, table: Table, names: Names) -> None:
        self.table = table
        self.names = names
        # kinds → the table's version and the rows of those kinds
        self._kept: dict[Any, tuple[int, Rows]] = {}

    def select(
        self, among: Among | None, kinds: str | Iterable[str] | None, exclude: Among
    ) -> Rows:
        """The rows with these restrictions, ascending."""
        simple = (
            among is None
            and type(exclude) is not np.ndarray  # which may be ambiguous as a truth value
            and not exclude
            and (kinds is None or isinstance(kinds, (str, tuple)))
        )
        if not simple:
            return self._select(among, kinds, exclude)
        version = self.table.version
        try:
            found = self._kept.get(kinds)
        except TypeError:  # what no kind can be: _mask says so
            found = None
        if found is None or found[0] != version:
            found = (version, self._select(among, kinds, exclude))
            found[1].flags.writeable = False
            self._kept[kinds] = found
        return found[1]

    def _select(
        self, among: Among | None, kinds: str | Iterable[str] | None, exclude: Among
    ) -> Rows:
        words = self.table.kinds
        mask = ~np.uint64(0) if kinds is None else np.uint64(self._mask(kinds))
        keep = (words & mask) != 0
        if among is not None:
            keep &= self._members(self._scope_names(among))
        without = several("exclude", exclude)
        if without:
            known = (n for n in without if not isinstance(n, str) or n in self.names.rows)
            keep &= ~self._members(known)
        return np.flatnonzero(keep)

    def _mask(self, kinds: str | Iterable[str]) -> int:
        mask = 0
        for kind in several("kinds", kinds):
            checked_text("a kind", kind)
            family = kind.endswith("*")
            for known, bit in self.names.bits.items():
                if known == kind or (family and known.startswith(kind[:-1])):
                    mask |= 1 << bit
        return mask

    def _scope_names(self, among: Among) -> Sequence[str | int]:
        scopes = self.names.scopes
        if isinstance(among, str):
            if among in scopes:
                return list(scopes[among])
            known = ", ".join(map(repr, scopes)) or "none yet"
            raise ArgumentValueError(f"no vocabulary is called {among!r}; there are: {known}")
        return several("among", among)

    def _members(self, names: Iterable[str | int]) -> Rows:
        count = len(self.table)
        rows = [n if type(n) is int else self._row(n) for n in names]
        if rows and not 0 <= min(rows) <= max(rows) < count:
            wrong = next(row for row in rows if not 0 <= row < count)
            raise ArgumentIndexError(
                f"there is no row {wrong}: the memory has {count}, counted from 0"
            )
        mask = np.zeros(count, dtype=bool)
        mask[np.array(rows, dtype=np.intp)] = True
        return mask

    def _row(self, given: Any) -> int:
        """The row that is given by its name or by its number in another type."""
        number = in_python(given)
        if isinstance(number, (int, float)) and not isinstance(number, bool):
            return checked_whole("a row", number)
        return self.names.row(given)
