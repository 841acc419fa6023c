"""Rows in a file of their own beside a session's, mapped: opened at once, read as they are used.

The file begins with a header; row i follows at a fixed place, little-endian. Rows are only ever
written behind those that count, and how many count is in the session's file, which is committed
after these bytes have been synchronised. Processes that map one file share its pages.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa.persist.form import DamagedError, NotWholeError, closed, read_only
from vsa.persist.place import owner, sync_folder

HEADER = 4096  # bytes before the first row: a page
MAGIC = b"vsa rows 1\n"
GROW = 1 << 24  # bytes, at least, by which the file grows


class Mapped:
    """Rows (capacity, width) of a file; a `vsa.memory.storage.Store` whose array cannot be written to."""

    def __init__(
        self, path: Path, width: int, dtype: Any, token: str, length: int, writable: bool = True
    ) -> None:
        """Open a file of rows that has at least `length` of them and was made with this token."""
        self.path, self.width, self.token, self.writable = path, width, token, writable
        self.dtype = np.dtype(dtype).newbyteorder("<")
        self.kept = length  # rows that count, in the file of the session too
        self._unsynced = False
        flags = (os.O_RDWR if writable else os.O_RDONLY) | getattr(os, "O_NOFOLLOW", 0)
        try:
            self._file = os.open(path, flags | getattr(os, "O_BINARY", 0))
        except FileNotFoundError:
            raise NotWholeError(owner(path), path.name, "its vectors") from None
        except OSError as error:
            raise DamagedError(path, f"its rows cannot be opened ({error.strerror})") from None
        try:
            self._check(token, length)
            self._map()
        except BaseException:
            os.close(self._file)
            self._file = -1
            raise

    @classmethod
    def create(cls, path: Path, width: int, dtype: Any, token: str) -> Mapped:
        """A new file without rows; it may take the place of another file of rows, and no other."""
        if path.exists() and _head(path)[: len(MAGIC)] != MAGIC:
            raise VsaError(f"{path.name} exists and is not a file of rows: move it away")
        about = {"token": token, "width": width, "dtype": np.dtype(dtype).newbyteorder("<").str}
        draft = path.with_name(f"{path.name}.new-{os.getpid()}")
        try:
            with draft.open("wb") as file:
                file.write((MAGIC + json.dumps(about).encode() + b"\n").ljust(HEADER, b"\x00"))
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink()
            raise VsaError(f"{path.name} cannot be written: {error.strerror}") from None
        sync_folder(path)
        return cls(path, width, dtype, token, 0)

    def _check(self, token: str, length: int) -> None:
        head = os.read(self._file, HEADER)
        about = {"token": token, "width": self.width, "dtype": self.dtype.str}
        if not head.startswith(MAGIC):
            raise DamagedError(self.path, "it is not a file of rows")
        try:
            said = json.loads(head[len(MAGIC) :].split(b"\n")[0])
        except ValueError:
            said = None
        if said != about:
            raise DamagedError(self.path, "its rows belong to another session")
        there = (os.fstat(self._file).st_size - HEADER) // self._row
        if there < length:
            raise DamagedError(self.path, f"{length:,} rows were written and {there:,} are there")

    @property
    def _row(self) -> int:
        return self.width * int(self.dtype.itemsize)

    def _map(self) -> None:
        capacity = (os.fstat(self._file).st_size - HEADER) // self._row
        if capacity:
            size = HEADER + capacity * self._row
            try:
                mapped = mmap.mmap(self._file, size, access=mmap.ACCESS_READ)
            except OSError as error:
                raise VsaError(f"{self.path.name} cannot be mapped: {error.strerror}") from None
            flat = np.frombuffer(mapped, self.dtype, capacity * self.width, HEADER)
        else:
            flat = np.empty(0, self.dtype)
        self.array = flat.reshape(capacity, self.width)
        if sys.byteorder == "big":  # pragma: no cover - a copy, for there is no other way
            self.array = self.array.astype(self.dtype.newbyteorder("="))

    def reserve(self, length: int, used: int) -> None:
        """Let the file grow. The disk has no part in it yet: what is not written takes no room."""
        have = len(self.array)
        if length <= have:
            return
        self._check_open()
        capacity = max(length, have + max(have // 4, GROW // self._row))
        try:
            os.truncate(self._file, HEADER + capacity * self._row)
        except OSError as error:
            raise self._failure(error) from None
        self._map()

    def write(self, start: int, block: Any) -> None:
        """Write rows; a full disk is an error here, before anything counts."""
        self._check_open()
        if start < self.kept:
            raise VsaError(f"{self.path.name} does not have the last change yet: nothing is added")
        if not len(block):
            return
        data = memoryview(np.ascontiguousarray(block, dtype=self.dtype).data).cast("B")
        at = HEADER + start * self._row
        self._unsynced = True
        while data:
            try:
                done = _write_at(self._file, data, at)
            except OSError as error:
                raise self._failure(error) from None
            data, at = data[done:], at + done

    def sync(self) -> None:
        """Return when what was written is on the disk."""
        if self._unsynced:
            try:
                os.fsync(self._file)
            except OSError as error:
                raise self._failure(error) from None
            self._unsynced = False

    def _check_open(self) -> None:
        if self._file < 0:
            raise closed(owner(self.path))
        if not self.writable:
            raise read_only(owner(self.path))

    def _failure(self, error: OSError) -> VsaError:
        return VsaError(f"{self.path.name} cannot be written: {error.strerror}")

    def close(self) -> None:
        """Let go of the file; the pages stay mapped for as long as an array of them is held."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _write_at(file: int, data: memoryview, at: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(file, data, at)
    os.lseek(file, at, os.SEEK_SET)
    return os.write(file, data)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEADER)
