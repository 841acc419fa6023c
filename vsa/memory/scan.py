"""The scan: cosines with every eligible row, the best of them, and their probabilities.

Where the sketch of a large table pays (`vsa.memory.sketch`), it answers the queries that it can answer for
certain; the others, and all where it does not, are compared with every row.

The rows go by in blocks, whose cosines with all queries are looked at while they are in reach: the
best by argmax, then one comparison that leaves the few items whose likelihood matters. On NumPy the
products are cut so that BLAS is at its best. `benchmarks/cleanup.py` holds this to the pace of
plain scans that look for the winner alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.algebra.vector import Vector
from vsa.memory.evidence import GONE, Evidence, of_one
from vsa.memory.sketch.kernels import joined
from vsa.memory.sketch.shortlist import Columns, Shortlist, pays
from vsa.memory.table import Table
from vsa.theory.likelihood import posterior

QUERIES = 512  # looked up at a time
SCORE_BYTES = 1 << 25  # cosines held at a time
GATHER = 8  # rows are copied out when fewer than one in so many is eligible
FEW = 32  # so many of the best are found by repeated argmax, which beats a partition
CACHE_BYTES = 1 << 24  # rows beyond this come from memory
SMALL_PRODUCT = 1_000_000  # OpenBLAS multiplies up to this m·n·k without packing the rows first
BLOCK_ROWS = 1024  # of a larger product: its cosines are transposed while they are in cache
MANY_QUERIES = 192  # of which BLAS needs no help


@dataclass(slots=True)
class Scan:
    """What one pass over the memory found, for a batch of any shape; host arrays.

    rows, similarity, probability: (..., k), best first.  nothing: P(nothing), (...).
    margin: similarity of the best minus that of the second, (...).  items: how many were eligible.
    """

    rows: np.ndarray[Any, Any]
    similarity: np.ndarray[Any, Any]
    probability: np.ndarray[Any, Any]
    nothing: np.ndarray[Any, Any]
    margin: np.ndarray[Any, Any]
    items: int


def scan(
    table: Table,
    query: Vector,
    rows: np.ndarray[Any, Any],
    k: int,
    prior_nothing: float,
    exact: bool = False,
) -> Scan:
    """The k nearest of some rows of the table for each query; a zero query finds nothing.

    rows: ascending.  exact: compare with every row, whatever the sketch says.
    """
    shape = query.shape
    items, kept = len(rows), max(min(k, len(rows)), 1)
    if not items:
        return Scan(
            np.full((*shape, 1), -1), np.zeros((*shape, 1)), np.zeros((*shape, 1)),
            np.ones(shape), np.zeros(shape), 0,
        )  # fmt: skip
    count = math.prod(shape)
    sketched = not exact and pays(table, count, items)
    if not shape and isinstance(table.rows, np.ndarray):
        return _scan_one(table, query, rows, kept, prior_nothing, sketched)
    if sketched:
        columns = _sketched(table, query.reshape(count), rows, kept, prior_nothing)
    else:
        queries = query if len(shape) == 1 else query.reshape(count)
        columns = _scan_all(table, queries, rows, kept, prior_nothing)
    row, similarity, probability, nothing, margin = columns
    many = (*shape, kept)
    return Scan(
        row.reshape(many), similarity.reshape(many), probability.reshape(many),
        nothing.reshape(shape), margin.reshape(shape), items,
    )  # fmt: skip


def _scan_all(
    table: Table, queries: Vector, rows: np.ndarray[Any, Any], kept: int, prior_nothing: float
) -> Columns:
    """The columns of `_scan_part` for any number of queries."""
    matrix, drop = _matrix(table, rows)
    parts = [
        _scan_part(table, queries[i : i + QUERIES], matrix, drop, rows, kept, prior_nothing)
        for i in range(0, max(len(queries), 1), QUERIES)
    ]
    return joined(parts)


def _sketched(
    table: Table, queries: Vector, rows: np.ndarray[Any, Any], kept: int, prior_nothing: float
) -> Columns:
    """What `_scan_all` does, by the sketch where that is certain."""
    shortlist = Shortlist(table, rows, kept, prior_nothing)
    parts, left = [], []
    for i in range(0, len(queries), QUERIES):
        columns, rest = shortlist.several(table.unit(queries[i : i + QUERIES])[0])
        parts.append(columns)
        left.append(rest + i)
    columns, rest = joined(parts), np.concatenate(left)
    if len(rest):  # all at once, since few take about as long as one
        exact = _scan_all(table, queries[rest], rows, kept, prior_nothing)
        for column, part in zip(columns, exact, strict=True):
            column[rest] = part
    return columns


def _scan_one(
    table: Table,
    query: Vector,
    rows: np.ndarray[Any, Any],
    kept: int,
    prior_nothing: float,
    sketched: bool,
) -> Scan:
    """What `_scan_part` does, for one query on NumPy: there the calls cost more than the rows."""
    dim, items = table.space.dim, len(rows)
    unit, norm = table.unit(query)
    if norm == 0:
        none = np.zeros(kept)
        return Scan(np.full(kept, -1), none, none, np.ones(()), np.zeros(()), items)
    if sketched and (found := Shortlist(table, rows, kept, prior_nothing).one(unit)):
        row, similarity, match, nothing, margin = found
        return Scan(row, similarity, match, nothing, margin, items)
    matrix, drop = _matrix(table, rows)
    scores = cosines(unit, matrix)
    if drop is not None:
        scores[drop] = GONE
    best, index = _best(table.space.backend, scores, max(kept, min(2, items)))
    backend, eligible = table.space.backend, None if drop is None else rows
    logs, total = of_one(backend, scores, best[:kept], items, dim, eligible)
    match, nothing = posterior(logs, total, items, prior_nothing)
    index = index[:kept] if len(matrix) == len(table) else rows[index[:kept]]
    best = best.astype(np.float64)
    margin = np.asarray(best[0] - best[1] if items > 1 else 0.0)
    return Scan(index, best[:kept], match, nothing, margin, items)


def _matrix(table: Table, rows: np.ndarray[Any, Any]) -> tuple[Array, np.ndarray[Any, Any] | None]:
    """The rows to multiply with, and which of them to leave out again (None: none)."""
    if len(rows) == len(table):
        return table.rows, None
    if len(rows) * GATHER < len(table):
        return table.gather(rows), None
    drop = np.ones(len(table), dtype=bool)
    drop[rows] = False
    return table.rows, drop


def _scan_part(
    table: Table,
    queries: Vector,
    matrix: Array,
    drop: np.ndarray[Any, Any] | None,
    rows: np.ndarray[Any, Any],
    kept: int,
    prior_nothing: float,
) -> tuple[np.ndarray[Any, Any], ...]:
    """Rows, similarities, probabilities (queries, kept), P(nothing) and margins (queries,)."""
    backend, items = table.space.backend, len(rows)
    unit, norms = table.unit(queries)
    wanted = max(kept, min(2, items))
    evidence = Evidence(backend, len(norms), items, table.space.dim)
    best = np.empty((len(norms), 0), dtype=norms.dtype)
    index = np.empty((len(norms), 0), dtype=np.intp)
    step = max(SCORE_BYTES // (table.rows.itemsize * max(len(norms), 1)), wanted)
    for start in range(0, len(matrix), step):
        scores = cosines(unit, matrix[start : start + step])
        out = None if drop is None else drop[start : start + step]
        if out is not None:
            scores[:, backend.asarray(out)] = GONE
        values, where = _best(backend, scores, min(wanted, scores.shape[1]))
        best, index = np.hstack((best, values)), np.hstack((index, where + start))
        if start:
            order = np.argsort(-best, axis=1, kind="stable")[:, :wanted]
            best, index = (np.take_along_axis(x, order, axis=1) for x in (best, index))
        evidence.add(scores, out, best[:, 0])
    log_best, log_sum = evidence.total(best)
    match, nothing = posterior(log_best[:, :kept], log_sum, items, prior_nothing)
    margin = best[:, 0] - best[:, 1] if items > 1 else np.zeros(len(best))
    found = index[:, :kept] if len(matrix) == len(table) else rows[index[:, :kept]]
    similarity = best[:, :kept]
    empty = norms == 0
    if empty.any():
        found = np.where(empty[:, None], -1, found)
        similarity, match = (np.where(empty[:, None], 0.0, x) for x in (similarity, match))
        nothing, margin = np.where(empty, 1.0, nothing), np.where(empty, 0.0, margin)
    return found, similarity, match, nothing, margin


# --- cosines -------------------------------------------------------------------------------------


def cosines(unit: Array, matrix: Array) -> Array:
    """`unit @ matrix.T`: (queries, dim) or (dim,), and (items, dim), give (queries, items).

    Other libraries than NumPy are left to themselves. The ways below are each the fastest at their
    sizes: one query against rows in cache, one against rows in memory (a dot product a row reads
    them as one stream, at the bandwidth limit), a few, and many.
    """
    if not isinstance(unit, np.ndarray):
        return unit @ matrix.T
    if unit.size == matrix.shape[1]:
        product: Any = np.matmul if matrix.nbytes <= CACHE_BYTES else np.vecdot
        return product(matrix, unit.reshape(-1)).reshape(*unit.shape[:-1], -1)
    scores = np.empty((len(unit), len(matrix)), dtype=unit.dtype)
    if len(unit) > MANY_QUERIES:
        return np.matmul(unit, matrix.T, out=scores)
    step = SMALL_PRODUCT // max(unit.size, 1)
    step = step - step % 8 if step >= 30 else BLOCK_ROWS
    queries = unit.T
    for i in range(0, len(matrix), step):
        scores[:, i : i + step] = (matrix[i : i + step] @ queries).T
    return scores


def _best(
    backend: Backend, scores: Array, wanted: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The `wanted` largest along the last axis, best first, and where they are: (..., wanted)."""
    if wanted > FEW or not isinstance(scores, np.ndarray):
        values, index = backend.topk(scores, wanted)
        return backend.numpy(values), backend.numpy(index)
    if scores.ndim == 1:
        return _best_of_one(scores, wanted)
    rows = np.arange(len(scores))
    found = []
    for _ in range(wanted):
        where = scores.argmax(axis=-1)
        found.append((where, scores[rows, where]))
        scores[rows, where] = GONE - 1  # out of the way of the next one
    for where, value in found:
        scores[rows, where] = value
    index, values = zip(*found, strict=True)
    return np.array(values).T, np.array(index).T


def _best_of_one(
    scores: np.ndarray[Any, Any], wanted: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    values, index = [], []
    for _ in range(wanted):
        where = int(scores.argmax())
        values.append(float(scores[where]))
        index.append(where)
        scores[where] = GONE - 1
    scores[index] = values
    return np.array(values), np.array(index)
