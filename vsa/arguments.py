"""Every check of an argument that needs no class of ours: numbers, texts, choices, shapes, lists.

A check gives the value in Python's own type, or raises a VsaError that is a TypeError or a
ValueError too and names the argument. One rule for all: numbers of NumPy and arrays of size one
are numbers, 3.0 is a whole number and 2.5 is not, truth values are no numbers. That a value is a
Vector is looked at in vsa.algebra.vector; a whole function by its annotations in vsa.hooks.checked.
"""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from typing import Any

import numpy as np

from vsa.errors import ArgumentTypeError, ArgumentValueError, VsaError
from vsa.suggest import shown

NUMBERS = (int, float, np.floating, np.integer)


def described(value: Any) -> str:
    """A value as a message calls it: numbers and short texts as they are, else the type's name."""
    if value is None or isinstance(value, (bool, Real, np.bool_)):
        text = str(value)
        return text if len(text) <= 40 else "a number so long"
    return shown(value) if isinstance(value, str) else type(value).__name__


def refused(
    name: str, wanted: str, value: Any, kind: type[VsaError] = ArgumentTypeError
) -> VsaError:
    """The error for an argument: "k must be a whole number, not 'x'"."""
    return kind(f"{name} must be {wanted}, not {described(value)}")


# --- numbers --------------------------------------------------------------------------------------
def in_python(value: Any) -> Any:
    """The only number of a NumPy scalar, array or tensor as Python's own; all else as it is."""
    if isinstance(value, np.generic) or (is_array(value) and math.prod(value.shape) == 1):
        return value.item()
    return value


def is_array(value: Any) -> bool:
    """Whether this is an array of NumPy, CuPy or torch; a Vector, which keeps out of theirs, is not."""
    return (
        hasattr(value, "__array__")
        and hasattr(value, "shape")
        and (
            getattr(value, "__array_ufunc__", value) is not None
            and not isinstance(value, np.generic)
        )
    )


def as_number(value: Any) -> Any:
    """A real number that scales an operand, alone in an array too; None where it is none.

    A tensor of one stays a tensor, for its gradient.
    """
    if isinstance(value, NUMBERS):
        return value
    if not is_array(value) or math.prod(value.shape) != 1:
        return None
    number = value.item()
    if isinstance(number, bool) or not isinstance(number, NUMBERS):
        return None
    return value.reshape(()) if getattr(value, "requires_grad", False) else number


def real_numbers(value: Any) -> Any:
    """Real numbers, one or an array of them, as they are; None for anything else."""
    if isinstance(value, NUMBERS):
        return value
    if not is_array(value):
        return None
    kind = getattr(value.dtype, "kind", None)  # torch's dtypes have none
    return value if kind in ("i", "u", "f") or (kind is None and not value.is_complex()) else None


