"""Rows: some records of a table, column by column, as an encoder gets them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NoReturn, Protocol

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.encode.atoms import drawn
from vsa.errors import VsaError

NUMBERS = (int, float, np.integer, np.floating, Decimal)
EMPTY = "empty"  # what `missing` may say beside None: a null is an empty place


class Coder(Protocol):
    """What is asked of a code of numbers."""

    @property
    def axes(self) -> Sequence[Any]: ...
    def encode(self, x: Any) -> Vector: ...


class Rows(Mapping[str, Sequence[Any]]):
    """`count` records from number `start` on: column name → its cells, as Python objects."""

    __module__ = "vsa.encode"

    def __init__(self, start: int, count: int, columns: Mapping[str, Sequence[Any]]) -> None:
        self.start = start
        self.count = count
        self._columns = columns

    def __getitem__(self, column: str) -> Sequence[Any]:
        return self._columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def cut(self, start: int, stop: int, columns: Sequence[str]) -> Rows:
        """Some columns of some of the records, counted from the first of these."""
        some = {name: self._columns[name][start:stop] for name in columns}
        return Rows(self.start + start, min(stop, self.count) - start, some)

    def atoms(
        self, space: Space, column: str, *, missing: str | None = None, prefix: bool = False
    ) -> Vector:
        """The atoms that the cells of a column name, a batch (count,).

        Whole numbers and truth values are named as they are written.  missing="empty": a null
        gives the zero vector.  prefix: the atom of Paris in the column capital is "capital Paris".
        """
        cells = self._columns[column]
        if set(map(type, cells)) != {str}:
            cells = [self.name(column, i, missing) for i in range(self.count)]
        null = None in cells
        if prefix or null:
            batch = drawn(space, [f"{column} {cell}" if prefix else str(cell) for cell in cells])
        else:
            batch = drawn(space, cells)
        return batch.scale(np.array([cell is not None for cell in cells], float)) if null else batch

    def numbers(self, column: str, code: Coder, *, missing: str | None = None) -> Vector:
        """The numbers of a column by a code of `vsa.numbers`, a batch (count,).

        missing="empty": a null gives the zero vector. Numbers beyond the code's range are noted.
        """
        cells = self._columns[column]
        if not set(map(type, cells)) <= {float, int}:
            cells = [as_number(cell, self, column, i, missing) for i, cell in enumerate(cells)]
        numbers = np.array(cells, dtype=np.float64)
        known = np.array([cell is not None for cell in cells], dtype=bool)
        for i in np.flatnonzero(known & ~np.isfinite(numbers)):
            as_number(float(numbers[i]), self, column, int(i))
        batch = code.encode(np.where(known, numbers, code.axes[0].range[0]))
        return batch if known.all() else batch.scale(known.astype(float))

    def name(self, column: str, row: int, missing: str | None = None) -> str | None:
        """The cell as the name of an atom; None for a null, where those may be."""
        return as_name(self._columns[column][row], self, column, row, missing)


def as_name(
    value: Any, rows: Rows, column: str, row: int, missing: str | None = None
) -> str | None:
    """A value as the name of an atom; VsaError, with the row, for what is none."""
    if isinstance(value, str):
        return value
    if value is None:
        if missing == EMPTY:
            return None
        _nobody(rows, column, row)
    if isinstance(value, (bool, int, np.integer, np.bool_)):
        return str(value)
    raise VsaError(
        f"row {rows.start + row}, column {column!r} holds {type(value).__name__} "
        f"{str(value)[:40]!r}, which names no atom: make it a text or a whole number"
    )


def as_number(
    value: Any, rows: Rows, column: str, row: int, missing: str | None = None
) -> float | None:
    """A value as a number; VsaError, with the row, for what is none."""
    if value is None and missing == EMPTY:
        return None
    if value is None:
        return _nobody(rows, column, row)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, NUMBERS):
        raise VsaError(
            f"row {rows.start + row}, column {column!r} holds {type(value).__name__} "
            f"{str(value)[:40]!r}, which is no number"
        )
    if not math.isfinite(value):
        raise VsaError(
            f"row {rows.start + row}, column {column!r} holds {value}, which is not finite"
        )
    return float(value)


def _nobody(rows: Rows, column: str, row: int) -> NoReturn:
    raise VsaError(
        f'row {rows.start + row}, column {column!r} is null: fill it in, or say missing="empty"'
    )


def require(columns: Sequence[str], wanted: Sequence[str]) -> None:
    """VsaError for the first wanted column that is not there, with a near name."""
    for name in wanted:
        if name not in columns:
            near = get_close_matches(str(name), columns, 1)
            mend = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(columns)}"
            raise VsaError(f"the input has no column {name!r}: {mend}")
