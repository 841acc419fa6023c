"""Functions of several vectors: superpositions in one pass, and anything block of rows by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from vsa.algebra.backend import Array
from vsa.algebra.blocks import in_blocks
from vsa.algebra.vector import OpenSum, Vector, as_vector
from vsa.arguments import checked_call, checked_iterable, checked_truth, refused
from vsa.errors import ArgumentValueError

if TYPE_CHECKING:
    from vsa.algebra.space import Space


def bundle(*vectors: Vector) -> Vector:
    """The superposition of vectors; a single batch is summed along its first axis."""
    if not vectors:
        raise ArgumentValueError(
            "bundle needs vectors, at least one; the empty superposition is space.zero()"
        )
    plain = _plain(vectors)
    if not plain:
        vectors = tuple(as_vector(v, "each of the vectors") for v in vectors)
    total = vectors[0]
    if len(vectors) == 1:
        return total.bundle() if total.shape else total
    if plain:
        rows, space = [v.data for v in vectors if v.finished], total.space
        if len(rows) == len(vectors) and len({r.shape for r in rows}) == 1:
            if not space.closed:
                return Vector.of_terms(space, rows)
            if space.backend.has_out:
                return Vector(space, in_blocks(space.backend, _added, rows))
    for vector in vectors[1:]:
        total = total + vector
    return total


def _added(*rows: Array) -> Array:
    total = rows[0] + rows[1]
    for row in rows[2:]:
        total += row
    return total


def bundle_bound(
    keys: Sequence[Vector],
    values: Sequence[Vector],
    start: Vector | None = None,
    normalize: bool = False,
) -> Vector:
    """`start` + Σ valueᵢ * keyᵢ in one pass, scaled to length 1 if asked.

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
            total = bundle(*every[2 * n :], *(every[n + i] * every[i] for i in range(n)))
            return total.normalize() if normalize else total
    space, algebra = every[0].space, every[0].space.algebra
    keys, values, extra = [v.data for v in every[:n]], every[n : 2 * n], every[2 * n :]
    if space.closed:
        first = None if start is None else extra[0].data
        return Vector(space, algebra.bundle_bound([v.data for v in values], keys, first, normalize))
    if all(v.finished for v in (*values, *extra)):
        rows = [algebra.product(v.data, k) for v, k in zip(values, keys, strict=True)]
        total = Vector.of_terms(space, _broadcast(space, [*(v.data for v in extra), *rows]))
    else:
        first = None if start is None else extra[0].total
        total = OpenSum(space, algebra.bundle_bound([v.total for v in values], keys, first))
    return total.normalize() if normalize else total


def _broadcast(space: Space, rows: list[Array]) -> list[Array]:
    """Rows as those of one batch."""
    shapes = {tuple(row.shape) for row in rows}
    if len(shapes) == 1:
        return rows
    shape = np.broadcast_shapes(*shapes)
    return [space.backend.xp.broadcast_to(row, shape) for row in rows]


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


def by_rows(function: Callable[..., Vector], *operands: Any, in_order: bool = True) -> Vector:
    """`function(*operands)` over blocks of rows of the batch, so that temporaries stay small.

    An operand is a Vector or a batch Answer, whose winners are looked up block by block. The blocks
    come one after another, on the calling thread; a function that keeps nothing from one to the next and
    asks no memory may leave that, `in_order=False`, to the threads that are set (`set_threads`).
    """
    if not operands:
        raise ArgumentValueError("by_rows needs operands, at least one")
    checked_call("function", function)
    if _plain(operands) and all([not v.shape for v in operands]):  # noqa: C419 - twice as fast as a generator
        return function(*operands)
    winners = {i: a for i, a in enumerate(operands) if not isinstance(a, Vector) and _is_batch(a)}
    rest_of = [x for i, x in enumerate(operands) if i not in winners]
    if not rest_of:
        rest_of, winners = [x.vector for x in operands], {}
    vectors = _of_one_space(rest_of, ["each of the operands"] * len(rest_of))
    space = vectors[0].space
    if not all(v.plain for v in vectors):
        return function(*(vectors[0]._required(x, "each of the operands") for x in operands))
    rest = iter(vectors)
    given = [a if i in winners else next(rest) for i, a in enumerate(operands)]
    arrays = [winners[i].winners[..., None] if i in winners else a.own for i, a in enumerate(given)]
    made: list[Vector] = []  # of the last block, which shows the form

    def block(*arrays: Array) -> Array:
        parts = (
            winners[i].memory.vectors(array[..., 0]) if i in winners else given[i].of_own(array)
            for i, array in enumerate(arrays)
        )
        vector = function(*parts)
        if made and vector.finished != made[0].finished:  # all blocks in the form of the first
            return vector.data if made[0].finished else vector.total
        made[:] = [vector]
        return vector.own

    in_order = checked_truth("in_order", in_order) or bool(winners)
    blocks = in_blocks(space.backend, block, arrays, in_order=in_order)
    return made[0].of_own(blocks)
