"""Program search: every program over the facts up to a size, scored by Bayes for each word.

After Mollica & Piantadosi 2022, by enumeration in place of sampling. A word's examples (x, y) are
drawn from the pairs that its program picks out in the whole family, so that of two programs that fit
the smaller set is likelier (the size principle, joint over x and y; with P(y | x) alone a wife
stays a spouse):

    P(x, y | program) = α [(x, y) in it] / |pairs in it| + (1 − α) / n²

The prior falls by exp(−1.5) with every leaf; anything from 1 to 2 recovers the same words of
Hinton's trees. Programs that pick out the same pairs in the family are one, the shortest. The
search is given the family's facts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from vsa import VsaError
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.family import Family
from vsa_plugins.kinship.learn.common import Progress, batch_of
from vsa_plugins.kinship.learn.fitted import Fit, Scored, load
from vsa_plugins.kinship.learn.triples import Triple
from vsa_plugins.kinship.relations.program import (
    Compose,
    Difference,
    Intersect,
    Node,
    Primitive,
    Union,
    converse,
    join,
)

__all__ = ["Search", "fit", "load", "log_posterior"]

ALPHA = 0.9
LEAVES = ("self", "parent", "child", "spouse", "female", "male")
FILTERS = ("female", "male", None)  # what may stand before a whole program
OPERATIONS = ("@", "|", "&", "-")
LEAF_COST = 1.5  # nats
BLOCK = 1 << 17  # programs made at a time
MEMORY = 1 << 30  # bytes of the programs kept


def log_posterior(size: Any, inside: Any, examples: int, n: int, count: Any) -> Any:
    """Log posterior, up to a constant, of programs.

    size: the pairs of the family that a program picks out.  inside: the examples among them.
    count: the leaves of the program.
    """
    noise = (1 - ALPHA) / n**2
    drawn = np.log(ALPHA / np.maximum(size, 1) + noise)
    return inside * drawn + (examples - inside) * math.log(noise) - LEAF_COST * count


class Search:
    """Every program of a family up to a number of leaves, each set of pairs once.

    `male @` or `female @` before a whole program is not counted. A program is a matrix of bits; a
    size at which they would not fit a gigabyte is left out with all above it: `leaves` says what
    was reached.
    """

    def __init__(
        self,
        family: Family,
        *,
        leaves: int = 6,
        progress: Progress | None = None,
    ) -> None:
        if not len(family.facts["parent"]) and not len(family.facts["spouse"]):
            raise VsaError(f"program search needs facts, and {family} has none: give a family")
        self.family = family
        self.n = len(family)
        rng = np.random.default_rng(0)
        self._hash = rng.integers(
            1, 2**63, (self.n, -(-self.n // 64)), dtype=np.uint64
        ) | np.uint64(1)
        self._made: list[tuple[int, int, int]] = [(-1, i, -1) for i in range(len(LEAVES))]
        self.pairs = np.stack([self._packed(_leaf(family, name)) for name in LEAVES])  # (N, n, ·)
        self.sizes = np.ones(len(LEAVES), dtype=np.int64)  # leaves of each program
        self._known = np.sort(self._hashed(self.pairs))
        self.leaves = 1
        for size in range(2, leaves + 1):
            if not self._grow(size):
                break
            self.leaves = size
            if progress is not None:
                progress("programs", 6.0 ** (size - leaves))

    def __len__(self) -> int:
        return len(self.pairs)

    def node(self, index: int, filter: str | None = None) -> Node:
        """The program of an index, male or female people only if asked for."""
        return join(Compose, Primitive(filter), self._node(index)) if filter else self._node(index)

    def _node(self, index: int) -> Node:
        operation, a, b = self._made[index]
        if operation < 0:
            name = LEAVES[a]
            return converse(Primitive("parent")) if name == "child" else Primitive(name)
        left, right = self._node(a), self._node(b)
        if OPERATIONS[operation] == "-":
            return Difference(left, right)
        kinds: tuple[Any, ...] = (Compose, Union, Intersect)
        return join(kinds[operation], left, right)

    # --- enumeration ---------------------------------------------------------------------------
    def _grow(self, size: int) -> bool:
        """Add the programs of a size; False, with none of them, where they would be too many."""
        found: list[tuple[Array, Array]] = []
        known, total = self._known, len(self)
        most = MEMORY // self.pairs[0].nbytes
        kinds = np.array([operation for operation, _, _ in self._made])
        for first in range(1, size):
            a = np.flatnonzero(self.sizes == first)
            b = np.flatnonzero(self.sizes == size - first)
            i, j = (grid.ravel() for grid in np.meshgrid(a, b, indexing="ij"))
            for operation in range(len(OPERATIONS)):
                some = _needed(operation, i, j, kinds)
                for start in range(0, len(some), BLOCK):
                    part = some[start : start + BLOCK]
                    left, right = i[part], j[part]
                    made = self._combined(operation, self.pairs[left], self.pairs[right])
                    hashed, at = np.unique(self._hashed(made), return_index=True)
                    fresh = ~np.isin(hashed, known, assume_unique=True)
                    at = np.sort(at[fresh])  # in the order of making, which ties go by
                    known = np.union1d(known, hashed[fresh])
                    total += len(at)
                    if total > most:
                        return False
                    told = np.stack([np.full(len(at), operation), left[at], right[at]], axis=1)
                    found.append((made[at], told))
        self._known = known
        self.pairs = np.concatenate([self.pairs, *(made for made, _ in found)])
        for _, told in found:
            self._made += map(tuple, told.tolist())
        self.sizes = np.append(self.sizes, np.full(len(self.pairs) - len(self.sizes), size))
        return True

    def _combined(self, operation: int, a: Array, b: Array) -> Array:
        """An operation on pairs of programs, as bits."""
        match OPERATIONS[operation]:
            case "|":
                return a | b
            case "&":
                return a & b
            case "-":
                return a & ~b
        composed = np.zeros_like(a)
        for z in range(self.n):  # x → z by b, then whoever z leads to by a
            between = (b[:, :, z // 64] >> np.uint64(z % 64)) & np.uint64(1)
            composed |= (np.uint64(0) - between)[:, :, None] & a[:, z, None, :]
        return composed

    def _packed(self, matrix: Array) -> Array:
        """Bits (n, n) as 64-bit words (n, ·)."""
        words = np.zeros((self.n, -(-self.n // 64)), dtype=np.uint64)
        x, y = np.nonzero(matrix)
        np.bitwise_or.at(words, (x, y // 64), np.uint64(1) << (y % 64).astype(np.uint64))
        return words

    def _unpacked(self, words: Array) -> Array:
        people = np.arange(self.n)
        bits = words[:, people // 64] >> (people % 64).astype(np.uint64)
        held: Array = (bits & np.uint64(1)) > 0
        return held

    def _hashed(self, pairs: Array) -> Array:
        mixed = pairs * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
        hashed: Array = (mixed * self._hash).sum(axis=(-1, -2), dtype=np.uint64)
        return hashed

    def _mask(self, filter: str | None) -> Array:
        return self._packed(np.tile(_members(self.family, filter), (self.n, 1)))

    @cached_property
    def _picked(self) -> Array:
        """How many pairs each program picks out behind each filter (filters, N)."""
        masks = [self._mask(name) for name in FILTERS]
        counts = [np.bitwise_count(self.pairs & m).sum(axis=(1, 2), dtype=np.int64) for m in masks]
        return np.stack(counts)

    # --- scoring -------------------------------------------------------------------------------
    def best(self, examples: Array, keep: int) -> list[tuple[Node, float, Array]]:
        """The likeliest programs of examples (k, 2): (program, share of the posterior, its pairs).

        Shares are among those kept.
        """
        x, y = examples.T
        inside = (self.pairs[:, x, y // 64] >> (y % 64).astype(np.uint64)) & np.uint64(1) > 0
        logs = np.empty((len(FILTERS), len(self)))
        for k, (name, picked) in enumerate(zip(FILTERS, self._picked, strict=True)):
            kept = (inside & _members(self.family, name)[y]).sum(axis=1)
            logs[k] = log_posterior(picked, kept, len(x), self.n, self.sizes + (name is not None))
        order = np.argsort(-logs, axis=None, kind="stable")[:keep]
        weights = np.exp(logs.ravel()[order] - logs.ravel()[order[0]])
        found = []
        for at, weight in zip(order.tolist(), weights / weights.sum(), strict=True):
            k, index = divmod(at, len(self))
            bits = self.pairs[index] & self._mask(FILTERS[k])
            found.append((self.node(index, FILTERS[k]), float(weight), self._unpacked(bits)))
        return found


def fit(
    triples: Iterable[Triple],
    family: Family,
    *,
    leaves: int = 6,
    keep: int = 20,
    search: Search | None = None,
    progress: Progress | None = None,
) -> Fit:
    """The likeliest program of each word, by its examples and the facts of the family.

    The score of y is the posterior share, among the `keep` likeliest programs, of those that pick
    y out. search: programs enumerated before, to be used again for the same family.
    """
    batch = batch_of([list(triples)], family)
    search = Search(family, leaves=leaves, progress=progress) if search is None else search
    if search.family is not family:
        raise VsaError(f"the programs were enumerated for {search.family}, not for {family}")
    n = len(family)
    scores = np.zeros((len(batch.words), n, n), dtype=np.float32)
    programs = {}
    for w, (word, examples) in enumerate(zip(batch.words, batch.pairs(0), strict=True)):
        found = search.best(examples, keep)
        programs[word] = found[0][0]
        for _, share, pairs in found:
            scores[w] += np.float32(share) * pairs
        if progress is not None:
            progress("words", (w + 1) / len(batch.words))
    half = np.full(len(batch.words), 0.5)
    return Scored(family, batch.words, {"scores": scores}, half, programs=programs)


def _needed(operation: int, i: Array, j: Array, kinds: Array) -> Array:
    """Which combinations are worth making: the rest say what others of that size or less say.

    `@`, `|` and `&` are associative, so that their left part need not be one of their kind; `|` and
    `&` commute; composing with self changes nothing.
    """
    name = OPERATIONS[operation]
    needed = i != j if name != "@" else (i != 0) & (j != 0)
    if name != "-":
        needed &= kinds[i] != operation
    if name in "|&":
        needed &= (i < j) | (kinds[j] == operation)
    return np.flatnonzero(needed)


def _leaf(family: Family, name: str) -> Array:
    matrix = np.zeros((len(family), len(family)), dtype=bool)
    if name in ("self", "female", "male"):
        np.fill_diagonal(matrix, _members(family, None if name == "self" else name))
    else:
        x, y = family.facts["parent" if name == "child" else name].T
        matrix[(y, x) if name == "child" else (x, y)] = True
    return matrix


def _members(family: Family, filter: str | None) -> Array:
    """Who passes a filter (n,)."""
    if filter is None:
        return np.ones(len(family), dtype=bool)
    kept: Array = family.sexes == ("female", "male").index(filter)
    return kept
