"""The noise of a comparison: how similar things are by chance, and what share of a sum a term has.

An algebra states its noise, and whoever speaks of probability or capacity asks it: the posterior of
a cleanup, the load of a structure, the warning past a capacity. Similarities are in units in which
equal things have 1 and unrelated ones 0 on average. `Gaussian` is the noise of vectors that are
isotropic in n real dimensions, `Binomial` that of symbols that agree by chance, place by place.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from vsa.arguments import checked_whole
from vsa.errors import VsaError
from vsa.record import Record
from vsa.theory import capacity, ratio
from vsa.theory.capacity import Floats
from vsa.theory.ratio import SHARE_MAX, Place

EVERY = slice(None)  # point of a table


class Shares(Record):
    """ρ(K), the similarity of a finished superposition of K equal terms with one of them.

    first: √K·ρ(K) for K = 1, 2, 3 …; behind them it goes to `limit` as K to the −`rate` does. Where
    sums are not finished it is 1 throughout, ρ = 1/√K.
    """

    first: tuple[float, ...] = (1.0,)
    limit: float = 1.0
    rate: float = 1.0

    def __call__(self, k: float) -> float:
        """ρ of a load, which may be fractional."""
        k = max(k, 1.0)
        last = len(self.first)
        if k >= last:
            factor = self.limit + (self.first[-1] - self.limit) * math.pow(last / k, self.rate)
        else:
            below = int(k)
            factor = self.first[below - 1] + (k - below) * (
                self.first[below] - self.first[below - 1]
            )
        return factor / math.sqrt(k)

    def over(self, k: Floats) -> Floats:
        """ρ of several loads."""
        return np.array([self(x) for x in np.ravel(k).tolist()]).reshape(np.shape(k))


PLAIN = Shares()
ONE = Shares((1.0,), 0.0, 0.5)  # 1/K: each place has what one of the terms has there


@lru_cache(maxsize=1)
def majority() -> Shares:
    """Of the sign of sums of ±1, ties by chance: ρ(K) = C(K−1, ⌊K/2⌋) / 2^(K−1), to √(2/πK)."""
    first = tuple(math.sqrt(k) * math.comb(k - 1, k // 2) / 2 ** (k - 1) for k in range(1, 33))
    return Shares(first, math.sqrt(2 / math.pi))


class Noise(Record, ABC):
    """What similarities are by chance; hashable, since everything derived from it is tabulated."""

    shares: Shares = PLAIN

    def __post_init__(self) -> None:
        self.__dict__["hash"] = super().__hash__()

    def __hash__(self) -> int:  # once: tables are looked up by it, several for each query
        known: int = self.__dict__["hash"]
        return known

    # --- superpositions ----------------------------------------------------------------------
    def load(self, k: float) -> float:
        """1/ρ(K)²: as many terms of a sum that is not finished leave each the same share."""
        return self.shares(k) ** -2

    def terms(self, similarity: float) -> float:
        """K of which each term has this similarity to the whole, at least 1."""
        low, high = 1.0, 2.0
        while self.shares(high) > similarity and high < 1e12:
            low, high = high, 2 * high
        for _ in range(60):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if self.shares(middle) > similarity else (low, middle)
        return low

    @abstractmethod
    def accuracy(self, k: float, items: int) -> float:
        """How often cleanup among `items` finds one of `k` superposed terms."""

    def pair_accuracy(self, k: float, items: int) -> float:
        """How often it finds what was bound with a key in a sum of `k` such pairs."""
        return self.accuracy(k, items)

    # --- comparisons --------------------------------------------------------------------------
    @property
    @abstractmethod
    def deviation(self) -> float:
        """The standard deviation of the similarity of unrelated things."""

    @property
    @abstractmethod
    def least(self) -> float:
        """The least share that a cleanup supposes, of the fullest superposition."""

    @abstractmethod
    def false_match(self, c: ArrayLike, items: int) -> Floats:
        """P(some one of `items` unrelated items reaches similarity `c` by chance)."""

    # --- tables, from which likelihoods are read -----------------------------------------------
    @abstractmethod
    def grid(self) -> Floats:
        """The similarities at the points of every table, ascending."""

    @abstractmethod
    def place(self, c: ArrayLike) -> Place:
        """Where similarities fall on the grid: the point below, the part of a step beyond."""

    @abstractmethod
    def place_one(self, c: float) -> tuple[int, float]:
        """The same of one, without the calls for arrays."""

    @abstractmethod
    def points(self, c: Any, xp: Any) -> Any:
        """The point and the part of a step in one number, of arrays of another library `xp`."""

    @property
    def axis(self) -> tuple[float, float, float] | None:
        """How a place is found where the grid is even in artanh (`ratio.axis_of`); None elsewhere."""
        return None

    @abstractmethod
    def log_ratio(self, share: Floats, at: slice = EVERY) -> Floats:
        """log density from an item at each share, over that of noise: (points, shares)."""


class Gaussian(Noise):
    """Isotropic in n real dimensions, the degrees of freedom; similarities are cosines.

    floor: the least share, if it is not that of a superposition of n terms.
    other: what unbinding leaves of a pair with another key, in terms of a superposition.
    """

    n: int = 0
    floor: float | None = None
    other: float = 1.0

    def __post_init__(self) -> None:
        capacity.check_dim(self.n)
        super().__post_init__()

    @property
    def deviation(self) -> float:
        return 1 / math.sqrt(self.n)

    @property
    def least(self) -> float:
        return self.shares(self.n) if self.floor is None else self.floor

    def accuracy(self, k: float, items: int) -> float:
        return capacity.accuracy(self.n, max(self.load(k), 1.0), items)

    def pair_accuracy(self, k: float, items: int) -> float:
        return self.accuracy(1 + (k - 1) * self.other, items)

    def false_match(self, c: ArrayLike, items: int) -> Floats:
        return capacity.false_match(c, self.n, items)

    def grid(self) -> Floats:
        return np.tanh(ratio.grid(self.n))

    def place(self, c: ArrayLike) -> Place:
        return ratio.place_of(c, self.n)

    def place_one(self, c: float) -> tuple[int, float]:
        return ratio.place_of_one(c, self.n)

    def points(self, c: Any, xp: Any) -> Any:
        return ratio.points_of(c, self.n, xp)

    @property
    def axis(self) -> tuple[float, float, float]:
        return ratio.axis_of(self.n)

    def log_ratio(self, share: Floats, at: slice = EVERY) -> Floats:
        return ratio.log_ratio(np.arctanh(share), ratio.grid(self.n)[at, None], self.n)


class Binomial(Noise):
    """So many places, each of which agrees by chance with a probability: m of them, B(trials, chance).

    Similarity is (m/trials − chance) / (1 − chance). An item at share ρ agrees at a place with
    probability ρ + (1 − ρ) chance.
    """

    trials: int = 0
    chance: float = 0.5

    def matches(self) -> np.ndarray[tuple[int], np.dtype[np.int_]]:
        """m at the points of every table."""
        return np.arange(self.trials + 1)

    @property
    def deviation(self) -> float:
        return math.sqrt(self.chance / ((1 - self.chance) * self.trials))

    @property
    def least(self) -> float:
        return self.shares(self.deviation**-2)  # as of a Gaussian: up to so many terms

    def accuracy(self, k: float, items: int) -> float:
        return _binomial_accuracy(self, k, items)

    def reaching(self, c: float, k: float) -> float:
        """P(one of k superposed terms has at least similarity c)."""
        agree = self.chance + min(self.shares(k), 1.0) * (1 - self.chance)
        least = math.ceil(sum(self.place_one(c)) - 1e-9)
        return float(_binomial(self.trials, agree)[least:].sum())

    def false_match(self, c: ArrayLike, items: int) -> Floats:
        below, beyond = self.place(np.asarray(c, dtype=np.float64) - 1e-9)
        reached = np.minimum(below + (beyond > 0), self.trials)  # m at least
        tail = np.append(np.cumsum(_binomial(self.trials, self.chance)[::-1])[::-1], 0.0)
        return np.asarray(-np.expm1(items * np.log1p(-np.minimum(tail[reached], 1 - 1e-16))))

    def grid(self) -> Floats:
        return (self.matches() / self.trials - self.chance) / (1 - self.chance)

    def place(self, c: ArrayLike) -> Place:
        m = self.trials * (self.chance + np.asarray(c) * (1 - self.chance))
        m = np.clip(m, 0, self.trials)
        below = np.minimum(m, self.trials - 1).astype(np.int32)
        return below, m - below

    def place_one(self, c: float) -> tuple[int, float]:
        m = min(max(self.trials * (self.chance + c * (1 - self.chance)), 0.0), float(self.trials))
        below = min(int(m), self.trials - 1)
        return below, m - below

    def points(self, c: Any, xp: Any) -> Any:
        return xp.clip(self.trials * (self.chance + c * (1 - self.chance)), 0, self.trials)

    def log_ratio(self, share: Floats, at: slice = EVERY) -> Floats:
        hit = self.chance + np.minimum(share, SHARE_MAX) * (1 - self.chance)
        m = self.matches()[at, None]
        agree, differ = np.log(hit / self.chance), np.log((1 - hit) / (1 - self.chance))
        return np.asarray(m * agree + (self.trials - m) * differ)


@lru_cache(maxsize=64)
def _binomial(trials: int, chance: float) -> Floats:
    """P(m of `trials`), m = 0 … trials."""
    log_choose = math.lgamma(trials + 1) - np.array(
        [math.lgamma(m + 1) + math.lgamma(trials - m + 1) for m in range(trials + 1)]
    )
    m = np.arange(trials + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        hits = np.where(m > 0, m * np.log(chance), 0.0)
        misses = np.where(m < trials, (trials - m) * np.log1p(-chance), 0.0)
    return np.asarray(np.exp(log_choose + hits + misses))


@lru_cache(maxsize=4096)
def _binomial_accuracy(noise: Binomial, k: float, items: int) -> float:
    """Σ_m P(the right item has m) · P(no other has more, and it wins among those with as many)."""
    if not k >= 1:
        raise VsaError(f"load {k} is below 1: it counts the superposed terms, the wanted one too")
    if checked_whole("items", items) <= 1:
        return 1.0
    by_chance = _binomial(noise.trials, noise.chance)
    share = min(noise.shares(k), 1.0)
    right = _binomial(noise.trials, noise.chance + share * (1 - noise.chance))
    tail = np.cumsum(by_chance[::-1])[::-1]  # P(m or more)
    with np.errstate(divide="ignore"):
        below = np.exp(
            items * np.log1p(-np.minimum(np.append(tail, 0.0), 1.0))
        )  # P(all fewer than m)
    seldom = by_chance * items < 1e-9  # none has as many by chance: the right item wins outright
    among = np.diff(below) / np.maximum(items * by_chance, 1e-300)
    return float(min(1.0, (right * np.where(seldom, below[1:], among)).sum()))


def noise_of(n: Noise | int) -> Noise:
    """A noise, or that of vectors in n real dimensions."""
    # nearly always one of these, and the check of an abstract class takes a while
    return n if type(n) is Gaussian or isinstance(n, Noise) else _gaussian(n)


@lru_cache(maxsize=64, typed=True)
def _gaussian(n: int) -> Gaussian:
    return Gaussian(n=n)
