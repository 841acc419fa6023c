"""What the cosines of one pass say together: log Σ L over the items of each query, on NumPy.

Only items within `NATS` of the best can change a digit of the sum. The likelihood rises with the
cosine, so they are those above a threshold: one comparison a score instead of one exponential.
While the best is hardly better than noise they are a crowd, and its sum is read off a table.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.algebra import fused
from vsa.algebra.backend import Backend
from vsa.memory.matches import Floats, Query, Rows
from vsa.theory.likelihood import (
    log_likelihood,
    log_likelihood_of_one,
    log_likelihoods,
    log_total,
    table_at,
)
from vsa.theory.load import Model
from vsa.theory.noise import Noise

NATS = 35.0  # an item this much less likely than the best changes no digit of a probability
CELLS = 256  # of a table over the cosines from -1 to 1, on either side of 0
LAST = 2 * CELLS  # cell, for scores above 1 too
LEVELS = 1 << 16  # of a fine one
MANY = 1000  # of fewer items, each can be looked at, and weighed by itself
CROWD = 2.0  # in standard deviations of noise: above it the items to look at are few
ALL = -1.5  # below any cosine, above that of a row that is not eligible (GONE)


Totals = tuple[Floats, Rows, Floats, Floats]  # of some queries: best, index, log best, log Σ L


class Evidence:
    """log Σ L over all items of each of many queries, on NumPy, gathered block by block."""

    def __init__(self, items: int, models: Sequence[Model], of: Rows) -> None:
        """models: of the queries.  of: which of them each has, (count,)."""
        self.items, self.models, self.of = items, models, of
        tables = [thresholds(model, items.bit_length()) for model in models]
        self._tables = np.stack(tables) if len(tables) > 1 else tables[0][None]
        self.near: list[Floats] = []
        self.which: list[Rows] = []
        self.crowded: list[Rows] = []  # queries
        self.crowds: list[Floats] = []  # what `of_crowd` gives of them

    def add(self, scores: Floats, out: Rows | None, best: Floats) -> None:
        """Cosines (queries, rows), which rows do not count, the best so far (queries,)."""
        cell = np.minimum((best.astype(np.float64) + 1) * CELLS, LAST)
        threshold = self._tables[self.of, cell.astype(np.intp)].astype(scores.dtype)
        if self.items > MANY:
            crowd = threshold == ALL
            threshold[crowd] = math.inf  # above any score
            self._add_crowds(scores, out, np.flatnonzero(crowd))
        # flat: ten times as fast as of two axes
        found = np.flatnonzero(scores >= threshold[:, None])
        self.near.append(scores.reshape(-1)[found])
        self.which.append(found // scores.shape[1])

    def _add_crowds(self, scores: Floats, out: Rows | None, crowded: Rows) -> None:
        """Those of some queries, as many at a time as make a block."""
        step = max(Backend.block_bytes // (scores.itemsize * scores.shape[1]), 1)
        for i, model in enumerate(self.models) if len(crowded) else ():
            mine = crowded[self.of[crowded] == i]
            for start in range(0, len(mine), step):
                part = mine[start : start + step]
                rows = slice(start, start + step) if len(mine) == len(scores) else part
                self.crowded.append(part)
                self.crowds.append(of_crowd(scores[rows], model, out))

    def total(self, best: Floats, index: Rows) -> Totals:
        """The best (queries, k) and where they are, log L of them, and log Σ L (queries,)."""
        near, which = np.concatenate(self.near, dtype=np.float64), np.concatenate(self.which)
        logs = log_likelihoods(near, self.models, self.of[which])

        def total(log_best: Floats) -> Floats:
            top = log_best[:, 0]
            found = np.bincount(which, np.exp(logs - top[which]), len(top))
            if self.crowds:
                crowded = np.concatenate(self.crowded)
                each = whole_of(np.concatenate(self.crowds), self.models, self.of[crowded])
                found = found + np.bincount(crowded, each, len(top)) * np.exp(-top)
            return found

        return with_best(best, index, self.models, self.of, total)


def with_best(
    best: Floats,
    index: Rows,
    models: Sequence[Model],
    of: Rows,
    total: Callable[[Floats], Floats],
) -> Totals:
    """What a scan found: the best (queries, k), where they are, and what all items come to.

    total: Σ L over that of the best (queries,), by log L of the k best.
    """
    best = best.astype(np.float64)
    each = np.repeat(of, best.shape[1])
    logs = log_likelihoods(best.reshape(-1), models, each).reshape(best.shape)
    top = logs[:, 0]
    least = np.exp(logs - top[:, None]).sum(1)
    return best, index, logs, top + np.log(np.maximum(total(logs), least))


def of_one(
    query: Query, scores: Floats, best: list[float], noise: Noise, eligible: Floats | None = None
) -> tuple[list[float], float]:
    """log L of the best cosines that are kept, and log Σ L over all cosines (n,): as of `Evidence`.

    best: all that are wanted, in order.  eligible: which of the cosines count; None if all that are
    not `GONE` do.
    """
    model, kept = (noise, query.load.of_one(noise)), query.kept
    cell = int(min((best[0] + 1) * CELLS, LAST))
    threshold = thresholds(model, query.items.bit_length()).item(cell)
    if kept == 1 and best[-1] < threshold:  # nearly always the best is near alone
        log = log_likelihood_of_one(best[0], *model)
        return [log], log
    if threshold == ALL and len(scores) > MANY:
        some = scores if eligible is None else scores[eligible]
        logs = log_likelihood(np.array(best[:kept]), *model)  # finer than the table
        crowd = of_crowd(some[None], model)
        total = math.log(whole_of(crowd, [model], np.zeros(1, dtype=np.intp))[0])
        return logs.tolist(), max(total, float(log_total(logs)))  # and not more than all
    near, axis = scores if len(scores) <= MANY else scores[scores >= threshold], noise.axis
    if fused.LOOP is not None and axis is not None and len(near) <= MANY:
        total = fused.LOOP.log_total(near, threshold, *table_at(*model), axis)
        return [log_likelihood_of_one(each, *model) for each in best[:kept]], total
    near = near[near >= threshold]
    logs = log_likelihood(np.concatenate((best[:kept], near)), *model)
    top = float(logs[0])
    return logs[:kept].tolist(), top + math.log(np.exp(logs[kept:] - top).sum())


@lru_cache(maxsize=256)
def thresholds(model: Model, bits: int) -> np.ndarray[Any, Any]:
    """The least cosine that matters among 2^bits items, by that of the best; `ALL` for a crowd."""
    cosine = np.linspace(-1, 1, LAST + 1)
    height = np.maximum.accumulate(log_likelihood(cosine, *model))
    below = np.searchsorted(height, height - (NATS + bits * math.log(2))) - 1
    crowd = (below < 0) | (cosine[below] < CROWD * model[0].deviation)
    return np.where(crowd, ALL, cosine[below])


@lru_cache(maxsize=256)
def weights(model: Model, bits: int, wanted: int) -> tuple[Any, ...] | None:
    """What the loop weighs 2^bits items by (`fused.weighed`); None where it has no such tables."""
    axis = model[0].axis
    return axis and (wanted, *table_at(*model), thresholds(model, bits), axis)


def by_loop(query: Query, scores: Floats, model: Model) -> Totals | None:
    """What `Evidence` says of all cosines (queries, rows), in one pass; None where it is not for that."""
    by = weights(model, query.items.bit_length(), query.wanted)
    said = fused.scores(scores, by) if by is not None and len(scores) else None
    if said is None:
        return None
    _, log_sum, index, best, logs = fused.columns(said, len(scores))
    return None if np.isnan(log_sum).any() else (best, index, logs, log_sum)


def of_crowd(scores: Floats, model: Model, out: Rows | None = None) -> Floats:
    """Of some items of each query (queries, items): Σ L by table, the largest log L in it, the best
    cosine; (queries, 3), of which `whole_of` makes the sum.

    A fine table for a load that may not come again is not worth its while for few.  out: which of
    the items do not count.
    """
    if model[1] is not None and scores.shape[-1] < LEVELS:
        logs = log_likelihood(scores, *model)
    else:
        cells = ((np.clip(scores, -1, 1) + 1) * LEVELS + 0.5).astype(np.int32)
        logs = _fine_table(model).take(cells)
    if out is not None:
        logs = np.where(out, -math.inf, logs)
    found = (np.exp(logs).sum(axis=-1), logs.max(axis=-1), scores.max(axis=-1))
    return np.stack(found, axis=-1, dtype=np.float64)


def whole_of(crowds: Floats, models: Sequence[Model], of: Rows) -> Floats:
    """Σ L (queries,) of what `of_crowd` gives: exact for the best, which weighs most."""
    total, largest, best = crowds.T
    return np.asarray(total - np.exp(largest) + np.exp(log_likelihoods(best, models, of)))


@lru_cache(maxsize=64)
def _fine_table(model: Model) -> np.ndarray[Any, Any]:
    """log L of evenly spaced cosines: good to about .001 nats where the cosine is noise."""
    return log_likelihood(np.linspace(-1, 1, 2 * LEVELS + 1), *model).astype(np.float32)
