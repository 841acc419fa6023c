"""The theory of the library's own noise: what a dimension holds, before anything is stored.

How often will cleanup be right? `accuracy` and what is built on it (Frady, Kleyko and Sommer 2018).
How sure an answer is, once a query has been compared with the items, is in likelihood.py.
"""

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.arguments import checked_iterable, checked_number, checked_whole, refused
from vsa.errors import VsaError

Floats = NDArray[np.float64]


def check_dim(n: int) -> None:
    if type(n) is not int:
        n = checked_whole("n", n)
    if n < 2:
        raise VsaError(f"dim {n} is too small for the theory of noise: give at least 2")


def _check_target(target: float) -> None:
    if not 0 < checked_number("target", target) < 1:
        raise VsaError(f"target {target} is no probability to aim at: give one between 0 and 1")


def _check_load(k: float, items: int) -> None:
    if type(k) is not int and type(k) is not float:
        checked_number("k", k)
    if type(items) is not int:
        checked_whole("items", items)


# -- before anything is stored ----------------------------------------------------------------


def _log_normal_cdf(x: float) -> float:
    """log Φ(x) with the digits of the upper tail, which a large power of Φ needs."""
    tail = 0.5 * math.erfc(abs(x) / math.sqrt(2))
    return math.log1p(-tail) if x > 0 else math.log(tail)


def accuracy(n: int, k: float, items: int) -> float:
    """How often cleanup among `items` finds one of `k` superposed unit terms, in `n` dimensions.

    ∫ φ(h) Φ((1 + h√((k−1)/n)) / √(k/n))^(items−1) dh: the right item meets the noise of the other
    k − 1 terms, a wrong one that of all k. `k` may be fractional, a load estimated from a squared
    norm. `n` counts real components; n complex ones count as 2n.
    """
    check_dim(n)
    _check_load(k, items)
    if not k >= 1:
        raise VsaError(f"load {k} is below 1: it counts the superposed terms, the wanted one too")
    return _accuracy(n, k, items)


@lru_cache(maxsize=8192)
def _accuracy(n: int, k: float, items: int) -> float:
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
    return math.prod(accuracy(n, j, items) for j in range(checked_whole("k", k), 0, -1))


def needed_dim(
    k: float, items: int, target: float = 0.99, steps: Iterable[float] | None = None
) -> int:
    """The smallest dimension whose accuracy at load `k` reaches `target`; exact, not rounded up.

    `steps`, the loads of successive readings (range(1, 33) for a stack of 32), takes the place of
    `k`: then the product of their accuracies must reach it.
    """
    _check_target(target)
    _check_load(k, items)
    loads = [k] if steps is None else list(checked_iterable("steps", steps, "loads"))

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
    check_dim(n)
    _check_load(1, items)
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


@lru_cache(maxsize=1)
def _nodes() -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(96)


def _upper_tail(c: Floats, n: int) -> Floats:
    """P(two random directions in n dimensions have a cosine of at least c), 0 ≤ c < 1.

    ½ I_{1−c²}((n−1)/2, ½), as the integral of sech^(n−1) t over t > artanh c, taken relative to
    its value at the lower end: the digits survive however small the tail is.
    """
    log_cosh = -0.5 * np.log1p(-c * c)
    far = log_cosh + 40 / (n - 1)  # log cosh where the integrand has fallen by e⁻⁴⁰
    low = np.arctanh(c)
    high = far + np.log1p(np.sqrt(-np.expm1(-2 * far)))
    node, weight = _nodes()
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
    check_dim(n)
    _check_load(1, items)
    try:
        c = np.asarray(c, dtype=np.float64)
    except (TypeError, ValueError):
        raise refused("c", "cosines", c) from None
    tail = _upper_tail(np.minimum(np.abs(c), np.nextafter(1.0, 0.0)), n)
    tail = np.where(np.abs(c) >= 1, 0.0, tail)
    spared = np.where(c > 0, np.log1p(-tail), np.log(np.maximum(tail, 1e-300)))
    return np.asarray(-np.expm1(items * spared))
