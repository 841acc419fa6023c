"""A family of people: what it holds, whom it finds, what it refuses."""

import collections

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vsa_plugins.kinship.family import FACTS, Family, Person, Record

from vsa import VsaError

ANN = Record("@I1@", "Ann Smith", "F", 1900, 1980)
BOB = Record("@I2@", "Bob Smith", "M", 1925)
CY = Record("@I3@", "Cy O'Brien", "U")


def refused(*arguments, **keywords):
    with pytest.raises(VsaError) as caught:
        Family(*arguments, **keywords)
    return str(caught.value)


@pytest.fixture
def family():
    return Family(
        [ANN, BOB, CY],
        [("parent", "@I2@", "@I1@"), ("spouse", "@I3@", "@I2@"), ("parent", "@I2@", "@I1@")],
        name="smith.ged",
    )


def test_facts_are_pairs_of_rows_each_once_and_spouses_both_ways(family):
    assert set(family.facts) == set(FACTS)
    assert family.facts["parent"].tolist() == [[1, 0]]
    assert family.facts["spouse"].tolist() == [[1, 2], [2, 1]]
    assert family.facts["adopter"].shape == (0, 2)
    assert family.sexes.tolist() == [0, 1, 2]
    assert family.index == {"@I1@": 0, "@I2@": 1, "@I3@": 2}
    assert str(family) == "smith.ged: 3 people, 1 parent, 1 spouse"


def test_a_family_does_not_change(family):
    for array in (*family.facts.values(), family.sexes):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        family.people["@I9@"] = family.people["@I1@"]


def test_a_person_is_their_family_and_id(family):
    ann = family.people["@I1@"]
    assert (ann.name, ann.sex, ann.born, ann.died, ann.row) == ("Ann Smith", "F", 1900, 1980, 0)
    assert ann == Person(family, "@I1@")
    assert hash(ann) == hash(Person(family, "@I1@"))
    assert ann != family.people["@I2@"]
    assert ann != Family([ANN], []).people["@I1@"]
    assert (str(ann), repr(ann)) == ("Ann Smith (1900)", "<person Ann Smith (1900)>")
    assert [person.id for person in family] == ["@I1@", "@I2@", "@I3@"]
    assert ann.to_json() == {
        "id": "@I1@", "name": "Ann Smith", "sex": "F", "born": 1900, "died": 1980,
    }  # fmt: skip


# --- labels -----------------------------------------------------------------------------------------


def test_labels_tell_everyone_apart():
    family = Family(
        [
            Record("a", "Ann", "F", 1900),
            Record("b", "Ann", "F", 1900, 1950),
            Record("c", "Ann", "F", 1901),
            Record("d", "Ann"),
            Record("e", "Ann"),
            Record("f", "Julia", "F", -83, -54),
            Record("g", "Nero", "M", None, 68),
            Record("h"),
        ],
        [],
    )
    assert [str(person) for person in family] == [
        "Ann (1900–)", "Ann (1900–1950)", "Ann (1901)", "Ann (d)", "Ann (e)", "Julia (83 BC)",
        "Nero (–68)", "h",
    ]  # fmt: skip


years = st.one_of(st.none(), st.integers(1900, 1902))


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Bob", ""]), years, years), min_size=1))
def test_labels_never_coincide(people):
    records = [Record(f"@{i}@", *(name, "U"), *dates) for i, (name, *dates) in enumerate(people)]
    family = Family(records, [])
    assert len({str(person) for person in family}) == len(records)


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Bob", ""]), years, years), min_size=1))
def test_everyone_is_found_by_their_label(people):
    records = [Record(f"@{i}@", *(name, "U"), *dates) for i, (name, *dates) in enumerate(people)]
    family = Family(records, [])
    for person in family:
        if str(person) not in ("Ann", "Bob"):  # a bare name of several, the others with years
            assert family.find(str(person)) == person


# --- finding ----------------------------------------------------------------------------------------

