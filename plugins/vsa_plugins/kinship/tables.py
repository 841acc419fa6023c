"""Triples and graphs → people and facts.

A triple (x, relation, y) says that y is the <relation> of x: `mark,mother,anna` makes Anna the
mother of Mark. The words are those of WORDS; `sex`, `name`, `born` and `died` say something of x
itself. In a graph an edge x → y with the attribute `relation` is such a triple, and the attributes
of nodes are the others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from vsa.errors import VsaError
from vsa.lang.errors import shown, suggest
from vsa_plugins.kinship.files import decoded, needed, split
from vsa_plugins.kinship.records import Fact, Input, Record

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
Row = tuple[str, Any, Any, Any]  # where it stands, x, relation, y


def parse(data: bytes, name: str, encoding: str | None = None) -> Input:
    """A table of triples: three columns apart by comma, semicolon or tab, a heading or none."""
    raw, codec, sure = split(data, name, encoding, lambda data: "utf-8")
    lines = decoded(raw, codec, sure, name)
    first = next((line for line in lines if line.strip()), "")
    reader = csv.reader(lines, delimiter=max(",;\t", key=first.count), skipinitialspace=True)
    return _build(_rows(reader, name))


def _rows(reader: Any, name: str) -> Iterator[Row]:
    heading = True
    try:
        for fields in reader:
            cells = [cell.strip() for cell in fields]
            if not any(cells):
                continue
            where = f"{name}:{reader.line_num}"
            if len(cells) != 3:
                raise VsaError(
                    f"{where}: {len(cells)} field{'s' if len(cells) != 1 else ''} where a triple "
                    "has three: x, relation, y"
                )
            if not (heading and cells[1].lower() == "relation"):
                yield where, *cells
            heading = False
    except csv.Error as error:
        raise VsaError(f"{name}:{reader.line_num}: {error}") from None


def from_triples(triples: Iterable[tuple[Any, Any, Any]]) -> Input:
    """Triples (x, relation, y) of Python."""
    return _build(_numbered(triples))


def _numbered(triples: Iterable[Any]) -> Iterator[Row]:
    for number, triple in enumerate(triples, 1):
        if isinstance(triple, str) or not isinstance(triple, Iterable):
            raise VsaError(f"triple {number} is {triple!r}: give (x, relation, y)")
        parts = tuple(triple)
        if len(parts) != 3:
            raise VsaError(f"triple {number} is {parts!r}: give (x, relation, y)")
        yield f"triple {number}", *parts


def from_graph(graph: Any) -> Input:
    """A networkx DiGraph or MultiDiGraph, edges x → y where y is the `relation` of x."""
    nx = needed("networkx", "reading a graph")
    if not isinstance(graph, nx.Graph):
        raise VsaError(f"a family comes from a networkx DiGraph, not from {type(graph).__name__}")
    if not graph.is_directed():
        raise VsaError(
            f"a {type(graph).__name__} does not say who is whose parent: make it a DiGraph "
            "with edges child → parent"
        )
    nodes: dict[str, Any] = {}
    for node in graph:
        if nodes.setdefault(str(node).strip(), node) is not node:
            raise VsaError(
                f"two nodes are written {str(node).strip()!r}: "
                f"{nodes[str(node).strip()]!r} and {node!r}"
            )
    return _build(_edges(graph), nodes)


def _edges(graph: Any) -> Iterator[Row]:
    for node, said in graph.nodes(data=True):
        for attribute in ATTRIBUTES:
            if said.get(attribute) is not None:
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

    def note(id: str, attribute: str, value: Any, where: str, why: str = "") -> None:
        """Keep an attribute with the place that it comes from."""
        before, place, reason = people[id].setdefault(attribute, (value, where, why))
        if before != value:
            raise VsaError(
                f"{where}: {attribute} of {id!r} is {_said(value, why)}, "
                f"but {_said(before, reason)} at {place}"
            )

    for where, left, middle, right in rows:
        x, word, y = str(left).strip(), str(middle).strip().lower(), str(right).strip()
        if not x or not (y or word in ATTRIBUTES):
            raise VsaError(f"{where}: a name is missing in ({x!r}, {word!r}, {y!r})")
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
    return Input([_record(id, said) for id, said in people.items()], facts)


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
