"""The compressed scan: a shortlist out of the sketch, ranked by exact cosines, and its certificate.

The shortlist holds what is within a distance of the query's sketch. A query is answered from it if

- an item as good as the k-th best found, or so near to the best that it changes the probabilities,
  would be on it with probability 1 − `MISS` or more, whatever else is stored; or, for one item,
- the second best is no more than chance explains, so that one item at most is in the query, chance
  has made no item out of sight as good, and together these are less likely than `MISS` to hold it.

Otherwise a wider shortlist is tried, for a larger load, and at last the exact scan; where no more
than noise was seen, a search for the best of it comes first (vsa/memory/faint.py).
"""

from __future__ import annotations

import itertools
import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from vsa.algebra import fused
from vsa.algebra.counting import Bits, Integers
from vsa.memory.evidence import weights
from vsa.memory.matches import Found, Query
from vsa.memory.sketch import theory
from vsa.memory.sketch.asymmetric import LEVEL, LOST
from vsa.memory.sketch.bits import Sketch
from vsa.memory.sketch.kernels import CROWD, ESTIMATED, kernel, near
from vsa.memory.sketch.listed import Listed, of_ranked
from vsa.memory.ties import order
from vsa.theory.load import Known, Load
from vsa.theory.noise import Noise

Floats = np.ndarray[Any, Any]

LEAST_DIM = 256  # below it the normal law is rough and little is gained
LEAST_SIZE = 4_000_000  # components in the table: what fits the cache is scanned as fast
WITH_LOOP = 4  # times smaller a table that is looked through in C
FEW = 8  # queries, which the exact scan reads all rows for; for more it is worth less to avoid
NOISY = (
    3  # searches that saw noise: in few rows the exact scan is next, for which two are too hasty
)
MANY_SHARE = 1 / 64  # of the rows on a shortlist: the most that is worth it for many queries
BEYOND = 1 << 22  # bytes, more than what a core has for itself
MOST_KEPT = 65_535 // 7  # bits, three of a query's coordinate to each of a row's, in 16 bits
PLANS = 256  # searches of which it is kept what they take
PAIRS = 1 << 20  # of queries and rows on their shortlists, held at a time
PRODUCTS = 1 << 16  # components of rows, and of the queries they meet, copied out at a time
ELIGIBLE = 2  # the sketch is not used when fewer than one row in so many is eligible


def pays(query: Query, vectors: int) -> bool:
    """Whether the sketch is worth its while: the rows are many, in NumPy, and it can be scanned.

    That is known of what `in_step` gave.
    """
    sketch, (rows, dim) = query.sketch, query.stored.shape
    if sketch is None or sketch.fixed:
        return sketch is not None
    return (
        query.vector.space.metric.sketched
        and dim >= LEAST_DIM
        and rows * dim >= LEAST_SIZE // (1 if fused.LOOP is None else WITH_LOOP)
        and query.items * ELIGIBLE >= rows
        and vectors > 0
        and isinstance(query.stored, np.ndarray)
        and kernel(vectors) is not None
        and sketch.wanted(vectors)
    )


def in_step(query: Query) -> Sketch | None:
    """The sketch for a query as it is now, in step with the rows; None where it does not pay."""
    sketch = query.sketch
    if sketch is not None and fused.LOOP is not None:  # nearly always it was in step before
        still = sketch.as_it_was(len(query.stored))
        if still is not None and query.items * ELIGIBLE >= len(query.stored):
            return still
    if not pays(query, math.prod(query.vector.shape)):
        return None
    assert query.sketch is not None
    query.sketch.follow(query.stored)
    return query.sketch.still()


class Try(NamedTuple):
    """A search for one query, and what it takes that is the same for all of them.

    unseen, clear: as of `theory`.  by: `weights`; None where the loop is not for it.  keeps: whether what
    it counts is kept for a search among noise.
    """

    step: theory.Step
    unseen: float
    clear: float
    planes: tuple[Bits, ...]
    by: tuple[Any, ...] | None
    keeps: bool


