"""Binding whole batches: on several threads, where these are set, into memory that was kept.

A result that no cache holds is written past them, where the loop in C is: a line that is written as
usual is read first, a third of what has to be moved.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from vsa import threads
from vsa.algebra import fused, room
from vsa.algebra.backend import Array

if TYPE_CHECKING:
    from vsa.algebra.base import Algebra

BYTES = 1 << 22  # of a result, which a thread makes at a time: larger than what a cache holds


def bound(algebra: Algebra, a: Array, b: Array, out: Array | None = None) -> Array:
    """a * b of rows; a row is computed by one thread."""
    large = isinstance(algebra.product, np.ufunc) and max(a.nbytes, b.nbytes) > room.LEAST
    if not algebra.backend.has_threads or (not large and threads.alone()):
        return algebra.product(a, b) if out is None else algebra.bind(a, b, out=out)
    batch = np.broadcast_shapes(a.shape[:-1], b.shape[:-1])
    rows = batch[0] if batch else 1
    step = max(BYTES * rows // max(math.prod(batch) * a.shape[-1] * a.itemsize, 1), 1)
    # not where one thread would write over what another has still to read
    moved = out is not None and any(x is not out and np.may_share_memory(x, out) for x in (a, b))
    if rows <= step or moved:
        return algebra.bind(a, b, out=out)
    result = algebra.backend.result((*batch, a.shape[-1]), a.dtype) if out is None else out

    def block(start: int) -> None:
        part = slice(start, start + step)
        x, y = (z[part] if z.ndim > len(batch) and len(z) == rows else z for z in (a, b))
        if not (large and fused.sum_of_products(result[part], (x, y), 1, past=True)):
            algebra.bind(x, y, out=result[part])

    threads.each(block, range(0, rows, step))
    return result
