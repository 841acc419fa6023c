"""The theory of the library's own noise: what a dimension holds, and how sure an answer is.

Before anything is stored: how often will cleanup be right? `accuracy` and what is built on it
(Frady, Kleyko and Sommer 2018). Once a query has been compared with the items: how probable is
each? `log_likelihood`, `posterior` and `membership`, all on one model: a unit query is its item at
share ρ plus noise that is isotropic in n dimensions. The items may be as correlated as they like.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import VsaError

Floats = NDArray[np.float64]


def _check_dim(n: int) -> None:
    if n < 2:
        raise VsaError(f"dim {n} is too small for the theory of noise: give at least 2")


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise VsaError(f"target {target} is no probability to aim at: give one between 0 and 1")


def _check_prior(prior: float) -> None:
    if not 0 <= prior <= 1:
        raise VsaError(f"prior_nothing {prior} is no probability: give 0 to 1")


# -- before anything is stored ----------------------------------------------------------------


def _log_normal_cdf(x: float) -> float:
    """log Φ(x) with the digits of the upper tail, which a large power of Φ needs."""
    tail = 0.5 * math.erfc(abs(x) / math.sqrt(2))
    return math.log1p(-tail) if x > 0 else math.log(tail)


@lru_cache(maxsize=8192)
def accuracy(n: int, k: float, items: int) -> float:
    """How often cleanup among `items` finds one of `k` superposed unit terms, in `n` dimensions.

    ∫ φ(h) Φ((1 + h√((k−1)/n)) / √(k/n))^(items−1) dh: the right item meets the noise of the other
    k − 1 terms, a wrong one that of all k. `k` may be fractional, a load estimated from a squared
    norm. `n` counts real components; n complex ones count as 2n.
    """
    _check_dim(n)
    if not k >= 1:
        raise VsaError(f"load {k} is below 1: it counts the superposed terms, the wanted one too")
    if items <= 1:
        return 1.0
    right, wrong = math.sqrt((k - 1) / n), math.sqrt(k / n)
    # The trapezoid rule converges exponentially here: a Gaussian times a smooth step.
    area = 0.0
    for i in range(-90, 91):
        h = i / 10
        area += math.exp((items - 1) * _log_normal_cdf((1 + h * right) / wrong) - h * h / 2)
    return min(1.0, area / (10 * math.sqrt(2 * math.pi)))


def unwinding(n: int, k: int, items: int) -> float:
    """How often a superposition of `k` parts is read to its end, as a stack is popped.

    The product of accuracy(n, j, items) for j = k … 1.
    """
    return math.prod(accuracy(n, j, items) for j in range(k, 0, -1))


def needed_dim(
    k: float, items: int, target: float = 0.99, steps: Iterable[float] | None = None
) -> int:
    """The smallest dimension whose accuracy at load `k` reaches `target`; exact, not rounded up.

    `steps`, the loads of successive readings (range(1, 33) for a stack of 32), takes the place of
    `k`: then the product of their accuracies must reach it.
    """
    _check_target(target)
    loads = [k] if steps is None else list(steps)

    def enough(n: int) -> bool:
        reached = 1.0
        for load in loads:
            reached *= accuracy(n, load, items)
            if reached < target:
                return False
        return True

    high = 2
    while not enough(high):
        high *= 2
    low = high // 2  # not enough, or below the smallest dimension
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def capacity(n: int, items: int, target: float = 0.99) -> int:
    """The most superposed terms of which cleanup finds one with accuracy `target`; 0 if not one."""
    _check_target(target)
    _check_dim(n)
    if items * target <= 1:  # a guess is right that often, whatever the load
        raise VsaError(f"{items} items and target {target} bound no load: a guess reaches it")
    high = 1
    while accuracy(n, high, items) >= target:
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if accuracy(n, middle, items) >= target else (low, middle)
    return low


def _upper_tail(c: Floats, n: int) -> Floats:
    """P(two random directions in n dimensions have a cosine of at least c), 0 ≤ c < 1.

    ½ I_{1−c²}((n−1)/2, ½), as the integral of sech^(n−1) t over t > artanh c, taken relative to
    its value at the lower end: the digits survive however small the tail is.
    """
    log_cosh = -0.5 * np.log1p(-c * c)
    far = log_cosh + 40 / (n - 1)  # log cosh where the integrand has fallen by e⁻⁴⁰
    low = np.arctanh(c)
    high = far + np.log1p(np.sqrt(-np.expm1(-2 * far)))
    node, weight = np.polynomial.legendre.leggauss(96)
    half = ((high - low) / 2)[..., None]
    t = low[..., None] + half * (1 + node)
    fall = t + np.log1p(np.exp(-2 * t)) - math.log(2) - log_cosh[..., None]
    area = (np.exp(-(n - 1) * fall) * weight * half).sum(-1)
    log_beta = math.lgamma((n - 1) / 2) + math.lgamma(0.5) - math.lgamma(n / 2)
    return np.asarray(np.exp(-(n - 1) * log_cosh - log_beta) * area)


def false_match(c: ArrayLike, n: int, items: int) -> Floats:
    """P(some one of `items` unrelated items reaches cosine `c` by chance); c of any shape.

    1 − (1 − ½ I_{1−c²}((n−1)/2, ½))^items.
    """
    _check_dim(n)
    c = np.asarray(c, dtype=np.float64)
    tail = _upper_tail(np.minimum(np.abs(c), np.nextafter(1.0, 0.0)), n)
    tail = np.where(np.abs(c) >= 1, 0.0, tail)
    spared = np.where(c > 0, np.log1p(-tail), np.log(np.maximum(tail, 1e-300)))
    return np.asarray(-np.expm1(items * spared))


# -- after the comparison ---------------------------------------------------------------------
#
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
    _check_dim(n)
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
    log_l: ArrayLike, log_sum: ArrayLike, items: int, prior_nothing: float = 0.5
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


def membership(c: ArrayLike, n: int, prior_nothing: float = 0.5) -> Floats:
    """P(member) of every item of a plain bundle, where many are right; c (..., items), same shape.

    Give the cosines of all items: how many members there are, and at what share, is read off them,
    by averaging over both. The members have one share in common; an unknown share for each item,
    as in `posterior`, takes strong noise for weak members and weak members for noise (1–20 of 500
    items, dim 512: 1.5 times too many when the proportion of members is fitted by EM; 1–60 of
    them: half too few when it is fixed). A small prior on unequal weights, up to 5 : 1, keeps
    counted sets right. What resembles a member counts as one: the items must be near orthogonal.
    """
    _check_dim(n)
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
