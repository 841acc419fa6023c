"""Queries of which no item is seen: the best of the noise, and what all of it comes to.

An answer of nothing is as exact as another: its closest item is the closest, and P(nothing) follows
from Σ L over all items. The best of unrelated items is faint, so that many sketches are as near; an
estimate (sketch/asymmetric.py) tells which of these to compare. It is taken for the best if

- an item as good as the k-th best would have been compared with probability 1 − `MISS` or more,
- as many rows come near as chance explains, so that those out of sight are unrelated, and
- what unrelated ones come to varies by no more than a share `SHADE` of Σ L.

Otherwise the exact scan is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vsa.algebra import fused
from vsa.memory.evidence import of_one
from vsa.memory.matches import Floats, Found, Query, Rows
from vsa.memory.sketch import asymmetric, theory
from vsa.memory.sketch.asymmetric import Levels
from vsa.memory.sketch.kernels import kernel
from vsa.memory.sketch.shortlist import Shortlist
from vsa.memory.storage import asked
from vsa.memory.ties import nearest_of_one

ODD = 4  # deviations: rows that come near more often than chance explains are related


def one(query: Query, unit: Floats) -> Found | None:
    """What is found for the one vector; None where it is for the exact scan."""
    return _searched(query, unit[None], lambda _: query)[0]


def several(query: Query, which: Rows, found: Found) -> Rows:
    """Put what is found for some vectors of a batch; returns those for the exact scan."""
    places = which.tolist()
    units = asked(query.vector[which])[0]
    answers = _searched(query, units, lambda i: query.some(places[i]))
    for each, answer in zip(places, answers, strict=True):
        if answer is not None:
            found.put(each, answer)
    return which[[answer is None for answer in answers]]


def _searched(whole: Query, units: Floats, each: Callable[[int], Query]) -> list[Found | None]:
    """What is found for each of some vectors, with all of which a row is compared at a time."""
    shortlist, sketch = Shortlist(whole), whole.sketch
    assert sketch is not None
    found: list[Found | None] = [None] * len(units)
    if shortlist.faint(0.0) is None:  # of too few rows, whatever a query loses
        return found
    tried, reach = [], []
    for i, levels in enumerate(map(Levels, units)):
        step = shortlist.faint(levels.lost, theory.SURELY) or shortlist.faint(levels.lost)
        if step is not None:
            tried.append((i, levels))
            reach.append(_farthest(levels, step))
    if tried:
        search = kernel(len(tried)) or kernel(1)
        assert search is not None
        bits = np.stack([levels.bits() for _, levels in tried], axis=1)
        near = asymmetric.near(
            search, sketch.planes(len(sketch.prefixes)),
            sketch.planes_of(bits.reshape(-1, sketch.dim)), np.array(reach),
        )  # fmt: skip
        for (i, levels), most, (rows, far) in zip(tried, reach, near, strict=True):
            found[i] = _answered(shortlist, each(i), units[i], levels, rows, far, most)
    return found


def _answered(
    shortlist: Shortlist,
    query: Query,
    unit: Floats,
    levels: Levels,
    rows: Rows,
    far: Rows,
    most: int,
) -> Found | None:
    """What is found among the rows up to the distance `most`, each at its own; None if not for certain."""
    step = shortlist.faint(levels.lost)
    assert step is not None
    limit, expected = _farthest(levels, step), step.share * len(query.stored)
    near = far <= limit
    if abs(np.count_nonzero(near) - expected) > ODD * math.sqrt(expected):
        return None
    counted, far = _counting(shortlist, rows, far)
    if counted is not rows:
        near = far <= limit
    seen = counted[near]
    if len(seen) < query.wanted:
        return None
    stored, widened = query.stored, shortlist.sketch.widened
    score = fused.products(stored, seen, unit, widened)
    least = float(np.partition(score, -query.kept)[-query.kept])
    if step.fine is not None and least < step.fine.best:
        step = shortlist.faint_at(levels.lost, least)
        if step is None or (wider := _farthest(levels, step)) > most:
            return None
        nearer, near = near, far <= wider
        both = np.empty(len(counted), dtype=score.dtype)  # which keeps them in the order of rows
        both[nearer] = score
        more = near & ~nearer
        both[more] = fused.products(stored, counted[more], unit, widened)
        seen, score = counted[near], both[near]
    return _certain(query, step, seen, score)


def _farthest(levels: Levels, step: theory.Step) -> int:
    assert step.fine is not None
    return levels.farthest(step.fine)


def _counting(shortlist: Shortlist, rows: Rows, far: Rows) -> tuple[Rows, Rows]:
    """Of some rows those that count, and those that are always looked at, as the nearest."""
    if len(exceptions := shortlist.sketch.exceptions):
        rest = ~np.isin(rows, exceptions)
        rows = np.concatenate((rows[rest], exceptions))
        far = np.concatenate((far[rest], np.full(len(exceptions), -1)))
        order = np.argsort(rows)
        rows, far = rows[order], far[order]
    if shortlist.some:
        eligible = shortlist.eligible(rows)
        rows, far = rows[eligible], far[eligible]
    return rows, far


def _certain(query: Query, step: theory.Step, rows: Rows, score: Floats) -> Found | None:
    """The best of the rows, if what is out of sight is known well enough."""
    load, backend = query.load.of_one(step.noise), query.vector.space.backend
    best, place = nearest_of_one(backend, score, query.wanted)
    logs, seen = of_one(query, score, best, step.noise)
    mean, deviation = theory.hidden(step, load)
    log_sum = seen + math.log1p(query.items * mean * math.exp(-seen))
    doubt = math.sqrt(query.items) * deviation * math.exp(-log_sum)
    if doubt > theory.SHADE:
        return None
    return query.found_one(rows[place].tolist(), best, logs, log_sum)
