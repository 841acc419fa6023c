"""The noise of sparse patterns that are superposed by OR."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vsa.theory.capacity import Floats
from vsa.theory.noise import EVERY, ONE, Binomial
from vsa.theory.ratio import Place

SURE = 0.98  # P(a member of an OR-bundle has all its ones there), where nothing was thinned
HEAVIEST = 1 << 26  # ones of an item; up to there the log of its likelihood is a straight line


class Overlap(Binomial):
    """Of sparse patterns that are superposed by OR: trials are the ones of an item.

    chance is the density of the query, density that of one item. A member has all its ones in the
    query, unless the query was bound or thinned since: then it is at a share like any other. An item
    of more ones w than an atom, such as an OR of several, is less likely to be whole there by chance:
    to that m = w belongs, beyond the trials, and a similarity above 1.
    keys: how many of them bind differently; 0 where so many that no two do the same.
    segmented: an atom has one of its ones in each segment, and a key made of a sum one of the sum's.
    """

    density: float = 0.0
    sure: float = SURE
    keys: int = 0
    segmented: bool = False

    @property
    def projected(self) -> Binomial:
        """The noise of keys made of sums, which are as dense as atoms."""
        return Binomial(ONE, self.trials, self.density)

    def accuracy(self, k: float, items: int) -> float:
        """No slope but a cliff, where a stranger is full by chance too: (1 − (1 − f)^M) / M f."""
        if items <= 1:
            return 1.0
        full = (1 - (1 - self.density) ** k) ** self.trials
        if full * items < 1e-9:
            return 1.0
        return float(-np.expm1(items * np.log1p(-min(full, 1 - 1e-16))) / (items * full))

    def pair_accuracy(self, k: float, items: int) -> float:
        """What was bound by a key that does the same is found as well: 1/(1 + B(k − 1, 1/keys))."""
        alone = (1 - (1 - 1 / self.keys) ** k) * self.keys / k if self.keys else 1.0
        return alone * self.accuracy(k, items)

    def terms(self, similarity: float) -> float:
        """By the density of the query: members have similarity 1, however many there are."""
        chance = min(max(self.chance, self.density), 1 - 1e-12)
        return max(math.log1p(-chance) / math.log1p(-self.density), 1.0)

    def matches(self) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
        """Up to all those of an atom, and the ones of an item that is whole and heavier than any."""
        return np.append(super().matches(), HEAVIEST)

    def place(self, c: ArrayLike) -> Place:
        m = np.maximum(self.trials * (self.chance + np.asarray(c) * (1 - self.chance)), 0)
        below = np.minimum(m, self.trials).astype(np.int32)
        return below, np.where(below < self.trials, m - below, self._heavier(m))

    def place_one(self, c: float) -> tuple[int, float]:
        m = max(self.trials * (self.chance + c * (1 - self.chance)), 0.0)
        return (int(m), m - int(m)) if m < self.trials else (self.trials, self._heavier(m))

    def _heavier(self, m: Any) -> Any:
        """How far from an atom that is whole to the heaviest item."""
        return (m - self.trials) / (HEAVIEST - self.trials)

    def log_ratio(self, share: Floats, at: slice = EVERY) -> Floats:
        m = self.matches()[at, None]
        faint = np.where(m <= self.trials, super().log_ratio(share, at), -np.inf)
        full = np.where(m >= self.trials, -m * math.log(self.chance), -np.inf)
        return np.asarray(np.logaddexp(faint + math.log1p(-self.sure), full + math.log(self.sure)))
