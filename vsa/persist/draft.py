"""New files: written under a name of their own, and in their place only when they are whole."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from vsa.errors import VsaError
from vsa.persist.place import APPLICATION, FORMAT, PathLike, check_room, located, sync_folder
from vsa.persist.schema import TABLES, put_entry


@contextmanager
def drafted(named: PathLike) -> Iterator[tuple[Path, Path]]:
    """(draft, path): what is written to the draft is the file at the end; there must be none yet."""
    path = located(named)
    if not path.parent.is_dir():
        raise VsaError(f"there is no folder {str(path.parent)!r} to keep {path.name} in")
    if path.exists():
        raise _taken(path)
    check_room(path)
    draft = path.with_name(f"{path.name}.new-{os.getpid()}")
    _remove(draft)
    try:
        yield draft, path
        try:
            os.link(draft, path)  # unlike a renaming, this takes nobody's place
        except OSError as error:
            if isinstance(error, FileExistsError) or path.exists():
                raise _taken(path) from None
            os.rename(draft, path)
        sync_folder(path)
    except (OSError, sqlite3.Error) as error:
        raise VsaError(f"{path.name} cannot be written: {_reason(path, error)}") from None
    finally:
        _remove(draft)


def create(named: PathLike, about: dict[str, Any]) -> None:
    """A new file whose section "about" holds these texts and numbers."""
    with drafted(named) as (draft, _), closing(connected(draft)) as connection:
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id={APPLICATION}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
        for statement in TABLES:
            connection.execute(statement)
        for name, value in about.items():
            put_entry(connection, "about", name, None, json.dumps(value))
        connection.execute("COMMIT")


def connected(draft: Path) -> sqlite3.Connection:
    """A database of a draft, which is on the disk when a transaction is done."""
    connection = sqlite3.connect(draft, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _remove(draft: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            draft.with_name(draft.name + end).unlink()


def _taken(path: Path) -> VsaError:
    return VsaError(f"{path.name} exists already: choose another name")


def _reason(path: Path, error: Exception) -> str:
    if not os.access(path.parent, os.W_OK):
        return f"the folder {str(path.parent)!r} is read-only: choose another"
    text = getattr(error, "strerror", None) or str(error)
    return "the disk is full: make room and do it once more" if "is full" in text else text
