"""Files that a user names, read in bounded memory: the one door for all who read or write some.

What no file can be called, a folder, a device and a pipe are refused in one line before anything
is opened. A line, a file that is read whole, and what a packed file unpacks to have their bounds.
"""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from vsa.arguments import checked_path
from vsa.errors import VsaError
from vsa.suggest import closest, shown

WHOLE = 1 << 30  # bytes of a file that is read at once
LINE = 1 << 22  # bytes of a line
BLOCK = 1 << 20  # bytes that are read at a time where a file does not say how long it is
UNPACKED = 200  # times its own size that a packed file may unpack to: texts come to some ten
HARMLESS = 1 << 26  # bytes that any may unpack to
NAMED = 200  # characters of a path that a message has room for

PathLike = str | os.PathLike[str]


def readable(path: PathLike) -> Path:
    """The path of a file that is there and can be read through; VsaError says what is instead."""
    given = checked_path("the path", path)
    if not given:
        raise VsaError("the path is empty: name a file")
    place = Path(given)
    try:
        mode = place.stat().st_mode
    except FileNotFoundError:
        raise VsaError(f"there is no file {called(place)}{_near(place)}") from None
    except OSError as error:
        raise VsaError(f"cannot read {called(place)}: {error.strerror}") from None
    if stat.S_ISDIR(mode):
        raise VsaError(f"{called(place)} is a folder: name a file in it")
    if not stat.S_ISREG(mode):  # it may have no end, or nobody at its other end
        raise VsaError(f"{called(place)} is not a file that can be read through")
    return place


def called(path: PathLike) -> str:
    """A path as a message has room for it."""
    text = os.fspath(path)
    return text if len(text) <= NAMED else f"{text[: NAMED // 2]}…{text[-NAMED // 4 :]}"


def _near(path: Path) -> str:
    try:
        near = closest(path.name, os.listdir(path.parent))
    except OSError:
        return f"; there is no folder {called(path.parent)}"
    return f"; did you mean {shown(str(path.with_name(near)), 1000)}?" if near else ""


@contextmanager
def opened(path: PathLike) -> Iterator[IO[bytes]]:
    """A file to read; what the system or a codec says against it becomes one line."""
    place = readable(path)
    try:
        with place.open("rb") as file:
            yield file
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise VsaError(f"cannot read {called(place)}: {why}") from None


@contextmanager
def written(path: PathLike) -> Iterator[IO[bytes]]:
    """A file to write, in the place of one of its name."""
    place = Path(checked_path("the path", path))
    try:
        if os.path.exists(place) and not place.is_file():
            raise VsaError(f"{called(place)} is not a file that can be written")
        with place.open("wb") as file:
            yield file
    except OSError as error:
        raise VsaError(f"cannot write {called(place)}: {error.strerror}") from None


def read_whole(path: PathLike, most: int = WHOLE) -> bytes:
    """All of a file of at most so many bytes, whatever it says of its own size."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        return read_stream(file, called(path), most, size)


def read_stream(file: IO[bytes], name: str, most: int = WHOLE, size: int = 0) -> bytes:
    """All that a stream has, at most so many bytes; `size` are expected."""
    found = [] if size > most else [file.read(max(size, BLOCK) + 1)]
    length = max(size, sum(map(len, found)))
    while length <= most and (more := file.read(BLOCK)):
        found.append(more)
        length += len(more)
    if length > most:
        raise VsaError(f"{name} is too large: at most {most:,} bytes are read")
    return b"".join(found)


@contextmanager
def read_lines(path: PathLike) -> Iterator[tuple[Iterator[bytes], Callable[[], float]]]:
    """A file's lines with their ends, one by one, and how far it is read; .gz is unpacked."""
    with opened(path) as raw:
        size = max(os.fstat(raw.fileno()).st_size, 1)
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        yield _lines(raw, packed, Path(path).name), lambda: min(raw.tell() / size, 1.0)


def _lines(raw: IO[bytes], packed: bool, name: str) -> Iterator[bytes]:
    file: Any = gzip.open(raw) if packed else raw  # noqa: SIM115  # `opened` closes what is below
    number = read = 0
    while line := file.readline(LINE + 1):
        number += 1
        if len(line) > LINE:
            raise VsaError(f"{name}, line {number}: it is longer than {LINE:,} bytes")
        read += len(line)
        if packed and read > HARMLESS:
            _check_unpacked(read, raw.tell(), name)
        yield line


def _check_unpacked(unpacked: int, packed: int, name: str) -> None:
    if unpacked > max(UNPACKED * packed, HARMLESS):
        raise VsaError(f"{name} unpacks to more than {UNPACKED} times its size: it is not read")


@contextmanager
def archive(path: PathLike) -> Iterator[Any]:
    """A NumPy archive (.npz) of plain arrays; ValueError where it is none."""
    with opened(path) as file:
        try:
            with zipfile.ZipFile(file) as packed:
                total = sum(member.file_size for member in packed.infolist())
            _check_unpacked(total, os.fstat(file.fileno()).st_size, Path(path).name)
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                yield arrays
        # MemoryError: of a shape that no file has room for
        except (zipfile.BadZipFile, zlib.error, EOFError, MemoryError, RuntimeError) as error:
            raise ValueError(str(error)) from None
