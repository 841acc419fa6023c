"""Contents alone, without the operators of phrases: vectors go down the tree instead.

In a whole an operator acts on one vector, the content of its neighbour, and P = W_M [A; B] gives
P v = W₁ (A v) + W₂ (B v): so v is handed down to the words and what they make of it comes back up.
For a node under d others that is d products of n² numbers and not one of n³, and no matrices are
held. Where equal words act on many vectors at once, they do it in one product.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vsa_plugins.composition.forms import Matrix, State, Tensor, torch
from vsa_plugins.composition.trees import Array

HEIGHT = 50  # of trees that this is done for: a tree of d levels takes d²/2 steps
SIZE = 10_000  # nodes from which on this is faster, as measured
Part = tuple[Array, Array, Array]  # type, left and right of compositions of one height
Spans = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Words (k,) that act on about as many vectors each: the contents' rows (k × width,)."""

    words: Array
    rows: Array


@dataclass(frozen=True, slots=True)
class Layer:
    """What vectors meet on their way: first words, then phrases, ordered by type.

    leaves (a,): rows of what the groups made.  left, right (b,): rows of the next layer, what the
    phrases' parts made of the same vectors.  spans: the types of the b phrases.
    """

    leaves: Array
    left: Array
    right: Array
    spans: Spans


@dataclass(frozen=True, slots=True)
class Step:
    """Compositions of one height. second, first (m,): rows of the first layer, Ba and Ab."""

    groups: tuple[Group, ...]
    layers: tuple[Layer, ...]
    second: Array
    first: Array
    spans: Spans


@dataclass(frozen=True, slots=True)
class Applied:
    """words: the vocabulary's numbers of the contents that come first.  rows: those asked for."""

    words: Array
    steps: tuple[Step, ...]
    rows: Array


def applied(words: Array, found: Sequence[Part], rows: Array, dim: int) -> Applied | None:
    """How to hand vectors down, or None where whole operators are cheaper.

    words: the vocabulary's numbers of the unique words, which are numbered first.  found: the
    compositions, numbered level by level.  rows: the numbers asked for.
    """
    total = len(words) + sum(len(types) for types, _, _ in found)
    if not 0 < len(found) <= HEIGHT or total < SIZE:
        return None
    if _cost(len(words), found, total) > total * dim:
        return None
    kinds = np.concatenate([np.full(len(words), -1), *(types for types, _, _ in found)])
    left = np.concatenate([np.zeros(len(words), np.int64), *(part for _, part, _ in found)])
    right = np.concatenate([np.zeros(len(words), np.int64), *(part for _, _, part in found)])
    steps = []
    for types, one, two in found:
        acting, vectors = np.concatenate([two, one]), np.concatenate([one, two])
        layers, leaves = _layers(acting, vectors, kinds, left, right)
        groups, place = _groups(*leaves, words)
        m, start = len(types), 0
        placed = []
        for inner, order in layers:
            count = len(order) - len(inner.left)
            at = place[start : start + count]
            placed.append(Layer(at, inner.left, inner.right, inner.spans))
            start += count
        position = layers[0][1]
        steps.append(
            Step(tuple(groups), tuple(placed), position[:m], position[m:], spans_of(types))
        )
    return Applied(words, tuple(steps), rows)


def spans_of(types: Array) -> Spans:
    """(type, start, stop) of ordered types."""
    edges = [0, *(np.flatnonzero(np.diff(types)) + 1).tolist(), len(types)]
    return tuple((int(types[a]), a, b) for a, b in itertools.pairwise(edges) if b > a)


def _cost(words: int, found: Sequence[Part], total: int) -> int:
    """Products of n² numbers that handing down takes: one at a word, two at a phrase."""
    cost = np.ones(total, dtype=np.int64)
    start, whole = words, 0
    for _, left, right in found:
        both = cost[left] + cost[right]
        cost[start : start + len(left)] = both + 2
        start += len(left)
        whole += int(both.sum())
    return whole


