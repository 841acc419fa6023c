"""The evidence of a scan on a device: log Σ L over the items of each query, gathered without a look.

On NumPy a comparison leaves the few items that matter (evidence.py). How many these are a device
would have to be waited for, block by block; there the likelihoods of all items are looked up in the
host's tables and summed, and what they come to is read once, at the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vsa.algebra.backend import Array, Backend
from vsa.memory.evidence import Totals, with_best
from vsa.memory.matches import Floats
from vsa.theory.likelihood import table_at
from vsa.theory.load import Model
from vsa.theory.noise import Noise


class Alike(NamedTuple):
    """The queries of one noise, whose tables have the same points.

    which: their numbers; None for all.  first: where the table of each begins in all of them
    (queries,).  values, steps: of the tables, one after the other.
    """

    noise: Noise
    which: Array | None
    first: Array
    last: int  # point of a table
    values: Array
    steps: Array


class Summed:
    """What `Evidence` says, of scores on a device."""

    def __init__(self, backend: Backend, models: Sequence[Model], of: np.ndarray[Any, Any]) -> None:
        """models: of the queries.  of: which of them each has, (count,)."""
        self.backend, self.models, self.of = backend, models, of
        noises = list(dict.fromkeys(noise for noise, _ in models))
        of_noise = np.array([noises.index(noise) for noise, _ in models])[of]
        which = [np.flatnonzero(of_noise == i) for i in range(len(noises))]
        self.place = np.argsort(np.concatenate(which))  # of each query in what is gathered
        self.alike = [
            self._alike(noise, its) for noise, its in zip(noises, which, strict=True) if len(its)
        ]
        self.blocks: list[Array] = []  # (queries, 2): Σ L/Lᵣ, log Lᵣ

    def _alike(self, noise: Noise, which: np.ndarray[Any, Any]) -> Alike:
        """The queries of those numbers."""
        backend = self.backend
        numbers, its = np.unique(self.of[which], return_inverse=True)
        tables = [table_at(*self.models[i]) for i in numbers.tolist()]
        points = len(tables[0][0])
        values, steps = (
            backend.asarray(np.concatenate(part), dtype=backend.real)
            for part in zip(*tables, strict=True)
        )
        asked = None if len(which) == len(self.of) else backend.asarray(which)
        return Alike(noise, asked, backend.asarray(its * points), points - 1, values, steps)

    def add(self, scores: Array, out: Array | None, best: Array) -> None:
        """Cosines (queries, rows), which rows do not count, the best so far (queries,)."""
        xp, found = self.backend.xp, []
        step = max(self.backend.block_bytes // (scores.itemsize * scores.shape[1]), 1)
        for alike in self.alike:
            for start in range(0, len(alike.first), step):
                part = slice(start, start + step)
                rows = part if alike.which is None else alike.which[part]
                top = self._logs(alike, best[rows][:, None], part)  # that nothing grows too large
                logs = self._logs(alike, scores[rows], part)
                if out is not None:
                    logs = xp.where(out, -math.inf, logs)
                both = xp.sum(xp.exp(logs - top), axis=-1), top[:, 0]
                found.append(xp.stack([xp.astype(x, xp.float64) for x in both], axis=-1))
        self.blocks.append(xp.concat(found))

    def _logs(self, alike: Alike, scores: Array, part: slice) -> Array:
        """log L of scores (queries, rows) of some of those that are alike."""
        xp = self.backend.xp
        points = alike.noise.points(scores, xp)
        below = xp.clip(xp.astype(points, xp.int64), 0, alike.last)  # of NaN, too
        at = xp.reshape(below + alike.first[part][:, None], (-1,))
        values, steps = (
            xp.reshape(xp.take(each, at, axis=0), scores.shape)
            for each in (alike.values, alike.steps)
        )
        return values + steps * (points - xp.astype(below, points.dtype))

    def total(self, best: Array, index: Array) -> Totals:
        """The best (queries, k) and where they are, log L of them, and log Σ L (queries,)."""
        xp = self.backend.xp
        each = [
            self._logs(alike, best if alike.which is None else best[alike.which], slice(None))
            for alike in self.alike
        ]
        best, index, told, blocks = self.backend.brought(
            best, index, xp.concat(each), xp.stack(self.blocks)
        )
        told, (sums, tops) = told[self.place], np.moveaxis(blocks[:, self.place], -1, 0)

        def total(log_best: Floats) -> Floats:
            """With the best as exactly as they are known, in place of what they added on the device."""
            top = log_best[:, :1]
            more = np.exp(log_best - top).sum(1) - np.exp(told - top).sum(1)
            return np.asarray((sums * np.exp(tops - top[:, 0])).sum(0) + more)

        return with_best(best, index, self.models, self.of, total)
