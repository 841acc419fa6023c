"""What shards found, as one record.

The best of all shards are among the k best of each. P(match) and P(nothing) need log Σ L over all
items, which is the log of the sum of the shards' sums; so the merge loses nothing.
"""

from __future__ import annotations

import math

import numpy as np

from vsa.memory.matches import Found, weighed
from vsa.memory.ties import order
from vsa.theory.likelihood import log_likelihood, log_total


def merged(shards: list[Found], dim: int, k: int, prior_nothing: float) -> Found:
    """What the shards found for some queries (n,) among the items of all; each k best, or more."""
    items = sum(found.items for found in shards)
    shards = [found for found in shards if found.items] or shards[:1]
    rows, names, cosines = (
        np.concatenate([getattr(found, column) for found in shards], axis=1)
        for column in ("rows", "names", "similarities")
    )
    place = order(cosines, rows)
    rows, names, cosines = (np.take_along_axis(x, place, axis=1) for x in (rows, names, cosines))
    logs = log_likelihood(cosines, dim)
    logs[rows < 0] = -math.inf  # a zero query, which nothing is similar to
    log_sum = log_total(np.stack([found.log_sum for found in shards], axis=-1))
    kept = max(min(k, items), 1)
    found = weighed(rows, cosines, logs, log_sum, items, kept, prior_nothing)
    found.names = names[:, :kept]
    return found
