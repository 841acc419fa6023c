"""Damaged matrices still answer, corrected ones do with fewer dimensions; the example's curves."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import trees
from test_codes import errors, everyone, facts, small
from trees import coded, least_dim, random_family
from vsa_plugins.kinship.relations.words import WORDS

from vsa import VsaError

EXAMPLE = Path(__file__).parents[2] / "examples" / "kinship_damage.py"

royals = trees.royal  # a fixture


@pytest.fixture(scope="module")
def tree():
    return random_family(2, size=250)


def precision_recall(family, codes, word):
    true = WORDS[word].rows(family).pairs()
    found = WORDS[word].rows(family, codes=codes).pairs()
    return len(found & true) / len(found), len(found & true) / len(true)


@pytest.mark.parametrize("damage", [{"zeroed": 0.3}, {"noise": 1.0}, {"zeroed": 0.2, "noise": 0.5}])
def test_damaged_matrices_still_answer_exactly(royals, damage):
    codes = royals.codes.damaged(**damage)
    assert codes.threshold == 0.5 * (1 - damage.get("zeroed", 0))
    for word in ("parent", "cousin", "aunt"):
        assert precision_recall(royals, codes, word) == (1, 1)


def test_more_dimensions_bear_more_damage(royals):
    large = coded(royals, dim=1728)
    assert precision_recall(royals, royals.codes.damaged(noise=2), "cousin")[0] < 0.95
    assert precision_recall(royals, large.damaged(noise=2), "cousin") == (1, 1)
    assert precision_recall(royals, large.damaged(zeroed=0.7), "cousin") == (1, 1)


def test_without_the_rescaled_threshold_half_the_entries_are_too_few(royals):
    codes = royals.codes.damaged(zeroed=0.5)
    kept = codes.decode("parent", everyone(royals), threshold=0.5).pairs()
    assert len(kept & facts(royals, "parent")) < 0.7 * len(facts(royals, "parent"))
    found = codes.decode("parent", everyone(royals)).pairs()
    assert found >= facts(royals, "parent")
    assert len(found - facts(royals, "parent")) < 5


def test_damage_leaves_the_codes_it_was_done_to(tree):
    codes = coded(tree)
    before = codes.matrix("parent").copy()
    damaged = codes.damaged(zeroed=0.3, noise=1, seed=4)
    assert np.array_equal(codes.matrix("parent"), before)
    share = np.mean(damaged.matrix("parent") == 0)
    assert share == pytest.approx(0.3, abs=0.02)
    assert np.array_equal(
        damaged.matrix("parent"), codes.damaged(zeroed=0.3, noise=1, seed=4).matrix("parent")
    )
    for bad in ({"zeroed": 1}, {"zeroed": -0.1}, {"noise": -1}, {"noise": float("nan")}):
        with pytest.raises(VsaError, match=r"^(zeroed|noise) must be "):
            codes.damaged(**bad)


# --- the delta rule --------------------------------------------------------------------------------
def test_the_delta_rule_makes_a_smaller_dimension_do(tree):
    codes = small(tree, least_dim(tree) // 2)
    assert sum(errors(codes)) > 20
    mended = codes.refine()
    assert errors(mended) == (0, 0)
    assert precision_recall(tree, mended, "second_cousin") == (1, 1)
    for relation in mended.relations:  # every score is as near as was asked
        vectors = mended.vectors(everyone(tree))
        scores = vectors @ mended.matrix(relation).T @ vectors.T
        true = np.zeros(scores.shape, dtype=bool)
        true[tuple(tree.facts[relation].T)] = True
        same_block = np.zeros((3, 3), dtype=bool)  # others are 0 by the masks
        same_block[tuple(tree.sexes[tree.facts[relation]].T)] = True
        assert scores[true].min() >= 0.7 - 0.15 - 1e-4
        assert scores[~true & same_block[np.ix_(tree.sexes, tree.sexes)]].max() <= 0.3 + 0.15 + 1e-4


def test_what_the_delta_rule_mends_bears_less_damage(tree):
    """It buys dimensions with the room for noise that the plain sums have."""
    mended = small(tree, least_dim(tree) // 2).refine()
    for damage in ({"zeroed": 0.5}, {"noise": 2}):
        f1 = [
            2 * np.prod(both) / np.sum(both)
            for both in (
                precision_recall(tree, mended.damaged(**damage), "cousin"),
                precision_recall(tree, tree.codes.damaged(**damage), "cousin"),
            )
        ]
        assert f1[0] < f1[1] - 0.05


def test_the_delta_rule_says_when_it_cannot(royals, tree):
    with pytest.raises(VsaError) as error:
        small(royals, 64).refine()
    assert str(error.value) == (
        "the delta rule diverges for 'parent' at dim 64: use more, or dim 1248, "
        "which needs no correction"
    )
    with pytest.raises(VsaError, match=r"^the delta rule is not there after 3 rounds for 'parent'"):
        small(tree, least_dim(tree) // 2).refine(limit=3)
    with pytest.raises(VsaError) as error:
        tree.codes.refine(tolerance=0.2)
    assert str(error.value) == "tolerance must be between 0 and .2, not 0.2"


# --- the example -----------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def example():
    spec = importlib.util.spec_from_file_location("kinship_damage", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_finds_the_smallest_exact_dimension(example, tree):
    dim = example.smallest_exact_dim(tree)
    assert [errors(small(tree, dim, seed)) for seed in range(3)] == [(0, 0)] * 3
    assert any(errors(small(tree, dim - 32, seed)) != (0, 0) for seed in range(3))


def test_the_curves_of_the_example_fall_with_damage_and_later_in_more_dimensions(example, tree):
    dim = example.smallest_exact_dim(tree)
    records = list(example.curves(tree, (dim, dim * 3 // 2), draws=2))
    f1 = {}
    for r in records:
        both = r["precision"], r["recall"]
        f1[r["dim"] == dim, r["kind"], r["word"], r["amount"]] = 2 / sum(1 / x for x in both)
    for kind, amounts in (("zeroed", example.ZEROED), ("noise", example.NOISE)):
        for word in example.ASKED:
            assert f1[True, kind, word, 0] == f1[False, kind, word, 0] == 1
            assert f1[True, kind, word, amounts[-1]] < f1[False, kind, word, amounts[-1]]
    assert f1[True, "noise", "cousin", 3.0] < f1[True, "noise", "parent", 3.0] < 0.9


def test_the_picture_is_drawn(example, tmp_path):
    pytest.importorskip("matplotlib")
    records = [
        {"dim": dim, "kind": kind, "amount": x, "word": word, "precision": 1 - x, "recall": 1.0}
        for dim in (32, 48)
        for kind in ("zeroed", "noise")
        for word in example.ASKED
        for x in (0.0, 0.5)
    ]
    example.draw(records, tmp_path / "damage.png")
    assert (tmp_path / "damage.png").read_bytes().startswith(b"\x89PNG")
