"""Distances between sketches: which pairs are within all cuts.

Bits are counted in vsa/algebra/counting.py. NumPy does without faiss at a quarter of the cost of an
exact scan for one query, half of it for some dozens, and with no gain for many.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from vsa.algebra.counting import ENTRIES, Bits, Integers, Kernel, by_faiss, by_numpy, faiss
from vsa.memory.sketch.theory import Cut

CROWD = 4  # rows: if one in so many is near to a query, its shortlist is none
NUMPY_QUERIES = 64  # of more, the exact scan is as fast as NumPy counts bits


def kernel(queries: int) -> Kernel | None:
    """The fastest way there is of comparing so many queries; None if it is no gain."""
    if faiss() is not None:
        return by_faiss
    return by_numpy if queries <= NUMPY_QUERIES else None


def near(
    compare: Kernel, planes: list[Bits], queries: list[Bits], cuts: Sequence[Cut]
) -> tuple[Integers, Integers]:
    """The pairs within all cuts: (query, row), by query and row.

    A query that is near to one row in `CROWD` or more, in any part of the table, is left out.
    """
    crowded = np.zeros(len(queries[0]), dtype=bool)
    found, part, held = [], [], 0
    for pairs, apart in first(compare, planes, queries, cuts[0], crowded):
        part.append((pairs, apart))
        held += len(pairs)
        if held > ENTRIES:
            found.append(narrowed(joined(part), planes, queries, cuts))
            part, held = [], 0
    if part:
        found.append(narrowed(joined(part), planes, queries, cuts))
    row, which = joined(found)
    if crowded.any():
        row, which = (x[~crowded[which]] for x in (row, which))
    order = np.argsort(which, kind="stable")
    return which[order], row[order]


def first(
    compare: Kernel, planes: list[Bits], queries: list[Bits], cut: Cut, crowded: Integers
) -> Iterator[tuple[Integers, Integers]]:
    """Pairs within the first cut, as row · queries + query, and how far apart; block by block.

    crowded: is set for the queries that are near to too many, which are left out.
    """
    length, count = len(planes[0]), len(queries[0])
    size = min(max(ENTRIES // count, 1), length)
    total = np.empty((size, count), dtype=np.int32)
    more = np.empty_like(total) if cut.planes > 1 else total
    for start in range(0, length, size):
        block = [plane[start : start + size] for plane in planes[: cut.planes]]
        part = total[: len(block[0])]
        compare(block[0], queries[0], part)
        for plane, query in zip(block[1:], queries[1 : cut.planes], strict=True):
            compare(plane, query, more[: len(part)])
            part += more[: len(part)]
        pairs = np.flatnonzero(part <= np.int32(cut.distance))
        apart = part.reshape(-1).take(pairs)
        if len(pairs) * CROWD >= size:  # for one query at least
            which = pairs % count
            crowded |= np.bincount(which, minlength=count) * CROWD >= size
            pairs, apart = pairs[~crowded[which]], apart[~crowded[which]]
        yield pairs + start * count, apart


def narrowed(
    found: tuple[Integers, ...], planes: list[Bits], queries: list[Bits], cuts: Sequence[Cut]
) -> tuple[Integers, Integers]:
    """Row and query of the pairs within the first cut that are within the others, too."""
    pairs, apart = found
    count = len(queries[0])
    row, which = (pairs, np.zeros_like(pairs)) if count == 1 else np.divmod(pairs, count)
    for before, cut in pairwise(cuts):
        for i in range(before.planes, cut.planes):
            words = planes[i].view(np.uint64).take(row, axis=0)
            query = queries[i].view(np.uint64)
            words ^= query if count == 1 else query.take(which, axis=0)
            counts = np.bitwise_count(words).astype(np.float32)  # whose products are fast
            apart = apart + counts @ np.ones(counts.shape[1], dtype=np.float32)
        keep = np.flatnonzero(apart <= cut.distance)
        row, which, apart = row[keep], which[keep], apart[keep]
    return row, which


def joined(parts: Sequence[tuple[Integers, ...]]) -> tuple[Integers, ...]:
    """Columns found part by part as whole ones."""
    if len(parts) == 1:
        return parts[0]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
