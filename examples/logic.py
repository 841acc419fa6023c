"""Propositional logic learnt from six trees (Socher, Huval, Manning & Ng 2012, section 3.2).

One number for a content, one for an operator; true is 1, false is 0, g(x) = max(min(x, 1), 0). The
six trees are the truth tables of ∧ and ¬. The top of a tree must equal true or false in content and
in operator: a formula can be part of another one only if it acts on others as its value does.
Gradients and restarts find it; then formulas of any depth come out right.

    python examples/logic.py
"""

from __future__ import annotations

import numpy as np
import torch
from vsa_plugins.composition import Composer, Tree

from vsa.nn import torch_threads

VALUES = ("false", "true")
AND, NOT = Tree(("and",)), Tree(("not",))


def table() -> list[tuple[Tree, bool]]:
    """The six trees and their truth."""
    value = [Tree((name,)) for name in VALUES]
    both = [(conjunction(value[a], value[b]), bool(a and b)) for a in (0, 1) for b in (0, 1)]
    return both + [(Tree.pair(NOT, value[a]), not a) for a in (0, 1)]


def conjunction(a: Tree, b: Tree) -> Tree:
    return Tree.pair(a, Tree.pair(AND, b))


def formula(rng: np.random.Generator, depth: int) -> tuple[Tree, bool]:
    """A random formula in which so many connectives are nested, and its truth."""
    if depth == 0:
        truth = bool(rng.integers(2))
        return Tree((VALUES[truth],)), truth
    deep, truth = formula(rng, depth - 1)
    if rng.random() < 0.4:
        return Tree.pair(NOT, deep), not truth
    other, also = formula(rng, int(rng.integers(depth)))
    pair = (deep, other) if rng.random() < 0.5 else (other, deep)
    return conjunction(*pair), truth and also


@torch_threads()  # one: the tensors are small
def learn(seed: int, steps: int = 600, rate: float = 0.03) -> tuple[Composer, float]:
    """One try: the composer, and what is left of the loss."""
    composer = Composer([*VALUES, "and", "not"], 1, activation="clip", seed=seed, dtype="float64")
    rng = np.random.default_rng(seed)
    tables = composer.tables
    with torch.no_grad():
        for parameter in composer.parameters():
            parameter.copy_(torch.from_numpy(rng.normal(0, 1, parameter.shape)))
        tables["content"][:2] = torch.tensor([[0.0], [1.0]])
    plan = composer.plan([tree for tree, _ in table()])
    wanted = [int(truth) for _, truth in table()]
    optimizer = torch.optim.Adam(composer.parameters(), lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        content, operator = composer.states(plan)
        goal = tables["operator"][wanted]
        loss = (content - tables["content"].detach()[wanted]).square().sum()
        loss = loss + (operator - goal).square().sum()
        loss.backward()
        tables["content"].grad[:2] = 0  # true and false are what they are
        optimizer.step()
        if float(loss.detach()) < 1e-10:
            break
    return composer, float(loss.detach())


def learnt(tries: int = 200) -> tuple[Composer, int]:
    """The first try that gets the six trees right, and its number."""
    for seed in range(tries):
        composer, loss = learn(seed)
        if loss < 1e-6:
            return composer, seed
    raise RuntimeError(f"none of {tries} tries got the six trees right")


def accuracy(composer: Composer, depth: int, count: int = 1000) -> float:
    """The share of random formulas whose top is nearer to the right value."""
    rng = np.random.default_rng(depth)
    trees, truths = zip(*(formula(rng, depth) for _ in range(count)), strict=True)
    with torch.no_grad():
        tops = composer(trees)[:, 0].numpy()
    return float(np.mean((tops > 0.5) == np.array(truths)))


def main() -> None:
    composer, seed = learnt()
    print(f"the six trees are learnt at try {seed + 1}")
    for depth in range(1, 9):
        print(f"formulas of depth {depth}: {accuracy(composer, depth):.3f} right")


if __name__ == "__main__":
    main()
