"""The scan: cosines with every eligible row, the best of them, and their probabilities.

Where the sketch of a large table pays (`vsa.memory.sketch`), it answers the queries that it can
answer for certain; the others, and all where it does not, are compared with every row. A single
query on NumPy has a path of its own (one.py).

The rows go by in blocks, whose cosines with all queries are looked at while they are in reach: the
best by argmax, then one comparison that leaves the few items whose likelihood matters. On NumPy a few
queries are multiplied by the loop in C, more of them so that BLAS is at its best.
`benchmarks/cleanup.py` holds this to the pace of plain scans that look for the winner alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa import threads
from vsa.algebra import fused
from vsa.algebra.backend import Array
from vsa.memory import faint, one
from vsa.memory.evidence import Evidence, Totals, by_loop
from vsa.memory.matches import Found, Query
from vsa.memory.sketch.kernels import estimated
from vsa.memory.sketch.shortlist import Shortlist, pays
from vsa.memory.storage import asked
from vsa.memory.summed import Summed
from vsa.memory.ties import GONE, merged, nearest
from vsa.theory.load import models_of

QUERIES = 512  # looked up in the sketch at a time
SCORE_BLOCKS = 64  # as large as so many blocks of vectors are the cosines held at a time
BREADTH = 1 << 14  # rows, at the least, that their queries are compared with at a time
BLOCK_ROWS = 1024  # of a product: its cosines are transposed while they are in cache
MANY_QUERIES = 192  # of which BLAS needs no help
LOOPED = 64  # queries at most, for which the loop beats BLAS


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
    parts, left, count = [], [], len(query.vector)
    for i in range(0, count, QUERIES):
        part = query if count <= QUERIES else query.some(slice(i, i + QUERIES))
        found, rest = Shortlist(part).several(asked(part.vector)[0])
        parts.append(found)
        left.append(rest + i)
    rest = np.concatenate(left)
    found = parts[0] if len(parts) == 1 else Found.joined(parts, np.concatenate)
    if 0 < len(rest) <= estimated():
        rest = faint.several(query, rest, found)
    if len(rest):  # all at once, since few take about as long as one
        found.put(rest, _compared(query.some(rest)))
    return found


def _compared(query: Query) -> Found:
    """The nearest of all eligible rows for vectors (n,)."""
    matrix, drop = query.matrix()
    backend, count = query.vector.space.backend, len(query.vector)
    held = SCORE_BLOCKS * backend.block_bytes
    most = max(held // (4 * BREADTH), 1)
    if count <= most:
        return _part(query, matrix, drop, held)

    def part(start: int) -> Found:
        return _part(query.some(slice(start, start + most)), matrix, drop, held)

    return Found.joined(backend.each(part, range(0, count, most)), np.concatenate)


def _part(query: Query, matrix: Array, drop: np.ndarray[Any, Any] | None, held: int) -> Found:
    """What `_compared` finds for as many vectors as are looked up at a time.

    held: bytes of cosines at a time. What is found stays on the device until the end.
    """
    space, wanted = query.vector.space, query.wanted
    backend, xp = space.backend, space.backend.xp
    compare = cosines if space.metric.plain(matrix) else space.metric.scores
    units, norms = asked(query.vector)
    models, of = models_of(*space.metric.noises(units), query.load)
    here = isinstance(units, np.ndarray)
    evidence: Evidence | Summed | None = None
    dropped = None if drop is None else backend.asarray(drop)
    best: tuple[Array, Array] | None = None
    totals: Totals | None = None
    step = max(held // (4 * max(len(norms), 1)), wanted)
    for start in range(0, len(matrix), step):
        scores = compare(units, matrix[start : start + step])
        out = None if dropped is None else dropped[start : start + step]
        if out is not None:
            scores = xp.where(out, GONE, scores)
        if here and len(models) == 1 and step >= len(matrix):  # all in one block
            totals = by_loop(query, scores, models[0])
            if totals is not None:
                break
        values, where = nearest(backend, scores, min(wanted, scores.shape[1]))
        found = values, where + start
        best = found if best is None else merged(backend, best, found)
        if evidence is None:
            evidence = Evidence(query.items, models, of) if here else Summed(backend, models, of)
        evidence.add(scores, out, best[0][:, 0])
    if totals is None:
        assert best is not None
        assert evidence is not None
        totals = evidence.total(*best)
    similarities, index, logs, log_sum = totals
    rows = query.numbers(index, matrix)
    empty = norms == 0
    if empty.any():  # nothing is similar to it
        rows[empty], similarities[empty], logs[empty], log_sum[empty] = (
            -1,
            0.0,
            -math.inf,
            -math.inf,
        )
    return query.found(rows, similarities, logs, log_sum)


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
    looped = len(units) <= LOOPED and fused.multiplies(matrix, units)
    if not looped and len(units) > MANY_QUERIES:
        return np.matmul(units, matrix.T, out=scores)

    def block(first: int) -> None:
        part = slice(first, first + step)
        if looped:
            fused.cosines(matrix[part], units, scores[:, part])
        else:
            scores[:, part] = (matrix[part] @ units.T).T

    step = max(len(matrix), 1) if looped and threads.alone() else BLOCK_ROWS
    threads.each(block, range(0, len(matrix), step))
    return scores
