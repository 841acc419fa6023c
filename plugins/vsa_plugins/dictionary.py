"""Dictionaries: Σ value ⊛ π(key), in one vector while that holds them, else cut in parts by a hash.

The pairs of an environment (Plate 1995) in the directory of a hash table (Fagin et al., Extendible
hashing, 1979). A key is permuted where binding is commutative, or a value would be a key as well. How
many pairs a part holds is known, and a read makes use of it. Keys are not stored: they are found among
the items of memory, by what is read with each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, cast

import numpy as np

from vsa import Answer, Answers, Memory, Vector, VsaError, hookimpl
from vsa.plugin import (
    EMPTY,
    PRIOR_NOTHING,
    ArgumentValueError,
    Load,
    Note,
    Within,
    bound_with,
    checked,
    host,
    is_empty,
    note,
    parts,
    suggest,
)
from vsa_plugins.parted import BLOCK, Marks, Parted, Whole, joined, marks

CERTAIN = 0.995  # from there on an answer is printed as certain
MOST = 10_000_000  # pairs
PRIOR_KEY = 0.1  # P(nothing) for an item that may be a key: no more are than are known to be there
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Dictionary(Parted):
    """Values by keys, `d.mark`; a change makes another."""

    pairs: ClassVar[bool] = True

    def vsa_text(self) -> str:
        return self.text(_pairs(self.size))

    __str__ = vsa_text

    def vsa_attribute(self, name: str) -> Answer:
        if name not in self.memory:
            near = suggest(name, self.memory.names()) or "declare it first: atom " + name
            raise VsaError(f"there is no item {name!r} in memory that could be a key; {near}")
        return get(self, self.memory[name])

    def vsa_attributes(self) -> Iterable[str]:
        return [name for name in self.memory.names() if name.isidentifier()]


def _pairs(size: int) -> str:
    return f"a dictionary of {size:,} pair{'s' * (size != 1)}"


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
    each = [_spread(empty, key, value) for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
    return put(empty, joined([k for k, _ in each]), joined([v for _, v in each]))


@checked
def put(dictionary: Dictionary, key: Vector, value: Vector) -> Dictionary:
    """The dictionary with a value by a key; what the key had before is taken out.

    Keys and values may be batches; of a key that is given twice the last value counts.

    > get(put(dictionary(mark, fish), mark, eat), mark)
    eat  …
    """
    key, value, of = _flat(dictionary, key, value)
    old, which = _old(dictionary, key, of)
    size = dictionary.size + len(of) - len(which)
    grown = dictionary.grown(size, _pairs(size), _readable)
    place = grown.place(of)
    return _without(grown, key, old, which, place).changed(_bound(value, key), place)


@checked
def get(dictionary: Dictionary, key: Vector) -> Answer:
    """The value of a key, `d.mark`: an answer, nothing where the dictionary has no such key.

    A noisy key finds nothing by itself; if memory is certain which item it is, that is the key.

    > get(dictionary(mark, fish, john, eat), john)
    eat  …
    """
    flat = _plain(dictionary, key).reshape(-1)
    answer = _by_item(dictionary, flat, _read(dictionary, flat, dictionary.place_of(flat)))
    dictionary.warn()
    if not key.shape:
        return answer[0]
    return answer.rearranged(lambda array: array.reshape((*key.shape, *array.shape[1:])))


@checked
def remove(dictionary: Dictionary, key: Vector) -> Dictionary:
    """The dictionary without a key; of a batch those that it has are removed.

    > get(remove(dictionary(mark, fish, john, eat), mark), mark)
    nothing  …
    """
    flat, _, of = _flat(dictionary, key, key)
    old, which = _old(dictionary, flat, of)
    if not key.shape and not len(which):
        raise VsaError("the dictionary has no such key: keys(d) gives those that it has")
    return _without(dictionary, flat, old, which, dictionary.place(of))


@checked
def keys(dictionary: Dictionary) -> Answer:
    """The keys, as far as they are items of memory: each item is tried, and those read best are keys.

    > keys(dictionary(mark, fish, john, eat))
    [mark, john]
    """
    rows, found = _entries(dictionary)
    memory = dictionary.memory
    answer = memory.cleanup(memory.vectors(rows), among=rows)
    return answer.doubted(found.nothing / np.maximum(1 - found.nothing, 1e-300))


@checked
def values(dictionary: Dictionary) -> Answer:
    """The values of those keys, in the same order.

    > values(dictionary(mark, fish, john, eat))
    [fish, eat]
    """
    return _entries(dictionary)[1]


@checked
def items(dictionary: Dictionary) -> Answer:
    """Keys and values: the values, each under the name of its key.

    > items(dictionary(mark, fish, john, eat))
    mark  fish
    john  eat
    """
    rows, found = _entries(dictionary)
    names = tuple(map(str, dictionary.memory.reported(rows)))
    return Answer.of(found.memory, found.found, names, found.moment)


# --- pairs ------------------------------------------------------------------------------------------
def _key(key: Vector) -> Vector:
    """What a value is bound with, permuted where a permuted key is one too.

    Else values would be keys as well, where binding commutes, or nearly does.
    """
    key = key.unitary()
    moves = {"commutative", "equivariant"} & key.space.algebra.laws
    return key.permute() if moves else key


def _bound(value: Vector, key: Vector) -> Vector:
    return value * _key(key)


def _plain(dictionary: Dictionary, vector: Vector) -> Vector:
    """A vector of the dictionary's space as a row, without what it was made of."""
    return Vector.of_row(dictionary.space, dictionary.space.own(vector).data)


