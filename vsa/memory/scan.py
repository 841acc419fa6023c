"""The scan: cosines with every eligible row, the best of them, and their probabilities.

Where the sketch of a large table pays (`vsa.memory.sketch`), it answers the queries that it can
answer for certain; the others, and all where it does not, are compared with every row. A single
query on NumPy has a path of its own (one.py).

The rows go by in blocks, whose cosines with all queries are looked at while they are in reach: the
best by argmax, then one comparison that leaves the few items whose likelihood matters. On NumPy the
products are cut so that BLAS is at its best. `benchmarks/cleanup.py` holds this to the pace of
plain scans that look for the winner alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.memory import faint, one
from vsa.memory.evidence import Evidence
from vsa.memory.matches import Floats, Found, Query, Rows
from vsa.memory.sketch.shortlist import ESTIMATED, Shortlist, pays
from vsa.memory.storage import asked
from vsa.memory.ties import GONE, nearest, order
from vsa.theory.load import models_of

QUERIES = 512  # looked up at a time
SCORE_BYTES = 1 << 25  # cosines held at a time
BLOCK_ROWS = 1024  # of a product: its cosines are transposed while they are in cache
MANY_QUERIES = 192  # of which BLAS needs no help


def scan(query: Query) -> Found:
    """The nearest rows for each vector of the batch; a zero vector finds nothing."""
    shape = query.vector.shape
    if not query.items:
        return query.nobody()
    if not shape and isinstance(query.stored, np.ndarray):
        return one.scan(query)
    with np.errstate(invalid="ignore"):
        found = (_sketched if pays(query, math.prod(shape)) else _compared)(query.flat())
    return found if len(shape) == 1 else found.reshape(shape)


def _sketched(query: Query) -> Found:
    """What `_compared` finds, by the sketch where that is certain."""
    parts, left = [], []
    for i in range(0, len(query.vector), QUERIES):
        part = query.some(slice(i, i + QUERIES))
        found, rest = Shortlist(part).several(asked(part.vector)[0])
        parts.append(found)
        left.append(rest + i)
    found, rest = Found.joined(parts, np.concatenate), np.concatenate(left)
    if 0 < len(rest) <= ESTIMATED:
        rest = faint.several(query, rest, found)
    if len(rest):  # all at once, since few take about as long as one
        found.put(rest, _compared(query.some(rest)))
    return found


def _compared(query: Query) -> Found:
    """The nearest of all eligible rows for vectors (n,)."""
    matrix, drop = query.matrix()
    count = len(query.vector)
    if count <= QUERIES:
        return _part(query, matrix, drop)
    starts = range(0, count, QUERIES)
    parts = [_part(query.some(slice(i, i + QUERIES)), matrix, drop) for i in starts]
    return Found.joined(parts, np.concatenate)


def _part(query: Query, matrix: Array, drop: np.ndarray[Any, Any] | None) -> Found:
    """What `_compared` finds for as many vectors as are looked up at a time."""
    space, wanted = query.vector.space, query.wanted
    backend = space.backend
    compare = cosines if space.metric.plain(matrix) else space.metric.scores
    units, norms = asked(query.vector)
    evidence = Evidence(backend, query.items, *models_of(*space.metric.noises(units), query.load))
    best: Floats = np.empty((len(norms), 0), dtype=np.float64)
    index: Rows = np.empty((len(norms), 0), dtype=np.intp)
    step = max(SCORE_BYTES // (4 * max(len(norms), 1)), wanted)
    for start in range(0, len(matrix), step):
        scores = compare(units, matrix[start : start + step])
        out = None if drop is None else drop[start : start + step]
        if out is not None:
            scores[:, backend.asarray(out)] = GONE
        values, where = nearest(backend, scores, min(wanted, scores.shape[1]))
        best, index = np.hstack((best, values)), np.hstack((index, where + start))
        if start:
            place = order(best, index)[:, :wanted]
            best, index = (np.take_along_axis(x, place, axis=1) for x in (best, index))
        evidence.add(scores, out, best[:, 0])
    logs, log_sum = evidence.total(best)
    rows = query.numbers(index, matrix)
    empty = norms == 0
    if empty.any():  # nothing is similar to it
        rows[empty], best[empty], logs[empty], log_sum[empty] = -1, 0.0, -math.inf, -math.inf
    return query.found(rows, best, logs, log_sum)


def cosines(units: Array, matrix: Array) -> Array:
    """`units @ matrix.T`: (queries, dim) and (items, dim) give (queries, items).

    Other libraries than NumPy are left to themselves. The ways below are each the fastest at their
    sizes: one query, a few, and many.
    """
    if not isinstance(units, np.ndarray):
        return units @ matrix.T
    if len(units) == 1:
        return one.cosines(units[0], matrix)[None]
    scores = np.empty((len(units), len(matrix)), dtype=units.dtype)
    if len(units) > MANY_QUERIES:
        return np.matmul(units, matrix.T, out=scores)
    queries = units.T
    for i in range(0, len(matrix), BLOCK_ROWS):
        scores[:, i : i + BLOCK_ROWS] = (matrix[i : i + BLOCK_ROWS] @ queries).T
    return scores
