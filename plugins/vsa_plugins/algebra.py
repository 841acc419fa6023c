"""The operators as functions, and the vectors that come from names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from vsa import Answer, Expression, Memory, Set, Table, Vector, VsaError, hookimpl
from vsa.plugin import ArgumentTypeError, ArgumentValueError, checked, operations

LONGEST = 12  # characters of an expression that heads a column


@checked
def base(name: str, *, memory: Memory) -> Vector:
    """A unitary vector whose real powers exist, for fractional encodings.

    > similarity(base("x") ^ 0.5 * base("x") ^ 0.5, base("x"))
    1
    """
    return memory.space.base(name)


@checked
def key(name: str, *, memory: Memory) -> Vector:
    """A structural key: unitary in every space.

    > similarity(mark * key("k") / key("k"), mark)
    1
    """
    return memory.space.key(f"key/{name}")


@checked
def identity(*, memory: Memory) -> Vector:
    """The vector that changes nothing when bound with.

    > similarity(identity() * mark, mark)
    1
    """
    return memory.space.identity()


@checked
def bundle(*items: Vector | Set) -> Vector:
    """The superposition of vectors, or of the members of sets, `a + b + c`.

    > norm(bundle(mark, nil))
    1
    """
    vectors: list[Vector] = []
    for item in items:
        if isinstance(item, Vector):
            vectors.append(item)
        elif len(item) and not isinstance(item.codebook, Memory):
            raise VsaError("the members of this set are not vectors, and cannot be superposed")
        elif len(item):
            rows = np.asarray(item.of(item.codebook))
            counts = np.asarray(list(item.counts.values()))
            vectors.append(item.codebook.vectors(rows).scale(counts).bundle())
    if not vectors:
        raise ArgumentValueError("there is nothing to superpose: the empty superposition is nil")
    return operations.bundle(*vectors)


@checked
def similarities(*vectors: Vector | Expression, memory: Memory) -> Table:
    """The matrix of cosines between every two of some vectors.

    > similarities(mark, mark * fish)
    mark  mark * fish
    …
    """
    names: list[str] = []
    values: list[Vector] = []
    for i, item in enumerate(vectors, 1):
        value = item.evaluate() if isinstance(item, Expression) else item
        value = value.vector if isinstance(value, Answer) else value
        if not isinstance(value, Vector) or value.shape:
            raise ArgumentTypeError(f"similarities compares single vectors, and number {i} is none")
        values.append(value)
        known = memory.names_of(value) if value.norm() > 0 else []
        text = item.text if isinstance(item, Expression) else value.label
        names.append(text if text and len(text) <= LONGEST else next(iter(known), str(i)))
    rows = [
        (name, *(round(float(a.similarity(b)), 6) for b in values))
        for name, a in zip(names, values, strict=True)
    ]
    return Table(["", *names], rows)


@checked
def sqrt(x: float | np.ndarray) -> float:
    """The square root of a number, or of each of an array.

    > sqrt(2) ^ 2
    2
    """
    if np.any(np.less(x, 0)):
        raise ArgumentValueError("a negative number has no square root among the numbers")
    return np.sqrt(x) if isinstance(x, np.ndarray) else math.sqrt(x)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """The operators, with `bundle` taking sets too."""
    plain = [f for f in operations.FUNCTIONS if f.__name__ != "bundle"]
    return [*plain, bundle, base, key, identity, similarities, sqrt]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Vectors themselves, and the language's sets and tables."""
    return [Vector, Set, Table]
