"""What can be drawn: bars, heat maps, curves, points, and several of them, described by what they show.

A description knows no colours and no sizes; `file.py`, `text.py` and `page.py` draw each of them, in one
style.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from vsa.arguments import checked_whole
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
        return {"picture": type(self).__name__.lower(), **plain_fields(self)}


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
    these axes.  axis: what the numbers are.  over: points that are drawn over it, in the units of its axes.
    scale: whether numbers are what is looked at; else it is an image, of shades alone.
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
    over: Points | None = None
    scale: bool = True

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

    line: drawn through, as a theory is; else points, as what was measured; joined: with a line from
    point to point.  group: those of one colour; form: those of one mark or one dash, if not of a group.
    faint: thin, as one of many runs.
    """

    label: str
    x: Floats
    y: Floats
    error: Floats | None = None
    line: bool = False
    group: int | None = None
    form: int | None = None
    joined: bool = False
    faint: bool = False

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


@dataclass(frozen=True, eq=False, repr=False)
class Panels(Picture):
    """Pictures beside each other, so many in a row."""

    pictures: Sequence[Picture]
    across: int = 2

    def __post_init__(self) -> None:
        if not len(self.pictures):
            raise ArgumentValueError("there is nothing to draw: panels need a picture at least")
        checked_whole("across", self.across, 1)


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


def plain_fields(value: Any) -> dict[str, Any]:
    return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Picture):
        return value.vsa_json()
    if is_dataclass(value) and not isinstance(value, type):
        return plain_fields(value)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value
