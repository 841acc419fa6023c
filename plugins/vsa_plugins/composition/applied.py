"""Contents alone, without the operators of phrases: vectors go down the tree instead.

In a whole an operator acts on one vector, the content of its neighbour, and P = W_M [A; B] gives
P v = W₁ (A v) + W₂ (B v): so v is handed down to the words and what they make of it comes back up.
For a node under d others that is d products of n² numbers and not one of n³, and no matrices are
held. All vectors of one height go down together, and equal words act on theirs in one product.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vsa_plugins.composition.trees import Array

HEIGHT = 50  # of trees that this is done for: a tree of d levels takes d²/2 steps
SIZE = 10_000  # nodes from which on this is faster, as measured
WIDTHS = np.unique(np.ceil(1.25 ** np.arange(150)).astype(np.int64))  # to which words are padded
Part = tuple[Array, Array, Array]  # type, left and right of compositions of one height
Spans = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Where vectors meet words and phrases at one depth, the parts of a phrase side by side.

    rows (m,): of what the words made of all vectors and, after them, of what phrases made at this
    depth.  spans: the types of these phrases, whose parts the next layer has.
    """

    rows: Array
    spans: Spans


@dataclass(frozen=True, slots=True)
class Step:
    """How the vectors of one height go down, and the compositions of the next.

    words (k,): of those in the plan, grouped by how many vectors each acts on.  groups: how many,
    and that width.  rows: of the vectors, a word's side by side, padded to the width.  sizes: how
    many of what comes of them go to each later step, the next one first.  pairs (2m,): rows of what
    has come for the m compositions, each Ba and Ab.  spans: their types.
    """

    words: Array
    groups: tuple[tuple[int, int], ...]
    rows: Array
    layers: tuple[Layer, ...]
    sizes: tuple[int, ...]
    pairs: Array
    spans: Spans


@dataclass(frozen=True, slots=True)
class Applied:
    """A step for each height of vectors, those of words first."""

    steps: tuple[Step, ...]


def applied(words: int, found: Sequence[Part], dim: int) -> Applied | None:
    """How to hand vectors down, or None where whole operators are cheaper.

    words: how many there are; they are numbered first.  found: the compositions, numbered level by
    level.
    """
    total = words + sum(len(types) for types, _, _ in found)
    if not 0 < len(found) <= HEIGHT or total < SIZE:
        return None
    if _cost(words, found, total) > total * dim:
        return None
    return handed_down(words, found)


def handed_down(words: int, found: Sequence[Part]) -> Applied:
    """How to hand vectors down, whether that is cheap or not."""
    counts = np.array([words, *(len(types) for types, _, _ in found)])
    none = np.zeros(words, np.int64)
    kinds, left, right = (np.concatenate([none, *parts]) for parts in zip(*found, strict=True))
    heights = np.repeat(np.arange(len(counts)), counts)
    starts = np.concatenate([[0], np.cumsum(counts)])

    # what meets at the tops, ordered by the vector's height and then by the whole's
    whole = np.repeat(heights[words:], 2)
    acting, vectors = _pairs(right[words:], left[words:]), _pairs(left[words:], right[words:])
    steps = len(found)
    meeting = heights[vectors] * (steps + 1) + whole
    order = ordered(meeting)
    sizes = np.bincount(meeting, minlength=steps * (steps + 1)).reshape(steps, -1)
    place = np.empty(len(order), dtype=np.int64)
    place[order[ordered(whole[order])]] = np.arange(len(order))
    place -= 2 * (starts[whole] - words)
    local = (vectors - starts[heights[vectors]])[order]

    depths, met = _depths(acting[order], local, sizes.sum(1), words, kinds, left, right)
    groups, padded, at = _groups(*met, words, steps)
    layers = _laid(depths, at, padded)
    made = []
    for i, (types, _, _) in enumerate(found):
        pairs = place[slice(*2 * (starts[i + 1 : i + 3] - words))]
        later = tuple(sizes[i, i + 1 :].tolist())
        made.append(Step(*groups[i], tuple(layers[i]), later, pairs, spans_of(types)))
    return Applied(tuple(made))


def ordered(keys: Array) -> Array:
    """Where whole numbers from 0 on stand in order, equal ones as they come; few bits are fast."""
    digits, bits = 16, int(keys.max(initial=0)).bit_length()
    order = np.argsort(keys.astype(np.uint16), kind="stable")  # by radix, 16 bits of them
    for shift in range(digits, bits, digits):
        order = order[np.argsort((keys[order] >> shift).astype(np.uint16), kind="stable")]
    return order


