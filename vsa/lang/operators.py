"""Operators by class: which method answers, read from the annotations of the dunder methods.

Numbers have no annotated methods; a built-in rule serves them. What stands for a vector, as an Answer
does for its winner, has the operators of vectors too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from inspect import CO_VARARGS
from typing import Any, NamedTuple

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.hooks.functions import NUMBERS, describe, fit, fits, operators

Types = tuple[type, ...]


class Symbol(NamedTuple):
    """A binary operator: its method, the reflected method, what it does in Python and in words."""

    method: str
    reflected: str
    apply: Callable[[Any, Any], Any]
    function: str  # the function of the same meaning on vectors


BINARY: dict[str, Symbol] = {
    "+": Symbol("__add__", "__radd__", operator.add, "bundle"),
    "-": Symbol("__sub__", "__rsub__", operator.sub, "bundle"),
    "*": Symbol("__mul__", "__rmul__", operator.mul, "bind"),
    "/": Symbol("__truediv__", "__rtruediv__", operator.truediv, "unbind"),
    "@": Symbol("__matmul__", "__rmatmul__", operator.matmul, ""),
    "&": Symbol("__and__", "__rand__", operator.and_, ""),
    "|": Symbol("__or__", "__ror__", operator.or_, ""),
    "^": Symbol("__pow__", "__rpow__", operator.pow, "power"),
}
UNARY: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "-": ("__neg__", operator.neg),
    "~": ("__invert__", operator.invert),
}
NUMERIC = {"+", "-", "*", "/", "^"}


class Resolved(NamedTuple):
    """What the operands are fitted to, and the classes of the result."""

    left: Types
    right: Types
    result: Types


@lru_cache(maxsize=4096)
def _resolve(op: str, left: Any, right: Any) -> Resolved | None:
    if left in NUMBERS and right in NUMBERS:
        return Resolved((float,), (float,), (float,)) if op in NUMERIC else None
    symbol = BINARY[op]
    for cls in _seen_as(left):
        for operand, result in operators(cls, symbol.method):
            if operand is not None and fits(right, operand):
                return Resolved((cls,), operand, result)
    for cls in _seen_as(right):
        for operand, result in operators(cls, symbol.reflected):
            if operand is not None and fits(left, operand):
                return Resolved(operand, (cls,), result)
    return None


def resolve(op: str, left: type, right: type) -> Resolved | None:
    """The method that answers `left op right`, or None."""
    return _resolve(op, left, right)


def binary_types(op: str, left: Types, right: Types) -> Types:
    """The classes that `left op right` may have; VsaError where no combination is defined."""
    if object in left or object in right:
        return (object,)
    pairs = [resolve(op, a, b) for a in left for b in right]
    results = tuple(dict.fromkeys(t for r in pairs if r is not None for t in r.result))
    if not results:
        raise VsaError(f"{op!r} is not defined between {describe(left)} and {describe(right)}")
    return results


def apply_binary(op: str, left: Any, right: Any) -> Any:
    """The value of `left op right`; VsaError for what the operator cannot do."""
    resolved = resolve(op, type(left), type(right))
    if resolved is None:
        raise VsaError(
            f"{op!r} is not defined between {describe((type(left),))} and {describe((type(right),))}"
        )
    left, right = fit(left, resolved.left), fit(right, resolved.right)
    try:
        value = BINARY[op].apply(left, right)
    except (ZeroDivisionError, OverflowError) as error:
        if not (isinstance(left, float) and isinstance(right, float)):
            raise  # a mistake in the method of a class
        if isinstance(error, ZeroDivisionError):
            raise VsaError("division by zero") from None
        raise VsaError(f"the result of {op!r} is too large for a number") from None
    if isinstance(value, complex):
        raise VsaError("a negative number has no real power of that exponent")
    if isinstance(value, float) and value - value != 0:
        raise VsaError(f"the result of {op!r} is too large for a number")
    return value


def unary_types(op: str, operand: Types) -> Types:
    """The classes of `op operand`; VsaError where it is not defined."""
    if object in operand:
        return (object,)
    results: list[type] = []
    for cls in operand:
        if cls in NUMBERS and op == "-":
            results.append(float)
        else:
            results += [t for _, result in _unary(op, cls) for t in result]
    if not results:
        raise VsaError(f"{op!r} is not defined for {describe(operand)}")
    return tuple(dict.fromkeys(results))


def apply_unary(op: str, value: Any) -> Any:
    """The value of `op value`."""
    unary_types(op, (type(value),))
    method = UNARY[op][0]
    if hasattr(value, "vsa_vector") and not operators(type(value), method):
        value = value.vsa_vector()
    return UNARY[op][1](value)


def check_count(callee: Types, count: int) -> None:
    """An error where values that can be applied are not applied to so many arguments."""
    if object not in callee and not any(count == 1 or (count and _many(cls)) for cls in callee):
        exactly = "at least" if any(map(_many, callee)) else "exactly"
        raise VsaError(f"{describe(callee)} is applied to {exactly} one argument")


def call_types(callee: Types, arguments: Sequence[Types]) -> Types:
    """The classes of `callee(…)` for a value that can be applied, such as a relation."""
    if object in callee or any(object in argument for argument in arguments):
        return (object,)
    overloads = [found for cls in callee for found in operators(cls, "__call__")]
    for argument in arguments:
        overloads = [
            (operand, result)
            for operand, result in overloads
            if operand is not None and any(fits(a, operand) for a in argument)
        ]
        if not overloads:
            raise VsaError(f"{describe(callee)} cannot be applied to {describe(argument)}")
    return tuple(dict.fromkeys(t for _, result in overloads for t in result))


def apply_call(callee: Any, arguments: Sequence[Any]) -> Any:
    """The value of `callee(…)`."""
    check_count((type(callee),), len(arguments))
    for operand, _ in operators(type(callee), "__call__"):
        if operand is not None and all(fits(type(a), operand) for a in arguments):
            return callee(*(fit(a, operand) for a in arguments))
    what = describe(tuple(dict.fromkeys(map(type, arguments))))
    raise VsaError(f"{describe((type(callee),))} cannot be applied to {what}")


@lru_cache(maxsize=256)
def _many(cls: type) -> bool:
    """Whether a value of the class is applied to any number of arguments: `def __call__(self, *items)`."""
    method = getattr(cls, "__call__", None)  # noqa: B004 - its code is looked at
    return bool(getattr(getattr(method, "__code__", None), "co_flags", 0) & CO_VARARGS)


def _seen_as(cls: type) -> tuple[type, ...]:
    """The classes whose operators serve a value: its own, and that of the vector it stands for."""
    return (cls, Vector) if hasattr(cls, "vsa_vector") else (cls,)


def _unary(op: str, cls: type) -> list[tuple[Types | None, Types]]:
    found = (operators(seen, UNARY[op][0]) for seen in _seen_as(cls))
    return next(filter(None, found), [])
