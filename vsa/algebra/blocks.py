"""Batches in blocks of rows, so that what is computed on the way stays in cache, and memory bounded."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from vsa import threads
from vsa.algebra.backend import Array, Backend

ONE_PASS = 16  # blocks at a time, of what computes nothing on the way
TURNS = 8  # that each of several threads has at least


def large_block(backend: Backend, size: int) -> int:
    """Bytes of a block of what computes nothing on the way, of so many bytes in all.

    Blocks need not stay in cache then, only be enough for all threads, and let Ctrl-C in between.
    """
    turns = 1 if threads.alone() else TURNS * threads.number
    return backend.block_bytes * max(min(-(-size // (backend.block_bytes * turns)), ONE_PASS), 1)


def in_blocks(
    backend: Backend,
    function: Callable[..., Array],
    arrays: Sequence[Array],
    out: Array = None,
    into: bool = False,
    in_order: bool = False,
    in_one_pass: bool = False,
) -> Array:
    """`function(*arrays)` over blocks of rows, of which the backend says how large they are.

    Every array is a batch (..., width); batch axes broadcast as in NumPy. The result must keep the
    batch axes and may change the width; a function that keeps it, and can write its result `into`
    an `out=` that it is given, spares a copy. Peak memory is the output plus a few blocks, which is
    why the batched operations go through here. Backends without `out` compute in one piece.
    Where threads are set, several blocks are computed at a time, unless the function wants them one
    by one, `in_order`, as one must that keeps something between them or asks a memory. A function that
    computes nothing on the way, `in_one_pass`, is given as many at a time as leave enough for all threads.
    """
    single = all([a.ndim == 1 for a in arrays])  # noqa: C419 - twice as fast as a generator
    if out is None and (single or not backend.has_out):
        return function(*arrays)
    shapes = [tuple(a.shape[:-1]) for a in arrays]
    batch = np.broadcast_shapes(*shapes) if len(shapes) > 1 else shapes[0]
    rows = math.prod(batch)
    row_bytes = max(a.shape[-1] * a.itemsize for a in arrays)
    if into and out is None:
        out = backend.result((*batch, arrays[0].shape[-1]), arrays[0].dtype)
    most = large_block(backend, rows * row_bytes) if in_one_pass else backend.block_bytes
    if not backend.has_out or len(batch) == 0 or rows * row_bytes <= most:
        if into:
            return function(*arrays, out=out)
        result = function(*arrays)
        if out is None:
            return result
        out[...] = result
        return out
    inner = max(rows // batch[0], 1) * row_bytes
    step = max(most // inner, 1)
    # two whole blocks are multiplied faster than a row with each row of a block
    if len(batch) == 1 and batch[0] > 4 * step:
        arrays = [a if a.ndim > 1 else backend.repeated(a, step) for a in arrays]

    def cut(array: Array, start: int, stop: int) -> Array:
        if array.ndim <= len(batch) or array.shape[0] == 1:
            return array[0] if step == 1 and array.ndim > len(batch) else array
        if array.shape[0] < batch[0]:  # one that was repeated
            return array[: stop - start] if step > 1 else array[0]
        return array[start] if step == 1 else array[start:stop]

    def compute(start: int) -> Array:
        stop = min(start + step, batch[0])
        pieces = [cut(a, start, stop) for a in arrays]
        where = start if step == 1 else slice(start, stop)
        if out is None:
            return in_blocks(backend, function, pieces, None, False, in_order, in_one_pass)
        return in_blocks(backend, function, pieces, out[where], into, in_order, in_one_pass)

    starts = range(0, batch[0], step)
    if out is None:  # the first block shows the width and the dtype of the result
        first = compute(0)
        out = backend.result((*batch, first.shape[-1]), first.dtype)
        out[0 if step == 1 else slice(0, len(first))] = first
        starts = starts[1:]
    if in_order:
        for start in starts:
            compute(start)
    else:
        backend.each(compute, starts)
    return out
