"""Sequences: by position, Σ xᵢ ⊛ pⁱ; as a chain, a + a⊛b + a⊛b⊛c; as a bag of n-grams.

Positions count from 1, so that no item stands unprotected: with p⁰ a sequence would resemble its
own first item. Source of the forms: Plate 1995; of n-grams: Recchia et al. 2010.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from vsa import Answer, Memory, Vector, VsaError, bundle, bundle_bound, by_rows, hookimpl
from vsa.plugin import (
    PRIOR_NOTHING,
    PRIOR_UNKNOWN,
    ArgumentValueError,
    checked,
    host,
    is_empty,
    log_likelihood,
    look,
    parts,
    posterior,
    read,
    terms_of,
    warn_past_capacity,
    without_residue,
)

KEY = "sequence/p"


def _key(vector: Vector) -> Vector:
    return vector.space.key(KEY)


@checked
def sequence(*items: Vector, memory: Memory | None = None) -> Vector:
    """Items by position, `[a, b, c]`: a ⊛ p + b ⊛ p² + c ⊛ p³.

    From Python the items may be batches: position by position they form a batch of sequences.

    > item([mark, fish, john], 2)
    fish  …
    """
    if not items:
        if memory is None:
            raise ArgumentValueError(
                "an empty sequence needs memory= to know its space; or use space.zero()"
            )
        return memory.space.zero()
    space = items[0].space
    key = _key(items[0])
    if not space.algebra.keys_move:
        return bundle(*(x.protect(key, i) for i, x in enumerate(items, 1)))
    return bundle_bound(space.powers(KEY, len(items)), items)


@checked
def item(sequence: Vector, position: int, *, memory: Memory) -> Answer:
    """The item at a position, counted from 1.

    > item([mark, fish], 1)
    mark  …
    """
    if position < 1:
        raise ArgumentValueError(f"positions count from 1, there is none {position}")
    key = _key(sequence)
    answer = read(memory, lambda s: s.protect(key, -position), sequence)
    _warn(sequence, answer)
    return answer


@checked
def position(sequence: Vector, item: Vector) -> int:
    """The position of an item in a sequence; an error if it is not there.

    A batch gives an array, 0 where the item is not there.

    > position([mark, fish, john], john)
    3
    """
    limit = _limit(sequence)
    found = np.concatenate(
        [np.atleast_1d(_positions(s, x, limit)) for s, x in parts(sequence, item)]
    )
    if sequence.shape or item.shape:
        return found  # type: ignore[return-value]  # a batch: array
    if not found[0]:
        raise VsaError(
            f"the item is not in the sequence: none of the positions 1 to {limit} holds it"
        )
    return int(found[0])


def _positions(sequence: Vector, item: Vector, limit: int) -> np.ndarray[Any, Any]:
    """The likeliest position of each item, 0 where none is likelier."""
    key = _key(sequence)
    terms = (item.protect(key, i) for i in range(1, limit + 1))
    cosines = np.stack([host(sequence, sequence.similarities(t)) for t in terms], axis=-1)
    logs = log_likelihood(np.clip(cosines, -1, 1), sequence.dim)
    match, nothing = posterior(logs, np.logaddexp.reduce(logs, axis=-1), limit, PRIOR_NOTHING)
    best = np.argmax(logs, axis=-1)
    found = np.take_along_axis(match, best[..., None], -1)[..., 0] >= nothing
    return np.where(found, best + 1, 0)


@checked
def decode(sequence: Vector, length: int | None = None, *, memory: Memory) -> Answer:
    """The items of a sequence from the first to the last, or the first `length` of them.

    Each item is taken out before the next is read: the rest gets clearer, and nothing is left
    at the end.

    > decode([mark, fish, john])
    [mark, fish, john]
    """
    if not sequence.shape and bool(is_empty(sequence)):
        raise VsaError("the sequence is empty")
    key = _key(sequence)
    answer = _unwind(
        sequence,
        length,
        memory,
        lambda rest, i: rest.protect(key, -i),
        lambda rest, found, i: rest - found.protect(key, i),
    )
    if answer is None:
        raise VsaError("no position of the sequence can be read: it is past its capacity, or none")
    _warn(sequence, answer[0], steps=len(answer))
    return answer


def _unwind(
    sequence: Vector,
    length: int | None,
    memory: Memory,
    query: Callable[[Vector, int], Vector],
    remove: Callable[..., Vector],
) -> Answer | None:
    """Items found, and taken out, one after the other, positions first; None if there are none."""
    if length is not None and length < 1:
        raise ArgumentValueError(f"length must be at least 1, not {length}")

    def steps(rest: Vector) -> list[Answer]:
        answers: list[Answer] = []
        for i in range(1, (_limit(rest) if length is None else length) + 1):
            answer = look(memory, query(rest, i), prior_nothing=PRIOR_UNKNOWN)
            if length is None and answers and np.all(answer.is_nothing):
                break
            answers.append(answer)
            if rest.shape or not answer.is_nothing:
                rest = without_residue(by_rows(partial(remove, i=i), rest, answer))
            if length is None and is_empty(rest).all():
                break
        return answers

    pieces = [piece for (piece,) in parts(sequence)]
    found = [steps(without_residue(piece)) for piece in pieces]
    longest = max(map(len, found))
    for piece, answers in zip(pieces, found, strict=True):
        if len(answers) < longest:  # its sequences are shorter: nothing is there
            none = look(memory, sequence.space.zero(piece.shape), prior_nothing=PRIOR_UNKNOWN)
            answers += [none] * (longest - len(answers))
    read = Answer.stack([Answer.concatenate(list(step)) for step in zip(*found, strict=True)])
    return None if length is None and np.all(read[0].is_nothing) else read


@checked
def length(sequence: Vector, *, memory: Memory) -> int:
    """How many positions can be read one after the other; an array for a batch.

    > length([mark, fish, mark])
    3
    """
    if np.all(is_empty(sequence)):
        counts = np.zeros(sequence.shape, dtype=int)
    else:
        gone = np.asarray(decode(sequence, memory=memory).is_nothing)
        counts = np.where(gone.any(axis=0), np.argmax(gone, axis=0), len(gone))
    return counts if sequence.shape else int(counts)  # type: ignore[return-value]  # a batch: array


@checked
def append(
    sequence: Vector, item: Vector, length: int | None = None, *, memory: Memory | None = None
) -> Vector:
    """A sequence with one more item at its end; its length is read unless it is given.

    > decode(append([mark, fish], john))
    [mark, fish, john]
    """
    return concatenate(sequence, item.protect(_key(item), 1), length, memory=memory)


@checked
def concatenate(
    first: Vector, second: Vector, length: int | None = None, *, memory: Memory | None = None
) -> Vector:
    """Two sequences, one after the other: first + second ⊛ pⁿ, n the length of the first.

    > decode(concatenate([mark, fish], [john]))
    [mark, fish, john]
    """
    if length is None:
        if memory is None:
            raise VsaError("give length=, or memory= so that the length can be read")
        found = _length(first, memory=memory)
        if first.shape and np.ptp(found):
            raise VsaError("the sequences of this batch differ in length: append them one by one")
        length = int(np.max(found))
    if length == 0:
        return first + second
    key = _key(first)
    return by_rows(lambda a, b: a + b.protect(key, length), first, second)


_length = length  # `length` is a parameter above


@checked
def chain(*items: Vector) -> Vector:
    """Items as a chain of bindings: a + a ⊛ b + a ⊛ b ⊛ c.

    > unchain(chain(mark, fish, john))
    [mark, fish, john]
    """
    if not items:
        raise ArgumentValueError("a chain needs at least one item")
    _check_chains(items[0])
    total = link = items[0]
    for x in items[1:]:
        link = link * x
        total = total + link
    return total


@checked
def unchain(chain: Vector, length: int | None = None, *, memory: Memory) -> Answer:
    """The items of a chain, each found, subtracted and unbound before the next is looked for.

    > unchain(chain(mark, john), 1)
    [mark]
    """
    _check_chains(chain)
    answer = _unwind(chain, length, memory, lambda rest, i: rest, _unlink)
    if answer is None:
        raise VsaError("the chain is empty, or its first item cannot be recognised")
    _warn(chain, answer[0], steps=len(answer))
    return answer


def _check_chains(vector: Vector) -> None:
    algebra = vector.space.algebra
    if "self-inverse" in algebra.laws:  # a ⊛ (a ⊛ b) would be b again
        raise VsaError(f"the algebra {algebra.name!r} keeps no chains; use sequence(…)")


def _unlink(rest: Vector, found: Vector, i: int) -> Vector:
    """(rest − x) ⊛ x⁻¹; the exact inverse where there is one, since nothing else is in there."""
    try:
        return (rest - found) * found.inverse()
    except VsaError:
        return (rest - found) / found


@checked
def ngrams(n: int, *items: Vector) -> Vector:
    """The superposition of all runs of n items, each bound together with its order kept.

    Order is kept by permuting: the n-gram of a, b is permute(a) ⊛ b.

    > similarity(ngrams(2, mark, fish), permute(mark) * fish)
    1
    """
    if not 1 <= n <= len(items):
        raise ArgumentValueError(f"n must be from 1 to the number of items, {len(items)}, not {n}")
    permuted = [[x.permute(n - 1 - j) for x in items[j : len(items) - n + 1 + j]] for j in range(n)]
    grams = []
    for run in zip(*permuted, strict=True):
        gram = run[0]
        for x in run[1:]:
            gram = gram * x
        grams.append(gram)
    return bundle(*grams)


def _limit(sequence: Vector) -> int:
    """No sequence of unit items is longer than this, its squared norm being about its length."""
    return math.ceil(1.5 * min(terms_of(sequence), 4 * sequence.dim)) + 4


def _warn(sequence: Vector, answer: Answer, steps: int = 1) -> None:
    load = terms_of(sequence)
    what = f"a sequence of about {round(load)} items"
    warn_past_capacity(what, [load] * steps, sequence.dim, answer.items)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """The three forms and how they are read."""
    return [sequence, item, position, decode, length, append, concatenate, chain, unchain, ngrams]
