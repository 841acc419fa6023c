"""Numbers that are given, looked at before they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vsa.errors import VsaError
from vsa_plugins.composition.trees import Array


class NotFiniteError(VsaError):
    """What was composed, or a word, is NaN or infinite."""


def checked_whole(name: str, value: Any, least: int) -> None:
    """Refuse what is no whole number of at least `least`."""
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise VsaError(f"{name} must be a whole number of at least {least}, not {value!r}")


def checked_vectors(vectors: Mapping[str, Any], dim: int | None) -> dict[str, Array]:
    """Contents that are given, as arrays of one size."""
    found: dict[str, Array] = {}
    for word, vector in vectors.items():
        array = np.asarray(vector, dtype=np.float64)
        dim = dim if dim is not None else array.size
        if array.shape != (dim,):
            raise VsaError(f"the vector of {word!r} has shape {array.shape}, not ({dim},)")
        if not np.isfinite(array).all():
            raise VsaError(f"the vector of {word!r} has numbers that are not finite")
        found[word] = array
    return found
