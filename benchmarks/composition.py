"""Composition: 1,000 trees of 20 words by levels, beside the same formulas tree by tree.

Ours: planned and composed; with gradients from a plan that was made before, as in training.
loop: the matrix–vector formulas in torch, one composition after the other, with nothing but what
they need: words' rows are looked up for all trees at once. With "gradients" the contents of the
roots are squared, summed and differentiated by all weights.
The larger the dim, the less there is to gain: the loop's own products then fill the processor, and
to hold 20,000 matrices at once costs memory's time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from vsa_plugins.composition.trees import Tree

from benchmarks.harness import OURS, Candidate, Row, Run

PEERS = ("loop",)
GOAL = 20.0
VOCABULARY = [f"w{i}" for i in range(2000)]


def rows(quick: bool = False) -> Iterator[Row]:
    try:
        import torch
    except ImportError:
        return
    from vsa_plugins.composition.model import Composer

    def still(run: Run) -> Run:
        """Without gradients."""
        return torch.no_grad()(run)

    count = 10 if quick else 1000
    trees = some_trees(count, 20)
    for dim in (5,) if quick else (5, 10, 25, 50):
        composer = Composer(VOCABULARY, dim)
        plan, loop = composer.plan(trees), Loop(composer)
        # each row is measured before the next is made, so the loop's variables are its own
        yield Row(
            f"{count:,} trees of 20, dim {dim}",
            [
                Candidate(OURS, still(lambda: composer(trees)), np.asarray),  # noqa: B023
                Candidate("loop", still(lambda: loop(trees)), np.asarray),  # noqa: B023
            ],
            goals={"loop": GOAL},
        )
        if dim > 25:
            continue
        yield Row(
            f"{count:,} trees, gradients, dim {dim}",
            [
                Candidate(OURS, lambda: gradients(composer, composer, plan), sums),  # noqa: B023
                Candidate("loop", lambda: gradients(composer, loop, trees), sums),  # noqa: B023
            ],
            goals={"loop": GOAL},
        )


def some_trees(count: int, words: int) -> list[Tree]:
    """Trees of random shape and words."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(count):
        parts = [Tree((str(w),)) for w in rng.choice(VOCABULARY, words)]
        while len(parts) > 1:
            i = int(rng.integers(len(parts) - 1))
            parts[i : i + 2] = [Tree.pair(parts[i], parts[i + 1])]
        made += parts
    return made


class Loop:
    """p = tanh(W [Ba; Ab] + c), P = W_M [A; B], node by node."""

    def __init__(self, composer: Any) -> None:
        self.composer = composer

    def __call__(self, trees: list[Tree]) -> Any:
        import torch

        index, tables, form = self.composer.index, self.composer.tables, self.composer.form
        rows = torch.tensor([index[word] for tree in trees for word in tree.words])
        vectors = iter(tables["content"][rows].unbind())
        matrices = iter(tables["operator"][rows].transpose(-1, -2).unbind())
        weight, operators, bias = form.weight[0].T, form.operators[0].T, form.bias[0]
        tops = []
        for tree in trees:
            states = [(next(vectors), next(matrices)) for _ in tree.words]
            for left, right, _ in tree.nodes:
                (a, one), (b, two) = states[left], states[right]
                content = torch.tanh(weight @ torch.cat([two @ a, one @ b]) + bias)
                states.append((content, operators @ torch.cat([one, two])))
            tops.append(states[-1][0])
        return torch.stack(tops)


def gradients(composer: Any, compose: Any, trees: Any) -> Any:
    composer.zero_grad()
    compose(trees).square().sum().backward()
    return composer


def sums(composer: Any) -> list[float]:
    return [float(parameter.grad.sum()) for parameter in composer.parameters()]
