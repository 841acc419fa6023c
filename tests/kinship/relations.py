"""Relations and a family for tests: kin words by name, their tables, a session that knows them."""

from __future__ import annotations

from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.words import WORDS

import vsa

parent, child, spouse, oneself = (WORDS[name] for name in ("parent", "child", "spouse", "self"))
cousin, uncle, sibling, mother = (WORDS[name] for name in ("cousin", "uncle", "sibling", "mother"))
NAMES = ("Cy", "Di", "Ed", "Flo", "Gus")


def grown():
    """Ann and Bob have Cy, Di and Ed; Ann alone has Flo; Di and her half-sister Flo have Gus."""
    records = [Record("ann", "Ann", "F", 1900), Record("bob", "Bob", "M")]
    records += [Record(name.lower(), name, sex) for name, sex in zip(NAMES, "MFMFM", strict=True)]
    facts = [("parent", kid, p) for kid in ("cy", "di", "ed") for p in ("ann", "bob")]
    facts += [("parent", "flo", "ann"), ("parent", "gus", "di"), ("parent", "gus", "flo")]
    return Family(records, [*facts, ("spouse", "ann", "bob")], name="the Grown")


def table(relation, family):
    """{(x, y): count} over everyone."""
    found = relation.rows(family)
    return dict(zip(zip(found.sources.tolist(), found.index.tolist()), found.count.tolist()))  # noqa: B905


def exactly(relation: Relation, count: int) -> Relation:
    """As relations print it."""
    return relation.exactly(count)


def at_least(relation: Relation, count: int) -> Relation:
    """As relations print it."""
    return relation.at_least(count)


class Counting:
    @vsa.hookimpl
    def vsa_functions(self):
        return [exactly, at_least]


# without the plugin, whose functions could not be given these names again
PLUGINS = vsa.load_plugins(exclude=["kinship"], extra=[("counting", Counting())])


def session_with(family):
    """A session that knows the words, and the family's people by their names in small letters."""
    session = vsa.Session(vsa.Space(64), plugins=PLUGINS)
    for name, word in WORDS.items():
        session.set(name, word)
    for person in family:
        session.set(person.id, person)
    return session
