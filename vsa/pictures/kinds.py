"""What can be drawn: bars, heat maps, curves, points, trees and boxes, described by what they show.

A description knows no colours and no sizes; `file.py`, `text.py` and `page.py` draw each of them, in one
style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import Any

import numpy as np

from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError

Floats = np.ndarray[Any, np.dtype[np.float64]]
MOST = 4_000_000  # cells of a heat map
BRIEF = 200  # rows of bars
CELLS = "numbers (rows, columns)"


class Drawable:
    """What can be drawn: whoever has `vsa_picture` is shown so in any notebook."""

    __slots__ = ()

    def vsa_picture(self) -> Picture:
        """Its picture."""
        raise NotImplementedError

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None where it cannot be drawn, and its text is shown."""
        try:
            picture = self.vsa_picture()
        except VsaError:
            return None
        return str(import_module("vsa.pictures.page").html(picture))


@dataclass(frozen=True, eq=False, repr=False)
class Picture(Drawable):
    """What all have.  title: above it; note: what is said below it."""

    title: str = field(default="", kw_only=True)
    note: str = field(default="", kw_only=True)

    vsa_name = "picture"

    @property
    def below(self) -> str:
        """What is said below it, of its marks too."""
        return self.note

    def vsa_text(self) -> str:
        """Drawn in as many columns as there are."""
        return str(import_module("vsa.pictures.text").text(self))  # which knows all kinds

    __str__ = vsa_text
    __repr__ = vsa_text

    def vsa_picture(self) -> Picture:
        """Itself."""
        return self

    def vsa_json(self) -> Any:
        """The description as plain values."""
        return {"picture": type(self).__name__.lower(), **_plain_fields(self)}


@dataclass(frozen=True, eq=False, repr=False)
class Bars(Picture):
    """A labelled number a row.

    rows: (label, number).  axis: what the numbers are; top: the greatest that there may be; faint:
    labels that stand aside, as "nothing" does.
    """

    rows: Sequence[tuple[str, float]]
    axis: str = ""
    top: float | None = None
    faint: Sequence[str] = ()

    def __post_init__(self) -> None:
        if not len(self.rows):
            raise ArgumentValueError("there is nothing to draw: bars need rows (label, number)")
        if len(self.rows) > BRIEF:
            raise ArgumentValueError(
                f"{len(self.rows):,} bars are too many to read: give at most {BRIEF}"
            )
        _numbers("the numbers of bars", [value for _, value in self.rows], 1)


@dataclass(frozen=True, eq=False, repr=False)
class HeatMap(Picture):
    """Numbers (rows, columns) as colours; the first row is above.

    rows, columns: their labels, or none.  low, high: the ends of the scale; where low is given as
    −high, zero is the middle, of no colour.  x, y: what the columns and the rows are; span: the ends of
    these axes.  axis: what the numbers are.
    """

    values: Floats
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    low: float | None = None
    high: float | None = None
    x: str = ""
    y: str = ""
    axis: str = ""
    span: tuple[tuple[float, float], tuple[float, float]] | None = None

    def __post_init__(self) -> None:
        values = _numbers("the values of a heat map", self.values, 2)
        if values.size > MOST:
            raise ArgumentValueError(
                f"{values.size:,} cells are too many to draw: give at most {MOST:,}"
            )
        object.__setattr__(self, "values", values)
        for name, labels, count in zip(
            ("rows", "columns"), (self.rows, self.columns), values.shape, strict=True
        ):
            if len(labels) not in (0, count):
                raise ArgumentValueError(f"{len(labels)} labels do not fit {count} {name}")

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the scale, those of the values where none are given."""
        low = float(self.values.min()) if self.low is None else self.low
        high = float(self.values.max()) if self.high is None else self.high
        return low, high if high > low else low + 1

    @property
    def signed(self) -> bool:
        """Whether the scale goes both ways from zero."""
        return self.low is not None and self.high is not None and self.low == -self.high < 0


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers y over x, of equal lengths.  error: (2, n), how far each may lie lower and higher.

    line: joined, as a theory is; else points, as what was measured.  group: those of one colour.
    """

    label: str
    x: Floats
    y: Floats
    error: Floats | None = None
    line: bool = False
    group: int | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            object.__setattr__(self, name, _numbers(f"{name} of a series", getattr(self, name), 1))
        if len(self.x) != len(self.y):
            raise ArgumentValueError(
                f"a series has as many x as y, not {len(self.x)} and {len(self.y)}"
            )
        if self.error is not None:
            object.__setattr__(self, "error", _numbers("error of a series", self.error, 2))
            if np.shape(self.error) != (2, len(self.x)):
                raise ArgumentValueError(
                    f"error must be of shape (2, {len(self.x)}), not {np.shape(self.error)}"
                )


