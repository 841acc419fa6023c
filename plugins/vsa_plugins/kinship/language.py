"""Families in the language: what is typed to load one, to name its people and to ask about them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

from vsa import Session, Space, Table, VsaError, load_plugins, picture
from vsa.plugin import Names, Note, Plugins, bring, describe, note, suggest
from vsa_plugins.kinship.drawing import Pedigree
from vsa_plugins.kinship.family import Family, Person
from vsa_plugins.kinship.relations import Relation

CURRENT = ("family", "kin")  # has the family that was loaded last: the first that can be
NOTES = 5  # of what was doubted in a file, that are shown


def load_family(
    source: Annotated[str, Names("file", ".ged", ".csv", ".tsv")] | Family,
    encoding: str | None = None,
    dim: int | None = None,
    strict: bool = False,
    *,
    as_: str | None = None,
    session: Session,
) -> Family:
    """Read a family from a file and make the kin words known: load_family("royal92.ged").

    The file is GEDCOM, or a table of triples (.csv, .tsv); encoding= where it is wrong about its
    own; dim= of the codes, by default the one that suffices. Lines of a GEDCOM file that are none are
    read past and noted; strict=true refuses them. The words (`mother`, `cousin` …), the
    functions `person`, `relation` and `tree`, and `family`, where they look, become names of the
    session. Names that you gave keep their meanings: the words are then `family.person`,
    `family.mother`. With as="oak" the family is called `oak` and brings no other name: its words
    are `oak.person`, `oak.mother`, and further families may stand beside it.

    > f = load_family(family"mark mother ann; john mother ann"); sibling(person("mark"))
    {john}
    """
    if isinstance(source, Family):
        family = source
        if encoding is not None or dim is not None or strict:
            raise VsaError(
                "encoding=, dim= and strict= go with a file; this family is made already"
            )
    else:
        family = Family.read(source, encoding=encoding, dim=dim, strict=strict)
    name = _current(session)[0] if as_ is None else as_
    known = session.values.get(name)
    loaded = (value for value in [known, *session.values.values()] if isinstance(value, Family))
    # loaded again: people asked for before stay comparable
    family = next((other for other in loaded if _alike(other, family)), family)
    words = session.plugins.brings("load_family") if as_ is None else {}
    bring(session, {**words, name: family}, _refusal, name)
    if known is family:
        note(Note(f"{name} is this family already: it stays as it was"))
    elif isinstance(known, Family):
        was = known.name or "another family"
        note(Note(f'{name} was {was} until now; to have both, load one with as="oak"'))
    family.codes.encode()  # now, so that a dim too small is told, and the first question is fast
    return family


def known_with_a_family() -> dict[str, Any]:
    """The kin words and the functions that come with any family."""
    from vsa_plugins.kinship.relations.words import WORDS

    return {**WORDS, **{function.__name__: function for function in WITH_FAMILY}}


def _alike(a: Family, b: Family) -> bool:
    facts = all(np.array_equal(a.facts[kind], b.facts[kind]) for kind in a.facts)
    return a.records == b.records and facts and (a.dim, a.seed) == (b.dim, b.seed)


def _current(session: Session) -> tuple[str, Family | None]:
    """The name that has or can have the family loaded last, and that family."""
    for name in CURRENT:
        if isinstance(known := session.values.get(name), Family):
            return name, known
    free = (name for name in CURRENT if not session.known(name))
    return next(free, CURRENT[0]), None


def _refusal(taken: list[str]) -> str:
    name = next((name for name in taken if name in CURRENT), taken[0])
    return f'{name!r} has another meaning here: choose a name for the family, as="oak"'


def family(text: str) -> Family:
    """A family in a line: `family"mark mother ann; john mother ann"`, triples (x, relation, y).

    > f = load_family(family"mark parent ann; ann parent eve"); grandparent(person("mark"))
    {eve}
    """
    triples = []
    for part in filter(str.strip, re.split(r"[;,]", text)):
        words = part.split()
        if len(words) != 3:
            raise VsaError(f"{part.strip()!r} is not a person, a relation and a person")
        triples.append((words[0], words[1], words[2]))
    return Family.from_triples(triples)


def person(
    name: str,
    born: int | None = None,
    died: int | None = None,
    family: Family | None = None,
    *,
    session: Session,
) -> Person:
    """Someone of the family that was loaded last, by name or id: person("Edward", born=1841).

    Letter case and accents do not matter; years tell people of one name apart.

    > f = load_family(family"mark mother ann"); person("mark")
    mark
    """
    if family is None:
        known = _current(session)[1]
        if known is None:
            raise VsaError('no family is loaded: load one with load_family("file.ged")')
        family = known
    return family.find(name, born, died)


def relation(a: Person, b: Person, length: int = 20) -> Table:
    """What b is to a: the words that hold, the narrowest first, or the shortest compositions.

    In how many ways b is reached, and of how many people whom the relation picks out.

    > f = load_family(family"mark parent ann; ann parent eve"); relation(person("mark"), person("eve"))
    relation     ways  of
    grandparent     1   1
    """
    from vsa_plugins.kinship.relations.between import relation_between

    found = []
    for way in relation_between(a, b, length):
        reached = way(a)
        found.append((str(way), reached.counts[b.id], len(reached)))
    return Table(["relation", "ways", "of"], found)


def exactly(relation: Relation, ways: int) -> Relation:
    """Those to whom exactly so many ways lead: exactly(child @ parent, 1).

    > f = load_family(family"mark mother ann; mark father tom; john mother ann")
    > exactly(child @ parent, 1)(person("mark"))
    {john}
    """
    return relation.exactly(ways)


def at_least(relation: Relation, ways: int) -> Relation:
    """Those to whom so many ways or more lead: at_least(child @ parent, 2).

    > f = load_family(family"mark mother ann; mark father tom; john mother ann")
    > at_least(child @ parent, 2)(person("mark"))
    {mark}
    """
    return relation.at_least(ways)


def tree(person: Person, path: str = "", up: int = 2, down: int = 2) -> Pedigree | str:
    """A person's tree: ancestors above, spouses and descendants below; `:tree mark` for short.

    With a path it is drawn into that file, .svg, .png or .pdf, as `:picture file.svg tree(mark)` does.

    > f = load_family(family"mark mother ann"); tree(person("mark"))
    ┌─ ann
    mark
    """
    found = Pedigree(person, up, down)
    return f"drawn in {picture(found, path)}" if path else found


def show_relation(relation: Relation) -> str:
    """A word with its definition, anything else as it is written."""
    if not relation.name:
        return str(relation)
    definition = "" if relation.definition == relation.name else f" = {relation.definition}"
    return f"{relation.name}{definition}" + (f"    # {relation.doc}" if relation.doc else "")


def show_family(family: Family) -> str:
    """Counts, and the first few doubts."""
    more = len(family.notes) - NOTES
    rest = [f"  … and {more} more in family.notes"] if more > 0 else []
    return "\n".join([str(family), *(f"  {note}" for note in family.notes[:NOTES]), *rest])


def ask(
    family: Family, expression: str, id: str | Person, plugins: Plugins | None = None
) -> set[str]:
    """The ids of somebody's relatives: ask(family, "cousin | second_cousin", "@I52@").

    expression: of the language, over the kin words; its last value is a relation.
    """
    if not isinstance(expression, str):
        raise VsaError(f"a relation is asked for as a text, not {describe((type(expression),))}")
    id = id.id if isinstance(id, Person) else id
    if not isinstance(id, str) or id not in family.people:
        near = suggest(id, family.index) if isinstance(id, str) else None
        raise VsaError(
            f"nobody in {family.name or 'the family'} has the id {id!r}; "
            f"{near or 'family.find looks for names'}"
        )
    session = Session(Space(dim=16), plugins=plugins or load_plugins())
    session.values.update({**session.plugins.brings("load_family"), CURRENT[0]: family})
    values = [v for v in session.run(expression) if v is not None]
    found = values[-1] if values else None
    if not isinstance(found, Relation):
        what = describe((type(found),), found) if values else "nothing"
        raise VsaError(f'a relation is wanted, such as "cousin | second_cousin", not {what}')
    return set(found(family.people[id]))


FUNCTIONS: list[Callable[..., Any]] = [load_family, exactly, at_least]
WITH_FAMILY: list[Callable[..., Any]] = [person, relation, tree]


def tree_command(person: Person) -> str:
    """:tree person draws ancestors above, spouses and children below."""
    return str(tree(person))


tree_command.__name__ = "tree"
