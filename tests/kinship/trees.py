"""Families for tests: random trees with all that real ones have, and small ones drawn by hypothesis."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import strategies as st
from vsa_plugins.kinship.codes import Codes, needed_dim
from vsa_plugins.kinship.family import FACTS, Family, Record

DATA = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture(scope="module")
def royal():
    pytest.importorskip("ged4py")
    return Family.read(DATA / "royal92.ged")


def coded(family, **given):
    """Codes of a family, of another dim or seed than its own."""
    return Codes(family.sexes, family.facts, name=family.name, **given)


def least_dim(family, **given):
    return needed_dim(family.sexes, family.facts, **given)


class Grower:
    """Grows a family generation by generation."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.records = []
        self.facts = []
        self.parents = {}

    def chance(self, p):
        return self.random.random() < p

    def person(self, generation):
        sex = self.random.choices("FMU", weights=(45, 45, 10))[0]
        id = f"I{len(self.records)}"
        self.records.append(Record(id, f"Person {id}", sex, 1800 + 30 * generation))
        self.parents[id] = []
        return id

    def fact(self, relation, x, y):
        self.facts.append((relation, x, y))
        if relation == "parent":
            self.parents[x].append(y)

    def partner(self, person, people, generation):
        """Someone to marry: an in-law from outside, or a cousin, of any sex."""
        grandparents = {g for p in self.parents[person] for g in self.parents[p]}
        cousins = [
            other
            for other in people
            if not set(self.parents[other]) & set(self.parents[person])
            and grandparents & {g for p in self.parents[other] for g in self.parents[p]}
        ]
        if cousins and self.chance(0.3):
            return self.random.choice(cousins)
        others = [other for other in people if other != person]
        if others and self.chance(0.2):
            return self.random.choice(others)
        return self.person(generation)

    def children(self, parents, generation):
        born = []
        for _ in range(self.random.choices(range(6), weights=(2, 3, 4, 3, 2, 1))[0]):
            child = self.person(generation)
            for parent in parents:
                if self.chance(0.9):  # else not on file
                    self.fact("parent", child, parent)
            born.append(child)
        return born


def random_family(seed, size=60, founders=6, dim=None):
    """Remarriage, couples of one sex, unknown sex, lost parents, adoption, cousins who marry."""
    grower = Grower(seed)
    people = [grower.person(0) for _ in range(founders)]
    generation = 0
    while people and len(grower.records) < size:
        generation += 1
        young = []
        for person in list(people):
            for _ in range(grower.random.choices((0, 1, 2, 3), weights=(2, 6, 2, 1))[0]):
                partner = grower.partner(person, people, generation - 1)
                if grower.chance(0.9):
                    grower.fact("spouse", person, partner)
                young += grower.children((person, partner), generation)
            if grower.chance(0.1):  # one parent alone
                young += grower.children((person,), generation)
        for child in young:
            for relation, p in (("adopter", 0.08), ("fosterer", 0.05)):
                if grower.chance(p):
                    for adult in grower.random.sample(people, min(2, len(people))):
                        grower.fact(relation, child, adult)
        people = young
    return Family(grower.records, grower.facts, dim=dim, name=f"tree {seed}")


@st.composite
def families(draw, most=8):
    """Any few people and facts that are allowed at all: three parents, married siblings …"""
    n = draw(st.integers(2, most))
    records = [Record(f"I{i}", sex=draw(st.sampled_from("FMU"))) for i in range(n)]
    pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
    facts = []
    for relation in FACTS:
        for x, y in draw(st.sets(pairs, max_size=2 * n)):
            if relation == "parent":
                x, y = max(x, y), min(x, y)  # the older has the smaller number: no circles
            if x != y:
                facts.append((relation, f"I{x}", f"I{y}"))
    return Family(records, facts, name="drawn")