@dataclass(frozen=True, eq=False, repr=False)
class Curves(Picture):
    """One or more series on common axes.

    x, y: what the axes are; bounds: the ends of the y axis; log: whether x doubles from step to step;
    diagonal: whether the line y = x is drawn, on which what is said comes true.
    """

    series: Sequence[Series]
    x: str = ""
    y: str = ""
    bounds: tuple[float, float] | None = None
    log: bool = False
    diagonal: bool = False

    def __post_init__(self) -> None:
        if not len(self.series):
            raise ArgumentValueError("there is nothing to draw: curves need a series at least")
        if self.log and min(float(s.x.min()) for s in self.series) <= 0:
            raise ArgumentValueError("x must be above 0 where it doubles from step to step")

    def groups(self) -> Iterator[tuple[int, Series]]:
        """Each series with the number of its colour."""
        for i, series in enumerate(self.series):
            yield i if series.group is None else series.group, series


@dataclass(frozen=True, eq=False, repr=False)
class Points(Picture):
    """Labelled points of a plane (n, 2); kinds: those of a name have one colour and one mark."""

    places: Floats
    labels: Sequence[str]
    kinds: Sequence[str] = ()
    x: str = ""
    y: str = ""

    def __post_init__(self) -> None:
        places = _numbers("places", self.places, 2)
        if places.shape[1] != 2 or len(self.labels) != len(places):
            raise ArgumentValueError(
                f"places must be (n, 2) for {len(self.labels)} labels, not of shape {places.shape}"
            )
        object.__setattr__(self, "places", places)


@dataclass(frozen=True, eq=False)
class Node:
    """A part of a whole.

    edge: as what it stands there ("agt"); cosine: how much of it is seen, None where nothing is
    measured; parts: what it is made of itself.
    """

    label: str
    edge: str = ""
    cosine: float | None = None
    parts: Sequence[Node] = ()

    def vsa_json(self) -> Any:
        """As plain values."""
        return _plain_fields(self)


@dataclass(frozen=True, eq=False, repr=False)
class Tree(Picture):
    """A whole and its parts, with what they have of it on the edges."""

    root: Node


@dataclass(frozen=True, eq=False)
class Box:
    """A label in a box, or a dot where it is empty.

    x, y: the column and the place in it, from above.  kind: those of a name look alike; marked: the one
    that the diagram is about.
    """

    label: str
    x: float
    y: float
    kind: str = ""
    marked: bool = False


Place = tuple[float, float, float]  # of the middle of a box, and half its width


@dataclass(frozen=True, eq=False, repr=False)
class Diagram(Picture):
    """Boxes in columns, and lines between them.

    lines: (from, to, whether it is dashed), by the boxes' numbers, from left to right.  kinds: the names
    of kinds, by turns square and round; key: what these mean.  text: what a terminal shows instead.
    """

    boxes: Sequence[Box]
    lines: Sequence[tuple[int, int, bool]] = ()
    kinds: Sequence[str] = ()
    key: str = ""
    text: str = ""

    @property
    def below(self) -> str:
        return "\n".join(filter(None, (self.note, self.key)))

    def __post_init__(self) -> None:
        if not len(self.boxes):
            raise ArgumentValueError("there is nothing to draw: a diagram needs a box at least")
        ends = {end for line in self.lines for end in line[:2]}
        if not ends <= set(range(len(self.boxes))):
            raise ArgumentValueError(
                f"lines go from box to box, of which there are {len(self.boxes)}"
            )

    def laid(
        self, width: Callable[[Box], float], gap: float, high: float
    ) -> tuple[list[Place], tuple[float, float]]:
        """Where each box stands, those of a column as wide as the widest, and the size of all.

        width: of a box.  gap: between columns; high: of a row.
        """
        widest: dict[float, float] = {}
        for box in self.boxes:
            widest[box.x] = max(widest.get(box.x, 0.0), width(box) if box.label else 0.0)
        middles, at = {}, gap / 4
        for x in sorted(widest):
            middles[x] = at + widest[x] / 2
            at += widest[x] + gap / 2
        top = min(box.y for box in self.boxes)
        places = [
            (middles[box.x], high * (box.y - top + 0.6), widest[box.x] / 2 if box.label else 0.0)
            for box in self.boxes
        ]
        return places, (at - gap / 4, max(y for _, y, _ in places) + 0.6 * high)


def _numbers(name: str, given: Any, axes: int) -> Floats:
    try:
        array = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        wanted = CELLS if axes == 2 else "numbers"
        raise ArgumentTypeError(f"{name} must be {wanted}") from None
    if array.ndim != axes or not array.size or not np.isfinite(array).all():
        wanted = CELLS if axes == 2 else "numbers"
        raise ArgumentValueError(f"{name} must be finite {wanted}, not of shape {array.shape}")
    return array


def _plain_fields(value: Any) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (Series, Node, Box)):
        return _plain_fields(value)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
