"""Scopes, the named vocabularies of a memory: names, and the rows that these belong to.

A change costs by the names that it is about, not by those that are there: a scope may have all
names of a large memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

import numpy as np

from vsa.memory.storage import Ascending

Rows = np.ndarray[Any, Any]

_REVISIONS = count()  # which no two scopes share


class Scope:
    """The names of one vocabulary. Whoever changes it tells the journal before."""

    def __init__(self, members: Mapping[str, int] | Iterable[tuple[str, int]] = ()) -> None:
        """members: the names and the row of each."""
        self._members = dict(members)
        self._names: frozenset[str] | None = None  # made when asked for, like the rows
        self._rows: Ascending | None = None
        self._sharing: Counter[int] = (
            Counter()
        )  # how many of the names a row has, once there are rows
        self.revised = next(_REVISIONS)  # another when rows have not just come behind the others

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scope) and self._members.keys() == other._members.keys()

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Scope, (self._members,)

    def copy(self) -> Scope:
        """The same as another object."""
        return Scope(self._members)

    @property
    def names(self) -> frozenset[str]:
        """The names as they are now."""
        if self._names is None:
            self._names = frozenset(self._members)
        return self._names

    @property
    def rows(self) -> Rows:
        """Their rows, ascending, each once."""
        if self._rows is None:
            self._sharing = Counter(self._members.values())
            rows = np.fromiter(self._sharing, dtype=np.intp, count=len(self._sharing))
            self._rows = Ascending(np.sort(rows))
        return self._rows.rows

    def add(self, members: Mapping[str, int]) -> None:
        """Take in names, each of a row."""
        fresh = {name: row for name, row in members.items() if name not in self._members}
        self._members |= fresh
        self._names = None
        if self._rows is None:
            return
        new = np.array(sorted({row for row in fresh.values() if not self._sharing[row]}), np.intp)
        self._sharing.update(fresh.values())
        there = self._rows.rows
        if len(new) and len(there) and new[0] < there[-1]:
            self._replace(np.insert(there, np.searchsorted(there, new), new))
        elif len(new):
            self._rows.extend(new)

    def remove(self, names: Iterable[str]) -> None:
        """Let go of names; those that are not there are no error."""
        rows = [self._members.pop(name) for name in names if name in self._members]
        self._names = None
        if self._rows is None:
            return
        self._sharing.subtract(rows)
        gone = [row for row in set(rows) if not self._sharing[row]]
        for row in gone:
            del self._sharing[row]
        if gone:
            there = self._rows.rows
            self._replace(np.delete(there, np.searchsorted(there, gone)))

    def _replace(self, rows: Rows) -> None:
        self._rows = Ascending(rows)
        self.revised = next(_REVISIONS)
