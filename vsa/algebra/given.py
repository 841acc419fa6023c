"""Numbers that were given, in anything array-like, before they are a backend's."""

from __future__ import annotations

from typing import Any

import numpy as np

from vsa.arguments import refused
from vsa.errors import ArgumentTypeError


def numbers(name: str, value: Any, what: str) -> tuple[Any, str]:
    """An array of numbers, and the letter of its kind."""
    array = value if hasattr(value, "dtype") else _from_lists(name, value, what)
    kind = getattr(array.dtype, "kind", "c" if str(array.dtype).startswith("torch.c") else "f")
    if kind not in "biufc":
        raise refused(name, what, next(iter(np.ravel(array)[:1]), array))
    return array, kind


def _from_lists(name: str, value: Any, what: str) -> np.ndarray[Any, Any]:
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:  # lists of unequal lengths
        raise ArgumentTypeError(f"{name} must be {what} in an array: {error}") from None
