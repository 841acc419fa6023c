"""A person's tree as text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vsa_plugins.kinship.drawing.kin import Kin, check
from vsa_plugins.kinship.family import Person


@dataclass
class _Branch:
    text: str
    branches: list[_Branch] = field(default_factory=list)


def tree_text(person: Person, up: int = 2, down: int = 2) -> str:
    """A person's tree in box characters: ancestors above, spouses (⚭) and children below.

    `up` and `down` count generations. Someone who would be drawn with their kin a second time is
    marked instead.
    """
    check(up, down)
    kin = Kin(person.family)
    above = _ancestors(kin, person.row, up, {person.row: up})
    below = _descendants(kin, person.row, down, {person.row: down})
    return "\n".join([*_upwards(above, ""), kin.title(person.row), *_downwards(below, "")])


def _ancestors(kin: Kin, row: int, up: int, drawn: dict[int, int]) -> list[_Branch]:
    """The branches above someone; `drawn` tells how many generations are drawn of whom."""
    made = []
    for parent, mark in kin.parents(row) if up else ():
        branch = _Branch(_marked(kin.title(parent), {"": ""}.get(mark, f"by whom {mark}")))
        if drawn.get(parent, 0) < up - 1:
            drawn[parent] = up - 1
            branch.branches = _ancestors(kin, parent, up - 1, drawn)
        elif up > 1 and kin.parents(parent):
            branch.text = _marked(branch.text, "as above")
        made.append(branch)
    return made


def _descendants(kin: Kin, row: int, down: int, drawn: dict[int, int]) -> list[_Branch]:
    made = []
    for union in kin.unions(row) if down else ():
        children = []
        for child, mark in union.children:
            branch = _Branch(_marked(kin.title(child), mark))
            if drawn.get(child, 0) < down - 1:
                drawn[child] = down - 1
                branch.branches = _descendants(kin, child, down - 1, drawn)
            elif down > 1 and kin.unions(child):
                branch.text = _marked(branch.text, "as above")
            children.append(branch)
        if union.partner is None:
            made += children
        else:
            bond = "⚭" if union.married else "with"
            made.append(_Branch(f"{bond} {kin.title(union.partner)}", children))
    return made


def _marked(text: str, mark: str) -> str:
    return f"{text}, {mark}" if mark else text


def _upwards(branches: Sequence[_Branch], indent: str) -> Iterator[str]:
    for place, branch in enumerate(branches):
        yield from _upwards(branch.branches, indent + ("│  " if place else "   "))
        yield indent + ("├─ " if place else "┌─ ") + branch.text


def _downwards(branches: Sequence[_Branch], indent: str) -> Iterator[str]:
    for place, branch in enumerate(branches, 1):
        last = place == len(branches)
        yield indent + ("└─ " if last else "├─ ") + branch.text
        yield from _downwards(branch.branches, indent + ("   " if last else "│  "))
