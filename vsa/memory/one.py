"""One query on NumPy: what the scan of a batch finds, at a third of its fixed cost.

There the calls cost more than what they do with few rows: what is read off the cosines is numbers
here, and arrays only in what is found. All that exists a second time for that is here and in functions
called `of_one`; that they find what the scan of a batch of one finds is a law in
tests/test_one_query.py.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa import threads
from vsa.algebra import fused
from vsa.algebra.backend import Array
from vsa.memory import faint
from vsa.memory.evidence import of_one, weights
from vsa.memory.matches import Found, Query
from vsa.memory.sketch.shortlist import Shortlist, pays
from vsa.memory.storage import asked
from vsa.memory.ties import GONE, nearest_of_one

CACHE_BYTES = 1 << 24  # rows beyond this come from memory
THREAD_BYTES = 1 << 22  # of rows, which a thread compares at a time, at the least
TURNS = 2  # blocks that each thread takes, so that none waits long for the last

Floats = np.ndarray[Any, Any]


def scan(query: Query) -> Found:
    """The nearest rows for the one vector, on NumPy."""
    unit, length = asked(query.vector)
    if not length:
        return query.nobody()
    if not math.isfinite(length):
        raise ValueError("the query is not finite")  # whose it is says Memory
    found = None
    if pays(query, 1):
        shortlist = Shortlist(query)
        found = sketched(shortlist, unit)
        if found is None:
            found = faint.one(shortlist, unit)
    return _compared(query, unit) if found is None else found


def _compared(query: Query, unit: Floats) -> Found:
    """The nearest of all eligible rows."""
    space, metric = query.vector.space, query.vector.space.metric
    matrix, drop = query.matrix()
    plain = metric.plain(matrix)
    scores = cosines(unit, matrix) if plain else metric.scores(unit[None], matrix)[0]
    if drop is not None:
        scores[drop] = GONE
    noise = metric.noises(unit[None])[0][0] if metric.varies else metric.noise
    by = weights((noise, query.load.of_one(noise)), query.items.bit_length(), query.wanted)
    said = None if by is None else fused.scores_of_one(scores, by)
    if said is not None:
        _, log_sum, index, best, logs = said
        logs = logs[: query.kept]
    else:
        best, index = nearest_of_one(space.backend, scores, query.wanted)
        eligible = None if drop is None else query.rows
        logs, log_sum = of_one(query, scores, best, noise, eligible)
    if len(matrix) != len(query.stored):
        index = query.rows[index].tolist()
    return query.found_one(index, best, logs, log_sum)


def cosines(unit: Floats, matrix: Array) -> Floats:
    """`matrix @ unit`.

    The loop reads several rows at once and asks for the next ones beforehand. Without it, a dot product
    a row reads rows from memory as one stream; of rows in cache BLAS makes more.
    """
    looped = fused.multiplies(matrix, unit[None])
    if not looped and matrix.nbytes <= CACHE_BYTES:
        return np.asarray(matrix @ unit)
    scores = np.empty(len(matrix), dtype=unit.dtype)

    def block(start: int) -> None:
        rows = slice(start, start + step)
        if looped:
            fused.cosines(matrix[rows], unit[None], scores[None, rows])
        else:
            np.vecdot(matrix[rows], unit, out=scores[rows])

    row_bytes = matrix.itemsize * matrix.shape[1]
    step = len(matrix)
    if not threads.alone():
        step = max(THREAD_BYTES // row_bytes, -(-step // (TURNS * threads.number)))
    step = max(step, 1)
    threads.each(block, range(0, len(matrix), step))
    return scores


# --- by the sketch -------------------------------------------------------------------------------


def sketched(shortlist: Shortlist, unit: Floats) -> Found | None:
    """The nearest rows out of a shortlist, if it is certain that they are."""
    query = shortlist.query
    items, wanted, load = query.items, query.wanted, query.load.of_one(query.vector.space.noise)
    for tried, one in enumerate(shortlist.tries(load), 1):
        step, said = one.step, shortlist.searched(unit, one)
        if said is not None:
            length, seen, rows, best, logs = said
        else:
            _, row, score = shortlist.ranked(unit[None], step)
            length, rows, best = float(len(row)), row[:wanted].tolist(), score[:wanted].tolist()
            if length >= wanted:
                logs, seen = of_one(query, score, best, step.noise)
        if length < wanted:
            if shortlist.only_noise(0.0, tried):
                return None
            continue
        hidden = (items - length) * one.unseen * math.exp(-seen)
        certain = best[0] >= one.clear and query.kept == 1
        if certain or shortlist.certain(best, hidden / (1 + hidden), step, load):
            return query.found_one(rows, best, logs[: query.kept], seen + math.log1p(hidden))
        if shortlist.only_noise(best[0], tried):
            return None
    return None
