"""Every kin word for every person equals what plain Python sets of the facts say, counts too."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import trees
from hypothesis import given, settings
from trees import families, least_dim, random_family
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations import Evaluation
from vsa_plugins.kinship.relations.words import USUAL, WORDS


class Walk:
    """The words as walks over sets of ids; each gives people once for every way to them."""

    def __init__(self, family):
        ids = [record.id for record in family.records]
        self.sex = {record.id: record.sex for record in family.records}
        self.parents, self.children, self.spouses = ({i: set() for i in ids} for _ in range(3))
        self.adopters, self.adopted = defaultdict(set), defaultdict(set)
        self.fosterers, self.fostered = defaultdict(set), defaultdict(set)
        turned = {
            "parent": (self.parents, self.children), "spouse": (self.spouses, self.spouses),
            "adopter": (self.adopters, self.adopted), "fosterer": (self.fosterers, self.fostered),
        }  # fmt: skip
        for relation, pairs in family.facts.items():
            there, back = turned[relation]
            for x, y in pairs:
                there[ids[x]].add(ids[y])
                back[ids[y]].add(ids[x])

    def shared(self, x, y):
        return len(self.parents[x] & self.parents[y])

    def siblings(self, x):
        return [c for p in self.parents[x] for c in self.children[p] if c != x]

    def piblings(self, x):
        return [u for p in self.parents[x] for u in self.siblings(p)]

    def cousins(self, x):
        return [c for u in self.piblings(x) for c in self.children[u]]

    def stepparents(self, x):
        return [s for p in self.parents[x] for s in self.spouses[p] if s not in self.parents[x]]

    def answer(self, word, x):
        """{person: number of ways} of a word for x."""
        return getattr(self, word)(x)

    def only(self, sex, found):
        return Counter({y: n for y, n in Counter(found).items() if self.sex[y] == sex})


def word(name, women=None, men=None):
    """Makes a function of Walk the word of that name, and its female and male halves."""

    def mark(function):
        def counted(self, x):
            return Counter(function(self, x))

        setattr(Walk, name, counted)
        if women:
            setattr(Walk, women, lambda self, x: self.only("F", function(self, x)))
        if men:
            setattr(Walk, men, lambda self, x: self.only("M", function(self, x)))
        return function

    return mark


@word("self", "female", "male")
def _(w, x):
    return [x]


@word("parent", "mother", "father")
def _(w, x):
    return w.parents[x]


@word("child", "daughter", "son")
def _(w, x):
    return w.children[x]


@word("spouse", "wife", "husband")
def _(w, x):
    return w.spouses[x]


@word("sibling", "sister", "brother")
def _(w, x):
    return w.siblings(x)


@word("full_sibling")
def _(w, x):
    return {y for y in w.sex if y != x and w.shared(x, y) >= 2}


@word("half_sibling")
def _(w, x):
    two = {y for y in w.sex if len(w.parents[y]) >= 2}
    return {y for y in two if x in two and y != x and w.shared(x, y) == 1}


@word("grandparent", "grandmother", "grandfather")
def _(w, x):
    return [g for p in w.parents[x] for g in w.parents[p]]


@word("grandchild", "granddaughter", "grandson")
def _(w, x):
    return [g for c in w.children[x] for g in w.children[c]]


@word("great_grandparent", "great_grandmother", "great_grandfather")
def _(w, x):
    return [h for p in w.parents[x] for g in w.parents[p] for h in w.parents[g]]


@word("great_grandchild", "great_granddaughter", "great_grandson")
def _(w, x):
    return [h for c in w.children[x] for g in w.children[c] for h in w.children[g]]


@word("pibling")
def _(w, x):
    return w.piblings(x)


@word("_pibling_or_spouse", "aunt", "uncle")
def _(w, x):
    by_blood = Counter(w.piblings(x))
    return by_blood | Counter(s for u in w.piblings(x) for s in w.spouses[u])


@word("nibling", "niece", "nephew")
def _(w, x):
    theirs = Counter(w.siblings(x)) | Counter(b for s in w.spouses[x] for b in w.siblings(s))
    return [c for b in theirs.elements() for c in w.children[b]]


@word("cousin")
def _(w, x):
    return w.cousins(x)


@word("second_cousin")
def _(w, x):
    return [c for p in w.parents[x] for k in w.cousins(p) for c in w.children[k]]


@word("parent_in_law", "mother_in_law", "father_in_law")
def _(w, x):
    return [p for s in w.spouses[x] for p in w.parents[s]]


@word("child_in_law", "daughter_in_law", "son_in_law")
def _(w, x):
    return [s for c in w.children[x] for s in w.spouses[c]]


@word("sibling_in_law", "sister_in_law", "brother_in_law")
def _(w, x):
    theirs = Counter(s for b in w.siblings(x) for s in w.spouses[b])
    return theirs | Counter(b for s in w.spouses[x] for b in w.siblings(s))


@word("stepparent", "stepmother", "stepfather")
def _(w, x):
    return w.stepparents(x)


@word("stepchild", "stepdaughter", "stepson")
def _(w, x):
    return [c for s in w.spouses[x] for c in w.children[s] if x not in w.parents[c]]


@word("stepsibling", "stepsister", "stepbrother")
def _(w, x):
    return [c for s in w.stepparents(x) for c in w.children[s] if not w.shared(x, c)]


@word("adopter")
@word("adoptive_parent", "adoptive_mother", "adoptive_father")
def _(w, x):
    return w.adopters[x]


@word("adopted_child")
def _(w, x):
    return w.adopted[x]


@word("fosterer")
@word("foster_parent")
def _(w, x):
    return w.fosterers[x]


@word("foster_child")
def _(w, x):
    return w.fostered[x]


def assert_true_for_everyone(family, names=tuple(WORDS)):
    """Every word for every person; and word by word for a few of them, who are decoded alone."""
    walk, ids = Walk(family), [record.id for record in family.records]
    truth = {name: [walk.answer(name, x) for x in ids] for name in names}
    few = np.random.default_rng(0).choice(len(ids), min(12, len(ids)), replace=False)
    for name in names:  # before anybody is decoded for everyone
        for row in few:
            found = WORDS[name](family.people[ids[row]])
            assert found.counts == truth[name][row], (name, ids[row])
    evaluation = Evaluation(family)
    for name in names:
        rows = evaluation.rows(WORDS[name].node, evaluation.everyone)
        for x, expected, found in zip(ids, truth[name], rows, strict=True):
            assert {ids[y]: count for y, count in found.items()} == expected, (name, x)
    return truth


royals = trees.royal  # a fixture


def test_every_word_for_everyone_of_the_royals(royals):
    assert len(royals) == 3010
    assert royals.codes.dim == least_dim(royals)
    assert royals.codes.dim < 3010  # not a code of one's own for each
    truth = assert_true_for_everyone(royals)
    sizes = {name: max(map(len, truth[name])) for name in truth}
    assert sizes["spouse"] == 6
    assert sizes["child"] == 18
    assert sizes["cousin"] == 62
    assert sizes["second_cousin"] == 106
    assert (
        sum(x in found for x, found in zip(royals.index, truth["second_cousin"], strict=True)) == 56
    )


def test_there_are_thirty_usual_words():
    assert len(set(USUAL)) == 30
    assert set(USUAL) <= set(WORDS)


@pytest.mark.parametrize("seed", range(12))
def test_every_word_for_everyone_of_random_trees(seed):
    family = random_family(seed, size=(40, 120, 250)[seed % 3])
    assert_true_for_everyone(family)


def test_random_trees_have_what_real_ones_have():
    """Or the test above would test less than it says."""
    trees = [random_family(seed, size=250) for seed in range(4)]
    walks = [(tree, Walk(tree)) for tree in trees]

    def some(holds):
        return any(holds(walk, record.id) for tree, walk in walks for record in tree.records)

    assert some(lambda w, x: len(w.spouses[x]) > 1 and w.half_sibling(next(iter(w.children[x]), x)))
    assert some(lambda w, x: any(w.sex[x] == w.sex[y] != "U" for y in w.siblings(x)))
    assert some(lambda w, x: any(w.sex[x] == w.sex[y] != "U" for y in w.spouses[x]))
    assert some(lambda w, x: w.sex[x] == "U" and w.children[x])
    assert some(lambda w, x: len(w.parents[x]) == 1)
    assert some(lambda w, x: w.adopters[x] and w.parents[x])
    assert some(lambda w, x: w.spouses[x] & set(w.cousins(x)))
    assert some(lambda w, x: x in w.second_cousin(x))
    assert any(tree.codes.dim < len(tree) for tree in trees)  # codes that are not orthonormal


@settings(max_examples=40)
@given(families())
def test_every_word_for_everyone_of_the_oddest_families(family):
    assert_true_for_everyone(family)


def test_three_parents_on_file_are_all_parents():
    """As where a file has both a stepfather and a father; half siblings share just one of them."""
    records = [Record(id, sex=sex) for id, sex in zip("abcdwxyz", "MFMFMFMF", strict=True)]
    given = {"w": "abc", "x": "abc", "y": "cd", "z": "bcd"}
    facts = [("parent", kid, p) for kid, parents in given.items() for p in parents]
    family = Family(records, facts)
    truth = assert_true_for_everyone(family)
    w, x, y = (family.index[id] for id in "wxy")
    assert truth["sibling"][w] == {"x": 3, "y": 1, "z": 2}
    assert truth["full_sibling"][x] == {"w": 1, "z": 1}
    assert truth["half_sibling"][y] == {"w": 1, "x": 1}


def test_the_set_walk_of_the_benchmark_answers_alike():
    sys.path.append(str(Path(__file__).parents[2]))  # benchmarks are not installed
    from benchmarks import kinship

    compared = 0
    for row in kinship.rows(quick=True):
        ours, theirs = (c.answer(c.run()) for c in row.candidates)
        assert ours == theirs, row.label
        compared += len(ours) > 4
    assert compared >= 4
