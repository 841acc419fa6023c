"""A person's tree: as text for the terminal, and as a picture (picture.py)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from numbers import Real
from pathlib import Path

from vsa.errors import VsaError
from vsa_plugins.kinship import names
from vsa_plugins.kinship.family import Family, Person
from vsa_plugins.kinship.records import brief

GENERATIONS = 50  # drawn at most, in either direction
UNBORN = 10_000  # stands after all years of birth
PARENTS = {"parent": "", "adopter": "adopted", "fosterer": "fostered"}  # fact → the child's mark


@dataclass(frozen=True)
class Union:
    """Someone's children by one partner; the partner is a row, None where it is not known."""

    partner: int | None
    married: bool
    children: list[tuple[int, str]]  # with the marks of PARENTS, the eldest first


class Kin:
    """The nearest kin of each person of a family, in the order in which they are drawn."""

    def __init__(self, family: Family) -> None:
        self.records = family.records
        self._up: dict[int, dict[int, str]] = {}
        self._down: dict[int, dict[int, str]] = {}
        self._spouses: dict[int, list[int]] = {}
        for relation, mark in PARENTS.items():
            for child, parent in family.facts[relation].tolist():
                self._up.setdefault(child, {}).setdefault(parent, mark)
                self._down.setdefault(parent, {}).setdefault(child, mark)
        for x, y in family.facts["spouse"].tolist():
            self._spouses.setdefault(x, []).append(y)

    def parents(self, row: int) -> list[tuple[int, str]]:
        """(parent, mark), those by birth before others, the father before the mother."""
        marks = list(PARENTS.values())
        return sorted(
            self._up.get(row, {}).items(),
            key=lambda item: (marks.index(item[1]), "MFU".index(self.records[item[0]].sex)),
        )

    def unions(self, row: int) -> list[Union]:
        """One for each spouse and each other parent of a child, by the age of the eldest child."""
        spouses = self._spouses.get(row, [])
        made: dict[int | None, list[tuple[int, str]]] = {spouse: [] for spouse in spouses}
        for child, mark in sorted(self._down.get(row, {}).items(), key=lambda c: self._age(c[0])):
            # The other parent came to the child in the same way, or else is at least a spouse.
            others = [(p, how) for p, how in self.parents(child) if p != row]
            alike = [p for p, how in others if how == mark]
            wed = [p for p, _ in others if p in spouses]
            other = next(iter([*(p for p in alike if p in wed), *alike, *wed]), None)
            made.setdefault(other, []).append((child, mark))
        eldest = {p: self._age(children[0][0]) for p, children in made.items() if children}
        order = sorted(made, key=lambda p: eldest.get(p, (UNBORN, 0)))
        return [Union(p, p in spouses, made[p]) for p in order]

    def _age(self, row: int) -> tuple[int, int]:
        born = self.records[row].born
        return (UNBORN if born is None else born), row

    def title(self, row: int) -> str:
        """Name and years, of whoever has them."""
        record = self.records[row]
        years = names.years(record)
        return (record.name or record.id) + (f" ({years})" if years else "")


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


def tree_svg(
    person: Person,
    path: str | os.PathLike[str],
    up: int = 2,
    down: int = 2,
    by: str | None = None,
) -> Path:
    """Draw a person's tree into a file: .svg, or .png or .pdf.

    `by` graphviz, or by networkx with matplotlib; by default the first of them that is there.
    """
    from vsa_plugins.kinship.picture import save

    check(up, down)
    return save(Kin(person.family), person.row, Path(path), up, down, by)


def check(up: int, down: int) -> None:
    """An error where generations are no whole numbers from 0 to GENERATIONS."""
    for name, count in (("up", up), ("down", down)):
        if not isinstance(count, Real) or count % 1 or not 0 <= count <= GENERATIONS:
            raise VsaError(
                f"{name} counts generations, from 0 to {GENERATIONS}: it cannot be {brief(count)}"
            )


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
