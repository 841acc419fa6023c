"""Stacks: s = x₁ + p ⊛ x₂ + p² ⊛ x₃ …, the top item unprotected (Plate 1995).

The key p is unitary in every space: with a Gaussian one, seven items are lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

from vsa import Answer, Memory, Vector, VsaError, bundle_bound, by_rows, hookimpl
from vsa.plugin import (
    EMPTY,
    PRIOR_UNKNOWN,
    Note,
    Structure,
    as_vector,
    checked,
    host,
    is_all,
    is_empty,
    load_by_norm,
    look,
    note,
    parts,
    read,
    terms_in,
    terms_of,
    warn_past_capacity,
    without_residue,
)

CLEAR = 4  # standard deviations
DOUBTED = 0.9  # so likely, beforehand, does a place of a row of unknown length hold nothing


def _key(stack: Vector) -> Vector:
    return stack.space.key("stack/p")


def down(stack: Vector, steps: int = 1) -> Vector:
    """A stack so many places down, negative up: by its key, or a permutation.

    Sequences permute too, forwards; so stacks do backwards, and a sum of both keeps them apart.
    """
    return stack.protect(_key(stack), steps if stack.space.algebra.keys_move else -steps)


def push(stack: Vector, item: Vector) -> Vector:
    """Put an item on top of a stack: item + p ⊛ stack.

    > top(push(push(nil, mark), fish))
    fish  …
    """
    if not (isinstance(stack, Vector) and isinstance(item, Vector)):
        stack, item = as_vector(stack, "stack"), as_vector(item, "item")
    if not stack.shape or not stack.space.algebra.keys_move:
        return item + down(stack)
    return bundle_bound([_key(stack)], [stack], start=item)


@checked
def top(stack: Vector, *, memory: Memory) -> Answer:
    """The item on top: the stack cleaned up among atoms, tokens and frames.

    An empty stack is an error; the empty rows of a batch answer nothing.

    > top(push(nil, mark))
    mark  …
    """
    if stack.shape:
        answer = read(
            memory, without_residue, stack, prior_nothing=PRIOR_UNKNOWN, load=load_by_norm
        )
        held = terms_of(stack)
    else:
        held = float(terms_in(stack))
        if held < EMPTY**2:
            raise VsaError("the stack is empty")
        answer = look(memory, stack, prior_nothing=PRIOR_UNKNOWN, load=load_by_norm(stack))
    depth = max(round(min(held, 4 * stack.space.algebra.freedom)), 1)
    warn_past_capacity(
        f"a stack of about {depth} items", range(1, depth + 1), stack.space, answer.items
    )
    return answer


@checked
def pop(stack: Vector, projection: bool = False, *, memory: Memory) -> Vector:
    """The stack without its top item: (stack − top) ⊛ p⁻¹.

    The item found by `top` is subtracted as it is; with projection=true as much of it as the
    stack holds, which gains nothing where items are of length 1 (whole stacks of 32 right, dim
    1024, 1,000 items: .962 and .960). An empty stack is an error, in a batch it stays empty.

    > top(pop(push(push(nil, mark), fish)))
    mark  …
    """
    return by_rows(_shrink if projection else _pop, stack, top(stack, memory=memory))


def _pop(stack: Vector, item: Vector) -> Vector:
    return _moved_up(without(stack, item))


def without(stack: Vector, term: Vector) -> Vector:
    """Without a term of length 1; but in what a row was made of, as in memory, it has clearly less."""
    if stack.space.closed:
        return stack - term
    share = _share(stack, term)
    doubt = CLEAR * np.sqrt(terms_in(stack) / stack.space.algebra.freedom)
    return stack - term.scale(np.where(share < 1 - doubt, share, 1.0))


def _shrink(stack: Vector, item: Vector) -> Vector:
    return _moved_up(stack - item.scale(_share(stack, item)))


def _share(stack: Vector, item: Vector) -> np.ndarray[Any, Any]:
    """How much of an item a stack holds; nothing of what is nothing."""
    squares = host(item, item.dots(item))
    return np.asarray(host(stack, stack.dots(item)) / np.where(squares > 0, squares, 1))


def _moved_up(rest: Vector) -> Vector:
    return down(rest, -1)


@checked
def depth(stack: Vector, *, memory: Memory) -> int:
    """How many items can be popped until the stack is empty or unreadable.

    A batch gives an array of counts. A note says so where something is left that is no item: of a
    row that an algebra made of a sum, as in memory, there always is.

    > depth(push(push(nil, mark), mark))
    2
    """
    found = [_depths(part, memory) for (part,) in parts(stack)]
    counts, left = (np.concatenate([np.atleast_1d(part[i]) for part in found]) for i in (0, 1))
    if left.any():
        single = f"{counts[0]} items"
        many = f"so many items in {int(left.sum())} of them" if stack.shape else single
        note(Note(f"at least {many}: something is left that memory does not know"))
    return counts if stack.shape else int(counts[0])  # type: ignore[return-value]  # a batch: array


def _depths(stack: Vector, memory: Memory) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The counts, and where something is left."""
    if stack.finished and not stack.space.closed:
        return _places(stack, memory)
    counts, left = np.zeros(stack.shape, dtype=int), np.zeros(stack.shape, dtype=bool)
    alive = ~is_empty(stack)
    for _ in range(2 * round(min(terms_of(stack), 4 * stack.space.algebra.freedom)) + 8):
        if not np.any(alive):
            break
        rest = without_residue(stack)
        answer = look(memory, rest, prior_nothing=PRIOR_UNKNOWN, load=load_by_norm(rest))
        left = left | (alive & np.asarray(answer.is_nothing))
        alive = alive & ~left
        if not np.any(alive):
            break
        counts = counts + alive
        stack = by_rows(_pop, stack, answer)
        alive = alive & ~is_empty(stack)
    return counts, left | alive


def _places(stack: Vector, memory: Memory) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The same of rows that were made of sums, place by place: nothing can be taken out of them."""
    counts, held = np.zeros(stack.shape, dtype=int), ~is_empty(stack)
    alive, left = held, held
    for place in range(4 * stack.space.algebra.freedom):
        row = down(stack, -place) if place else stack
        answer = look(memory, row, prior_nothing=DOUBTED)
        alive = alive & ~np.asarray(answer.is_nothing)
        if not np.any(alive):
            break
        counts, left = counts + alive, left & ~is_all(row, answer)
    return counts, left


@checked
def empty(stack: Vector) -> bool:
    """Whether a stack holds nothing; an array for a batch.

    > empty(pop(push(nil, mark)))
    true
    """
    result = is_empty(stack)
    return result if stack.shape else bool(result)  # type: ignore[return-value]  # as above


def _constituents(stack: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    """From the top down."""
    for place in count(1):
        if is_empty(stack) or (item := top(stack, memory=memory)).is_nothing:
            return
        yield str(place), item
        stack = pop(stack, memory=memory)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """push, top, pop, depth, empty."""
    return [push, top, pop, depth, empty]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a stack is read, which nothing but its maker knows to be one."""
    return {"stack": Structure(_constituents)}
