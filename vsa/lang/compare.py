"""`==`, `!=`, `<`, `>`, `<=`, `>=`: of numbers, texts and answers, and what equals by its class.

An answer equals the item that it names, and another answer that names it too; nothing equals
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

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne,
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
EQUALITIES = {"==", "!="}
_SHAPES = "{} takes batches of one shape, not of {} and {}"
NIL, STRANGER = -1, -2  # rows of what is nothing, and of what is no item


def compared_types(op: str, left: Types, right: Types) -> Types:
    """The classes that `left op right` may have; VsaError where no two of them are compared."""
    if object in left or object in right:
        return (object,)
    if not any(_comparable(op, a, b) for a in left for b in right):
        raise VsaError(_refusal(op, left, right))
    many = any(issubclass(t, Answer) or hasattr(t, "__dlpack__") for t in (*left, *right))
    return (bool, np.ndarray) if many else (bool,)


def compare(
    op: str, left: Any, right: Any, numpy: Callable[[Any], np.ndarray[Any, Any]] = np.asarray
) -> Any:
    """Whether `left op right` holds: true or false, or an array of them for a batch.

    numpy: moves an array of the backend's to NumPy.
    """
    if not _comparable(op, type(left), type(right)):
        raise VsaError(_refusal(op, (type(left),), (type(right),)))
    answer = next((v for v in (left, right) if isinstance(v, Answer)), None)
    if answer is not None:
        left, right = (_rows(value, answer) for value in (left, right))
    left, right = (numpy(v) if hasattr(v, "__dlpack__") else v for v in (left, right))
    try:
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


def _comparable(op: str, left: type, right: type) -> bool:
    if _number(left) and _number(right):
        return True
    if issubclass(left, str) and issubclass(right, str):
        return True
    if op not in EQUALITIES:
        return False
    if issubclass(left, Answer) or issubclass(right, Answer):
        return issubclass(left, (Answer, Vector)) and issubclass(right, (Answer, Vector))
    return left is right and left is not Vector and left.__eq__ is not object.__eq__


def _number(cls: type) -> bool:
    return cls in NUMBERS or hasattr(cls, "__dlpack__")  # as arrays have, a backend's too


def _refusal(op: str, left: Types, right: Types) -> str:
    if Vector in left and Vector in right:
        return f"{op!r} does not compare vectors: similarity(a, b) says how alike they are"
    if op not in EQUALITIES and any(issubclass(t, Answer) for t in (*left, *right)):
        return f"{op!r} does not order answers: they are equal, ==, or unequal, !="
    return f"{op!r} does not compare {describe(left)} and {describe(right)}"


def _rows(value: Answer | Vector, beside: Answer) -> Any:
    """The rows of what answers and vectors stand for, in the memory of one of them."""
    memory = beside.memory
    if not isinstance(memory, Memory):
        raise VsaError("this answer has left its memory, and is not compared: ask once more")
    if isinstance(value, Vector):
        rows = memory.rows_of(value)
        return np.where(host(value, value.norm()) > 0, np.where(rows < 0, STRANGER, rows), NIL)
    if value.memory is not memory:
        raise VsaError("answers of two memories are not compared")
    if value.undone:
        raise VsaError("what this answer names has been undone: ask once more")
    return value.winners
