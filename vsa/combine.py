"""Functions of several vectors: superpositions in one pass, and anything block of rows by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from vsa.backend import Array, in_blocks
from vsa.errors import VsaError
from vsa.vector import Vector


def bundle(*vectors: Vector) -> Vector:
    """The superposition of vectors; a single batch is summed along its first axis."""
    if not vectors:
        raise VsaError("bundle needs at least one vector; the empty superposition is space.zero()")
    if len(vectors) == 1:
        return vectors[0].bundle() if vectors[0].shape else vectors[0]
    total = vectors[0]
    for vector in vectors[1:]:
        total = total + vector
    return total


def bundle_bound(keys: Sequence[Vector], values: Sequence[Vector]) -> Vector:
    """Σ keyᵢ ⊛ valueᵢ: the sum behind frames, sequences and variable bindings, in one pass."""
    if not keys or len(keys) != len(values):
        raise VsaError(f"{len(keys)} keys do not pair with {len(values)} values")
    every = _of_one_space(*keys, *values)
    first, count = every[0], len(keys)
    if any(type(v) is not Vector for v in every):  # traced: keep to the operators
        return bundle(*(every[i] * every[count + i] for i in range(count)))
    arrays = [v.data for v in every]
    total = first.space.algebra.bundle_bound(arrays[:count], arrays[count:])
    return Vector.of_sum(first.space, total)


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
