"""Fixed random permutations: functions of a name and a size, the same in every release."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from vsa.algebra.streams import streams

Order = np.ndarray[Any, Any]

SHORT = 1 << 13  # numbers


def shuffled(key: str, count: int) -> Order:
    """The numbers below `count` in random order: sorted by hashes of the key."""
    return np.argsort(streams([key.encode()], 8 * count)[0].view("<u8"), kind="stable")


@lru_cache(maxsize=64)
def cycle(count: int) -> Order:
    """One cycle through all numbers below `count`: only its count-th power brings any back."""
    ring = shuffled(f"vsa/cycle\x1f{count}", count)
    order = np.empty(count, dtype=np.intp)
    order[ring] = np.roll(ring, -1)
    return order


def turns(count: int, times: int) -> Order:
    """`cycle(count)`, applied `times` times or undone; kept where it is short."""
    return _turns(count, times) if count <= SHORT else power(cycle(count), times)


@lru_cache(maxsize=256)
def _turns(count: int, times: int) -> Order:
    return power(cycle(count), times)


def power(order: Order, times: int) -> Order:
    """The permutation applied `times` times, or undone, by squaring: a[power] moves a."""
    index = np.arange(len(order))
    step = order if times >= 0 else np.argsort(order)
    times = abs(times)
    while times:
        if times & 1:
            index = step[index]
        step = step[step]
        times >>= 1
    return index
