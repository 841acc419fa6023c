"""Many trees of different shape as levels: what is computed together, and where its parts are.

Everything of one height is computed at once, words when they are first needed. Equal subtrees are
one, so a word or a phrase that comes a hundred times is computed once. Only what a later level
needs is kept from level to level. All of this is array arithmetic; no network is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from operator import index, itemgetter

import numpy as np

from vsa import VsaError
from vsa.plugin import closest, shown, suggest
from vsa_plugins.composition.applied import Applied, Part, applied, ordered, spans_of
from vsa_plugins.composition.trees import Array, Tree


@dataclass(frozen=True, slots=True)
class Level:
    """Compositions of one height, ordered by type.

    words (k,): looked up for this level.  The pool is these, what was kept, and what the level
    before made.  left, right (m,): the parts, as rows of the pool.  spans: (type, start, stop) of
    the m rows.  keep: rows of the pool that later levels need.  onward: whether later levels need
    what is made here.
    """

    words: Array
    left: Array
    right: Array
    spans: tuple[tuple[int, int, int], ...]
    keep: Array
    onward: bool


@dataclass(frozen=True)
class Plan:
    """How to compute chosen nodes of trees.

    nodes: (tree, node) of each.  unique: the vocabulary's numbers of the words; these are what is
    numbered first, compositions follow level by level.  found: their types and parts.  words: the
    numbers of those that are asked for as such.  takes: of each level the rows that are asked for.
    rows: for each chosen node its row in the words and then what the levels take.
    """

    trees: tuple[Tree, ...]
    nodes: tuple[tuple[int, int], ...]
    unique: Array
    found: tuple[Part, ...]
    words: Array
    takes: tuple[Array, ...]
    rows: Array
    dim: int

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
        sizes = np.array([(len(tree.words), len(tree.nodes)) for tree in trees], np.int64)
        sizes = sizes.reshape(-1, 2)
        if nodes is None:
            chosen = tuple(enumerate((sizes.sum(1) - 1).tolist()))
        else:
            chosen = tuple(_node(trees, given) for given in nodes)
        if not chosen:
            raise VsaError("there are no trees to compose: the batch is empty")
        words, compositions = _words(trees, index), _compositions(trees, types)
        return _planned(trees, chosen, sizes, words, compositions, dim)

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """How to compute contents and operators."""
        return tuple(_levels(self.found, self.unique))

    @cached_property
    def applied(self) -> Applied | None:
        """How to compute contents alone, where that is cheaper another way."""
        return applied(len(self.unique), self.found, self.dim) if self.dim else None


def _words(trees: Sequence[Tree], index: Mapping[str, int]) -> Array:
    """The numbers of all words of all trees."""
    words = chain.from_iterable(tree.words for tree in trees)
    try:
        return np.fromiter(map(index.__getitem__, words), np.int64)
    except KeyError as error:
        word = error.args[0]
    raise unknown(word, trees, index)


def unknown(
    word: str, trees: Sequence[Tree], index: Mapping[str, int], mend: str = "add it first"
) -> VsaError:
    """The error of a word that is in a tree and has no number."""
    where = next(i for i, tree in enumerate(trees) if word in tree.words)
    near = suggest(word, index) or mend
    leaf = trees[where].words.index(word)
    above = next((k for k, node in enumerate(trees[where].nodes) if leaf in node[:2]), None)
    place = _place(trees, where, above)
    return VsaError(f"the word {shown(word)}{place} is unknown: {near}")


def _compositions(trees: Sequence[Tree], types: Mapping[str, int] | None) -> Part:
    """Types, left and right parts of all compositions of all trees, numbered within their tree."""
    nodes = list(chain.from_iterable(tree.nodes for tree in trees))
    left, right = (np.fromiter(map(itemgetter(i), nodes), np.int64, len(nodes)) for i in (0, 1))
    if types is None:
        return np.zeros(len(nodes), np.int64), left, right
    try:
        found = map(types.__getitem__, map(itemgetter(2), nodes))
        return np.fromiter(found, np.int64, len(nodes)), left, right
    except KeyError as error:
        tag = error.args[0]
    where, node = next(
        (i, k)
        for i, tree in enumerate(trees)
        for k, (_, _, one) in enumerate(tree.nodes)
        if one == tag
    )
    near = closest(tag, types)
    known = ", ".join(name for name in types if name)
    hint = f"did you mean {shown(near)}?" if near else f"the types are {known}"
    raise VsaError(f"the tag {shown(tag)}{_place(trees, where, node)} is unknown: {hint}")


def _place(trees: Sequence[Tree], number: int, composition: int | None) -> str:
    """Where a culprit is: " in '(very good)' of tree 3"; None where it is the tree itself."""
    tree = trees[number]
    phrase = "" if composition is None else str(tree.at(len(tree.words) + composition))
    of = f" of tree {number + 1}" if len(trees) > 1 else ""
    return (f" in {shown(phrase)}" if phrase else "") + of


def _node(trees: Sequence[Tree], given: tuple[int, int]) -> tuple[int, int]:
    """A pair of a tree's number and a node's, neither counted from the end."""
    try:
        number, node = map(index, given)
    except (TypeError, ValueError):
        raise VsaError(f"a node is a pair (tree, node) of numbers, not {given!r}") from None
    count = len(trees)
    if not -count <= number < count:
        many = f"{count} tree{'s' * (count != 1)}"
        raise VsaError(
            f"there is no tree {number}, as in {(number, node)}: the batch has {many}, counted from 0"
        )
    number %= count
    return number, trees[number].number(node)


def _planned(
    trees: tuple[Tree, ...],
    nodes: tuple[tuple[int, int], ...],
    sizes: Array,
    words: Array,
    compositions: Part,
    dim: int,
) -> Plan:
    """sizes: how many words and compositions the trees have."""
    lengths, sizes = sizes.T
    # among all trees words come first, compositions after them
    first = np.cumsum(lengths) - lengths
    later = len(words) + np.cumsum(sizes) - sizes - lengths

    def among_all(tree: Array, node: Array) -> Array:
        offset: Array = np.where(node < lengths[tree], first[tree], later[tree])
        return offset + node

    types, left, right = compositions
    tree = np.repeat(np.arange(len(trees)), sizes)
    left, right = among_all(tree, left), among_all(tree, right)
    asked = among_all(*np.array(nodes).T)

    # every node's number as something to compute, −1 while it has none
    number = np.full(len(words) + len(left), -1)
    unique, number[: len(words)] = _distinct(words)
    total = len(unique)
    found: list[Part] = []
    waiting = np.arange(len(left))
    while len(waiting):
        one, two = number[left[waiting]], number[right[waiting]]
        ready = np.minimum(one, two) >= 0
        here = np.flatnonzero(ready)
        if not len(here):
            raise VsaError("a tree's parts are numbered before what they are part of")
        pairs = (types[waiting[here]] * total + one[here]) * total + two[here]
        keys, inverse = _distinct(pairs)
        above, two = np.divmod(keys, total)
        found.append((*np.divmod(above, total), two))
        number[len(words) + waiting[here]] = total + inverse
        total += len(keys)
        waiting = waiting[np.flatnonzero(~ready)]

    wanted = np.zeros(total, dtype=bool)
    wanted[number[asked]] = True
    row = np.cumsum(wanted) - 1
    ends = np.cumsum([len(unique), *(len(kind) for kind, _, _ in found)])
    chosen, *takes = map(np.flatnonzero, np.split(wanted, ends[:-1]))
    return Plan(
        trees, nodes, unique, tuple(found), unique[chosen], tuple(takes), row[number[asked]], dim
    )


def _distinct(keys: Array) -> tuple[Array, Array]:
    """Distinct keys in order, and which of them each key is."""
    order = ordered(keys)
    there = keys[order]
    new = np.ones(len(keys), dtype=bool)
    new[1:] = there[1:] != there[:-1]
    which = np.empty(len(keys), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    return there[new], which


def _levels(found: Sequence[Part], names: Array) -> list[Level]:
    """names: the vocabulary's numbers of the words."""
    words = len(names)
    total = words + sum(len(left) for _, left, _ in found)
    last = np.zeros(total, dtype=np.int64)  # the level that needs something last
    for number, (_, left, right) in enumerate(found, 1):
        last[left] = last[right] = number
    place = np.empty(total, dtype=np.int64)
    levels = []
    carried = new = np.zeros(0, dtype=np.int64)
    start = words
    for number, (types, left, right) in enumerate(found, 1):
        looked = np.zeros(words + 1, dtype=bool)  # the last stands for compositions
        looked[np.minimum(left, words)] = looked[np.minimum(right, words)] = True
        here = np.flatnonzero(looked[:words])
        pool = np.concatenate([here, carried, new])
        place[pool] = np.arange(len(pool))
        keep = len(here) + np.flatnonzero(last[pool[len(here) :]] > number)
        carried = pool[keep]
        made = np.arange(start, start + len(left))
        start += len(left)
        onward = bool((last[made] > number).any())
        new = made if onward else made[:0]
        levels.append(Level(names[here], place[left], place[right], spans_of(types), keep, onward))
    return levels
