"""Sequences: by position, as chains, as bags of n-grams.

`forms.py` makes and reads them; `unwind.py` reads sums item by item in order, and `pursuit.py` those
whose items may have any length or be unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from vsa import hookimpl
from vsa_plugins.sequence.forms import (
    append,
    chain,
    concatenate,
    decode,
    item,
    length,
    ngrams,
    position,
    sequence,
    unchain,
)

__all__ = [
    "append", "chain", "concatenate", "decode", "item", "length", "ngrams", "position", "sequence",
    "unchain",
]  # fmt: skip


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """The three forms and how they are read."""
    return [sequence, item, position, decode, length, append, concatenate, chain, unchain, ngrams]
