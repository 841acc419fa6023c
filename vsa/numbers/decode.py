"""The decoder of all codes: which number a vector holds, how exactly, and whether it holds any.

The vector is compared with a grid of codes, at the steps of which the likelihood of the library
(vsa/theory/likelihood.py) is summed: that is the evidence for a number somewhere in the range, each
point being as likely as another beforehand, against that for none. The best point's surroundings are
then looked at on ever finer grids, until the posterior is wider than a step: its mean is the number,
its deviation how exact that is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_prior
from vsa.memory.storage import asked, stored
from vsa.numbers.coordinates import coordinates
from vsa.numbers.estimate import Estimate, nothing_at
from vsa.numbers.grid import Coded, close, lattices, mesh
from vsa.numbers.several import taken_apart
from vsa.theory.likelihood import log_likelihoods, log_total, posterior
from vsa.theory.load import Load, Model, models_of

Floats = np.ndarray[Any, np.dtype[np.float64]]

SIDE = {1: 8, 2: 4, 3: 3}  # points of a finer grid, on either side of the best one
ZOOMS = 24  # finer grids, at most
NARROW = 0.7  # steps: a posterior that is no wider is looked at more finely
QUERIES = 64  # looked up at a time


def decoded(code: Coded, v: Vector, terms: int | None, prior: float, load: Load) -> Estimate:
    """What `Code.decode` gives."""
    v = code.space.own(as_vector(v, "v"))
    prior = checked_prior("prior_nothing", prior)
    flat, load = v.reshape(-1), load.over(v.shape).reshape((-1,))
    if terms is None:
        found = [_single(code, flat[i : i + QUERIES], prior, load[i : i + QUERIES])
                 for i in range(0, len(flat), QUERIES)]  # fmt: skip
        joined = Estimate.joined(found, len(code.axes))
        return joined.reshape(v.shape)
    where = coordinates(code)
    each = [taken_apart(code, where, flat[i], terms, prior) for i in range(len(flat))]
    return Estimate.joined(each, len(code.axes)).reshape((*v.shape, terms))


class Compared:
    """Vectors beside codes: log L of each at each."""

    def __init__(self, vectors: Vector, load: Load) -> None:
        """vectors: (queries,)."""
        self.vectors = vectors
        self.metric = vectors.space.metric
        self.backend = vectors.space.backend
        units, lengths = asked(vectors)
        self.units, self.empty = units, lengths == 0
        models, self.of = models_of(*self.metric.noises(units), load)
        self.models: list[Model] = models

    def scores(self, codes: Vector, which: int | None = None) -> Floats:
        """Similarities (queries, codes), or those of one query (codes,)."""
        rows = stored(codes)[0]
        units = self.units if which is None else self.units[which : which + 1]
        scores = self.backend.numpy(self.metric.scores(units, rows)).astype(np.float64)
        return scores if which is None else scores[0]

    def logs(self, scores: Floats, which: int | None = None) -> Floats:
        """log L of the scores."""
        of = self.of[:, None] if which is None else self.of[which]
        return log_likelihoods(scores, self.models, np.broadcast_to(of, scores.shape))


def over_grid(code: Coded, compared: Compared) -> Floats:
    """Similarities (queries, points) with the points of a code's grid."""
    found = code.by_axes(compared.vectors, code.grid())
    if found is None:
        found = np.concatenate([compared.scores(part) for part in lattices(code)], axis=1)
    return found


def _single(code: Coded, vectors: Vector, prior: float, load: Load) -> Estimate:
    """One number in each of some vectors (queries,)."""
    compared = Compared(vectors, load)
    points = mesh(code.grid())
    logs = compared.logs(over_grid(code, compared))
    steps = np.array([axis[1] - axis[0] for axis in code.grid()])
    found = [
        _refined(code, compared, i, points, logs[i], steps, prior) for i in range(len(vectors))
    ]
    return Estimate.stacked(found, len(steps))


def _refined(
    code: Coded,
    compared: Compared,
    which: int,
    points: Floats,
    logs: Floats,
    steps: Floats,
    prior: float,
) -> tuple[Floats, Floats, float, float]:
    """(number, deviation, P, P(nothing)) of one vector, whose log L over the grid is known."""
    if compared.empty[which]:
        return nothing_at(len(steps))
    best = points[np.argmax(logs)]
    number, deviation, peak = surroundings(code, compared, which, best, steps)
    for i, axis in enumerate(code.axes):
        if axis.periodic:
            number[i] = axis.low + (number[i] - axis.low) % (axis.high - axis.low)
    elsewhere = float(log_total(logs[~close(code, points, best, steps)]))
    match, nothing = posterior(np.array([peak]), np.logaddexp(peak, elsewhere), len(points), prior)
    return number, deviation, float(match[0]), float(nothing)


def surroundings(
    code: Coded, compared: Compared, which: int, center: Floats, steps: Floats
) -> tuple[Floats, Floats, float]:
    """The posterior about a point of the grid: its mean, its deviation, log Σ L in units of a step."""
    side = SIDE[len(steps)]
    offsets = np.arange(-side, side + 1)
    step = 2 * steps / side
    least = np.array([axis.grain for axis in code.axes])
    for _ in range(ZOOMS):
        axes = [x + offsets * s for x, s in zip(center, step, strict=True)]
        near = mesh(axes)
        scores = code.by_axes(compared.vectors[which : which + 1], axes)
        found = compared.scores(code.lattice(axes), which) if scores is None else scores[0]
        logs = compared.logs(found, which)
        logs = np.where(within(code, near), logs, -math.inf)
        top = float(logs.max())
        weight = np.exp(logs - top)
        share = weight / weight.sum()
        mean = share @ near
        deviation = np.sqrt(share @ (near - mean) ** 2)
        if (deviation > NARROW * step).all() or (step < least).all():
            break
        narrow = (deviation <= NARROW * step) & (step >= least)
        center = np.where(narrow, near[np.argmax(logs)], mean)
        step = np.where(narrow, step / 2, step)
    floor = np.maximum(step / math.sqrt(12), least)
    peak = top + math.log(weight.sum()) + float(np.log(step / steps).sum())
    return mean, np.maximum(deviation, floor), peak


def within(code: Coded, points: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which points (…, axes) are in the range: beyond it levels are as their ends."""
    found = np.ones(points.shape[:-1], dtype=bool)
    for i, axis in enumerate(code.axes):
        if not axis.periodic:
            slack = 1e-9 * axis.length
            found &= (points[..., i] >= axis.low - slack) & (points[..., i] <= axis.high + slack)
    return found
