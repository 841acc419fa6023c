"""Sequences: by position, as chains, as bags of n-grams.

`forms.py` makes and reads them; `unwind.py` reads sums item by item in order, and `pursuit.py` those
whose items may have any length or be unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vsa import Answer, Memory, Vector, hookimpl
from vsa.plugin import Structure
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


def _constituents(sequence: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    for place, found in enumerate(decode(sequence, memory=memory), 1):
        yield str(place), found


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a sequence by position is read, which nothing but its maker knows to be one."""
    return {"sequence": Structure(_constituents)}
