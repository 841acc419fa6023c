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
from vsa.persist.form import DamagedError
from vsa.persist.log import Log, read_log

PathLike = str | os.PathLike[str]

APPLICATION = 0x76736131  # "vsa1", in the header of the file
FORMAT = 3  # of new files
READ = (2, 3)  # others are refused
SQLITE = b"SQLite format 3\x00"  # how every database begins
LOCKED = (
    510,
    0x40000002,
)  # the bytes, and from where on, that SQLite locks for whoever uses a file
READ_ONLY = (
    "open it for reading only (--read-only, or read_only=True), or copy it to another folder"
)
BESIDE = re.compile(r"(.+)(?:-(?:wal|shm|journal|rows|bytes|signs\d+)|\.new-\d+)", re.I | re.S)


def log_path(path: Path) -> Path:
    """Where SQLite writes what is not in the file yet."""
    return path.with_name(path.name + "-wal")


def rows_path(path: Path, narrow: bool = False) -> Path:
    """Where the rows of a large memory lie: beside the session, under its name.

    narrow: in another form than they may come to, so that those do not take the place of these.
    """
    return path.with_name(path.name + ("-bytes" if narrow else "-rows"))


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


def check_header(path: Path) -> int:
    """Refuse what is no session file, which SQLite would mend or change; the bytes of a page."""
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
    if version not in READ:
        age = "a newer" if version > FORMAT else "an older"
        raise VsaError(
            f"{path.name} is of format {version}, of {age} vsa, and this one reads "
            f"{' and '.join(map(str, READ))}: export it there and import it here"
        )
    for name in ("wal", "shm"):  # SQLite would write over them
        _check_beside(path, path.with_name(f"{path.name}-{name}"))
    page = int.from_bytes(header[16:18], "big")
    page = 1 << 16 if page == 1 else page
    if page < 512 or page & (page - 1):
        raise DamagedError(path, f"its pages cannot be of {page} bytes")
    return page


def _check_beside(path: Path, beside: Path) -> None:
    try:
        if not stat.S_ISREG(beside.stat().st_mode):
            raise VsaError(f"{beside.name} is no file and in the way of {path.name}: rename it")
        with beside.open("rb") as file:
            if file.read(len(SQLITE)) == SQLITE:
                raise VsaError(
                    f"{beside.name} is a database and in the way of {path.name}: rename it"
                )
    except FileNotFoundError:
        return
    except OSError as error:
        raise VsaError(f"{beside.name} cannot be read: {error.strerror}") from None


def check_access(path: Path, writable: bool) -> None:
    """Refuse to open what the system lets nobody write, or read with a log, where SQLite only fails."""
    log, free = log_path(path), os.access(path.parent, os.W_OK)
    if writable and not free:
        raise VsaError(f"{path.name} cannot be written: its folder is read-only: {READ_ONLY}")
    if writable and not os.access(path, os.W_OK):
        raise VsaError(f"{path.name} cannot be written: it is read-only: {READ_ONLY}")
    if not free and size(log):
        raise VsaError(
            f"{log.name} has changes that are not in {path.name} yet, and their folder is read-only: "
            "copy both to a folder that can be written"
        )


def check_log(path: Path, page: int, expected: bool) -> list[str]:
    """Refuse a log from which SQLite would drop commits without a word; what is said of another.

    expected: the file says that there is one; where it does not, the log can only have the commit by
    which it begins or ceases to say so. That of a process which has the file open is not looked at: it
    may be about to be written.
    """
    log = log_path(path)
    found = read_log(log, page)
    if found is None or in_use(path):
        return []
    if found.commits > 1 and not expected:
        raise VsaError(f"{log.name} is left of another {path.name}: move it away")
    if found == Log(sound=True, torn=False, lost=0):
        return []
    if found.lost > (1 if found.sound else 0):
        behind = f"{found.lost} changes" if found.lost > 1 else "a change"
        raise DamagedError(log, f"it has {behind} behind a place that cannot be read")
    return [f"the end of {log.name} cannot be read: {path.name} is as it was before that"]


def in_use(path: Path) -> bool:
    """Whether another process writes to it, as far as that can be asked without SQLite."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - on Windows
        return False
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, *LOCKED)
        except OSError:
            return True
    return False


def size(path: Path) -> int:
    """How many bytes a file has, none where there is none."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def check_room(path: Path) -> None:
    """Refuse to begin a session beside what SQLite would take for the end of its last change."""
    for name in ("wal", "journal"):
        beside = path.with_name(f"{path.name}-{name}")
        if size(beside):
            raise VsaError(f"{beside.name} is left of another {path.name}: move it away")


def sync_folder(path: Path) -> None:
    """Make a new name in a folder last; where folders cannot be opened, there is no need to."""
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
