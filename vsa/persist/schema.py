"""What is in the database of a session: its tables, their checksums, and what SQLite's errors mean."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vsa.errors import VsaError
from vsa.persist.form import DamagedError
from vsa.persist.place import READ_ONLY

PART = 1 << 26  # bytes of an array in one blob
BROKEN = (sqlite3.Error, UnicodeDecodeError)  # the latter from its messages about broken files
MAPPED = 1 << 40  # bytes of a file, at most
OPEN = "open"  # what "about" says while there is a log that belongs to the file
TABLES = (
    "CREATE TABLE entry (place INTEGER PRIMARY KEY, section TEXT, name BLOB, number INTEGER, "
    "state TEXT, crc INTEGER)",
    "CREATE UNIQUE INDEX named ON entry (section, name)",
    "CREATE INDEX numbered ON entry (section, number) WHERE number IS NOT NULL",  # as few have one
    "CREATE TABLE array (section TEXT, name BLOB, number INTEGER, part INTEGER, data BLOB, "
    "crc INTEGER, PRIMARY KEY (section, name, number, part)) WITHOUT ROWID",
    "CREATE TABLE segment (start INTEGER PRIMARY KEY, count INTEGER, names TEXT, kinds BLOB, "
    "own BLOB, norms BLOB, marks BLOB, rows BLOB, crc INTEGER)",
)
OF_FORMAT_2 = tuple(table.removesuffix(" WHERE number IS NOT NULL") for table in TABLES)


def key_of(name: str) -> bytes:
    """A name as a key."""
    return name.encode("utf-8", "surrogatepass")


def name_of(key: bytes) -> str:
    """The name of a key."""
    return key.decode("utf-8", "surrogatepass")


def put_entry(
    connection: sqlite3.Connection, section: str, name: str, number: int | None, state: str
) -> None:
    """Write an entry in the place of one of the same name."""
    key = key_of(name)
    connection.execute(
        "INSERT INTO entry (section, name, number, state, crc) VALUES (?,?,?,?,?) "
        "ON CONFLICT (section, name) DO UPDATE "
        "SET number=excluded.number, state=excluded.state, crc=excluded.crc",
        (section, key, number, state, checksum(section, key, number, state)),
    )


def drop_entry(connection: sqlite3.Connection, section: str, name: str) -> None:
    """Remove an entry."""
    for table in ("entry", "array"):
        connection.execute(
            f"DELETE FROM {table} WHERE section=? AND name=?", (section, key_of(name))
        )


def soundness(section: str) -> Callable[[bytes, int | None, Any, Any], bool]:
    """Whether (key, number, state, crc) is as it was written, of many entries of one section."""
    start, crc32 = checksum(section), zlib.crc32

    def is_sound(key: bytes, number: int | None, state: Any, crc: Any) -> bool:
        text = f"{number!r}\x1f{state!r}\x1f".encode("utf-8", "backslashreplace")
        return crc32(text, crc32(key + b"\x1f", start)) == crc and type(state) is str

    return is_sound


def checksum(*values: Any) -> int:
    """A checksum of texts, numbers and bytes."""
    crc = 0
    for value in values:
        if not isinstance(value, bytes | memoryview):
            value = repr(value).encode("utf-8", "backslashreplace")
        crc = zlib.crc32(b"\x1f", zlib.crc32(value, crc))
    return crc


@contextmanager
def mapped(connection: sqlite3.Connection) -> Iterator[None]:
    """Read pages where they lie: a file that is read from one end to the other is read faster."""
    connection.execute(f"PRAGMA mmap_size={MAPPED}").fetchall()
    try:
        yield
    finally:
        connection.execute("PRAGMA mmap_size=0").fetchall()


def look_over(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse what no vsa has written, before anything of it is used.

    An index that leaves entries out would lose them without a word, and SQLite's quick_check does not
    compare it with its table.
    """
    execute = connection.execute
    schema = execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    if {sql for (sql,) in schema} not in (set(TABLES), set(OF_FORMAT_2)):
        raise DamagedError(path, "its tables are not those of a session")
    with mapped(connection):
        (said,) = execute("PRAGMA integrity_check(1)").fetchone()
    if said != "ok":
        raise DamagedError(path, f"SQLite says {said.splitlines()[-1]!r}")


def failure(path: Path, error: Exception) -> VsaError:
    """What an error of SQLite means, and what to do about it."""
    text, name = " ".join(str(error).split()), path.name
    code = getattr(error, "sqlite_errorname", "")
    if "too big" in text or isinstance(error, OverflowError):
        return VsaError(f"{name} has no room for one value of a gigabyte: cut it up")
    if "locked" in text or "busy" in text:
        return VsaError(f"{name} is in use by another process: close it there first")
    if code == "SQLITE_FULL" or "is full" in text:
        return VsaError(
            f"{name} cannot be written: the disk is full: make room and do it once more"
        )
    if code.startswith("SQLITE_READONLY") or "readonly" in text:
        return VsaError(f"{name} cannot be written: {READ_ONLY}")
    if code.startswith("SQLITE_IOERR"):
        return VsaError(f"{name} cannot be read or written: the disk reports an error ({text})")
    if isinstance(error, sqlite3.OperationalError):
        return VsaError(f"{name} cannot be used: {text}")
    return DamagedError(path, f"SQLite says {text!r}")
