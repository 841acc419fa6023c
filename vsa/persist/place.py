"""Which file a session may be, and what lies beside it under its name.

Nothing is read from a file before its header says that it is one of ours; what is no file, or is
named like what lies beside a session, is refused before it is touched.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from vsa.arguments import checked_path
from vsa.errors import VsaError
from vsa.files import called

PathLike = str | os.PathLike[str]

APPLICATION = 0x76736131  # "vsa1", in the header of the file
FORMAT = 2  # others are refused
SQLITE = b"SQLite format 3\x00"  # how every database begins
BESIDE = re.compile(r"(.+)(?:-(?:wal|shm|journal|rows|signs\d+)|\.new-\d+)", re.I | re.S)


def rows_path(path: Path) -> Path:
    """Where the rows of a large memory lie: beside the session, under its name."""
    return path.with_name(path.name + "-rows")


def signs_path(path: Path, plane: int) -> Path:
    """Where their signs lie (vsa/memory/sketch), plane by plane."""
    return path.with_name(f"{path.name}-signs{plane}")


def owner(path: Path) -> str:
    """The name of the session beside which a file lies."""
    found = BESIDE.fullmatch(path.name)
    return found[1] if found else path.name


def located(path: PathLike) -> Path:
    """The file itself, links followed: what belongs to it lies there, however it is reached.

    Raises VsaError for what cannot be a session; whether there is a file is another question.
    """
    named = os.fsdecode(path)
    if not named:
        raise VsaError("no file is named: give the session a name, such as work.vsa")
    checked_path("path", named)
    place = Path(os.path.realpath(named))
    try:
        mode = place.stat().st_mode
    except OSError as error:  # there is none, or who opens it says why not
        if error.errno == errno.ENAMETOOLONG:
            raise VsaError(f"the name {called(named)} is too long for a file") from None
    else:
        if stat.S_ISDIR(mode):
            raise VsaError(f"{named} is a folder: name a file in it")
        if not stat.S_ISREG(mode):
            raise VsaError(f"{named} is a device or a pipe and not a file: choose another name")
    if BESIDE.fullmatch(place.name):
        raise VsaError(
            f"{place.name} is named like what lies beside the session {owner(place)}: choose "
            "another name"
        )
    return place


def check_header(path: Path) -> None:
    """Refuse what is no session file; SQLite would mend or change what it opens."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise VsaError(f"there is no file {path.name}") from None
    except OSError as error:
        raise VsaError(f"{path.name} cannot be read: {error.strerror}") from None
    if not header:
        raise VsaError(f"{path.name} is an empty file: delete it or choose another name")
    if len(header) < 100 or not header.startswith(SQLITE):
        raise VsaError(f"{path.name} is not a session of vsa: choose another name")
    version, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != APPLICATION:
        raise VsaError(f"{path.name} is a database of another program: choose another name")
    if version != FORMAT:
        age = "a newer" if version > FORMAT else "an older"
        raise VsaError(
            f"{path.name} is of format {version}, of {age} vsa, and this one reads {FORMAT}: "
            "export it there and import it here"
        )
    for name in ("wal", "shm"):  # SQLite would write over them
        beside = path.with_name(f"{path.name}-{name}")
        with suppress(FileNotFoundError), beside.open("rb") as file:
            if file.read(len(SQLITE)) == SQLITE:
                raise VsaError(
                    f"{beside.name} is a database and in the way of {path.name}: rename it"
                )


def check_room(path: Path) -> None:
    """Refuse to begin a session beside what SQLite would take for the end of its last change."""
    for name in ("wal", "journal"):
        beside = path.with_name(f"{path.name}-{name}")
        with suppress(OSError):
            if beside.stat().st_size:
                raise VsaError(f"{beside.name} is left of another {path.name}: move it away")


def sync_folder(path: Path) -> None:
    """Make a new name in a folder last; where folders cannot be opened, there is no need to."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
