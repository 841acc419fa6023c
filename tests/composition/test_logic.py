"""Logic learnt from six trees holds in formulas of any depth (Socher et al. 2012)."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
sys.path.append(str(Path(__file__).parents[2] / "examples"))

import logic


def truth(tree):
    """What a formula comes to, by Python's own logic."""
    if not tree.nodes:
        return tree.words[0] == "true"
    left, right, _ = tree.nodes[-1]
    first, second = tree.at(left), tree.at(right)
    if first.words == ("not",):
        return not truth(second)
    return truth(first) and truth(second.at(second.nodes[-1][1]))


def test_formulas_are_as_deep_and_as_true_as_said():
    rng = np.random.default_rng(0)
    found = [logic.formula(rng, 6) for _ in range(200)]
    assert all(truth(tree) == said for tree, said in found)
    assert {said for _, said in found} == {True, False}
    assert min(tree.depth for tree, _ in found) >= 6


def test_six_trees_teach_what_is_right_at_depth_six():
    assert len(logic.table()) == 6
    composer, _ = logic.learnt()  # as many tries as it takes: one in six or so gets there
    for depth in (1, 4, 6, 8):
        assert logic.accuracy(composer, depth, 500) == 1
