"""How sure an answer is, once a query has been compared with the items.

`log_likelihood`, `posterior` and `membership`, all on one model: a unit query is its item at share
ρ plus noise that is isotropic in n dimensions. The items may be as correlated as they like. What a
dimension holds, before anything is stored, is in capacity.py.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.errors import VsaError
from vsa.theory.capacity import Floats, check_dim
from vsa.theory.prior import PRIOR_NOTHING


def _check_prior(prior: float) -> None:
    if not 0 <= prior <= 1:
        raise VsaError(f"prior_nothing {prior} is no probability: give 0 to 1")


# The share ρ lives in s = artanh ρ and the cosine in t = artanh c: there the likelihood of any ρ
# is a bump of width between √(1/2n) and √(1/n), everywhere the same, so one even grid serves.

_SHARE_MAX = 1 - 1e-4  # a share of 1 leaves no noise to speak of
_EDGE = 8.0  # the tables run over |t| ≤ 8, that is |c| ≤ 1 − 2e-7: a float32 holds no more
FEW = 8  # cosines, which are looked up faster one by one
_STEP = 0.2  # of the tables, in units of 1/√n: linear interpolation errs by .005 nats


def _log_ratio(s: Floats, t: Floats, n: int) -> Floats:
    """log density of a query at cosine tanh t from an item at share tanh s, over that of noise.

    The density of N(ρx, (1−ρ²)I/n) over that of N(0, I/n), at a unit query u, is
    log L(ρ) = −(n/2) ln(1−ρ²) + [nρc − n(1+ρ²)/2]/(1−ρ²) + n/2. But u was normalised: given its
    length the first is a von Mises–Fisher density, and L(ρ) averages 1/√(1−ρ⁴) over pure noise,
    not 1. The added ½ ln(1−ρ⁴) puts that right (averaged over ρ, to .2% from n = 16 on and 3% at
    n = 2). Written with sinh (t − s), it loses no digits where ρ and c are near 1.
    """
    cosh_s = np.cosh(s)
    exponent = np.log(cosh_s) + np.sinh(s) * np.sinh(t - s) / np.cosh(t)
    return np.asarray(n * exponent + 0.5 * np.log(np.cosh(2 * s)) - 2 * np.log(cosh_s))


Table = tuple[Floats, Floats]  # a function of t on the grid, and its steps from point to point
Place = tuple[NDArray[np.int32], NDArray[np.floating]]  # the point below, the part of a step beyond


def _points(n: int) -> int:
    return math.ceil(2 * _EDGE * math.sqrt(n) / _STEP) + 1


def _grid(n: int) -> Floats:
    return np.linspace(-_EDGE, _EDGE, _points(n))


def _table(values: Floats) -> Table:
    return values, np.append(np.diff(values), 0.0)


def _place(c: ArrayLike, n: int) -> Place:
    """Where the cosines fall on the grid."""
    c = np.asarray(c)
    # float32 is fine enough, and its artanh is ten times as fast.
    x = np.empty(c.shape, np.float32 if c.dtype == np.float32 else np.float64)
    np.clip(c, -1 + 3e-7, 1 - 3e-7, out=x)
    np.arctanh(x, out=x)
    x += _EDGE
    x *= (_points(n) - 1) / (2 * _EDGE)
    below = x.astype(np.int32)
    np.subtract(x, below, out=x, casting="same_kind")
    return below, x


def _look_up(table: Table, place: Place) -> Floats:
    values, steps = table
    below, beyond = place
    found = np.asarray(steps[below] * beyond)
    found += values[below]
    return found


@lru_cache(maxsize=32)
def _likelihood_table(n: int) -> Table:
    """log of L(ρ) averaged over ρ, log-uniform in [1/√n, 1 − 1e-4].

    Gauss–Legendre over the bump, or over what of it lies within the limits.
    """
    check_dim(n)
    t = _grid(n)
    low, high = math.atanh(1 / math.sqrt(n)), math.atanh(_SHARE_MAX)
    peak = np.clip(t, low, high)
    # Away from its peak the exponent falls by at least (slope)·x + n·x²/2; e⁻³⁰ is far enough.
    slope = max(n - 4, 0) * np.abs(np.tanh(peak) + np.sinh(t - 2 * peak) / np.cosh(t))
    reach = (np.sqrt(slope**2 + 60 * n) - slope) / n
    start, end = np.maximum(peak - reach, low), np.minimum(peak + reach, high)
    node, weight = np.polynomial.legendre.leggauss(32)
    half = ((end - start) / 2)[:, None]
    s = start[:, None] + half * (1 + node)
    # dρ/ρ = ds/(sinh s cosh s)
    log_term = _log_ratio(s, t[:, None], n) - np.log(np.sinh(2 * s) / 2)
    top = log_term.max(-1)
    area = (np.exp(log_term - top[:, None]) * weight * half).sum(-1)
    return _table(top + np.log(area / math.log(_SHARE_MAX * math.sqrt(n))))


def log_likelihood(c: ArrayLike, n: int) -> Floats:
    """log L of each cosine: a query from this item, at an unknown share, against one from none.

    c: any shape; float64 comes back. L depends on (c, n) alone, is 1 on average over pure noise,
    and is tabulated once for each n. The share is taken to be log-uniform between 1/√n and 1, so
    that 1 to n superposed terms are equally likely on a log scale: where a system is known to hold
    few, its answers are better than they say.
    """
    table = _likelihood_table(n)
    if isinstance(c, np.ndarray) and c.ndim == 1 and len(c) <= FEW:
        return np.array([_look_up_one(table, x, n) for x in c.tolist()])
    return _look_up(table, _place(c, n))


def _look_up_one(table: Table, c: float, n: int) -> float:
    """What `_look_up` gives for one cosine, without the calls for arrays."""
    x = math.atanh(min(max(c, -1 + 3e-7), 1 - 3e-7)) + _EDGE
    x *= (_points(n) - 1) / (2 * _EDGE)
    below = int(x)
    return float(table[0][below]) + float(table[1][below]) * (x - below)


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
    _check_prior(prior_nothing)
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


# -- many right answers -----------------------------------------------------------------------

_SPREAD = 5.0  # members of unequal weight: from the largest down to a fifth of it
_PRIOR_SPREAD = 0.003  # small, since a single clear case of it outweighs that


@lru_cache(maxsize=8)
def _bundle_tables(n: int) -> list[tuple[int, float, Table]]:
    """Hypotheses about a bundle: (number of members, log prior, table of log L).

    m members, log-uniform in 1 … n, at the share that such a bundle gives to each: 1/√m, or, when
    their weights g differ, g/√(m⟨g²⟩), averaged over g.
    """
    few = min(n, 16)
    members = np.unique(np.append(np.arange(1, few + 1), np.geomspace(few, n, 24).round()))
    log_prior = np.log(np.gradient(np.log(members)))
    t = _grid(n)
    tables = []
    for weights, prior in (
        (np.ones(1), 1 - _PRIOR_SPREAD),
        (np.linspace(1 / _SPREAD, 1, 8), _PRIOR_SPREAD),
    ):
        for m, log_p in zip(members, log_prior, strict=True):
            share = np.minimum(weights / math.sqrt(m * (weights**2).mean()), 0.999)
            log_l = _log_ratio(np.arctanh(share), t[:, None], n)
            values = log_total(log_l) - math.log(len(weights))
            tables.append((int(m), float(log_p) + math.log(prior), _table(values)))
    return tables


def membership(c: ArrayLike, n: int, prior_nothing: float = PRIOR_NOTHING) -> Floats:
    """P(member) of every item of a plain bundle, where many are right; c (..., items), same shape.

    Give the cosines of all items: how many members there are, and at what share, is read off them,
    by averaging over both. The members have one share in common; an unknown share for each item,
    as in `posterior`, takes strong noise for weak members and weak members for noise (1–20 of 500
    items, dim 512: 1.5 times too many when the proportion of members is fitted by EM; 1–60 of
    them: half too few when it is fixed). A small prior on unequal weights, up to 5 : 1, keeps
    counted sets right. What resembles a member counts as one: the items must be near orthogonal.
    """
    check_dim(n)
    _check_prior(prior_nothing)
    c = np.asarray(c)
    items = c.shape[-1] if c.ndim else 0
    if items == 0:
        raise VsaError("membership needs the cosines of all items along the last axis, at least 1")
    place = _place(c, n)
    hypotheses = [h for h in _bundle_tables(n) if h[0] <= items]
    log_some = math.log1p(-prior_nothing) if prior_nothing < 1 else -math.inf
    log_some -= float(log_total([h[1] for h in hypotheses]))
    # A running average over hypotheses, weighted by their evidence; the first is "no members".
    top = np.full(c.shape[:-1], math.log(prior_nothing) if prior_nothing > 0 else -1e300)
    total, mean = np.ones(top.shape), np.zeros(c.shape)
    for m, log_prior, table in hypotheses:
        log_odds = _look_up(table, place) + math.log(m / (items + 1 - m))
        small = np.exp(-np.abs(log_odds))
        evidence = (np.maximum(log_odds, 0) + np.log1p(small)).sum(-1)
        evidence += items * math.log1p(-m / (items + 1)) + log_prior + log_some
        new_top = np.maximum(top, evidence)
        old, new = np.exp(top - new_top), np.exp(evidence - new_top)
        member = np.where(log_odds > 0, 1.0, small) / (1 + small)
        mean = old[..., None] * mean + new[..., None] * member
        total, top = old * total + new, new_top
    return np.asarray(mean / total[..., None])
