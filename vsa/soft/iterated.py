"""Iterated soft cleanup: the modern Hopfield network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vsa.algebra.backend import Array
from vsa.arguments import checked_whole
from vsa.memory.select import Among
from vsa.soft.rows import above_zero, holding, sides, superposed
from vsa.soft.weighted import by_blocks, stream


class Settled(NamedTuple):
    """Where an iterated recall came to rest.

    vector: (...) as the queries are; of length 1 at a single item, shorter where it rests between
    several.  steps: how many it took, (...).  settled: whether it no longer moves, (...).
    """

    vector: Any
    steps: Any
    settled: Any


@holding
def hopfield(
    query: Any,
    memory: Any,
    beta: Any = 30.0,
    steps: int = 100,
    *,
    among: Among | None = None,
    kinds: str | Sequence[str] | None = None,
) -> Settled:
    """Iterated soft cleanup: ξ ← X softmax(β Xᵀ ξ) until ξ no longer moves (Ramsauer et al. 2020).

    query: array (..., d) or Vectors; memory: array (m, d), Vectors (m,) or a Memory, X being its
    rows at length 1. The query starts at length 1; its `energy` never rises. Well separated items
    are fixed points, reached in a step or two; between similar ones lies a fixed point of their
    average, and with a small β that of everything. At most `steps` steps.
    """
    beta = above_zero(beta, "beta")
    steps = checked_whole("steps", steps, 1)
    data, prepared, key, _ = sides(query, memory, None, among, kinds)
    backend, xp = key.backend, key.backend.xp
    close = float(np.finfo(backend.dtype).eps) ** 0.75
    taken: list[Any] = []

    def block(some: Array) -> Array:
        state = prepared(some)
        moving = xp.ones(state.shape[:-1], dtype=xp.bool, device=backend.device)
        count = xp.zeros(state.shape[:-1], dtype=xp.int64, device=backend.device)
        for _ in range(steps):
            after = stream(state, key, key, beta)[0]
            moved = after - state
            state = xp.where(moving[..., None], after, state)
            count = count + xp.astype(moving, xp.int64)
            moving = moving & (xp.sum(moved * moved, axis=-1) > close**2)
            if not bool(xp.any(moving)):
                break
        taken.append((np.ravel(backend.numpy(count)), np.ravel(backend.numpy(moving))))
        return state if key.space is None else key.finish(superposed(key.space, state))

    rest = by_blocks(block, data, key)  # the blocks come in the order of the rows
    shape = tuple(rest.shape[:-1])
    columns = [np.concatenate(column).reshape(shape) for column in zip(*taken, strict=True)]
    counts, settled = columns[0], ~columns[1]
    if not shape:
        return Settled(key.given(rest), int(counts), bool(settled))
    return Settled(key.given(rest), counts, settled)


@holding
def energy(
    state: Any,
    memory: Any,
    beta: Any = 30.0,
    *,
    among: Among | None = None,
    kinds: str | Sequence[str] | None = None,
) -> Any:
    """−log Σ exp(β Xᵀξ)/β + ½ξ·ξ + log(m)/β + ½: what `hopfield` lowers, at least 0; (...).

    The energy of Ramsauer et al. 2020 for rows of length 1, the state being as long as it is.
    """
    beta = above_zero(beta, "beta")
    data, _, key, _ = sides(state, memory, None, among, kinds)
    xp = key.backend.xp

    def block(some: Array) -> Array:
        packed = some if key.space is None else key.space.algebra.pack(some)
        fit = stream(packed, key, key, beta)[1] / beta
        return 0.5 * xp.sum(packed * packed, axis=-1)[..., None] - fit

    found = by_blocks(block, data, key)[..., 0] + 0.5 + math.log(key.count) / beta
    return key.backend.item(found) if key.space is not None else found
