"""A person's tree as a picture, generations from left to right.

People are boxes, a couple (or a lone parent) a dot between the parents and their children.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import ClassVar

from vsa import picture
from vsa.pictures import Box, Diagram, Drawable
from vsa_plugins.kinship.drawing.kin import Kin, check
from vsa_plugins.kinship.drawing.text import tree_text
from vsa_plugins.kinship.family import Person

SAID = {"M": "square: male", "F": "round: female"}
APART = 0.3  # places between couples of a generation, so that their lines do not seem to meet
Couple = frozenset[int]
Place = tuple[float, float]


@dataclass
class _Graph:
    """Who is drawn and where (generation, place in it), and the lines between people and couples.

    Everyone's branch has a band of places to itself, so that none covers another.
    """

    kin: Kin
    people: dict[int, Place] = field(default_factory=dict)
    couples: dict[Couple, Place] = field(default_factory=dict)
    lines: dict[tuple[int | Couple, int | Couple], bool] = field(default_factory=dict)  # solid?
    # How many generations of whose kin are drawn, above and below
    _risen: dict[int, int] = field(default_factory=dict)
    _fallen: dict[int, int] = field(default_factory=dict)

    def grow(self, row: int, up: int, down: int) -> _Graph:
        """Place a person, whoever is up to `up` generations above, and those `down` below."""
        self._fall(row, 0, down, 0)
        below = {*self.people}, {*self.couples}
        own, _ = self._rise(row, 0, up, 0)
        shift = self.people[row][1] - own
        for one in self.people.keys() - below[0]:
            self.people[one] = self.people[one][0], self.people[one][1] + shift
        for couple in self.couples.keys() - below[1]:
            self.couples[couple] = self.couples[couple][0], self.couples[couple][1] + shift
        return self

    def _rise(self, row: int, level: int, up: int, top: float) -> tuple[float, float]:
        """Place someone's ancestors from `top` on: where that puts them, and the next free place."""
        by_mark: dict[str, list[int]] = {}
        for parent, mark in self.kin.parents(row) if up else ():
            by_mark.setdefault(mark, []).append(parent)
        free, places = top, []
        for mark, parents in by_mark.items():
            for parent in parents:
                if self._risen.get(parent, -1) >= up - 1:
                    continue
                self._risen[parent] = up - 1
                new = parent not in self.people
                self.people.setdefault(parent, (level - 1, free))
                place, free = self._rise(parent, level - 1, up - 1, free)
                if new:
                    self.people[parent] = level - 1, place
                    places.append(place)
            self.lines[self._couple(parents, level - 0.5, parents), row] = not mark
        return (fmean(places) if places else top), max(free, top + 1)

    def _fall(self, row: int, level: int, down: int, top: float) -> float:
        """Place someone and their descendants from `top` on; the next free place."""
        self._fallen[row] = down
        unions = self.kin.unions(row) if down else []
        own = [row, *(union.partner for union in unions if union.partner is not None)]
        new = [one for one in own if one not in self.people]
        self.people.update((one, (level, top)) for one in new)
        free = top
        for union in unions:
            for child, _ in union.children:
                if self._fallen.get(child, -1) < down - 1:
                    free = self._fall(child, level + 1, down - 1, free)
        start = max(top, (top + free - len(new)) / 2)
        self.people.update((one, (level, start + i)) for i, one in enumerate(new))
        for union in unions:
            partners = [row] if union.partner is None else [row, union.partner]
            children = [child for child, _ in union.children]
            couple = self._couple(partners, level + 0.5, children or partners[-1:])
            for child, mark in union.children:
                self.lines.setdefault((couple, child), not mark)
        return max(free, start + len(new))

    def _couple(self, rows: Sequence[int], level: float, beside: Sequence[int]) -> Couple:
        couple = frozenset(rows)
        if couple not in self.couples:
            place = fmean(self.people[one][1] for one in beside)
            while any(x == level and abs(y - place) < APART for x, y in self.couples.values()):
                place += APART
            self.couples[couple] = level, place
            for row in rows:
                self.lines[row, couple] = True
        return couple


@dataclass(frozen=True)
class Pedigree(Drawable):
    """A person's tree as a value: box characters in a terminal, boxes and lines elsewhere.

    up, down: how many generations of ancestors and of descendants are drawn.
    """

    vsa_name: ClassVar[str] = "family tree"
    person: Person
    up: int = 2
    down: int = 2

    def __post_init__(self) -> None:
        check(self.up, self.down)

    def vsa_text(self) -> str:
        return tree_text(self.person, self.up, self.down)

    __str__ = __repr__ = vsa_text

    def vsa_picture(self) -> Diagram:
        """Generations from left to right, men in square boxes, women in round ones."""
        kin, row = Kin(self.person.family), self.person.row
        graph = _Graph(kin).grow(row, self.up, self.down)
        placed: list[tuple[int | Couple, Place]] = [*graph.people.items(), *graph.couples.items()]
        number = {one: i for i, (one, _) in enumerate(placed)}
        boxes = [
            Box("", x, y)
            if isinstance(one, frozenset)
            else Box(kin.title(one), x, y, kin.records[one].sex, marked=one == row)
            for one, (x, y) in placed
        ]
        lines = [
            (number[start], number[end], not solid) for (start, end), solid in graph.lines.items()
        ]
        drawn = {box.kind for box in boxes}
        said = [words for kind, words in SAID.items() if kind in drawn]
        if any(dashed for *_, dashed in lines):
            said.append("dashed: adopted, fostered")
        return Diagram(boxes, lines, tuple(SAID), "; ".join(said), self.vsa_text())


def tree_svg(
    person: Person,
    path: str | os.PathLike[str],
    up: int = 2,
    down: int = 2,
    *,
    dark: bool = False,
) -> Path:
    """Draw a person's tree into a file, .svg, .png or .pdf; its path.  It needs matplotlib."""
    return picture(Pedigree(person, up, down), path, dark=dark)
