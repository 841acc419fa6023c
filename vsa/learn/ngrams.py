"""Texts as vectors: the n-grams in them, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from os import PathLike
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from vsa.arguments import (
    checked_choice,
    checked_iterable,
    checked_texts,
    checked_truth,
    checked_whole,
    refused,
)
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.learn.phases import Array, atoms, phasor_space
from vsa.learn.pieces import counted, pieces_of

ANALYZERS = ("char", "char_wb", "word")
ATOMS = 4096  # drawn at a time
WORDS = 1 << 14  # different ones taken apart at a time
ROWS = {"content": "text", "filename": "file name", "file": "file"}
FITS: dict[str, Callable[[Any], bool]] = {
    "content": lambda row: isinstance(row, str),
    "filename": lambda row: isinstance(row, (str, PathLike)),
    "file": lambda row: hasattr(row, "__iter__") and not isinstance(row, (str, bytes)),
}


class NgramEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts (rows,) as vectors (rows, dim): each the sum of its n-grams' atoms, counted.

    analyzer: n-grams of "char" (k-mers of bases too), of characters within words, "char_wb", or of
    "word"; ngram_range: their least and greatest length; both as of scikit-learn's CountVectorizer,
    which counts them.  lowercase: capitals are small letters.  normalize: to length 1.
    dim, seed: as of `NumberEncoder`.
    names: of the columns, where sparse counts (rows, n-grams) are given instead of texts; their numbers
    if none are given.
    input: what a row is: a text, "content"; the name of a file in UTF-8, "filename"; or, "file", what
    is open to be read, or goes through texts that make up one, such as a genome's lines without their
    ends. Files are read piece by piece, when they are transformed, and never held.

    An atom is a function of its n-gram alone: nothing is learnt, and no n-gram is unknown. The cosine of
    two texts is that of their counts, within 1/√dim. A text without n-grams is the zero vector, as in
    scikit-learn; fit refuses where no text has any.

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
        input: str = "content",
    ) -> None:
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.lowercase = lowercase
        self.dim = dim
        self.normalize = normalize
        self.names = names
        self.seed = seed
        self.input = input

    def fit(self, X: Any, y: Any = None) -> NgramEncoder:
        """Look at the parameters and the kind of X; nothing is learnt."""
        counter = self._counter()
        checked_truth("normalize", self.normalize)
        space = phasor_space(self.dim, self.seed).like(dtype="float32")
        X = self._looked_at(X)
        if self.input == "content" and not issparse(X):
            analyze = counter.build_analyzer()
            if not any(analyze(text) for text in X):
                unit = "words" if self.analyzer == "word" else "characters"
                raise ArgumentValueError(
                    f"X holds no n-grams: none of its texts has {counter.ngram_range[0]} {unit}"
                )
        self.space_ = space
        self._n_features_out = 2 * self.space_.dim
        return self

    def transform(self, X: Any) -> Array:
        """The vectors (rows, dim) of texts or of sparse counts, in float32."""
        check_is_fitted(self)
        return self._encoded(self._looked_at(X))

    def stream(self, X: Iterable[Any], rows: int = 1024) -> Iterator[Array]:
        """The vectors of texts block by block, (rows, dim) each: X is gone through once, and not held.

        X: what `transform` takes, or a generator, or the lines of an open file.

        >>> lines = (f"line {i}" for i in range(2500))
        >>> [block.shape for block in NgramEncoder(dim=256).fit(["line"]).stream(lines)]
        [(1024, 256), (1024, 256), (452, 256)]
        """
        check_is_fitted(self)
        rows = checked_whole("rows", rows, 1)
        if isinstance(X, (str, bytes)) or issparse(X):
            raise refused("X", "texts one after the other", X)
        texts = iter(checked_iterable("X", X, "texts one after the other"))

        def blocks() -> Iterator[Array]:
            done = 0
            while some := list(islice(texts, rows)):
                yield self._encoded(self._looked_at(some, done))
                done += len(some)

        return blocks()

    def parts(self, X: Any) -> tuple[list[str], Array]:
        """Of one text: its n-grams, and its vector without each of them (n-grams, dim)."""
        check_is_fitted(self)
        X = self._looked_at(X)
        if self.input == "content" or issparse(X):
            counts, names = self._counted(X)
        else:
            counts, names = _row(sum(self._counted_pieces(X[0]), Counter()))
        there = counts.nonzero()[1]
        names = [names[i] for i in there]
        some = np.asarray(counts[:, there].todense()).T * self._atoms(names)
        whole = some.sum(0)
        length = np.linalg.norm(whole) if self.normalize and whole.any() else 1
        return names, (whole - some) / length

    def _encoded(self, X: Any) -> Array:
        if issparse(X):
            found = self._sums(*self._counted(X))
        elif self.input != "content":
            found = np.zeros((len(X), self._n_features_out), np.float32)
            for i, file in enumerate(X):
                for counts in self._counted_pieces(file):
                    found[i] += self._sums(*_row(counts))[0]
        elif self.analyzer == "char_wb":
            # most words come again: what is within them is summed once
            words, different = self._words(X)
            found = np.zeros((len(X), self._n_features_out), np.float32)
            for start in range(0, len(different), WORDS):
                some = slice(start, start + WORDS)
                found += words[:, some] @ self._sums(*_counted_by(self._counter(), different[some]))
        else:
            found = self._sums(*self._counted(X))
        if self.normalize:
            lengths = np.linalg.norm(found, axis=-1, keepdims=True)
            found /= np.where(lengths > 0, lengths, 1)
        return found

    def _sums(self, counts: Any, names: list[str]) -> Array:
        """The sum of atoms for each row of counts (rows, names)."""
        found = np.zeros((counts.shape[0], self._n_features_out), counts.dtype)
        for start in range(0, len(names), ATOMS):
            some = slice(start, start + ATOMS)
            found += counts[:, some] @ self._atoms(names[some])
        return found

    def _atoms(self, names: list[str]) -> Array:
        return atoms(self.space_, [f"learn/ngram/{name}" for name in names])

    def _counted(self, X: Any) -> tuple[Any, list[str]]:
        """The counts (rows, n-grams) of texts or counts, sparse, and what the n-grams are called."""
        if not issparse(X):
            return _counted_by(self._counter(), X)
        columns = range(X.shape[1]) if self.names is None else checked_texts("names", self.names)
        if len(columns) != X.shape[1]:
            raise ArgumentValueError(
                f"names has {len(columns)} names, and the counts have {X.shape[1]} columns"
            )
        return csr_array(X), [str(name) for name in columns]

    def _words(self, X: list[str]) -> tuple[Any, list[str]]:
        """How often the words, between white space, are in texts, and what they are."""
        counter = CountVectorizer(analyzer=str.split, dtype=np.float32)
        return _counted_by(counter, [text.lower() for text in X] if self.lowercase else X)

    def _counted_pieces(self, file: Any) -> Iterator[Counter[str]]:
        if self.input == "file":
            yield from counted(pieces_of("a file of X", file), self._counter())
        else:
            with open(file, encoding="utf-8") as opened:
                yield from counted(pieces_of(str(file), opened), self._counter())

    def _looked_at(self, X: Any, first: int = 0) -> Any:
        """Rows that can be counted; the number of the first is for what is said of them."""
        if issparse(X):
            return check_array(X, accept_sparse="csr", dtype=np.float32, estimator=self)
        kind = checked_choice("input", self.input, tuple(ROWS))
        if isinstance(X, (str, bytes)) or hasattr(X, "read") or not hasattr(X, "__iter__"):
            raise refused("X", f"{ROWS[kind]}s in a list", X)
        rows = list(X)
        if getattr(X, "ndim", 1) != 1:
            raise ArgumentValueError("X must be texts in a list, one for each row: give one column")
        for i, row in enumerate(rows, first):
            if not FITS[kind](row):
                raise ArgumentTypeError(
                    f"row {i} of X must be a {ROWS[kind]}, not {type(row).__name__}"
                )
        if not rows:
            raise ArgumentValueError(f"X must hold at least one {ROWS[kind]}, and it holds none")
        return rows

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


def _counted_by(counter: Any, texts: list[str]) -> tuple[Any, list[str]]:
    try:
        counts = counter.fit_transform(texts)
    except ValueError as error:
        if "empty vocabulary" not in str(error):
            raise
        return csr_array((len(texts), 0), dtype=np.float32), []
    return csr_array(counts), counter.get_feature_names_out().tolist()


def _row(counts: Counter[str]) -> tuple[Any, list[str]]:
    """The counts of one text (1, n-grams), in numbers that hold those of a long one exactly."""
    return csr_array([[*counts.values()]], shape=(1, len(counts)), dtype=np.float64), [*counts]
