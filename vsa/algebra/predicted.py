"""The theory of capacity in the terms of an algebra: which of its dims would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vsa.algebra.backend import Backend, make_backend
from vsa.algebra.registry import find_algebra
from vsa.algebra.space import MOST, Space
from vsa.errors import VsaError
from vsa.theory import capacity
from vsa.theory.noise import Gaussian, Noise


def noise_at(algebra: str, dim: int) -> Noise:
    """The noise of an algebra, "hrr" or "sbc:16", at a dim that fits."""
    kind, parameters = find_algebra(algebra)
    return kind(dim, _backend(), *parameters).noise


def _backend() -> Backend:
    return make_backend("numpy", "float32")


def needed_dim(space: Space, steps: Sequence[float], items: int, target: float = 0.99) -> int:
    """The smallest dim of the space's algebra at which reads at all of these loads reach `target`.

    The product of their accuracies must: range(1, 33) for a stack of 32.
    """
    name = space.settings[1]
    kind, parameters = find_algebra(name)
    here = space.noise
    if isinstance(here, Gaussian) and space.algebra.freedom == space.dim:
        wanted = capacity.needed_dim(
            1, items, target, [max(here.load(load), 1.0) for load in steps]
        )
        return _up_to(lambda dim: kind.fits(dim, *parameters), wanted)

    def enough(dim: int) -> bool:
        noise, reached = noise_at(name, dim), 1.0
        for load in steps:
            reached *= noise.accuracy(load, items)
            if reached < target:
                return False
        return True

    def next_that_fits(dim: int) -> int:
        return _up_to(lambda d: kind.fits(d, *parameters), dim)

    high = next_that_fits(2)
    while not enough(high):
        if 2 * high > MOST:
            raise VsaError(f"no dim up to {MOST} of the algebra {name!r} would do")
        high = next_that_fits(2 * high)
    low = high // 2
    while high - low > 1:
        middle = next_that_fits((low + high) // 2)
        if middle >= high:
            high_below = (low + high) // 2
            low = high_below  # no dim between fits
            continue
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _up_to(fits: Callable[[int], bool], dim: int) -> int:
    dim = max(dim, 2)
    while not fits(dim):
        dim += 1
    return dim
