"""Vectors compared up to the rounding of their precision."""

import numpy as np


def numbers(vector):
    return vector.space.backend.numpy(vector.data)


def same(a, b, rounding=20):
    """Equal up to some roundings of the largest number, in every component."""
    x, y = numbers(a), numbers(b)
    assert x.shape == y.shape
    scale = max(np.abs(x).max(initial=0), np.abs(y).max(initial=0))
    tolerance = rounding * np.finfo(a.space.backend.dtype).eps * scale
    return bool(np.all(np.abs(x - y) <= tolerance))
