"""Resonators: the factors of a product, of which all are unknown at once.

E. P. Frady, S. J. Kent, B. A. Olshausen and F. T. Sommer, Resonator networks 1: an efficient solution for
factoring high-dimensional, distributed representations of data structures, Neural Computation 32(12),
2020. Each factor has an estimate; a sweep takes in turn, for every factor f, all other estimates away
from the product, and makes of what is left the next estimate, through the codebook of f:

    u = c / Π_{g≠f} x̂_g      a = Re⟨X_f, u⟩      x̂_f = unit(Σᵢ aᵢ X_f,ᵢ)

unit sets every component to size 1. A sum is in the form that binding multiplies component by
component ("componentwise"), so that of hrr and fhrr these are phasors, of map and bsc signs.

Estimates come in families that differ by signs, or phases: the winner of a factor is the codeword of
the largest |a|. Factors are updated one after another; all at once solves .15 of what this solves of
three factors. What wanders for `patience` sweeps starts anew, from a random mixture of the codebook.
Several starts run side by side for each product, since the products of matrices of a few rows cost
hardly more than those of one; in every other one weights below zero are left out, which is sooner
there or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.space import Space

PRODUCTS = 64  # that are taken apart at a time
LANES = 16  # starts side by side, of a single product
PATIENCE = 60  # sweeps from one start

Integers = np.ndarray[Any, np.dtype[np.intp]]
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(slots=True)
class Settled:
    """The best product that was found for each of some sums, (n,).

    rows (n, factors): of the codebooks.  cosines (n,): with the sum.  sweeps (n,): what it took, those
    of all starts together.
    """

    rows: Integers
    cosines: Floats
    sweeps: Integers


class Resonator:
    """Codebooks, ready to take products of one member of each apart.

    books: arrays (items, width), sums of one item each whose components have size 1.
    """

    def __init__(self, space: Space, books: Sequence[Array]) -> None:
        self.space, self.books = space, list(books)
        self.backend = space.backend
        self.real = [self._real(book) for book in self.books]
        self.complex = self.real[0] is not self.books[0]

    def settle(
        self,
        sums: Array,
        enough: float,
        sweeps: int,
        *,
        lanes: int = LANES,
        patience: int = PATIENCE,
    ) -> Settled:
        """Take sums (n, width) apart.

        enough: the cosine from which a product is right.  sweeps: for each, from all starts.
        lanes: starts of one sum side by side; those of several sums share them.
        """
        parts = [
            self._settle(sums[start : start + PRODUCTS], enough, sweeps, lanes, patience)
            for start in range(0, len(sums), PRODUCTS)
        ]
        columns = zip(*((p.rows, p.cosines, p.sweeps) for p in parts), strict=True)
        return Settled(*(np.concatenate(column) for column in columns))

    def _settle(
        self, sums: Array, enough: float, sweeps: int, lanes: int, patience: int
    ) -> Settled:
        count, random = len(sums), np.random.default_rng(self.space.seed)
        best = Settled(
            np.zeros((count, len(self.books)), dtype=np.intp),
            np.full(count, -1.0),
            np.zeros(count, dtype=np.intp),
        )
        first = True
        while len(open_ := np.flatnonzero((best.cosines < enough) & (best.sweeps < sweeps))):
            each = max(lanes // len(open_), 1)
            owner = np.repeat(open_, each)
            round_ = _Round(self, sums, owner, random, first)
            first = False
            for _ in range(patience):
                rows = round_.sweep()
                round_.keep_best(rows, best)
                alive = (best.cosines[round_.owner] < enough) & (best.sweeps[round_.owner] < sweeps)
                if not alive.any():
                    break
                if 2 * alive.sum() <= len(alive):  # copying all estimates costs as much as a factor
                    round_.narrow(alive)
        return best

    def product(self, rows: Integers) -> Array:
        """Codewords (n, factors), multiplied."""
        found = None
        for book, column in zip(self.books, rows.T, strict=True):
            words = self.backend.xp.take(book, self.backend.asarray(column), axis=0)
            found = words if found is None else found * words
        return found

    def _real(self, array: Array) -> Array:
        is_complex = array.dtype == self.backend.complex
        return self.backend.as_real(array) if is_complex else array

    def mixed(self, factor: int, weights: Array, old: Array | None) -> Array:
        """Sums of codewords, each component of size 1; of zero what it was."""
        xp, backend = self.backend.xp, self.backend
        total = weights @ self.real[factor]
        if self.complex:
            total = backend.as_complex(total)
        size = xp.abs(total)
        there = size > 0
        unit = total / xp.where(there, size, xp.ones_like(size))
        if bool(xp.all(there)):
            return unit
        return xp.where(there, unit, xp.ones_like(unit) if old is None else old)


class _Round:
    """Estimates (lanes, width) of all factors, from one start of each lane."""

    def __init__(
        self,
        resonator: Resonator,
        sums: Array,
        owner: Integers,
        random: np.random.Generator,
        first: bool,
    ) -> None:
        self.of, self.owner = resonator, owner
        backend = resonator.backend
        lead = np.ones(len(owner), dtype=bool)
        lead[1:] = owner[1:] != owner[:-1]
        lane = np.arange(len(owner)) - np.flatnonzero(lead)[np.cumsum(lead) - 1]
        self.all_weights = backend.asarray(lane % 2 == 0)[:, None]
        self.sums = backend.xp.take(sums, backend.asarray(owner), axis=0)
        self.estimates = []
        for factor, book in enumerate(resonator.books):
            weights = random.standard_normal((len(owner), len(book)))
            if first:
                weights[lead] = 1
            numbers = backend.asarray(weights, dtype=backend.real)
            self.estimates.append(resonator.mixed(factor, numbers, None))

    def sweep(self) -> Integers:
        """Update every factor in turn; the winning rows (lanes, factors)."""
        of, xp = self.of, self.of.backend.xp
        rows = np.empty((len(self.owner), len(of.books)), dtype=np.intp)
        whole = self.estimates[0]
        for estimate in self.estimates[1:]:
            whole = whole * estimate
        for factor, real in enumerate(of.real):
            others = whole * self._conj(self.estimates[factor])
            weights = of._real(self.sums * self._conj(others)) @ real.T
            size = xp.abs(weights)
            rows[:, factor] = of.backend.numpy(xp.argmax(size, axis=1))
            weights = xp.where(self.all_weights, weights, (weights + size) * 0.5)
            self.estimates[factor] = of.mixed(factor, weights, self.estimates[factor])
            whole = others * self.estimates[factor]
        return rows

    def _conj(self, array: Array) -> Array:
        return self.of.backend.xp.conj(array) if self.of.complex else array

    def keep_best(self, rows: Integers, best: Settled) -> None:
        """Note what is more like a sum than what was found for it before, and one sweep more."""
        algebra, backend, xp = self.of.space.algebra, self.of.backend, self.of.backend.xp
        product = self.of.product(rows)
        squares = algebra.dot(product, product) * algebra.dot(self.sums, self.sums)
        safe = xp.where(squares > 0, squares, xp.ones_like(squares))
        cosines = np.asarray(
            backend.numpy(algebra.dot(product, self.sums) / xp.sqrt(safe)), dtype=np.float64
        )
        order = np.argsort(cosines)  # the best of several lanes of one sum is written last
        top = np.full(len(best.cosines), -1, dtype=np.intp)
        top[self.owner[order]] = order
        lane = top[top >= 0]
        better = lane[cosines[lane] > best.cosines[self.owner[lane]]]
        best.rows[self.owner[better]] = rows[better]
        best.cosines[self.owner[better]] = cosines[better]
        best.sweeps += np.bincount(self.owner, minlength=len(best.sweeps))

    def narrow(self, alive: np.ndarray[Any, Any]) -> None:
        """Go on with some of the lanes."""
        backend = self.of.backend
        index = backend.asarray(np.flatnonzero(alive))
        self.owner = self.owner[alive]
        self.all_weights, self.sums, *self.estimates = (
            backend.xp.take(a, index, axis=0)
            for a in (self.all_weights, self.sums, *self.estimates)
        )
