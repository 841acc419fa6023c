"""The pairs of a dictionary: put into its parts, and read out of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from vsa import Answer, Answers, Vector, VsaError
from vsa.pictures import Node, Tree
from vsa.plugin import (
    EMPTY,
    PRIOR_NOTHING,
    ArgumentValueError,
    Load,
    Note,
    bound_with,
    host,
    is_empty,
    key_at,
    note,
    parts,
    suggest,
)
from vsa_plugins.dictionary.parted import BLOCK, Marks, Parted, Whole, marks

CERTAIN = 0.995  # from there on an answer is printed as certain
PRIOR_KEY = 0.1  # P(nothing) for an item that may be a key: no more are than are known to be there
DRAWN = 100  # pairs
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Dictionary(Parted):
    """Values by keys, `d.mark`; a change makes another."""

    pairs: ClassVar[bool] = True

    def vsa_text(self) -> str:
        return self.text(f"a dictionary of {self.size:,} pair{'s' * (self.size != 1)}")

    __str__ = __repr__ = vsa_text

    def vsa_picture(self) -> Tree:
        """The value of each key, as far as keys are found among the items of memory."""
        rows, found = entries(self)
        if not len(rows):
            raise VsaError("there is nothing to draw: no key of this dictionary is found")
        shown = zip(self.memory.reported(rows[:DRAWN]), found[:DRAWN], strict=True)
        nodes = [Node(str(a.name), str(key), float(a.similarity)) for key, a in shown]
        more = f"{len(rows) - DRAWN:,} more pairs" if len(rows) > DRAWN else ""
        return Tree(Node("dictionary", parts=nodes), note=more)

    def vsa_attribute(self, name: str) -> Answer:
        if name not in self.memory:
            near = suggest(name, self.memory.names()) or "declare it first: atom " + name
            raise VsaError(f"there is no item {name!r} in memory that could be a key; {near}")
        return value(self, self.memory[name])

    def vsa_attributes(self) -> Iterable[str]:
        return [name for name in self.memory.names() if name.isidentifier()]


# --- pairs ------------------------------------------------------------------------------------------
def bound(value: Vector, key: Vector) -> Vector:
    """A pair, a term of the sum."""
    return value * key_at(1, key)


def _plain(dictionary: Dictionary, vector: Vector) -> Vector:
    """A vector of the dictionary's space as a row, without what it was made of."""
    return Vector.of_row(dictionary.space, dictionary.space.own(vector).data)


def spread(dictionary: Dictionary, key: Vector, value: Vector) -> tuple[Vector, Vector]:
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


def flat(dictionary: Dictionary, key: Vector, value: Vector) -> tuple[Vector, Vector, Marks]:
    """Keys and values (n,), each key once, with their marks."""
    key, value = spread(dictionary, key, value)
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


def old_values(dictionary: Dictionary, key: Vector, of: Marks) -> tuple[Vector, Whole]:
    """The values (m,) that keys (n,) have so far, and which of them."""
    if not dictionary.size:
        return key[:0], NONE
    answer = _read(dictionary, key, dictionary.place(of))
    which = np.flatnonzero(~np.asarray(answer.is_nothing))
    return answer.vector[which], which


def without(
    dictionary: Dictionary, key: Vector, old: Vector, which: Whole, place: Whole
) -> Dictionary:
    """With some of the keys (n,) and their old values (m,) taken out."""
    if not len(which):
        return dictionary
    return dictionary.changed(bound(old, key[which]), place[which], -1)


# --- reading ----------------------------------------------------------------------------------------
def value(dictionary: Dictionary, key: Vector) -> Answer:
    """The values of keys, with a warning past the capacity."""
    if not (key.plain or key.shape):
        return _traced(dictionary, key)
    flat = _plain(dictionary, key).reshape(-1)
    answer = _by_item(dictionary, flat, _read(dictionary, flat, dictionary.place_of(flat)))
    dictionary.warn()
    if not key.shape:
        return answer[0]
    return answer.rearranged(lambda array: array.reshape((*key.shape, *array.shape[1:])))


def _traced(dictionary: Dictionary, key: Vector) -> Answer:
    """The value of a key that knows what it is made of, read from a sum that does: for `why`.

    Of the part in which the key is, the pairs that are found and what is left beside them. What is
    added to a traced vector is one.
    """
    place = int(dictionary.place_of(_plain(dictionary, key)))
    rows, found = entries(dictionary, PRIOR_NOTHING)
    memory, nothing = dictionary.memory, key.scale(0.0)
    keys = memory.vectors(rows)
    here = np.flatnonzero(dictionary.place_of(_plain(dictionary, keys)) == place)
    whole = dictionary.sums[place]
    rest = whole - bound(found.vector[here], keys[here]).bundle() if len(here) else whole
    total = nothing + (rest if not is_empty(rest) else dictionary.space.zero())
    for i in here:
        names = (str(memory.reported(rows[i])), str(found.names[i, 0]))
        of_key, of_value = (nothing + memory[name] for name in names)
        total = total + bound(of_value, of_key)
    load = Load.terms(max(int(dictionary.terms[place]), 1))
    return bound_with(memory, total, key_at(1, key), load=lambda *_: load)


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
                    memory, sums[here], key_at(1, some), prior_nothing=prior_nothing,
                    load=lambda *_, load=load: load,
                )
            )  # fmt: skip
        else:  # one by one, each beside every item
            found = [
                bound_with(memory, s, key_at(1, k), prior_nothing=prior_nothing)
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


def entries(dictionary: Dictionary, prior_nothing: float = PRIOR_KEY) -> tuple[Whole, Answers]:
    """The items that are keys, as rows of memory (n,), and their values.

    Every item is tried as a key; of those that find something in a part the surest are keys, as many
    as it is known to hold.
    """
    rows = dictionary.item_rows()
    found, place = _tried(dictionary, rows, prior_nothing)
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


def _tried(dictionary: Dictionary, rows: Whole, prior_nothing: float) -> tuple[Answers, Whole]:
    """What each item finds as a key, and in which part."""
    answers: list[Answer] = []
    places = [NONE]
    for start in range(0, max(len(rows), 1), BLOCK):
        key = _plain(dictionary, dictionary.memory.vectors(rows[start : start + BLOCK]))
        places.append(dictionary.place_of(key))
        answers.append(_read(dictionary, key, places[-1], prior_nothing))
    return cast(Answers, Answer.concatenate(answers)), np.concatenate(places)


def readable(dictionary: Dictionary) -> tuple[Vector, Marks]:
    """The pairs that can be read, and the marks of their keys; none that would only add noise."""
    rows, found = entries(dictionary, PRIOR_NOTHING)
    key = dictionary.memory.vectors(rows)
    return bound(found.vector, key), marks(key)
