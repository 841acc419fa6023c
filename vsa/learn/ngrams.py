"""Texts as vectors: the n-grams in them, counted."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from vsa.arguments import checked_choice, checked_texts, checked_truth, checked_whole, refused
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.learn.phases import Array, atoms, phasor_space

ANALYZERS = ("char", "char_wb", "word")
ATOMS = 4096  # drawn at a time


class NgramEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts (rows,) as vectors (rows, dim): each the sum of its n-grams' atoms, counted.

    analyzer: n-grams of "char" (k-mers of bases too), of characters within words, "char_wb", or of
    "word"; ngram_range: their least and greatest length; both as of scikit-learn's CountVectorizer,
    which counts them.  lowercase: capitals are small letters.  normalize: to length 1.
    dim, seed: as of `NumberEncoder`.
    names: of the columns, where sparse counts (rows, n-grams) are given instead of texts; their numbers
    if none are given.

    An atom is a function of its n-gram alone: nothing is learnt, and no n-gram is unknown. The cosine of
    two texts is that of their counts, within 1/√dim. A text without n-grams is the zero vector.

    >>> v = NgramEncoder().fit_transform(["the cat sat", "the cat sits", "un chat noir"])
    >>> [round(float(cosine), 1) for cosine in v @ v[0]]
    [1.0, 0.7, 0.1]
    """

    def __init__(
        self,
        analyzer: str = "char",
        ngram_range: tuple[int, int] = (3, 3),
        lowercase: bool = True,
        dim: int = 1024,
        normalize: bool = True,
        names: Any = None,
        seed: int = 0,
    ) -> None:
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.dim = dim
        self.normalize = normalize
        self.names = names
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> NgramEncoder:
        """Look at the parameters and the kind of X; nothing is learnt."""
        self._counter()
        checked_truth("normalize", self.normalize)
        self.space_ = phasor_space(self.dim, self.seed).like(dtype="float32")
        self._looked_at(X)
        self._n_features_out = 2 * self.space_.dim
        return self

    def transform(self, X: Any) -> Array:
        """The vectors (rows, dim) of texts or of sparse counts, in float32."""
        check_is_fitted(self)
        counts, names = self._counted(X)
        found = np.zeros((counts.shape[0], self._n_features_out), np.float32)
        for start in range(0, len(names), ATOMS):
            some = slice(start, start + ATOMS)
            found += counts[:, some] @ self._atoms(names[some])
        if self.normalize:
            lengths = np.linalg.norm(found, axis=-1, keepdims=True)
            found /= np.where(lengths > 0, lengths, 1)
        return found

    def parts(self, X: Any) -> tuple[list[str], Array]:
        """Of one text: its n-grams, and its vector without each of them (n-grams, dim)."""
        check_is_fitted(self)
        counts, names = self._counted(X)
        there = counts.nonzero()[1]
        names = [names[i] for i in there]
        some = np.asarray(counts[:, there].todense()).T * self._atoms(names)
        whole = some.sum(0)
        length = np.linalg.norm(whole) if self.normalize and whole.any() else 1
        return names, (whole - some) / length

    def _atoms(self, names: list[str]) -> Array:
        return atoms(self.space_, [f"learn/ngram/{name}" for name in names])

    def _counted(self, X: Any) -> tuple[Any, list[str]]:
        """The counts (rows, n-grams), sparse, and what the n-grams are called."""
        X = self._looked_at(X)
        if not issparse(X):
            counter = self._counter()
            try:
                counts = counter.fit_transform(X)
            except ValueError as error:
                if "empty vocabulary" not in str(error):
                    raise
                return csr_array((len(X), 0), dtype=np.float32), []
            return csr_array(counts), counter.get_feature_names_out().tolist()
        names = range(X.shape[1]) if self.names is None else checked_texts("names", self.names)
        if len(names) != X.shape[1]:
            raise ArgumentValueError(
                f"names has {len(names)} names, and the counts have {X.shape[1]} columns"
            )
        return csr_array(X), [str(name) for name in names]

    def _looked_at(self, X: Any) -> Any:
        if issparse(X):
            return check_array(X, accept_sparse="csr", dtype=np.float32, estimator=self)
        if isinstance(X, (str, bytes)) or not hasattr(X, "__iter__"):
            raise refused("X", "texts in a list", X)
        texts = list(X)
        if getattr(X, "ndim", 1) != 1:
            raise ArgumentValueError("X must be texts in a list, one for each row: give one column")
        for i, text in enumerate(texts):
            if not isinstance(text, str):
                raise ArgumentTypeError(f"row {i} of X must be a text, not {type(text).__name__}")
        if not texts:
            raise ArgumentValueError("X must hold at least one text, and it holds none")
        return texts

    def _counter(self) -> Any:
        bounds = self.ngram_range
        if not isinstance(bounds, (tuple, list)) or len(bounds) != 2:
            raise refused("ngram_range", "two whole numbers, such as (1, 3)", bounds)
        least = checked_whole("the least of ngram_range", bounds[0], 1, 100)
        most = checked_whole("the greatest of ngram_range", bounds[1], least, 100)
        return CountVectorizer(
            analyzer=checked_choice("analyzer", self.analyzer, ANALYZERS),
            ngram_range=(least, most),
            lowercase=checked_truth("lowercase", self.lowercase),
            dtype=np.float32,
            **({"token_pattern": r"(?u)\b\w+\b"} if self.analyzer == "word" else {}),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = tags.input_tags.string = tags.input_tags.sparse = True
        tags.requires_fit = True
        return tags
