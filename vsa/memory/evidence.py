"""What the cosines of one pass say together: log Σ L over the items of each query.

Only items within `NATS` of the best can change a digit of the sum. The likelihood rises with the
cosine, so they are those above a threshold: one comparison a score instead of one exponential.
While the best is hardly better than noise they are a crowd, and its sum is read off a table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.memory.matches import Floats, Query, Rows
from vsa.theory.likelihood import (
    log_likelihood,
    log_likelihood_of_one,
    log_likelihoods,
    log_total,
)
from vsa.theory.load import Model
from vsa.theory.noise import Noise

NATS = 35.0  # an item this much less likely than the best changes no digit of a probability
CELLS = 256  # of a table over the cosines from -1 to 1, on either side of 0
LAST = 2 * CELLS  # cell, for scores above 1 too
LEVELS = 1 << 16  # of a fine one
MANY = 1000  # of fewer items, each can be looked at
CROWD = 2.0  # in standard deviations of noise: above it the items to look at are few
ALL = -1.5  # below any cosine, above that of a row that is not eligible (GONE)


class Evidence:
    """log Σ L over all items of each of many queries, gathered block by block.

    What is gathered stays on the device until `total`; a block waits for it twice, to learn how many
    cosines matter and which queries have a crowd.
    """

    def __init__(
        self, backend: Backend, items: int, models: Sequence[Model], of: np.ndarray[Any, Any]
    ) -> None:
        """models: of the queries.  of: which of them each has, (count,)."""
        self.backend, self.items, self.models, self.of = backend, items, models, of
        tables = np.stack([thresholds(model, items.bit_length()) for model in models])
        self._tables = backend.asarray(tables, dtype=backend.real)
        self._which_table = backend.asarray(of)
        self.near: list[Array] = []
        self.which: list[Array] = []
        self.crowded: list[np.ndarray[Any, Any]] = []  # queries
        self.crowds: list[Array] = []  # what `of_crowd` gives of them

    def add(self, scores: Array, out: Array | None, best: Array) -> None:
        """Cosines (queries, rows), which rows do not count, the best so far (queries,)."""
        backend, xp = self.backend, self.backend.xp
        cell = xp.clip((xp.astype(best, xp.float64) + 1) * CELLS, None, LAST)
        threshold = self._tables[self._which_table, xp.astype(cell, xp.int64)]
        if self.items > MANY:
            crowd = threshold == ALL
            threshold = xp.where(crowd, math.inf, threshold)  # above any score
            self._add_crowds(scores, out, np.flatnonzero(backend.numpy(crowd)))
        # flat: ten times as fast as of two axes in NumPy
        found = xp.nonzero(xp.reshape(scores >= threshold[:, None], (-1,)))[0]
        self.near.append(xp.reshape(scores, (-1,))[found])
        self.which.append(found // scores.shape[1])

    def _add_crowds(self, scores: Array, out: Array | None, crowded: Rows) -> None:
        """Those of some queries, as many at a time as make a block."""
        backend = self.backend
        step = max(backend.block_bytes // (scores.itemsize * scores.shape[1]), 1)
        for i, model in enumerate(self.models) if len(crowded) else ():
            mine = crowded[self.of[crowded] == i]
            for start in range(0, len(mine), step):
                part = mine[start : start + step]
                whole = len(mine) == len(scores)
                rows = slice(start, start + step) if whole else backend.asarray(part)
                self.crowded.append(part)
                self.crowds.append(of_crowd(backend, scores[rows], model, out))

    def total(self, best: Array, index: Array) -> tuple[Floats, Rows, Floats, Floats]:
        """The best (queries, k) and where they are, log L of them, and log Σ L (queries,)."""
        xp = self.backend.xp
        gathered = [xp.concat(parts) for parts in (self.near, self.which)]
        gathered += [xp.concat(self.crowds)] if self.crowds else []
        best, index, near, which, *crowds = self.backend.brought(best, index, *gathered)
        best = best.astype(np.float64)
        cosines = np.concatenate((best.reshape(-1), near))
        of = self.of[np.concatenate((np.repeat(np.arange(len(best)), best.shape[1]), which))]
        logs = log_likelihoods(cosines, self.models, of)
        log_best, log_near = logs[: best.size].reshape(best.shape), logs[best.size :]
        top = log_best[:, 0]
        total = np.bincount(which, np.exp(log_near - top[which]), len(best))
        if crowds:
            crowded = np.concatenate(self.crowded)
            of_each = whole_of(crowds[0], self.models, self.of[crowded])
            total = total + np.bincount(crowded, of_each, len(best)) * np.exp(-top)
        total = np.maximum(total, np.exp(log_best - top[:, None]).sum(1))
        return best, index, log_best, top + np.log(total)


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
        crowd = of_crowd(query.vector.space.backend, some[None], model)
        total = math.log(whole_of(crowd, [model], np.zeros(1, dtype=np.intp))[0])
        return logs.tolist(), max(total, float(log_total(logs)))  # and not more than all
    near = scores[scores >= threshold]
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


def of_crowd(backend: Backend, scores: Array, model: Model, out: Array | None = None) -> Array:
    """Of some items of each query (queries, items): Σ L by table, the largest log L in it, the best
    cosine; (queries, 3), of which `whole_of` makes the sum.

    A fine table for a load that may not come again is not worth its while for few.  out: which of
    the items do not count.
    """
    xp = backend.xp
    if model[1] is not None and isinstance(scores, np.ndarray) and scores.shape[-1] < LEVELS:
        logs = log_likelihood(scores, *model)
    else:
        cells = xp.astype((xp.clip(scores, -1, 1) + 1) * LEVELS + 0.5, xp.int32)
        flat = xp.take(backend.asarray(_fine_table(model)), xp.reshape(cells, (-1,)), axis=0)
        logs = xp.reshape(flat, cells.shape)
    if out is not None:
        logs = xp.where(out, -math.inf, logs)
    found = (xp.sum(xp.exp(logs), axis=-1), xp.max(logs, axis=-1), xp.max(scores, axis=-1))
    return xp.stack([xp.astype(x, xp.float64) for x in found], axis=-1)


def whole_of(crowds: Floats, models: Sequence[Model], of: Rows) -> Floats:
    """Σ L (queries,) of what `of_crowd` gives: exact for the best, which weighs most."""
    total, largest, best = crowds.T
    return np.asarray(total - np.exp(largest) + np.exp(log_likelihoods(best, models, of)))


@lru_cache(maxsize=64)
def _fine_table(model: Model) -> np.ndarray[Any, Any]:
    """log L of evenly spaced cosines: good to about .001 nats where the cosine is noise."""
    return log_likelihood(np.linspace(-1, 1, 2 * LEVELS + 1), *model).astype(np.float32)
