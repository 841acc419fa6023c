"""The likelihood of a query at a known share, over that of pure noise; and tables of such functions.

The share ρ lives in s = artanh ρ and the cosine in t = artanh c: there the likelihood of any ρ is a
bump of width between √(1/2n) and √(1/n), everywhere the same, so one even grid serves.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vsa.theory.capacity import Floats

SHARE_MAX = 1 - 1e-4  # a share of 1 leaves no noise to speak of
_EDGE = 8.0  # the tables run over |t| ≤ 8, that is |c| ≤ 1 − 2e-7: a float32 holds no more
_MOST = 1 - 3e-7  # of |c|
_STEP = 0.2  # of the tables, in units of 1/√n: linear interpolation errs by .005 nats

Table = tuple[Floats, Floats]  # a function of t on the grid, and its steps from point to point
Place = tuple[NDArray[np.int32], NDArray[np.floating]]  # the point below, the part of a step beyond


def log_ratio(s: Floats, t: Floats, n: int) -> Floats:
    """log density of a query at cosine tanh t from an item at share tanh s, over that of noise.

    The density of N(ρx, (1−ρ²)I/n) over that of N(0, I/n), at a unit query u, is
    log L(ρ) = −(n/2) ln(1−ρ²) + [nρc − n(1+ρ²)/2]/(1−ρ²) + n/2. But u was normalised: given its
    length the first is a von Mises–Fisher density, and L(ρ) averages 1/√(1−ρ⁴) over pure noise,
    not 1. The added ½ ln(1−ρ⁴) puts that right (averaged over ρ, to .2% from n = 16 on and 3% at
    n = 2). It is linear in the cosine.
    """
    cosh_s, sinh_s = np.cosh(s), np.sinh(s)
    at_share = n * np.log(cosh_s) + 0.5 * np.log(np.cosh(2 * s)) - 2 * np.log(cosh_s)
    return np.asarray(at_share + n * sinh_s * cosh_s * (np.tanh(t) - np.tanh(s)))


def _points(n: int) -> int:
    return math.ceil(2 * _EDGE * math.sqrt(n) / _STEP) + 1


@lru_cache(maxsize=256)
def _scale(n: int) -> float:
    """Points of the table for each unit of t."""
    return (_points(n) - 1) / (2 * _EDGE)


def axis_of(n: int) -> tuple[float, float, float]:
    """How `place_of` finds a place: the largest |c|, the limit of |artanh c|, points a unit of it."""
    return _MOST, _EDGE, _scale(n)


def grid(n: int) -> Floats:
    """The points t of every table."""
    return np.linspace(-_EDGE, _EDGE, _points(n))


def table_of(values: Floats) -> Table:
    """The table of a function whose values on the grid, its last axis, are given."""
    return values, np.diff(values, append=values[..., -1:])


def place_of(c: ArrayLike, n: int) -> Place:
    """Where the cosines fall on the grid."""
    c = np.asarray(c)
    # float32 is fine enough, and its artanh is ten times as fast; the place is finer than that.
    t = np.empty(c.shape, np.float32 if c.dtype == np.float32 else np.float64)
    np.maximum(c, -_MOST, out=t)
    np.minimum(t, _MOST, out=t)  # two calls, of which each takes a third of one of clip
    np.arctanh(t, out=t)
    x = np.add(t, _EDGE, out=np.empty(c.shape), dtype=np.float64)
    x *= _scale(n)
    below = x.astype(np.int32)
    np.subtract(x, below, out=x, casting="same_kind")
    return below, x


def points_of(c: Any, n: int, xp: Any) -> Any:
    """What `place_of` gives, the point and the part of a step in one number, of any array library."""
    return (xp.atanh(xp.clip(c, -_MOST, _MOST)) + _EDGE) * _scale(n)


def look_up(table: Table, place: Place, which: NDArray[np.intp] | None = None) -> Floats:
    """The function at some places; which: of several tables in one, the one for each place."""
    values, steps = table
    below, beyond = place
    at = below if which is None else (which, below)
    found = np.asarray(steps[at] * beyond)
    found += values[at]
    return found


def place_of_one(c: float, n: int) -> tuple[int, float]:
    """What `place_of` gives for one cosine, without the calls for arrays."""
    x = math.atanh(min(max(c, -_MOST), _MOST)) + _EDGE
    x *= _scale(n)
    below = int(x)
    return below, x - below


def look_up_one(table: Table, place: tuple[int, float]) -> float:
    """What `look_up` gives at one place."""
    below, beyond = place
    return float(table[0][below]) + float(table[1][below]) * beyond
