"""Relations as values: the laws of composition, of counts and of their text."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from relations import cousin, grown, oneself, session_with, table
from trees import families
from vsa_plugins.kinship.codes import sparse
from vsa_plugins.kinship.relations import Evaluation
from vsa_plugins.kinship.relations.words import WORDS


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


# --- rows ------------------------------------------------------------------------------------------
@settings(max_examples=40)
@given(families(), st.integers(1, 20))
def test_a_join_in_parts_is_the_same(family, joined):
    whole = table(cousin, family)
    before, sparse.JOINED = sparse.JOINED, joined
    try:
        assert table(cousin, family) == whole
    finally:
        sparse.JOINED = before


def test_nobody_and_everybody_are_not_mistaken():
    """A step that nobody takes, asked before everyone is, in one evaluation."""
    family = grown()
    evaluation = Evaluation(family)
    nobody = np.array([], dtype=np.int64)
    assert len(evaluation.rows(cousin.node, nobody)) == 0
    assert list(evaluation.rows(cousin.node, evaluation.everyone)) == list(cousin.rows(family))
