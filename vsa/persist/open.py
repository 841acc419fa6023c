"""A session or a memory from a file, and into one: nothing that was acknowledged is lost."""

from __future__ import annotations

import os
from pathlib import Path

from vsa.algebra.space import Space
from vsa.errors import SaveWarning, VsaError
from vsa.hooks.loader import load_plugins
from vsa.hooks.plugins import Plugins
from vsa.lang.session import Session
from vsa.memory.memory import Memory
from vsa.notes import note
from vsa.persist.database import Database
from vsa.persist.keeper import Keeper
from vsa.persist.load import about_space, load_memory, load_space, other_space
from vsa.persist.place import PathLike, located


def open_session(
    path: PathLike,
    space: Space | None = None,
    plugins: Plugins | None = None,
    *,
    backend: str | None = None,
    read_only: bool = False,
) -> Session:
    """The session that a file holds, or a new one that is kept there.

    Every statement is in the file before its result is given back. space: of a new file; that of
    an old one must be the same.  backend: computes on another than the file was made on.
    read_only: any number may, while nobody writes; a statement that changes something is refused.
    """
    plugins = plugins if plugins is not None else load_plugins()
    said: list[str] = []
    if read_only or _exists(path):
        keeper = _opened(path, space, plugins, backend, read_only)
        try:
            session = Session(memory=keeper.memory, plugins=plugins)
            said = [*keeper.notes, *keeper.load(session)]
        except BaseException:
            keeper.close()
            raise
    else:
        session = Session(space or Space(backend=backend or "numpy"), plugins=plugins)
        keeper = Keeper(Database.create(path, about_space(session.space)), session.memory, plugins)
        keeper.state = session
    session.journal.keeper = keeper
    _tell(session, said)
    return session


def open_memory(
    path: PathLike,
    space: Space | None = None,
    *,
    backend: str | None = None,
    read_only: bool = False,
    exact: bool = False,
) -> Memory:
    """The memory that a file holds, or a new one that is kept there; without names and plugins.

    For reading only, any number of processes may open one file, and they share its pages. exact:
    as in `Memory`; the file does not say it.
    """
    if read_only or _exists(path):
        keeper = _opened(path, space, None, backend, read_only, exact)
    else:
        memory = Memory(space or Space(backend=backend or "numpy"), exact=exact)
        keeper = Keeper(Database.create(path, about_space(memory.space)), memory)
    keeper.memory.journal.keeper = keeper
    _tell(keeper.memory, keeper.notes)
    return keeper.memory


def save(session: Session, path: PathLike) -> None:
    """Write a session to a new file and keep it there from now on."""
    _keep(session.memory, path, session)


def save_memory(memory: Memory, path: PathLike) -> None:
    """Write a memory to a new file and keep it there from now on, without names of a session."""
    _keep(memory, path, None)


def _keep(memory: Memory, path: PathLike, session: Session | None) -> None:
    with memory.journal.lock:
        plugins = session.plugins if session is not None else None
        keeper = Keeper(Database.create(path, about_space(memory.space)), memory, plugins)
        keeper.state = session
        sketch = memory.table.sketch
        stores, length = sketch.stores, len(sketch)
        old = memory.journal.keeper
        try:
            keeper.keep_all(old if isinstance(old, Keeper) else None)
        except BaseException:
            sketch.restore(stores, length)
            keeper.discard()
            raise
        memory.journal.keeper = keeper
        if isinstance(old, Keeper):
            old.close()


def _tell(opened: Session | Memory, said: list[str]) -> None:
    try:
        for message in said:
            note(SaveWarning(message), stacklevel=4)
    except BaseException:  # warnings may be errors
        opened.close()
        raise


def _exists(path: PathLike) -> bool:
    """Whether there is a file."""
    try:
        return bool(os.stat(located(path)))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise VsaError(f"{os.path.basename(path)} cannot be opened: {error.strerror}") from None


def _opened(
    path: PathLike,
    space: Space | None,
    plugins: Plugins | None,
    backend: str | None,
    read_only: bool,
    exact: bool = False,
) -> Keeper:
    if not read_only:
        _look(located(path), backend)
    database = Database(path, writable=not read_only)
    try:
        found = load_space(database, backend)
        if space is not None and space != found:
            other = other_space(database.path.name, found, space)
            raise VsaError(f"{other}: leave the space out, or give that of the file")
        return Keeper(database, load_memory(database, found, exact), plugins)
    except BaseException:
        database.release()
        raise


def _look(path: Path, backend: str | None) -> None:
    """Read what a killed process has left before anything of its log goes into the file."""
    index = path.with_name(path.name + "-shm")
    if Database.left(path):
        there = index.exists()
        try:
            _opened(path, None, None, backend, read_only=True).close()
        finally:
            if not there:
                index.unlink(missing_ok=True)
