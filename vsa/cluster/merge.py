"""What shards found, as one record.

The best of all shards are among the k best of each. P(match) and P(nothing) need log Σ L over all
items, which is the log of the sum of the shards' sums; so the merge loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vsa.memory.matches import Found, weighed
from vsa.memory.ties import order
from vsa.theory.likelihood import log_likelihoods, log_total
from vsa.theory.load import UNKNOWN, Load, models_of
from vsa.theory.noise import Noise

Noises = tuple[Sequence[Noise], np.ndarray[Any, Any]]


def merged(
    shards: list[Found], noises: Noises, k: int, prior_nothing: float, load: Load = UNKNOWN
) -> Found:
    """What the shards found for some queries (n,) among the items of all; each k best, or more.

    noises: of the queries, and which of them each has.  load: what is known of each query's, (n,).
    """
    items = sum(found.items for found in shards)
    shards = [found for found in shards if found.items] or shards[:1]
    rows, names, cosines = (
        np.concatenate([getattr(found, column) for found in shards], axis=1)
        for column in ("rows", "names", "similarities")
    )
    place = order(cosines, rows)
    rows, names, cosines = (np.take_along_axis(x, place, axis=1) for x in (rows, names, cosines))
    models, of = models_of(*noises, load.over((len(cosines),)))
    logs = log_likelihoods(cosines, models, np.repeat(of[:, None], cosines.shape[1], axis=1))
    logs[rows < 0] = -math.inf  # a zero query, which nothing is similar to
    log_sum = log_total(np.stack([found.log_sum for found in shards], axis=-1))
    kept = max(min(k, items), 1)
    found = weighed(rows, cosines, logs, log_sum, items, kept, prior_nothing)
    found.names = names[:, :kept]
    return found
