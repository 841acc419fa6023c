"""Table: rows under headings, the one form in which values are shown where there is room for more
than a line: aligned text at the prompt, HTML in a notebook, a data frame for who computes on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa import markup
from vsa.arguments import checked_instance, checked_iterable, checked_text, checked_whole
from vsa.errors import ArgumentValueError, VsaError
from vsa.layout import BAR, GAP, aligned, bar, columns, width

if TYPE_CHECKING:
    from vsa.pictures import Picture

FRAMES = ("pandas", "polars")  # libraries of data frames, the first that is there being taken


class Tabular:
    """What can be shown as a table: whoever has `vsa_table` gets the rest."""

    __slots__ = ()

    def vsa_table(self) -> Table:
        """Itself as a table."""
        raise NotImplementedError

    def to_frame(self) -> Any:
        """Its table as a data frame: of pandas, or of polars where that alone is there or in use.

        Raises VsaError where neither is installed.
        """
        table = self.vsa_table()
        library = import_module(_frames())
        if library.__name__ == "pandas":
            return library.DataFrame(table.rows, columns=list(table.columns))
        held = zip(*table.rows, strict=True) if table.rows else ([] for _ in table.columns)
        return library.DataFrame(dict(zip(table.keys, map(list, held), strict=True)), strict=False)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return self.vsa_table().html()


class Table(Tabular):
    """Rows under headings, for what is more than one number: matrices, listings, decompositions.

    columns: the headings.  rows: a value each.  bars: columns of numbers that are drawn as bars too,
    each with the heading over its bars; without one ("") in notebooks only. The longest is 1, or the
    largest number if that is more.  dimmed: numbers of rows that matter less, from 0.

    A table is a sequence of dictionaries, a row each, so that `pandas.DataFrame(table)` takes it; a
    heading that stands twice has a number there.

    >>> table = Table(["item", "P"], [("mark", 0.9), ("john", 0.1)], bars={"P": ""})
    >>> table[0]
    {'item': 'mark', 'P': 0.9}
    """

    __module__ = "vsa"

    vsa_name = "table"
    __slots__ = ("bars", "columns", "dimmed", "rows", "title")

    def __init__(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        title: str = "",
        *,
        bars: Mapping[str, str] | None = None,
        dimmed: Iterable[int] = (),
    ) -> None:
        self.columns = tuple(map(str, checked_iterable("columns", columns, "headings in a list")))
        self.rows = [
            tuple(checked_iterable("each of the rows", row, "a row of values"))
            for row in checked_iterable("rows", rows, "rows in a list")
        ]
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ArgumentValueError(
                    f"each of the rows must have {len(self.columns)} values, as there are columns: "
                    f"one has {len(row)}"
                )
        self.title = checked_text("title", title)
        given = (
            {} if bars is None else checked_instance("bars", bars, Mapping, "headings by columns")
        )
        for name, heading in given.items():
            checked_text("each of the bars", heading)
            if name not in self.columns:
                raise ArgumentValueError(f"bars are of a column, and {name!r} is none")
        self.bars = dict(given)
        numbers = checked_iterable("dimmed", dimmed, "numbers of rows")
        self.dimmed = frozenset(checked_whole("each of the dimmed", n) for n in numbers)

    @classmethod
    def of_shares(
        cls,
        title: str,
        groups: Iterable[tuple[str, str, Sequence[tuple[float, str]], int]],
        total: tuple[float, str],
    ) -> Table:
        """What a number is made up of: part, share, from.

        groups: of each its name, what one of its parts is called, the parts' shares with what they come
        from, and how many of them are listed; the others are summed.  total: the number and what it is.

        >>> print(Table.of_shares("", [("signal", "term", [(0.5, "agt"), (0.1, "obj")], 1)], (0.6, "all")))
        part    share  from
        signal   0.60  2 terms
                 0.50  agt
                 0.10  1 more
        total    0.60  all
        """
        rows: list[tuple[str, float, str]] = []
        for name, part, shares, most in groups:
            if shares:
                count = f"{len(shares)} {part}{'s' * (len(shares) > 1)}"
                rows.append((name, math.fsum(share for share, _ in shares), count))
                rows += [("", share, text) for share, text in shares[:most]]
            if len(shares) > most:
                rest = shares[most:]
                rows.append(("", math.fsum(share for share, _ in rest), f"{len(rest)} more"))
        heads = ["part", "share", "from"]
        return cls(heads, [*rows, ("total", *total)], title=title, bars={"share": ""})

    # --- as text and as HTML -------------------------------------------------------------------
    def __str__(self) -> str:
        cells = [[_cell(c) for c in row] for row in [self.columns, *self.rows]]
        right = self._numeric
        for name in (n for n, heading in self.bars.items() if heading):
            at = self.columns.index(name) + len(cells[0]) - len(self.columns) + 1
            right = {i + (i >= at) for i in right}
            others = sum(max(columns(row[i]) for row in cells) for i in range(len(cells[0])))
            room = width()
            to = BAR if room is None else room - others - len(GAP) * len(cells[0])
            drawn = self._drawn(self.columns.index(name))
            texts = [self.bars[name], *(bar(share, 1, max(min(to, BAR), 1)) for share in drawn)]
            for row, text in zip(cells, texts, strict=True):
                row.insert(at, text)
        return "\n".join(([self.title] if self.title else []) + [aligned(cells, right)])

    __repr__ = __str__

    def html(self, count: int | None = None) -> str:
        """The table for a notebook, its first rows. count: how many there are, if it has not all."""
        rows = [[_cell(cell) for cell in row] for row in self.rows[: markup.SHOWN]]
        places = {self.columns.index(name): heading for name, heading in self.bars.items()}
        return markup.table(
            self.columns,
            rows,
            self.title,
            numbers=self._numeric,
            bars={i: (heading, self._drawn(i)) for i, heading in places.items()},
            dimmed=self.dimmed,
            count=len(self.rows) if count is None else count,
        )

    @property
    def _numeric(self) -> set[int]:
        """The columns that have numbers in all rows, or nothing."""
        return {
            i
            for i in range(len(self.columns))
            if all(isinstance(row[i], (int, float)) or row[i] is None for row in self.rows)
        }

    def _drawn(self, column: int) -> list[float]:
        """How long the bars of a column are, 0 to 1."""
        found = [row[column] for row in self.rows]
        numbers = [float(x) if isinstance(x, (int, float)) and x > 0 else 0.0 for x in found]
        most = max([1.0, *(x for x in numbers if x < float("inf"))])
        return [min(x / most, 1.0) for x in numbers]

    # --- as data -------------------------------------------------------------------------------
    @property
    def keys(self) -> tuple[str, ...]:
        """The headings as keys of a row: one that stands again is `count_2`."""
        found: dict[str, None] = {}
        for name in self.columns:
            key, again = name, 1
            while key in found:
                again += 1
                key = f"{name}_{again}"
            found[key] = None
        return tuple(found)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return dict(zip(self.keys, self.rows[index], strict=True))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        keys = self.keys
        return (dict(zip(keys, row, strict=True)) for row in self.rows)

    def vsa_json(self) -> Any:
        """A list of dictionaries, for `vsa --json`."""
        return list(self)

    def vsa_picture(self) -> Picture:
        """Its numbers: a matrix as a heat map, numbers over numbers as curves, else as bars."""
        from vsa.pictures import Bars, Curves, HeatMap, Series  # which most tables do without

        numbers = [
            i
            for i in range(len(self.columns))
            if self.rows and all(_is_number(row[i]) for row in self.rows)
        ]
        labels = [
            "  ".join(str(c) for i, c in enumerate(row) if i not in numbers and c != "")
            for row in self.rows
        ]
        heads = [self.columns[i] for i in numbers]
        values = np.array([[row[i] for i in numbers] for row in self.rows], dtype=np.float64)
        if labels and tuple(labels) == tuple(heads):
            return HeatMap(values, labels, heads, -1.0, 1.0, axis="cosine", title=self.title)
        if not numbers:
            raise VsaError("there is nothing to draw: this table has no column of numbers")
        if numbers[0] == 0 and len(numbers) > 1:
            x, *columns = values.T
            several = len(columns) > 1
            series = [Series(h * several, x, y) for h, y in zip(heads[1:], columns, strict=True)]
            return Curves(series, heads[0], "" if several else heads[1], title=self.title)
        if len(numbers) > 1:
            raise VsaError(
                f"a table is drawn by one column of numbers, and this has {len(numbers)}: "
                f"{', '.join(heads)}"
            )
        return Bars(
            list(zip(labels, values[:, 0].tolist(), strict=True)), heads[0], title=self.title
        )

    def vsa_table(self) -> Table:
        """Itself."""
        return self


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _frames() -> str:
    """The library that makes data frames: one in use rather than one that is only there."""
    for name in FRAMES:
        if name in sys.modules:
            return name
    for name in FRAMES:
        if find_spec(name) is not None:
            return name
    raise VsaError("to_frame() needs pandas or polars, and neither is there: pip install pandas")
