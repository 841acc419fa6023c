"""Credible sets: so many of the likeliest items as hold the right answer with a given probability.

Where a k-best list says which k are the nearest, a credible set has as many as their posteriors take
to reach a coverage, "nothing" being one of them where it is likely enough (the smallest set of at
least that probability, as of a highest posterior density region; Box and Tiao 1973, §2.8). It needs
all posteriors, so that every row is compared: no sketch. Rows go by in blocks; what is kept are the
numbers of as many queries as make a million, or of one, some 50 bytes an item.

Where the items are in several places (vsa/cluster), each first gives its `evidence`, then, from the
evidence of all, its own members, which `gathered` makes the sets that one place would have given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.errors import ArgumentValueError
from vsa.memory.matches import ROUNDING, Found, Query, Rows, nobody, weighed
from vsa.memory.scan import cosines
from vsa.memory.storage import asked
from vsa.memory.ties import nearest
from vsa.theory.likelihood import log_likelihoods, log_total, posterior
from vsa.theory.load import models_of

CELLS = 1 << 20  # cosines looked at at a time
HERE = Backend("float32")  # where the scores are looked at
MOST = 1 << 25  # places of the sets of a batch, 32 bytes each

Floats = np.ndarray[Any, Any]


@np.errstate(invalid="ignore")
def scan(query: Query, coverage: float, whole: Found | None = None) -> Found:
    """The smallest sets of the coverage, the likeliest item first; a zero vector is of nothing.

    whole: the evidence of more items than these, of the same vectors; then these are the members that
    the sets of all may have among them.
    """
    if not query.items:
        found = nobody(query.vector.shape)
        found.coverage = coverage
        return found
    flat, shape = query.flat(), query.vector.shape
    whole = whole if whole is None else whole.reshape((math.prod(shape),))

    def sets(part: slice, scores: Floats, logs: Floats) -> Found:
        some = flat.some(part)
        known = _evidence(some, scores, logs) if whole is None else whole[part]
        return _sets(some, known, scores, logs, coverage)

    return joined(_parts(flat, sets), math.prod(shape)).reshape(shape)


def evidence(query: Query) -> Found:
    """The two nearest rows for vectors (n,), and the sum over all to the last digit."""
    if not query.items:
        return query.nobody()

    def known(part: slice, scores: Floats, logs: Floats) -> Found:
        return _evidence(query.some(part), scores, logs)

    return Found.joined(list(_parts(query, known)), np.concatenate)


def gathered(parts: Sequence[Found], whole: Found, coverage: float) -> Found:
    """The sets of all items from what `scan` found among some and others, for vectors (n,)."""
    rows, weight, score, names = (
        np.concatenate([getattr(part, name) for part in parts], axis=-1)
        for name in ("rows", "probabilities", "similarities", "names")
    )
    which, column = np.nonzero(rows >= 0)
    at = which, column
    found, member = _smallest(whole, which, rows[at], weight[at], score[at], coverage)
    place = np.nonzero(found.rows >= 0)
    found.names = np.full(found.rows.shape, None, dtype=object)
    found.names[place] = names[at][member]
    return found


def joined(parts: Iterable[Found], count: int) -> Found:
    """The sets of a batch of so many vectors from those of its parts, unless they are too large."""
    kept, done, widest = [], 0, 1
    for part in parts:
        kept.append(part)
        done, widest = done + len(part.rows), max(widest, part.rows.shape[-1])
        if done * widest > max(MOST, widest):
            raise ArgumentValueError(
                f"a batch of {count:,} sets of up to {widest:,} items takes too much "
                "memory: ask in smaller batches, for less coverage, or give load="
            )
    return Found.joined(kept, np.concatenate)


def _parts(query: Query, look: Callable[[slice, Floats, Floats], Found]) -> Iterator[Found]:
    """What is looked up for some of the vectors (n,) after others: their scores and logs (…, items)."""
    matrix, drop = query.matrix()
    each = max(CELLS // len(matrix), 1)
    for start in range(0, max(len(query.vector), 1), each):
        part = slice(start, start + each)
        scores, logs = _looked(query.some(part), matrix)
        if drop is not None:
            scores, logs = scores[:, query.rows], logs[:, query.rows]
        yield look(part, scores, logs)


def _evidence(query: Query, scores: Floats, logs: Floats) -> Found:
    best, index = nearest(HERE, scores, min(2, query.items))
    best, log_sum = best.astype(np.float64), log_total(logs)
    logs = np.take_along_axis(logs, index, axis=1)
    rows = query.rows[index]
    empty = asked(query.vector)[1] == 0  # which nothing is similar to
    rows[empty], best[empty], logs[empty], log_sum[empty] = -1, 0.0, -math.inf, -math.inf
    return weighed(rows, best, logs, log_sum, query.items, best.shape[1], query.prior_nothing)


def _sets(query: Query, whole: Found, scores: Floats, logs: Floats, coverage: float) -> Found:
    """The sets of a few vectors (n,) by the evidence of all items."""
    p, _ = posterior(logs, whole.log_sum, whole.items, query.prior_nothing)
    np.minimum(p, 1.0, out=p)  # which another way to sum may go beyond by rounding
    p[whole.rows[:, 0] < 0] = 0.0
    # All items below this come to less than half of what may be left out, so that none is needed.
    which, item = np.nonzero(p >= (1 - coverage) / (2 * whole.items))
    found, _ = _smallest(
        whole, which, query.rows[item], p[which, item], scores[which, item], coverage
    )
    return found


def _smallest(
    whole: Found, which: Rows, rows: Rows, weight: Floats, score: Floats, coverage: float
) -> tuple[Found, Rows]:
    """The sets of vectors (n,) from rows, each of the vector `which`; and the places of those in them.

    weight, score: the probability of each row, and its similarity.
    """
    count = len(whole.nothing)
    # One row of (vector, row, weight) each, and one of nothing behind the rows of each vector
    of = np.concatenate((which, np.arange(count)))
    row = np.concatenate((rows, np.full(count, -1)))
    mass = np.concatenate((weight, whole.nothing))
    near = np.concatenate((score, np.full(count, -math.inf)))
    place = np.lexsort((row, -near, -mass, of))
    of, row, mass = of[place], row[place], mass[place]
    before = np.cumsum(mass) - mass
    before -= before[np.searchsorted(of, np.arange(count))][of]
    member = place[(before < coverage - ROUNDING) & (row >= 0) & (whole.rows[of, 0] >= 0)]
    which, rows = which[member], rows[member]

    sizes = np.bincount(which, minlength=count)
    column = np.arange(len(which)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    found = nobody((count,), whole.items, max(int(sizes.max(initial=0)), 1))
    found.rows[which, column] = rows
    found.similarities[which, column] = score[member]
    found.probabilities[which, column] = weight[member]
    found.nothing, found.log_sum, found.margin = whole.nothing, whole.log_sum, whole.margin
    found.coverage = coverage
    return found, member


def _looked(query: Query, matrix: Array) -> tuple[Floats, Floats]:
    """The scores (n, rows) of some queries and their log likelihoods, on the host."""
    space, units = query.vector.space, asked(query.vector)[0]
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
