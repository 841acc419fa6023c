"""Values as text, for the terminal, and as plain data, for `--json`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.lang.state import State
from vsa.layout import aligned, columns
from vsa.layout import width as window_width
from vsa.memory import ties

BLOCKS = " ▏▎▍▌▋▊▉█"
NEAREST = 3
BESIDE = 9  # columns between a name and its bar


def show(state: State, value: Any) -> str:
    """What is printed for a value."""
    if isinstance(value, Vector):
        return _vector(state, value)
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | np.number):
        return _number(float(value))
    if isinstance(value, np.ndarray):
        with np.printoptions(
            precision=4, suppress=True, threshold=100, linewidth=window_width() or 75,
            formatter={"bool": lambda one: "true" if one else "false"},
        ):  # fmt: skip
            return str(value)
    return state.plugins.render(value)


def _number(value: float) -> str:
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _vector(state: State, vector: Vector) -> str:
    """Its length, and the items that it resembles more than chance would have it."""
    if vector.shape:
        return f"a batch {vector.shape} of vectors, dim {vector.dim}"
    norm = vector.norm()
    if not norm > 0:
        return "nil, the zero vector"
    head = f"a vector of length {norm:.3g}"
    near = nearest(state, vector)
    if not near:
        return head + ", like nothing in memory"
    return head + ", like " + ", ".join(f"{name} {cosine:.2f}" for name, cosine in near)


def nearest(
    state: State, vector: Vector, most: int = NEAREST, noise: bool = False
) -> list[tuple[str, float]]:
    """The items that a vector is most like, in the order of answers.

    noise: also those that are not above what so many comparisons bring up, √(2 ln N / dim).
    """
    rows = state.memory.select(kinds=state.memory.item_kinds)
    if not len(rows) or not vector.norm() > 0:
        return []
    backend = state.space.backend
    scores = state.memory.similarities(vector.reshape(1), rows)[0]
    cosines, best = ties.nearest(backend, scores, min(most, len(rows)))
    least = -np.inf if noise else np.sqrt(2 * np.log(len(rows) + 10)) * vector.space.noise.deviation
    names = state.memory.reported(rows[best])
    return [(str(n), float(c)) for n, c in zip(names, cosines, strict=True) if c > least]


def summary(state: State, value: Any) -> str:
    """One line for a listing of names."""
    if isinstance(value, Vector) and not value.shape:
        names = state.memory.names_of(value)
        if names:
            return f"{state.memory.kind(names[0])}"
    lines = show(state, value).splitlines() or [""]
    return lines[0] if len(lines) == 1 else lines[0] + " …"


def to_json(state: State, value: Any) -> Any:
    """A value as what `json.dumps` takes."""
    if hasattr(value, "vsa_json"):
        return state.plugins.ask(value, "vsa_json")
    if isinstance(value, Vector):
        if value.shape:
            return {"vector": {"dim": value.dim, "shape": list(value.shape)}}
        near = [{"name": n, "similarity": round(c, 6)} for n, c in nearest(state, value)]
        return {"vector": {"dim": value.dim, "norm": round(value.norm(), 6), "nearest": near}}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return state.plugins.render(value)


def to_html(state: State, value: Any) -> str:
    """What a notebook shows of a value."""
    if hasattr(value, "vsa_html"):
        return str(state.plugins.ask(value, "vsa_html"))
    return f"<pre>{escape(show(state, value))}</pre>"


def bars(rows: Sequence[tuple[str, float]], width: int = 40, top: float | None = None) -> str:
    """A bar a row, to eighths of a character; shorter where the window is narrow."""
    room = window_width()
    if room is not None:
        label = min(max(columns(name) for name, _ in rows), room // 2)
        width = max(min(width, room - label - BESIDE), 1)
    most = top if top is not None else max(max(value for _, value in rows), 1e-9)
    cells = []
    for name, value in rows:
        eighths = round(8 * width * max(value, 0) / most)
        bar = BLOCKS[8] * (eighths // 8) + (BLOCKS[eighths % 8] if eighths % 8 else "")
        cells.append((name, f"{value:5.2f}", bar))
    return aligned(cells, right={1}, whole={2})
