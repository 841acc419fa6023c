"""A column as a slot of frames: how its cells become fillers, and are read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self, TypeVar

import numpy as np

from vsa import Answer, Memory, Space, Vector
from vsa.numbers import Estimate, Level, Power
from vsa.plugin import Load, inside, membership
from vsa_plugins.frame import role
from vsa_plugins.table.cells import MARKERS, Reading, as_text, is_missing

NAMES = "names of rows"  # the kind of the column that has these


@dataclass(frozen=True, eq=False)
class Cell(Estimate):
    """A number or a date that is read of a row."""

    vsa_name = "cell"
    unit: str = ""
    dated: bool = False

    def reshape(self, shape: tuple[int, ...]) -> Self:
        parts = super().reshape(shape)
        return replace(parts, unit=self.unit, dated=self.dated)

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`; a date as it is printed."""
        found = super().vsa_json()
        if self.dated and not self.shape and not self.is_nothing:
            return {**found, "value": self.day(float(self.value))}
        return found

    @staticmethod
    def day(number: float) -> str:
        """A number of days as a date."""
        return date.fromordinal(max(int(np.floor(number + 0.5)), 1)).isoformat()

    def line(self, i: int) -> str:
        text = super().line(i)
        if self.is_nothing[i]:
            return text
        if self.dated:
            sure = text.rpartition("  ")[2]
            day = self.day(float(self.value[i]))
            return f"{day} ± {float(self.deviation[i]):.2g} days  {sure}"
        if not self.unit:
            return text
        number, _, sure = text.rpartition("  ")
        return f"{number} {self.unit}  {sure}"


Shown = TypeVar("Shown", bound=Cell)


@dataclass(frozen=True, eq=False)
class Column:
    """A column: its heading, its slot, what its cells are and how they are encoded.

    kind: "number", "date", "category", "text", "missing" (nothing in it), or "leave".
    missing: how many cells hold nothing, which add nothing to a row.
    form: how its cells are written.  scale: "linear", or "log" for powers of ten.
    """

    title: str
    slot: str
    kind: str
    missing: int
    form: str = ""
    scale: str = "linear"
    low: float = 0.0
    high: float = 0.0
    unit: str = ""

    @property
    def is_slot(self) -> bool:
        """Whether rows have it."""
        return self.kind not in ("missing", "leave", NAMES)

    @property
    def is_number(self) -> bool:
        """Whether it is read as numbers, dates being days."""
        return self.kind in ("number", "date")

    @property
    def encoder(self) -> str:
        """How cells become vectors, in words."""
        if self.kind == "number":
            unit = f" {self.unit}" if self.unit else ""
            return f"{self.low:g} to {self.high:g}{unit}" + ", by powers of ten" * (
                self.scale == "log"
            )
        if self.kind == "date":
            ends = (date.fromordinal(int(end)).isoformat() for end in (self.low, self.high))
            return " to ".join(ends) + f", written {self.form}"
        return {"category": "a symbol each", "text": "the symbols of its words"}.get(
            self.kind, "none"
        )

    # --- cells to fillers ----------------------------------------------------------------------
    def code(self, space: Space) -> Power | Level:
        """The code of its numbers: powers where the algebra has them, else levels."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        if "fractional" in space.algebra.laws:
            return Power(space, low, high)
        return Level(space, low, high)

    def _scaled(self, number: Any) -> Any:
        return np.log10(number) if self.scale == "log" else number

    def number(self, cell: Any) -> float | None:
        """A cell as a number on the scale of the code; None for one that holds none."""
        if is_missing(cell, MARKERS):
            return None
        found = Reading(self.kind, self.form).value(cell)
        if found is None or (self.scale == "log" and found[0] <= 0):
            return None
        return float(self._scaled(found[0]))

    def numbers(self, space: Space, given: Sequence[float]) -> Vector:
        """Numbers on the scale of the code as fillers."""
        return self.code(space).vectors(space.backend.asarray(np.asarray(given, np.float64)))

    def fillers(
        self, space: Space, cells: Sequence[Any], symbols: Callable[[str], list[str]]
    ) -> Vector:
        """The fillers (cells,); zero where a cell holds nothing. symbols: of a text."""
        if self.is_number:
            found = [self.number(cell) for cell in cells]
            there = np.array([x is not None for x in found])
            usual = self._scaled(self.low)
            vectors = self.numbers(space, [usual if x is None else x for x in found])
        else:
            texts = ["" if is_missing(cell) else as_text(cell) or "" for cell in cells]
            known = {text: symbols(text) for text in dict.fromkeys(texts)}
            made = self._fillers(space, list(known.values()))
            places = {text: i for i, text in enumerate(known)}
            vectors = made[np.array([places[text] for text in texts], np.intp)]
            there = np.array([bool(known[text]) for text in texts])
        return vectors if there.all() else vectors.scale(there.astype(float))

    def _fillers(self, space: Space, texts: list[list[str]]) -> Vector:
        """The fillers (texts,) of the symbols of each, drawn at once where they are one each."""
        if any(len(symbols) > 1 for symbols in texts):
            return space.stack([self.filler(space, symbols) for symbols in texts])
        return space.batch([symbols[0] if symbols else self.slot for symbols in texts])

    def filler(self, space: Space, symbols: list[str]) -> Vector:
        """Some symbols, each as heavy as the other, as long as one."""
        if not symbols:
            return space.atom(self.slot)  # which is then left out
        if len(symbols) == 1:
            return space.atom(symbols[0])
        return space.batch(symbols).bundle().normalize()

    # --- and back ------------------------------------------------------------------------------
    def read(self, row: Vector, head: Vector, memory: Memory, scope: str, load: Load | None) -> Any:
        """What a row holds in it: an answer among the symbols of the column, or a number."""
        space = memory.space
        space.algebra.need("reading a row", "unbinding", "compare rows with similar_rows")
        query = self.query(row, head)
        prior = 0.5 if self.missing else 0.05
        if self.is_number:
            return self.shown(self.code(space).decode(query, prior_nothing=prior, load=load), Cell)
        if self.kind == "category":
            return memory.cleanup(query, among=scope, prior_nothing=prior, load=load)
        rows = memory.select(among=scope)
        cosines = space.backend.numpy(memory.similarities(query.reshape(1), rows))[0]
        noise = space.metric.noises(space.metric.queries(query.data[None])[0])[0][0]
        return memory.answers(rows, cosines, membership(cosines, noise), noise)

    def query(self, rows: Vector, head: Vector) -> Vector:
        """What rows hold in it, under the noise of the others."""
        return inside(rows / role(self.slot, head), -1)

    def shown(self, found: Estimate, kind: type[Shown]) -> Shown:
        """A number of the code as one of the column."""
        value, deviation = found.value, found.deviation
        if self.scale == "log":
            value = np.asarray(10.0**value)
            deviation = np.asarray(value * np.log(10) * deviation)
        parts = found.probability, found.nothing, found.axes
        return kind(value, deviation, *parts, unit=self.unit, dated=self.kind == "date")


Answered = Answer | Cell
