"""Composition: 1,000 trees of 20 words by levels, beside the same formulas tree by tree.

Ours: planned and composed, nothing being known of the trees beforehand; "planned" rows and those
with gradients have the plan from before, as in training.
loop: the matrix–vector formulas in torch, one composition after the other, with nothing but what
they need: words' rows are looked up for all trees at once. With "gradients" the contents of the
roots are squared, summed and differentiated by all weights.
"bare" rows have in our place what no way that is known here can do without: words and nodes are
read from the trees, and there are as many products as the cheaper of two ways needs, in the shapes
in which they are fastest, of numbers that lie where they are needed. No plan is made and no row is
moved, so the ratio is the greatest that there can be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from vsa_plugins.composition import Tree

from benchmarks.harness import OURS, Candidate, Row, Run, timer

PEERS = ("loop",)
GOAL = 20.0
VOCABULARY = [f"w{i}" for i in range(2000)]


def rows(quick: bool = False) -> Iterator[Row]:
    try:
        import torch
    except ImportError:
        return
    from vsa_plugins.composition import Composer

    def still(run: Run) -> Run:
        """Without gradients."""
        return torch.no_grad()(run)

    count = 10 if quick else 1000
    trees = some_trees(count, 20)
    for dim in (5,) if quick else (5, 10, 25, 50):
        composer = Composer(VOCABULARY, dim)
        plan, loop = composer.plan(trees), Loop(composer)
        # each row is measured before the next is made, so the loop's variables are its own
        for label, run, answer, goals in (
            ("", lambda: composer(trees), np.asarray, {"loop": GOAL}),  # noqa: B023
            (", planned", lambda: composer(plan), np.asarray, {"loop": GOAL}),  # noqa: B023
            (", bare", Bare(composer, plan).faster(), None, {}),
        ):
            candidates = [
                Candidate(OURS, still(run), answer),
                Candidate("loop", still(lambda: loop(trees)), answer),  # noqa: B023
            ]
            yield Row(f"{count:,} trees of 20{label}, dim {dim}", candidates, goals)
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


class Bare:
    """The products that a plan leaves, without moving numbers to where they are needed."""

    def __init__(self, composer: Any, plan: Any) -> None:
        from vsa_plugins.composition import applied, batch

        self.read = lambda: (batch._words(plan.trees, composer.index),
                             batch._compositions(plan.trees, None))  # fmt: skip
        self.made = [len(types) for types, _, _ in plan.found]
        self.onward = [m - len(take) for m, take in zip(self.made, plan.takes, strict=True)]
        # of each step of handing down: words and vectors that each acts on, phrases by depth
        self.steps = []
        for step in applied.handed_down(len(plan.unique), plan.found).steps:
            phrases = [layer.spans[-1][2] for layer in step.layers if layer.spans]
            pairs = sum(len(layer.rows) for layer in step.layers) - sum(phrases)
            self.steps.append((len(step.words), pairs // len(step.words), phrases))
        n = composer.dim
        rng = np.random.default_rng(0)
        most = max(
            2 * max(self.made), *(max(k * w, 2 * max(p, default=0)) for k, w, p in self.steps)
        )
        self.vectors = rng.standard_normal((most, n), dtype=np.float32)
        self.weight = rng.standard_normal((2 * n, n), dtype=np.float32)
        self.operators = composer.tables["operator"].detach().numpy()[: len(plan.unique)]
        self.made_vectors = np.empty_like(self.vectors)
        self.made_operators = rng.standard_normal((2 * max(self.made), n, n), dtype=np.float32)

    def faster(self) -> Run:
        """The way that is the faster one here."""
        once = {way: timer(way, 0.0) for way in (self.down, self.levels)}
        return min(once, key=lambda way: min(once[way]() for _ in range(3)))

    def pairs(self, count: int) -> Any:
        """[x; y] W of vectors."""
        both = self.vectors[: 2 * count].reshape(count, -1)
        return np.matmul(both, self.weight, out=self.made_vectors[:count])

    def down(self) -> None:
        """Vectors handed down: words act on theirs, what a phrase's parts made is added up."""
        self.read()
        for (words, width, phrases), made in zip(self.steps, self.made, strict=True):
            given, out = (
                v[: words * width].reshape(words, width, -1)
                for v in (self.vectors, self.made_vectors)
            )
            np.matmul(given, self.operators[:words], out=out)
            for count in phrases:
                self.pairs(count)
            np.tanh(self.pairs(made))

    def levels(self) -> None:
        """Operators composed: both halves of every word's, one of each phrase's."""
        self.read()
        n = self.vectors.shape[-1]
        half = self.weight[:n]
        for _ in range(2):
            np.matmul(self.operators.reshape(-1, n), half)
        for made, onward in zip(self.made, self.onward, strict=True):
            vectors = self.vectors[: 2 * made, None]
            np.matmul(vectors, self.made_operators[: 2 * made])
            np.tanh(self.pairs(made))
            np.matmul(self.made_operators[:onward].reshape(-1, n), half)


def gradients(composer: Any, compose: Any, trees: Any) -> Any:
    import torch

    composer.zero_grad()
    with torch.enable_grad():
        compose(trees).square().sum().backward()
    return composer


def sums(composer: Any) -> list[float]:
    return [float(parameter.grad.sum()) for parameter in composer.parameters()]
