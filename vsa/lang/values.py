"""The language's own values beside vectors, answers, numbers and texts: sets and tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

from vsa.arguments import checked_iterable, checked_text, checked_whole
from vsa.errors import ArgumentValueError, VsaError
from vsa.layout import aligned
from vsa.pictures import Bars, Curves, HeatMap, Picture, Series


class Set:
    """Named members with whole-number counts over one codebook (a memory, a family …).

    `a + b` adds counts, `a - b` removes b's members, `a | b` takes the greater and `a & b` the
    smaller count. A member is identified by its name in the codebook, or by its row in a memory; the
    codebook's `label(member)` says how to print it. A member that is undone is one no more.
    """

    __module__ = "vsa"

    vsa_name = "set"
    __slots__ = ("codebook", "counts", "moment")

    def __init__(self, codebook: Any, counts: Mapping[Any, int] | Iterable[Any]) -> None:
        if not isinstance(counts, Mapping):
            counts = Counter(checked_iterable("counts", counts, "members, or members with counts"))
        self.codebook = codebook
        self.moment = codebook.moment() if hasattr(codebook, "moment") else None
        numbers = {m: checked_whole("each of the counts", n) for m, n in counts.items()}
        self.counts = {member: count for member, count in numbers.items() if count > 0}

    @property
    def names(self) -> dict[str, int]:
        """Counts by the names that the members have now."""
        found: Counter[str] = Counter()
        for name, count in self.labelled():
            found[name] += count
        return dict(found)

    def _label(self, member: Any) -> str:
        gone = self.moment is not None and self.moment.undone(np.array(member))
        return "(undone)" if gone else str(getattr(self.codebook, "label", str)(member))

    def of(self, codebook: Any) -> tuple[Any, ...]:
        """The members, which must be of this codebook; VsaError otherwise, or if one is undone."""
        if self.counts and self.codebook is not codebook:
            raise VsaError("the members of this set are not items of memory")
        self._check_there()
        return tuple(self.counts)

    def _check_there(self) -> None:
        if self.moment is not None and self.moment.undone(np.array(list(self.counts))):
            raise VsaError("a member of this set has been undone: make the set once more")

    def _same(self, other: Set) -> Set:
        self._check_there()
        other._check_there()
        if self.counts and other.counts and other.codebook is not self.codebook:
            raise VsaError(
                "these sets have members of two kinds, of memory or of families, and do not combine"
            )
        return other

    def _make(self, other: Set, counts: Mapping[Any, int]) -> Set:
        return Set(self.codebook if self.counts else other.codebook, counts)

    def __add__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(other, {n: mine.get(n, 0) + theirs.get(n, 0) for n in {**mine, **theirs}})

    def __sub__(self, other: Set) -> Set:
        theirs = self._same(other).counts
        return self._make(other, {n: c for n, c in self.counts.items() if n not in theirs})

    def __or__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(
            other, {n: max(mine.get(n, 0), theirs.get(n, 0)) for n in {**mine, **theirs}}
        )

    def __and__(self, other: Set) -> Set:
        mine, theirs = self.counts, self._same(other).counts
        return self._make(other, {n: min(c, theirs.get(n, 0)) for n, c in mine.items()})

    def __len__(self) -> int:
        return len(self.counts)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.counts)

    def __contains__(self, member: object) -> bool:
        return member in self.counts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set) or self.counts != other.counts:
            return False
        return not self.counts or self.codebook is other.codebook

    def __hash__(self) -> int:
        return hash(frozenset(self.counts.items()))

    def __str__(self) -> str:
        shown = (f"{name} ×{n}" if n > 1 else name for name, n in self.labelled())
        return "{" + ", ".join(shown) + "}"

    def labelled(self) -> Iterator[tuple[str, int]]:
        """The members as they are printed, each with its count."""
        return ((self._label(member), count) for member, count in self.counts.items())

    __repr__ = __str__

    def vsa_json(self) -> Any:
        """Names and counts, for `vsa --json`."""
        return self.names

    def vsa_picture(self) -> Bars:
        """The counts of the members, the greatest first."""
        return Bars(sorted(self.labelled(), key=lambda row: -row[1]), "count")


class Table:
    """Rows under headings, for what is more than one number: matrices, listings, decompositions."""

    __module__ = "vsa"

    vsa_name = "table"
    __slots__ = ("columns", "rows", "title")

    def __init__(
        self, columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = ""
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
        return cls(["part", "share", "from"], [*rows, ("total", *total)], title=title)

    def __str__(self) -> str:
        cells = [[_cell(c) for c in row] for row in [self.columns, *self.rows]]
        numeric = {
            i
            for i in range(len(self.columns))
            if all(isinstance(row[i], (int, float)) for row in self.rows)
        }
        return "\n".join(([self.title] if self.title else []) + [aligned(cells, numeric)])

    __repr__ = __str__

    def vsa_json(self) -> Any:
        """A list of dictionaries, for `vsa --json`."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def vsa_picture(self) -> Picture:
        """Its numbers: a matrix as a heat map, numbers over numbers as curves, else as bars."""
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

    def vsa_html(self) -> str:
        """A table of HTML."""

        def line(tag: str, cells: Sequence[Any]) -> str:
            return "".join(f"<{tag}>{escape(_cell(cell))}</{tag}>" for cell in cells)

        title = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        body = "".join(f"<tr>{line('td', row)}</tr>" for row in self.rows)
        return f"<table>{title}<tr>{line('th', self.columns)}</tr>{body}</table>"


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool)


def _cell(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