KINGS = Family(
    [
        Record("@I1@", "Edward VII Wettin", "M", 1841, 1910),
        Record("@I2@", "Edward", "M", 1330, 1376),
        Record("@I3@", "Albert Edward Spencer", "M", 1892),
        Record("@I4@", "Edward VIII Windsor", "M", 1894, 1972),
        Record("@I5@", "Charlotte Brontë", "F", 1816, 1855),
        Record("@I6@", "Nicholas II Romanov", "M", 1868, 1918),
        Record("@I7@", "Charles Zoë Noël"),
        Record("@I8@", "Romanov Noël Charles"),
    ],
    [],
    name="kings.ged",
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("@I4@",), "@I4@"),  # an id
        (("Edward",), "@I2@"),  # the full name goes first
        (("Edward", 1841), "@I1@"),
        (("edward", 1892), "@I3@"),
        (("EDWARD vii",), "@I1@"),
        (("Wettin, Edward",), "@I1@"),  # any order
        (("Spencer Albert",), "@I3@"),
        (("Edward", None, 1972), "@I4@"),
        (("Edward 1894",), "@I4@"),  # years count as words
        (("Edward VIII Windsor (1894)",), "@I4@"),
        (("bronte",), "@I5@"),  # accents do not matter
        (("Brontë".encode().decode(),), "@I5@"),
        (("Bronte\u0308",), "@I5@"),
        (("noel zoe",), "@I7@"),
        (("Charles",), "@I7@"),  # who is called so first goes before who is called so at all
        (("Romanov",), "@I8@"),
    ],
)
def test_find(asked, found):
    assert KINGS.find(*asked).id == found


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            ("Edvard Wetin",),
            "nobody in kings.ged is called 'Edvard Wetin'; "
            "did you mean Edward VII Wettin 1841–1910 (@I1@)?",
        ),
        (
            ("Nikolas II",),
            "nobody in kings.ged is called 'Nikolas II'; "
            "did you mean Nicholas II Romanov 1868–1918 (@I6@)?",
        ),
        (
            ("Edward W", 1900),
            "nobody in kings.ged is called 'Edward W', born in 1900; did you mean "
            "Edward 1330–1376 (@I2@), Edward VII Wettin 1841–1910 (@I1@) "
            "or Albert Edward Spencer 1892– (@I3@)?",
        ),
        (
            ("Edward", 1840),
            "nobody in kings.ged is called 'Edward', born in 1840; nearest in years: "
            "Edward VII Wettin 1841–1910 (@I1@), Albert Edward Spencer 1892– (@I3@), "
            "Edward VIII Windsor 1894–1972 (@I4@) and Edward 1330–1376 (@I2@)",
        ),
        (
            ("Edward V", 1894, 1973),
            "nobody in kings.ged is called 'Edward V', born in 1894, died in 1973; did you mean "
            "Edward 1330–1376 (@I2@), Edward VII Wettin 1841–1910 (@I1@) "
            "or Albert Edward Spencer 1892– (@I3@)?",
        ),
        (("",), "nobody in kings.ged is called ''; give a name, or an id such as '@I1@'"),
        (("...",), "nobody in kings.ged is called '...'; give a name, or an id such as '@I1@'"),
        (("Xü",), "nobody in kings.ged is called 'Xü'; give a name, or an id such as '@I1@'"),
        (
            ("@I1@", 1842),
            "nobody in kings.ged is called '@I1@', born in 1842; nearest in years: "
            "Edward VII Wettin 1841–1910 (@I1@)",
        ),
    ],
)
def test_who_is_not_there(asked, message):
    with pytest.raises(VsaError) as caught:
        KINGS.find(*asked)
    assert str(caught.value) == message


def test_several_of_one_name_are_listed_with_years_and_ids():
    family = Family([Record(f"@I{i}@", "Ann", born=1900 + i) for i in range(3)], [])
    with pytest.raises(VsaError) as caught:
        family.find("ann")
    assert str(caught.value) == (
        "3 people are called 'ann': Ann 1900– (@I0@), Ann 1901– (@I1@) and Ann 1902– (@I2@); "
        "add born= or died=, or give the id"
    )
    many = Family([Record(f"@I{i}@", "Ann") for i in range(12)], [])
    with pytest.raises(VsaError) as caught:
        many.find("Ann")
    listed = ", ".join(f"Ann (@I{i}@)" for i in range(8))
    assert str(caught.value) == (
        f"12 people are called 'Ann': {listed} and 4 more; add born= or died=, or give the id"
    )


# --- what is refused --------------------------------------------------------------------------------


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
