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
from vsa.algebra.counting import Bits
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


def one(query: Query, unit: Floats) -> Found | None:
    """What is found for the one vector; None where it is for the exact scan."""
    best = _searched(query, unit[None], lambda _: query)[0]
    return None if best is None else query.found_one(*best)


def several(query: Query, which: Rows, found: Found) -> Rows:
    """Put what is found for some vectors of a batch; returns those for the exact scan."""
    places, units = which.tolist(), asked(query.vector[which])[0]
    all_best = _searched(query, units, lambda i: query.some(places[i]))
    known = np.array([best is not None for best in all_best])
    if known.any():
        columns = zip(*(best for best in all_best if best is not None), strict=True)
        found.put(which[known], query.found(*map(np.array, columns)))
    return np.asarray(which[~known])


def _searched(whole: Query, units: Floats, each: Callable[[int], Query]) -> list[Best | None]:
    """What is found for each of some vectors, with all of which a row is compared at a time."""
    shortlist, sketch = Shortlist(whole), whole.sketch
    assert sketch is not None
    found: list[Best | None] = [None] * len(units)
    if shortlist.faint(0.0) is None:  # of too few rows, whatever a query loses
        return found
    levels, tried, firsts, least = Levels(units), [], [], []
    for i, lost in enumerate(levels.lost.tolist()):
        first = shortlist.faint(lost)
        if first is not None:
            tried.append(i)
            firsts.append(first)
            least.append(_fine(shortlist.faint(lost, theory.SURELY) or first).least)
    if not tried:
        return found
    most = levels.farthest(tried, np.array(least))
    planes, bits = sketch.planes(len(sketch.prefixes)), sketch.planes_of(levels.bits(tried))
    looked = _by_loop(shortlist, levels, units, tried, firsts, planes, bits, most)
    if looked is not None:
        answers = looked
    else:
        search = kernel(len(tried)) or kernel(1)
        assert search is not None
        near = asymmetric.near(search, planes, bits, most)
        answers = [
            _answered(shortlist, each(i), units[i], levels, i, first, *its, far)
            for i, first, its, far in zip(tried, firsts, near, most.tolist(), strict=True)
        ]
    for i, answer in zip(tried, answers, strict=True):
        found[i] = answer
    return found


def _by_loop(
    shortlist: Shortlist,
    levels: Levels,
    units: Floats,
    tried: list[int],
    firsts: list[theory.Step],
    planes: list[Bits],
    bits: list[Bits],
    most: Rows,
) -> list[Best | None] | None:
    """What `_answered` finds for the queries that are tried, by one call; None where it is not for them."""
    query, wanted = shortlist.query, shortlist.query.wanted
    loads, _ = query.load.known(firsts[0].noise)
    by = weights((firsts[0].noise, loads[0]), query.items.bit_length(), wanted)
    if shortlist.some or len(shortlist.sketch.exceptions) or len(loads) > 1 or by is None:
        return None
    reaches = [
        theory.reach(first.dim, _fine(first).best, first.gain, _fine(first).lost, first.noise)
        for first in firsts
    ]
    cells = max(map(len, reaches))
    reach = np.stack([np.pad(each, (0, cells - len(each)), "edge") for each in reaches])
    far = levels.farthest(tried, reach)
    looked = fused.faint(
        planes, bits, units[tried], query.stored, most, far, theory.GRID, query.kept, by
    )
    if looked is None:
        return None
    found: list[Best | None] = []
    said = np.frombuffer(looked).reshape(len(tried), -1).tolist()
    for first, limit, (near, farthest, _, seen, *nearest) in zip(
        firsts, far[:, -1].tolist(), said, strict=True
    ):
        rows, best, logs = (nearest[i * wanted : (i + 1) * wanted] for i in range(3))
        step: theory.Step | None = first
        if farthest != limit and farthest >= 0:
            step = shortlist.faint_at(_fine(first).lost, best[query.kept - 1])
        if farthest < 0 or near < wanted or not _by_chance(first, near, query) or step is None:
            found.append(None)
            continue
        kept = [int(row) for row in rows], best, logs[: query.kept]
        found.append(_certain(query, step, loads[0], *kept, seen))
    return found


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
    step: theory.Step,
    rows: Rows,
    far: Rows,
    most: int,
) -> Best | None:
    """What is found among the rows up to the distance `most`, each at its own; None if not for certain.

    i: of the levels, which are the query's.  step: the first to be tried.
    """

    def farthest(step: theory.Step) -> int:
        return int(levels.farthest([i], np.array([_fine(step).least]))[0])

    limit = farthest(step)
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
        wider = shortlist.faint_at(_fine(step).lost, least)
        if wider is None or (limit := farthest(wider)) > most:
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
