"""Bits counted: the distances between rows of packed bits, by faiss where it is installed (extra `fast`).

One query is bound by memory, which faiss reads at full bandwidth; for many it counts about as fast
as the best. NumPy takes four times as long, and a third of what products of floats take. Bytes of a
row are a multiple of 8, which are read as words.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.algebra.backend import Array

Bits = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, Any]
# Rows, queries, distances (rows, queries), int32, of either order in memory.
Kernel = Callable[[Bits, Bits, Integers], None]

ENTRIES = 1 << 18  # distances held at a time
ROWS, FEW = 4096, 8  # rows, and queries, that NumPy compares at a time


@lru_cache
def faiss() -> Any:
    """The library, or None where it is not installed or does not load."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its bindings, on import
            return importlib.import_module("faiss")
    except ImportError:
        return None


def by_faiss(rows: Bits, queries: Bits, out: Integers) -> None:
    """A `Kernel`."""
    if not out.flags.c_contiguous:
        rows, queries, out = queries, rows, out.T
    a, b, distances = map(faiss().swig_ptr, (rows, queries, out))
    faiss().hammings(a, b, len(rows), len(queries), rows.shape[1], distances)


def by_numpy(rows: Bits, queries: Bits, out: Integers) -> None:
    """A `Kernel`: word by word over a block of rows, whose words of one place stand together."""
    words, asked = rows.view(np.uint64), queries.view(np.uint64)
    kind = np.uint16 if 8 * rows.shape[1] < 1 << 16 else np.uint32
    few = min(len(asked), FEW)
    size = min(ROWS * FEW // max(few, 1), len(words))
    room = [np.empty(few * size, dtype=each) for each in (np.uint64, np.uint8, kind)]
    for i in range(0, len(words), size or 1):
        part = np.ascontiguousarray(words[i : i + size].T)
        for j in range(0, len(asked), few):
            some = asked[j : j + few]
            shape = len(some), part.shape[1]
            differ, count, total = (each[: math.prod(shape)].reshape(shape) for each in room)
            total[...] = 0
            for word, its in zip(part, some.T, strict=True):
                np.bitwise_xor(word, its[:, None], out=differ)
                np.add(total, np.bitwise_count(differ, out=count), out=total)
            out.T[j : j + few, i : i + size] = total


def distances(queries: Bits, rows: Bits) -> Integers:
    """How many bits differ between each query and each row: (queries, rows), int32; on the host."""
    found = np.empty((len(queries), len(rows)), dtype=np.int32)
    if faiss() is None:
        by_numpy(rows, queries, found.T)
    else:
        by_faiss(np.ascontiguousarray(rows), np.ascontiguousarray(queries), found.T)
    return found


def ones(xp: Any, rows: Array) -> Array:
    """The number of bits (...) that are set in rows of bytes, in the words of the array standard."""
    two, four = 0b01010101, 0b00110011
    pairs = rows - ((rows >> 1) & two)
    nibbles = (pairs & four) + ((pairs >> 2) & four)
    return xp.sum((nibbles + (nibbles >> 4)) & 0b1111, axis=-1, dtype=xp.int32)
