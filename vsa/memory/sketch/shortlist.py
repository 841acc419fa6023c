"""The compressed scan: a shortlist out of the sketch, ranked by exact cosines, and its certificate.

The shortlist holds what is within a distance of the query's sketch. A query is answered from it if

- an item as good as the k-th best found, or so near to the best that it changes the probabilities,
  would be on it with probability 1 − `MISS` or more, whatever else is stored; or, for one item,
- the second best is no more than chance explains, so that one item at most is in the query, chance
  has made no item out of sight as good, and together these are less likely than `MISS` to hold it.

Otherwise a wider shortlist is tried, for a larger load, and at last the exact scan.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.memory.evidence import of_one
from vsa.memory.sketch import theory
from vsa.memory.sketch.bits import Bits
from vsa.memory.sketch.kernels import kernel, near, near_one
from vsa.memory.table import Table
from vsa.theory.likelihood import log_likelihood, posterior

Floats = np.ndarray[Any, Any]
Columns = tuple[Floats, ...]  # rows, similarities, probabilities (n, k), nothing and margins (n,)

LEAST_DIM = 256  # below it the normal law is rough and little is gained
LEAST_SIZE = 1 << 22  # components in the table: what fits the cache is scanned as fast
FEW = 8  # queries, which the exact scan reads all rows for; for more it is worth less to avoid
MANY_SHARE = 1 / 64  # of the rows on a shortlist: the most that is worth it for many queries
PAIRS = 1 << 20  # of queries and rows on their shortlists, held at a time
PRODUCTS = 1 << 16  # components of rows, and of the queries they meet, copied out at a time
ELIGIBLE = 2  # the sketch is not used when fewer than one row in so many is eligible


def pays(table: Table, queries: int, eligible: int) -> bool:
    """Whether the sketch is worth its while: the rows are many, in NumPy, and it can be scanned."""
    dim, rows = table.space.dim, len(table)
    return (
        dim >= LEAST_DIM
        and rows * dim >= LEAST_SIZE
        and eligible * ELIGIBLE >= rows
        and queries > 0
        and isinstance(table.rows, np.ndarray)
        and kernel(queries) is not None
        and table.sketch.wanted(queries)
    )


@dataclass(frozen=True, slots=True)
class Shortlist:
    """What a search looks for and in what: the `kept` best of `rows`, ascending, of a table."""

    table: Table
    rows: Floats
    kept: int
    prior_nothing: float

    def _steps(self) -> tuple[theory.Step, ...]:
        table, sketch = self.table, self.table.sketch
        sketch.follow(table.rows)
        items, exceptions = theory.rounded(len(table)), theory.rounded(len(sketch.exceptions))
        return theory.steps(table.space.dim, items, exceptions, sketch.gain)

    def one(self, unit: Floats) -> Columns | None:
        """The answer to one unit query (dim,), without its axis, if it is certain.

        The calls cost more than what they do.
        """
        table, items, kept = self.table, len(self.rows), self.kept
        wanted = max(kept, min(2, items))
        signs = None
        for step in self._steps():
            signs = signs or table.sketch.signs(unit[None])
            row = self._near_one(signs, step)
            if len(row) < wanted:
                continue
            score = table.rows.take(row, axis=0) @ unit
            order = (-score).argsort()[:wanted]
            best = score[order].astype(np.float64)
            logs, seen = of_one(table.space.backend, score, best[:kept], items, step.dim)
            unseen = (items - len(row)) * theory.unseen(step) * math.exp(-seen)
            if not self._certain(best, unseen / (1 + unseen), step):
                continue
            total = seen + math.log1p(unseen)
            match, nothing = posterior(logs, total, items, self.prior_nothing)
            margin = np.asarray(best[0] - best[1] if items > 1 else 0.0)
            return row[order[:kept]], best[:kept], match, nothing, margin
        return None

    def several(self, unit: Floats) -> tuple[Columns, Floats]:
        """The answers to unit queries (n, dim), and the numbers of those that are not certain.

        The latter's are undefined: they are for the exact scan.
        """
        count = len(unit)
        left, many = np.arange(count), (count, self.kept)
        columns: Columns = (
            np.full(many, -1), np.zeros(many), np.zeros(many), np.zeros(count), np.zeros(count),
        )  # fmt: skip
        steps = self._steps()
        signs = self.table.sketch.signs(unit)
        for step in steps:
            if step.share > MANY_SHARE and len(left) > FEW:
                break
            size = max(int(PAIRS / (step.share * len(self.table))), 1)
            rest = [left[:0]]
            for part in (left[i : i + size] for i in range(0, len(left), size)):
                some = [plane[part] for plane in signs]
                done, found = self._answered(unit[part], *self._near(some, step), step)
                for column, values in zip(columns, found, strict=True):
                    column[part[done]] = values
                rest.append(np.delete(part, done))
            left = np.concatenate(rest)
        return columns, left

    def _answered(
        self, unit: Floats, which: Floats, row: Floats, step: theory.Step
    ) -> tuple[Floats, Columns]:
        """Which of the queries are answered for certain, and the columns of those."""
        dim, count, items = self.table.space.dim, len(unit), len(self.rows)
        wanted = max(self.kept, min(2, items))
        ends = np.searchsorted(which, np.arange(count + 1))
        length = np.diff(ends)
        known = np.flatnonzero(length >= wanted)
        score = np.empty(len(row), dtype=unit.dtype)
        step_rows = max(PRODUCTS // dim, 1)
        for i in range(0, len(row), step_rows):
            part = slice(i, i + step_rows)
            rows, queries = self.table.rows.take(row[part], axis=0), unit.take(which[part], axis=0)
            np.vecdot(rows, queries, out=score[part])
        order = np.lexsort((-score, which))[ends[known, None] + np.arange(wanted)]
        best = score[order].astype(np.float64)
        logs = log_likelihood(score, dim)
        top = np.full(count, np.inf)
        top[known] = logs[order[:, 0]]
        seen = np.bincount(which, np.exp(logs - top[which]), count)[known]
        top, length = top[known], length[known]
        unseen = (items - length) * theory.unseen(step) * np.exp(-top)
        certain = self._certain(best, unseen / (seen + unseen), step)
        total = top + np.log(seen + unseen)
        match, nothing = posterior(logs[order[:, : self.kept]], total, items, self.prior_nothing)
        margin = best[:, 0] - best[:, 1] if items > 1 else np.zeros(len(best))
        columns = (row[order[:, : self.kept]], best[:, : self.kept], match, nothing, margin)
        return known[certain], tuple(column[certain] for column in columns)

    def _near_one(self, signs: list[Bits], step: theory.Step) -> Floats:
        """The shortlist of one query."""
        rows, sketch = self.rows, self.table.sketch
        compare, planes = kernel(1), sketch.planes(step.cuts[-1].planes)
        assert compare is not None
        row = near_one(compare, planes, signs, step.cuts)
        if len(exceptions := sketch.exceptions):  # which are on every one
            row = np.union1d(row, exceptions)
        return row if len(rows) == len(self.table) else row[self._eligible(row)]

    def _near(self, signs: list[Bits], step: theory.Step) -> tuple[Floats, Floats]:
        """The shortlists of several, as pairs (query, row), by query."""
        sketch, count = self.table.sketch, len(signs[0])
        compare, planes = kernel(count) or kernel(1), sketch.planes(step.cuts[-1].planes)
        assert compare is not None
        which, row = near(compare, planes, signs, step.cuts)
        if len(exceptions := sketch.exceptions):
            rest = ~np.isin(row, exceptions)
            which = np.concatenate((which[rest], np.repeat(np.arange(count), len(exceptions))))
            row = np.concatenate((row[rest], np.tile(exceptions, count)))
            order = np.argsort(which, kind="stable")
            which, row = which[order], row[order]
        if len(self.rows) < len(self.table):
            eligible = self._eligible(row)
            which, row = which[eligible], row[eligible]
        return which, row

    def _eligible(self, row: Floats) -> Floats:
        rows = self.rows
        return np.asarray(rows[np.minimum(np.searchsorted(rows, row), len(rows) - 1)] == row)

    def _certain(self, best: Floats, unseen: Any, step: theory.Step) -> Any:
        """Whether the cosines found, best first (..., wanted), are those of the k nearest items.

        unseen: P(an item out of sight is the right one), if one is; (...).
        """
        items = 1 << len(self.rows).bit_length()  # at most: to be worked out once for many
        certain = best[..., 0] >= theory.clear(step)
        if self.kept > 1:
            return certain & (best[..., self.kept - 1] >= theory.faintest(step))
        if len(self.rows) > 1:
            alone = best[..., 1] < theory.noise_floor(step.dim, items)
            alone &= best[..., 0] >= theory.unrivalled(step, items)
            certain |= alone & (unseen <= theory.MISS)
        return certain
