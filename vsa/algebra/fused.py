"""Products, sums, powers and bits compared in one pass over memory, by loops in C if they were compiled.

The loops (vsa/algebra/loops) are part of an installation that found a compiler, of one kind of processor,
x86-64 with AVX2. Where they are missing, or VSA_FUSED=0 says so when vsa is imported, NumPy does the
same in several passes, with the same numbers but for the last bit of sums; hashlib makes streams.
"""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from vsa.algebra.backend import Array

SWITCH = "VSA_FUSED"  # in the environment; 0 leaves the loops alone
COPIED = 1 << 16  # components of rows that are copied out at a time
MISSING = "not compiled"  # or of an older source
SCORES = 16  # nearest rows that `scores` finds, at the most
INTERFACE = 12  # of the loops, as in loops/module.c: what was compiled of another is not called


def _found() -> tuple[ModuleType | None, str]:
    """The compiled loops, and why there are none."""
    if os.environ.get(SWITCH, "").strip().lower() in ("0", "off", "false", "no"):
        return None, f"switched off by {SWITCH}={os.environ[SWITCH].strip()}"
    try:
        from vsa.algebra import _fused
    except ImportError as error:
        return None, str(error) if "AVX2" in str(error) else MISSING
    if getattr(_fused, "INTERFACE", 0) != INTERFACE:
        return None, MISSING
    return _fused, ""


# Of one query: how many rows there are, log Σ L over these, the nearest, or -1, their products, log L
Weighed = tuple[float, float, list[int], list[float], list[float]]

LOOP, WHY_NOT = _found()


def sum_of_products(
    out: Array,
    terms: tuple[Array, ...],
    pairs: int,
    weights: Array | None = None,
    past: bool = False,
) -> bool:
    """Write Σ aᵢ·bᵢ + Σ cⱼ into `out`; whether that was done, as of all but NumPy's it is not.

    terms: so many values as there are pairs, as many keys, and what else is added: complex arrays
    (..., width) that broadcast to that of `out`.  weights: (2 · width,), how the square of each real
    number of a row counts in its squared length; given, every row but zero is scaled to length 1.
    past: whether a product alone is written past the caches, where nothing of it stays.
    """
    return LOOP is not None and bool(LOOP.sum_of_products(out, terms, pairs, weights, past))


def cosine(a: Array, b: Array, weights: Array | float) -> float:
    """That of two rows of NumPy's (width,), 0 where one has no length.

    weights: how the square of each of their real numbers counts in the squared length; a float, all alike.
    """
    if LOOP is not None and (found := LOOP.cosine(a, b, weights)) is not None:
        return float(found)
    x, y = (np.ascontiguousarray(row).view(row.real.dtype) for row in (a, b))
    weighed = (x, y) if isinstance(weights, float) else (x * weights, y * weights)
    lengths = float(weighed[0].dot(x)) * float(weighed[1].dot(y))
    return float(weighed[0].dot(y)) / math.sqrt(lengths) if lengths > 0 else 0.0


def within(
    planes: Sequence[Array], queries: Sequence[Array], farthest: Array
) -> tuple[Array, Array, Array] | None:
    """Query, row and distance of the pairs that are near; None without the loop.

    planes: of the bits of rows, (n, bytes).  queries: of each plane (bits · queries, bytes), the lowest
    bits of all first; a distance is Σ 2ʲ · that to bit j.
    farthest: of each query (queries,), int32.  The pairs are by query, then by row.
    """
    if LOOP is None:
        return None
    ends, row, apart = _arrays(*LOOP.within(tuple(planes), tuple(queries), farthest))
    which = np.repeat(np.arange(len(farthest)), np.diff(ends))
    return which, row, apart.astype(np.intp)


def ranked(
    planes: Sequence[Array],
    units: Array,
    cuts: tuple[tuple[int, int, int], ...],
    stored: Array,
    most: int,
) -> tuple[Array, Array, Array] | None:
    """The rows within all cuts of each query, and their products, or None where the loop is
    not for them.

    planes: of the signs of rows, (n, bytes).  units: queries (queries, dim).  cuts: how many planes, of
    how many bits, and in how many of these a row may differ; the second of what is within the first.
    stored: the rows (n, dim).  most: a query with so many rows within the first cut has none.
    What comes back: where the rows of each query end (queries + 1,), the rows, nearest first, and the
    products.
    """
    if LOOP is None or stored.dtype != units.dtype:
        return None
    return _arrays(*LOOP.ranked(tuple(planes), units, cuts, stored, most))


def weighed(
    planes: Sequence[Array],
    units: Array,
    cuts: tuple[tuple[int, int, int], ...],
    stored: Array,
    most: int,
    weights: tuple[Any, ...],
) -> array[float] | None:
    """What those that `ranked` finds come to: of each query one after the other, how many there are,
    log Σ L over these, the nearest, or -1, their products, log L of each; None where the loop is not
    for them.

    weights: how many of the nearest; values and steps, by which log L is looked up; the least cosine that
    counts, by that of the best; and the axis of the table (`vsa.theory.ratio.axis_of`).
    """
    if LOOP is None or stored.dtype != units.dtype:
        return None
    return array("d", LOOP.ranked(tuple(planes), units, cuts, stored, most, weights))


