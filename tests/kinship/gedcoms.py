"""GEDCOM texts in short, for the tests of the reader."""

import re

import pytest
from vsa_plugins.kinship.family import Family, gedcom

from vsa import VsaError


def ged(text, char="UTF-8"):
    """A GEDCOM text around records that are written in short: lines apart by newline or |."""
    lines = [line.strip() for line in re.split(r"[|\n]", text) if line.strip()]
    return "\n".join(["0 HEAD", f"1 CHAR {char}", *lines, "0 TRLR", ""])


def family(text, name="t.ged", encoding=None, strict=False):
    data = text if isinstance(text, bytes) else text.encode()
    made = gedcom.parse(data, name, encoding, strict)
    return Family(made.records, made.facts, name=name, notes=made.notes)


def facts(text):
    """(relation, x, y) by ids; spouses once."""
    made = family(ged(text))
    ids = [r.id.strip("@") for r in made.records]
    return {
        (relation, ids[x], ids[y])
        for relation, pairs in made.facts.items()
        for x, y in pairs.tolist()
        if relation != "spouse" or x < y
    }


def refused(text, **keywords):
    with pytest.raises(VsaError) as caught:
        family(text, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def outcome(data):
    """The family, or what is wrong, in one line."""
    try:
        return family(data)
    except VsaError as error:
        return str(error)


PEOPLE = "\n".join(f"0 @{i}@ INDI|1 NAME {i} /X/" for i in "ABCD") + "\n"
