"""How the sign of a sum falls where it is zero: by the sum elsewhere, never always the same way.

A tie that always falls alike, or by a fixed vector, makes unrelated bundles alike: of two ±1 terms
half the places are ties, and the cosine of two such bundles is .25. Here a tied place takes the
product of the signs that stand a few `offsets` before it. One of them would do as well for the mean,
but whole stretches would be copies of others: unrelated bundles of two would differ by 1.25 times
the noise of their dim. A place with no sign counts by a fixed `pattern`, turned over if the first
sign of the sum is −1. So the rule depends neither on the order nor on the size of the terms, and it
is odd: the opposite sum falls the opposite way.

Bits in words follow the same rule, where a product is an XOR: offsets are whole words, or bytes,
where the dim is.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np

from vsa.plugin import Backend

Array = Any

COUNT = 5  # odd, as the rule is
ROUNDING = {"float32": 1e-6, "float64": 1e-13}  # beside the largest component: zero, but for it


@lru_cache
def offsets(dim: int) -> tuple[int, ...]:
    """How far before a tied place the signs stand whose product it takes; an odd number of them."""
    if dim % 64 == 0 and dim >= 512:
        step = 64
    elif dim % 8 == 0 and dim >= 64:
        step = 8
    else:
        step = max(dim // 8, 1)
    count = min(COUNT, dim - 1)
    return tuple(i * step for i in range(1, count + count % 2))


@lru_cache
def pattern(dim: int) -> np.ndarray[Any, Any]:
    """The fixed signs (dim,), True for −1: the first bit is the highest of the first byte."""
    digest = hashlib.shake_256(f"vsa/ties\x1f{dim}".encode()).digest(-(-dim // 8))
    return np.unpackbits(np.frombuffer(digest, np.uint8), count=dim).astype(bool)


def told(backend: Backend, total: Array) -> tuple[Array, Array]:
    """Where sums (..., dim) are negative, and where they are tied."""
    xp = backend.xp
    if not xp.isdtype(total.dtype, "real floating"):
        return total < 0, total == 0
    size = xp.abs(total)
    least = xp.max(size, axis=-1)[..., None] * ROUNDING[backend.host_dtype(total.dtype).name]
    return total < -least, size <= least


def signs(backend: Backend, total: Array, pattern: Array) -> Array:
    """Whether each component of sums (..., dim) is −1 in the end; the pattern of a sum of zeros.

    pattern: `pattern(dim)`, on the backend.
    """
    xp = backend.xp
    negative, tied = told(backend, total)
    # torch need not look first: that waits for the device
    if backend.has_out and not tied.any():
        return negative
    first = xp.argmin(xp.astype(tied, xp.int8), axis=-1)[..., None]
    turned = xp.take_along_axis(negative, first, axis=-1)
    filled = negative | (tied & (pattern ^ turned))
    product = xp.zeros_like(filled)
    for offset in offsets(total.shape[-1]):
        product = product ^ xp.roll(filled, offset, axis=-1)
    return negative | (tied & product)
