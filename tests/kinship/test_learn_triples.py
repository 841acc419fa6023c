"""Hinton's trees, random families, splits: what the fits are given."""

import pytest
from vsa_plugins.kinship.learn import TWELVE, grown, hinton, split, triples_of

from vsa.errors import VsaError


@pytest.fixture(scope="module")
def family():
    return hinton()


def test_hintons_trees_have_24_people_112_triples_and_104_questions(family):
    known = triples_of(family)
    assert len(family) == 24
    assert len(known) == len(set(known)) == 112
    assert len({(x, word) for x, word, _ in known}) == 104


def test_the_triples_are_those_of_the_papers(family):
    known = set(triples_of(family))

    def of(x, word):
        return {y for a, b, y in known if (a, b) == (x, word)}

    # not under Arthur and Margaret, where copies of the data have them
    assert of("Colin", "mother") == {"Victoria"}
    assert of("Charlotte", "father") == {"James"}
    assert of("Margaret", "son") == set()
    # by marriage too
    assert of("Colin", "uncle") == {"Arthur", "Charles"}
    assert of("Charles", "nephew") == {"Colin"}
    assert of("Jennifer", "niece") == {"Charlotte"}
    assert of("Alfonso", "aunt") == {"Gina", "Angela"}
    assert of("Emilio", "sister") == {"Lucia"}


def test_the_two_trees_are_of_one_shape(family):
    ids = [record.id for record in family.records]
    known = [(ids.index(x), word, ids.index(y)) for x, word, y in triples_of(family)]
    english = {t for t in known if t[0] < 12}
    italian = {(x - 12, word, y - 12) for x, word, y in known if x >= 12}
    assert english == italian


def test_the_triples_agree_with_sets_of_facts():
    """Of families that Hinton's trees are too plain for."""
    for seed in range(3):
        family = grown(seed)
        ids = [record.id for record in family.records]
        parent = {(ids[x], ids[y]) for x, y in family.facts["parent"]}
        spouse = {(ids[x], ids[y]) for x, y in family.facts["spouse"]}

        def sex(id, family=family):
            return family.people[id].sex

        sibling = {(x, y) for x, p in parent for y, q in parent if p == q and x != y}
        blood = {(x, y) for x, p in parent for a, y in sibling if a == p}
        uncle = blood | {(x, z) for x, y in blood for a, z in spouse if a == y}
        expected = {
            "uncle": {(x, y) for x, y in uncle if sex(y) == "M"},
            "brother": {(x, y) for x, y in sibling if sex(y) == "M"},
            "wife": {(x, y) for x, y in spouse if sex(y) == "F"},
            "daughter": {(y, x) for x, y in parent if sex(x) == "F"},
        }
        for word, pairs in expected.items():
            assert {(x, y) for x, _, y in triples_of(family, [word])} == pairs


def test_random_families_part_what_hintons_trees_confound():
    whole = {"same sex": 0, "half": 0, "twice": 0}
    for seed in range(5):
        family = grown(seed)
        counts = [len(v) for v in _grouped(family.facts["spouse"]).values()]
        whole["twice"] += sum(count > 1 for count in counts)
        known = triples_of(family, ["brother", "half_sibling"])
        whole["half"] += sum(word == "half_sibling" for _, word, _ in known)
        whole["same sex"] += sum(
            word == "brother" and family.people[x].sex == "M" for x, word, _ in known
        )
        assert family.notes == ()
    assert min(whole.values()) > 0


def _grouped(pairs):
    found = {}
    for x, y in pairs.tolist():
        found.setdefault(x, set()).add(y)
    return found


@pytest.mark.parametrize(("held", "count"), [(12, 12), (0.4, 45), (0, 0)])
def test_a_split_parts_the_triples(family, held, count):
    known = triples_of(family)
    train, test = split(known, held, seed=3)
    assert len(test) == count
    assert sorted(train + test) == sorted(known)
    assert split(known, held, seed=3) == (train, test)
    if count:
        assert split(known, held, seed=4)[1] != test


def test_one_triple_at_least_must_be_left(family):
    with pytest.raises(VsaError) as error:
        split(triples_of(family), 112)
    assert str(error.value) == "112 of 112 triples cannot be held out: at least one must be left"


def test_an_unknown_word_is_named(family):
    with pytest.raises(VsaError) as error:
        triples_of(family, [*TWELVE, "brothr"])
    assert str(error.value).startswith("no kin word is called 'brothr': did you mean 'brother'")
