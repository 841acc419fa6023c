"""A family of people: what it holds, whom it finds, what it refuses."""

import collections
import copy
import multiprocessing

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


def test_families_are_copied_and_sent_to_workers():
    records = [ANN, BOB, CY, Record("@I4@"), Record("@I5@")]
    facts = [("parent", "@I2@", id) for id in ("@I1@", "@I3@", "@I4@")]
    facts += [("spouse", "@I1@", "@I3@"), ("adopter", "@I4@", "@I5@")]
    family = Family(records, facts, dim=64, seed=3, name="smith.ged", notes=["doubted"])
    made, person = copy.deepcopy((family, family.people["@I2@"]))
    assert made is not family
    assert person == made.people["@I2@"]
    assert copy.deepcopy(family.people["@I2@"]).record == BOB
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        (sent,) = pool.map(copy.copy, [family])
    for other in (made, sent):
        assert (other.records, other.index, other.notes) == (
            family.records,
            family.index,
            family.notes,
        )
        assert (other.name, other.dim, other.seed) == ("smith.ged", 64, 3)
        assert family.notes == ("doubted", "Bob Smith (@I2@) has 3 parents by birth")
        for relation, pairs in family.facts.items():
            assert np.array_equal(other.facts[relation], pairs)
        assert list(other.people) == list(family.people)


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


def test_labels_differ_where_names_look_like_labels():
    people = [("b", "Bob"), ("c", "Bob"), ("x", "Bob (b)"), ("y", "x"), ("z", "Al (1900)")]
    records = [*(Record(id, name) for id, name in people), Record("w", "Al", born=1900)]
    labels = [str(person) for person in Family(records, [])]
    assert labels == ["b", "Bob (c)", "x", "y", "Al (1900)", "Al (1900–)"]


looks = st.sampled_from(["a", "b", "a (a)", "a (b)"])


@given(st.dictionaries(looks, st.tuples(looks, st.sampled_from([None, 1900])), min_size=1))
def test_labels_of_any_names_never_coincide(people):
    family = Family([Record(id, name, born=born) for id, (name, born) in people.items()], [])
    assert len({str(person) for person in family}) == len(people)


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
        (
            ("Xü",),
            "nobody in kings.ged is called 'Xü'; no name is near it: give another, or an id such as '@I1@'",
        ),
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
            "born='x' is not a year: give a whole number, such as 1841",
        ),
        (
            lambda f: f.find("Ann", died=1980.0),
            "died=1980.0 is not a year: give a whole number, such as 1841",
        ),
        (lambda f: Family([ANN], [], seed="x"), "seed='x' is not a whole number"),
        (lambda f: Family([ANN], [], dim="x"), "dim='x' is not a whole number"),
        (
            lambda f: Family.from_triples([("a", "son", "b")], seed=None),
            "seed=None is not a whole number",
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
            "born='1900' is not a year: give a whole number, such as 1841",
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


def test_years_of_numpy_are_years(family):
    assert family.find("Ann", born=np.int64(1900)).id == "@I1@"
    assert type(Record("x", born=np.int32(1900)).born) is int


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
