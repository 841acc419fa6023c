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

import numpy as np

from vsa.memory.evidence import of_one
from vsa.memory.matches import Floats, Found, Query, Rows
from vsa.memory.sketch import asymmetric, theory
from vsa.memory.sketch.asymmetric import Levels
from vsa.memory.sketch.kernels import kernel
from vsa.memory.sketch.shortlist import PRODUCTS, Shortlist
from vsa.memory.storage import asked
from vsa.memory.ties import nearest_of_one

ODD = 4  # deviations: rows that come near more often than chance explains are related


def one(query: Query, unit: Floats) -> Found | None:
    """What is found for the one vector; None where it is for the exact scan."""
    shortlist, levels, compare = Shortlist(query), Levels(unit), kernel(1)
    step = shortlist.faint(levels.lost) if levels.lost <= asymmetric.LOST else None
    if step is None:
        return None
    sketch = shortlist.sketch
    assert compare is not None
    assert step.fine is not None
    planes = sketch.planes(len(sketch.prefixes))
    far = asymmetric.weighed(compare, planes, sketch.planes_of(levels.bits()))
    rows = np.flatnonzero(far <= levels.farthest(step.fine))
    expected = step.share * len(far)
    if abs(len(rows) - expected) > ODD * math.sqrt(expected):
        return None
    rows, score = _compared(shortlist, unit, rows)
    if len(rows) < query.wanted:
        return None
    if (least := float(np.partition(score, -query.kept)[-query.kept])) < step.fine.best:
        step = shortlist.faint(levels.lost, least)
        if step is None or step.fine is None:
            return None
        rows, score = _compared(shortlist, unit, np.flatnonzero(far <= levels.farthest(step.fine)))
    return _certain(query, step, rows, score)


def several(query: Query, which: Rows, found: Found) -> Rows:
    """Put what is found for some vectors of a batch; returns those for the exact scan."""
    units = asked(query.vector[which])[0]
    left = []
    for i, each in enumerate(which.tolist()):
        answer = one(query.some(each), units[i])
        if answer is None:
            left.append(each)
        else:
            found.put(each, answer)
    return np.array(left, dtype=np.intp)


def _compared(shortlist: Shortlist, unit: Floats, rows: Rows) -> tuple[Rows, Floats]:
    """The rows that count and are near, or always looked at; and their cosines, part by part."""
    stored, widened = shortlist.query.stored, shortlist.sketch.widened
    if len(exceptions := shortlist.sketch.exceptions):
        rows = np.union1d(rows, exceptions)
    if shortlist.some:
        rows = rows[shortlist.eligible(rows)]
    score = np.empty(len(rows), dtype=unit.dtype)
    step = max(PRODUCTS // len(unit), 1)
    for i in range(0, len(rows), step):
        score[i : i + step] = widened(stored.take(rows[i : i + step], axis=0)) @ unit
    return rows, score


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
