"""The file of a session: one SQLite database of entries, rows and arrays, each with a checksum.

It is written by one process at a time. A commit is durable when it returns (WAL with
synchronous=FULL). place.py says which files are ours; one that is not is never opened for writing.
"""

from __future__ import annotations

import json
import os
import sqlite3
import weakref
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa.persist.form import COLUMNS, Arrays, DamagedError, closed, read_only
from vsa.persist.place import (
    APPLICATION,
    FORMAT,
    PathLike,
    check_header,
    check_room,
    located,
    sync_folder,
)

PART = 1 << 26  # bytes of an array in one blob
BROKEN = (sqlite3.Error, UnicodeDecodeError)  # the latter from its messages about broken files
WAIT = 1.0  # seconds for another process to let go
SCHEMA = (
    "CREATE TABLE entry (place INTEGER PRIMARY KEY, section TEXT, name BLOB, number INTEGER, "
    "state TEXT, crc INTEGER)",
    "CREATE UNIQUE INDEX named ON entry (section, name)",
    "CREATE INDEX numbered ON entry (section, number)",
    "CREATE TABLE array (section TEXT, name BLOB, number INTEGER, part INTEGER, data BLOB, "
    "crc INTEGER, PRIMARY KEY (section, name, number, part)) WITHOUT ROWID",
    "CREATE TABLE segment (start INTEGER PRIMARY KEY, count INTEGER, names TEXT, kinds BLOB, "
    "own BLOB, norms BLOB, marks BLOB, rows BLOB, crc INTEGER)",
)


