"""One query on NumPy: what the scan of a batch finds, at a third of its fixed cost.

There the calls cost more than what they do with few rows: what is read off the cosines is numbers
here, and arrays only in what is found. All that exists a second time for that is here and in functions
called `of_one`; that they find what the scan of a batch of one finds is a law in
tests/test_one_query.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa import threads
from vsa.algebra.backend import Array
from vsa.algebra.counting import Integers
from vsa.memory import faint
from vsa.memory.evidence import of_one
from vsa.memory.matches import Found, Query
from vsa.memory.sketch.bits import Bits
from vsa.memory.sketch.kernels import first, kernel, narrowed
from vsa.memory.sketch.search import Search, joined
from vsa.memory.sketch.shortlist import Shortlist, pays
from vsa.memory.sketch.theory import Cut, Step, unseen
from vsa.memory.storage import asked
from vsa.memory.ties import GONE, nearest_of_one

SMALL = 64  # rows, which are looked at sooner than told apart
CACHE_BYTES = 1 << 24  # rows beyond this come from memory
THREAD_BYTES = 1 << 22  # of rows, which a thread compares at a time

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
        found = sketched(query, unit)
        if found is None:
            found = faint.one(query, unit)
    return _compared(query, unit) if found is None else found


def _compared(query: Query, unit: Floats) -> Found:
    """The nearest of all eligible rows."""
    space, metric = query.vector.space, query.vector.space.metric
    matrix, drop = query.matrix()
    plain = metric.plain(matrix)
    scores = cosines(unit, matrix) if plain else metric.scores(unit[None], matrix)[0]
    if drop is not None:
        scores[drop] = GONE
    best, index = nearest_of_one(space.backend, scores, query.wanted)
    eligible = None if drop is None else query.rows
    noise = metric.noises(unit[None])[0][0] if metric.varies else metric.noise
    logs, log_sum = of_one(query, scores, best, noise, eligible)
    if len(matrix) != len(query.stored):
        index = query.rows[index].tolist()
    return query.found_one(index, best, logs, log_sum)


def cosines(unit: Floats, matrix: Array) -> Floats:
    """`matrix @ unit`.

    A dot product a row reads rows from memory as one stream, at the bandwidth limit; of rows in
    cache BLAS makes more.
    """
    if matrix.nbytes <= CACHE_BYTES:
        return np.asarray(matrix @ unit)
    scores = np.empty(len(matrix), dtype=unit.dtype)

    def block(start: int) -> None:
        rows = slice(start, start + step)
        np.vecdot(matrix[rows], unit, out=scores[rows])

    step = len(matrix) if threads.number == 1 else max(THREAD_BYTES // matrix[0].nbytes, 1)
    threads.each(block, range(0, len(matrix), step))
    return scores


# --- by the sketch -------------------------------------------------------------------------------


def sketched(query: Query, unit: Floats) -> Found | None:
    """The nearest rows out of a shortlist, if it is certain that they are."""
    shortlist, items = Shortlist(query), query.items
    signs, load = None, query.load.of_one(query.vector.space.noise)
    for tried, step in enumerate(shortlist.steps(), 1):
        signs = signs or shortlist.sketch.signs(unit[None])
        row = _near(shortlist, signs, step)
        if len(row) < query.wanted:
            if shortlist.only_noise(0.0, tried):
                return None
            continue
        score = shortlist.sketch.widened(query.stored.take(row, axis=0)) @ unit
        best, place = nearest_of_one(query.vector.space.backend, score, query.wanted)
        logs, seen = of_one(query, score, best, step.noise)
        hidden = (items - len(row)) * unseen(step, load) * math.exp(-seen)
        if shortlist.certain(best, hidden / (1 + hidden), step, load):
            return query.found_one(row[place].tolist(), best, logs, seen + math.log1p(hidden))
        if shortlist.only_noise(best[0], tried):
            return None
    return None


def _near(shortlist: Shortlist, signs: list[Bits], step: Step) -> Integers:
    """The eligible rows on the shortlist, ascending."""
    sketch, search = shortlist.sketch, kernel(1)
    assert search is not None
    row = near(search, sketch.planes(step.cuts[-1].planes), signs, step.cuts)
    if len(exceptions := sketch.exceptions):  # which are on every one
        row = np.union1d(row, exceptions)
    return row[shortlist.eligible(row)] if shortlist.some else row


def near(search: Search, planes: list[Bits], query: list[Bits], cuts: Sequence[Cut]) -> Integers:
    """The rows within all cuts of one query; of few, those within the first; none of a crowd."""
    crowded = np.zeros(1, dtype=bool)
    which, row, apart = joined(list(first(search, planes, query, cuts[0], crowded)))
    if crowded[0]:
        return row[:0]
    if len(row) > SMALL and len(cuts) > 1:
        _, row = narrowed((which, row, apart), planes, query, cuts)
    return row
