"""Dictionaries: Σ value ⊛ π(key), in one vector while that holds them, else cut in parts by a hash.

The pairs of an environment (Plate 1995) in the directory of a hash table (Fagin et al., Extendible
hashing, 1979). A key is permuted where binding is commutative, or a value would be a key as well. How
many pairs a part holds is known, and a read makes use of it. Keys are not stored: they are found among
the items of memory, by what is read with each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Memory, Vector, VsaError, hookimpl
from vsa.plugin import ArgumentValueError, Within, checked
from vsa_plugins.dictionary import pairs as held
from vsa_plugins.dictionary.pairs import Dictionary
from vsa_plugins.dictionary.parted import joined

MOST = 10_000_000  # pairs


@checked
def dictionary(
    *pairs: Vector, room: Annotated[int, Within(0, MOST)] = 0, memory: Memory
) -> Dictionary:
    """Values by keys: a key, its value, the next key, …

    Each may be a batch, so that a table of any length is encoded at once: dictionary(keys, values).
    room: parts are made for so many pairs, which then need no dividing later.

    > dictionary(mark, fish, john, eat).mark
    fish  …
    """
    if len(pairs) % 2:
        raise ArgumentValueError(
            f"a dictionary is made of keys and values in turn, and the last of {len(pairs)} has none"
        )
    empty = Dictionary.empty(memory)
    empty = Dictionary.empty(memory, empty.wanted(room))
    if not pairs:
        return empty
    each = [
        held.spread(empty, key, value) for key, value in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    return put(empty, joined([k for k, _ in each]), joined([v for _, v in each]))


@checked
def put(dictionary: Dictionary, key: Vector, value: Vector) -> Dictionary:
    """The dictionary with a value by a key; what the key had before is taken out.

    Keys and values may be batches; of a key that is given twice the last value counts.

    > get(put(dictionary(mark, fish), mark, eat), mark)
    eat  …
    """
    key, value, of = held.flat(dictionary, key, value)
    old, which = held.old_values(dictionary, key, of)
    size = dictionary.size + len(of) - len(which)
    grown = dictionary.grown(size, f"{size:,} pairs", held.readable)
    place = grown.place(of)
    return held.without(grown, key, old, which, place).changed(held.bound(value, key), place)


@checked
def get(dictionary: Dictionary, key: Vector) -> Answer:
    """The value of a key, `d.mark`: an answer, nothing where the dictionary has no such key.

    A noisy key finds nothing by itself; if memory is certain which item it is, that is the key.

    > get(dictionary(mark, fish, john, eat), john)
    eat  …
    """
    return held.value(dictionary, key)


@checked
def remove(dictionary: Dictionary, key: Vector) -> Dictionary:
    """The dictionary without a key; of a batch those that it has are removed.

    > get(remove(dictionary(mark, fish, john, eat), mark), mark)
    nothing  …
    """
    given = key
    key, _, of = held.flat(dictionary, key, key)
    old, which = held.old_values(dictionary, key, of)
    if not given.shape and not len(which):
        raise VsaError("the dictionary has no such key: keys(d) gives those that it has")
    return held.without(dictionary, key, old, which, dictionary.place(of))


@checked
def keys(dictionary: Dictionary) -> Answer:
    """The keys, as far as they are items of memory: each item is tried, and those read best are keys.

    > keys(dictionary(mark, fish, john, eat))
    [mark, john]
    """
    rows, found = held.entries(dictionary)
    memory = dictionary.memory
    answer = memory.cleanup(memory.vectors(rows), among=rows)
    return answer.doubted(found.nothing / np.maximum(1 - found.nothing, 1e-300))


@checked
def values(dictionary: Dictionary) -> Answer:
    """The values of those keys, in the same order.

    > values(dictionary(mark, fish, john, eat))
    [fish, eat]
    """
    return held.entries(dictionary)[1]


@checked
def items(dictionary: Dictionary) -> Answer:
    """Keys and values: the values, each under the name of its key.

    > items(dictionary(mark, fish, john, eat))
    mark  fish
    john  eat
    """
    rows, found = held.entries(dictionary)
    names = tuple(map(str, dictionary.memory.reported(rows)))
    return Answer.of(found.memory, found.found, names, found.moment)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Dictionaries: made, changed, read."""
    return [dictionary, put, get, remove, keys, values, items]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Dictionaries as values."""
    return [Dictionary]
