"""Rows of numbers as vectors: fractional power encoding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted, validate_data

from vsa.arguments import checked_number, checked_truth
from vsa.errors import ArgumentValueError
from vsa.learn.phases import Array, frequencies, packed, phasor_space

GAMMA = 0.5


class NumberEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers (rows, features) as vectors (rows, dim) of length 1, alike as a Gaussian kernel says.

    v = Πⱼ keyⱼ ^ xⱼ, the binding of each feature's key to the power of its number (Plate 1994; Frady et
    al. 2022), in which v·v′ ≈ exp(−gamma ‖x − x′‖² / features), within 1/√dim (random Fourier features,
    Rahimi and Recht 2007). Rows are packed vectors of `space_`,
    `Space(dim // 2, algebra="fhrr")`.

    dim: numbers of a vector, even.  gamma: how narrow the kernel is; 1 is scikit-learn's "scale".
    scale: bring each feature to mean 0 and variance 1 first, as the fitted rows have it.
    seed: chooses other keys.

    >>> import numpy as np
    >>> x = np.random.default_rng(0).normal(size=(50, 4))
    >>> v = NumberEncoder(dim=2048, gamma=1, scale=False).fit_transform(x)
    >>> kernel = np.exp(-((x[:, None] - x) ** 2).sum(-1) / 4)
    >>> bool(abs(v @ v.T - kernel).max() < 0.15)
    True
    """

    def __init__(
        self, dim: int = 1024, gamma: float = GAMMA, scale: bool = True, seed: int = 0
    ) -> None:
        self.dim = dim
        self.gamma = gamma
        self.scale = scale
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> NumberEncoder:
        """Look at the features' means and variances."""
        space = phasor_space(self.dim, self.seed)
        gamma = checked_number("gamma", self.gamma, above=0)
        X = self._looked_at(X, reset=True)
        scale = checked_truth("scale", self.scale)
        scaler = StandardScaler(with_mean=scale, with_std=scale)
        self.scaler_ = scaler.set_output(transform="default").fit(X)
        count = X.shape[1]
        drawn = frequencies(space, (f"learn/number/{j}" for j in range(count)))
        self.frequencies_ = drawn * (2 * gamma / count) ** 0.5
        self.space_, self._n_features_out = space, 2 * space.dim
        return self

    def transform(self, X: Any) -> Array:
        """The vectors (rows, dim) of rows of numbers, float32 where the numbers are."""
        check_is_fitted(self)
        return self._encoded(self.scaler_.transform(self._looked_at(X)))

    def parts(self, X: Any) -> tuple[list[str], Array]:
        """Of one row: the names of its features, and its vector without each of them (features, dim).

        A feature is taken out by unbinding its power, which puts its mean in its place.
        """
        check_is_fitted(self)
        row = self.scaler_.transform(self._looked_at(X))
        without = row * (1 - np.eye(row.shape[1], dtype=row.dtype))
        return names_of(self, row.shape[1]), self._encoded(without)

    def _encoded(self, scaled: Array) -> Array:
        return packed(scaled @ self.frequencies_.astype(scaled.dtype, copy=False))

    def _looked_at(self, X: Any, reset: bool = False) -> Array:
        found = validate_data(
            self, X, dtype=[np.float64, np.float32], ensure_all_finite=False, reset=reset
        )
        wrong = ~np.isfinite(found)
        if wrong.any():
            row, column = np.argwhere(wrong)[0]
            name = names_of(self, found.shape[1])[column]
            if not np.isnan(found[row, column]):
                raise ArgumentValueError(f"column {name} holds infinity: give finite numbers")
            raise ArgumentValueError(
                f"column {name} holds NaN in row {row}: fill it, or where values may be missing take "
                f'RecordEncoder({{"{name}": "number or missing"}})'
            )
        return np.asarray(found)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def names_of(encoder: Any, count: int) -> list[str]:
    """The features' names as they were given, or x0, x1 …"""
    given: Sequence[str] = getattr(encoder, "feature_names_in_", ())
    return [str(name) for name in given] or [f"x{j}" for j in range(count)]