def _spread(dictionary: Dictionary, key: Vector, value: Vector) -> tuple[Vector, Vector]:
    """Keys, as rows, and values, as many of both."""
    for name, given in (("key", key), ("value", value)):
        if is_empty(given).any():
            raise ArgumentValueError(f"a {name} of a dictionary must not be nil")
    plain = value if value.plain else value.of_own(value.own)
    key, value = _plain(dictionary, key).reshape(-1), dictionary.space.own(plain).reshape(-1)
    count = max(len(key), len(value)) if min(len(key), len(value)) else 0
    if {len(key), len(value)} - {1, count}:
        raise ArgumentValueError(f"{len(key)} keys do not pair with {len(value)} values")
    first = np.zeros(count, np.int64)
    key, value = (x if len(x) == count else x[first] for x in (key, value))
    return key, value


def _flat(dictionary: Dictionary, key: Vector, value: Vector) -> tuple[Vector, Vector, Marks]:
    """Keys and values (n,), each key once, with their marks."""
    key, value = _spread(dictionary, key, value)
    order = np.arange(len(key))
    of = marks(key)
    _, last, group = np.unique(of[::-1], return_index=True, return_inverse=True)
    last = (len(key) - 1 - last)[group][::-1]  # of the same mark
    double = np.flatnonzero(last != order)
    if not len(double):
        return key, value, of
    same = host(key, key[double].similarities(key[last[double]])) > 1 - EMPTY
    rest = np.setdiff1d(order, double[same])
    return key[rest], value[rest], of[rest]


def _old(dictionary: Dictionary, key: Vector, of: Marks) -> tuple[Vector, Whole]:
    """The values (m,) that keys (n,) have so far, and which of them."""
    if not dictionary.size:
        return key[:0], NONE
    answer = _read(dictionary, key, dictionary.place(of))
    which = np.flatnonzero(~np.asarray(answer.is_nothing))
    return answer.vector[which], which


def _without(
    dictionary: Dictionary, key: Vector, old: Vector, which: Whole, place: Whole
) -> Dictionary:
    return (
        dictionary.changed(_bound(old, key[which]), place[which], -1) if len(which) else dictionary
    )


