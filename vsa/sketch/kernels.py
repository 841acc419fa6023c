"""Distances between sketches, counted by faiss where it is installed (extra `fast`).

One query is bound by memory, which faiss reads at full bandwidth; for many it counts about as fast
as the best. NumPy does without, at a quarter of the cost of an exact scan for one query and with no
gain for many.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

Bits = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, Any]
Kernel = Callable[[Bits, Bits, Integers], None]  # rows, queries, distances (rows, queries), int32

ENTRIES = 1 << 18  # distances held at a time
CROWD = 4  # rows: if one in so many is near to a query, its shortlist is none
NUMPY_QUERIES = 3  # of more, NumPy's exact scan is faster than its counting of bits


@lru_cache
def faiss() -> Any:
    """The library, or None where it is not installed or does not load."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its bindings, on import
            return importlib.import_module("faiss")
    except ImportError:
        return None


def kernel(queries: int) -> Kernel | None:
    """The fastest way there is of comparing so many queries; None if it is no gain."""
    if faiss() is not None:
        return _faiss
    return _numpy if queries <= NUMPY_QUERIES else None


def _faiss(rows: Bits, queries: Bits, out: Integers) -> None:
    a, b, distances = map(faiss().swig_ptr, (rows, queries, out))
    faiss().hammings(a, b, len(rows), len(queries), rows.shape[1], distances)


def _numpy(rows: Bits, queries: Bits, out: Integers) -> None:
    words = rows.view(np.uint64)
    step = max(ENTRIES // rows.shape[1], 1)
    for j, query in enumerate(queries.view(np.uint64)):
        for i in range(0, len(rows), step):
            counts = np.bitwise_count(words[i : i + step] ^ query)
            counts.sum(axis=1, dtype=np.int32, out=out[i : i + step, j])


def near(
    compare: Kernel, planes: list[Bits], queries: list[Bits], distance: int
) -> tuple[Integers, Integers]:
    """The pairs within a distance, over all planes: (query, row), by query and row.

    A query that is near to one row in `CROWD` or more, in any part of the table, is left out.
    """
    length, count = len(planes[0]), len(queries[0])
    size = max(ENTRIES // count, 1)
    total = np.empty((min(size, length), count), dtype=np.int32)
    more = np.empty_like(total) if len(planes) > 1 else total
    crowded = np.zeros(count, dtype=bool)
    found = []
    for start in range(0, length, size):
        block = [plane[start : start + size] for plane in planes]
        part = total[: len(block[0])]
        compare(block[0], queries[0], part)
        for plane, query in zip(block[1:], queries[1 : len(planes)], strict=True):
            compare(plane, query, more[: len(part)])
            part += more[: len(part)]
        mask = part <= np.int32(distance)
        pairs = np.flatnonzero(mask)
        if len(pairs) * CROWD >= mask.size:
            crowded |= np.count_nonzero(mask, axis=0) * CROWD >= len(part)
            pairs = pairs[~crowded[pairs % count]]
        found.append(pairs + start * count)
    pairs = found[0] if len(found) == 1 else np.concatenate(found)
    if count == 1:
        pairs = pairs[:0] if crowded[0] else pairs
        return np.zeros(len(pairs), dtype=np.intp), pairs
    row, which = np.divmod(pairs, count)
    row, which = (x[~crowded[which]] for x in (row, which))
    order = np.argsort(which, kind="stable")
    return which[order], row[order]
