"""What a plain sum of moved items is made of: which item stands at which place, and what is left.

Orthogonal matching pursuit over items × places (Pati, Rezaiifar and Krishnaprasad 1993): what stands
somewhere for certain is taken out, all weights are fitted again, and what is left is looked at once
more. Items may have any length, and may be unknown to memory: nothing is found in their place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from vsa import Answer, Memory, Vector
from vsa.plugin import EMPTY, host, log_likelihood, look, terms_in, without_residue

SURE = 0.995  # from here on an item is taken out
DOUBT = 3  # so much likelier, beforehand, does no item stand at any place than one at some
REACH = 16  # places behind the last known item that are looked at
FAINT = 1e-4  # of the length of the whole: less than this is rounding
ZERO = 1e-12  # of a weight: what rounding makes of none
CLEAR = 4  # standard deviations
TRIALS = 1000  # of the simulation: good to .015

Floats = np.ndarray[Any, Any]
Move = Callable[[Vector, int], Vector]  # an item to a place; negative back from there


@dataclass
class Pursuit:
    """A single sum of items, each moved to its place, counted from 1.

    places, terms, weights: of what has been found.  rest: what none of that explains.
    """

    whole: Vector
    memory: Memory
    move: Move
    rest: Vector = field(init=False)
    places: list[int] = field(default_factory=list)
    terms: list[Vector] = field(default_factory=list)
    found: set[tuple[int, int]] = field(default_factory=set)  # places, and the rows there
    weights: Floats = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        self.rest = without_residue(self.whole)

    def run(self, length: int = 0) -> Pursuit:
        """Find what can be found; at least `length` places are looked at."""
        while not self.explained and len(self.terms) < self._most:
            count = max(self.last + REACH, length)
            answer = self._look([self.rest] * count)
            rows = answer.rows[:, 0].tolist()
            sure = [
                i
                for i in np.flatnonzero(~answer.is_nothing & (answer.probability >= SURE)).tolist()
                if (i, rows[i]) not in self.found  # as what is left of an OR may seem to be
            ]
            if not sure:
                break
            self.found |= {(i, rows[i]) for i in sure}
            vectors = answer.vector
            self.places += [i + 1 for i in sure]
            self.terms += [self.move(vectors[i], i + 1) for i in sure]
            self._fit()
        return self

    @property
    def _most(self) -> float:
        """So many items can be told apart; of what was finished on the way a part is never explained."""
        most = self.whole.space.algebra.freedom / 2
        if self.whole.space.closed:
            return most
        return min(most, 1.5 * float(terms_in(self.whole)) + REACH)

    @property
    def last(self) -> int:
        """The last place at which something is known."""
        return max(self.places, default=0)

    @property
    def load(self) -> float:
        """How many items it is a sum of, about: of length 1, unless those found are clearly not.

        Then what is left is of items as long as those. (The first to be found lie high by chance.)
        """
        if self.explained:
            return len(self.terms)
        left = float(terms_in(self.rest))
        squares = self.weights**2 * [float(terms_in(term)) for term in self.terms]
        if np.all(
            np.abs(squares**0.5 - 1) <= CLEAR * (left / self.whole.space.algebra.freedom) ** 0.5
        ):
            return float(terms_in(self.whole))
        return len(squares) + left / float(squares.mean())

    @property
    def explained(self) -> bool:
        """Whether nothing is left."""
        whole, rest = float(terms_in(self.whole)), float(terms_in(self.rest))
        return rest < max(EMPTY**2, FAINT**2 * whole)

    def read(self, length: int = 0) -> Answer:
        """What stands at each place once all others are taken out, up to the last that is filled.

        What is left stands in the gaps, or is what the named items lack of length 1; else it must
        have a place of its own, behind the last.
        """
        rest = self.whole.space.zero() if self.explained else self.rest
        count = max(self.last + (not self.explained and not self._room()), length)
        left = [rest] * count
        for place, term, weight in zip(self.places, self.terms, self.weights, strict=True):
            left[place - 1] = left[place - 1] + term.scale(float(weight))
        return self._look(left)

    def _room(self) -> bool:
        """Whether what is left may stand at the places up to the last."""
        filled = np.zeros(self.last)
        for place, term, weight in zip(self.places, self.terms, self.weights, strict=True):
            filled[place - 1] += weight**2 * float(terms_in(term))
        room = np.maximum(1 - filled, 0).sum()
        return bool((filled == 0).any() or float(terms_in(self.rest)) <= room)

    def _look(self, left: list[Vector]) -> Answer:
        """What is found at each place of what is left there."""
        moved = [self.move(rest, -i) for i, rest in enumerate(left, 1)]
        nothing = DOUBT * len(left)  # to one, at each of the places
        query = self.whole.space.stack(moved)
        return look(self.memory, query, prior_nothing=nothing / (nothing + 1))

    def _fit(self) -> None:
        """The weights by least squares, and what is left."""
        terms = self.whole.space.stack(self.terms)
        gram = _inner(terms.reshape(-1, 1), terms)
        weights = np.linalg.lstsq(gram, _inner(terms, self.whole), rcond=None)[0]
        self.weights = np.where(np.abs(weights) < ZERO, 0, weights)
        self.rest = self.whole - terms.scale(self.weights).bundle()


def _inner(a: Vector, b: Vector) -> Floats:
    """Dot products of sums, in the form in which superposition is a plain sum."""
    products = a.space.algebra.dot(a.total, b.total)
    return np.asarray(host(a, products), dtype=np.float64)


@lru_cache(maxsize=256)
def chance(dim: int, count: int, items: int) -> float:
    """How often a sum of so many items of length 1, of as many in memory, is explained whole.

    By simulation of what their cosines depend on: the noise of each item is the sum of its dot
    products with those that are left, all alike beforehand. As some are taken out, it loses their
    share of it, and what remains random about that.
    """
    rng = np.random.default_rng(0)
    cosine = np.linspace(0, 0.999, 4000)
    height = np.maximum.accumulate(log_likelihood(cosine, dim))
    left = np.ones((TRIALS, count), dtype=bool)
    noise = rng.standard_normal(left.shape) * np.sqrt((count - 1) / dim)
    place = np.arange(1, count + 1)
    while True:
        many = left.sum(1, keepdims=True)
        there = np.where(left, noise, 0).sum(1, keepdims=True)
        reach = np.where(left, 0, place).max(1, keepdims=True) + REACH
        least = np.interp(np.log(SURE / (1 - SURE) * DOUBT * items * reach), height, cosine)
        outside = 1 - (count - many) / dim  # of each item, of the space of those found
        cosines = (1 + noise) * np.sqrt(outside / np.maximum(many + there, 0.5))
        found = left & (cosines >= least) & (place <= reach)
        if not found.any():
            return float(1 - left.any(1).mean())
        taken, others = found.sum(1, keepdims=True), np.maximum(many - 1, 1)
        theirs = np.where(found, noise, 0).sum(1, keepdims=True)
        lost = (taken * noise + theirs - taken * there / others) / np.maximum(many - 2, 1)
        spread = np.sqrt(taken * np.maximum(1 - taken / others, 0) / dim)
        noise = noise - lost + rng.standard_normal(noise.shape) * spread
        left &= ~found
