"""Credible sets: so many of the likeliest items as hold the right answer with a given probability.

Where a k-best list says which k are the nearest, a credible set has as many as their posteriors take
to reach a coverage, "nothing" being one of them where it is likely enough (the smallest set of at
least that probability, as of a highest posterior density region; Box and Tiao 1973, §2.8). It needs
all posteriors, so that every row is compared: no sketch. Rows go by in blocks; what is kept are the
numbers of as many queries as make a million, or of one, some 50 bytes an item.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.errors import ArgumentValueError
from vsa.memory.matches import ROUNDING, Found, Query, nobody
from vsa.memory.scan import cosines
from vsa.memory.storage import asked
from vsa.memory.ties import nearest
from vsa.theory.likelihood import log_likelihoods, log_total, posterior
from vsa.theory.load import models_of

CELLS = 1 << 20  # cosines looked at at a time
MOST = 1 << 25  # places of the sets of a batch, 32 bytes each

Floats = np.ndarray[Any, Any]


def scan(query: Query, coverage: float) -> Found:
    """The smallest sets of the coverage, the likeliest item first; a zero vector is of nothing."""
    shape = query.vector.shape
    if not query.items:
        found = nobody(shape)
        found.coverage = coverage
        return found
    flat, (matrix, drop) = query.flat(), query.matrix()
    kept = None if drop is None else query.rows
    each = max(CELLS // len(matrix), 1)
    parts, widest = [], 1
    for start in range(0, max(math.prod(shape), 1), each):
        part = _part(flat.some(slice(start, start + each)), matrix, kept, coverage)
        parts.append(part)
        widest = max(widest, part.rows.shape[-1])
        if (start + len(part.rows)) * widest > max(MOST, widest):
            raise ArgumentValueError(
                f"a batch of {math.prod(shape):,} sets of up to {widest:,} items takes too much "
                "memory: ask in smaller batches, for less coverage, or give load="
            )
    return Found.joined(parts, np.concatenate).reshape(shape)


def _part(query: Query, matrix: Array, kept: Floats | None, coverage: float) -> Found:
    """The sets of a few vectors (n,).  kept: which rows of the matrix count; None for all."""
    count, items = len(query.vector), query.items
    units, norms = asked(query.vector)
    scores, logs = _looked(query, units, matrix)
    if kept is not None:
        scores, logs = scores[:, kept], logs[:, kept]
    best = nearest(query.vector.space.backend, scores, min(2, items))[0].astype(np.float64)
    log_sum = log_total(logs)
    p, nothing = posterior(logs, log_sum, items, query.prior_nothing)
    empty = norms == 0
    p[empty], nothing[empty], log_sum[empty] = 0.0, 1.0, -math.inf

    # All items below this come to less than half of what may be left out, so that none is needed.
    which, item = np.nonzero(p >= (1 - coverage) / (2 * items))
    # One row of (query, item, probability) each, and one of nothing behind the items of each query
    which = np.concatenate((which, np.arange(count)))
    item = np.concatenate((item, np.full(count, -1)))
    weight = np.where(item < 0, nothing[which], p[which, item])
    score = np.where(item < 0, -math.inf, scores[which, item])
    place = np.lexsort((item, -score, -weight, which))
    which, item, weight = which[place], item[place], weight[place]
    starts = np.searchsorted(which, np.arange(count))
    before = np.cumsum(weight) - weight
    before -= before[starts][which]
    member = (before < coverage - ROUNDING) & (item >= 0) & ~empty[which]
    which, item, weight = which[member], item[member], weight[member]

    sizes = np.bincount(which, minlength=count)
    column = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = nobody((count,), items, max(int(sizes.max(initial=0)), 1))
    numbers = item if kept is None else kept[item]
    found.rows[which, column] = query.numbers(numbers, matrix)
    found.similarities[which, column] = scores[which, item]
    found.probabilities[which, column] = weight
    found.nothing, found.log_sum = nothing, log_sum
    found.margin = np.where(empty, 0.0, best[:, 0] - best[:, -1])
    found.coverage = coverage
    return found


def _looked(query: Query, units: Array, matrix: Array) -> tuple[Floats, Floats]:
    """The scores (n, rows) of some queries and their log likelihoods, on the host."""
    space = query.vector.space
    compare = cosines if space.metric.plain(matrix) else space.metric.scores
    models, of = models_of(*space.metric.noises(units), query.load)
    shape = len(query.vector), len(matrix)
    scores, logs = np.empty(shape, dtype=space.backend.dtype), np.empty(shape)
    step = max(CELLS // max(shape[0], 1), 1)
    for start in range(0, shape[1], step):
        part = space.backend.numpy(compare(units, matrix[start : start + step]))
        scores[:, start : start + step] = part
        which = np.broadcast_to(of[:, None], part.shape)
        logs[:, start : start + step] = log_likelihoods(part, models, which)
    return scores, logs
