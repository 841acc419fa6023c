"""Signatures of rows: numbers that equal rows have in common, to find them by without a scan."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend

PROBES = 12  # random projections in a signature
PROBED = 1024  # components, the first ones, that they look at
GRID = 8.0  # cells per standard deviation
EDGE = 1e-3  # closer to a cell's border than this, both cells are tried

Host = Callable[[Array], np.ndarray[Any, Any]]
Marks = tuple[list[int], dict[int, list[int]]]


class Nearly:
    """Of unit vectors that may differ by rounding: the grid cell of a few random projections."""

    def __init__(self, backend: Backend, width: int) -> None:
        self._backend = backend
        self._width = width

    @cached_property
    def _drawn(self) -> tuple[Array, np.ndarray[Any, Any]]:
        """The projections and the weights of their cells; a memory that stays empty needs none."""
        rng = np.random.Generator(np.random.PCG64(0))
        probed = min(self._width, PROBED)
        probes = rng.standard_normal((probed, PROBES)) * (GRID * math.sqrt(self._width / probed))
        weights = rng.integers(1, 1 << 62, PROBES) | 1
        return self._backend.asarray(probes.astype(self._backend.dtype)), weights

    def __call__(self, host: Host, units: Array) -> Marks:
        """A number for each row.

        Rounding may carry a projection over a cell's border: for the rows where one is close, the
        numbers with it on the other side follow in the dictionary.
        """
        probes, weights = self._drawn
        cells = host(units[:, :PROBED] @ probes).astype(np.float64)
        keys: list[int] = (np.floor(cells).astype(np.int64) @ weights).tolist()
        away = cells - np.round(cells)
        others: dict[int, list[int]] = {}
        for i, j in zip(*np.nonzero(np.abs(away) < EDGE), strict=True):
            tried = np.asarray([keys[i], *others.get(i, [])])
            if len(tried) < 16:
                step = weights[j] if away[i, j] < 0 else -weights[j]
                others[i] = [*others.get(i, []), *(tried + step).tolist()]
        return keys, others


class Exactly:
    """Of rows that are equal to the last bit or not at all: a hash of their bytes."""

    def __call__(self, host: Host, rows: Array) -> Marks:
        """A number for each row."""
        flat = np.ascontiguousarray(host(rows))
        bytes_ = flat.reshape(len(flat), -1).view(np.uint8)
        if missing := -bytes_.shape[1] % 4:
            bytes_ = np.pad(bytes_, ((0, 0), (0, missing)))
        # half as wide as the weights: of whole words two highest bits would cancel each other
        words = np.ascontiguousarray(bytes_).view("<u4").astype(np.uint64)
        return (words @ _weights(words.shape[1])).view(np.int64).tolist(), {}


@lru_cache(maxsize=16)
def _weights(count: int) -> np.ndarray[Any, Any]:
    weights = np.random.Generator(np.random.PCG64(0)).integers(0, 1 << 63, count, dtype=np.uint64)
    return weights * np.uint64(2) + np.uint64(1)
