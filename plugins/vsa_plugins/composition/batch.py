"""Many trees of different shape as levels: what is computed together, and where its parts are.

Everything of one height is computed at once, words when they are first needed. Equal subtrees are
one, so a word or a phrase that comes a hundred times is computed once. Only what a later level
needs is kept from level to level. All of this is array arithmetic; no network is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsa.errors import VsaError
from vsa.lang.errors import closest, shown, suggest
from vsa_plugins.composition.applied import Applied, applied, spans_of
from vsa_plugins.composition.trees import Array, Tree


@dataclass(frozen=True, slots=True)
class Level:
    """Compositions of one height, ordered by type.

    words (k,): looked up for this level.  The pool is these, what was kept, and what the level
    before made.  left, right (m,): the parts, as rows of the pool.  spans: (type, start, stop) of
    the m rows.  keep: rows of the pool that later levels need.  onward: whether later levels need
    what is made here.  take: the rows made here that are asked for.
    """

    words: Array
    left: Array
    right: Array
    spans: tuple[tuple[int, int, int], ...]
    keep: Array
    onward: bool
    take: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """How to compute chosen nodes of trees.

    words: those that are asked for as such.  rows: for each chosen node its row in the words and
    then what the levels take.  nodes: (tree, node) of each.  applied: how to compute contents
    alone, where that is cheaper another way.
    """

    trees: tuple[Tree, ...]
    nodes: tuple[tuple[int, int], ...]
    words: Array
    levels: tuple[Level, ...]
    rows: Array
    applied: Applied | None = None

    @classmethod
    def of(
        cls,
        trees: Sequence[Tree],
        index: Mapping[str, int],
        types: Mapping[str, int] | None = None,
        nodes: Sequence[tuple[int, int]] | None = None,
        dim: int = 0,
    ) -> Plan:
        """Plan the roots of trees, or `nodes`, pairs of a tree's number and a node of it.

        index: the words' numbers.  types: those of the tags, or None where all are alike.
        dim: n, where vectors may be handed down instead of computing operators; see `applied.py`.
        """
        trees = tuple(trees)
        if nodes is None:
            nodes = [(i, tree.root) for i, tree in enumerate(trees)]
        if not nodes:
            raise VsaError("there are no trees to compose: the batch is empty")
        chosen = tuple((i, trees[i].number(node)) for i, node in nodes)
        return _planned(trees, chosen, _words(trees, index), _types(trees, types), dim)


def _words(trees: Sequence[Tree], index: Mapping[str, int]) -> Array:
    """The numbers of all words of all trees."""
    try:
        return np.array([index[w] for tree in trees for w in tree.words], dtype=np.int64)
    except KeyError as error:
        word = error.args[0]
    where = next(i for i, tree in enumerate(trees) if word in tree.words)
    near = suggest(word, index) or "add it first"
    raise VsaError(f"the word {shown(word)}{_of(trees, where)} is unknown: {near}")


def _types(trees: Sequence[Tree], types: Mapping[str, int] | None) -> Array:
    """The types of all compositions of all trees."""
    if types is None:
        return np.zeros(sum(len(tree.nodes) for tree in trees), dtype=np.int64)
    try:
        return np.array([types[t] for tree in trees for _, _, t in tree.nodes], dtype=np.int64)
    except KeyError as error:
        tag = error.args[0]
    where = next(i for i, tree in enumerate(trees) if any(t == tag for _, _, t in tree.nodes))
    near = closest(tag, types)
    known = ", ".join(name for name in types if name)
    hint = f"did you mean {shown(near)}?" if near else f"the types are {known}"
    raise VsaError(f"the tag {shown(tag)}{_of(trees, where)} is unknown: {hint}")


def _of(trees: Sequence[Tree], number: int) -> str:
    """Which tree is meant: " of tree 3, '(very good)',"; nothing where there is one."""
    return f" of tree {number + 1}, {shown(str(trees[number]))}," if len(trees) > 1 else ""


def _planned(
    trees: tuple[Tree, ...],
    nodes: tuple[tuple[int, int], ...],
    words: Array,
    types: Array,
    dim: int,
) -> Plan:
    lengths = np.array([len(tree) for tree in trees])
    starts = np.concatenate([[0], np.cumsum(2 * lengths - 1)])  # of each tree's nodes among all
    heights = np.concatenate([tree.heights for tree in trees])
    parts = np.concatenate([tree.parts for tree in trees])
    parts += np.repeat(starts[:-1], lengths - 1)[:, None]
    inner = np.flatnonzero(heights)
    asked = np.array([starts[i] + node for i, node in nodes])

    # every node's number as something to compute: unique words first, then level by level
    unique, inverse = np.unique(words, return_inverse=True)
    number = np.empty(len(heights), dtype=np.int64)
    number[heights == 0] = inverse.ravel()
    order = np.argsort(heights[inner], kind="stable")
    ends = np.cumsum(np.bincount(heights[inner], minlength=1)[1:])
    most = len(heights) + 1
    total = len(unique)
    found: list[tuple[Array, Array, Array]] = []  # type, left, right of the levels
    for here in np.split(order, ends[:-1]) if len(inner) else []:
        left, right = number[parts[here]].T
        keys, inverse = np.unique((types[here] * most + left) * most + right, return_inverse=True)
        number[inner[here]] = total + inverse.ravel()
        total += len(keys)
        found.append((keys // most // most, keys // most % most, keys % most))

    last = np.zeros(total, dtype=np.int64)  # the level that needs something last
    for level, (_, left, right) in enumerate(found, 1):
        last[left] = last[right] = level
    wanted = np.zeros(total, dtype=bool)
    wanted[number[asked]] = True
    levels, taken = _levels(found, last, wanted, unique)
    row = np.empty(total, dtype=np.int64)
    row[taken] = np.arange(len(taken))
    first = np.flatnonzero(wanted[: len(unique)])
    down = applied(unique, found, number[asked], dim) if dim else None
    return Plan(trees, nodes, unique[first], tuple(levels), row[number[asked]], down)


def _levels(
    found: list[tuple[Array, Array, Array]], last: Array, wanted: Array, names: Array
) -> tuple[list[Level], Array]:
    """The levels, and the numbers of what they take, the chosen words first.

    names: the vocabulary's numbers of the words.
    """
    words = len(names)
    place = np.empty(len(last), dtype=np.int64)
    taken = [np.flatnonzero(wanted[:words])]
    levels = []
    carried = new = np.zeros(0, dtype=np.int64)
    start = words
    for number, (types, left, right) in enumerate(found, 1):
        both = np.concatenate([left, right])
        looked = np.unique(both[both < words])
        pool = np.concatenate([looked, carried, new])
        place[pool] = np.arange(len(pool))
        keep = len(looked) + np.flatnonzero(last[pool[len(looked) :]] > number)
        carried = pool[keep]
        made = np.arange(start, start + len(left))
        start += len(left)
        take = np.flatnonzero(wanted[made])
        taken.append(made[take])
        onward = bool((last[made] > number).any())
        new = made if onward else made[:0]
        looked_up, here, there = names[looked], place[left], place[right]
        levels.append(Level(looked_up, here, there, spans_of(types), keep, onward, take))
    return levels, np.concatenate(taken)
