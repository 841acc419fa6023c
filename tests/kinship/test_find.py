"""What two people are to each other: words that hold, ways that lead there, and none at all."""

from __future__ import annotations

import random

import numpy as np
import pytest
import trees
from trees import random_family
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations.between import relation_between
from vsa_plugins.kinship.relations.words import WORDS

from vsa import VsaError

royals = trees.royal  # a fixture


def found(a, b, **options):
    return [str(relation) for relation in relation_between(a, b, **options)]


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("Edward VII", "Victoria Hanover", ["mother", "parent"]),
        ("Victoria Hanover", "Edward VII", ["son", "child"]),
        ("Edward VII", "Nicholas II Romanov", ["nephew", "nibling"]),
        ("Elizabeth II Windsor", "Edward VII", ["great_grandfather", "great_grandparent"]),
        ("Victoria Hanover", "Victoria Hanover", ["self"]),
    ],
)
def test_words_that_hold_the_narrowest_first(royals, a, b, words):
    assert found(royals.find(a), royals.find(b)) == words


def test_every_word_that_holds_is_found_and_no_other(royals):
    """Of people who stand near to each other."""
    start = royals.find("George V Windsor")
    step = WORDS["parent"] | WORDS["child"] | WORDS["spouse"]
    near = [royals.people[id] for id in (step**3)(start)]
    rows = np.array([person.row for person in near])
    holds = {}
    for name, word in WORDS.items():
        if name not in ("female", "male"):
            for i, row in word.rows(royals, rows).pairs():
                holds.setdefault((near[i].row, row), set()).add(name)
    people = list(royals)
    for x, y in random.Random(0).sample(sorted(holds), 25):
        assert set(found(people[x], people[y])) == holds[x, y]


def distance(family, a, b):
    """Steps of parents, children, spouses, adopters and fosterers, by a plain walk."""
    near = {}
    for pairs in family.facts.values():
        for x, y in pairs.tolist():
            near.setdefault(x, set()).add(y)
            near.setdefault(y, set()).add(x)
    seen, ring, steps = {a}, {a}, 0
    while b not in seen and ring:
        ring = {y for x in ring for y in near.get(x, ())} - seen
        seen |= ring
        steps += 1
    return steps if b in seen else None


@pytest.mark.parametrize("seed", range(4))
def test_compositions_lead_there_along_the_shortest_ways(seed):
    family = random_family(seed, size=120)
    people = list(family)
    drawn = random.Random(seed)
    compositions = 0
    for _ in range(25):
        a, b = drawn.sample(people, 2)
        steps = distance(family, a.row, b.row)
        if steps is None:
            with pytest.raises(VsaError, match="are not related"):
                relation_between(a, b)
            continue
        relations = relation_between(a, b)
        assert relations
        assert len({str(r) for r in relations}) == len(relations)
        assert len({str(r).count("@") for r in relations}) == 1
        for relation in relations:
            assert b.id in relation(a)
            assert str(relation).count("@") < steps
        if "@" in str(relations[0]):
            compositions += 1
            assert not any(b.id in word(a) for word in WORDS.values())
            if steps > 1:
                with pytest.raises(VsaError) as error:
                    relation_between(a, b, length=steps - 1)
                assert str(error.value) == (
                    f"no way of up to {steps - 1} steps leads from {a} to {b}: "
                    f"try length={2 * steps - 2}"
                )
            assert found(a, b, length=steps) == [str(r) for r in relations]
    assert compositions >= 5


def line(n):
    """A family of one line: each the child of the next."""
    records = [Record(f"I{i}", f"N{i}", "M") for i in range(n)]
    return Family(records, [("parent", f"I{i}", f"I{i + 1}") for i in range(n - 1)])


@pytest.mark.parametrize(
    ("steps", "ways"),
    [
        (1, ["father", "parent"]),
        (3, ["great_grandfather", "great_grandparent"]),
        (5, ["grandfather @ great_grandfather", "great_grandfather @ grandfather"]),
        (6, ["great_grandfather @ great_grandfather"]),
    ],
)
def test_steps_are_said_in_the_fewest_words(steps, ways):
    family = line(8)
    relations = relation_between(family.people["I0"], family.people[f"I{steps}"])
    assert sorted(map(str, relations)) == ways
    assert all(np.array_equal(r.rows(family, np.array([0])).index, [steps]) for r in relations)


def test_nobody_is_related_across_families_or_islands():
    a, b = line(3), Family([Record("X", "Xan"), Record("Y", "Yve")], [])
    with pytest.raises(VsaError) as error:
        relation_between(b.people["X"], b.people["Y"])
    assert str(error.value) == (
        "Xan and Yve are not related: no parents, children and spouses on file lead from one to "
        "the other"
    )
    with pytest.raises(VsaError, match=r"^N0 and Xan are of two families: "):
        relation_between(a.people["I0"], b.people["X"])
    with pytest.raises(VsaError, match=r"^length must be a whole number of at least 1, not 0$"):
        relation_between(a.people["I0"], a.people["I2"], length=0)
