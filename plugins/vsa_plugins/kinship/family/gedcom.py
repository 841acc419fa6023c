"""GEDCOM files → people and facts; names and dates as ged4py reads them.

What people are to each other is taken from the FAM records and from both ends of each link:
ged4py's own .father and .mother may mix two families, and miss what only the family says.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vsa import VsaError
from vsa.plugin import needed, shown
from vsa_plugins.kinship.family.dates import year_of
from vsa_plugins.kinship.family.gedcom_lines import checked
from vsa_plugins.kinship.family.records import SEXES, Fact, Input, Record, plain

ROLES = ("HUSB", "WIFE")
PEDIGREE = {
    "": "parent", "birth": "parent", "natural": "parent", "biological": "parent",
    "unknown": "parent", "adopted": "adopter", "foster": "fosterer",
}  # fmt: skip


def parse(data: bytes, name: str, encoding: str | None = None) -> Input:
    """The people and facts of a GEDCOM file's bytes; errors begin with `name` and the line."""
    needed("ged4py", "reading GEDCOM files", "kinship")
    notes: list[str] = []
    return _Reader(checked(data, name, encoding, notes), name, notes).read()


@dataclass
class _Union:
    """A FAM record: who are partners in it, with their roles, and whose parents they are."""

    partners: dict[str, str] = field(default_factory=dict)  # id → HUSB or WIFE
    children: dict[str, None] = field(default_factory=dict)  # ids, in order


class _Reader:
    """Goes through the records once for people, once for families, once for their links."""

    def __init__(self, text: str, name: str, notes: list[str]) -> None:
        from ged4py.parser import GedcomReader

        self.name, self.notes = name, notes
        self.people: dict[str, Record] = {}
        self.unions: dict[str, _Union] = {}
        # (child, family, role of the parent) → how the child came to that parent
        self.kinds: dict[tuple[str, str, str], str] = {}
        try:
            with GedcomReader(io.BytesIO(text.encode()), encoding="utf-8") as reader:
                self.records = list(reader.records0())
        except Exception as error:  # what the lines' form does not show, ged4py may stumble over
            raise VsaError(f"{name}: {type(error).__name__} in ged4py: {error}") from error

    def read(self) -> Input:
        """The people, their facts, and what was left out or believed."""
        individuals = [r for r in self.records if r.tag == "INDI"]
        families = [r for r in self.records if r.tag == "FAM"]
        for record in (*individuals, *families):
            if not record.xref_id:
                kind = "person" if record.tag == "INDI" else "family"
                self.notes.append(f"a {kind} without an id is left out")
        individuals = [r for r in individuals if r.xref_id]
        families = self._once([r for r in families if r.xref_id])
        records = [self._person(r) for r in individuals]
        self.people = {r.id: r for r in records}
        for family in families:
            self._family(family)
        for individual in individuals:
            self._links(individual)
        facts = list(self._facts())
        return Input(records, facts, list(dict.fromkeys(self.notes)))

    def _once(self, families: list[Any]) -> list[Any]:
        """Families without those that are said again; two of one id that differ are an error."""
        kept: dict[str, Any] = {}
        for family in families:
            id = family.xref_id
            if kept.setdefault(id, family) is family:
                continue
            if _content(kept[id]) != _content(family):
                raise VsaError(
                    f"{self.name}: two families have the id {id!r}, and they differ: "
                    "give one of them another id"
                )
            self.notes.append(f"the family {id} is in the file more than once: read once")
        return list(kept.values())

    def _person(self, record: Any) -> Record:
        sex = next((_text(r)[:1].upper() for r in _subs(record, "SEX")), "U")
        said = _name(record)
        person = Record(
            id=record.xref_id,
            name=plain(said),
            sex=sex if sex and sex in SEXES else "U",
            born=_year(record, "BIRT"),
            died=_year(record, "DEAT"),
        )
        if person.name != said:
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
            if link.tag != "CHIL":
                if id in union.partners:
                    self.notes.append(f"{self._who(id)} is both partners in {family.xref_id}")
                union.partners[id] = link.tag
                continue
            union.children[id] = None
            for tag, role in (("_FREL", "HUSB"), ("_MREL", "WIFE")):
                for how in _subs(link, tag):
                    self.kinds[id, family.xref_id, role] = _text(how)

    def _links(self, individual: Any) -> None:
        id = individual.xref_id
        for link in _subs(individual, "FAMS"):
            fam = self._target(link, id, self.unions)
            if fam is not None and id not in self.unions[fam].partners:
                self._one_sided(id, fam, "a partner")
                self.unions[fam].partners[id] = "WIFE" if self.people[id].sex == "F" else "HUSB"
        events = _subs(individual, "ADOP")
        adoptions = [link for event in events for link in _subs(event, "FAMC")]
        adopters: dict[str, list[str]] = {}  # family → the roles of those who adopted
        for link in adoptions:
            adopters.setdefault(_pointer(link), []).extend(_adopting(link))
        for link in _subs(individual, "FAMC"):
            how = next(map(_text, _subs(link, "PEDI")), None)
            # An event, or a word beside the pedigree, says which of the two it was.
            roles = adopters.get(_pointer(link), _adopting(link)) if how == "adopted" else ROLES
            self._child(id, link, how, roles)
        for link in adoptions:
            self._child(id, link, "adopted", _adopting(link))
        if (
            events
            and not adoptions
            and (id, "adopted") not in ((child, how) for (child, _, _), how in self.kinds.items())
        ):
            self.notes.append(f"{self._who(id)} was adopted, but by whom is not said: left out")

    def _child(self, id: str, link: Any, how: str | None, roles: Iterable[str]) -> None:
        fam = self._target(link, id, self.unions)
        if fam is None:
            return
        if id not in self.unions[fam].children:
            self._one_sided(id, fam, "a child")
            self.unions[fam].children[id] = None
        if how is not None:
            self.kinds.update({(id, fam, role): how for role in roles})

    def _facts(self) -> Iterator[Fact]:
        for fam, union in self.unions.items():
            for x, y in itertools.combinations(union.partners, 2):
                yield "spouse", x, y
            for child in union.children:
                for parent, role in union.partners.items():
                    how = self.kinds.get((child, fam, role), "")
                    if how in PEDIGREE:
                        yield PEDIGREE[how], child, parent
                    else:
                        self.notes.append(
                            f"{self._who(child)} is a child in {fam} by {shown(how)}: left out"
                        )

    def _target(self, link: Any, source: str, known: Any) -> str | None:
        """The id that a link gives, if there is such a record."""
        id = _pointer(link)
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


