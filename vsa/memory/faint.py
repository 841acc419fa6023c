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
from typing import NamedTuple

import numpy as np

from vsa.algebra import fused
from vsa.memory.evidence import of_one, weights
from vsa.memory.matches import Floats, Found, Query, Rows
from vsa.memory.sketch import asymmetric, theory
from vsa.memory.sketch.asymmetric import Levels
from vsa.memory.sketch.kernels import kernel
from vsa.memory.sketch.shortlist import Shortlist
from vsa.memory.storage import asked
from vsa.memory.ties import nearest_of_one
from vsa.theory.load import Known

ODD = 4  # deviations: rows that come near more often than chance explains are related


class Best(NamedTuple):
    """The nearest rows, their cosines, log L of those that are kept, and log Σ L over all items."""

    rows: list[int]
    cosines: list[float]
    logs: list[float]
    log_sum: float


def one(shortlist: Shortlist, unit: Floats) -> Found | None:
    """What is found for the one vector; None where it is for the exact scan."""
    query = shortlist.query
    best = _searched(shortlist, unit[None], lambda _: query)[0]
    return None if best is None else query.found_one(*best)


def several(query: Query, which: Rows, found: Found) -> Rows:
    """Put what is found for some vectors of a batch; returns those for the exact scan."""
    places, units = which.tolist(), asked(query.vector[which])[0]
    all_best = _searched(Shortlist(query), units, lambda i: query.some(places[i]))
    known = np.array([best is not None for best in all_best])
    if known.any():
        columns = zip(*(best for best in all_best if best is not None), strict=True)
        found.put(which[known], query.found(*map(np.array, columns)))
    return np.asarray(which[~known])


def _searched(
    shortlist: Shortlist, units: Floats, each: Callable[[int], Query]
) -> list[Best | None]:
    """What is found for each of some vectors, with all of which a row is compared at a time."""
    sketch = shortlist.sketch
    if shortlist.faint(0.0) is None:  # of too few rows, whatever a query loses
        return [None] * len(units)
    looked = _by_loop(shortlist, units)
    if looked is not None:
        return looked
    found: list[Best | None] = [None] * len(units)
    levels, tried = Levels(units), []
    for i, lost in enumerate(levels.lost.tolist()):
        step = shortlist.faint(lost, theory.SURELY) or shortlist.faint(lost)
        if step is not None:
            tried.append((i, levels.farthest(i, _fine(step))))
    if tried:
        search, some = kernel(len(tried)) or kernel(1), [i for i, _ in tried]
        assert search is not None
        planes, most = sketch.planes(len(sketch.prefixes)), np.array([most for _, most in tried])
        near = asymmetric.near(search, planes, sketch.planes_of(levels.bits(some)), most)
        for i, its, reach in zip(some, near, most.tolist(), strict=True):
            found[i] = _answered(shortlist, each(i), units[i], levels, i, *its, reach)
    return found


def _by_loop(shortlist: Shortlist, units: Floats) -> list[Best | None] | None:
    """The same by one call; None where it is not for them."""
    query, sketch, noise = shortlist.query, shortlist.sketch, shortlist.query.vector.space.noise
    loads, _ = query.load.known(noise)
    by = weights((noise, loads[0]), query.items.bit_length(), query.wanted)
    if shortlist.some or len(sketch.exceptions) or len(loads) > 1 or by is None:
        return None
    table, planes = shortlist.faint_table(), sketch.planes(len(sketch.prefixes))
    given = planes, units, query.stored, table.levels, query.kept, by
    said = fused.faint(*given, shortlist.kept)
    if said is None:
        return None
    size = len(said) // len(units)
    return [
        _concluded(query, table, loads[0], said[i : i + size].tolist())
        for i in range(0, len(said), size)
    ]


def _concluded(
    query: Query, table: theory.Faint, load: Known | None, said: list[float]
) -> Best | None:
    """What the loop says of one query, if it is certain."""
    lost, near, known, _, seen, *nearest = said
    step = table.first[int(lost)] if lost >= 0 else None
    if step is None or not known or near < query.wanted or not _by_chance(step, near, query):
        return None
    rows, best, logs = (nearest[i * query.wanted :][: query.wanted] for i in range(3))
    if known > 1:
        step = theory.faint_at(step, best[query.kept - 1])
    certain = [int(row) for row in rows], best, logs[: query.kept], seen
    return None if step is None else _certain(query, step, load, *certain)


def _by_chance(first: theory.Step, near: float, query: Query) -> bool:
    """Whether so many rows come near by chance alone."""
    expected = first.share * len(query.stored)
    return abs(near - expected) <= ODD * math.sqrt(expected)


def _answered(
    shortlist: Shortlist,
    query: Query,
    unit: Floats,
    levels: Levels,
    i: int,
    rows: Rows,
    far: Rows,
    most: int,
) -> Best | None:
    """What is found among the rows up to the distance `most`, each at its own; None if not for certain.

    i: of the levels, which are the query's.
    """
    step = shortlist.faint(float(levels.lost[i]))
    assert step is not None
    limit = levels.farthest(i, _fine(step))
    near = far <= limit
    if not _by_chance(step, int(np.count_nonzero(near)), query):
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
    if least < _fine(step).best:
        wider = theory.faint_at(step, least)
        if wider is None or (limit := levels.farthest(i, _fine(wider))) > most:
            return None
        step = wider
        nearer, near = near, far <= limit
        both = np.empty(len(counted), dtype=score.dtype)  # which keeps them in the order of rows
        both[nearer] = score
        more = near & ~nearer
        both[more] = fused.products(stored, counted[more], unit, widened)
        seen, score = counted[near], both[near]
    load, backend = query.load.of_one(step.noise), query.vector.space.backend
    best, place = nearest_of_one(backend, score, query.wanted)
    logs, log_seen = of_one(query, score, best, step.noise)
    return _certain(query, step, load, seen[place].tolist(), best, logs, log_seen)


def _fine(step: theory.Step) -> asymmetric.Fine:
    assert step.fine is not None
    return step.fine


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


def _certain(
    query: Query,
    step: theory.Step,
    load: Known | None,
    rows: list[int],
    best: list[float],
    logs: list[float],
    seen: float,
) -> Best | None:
    """The best of the rows, if what is out of sight is known well enough.  seen: log Σ L over the rest."""
    if math.isnan(best[0]):
        return None
    mean, deviation = theory.hidden(step, load)
    log_sum = seen + math.log1p(query.items * mean * math.exp(-seen))
    doubt = math.sqrt(query.items) * deviation * math.exp(-log_sum)
    return None if doubt > theory.SHADE else Best(rows, best, logs, log_sum)
