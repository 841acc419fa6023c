"""In which order matches stand: the nearest first, and of equally near ones the oldest.

Every way to look goes through here, so that the order is one for every k, also at the last place:
of equal cosines there the oldest are kept. Equal are cosines that come out equal to the last bit in
the precision of the space. Two rows whose cosines are equal on paper may differ in that bit, and not
by the same in one query as in a batch, whose products are summed in another order. A sketched answer
may, as seldom as it may miss a nearer item (vsa/memory/sketch/shortlist.py), miss an older one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa.algebra.backend import Array, Backend

FEW = 32  # so many of the best are found by repeated argmax, which beats a partition
ROUNDED = 1e-6  # cosines that differ by less do so by rounding
GONE = -2.0  # in place of the cosine of a row that is not eligible

Values = np.ndarray[Any, Any]


def order(similarities: Values, age: Values | None = None, query: Values | None = None) -> Values:
    """The places of matches as they stand in an answer, along the last axis.

    age: which is older, the smaller the older, row numbers say; None where they stand by age.
    query: to which each match belongs, for those of many queries in one row; they stay together.
    """
    return np.lexsort([key for key in (age, -similarities, query) if key is not None])


def order_shown(similarities: Values, age: Values) -> Values:
    """The same where several right ones are shown side by side: those that are as near but for rounding
    stand by age, whatever processor rounded them."""
    place = order(similarities, age)
    falling = similarities[place].astype(np.float64)
    group = np.cumsum(np.diff(falling, prepend=falling[:1]) < -ROUNDED)
    return place[np.lexsort((age[place], group))]


def nearest(backend: Backend, scores: Array, wanted: int) -> tuple[Array, Array]:
    """The `wanted` largest of scores (n,) or (queries, n), in order, and where they are.

    The scores stand by age. What is found stays where the scores are: nothing waits for a device.
    """
    xp = backend.xp
    if wanted > FEW:
        find = _selected if isinstance(scores, np.ndarray) else _sorted
        return find(backend, scores, wanted)
    query = () if scores.ndim == 1 else (xp.arange(len(scores), device=backend.device),)
    values, index = [], []
    for _ in range(wanted):
        where = scores.argmax(-1)  # the first of equal ones
        at = (*query, where)
        values.append(scores[at])
        index.append(where)
        scores[at] = GONE - 1  # out of the way of the next one
    for where, value in zip(index, values, strict=True):
        scores[(*query, where)] = value
    if isinstance(scores, np.ndarray):  # a fifth of the time
        return np.array(values).T, np.array(index).T
    return xp.stack(values, axis=-1), xp.stack(index, axis=-1)


def nearest_of_one(backend: Backend, scores: Values, wanted: int) -> tuple[list[float], list[int]]:
    """What `nearest` gives of scores (n,) on NumPy, as numbers."""
    if wanted > FEW:
        best, place = _selected(backend, scores, wanted)
        return best.tolist(), place.tolist()
    index: list[int] = []
    values: list[float] = []
    for _ in range(wanted):
        where = int(scores.argmax())  # the first of equal ones
        index.append(where)
        values.append(scores.item(where))
        scores[where] = GONE - 1  # out of the way of the next one
    for where, value in zip(index, values, strict=True):
        scores[where] = value
    return values, index


def merged(backend: Backend, some: tuple[Array, Array], more: tuple[Array, Array]) -> Any:
    """What is nearest of what was found (queries, k) among older rows and among younger ones."""
    xp = backend.xp
    values, index = (xp.concat(both, axis=-1) for both in zip(some, more, strict=True))
    values, place = nearest(backend, values, some[0].shape[-1])
    return values, xp.take_along_axis(index, place, axis=-1)


def _sorted(backend: Backend, scores: Array, wanted: int) -> tuple[Array, Array]:
    """What `nearest` gives, by a library's sort that leaves equal ones as they stand."""
    xp, (*shape, count) = backend.xp, scores.shape
    scores = xp.reshape(scores, (-1, count))
    step = max(backend.block_bytes // (scores.itemsize * count), 1)
    index = xp.concat([
        xp.argsort(-scores[i : i + step], axis=-1, stable=True)[:, :wanted]
        for i in range(0, len(scores), step)
    ])  # fmt: skip
    values = xp.take_along_axis(scores, index, axis=-1)
    return values.reshape((*shape, wanted)), index.reshape((*shape, wanted))


def _selected(backend: Backend, scores: Values, wanted: int) -> tuple[Values, Values]:
    """What `nearest` gives, by NumPy's selection, which keeps any of equal ones."""
    shape, count = scores.shape[:-1], scores.shape[-1]
    scores = scores.reshape((-1, count))
    # one more than wanted shows whether equal ones have been left out
    values, index = backend.topk(scores, min(wanted + 1, count))
    if wanted < count:
        last = values[:, wanted - 1]
        for i in np.flatnonzero((last == values[:, wanted]) & (last > GONE)).tolist():
            nearer = index[i, values[i] > last[i]]
            equal = np.flatnonzero(scores[i] == last[i])
            index[i, :wanted] = np.concatenate((nearer, equal))[:wanted]
    values, index = values[:, :wanted], index[:, :wanted]
    place = order(values, index)
    values, index = (np.take_along_axis(x, place, axis=-1) for x in (values, index))
    return values.reshape((*shape, wanted)), index.reshape((*shape, wanted))
