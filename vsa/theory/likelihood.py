"""How sure an answer is, once a query has been compared with the items.

`log_likelihood` and `posterior`, on one model: a unit query is its item at share ρ plus noise, as an
algebra states it (noise.py). The items may be as correlated as they like. What a dimension holds,
before anything is stored, is in capacity.py; what is known of ρ beforehand, in load.py.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.errors import VsaError
from vsa.theory.capacity import Floats
from vsa.theory.load import Known, Model, shares
from vsa.theory.noise import PLAIN, Gaussian, Noise, noise_of
from vsa.theory.prior import PRIOR_NOTHING
from vsa.theory.ratio import (
    SHARE_MAX,
    Table,
    grid,
    log_ratio,
    look_up,
    look_up_one,
    table_of,
)

NODES = 513  # shares, from the least to the largest, where no formula integrates over them
FEW = 8  # cosines, which are looked up faster one by one


def check_prior(prior: float) -> None:
    if not 0 <= prior <= 1:
        raise VsaError(f"prior_nothing {prior} is no probability: give 0 to 1")


@lru_cache(maxsize=64)
def _unknown_load(noise: Noise) -> Table:
    """log of L(ρ) averaged over ρ, log-uniform from the least share to 1 − 1e-4."""
    if noise.shares != PLAIN:
        return _of_any_terms(noise)
    if isinstance(noise, Gaussian):
        return _averaged(noise)
    share = np.geomspace(noise.least, SHARE_MAX, NODES)
    logs = noise.log_ratio(share)
    logs[:, [0, -1]] -= math.log(2)  # the trapezoid rule
    return table_of(log_total(logs) - math.log(NODES - 1))


def _of_any_terms(noise: Noise) -> Table:
    """Over the number of terms, log-uniform, where finishing leaves gaps: none between ρ(1) and ρ(2)."""
    terms, count = np.unique(
        np.geomspace(1, noise.deviation**-2 + 1, NODES, endpoint=False).astype(int),
        return_counts=True,
    )
    share = np.minimum(noise.shares.over(terms), SHARE_MAX)
    return table_of(log_total(noise.log_ratio(share) + np.log(count)) - math.log(NODES))


def _averaged(noise: Gaussian) -> Table:
    """By Gauss–Legendre over the bump, or over what of it lies within the limits."""
    n, t = noise.n, grid(noise.n)
    low, high = math.atanh(noise.least), math.atanh(SHARE_MAX)
    peak = np.clip(t, low, high)
    # Away from its peak the exponent falls by at least (slope)·x + n·x²/2; e⁻³⁰ is far enough.
    slope = max(n - 4, 0) * np.abs(np.tanh(peak) + np.sinh(t - 2 * peak) / np.cosh(t))
    reach = (np.sqrt(slope**2 + 60 * n) - slope) / n
    start, end = np.maximum(peak - reach, low), np.minimum(peak + reach, high)
    node, weight = np.polynomial.legendre.leggauss(32)
    half = ((end - start) / 2)[:, None]
    s = start[:, None] + half * (1 + node)
    # dρ/ρ = ds/(sinh s cosh s)
    log_term = log_ratio(s, t[:, None], n) - np.log(np.sinh(2 * s) / 2)
    top = log_term.max(-1)
    area = (np.exp(log_term - top[:, None]) * weight * half).sum(-1)
    return table_of(top + np.log(area / math.log(SHARE_MAX / noise.least)))


@lru_cache(maxsize=256)
def _known_load(noise: Noise, load: Known) -> Table:
    """log of L(ρ) averaged over the prior that a load gives, and in doubt over the log-uniform."""
    share, log_weight, doubt = shares(load, noise)
    logs = log_total(noise.log_ratio(share) + log_weight)
    unknown = _unknown_load(noise)[0] + math.log(doubt)
    return table_of(unknown if doubt == 1 else np.logaddexp(unknown, logs + math.log1p(-doubt)))


def table_at(noise: Noise, load: Known | None) -> Table:
    """The table of `log_likelihood`."""
    return _unknown_load(noise) if load is None else _known_load(noise, load)


def log_likelihood(c: ArrayLike, n: Noise | int, load: Known | None = None) -> Floats:
    """log L of each similarity: a query from this item, at an unknown share, against one from none.

    c: any shape; float64 comes back.  n: the noise, or a number of real dimensions. L depends on
    (c, n, load) alone, is 1 on average over pure noise, and is tabulated once for each n and load.
    Where nothing is known of the load, the share is taken to be log-uniform between the least one and
    1, so that 1 to n superposed terms are equally likely on a log scale: where a system is known to
    hold few, its answers are better than they say.
    """
    noise = noise_of(n)
    table = table_at(noise, load)
    if isinstance(c, np.ndarray) and c.ndim == 1 and len(c) <= FEW:
        return np.array([look_up_one(table, place) for place in map(noise.place_one, c.tolist())])
    return look_up(table, noise.place(c))


def log_likelihood_of_one(c: float, noise: Noise, load: Known | None = None) -> float:
    """What `log_likelihood` says of one similarity, without arrays."""
    return look_up_one(table_at(noise, load), noise.place_one(c))


def log_likelihoods(c: ArrayLike, models: Sequence[Model], which: NDArray[np.intp]) -> Floats:
    """What `log_likelihood` says of each similarity by a model of its own: models[which], which as c."""
    noise, load = models[0]
    if len(models) == 1:
        return log_likelihood(c, noise, load)
    tables = [table_at(*model) for model in models]
    if len({len(table[0]) for table in tables}) == 1 and len({noise for noise, _ in models}) == 1:
        values, steps = (np.stack([table[part] for table in tables]) for part in (0, 1))
        return look_up((values, steps), noise.place(c), which)
    c, found = np.asarray(c), np.empty(np.shape(c))
    for i, (noise, _) in enumerate(models):
        mine = which == i
        found[mine] = look_up(tables[i], noise.place(c[mine]))
    return found


def log_total(log_l: ArrayLike) -> Floats:
    """log Σ exp over the last axis: the `log_sum` of `posterior`, −inf for no items."""
    log_l = np.asarray(log_l, dtype=np.float64)
    top = log_l.max(-1, initial=-math.inf, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(top[..., 0] + np.log(np.exp(log_l - top).sum(-1)))


def posterior(
    log_l: ArrayLike, log_sum: ArrayLike, items: int, prior_nothing: float = PRIOR_NOTHING
) -> tuple[Floats, Floats]:
    """(P(match), P(nothing)) when one of `items`, or none, is the right answer.

    log_l (..., k): log L of the candidates; log_sum (...): `log_total` over all items. Candidates
    are equally likely beforehand; for a prior w_j, add log(items·w_j) to each log L first.
    """
    check_prior(prior_nothing)
    log_l, log_sum = np.asarray(log_l, dtype=np.float64), np.asarray(log_sum, dtype=np.float64)
    nothing = math.log(prior_nothing) if prior_nothing > 0 else -math.inf
    each = math.log1p(-prior_nothing) if prior_nothing < 1 else -math.inf
    each -= math.log(max(items, 1))
    evidence = np.logaddexp(nothing, each + log_sum)
    # Without items and without room for nothing there is no evidence at all: nothing it is.
    none = evidence == -math.inf
    evidence = np.where(none, 0.0, evidence)
    return (
        np.exp(each + log_l - evidence[..., None]),
        np.where(none, 1.0, np.exp(nothing - evidence)),
    )


def posterior_of_one(
    log_l: Sequence[float], log_sum: float, items: int, prior_nothing: float
) -> tuple[list[float], float]:
    """What `posterior` says of one query, without arrays; at least one item, a prior below 1."""
    odds = 0.0
    if prior_nothing:
        each = math.log1p(-prior_nothing) - math.log(items)
        odds = math.exp(min(math.log(prior_nothing) - each - log_sum, 700))
    return [math.exp(log - log_sum) / (1 + odds) for log in log_l], odds / (1 + odds)
