"""A family of people: what it holds, and what its people are called."""

import copy
import multiprocessing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from smiths import ANN, BOB, CY, smiths
from vsa_plugins.kinship.family import FACTS, Family, Person, Record


@pytest.fixture
def family():
    return smiths()


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
    assert ann.vsa_json() == {
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


# --- labels ---------------------------------------------------------------------------------------
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
