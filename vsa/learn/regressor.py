"""Regression on encoded rows, with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

from vsa.arguments import checked_number
from vsa.errors import ArgumentValueError
from vsa.learn.encoding import Encodes, blocks_of, chosen_alphas
from vsa.learn.explanation import Explanation, Score, explanations
from vsa.learn.phases import Array
from vsa.learn.ridge import spectrum


class HyperRegressor(RegressorMixin, Encodes, BaseEstimator):  # type: ignore[misc]
    """Numbers predicted from encoded rows by ridge regression, with intervals.

    encoder, dim, seed, gamma, alpha: as of `HyperClassifier`; "auto" chooses by the squared error of the
    rows, each left out in turn. Those errors make the intervals: of rows drawn like the fitted ones
    nine in ten lie within `predict_interval(X, 0.9)`.

    >>> from sklearn.datasets import make_friedman1
    >>> x, y = make_friedman1(600, noise=1, random_state=0)
    >>> model = HyperRegressor().fit(x[:400], y[:400])
    >>> bool(model.score(x[400:], y[400:]) > 0.85)
    True
    """

    def __init__(
        self,
        encoder: Any = None,
        dim: int = 1024,
        gamma: Any = "auto",
        alpha: Any = "auto",
        seed: int = 0,
    ) -> None:
        self.encoder = encoder
        self.dim = dim
        self.gamma = gamma
        self.alpha = alpha
        self.seed = seed

    def fit(self, X: Any, y: Any) -> HyperRegressor:
        """Learn from rows and their numbers (rows,)."""
        targets = self._targets(X, y)
        alphas, tried = chosen_alphas(self.alpha), []
        for encoder in self._encoders():
            encoder.fit(X)
            blocks = blocks_of(encoder, X, targets)
            found = spectrum(blocks, len(targets))
            errors = np.concatenate(
                [found.left_out(z, y, alphas)[..., 0] - y[:, 0] for z, y in blocks()], axis=1
            )
            losses = (errors**2).mean(-1)
            best = int(losses.argmin())
            tried.append((float(losses[best]), float(alphas[best]), errors[best], found, encoder))
        self.loss_, self.alpha_, errors, found, encoder = min(tried, key=lambda t: t[0])
        weights, intercept = found.weights(self.alpha_)
        self.coef_, self.intercept_ = weights[:, 0], float(intercept[0])
        self.mean_ = float(targets.mean())
        self.errors_ = np.sort(abs(errors))
        self._use(encoder)
        return self

    def predict(self, X: Any) -> Array:
        """The number of each row (rows,)."""
        return np.concatenate([z @ self.coef_ + self.intercept_ for z in self._encoded(X)])

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Low and high ends (rows, 2) that hold the number of a row with this probability.

        The prediction ± a quantile of the absolute errors of the rows that were left out (the jackknife;
        Barber et al. 2021), one width for all.
        """
        check_is_fitted(self)
        coverage = checked_number("coverage", coverage, above=0, below=1)
        rows = len(self.errors_)
        rank = int(np.ceil(coverage * (rows + 1)))
        if rank > rows:
            raise ArgumentValueError(
                f"coverage is at most {rows / (rows + 1):.3g} where {rows} rows were fitted"
            )
        width = self.errors_[rank - 1]
        return np.asarray(self.predict(X)[:, None] + np.array([-width, width]))

    def explain(self, X: Any) -> list[Explanation]:
        """Which features made the number: for each row by how much it was over the mean of all."""
        check_is_fitted(self)

        def judge(z: Array) -> tuple[Any, Any, Score]:
            return float(z[0] @ self.coef_ + self.intercept_), None, above

        def above(z: Array) -> Array:
            return np.asarray(z @ self.coef_ + self.intercept_ - self.mean_)

        return explanations(self.encoder_, X, judge)

    def _targets(self, X: Any, y: Any) -> Array:
        if y is None:
            raise ArgumentValueError(
                "HyperRegressor requires y to be passed, but the target y is None"
            )
        y = column_or_1d(y, warn=True)
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_min_samples=2)
        check_consistent_length(X, y)
        return np.asarray(y)[:, None]