def are_whole(value: Any) -> bool:
    """Whether all of these real numbers are whole; one that is learnt is not, since a step moves it."""
    if isinstance(value, (int, float)):
        return float(value).is_integer()
    return not getattr(value, "requires_grad", False) and bool((value == value // 1).all())


def as_whole(number: Any) -> int | None:
    """A real number as the whole one that it is, 3.0 as 3; None where it is none, or a truth value."""
    if not _is_real(number):
        return None
    whole = isinstance(number, Integral) or float(number).is_integer()
    return int(number) if whole else None


def checked_whole(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """A whole number, 3.0 too, of at least `least` and at most `most`."""
    number: Any = value
    if type(number) is not int:
        found = in_python(value)
        if not _is_real(found):
            raise refused(name, "a whole number" + _range(least, most), value)
        number = as_whole(found)
        if number is None:
            wanted = "a whole number" + _range(least, most)
            raise refused(name, wanted, found, ArgumentValueError)
    if least is not None and number < least:
        wanted = "a whole number" + _range(least, None)
        raise refused(name, wanted, number, ArgumentValueError)
    if most is not None and number > most:
        wanted = "a whole number" + _range(None, most)
        raise refused(name, wanted, number, ArgumentValueError)
    return int(number)


def checked_number(
    name: str,
    value: Any,
    least: float | None = None,
    most: float | None = None,
    *,
    above: float | None = None,
    below: float | None = None,
) -> float:
    """A finite number in a range: of at least `least` or above `above`, up to `most` or `below`."""
    number = value
    if type(number) is not float:
        number = in_python(value)
        if not _is_real(number):
            raise refused(name, "a number" + _range(least, most, above, below), value)
    inside = (
        (least is None or number >= least)
        and (most is None or number <= most)
        and (above is None or number > above)
        and (below is None or number < below)
    )
    if not inside or not _finite(number):
        wanted = "a number" + _range(least, most, above, below)
        raise refused(name, wanted, number, ArgumentValueError)
    return float(number)


def checked_rate(name: str, value: Any) -> float:
    """A rate of learning; Adam's first step is ten times as long, and must be a number of float32."""
    return checked_number(name, value, most=1e37, above=0)


def checked_prior(name: str, value: Any) -> float:
    """A probability beforehand: less than 1, or nothing that is found could change it."""
    return checked_number(name, value, 0, below=1)


def checked_truth(name: str, value: Any) -> bool:
    """True or False, NumPy's too."""
    found = value if type(value) is bool else in_python(value)
    if not isinstance(found, bool):
        raise refused(name, "True or False", value)
    return found


def _is_real(number: Any) -> bool:
    return isinstance(number, Real) and not isinstance(number, bool)


def _finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # a whole number beyond what a float holds
        return False


def _range(
    least: float | None, most: float | None, above: float | None = None, below: float | None = None
) -> str:
    """A range in words, or as an interval where it has two ends: " of at least 2", " in [0, 1)"."""
    low, high = (least if above is None else above), (most if below is None else below)
    if low is not None and high is not None:
        return (
            f" in {'[' if above is None else '('}{low:,}, {high:,}{']' if below is None else ')'}"
        )
    if low is not None:
        return f" of at least {low:,}" if above is None else f" above {low:,}"
    if high is not None:
        return f" of at most {high:,}" if below is None else f" below {high:,}"
    return ""


# --- texts ----------------------------------------------------------------------------------------
def checked_text(name: str, value: Any) -> str:
    """A text; `name` is how a message calls it, an argument's name or "a name"."""
    if not isinstance(value, str):
        raise refused(name, "a text", value)
    return value


def checked_choice(name: str, value: Any, choices: Collection[str]) -> str:
    """One of some texts."""
    listed = ", ".join(choices)
    if not isinstance(value, str):
        raise refused(name, f"one of {listed}", value)
    if value not in choices:
        raise refused(name, f"one of {listed}", value, ArgumentValueError)
    return value


def several(name: str, given: Any, wanted: str = "a text, or texts in a list") -> list[Any]:
    """One text, or several things of any kind, as a list."""
    if isinstance(given, str):
        return [given]
    try:
        found = iter(given)
    except TypeError:
        found = None
    if found is None or isinstance(given, bytes):
        raise refused(name, wanted, given)
    return list(found)


def checked_texts(name: str, given: Any, each: str = "a name") -> list[str]:
    """One text, or several, as a list; `each` is how a message calls one of them."""
    found = several(name, given)
    for text in found:
        if not isinstance(text, str):
            raise refused(f"{each} in {name}", "a text", text)
    return found


# --- shapes, functions, other classes -------------------------------------------------------------
def checked_shape(name: str, value: Any) -> tuple[int, ...]:
    """A batch shape, given as a whole number or several."""
    if isinstance(value, (tuple, list)) or getattr(value, "ndim", 0) == 1:
        return tuple(checked_whole(name, n, 0) for n in value)
    number = in_python(value)
    if not _is_real(number):
        raise refused(name, "a whole number or a tuple of them", value)
    return (checked_whole(name, number, 0),)


def checked_rows(name: str, value: Any) -> np.ndarray[Any, Any]:
    """Numbers of rows as an array of any shape."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return value
    try:
        rows = np.asarray(value)
    except ValueError:  # lists of unequal lengths
        rows = np.asarray(None)
    if rows.size and rows.dtype.kind not in "iu":
        raise refused(name, "whole numbers in an array", value)
    return rows.astype(np.intp, copy=False)


def checked_path(name: str, value: Any) -> str:
    """A path, as text, that a file can have: without NUL and without halves of characters."""
    try:
        path = os.fspath(value)
    except TypeError:
        path = None
    if not isinstance(path, str):
        raise refused(name, "a path, as a text or a Path", value)
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeError:
        possible = False
    if not possible:
        raise ArgumentValueError(
            f"{shown(path, 100)} cannot be the name of a file: choose another name"
        )
    return path


def checked_call(name: str, value: Any) -> Any:
    """A function, or anything else that can be called."""
    if not callable(value):
        raise refused(name, "a function", value)
    return value


def checked_instance(name: str, value: Any, cls: type, wanted: str) -> Any:
    """An object of a class, which a message calls `wanted`: "a Space"."""
    if not isinstance(value, cls):
        raise refused(name, wanted, value)
    return value


def checked_iterable(name: str, value: Any, wanted: str) -> Iterable[Any]:
    """Something to iterate over that is no text."""
    if isinstance(value, (str, bytes)) or not hasattr(type(value), "__iter__"):
        raise refused(name, wanted, value)
    return value  # type: ignore[no-any-return]
