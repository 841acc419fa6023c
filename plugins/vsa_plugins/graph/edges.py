"""Edges as vectors: target ⊛ π(source) ⊛ π²(label)."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from vsa import Space, Vector
from vsa.plugin import EMPTY, ArgumentValueError, host, is_empty, key_at
from vsa_plugins.dictionary.parted import Marks, marks

Label = Vector | None
Flat = tuple[Vector, Vector, Marks]  # sources and targets (n,), and the marks of the sources


def bound(source: Vector, target: Vector, label: Label) -> Vector:
    bound = target * key_at(1, source)
    return bound if label is None else bound * key_at(2, label)


def left(sums: Vector, source: Vector, label: Label) -> Vector:
    """What sources (n,) and a label leave of sums (n,)."""
    return (sums if label is None else sums / key_at(2, label)) / key_at(1, source)


def rows_of(space: Space, vector: Vector) -> Vector:
    """A vector as rows of length 1, without what they were made of."""
    return Vector.of_row(space, space.own(vector).data).normalize()


def spread(space: Space, source: Vector, target: Vector) -> tuple[Vector, Vector]:
    """Sources and targets (n,), as many of both."""
    for name, given in (("source", source), ("target", target)):
        if is_empty(given).any():
            raise ArgumentValueError(f"the {name} of an edge must not be nil")
    try:
        shape = np.broadcast_shapes(source.shape, target.shape)
    except ValueError:
        raise ArgumentValueError(
            f"sources of shape {source.shape} do not pair with targets of shape {target.shape}"
        ) from None
    return _broadcast(rows_of(space, source), shape), _broadcast(rows_of(space, target), shape)


def _broadcast(vector: Vector, shape: tuple[int, ...]) -> Vector:
    place = np.arange(math.prod(vector.shape)).reshape(vector.shape)
    return vector.reshape(-1)[np.array(np.broadcast_to(place, shape)).reshape(-1)]


def by_label(
    space: Space, source: Vector, target: Vector, label: Label
) -> Iterable[tuple[Label, Vector, Vector]]:
    """The edges (n,) of each label, which may be a batch."""
    source, target = spread(space, source, target)
    if label is None or not label.shape:
        yield None if label is None else rows_of(space, label), source, target
        return
    labels = _broadcast(rows_of(space, label), (len(source),))
    _, first, which = np.unique(marks(labels), return_index=True, return_inverse=True)
    for i, place in enumerate(first.tolist()):
        mine = np.flatnonzero(which == i)
        yield labels[place], source[mine], target[mine]


def once(source: Vector, target: Vector) -> Flat:
    """Edges (n,), each once."""
    of, to = marks(source), marks(target)
    both = np.stack([of, to], axis=1)
    _, first, group = np.unique(both, axis=0, return_index=True, return_inverse=True)
    if len(first) == len(of):
        return source, target, of
    first = first[group.reshape(-1)]
    double = np.flatnonzero(first != np.arange(len(of)))
    pairs = [host(v, v[double].similarities(v[first[double]])) for v in (source, target)]
    same = double[np.minimum(*pairs) > 1 - EMPTY]
    rest = np.setdiff1d(np.arange(len(of)), same)
    return source[rest], target[rest], of[rest]
