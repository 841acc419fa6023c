"""A family of people: what it refuses, and what it lets pass."""

import collections

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smiths import ANN, BOB, CY, smiths
from vsa_plugins.kinship.family import Family, Record

from vsa import VsaError


def refused(*arguments, **keywords):
    with pytest.raises(VsaError) as caught:
        Family(*arguments, **keywords)
    return str(caught.value)


@pytest.fixture
def family():
    return smiths()


def test_what_is_refused_is_named():
    assert refused([], []) == "there are no people: a family needs at least one"
    assert refused([ANN, Record("@I1@", "Eve")], []) == (
        "two people have the id '@I1@': 'Ann Smith' and 'Eve'"
    )
    assert refused([Record("", "Eve")], []) == "person 1, 'Eve', has no id"
    assert refused([Record("x", "Eve", "W")], []) == (
        "the sex of Eve (x) is 'W': write 'F', 'M' or 'U'"
    )
    assert refused([ANN], [("parent", "@I1@", "@I1@")], name="a.ged") == (
        "a.ged: Ann Smith (@I1@) is given as their own parent"
    )
    assert refused([ANN], [("spouse", "@I1@", "@I1@")]) == (
        "Ann Smith (@I1@) is given as their own spouse"
    )
    assert refused([ANN], [("uncle", "@I1@", "@I1@")]) == (
        "unknown fact 'uncle': choose one of parent, adopter, fosterer, spouse"
    )
    assert refused([Record("ann"), Record("bob")], [("parent", "ann", "bop")]) == (
        "the fact ('parent', 'ann', 'bop') names nobody's id 'bop': did you mean 'bob'?"
    )
    assert refused([ANN], [("parent", "@I1@")]) == (
        "('parent', '@I1@') is not a fact: give (relation, x, y)"
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.find(None), "people are found by a name or an id as text, not by None"),
        (lambda f: f.find(3), "people are found by a name or an id as text, not by 3"),
        (
            lambda f: f.find(np.zeros((2, 2))),
            "people are found by a name or an id as text, not by array([[0., 0.], [0., 0.]])",
        ),
        (
            lambda f: f.find("Ann", born="x"),
            "the year born must be a whole number, not 'x'",
        ),
        (
            lambda f: f.find("Ann", died=1980.5),
            "the year died must be a whole number, not 1980.5",
        ),
        (lambda f: Family([ANN], [], seed="x"), "seed must be a whole number, not 'x'"),
        (lambda f: Family([ANN], [], dim="x"), "dim must be a whole number, not 'x'"),
        (
            lambda f: Family.from_triples([("a", "son", "b")], seed=None),
            "seed must be a whole number, not None",
        ),
        (lambda f: Family(None, []), "a family has several records: None has none"),
        (lambda f: Family([ANN], 3), "a family has several facts: 3 has none"),
        (lambda f: Family([3], []), "person 1 is 3: give a Record"),
        (lambda f: Family([ANN], [3]), "3 is not a fact: give (relation, x, y)"),
        (lambda f: Family([ANN], [(1, 2, 3)]), "(1, 2, 3) is not a fact: give (relation, x, y)"),
        (lambda f: Record(3), "the id of a person is text, not 3"),
        (lambda f: Record("x", None), "the name of a person is text, not None"),
        (
            lambda f: Record("x", born="1900"),
            "the year born must be a whole number, not '1900'",
        ),
        (
            lambda f: Record("x", "Ann\x1b[31m"),
            r"the name 'Ann\x1b[31m' has characters that do not print",
        ),
        (lambda f: Record("x\u202e"), r"the id 'x\u202e' has characters that do not print"),
    ],
)
def test_what_is_no_name_year_record_or_number_is_told(family, call, message):
    with pytest.raises(VsaError) as caught:
        call(family)
    assert str(caught.value) == message


def test_a_circle_of_ancestors_is_refused_by_name():
    facts = [("parent", "@I1@", "@I2@"), ("parent", "@I2@", "@I3@"), ("parent", "@I3@", "@I1@")]
    records = [Record("@I0@", "Eve"), ANN, BOB, CY]
    assert refused(records, [("parent", "@I0@", "@I1@"), *facts]) == (
        "people are their own ancestors: Ann Smith (@I1@), child of Bob Smith (@I2@), "
        "child of Cy O'Brien (@I3@), child of Ann Smith (@I1@)"
    )
    assert Family(records, facts[:2]).facts["parent"].shape == (2, 2)


def test_a_long_circle_is_cut():
    records = [Record(f"p{i}") for i in range(100)]
    facts = [("parent", f"p{i}", f"p{(i + 1) % 100}") for i in range(100)]
    assert refused(records, facts) == (
        "people are their own ancestors: p0, child of p1, child of p2, child of p3, child of p4, "
        "child of p5, child of 93 more, child of p99, child of p0"
    )


@given(st.integers(2, 9), st.randoms(use_true_random=False))
def test_a_circle_is_found_wherever_there_is_one(n, random):
    """Against the transitive closure by matrix powers."""
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and random.random() < 1.2 / n]
    steps = np.zeros((n, n), dtype=int)
    for child, parent in pairs:
        steps[child, parent] = 1
    reach = np.linalg.matrix_power(np.eye(n, dtype=int) + steps, n) > 0
    circular = any(reach[j, i] for i, j in pairs)
    records = [Record(f"p{i}") for i in range(n)]
    facts = [("parent", f"p{i}", f"p{j}") for i, j in pairs]
    if circular:
        assert refused(records, facts).startswith("people are their own ancestors: p")
    else:
        Family(records, facts)


def test_adoption_may_go_round():
    """Only by birth is nobody their own ancestor."""
    Family([ANN, BOB], [("adopter", "@I1@", "@I2@"), ("parent", "@I2@", "@I1@")])


def test_three_parents_are_kept_and_noted():
    records = [Record(id, id.title()) for id in ("ann", "bob", "cy", "dee")]
    family = Family(records, [("parent", "ann", other) for other in ("bob", "cy", "dee")])
    assert len(family.facts["parent"]) == 3
    assert family.notes == ("Ann (ann) has 3 parents by birth",)


def test_deep_families_need_no_deep_stack():
    records = [Record(f"p{i}") for i in range(5000)]
    family = Family(records, [("parent", f"p{i}", f"p{i + 1}") for i in range(4999)])
    assert collections.Counter(family.facts["parent"][:, 0]).most_common(1)[0][1] == 1
