"""Heat maps in a terminal: half blocks in shades, as wide as the window."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from vsa.arguments import checked_iterable, checked_number
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.layout import width

SHADES = " ·░▒▓█"
WIDEST = 60  # columns
TWO = "the two ends of an axis"
ROOM = 10  # columns that numbers at the side take


def heat_map(values: Any, x: tuple[float, float] = (0, 1), y: tuple[float, float] = (0, 1)) -> str:
    """Numbers (rows, columns) as shades from the least to the largest, in as much room as there is.

    The first row is the lowest, y going up; x and y are the ends of the axes.

    >>> from vsa.numbers import heat_map
    >>> print(heat_map([[0, 0.5, 1, 0.5]], (0, 3), (0, 0)))
       0 │ ░█░
         └────
          0  3
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ArgumentTypeError("values must be numbers (rows, columns)") from None
    if array.ndim != 2 or not array.size or not np.isfinite(array).all():
        raise ArgumentValueError(
            f"values must be finite numbers (rows, columns), not of shape {array.shape}"
        )
    ends = [_ends("x", x), _ends("y", y)]
    room = WIDEST if width() is None else max(min(width() or WIDEST, WIDEST + ROOM) - ROOM, 4)
    across = min(room, array.shape[1])
    # a character is about twice as high as it is wide
    down = min(max(round(across * array.shape[0] / array.shape[1] / 2), 1), array.shape[0])
    shown = _pooled(_pooled(array, down).T, across).T
    low, high = float(shown.min()), float(shown.max())
    level = (shown - low) / (high - low or 1.0) * (len(SHADES) - 1)
    lines = ["".join(SHADES[round(float(v))] for v in row) for row in level[::-1]]
    (left, right), (bottom, top) = ([f"{e:g}" for e in pair] for pair in ends)
    side = max(len(bottom), len(top), 4)
    labels = [""] * len(lines)
    labels[0], labels[-1] = top, bottom
    rows = [f"{label:>{side}} │{line}" for label, line in zip(labels, lines, strict=True)]
    gap = max(across - len(left) - len(right), 1)
    foot = " " * (side + 2)
    return "\n".join(
        [*rows, " " * (side + 1) + "└" + "─" * across, f"{foot}{left}{' ' * gap}{right}"]
    )


def _ends(name: str, given: Any) -> list[float]:
    ends = [checked_number(f"each end of {name}", e) for e in checked_iterable(name, given, TWO)]
    if len(ends) != 2:
        raise ArgumentValueError(f"{name} must be {TWO}, not {len(ends)}")
    return ends


def _pooled(array: Any, count: int) -> Any:
    """The largest of each of `count` parts along the first axis."""
    cuts = np.linspace(0, len(array), count + 1).astype(int)
    return np.stack([array[a : max(b, a + 1)].max(0) for a, b in pairwise(cuts)])
