"""Relations as values: people and sets they are applied to, learnt words, their text."""

from __future__ import annotations

import pytest
from relations import child, cousin, grown, mother, oneself, parent, sibling, spouse, table, uncle
from vsa_plugins.kinship.codes import Rows
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.words import WORDS

import vsa
from vsa import VsaError
from vsa.lang.values import Set


@pytest.fixture
def family():
    return grown()


# --- people and sets -------------------------------------------------------------------------------
def test_counts_are_numbers_of_ways(family):
    cy = family.people["cy"]
    assert child(parent(cy)).counts == {"cy": 2, "di": 2, "ed": 2, "flo": 1}
    assert (child @ parent)(cy) == child(parent(cy))
    assert sibling(cy).counts == {"di": 2, "ed": 2, "flo": 1}
    assert WORDS["full_sibling"](cy).counts == {"di": 1, "ed": 1}
    assert WORDS["grandparent"](family.people["gus"]).counts == {"ann": 2, "bob": 1}


def test_the_set_of_a_set_is_taken_member_by_member(family):
    """The siblings of Cy and Di: each is the other's, which a sum of vectors would lose."""
    both = Set(family, {"cy": 1, "di": 3})
    assert sibling(both).counts == {"di": 2, "ed": 2 + 6, "flo": 1 + 3, "cy": 6}
    assert sibling @ both == sibling(both)
    assert (child @ parent - oneself)(both) == sibling(both)
    assert sibling(Set(family, {})) == Set(family, {})
    assert sibling(Set(None, {})).codebook is None
    assert str(mother(both)) == "{Ann (1900) ×4}"


def test_half_siblings_need_two_parents_on_file(family):
    assert not WORDS["half_sibling"](family.people["cy"])  # of Flo one parent is known
    more = Family(
        [*family.records, Record("hal", "Hal", "M")],
        [
            *((r, family.records[x].id, family.records[y].id)
              for r, pairs in family.facts.items() for x, y in pairs),
            ("parent", "flo", "hal"),
        ],
    )  # fmt: skip
    assert WORDS["half_sibling"](more.people["cy"]).counts == {"flo": 1}


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda f: cousin(3), "a relation cannot be applied to a whole number"),
        (lambda f: cousin("ann"), "a relation cannot be applied to a text: write person(\"…\")"),
        (lambda f: cousin(uncle), "a relation cannot be applied to a relation: "
            "relations are composed with @"),
        (lambda f: cousin(Set(f, {"zoe": 1})), "nobody of the Grown: 7 people, 9 parents, "
            "1 spouse has the id 'zoe'"),
        (lambda f: cousin(Set(vsa.Memory(vsa.Space(16)), {"ann": 1})),
            "a relation is applied to people of a family, not to items in memory"),
        (lambda f: cousin**0.5, "the power of a relation must be a whole number, not 0.5"),
        (lambda f: cousin**1001, "the power 1001 of a relation is too large: the most is 1000"),
        (lambda f: cousin**400, "a relation of more than 1,000 steps: compose fewer"),
        (lambda f: cousin.exactly(0),
            "the number of ways must be a whole number of at least 1, not 0"),
        (lambda f: (child @ parent).__pow__(200).rows(f),
            "the ways of this relation are too many to count: compose fewer"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(family, act, message):
    with pytest.raises(VsaError) as error:
        act(family)
    assert str(error.value) == message


def test_a_relation_that_is_too_deep_is_refused():
    relation = parent
    for _ in range(48):
        relation = (relation | child) @ spouse
    with pytest.raises(VsaError) as error:
        (relation | child) @ spouse - child
    assert str(error.value) == (
        "a relation of more than 100 operations in operations: make it flatter"
    )


# --- learnt words ----------------------------------------------------------------------------------
def friendly(family):
    """A leaf that finds the next person of the file, as a fitted model might."""
    return Relation.learnt("friend", family, lambda people: Rows.identity((people + 1) % 7))


def test_a_learnt_word_is_a_relation_like_any(family):
    friend = friendly(family)
    assert str(friend @ ~friend | sibling) == "friend @ ~friend | sibling"
    assert friend(family.people["ann"]).counts == {"bob": 1}
    assert (~friend)(family.people["ann"]).counts == {"gus": 1}
    assert table(~friend @ friend, family) == table(oneself, family)
    assert (friend @ mother)(family.people["cy"]).counts == {"bob": 1}
    assert friend == friend
    assert friend != friendly(family)


def test_learnt_words_of_two_families_do_not_mix(family):
    other = grown()
    friend = friendly(family)
    with pytest.raises(VsaError) as error:
        friend(other.people["ann"])
    assert str(error.value) == (
        f"'friend' was learnt from {family}: it does not answer for the people of {other}"
    )
    with pytest.raises(VsaError) as error:
        friend @ mother | friendly(other)
    assert str(error.value) == (
        "relations learnt from two families cannot be combined: "
        f"'friend' of {family} and 'friend' of {other}"
    )


# --- how they are shown ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("relation", "text"),
    [
        (WORDS["brother"], "brother"),
        ((child @ parent) - oneself, "child @ parent - self"),
        ((child - parent) @ spouse, "(child - parent) @ spouse"),
        (child - (parent - spouse), "child - (parent - spouse)"),
        (child - parent - spouse, "child - parent - spouse"),
        ((child | parent) & spouse | cousin, "(child | parent) & spouse | cousin"),
        (~uncle @ mother, "~uncle @ mother"),
        (~(uncle @ ~parent), "parent @ ~uncle"),
        (~~uncle, "uncle"),
        (~child, "parent"),
        (~cousin, "cousin"),  # its own converse
        (~spouse, "spouse"),
        (~parent, "~parent"),
        (parent**3, "parent @ parent @ parent"),
        ((child @ parent).exactly(2), "exactly(child @ parent, 2)"),
        ((child @ parent).at_least(2) - oneself, "at_least(child @ parent, 2) - self"),
    ],
)
def test_a_relation_prints_as_the_language_has_it(relation, text):
    assert str(relation) == text
    assert repr(relation) == f"<relation {text}>"


def test_a_named_relation_knows_its_definition():
    brother = WORDS["brother"]
    assert (brother.name, brother.definition) == ("brother", "male @ sibling")
    assert sibling.definition == "child @ parent - self"
    assert all(word.name == name and word.doc.endswith(".") for name, word in WORDS.items())
    mine = (male_cousin := WORDS["male"] @ cousin).named("kinsman", "A male cousin.")
    assert (str(mine), mine.doc, male_cousin.name) == ("kinsman", "A male cousin.", "")
