"""What the cells of a column are, seen once before anything is encoded."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vsa import VsaError
from vsa.plugin import Note, note, shown
from vsa_plugins.table.cells import MARKERS, READINGS, Reading, as_text, is_missing
from vsa_plugins.table.columns import Column
from vsa_plugins.table.kinds import Stated

NEARLY = 0.9  # of the cells are numbers: then the others are mistakes
FEW = 10  # cells, of which nothing of that kind can be said
WORDS = 4.0  # on average make a text of what would be a category
DECADES = 3  # that positive numbers span where they are encoded by their logarithm,
TAIL = 10  # if the largest is as many times the mean
DATED = [reading for reading in READINGS if reading.kind == "date"]
HOPELESS = 100  # cells that are not so written, half of all


class Tried:
    """How far one way of writing fits a column."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.count = 0
        self.low, self.high, self.total = math.inf, -math.inf, 0.0
        self.unit: str | None = None
        self.example = ""
        self.wrong: tuple[int, Any] | None = None  # the first row that does not fit, and its cell
        self.misses = 0

    def see(self, row: int, cell: Any) -> None:
        found = self.reading.value(cell)
        if found is None or (self.unit is not None and found[1] != self.unit):
            self.misses += 1
            if self.wrong is None:
                self.wrong = row, cell
            return
        value, self.unit = found
        self.example = self.example or str(cell)
        self.count += 1
        self.total += value
        self.low, self.high = min(self.low, value), max(self.high, value)


@dataclass(frozen=True)
class Place:
    """Where a column stands, for messages."""

    sheet: str
    title: str

    def error(self, row: int, what: str) -> VsaError:
        return VsaError(f"{self.sheet}, row {row:,}, column {shown(self.title)}: {what}")


class Tally:
    """Counts of one column. `see` its cells in order, then ask for its `column`."""

    def __init__(self, place: Place, said: Stated | None) -> None:
        self.place = place
        self.said = said
        self.rows = self.blank = self.marked = self.words = self.dates = 0
        self.texts: dict[str, None] = {}
        self.tried = [Tried(reading) for reading in READINGS]

    def see(self, cells: Sequence[Any]) -> None:
        """The next cells."""
        if self.said is not None and self.said.kind == "leave":
            return
        for cell in cells:
            self.rows += 1
            if is_missing(cell):
                self.blank += 1
                continue
            text = as_text(cell)
            if text is None:
                kind = type(cell).__name__
                raise self.place.error(self.rows, f"a {kind} is no text, number or date")
            if isinstance(cell, float) and math.isinf(cell):
                raise self.place.error(self.rows, "it is infinite: give a finite number, or none")
            self.texts[text] = None
            self.words += len(text.split())
            if is_missing(cell, MARKERS):
                self.marked += 1
                continue
            for one in self.tried:
                one.see(self.rows, cell)
            if self.dates == self.rows - self.blank - self.marked - 1:  # all so far
                self.dates += any(r.value(cell) is not None for r in DATED)
        self.tried = [t for t in self.tried if t.misses < max(HOPELESS, t.count)] or self.tried[:1]

    @property
    def there(self) -> int:
        """Cells that hold anything."""
        return self.rows - self.blank

    @property
    def tells_apart(self) -> bool:
        """Whether each row has a text of its own here."""
        return 0 < self.rows == self.there == len(self.texts)

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers or dates, of any way of writing."""
        numbers = self.there - self.marked
        return numbers > 0 and any(t.count == numbers for t in self.tried)

    def column(self, slot: str, separator: str) -> Column:
        """What the column is, as was said or as its cells tell."""
        title, said = self.place.title, self.said
        if said is not None and said.kind in ("leave", "category", "text"):
            return Column(title, slot, said.kind, self.blank)
        numbers = self.there - self.marked
        if not numbers:
            return Column(title, slot, "missing", self.rows)
        tried = [t for t in self.tried if said is None or t.reading.kind == said.kind]
        if said is not None and said.form is not None:
            tried = [t for t in tried if t.reading.form == said.form]
        best = max(tried, key=lambda t: t.count, default=None)
        if best is None or best.count < numbers:
            nearly = best is not None and numbers >= FEW and best.count >= NEARLY * numbers
            if said is not None or nearly:
                raise self._wrong(best)
            if self.dates == numbers:
                name = shown(title)
                note(Note(f"column {name} has dates in several orders, which are taken as symbols"))
            kind = "text" if self.words >= WORDS * self.there else "category"
            return Column(title, slot, kind, self.blank)
        best = self._decided([t for t in tried if t.count == numbers], separator)
        return self._ranged(slot, best)

    def _wrong(self, best: Tried | None) -> VsaError:
        title, kind = self.place.title, self.said.kind if self.said else "number"
        if best is None or best.wrong is None:
            return VsaError(
                f"{self.place.sheet}: column {shown(title)} holds no {kind}s: say what it is"
            )
        row, cell = best.wrong
        unit = f" in {best.unit}" if best.unit else ""
        what = f"{shown(str(cell))} is no {best.reading.kind}{unit} as the others are"
        return self.place.error(row, f'{what}: mend it, empty it, or say kinds="{title}: category"')

    def _decided(self, fits: list[Tried], separator: str) -> Tried:
        """One of the ways of writing that fit every cell."""
        first = fits[0]
        others = [
            t for t in fits[1:] if t.total != first.total and t.reading.kind == first.reading.kind
        ]
        if not others:
            return first
        title, other = self.place.title, others[0]
        forms = f"{first.reading.form} or {other.reading.form}"
        if first.reading.kind == "date":
            raise VsaError(
                f"{self.place.sheet}, column {shown(title)}: dates such as {shown(first.example)} may be "
                f'{forms}: say which, as kinds="{title}: date {first.reading.form}"'
            )
        if separator == ";":  # where the comma is not what stands between cells
            first, other = other, first
        mend = f'kinds="{title}: number {other.reading.form}" reads it the other way'
        sign = {"point": "decimal points", "comma": "decimal commas"}[first.reading.form]
        note(Note(f"column {shown(title)}: {shown(first.example)} is read with {sign}; {mend}"))
        return first

    def _ranged(self, slot: str, best: Tried) -> Column:
        said = self.said or Stated(best.reading.kind)
        low = best.low if said.low is None else said.low
        high = best.high if said.high is None else said.high
        wide = best.low > 0 and best.high >= best.low * 10**DECADES
        wide = wide and best.high > TAIL * best.total / best.count and best.reading.kind == "number"
        scale = said.scale or ("log" if wide else "linear")
        if scale == "log" and best.low <= 0:
            raise VsaError(
                f"{self.place.sheet}, column {shown(self.place.title)}: {best.low:g} has no logarithm: "
                'say "number linear"'
            )
        if best.low < low or best.high > high:  # where no decoder looks
            found = f"{best.low:g} to {best.high:g}"
            note(
                Note(
                    f"column {shown(self.place.title)} has {found}, more than the range that was said"
                )
            )
        if low == high:  # of no width: then of some
            low, high = (low / 2, high * 2) if scale == "log" else (low - 1, high + 1)
        return Column(
            self.place.title, slot, best.reading.kind, self.blank + self.marked,
            best.reading.form, scale, low, high, best.unit or "",
        )  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return re.findall(r"\w+", text.lower())
