"""Distances between sketches: which pairs are within all cuts.

They are searched for by the loop in C where that was compiled, else by faiss where it is installed.
NumPy does without at a quarter of the cost of an exact scan for one query, half of it for some
dozens, and with no gain for many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from vsa.algebra import fused
from vsa.algebra.counting import ENTRIES, Bits, Integers, faiss
from vsa.memory.sketch.search import Found, Search, by_faiss, by_loop, by_numpy, joined, parts
from vsa.memory.sketch.theory import Cut

CROWD = 4  # rows: if one in so many is near to a query, its shortlist is none
NUMPY_QUERIES = 64  # of more, the exact scan is as fast as NumPy counts bits
ESTIMATED = 64  # queries that mere noise is searched for: of more the exact scan is as fast
NUMPY_ESTIMATED = 6  # where NumPy counts bits, all of them three times


def kernel(queries: int) -> Search | None:
    """The fastest way there is of searching for so many queries; None if it is no gain."""
    if fused.LOOP is not None:
        return by_loop
    if faiss() is not None:
        return by_faiss
    return by_numpy if queries <= NUMPY_QUERIES else None


def estimated() -> int:
    """The most queries that mere noise is searched for."""
    return ESTIMATED if kernel(1) is not by_numpy else NUMPY_ESTIMATED


def near(
    search: Search, planes: list[Bits], queries: list[Bits], cuts: Sequence[Cut]
) -> tuple[Integers, Integers]:
    """The pairs within all cuts: (query, row), by query and row.

    A query that is near to one row in `CROWD` or more, in any part of the table, is left out.
    """
    crowded = np.zeros(len(queries[0]), dtype=bool)
    found, part, held = [], [], 0
    for some in first(search, planes, queries, cuts[0], crowded):
        part.append(some)
        held += len(some[0])
        if held > ENTRIES:
            found.append(narrowed(joined(part), planes, queries, cuts))
            part, held = [], 0
    if part:
        found.append(narrowed(joined(part), planes, queries, cuts))
    which, row = joined(found)
    if crowded.any():
        which, row = (x[~crowded[which]] for x in (which, row))
    order = np.argsort(which, kind="stable")
    return which[order], row[order]


def first(
    search: Search, planes: list[Bits], queries: list[Bits], cut: Cut, crowded: Integers
) -> Iterator[Found]:
    """The pairs within the first cut, block by block.

    crowded: is set for the queries that are near to too many, which are left out.
    """
    length, count = len(planes[0]), len(queries[0])
    some, farthest = queries[: cut.planes], np.full(count, cut.distance, dtype=np.int32)
    for start in (blocks := parts(search, length, some)):
        block = [plane[start : start + blocks.step] for plane in planes[: cut.planes]]
        which, row, apart = search(block, some, farthest)
        if len(which) * CROWD >= blocks.step:  # for one query at least
            crowded |= np.bincount(which, minlength=count) * CROWD >= blocks.step
            which, row, apart = (x[~crowded[which]] for x in (which, row, apart))
        yield which, row + start, apart


def narrowed(
    found: tuple[Integers, ...], planes: list[Bits], queries: list[Bits], cuts: Sequence[Cut]
) -> tuple[Integers, Integers]:
    """Query and row of the pairs within the first cut that are within the others, too."""
    which, row, apart = found
    for before, cut in pairwise(cuts):
        for i in range(before.planes, cut.planes):
            words = planes[i].view(np.uint64).take(row, axis=0)
            query = queries[i].view(np.uint64)
            words ^= query if len(query) == 1 else query.take(which, axis=0)
            counts = np.bitwise_count(words).astype(np.float32)  # whose products are fast
            apart = apart + counts @ np.ones(counts.shape[1], dtype=np.float32)
        keep = np.flatnonzero(apart <= cut.distance)
        which, row, apart = which[keep], row[keep], apart[keep]
    return which, row
