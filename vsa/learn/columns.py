"""Columns of records: numbers and categories, each with how its values become vectors under its key."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from vsa.algebra.space import Space
from vsa.arguments import as_whole, described
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.learn.phases import Array, frequencies, packed

MISSING = " or missing"
KINDS = ("number", "category", "number" + MISSING, "category" + MISSING)


@dataclass(frozen=True)
class Column:
    """A column as it was fitted: its name, and whether values may be missing."""

    kind: ClassVar[str]
    name: str
    missing: bool

    def encoded(self, values: Array) -> Array:
        """The vectors (rows, dim) of its values, zero where one is missing."""
        there = ~is_missing(values)
        if not self.missing and not there.all():
            row = int(there.argmin())
            value = "NaN" if isinstance(values[row], Real) else str(values[row])
            raise ArgumentValueError(
                f"column {self.name} holds {value} in row {row}: where values may be missing, say "
                f'kinds={{"{self.name}": "{self.kind}{MISSING}"}}'
            )
        some = self._encoded(values[there])
        found = np.zeros((len(values), some.shape[-1]))
        found[there] = some
        return found

    def _encoded(self, values: Array) -> Array:
        raise NotImplementedError


@dataclass(frozen=True)
class Numbers(Column):
    """A power of the column's base, bound with its key: phases turned by each number."""

    mean: float
    deviation: float
    base: Array  # (dim/2,)
    key: Array

    kind = "number"

    @classmethod
    def fitted(cls, name: str, missing: bool, values: Array, space: Space, gamma: float) -> Numbers:
        """A column of these values; one of width zero is left as it is."""
        known = numbers(name, values[~is_missing(values)])
        mean, deviation = (known.mean(), known.std()) if known.size else (0.0, 0.0)
        (base,) = frequencies(space, [f"learn/base/{name}"]) * (2 * gamma) ** 0.5
        key = np.angle(space.key(f"learn/column/{name}").data)
        return cls(name, missing, float(mean), float(deviation) or 1.0, base, key)

    def _encoded(self, values: Array) -> Array:
        scaled = (numbers(self.name, values) - self.mean) / self.deviation
        return packed(np.outer(scaled, self.base) + self.key)


@dataclass(frozen=True)
class Categories(Column):
    """The atom of a category's name, bound with the column's key."""

    names: tuple[str, ...]
    vectors: Array  # (names, dim)
    ignore: bool

    kind = "category"

    @classmethod
    def fitted(
        cls, name: str, missing: bool, values: Array, space: Space, ignore: bool
    ) -> Categories:
        """A column of these values."""
        names = sorted(set(texts(name, values[~is_missing(values)])))
        atoms = space.batch(f"learn/category/{n}" for n in names)
        bound = atoms * space.key(f"learn/column/{name}")
        return cls(name, missing, tuple(names), np.asarray(space.algebra.pack(bound.data)), ignore)

    def _encoded(self, values: Array) -> Array:
        there = {name: i for i, name in enumerate(self.names)}
        given = texts(self.name, values)
        rows = np.array([there.get(value, -1) for value in given], np.intp)
        if not self.ignore and (rows < 0).any():
            raise ArgumentValueError(
                f"column {self.name} holds {described(given[int(rows.argmin())])}, which it did not when "
                'fitted: handle_unknown="ignore" adds nothing for it'
            )
        nothing = np.zeros((1, self.vectors.shape[-1]))
        return np.concatenate([self.vectors, nothing])[rows]


def is_missing(values: Array) -> Array:
    """Which values (n,) are None, NaN or what pandas has for it."""
    if values.dtype.kind in "fc":
        return np.asarray(np.isnan(values))
    if values.dtype.kind != "O":
        return np.zeros(len(values), bool)
    return np.array([_nothing(value) for value in values], bool)


def _nothing(value: Any) -> bool:
    # pandas is not imported to ask; its NA says neither yes nor no to a comparison
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, Real) and value != value


def are_numbers(values: Array) -> bool:
    """Whether all that is there is a number, truth values not counted."""
    if values.dtype.kind != "O":
        return values.dtype.kind in "iuf"
    return all(
        isinstance(value, Real) and not isinstance(value, (bool, np.bool_))
        for value in values
        if not _nothing(value)
    )


def numbers(name: str, values: Array) -> Array:
    """Values that are there as finite numbers."""
    if not are_numbers(values) and values.dtype.kind != "b":
        texts(name, values)  # what is neither is said to be so
        raise ArgumentTypeError(f"column {name} must hold numbers, and it holds texts")
    found = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise _infinite(name)
    return found


def texts(name: str, values: Array) -> list[str]:
    """Values that are there as names of categories; a whole number is one whatever its type."""
    found = []
    for value in values.tolist():
        if not isinstance(value, (str, Real)):
            raise ArgumentTypeError(
                f"column {name}: a category's argument must be a string or a number, not "
                f"{type(value).__name__}"
            )
        if isinstance(value, Real) and not np.isfinite(float(value)):
            raise _infinite(name)
        whole = as_whole(value) if isinstance(value, Real) else None
        found.append(str(value if whole is None else whole))
    return found


def _infinite(name: str) -> ArgumentValueError:
    return ArgumentValueError(f"column {name} holds infinity: give finite numbers")