# --- reading ----------------------------------------------------------------------------------------
def _read(
    dictionary: Dictionary, key: Vector, place: Whole, prior_nothing: float = PRIOR_NOTHING
) -> Answers:
    """What is bound with keys (n,) in these parts, of which it is known how much they hold."""
    memory, sums, held = dictionary.memory, dictionary.sums, np.maximum(dictionary.terms, 1)
    answers: list[Answer] = []
    start = 0
    for (some,) in parts(key):
        here = place[start : start + len(some)]
        start += len(some)
        if "unbinding" in dictionary.space.algebra.laws or not len(some):
            load = Load.terms(held[here])
            answers.append(
                bound_with(
                    memory, sums[here], _key(some), prior_nothing=prior_nothing,
                    load=lambda *_, load=load: load,
                )
            )  # fmt: skip
        else:  # one by one, each beside every item
            found = [
                bound_with(memory, s, _key(k), prior_nothing=prior_nothing)
                for s, k in zip(sums[here], some, strict=True)
            ]
            answers.append(Answer.stack(found))
    return cast(Answers, Answer.concatenate(answers))


def _by_item(dictionary: Dictionary, key: Vector, answer: Answers) -> Answers:
    """Where a key found nothing, what the item finds that it certainly is, but for noise."""
    memory = dictionary.memory
    lost = np.flatnonzero(answer.is_nothing)
    if not (len(lost) and dictionary.size):
        return answer
    item = cast(Answers, memory.cleanup(key[lost], kinds=memory.item_kinds))
    sure = (
        (item.probability >= CERTAIN) & (item.similarity < 1 - EMPTY) & ~np.asarray(item.is_nothing)
    )
    if not sure.any():
        return answer
    item, lost = cast(Answers, item[sure]), lost[sure]
    second = _read(dictionary, item.vector, dictionary.place_of(item.vector))
    there = ~np.asarray(second.is_nothing)
    if not there.any():
        return answer
    item, lost = cast(Answers, item[there]), lost[there]
    said = f"the key is taken for {item.name[0]}, which it is like ({item.similarity[0]:.2f})"
    many = f"{len(lost)} keys are taken for the items that they are like"
    note(Note(said if len(key) == 1 else many), stacklevel=3)
    order = np.arange(len(key))
    order[lost] = len(key) + np.arange(len(lost))
    every = cast(Answers, Answer.concatenate([answer, second[there]]))
    return cast(Answers, every.rearranged(lambda array: array[order]))


def _entries(dictionary: Dictionary) -> tuple[Whole, Answers]:
    """The items that are keys, as rows of memory (n,), and their values.

    Every item is tried as a key; of those that find something in a part the surest are keys, as many
    as it is known to hold.
    """
    rows = dictionary.item_rows()
    found, place = _tried(dictionary, rows)
    nothing = np.asarray(found.nothing)
    order = np.lexsort((nothing, place))
    first = np.searchsorted(place[order], place[order])  # of its part
    rank = np.arange(len(order)) - first
    some = np.sort(order[(rank < dictionary.terms[place[order]]) & ~found.is_nothing[order]])
    if len(some) < dictionary.size:
        lacking = dictionary.size - len(some)
        note(
            Note(f"{lacking} of {dictionary.size} keys are found among no items of memory"),
            stacklevel=3,
        )
    return rows[some], cast(Answers, found[some])


def _tried(dictionary: Dictionary, rows: Whole) -> tuple[Answers, Whole]:
    """What each item finds as a key, and in which part."""
    answers: list[Answer] = []
    places = [NONE]
    for start in range(0, max(len(rows), 1), BLOCK):
        key = _plain(dictionary, dictionary.memory.vectors(rows[start : start + BLOCK]))
        places.append(dictionary.place_of(key))
        answers.append(_read(dictionary, key, places[-1], PRIOR_KEY))
    return cast(Answers, Answer.concatenate(answers)), np.concatenate(places)


def _readable(dictionary: Dictionary) -> tuple[Vector, Marks]:
    """The pairs that can be read, and the marks of their keys."""
    rows, found = _entries(dictionary)
    key = dictionary.memory.vectors(rows)
    return _bound(found.vector, key), marks(key)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Dictionaries: made, changed, read."""
    return [dictionary, put, get, remove, keys, values, items]


@hookimpl
def vsa_types() -> Iterable[type]:
    """Dictionaries as values."""
    return [Dictionary]
