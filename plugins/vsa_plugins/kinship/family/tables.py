"""Triples and graphs → people and facts.

A triple (x, relation, y) says that y is the <relation> of x: `mark,mother,anna` makes Anna the
mother of Mark. The words are those of WORDS; `sex`, `name`, `born` and `died` say something of x
itself. In a graph an edge x → y with the attribute `relation` is such a triple, and the attributes
of nodes are the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from vsa import VsaError
from vsa.plugin import shown, suggest
from vsa_plugins.graph.networks import checked_network, told_apart
from vsa_plugins.kinship.family.encoding import LONGEST, decoded, split
from vsa_plugins.kinship.family.records import Fact, Input, Record, brief, plain

# word → (fact, whether y is the child, the sex of y that it tells)
WORDS: dict[str, tuple[str, bool, str]] = {
    "parent": ("parent", False, "U"), "mother": ("parent", False, "F"),
    "father": ("parent", False, "M"), "child": ("parent", True, "U"),
    "daughter": ("parent", True, "F"), "son": ("parent", True, "M"),
    "spouse": ("spouse", False, "U"), "wife": ("spouse", False, "F"),
    "husband": ("spouse", False, "M"), "adopter": ("adopter", False, "U"),
    "fosterer": ("fosterer", False, "U"),
}  # fmt: skip
ATTRIBUTES = ("sex", "name", "born", "died")
SEX = {"f": "F", "female": "F", "m": "M", "male": "M", "u": "U", "unknown": "U", "": "U"}
CALLED = {"F": "female", "M": "male"}
# A cell in quotes, which may hold the separator and doubled quotes, but no end of the line.
QUOTED = re.compile(r' *"((?:[^"]|"")*+)"')
# The line with which Excel says what stands between cells.
SEPARATOR = re.compile(r'\W*sep=([^\w"])"?[\s,;]*', re.I)
# What stands in headings, with or without a number behind it.
ENDS = {
    "x", "y", "a", "b", "person", "relative", "name", "id", "subject", "object", "head", "tail",
    "source", "target", "from", "to", "who", "whom", "of", "entity", "individual", "node", "other",
}  # fmt: skip
MIDDLES = {
    "relations",
    "relationship",
    "rel",
    "predicate",
    "type",
    "kind",
    "kin",
    "kinship",
    "link",
}
Row = tuple[str, Any, Any, Any]  # where it stands, x, relation, y


def parse(data: bytes, name: str, encoding: str | None = None) -> Input:
    """A table of triples: three columns apart by comma, semicolon or tab, a heading or none."""
    raw, codec, sure = split(data, name, encoding, lambda data: "utf-8")
    numbered = [(number, line) for number, line in enumerate(raw, 1) if line.strip()]
    for number, line in numbered:
        if len(line) > LONGEST:
            raise VsaError(
                f"{name}:{number}: the line has {len(line):,} bytes; a triple has {LONGEST:,} at most"
            )
    lines = list(decoded(numbered, codec, sure, name))
    if lines and (said := SEPARATOR.fullmatch(lines[0][1])):
        return _build(_rows(lines[1:], said[1], name))
    texts = [line for _, line in lines]
    return _build(_rows(lines, max(",;\t", key=lambda apart: _fit(texts, apart)), name))


def _fit(lines: list[str], apart: str) -> tuple[int, int, int]:
    """How well a separator divides the lines: into triples of known words, and into three fields."""
    known = fields = 0
    for line in lines:
        with suppress(VsaError):
            cells = _cells(line, apart)
            if len(cells) == 3:
                fields += 1
                known += cells[1].lower() in (*WORDS, *ATTRIBUTES, "relation")
    return known, fields, next((line for line in lines if line.strip()), "").count(apart)


def _cells(line: str, apart: str) -> list[str]:
    """The fields of a line, stripped."""
    cells, place = [], 0
    while True:
        quoted = QUOTED.match(line, place)
        end = line.find(apart, quoted.end() if quoted else place)
        end = len(line) if end < 0 else end
        text = line[place:end].strip()
        if quoted:
            text = quoted[1].replace('""', '"').strip()
            if line[quoted.end() : end].strip():
                raise VsaError(
                    f"text follows the closing quote of {shown(text)}: double the quotes in a name"
                )
        elif text.startswith('"'):
            raise VsaError(
                f"the quote before {shown(line[place:].strip()[1:])} does not close here"
            )
        cells.append(text)
        if end == len(line):
            return cells
        place = end + 1


def _rows(lines: list[tuple[int, str]], apart: str, name: str) -> Iterator[Row]:
    heading = True
    for number, line in lines:
        where = f"{name}:{number}"
        try:
            cells = _cells(line, apart)
        except VsaError as error:
            raise VsaError(f"{where}: {error}") from None
        if not any(cells):
            continue
        if len(cells) != 3:
            raise VsaError(
                f"{where}: {len(cells)} field{'s' if len(cells) != 1 else ''} where a triple "
                "has three: x, relation, y"
            )
        if heading and _is_heading(cells):
            if cells[1].lower() != "relation":
                raise VsaError(
                    f"{where}: this looks like a heading, whose middle must be 'relation', "
                    f"not {shown(cells[1])}"
                )
        else:
            yield where, cells[0], cells[1], cells[2]
        heading = False


def _is_heading(cells: list[str]) -> bool:
    x, word, y = (re.sub(r"[\W\d_]+$", "", cell.lower()) for cell in cells)
    if cells[1].lower() in (*WORDS, *ATTRIBUTES):
        return False
    return cells[1].lower() == "relation" or word in MIDDLES or {x, y} <= ENDS


def from_triples(triples: Iterable[tuple[Any, Any, Any]]) -> Input:
    """Triples (x, relation, y) of Python."""
    return _build(_numbered(triples))


def _numbered(triples: Iterable[Any]) -> Iterator[Row]:
    if not isinstance(triples, Iterable):
        raise VsaError(f"a family comes from triples (x, relation, y), not from {brief(triples)}")
    for number, triple in enumerate(triples, 1):
        if isinstance(triple, str) or not isinstance(triple, Iterable):
            raise VsaError(f"triple {number} is {brief(triple)}: give (x, relation, y)")
        parts = tuple(triple)
        if len(parts) != 3:
            raise VsaError(f"triple {number} is {brief(parts)}: give (x, relation, y)")
        yield f"triple {number}", *parts


def from_graph(graph: Any) -> Input:
    """A networkx DiGraph or MultiDiGraph, edges x → y where y is the `relation` of x."""
    checked_network(graph, "a family", "DiGraph", "kinship")
    if not graph.is_directed():
        raise VsaError(
            f"a {type(graph).__name__} does not say who is whose parent: make it a DiGraph "
            "with edges child → parent"
        )
    return _build(_edges(graph), told_apart(graph, lambda node: plain(_text(node))))


def _edges(graph: Any) -> Iterator[Row]:
    for node, said in graph.nodes(data=True):
        for attribute in ATTRIBUTES:
            if not _is_missing(said.get(attribute)):
                yield f"node {node!r}", node, attribute, said[attribute]
    for x, y, said in graph.edges(data=True):
        where = f"edge {x!r} → {y!r}"
        if "relation" not in said:
            raise VsaError(f"{where} has no attribute 'relation', such as relation=\"parent\"")
        yield where, x, said["relation"], y


def _build(rows: Iterable[Row], ids: Iterable[str] = ()) -> Input:
    """What the rows say, in order of appearance; two that contradict each other are an error."""
    people: dict[str, dict[str, tuple[Any, str, str]]] = {id: {} for id in ids}
    facts: list[Fact] = []
    notes: dict[str, None] = {}

    def note(id: str, attribute: str, value: Any, where: str, why: str = "") -> None:
        """Keep an attribute with the place that it comes from."""
        before, place, reason = people[id].setdefault(attribute, (value, where, why))
        if before != value:
            raise VsaError(
                f"{where}: {attribute} of {id!r} is {_said(value, why)}, "
                f"but {_said(before, reason)} at {place}"
            )

    for where, left, middle, right in rows:
        x, word, y = (plain(_text(cell)) for cell in (left, middle, right))
        word = word.lower()
        if not x or not (y or (word in ATTRIBUTES and not _is_missing(right))):
            what = "value" if x and word in ATTRIBUTES and word != "name" else "name"
            raise VsaError(f"{where}: a {what} is missing in ({x!r}, {word!r}, {y!r})")
        for cell in (left, middle, right):
            if (text := _text(cell)) != (clean := plain(text)):
                why = (
                    "spaces that are read as one:"
                    if text.isprintable()
                    else ("characters that do not print: read as")
                )
                notes[f"{shown(text)} has {why} {shown(clean)}"] = None
        people.setdefault(x, {})
        if word in ATTRIBUTES:
            value = _value(word, y, where)
            if value != "U":
                note(x, word, value, where)
        elif word in WORDS:
            fact, down, sex = WORDS[word]
            people.setdefault(y, {})
            facts.append((fact, y, x) if down else (fact, x, y))
            if sex != "U":
                note(y, "sex", sex, where, f" as {word} of {x!r}")
        else:
            known = (*WORDS, *ATTRIBUTES)
            hint = suggest(word, known) or f"write one of {', '.join(known)}"
            raise VsaError(f"{where}: unknown relation {shown(word)}: {hint}")
    return Input([_record(id, said) for id, said in people.items()], facts, list(notes))


def _is_missing(cell: Any) -> bool:
    """Whether a cell stands for nothing: None, or what is not equal to itself, as NaN is."""
    try:
        return cell is None or bool(cell != cell)
    except (TypeError, ValueError):  # the NA of pandas is not even unequal
        return True


def _text(cell: Any) -> str:
    return "" if _is_missing(cell) else str(cell).strip()


def _record(id: str, said: dict[str, tuple[Any, str, str]]) -> Record:
    values = {attribute: value for attribute, (value, _, _) in said.items()}
    return Record(id, **{"name": id, **values})


def _said(value: Any, why: str) -> str:
    return f"{CALLED.get(value, repr(value))}{why}"


def _value(attribute: str, text: str, where: str) -> Any:
    if attribute == "name":
        return text
    if attribute == "sex":
        if text.lower() not in SEX:
            raise VsaError(f"{where}: the sex is {shown(text)}: write F, M or U")
        return SEX[text.lower()]
    try:
        year = float(text)
    except ValueError:
        year = 0.5
    if not year.is_integer():
        raise VsaError(f"{where}: {attribute} is {shown(text)}: write a year, such as 1841")
    return int(year)
