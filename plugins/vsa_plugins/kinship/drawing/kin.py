"""The nearest kin of each person, in the order in which they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

from vsa.plugin import checked_whole
from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.family.names import years

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
        lived = years(record)
        return (record.name or record.id) + (f" ({lived})" if lived else "")


def check(up: int, down: int) -> None:
    """An error where generations are no whole numbers from 0 to GENERATIONS."""
    for name, count in (("up", up), ("down", down)):
        checked_whole(f"{name}, which counts generations,", count, 0, GENERATIONS)
