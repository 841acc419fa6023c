"""Which rows have about some values: those most like what is asked, looked at once more.

The similarity of a row with the question is a sum of few terms under noise, which orders near numbers
no better than by chance. What is read of a row's number is many times as exact, so that the nearest rows
are read, and stand in the order of what they hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from vsa import Answer, Table, Vector, VsaError
from vsa.plugin import Tabular, aligned
from vsa_plugins.frame import role
from vsa_plugins.table.columns import Cell, Column
from vsa_plugins.table.values import Records, Row

SHORTLIST = 50  # rows that are read, and four for each that is wanted

Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Matches(Tabular):
    """Rows and how well each fits, the best first; they stand for the best."""

    rows: tuple[Row, ...]
    matches: tuple[float, ...]
    slots: tuple[str, ...]

    vsa_name = "list of rows"

    def vsa_vector(self) -> Vector:
        """The best row."""
        return self.rows[0].vsa_vector()

    def vsa_attributes(self) -> list[str]:
        """Those of a row."""
        return self.rows[0].vsa_attributes()

    def vsa_attribute(self, name: str) -> Answer | Cell:
        """What stands in the best row."""
        return self.rows[0].vsa_attribute(name)

    def cells(self) -> list[dict[str, Any]]:
        """A dictionary a row: its name, its match, and what was asked for as it is read."""
        return [
            {"row": row.name, "match": match, **{s: row.vsa_attribute(s) for s in self.slots}}
            for row, match in zip(self.rows, self.matches, strict=True)
        ]

    def vsa_table(self) -> Table:
        """A row a line, numbers as numbers."""
        rows = [
            tuple(_number(x) if isinstance(x, Cell) else x for x in cells.values())
            for cells in self.cells()
        ]
        rows = [tuple(x.name if isinstance(x, Answer) else x for x in row) for row in rows]
        return Table(["row", "match", *self.slots], rows, bars={"match": ""})

    def vsa_text(self) -> str:
        """A row a line."""
        lines = [["row", "match", *self.slots]]
        for cells in self.cells():
            name, match, *values = cells.values()
            lines.append([name, f"{match:.2f}", *map(str, values)])
        return aligned(lines, {1})

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return [
            {name: x.vsa_json() if hasattr(x, "vsa_json") else x for name, x in cells.items()}
            for cells in self.cells()
        ]


def _number(cell: Cell) -> float | str | None:
    """What was read: a number, a date as a text, or nothing."""
    if np.all(cell.is_nothing):
        return None
    number = float(np.ravel(cell.value)[0])
    return cell.day(number) if cell.dated else number


def matching(table: Records, values: Mapping[str, Any], k: int) -> Matches:
    """The k rows that fit some values best: column → number, text or vector."""
    if not values:
        raise VsaError(f"name a column: rows_like({table.name}, {next(iter(table.slots))}=…)")
    memory, head = table.memory, table.vsa_vector()
    memory.space.algebra.need("reading a row", "unbinding", "compare rows with similar_rows")
    asked = {table.column(slot).slot: _asked(table, slot, value) for slot, value in values.items()}
    query = memory.space.zero()
    for slot, (filler, _) in asked.items():
        query = query + filler * role(slot, head)
    near = memory.cleanup(query, max(SHORTLIST, 4 * k), kinds=table.name)
    found = near.rows[near.rows >= 0]
    vectors = memory.vectors(found)
    fits = np.mean([_fit(table, slot, vectors, *asked[slot]) for slot in asked], axis=0)
    best = np.argsort(-fits, kind="stable")[:k]
    rows = tuple(Row(table, name) for name in memory.reported(found[best]).tolist())
    return Matches(rows, tuple(np.round(fits[best], 6).tolist()), tuple(asked))


def _fit(table: Records, slot: str, rows: Vector, filler: Vector, number: float | None) -> Floats:
    """How well rows (n,) hold a value, 0 to 1: as alike as the numbers are, or as the symbols."""
    column, space = table.column(slot), rows.space
    query = column.query(rows, table.vsa_vector())
    if number is None:
        share = (len(table.slots) + 1) ** 0.5
        cosines = np.asarray(space.backend.numpy(query.similarities(filler)))
        return np.asarray(np.clip(cosines * share, 0, 1))
    code = column.code(space)
    read = code.decode(query, load=table.load)
    alike = code.kernel(np.where(read.is_nothing, code.low, read.value) - number)
    return np.asarray(np.where(read.is_nothing, 0, np.clip(alike, 0, 1)))


def _asked(table: Records, slot: str, value: Any) -> tuple[Vector, float | None]:
    """A value as a filler of a column, and where it is one of numbers, the number of its code."""
    space, column = table.memory.space, table.column(slot)
    if isinstance(value, Vector):
        if column.is_number:
            raise _wrong(column)
        return value, None
    if not column.is_number:
        text = value if isinstance(value, str) else f"{value:g}"
        return column.filler(space, table.symbols(text, column)), None
    number = column.number(value) if isinstance(value, str) or column.kind == "number" else None
    if number is None or not np.isfinite(number):
        raise _wrong(column)
    return column.numbers(space, [number])[0], number


def _wrong(column: Column) -> VsaError:
    above = " above 0" if column.scale == "log" else ""
    example = f'"{date.today().isoformat()}"' if column.kind == "date" else "1200"
    return VsaError(
        f"{column.slot} holds {column.kind}s{above}: give one, as {column.slot}={example}"
    )
