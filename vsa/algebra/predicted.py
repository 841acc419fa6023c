"""The theory of capacity in the terms of an algebra: how often, and which of its dims would do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from vsa.algebra.backend import make_backend
from vsa.algebra.base import NEXT
from vsa.algebra.registry import Chosen, find_algebra
from vsa.algebra.space import MOST, Space
from vsa.errors import VsaError
from vsa.theory.noise import Noise


def noise_at(space: Space, dim: int) -> Noise:
    """The noise of the space's algebra at another dim, that fits."""
    return _noise_at(space.chosen, dim)


@lru_cache(maxsize=1024)
def _noise_at(chosen: Chosen, dim: int) -> Noise:
    return chosen.kind(dim, make_backend("numpy", "float32"), *chosen.parameters).noise


def next_dim(space: Space, dim: int) -> int:
    """The smallest dim that fits the space's algebra and is no smaller."""
    found = _next_dim(space.chosen, max(dim, 2))
    if found is None:
        raise VsaError(f"no dim from {dim} on of the algebra {space.chosen.name!r} would do")
    return found


@lru_cache(maxsize=1024)
def _next_dim(chosen: Chosen, dim: int) -> int | None:
    fits, parameters = chosen.kind.fits, chosen.parameters
    return next((d for d in range(dim, dim + NEXT) if fits(d, *parameters)), None)


def in_algebra(space: Space, algebra: str, seed: int = 0) -> Space:
    """The space in another algebra, at its dim or the next that fits."""
    chosen = find_algebra(algebra)
    dim = _next_dim(chosen, space.dim)
    return space.like(algebra=chosen, dim=dim or space.dim, seed=seed, atoms=None)


def needed_dim(space: Space, loads: Sequence[float], items: int, target: float = 0.99) -> int:
    """The smallest dim of the space's algebra at which reads at all of these loads reach `target`.

    The product of their accuracies must: range(1, 33) for a stack of 32.
    """

    def enough(dim: int) -> bool:
        noise, reached = noise_at(space, next_dim(space, dim)), 1.0
        for load in loads:
            reached *= noise.accuracy(load, items)
            if reached < target:
                return False
        return True

    high = next_dim(space, 2)
    while not enough(high):
        high *= 2
        if high > MOST:
            raise VsaError(f"no dim up to {MOST} of the algebra {space.chosen.name!r} would do")
    low = high // 2  # not enough, or below the smallest dimension
    while high - low > 1:
        middle = math.isqrt(low * high) if high > 2 * low else (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return next_dim(space, high)
