"""Families: people, what is known of them, and the files that they are read from.

`people.py` has Family and Person, `records.py` what they are made of, `names.py` how people are found.
`read.py` reads a file by its kind: GEDCOM (`gedcom.py`, its lines and dates) or a table of triples
(`tables.py`, graphs too); `encoding.py` makes text of the bytes.
"""

from vsa_plugins.kinship.family.people import Family, Person
from vsa_plugins.kinship.family.records import FACTS, Fact, Record

__all__ = ["FACTS", "Fact", "Family", "Person", "Record"]
