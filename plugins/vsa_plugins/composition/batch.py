"""Many trees of different shape as steps: what is computed together, and where its parts are.

Everything of one height is computed together, after all words. Equal subtrees are one, so a word
or a phrase that comes a hundred times is computed once. Where states are large, trees are taken a
block at a time and a height a stretch at a time, so that what is at work stays in the cache. All
of this is array arithmetic; no network is looked at.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vsa.errors import VsaError
from vsa.lang.errors import closest, shown, suggest
from vsa_plugins.composition.trees import Array, Tree


@dataclass(frozen=True, slots=True)
class Step:
    """Compositions of one height, ordered by type.

    start: the row of the first that is made; the others follow.  left, right (m,): rows of the
    parts.  spans: (type, start, stop) of the m.  onward: whether later steps need them.  asked:
    whether one is chosen.
    """

    start: int
    left: Array
    right: Array
    spans: tuple[tuple[int, int, int], ...]
    onward: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Trees that are composed together: rows are the words', then what the steps make.

    count: of all rows.  rows: of the chosen nodes.
    """

    words: Array
    steps: tuple[Step, ...]
    count: int
    rows: Array


@dataclass(frozen=True, slots=True)
class Plan:
    """How to compute chosen nodes of trees.

    nodes: (tree, node) of each.  order: where each is in what the blocks choose.
    """

    trees: tuple[Tree, ...]
    nodes: tuple[tuple[int, int], ...]
    blocks: tuple[Block, ...]
    order: Array

    @classmethod
    def of(
        cls,
        trees: Sequence[Tree],
        index: Mapping[str, int],
        types: Mapping[str, int] | None = None,
        nodes: Sequence[tuple[int, int]] | None = None,
        *,
        block: int = 1 << 62,
        step: int = 1 << 62,
    ) -> Plan:
        """Plan the roots of trees, or `nodes`, pairs of a tree's number and a node of it.

        index: the words' numbers.  types: those of the tags, or None where all are alike.
        block, step: about how many nodes a block has, and how many at most a step makes.
        """
        trees = tuple(trees)
        if nodes is None:
            nodes = [(i, tree.root) for i, tree in enumerate(trees)]
        if not nodes:
            raise VsaError("there are no trees to compose: the batch is empty")
        chosen = tuple((i, trees[i].number(node)) for i, node in nodes)
        words, kinds = _words(trees, index), _types(trees, types)
        lengths = np.array([len(tree) for tree in trees])
        starts = np.concatenate([[0], np.cumsum(lengths)])  # of each tree's words among all
        wanted = np.array(chosen)
        number = (2 * starts[:-1] // block)[wanted[:, 0]]  # the block of each chosen node
        blocks, chosen_rows = [], []
        for here in np.unique(number):
            first, last = np.searchsorted(2 * starts[:-1] // block, [here, here + 1])
            a, b = starts[first], starts[last]
            rows = np.flatnonzero(number == here)
            asked = wanted[rows] - [first, 0]
            part = trees[first:last]
            blocks.append(
                _planned(part, asked, words[a:b], kinds[a - first : b - last], step)
            )
            chosen_rows.append(rows)
        return cls(trees, chosen, tuple(blocks), np.argsort(np.concatenate(chosen_rows)))


def _words(trees: Sequence[Tree], index: Mapping[str, int]) -> Array:
    """The numbers of all words of all trees."""
    try:
        return np.array([index[w] for tree in trees for w in tree.words], dtype=np.int64)
    except KeyError as error:
        word = error.args[0]
    where = next(i for i, tree in enumerate(trees) if word in tree.words)
    near = suggest(word, index) or 'add it first, or say unknown="atom"'
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
    trees: tuple[Tree, ...], asked: Array, words: Array, types: Array, step: int
) -> Block:
    """The block of trees; asked (k, 2): tree and node of what is chosen."""
    lengths = np.array([len(tree) for tree in trees])
    starts = np.concatenate([[0], np.cumsum(2 * lengths - 1)])  # of each tree's nodes among all
    heights = np.concatenate([tree.heights for tree in trees])
    parts = np.concatenate([tree.parts for tree in trees])
    parts += np.repeat(starts[:-1], lengths - 1)[:, None]
    inner = np.flatnonzero(heights)

    # every node's row: unique words first, then height by height
    unique, inverse = np.unique(words, return_inverse=True)
    row = np.empty(len(heights), dtype=np.int64)
    row[heights == 0] = inverse.ravel()
    order = np.argsort(heights[inner], kind="stable")
    ends = np.cumsum(np.bincount(heights[inner], minlength=1)[1:])
    most = len(heights) + 1
    total = len(unique)
    found: list[tuple[Array, Array, Array]] = []  # type, left, right of each height
    for here in np.split(order, ends[:-1]) if len(inner) else []:
        left, right = row[parts[here]].T
        keys, inverse = np.unique((types[here] * most + left) * most + right, return_inverse=True)
        row[inner[here]] = total + inverse.ravel()
        total += len(keys)
        found.append((keys // most // most, keys // most % most, keys % most))

    rows = row[starts[asked[:, 0]] + asked[:, 1]]
    used, chosen = np.zeros((2, total), dtype=bool)
    chosen[rows] = True
    for _, left, right in found:
        used[left] = used[right] = True
    steps = []
    start = len(unique)
    for kinds, left, right in found:
        for a in range(0, len(kinds), step):
            part = slice(a, a + step)
            made = slice(start, start + len(kinds[part]))
            edges = np.flatnonzero(np.diff(kinds[part])) + 1
            bounds = itertools.pairwise([0, *edges.tolist(), len(kinds[part])])
            spans = tuple((int(kinds[a + i]), i, j) for i, j in bounds)
            onward, wanted = bool(used[made].any()), bool(chosen[made].any())
            steps.append(Step(start, left[part], right[part], spans, onward, wanted))
            start = made.stop
    return Block(unique, tuple(steps), total, rows)
