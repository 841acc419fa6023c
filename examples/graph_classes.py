"""Classes of graphs by message passing with binding: which nodes stand beside which.

    python examples/graph_classes.py

Graphs of 48 nodes, two labels, 24 of each, and four neighbours for every node: two rings through all of
them, in which labels follow one pattern but for some nodes that are shuffled. The patterns are the
classes. Labels and degrees alone are the same in all. The second and third pattern have the same pairs of
neighbours, too, so that only two rounds of messages tell them apart.

A node begins as the atom of its label, and in each round is bound with the permuted sum of its neighbours;
the graph is the sum of all nodes, one vector for each round. A round is what GraphHD does (Nunes et al.
2022: the sum of bound edges), with labels in place of its ranks.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa import Space, Vector
from vsa.learn import HyperClassifier

PATTERNS = ("AAAABBBB", "AABABBAB", "AABABABB")
NODES, ROUNDS = 48, 2
Graph = tuple[Any, Any]  # labels (nodes,) and neighbours (nodes, 4)


def graph(pattern: str, rng: np.random.Generator, shuffled: float = 0.15) -> Graph:
    """One of a class: two rings, each from node to node in the order of the pattern."""
    labels = np.repeat([0, 1], NODES // 2)
    neighbours = []
    for _ in range(2):
        nodes = [rng.permutation(np.flatnonzero(labels == label)).tolist() for label in (0, 1)]
        ring = np.array([nodes["AB".index(letter)].pop() for letter in pattern * (NODES // 8)])
        moved = np.flatnonzero(rng.random(NODES) < shuffled)
        ring[moved] = ring[rng.permutation(moved)]
        at = np.argsort(ring)
        neighbours += [ring[(at + step) % NODES] for step in (-1, 1)]
    return labels, np.stack(neighbours, -1)


def graphs(count: int, seed: int) -> tuple[list[Graph], Any]:
    """So many of each class, and their classes."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(PATTERNS)), count)
    return [graph(PATTERNS[c], rng) for c in classes], classes


def encoded(given: Graph, atoms: Vector, rounds: int = ROUNDS) -> list[Any]:
    """The sums of all nodes (dim,) after none, one, … rounds of messages."""
    labels, neighbours = given
    nodes = atoms[labels]
    sums = [nodes.bundle()]
    for _ in range(rounds):
        nodes = nodes * nodes[neighbours].bundle(axis=1).permute()
        sums.append(nodes.bundle())
    return [np.asarray(total.space.algebra.pack(total.data)) for total in sums]


def bag(given: Graph) -> Any:
    """The control: how often each label and each degree are there."""
    labels, neighbours = given
    degrees = np.bincount(np.full(len(neighbours), neighbours.shape[1]), minlength=8)
    return np.concatenate([np.bincount(labels, minlength=2), degrees]).astype(float)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description="Classes of graphs by message passing.")
    parser.add_argument("--count", type=int, default=150, help="graphs of each class")
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    atoms = Space(options.dim, seed=options.seed).batch(["A", "B"])
    fitted, classes = graphs(options.count, options.seed)
    tested, right = graphs(options.count, options.seed + 1)
    rows = [np.stack([encoded(g, atoms) for g in some], 1) for some in (fitted, tested)]
    found = {}

    def score(name: str, x: Any, x_tested: Any) -> None:
        model = HyperClassifier(encoder="passthrough").fit(x, classes)
        found[name] = float(model.score(x_tested, right))
        print(f"{name:<22} {found[name]:6.1%}")

    score("labels and degrees", *(np.stack([bag(g) for g in some]) for some in (fitted, tested)))
    for k in range(ROUNDS + 1):
        score(f"{k} rounds of messages", rows[0][k], rows[1][k])
    return found


if __name__ == "__main__":
    main()
