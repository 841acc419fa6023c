"""People and what is known of them: a Family of Persons, checked when it is made.

A fact ("parent", x, y) says that y is a parent of x. Families are read from files (read.py), tables of
triples and graphs (tables.py); what people are to each other is worked out from `Family.codes`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from vsa import Table, VsaError
from vsa.plugin import Tabular, checked_whole, shown, suggest
from vsa_plugins.kinship.codes import Codes
from vsa_plugins.kinship.family import names
from vsa_plugins.kinship.family.records import (
    SEXES,
    Fact,
    Input,
    Record,
    brief,
    doubts,
    index_of,
    pairs_of,
    refuse_circles,
    year_or_none,
)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone of a family; two Persons are equal if family and id are."""

    vsa_name = "person"
    family: Family
    id: str

    @property
    def record(self) -> Record:
        """What the file says of the person."""
        return self.family.records[self.row]

    @property
    def row(self) -> int:
        """Where the person stands in the family's order."""
        return self.family.index[self.id]

    @property
    def name(self) -> str:
        """The full name, "" where it is not known."""
        return self.record.name

    @property
    def sex(self) -> str:
        """ "F", "M" or "U" (unknown)."""
        return self.record.sex

    @property
    def born(self) -> int | None:
        """The year of birth; B.C. is negative, None is unknown."""
        return self.record.born

    @property
    def died(self) -> int | None:
        """The year of death; B.C. is negative, None is unknown."""
        return self.record.died

    def __str__(self) -> str:
        return self.family.label(self.id)

    def __repr__(self) -> str:
        return f"<person {self}>"

    def vsa_member(self) -> tuple[Family, str]:
        """In sets a person is an id of the family."""
        return self.family, self.id

    def vsa_attributes(self) -> tuple[str, ...]:
        """What the file may say."""
        return ("id", "name", "sex", "born", "died")

    def vsa_attribute(self, name: str) -> str | int:
        """What the file says: `person("mark").born`."""
        if name not in self.vsa_attributes():
            near = suggest(name, self.vsa_attributes()) or "there are id, name, sex, born and died"
            raise VsaError(f"a person has no {name!r}; {near}")
        said: str | int | None = getattr(self, name)
        if said in (None, ""):
            raise VsaError(f"the file does not say {name!r} of {self}")
        return said

    def vsa_json(self) -> Any:
        """What the file says, for `vsa --json`."""
        return {name: getattr(self, name) for name in self.vsa_attributes()}