def weighed_one(
    planes: tuple[Array, ...],
    unit: Array,
    cuts: tuple[tuple[int, int, int], ...],
    stored: Array,
    most: int,
    weights: tuple[Any, ...],
    kept: tuple[float, Array] | tuple[()] = (),
) -> Weighed | None:
    """What `weighed` says of one query (dim,).

    kept: what is between two levels of a coordinate, and room for a number of each row, uint16, where the
    distances are kept by which `faint` looks, of the planes of the first cut.
    """
    if LOOP is None or stored.dtype != unit.dtype:
        return None
    found: Weighed = LOOP.ranked(planes, unit, cuts, stored, most, weights, *kept)
    return found


def counts_in_passing() -> bool:
    """Whether those are counted while the rows come from memory, and so for nothing."""
    return LOOP is not None and bool(LOOP.WIDER)


def columns(said: array[float], count: int) -> tuple[Array, Array, Array, Array, Array]:
    """What `weighed` says of so many queries, as arrays: lengths and log Σ L (queries,), the nearest rows,
    their products and log L of these (queries, wanted)."""
    table = np.frombuffer(said).reshape(count, len(said) // max(count, 1))
    wanted = (table.shape[1] - 2) // 3
    row, product, logs = (table[:, 2 + i * wanted : 2 + (i + 1) * wanted] for i in range(3))
    return table[:, 0], table[:, 1], row.astype(np.intp), product, logs


def faint(
    planes: Sequence[Array],
    units: Array,
    stored: Array,
    levels: tuple[float, Array, Array, int],
    kept: int,
    weights: tuple[Any, ...],
    kept_before: tuple[Array, int] | tuple[()] = (),
) -> array[float] | None:
    """The best of the rows whose asymmetric estimate is large, of each query compared as far as the best
    may be; None where the loop is not for them.

    planes, units, stored, weights: as of `weighed`.  levels: what is between two of a coordinate; the least
    estimate of rows that are looked at (losses,) and compared (losses, cells), by the hundredths that a
    query loses and by the cosine of the one of rank `kept`, in cells of 1/grid, the last of which is for
    all above and is tried first, NaN where there is no search; and that grid.  kept_before: what
    `weighed_one` kept of the one query, and of how many planes.
    What comes back, of each query one after the other: the hundredths that it loses, -1 for too many; how
    many rows are within the first reach; whether the best is one of those compared, 2 if these were more;
    and what `weighed` gives.
    """
    if LOOP is None or stored.dtype != units.dtype:
        return None
    return array(
        "d", LOOP.faint(tuple(planes), units, stored, *levels, kept, weights, *kept_before)
    )


def _arrays(ends: bytearray, row: bytearray, value: bytearray) -> tuple[Array, Array, Array]:
    return np.frombuffer(ends, np.intp), np.frombuffer(row, np.intp), np.frombuffer(value)


def products(
    rows: Array, index: Array, vector: Array, widened: Callable[[Array], Array] = lambda rows: rows
) -> Array:
    """The dot products of some rows (n, width) with a vector (dim,), without copying those out.

    index: of the rows, intp.  widened: makes rows (k, dim) of those that are of another type, for NumPy.
    """
    out = np.empty(len(index), dtype=vector.dtype)
    if LOOP is not None and rows.dtype == vector.dtype and rows.dtype.char in "fd":
        LOOP.products(rows, index, vector, out)
        return out
    step = max(COPIED // len(vector), 1)
    for i in range(0, len(index), step):
        out[i : i + step] = widened(rows.take(index[i : i + step], axis=0)) @ vector
    return out


def multiplies(rows: Array, units: Array) -> bool:
    """Whether `cosines` takes them: rows in memory that are of the type of the units, float or double."""
    return (
        LOOP is not None
        and rows.dtype == units.dtype
        and rows.dtype.char in "fd"
        and rows.strides[1] == units.strides[1] == rows.itemsize
    )


def cosines(rows: Array, units: Array, out: Array) -> None:
    """Write `units @ rows.T`: (n, dim) and (queries, dim) to (queries, n); of what it `multiplies`.

    A number does not depend, to the last bit, on what else is multiplied.
    """
    assert LOOP is not None
    LOOP.cosines(rows, units, out)


def units(rows: Array, scale: Array, even: bool, out: Array, lengths: Array | None) -> None:
    """Write half spectra (..., dim // 2 + 1) as real numbers (..., dim), the real bins first, each times
    its scale (dim,); where there are lengths (...), over their length, which is written, too.

    even: whether dim is, and the last bin real. All arrays are in one piece. Zeros stay.
    """
    assert LOOP is not None
    LOOP.units(rows, scale, even, out, lengths)


def scores(cosines: Array, weights: tuple[Any, ...]) -> array[float] | None:
    """What `weighed` gives, of all cosines (queries, rows); None where the loop is not for them.

    In place of log Σ L is NaN where one is no number, or where more than a thousand of them count.
    """
    if LOOP is None or weights[0] > SCORES or cosines.dtype.char not in "fd":
        return None
    return array("d", LOOP.scores(cosines, weights))


def scores_of_one(cosines: Array, weights: tuple[Any, ...]) -> Weighed | None:
    """The same of one query's (rows,); None where that has no sum, too."""
    if LOOP is None or weights[0] > SCORES or cosines.dtype.char not in "fd":
        return None
    found: Weighed = LOOP.scores(cosines, weights)
    return None if math.isnan(found[1]) else found
