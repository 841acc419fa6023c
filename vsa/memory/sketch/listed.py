"""What the shortlists of several queries come to, whoever ranked them."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from vsa.theory.likelihood import log_likelihoods
from vsa.theory.load import Known
from vsa.theory.noise import Noise

Floats = np.ndarray[Any, Any]


class Listed(NamedTuple):
    """What the shortlists of some queries come to.

    length: of each (n,).  seen: log Σ L over it (n,).  rows, best, logs: the nearest rows, their cosines
    and log L of these (n, wanted); -1 and -inf where there are fewer.  of: which of the loads each has.
    """

    length: Floats
    seen: Floats
    rows: Floats
    best: Floats
    logs: Floats
    of: Floats
    loads: list[Known | None]

    @property
    def columns(self) -> tuple[Floats, ...]:
        """What there is of each query."""
        return self[:-1]


def of_ranked(
    ends: Floats,
    row: Floats,
    score: Floats,
    wanted: int,
    noise: Noise,
    loads: list[Known | None],
    of: Floats,
) -> Listed:
    """That of rows, nearest first, and their cosines, as `Shortlist.ranked` gives them.

    ends: of each query (n + 1,).  of: which of the loads each has.
    """
    length, count = np.diff(ends), len(ends) - 1
    which = np.repeat(np.arange(count), length)
    logs = log_likelihoods(score, [(noise, its) for its in loads], of[which])
    place = ends[:-1, None] + np.arange(wanted)
    there = place < ends[1:, None]
    place[~there] = 0
    columns = zip((row, score, logs), (-1, -math.inf, -math.inf), strict=True)
    rows, best, log = (
        np.where(there, each[place] if len(each) else none, none) for each, none in columns
    )
    top = np.where(length, log[:, 0], 0.0)
    with np.errstate(divide="ignore"):
        seen = top + np.log(np.bincount(which, np.exp(logs - top[which]), count))
    return Listed(length, seen, rows, best, log, of, loads)
