"""Normal numbers, directions and unitary matrices that are functions of a key, to the last bit.

Everything is made of tabulated numbers in single precision by products, sums, quotients and roots in
double precision, one array function each: IEEE 754 leaves no choice of how these round, while the QR
of a LAPACK, a product of complex numbers or a sum along an axis may differ from build to build.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa.plugin import modulus_table, phase_table, streams

Floats = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, Any]


def indices(keys: Sequence[bytes], count: int) -> Indices:
    """So many numbers of 16 bits from the SHAKE-256 stream of each key: (keys, count)."""
    return streams(keys, 2 * count).view("<u2")


def pairs(keys: Sequence[bytes], count: int) -> Floats:
    """So many complex normal numbers of unit power for each key: (keys, count, 2), as re, im."""
    index = indices(keys, 2 * count)
    phase = phase_table()[index[:, :count]].view(np.float32).reshape(len(keys), count, 2)
    both: Floats = phase.astype(np.float64)
    both *= modulus_table()[index[:, count:], None]  # exact: of single precision each
    return both


def normals(keys: Sequence[bytes], count: int) -> Floats:
    """So many standard normal numbers for each key: (keys, count). Box and Muller."""
    half = (count + 1) // 2
    both = pairs(keys, half).reshape(len(keys), 2 * half)
    return both[:, :count] * math.sqrt(2)


def total(x: Floats) -> Floats:
    """Sums along the last axis but one, (…, n, m) → (…, m), in an order that nothing changes."""
    while (n := x.shape[-2]) > 1:
        half = x[..., : n // 2, :] + x[..., n // 2 : n - n % 2, :]
        if n % 2:
            half[..., 0, :] += x[..., -1, :]
        x = half
    return x[..., 0, :]


def directions(x: Floats) -> Floats:
    """Scaled to length 1: uniform on the sphere, of normal numbers (…, n)."""
    return x / np.sqrt(total((x * x)[..., None]))


def orthogonal(x: Floats, size: int) -> Floats:
    """Random rotations (n, size, size), uniform; of normal numbers (n, size(size+1)/2).

    A product of reflections in random directions of rising dimension. Source: G. W. Stewart, The
    efficient generation of random orthogonal matrices, SIAM Journal on Numerical Analysis 17, 1980.

    All have the determinant 1, so that sums of two are not singular: with reflections too, in an
    even dimension, half of all sums would be, and what is nearest to them an accident of rounding.
    Matrices of two rows may be reflections: rotations alone would commute.
    """
    q = np.zeros((len(x), size, size))
    q[:, -1, -1] = np.where(x[:, 0] < 0, -1.0, 1.0)
    determinant = q[:, -1, -1].copy()
    used = 1
    for k in range(2, size + 1):
        v = x[:, used : used + k].copy()
        used += k
        norm = np.sqrt(total((v * v)[..., None]))[:, 0]
        sign = np.where(v[:, 0] < 0, -1.0, 1.0)
        v[:, 0] += (
            sign * norm
        )  # the reflection I − v vᵀ / (norm · |v₀|) takes x to −sign · norm · e₁
        block = q[:, -k:, -k:]
        block[:, 0, 0] = 1.0
        along = total(v[..., None] * block) / (norm * np.abs(v[:, 0]))[:, None]
        block -= v[..., None] * along[:, None, :]
        block *= -sign[:, None, None]  # so that e₁ goes to x itself, at length 1
        determinant *= -1 if k % 2 == 0 else sign
    if size > 2:
        q[:, :, -1] *= determinant[:, None]
    return q


def unitary(x: Floats, size: int) -> Floats:
    """Random unitary matrices (n, size, size, 2), uniform; of complex normal (n, size(size+1)/2, 2)."""
    re, im = np.zeros((2, len(x), size, size))
    first = directions(x[:, 0])
    re[:, -1, -1], im[:, -1, -1] = first[:, 0], first[:, 1]
    used = 1
    for k in range(2, size + 1):
        a, b = x[:, used : used + k, 0].copy(), x[:, used : used + k, 1].copy()
        used += k
        norm = np.sqrt(total((a * a + b * b)[..., None]))[:, 0]
        modulus = np.sqrt(a[:, 0] * a[:, 0] + b[:, 0] * b[:, 0])
        c, s = (
            a[:, 0] / modulus,
            b[:, 0] / modulus,
        )  # the phase of the first component, in place of a sign
        a[:, 0] += c * norm
        b[:, 0] += s * norm
        re[:, -k, -k] = 1.0
        p, q = re[:, -k:, -k:], im[:, -k:, -k:]
        v, w = a[..., None], b[..., None]
        scale = (norm * (norm + modulus))[:, None]
        along, across = total(v * p + w * q) / scale, total(v * q - w * p) / scale
        along, across = along[:, None, :], across[:, None, :]
        p -= v * along - w * across
        q -= v * across + w * along
        c, s = c[:, None, None], s[:, None, None]
        p[...], q[...] = s * q - c * p, -(s * p + c * q)
    return np.stack([re, im], axis=-1)
