"""Numbers that are given, looked at before they are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from vsa import VsaError
from vsa.plugin import checked_whole, shown
from vsa_plugins.composition.trees import Array, composed

DIM = 1_000_000  # a content of more numbers is a mistake
MEMORY = 1 << 33  # bytes of weights that are more likely a mistake than meant


class NotFiniteError(VsaError):
    """What was composed, or a word, is NaN or infinite."""


def checked_types(types: Any) -> list[str]:
    """Tags of compositions, as a list."""
    if isinstance(types, str):
        raise VsaError(f"types are wanted as a tuple: {tuple(types.split()) or ()!r}")
    if not isinstance(types, Iterable):
        raise VsaError(f"types are wanted as a tuple of tags, not {types!r}")
    found = list(types)
    for tag in found:
        if not isinstance(tag, str) or tag.split() != [tag] or set(tag) & set("()"):
            raise VsaError(f"{tag!r} is not a type: letters without blanks or round brackets")
    return found


def checked_rank(rank: Any, dim: int) -> int | None:
    """A low rank of matrices (dim, dim), or None."""
    if rank is None:
        return None
    number = checked_whole("rank", rank, 1)
    if number > dim:
        raise VsaError(f"rank must be at most the dim, {dim}, not {shown(str(number))[1:-1]}")
    return number


def checked_room(numbers: int, needs: str, mend: str) -> None:
    """Refuse what has more numbers than can be meant."""
    if 8 * numbers > MEMORY:
        raise VsaError(f"{needs} {8 * numbers / 1e9:,.0f} GB: {mend}")


def pairs_of(pairs: Any) -> list[tuple[Any, Any]]:
    """Examples, each a pair (tree, target)."""
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise VsaError(f"examples are wanted as a list of pairs, not {type(pairs).__name__}")
    found = list(pairs)
    for number, pair in enumerate(found, 1):
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise VsaError(f"example {number} must be a pair (tree, target), not {repr(pair)[:60]}")
    return found


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
        found[checked_word(word)] = array
    return found


def checked_word(word: Any) -> str:
    """A word, which may be a phrase, in Unicode's composed form (NFC)."""
    if not isinstance(word, str) or not word.strip():
        raise VsaError(f"{word!r} is not a word: a text that is not blank is wanted")
    return composed(word)