class Shortlist:
    """A search by the sketch for what a query asks; of several vectors here, of one in one.py."""

    def __init__(self, query: Query) -> None:
        assert query.sketch is not None
        self.query = query
        self.sketch: Sketch = query.sketch
        self.some = query.items < len(query.stored)  # not all rows are eligible
        self.crowd = -(-len(query.stored) // CROWD)  # rows: a shortlist of so many is none
        self.every = 0.0  # the share of rows that are on every shortlist
        self.kept: tuple[Integers, int] | tuple[()] = ()  # of how many planes (`fused.weighed_one`)

    def steps(self) -> tuple[theory.Step, ...]:
        """The searches to try one after the other, once the sketch is in step with the rows."""
        sketch, stored = self.sketch, self.query.stored
        sketch.follow(stored)
        items, exceptions = theory.rounded(len(stored)), len(sketch.exceptions)
        self.every = exceptions / len(stored)
        return theory.steps(
            sketch.dim, items, exceptions, sketch.gain, self.query.vector.space.noise
        )

    def tries(self, load: Known | None) -> Iterator[Try]:
        """The same for a query of a load; of a sketch that stays as it is, worked out once."""
        sketch, query = self.sketch, self.query
        for i in itertools.count():
            key = query.items, query.kept, load, i
            one: Try | None = sketch.plans.get(key)
            if one is None:
                if i >= len(steps := self.steps()):
                    return
                planes = tuple(sketch.planes(steps[i].cuts[-1].planes))
                worked_out = theory.unseen(steps[i], load), theory.clear(steps[i], load)
                by = self.by(steps[i], load)
                keeps = i == 0 and by is not None and self._keeps(planes[0], steps[i].cuts[0].bits)
                one = Try(steps[i], *worked_out, planes, by, keeps)
                if len(sketch.plans) >= PLANS:
                    sketch.plans.clear()
                if sketch.fixed:
                    sketch.plans[key] = one
            yield one

    def by(self, step: theory.Step, load: Known | None) -> tuple[Any, ...] | None:
        """What the loop weighs a shortlist by; None where something else belongs on it."""
        if self.some or len(self.sketch.exceptions):
            return None
        return weights((step.noise, load), self.query.items.bit_length(), self.query.wanted)

    def _keeps(self, first: Bits, bits: int) -> bool:
        """Whether the search for one query keeps what the one among noise would count again.

        That takes no longer where the bits of the first plane come from beyond the caches of a core.
        bits: that are counted; of more a distance has no room.
        """
        if bits > MOST_KEPT:
            return False
        return first.nbytes > BEYOND and fused.counts_in_passing() and self.faint(LOST) is not None

    def searched(self, unit: Floats, one: Try) -> fused.Weighed | None:
        """What the loop says of a unit vector (dim,); None where it is not for it."""
        if one.by is None:
            return None
        kept: tuple[float, Integers] | tuple[()] = ()
        if one.keeps:
            kept = LEVEL, np.empty(len(self.query.stored), np.uint16)
        cuts, stored = one.step.cuts, self.query.stored
        said = fused.weighed_one(one.planes, unit, cuts, stored, self.crowd, one.by, kept)
        if kept and said is not None:
            self.kept = kept[1], cuts[0].planes
        return said

    def faint(self, lost: float, likely: float = theory.LIKELY) -> theory.Step | None:
        """A search that is likely to have the best of noise, if it is worth it.

        lost: of the query to its levels.
        """
        if lost > LOST:
            return None
        dim, items, gain, noise = self._rows
        return theory.first_faint(dim, items, gain, lost, noise, likely)

    def faint_table(self) -> theory.Faint:
        """All such searches."""
        return theory.faint_table(*self._rows)

    @property
    def _rows(self) -> tuple[int, int, float, Noise]:
        """What a search among unrelated rows depends on."""
        stored, dim = self.query.stored, self.sketch.dim
        noise = self.query.vector.space.noise
        return dim, theory.rounded(len(stored)), self.sketch.told(stored), noise

    def only_noise(self, best: Any, tried: int) -> Any:
        """Whether it is time to look for the best of that, by the cosines that so many searches saw."""
        if self.faint(LOST) is None and tried < NOISY:
            return np.zeros_like(best, dtype=bool)
        noise = self.query.vector.space.noise
        return best < theory.noise_floor(noise, 1 << self.query.items.bit_length())

    def several(self, units: Floats) -> tuple[Found, Floats]:
        """What is found for unit vectors (n, dim), and the numbers of those not certain.

        What is found for the latter is nobody: they are for the exact scan.
        """
        query, count, found = self.query, len(units), None
        left = np.arange(count)
        noise = [left[:0]]  # those of which no more was seen
        for tried, step in enumerate(self.steps(), 1):
            share = step.share + self.every
            if share > MANY_SHARE and len(left) > FEW:
                break
            size = max(int(PAIRS / (share * len(query.stored))), 1)
            rest = [left[:0]]
            for part in (left[i : i + size] for i in range(0, len(left), size)):
                whole = len(part) == count
                its = (units, query.load) if whole else (units[part], query.load[part])
                listed = self.listed(its[0], step, its[1])
                done, answered = self.answered(listed, step)
                if len(done) == count:
                    return answered, left[:0]
                found = self._open(count) if found is None else found
                found.put(part[done], answered)
                best = np.where(listed.length < query.wanted, 0.0, listed.best[:, 0])
                best[done] = math.nan
                faint = self.only_noise(best, tried) if count <= ESTIMATED else done[:0]
                noise.append(part[faint])
                rest.append(np.delete(part, np.concatenate((done, np.flatnonzero(faint)))))
            left = np.concatenate(rest)
            if not len(left):
                break
        found = self._open(count) if found is None else found
        return found, np.sort(np.concatenate((left, *noise)))

    def _open(self, count: int) -> Found:
        """A record of nobody, to put what is found into."""
        similarities, probabilities = np.zeros((2, count, self.query.kept))
        nothing, margin, log_sum = np.zeros((3, count))
        rows, items = np.full(similarities.shape, -1), self.query.items
        return Found(rows, similarities, probabilities, nothing, margin, log_sum, items)

    def answered(self, listed: Listed, step: theory.Step) -> tuple[Floats, Found]:
        """Which of some vectors are answered for certain, and what is found for those."""
        query, known = self.query, np.flatnonzero(listed.length >= self.query.wanted)
        columns: Sequence[Floats] = listed.columns
        if len(known) < len(listed.length):
            columns = [column[known] for column in columns]
        length, seen, rows, best, logs, of = columns
        each = np.array([theory.unseen(step, load) for load in listed.loads])
        hidden = (query.items - length) * each[of] * np.exp(-seen)
        share = hidden / (1 + hidden)
        if len(listed.loads) == 1:
            certain = self.certain([*best.T], share, step, listed.loads[0])
        else:
            certain = np.zeros(len(known), dtype=bool)
            for i, load in enumerate(listed.loads):
                some = of == i
                certain[some] = self.certain([*best[some].T], share[some], step, load)
        found = query.found(rows, best, logs, seen + np.log1p(hidden))
        return (known, found) if certain.all() else (known[certain], found[certain])

    def listed(self, units: Floats, step: theory.Step, load: Load) -> Listed:
        """What the shortlists of several come to.  load: what is known of that of each."""
        loads, of = load.known(step.noise)
        weighed = self.weighed(units, step, loads[0]) if len(loads) == 1 else None
        if weighed is None:
            return of_ranked(*self.ranked(units, step), self.query.wanted, step.noise, loads, of)
        return Listed(*fused.columns(weighed, len(units)), of, loads)

    def weighed(self, units: Floats, step: theory.Step, load: Known | None) -> array[float] | None:
        """What `fused.weighed` says of the shortlists; None where something else belongs on them."""
        by = self.by(step, load)
        if by is None:
            return None
        planes = self.sketch.planes(step.cuts[-1].planes)
        return fused.weighed(planes, units, step.cuts, self.query.stored, self.crowd, by)

    def ranked(self, units: Floats, step: theory.Step) -> tuple[Floats, Floats, Floats]:
        """The shortlists of several: where each ends (n + 1,), the rows, nearest first, their cosines."""
        sketch, stored, count = self.sketch, self.query.stored, len(units)
        planes, exceptions = sketch.planes(step.cuts[-1].planes), sketch.exceptions
        found = fused.ranked(planes, units, step.cuts, stored, self.crowd)
        if found is not None and not self.some and not len(exceptions):
            return found
        if found is None:
            search = kernel(count) or kernel(1)
            assert search is not None
            which, row = near(search, planes, sketch.signs(units), step.cuts)
            score = self._products(units, which, row)
        else:
            ends, row, score = found
            which = np.repeat(np.arange(count), np.diff(ends))
        if len(exceptions):  # which are on every one
            rest = ~np.isin(row, exceptions)
            also = np.repeat(np.arange(count), len(exceptions)), np.tile(exceptions, count)
            columns = zip((which, row, score), (*also, self._products(units, *also)), strict=True)
            which, row, score = (np.concatenate((own[rest], more)) for own, more in columns)
        if self.some:
            eligible = self.eligible(row)
            which, row, score = which[eligible], row[eligible], score[eligible]
        place = order(score, row, which)
        return np.searchsorted(which[place], np.arange(count + 1)), row[place], score[place]

    def _products(self, units: Floats, which: Floats, row: Floats) -> Floats:
        """The cosines of pairs of a vector and a row."""
        score = np.empty(len(row), dtype=units.dtype)
        step = max(PRODUCTS // self.sketch.dim, 1)
        for i in range(0, len(row), step):
            part = slice(i, i + step)
            rows = self.sketch.widened(self.query.stored.take(row[part], axis=0))
            np.vecdot(rows, units.take(which[part], axis=0), out=score[part])
        return score

    def eligible(self, row: Floats) -> Floats:
        """Which of some rows count."""
        rows = self.query.rows
        return np.asarray(rows[np.minimum(np.searchsorted(rows, row), len(rows) - 1)] == row)

    def certain(
        self, best: Sequence[Any], unseen: Any, step: theory.Step, load: Known | None
    ) -> Any:
        """Whether the cosines found, best first (wanted, ...), are those of the k nearest items.

        unseen: P(an item out of sight is the right one), if one is; (...).
        """
        items = 1 << self.query.items.bit_length()  # at most: to be worked out once for many
        certain = best[0] >= theory.clear(step, load)
        if certain is True and self.query.kept == 1:  # of a single vector
            return certain
        if self.query.kept > 1:
            return certain & (best[self.query.kept - 1] >= theory.faintest(step))
        if self.query.items > 1:
            alone = best[1] < theory.noise_floor(step.noise, items)
            alone &= best[0] >= theory.unrivalled(step, items, load)
            certain |= alone & (unseen <= theory.MISS)
        return certain
