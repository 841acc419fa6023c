"""How sure an answer is, once a query has been compared with the items.

`log_likelihood` and `posterior`, on one model: a unit query is its item at share ρ plus noise that
is isotropic in n dimensions. The items may be as correlated as they like. What a dimension holds,
before anything is stored, is in capacity.py; what is known of ρ beforehand, in load.py.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.errors import VsaError
from vsa.theory.capacity import Floats, check_dim
from vsa.theory.load import Known, shares
from vsa.theory.prior import PRIOR_NOTHING
from vsa.theory.ratio import (
    SHARE_MAX,
    Table,
    grid,
    log_ratio,
    look_up,
    look_up_one,
    place_of,
    table_of,
)

FEW = 8  # cosines, which are looked up faster one by one


def check_prior(prior: float) -> None:
    if not 0 <= prior <= 1:
        raise VsaError(f"prior_nothing {prior} is no probability: give 0 to 1")


@lru_cache(maxsize=32)
def _unknown_load(n: int) -> Table:
    """log of L(ρ) averaged over ρ, log-uniform in [1/√n, 1 − 1e-4].

    Gauss–Legendre over the bump, or over what of it lies within the limits.
    """
    check_dim(n)
    t = grid(n)
    low, high = math.atanh(1 / math.sqrt(n)), math.atanh(SHARE_MAX)
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
    return table_of(top + np.log(area / math.log(SHARE_MAX * math.sqrt(n))))


@lru_cache(maxsize=256)
def _known_load(n: int, load: Known) -> Table:
    """log of L(ρ) averaged over the prior that a load gives, and in doubt over the log-uniform."""
    s, log_weight, doubt = shares(load, n)
    logs = log_total(log_ratio(s, grid(n)[:, None], n) + log_weight)
    unknown = _unknown_load(n)[0] + math.log(doubt)
    return table_of(unknown if doubt == 1 else np.logaddexp(unknown, logs + math.log1p(-doubt)))


def _table(n: int, load: Known | None) -> Table:
    return _unknown_load(n) if load is None else _known_load(n, load)


def log_likelihood(c: ArrayLike, n: int, load: Known | None = None) -> Floats:
    """log L of each cosine: a query from this item, at an unknown share, against one from none.

    c: any shape; float64 comes back. L depends on (c, n, load) alone, is 1 on average over pure
    noise, and is tabulated once for each n and load. Where nothing is known of the load, the share
    is taken to be log-uniform between 1/√n and 1, so that 1 to n superposed terms are equally
    likely on a log scale: where a system is known to hold few, its answers are better than they say.
    """
    table = _table(n, load)
    if isinstance(c, np.ndarray) and c.ndim == 1 and len(c) <= FEW:
        return np.array([look_up_one(table, x, n) for x in c.tolist()])
    return look_up(table, place_of(c, n))


def log_likelihoods(
    c: ArrayLike, n: int, loads: Sequence[Known | None], which: NDArray[np.intp]
) -> Floats:
    """What `log_likelihood` says of each cosine by a load of its own: loads[which], which as c."""
    if len(loads) == 1:
        return log_likelihood(c, n, loads[0])
    tables = [_table(n, load) for load in loads]
    values, steps = (np.stack([table[part] for table in tables]) for part in (0, 1))
    return look_up((values, steps), place_of(c, n), which)


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
    if isinstance(log_sum, float) and math.isfinite(log_sum) and items and prior_nothing < 1:
        each = math.log1p(-prior_nothing) - math.log(items)  # one query, without arrays
        odds = (
            math.exp(min(math.log(prior_nothing) - each - log_sum, 700)) if prior_nothing else 0.0
        )
        match = np.exp(np.asarray(log_l) - log_sum) / (1 + odds)
        return match, np.asarray(odds / (1 + odds))
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
