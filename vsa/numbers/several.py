"""Superposed numbers taken apart: one after the other, all that are found refined together each time.

The strongest number of what is left is added to those found, and then all of them are moved, and
their common size chosen, so that the sum of their codes comes nearest to the vector: Levenberg's and
Marquardt's steps on ‖v − a Σ code(xₖ)‖². So a number is not taken for another beside which it
stands, and errors of the first do not spoil the last.
"""

from __future__ import annotations

import math
from copy import copy
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.numbers.coordinates import Coordinates
from vsa.numbers.estimate import Estimate
from vsa.numbers.grid import Coded, close
from vsa.theory.likelihood import log_likelihood, log_total, posterior

Floats = np.ndarray[Any, np.dtype[np.float64]]

SWEEPS = 4  # steps of a refinement
EARLY = 60  # of the first ones, altogether of as many numbers as there are
LAST = 40  # of the last one
TRIES = 4  # to part two numbers that fell into one
ONE = 0.02  # lengths: what is nearer has fallen into one
APART = 0.3  # lengths that it is moved
BETTER = 0.9  # of what was left before
SETTLED = 1e-4  # lengths: what moves less is at rest
ROUNDING = 1e-9  # of the squared length: what is left of it by rounding


class Fit:
    """A vector as a Σ code(xₖ)."""

    def __init__(self, code: Coded, where: Coordinates, v: Vector) -> None:
        self.code = code
        self.where = where
        self.target = where.of(v)
        self.lengths = np.array([axis.length for axis in code.axes])
        self.low = np.array([axis.low for axis in code.axes])
        self.high = np.array([axis.high for axis in code.axes])
        self.periods = np.array([axis.periodic for axis in code.axes])
        self.points: Floats = np.empty((0, len(code.axes)))
        self.size = 1.0
        self.left = self.target

    def fitted(self, points: Floats) -> tuple[float, Floats]:
        """The best size of the codes' sum, and what it leaves of the vector."""
        total = self.where.codes(points).sum(0)
        size = float(total @ self.target) / max(float(total @ total), 1e-12)
        return size, self.target - size * total

    def refine(self, sweeps: int) -> None:
        """Move all points until the sum is as near to the vector as it comes."""
        points = self.points
        size, left = self.fitted(points)
        damping = 1e-3
        for _ in range(sweeps):
            slope = self.slopes(points, size)
            normal, towards = slope @ slope.T, slope @ left
            moved = 0.0
            for _ in range(6):
                damped = normal + damping * np.diag(np.maximum(np.diag(normal), 1e-9))
                step = np.linalg.solve(damped, towards).reshape(points.shape)
                step = np.clip(step, -1, 1)  # lengths
                tried = self.within(points + step * self.lengths)
                tried_size, tried_left = self.fitted(tried)
                if tried_left @ tried_left < left @ left:
                    moved = float(np.abs(tried - points).max(initial=0) / self.lengths.min())
                    points, size, left = tried, tried_size, tried_left
                    damping = max(damping / 5, 1e-9)
                    break
                damping *= 5
            if moved < SETTLED:
                break
        self.points, self.size, self.left = points, size, left

    def settled(self) -> Fit:
        """Refined to the end; points that fell into one, and move alike since then, are parted."""
        best = copy(self)
        best.refine(LAST)
        for _ in range(TRIES):
            other = best.parted()
            if other is None:
                break
            other.refine(LAST)
            if not other.left @ other.left < BETTER * (best.left @ best.left):
                break
            best = other
        return best

    def parted(self) -> Fit | None:
        """The points that fell into one moved apart along the first axis; None if there are none."""
        order = np.lexsort(self.points.T[::-1])
        apart = np.abs(np.diff(self.points[order], axis=0) / self.lengths).max(-1)
        groups = np.split(order, np.flatnonzero(apart > ONE) + 1)
        if len(groups) == len(order):
            return None
        other = copy(self)
        other.points = self.points.copy()
        for group in groups:
            away = np.arange(len(group)) - (len(group) - 1) / 2
            other.points[group, 0] += APART * self.lengths[0] * away
        other.points = self.within(other.points)
        return other

    def with_point(self) -> Fit:
        """One point more, the likest to what is left."""
        other = copy(self)
        likest = self.where.grid[[np.argmax(self.where.dots(self.left))]]
        other.points = np.concatenate([self.points, likest])
        return other

    def slopes(self, points: Floats, size: float) -> Floats:
        """What a length along each axis changes of each code: (points · axes, packed)."""
        return size * self.where.slopes(points).reshape(points.size, -1)

    def within(self, points: Floats) -> Floats:
        """Points of the range."""
        around = self.low + np.mod(points - self.low, self.high - self.low)
        return np.where(self.periods, around, np.clip(points, self.low, self.high))

    def errors(self) -> Floats:
        """The standard errors (points, axes) that what is left stands for."""
        slope = self.slopes(self.points, self.size)
        free = max(self.where.width - self.points.size - 1, 1)
        noise = float(self.left @ self.left) / free
        normal = slope @ slope.T
        normal += 1e-9 * np.trace(normal) / len(normal) * np.eye(len(normal))
        spread = np.sqrt(np.maximum(noise * np.diag(np.linalg.inv(normal)), 0))
        errors = np.minimum(spread.reshape(self.points.shape), 1) * self.lengths
        return np.asarray(np.maximum(errors, [axis.grain for axis in self.code.axes]))


