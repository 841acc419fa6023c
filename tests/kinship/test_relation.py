"""Relations as values: their laws, their text, people and sets they are applied to, the language."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import families
from vsa_plugins.kinship import rows as rows_module
from vsa_plugins.kinship.evaluate import Evaluation
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relation import Relation
from vsa_plugins.kinship.rows import Rows
from vsa_plugins.kinship.words import WORDS

import vsa
from vsa import VsaError
from vsa.lang.show import to_json
from vsa.lang.values import Set

parent, child, spouse, oneself = (WORDS[name] for name in ("parent", "child", "spouse", "self"))
cousin, uncle, sibling, mother = (WORDS[name] for name in ("cousin", "uncle", "sibling", "mother"))


def grown():
    """Ann and Bob have Cy, Di and Ed; Ann alone has Flo; Di and her half-sister Flo have Gus."""
    records = [Record("ann", "Ann", "F", 1900), Record("bob", "Bob", "M")]
    records += [Record(name.lower(), name, sex) for name, sex in zip(NAMES, "MFMFM", strict=True)]
    facts = [("parent", kid, p) for kid in ("cy", "di", "ed") for p in ("ann", "bob")]
    facts += [("parent", "flo", "ann"), ("parent", "gus", "di"), ("parent", "gus", "flo")]
    return Family(records, [*facts, ("spouse", "ann", "bob")], name="the Grown")


NAMES = ("Cy", "Di", "Ed", "Flo", "Gus")


@pytest.fixture
def family():
    return grown()


def programs():
    """Any relation of a few steps."""
    leaves = st.sampled_from([WORDS[name] for name in (
        "self", "female", "male", "parent", "spouse", "adopter", "child", "sibling", "uncle",
    )])  # fmt: skip

    def combined(inner):
        pairs = st.tuples(inner, inner)
        return st.one_of(
            pairs.map(lambda p: p[0] @ p[1]), pairs.map(lambda p: p[0] | p[1]),
            pairs.map(lambda p: p[0] & p[1]), pairs.map(lambda p: p[0] - p[1]),
            inner.map(lambda r: ~r), inner.map(lambda r: r.exactly(1)),
            inner.map(lambda r: r.at_least(2)),
        )  # fmt: skip

    return st.recursive(leaves, combined, max_leaves=6)


def table(relation, family):
    """{(x, y): count} over everyone."""
    found = relation.rows(family)
    return dict(zip(zip(found.sources.tolist(), found.index.tolist()), found.count.tolist()))  # noqa: B905


# --- laws ------------------------------------------------------------------------------------------
@settings(max_examples=60)
@given(families(), programs(), programs(), programs())
def test_laws_of_composition_and_converse(family, a, b, c):
    def same(left, right):
        assert table(left, family) == table(right, family), f"{left} and {right}"

    same((a @ b) @ c, a @ (b @ c))
    same(a @ oneself, a)
    same(oneself @ a, a)
    same(~~a, a)
    same(~(a @ b), ~b @ ~a)
    same(~(a | b), ~a | ~b)
    same(~(a & b), ~a & ~b)
    same(~(a - b), ~a - ~b)
    same(a | b, b | a)
    same(a & b, b & a)
    same((a - b) - c, a - (b | c))
    same(a**0, oneself)
    same(a**2, a @ a)
    same(a**-2, ~a @ ~a)
    assert table(~a, family) == {(y, x): n for (x, y), n in table(a, family).items()}


@settings(max_examples=60)
@given(families(), programs(), programs())
def test_what_operators_do_to_counts(family, a, b):
    x, y = Counter(table(a, family)), Counter(table(b, family))
    assert table(a | b, family) == x | y
    assert table(a & b, family) == x & y
    assert table(a - b, family) == {pair: n for pair, n in x.items() if pair not in y}
    ways = Counter()
    for (start, middle), n in y.items():
        for (again, end), m in x.items():
            if again == middle:
                ways[start, end] += n * m
    assert table(a @ b, family) == ways
    assert table(a.exactly(2), family) == {pair: 1 for pair, n in x.items() if n == 2}
    assert table(a.at_least(2), family) == {pair: 1 for pair, n in x.items() if n >= 2}


@settings(max_examples=40)
@given(families(), programs())
def test_few_people_are_answered_like_everyone(family, relation):
    together = list(relation.rows(family))
    for row, person in enumerate(family):
        assert relation(person).counts == {
            family.records[y].id: n for y, n in together[row].items()
        }
        assert (relation @ person) == relation(person)
    some = np.array([len(family) - 1, 0])
    assert list(relation.rows(family, some)) == [together[-1], together[0]]


@settings(max_examples=40)
@given(families(), programs())
def test_the_text_of_a_relation_is_the_relation(family, relation):
    (again,) = session_with(family).run(str(relation))
    assert table(again, family) == table(relation, family)


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


# --- in the language -------------------------------------------------------------------------------
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


# --- rows ------------------------------------------------------------------------------------------
@settings(max_examples=40)
@given(families(), st.integers(1, 20))
def test_a_join_in_parts_is_the_same(family, joined):
    whole = table(cousin, family)
    before, rows_module.JOINED = rows_module.JOINED, joined
    try:
        assert table(cousin, family) == whole
    finally:
        rows_module.JOINED = before


def test_nobody_and_everybody_are_not_mistaken():
    """A step that nobody takes, asked before everyone is, in one evaluation."""
    family = grown()
    evaluation = Evaluation(family.codes)
    nobody = np.array([], dtype=np.int64)
    assert len(evaluation.rows(cousin.node, nobody)) == 0
    assert list(evaluation.rows(cousin.node, evaluation.everyone)) == list(cousin.rows(family))
