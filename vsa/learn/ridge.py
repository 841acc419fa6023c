"""Ridge regression on encoded rows, with every leave-one-out prediction of many strengths at once.

One eigendecomposition serves all strengths α: with the rows z − mean = Σ pₖ vₖ,

    leverage  hᵢ = 1/n + Σ pᵢₖ² / (λₖ + α),    left out  ŷ₋ᵢ = yᵢ − (yᵢ − ŷᵢ) / (1 − hᵢ)

(Allen 1974; Hastie, Tibshirani and Friedman 2009, eq. 7.64). Rows come in blocks, twice: once for
their Gram matrix, once for what is left out, so that memory is dim² and a block. Rows fewer than dim
are held, and their own products are taken apart instead, which is faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Blocks = Callable[
    [], Iterator[tuple[Array, Array]]
]  # rows (n, dim) and targets (n, k), anew each time

ALPHAS = np.logspace(-4, 1, 11)


@dataclass(frozen=True)
class Spectrum:
    """Rows taken apart: their mean (dim,), axes (dim, r), the Gram matrix's eigenvalues on them (r,).

    target: the mean of the targets (k,).  along: Σ pᵢ (yᵢ − target), (r, k).
    """

    rows: int
    mean: Array
    axes: Array
    values: Array
    target: Array
    along: Array

    def leverage(self, z: Array, alpha: float) -> Array:
        """1/n + (z − mean)ᵀ (G + αI)⁻¹ (z − mean) of any rows (n, dim): (n,)."""
        centred = z - self.mean
        squares = (centred @ self.axes) ** 2
        outside = np.maximum((centred**2).sum(-1) - squares.sum(-1), 0)  # of all axes
        return np.asarray(1 / self.rows + squares @ (1 / (self.values + alpha)) + outside / alpha)

    def left_out(self, z: Array, y: Array, alphas: Array) -> Array:
        """What is predicted for each of the rows (n, dim) that were fitted, without it: (alphas, n, k)."""
        shrunk = 1 / (self.values[:, None] + alphas)
        parts = (z - self.mean) @ self.axes
        fitted = np.stack([parts @ (shrunk[:, [i]] * self.along) for i in range(len(alphas))])
        own = 1 / self.rows + (parts**2 @ shrunk).T[..., None]
        centred = y - self.target
        # a row that nothing else predicts has a leverage of 1
        return np.asarray(self.target + (fitted - own * centred) / np.maximum(1 - own, 1e-9))

    def weights(self, alpha: float) -> tuple[Array, Array]:
        """The fit: weights (dim, k) and intercept (k,)."""
        found = self.axes @ (self.along / (self.values + alpha)[:, None])
        return found, self.target - self.mean @ found


def spectrum(blocks: Blocks, rows: int) -> Spectrum:
    """The rows of some blocks taken apart; they are `rows` in all."""
    z, _ = next(blocks())
    return _few(blocks) if rows <= z.shape[-1] else _many(blocks)


def _few(blocks: Blocks) -> Spectrum:
    parts = list(blocks())
    z, y = (np.concatenate([part[i] for part in parts]).astype(np.float64) for i in (0, 1))
    mean, target = z.mean(0), y.mean(0)
    z -= mean
    values, turned = _eigen(z @ z.T)
    axes = z.T @ (turned / np.sqrt(values))
    return Spectrum(len(z), mean, axes, values, target, (z @ axes).T @ (y - target))


def _many(blocks: Blocks) -> Spectrum:
    rows = 0
    mean: Any = 0.0
    gram: Any = 0.0
    target: Any = 0.0
    cross: Any = 0.0
    for z, y in blocks():
        z = z.astype(np.float64, copy=False)
        rows += len(z)
        mean, target = mean + z.sum(0), target + y.sum(0)
        gram, cross = gram + z.T @ z, cross + z.T @ y
    mean, target = mean / rows, target / rows
    values, axes = _eigen(gram - rows * np.outer(mean, mean))
    along = axes.T @ (cross - rows * np.outer(mean, target))
    return Spectrum(rows, mean, axes, values, target, along)


def _eigen(gram: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors of a positive matrix, without those that are nothing but rounding."""
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-12 * max(values[-1], 1e-300) * len(gram)
    return values[kept], vectors[:, kept]
