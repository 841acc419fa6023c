"""How likely a term is to be in a whole: by the scores and the noise that a memory has for a query."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.vector import Vector
from vsa.hooks.structure import host
from vsa.memory.storage import asked, stored
from vsa.theory.capacity import Floats
from vsa.theory.likelihood import log_likelihood, log_likelihoods

PAIRED = 16  # wholes that are compared with the terms of all of them at a time


def evidence(whole: Vector, terms: Iterable[Vector]) -> tuple[Floats, Floats]:
    """Scores (..., terms) of terms with a whole, and log L that it holds each against that it does not.

    Batches broadcast: of each whole, or of one with each of many.
    """
    space = whole.space
    if not space.metric.varies:
        scores = np.stack([host(whole, whole.similarities(term)) for term in terms], axis=-1)
        return scores, log_likelihood(np.clip(scores, -1, 1), space.noise)
    queries, lengths = asked(whole.reshape(-1))
    noises, which = space.metric.noises(queries)
    found = [_scores(whole, queries, lengths, term) for term in terms]
    scores = np.stack(found, axis=-1)
    of = np.broadcast_to(which.reshape((*whole.shape, 1)), scores.shape)
    return scores, log_likelihoods(scores, [(noise, None) for noise in noises], of)


def _scores(whole: Vector, queries: Array, lengths: Floats, term: Vector) -> Floats:
    """Those of one term (...), 0 where there is nothing.  queries, lengths: of the whole."""
    metric, numpy = whole.space.metric, whole.space.backend.numpy
    rows, there = stored(term.reshape(-1))
    if len(rows) == 1 or len(queries) == 1:
        scores = numpy(metric.scores(queries, rows)).reshape(-1)
    else:
        some = [slice(i, i + PAIRED) for i in range(0, len(rows), PAIRED)]
        scores = np.concatenate(
            [numpy(metric.scores(queries[s], rows[s])).diagonal() for s in some]
        )
    known = (lengths > 0) & (there > 0)
    return np.asarray((scores * known).reshape(np.broadcast_shapes(whole.shape, term.shape)))
