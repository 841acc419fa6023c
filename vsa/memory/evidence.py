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
from vsa.memory.matches import Floats, Query
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
    """log Σ L over all items of each of many queries, gathered block by block."""

    def __init__(
        self, backend: Backend, items: int, models: Sequence[Model], of: np.ndarray[Any, Any]
    ) -> None:
        """models: of the queries.  of: which of them each has, (count,)."""
        self.backend, self.items, self.models, self.of = backend, items, models, of
        self.near: list[np.ndarray[Any, Any]] = []
        self.which: list[np.ndarray[Any, Any]] = []
        self.crowd = np.zeros(len(of))

    def add(self, scores: Array, out: np.ndarray[Any, Any] | None, best: Any) -> None:
        """Cosines (queries, rows), the rows that do not count, the best so far (queries,)."""
        backend = self.backend
        bits = self.items.bit_length()
        cell = np.minimum((best + 1) * CELLS, LAST).astype(np.intp)
        tables = np.stack([thresholds(model, bits) for model in self.models])
        threshold = tables[self.of, cell]
        crowded = np.flatnonzero(threshold == ALL) if self.items > MANY else ()
        threshold[crowded,] = math.inf  # above any score
        mask = scores >= backend.asarray(threshold, dtype=backend.real)[:, None]
        found = mask.reshape(-1).nonzero()  # flat: ten times as fast as of two axes in NumPy
        found = found[0] if isinstance(found, tuple) else found[:, 0]
        self.near.append(backend.numpy(scores.reshape(-1)[found]))
        self.which.append(backend.numpy(found) // scores.shape[1])
        for i in crowded:
            some = scores[i, :] if out is None else scores[i, :][backend.asarray(~out)]
            self.crowd[i] += of_crowd(backend, some, self.models[self.of[i]])

    def total(self, best: np.ndarray[Any, Any]) -> tuple[Any, Any]:
        """log L of the best (queries, k), and log Σ L (queries,)."""
        which = np.concatenate(self.which)
        cosines = np.concatenate((best.reshape(-1), *self.near))
        of = self.of[np.concatenate((np.repeat(np.arange(len(best)), best.shape[1]), which))]
        logs = log_likelihoods(cosines, self.models, of)
        log_best, log_near = logs[: best.size].reshape(best.shape), logs[best.size :]
        top = log_best[:, 0]
        total = np.bincount(which, np.exp(log_near - top[which]), len(best))
        total = np.maximum(
            total + self.crowd * np.exp(-top), np.exp(log_best - top[:, None]).sum(1)
        )
        return log_best, top + np.log(total)


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
        total = math.log(of_crowd(query.vector.space.backend, some, model))
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


def of_crowd(backend: Backend, scores: Array, model: Model) -> float:
    """Σ L over some items of one query, by table; exact for the best, which weighs most.

    A fine table for a load that may not come again is not worth its while for few.
    """
    if not len(scores):
        return 0.0
    if model[1] is not None and isinstance(scores, np.ndarray) and len(scores) < LEVELS:
        return math.exp(float(log_total(log_likelihood(scores, *model))))
    xp = backend.xp
    cells = xp.astype((xp.clip(scores, None, 1) + 1) * LEVELS + 0.5, xp.int32)
    logs = xp.take(backend.asarray(_fine_table(model)), cells, axis=0)
    best = float(log_likelihood(float(xp.max(scores)), *model))
    return float(xp.sum(xp.exp(logs))) - math.exp(float(xp.max(logs))) + math.exp(best)


@lru_cache(maxsize=64)
def _fine_table(model: Model) -> np.ndarray[Any, Any]:
    """log L of evenly spaced cosines: good to about .001 nats where the cosine is noise."""
    return log_likelihood(np.linspace(-1, 1, 2 * LEVELS + 1), *model).astype(np.float32)
