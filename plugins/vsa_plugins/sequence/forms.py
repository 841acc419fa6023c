"""Sequences: by position, Σ xᵢ ⊛ pⁱ; as a chain, a + a⊛b + a⊛b⊛c; as a bag of n-grams.

Positions count from 1, so that no item stands unprotected: with p⁰ a sequence would resemble its
own first item. Source of the forms: Plate 1995; of n-grams: Recchia et al. 2010.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Memory, Vector, VsaError, bundle, bundle_bound, by_rows
from vsa.plugin import (
    PRIOR_NOTHING,
    ArgumentValueError,
    Note,
    Within,
    checked,
    evidence,
    host,
    is_empty,
    load_by_norm,
    note,
    parts,
    posterior,
    read,
    terms_of,
    warn_past_capacity,
)
from vsa_plugins.sequence.pursuit import SURE, chance
from vsa_plugins.sequence.unwind import (
    LONGEST,
    Reading,
    by_place,
    most_of,
    pursue,
    unwind,
    was_finished,
)

KEY = "sequence/p"
Count = Annotated[int | None, Within(most=10_000)]  # of items, each of which is looked up
FEW = 32  # positions are looked at in any case, for shorter items


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
    answer = read(memory, lambda s: s.protect(key, -position), sequence, load=load_by_norm)
    load = terms_of(sequence)
    warn_past_capacity(_about(load), [load], sequence.space, answer.items)
    return answer


@checked
def position(sequence: Vector, item: Vector) -> int:
    """The first position of an item in a sequence; an error if it is not there.

    A batch gives an array, 0 where the item is not there.

    > position([mark, fish, john, fish], fish)
    2
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
    """The first position where each item stands for certain, or the likeliest; 0 for none."""
    key = _key(sequence)
    terms = (item.protect(key, i) for i in range(1, limit + 1))
    _, logs = evidence(sequence, terms)
    match, nothing = posterior(logs, np.logaddexp.reduce(logs, axis=-1), limit, PRIOR_NOTHING)
    sure = logs - math.log(limit) > math.log(SURE / (1 - SURE))  # one beside nothing
    best = np.where(sure.any(axis=-1), np.argmax(sure, axis=-1), np.argmax(logs, axis=-1))
    found = np.take_along_axis(match, np.argmax(logs, axis=-1)[..., None], -1)[..., 0] >= nothing
    return np.where(found | sure.any(axis=-1), best + 1, 0)


@checked
def decode(sequence: Vector, length: Count = None, *, memory: Memory) -> Answer:
    """The items of a sequence from the first to the last, or the first `length` of them.

    Items may have any length. One that memory lacks is `nothing` at its place; then there may be
    more of them, and the answer says "at least" (`at_least`; of a batch, which ones). So it does of
    a row that an algebra made of a sum, as in memory: places are read then, and what they leave is
    not known.

    > decode([mark, fish, john])
    [mark, fish, john]
    > decode([mark, mark * fish, john])
    [mark, nothing, john]  at least 3 items
    """
    read = _read(sequence, memory, length)
    answer = read.sized(length, memory)
    if length is None:
        answer.at_least = read.unexplained if sequence.shape else bool(read.unexplained)
    return answer


def _read(sequence: Vector, memory: Memory, length: int | None = None) -> Reading:
    """What stands at each place: in order if nothing is left then, by pursuit otherwise."""
    if np.all(is_empty(sequence)):
        raise VsaError("the sequence is empty")
    key = _key(sequence)
    if was_finished(sequence):
        read = by_place(sequence, memory, length, lambda rest, i: rest.protect(key, -i))
        count = int(read.counts.max())
        warn_past_capacity(_about(count), [count] * count, sequence.space, read.answer.items)
        return read
    read = unwind(
        sequence,
        memory,
        most_of(sequence, length),
        lambda rest, i: rest.protect(key, -i),
        lambda rest, found, i: rest - found.protect(key, i),
        filled=True,
    )
    if read.unexplained.any():
        read = pursue(sequence, memory, lambda x, i: x.protect(key, i), read, length or 0)
    _warn(sequence, read, length, chance)
    return read


