"""`==`, `!=`, `<`, `>`, `<=`, `>=`: of numbers, texts and answers, and what equals by its class.

What holds a number (`vsa_number`), as an estimate does, compares by it. An answer equals the item that
it names, and so does whatever else stands for a vector, as a choice for its action; nothing equals
nothing, which is also written `nil`. How alike vectors are is no matter of true or false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.hooks.functions import NUMBERS, describe
from vsa.hooks.structure import host
from vsa.memory.answer import Answer
from vsa.memory.memory import Memory

Types = tuple[type, ...]
Pair = tuple[Any, Any]
Way = Callable[[Any, Any, Memory], Pair]  # from two values to what Python compares

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
EQUALITIES = {"==", "!="}
_SHAPES = "{} takes batches of one shape, not of {} and {}"
_VECTORS = "{!r} does not compare {}: similarity(a, b) says how alike they are"
NIL, STRANGER = -1, -2  # rows of what is nothing, and of what is no item


def compared_types(op: str, left: Types, right: Types) -> Types:
    """The classes that `left op right` may have; VsaError where no two of them are compared."""
    if object in left or object in right:
        return (object,)
    if not any(_way(op, a, b) for a in left for b in right):
        raise VsaError(_refusal(op, left, right))
    plain = all(issubclass(t, (*NUMBERS, str)) for t in (*left, *right))
    return (bool,) if plain else (bool, np.ndarray)


def compare(op: str, left: Any, right: Any, memory: Memory) -> Any:
    """Whether `left op right` holds: true or false, or an array of them for a batch.

    memory: where items are looked up; an answer's own goes before.
    """
    way = _way(op, type(left), type(right))
    if way is None:
        raise VsaError(_refusal(op, (type(left),), (type(right),)))
    left, right = way(left, right, memory)
    try:
        if way is _as_items and ((left == STRANGER) & (right == STRANGER)).any():
            raise VsaError(_VECTORS.format(op, "what is no item of memory"))
        holds = COMPARISONS[op](left, right)
    except ValueError:
        raise VsaError(_SHAPES.format(repr(op), np.shape(left), np.shape(right))) from None
    return np.asarray(holds) if np.ndim(holds) else bool(holds)


def both(left: Any, right: Any) -> Any:
    """Whether both comparisons of a run hold."""
    if isinstance(left, bool) and isinstance(right, bool):
        return left and right
    try:
        return np.logical_and(left, right)
    except ValueError:
        raise VsaError(
            _SHAPES.format("a run of comparisons", np.shape(left), np.shape(right))
        ) from None


def _way(op: str, left: type, right: type) -> Way | None:
    """How values of two classes are compared, None where they are not."""
    if _holds_number(left) and _holds_number(right):
        return _as_numbers
    if issubclass(left, str) and issubclass(right, str):
        return _as_they_are
    if op not in EQUALITIES:
        return None
    own = left.__eq__ is not object.__eq__  # type: ignore[comparison-overlap]
    if left is right and left is not Vector and own:
        return _as_they_are
    vectors = issubclass(left, Vector) and issubclass(right, Vector)
    return _as_items if _names_item(left) and _names_item(right) and not vectors else None


def _holds_number(cls: type) -> bool:
    return cls in NUMBERS or hasattr(cls, "__dlpack__") or hasattr(cls, "vsa_number")


def _names_item(cls: type) -> bool:
    return issubclass(cls, Vector) or hasattr(cls, "vsa_vector")


def _as_they_are(left: Any, right: Any, _: Memory) -> Pair:
    return left, right


def _as_numbers(left: Any, right: Any, memory: Memory) -> Pair:
    numbers = (v.vsa_number() if hasattr(v, "vsa_number") else v for v in (left, right))
    numpy = memory.space.backend.numpy
    left, right = (numpy(v) if hasattr(v, "__dlpack__") else v for v in numbers)
    return left, right


def _as_items(left: Any, right: Any, memory: Memory) -> Pair:
    """The rows of what both stand for, in the memory of an answer."""
    for value in (left, right):
        if isinstance(value, Answer):
            if not isinstance(value.memory, Memory):
                raise VsaError(
                    "this answer has left its memory, and is not compared: ask once more"
                )
            memory = value.memory
            break
    return _rows(left, memory), _rows(right, memory)


def _rows(value: Any, memory: Memory) -> Any:
    """The rows in a memory of what a value stands for."""
    if not isinstance(value, Answer):
        vector = value if isinstance(value, Vector) else value.vsa_vector()
        rows = memory.rows_of(vector)
        return np.where(host(vector, vector.norm()) > 0, np.where(rows < 0, STRANGER, rows), NIL)
    if value.memory is not memory:
        raise VsaError("answers of two memories are not compared")
    if value.undone:
        raise VsaError("what this answer names has been undone: ask once more")
    return value.winners


def _refusal(op: str, left: Types, right: Types) -> str:
    if Vector in left and Vector in right:
        return _VECTORS.format(op, "vectors")
    if op not in EQUALITIES and any(issubclass(t, Answer) for t in (*left, *right)):
        return f"{op!r} does not order answers: they are equal, ==, or unequal, !="
    return f"{op!r} does not compare {describe(left)} and {describe(right)}"
