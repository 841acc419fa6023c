"""The theory of capacity in the terms of an algebra: how often, and which of its dims would do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
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
    return next_fit(space.chosen, dim)


@lru_cache(maxsize=1024)
def next_fit(chosen: Chosen, dim: int) -> int:
    """The same of an algebra that no space is made of yet."""
    kind, parameters = chosen
    dim = max(dim, 2)
    for near in range(dim, min(dim + NEXT, MOST + 1)):
        if kind.fits(near, *parameters):
            return near
    raise none_would_do(chosen)


def none_would_do(chosen: Chosen) -> VsaError:
    """There is no dim that is large enough."""
    return VsaError(f"no dim up to {MOST} of the algebra {chosen.name!r} would do")


def in_algebra(space: Space, algebra: str, seed: int = 0) -> Space:
    """The space in another algebra, at its dim or the next that fits."""
    chosen = find_algebra(algebra)
    return space.like(algebra=chosen, dim=next_fit(chosen, space.dim), seed=seed)


def needed_dim(
    space: Space,
    loads: Sequence[float],
    items: int,
    target: float = 0.99,
    pairs: bool = False,
) -> int:
    """The smallest dim of the space's algebra at which reads at all of these loads reach `target`.

    The product of their accuracies must: range(1, 33) for a stack of 32.  pairs: the loads are of
    pairs, which are unbound.
    """
    return smallest(
        space.chosen, lambda noise: reached(noise, loads, items, target, pairs) >= target
    )


def reached(
    noise: Noise, loads: Sequence[float], items: int, target: float = 0.0, pairs: bool = False
) -> float:
    """How often all of these reads are right; below the target any number below it."""
    right = 1.0
    for load in loads:
        right *= (noise.pair_accuracy if pairs else noise.accuracy)(load, items)
        if right < target:
            break
    return right


def smallest(chosen: Chosen, enough: Callable[[Noise], bool]) -> int:
    """The smallest dim of an algebra whose noise is low enough."""

    def does(dim: int) -> bool:
        return enough(_noise_at(chosen, next_fit(chosen, dim)))

    high = next_fit(chosen, 2)
    while not does(high):
        high *= 2
        if high > MOST:
            raise none_would_do(chosen)
    low = high // 2  # not enough, or below the smallest dimension
    while high - low > 1:
        middle = math.isqrt(low * high) if high > 2 * low else (low + high) // 2
        low, high = (low, middle) if does(middle) else (middle, high)
    return next_fit(chosen, high)
