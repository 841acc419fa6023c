"""Kernels of fractional powers: how alike two numbers are, and the frequencies that make it so.

A code exp(i ω x) of many frequencies has, between x and y, the similarity Σ cos(ω (x − y)) / n: on
average the Fourier transform of the density that ω is drawn from (Bochner). A normal density gives a
Gaussian, a uniform one a sinc, Fejér's a triangle (Frady, Kleyko, Kymn, Olshausen and Sommer 2021).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

from vsa.algebra.space import Space

Floats = np.ndarray[Any, np.dtype[np.float64]]

TURNS = 64  # of Fejér's density that are tabulated; beyond, its tail is 1/(πω) on average
POINTS = 512  # of the table, each turn


def gaussian(d: Floats) -> Floats:
    """exp(−d²/2)."""
    return np.asarray(np.exp(-(d**2) / 2))


def sinc(d: Floats) -> Floats:
    """sin(πd) / πd."""
    return np.asarray(np.sinc(d))


def triangular(d: Floats) -> Floats:
    """1 − |d| down to 0."""
    return np.asarray(np.maximum(1 - np.abs(d), 0.0))


def _normal(u: Floats) -> Floats:
    inverse = NormalDist().inv_cdf
    return np.array([inverse(x) for x in u.tolist()])


def _uniform(u: Floats) -> Floats:
    return np.pi * (2 * u - 1)


def _fejer(u: Floats) -> Floats:
    """Of the density (sin(ω/2) / (ω/2))² / 2π."""
    omega, above = _fejer_table()
    tail = 1 - np.maximum(u, 1 - u)  # beyond |ω|
    size = np.interp(tail, above[::-1], omega[::-1])
    far = tail < above[-1]
    size = np.where(far, 1 / (np.pi * np.maximum(tail, 1e-12)), size)
    return np.asarray(np.sign(u - 0.5) * size)


@lru_cache(maxsize=1)
def _fejer_table() -> tuple[Floats, Floats]:
    """ω from 0 on, and the probability beyond it, on one side."""
    omega = np.linspace(0, 2 * np.pi * TURNS, TURNS * POINTS + 1)
    density = np.sinc(omega / (2 * np.pi)) ** 2 / (2 * np.pi)
    steps = (density[1:] + density[:-1]) / 2 * omega[1]
    return omega, 0.5 - np.concatenate(([0.0], np.cumsum(steps)))


# by name: the similarity at a distance in lengths, and the quantiles of the frequencies for it
KERNELS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "gaussian": (gaussian, _normal),
    "sinc": (sinc, _uniform),
    "triangular": (triangular, _fejer),
}


def free(space: Space) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which components of a row turn with a power; in hrr all but the real bins."""
    return np.asarray(np.abs(_phases(space, "numbers/free")) > 0)


def uniform(space: Space, name: str) -> Floats:
    """Numbers of (0, 1), one for each free component, one in each of as many equal parts.

    In their parts by one key, among them by another: evenly spread, so that a kernel is met much
    more closely than by independent draws, and without the period that equal steps would have.
    """
    turning = free(space)
    order, within = (_phases(space, f"{name}/{part}")[turning] for part in ("order", "within"))
    rank = np.argsort(np.argsort(order, kind="stable"), kind="stable")
    return np.asarray((rank + within / (2 * np.pi) + 0.5) / len(rank))


def frequencies(space: Space, name: str, kernel: str) -> Floats:
    """Radians a length, of each component (row.width,); 0 of those that do not turn."""
    omega = np.zeros(space.algebra.row.width)
    omega[free(space)] = KERNELS[kernel][1](uniform(space, name))
    return omega


def hexagonal(space: Space, name: str) -> tuple[Floats, Floats]:
    """Frequencies along x and along y for a Gaussian, in threes that make hexagons.

    Three waves at 120° to each other, at a scale and an angle of their own: the code of grid cells.
    """
    turning = free(space)
    count = -(-int(turning.sum()) // 3)
    size, angle = (uniform(space, f"{name}/{part}")[:count] for part in ("size", "angle"))
    size, angle = np.sqrt(-2 * np.log(size)), 2 * np.pi / 3 * angle
    turned = (angle + 2 * np.pi / 3 * np.arange(3)[:, None]).T
    along = []
    for wave in (np.cos(turned), np.sin(turned)):
        omega = np.zeros(space.algebra.row.width)
        omega[turning] = (size[:, None] * wave).reshape(-1)[: int(turning.sum())]
        along.append(omega)
    return along[0], along[1]


def _phases(space: Space, name: str) -> Floats:
    row = space.backend.numpy(space.base(name).data)
    return np.asarray(np.angle(row), dtype=np.float64)
