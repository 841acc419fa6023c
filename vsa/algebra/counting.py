"""Bits counted: the distances between rows of packed bits, by faiss where it is installed (extra `fast`).

One query is bound by memory, which faiss reads at full bandwidth; for many it counts about as fast
as the best. NumPy takes twice as long. Bytes of a row are a multiple of 8, which are read as words.
"""

from __future__ import annotations

import importlib
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
PART_BYTES = 1 << 18  # of rows that NumPy counts at a time
EXACT = 1 << 24  # bits that single precision counts


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
    """A `Kernel`."""
    words = rows.view(np.uint64)
    kind = np.float32 if 8 * rows.shape[1] <= EXACT else np.float64  # whose products are fast
    ones = np.ones(words.shape[1], dtype=kind)
    step = max(PART_BYTES // rows.shape[1], 1)
    for i in range(0, len(rows), step):
        part = words[i : i + step]
        for j, query in enumerate(queries.view(np.uint64)):
            out[i : i + step, j] = np.bitwise_count(part ^ query).astype(kind) @ ones


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
