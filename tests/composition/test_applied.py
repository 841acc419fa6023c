"""Vectors handed down instead of operators composed: the same contents and gradients."""

import dataclasses

import numpy as np
import pytest

from vsa import VsaError

torch = pytest.importorskip("torch")

import vsa_plugins.composition.applied as module  # noqa: E402
from test_model import TYPES, VOCABULARY, Oracle, composer, named, trees  # noqa: E402
from vsa_plugins.composition.trees import Tree  # noqa: E402

SETTINGS = [
    {"form": "matrix"},
    {"form": "matrix", "rank": 2},
    {"form": "matrix", "types": TYPES},
    {"form": "linear", "rank": 2, "types": TYPES, "activation": "sigmoid"},
]


@pytest.fixture
def always(monkeypatch):
    """However small the batch and its matrices are."""
    monkeypatch.setattr(module, "SIZE", 0)
    monkeypatch.setattr(module, "_cost", lambda *_: 0)


@pytest.mark.parametrize("settings", SETTINGS, ids=named)
def test_contents_are_what_the_formulas_say(settings, always):
    made = composer(**settings)
    oracle, batch = Oracle(made), trees(30)
    nodes = [(i, n) for i, t in enumerate(batch) for n in range(t.root + 1)][::-1]
    nodes += [*nodes[:3], (2, -1)]
    plan = made.plan(batch, nodes)
    assert plan.applied is not None
    found = made(plan).detach()
    for row, (i, n) in enumerate(nodes):
        content, _ = oracle.tree(batch[i])[n]
        np.testing.assert_allclose(found[row], content, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("settings", SETTINGS, ids=named)
def test_gradients_are_those_of_composed_operators(settings, always):
    made = composer(**settings)
    found = []
    plan = made.plan(trees(30))
    for each in (plan, dataclasses.replace(plan, dim=0)):
        made.zero_grad()
        made(each).square().sum().backward()
        found.append([p.grad.clone() for p in made.parameters() if p.grad is not None])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-9)


def test_who_asks_for_operators_gets_them(always):
    made = composer()
    plan = made.plan(trees(10))
    content, operators = made.states(plan)
    assert operators.shape == (10, 5, 5)
    np.testing.assert_allclose(content.detach(), made(plan).detach(), rtol=1e-9, atol=1e-9)


def test_equal_words_act_in_few_products(always):
    """Padding at most doubles what words do, however unlike their frequencies are."""
    rng = np.random.default_rng(0)
    often = np.minimum(rng.geometric(0.4, 4000), len(VOCABULARY)) - 1
    batch = [Tree.of([VOCABULARY[a], [VOCABULARY[b], VOCABULARY[c]]])
             for a, b, c in often[:3999].reshape(-1, 3)]  # fmt: skip
    for step in composer().plan(batch).applied.steps:
        phrases = sum(layer.spans[-1][2] for layer in step.layers if layer.spans)
        needed = sum(len(layer.rows) for layer in step.layers) - phrases
        assert needed <= len(step.rows) < 2 * needed
        assert len(step.groups) <= 12


def test_it_is_done_where_it_pays(monkeypatch):
    batch = trees(60, most=12)
    assert composer(dim=40).plan(batch).applied is None  # too few
    monkeypatch.setattr(module, "SIZE", 100)
    assert composer(dim=40).plan(batch).applied is not None
    assert composer(dim=2).plan(batch).applied is None  # their matrices are small
    for form, settings in (("vector", {}), ("rnn", {}), ("matrix", {"mixture": 2})):
        assert composer(form, dim=40, **settings).plan(batch).applied is None
    chain = VOCABULARY[0]
    for _ in range(module.HEIGHT + 1):
        chain = [chain, VOCABULARY[1]]
    assert composer(dim=40).plan([*batch, chain]).applied is None


def test_words_alone_and_what_is_not_finite(always):
    made = composer()
    assert made.plan(["w1", "w2"]).applied is None
    with torch.no_grad():
        made.tables["operator"][3] = float("nan")
    with pytest.raises(VsaError) as caught:
        made(["(w1 w2)", "(w3 w1)"])
    assert str(caught.value) == "the word 'w3' has numbers that are not finite"
