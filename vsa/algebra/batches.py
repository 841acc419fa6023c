"""Functions of several vectors: superpositions in one pass, and anything block of rows by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vsa.algebra.backend import Array, in_blocks
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_call, checked_iterable, checked_truth, refused
from vsa.errors import ArgumentValueError


def bundle(*vectors: Vector) -> Vector:
    """The superposition of vectors; a single batch is summed along its first axis."""
    if not vectors:
        raise ArgumentValueError(
            "bundle needs vectors, at least one; the empty superposition is space.zero()"
        )
    vectors = tuple(as_vector(v, "each of the vectors") for v in vectors)
    if len(vectors) == 1:
        return vectors[0].bundle() if vectors[0].shape else vectors[0]
    total = vectors[0]
    for vector in vectors[1:]:
        total = total + vector
    return total


def bundle_bound(
    keys: Sequence[Vector],
    values: Sequence[Vector],
    start: Vector | None = None,
    normalize: bool = False,
) -> Vector:
    """`start` + Σ keyᵢ ⊛ valueᵢ in one pass, scaled to length 1 if asked.

    The sum behind frames, sequences and variable bindings.
    """
    try:
        every, n = [*keys, *values], len(keys)
    except TypeError:
        keys, values = (
            list(checked_iterable(name, given, "several Vectors"))
            for name, given in (("keys", keys), ("values", values))
        )
        every, n = [*keys, *values], len(keys)
    if not n or 2 * n != len(every):
        raise ArgumentValueError(f"{n} keys do not pair with {len(every) - n} values")
    if start is not None:
        every.append(start)
    if type(normalize) is not bool:
        normalize = checked_truth("normalize", normalize)
    if not _plain(every):
        names = ["each of the keys"] * n + ["each of the values"] * n + ["start"]
        every = _of_one_space(every, names)
        if not all(v.plain for v in every):  # traced: keep to the operators
            total = bundle(*every[2 * n :], *(every[i] * every[n + i] for i in range(n)))
            return total.normalize() if normalize else total
    space, arrays = every[0].space, [v.data for v in every]
    first = None if start is None else arrays[-1]
    sums = space.accumulates  # whose finished sums have one length anyway
    data = space.algebra.bundle_bound(arrays[:n], arrays[n : 2 * n], first, normalize and not sums)
    total = Vector.of_sum(space, data)
    return total.normalize() if normalize and sums else total


def _plain(vectors: Sequence[Any]) -> bool:
    """Whether these are nothing but Vectors of one space: the common case, told fast."""
    space = getattr(vectors[0], "space", None)
    for v in vectors:  # noqa: SIM110 - twice as fast as a generator
        if not isinstance(v, Vector) or v.space is not space or not v.plain:
            return False
    return True


def _of_one_space(vectors: Sequence[Any], names: Sequence[str]) -> list[Vector]:
    """The operands as Vectors that can be combined; an error names what is none, or elsewhere."""
    first = next((v for v in vectors if isinstance(v, Vector)), None)
    if first is None:
        raise refused(names[0], "a Vector", vectors[0])
    return [first._required(v, name) for v, name in zip(vectors, names, strict=False)]


def _is_batch(answer: Any) -> bool:
    return hasattr(answer, "winners") and bool(answer.shape)


def by_rows(function: Callable[..., Vector], *operands: Any) -> Vector:
    """`function(*operands)` over blocks of rows of the batch, so that temporaries stay small.

    An operand is a Vector or a batch Answer, whose winners are looked up block by block.
    """
    if not operands:
        raise ArgumentValueError("by_rows needs operands, at least one")
    checked_call("function", function)
    if _plain(operands) and all([v.data.ndim == 1 for v in operands]):  # noqa: C419 - twice as fast as a generator
        return function(*operands)
    winners = {i: a for i, a in enumerate(operands) if not isinstance(a, Vector) and _is_batch(a)}
    rest_of = [x for i, x in enumerate(operands) if i not in winners]
    if not rest_of:
        rest_of, winners = [x.vector for x in operands], {}
    vectors = _of_one_space(rest_of, ["each of the operands"] * len(rest_of))
    space = vectors[0].space
    if space.accumulates or not all(v.plain for v in vectors):
        return function(*(vectors[0]._required(x, "each of the operands") for x in operands))
    rest = iter(vectors)
    arrays = [winners[i].winners[..., None] if i in winners else next(rest).data
              for i in range(len(operands))]  # fmt: skip

    def block(*arrays: Array) -> Array:
        parts = (
            winners[i].memory.vectors(array[..., 0]) if i in winners else Vector(space, array)
            for i, array in enumerate(arrays)
        )
        return function(*parts).data

    return Vector(space, in_blocks(space.backend, block, arrays))
