"""The load: what is known of how many terms are superposed in a query, one of them the wanted one.

Without knowledge the share ρ of that term is log-uniform (likelihood.py). A structure knows more,
since k terms of length 1 have it at ρ = 1/√k, or as finishing leaves it: a stack its squared norm, a
frame the cosine of its head, a caller perhaps k itself. `shares` makes of that a prior on ρ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.record import Record
from vsa.theory.capacity import Floats
from vsa.theory.noise import Noise, noise_of
from vsa.theory.ratio import SHARE_MAX

Known = tuple[str, float]  # a kind and a value, rounded: that of a table
Model = tuple[Noise, Known | None]  # all that a likelihood depends on beside the similarity

DOUBT = 0.02  # P(the load is not what it seems): more costs sharpness, none costs honesty
UNEVEN = 0.03  # standard error of a term's squared length, as a share of it
MOST = 4  # terms a dimension: beyond, nothing can be told apart
STEP = math.log(1.02)  # between the values that have a table of their own
NODES = 40  # of the prior on ρ, at most
NATS = 15.0  # a node this much less likely than the best is left out


class Load(Record):
    """What is known of the load of each query of a batch.

    kind: "terms", their number (1 or more) is known; "power", the squared norm of the query is,
    whose terms have length 1; "beside", the cosine of the whole with another of its terms.
    value: of each query, (...); NaN where nothing is known.
    """

    __eq__ = object.__eq__  # of arrays
    __hash__ = object.__hash__

    kind: str
    value: NDArray[np.float64]

    @staticmethod
    def terms(k: ArrayLike) -> Load:
        """k terms are superposed, all of them equally long; (...)."""
        return Load("terms", np.asarray(k, dtype=np.float64))

    @staticmethod
    def power(squares: ArrayLike) -> Load:
        """The squared norm of the query, (...), a sum of terms of length 1 that has not been scaled."""
        return Load("power", np.asarray(squares, dtype=np.float64))

    @staticmethod
    def beside(c: ArrayLike) -> Load:
        """The cosine (...) of the superposition with another of its terms that is as long."""
        return Load("beside", np.asarray(c, dtype=np.float64))

    def over(self, shape: tuple[int, ...]) -> Load:
        """For a batch of a shape, of which it may be the load of all, or of rows along some axes."""
        if not self.value.ndim:  # in a third of the time
            return Load(self.kind, np.full(shape, self.value))
        return Load(self.kind, np.broadcast_to(self.value, shape))

    def reshape(self, shape: tuple[int, ...]) -> Load:
        """For the batch in another shape."""
        return Load(self.kind, self.value.reshape(shape))

    def __getitem__(self, index: Any) -> Load:
        """That of some queries of the batch."""
        return Load(self.kind, np.asarray(self.value[index]))

    def known(self, n: Noise | int) -> tuple[list[Known | None], NDArray[np.intp]]:
        """The different loads of a batch (queries,), and which of them each query has.

        n: the noise, or a number of real dimensions; so in `of_one` and `shares`.
        """
        if not self.value.ndim:
            return [self.of_one(n)], np.zeros((), dtype=np.intp)
        if not self.value.size or np.isnan(self.value).all():
            return [None], np.zeros(self.value.shape, dtype=np.intp)
        values, which = np.unique(self._rounded(noise_of(n)), return_inverse=True)
        return [self._one(value) for value in values.tolist()], which

    def of_one(self, n: Noise | int) -> Known | None:
        """That of a single query, without the calls for arrays."""
        value = float(self.value)
        if not 0 < value < math.inf:
            return None
        if self.kind == "beside":
            return self.kind, round(sum(noise_of(n).place_one(value)))
        step = self._step
        return self.kind, math.exp(round(math.log(value) / step) * step)

    def _one(self, value: float) -> Known | None:
        return None if math.isnan(value) else (self.kind, value)

    def _rounded(self, noise: Noise) -> Floats:
        """So that few values are different, and none that can be told apart are equal."""
        value = np.where(np.isfinite(self.value) & (self.value > 0), self.value, np.nan)
        if self.kind == "beside":  # the number of a point of the tables
            below, beyond = noise.place(np.nan_to_num(value))
            return np.where(np.isnan(value), np.nan, np.round(below + beyond))
        return np.exp(np.round(np.log(value) / self._step) * self._step)

    @property
    def _step(self) -> float:
        """Between two values: of the log of a number of terms."""
        return STEP if self.kind == "power" else STEP / 20


def models_of(
    noises: Sequence[Noise], which: NDArray[np.intp], load: Load
) -> tuple[list[Model], NDArray[np.intp]]:
    """The different models of a batch (queries,), and which of them each query has.

    which: of the noises, each query's.
    """
    if len(noises) == 1:
        known, of = load.known(noises[0])
        return [(noises[0], each) for each in known], of
    models: list[Model] = []
    of = np.zeros(len(which), dtype=np.intp)
    for i, noise in enumerate(noises):
        mine = np.flatnonzero(which == i)
        loads, its = load[mine].known(noise)
        of[mine] = its + len(models)
        models += [(noise, known) for known in loads]
    return models, of


UNKNOWN = Load("terms", np.asarray(math.nan))


@lru_cache(maxsize=256)
def shares(load: Known, n: Noise | int) -> tuple[Floats, Floats, float]:
    """The prior on the share: ρ (nodes,), log of the weights (nodes,), and P(it is wrong)."""
    kind, value = load
    noise = noise_of(n)
    if kind == "terms":
        return _shares(np.array([value]), noise), np.zeros(1), DOUBT
    return _of_power(value, noise) if kind == "power" else _beside(int(value), noise)


def _shares(terms: Floats, noise: Noise) -> Floats:
    return np.minimum(noise.shares.over(terms), SHARE_MAX)


def _of_power(squares: float, noise: Noise) -> tuple[Floats, Floats, float]:
    """p(k | K) ∝ k⁻¹ N(K; k, 2k(k−1)/n + (.03k)²): the terms are not quite orthogonal.

    The sum may have been scaled after all: then any K is as likely as another, on a log scale. So a
    K that fits no number of terms says nothing.
    """
    n = noise.deviation**-2
    reach = 5 * math.sqrt(2 / n + UNEVEN**2)
    low, high = max(squares / (1 + reach) - 1, 1), squares / max(1 - reach, 0.2) + 1
    low, high = min(low, MOST * n), min(high, MOST * n)
    # np.unique of an array alone loads numpy.ma, a quarter of the time that NumPy takes.
    k = np.array(sorted(set(np.round(np.geomspace(low, high, NODES)).tolist())))
    spacing = np.gradient(k) if len(k) > 2 else np.ones(len(k))
    variance = 2 * k * (k - 1) / n + (UNEVEN * k) ** 2
    log_weight = np.log(spacing / (k * np.sqrt(variance))) - (squares - k) ** 2 / (2 * variance)
    top = float(log_weight.max())
    total = top + math.log(float(np.exp(log_weight - top).sum()))
    scaled = math.log(DOUBT / (1 - DOUBT) * math.sqrt(2 * math.pi) / squares)
    doubt = 1 / (1 + math.exp(min(total - scaled, 700)))
    some = log_weight > top - NATS
    return _shares(k[some], noise), log_weight[some] - total, max(doubt, DOUBT)


def _beside(point: int, noise: Noise) -> tuple[Floats, Floats, float]:
    """p(ρ | similarity of another term at the same share) ∝ ρ⁻¹ L(ρ) of that similarity."""
    low, high = math.atanh(noise.least), math.atanh(SHARE_MAX)
    t = math.atanh(min(float(noise.grid()[point]), SHARE_MAX))
    start, end = (min(max(t + x * noise.deviation, low), high) for x in (-6, 6))
    if end - start < 1e-9:
        start, end = start * 0.99, start
    s = np.linspace(start, end, NODES)
    log_weight = noise.log_ratio(np.tanh(s), slice(point, point + 1))[0] - np.log(
        np.sinh(2 * s) / 2
    )
    log_weight[[0, -1]] -= math.log(2)  # the trapezoid rule
    log_weight -= log_weight.max()
    return np.tanh(s), log_weight - math.log(float(np.exp(log_weight).sum())), DOUBT
