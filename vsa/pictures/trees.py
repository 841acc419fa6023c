"""What can be drawn as well: trees of parts, and boxes in columns with lines between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from vsa.errors import ArgumentValueError
from vsa.pictures.kinds import Picture, plain_fields


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
        return plain_fields(self)


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
