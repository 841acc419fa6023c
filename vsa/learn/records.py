"""Records, rows of columns of several kinds, as vectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from vsa.arguments import checked_choice, checked_number, refused, several
from vsa.errors import ArgumentValueError, UnknownNameError
from vsa.learn.columns import KINDS, MISSING, Categories, Column, Numbers, are_numbers
from vsa.learn.numbers import GAMMA, names_of
from vsa.learn.phases import Array, phasor_space


class RecordEncoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Records (rows, columns) as vectors (rows, dim): Σⱼ keyⱼ ⊛ fillerⱼ / √columns, as a frame is.

    A number's filler is a power of the column's base, so that near numbers are alike as
    exp(−gamma (x − x′)²) says, in deviations of the column; a category's filler is the atom of its name.
    Rows are packed vectors of `space_`, `Space(dim // 2, algebra="fhrr")`, from which a column comes back
    by unbinding its key, `space_.key("learn/column/NAME")`.

    kinds: "auto", a kind for each column, or some by name, {"age": "number or missing"}. "auto" takes
    columns of numbers for numbers and all others for categories. What is missing (NaN, None) adds
    nothing to a record; it is an error where the kind is not said to be "… or missing".
    handle_unknown: "error", or "ignore": a category that was not fitted adds nothing.
    dim, seed: as of `NumberEncoder`.

    >>> x = [["red", 1.0], ["red", 1.1], ["blue", 9.0]]
    >>> v = RecordEncoder().fit_transform(x)
    >>> bool(v[0] @ v[1] > 0.9 and abs(v[0] @ v[2]) < 0.2)
    True
    """

    def __init__(
        self,
        kinds: Any = "auto",
        dim: int = 1024,
        gamma: float = GAMMA,
        handle_unknown: str = "error",
        seed: int = 0,
    ) -> None:
        self.kinds = kinds
        self.dim = dim
        self.gamma = gamma
        self.handle_unknown = handle_unknown
        self.seed = seed

    def fit(self, X: Any, y: Any = None) -> RecordEncoder:
        """Look at each column: its kind, its range or its categories."""
        space = phasor_space(self.dim, self.seed)
        gamma = checked_number("gamma", self.gamma, above=0)
        ignore = (
            checked_choice("handle_unknown", self.handle_unknown, ("error", "ignore")) == "ignore"
        )
        X = self._looked_at(X, reset=True)
        names = names_of(self, X.shape[1])
        kinds = self._kinds(names)
        columns: list[Column] = []
        for name, values in zip(names, X.T, strict=True):
            kind = kinds.get(name) or ("number" if are_numbers(values) else "category")
            missing = kind.endswith(MISSING)
            if kind.startswith("number"):
                columns.append(Numbers.fitted(name, missing, values, space, gamma))
            else:
                columns.append(Categories.fitted(name, missing, values, space, ignore))
            columns[-1].encoded(values)  # says what is missing and must not be
        self.columns_, self.space_ = columns, space
        self._n_features_out = 2 * space.dim
        return self

    def transform(self, X: Any) -> Array:
        """The vectors (rows, dim) of records."""
        check_is_fitted(self)
        X = self._looked_at(X)
        found = np.zeros((len(X), self._n_features_out))
        for column, values in zip(self.columns_, X.T, strict=True):
            found += column.encoded(values)
        return np.asarray(found / len(self.columns_) ** 0.5)

    def parts(self, X: Any) -> tuple[list[str], Array]:
        """Of one record: the names of its columns, and its vector without each of them (columns, dim)."""
        check_is_fitted(self)
        (row,) = self._looked_at(X)
        some = np.concatenate([c.encoded(row[[j]]) for j, c in enumerate(self.columns_)])
        return [c.name for c in self.columns_], (some.sum(0) - some) / len(some) ** 0.5

    def _kinds(self, names: list[str]) -> dict[str, str]:
        """The kinds that are said, by the names of columns."""
        kinds = self.kinds
        if isinstance(kinds, str):
            if kinds != "auto":
                raise refused("kinds", '"auto", a list or a dictionary of kinds', kinds)
            return {}
        if not isinstance(kinds, Mapping):
            listed = several("kinds", kinds, '"auto", a list or a dictionary of kinds')
            if len(listed) != len(names):
                raise ArgumentValueError(f"kinds has {len(listed)} kinds for {len(names)} columns")
            kinds = dict(zip(names, listed, strict=True))
        for name, kind in kinds.items():
            if name not in names:
                raise UnknownNameError(
                    f"kinds names a column {name!r}, which is not there: {', '.join(names)}"
                )
            checked_choice(f"the kind of column {name}", kind, KINDS)
        return dict(kinds)

    def _looked_at(self, X: Any, reset: bool = False) -> Array:
        """The records as an array, of objects unless all of it are numbers."""
        plain = isinstance(X, np.ndarray) or issparse(X)  # which is refused
        found = validate_data(
            self, X, dtype=None if plain else object, ensure_all_finite=False, reset=reset
        )
        return np.asarray(found)
