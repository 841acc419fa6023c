"""What the rows of a table are, and where they live: here in memory, mapped in vsa/persist/mapped.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector


def unit(vectors: Vector) -> tuple[Array, np.ndarray[Any, Any]]:
    """Vectors packed and scaled to length 1 (..., dim), and their lengths (...), on the host.

    The zero vector stays zero.
    """
    backend = vectors.space.backend
    packed = vectors.space.algebra.pack(vectors.data)
    norms = backend.xp.sqrt(backend.xp.vecdot(packed, packed))
    scaled = packed / (norms + (norms == 0))[..., None]
    return scaled, backend.numpy(norms).astype(np.float64)


class Store(Protocol):
    """A growing array of rows (capacity, width), of which a table says how many count."""

    array: Array

    def reserve(self, length: int, used: int) -> None:
        """Make room for `length` rows, of which the first `used` are kept."""

    def write(self, start: int, block: Array) -> None:
        """Put rows (n, width) from `start` on, for which there is room."""


class Held:
    """Rows in memory; room doubles, so that growth costs amortised constant time."""

    def __init__(self, width: int, dtype: Any, empty: Callable[..., Array] = np.empty) -> None:
        self.empty = empty  # of NumPy, or of a backend
        self.array: Array = empty((0, width), dtype)

    def reserve(self, length: int, used: int) -> None:
        if length <= len(self.array):
            return
        capacity = max(length, 2 * len(self.array), 64)
        array = self.empty((capacity, self.array.shape[1]), self.array.dtype)
        array[:used] = self.array[:used]
        self.array = array

    def write(self, start: int, block: Array) -> None:
        self.array[start : start + len(block)] = block


class Still:
    """Rows that do not grow: a view of those that there were."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def reserve(self, length: int, used: int) -> None:
        raise RuntimeError("a view does not grow")

    def write(self, start: int, block: Array) -> None:
        raise RuntimeError("a view is not written to")
