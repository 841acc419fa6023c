"""Rows of bits near to queries: which are within a distance of each, and how far they are.

One loop in C compares, weighs and selects, where that was compiled (vsa/algebra/loops). Otherwise
all distances are counted (vsa/algebra/counting.py) and then looked through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vsa.algebra import counting, fused
from vsa.algebra.counting import ENTRIES, Bits, Integers, Kernel, faiss

Found = tuple[Integers, Integers, Integers]
# Planes of rows (n, bytes), those of queries, the lowest bits of all of them, then the next ones
# (bits · queries, bytes), and how far a row may be from each query (queries,), int32; what is found:
# query, row, distance, which is Σ 2ʲ · that to bit j, those of each query by row.
Search = Callable[[Sequence[Bits], Sequence[Bits], Integers], Found]

SELECTED = 32  # times as many pairs are looked at where only those are held that are near


def by_loop(planes: Sequence[Bits], queries: Sequence[Bits], farthest: Integers) -> Found:
    """A `Search`, in one pass; without the loop by the others."""
    found = fused.within(planes, queries, farthest)
    if found is None:
        return (by_numpy if faiss() is None else by_faiss)(planes, queries, farthest)
    return found


def by_faiss(planes: Sequence[Bits], queries: Sequence[Bits], farthest: Integers) -> Found:
    """A `Search`."""
    return _selected(counting.by_faiss, planes, queries, farthest)


def by_numpy(planes: Sequence[Bits], queries: Sequence[Bits], farthest: Integers) -> Found:
    """A `Search`."""
    return _selected(counting.by_numpy, planes, queries, farthest)


def _selected(
    compare: Kernel, planes: Sequence[Bits], queries: Sequence[Bits], farthest: Integers
) -> Found:
    """What is near enough of all distances, which are added up first."""
    length, width, count = len(planes[0]), len(queries[0]), len(farthest)
    apart = np.empty((width, length), dtype=np.int32)
    compare(planes[0], queries[0], apart.T)
    more = np.empty_like(apart) if len(planes) > 1 else apart
    for plane, bits in zip(planes[1:], queries[1:], strict=True):
        compare(plane, bits, more.T)
        apart += more
    far = apart[-count:]
    for end in range(width - count, 0, -count):  # Horner's rule, from the highest bit on
        far <<= 1
        far += apart[end - count : end]
    pairs = np.flatnonzero(far <= farthest[:, None])
    which = pairs // length  # not by divmod, which is slower than two steps
    return which, pairs - which * length, far.reshape(-1).take(pairs)


def parts(search: Search, length: int, queries: Sequence[Bits]) -> range:
    """Where the blocks of rows begin that are searched at a time."""
    entries = ENTRIES * SELECTED if search is by_loop else ENTRIES
    return range(0, length, min(max(entries // len(queries[0]), 1), length))


def joined(parts: Sequence[tuple[Integers, ...]]) -> tuple[Integers, ...]:
    """Columns found part by part as whole ones."""
    if len(parts) == 1:
        return parts[0]
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))
