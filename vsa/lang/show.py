"""Values as text, for the terminal, and as plain data, for `--json`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.arguments import checked_instance
from vsa.errors import VsaError
from vsa.lang.state import State
from vsa.layout import width as window_width
from vsa.markup import preformatted
from vsa.memory import ties
from vsa.memory.memory import Memory
from vsa.notes import collecting
from vsa.table import Table, Tabular

if TYPE_CHECKING:
    from vsa.pictures import Tree

NEAREST = 3
DIGITS = 6  # of a similarity
LISTED = 12  # items that a vector is like, where there is room for more


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
    if not vector.norm() > 0:
        return "nil, the zero vector"
    head = _length(vector)
    near = nearest(state, vector)
    if not near:
        return head + ", like nothing in memory"
    return head + ", like " + ", ".join(f"{name} {cosine:.2f}" for name, cosine in near)


def _length(vector: Vector) -> str:
    return f"a vector of length {vector.norm():.3g}"


def nearest(
    state: State, vector: Vector, most: int = NEAREST, noise: bool = False
) -> list[tuple[str, float]]:
    """The items that a vector is most like, in the order of answers.

    noise: also those that are not above what so many comparisons bring up, √(2 ln N / dim).
    """
    return nearest_in(state.memory, vector, most, noise)


def nearest_in(
    memory: Memory, vector: Vector, most: int = NEAREST, noise: bool = False
) -> list[tuple[str, float]]:
    """The same of a memory without a session."""
    rows = memory.select(kinds=memory.item_kinds)
    if not len(rows) or not vector.norm() > 0:
        return []
    backend = memory.space.backend
    scores = memory.similarities(vector.reshape(1), rows)[0]
    cosines, best = backend.brought(*ties.nearest(backend, scores, min(most, len(rows))))
    place = ties.order_shown(cosines, best)
    cosines, best = cosines[place], best[place]
    least = -np.inf if noise else np.sqrt(2 * np.log(len(rows) + 10)) * vector.space.noise.deviation
    names = memory.reported(rows[best])
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
        near = [{"name": n, "similarity": round(c, DIGITS)} for n, c in nearest(state, value)]
        return {"vector": {"dim": value.dim, "norm": round(value.norm(), 6), "nearest": near}}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return state.plugins.render(value)


def to_table(state: State, value: Any) -> Table | None:
    """A value as the table that it is shown as where there is room for one; None if it is none."""
    if hasattr(value, "vsa_table"):
        given = state.plugins.ask(value, "vsa_table")
        table: Table = checked_instance("what vsa_table gives", given, Table, "a Table")
        return table
    if isinstance(value, Vector) and not value.shape and value.space == state.space:
        near = nearest(state, value, most=LISTED)
        if near:
            title = f"{_length(value)}, like"
            return Table(["item", "similarity"], near, title, bars={"similarity": ""})
    return None


def rich(state: State, value: Any) -> str | None:
    """The HTML of what is more than its text: a value's own, or its table; else None."""
    from vsa.pictures import Drawable  # which a terminal does without

    if hasattr(value, "vsa_html"):
        return str(state.plugins.ask(value, "vsa_html"))
    if isinstance(value, (Tabular, Drawable)):  # which may have many more rows than are shown
        drawn = state.plugins.ask(value, "_repr_html_")
        return None if drawn is None else str(drawn)
    tree = _structure(state, value) if isinstance(value, Vector) else None
    if tree is not None:
        return tree._repr_html_()
    table = to_table(state, value)
    if table is not None:
        return table.html()
    return value._repr_html_() if isinstance(value, Vector) else None


def _structure(state: State, vector: Vector) -> Tree | None:
    """What a vector is made of, if it is a structure by its kind or by itself, and can be read."""
    from vsa.hooks.constituents import constituents, kind_of
    from vsa.pictures import Tree

    if vector.shape or vector.space != state.space or not vector.norm() > 0:
        return None
    with collecting(), suppress(VsaError):
        known = state.plugins.structures
        kind = kind_of(vector, state.memory, known)
        if kind:
            root = constituents(vector, state.memory, known, kind).root
            return Tree(root, title=show(state, vector))
    return None


def to_html(state: State, value: Any) -> str:
    """What a notebook shows of a value: its own HTML, its table, or its text."""
    found = rich(state, value)
    return preformatted(show(state, value)) if found is None else found
