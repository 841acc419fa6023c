"""What the estimators share: an encoder of their own or one that is given, and rows in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import _safe_indexing, gen_batches, get_tags
from sklearn.utils.validation import _num_samples, check_is_fitted

from vsa.arguments import checked_number, refused, several
from vsa.errors import ArgumentValueError
from vsa.learn.numbers import NumberEncoder
from vsa.learn.phases import Array
from vsa.learn.ridge import ALPHAS, Blocks

GAMMAS = (0.25, 0.5, 2.0, 8.0)
BLOCK = 1 << 22  # numbers of encoded rows at a time


def passed(X: Any) -> Any:
    """Rows that are vectors already."""
    return X


class Encodes:
    """For an estimator with `encoder`, `dim`, `gamma` and `seed`: its encoders, tried or chosen.

    `encoder` is None for a NumberEncoder, "passthrough" for rows that are vectors already, or a
    transformer. `gamma` goes to an encoder that has one; "auto" tries several.
    """

    encoder: Any
    dim: Any
    gamma: Any
    seed: Any

    def _encoders(self) -> list[Any]:
        """Those to be tried, not fitted: one for each gamma."""
        encoder = self.encoder
        if encoder is None:
            encoder = NumberEncoder(dim=self.dim, seed=self.seed)
        elif isinstance(encoder, str) and encoder == "passthrough":
            encoder = FunctionTransformer(passed, validate=True, feature_names_out="one-to-one")
        elif isinstance(encoder, type) or not hasattr(encoder, "transform"):
            raise refused("encoder", 'None, "passthrough" or a transformer', encoder)
        gammas = chosen_from("gamma", self.gamma, GAMMAS)
        if "gamma" not in encoder.get_params():
            return [_plain(encoder)]
        return [_plain(encoder).set_params(gamma=gamma) for gamma in gammas]

    def _use(self, encoder: Any) -> None:
        self.encoder_ = encoder
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(encoder, name):
                setattr(self, name, getattr(encoder, name))
            elif hasattr(self, name):
                delattr(self, name)

    def _encoded(self, X: Any) -> Iterator[Array]:
        """The vectors of rows, block by block."""
        check_is_fitted(self)
        for part, _ in parts_of(self.encoder_, X):
            yield encoded(self.encoder_, part)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        if hasattr(self.encoder, "transform"):
            tags.input_tags = get_tags(self.encoder).input_tags
        return tags


def chosen_from(name: str, given: Any, usual: Any) -> Array:
    """The numbers to try: the usual ones for "auto", or one or several that are given."""
    if isinstance(given, str):
        if given == "auto":
            return np.asarray(usual)
        raise refused(name, '"auto", a number or numbers', given)
    found = several(name, given) if np.ndim(given) else [given]
    if not found:
        raise ArgumentValueError(f"{name} holds no number to try")
    return np.array([checked_number(name, value, above=0) for value in found])


def chosen_alphas(given: Any) -> Array:
    """The strengths of ridge regression to try."""
    return chosen_from("alpha", given, ALPHAS)


def encoded(encoder: Any, X: Any) -> Array:
    """The vectors of some rows as an array of floats."""
    found = encoder.transform(X)
    found = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    return found if found.dtype.kind == "f" else found.astype(np.float64)


def rows_of(X: Any) -> int:
    """How many there are."""
    return int(_num_samples(X))


def parts_of(encoder: Any, X: Any) -> Iterator[tuple[Any, slice]]:
    """Rows some at a time, so that their vectors are a block, and which they are."""
    rows = rows_of(X)
    size = max(BLOCK // getattr(encoder, "_n_features_out", 1024), 1)
    for some in gen_batches(rows, size) if rows > size else [slice(0, rows)]:
        yield (_safe_indexing(X, some) if rows > size else X), some


def blocks_of(encoder: Any, X: Any, targets: Array) -> Blocks:
    """The vectors of all rows with their targets, block by block; a single block is made once."""

    def blocks() -> Iterator[tuple[Array, Array]]:
        for part, some in parts_of(encoder, X):
            yield encoded(encoder, part), targets[some]

    first, *more = parts_of(encoder, X)
    if more:
        return blocks
    held = [(encoded(encoder, first[0]), targets)]
    return lambda: iter(held)


def _plain(encoder: Any) -> Any:
    """A copy that gives arrays, whatever scikit-learn is set to give."""
    copy = clone(encoder)
    try:
        return copy.set_output(transform="default")
    except (AttributeError, ValueError):  # it has none, or a step of a pipeline has none
        return copy
