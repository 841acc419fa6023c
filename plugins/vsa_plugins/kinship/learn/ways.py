"""What gates have chosen, as programs: ways of steps, and the union of ways that explains best.

A way is a list of steps, first to last, a step the names of the primitives chosen there; a word is
any of several ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.learn.programs import log_posterior
from vsa_plugins.kinship.relations.program import Compose, Converse, Node, Primitive, Union, join
from vsa_plugins.kinship.relations.words import WORDS

Way = tuple[tuple[str, ...], ...]
Ways = tuple[Way, ...]
CANDIDATES = 40  # ways of pairs that are tried for a word


def node_of(ways: Ways) -> Node:
    """The program of working primitives: a union of compositions of unions."""
    found = []
    for way in ways:
        steps = [join(Union, *map(_primitive, step)) for step in way]
        found.append(join(Compose, *reversed(steps)))
    return join(Union, *found)


def _primitive(name: str) -> Node:
    if name == "child":
        return Converse(Primitive("parent"))
    return WORDS[name].node if name == "sibling" else Primitive(name)


def mass_of(ways: Ways, names: Sequence[str], primitives: Array) -> Array:
    """In how many ways each y is reached from each x (n, n), by matrices (p, n, n) of the names."""
    at = {name: i for i, name in enumerate(names)}
    total = np.zeros(primitives.shape[1:], dtype=np.float64)
    for way in ways:
        here = np.eye(len(total))
        for step in way:
            here = here @ sum(primitives[at[name]] for name in step)
        total += here
    return total


class Chooser:
    """The posterior of programs for the examples (k, 2) of a word."""

    def __init__(self, examples: Array, names: Sequence[str], primitives: Array) -> None:
        self.examples, self.names, self.primitives = examples, names, primitives
        self._known: dict[Ways, float] = {}

    def score(self, ways: Ways) -> float:
        """The log posterior, as of a program that was searched for."""
        if ways not in self._known:
            reached = mass_of(ways, self.names, self.primitives) > 0
            inside = int(reached[tuple(self.examples.T)].sum())
            # every primitive counts as one leaf, sibling too
            count = sum(len(step) for way in ways for step in way)
            n = len(reached)
            self._known[ways] = float(
                log_posterior(int(reached.sum()), inside, len(self.examples), n, max(count, 1))
            )
        return self._known[ways]

    def best(self, candidates: Iterable[Ways]) -> Ways:
        """The likeliest of some."""
        return max(dict.fromkeys(candidates), key=self.score)

    def union(self, candidates: Iterable[Way]) -> Ways:
        """The union of ways that is likeliest, found by adding the best one while it helps."""
        left = list(dict.fromkeys(candidates))[:CANDIDATES]
        chosen: Ways = ()
        while left:
            best = max(left, key=lambda way: self.score((*chosen, way)))
            if chosen and self.score((*chosen, best)) <= self.score(chosen):
                break
            chosen = (*chosen, best)
            left.remove(best)
        return chosen