def taken_apart(code: Coded, where: Coordinates, v: Vector, terms: int, prior: float) -> Estimate:
    """Up to so many numbers of one vector, in order; nothing stands last.

    How many there are is weighed, see `_cost`.
    """
    fit = Fit(code, where, v)
    if not fit.target.any():
        return Estimate.none(terms, len(code.axes))
    best, cost = _grown(fit, math.inf, terms, EARLY)
    if len(best.points) < terms:  # as where the last ones found no room: once more, with patience
        fit = best.settled()
        best, _ = _grown(fit, min(cost, _cost(fit)), terms, LAST * terms)
    if len(best.points) < terms:
        best = best.settled()
    steps = np.array([axis[1] - axis[0] for axis in code.grid()])
    errors = best.errors()
    found = [_sure(best, steps, k, errors[k], prior) for k in np.lexsort(best.points.T[::-1])]
    found.sort(key=lambda one: one[3] > one[2])
    some = Estimate.stacked(found, len(code.axes))
    rest = Estimate.none(terms - len(found), len(code.axes))
    return Estimate.joined([some, rest], len(code.axes))


def _grown(fit: Fit, least: float, terms: int, sweeps: int) -> tuple[Fit, float]:
    """The best with so many points or fewer, each added to those before; what costs the `least`."""
    best = fit
    for count in range(len(fit.points) + 1, terms + 1):
        fit = fit.with_point()
        if count < terms:
            fit.refine(max(SWEEPS, min(sweeps // count, LAST)))
        else:
            fit = fit.settled()
        cost = _cost(fit)
        if cost < least:
            best, least = fit, cost
    return best, least


def _cost(fit: Fit) -> float:
    """What is left, and what each point must pay for the grid that it was chosen of."""
    floor = ROUNDING * float(fit.target @ fit.target)
    cost = fit.where.width / 2 * math.log(float(fit.left @ fit.left) + floor)
    return cost + len(fit.points) * math.log(len(fit.where.grid))


def _sure(
    fit: Fit, steps: Floats, k: int, error: Floats, prior: float
) -> tuple[Floats, Floats, float, float]:
    """One of the points found: P that it is there, once the others are taken away."""
    point, code, where = fit.points[k], fit.code, fit.where
    own = where.codes(point[None])[0]
    alone = fit.left + fit.size * own
    length = math.sqrt(float(alone @ alone)) or 1.0
    noise = code.space.noise
    logs = log_likelihood(where.dots(alone) / length, noise)
    cosine = float(own @ alone) / length / (math.sqrt(float(own @ own)) or 1.0)
    peak = float(log_likelihood(cosine, noise))
    width = np.minimum(math.sqrt(2 * math.pi) * error / steps, 1)
    peak += float(np.log(np.maximum(width, 1e-6)).sum())
    elsewhere = float(log_total(logs[~close(code, where.grid, point, steps)]))
    match, nothing = posterior(
        np.array([peak]), np.logaddexp(peak, elsewhere), len(where.grid), prior
    )
    return point, error, float(match[0]), float(nothing)
