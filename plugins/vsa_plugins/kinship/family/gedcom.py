"""GEDCOM files → people and facts; names and dates as ged4py reads them.

What people are to each other is taken from the FAM records and from both ends of each link:
ged4py's own .father and .mother may mix two families, and miss what only the family says.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vsa import VsaError
from vsa.plugin import needed, shown
from vsa_plugins.kinship.family.dates import UnknownCalendarError, year_of
from vsa_plugins.kinship.family.gedcom_lines import records_of
from vsa_plugins.kinship.family.gedcom_links import ROLES, Links, pointer, subs, text
from vsa_plugins.kinship.family.records import SEXES, Fact, Input, Record, plain

BIRTHS = ("BIRT", "CHR")  # the events that may name a family as that of the child
OWN_NAMES = ("", "birth", "maiden")  # types of names; the others are names beside one's own
LONGEST = 500  # characters of a name
POINTER = re.compile("@[^@]+@")


def parse(data: bytes, name: str, encoding: str | None = None, strict: bool = False) -> Input:
    """The people and facts of a GEDCOM file's bytes; errors begin with `name` and the line.

    Where not `strict`, lines that are none are read past and noted.
    """
    needed("ged4py", "reading GEDCOM files", "kinship")
    notes: list[str] = []
    return _Reader(records_of(data, name, encoding, strict, notes), name, notes).read()


@dataclass
class _Union:
    """A FAM record: who are partners in it, with their roles, and whose parents they are."""

    partners: dict[str, str] = field(default_factory=dict)  # id → HUSB or WIFE
    children: dict[str, list[Any]] = field(default_factory=dict)  # ids, in order → their links

    def couples(self) -> Iterator[tuple[str, str]]:
        """Of three partners those in one role are no couple."""
        for x, y in itertools.combinations(self.partners, 2):
            if len(self.partners) == 2 or self.partners[x] != self.partners[y]:
                yield x, y


class _Reader:
    """Goes through the records once for people, once for families, once for their links."""

    def __init__(self, records: list[Any], name: str, notes: list[str]) -> None:
        self.name, self.notes, self.records = name, notes, records
        self.dialect = _dialect(records)
        self.people: dict[str, Record] = {}
        self.unions: dict[str, _Union] = {}
        self.links = Links(notes)
        self.adopted: list[str] = []  # by whom is not said with the event

    def read(self) -> Input:
        """The people, their facts, and what was left out or believed."""
        individuals = self._once("INDI", "person")
        families = self._once("FAM", "family")
        self.people = {r.xref_id: self._person(r) for r in individuals}
        for family in families:
            self._family(family)
        for individual in individuals:
            self._individual(individual)
        for fam, union in self.unions.items():
            for id, links in union.children.items():
                for link in links:
                    self.links.linked(self._who(id), id, fam, link)
        for id in self.adopted:
            if id not in self.links.adopted_somehow:
                self.notes.append(f"{self._who(id)} was adopted, but by whom is not said: left out")
        facts = list(self._facts())
        return Input(list(self.people.values()), facts, list(dict.fromkeys(self.notes)))

    def _once(self, tag: str, called: str) -> list[Any]:
        """Records without those that are said again; two of one id that differ are an error."""
        kept: dict[str, Any] = {}
        for record in self.records:
            id = record.xref_id
            if record.tag != tag:
                continue
            if not id:
                self.notes.append(f"a {called} without an id is left out")
            elif kept.setdefault(id, record) is not record:
                if _content(kept[id]) != _content(record):
                    raise VsaError(
                        f"{self.name}:{record.offset}: {shown(id)} is the id of another {called} "
                        f"in line {kept[id].offset}, and they differ: give one of them another id"
                    )
                self.notes.append(f"the {called} {id} is in the file more than once: read once")
        return list(kept.values())

    def _person(self, record: Any) -> Record:
        sex = next((text(r)[:1].upper() for r in subs(record, "SEX")), "U")
        said = self._name(record)
        person = Record(
            id=record.xref_id,
            name=plain(said[:LONGEST]),
            sex=sex if sex and sex in SEXES else "U",
            born=self._year(record, "BIRT"),
            died=self._year(record, "DEAT"),
        )
        if len(said) > LONGEST:
            self.notes.append(f"the name of {person} has over {LONGEST} characters: cut")
        elif person.name != said:
            self.notes.append(f"the name of {person} has characters that do not print: left out")
        return person

    def _family(self, family: Any) -> None:
        union = self.unions.setdefault(family.xref_id, _Union())
        for link in family.sub_records:
            if link.tag not in (*ROLES, "CHIL"):
                continue
            id = self._target(link, family.xref_id, self.people)
            if id is None:
                continue
            if link.tag == "CHIL":
                union.children.setdefault(id, []).append(link)
                continue
            if id in union.partners:
                self.notes.append(f"{self._who(id)} is both partners in {family.xref_id}")
            union.partners[id] = link.tag

    def _individual(self, individual: Any) -> None:
        id = individual.xref_id
        for link in subs(individual, "FAMS"):
            fam = self._target(link, id, self.unions)
            if fam is not None and id not in self.unions[fam].partners:
                self._one_sided(id, fam, "a partner")
                self.unions[fam].partners[id] = "WIFE" if self.people[id].sex == "F" else "HUSB"
        for link in subs(individual, "FAMC"):
            self._child(id, link)
        for event in BIRTHS:
            for link in _under(individual, event, "FAMC"):
                self._child(id, link)
        adoptions = list(_under(individual, "ADOP", "FAMC"))
        for link in adoptions:
            if (fam := self._child(id, link)) is not None:
                self.links.adopted(id, fam, link)
        if subs(individual, "ADOP") and not adoptions:
            self.adopted.append(id)

    def _child(self, id: str, link: Any) -> str | None:
        """The family that a link of a child leads to, which has the child from now on."""
        fam = self._target(link, id, self.unions)
        if fam is not None:
            if id not in self.unions[fam].children:
                self._one_sided(id, fam, "a child")
            self.unions[fam].children.setdefault(id, []).append(link)
        return fam

    def _facts(self) -> Iterator[Fact]:
        for fam, union in self.unions.items():
            if len(union.partners) > 2:
                listed = ", ".join(self._who(id) for id in itertools.islice(union.partners, 8))
                self.notes.append(
                    f"{fam} has {len(union.partners)} partners, {listed}: "
                    "those in one role are not taken for a couple"
                )
            for x, y in union.couples():
                yield "spouse", x, y
            for child in union.children:
                for parent, role in union.partners.items():
                    for fact in self.links.of(self._who(child), child, fam, role):
                        yield fact, child, parent

    def _target(self, link: Any, source: str, known: Any) -> str | None:
        """The id that a link gives, if there is such a record."""
        id = pointer(link)
        if id in known:
            return id
        if id and id != "@VOID@":
            self.notes.append(
                f"{link.tag} {shown(id)} of {self._who(source)} leads nowhere: left out"
            )
        return None

    def _one_sided(self, id: str, fam: str, role: str) -> None:
        self.notes.append(f"{self._who(id)} is {role} in {fam}, which does not say so: believed")

    def _who(self, id: str) -> str:
        return str(self.people.get(id, id))

    def _name(self, record: Any) -> str:
        """The first name that is one's own, without title; given name, surname, rest.

        A birth name goes before a married one that ged4py finds beside it.
        """
        names = [r for r in subs(record, "NAME") if not POINTER.fullmatch(pointer(r))]
        for name in sorted(names, key=lambda r: _type(r) not in OWN_NAMES):
            name.dialect = self.dialect
            given, surname, rest, *maiden = name.freeze().value
            parts = [part for part in (given, *(maiden or [surname]), rest) if part]
            if not parts:
                parts = [_value(name, tag) for tag in ("GIVN", "SURN")]
            said = " ".join(" ".join(parts).replace("_", " ").split())
            title = _value(name, "NPFX")
            if said:
                # In GEDCOM an @ that points nowhere is doubled.
                return (said.removeprefix(f"{title} ") if title else said).replace("@@", "@")
        return ""

    def _year(self, record: Any, event: str) -> int | None:
        """The first year of an event's dates; of a range its beginning; B.C. is negative."""
        for date in _under(record, event, "DATE"):
            # In version 7 what is no date stands in a phrase beside it.
            for said in (date, *subs(date, "PHRASE")):
                try:
                    year = year_of(said.value)
                except UnknownCalendarError as doubt:
                    self.notes.append(f"the date of {event} of {record.xref_id}, {doubt}: left out")
                    continue
                if year is not None:
                    return year
        return None


def _under(record: Any, event: str, tag: str) -> Iterator[Any]:
    """What stands under the events of a record."""
    for happened in subs(record, event):
        yield from subs(happened, tag)


def _content(record: Any) -> tuple[Any, ...]:
    """All that a record says, to compare it with another."""
    return record.tag, record.value.strip(), *map(_content, record.sub_records)


def _type(name: Any) -> str:
    """ "birth" for "Birth name" too."""
    return _value(name, "TYPE").strip().lower().removesuffix(" name")


def _value(record: Any, tag: str) -> str:
    return next((str(r.value) for r in subs(record, tag)), "")


def _dialect(records: list[Any]) -> Any:
    """How names are written: Agelong Tree appends the maiden name. (What MyHeritage calls a married
    name stands beside the name, which is the birth name.)
    """
    from ged4py.model import Dialect

    heads = (r for r in records if r.tag == "HEAD")
    program = next((_value(head, "SOUR").strip() for head in heads), "")
    return Dialect.ALTREE if program in ("ALTREE", "AgelongTree") else Dialect.DEFAULT
