"""Numbers as packed vectors of phasors: the Gaussian frequencies of `vsa.numbers`, all features at once.

A row is the product of its features' powers, whose phases add up: one matrix product for what codes that
are bound one by one take some seventy times as long for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.arguments import checked_whole
from vsa.errors import ArgumentValueError
from vsa.numbers import kernels

Array = np.ndarray[Any, Any]


def phasor_space(dim: Any, seed: Any) -> Space:
    """The space that rows of `dim` numbers are packed vectors of: dim/2 phasors of `fhrr`."""
    dim = checked_whole("dim", dim, 4, 1 << 16)
    if dim % 2:
        raise ArgumentValueError(f"dim must be even, a cosine and a sine of each phase, not {dim}")
    return Space(dim // 2, algebra="fhrr", seed=checked_whole("seed", seed), dtype="float64")


def atoms(space: Space, names: Iterable[str]) -> Array:
    """The packed atoms of some names (names, dim), of length 1."""
    return np.asarray(space.algebra.pack(space.batch(names).data))


def frequencies(space: Space, names: Iterable[str]) -> Array:
    """Of each name a row of frequencies of the kernel exp(−d²/2): (names, dim/2)."""
    return np.stack([kernels.frequencies(space, name, "gaussian") for name in names])


def packed(phases: Array) -> Array:
    """Phases (..., dim/2) as packed vectors (..., dim) of length 1: a cosine and a sine in turn."""
    found = np.empty((*phases.shape[:-1], 2 * phases.shape[-1]), phases.dtype)
    np.cos(phases, out=found[..., ::2])
    np.sin(phases, out=found[..., 1::2])
    found *= phases.shape[-1] ** -0.5
    return found
