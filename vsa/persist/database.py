"""The file of a session: one SQLite database of entries, rows and arrays, each with a checksum.

It is written by one process at a time. A commit is durable when it returns (WAL with
synchronous=FULL). place.py says which files are ours; one that is not is never opened for writing.
"""

from __future__ import annotations

import json
import sqlite3
import weakref
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import NoneType
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa.persist.connect import connect, finish, left_open, looked_at, merge
from vsa.persist.draft import connected, create
from vsa.persist.form import Arrays, DamagedError, closed, read_only
from vsa.persist.place import PathLike, located, log_path, size
from vsa.persist.schema import (
    BROKEN,
    OPEN,
    PART,
    drop_entry,
    failure,
    key_of,
    look_over,
    mapped,
    name_of,
    put_entry,
    soundness,
)
from vsa.persist.segments import Segments

ENTRY = {(bytes, int), (bytes, NoneType)}  # what its key and number may be
LONG = 1 << 22  # bytes of a log that is merged


class Database(Segments):
    """An open session file. `path` has no links; `writable` unless opened for reading only."""

    maps = stays = True

    def __init__(self, path: PathLike, writable: bool = True) -> None:
        self.path = located(path)
        self.writable = writable
        self.notes: list[str] = []  # what is to be said of it
        self._closed = self._marked = False
        self._check_others()
        try:
            self._connection = connect(self.path, self.writable)
            self._end = weakref.finalize(self, finish, self._connection, self.path, self.writable)
            if self.writable and OPEN in self.about():  # left so by a process that was killed
                drop_entry(self._connection, "about", OPEN)
            _OPEN.add(self)
        except BROKEN as error:
            said = self._failure(error)
            self.release()
            raise said from None
        except BaseException:
            self.release()
            raise

    @classmethod
    def create(cls, named: PathLike, about: dict[str, Any]) -> Database:
        """A new file whose section "about" holds these texts and numbers; it must not exist yet."""
        create(named, about)
        return cls(named)

    # --- opening -------------------------------------------------------------------------------
    def _check_others(self) -> None:
        """Look at the file before it is opened, and whether it is open in this process already.

        Then it is not touched: to close a file gives up all locks that its process has on it.
        """
        try:
            found = self.path.stat()
        except OSError:
            self._identity = None
        else:
            self._identity = found.st_dev, found.st_ino
        others = [other for other in _OPEN if other._identity == self._identity]
        if not others:
            self.notes += looked_at(self.path, self.writable)
        elif self.writable or any(other.writable for other in others):
            raise VsaError(f"{self.path.name} is open already: close it first")

    def copy(self, draft: Path) -> None:
        """All that was committed in a file of its own, which says that it is whole."""
        with closing(connected(draft)) as other:
            self._connection.backup(other)
            other.execute("PRAGMA journal_mode=DELETE")
            drop_entry(other, "about", OPEN)

    @staticmethod
    def left(path: Path) -> bool:
        """Whether a process that was killed has left a log that belongs to a file."""
        return not any(other.path == path for other in _OPEN) and left_open(path)

    def close(self) -> None:
        """Let go of the file; what was committed is in it, and it says that it is whole."""
        self._closed = True
        _OPEN.discard(self)
        self._end()

    def release(self) -> None:
        """Let go of a file that could not be opened."""
        self._closed = True
        _OPEN.discard(self)
        if hasattr(self, "_end") and self._end.detach():
            with suppress(sqlite3.Error):
                self._connection.close()

    # --- writing -------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it."""
        if not self.writable:
            raise read_only(self.path.name)
        try:
            if not self._marked:
                merge(self._connection)
                self._marked = True
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if isinstance(error, (*BROKEN, OverflowError)):
                raise self._failure(error) from None
            raise
        if size(log_path(self.path)) > LONG:
            with suppress(sqlite3.Error):  # that the log stays long is no loss
                merge(self._connection)

    def put(
        self, section: str, name: str, state: str, arrays: Arrays, number: int | None = None
    ) -> None:
        """Write an entry in the place of one of the same name."""
        key = key_of(name)
        put_entry(self._connection, section, name, number, state)
        self._connection.execute("DELETE FROM array WHERE section=? AND name=?", (section, key))
        for i, array in enumerate(arrays):
            data = memoryview(np.ascontiguousarray(array).data).cast("B") if array.size else b""
            for part, start in enumerate(range(0, max(len(data), 1), PART)):
                piece = data[start : start + PART]
                row = (section, key, i, part, piece, zlib.crc32(piece))
                self._connection.execute("INSERT INTO array VALUES (?,?,?,?,?,?)", row)

    def drop(self, section: str, name: str) -> None:
        """Remove an entry."""
        drop_entry(self._connection, section, name)

    def drop_from(self, section: str, number: int) -> None:
        """Remove the entries whose number is `number` or more."""
        self._connection.execute(
            "DELETE FROM entry WHERE section=? AND number>=?", (section, number)
        )

    def numbered(self, section: str, number: int) -> list[str]:
        """The names of the entries whose number is `number` or more."""
        query = "SELECT name FROM entry WHERE section=? AND number>=?"
        return [name_of(key) for (key,) in self._read(query, section, number)]

    # --- reading -------------------------------------------------------------------------------
    def about(self) -> dict[str, Any]:
        """What the section "about" holds."""
        return {name: json.loads(state) for name, _, state in self.entries("about")}

    def entries(self, section: str) -> Iterator[tuple[str, int | None, str]]:
        """(name, number, state) of a section's entries; DamagedError where one has changed."""
        for name, number, state in self.found(section):
            if state is None:
                raise DamagedError(self.path, f"an entry of {section!r} has changed")
            yield name, number, state

    def found(self, section: str) -> list[tuple[str, int | None, str | None]]:
        """The same, with None for the state of one that has changed.

        Its name has not: the index has that once more, and was compared when the file was opened.
        """
        rows = self._read(
            "SELECT name, number, state, crc FROM entry WHERE section=? ORDER BY place", section
        )
        if {(type(key), type(number)) for key, number, *_ in rows} - ENTRY:
            raise self._none(section)
        is_sound = soundness(section)
        return [
            (name_of(key), number, state if is_sound(key, number, state, crc) else None)
            for key, number, state, crc in rows
        ]

    def text(self, section: str, name: str) -> str | None:
        """The state of one entry; None where it has changed or is not there."""
        query, key = "SELECT number, state, crc FROM entry WHERE section=? AND name=?", key_of(name)
        for number, state, crc in self._read(query, section, key):
            return state if soundness(section)(key, number, state, crc) else None
        return None

    def outline(
        self, section: str, words: Sequence[str]
    ) -> tuple[list[str], dict[str, str | None]]:
        """The names of all entries, in their order, and the states of those that have one of these words.

        None for one that has changed. The others are not looked at. The table is read as it lies, which
        takes less time than an index of it.
        """
        has = " OR ".join(["instr(state, ?)"] * len(words))
        plain, order = "FROM entry NOT INDEXED WHERE section=?", "ORDER BY place"
        some = f"SELECT name, number, state, crc {plain} AND ({has}) {order}"
        is_sound = soundness(section)
        with mapped(self._connection):
            keys = [key for (key,) in self._read(f"SELECT name {plain} {order}", section)]
            if set(map(type, keys)) - {bytes}:
                raise self._none(section)
            return list(map(name_of, keys)), {
                name_of(key): state if is_sound(key, number, state, crc) else None
                for key, number, state, crc in self._read(some, section, *words)
            }

    def _none(self, section: str) -> DamagedError:
        return DamagedError(self.path, f"{section!r} has an entry that is none")

    def last(self, section: str) -> int:
        """The highest number of a section's entries; -1 where none has one."""
        (found,) = self._read(
            "SELECT max(number) FROM entry WHERE section=? AND number NOT NULL", section
        )
        return -1 if found[0] is None else int(found[0])

    def arrays(self, section: str, name: str) -> Arrays:
        """The arrays of an entry, as bytes."""
        key = key_of(name)
        found: dict[int, list[bytes]] = {}
        for number, data, crc in self._read(
            "SELECT number, data, crc FROM array WHERE section=? AND name=? ORDER BY number, part",
            section, key,
        ):  # fmt: skip
            if type(data) is not bytes or zlib.crc32(data) != crc:
                raise DamagedError(self.path, f"an array of {name!r} has changed")
            found.setdefault(number, []).append(data)
        if list(found) != list(range(len(found))):
            raise DamagedError(self.path, f"an array of {name!r} is missing")
        joined = (parts[0] if len(parts) == 1 else b"".join(parts) for parts in found.values())
        return [np.frombuffer(data, dtype=np.uint8) for data in joined]

    def lifted(self, section: str, name: str) -> Any:
        """An entry and its arrays as they lie there, sound or not, for `laid`."""
        key = key_of(name)
        return [
            (table, self._read(f"SELECT * FROM {table} WHERE section=? AND name=?", section, key))
            for table in ("entry", "array")
        ]

    def laid(self, lifted: Any) -> None:
        """Write what `lifted` has given in the place of an entry of the same name."""
        for table, rows in lifted:
            for row in rows:
                if table == "entry":
                    _, section, key, *_ = row
                    self.drop(section, name_of(key))
                    row = (None, *row[1:])
                marks = ",".join("?" * len(row))
                self._connection.execute(f"INSERT INTO {table} VALUES ({marks})", row)

    def look_over(self) -> list[str]:
        """The sections there are, if SQLite finds nothing wrong."""
        try:
            look_over(self._connection, self.path)
        except BROKEN as error:
            raise self._failure(error) from None
        return [section for (section,) in self._read("SELECT DISTINCT section FROM entry")]

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except BROKEN as error:
            raise self._failure(error) from None

    def _each(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """One after the other, for they may be large."""
        try:
            yield from self._connection.execute(query, values)
        except BROKEN as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> VsaError:
        return closed(self.path.name) if self._closed else failure(self.path, error)


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()  # in this process
