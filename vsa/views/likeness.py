"""How alike vectors are, as a heat map; and memory as a map, where the plane can hold one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_instance, checked_texts
from vsa.errors import ArgumentValueError, VsaError
from vsa.memory.memory import Memory
from vsa.pictures import HeatMap, Points
from vsa.pictures.kinds import MOST, Floats

ITEMS = 2000  # of a map
FLAT, NEARLY_ALL = 0.2, 0.9  # shares of the variance: two axes with less are no map, with more one
MARGIN = 1.1  # over what unrelated items come to


def similarity_map(
    x: Vector,
    y: Vector | None = None,
    *,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    title: str = "",
) -> HeatMap:
    """The cosines of every vector of a batch with every one of another, or of the same.

    x: (m,), y: (n,).  rows, columns: their names.

    >>> from vsa import Space
    >>> from vsa.views import similarity_map
    >>> space = Space(dim=64)
    >>> similarity_map(space.random(3), space.random(5)).values.shape
    (3, 5)
    """
    x = as_vector(x, "x")
    same = y is None
    y = x if y is None else as_vector(y, "y")
    for name, batch in (("x", x), ("y", y)):
        if len(batch.shape) != 1:
            raise ArgumentValueError(
                f"{name} must be a batch of vectors (n,), not of shape {batch.shape}"
            )
    if x.shape[0] * y.shape[0] > MOST:
        raise ArgumentValueError(
            f"{x.shape[0]:,} × {y.shape[0]:,} cosines are too many to draw: give fewer vectors"
        )
    rows = checked_texts("rows", rows) if len(rows) else ()
    columns = checked_texts("columns", columns) if len(columns) else rows if same else ()
    cosines = x.space.backend.numpy(x.reshape(-1, 1).similarities(y.reshape(1, -1)))
    return HeatMap(cosines, rows, columns, -1.0, 1.0, axis="cosine", title=title)


def memory_map(memory: Memory, kinds: str | Iterable[str] | None = None) -> Points | HeatMap:
    """The items of memory as points of the plane, near where they are alike; or why that cannot be.

    The two principal axes of the items (PCA; of their cosines, so that it serves every algebra:
    Schölkopf, Smola and Müller 1998), and what share of the variance they have. Unrelated items are
    equally far from each other, in as many directions as they are, and a map of them would invent
    neighbours: where the axes have less than a fifth, or no more than those of as many unrelated items,
    it is the cosines themselves, as a heat map.

    >>> from vsa import Memory, Space
    >>> from vsa.views import memory_map
    >>> space = Space(dim=256)
    >>> memory = Memory(space)
    >>> memory.add(["a", "b"], space.batch(["a", "b"]))
    >>> memory_map(memory).note
    'the two axes have 100 % of the variance'
    """
    checked_instance("memory", memory, Memory, "a Memory")
    chosen = memory.select(kinds=memory.item_kinds if kinds is None else kinds)
    if len(chosen) < 2:
        raise VsaError("there is nothing to draw: a map needs two items in memory at least")
    if len(chosen) > ITEMS:
        raise VsaError(
            f"a map of {len(chosen):,} items is too full to read: name kinds that have at most "
            f"{ITEMS:,}"
        )
    names = [str(name) for name in memory.reported(chosen)]
    vectors = memory.vectors(chosen)
    cosines = similarity_map(vectors, rows=names).values
    places, share = _principal(cosines)
    said = f"the two axes have {100 * share[:2].sum():.0f} % of the variance"
    if share[:2].sum() < _least(len(chosen), memory.space.algebra.freedom):
        return HeatMap(
            cosines, names, names, -1.0, 1.0, axis="cosine", title="How alike items are",
            note=f"{said}, too little for a map: these items are about equally far from each other",
        )  # fmt: skip
    x, y = (
        f"{axis} axis, {100 * s:.0f} %"
        for axis, s in zip(("first", "second"), share[:2], strict=True)
    )
    kinds_of = [memory.kind(name) for name in names]
    return Points(places, names, kinds_of, x, y, title=f"A map of {len(names):,} items", note=said)


def _least(count: int, dims: float) -> float:
    """The share of the variance that two axes must have for a map to be one.

    A fifth; and, where the items are few, clearly more than axes of unrelated ones have, whose
    greatest eigenvalue is (1 + √(n/dims))² times the mean (Marčenko and Pastur 1967).
    """
    by_chance = 2 / (count - 1) * (1 + math.sqrt(count / dims)) ** 2
    return max(FLAT, min(MARGIN * by_chance, NEARLY_ALL))


def _principal(cosines: Floats) -> tuple[Floats, Floats]:
    """The places (n, 2) on the two greatest principal axes, and each axis's share of the variance."""
    centred = cosines - cosines.mean(0)
    centred = centred - centred.mean(1)[:, None]
    values, axes = np.linalg.eigh((centred + centred.T) / 2)
    values, axes = np.maximum(values[::-1], 0), axes[:, ::-1]
    total = values.sum()
    if not total > 1e-9 * len(cosines):
        return np.zeros((len(cosines), 2)), np.array([1.0, 0.0])  # all in one place
    first = axes[:, :2] * np.sign(axes[np.abs(axes[:, :2]).argmax(0), range(2)])  # as each time
    return first * np.sqrt(values[:2]), values / total
