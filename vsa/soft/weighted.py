"""Weighted recall of values by keys: the one mechanism of vsa.soft."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from vsa.algebra.backend import Array, Backend
from vsa.algebra.blocks import in_blocks
from vsa.memory.select import Among
from vsa.soft.rows import Rows, above_zero, holding, sides, unit

WEIGHT_BLOCKS = 8  # as large as so many blocks of vectors are the weights at a time, a few times


def weights(backend: Backend, queries: Array, keys: Array, theta: Any) -> Array:
    """softmax(θ cos) of queries (..., d) and keys (m, d), whole: (..., m)."""
    xp = backend.xp
    scores = (unit(backend, queries) @ unit(backend, keys).T) * theta
    if hasattr(xp, "softmax"):  # torch's own is one pass
        return xp.softmax(scores, -1)
    share = xp.exp(scores - backend.detach(xp.max(scores, axis=-1))[..., None])
    return share / xp.sum(share, axis=-1)[..., None]


def stream(queries: Array, keys: Rows, values: Rows, theta: Any) -> tuple[Array, Array]:
    """Σ softmax(θ q·k) value (..., v) and log Σ exp(θ q·k) (..., 1), key block by key block."""
    backend, xp = keys.backend, keys.backend.xp
    rows = max(math.prod(queries.shape[:-1]), 1)
    step = max(WEIGHT_BLOCKS * backend.block_bytes // (queries.itemsize * rows), 1)
    top: Any = None
    total: Any = None
    mixed: Any = None
    for start in range(0, keys.count, step):
        stop = min(start + step, keys.count)
        scores = (queries @ keys.block(start, stop).T) * theta
        # the sums do not depend on the peak, so that it needs no gradient
        peak = backend.detach(xp.max(scores, axis=-1))[..., None]
        if top is not None:
            peak = xp.maximum(peak, top)
        share = xp.exp(scores - peak)
        more, part = xp.sum(share, axis=-1)[..., None], share @ values.block(start, stop)
        if top is not None:
            fade = xp.exp(top - peak)
            more, part = total * fade + more, mixed * fade + part
        top, total, mixed = peak, more, part
    return mixed / total, top + xp.log(total)


def by_blocks(function: Callable[[Array], Array], queries: Array, keys: Rows) -> Array:
    """`function` over blocks of queries; what torch needs for gradients is computed once more."""
    backend = keys.backend
    if backend.has_out:
        return in_blocks(backend, function, [queries], in_order=True)
    flat = queries.reshape((-1, queries.shape[-1]))
    # of one block all weights are there at once when gradients are computed
    held = 16 * WEIGHT_BLOCKS * backend.block_bytes
    step = max(held // (queries.itemsize * max(keys.count, 1)), 1)
    if len(flat) <= step:
        return function(queries)
    from torch.utils.checkpoint import checkpoint

    parts = [
        checkpoint(function, flat[i : i + step], use_reentrant=False, preserve_rng_state=False)
        for i in range(0, len(flat), step)
    ]
    return backend.xp.concat(parts).reshape((*queries.shape[:-1], -1))


@holding
def recall(
    queries: Any,
    keys: Any,
    values: Any = None,
    theta: Any = 30.0,
    *,
    among: Among | None = None,
    kinds: str | Sequence[str] | None = None,
) -> Any:
    """Σ softmax(θ cos(query, key)) value: the values recalled by each query of a batch.

    queries (..., d), keys (m, d), values (m, v): arrays of one library, or Vectors (...) and (m,);
    keys may be a Memory (`among` and `kinds` choose, as in `Memory.cleanup`). Without values the
    keys themselves are recalled, at the lengths they have. Gives (..., v) or Vectors (...). theta,
    the inverse temperature, lies between 10 and 90 in the cache memories, and may be a tensor that
    learns. A zero query is equally far from all keys.

    >>> import numpy as np
    >>> keys = np.eye(3)
    >>> recall(keys[1], keys, np.array([[1.0], [2.0], [3.0]]), theta=50).round(6).tolist()
    [2.0]
    """
    theta = above_zero(theta)
    data, prepared, key, value = sides(queries, keys, values, among, kinds)

    def block(some: Array) -> Array:
        return value.finish(stream(prepared(some), key, value, theta)[0])

    return value.given(by_blocks(block, data, key))
