"""A sparse distributed memory beforehand: what its reads come to, by binomials (Kanerva 1988, ch. 7).

Words are of `dim` bits, and as many of the `locations`, themselves such words, are active for each
as lie nearest to it. Two words at a distance of d bits share some of their active locations. A read
finds the word written there as often as the two share locations, and each other word as often as chance
has it: a bit is the sign of their sum. How far that leaves the result from the word is the next
distance; where it exceeds the distance before, reading it again leads away. Beyond Kanerva's terms
stand here that the copies of a word err together, that of the locations that are shared more or fewer
are drawn, and that words near to the address share more with it and say its bits again.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from vsa.arguments import checked_whole
from vsa.errors import ArgumentValueError
from vsa.theory.capacity import Floats


def active_share(locations: int, pairs: int) -> float:
    """The share of active locations of the least noise: (2·locations·pairs) ^ −⅓ (Kanerva 1988)."""
    return float((2 * locations * pairs) ** (-1 / 3))


def shared_locations(dim: int, locations: int, active: int, distance: int) -> float:
    """How many of the active locations two words have in common that differ in `distance` bits.

    >>> round(shared_locations(1000, 1_000_000, 1000, 0)), round(
    ...     shared_locations(1000, 1_000_000, 1000, 500)
    ... )
    (1000, 1)
    """
    _checked(dim, locations, active)
    distance = checked_whole("distance", distance, 0, dim)
    radius, part = _radius(dim, active / locations)
    if radius == 0:
        return 0.0 if distance else part * locations / 2**dim
    # max of a location's two distances: i of the bits that differ, or the rest of them, and j others
    of_these = np.maximum(np.arange(distance + 1), distance - np.arange(distance + 1))
    others = np.append(np.cumsum(_binomial(dim - distance)), 1.0)
    both = [
        float(
            _binomial(distance) @ np.where(left < 0, 0.0, others[np.minimum(left, dim - distance)])
        )
        for left in (radius - 1 - of_these, radius - of_these)
    ]
    return locations * ((1 - part) * both[0] + part * both[1])


def next_distance(dim: int, locations: int, active: int, pairs: int, distance: int) -> float:
    """In how many bits what is read differs from a word, if the address does in `distance`.

    Of `pairs` random words, each written at itself.
    """
    pairs = checked_whole("pairs", pairs, 1)
    signal = shared_locations(dim, locations, active, distance)
    scatter = signal * max(1 - signal / active, 0)  # as of so many that are drawn
    # words that share more locations with the address are nearer to it: they say its bits again
    again = (pairs - 1) * _overlap_by_cosine(dim, locations, active)
    noise = math.sqrt((pairs - 1) * _overlap_squared(dim, locations, active) + scatter)
    if noise == 0:
        return 0.0 if signal else dim / 2
    of_right, of_wrong = (
        math.erfc((signal + sign * again) / noise / math.sqrt(2)) / 2 for sign in (1, -1)
    )
    return (dim - distance) * of_right + distance * of_wrong


def critical_distance(dim: int, locations: int, active: int, pairs: int) -> int:
    """From how many wrong bits on reading again and again leads away from the word; 0: from any.

    Of `pairs` random words, each written at itself; dim // 2 if it leads there from everywhere.

    >>> critical_distance(1000, 1_000_000, 1000, 10_000)
    237
    """
    nearer = False
    for distance in range(dim // 2):
        if next_distance(dim, locations, active, pairs, distance) <= max(distance, 0.5):
            nearer = True
        elif nearer:
            return distance
        elif (
            distance > dim // 4
        ):  # near dim / 2 reads do not come nearer to the word, but to chance
            return 0
    return dim // 2


@lru_cache(maxsize=64)
def _overlap_by_cosine(dim: int, locations: int, active: int) -> float:
    """The mean of how many active locations two random words share, times their cosine."""
    each, reach = _binomial(dim), round(3 * math.sqrt(dim))  # six standard deviations
    near = range(max(dim // 2 - reach, 0), min(dim // 2 + reach, dim) + 1)
    return sum(
        float(each[d]) * shared_locations(dim, locations, active, d) * (1 - 2 * d / dim)
        for d in near
    )


@lru_cache(maxsize=64)
def _overlap_squared(dim: int, locations: int, active: int) -> float:
    """The mean square of how many active locations a random word shares with another.

    Two locations near to a word are nearer to each other than chance has it: a word that has one of
    them is likelier to have the other, too.
    """
    p = active / locations
    radius, _ = _radius(dim, p)
    share = _binomial(dim)[: radius + 1]
    mean = float(share @ np.arange(radius + 1) / share.sum()) / dim
    apart = round(2 * mean * (1 - mean) * dim)
    pair = shared_locations(dim, locations, active, apart) / locations
    return active * p + active * (active - 1) * pair


@lru_cache(maxsize=1024)
def _binomial(n: int) -> Floats:
    """P(k of n bits), (n + 1,)."""
    logs = np.cumsum(np.log(np.append(1.0, np.arange(n, 0, -1) / np.arange(1, n + 1))))
    found = np.exp(logs - n * math.log(2))
    found.flags.writeable = False
    return found


@lru_cache(maxsize=64)
def _radius(dim: int, share: float) -> tuple[int, float]:
    """The distance of the last locations that are active, and how many of those there are."""
    each = _binomial(dim)
    within = np.cumsum(each)
    radius = min(int(np.searchsorted(within, share)), dim)
    before = float(within[radius - 1]) if radius else 0.0
    return radius, min((share - before) / float(each[radius]), 1.0)


def _checked(dim: int, locations: int, active: int) -> None:
    checked_whole("dim", dim, 2)
    checked_whole("locations", locations, 1)
    if checked_whole("active", active, 1) > locations:
        raise ArgumentValueError(
            f"active must be at most the {locations:,} locations, not {active:,}"
        )
