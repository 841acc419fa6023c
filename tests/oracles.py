"""Definitions that tests compare with."""

import numpy as np


def convolve(x, y):
    """Circular convolution by its definition: (x ⊛ y)_j = Σ_k x_k y_(j−k)."""
    d = len(x)
    return np.array([sum(x[k] * y[(j - k) % d] for k in range(d)) for j in range(d)])