class Database:
    """An open session file. `path` has no links; `writable` unless opened for reading only."""

    maps = True

    def __init__(self, path: PathLike, writable: bool = True) -> None:
        self.path = located(path)
        self.writable = writable
        self._closed = False
        self._check_others()
        try:
            self._connection = self._opened()
            self._look_over()
            _OPEN.add(self)
        except BROKEN as error:
            failure = self._failure(error)
            self.close()
            raise failure from None
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, named: PathLike, about: dict[str, Any]) -> Database:
        """A new file whose section "about" holds these texts and numbers; it must not exist yet."""
        path = located(named)
        if not path.parent.is_dir():
            raise VsaError(f"there is no folder {str(path.parent)!r} to keep {path.name} in")
        if path.exists():
            raise _taken(path)
        check_room(path)
        draft = path.with_name(f"{path.name}.new-{os.getpid()}")
        with suppress(FileNotFoundError):
            draft.unlink()
        try:
            connection = sqlite3.connect(draft, isolation_level=None)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN")
            connection.execute(f"PRAGMA application_id={APPLICATION}")
            connection.execute(f"PRAGMA user_version={FORMAT}")
            for statement in SCHEMA:
                connection.execute(statement)
            for name, value in about.items():
                _put(connection, "about", name.encode(), None, json.dumps(value))
            connection.execute("COMMIT")
            connection.close()
            try:
                os.link(draft, path)  # unlike a renaming, this takes nobody's place
            except OSError as error:
                if isinstance(error, FileExistsError) or path.exists():
                    raise _taken(path) from None
                os.rename(draft, path)
            sync_folder(path)
        except (OSError, sqlite3.Error) as error:
            raise VsaError(f"{path.name} cannot be written: {_reason(error)}") from None
        finally:
            with suppress(FileNotFoundError):
                draft.unlink()
        return cls(path)

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
            check_header(self.path)
        elif self.writable or any(other.writable for other in others):
            raise VsaError(f"{self.path.name} is open already: close it first")

    def _opened(self) -> sqlite3.Connection:
        if self.writable:
            connection = sqlite3.connect(
                self.path, timeout=WAIT, isolation_level=None, check_same_thread=False
            )
            self._connection = connection
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # other processes are refused
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            return connection
        where = f"{self.path.as_uri()}?mode=ro"
        wal = self.path.with_name(self.path.name + "-wal")
        if not wal.exists() and not os.access(self.path.parent, os.W_OK):
            where += "&immutable=1"  # nobody can write there, and a reader has no room for locks
        connection = sqlite3.connect(
            where, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False
        )
        self._connection = connection
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("BEGIN")  # while it is open no writer is let in
        connection.execute("SELECT count(*) FROM sqlite_master")
        return connection

    def _look_over(self) -> None:
        """Refuse what no vsa has written, before anything of it is used."""
        execute = self._connection.execute
        schema = execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        if {sql for (sql,) in schema} != set(SCHEMA):
            raise DamagedError(self.path, "its tables are not those of a session")
        if self.path.stat().st_size < 1 << 25:  # of larger ones, what is read has checksums
            self._quick_check()

    def _quick_check(self) -> None:
        (said,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            raise DamagedError(self.path, f"SQLite says {said.splitlines()[-1]!r}")

    def close(self) -> None:
        """Let go of the file; what was committed is in it."""
        self._closed = True
        _OPEN.discard(self)
        connection = getattr(self, "_connection", None)
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    # --- writing -------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept, or none of it."""
        if not self.writable:
            raise read_only(self.path.name)
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            if isinstance(error, (*BROKEN, OverflowError)):
                raise self._failure(error) from None
            raise

    def put(
        self, section: str, name: str, state: str, arrays: Arrays, number: int | None = None
    ) -> None:
        """Write an entry in the place of one of the same name."""
        key = name.encode("utf-8", "surrogatepass")
        _put(self._connection, section, key, number, state)
        self._connection.execute("DELETE FROM array WHERE section=? AND name=?", (section, key))
        for i, array in enumerate(arrays):
            data = memoryview(np.ascontiguousarray(array).data).cast("B") if array.size else b""
            for part, start in enumerate(range(0, max(len(data), 1), PART)):
                piece = data[start : start + PART]
                row = (section, key, i, part, piece, zlib.crc32(piece))
                self._connection.execute("INSERT INTO array VALUES (?,?,?,?,?,?)", row)

    def drop(self, section: str, name: str) -> None:
        """Remove an entry."""
        key = name.encode("utf-8", "surrogatepass")
        for table in ("entry", "array"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE section=? AND name=?", (section, key)
            )

    def drop_from(self, section: str, number: int) -> None:
        """Remove the entries whose number is `number` or more."""
        self._connection.execute(
            "DELETE FROM entry WHERE section=? AND number>=?", (section, number)
        )

    def numbered(self, section: str, number: int) -> list[str]:
        """The names of the entries whose number is `number` or more."""
        query = "SELECT name FROM entry WHERE section=? AND number>=?"
        return [
            key.decode("utf-8", "surrogatepass") for (key,) in self._read(query, section, number)
        ]

    def put_segment(self, start: int, count: int, columns: dict[str, Any]) -> None:
        """Write rows of a memory: `COLUMNS`, of which rows may be None."""
        values = [columns[name] for name in COLUMNS]
        crc = _crc(start, count, *values)
        self._connection.execute(
            "INSERT INTO segment VALUES (?,?,?,?,?,?,?,?,?)", (start, count, *values, crc)
        )

    def drop_segments(self, start: int) -> int:
        """Remove the segments that have rows from `start` on; where the first of them began."""
        reaching = self._connection.execute(
            "SELECT start, count FROM segment WHERE start < ? ORDER BY start DESC LIMIT 1", (start,)
        ).fetchone()  # the one segment that can reach beyond `start`, since they follow each other
        if reaching is not None and sum(reaching) > start:
            start = reaching[0]
        self._connection.execute("DELETE FROM segment WHERE start >= ?", (start,))
        return int(start)

    # --- reading -------------------------------------------------------------------------------
    def about(self) -> dict[str, Any]:
        """What the section "about" holds."""
        return {name: json.loads(state) for name, _, state in self.entries("about")}

    def entries(self, section: str) -> Iterator[tuple[str, int | None, str]]:
        """(name, number, state) of a section's entries, in the order of their making."""
        found = self._read(
            "SELECT name, number, state, crc FROM entry WHERE section=? ORDER BY place", section
        )
        for key, number, state, crc in found:
            if _crc(section, key, number, state) != crc:
                raise DamagedError(self.path, f"an entry of {section!r} has changed")
            yield key.decode("utf-8", "surrogatepass"), number, state

    def arrays(self, section: str, name: str) -> Arrays:
        """The arrays of an entry, as bytes."""
        key = name.encode("utf-8", "surrogatepass")
        found: dict[int, list[bytes]] = {}
        for number, data, crc in self._read(
            "SELECT number, data, crc FROM array WHERE section=? AND name=? ORDER BY number, part",
            section, key,
        ):  # fmt: skip
            if zlib.crc32(data) != crc:
                raise DamagedError(self.path, f"an array of {name!r} has changed")
            found.setdefault(number, []).append(data)
        if list(found) != list(range(len(found))):
            raise DamagedError(self.path, f"an array of {name!r} is missing")
        joined = (parts[0] if len(parts) == 1 else b"".join(parts) for parts in found.values())
        return [np.frombuffer(data, dtype=np.uint8) for data in joined]

    def segments(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """(start, count, columns) of the segments, in order."""
        columns = ", ".join(COLUMNS)
        for start, count, *values, crc in self._read(
            f"SELECT start, count, {columns}, crc FROM segment ORDER BY start"
        ):
            if _crc(start, count, *values) != crc:
                raise DamagedError(self.path, f"the rows from {start} on have changed")
            yield start, count, dict(zip(COLUMNS, values, strict=True))

    def look_through(self) -> None:
        """Read every entry and array; DamagedError for one that is not as it was written."""
        try:
            self._quick_check()
        except BROKEN as error:
            raise self._failure(error) from None
        for (section,) in self._read("SELECT DISTINCT section FROM entry"):
            for name, _, _ in self.entries(section):
                self.arrays(section, name)

    def _read(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values).fetchall()
        except BROKEN as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> VsaError:
        text = " ".join(str(error).split())
        if self._closed:
            return closed(self.path.name)
        if "too big" in text or isinstance(error, OverflowError):
            return VsaError(f"{self.path.name} has no room for one value of a gigabyte: cut it up")
        if "locked" in text or "busy" in text:
            return VsaError(f"{self.path.name} is in use by another process: close it there first")
        if isinstance(error, sqlite3.OperationalError):
            return VsaError(f"{self.path.name} cannot be used: {text}")
        return DamagedError(self.path, f"SQLite says {text!r}")


_OPEN: weakref.WeakSet[Database] = weakref.WeakSet()  # in this process


def _taken(path: Path) -> VsaError:
    return VsaError(f"{path.name} exists already: choose another name")


def _put(
    connection: sqlite3.Connection, section: str, key: bytes, number: int | None, state: str
) -> None:
    connection.execute(
        "INSERT INTO entry (section, name, number, state, crc) VALUES (?,?,?,?,?) "
        "ON CONFLICT (section, name) DO UPDATE "
        "SET number=excluded.number, state=excluded.state, crc=excluded.crc",
        (section, key, number, state, _crc(section, key, number, state)),
    )


def _crc(*values: Any) -> int:
    """A checksum of texts, numbers and bytes."""
    crc = 0
    for value in values:
        if not isinstance(value, bytes | memoryview):
            value = repr(value).encode("utf-8", "backslashreplace")
        crc = zlib.crc32(b"\x1f", zlib.crc32(value, crc))
    return crc


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
