"""What shards found, as one answer.

The best of all shards are among the k best of each. P(match) and P(nothing) need log Σ L over all
items, which is the log of the sum of the shards' sums; so the merge loses nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa.cluster.shard import Found
from vsa.memory.answer import Answer
from vsa.memory.base import Readable
from vsa.theory.likelihood import log_likelihood, log_total, posterior

Columns = tuple[np.ndarray[Any, Any], ...]


def merged(
    memory: Readable,
    blocks: list[list[Found]],
    shape: tuple[int, ...],
    k: int,
    prior_nothing: float,
) -> Answer:
    """The answer to a batch of a shape, whose queries went to the shards in blocks."""
    items = sum(found.items for found in blocks[0])
    if not items:
        nobody = np.full((*shape, 1), None, dtype=object)
        none, one = np.zeros((*shape, 1)), np.ones(shape)
        rows = np.full((*shape, 1), -1)
        return Answer(memory, rows, nobody, none, none.copy(), one, np.zeros(shape), 0)
    parts = [_merge(some, memory.space.dim, items, k, prior_nothing) for some in blocks]
    rows, names, cosines, match, nothing, margin = (
        np.concatenate(column) for column in zip(*parts, strict=True)
    )
    many = (*shape, rows.shape[-1])
    return Answer(
        memory, rows.reshape(many), names.reshape(many), cosines.reshape(many),
        match.reshape(many), nothing.reshape(shape), margin.reshape(shape), items,
    )  # fmt: skip


def _merge(some: list[Found], dim: int, items: int, k: int, prior_nothing: float) -> Columns:
    """Numbers, names, cosines, P(match): (queries, k); P(nothing), margins: (queries,)."""
    some = [found for found in some if found.items]
    numbers = np.concatenate([found.numbers for found in some], axis=1)
    names = np.concatenate([found.names for found in some], axis=1)
    cosines = np.concatenate([found.cosines for found in some], axis=1)
    order = np.lexsort((numbers, -cosines), axis=-1)  # of equal ones the oldest
    numbers, names, cosines = (
        np.take_along_axis(x, order, axis=1) for x in (numbers, names, cosines)
    )
    kept = min(k, items)
    log_sum = log_total(np.stack([found.log_sum for found in some], axis=-1))
    empty = numbers[:, 0] < 0  # a zero query, which nothing is similar to
    log_sum[empty] = 0.0
    match, nothing = posterior(
        log_likelihood(cosines[:, :kept], dim), log_sum, items, prior_nothing
    )
    margin = cosines[:, 0] - cosines[:, 1] if items > 1 else np.zeros(len(cosines))
    match[empty], nothing[empty] = 0.0, 1.0
    return numbers[:, :kept], names[:, :kept], cosines[:, :kept], match, nothing, margin
