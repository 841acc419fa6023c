"""Pictures in a terminal, as wide as the window; curves and points by plotille, the rest by itself.

Where plotille is missing (extra `plot`) curves and points are tables of their numbers.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from vsa.layout import BAR, GAP, aligned, bar, columns, fitted, padded
from vsa.layout import width as window_width
from vsa.pictures.kinds import Bars, Curves, HeatMap, Panels, Picture, Points
from vsa.pictures.shades import SHADES, heat_map
from vsa.pictures.trees import Diagram, Node, Tree

BESIDE = 9  # columns between a name and its bar
WIDEST, LINES = 72, 16  # columns and lines of a plot
BLANK = "\u2800"  # a character of braille without dots
MARKS = "ox+*#@%&"
NAMED = 24  # rows of a heat map whose names are shown
PLAIN = 'drawn as a plot with plotille: pip install "vsa-algebra[plot]"'


def text(picture: Picture) -> str:
    """A picture as lines of text, for the columns that there are."""
    drawn = DRAWN[type(picture)](picture)
    said = [fitted(line) for line in (picture.note,) if line]
    return "\n".join([*([fitted(picture.title)] if picture.title else []), drawn, *said])


def bars(rows: Sequence[tuple[str, float]], width: int = BAR, top: float | None = None) -> str:
    """A bar a row, to eighths of a character; shorter where the window is narrow."""
    room = window_width()
    if room is not None:
        label = min(max(columns(name) for name, _ in rows), room // 2)
        width = max(min(width, room - label - BESIDE), 1)
    most = top if top is not None else max(max(value for _, value in rows), 1e-9)
    cells = [(name, f"{value:5.2f}", bar(value, most, width)) for name, value in rows]
    return aligned(cells, right={1}, whole={2})


def _bars(picture: Bars) -> str:
    return bars(picture.rows, top=picture.top)


# --- heat maps -------------------------------------------------------------------------------------
def _heat(picture: HeatMap) -> str:
    """Rows of numbers and shades, of shades alone where these do not fit; or a map of blocks."""
    values, room = picture.values, window_width() or WIDEST
    down, across = values.shape
    if picture.span is not None or down > NAMED or 2 * across > room - BESIDE:
        return heat_map(values[::-1], *(picture.span or ((1, across), (down, 1))))
    rows = list(picture.rows) or [str(i) for i in range(1, down + 1)]
    heads = list(picture.columns) or [str(i) for i in range(1, across + 1)]
    cells = [[f"{v:5.2f} {_shade(picture, v)}" for v in row] for row in values]
    wide = [max(7, columns(head)) + len(GAP) for head in heads]
    if max(map(columns, rows)) + sum(wide) <= room:
        table = [["", *heads], *([name, *row] for name, row in zip(rows, cells, strict=True))]
        return aligned(table, right=set(range(1, across + 1)))
    return _shaded(picture, rows, heads, room)


def _shaded(picture: HeatMap, rows: list[str], heads: list[str], room: int) -> str:
    """Two characters a cell, the columns by the last digit of their numbers."""
    low, high = picture.ends
    across = picture.values.shape[1]
    side = min(max(map(columns, rows)), room - 2 * across - 4)
    if picture.rows:  # else they are numbers themselves
        rows = [f"{i:2} {name}" for i, name in enumerate(rows, 1)]
        side += 3
    lines = [" " * (side + 1) + "".join(f"{i % 10:2}" for i in range(1, across + 1))]
    for name, row in zip(rows, picture.values, strict=True):
        shades = "".join(2 * _shade(picture, v) for v in row)
        lines.append(f"{padded(_cut(name, side), side)} {shades}")
    lines.append(
        f"0 {SHADES[1:]} ±{high:.2g}" if picture.signed else f"{low:.2g} {SHADES[1:]} {high:.2g}"
    )
    if picture.columns and list(picture.columns) != list(picture.rows):
        lines.append(fitted("columns: " + ", ".join(f"{i} {h}" for i, h in enumerate(heads, 1))))
    return "\n".join(line.rstrip() for line in lines)


def _cut(name: str, room: int) -> str:
    """A name that is too wide, as much of it as there is room for."""
    while columns(name) > room:
        name = name[:-2] + "…"
    return name


def _shade(picture: HeatMap, value: float) -> str:
    """A shade of how far from nothing: from zero, where the scale has both signs."""
    low, high = picture.ends
    part = abs(value) / high if picture.signed else (value - low) / (high - low)
    return SHADES[round(min(max(part, 0.0), 1.0) * (len(SHADES) - 1))]


# --- curves and points -----------------------------------------------------------------------------
def _curves(picture: Curves) -> str:
    if not _can_plot():
        return _numbers(picture) + "\n" + fitted(PLAIN)
    scale: Callable[[Any], Any] = np.log2 if picture.log else np.asarray
    back: Callable[[float], float] = (lambda v: 2**v) if picture.log else float
    low, high = picture.bounds or _span([y for s in picture.series for y in _reach(s)])
    xs_seen = [float(v) for s in picture.series for v in scale(s.x)]
    left, right = (0.0, 1.0) if picture.diagonal else _span(xs_seen)
    canvas = _Canvas((left, right), (low, high))
    if picture.diagonal:
        canvas.line(max(left, low), max(left, low), min(right, high), min(right, high))
    keys, named_lines = [], []
    for number, series in picture.groups():
        xs, ys = scale(series.x), np.clip(series.y, low, high)
        mark = MARKS[(number if series.form is None else series.form) % len(MARKS)]
        if series.line:
            for i in range(len(xs) - 1):
                canvas.line(xs[i], ys[i], xs[i + 1], ys[i + 1])
            named_lines.append((xs[len(xs) // 2], ys[len(xs) // 2], series.label))
            keys.append(f"⠤⠤ {series.label}")
            continue
        if series.error is not None:
            below, above = np.clip(ys - series.error[0], low, high), ys + series.error[1]
            for x, a, b in zip(xs, below, np.clip(above, low, high), strict=True):
                canvas.line(x, a, x, b)
        for x, y in zip(xs, ys, strict=True):
            canvas.mark(x, y, mark)
        keys.append(f"{mark} {series.label}")
    if picture.diagonal:
        keys.append("⠤⠤ y = x")
    if len(named_lines) > 1:  # one is known by its line
        for x, y, label in named_lines:
            canvas.name(x, y, label)
    named = [key for key in keys if not key.endswith(" ")]
    return canvas.framed(picture.x, picture.y, back, named)


def _points(picture: Points) -> str:
    """Each point is a letter, and the letters are told below."""
    if not _can_plot():
        rows = [
            (label, f"{x:.2f}", f"{y:.2f}")
            for label, (x, y) in zip(picture.labels, picture.places, strict=True)
        ]
        return aligned(rows, right={1, 2}) + "\n" + fitted(PLAIN)
    (x, y) = picture.places.T
    canvas = _Canvas(_span(x.tolist()), _span(y.tolist()))
    kinds = list(picture.kinds) or [""] * len(x)
    marks = {kind: MARKS[i % len(MARKS)] for i, kind in enumerate(dict.fromkeys(kinds))}
    for place, kind in zip(picture.places, kinds, strict=True):
        canvas.mark(place[0], place[1], marks[kind])
    for label, place in zip(picture.labels, picture.places, strict=True):
        if len(picture.labels) <= NAMED:
            canvas.name(place[0], place[1], label)
    keys = [f"{mark} {kind}" for kind, mark in marks.items() if kind]
    return canvas.framed(picture.x, picture.y, float, keys)


class _Canvas:
    """A plot without its axes: lines in dots of braille, marks and names as letters over them."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        from plotille import Canvas

        self.x, self.y = x, y
        self.across = max(min((window_width() or WIDEST) - 10, WIDEST - 10), 8)
        self.down = min(LINES, max(self.across // 3, 4))
        self.canvas = Canvas(self.across, self.down, x[0], y[0], x[1], y[1])
        self.over: dict[tuple[int, int], str] = {}  # (line, column): a character

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.canvas.line(float(x0), float(y0), float(x1), float(y1))

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        across = (x - self.x[0]) / (self.x[1] - self.x[0]) * self.across
        down = (self.y[1] - y) / (self.y[1] - self.y[0]) * self.down
        return min(int(down), self.down - 1), min(int(across), self.across - 1)

    def mark(self, x: float, y: float, sign: str) -> None:
        self.over[self._cell(float(x), float(y))] = sign

    def name(self, x: float, y: float, name: str) -> None:
        """Beside its mark, on the side that has room; over other marks it is left out."""
        line, column = self._cell(float(x), float(y))
        start = column + 2
        if start + len(name) > self.across:
            start = column - 1 - len(name)
        cells = [(line, start + i) for i in range(len(name))]
        near = [(line, start - 1), (line, start + len(name))]
        if start < 0 or any(cell in self.over for cell in [*cells, near[1]]):
            return
        self.over.update(zip(cells, name, strict=True))

    def framed(self, x: str, y: str, back: Callable[[float], float], keys: Sequence[str]) -> str:
        """With axes, whose ends are numbered, and what the marks are."""
        lines = [list(line.ljust(self.across)) for line in self.canvas.plot().split("\n")]
        for (down, across), sign in self.over.items():
            lines[down][across] = sign
        ends = [f"{end:.3g}" for end in (*self.y, back(self.x[0]), back(self.x[1]))]
        side = max(len(ends[0]), len(ends[1]), 4)
        labels = [""] * len(lines)
        labels[0], labels[-1] = ends[1], ends[0]
        drawn = [
            f"{label:>{side}} │{''.join(line).replace(BLANK, ' ').rstrip()}"
            for label, line in zip(labels, lines, strict=True)
        ]
        room = self.across - len(ends[2]) - len(ends[3])
        axis = x if columns(x) <= room - 2 else ""
        foot = f"{ends[2]}{axis:^{max(room, 1)}}{ends[3]}"
        head = [fitted(y)] if y else []
        said = [fitted("   ".join(keys))] if keys else []
        under = [" " * (side + 1) + "└" + "─" * self.across, " " * (side + 2) + foot]
        return "\n".join([*head, *drawn, *under, *said])


def _can_plot() -> bool:
    return importlib.util.find_spec("plotille") is not None


def _reach(series: Any) -> Iterator[float]:
    low, high = (0.0, 0.0) if series.error is None else series.error
    yield from (series.y - low).tolist()
    yield from (series.y + high).tolist()


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    return low, high


def _numbers(picture: Curves) -> str:
    rows = [("", picture.x or "x", picture.y or "y", "±")]
    for series in picture.series:
        for i, (x, y) in enumerate(zip(series.x, series.y, strict=True)):
            error = "" if series.error is None else f"{float(np.max(series.error[:, i])):.2f}"
            rows.append((series.label, f"{x:g}", f"{y:.2f}", error))
    return aligned(rows, right={1, 2, 3})


# --- trees -----------------------------------------------------------------------------------------
def _tree(picture: Tree) -> str:
    return "\n".join([picture.root.label, *_branches(picture.root.parts, "")])


def _branches(parts: Sequence[Node], indent: str) -> Iterator[str]:
    for place, node in enumerate(parts, 1):
        last = place == len(parts)
        cosine = "" if node.cosine is None else f"{node.cosine:.2f}"
        words = "  ".join(word for word in (node.edge, cosine, node.label) if word)
        yield indent + ("└─ " if last else "├─ ") + words
        yield from _branches(node.parts, indent + ("   " if last else "│  "))


# --- boxes -----------------------------------------------------------------------------------------
def _diagram(picture: Diagram) -> str:
    """What its maker says of it; else from where the lines go to where."""
    if picture.text:
        return picture.text
    label = [box.label for box in picture.boxes]
    lines = [fitted(f"{label[a]} ── {label[b]}") for a, b, _ in picture.lines]
    return "\n".join(lines) or "\n".join(map(fitted, label))


def _panels(picture: Panels) -> str:
    return "\n\n".join(map(text, picture.pictures))


DRAWN: dict[type, Callable[[Any], str]] = {
    Bars: _bars, HeatMap: _heat, Curves: _curves, Points: _points, Tree: _tree, Diagram: _diagram,
    Panels: _panels,
}  # fmt: skip
