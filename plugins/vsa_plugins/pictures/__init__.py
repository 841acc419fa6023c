"""Pictures of values: `:plot` in the terminal, `:picture file.svg` in a file, and what is drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from vsa import Expression, Memory, Session, Vector, hookimpl, views
from vsa import picture as draw
from vsa.pictures import Bars, Box, Curves, Diagram, HeatMap, Node, Points, Series, Tree
from vsa.plugin import ArgumentTypeError, Within, arguments, checked, pictured
from vsa_plugins.pictures.constituents import constituents

DARK = "picture.dark"  # the setting: on dark paper


def plot(expression: Expression, *, session: Session) -> str:
    """:plot expression draws a value: how sure an answer is, what a vector is like, curves, trees.

    A vector is drawn by the cosines of the items nearest to it; a table by its numbers. :picture draws
    the same in a file.
    """
    return str(_pictured(expression, session))


def picture(path: str, expression: Expression, *, session: Session) -> str:
    """:picture file.svg expression draws a value in a file, .svg, .png or .pdf, in place of an old one.

    What is drawn is as of :plot; `:set picture.dark true` draws on dark paper. A name with blanks stands
    in quotes: :picture "my file.svg" expression. It needs the extra `plot`.
    """
    path = os.path.expanduser(path)
    old = os.path.exists(path)
    draw(_Drawn(expression, session), path, dark=bool(session.setting(DARK)))
    return f"drawn: {path}" + " in place of an old one" * old


class _Drawn:
    """An expression that is evaluated once its file is known to be one that can be drawn."""

    def __init__(self, expression: Expression, session: Session) -> None:
        self.expression, self.session = expression, session

    def vsa_picture(self) -> Any:
        return _pictured(self.expression, self.session)


def _pictured(expression: Expression, session: Session) -> Any:
    return pictured(expression.evaluate(), session.memory, session.plugins.ask)


@checked
def spectrum(*vectors: Vector | Expression) -> Curves:
    """How much of each frequency vectors have: the modulus, which of a unitary one is 1 everywhere.

    Where one is near 0, the exact inverse makes noise loud. Of algebras that bind by frequencies.

    > spectrum(mark)
    all moduli are 1: a unitary vector
    …
    """
    names, found = [], []
    for item in vectors:
        value = item.evaluate() if isinstance(item, Expression) else item
        if not hasattr(value, "vsa_vector") and not isinstance(value, Vector):
            raise ArgumentTypeError(
                f"spectrum draws vectors, and {arguments.described(value)} is none"
            )
        vector = value if isinstance(value, Vector) else value.vsa_vector()
        names.append(item.text if isinstance(item, Expression) else vector.label or "")
        found.append(vector)
    return views.spectrum(*found, names=names if all(names) else ())


@checked
def memory_map(kind: str = "", *, memory: Memory) -> Points | HeatMap:
    """The items of memory, or those of a kind, as a map: near each other where they are alike.

    It says what share of the variance its two axes have. Below a fifth it would invent neighbours, as
    of unrelated atoms: then it is the cosines, as a heat map.

    > a = mark + fish; b = mark + 0.9 * fish; remember(a); remember(b); memory_map("value")
    A map of 2 items
    …
    """
    return views.memory_map(memory, kind or None)


@checked
def capacity_curve(
    terms: Annotated[int, Within(1, 4096)],
    items: Annotated[int, Within(2, 100_000)] = 1000,
    low: Annotated[int, Within(2, 65_536)] = 32,
    high: Annotated[int, Within(2, 65_536)] = 512,
    *,
    trials: Annotated[int, Within(1, 10_000)] = 200,
    session: Session,
) -> Curves:
    """How often one of so many pairs is found among so many items, by dim: measured, and the theory.

    In spaces like that of the session. Points are measured, with 95 % intervals; the line is the theory.

    > capacity_curve(4, 50, 32, 64, trials=20)
    Pairs found among 50 items, in hrr
    …
    """
    return views.capacity_curve(
        session.space, terms, items, low, high, trials=trials,
        track=lambda runs: session.track(runs, "capacity"),
    )  # fmt: skip


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """spectrum, memory_map, capacity_curve, constituents."""
    return [spectrum, memory_map, capacity_curve, constituents]


@hookimpl
def vsa_commands() -> Iterable[Callable[..., Any]]:
    """:plot, :picture."""
    return [plot, picture]


@hookimpl
def vsa_types() -> Iterable[type]:
    """What can be drawn."""
    return [Bars, HeatMap, Curves, Points, Tree, Diagram, Series, Node, Box]


@hookimpl
def vsa_settings() -> Mapping[str, Any]:
    """Whether pictures are on dark paper."""
    return {DARK: False}
