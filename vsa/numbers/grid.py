"""What a decoder asks of a code, and the grid of points that it looks through first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector
from vsa.errors import ArgumentValueError

Floats = np.ndarray[Any, np.dtype[np.float64]]

GRID_BYTES = 1 << 26  # of rows that are made and compared at a time
MOST = 1 << 18  # points
NEAR = 2.5  # steps: what is as near as that is one answer


class Axis(Protocol):
    """A range, the scale on which its numbers are alike, and the least difference that shows."""

    periodic: bool

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def length(self) -> float: ...
    @property
    def grain(self) -> float: ...


class Coded(Protocol):
    """A code of points, of one axis or several."""

    space: Space

    @property
    def axes(self) -> Sequence[Axis]: ...

    def at(self, points: Floats) -> Vector:
        """The vectors (…) of points (…, axes)."""

    def lattice(self, axes: Sequence[Floats]) -> Vector:
        """Those (points,) of all points with these numbers along the axes, the last the fastest."""

    def grid(self) -> list[Floats]:
        """The numbers along each axis."""

    def by_axes(self, vectors: Vector, axes: Sequence[Floats]) -> Floats | None:
        """Similarities with such points, one axis after the other, where that can be."""


def along(limits: tuple[float, float], length: float, steps: int, periodic: bool) -> Floats:
    """Numbers over a range, so many a length."""
    low, high = limits
    count = int(min(np.ceil((high - low) / length * steps), MOST)) + 1
    return np.linspace(low, high, max(count, 3), endpoint=not periodic)


def mesh(axes: Sequence[Floats]) -> Floats:
    """All points of a grid (points, axes), the last axis the fastest."""
    return np.stack([x.reshape(-1) for x in np.meshgrid(*axes, indexing="ij")], axis=-1)


def lattices(code: Coded) -> Iterator[Vector]:
    """The vectors of a code's grid, part by part, as many as fit at a time."""
    first, *others = code.grid()
    each = int(np.prod([len(axis) for axis in others]))
    if len(first) * each > MOST:
        raise ArgumentValueError(
            f"the range is too long to look through at a length of {code.axes[0].length:g}: "
            "give a greater length, or a smaller range"
        )
    step = max(GRID_BYTES // (8 * code.space.algebra.packed * each), 1)
    for start in range(0, len(first), step):
        yield code.lattice([first[start : start + step], *others])


def close(code: Coded, points: Floats, point: Floats, steps: Floats) -> np.ndarray[Any, Any]:
    """Which points of the grid (points, axes) are near to one, along each axis."""
    near = np.ones(len(points), dtype=bool)
    for i, axis in enumerate(code.axes):
        apart = np.abs(points[:, i] - point[i])
        if axis.periodic:
            apart = np.minimum(apart, axis.high - axis.low - apart)
        near &= apart < NEAR * steps[i]
    return near
