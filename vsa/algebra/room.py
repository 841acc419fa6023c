"""Memory of arrays: where it begins, and that of large results that are gone, kept for the next ones.

A vector of the processor that is read across two lines of its cache costs twice, so that large arrays
begin with a line. The C library keeps what is freed, but for arrays beyond 32 MB: those go back to the
system, which clears every page of the next one. That takes as long as to fill it, and threads wait for
each other there.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any

import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

LEAST, MOST = 1 << 25, 1 << 27  # bytes of a result whose memory is kept
LINE = 64  # bytes of the cache
SMALL = 1 << 18  # bytes of an array that may begin anywhere: to see to it takes a microsecond
PIECES = 2  # that are kept; what was kept first goes first

_kept: deque[Bytes] = deque(maxlen=PIECES)

# glibc begins with giving back all that is freed at the end of its memory, so that each block of rows
# would have new pages; one array of 32 MB that comes and goes, untouched, has it keep twice that
np.empty(LEAST - (1 << 16), np.uint8)


def empty(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An uninitialised array, of memory that was kept if it is large and there is some that fits."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if not LEAST < size <= MOST:
        return in_lines(shape, dtype)
    return _in_line(np.asarray(_Room(_found(size + LINE))), size, shape, dtype)


def in_lines(shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An uninitialised array of numbers that begins with a line of the cache, if it is not small."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < SMALL:
        return np.empty(shape, dtype)
    return _in_line(np.empty(size + LINE, np.uint8), size, shape, dtype)


def _in_line(memory: Bytes, size: int, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    start = -memory.__array_interface__["data"][0] % LINE
    made: np.ndarray[Any, Any] = memory[start : start + size].view(dtype).reshape(shape)
    return made


def _found(size: int) -> Bytes:
    """Memory of at least that size, and not of twice it. No lock: `_Room` may die at any moment."""
    for _ in range(PIECES):
        try:
            one = _kept.popleft()
        except IndexError:
            break
        if size <= one.nbytes < 2 * size:
            return one
        _kept.append(one)
    return np.empty(size, np.uint8)


class _Room:
    """What an array stands on, for its base: dies with the last view of it."""

    def __init__(self, memory: Bytes) -> None:
        self.memory = memory
        self.__array_interface__ = memory.__array_interface__

    def __del__(self, keep: Any = _kept.append) -> None:  # while Python ends names are gone
        keep(self.memory)
