"""Relations as single holographic vectors: what they hold, and what they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from test_truth import Walk
from trees import random_family
from vsa_plugins.kinship.codes.holographic import (
    Holographic,
    expected_errors,
    measured_dim,
    needed_dim,
)
from vsa_plugins.kinship.family import Family, Record
from vsa_plugins.kinship.relations.words import WORDS

from vsa import VsaError


def hinton():
    """24 people: two of Hinton's trees (1986), English and Italian."""
    records, facts = [], []
    for tongue in "EI":
        for i, sex in enumerate("MFMFMFMFMFMF"):
            records.append(Record(f"{tongue}{i}", sex=sex))
        couples = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
        children = {(0, 1): (6, 5), (2, 3): (8, 7), (6, 7): (10, 11)}
        facts += [("spouse", f"{tongue}{a}", f"{tongue}{b}") for a, b in couples]
        facts += [
            ("parent", f"{tongue}{kid}", f"{tongue}{p}")
            for couple, kids in children.items()
            for kid in kids
            for p in couple
        ]
    return Family(records, facts, name="Hinton")


@pytest.fixture(scope="module")
def family():
    return hinton()


def holographic(family, dim, seed=0):
    return Holographic(list(family.index), family.facts, dim, seed)


def test_a_small_family_is_answered_exactly_a_step_at_a_time(family):
    codes, walk = holographic(family, 1024), Walk(family)
    for name, word in WORDS.items():
        for record, found in zip(family.records, word.rows(family, codes=codes), strict=True):
            named = {family.records[row].id: count for row, count in found.items()}
            assert named == walk.answer(name, record.id), (name, record.id)
    assert expected_errors(24, family.facts, 1024) < 0.5


def test_a_relation_is_one_vector_and_its_converse_the_involution(family):
    codes = holographic(family, 1024)
    pairs = family.facts["parent"]
    x, y = codes.people[pairs[:, 0]], codes.people[pairs[:, 1]]
    assert codes.relation("parent").similarity((y * ~x).bundle()) > 0.9999
    everyone = np.arange(len(family))
    assert codes.ask(~codes.relation("parent"), everyone).pairs() == (
        codes.decode("parent", everyone, converse=True).pairs()
    )


def test_products_commute_so_a_composition_in_one_go_fails(family):
    """Who shares a parent and who shares a child are one and the same product."""
    codes, everyone = holographic(family, 8192), np.arange(len(family))
    p = codes.relation("parent")
    assert (~p * p).similarity(p * ~p) > 0.9999
    at_once = codes.ask(~p * p, everyone).pairs()
    by_steps = {
        name: relation.rows(family, codes=codes).pairs()
        for name, relation in {
            "shares a parent": WORDS["child"] @ WORDS["parent"],
            "shares a child": WORDS["parent"] @ WORDS["child"],
        }.items()
    }
    assert by_steps["shares a parent"] != by_steps["shares a child"]
    assert at_once not in by_steps.values()
    assert at_once & (by_steps["shares a child"] - by_steps["shares a parent"])
    assert at_once & (by_steps["shares a parent"] - by_steps["shares a child"])


def wrong(codes):
    """Pairs that come out wrong when every relation is decoded for everyone."""
    everyone = np.arange(len(codes.people))
    return sum(
        len(codes.decode(name, everyone).pairs() ^ set(map(tuple, pairs.tolist())))
        for name, pairs in codes.facts.items()
        if len(pairs)
    )


@pytest.mark.parametrize("dim", [128, 256])
def test_as_many_pairs_come_out_wrong_as_are_expected(family, dim):
    draws = 12
    measured = sum(wrong(holographic(family, dim, seed)) for seed in range(draws))
    expected = draws * expected_errors(24, family.facts, dim)
    assert abs(measured - expected) <= 4 * np.sqrt(3 * expected)
    assert expected > 100


def test_its_capacity_is_measured_and_grows_with_the_facts(family):
    small, large = (
        measured_dim(list(f.index), f.facts) for f in (family, random_family(0, size=60))
    )
    assert 256 <= small <= needed_dim(24, family.facts)
    assert large >= 2 * small
    assert needed_dim(24, family.facts) == 2048
    assert family.codes.dim == 32  # as matrices of 32 × 32, a thousand numbers a relation
    assert holographic(family, 64).nbytes == 4 * 64 * 2 * 24


def test_an_unknown_fact_is_named(family):
    with pytest.raises(VsaError) as error:
        holographic(family, 64).decode("uncle", np.arange(3))
    assert str(error.value) == (
        "no facts are called 'uncle': there are parent, adopter, fosterer, spouse"
    )
