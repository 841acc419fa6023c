"""One comparison a row: what a paper states, what a reference run gave, ours over seeds, and a control.

A row's function gives one number for one seed. The fast run computes one seed of it; the full one all
seeds, and the control beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.papers import Table, short, spread

Measured = Callable[[int], float]  # of a seed
COLUMNS = ("", "published", "reference", "ours", "seeds", "control")


@dataclass(frozen=True, slots=True)
class Row:
    """name; published and reference as text, "–" where there is none; ours and control of a seed.

    control: what the claim is held against; its value stands in the last column, after its name if
    `beside` says what it is.  digits: after the point.
    """

    name: str
    ours: Measured
    published: str = "–"
    reference: str = "–"
    control: Measured | None = None
    beside: str = ""
    seeds: int = 5
    digits: int = 3

    def cells(self, quick: bool) -> tuple[tuple[str, ...], dict[str, list[float]]]:
        """The row as it is printed, and its numbers."""
        seeds = range(1 if quick else self.seeds)
        ours = [float(self.ours(seed)) for seed in seeds]
        control = [] if self.control is None or quick else [self.control(seed) for seed in seeds]
        printed = (
            self.name,
            self.published,
            self.reference,
            self._text(ours),
            str(len(ours)),
            f"{self.beside} {self._text(control)}".strip() if control else "–",
        )
        return printed, {"ours": ours, "control": [float(c) for c in control]}

    def _text(self, values: Sequence[float]) -> str:
        few = len(values) == 1
        return short(values[0], self.digits) if few else spread(values, self.digits)


def table(title: str, rows: Sequence[Row], quick: bool, *notes: str) -> Table:
    """The rows computed one after the other."""
    made = [row.cells(quick) for row in rows]
    data = {row.name: numbers for row, (_, numbers) in zip(rows, made, strict=True)}
    return Table(title, COLUMNS, [cells for cells, _ in made], notes, data)
