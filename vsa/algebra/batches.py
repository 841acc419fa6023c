"""Functions of several vectors: superpositions in one pass, and anything block of rows by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vsa.algebra.backend import Array, in_blocks
from vsa.algebra.vector import Vector, as_vector
from vsa.errors import VsaError


def bundle(*vectors: Vector) -> Vector:
    """The superposition of vectors; a single batch is summed along its first axis."""
    if not vectors:
        raise VsaError("bundle needs at least one vector; the empty superposition is space.zero()")
    vectors = tuple(map(as_vector, vectors))
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
    if not keys or len(keys) != len(values):
        raise VsaError(f"{len(keys)} keys do not pair with {len(values)} values")
    every, n = [*keys, *values], len(keys)
    if start is not None:
        every.append(start)
    if not _plain(every):
        every = _of_one_space(*every)
        if any(type(v) is not Vector for v in every):  # traced: keep to the operators
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
        if v.__class__ is not Vector or v.space is not space:
            return False
    return True


def _of_one_space(*vectors: Any) -> list[Vector]:
    """The operands as Vectors that can be combined; an error names what is none, or elsewhere."""
    first = next((v for v in vectors if isinstance(v, Vector)), None)
    if first is None:
        raise VsaError(f"a Vector is wanted here, not {type(vectors[0]).__name__}")
    return [first._required(v) for v in vectors]


def _is_batch(answer: Any) -> bool:
    return hasattr(answer, "winners") and bool(answer.shape)


def by_rows(function: Callable[..., Vector], *operands: Any) -> Vector:
    """`function(*operands)` over blocks of rows of the batch, so that temporaries stay small.

    An operand is a Vector or a batch Answer, whose winners are looked up block by block.
    """
    if _plain(operands) and all([v.data.ndim == 1 for v in operands]):  # noqa: C419 - twice as fast as a generator
        return function(*operands)
    winners = {i: a for i, a in enumerate(operands) if not isinstance(a, Vector) and _is_batch(a)}
    vectors = _of_one_space(*(x for i, x in enumerate(operands) if i not in winners))
    space = vectors[0].space
    if space.accumulates or any(type(v) is not Vector for v in vectors):
        return function(*(vectors[0]._required(x) for x in operands))
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
