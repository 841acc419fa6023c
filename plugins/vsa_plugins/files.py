"""Sessions on disk: `:save`, `:load`, `:check`, `:backup`, `:export`, `:import`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Annotated, Any

from vsa import Session, VsaError, hookimpl
from vsa.plugin import Names, files

File = Annotated[str, Names("file", ".vsa")]


def save(path: File | None = None, *, session: Session) -> str:
    """:save file keeps the session in a new file, from now on after every statement.

    `vsa --session file` and `:load file` go on where it was left. Without a file it says where the
    session is kept.
    """
    if path is None:
        if session.file is None:
            return "the session is not kept: :save file keeps it from now on"
        return f"kept in {session.file}, with every statement"
    from vsa.plugin import save as save_session

    name = _path(path)
    if session.file is not None and os.path.realpath(name) == str(session.file):
        return f"kept in {session.file}, with every statement"
    save_session(session, name)
    return f"kept in {session.file} from now on"


def load(path: File, *, session: Session) -> str:
    """:load file goes on with the session that a file holds; it is kept there from now on."""
    from vsa.plugin import open_session

    name = _path(path)
    if session.file is None and (session.values or session.definitions or len(session.memory)):
        raise VsaError(
            f"this session is not kept, and its {session.counted} would be lost: :save it first, or "
            f"begin another with vsa --session {name}"
        )
    if session.file is not None and os.path.realpath(name) == str(session.file):
        return f"this is the session of {session.file}"
    if not os.path.exists(name):
        name = files.called(name)
        raise VsaError(f"there is no file {name!r}; :save {name} makes one")
    other = open_session(name, plugins=session.plugins)
    session.close()
    session.become(other)
    return session.counted


def check(*, session: Session) -> str:
    """:check reads all of the session's file and says whether it is as it was written."""
    session.memory.check()
    assert session.file is not None
    return f"{session.file.name} is as it was written: {session.counted}"


def backup(path: File, *, session: Session) -> str:
    """:backup file copies the session's file, with all that belongs to it, to a new file.

    The session goes on in its own. A copy made while a session is open by other means may lack what
    was said last.
    """
    name = _path(path)
    session.backup(name)
    return f"copied to {os.path.realpath(name)}"


def export(path: File, *, session: Session) -> str:
    """:export name writes the session as name.json and name.safetensors, for other programs."""
    from vsa.plugin import export_session

    return "written: " + ", ".join(export_session(session, _path(path)))


def import_(path: Annotated[str, Names("file", ".json")], *, session: Session) -> str:
    """:import name reads what :export wrote into this session, which must be empty."""
    from vsa.plugin import import_session

    import_session(session, _path(path))
    return session.counted


import_.__name__ = "import"


def _path(text: str) -> str:
    """A path as it is typed, in quotes or without."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1]
    return os.path.expanduser(text)


@hookimpl
def vsa_commands() -> Iterable[Callable[..., Any]]:
    """:save, :load, :check, :backup, :export, :import."""
    return [save, load, check, backup, export, import_]