@checked
def length(sequence: Vector, *, memory: Memory) -> int:
    """How many items a sequence has; an array for a batch.

    A note says so where it has at least as many (`decode`).

    > length([mark, fish, mark])
    3
    """
    counts, open_ = _lengths(sequence, memory)
    if open_.any():
        many = f"so many items in {int(open_.sum())} of them" if open_.shape else f"{counts} items"
        note(Note(f"at least {many}: something is left that memory does not know"))
    return counts if sequence.shape else int(counts)  # type: ignore[return-value]  # a batch: array


def _lengths(sequence: Vector, memory: Memory) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """How many items, at least where that is not known, and where it is not."""
    if np.all(is_empty(sequence)):
        none = np.zeros(sequence.shape, dtype=int)
        return none, none > 0
    read = _read(sequence, memory)
    return read.counts, read.unexplained


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
        found, open_ = _lengths(first, memory)
        if open_.any():
            raise VsaError(
                f"the sequence has at least {int(found.max())} items, and perhaps more that memory "
                "does not know: give length="
            )
        if first.shape and np.ptp(found):
            raise VsaError("the sequences of this batch differ in length: append them one by one")
        length = int(np.max(found))
    if length == 0:
        return first + second
    key = _key(first)
    return by_rows(lambda a, b: a + b.protect(key, length), first, second)


@checked
def chain(*items: Vector) -> Vector:
    """Items as a chain of bindings: a + a ⊛ b + a ⊛ b ⊛ c.

    Made from its end, by Horner's form a + (b + c ⊛ b) ⊛ a: so an item is the key of all that follows,
    and is taken away from the right also where the order of binding is not free.

    > unchain(chain(mark, fish, john))
    [mark, fish, john]
    """
    if not items:
        raise ArgumentValueError("a chain needs at least one item")
    _check_chains(items)
    total = items[-1]
    for x in items[-2::-1]:
        total = x + total * x
    return total


@checked
def unchain(chain: Vector, length: Count = None, *, memory: Memory) -> Answer:
    """The items of a chain, each found, subtracted and unbound before the next is looked for.

    > unchain(chain(mark, john), 1)
    [mark]
    """
    _check_chains([chain])
    read = unwind(chain, memory, most_of(chain, length), lambda rest, i: rest, _unlink)
    if not read.counts.any():
        raise VsaError("the chain is empty, or its first item cannot be recognised")
    _warn(chain, read, length)
    return read.sized(length, memory)


def _check_chains(items: Sequence[Vector]) -> None:
    algebra = items[0].space.algebra
    algebra.need("a chain", "unbinding", "use sequence(…)")
    period = algebra.period
    if period is None:
        return
    again = max(Counter(host(x, x.data).tobytes() for x in items).values())
    if period == 2 or again >= period:  # then a ⊛ … ⊛ a is 1, and what follows is not protected
        times = "itself" if period == 2 else f"itself {period} times"
        raise VsaError(
            f"the algebra {algebra.name!r} keeps no such chain, for an item bound with {times} is "
            "nothing; use sequence(…)"
        )


def _unlink(rest: Vector, found: Vector, i: int) -> Vector:
    """(rest − x) / x; by the exact inverse where there is one, since nothing else is in there."""
    if "inverse" in rest.space.algebra.laws:
        try:
            return (rest - found) * found.inverse()
        except VsaError:
            pass
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
    """Positions that are looked at: of items of length 1 there are as many as its squared norm."""
    return max(
        math.ceil(1.5 * min(terms_of(sequence), 4 * sequence.space.algebra.freedom)) + 4, FEW
    )


def _about(load: float) -> str:
    return f"a sequence of about {round(load)} items"


def _warn(
    sequence: Vector,
    read: Reading,
    length: int | None,
    otherwise: Callable[[int, int, int], float] = lambda *_: 0.0,
) -> None:
    """Warn past the capacity: each item is taken out, and the load falls by one.

    otherwise(dim, count, items): how often the sum is explained in another way.
    """
    space, items = sequence.space, read.answer.items
    dim = space.algebra.freedom
    count = max(min(round(float(read.loads.max())), LONGEST * dim), 1)
    steps = range(count, max(count - length, 0) if length is not None else 0, -1)
    warn_past_capacity(_about(count), steps, space, items, lambda: otherwise(dim, count, items))
