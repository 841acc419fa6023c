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

import math
from functools import lru_cache, reduce
from operator import xor
from typing import Any

import numpy as np

from vsa.plugin import Backend, streams

Array = Any
Host = np.ndarray[Any, Any]

COUNT = 5  # odd, as the rule is
# beside the largest component: zero, but for it
ROUNDING = {np.dtype("float32"): 1e-6, np.dtype("float64"): 1e-13}


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
def pattern(dim: int) -> Host:
    """The fixed signs (dim,), True for −1: the first bit is the highest of the first byte."""
    drawn = streams([f"vsa/ties\x1f{dim}".encode()], -(-dim // 8))[0]
    return np.unpackbits(drawn, count=dim).astype(bool)


def settled(
    backend: Backend, step: int, negative: Array, known: Array, pattern: Array, turned: Array
) -> Array:
    """The rule itself, of truth values (..., dim) or of bits in bytes.

    step: how many components a value holds.  negative, known: which signs are −1, and which there
    are; no other bits are set in `negative`.  pattern: the fixed signs.  turned: (..., 1), all bits
    set where the first sign is −1.
    """
    filled = negative | ((pattern ^ turned) & ~known)
    width = filled.shape[-1]
    before = [offset // step for offset in offsets(width * step)]
    start = before[-1]  # the furthest
    ring = backend.xp.concat([filled[..., -start:], filled], axis=-1)
    product = ring[..., :width]  # views: nothing is rolled
    for offset in before[:-1]:
        product = product ^ ring[..., start - offset : start - offset + width]
    return negative | (product & ~known)


def signs(backend: Backend, total: Array, pattern: Array) -> Array:
    """Whether each component of sums (..., dim) is −1 in the end; of a sum of zeros always the same.

    pattern: `pattern(dim)`, on the backend.
    """
    if isinstance(total, np.ndarray):
        bits = np.unpackbits(packed(backend, total), -1, total.shape[-1], bitorder="little")
        return bits.view(bool)
    xp, dim = backend.xp, total.shape[-1]
    negative, known = _apart(backend, total)
    if backend.looks_first and known.all():
        return negative
    first = xp.argmax(xp.astype(known, xp.uint8), axis=-1)
    return settled(backend, 1, negative, known, pattern, _at(backend, negative, first, dim))


def packed(backend: Backend, total: Host) -> Host:
    """The same on NumPy, as bits: the first is the lowest of the first byte."""
    negative, known = _apart(backend, total)
    if total.ndim == 1:
        return _of_one(negative, known)
    bits, dim = np.packbits(negative, axis=-1, bitorder="little"), total.shape[-1]
    if known.all():
        return bits
    turned = _at(backend, negative, known.argmax(-1), dim)
    if dim % 8 or dim < 64:
        found = settled(backend, 1, negative, known, pattern(dim), turned)
        return np.packbits(found, axis=-1, bitorder="little")
    known = np.packbits(known, axis=-1, bitorder="little")
    return np.asarray(
        settled(backend, 8, bits, known, _packed_pattern(dim), turned * np.uint8(255))
    )


def _apart(backend: Backend, total: Array) -> tuple[Array, Array]:
    """Which components are below zero, and which are not zero."""
    rounding = ROUNDING.get(backend.host_dtype(total.dtype))
    if rounding is None:
        return total < 0, total != 0
    size = backend.xp.abs(total)
    least = backend.xp.max(size, axis=-1)[..., None] * rounding
    return total < -least, size > least


def _at(backend: Backend, negative: Array, first: Array, dim: int) -> Array:
    """The values (..., 1) at a place of each row."""
    xp = backend.xp
    rows = xp.arange(math.prod(first.shape), device=backend.device) * dim
    flat = xp.reshape(negative, (-1,))
    return xp.reshape(xp.take(flat, xp.reshape(first, (-1,)) + rows, axis=0), (*first.shape, 1))


def _of_one(negative: Host, known: Host) -> Host:
    """The rule for one sum."""
    bits, dim = np.packbits(negative, bitorder="little"), len(known)
    there = _number(np.packbits(known, bitorder="little"))
    if there == (1 << dim) - 1:
        return bits
    data = settled_one(dim, _number(bits), there).to_bytes(-(-dim // 8), "little")
    return np.frombuffer(bytearray(data), np.uint8)


def settled_one(dim: int, negative: int, known: int) -> int:
    """The rule on whole numbers of as many bits, whose operations cost a tenth of calls for arrays."""
    every, fixed = (1 << dim) - 1, _fixed(dim)
    tied = every ^ known
    turned = fixed ^ every if negative & known & -known else fixed
    filled = negative | tied & turned
    twice = filled << dim | filled
    product = reduce(xor, [twice >> dim - offset for offset in offsets(dim)])
    return negative | tied & product


def _number(bits: Host) -> int:
    return int.from_bytes(bits.tobytes(), "little")


@lru_cache
def _packed_pattern(dim: int) -> Host:
    return np.packbits(pattern(dim), bitorder="little")


@lru_cache
def _fixed(dim: int) -> int:
    return _number(_packed_pattern(dim))
