"""How many edges of a sum are found, and how many are invented: what a graph's capacity follows from."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from vsa import VsaError
from vsa.plugin import TARGET, Binomial, Chosen, Noise, Overlap, smallest

FINE = 4  # steps of a step of a table
FAR = 7.0  # standard deviations
Loads = tuple[
    tuple[int, float], ...
]  # how many edges a part holds, and the share of all that are there


@lru_cache(maxsize=4096)
def recall(noise: Noise, k: float, odds: float) -> tuple[float, float]:
    """How many edges are found beside k − 1 others, and how many are invented for each that is there.

    Found is what is likelier than not.  odds: beforehand, against an edge between two nodes.
    """
    load = 1 + (k - 1) * getattr(noise, "other", 1.0)
    share = np.minimum(noise.shares.over(np.array([load])), 0.9999)
    points, ratio = noise.grid(), noise.log_ratio(share)[:, 0]
    if not isinstance(noise, Binomial):  # no steps, but those of the table
        reach = FAR * noise.deviation
        first, last = np.searchsorted(points, [-reach, min(share[0] + reach, points[-1])])
        fine = np.arange(first * FINE, last * FINE + 1) / FINE
        points = np.interp(fine, np.arange(len(points)), points)
        ratio = np.interp(fine, np.arange(len(ratio)), ratio)
    tail = np.append(noise.false_match(points, 1), 0.0)  # P(an unrelated item reaches it)
    likely = ratio >= math.log(odds)
    least = int(np.argmax(likely)) if likely.any() else len(likely)
    missed = (-np.diff(tail))[:least] * np.exp(np.minimum(ratio[:least], 700))
    return max(1 - float(missed.sum()), 0.0), odds * float(tail[least])


def right(noise: Noise, k: float, items: int, parts: int) -> float:
    """How many of the edges are read right beside k − 1 others of one of the parts.

    Those that are invented count as wrong.
    """
    k = min(k, 4 * noise.deviation**-2)
    if isinstance(noise, Overlap):  # whole or not: single reads and many fail together
        return noise.pair_accuracy(k, items)
    found, invented = recall(noise, k, max(items**2 / (parts * k) - 1, 1.0))
    return found / (1 + invented)


def on_average(noise: Noise, loads: Loads, items: int, parts: int) -> float:
    """Of all edges."""
    return sum(share * right(noise, k, items, parts) for k, share in loads)


@lru_cache(maxsize=256)
def wanted(chosen: Chosen, loads: Loads, items: int) -> str:
    """Which dim of an algebra would do, in fewer parts too; in words."""
    try:
        dim = smallest(chosen, lambda noise: on_average(noise, loads, items, 1) >= TARGET)
    except VsaError as error:
        return str(error)
    return f"dim {dim} would do"