class Family(Tabular):
    """People by id, and the facts between them; it does not change.

    Refused, by name: ids given twice, facts about people who are not there, people who are their
    own parent or spouse, and circles of ancestors. `dim` and `seed` are those of the codes; without
    a dim the codes choose one. `notes` tell what was doubted.
    """

    vsa_name = "family"

    def __init__(
        self,
        records: Iterable[Record],
        facts: Iterable[Fact],
        *,
        dim: int | None = None,
        seed: int = 0,
        name: str = "",
        notes: Iterable[str] = (),
    ) -> None:
        dim = dim if dim is None else checked_whole("dim", dim)
        seed = checked_whole("seed", seed)
        for what, several in (("records", records), ("facts", facts)):
            if not isinstance(several, Iterable):
                raise VsaError(f"a family has several {what}: {brief(several)} has none")
        self.name, self.dim, self.seed = name, dim, seed
        self.records = tuple(records)
        try:
            self.index = index_of(self.records)
            self.facts = pairs_of(self.records, self.index, facts)
            refuse_circles(self.records, self.facts["parent"])
        except VsaError as error:
            raise VsaError(f"{name}: {error}" if name else str(error)) from None
        self.people: Mapping[str, Person] = MappingProxyType(
            {record.id: Person(self, record.id) for record in self.records}
        )
        self.sexes = np.array([SEXES.index(r.sex) for r in self.records], dtype=np.int8)
        self.sexes.flags.writeable = False
        self._told = tuple(notes)
        self.notes = (*self._told, *doubts(self.records, self.facts["parent"]))

    def __reduce__(self) -> tuple[Any, ...]:
        """How to make this family again, in a copy or in another process."""
        return type(self).vsa_restored, (self.vsa_state(),)

    @classmethod
    def vsa_complete(cls, text: str) -> Iterable[str]:
        """In family"mark mother ann; …" a person comes first and last, a word between them."""
        from vsa_plugins.kinship.family import tables

        *triples, last = re.split(r"[;\n]", text)
        if len(f"{last}.".split()) == 2:
            return [*tables.WORDS, *tables.ATTRIBUTES]
        ends = (word for triple in triples for word in triple.split()[::2])
        return dict.fromkeys([*ends, *last.split()[:1]] if last.split() else ends)

    def vsa_state(self) -> dict[str, Any]:
        """What a session's file keeps; facts as pairs of rows (n, 2)."""
        records = [list(astuple(record)) for record in self.records]
        said = {"dim": self.dim, "seed": self.seed, "name": self.name, "notes": list(self._told)}
        return {"records": records, "facts": dict(self.facts), **said}

    @classmethod
    def vsa_restored(cls, state: dict[str, Any]) -> Family:
        """The family of such a state, checked as any."""
        said = dict(state)
        records = [Record(*record) for record in said.pop("records")]
        facts = [
            (relation, records[x].id, records[y].id)
            for relation, pairs in said.pop("facts").items()
            for x, y in pairs.tolist()
        ]
        return cls(records, facts, **said)

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        encoding: str | None = None,
        dim: int | None = None,
        seed: int = 0,
        strict: bool = False,
    ) -> Family:
        """A GEDCOM file, or a table of triples (.csv, .tsv).

        The encoding is found in the file; give one where the file is wrong about itself. Lines of a
        GEDCOM file that are none, or skip a level, are read past and noted; `strict` refuses them.
        """
        from vsa_plugins.kinship.family.read import read

        return cls._made(read(path, encoding, strict), dim, seed, os.path.basename(os.fspath(path)))

    @classmethod
    def from_triples(
        cls,
        triples: Iterable[tuple[Any, Any, Any]],
        *,
        dim: int | None = None,
        seed: int = 0,
        name: str = "",
    ) -> Family:
        """Triples (x, relation, y): y is the <relation> of x; see tables.py for the words."""
        from vsa_plugins.kinship.family import tables

        return cls._made(tables.from_triples(triples), dim, seed, name)

    @classmethod
    def from_graph(
        cls, graph: Any, *, dim: int | None = None, seed: int = 0, name: str = ""
    ) -> Family:
        """A networkx DiGraph or MultiDiGraph: edges x → y with a `relation`, see tables.py."""
        from vsa_plugins.kinship.family import tables

        return cls._made(tables.from_graph(graph), dim, seed, name)

    @classmethod
    def _made(cls, made: Input, dim: int | None, seed: int, name: str) -> Family:
        return cls(made.records, made.facts, dim=dim, seed=seed, name=name, notes=made.notes)

    @cached_property
    def codes(self) -> Codes:
        """The vectors and matrices of these people and facts."""
        return Codes(self.sexes, self.facts, dim=self.dim, seed=self.seed, name=self.name)

    def find(self, name: str, born: int | None = None, died: int | None = None) -> Person:
        """The one person of this id, label or name.

        A full name goes before one that begins so, and that before one that has all the words in
        any order; letter case and accents do not matter, and years count as words. Several people
        or nobody: an error that lists them, or the nearest names.
        """
        if not isinstance(name, str):
            raise VsaError(f"people are found by a name or an id as text, not by {brief(name)}")
        born, died = year_or_none("born", born), year_or_none("died", died)
        found = self._finder.find(name, born, died)
        if len(found) == 1:
            return self.people[found[0].id]
        where = f" in {self.name}" if self.name else ""
        asked = f"called {shown(name)}{names.when(born, died)}"
        if found:
            raise VsaError(
                f"{len(found)} people{where} are {asked}: {names.listed(found)}; "
                "add born= or died=, or give the id"
            )
        others = self._finder.with_words(name, born, died)
        if others:
            raise VsaError(f"nobody{where} is {asked}; nearest in years: {names.listed(others)}")
        near = self._finder.nearest(name)
        hint = (
            f"did you mean {names.listed(near, 'or')}?"
            if near
            else f"{'no name is near it: give another' if names.words(name) else 'give a name'}, "
            f"or an id such as {self.records[0].id!r}"
        )
        raise VsaError(f"nobody{where} is {asked}; {hint}")

    def label(self, id: str) -> str:
        """What to print for a person: "Edward VII Wettin (1841)", different for everyone."""
        return self._labels[id]

    @cached_property
    def _finder(self) -> names.Finder:
        return names.Finder(self.records, self._labels)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return names.labels(self.records)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[Person]:
        return iter(self.people.values())

    def vsa_table(self) -> Table:
        """A person a row, as the file has them."""
        rows = [(self.label(r.id), r.sex, r.born, r.died) for r in self.records]
        return Table(["person", "sex", "born", "died"], rows, str(self))

    def __str__(self) -> str:
        counts = [f"{len(self)} people"]
        for relation, pairs in self.facts.items():
            count = len(pairs) // 2 if relation == "spouse" else len(pairs)
            if count:
                counts.append(f"{count} {relation}{'s' if count != 1 else ''}")
        return f"{self.name or 'a family'}: {', '.join(counts)}"

    def __repr__(self) -> str:
        return f"<{self}>"