def spans_of(types: Array) -> Spans:
    """(type, start, stop) of ordered types."""
    if len(types) and types[0] == types[-1]:
        return ((int(types[0]), 0, len(types)),)
    edges = [0, *(np.flatnonzero(np.diff(types)) + 1).tolist(), len(types)]
    return tuple((int(types[a]), a, b) for a, b in itertools.pairwise(edges) if b > a)


def _pairs(one: Array, two: Array) -> Array:
    """Of each the one and then the two."""
    both = np.empty(2 * len(one), dtype=np.int64)
    both[::2], both[1::2] = one, two
    return both


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


@dataclass(frozen=True, slots=True)
class _Depth:
    """All that meets at one depth, ordered by step.

    leaf, inner: where words meet vectors and where phrases do, among all.  kinds: of the phrases.
    bounds, phrases: of the steps among all and among the phrases.
    """

    leaf: Array
    inner: Array
    kinds: Array
    bounds: Array
    phrases: Array


def _depths(
    acting: Array, vectors: Array, sizes: Array, words: int, kinds: Array, left: Array, right: Array
) -> tuple[list[_Depth], tuple[Array, Array, Array]]:
    """What meets at each depth; the words, vectors and steps that meet at all of them."""
    steps = np.arange(len(sizes))
    several = kinds.max() > 0
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    found: list[_Depth] = []
    met: list[tuple[Array, Array, Array]] = []
    while len(acting):
        phrase = acting >= words
        leaf, inner = np.flatnonzero(~phrase), np.flatnonzero(phrase)
        phrases = np.searchsorted(inner, bounds)
        if several:
            step = np.repeat(steps, np.diff(phrases))
            inner = inner[ordered(step * (kinds.max() + 1) + kinds[acting[inner]])]
        down = acting[inner]
        found.append(_Depth(leaf, inner, kinds[down], bounds, phrases))
        met.append((acting[leaf], vectors[leaf], np.repeat(steps, np.diff(bounds - phrases))))
        acting, vectors = _pairs(left[down], right[down]), np.repeat(vectors[inner], 2)
        bounds = 2 * phrases
    word, vector, step = (np.concatenate(parts) for parts in zip(*met, strict=True))
    return found, (word, vector, step)


def _laid(depths: Sequence[_Depth], place: Array, padded: Array) -> list[list[Layer]]:
    """The layers of each step."""
    layers: list[list[Layer]] = [[] for _ in padded]
    start = 0
    for depth in depths:
        rows = np.empty(depth.bounds[-1], dtype=np.int64)
        stop = start + len(depth.leaf)
        rows[depth.leaf] = place[start:stop]
        before = np.repeat(padded - depth.phrases[:-1], np.diff(depth.phrases))
        rows[depth.inner] = before + np.arange(len(depth.inner))
        start = stop
        edges = zip(depth.bounds.tolist(), depth.phrases.tolist(), strict=True)
        for own, ((a, c), (b, d)) in zip(layers, itertools.pairwise(edges), strict=True):
            if a < b:
                own.append(Layer(rows[a:b], spans_of(depth.kinds[c:d])))
    return layers


def _groups(
    acting: Array, vectors: Array, step: Array, words: int, steps: int
) -> tuple[list[tuple[Array, tuple[tuple[int, int], ...], Array]], Array, Array]:
    """Each step's words, groups and rows; how many rows, and where each pair's result is in them."""
    keys = step * words + acting
    order = ordered(keys)
    every = np.bincount(keys, minlength=steps * words)
    cells = np.flatnonzero(every)  # a word in a step
    counts = every[cells]
    wide = np.searchsorted(WIDTHS, counts)
    sort = ordered((cells // words) * len(WIDTHS) + wide)
    widths = WIDTHS[wide]
    base = np.empty(len(cells), dtype=np.int64)
    base[sort] = np.cumsum(widths[sort]) - widths[sort]
    place = np.empty(len(acting), dtype=np.int64)
    first = np.cumsum(counts) - counts
    place[order] = np.repeat(base - first, counts) + np.arange(len(acting))
    rows = np.zeros(widths.sum(), dtype=np.int64)
    rows[place] = vectors

    padded = np.bincount(cells // words, weights=widths, minlength=steps).astype(np.int64)
    ends = np.cumsum(padded)
    parts = np.searchsorted(cells, words * np.arange(1, steps))
    groups = [
        (cells[own] % words, tuple((b - a, width) for width, a, b in spans_of(widths[own])), given)
        for own, given in zip(np.split(sort, parts), np.split(rows, ends[:-1]), strict=True)
    ]
    return groups, padded, place - (ends - padded)[step]
