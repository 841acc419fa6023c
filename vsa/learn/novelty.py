"""What is unlike everything that was seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, OutlierMixin
from sklearn.utils.validation import check_is_fitted

from vsa.arguments import checked_number
from vsa.errors import ArgumentValueError
from vsa.learn.encoding import Encodes, blocks_of, rows_of
from vsa.learn.numbers import GAMMA
from vsa.learn.phases import Array
from vsa.learn.ridge import spectrum


class NoveltyDetector(OutlierMixin, Encodes, BaseEstimator):  # type: ignore[misc]
    """Rows that are unlike the fitted ones: 1 for those that are alike, −1 for the others.

    rate: false alarms, the share of rows like the fitted ones that are called novel.
    encoder, dim, gamma, seed: as of `HyperClassifier`, with one gamma.
    alpha: how much of what is rare in the fitted rows counts as seen; of a row the more, the less.

    What of a vector the fitted ones cannot make up is its novelty: its leverage zᵀ(G + αI)⁻¹z, with G
    the fitted rows' Gram matrix. The threshold is the quantile of the fitted rows, each left out in turn
    (its leverage is then h / (1 − h)), so that the rate holds for new rows and not for those seen.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> model = NoveltyDetector(rate=0.05).fit(rng.normal(size=(500, 16)))
    >>> (model.predict(rng.normal(6, 1, size=(50, 16))) == -1).all()
    np.True_
    """

    def __init__(
        self,
        rate: float = 0.05,
        encoder: Any = None,
        dim: int = 1024,
        gamma: float = GAMMA,
        alpha: float = 0.1,
        seed: int = 0,
    ) -> None:
        self.rate = rate
        self.encoder = encoder
        self.dim = dim
        self.gamma = gamma
        self.alpha = alpha
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> NoveltyDetector:
        """Look at rows of the usual kind."""
        rate = checked_number("rate", self.rate, above=0, below=1)
        alpha = checked_number("alpha", self.alpha, above=0)
        checked_number("gamma", self.gamma, above=0)
        (encoder,) = self._encoders()
        encoder.fit(X)
        rows = rows_of(X)
        if rows < 2:
            raise ArgumentValueError(f"novelty is told from two rows or more, n_samples = {rows}")
        blocks = blocks_of(encoder, X, np.zeros((rows, 0)))
        self.spectrum_, self.alpha_ = spectrum(blocks, rows), alpha
        self._use(encoder)
        own = np.concatenate([self._leverage(z) for z, _ in blocks()])
        without = np.sort(own / np.maximum(1 - own, 1e-12))
        rank = min(int(np.ceil((1 - rate) * (rows + 1))), rows)
        self.offset_ = -float(without[rank - 1])
        return self

    def score_samples(self, X: Any) -> Array:
        """How usual each row is (rows,): minus its leverage."""
        return -np.concatenate([self._leverage(z) for z in self._encoded(X)])

    def decision_function(self, X: Any) -> Array:
        """How usual each row is, over the threshold (rows,): below 0 what is novel."""
        return self.score_samples(X) - self.offset_

    def predict(self, X: Any) -> Array:
        """1 for rows that are alike, −1 for novel ones (rows,)."""
        check_is_fitted(self)
        return np.where(self.decision_function(X) < 0, -1, 1)

    def _leverage(self, z: Array) -> Array:
        return np.asarray(self.spectrum_.leverage(z, self.alpha_))