def _layers(
    acting: Array, vectors: Array, kinds: Array, left: Array, right: Array
) -> tuple[list[tuple[Layer, Array]], tuple[Array, Array]]:
    """The layers with where each of what comes in is in them; the words and vectors that meet."""
    several = kinds.max() > 0
    layers: list[tuple[Layer, Array]] = []
    met: list[tuple[Array, Array]] = []
    while len(acting):
        kind = kinds[acting]
        leaf, inner = np.flatnonzero(kind < 0), np.flatnonzero(kind >= 0)
        if several:
            inner = inner[np.argsort(kind[inner], kind="stable")]
        position = np.empty(len(acting), dtype=np.int64)
        position[leaf] = np.arange(len(leaf))
        position[inner] = np.arange(len(leaf), len(acting))
        met.append((acting[leaf], vectors[leaf]))
        spans = spans_of(kind[inner])
        if layers:  # the layer above has its phrases' parts in this one
            above = layers[-1][0]
            half = len(acting) // 2
            layer = Layer(above.leaves, position[:half], position[half:], above.spans)
            layers[-1] = (layer, layers[-1][1])
        layers.append((Layer(leaf, inner, inner, spans), position))
        down = acting[inner]
        acting = np.concatenate([left[down], right[down]])
        vectors = np.concatenate([vectors[inner], vectors[inner]])
    return layers, (np.concatenate([w for w, _ in met]), np.concatenate([v for _, v in met]))


def _groups(acting: Array, vectors: Array, words: Array) -> tuple[list[Group], Array]:
    """Groups of words with nearly as many vectors, padded, and where each pair's result is."""
    small = acting.astype(np.min_scalar_type(len(words)))  # few bits are sorted by radix
    order = np.argsort(small, kind="stable")
    every = np.bincount(acting, minlength=len(words))
    unique = np.flatnonzero(every)
    counts = every[unique]
    widths = 2 ** np.ceil(np.log2(counts)).astype(np.int64)
    starts = np.cumsum(counts) - counts
    place = np.empty(len(acting), dtype=np.int64)
    groups = []
    base = 0
    for width in np.unique(widths):
        chosen = np.flatnonzero(widths == width)
        rows = np.zeros((len(chosen), width), dtype=np.int64)
        which = np.repeat(np.arange(len(chosen)), counts[chosen])
        within = np.arange(len(which)) - np.repeat(
            np.cumsum(counts[chosen]) - counts[chosen], counts[chosen]
        )
        taken = order[np.repeat(starts[chosen], counts[chosen]) + within]
        rows[which, within] = vectors[taken]
        place[taken] = base + which * width + within
        groups.append(Group(words[unique[chosen]], rows.ravel()))
        base += rows.size
    return groups, place


def contents(plan: Applied, form: Matrix, leaves: Callable[[Tensor], State]) -> Tensor:
    """Contents of the nodes that are asked for (m, n).

    leaves: the states of words, by their numbers.
    """
    made, _ = leaves(torch.from_numpy(plan.words))
    device = made.device

    def at(rows: Array) -> Tensor:
        return torch.from_numpy(rows).to(device)

    for step in plan.steps:
        acted = []
        for group in step.groups:
            _, operators = leaves(torch.from_numpy(group.words))
            given = made.index_select(0, at(group.rows))
            given = given.reshape(len(group.words), -1, given.shape[-1])
            acted.append(torch.bmm(given, operators).flatten(0, 1))
        words = torch.cat(acted)
        below: Tensor = None
        for layer in reversed(step.layers):
            here = words.index_select(0, at(layer.leaves))
            if layer.spans:
                left, right = (below.index_select(0, at(r)) for r in (layer.left, layer.right))
                phrases = form.linear(left, right, form.operators, layer.spans, None)
                here = torch.cat([here, phrases])
            below = here
        second, first = (below.index_select(0, at(rows)) for rows in (step.second, step.first))
        made = torch.cat([made, form.content(second, first, step.spans, None)])
    return made.index_select(0, at(plan.rows))
