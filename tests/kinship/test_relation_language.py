"""Relations in the language: what they answer, and what is wrong."""

from __future__ import annotations

import pytest
from relations import grown, mother, session_with, uncle

from vsa import VsaError
from vsa.lang.show import to_json


@pytest.fixture
def family():
    return grown()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sibling(cy)", "{Di ×2, Ed ×2, Flo}"),
        ("sibling @ cy", "{Di ×2, Ed ×2, Flo}"),
        ("(~uncle)(cy)", "{Gus ×3}"),
        ("brother(cy) | cousin(gus)", "{Ed ×2, Gus ×2}"),
        ("(child @ parent) - self", "child @ parent - self"),
        ("(sibling & full_sibling)(cy)", "{Di, Ed}"),
        ("(full_sibling & sibling)(cy)", "{Di, Ed}"),
        ("((child @ parent) - self)(cy)", "{Di ×2, Ed ×2, Flo}"),
        ("child(parent(cy))", "{Cy ×2, Di ×2, Ed ×2, Flo}"),
        ("(parent ^ 2)(gus)", "{Ann (1900) ×2, Bob}"),
        ("(parent ^ -1)(di)", "{Gus}"),
        ("mother(gus) + mother(cy)", "{Di, Flo, Ann (1900)}"),
        ("child(mother(gus) & sister(cy))", "{Gus ×2}"),
        ("def brothers(x) = (male @ sibling)(x); brothers(di)", "{Cy ×2, Ed ×2}"),
        ("kin = sibling | cousin; kin(flo)", "{Cy, Di, Ed}"),
    ],
)
def test_in_the_language(family, text, shown):
    assert str(session_with(family).run(text)[-1]) == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cousin(uncle)", "a relation cannot be applied to a relation"),
        ("cy @ cousin", "'@' is not defined between a person and a relation"),
        ("cy(cousin)", "'cy' is a person, not a function"),
        ("cousin @ 3", "'@' is not defined between a relation and a number"),
        ("cousin + cousin", "'+' is not defined between a relation and a relation"),
        ("cousin - cy", "'-' is not defined between a relation and a person"),
        ("parent ^ 0.5", "a whole number is wanted here, not 0.5"),
        ("-cousin", "'-' is not defined for a relation"),
        ("~cy", "'~' is not defined for a person"),
        ("cousin(cy, di)", "a relation is applied to exactly one argument"),
        ("cosin(cy)", "unknown function 'cosin'; did you mean 'cousin'?"),
    ],
)
def test_in_the_language_errors_name_what_is_wrong(family, text, message):
    with pytest.raises(VsaError) as error:
        session_with(family).run(text)
    assert str(error.value) == message


def test_a_relation_is_its_text_as_json():
    assert to_json(session_with(grown()), ~uncle @ mother) == "~uncle @ mother"