def _subs(record: Any, tag: str) -> list[Any]:
    """Sub-records as they stand: ged4py's own look-up follows pointers and loses those to nobody."""
    return [r for r in record.sub_records if r.tag == tag]


def _content(record: Any) -> tuple[Any, ...]:
    """All that a record says, to compare it with another."""
    return record.tag, str(record.value), *map(_content, record.sub_records)


def _pointer(link: Any) -> str:
    return str(link.value or "").strip()


def _text(record: Any) -> str:
    return str(record.value or "").strip().lower()


def _adopting(link: Any) -> tuple[str, ...]:
    """The roles of those who adopted, as a link to their family says."""
    said = next(map(_text, _subs(link, "ADOP")), "both").upper()
    return (said,) if said in ROLES else ROLES


def _name(record: Any) -> str:
    """The first name that is not marked as another one, without title; given name, surname, rest."""
    from ged4py.model import NameRec

    names: list[Any] = [r for r in _subs(record, "NAME") if isinstance(r, NameRec)]
    for name in sorted(names, key=lambda r: bool(_subs(r, "TYPE"))):
        parts = [part for part in name.value[:3] if part]  # a fourth is the maiden name
        if not parts:
            parts = [_value(name, tag) for tag in ("GIVN", "SURN")]
        text = " ".join(" ".join(parts).replace("_", " ").split())
        title = _value(name, "NPFX")
        if text:
            # In GEDCOM an @ that points nowhere is doubled.
            return (text.removeprefix(f"{title} ") if title else text).replace("@@", "@")
    return ""


def _value(record: Any, tag: str) -> str:
    return next((str(r.value or "") for r in _subs(record, tag)), "")


def _year(record: Any, event: str) -> int | None:
    """The first year of an event's dates; of a range its beginning; B.C. is negative."""
    for happened in _subs(record, event):
        for date in _subs(happened, "DATE"):
            year = year_of(date.value)
            if year is not None:
                return year
    return None
