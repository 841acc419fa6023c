"""Where codes lie: the coordinates in which superposed ones are taken apart, and their slopes.

In general they are the isometric form of the vectors. The codes of a smooth kernel along one axis lie
in far fewer dimensions than the vectors have, about as many as the range has waves: they are tabled
there once, and read off by cubics through neighbours and their slopes, to some millionths. What of a
vector lies outside is one number more, its length, so that no norm and no dot product changes.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

import numpy as np

from vsa.algebra.vector import Vector
from vsa.numbers.grid import GRID_BYTES, Coded, lattices, mesh

Floats = np.ndarray[Any, np.dtype[np.float64]]

MOVED = 0.02  # lengths, for a difference quotient
ENDS = 16  # points more than the grid has, for the ends
FINER = 4  # steps of the table for each of the grid
TABLE_BYTES = 1 << 26  # of a table, at most
TRIED = 64  # points between those of a table
EXACT = 1e-5  # of the length of a code: how far a table may be off


class Coordinates(Protocol):
    """width: real dimensions of the vectors.  grid: the points (points, axes) of the code's grid."""

    width: int
    grid: Floats

    def of(self, v: Vector) -> Floats:
        """Those of a vector (size,)."""

    def codes(self, points: Floats) -> Floats:
        """Those of the codes of points: (points, size)."""

    def slopes(self, points: Floats) -> Floats:
        """What a length along each axis changes of each code: (points, axes, size)."""

    def dots(self, left: Floats) -> Floats:
        """The dot products (points,) of the grid's codes with what has these coordinates."""


def coordinates(code: Coded) -> Coordinates:
    """The few of a table where it is as good as the codes, and else all."""
    return Table.of_code(code) or All(code)


class All:
    """Every coordinate, in double precision."""

    def __init__(self, code: Coded) -> None:
        self.code = code
        self.width = int(code.space.algebra.packed)
        self.grid = mesh(code.grid())
        self.lengths = np.array([axis.length for axis in code.axes])

    @cached_property
    def kept(self) -> list[Floats] | None:
        """The grid's codes, where they are few enough."""
        few = 8 * len(self.grid) * self.width < GRID_BYTES * 4
        return [self.of(part) for part in lattices(self.code)] if few else None

    def of(self, v: Vector) -> Floats:
        """(…, width)."""
        space = self.code.space
        return space.backend.numpy(space.algebra.pack(v.data)).astype(np.float64)

    def codes(self, points: Floats) -> Floats:
        return self.of(self.code.at(points))

    def slopes(self, points: Floats) -> Floats:
        found = []
        for i in range(len(self.lengths)):
            step = np.zeros(len(self.lengths))
            step[i] = MOVED * self.lengths[i]
            found.append((self.codes(points + step) - self.codes(points - step)) / (2 * MOVED))
        return np.stack(found, axis=1)

    def dots(self, left: Floats) -> Floats:
        parts = self.kept or (self.of(part) for part in lattices(self.code))
        return np.concatenate([part @ left for part in parts])


class Table:
    """Of a code along one axis: coordinates in the span of the codes, at points that are finer."""

    def __init__(self, code: Coded) -> None:
        self.all, (axis,) = All(code), code.axes
        self.width, self.grid = self.all.width, self.all.grid
        self.low, self.length = axis.low, axis.length
        count = len(self.grid) + ENDS
        turn = np.cos(np.pi * (np.arange(count) + 0.5) / count)  # Chebyshev's: closer at the ends
        spanning = axis.low + (axis.high - axis.low) * (1 + turn) / 2
        self.basis: Floats = np.linalg.qr(self.all.codes(spanning[:, None]).T)[0]
        cells = FINER * (len(self.grid) - (not axis.periodic))
        self.step = (axis.high - axis.low) / cells
        points: Floats = (axis.low + self.step * np.arange(cells + 1.0))[:, None]
        value = self.within(self.all.codes(points))
        slope = self.all.slopes(points)[:, 0] * (self.step / axis.length)
        # of each cell: its value and slope at the left, and those at the right, (cells, 4, size)
        rows = np.stack([value, self.within(slope)], axis=1).reshape(-1, value.shape[1])
        self.cells = np.lib.stride_tricks.sliding_window_view(rows, (4, rows.shape[1]))[::2, 0]
        self._of_grid = self.within(self.all.codes(self.grid))

    @classmethod
    def of_code(cls, code: Coded) -> Table | None:
        """None where it would be large, or would not be exact: of levels and of kernels with a corner."""
        points = len(code.grid()[0])
        size = 8 * FINER * points * 2 * points
        if len(code.axes) > 1 or 2 * points > code.space.algebra.packed or size > TABLE_BYTES:
            return None
        table = cls(code)
        some = np.linspace(0, len(table.cells) - 1, TRIED).astype(int)
        between = (table.low + table.step * (some + 0.5))[:, None]
        codes = table.all.codes(between)
        off = np.linalg.norm(table.codes(between)[:, :-1] @ table.basis.T - codes, axis=1)
        return table if (off < EXACT * np.linalg.norm(codes, axis=1)).all() else None

    def within(self, rows: Floats) -> Floats:
        """Rows (…, width) that lie in the span of the codes."""
        return np.pad(rows @ self.basis, [*[(0, 0)] * (rows.ndim - 1), (0, 1)])

    def of(self, v: Vector) -> Floats:
        row = self.all.of(v)
        found = self.within(row)
        found[-1] = np.linalg.norm(row - found[:-1] @ self.basis.T)
        return found

    def codes(self, points: Floats) -> Floats:
        at, t = self._cell(points)
        rest = 1 - t
        left, right = rest * rest, t * t
        weights = ((1 + 2 * t) * left, t * left, (3 - 2 * t) * right, -rest * right)
        found: Floats = np.stack(weights, axis=-1)[:, None] @ self.cells[at]
        return found[:, 0]

    def slopes(self, points: Floats) -> Floats:
        at, t = self._cell(points)
        rise, rest = 6 * t * (1 - t), 1 - t
        weights = (-rise, rest * (1 - 3 * t), rise, t * (3 * t - 2))
        found: Floats = np.stack(weights, axis=-1)[:, None] @ self.cells[at]
        return found * (self.length / self.step)

    def dots(self, left: Floats) -> Floats:
        return self._of_grid @ left

    def _cell(self, points: Floats) -> tuple[np.ndarray[Any, Any], Floats]:
        """The cell of each point, and how far in it the point is (points,)."""
        place = (points[:, 0] - self.low) / self.step
        at = np.minimum(place.astype(int), len(self.cells) - 1)
        return at, place - at
