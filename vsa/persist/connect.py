"""The way to a session's database: nothing is opened, and nothing changed, before it was looked at."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from vsa.persist.form import NotWholeError
from vsa.persist.place import check_access, check_header, check_log, log_path, size
from vsa.persist.schema import BROKEN, OPEN, drop_entry, key_of, look_over, put_entry

WAIT = 1.0  # seconds for another process to let go


def looked_at(path: Path, writable: bool) -> list[str]:
    """Refuse what SQLite would mend or change on its own; what is to be said of the rest."""
    page = check_header(path)
    check_access(path, writable)
    log, expected = log_path(path), says_open(path)
    if expected and not log.exists():
        raise NotWholeError(path.name, log.name, "its last changes")
    if size(log) and not expected:
        # In the midst of a merge a file without its log is no database that could say anything.
        expected = not _sound(path)
    return check_log(path, page, expected)


def _sound(path: Path) -> bool:
    """Whether a file is whole, whatever its log says."""
    with (
        suppress(*BROKEN),
        closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as file,
    ):
        return bool(file.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",))
    return False


def connect(path: Path, writable: bool) -> sqlite3.Connection:
    """A connection that has read all pages and found them sound, and that keeps others out."""
    mode = "rw" if writable else "ro"
    if not writable and not os.access(path.parent, os.W_OK):
        mode += "&immutable=1"  # nobody can write there, and a reader has no room for locks
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False,
    )  # fmt: skip
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        if writable:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")  # other processes are refused
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
        else:
            connection.execute("BEGIN")  # while it is open no writer is let in
        look_over(connection, path)
        if writable:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA wal_autocheckpoint=0")  # see `merge`
    except BaseException:
        with suppress(sqlite3.Error):
            connection.close()
        raise
    return connection


def merge(connection: sqlite3.Connection) -> None:
    """Have all of the log in the file, which says of itself, without its log, that it is not whole.

    That it is whole again stands in the log alone: whoever merges that, SQLite when a process ends
    without closing it or another program, has the file say so. So between two merges of ours nobody
    may merge, and SQLite is told not to.
    """
    put_entry(connection, "about", OPEN, None, "true")
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise sqlite3.OperationalError("the file is busy")
    finally:
        drop_entry(connection, "about", OPEN)


def finish(connection: sqlite3.Connection, path: Path, writable: bool) -> None:
    """Close a connection; the last that goes into the file is that it is whole."""
    with suppress(sqlite3.Error):  # on a full disk the log stays
        if writable and size(log_path(path)):
            merge(connection)
    with suppress(sqlite3.Error):
        connection.close()


def left_open(path: Path) -> bool:
    """Whether a file that nobody has open was left so, with a log that belongs to it."""
    log = log_path(path)
    return size(log) > 0 or (log.exists() and says_open(path))


def says_open(path: Path) -> bool:
    """Whether a file says of itself, whatever its log says, that there is a log that belongs to it."""
    with (
        suppress(*BROKEN),
        closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as file,
    ):
        query = "SELECT 1 FROM entry WHERE section='about' AND name=?"
        return file.execute(query, (key_of(OPEN),)).fetchone() is not None
    return False
