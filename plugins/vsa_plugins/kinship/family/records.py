"""What is known of people, record by record, and the checks that it makes sense."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from vsa import VsaError
from vsa.plugin import checked_whole, shown, suggest

Fact = tuple[str, str, str]  # (relation, x, y): y is a <relation> of x, by their ids
FACTS = ("parent", "adopter", "fosterer", "spouse")  # spouse goes both ways
SEXES = "FMU"
SHOWN = 8  # people named in one message
# What does not print: control characters, which a terminal obeys, and the code points that Unicode
# calls ignorable: of no width, or turns of the direction. (The selectors of variants are left: those
# change what is seen.)
UNPRINTED = (
    r"\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f"
)
# Between letters of the scripts from Arabic to Mongolian a joiner or non-joiner is part of the spelling.
JOINED = r"(?<=[\u0600-\u18af])[\u200c\u200d](?=[\u0600-\u18af])"
NOT_PRINTED = re.compile(f"(?!{JOINED})[{UNPRINTED}]")


@dataclass(frozen=True, slots=True)
class Record:
    """What a file says of one person; sex is "F", "M" or "U" (unknown), years B.C. are negative."""

    id: str
    name: str = ""
    sex: str = "U"
    born: int | None = None
    died: int | None = None

    def __post_init__(self) -> None:
        for what, text in (("id", self.id), ("name", self.name), ("sex", self.sex)):
            if not isinstance(text, str):
                raise VsaError(f"the {what} of a person is text, not {brief(text)}")
            if NOT_PRINTED.search(text):
                raise VsaError(f"the {what} {shown(text)} has characters that do not print")
        for what, year in (("born", self.born), ("died", self.died)):
            object.__setattr__(self, what, year_or_none(what, year))

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name not in ("", self.id) else self.id


def plain(text: str) -> str:
    """A name without what does not print, its words apart by single spaces of the plain kind."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(NOT_PRINTED.sub(lambda m: " " if m[0].isspace() else "", text).split())


def brief(value: Any) -> str:
    """A Python value for a message: on one line, not too long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def year_or_none(what: str, year: Any) -> int | None:
    """A year that was given, a whole number; any other value is an error."""
    return None if year is None else checked_whole(f"the year {what}", year)


class Input(NamedTuple):
    """What a reader makes of its input; a note says what it dropped or doubted, in one line."""

    records: Sequence[Record]
    facts: Iterable[Fact]
    notes: Sequence[str] = ()


def index_of(records: Sequence[Record]) -> dict[str, int]:
    """Id → row; records that are none, without an id, or of one id are errors."""
    if not records:
        raise VsaError("there are no people: a family needs at least one")
    index: dict[str, int] = {}
    for row, record in enumerate(records):
        if not isinstance(record, Record):
            raise VsaError(f"person {row + 1} is {brief(record)}: give a Record")
        if not record.id:
            raise VsaError(f"person {row + 1}, {record.name!r}, has no id")
        if record.id in index:
            raise VsaError(
                f"two people have the id {record.id!r}: "
                f"{records[index[record.id]].name!r} and {record.name!r}"
            )
        if record.sex not in tuple(SEXES):
            raise VsaError(f"the sex of {record} is {record.sex!r}: write 'F', 'M' or 'U'")
        index[record.id] = row
    return index


def pairs_of(
    records: Sequence[Record], index: Mapping[str, int], facts: Iterable[Fact]
) -> dict[str, np.ndarray[Any, Any]]:
    """Relation → (m, 2) rows x, y, each pair once, ascending."""
    found: dict[str, set[tuple[int, int]]] = {relation: set() for relation in FACTS}
    for fact in facts:
        if not (isinstance(fact, Sequence) and len(fact) == 3 and all(map(_is_text, fact))):
            raise VsaError(f"{brief(fact)} is not a fact: give (relation, x, y)")
        relation, *ids = fact
        if relation not in found:
            raise VsaError(f"unknown fact {relation!r}: choose one of {', '.join(FACTS)}")
        for id in ids:
            if id not in index:
                hint = suggest(id, index) or "add a record for them"
                raise VsaError(f"the fact {(relation, *ids)} names nobody's id {id!r}: {hint}")
        x, y = (index[id] for id in ids)
        if x == y:
            raise VsaError(f"{records[x]} is given as their own {relation}")
        found[relation].add((x, y))
        if relation == "spouse":
            found[relation].add((y, x))
    made = {}
    for relation, pairs in found.items():
        made[relation] = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        made[relation].flags.writeable = False
    return made


def refuse_circles(records: Sequence[Record], pairs: np.ndarray[Any, Any]) -> None:
    """An error where somebody is their own ancestor, naming one such circle."""
    parents: dict[int, list[int]] = {}
    children: dict[int, list[int]] = {}
    for x, y in pairs.tolist():
        parents.setdefault(x, []).append(y)
        children.setdefault(y, []).append(x)
    # Whoever has no parents left is taken away, until only circles and their descendants remain.
    waiting = Counter({x: len(ys) for x, ys in parents.items()})
    free = [y for y in children if y not in parents]
    while free:
        for x in children.get(free.pop(), ()):
            waiting[x] -= 1
            if not waiting[x]:
                free.append(x)
    left = {x for x, count in waiting.items() if count}
    if not left:
        return
    path = [min(left)]
    while path.count(path[-1]) < 2:
        path.append(next(y for y in parents[path[-1]] if y in left))
    circle = [str(records[row]) for row in path[path.index(path[-1]) :]]
    if len(circle) > SHOWN:
        circle[SHOWN - 2 : -2] = [f"{len(circle) - SHOWN} more"]
    raise VsaError(f"people are their own ancestors: {', child of '.join(circle)}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def doubts(records: Sequence[Record], pairs: np.ndarray[Any, Any]) -> Iterator[str]:
    """What cannot be right in the parents (m, 2), but is kept: one line for each person."""
    counts = np.bincount(pairs[:, 0], minlength=len(records))
    for row in np.flatnonzero(counts > 2).tolist():
        yield f"{records[row]} has {counts[row]} parents by birth"
