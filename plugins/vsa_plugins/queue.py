"""Queues open at both ends: q = x₁ + p ⊛ x₂ + … + pⁿ⁻¹ ⊛ xₙ + pⁿ ⊛ mark, x₁ at the front.

A queue is a stack (Plate 1995) with a structural item, `queue/end`, behind its last item: where that
stands is found among the powers of p alone, so the vector itself says how long it is, nothing has to
be counted beside it, and items may be put in and taken out at either end. An empty queue is nil.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from vsa import Answer, Memory, Space, Vector, VsaError, bundle, by_rows, hookimpl
from vsa.plugin import (
    PRIOR_NOTHING,
    PRIOR_UNKNOWN,
    ArgumentValueError,
    Structure,
    checked,
    is_empty,
    load_by_norm,
    read,
    terms_of,
    warn_past_capacity,
    without_residue,
)
from vsa_plugins.stack import down, without

END = "queue/end"
FEW = 32  # places are looked at in any case, for shorter items
Counts = np.ndarray[Any, Any]


@checked
def queue(*items: Vector) -> Vector:
    """Some items in a queue, the first of them at its front.

    From Python the items may be batches: place by place they form a batch of queues.

    > back(queue(mark, fish, john))
    john  …
    """
    if not items:
        raise ArgumentValueError("an empty queue is nil: enqueue(nil, item)")
    terms = (*items, items[0].space.key(END))
    return bundle(*(down(x, i) if i else x for i, x in enumerate(_alike(terms))))


def _alike(terms: tuple[Vector, ...]) -> list[Vector]:
    """The terms as batches of one shape."""
    shape = np.broadcast_shapes(*(x.shape for x in terms))
    return [x if x.shape == shape else x + x.space.zero(shape) for x in terms]


@checked
def enqueue(queue: Vector, item: Vector) -> Vector:
    """A queue with one more item at its back; nil is an empty queue.

    > front(enqueue(enqueue(nil, mark), fish))
    mark  …
    """
    counts, end = _counts(queue), queue.space.key(END)
    more = item + down(end)
    return _put(_unmarked(queue, counts), more, counts)


@checked
def enqueue_front(queue: Vector, item: Vector) -> Vector:
    """A queue with one more item at its front, which is next.

    > front(enqueue_front(enqueue(nil, mark), fish))
    fish  …
    """
    counts, ended = _counts(queue), queue
    if (counts == 0).any():  # nil, or what has the end alone
        end = queue.space.key(END)
        missing = is_empty(queue)
        ended = queue + (end.scale(missing.astype(float)) if missing.shape else end)
    return by_rows(lambda q, x: x + down(q), ended, item)


@checked
def front(queue: Vector, *, memory: Memory) -> Answer:
    """The item at the front, which is next.

    An empty queue is an error; the empty rows of a batch answer nothing.

    > front(queue(mark, fish))
    mark  …
    """
    counts = _filled(queue)
    return _item(queue, np.zeros_like(counts), counts, memory)


@checked
def back(queue: Vector, *, memory: Memory) -> Answer:
    """The item at the back, which came last.

    > back(enqueue(enqueue(nil, mark), fish))
    fish  …
    """
    counts = _filled(queue)
    return _item(queue, np.maximum(counts - 1, 0), counts, memory)


@checked
def dequeue(queue: Vector, *, memory: Memory) -> Vector:
    """A queue without the item at its front: (queue − front) ⊛ p⁻¹.

    An empty queue is an error, in a batch it stays empty.

    > front(dequeue(queue(mark, fish)))
    fish  …
    """
    counts = _filled(queue)
    item = _item(queue, np.zeros_like(counts), counts, memory)
    rest = by_rows(lambda q, x: down(without(q, x), -1), queue, item)
    return _kept(rest, counts)


@checked
def dequeue_back(queue: Vector, *, memory: Memory) -> Vector:
    """A queue without the item at its back.

    > back(dequeue_back(queue(mark, fish)))
    mark  …
    """
    counts = _filled(queue)
    last = np.maximum(counts - 1, 0)
    item = _item(queue, last, counts, memory)
    rest = by_rows(without, _unmarked(queue, counts), _moved(_winner(item, queue), last))
    return _kept(_put(rest, queue.space.key(END), last), counts)


@checked
def queue_size(queue: Vector) -> int:
    """How many items a queue holds, which is where its end stands; an array for a batch.

    > queue_size(queue(mark, fish, mark))
    3
    """
    counts = _counts(queue)
    return counts if queue.shape else int(counts)  # type: ignore[return-value]  # a batch: array


# --- the end --------------------------------------------------------------------------------------
def _counts(queue: Vector) -> Counts:
    """Where the end stands in each row, 0 if there is none; of a single vector that is an error."""
    empty = is_empty(queue)
    if empty.all():
        return np.zeros(queue.shape, dtype=int)
    found = _end(queue)
    if not queue.shape and found.is_nothing:
        raise VsaError(
            "this is no queue, or past its capacity: no end of one is found in it; make one with "
            "enqueue(nil, item)"
        )
    return np.where(empty | found.is_nothing, 0, found.rows[..., 0])


def _end(queue: Vector) -> Answer:
    """The end in each row, by its place."""
    plain = queue if queue.plain else queue.of_own(queue.own)
    # of items of length 1 there are as many as the squared norm says, less the end
    most = max(round(1.5 * min(terms_of(plain), 4 * queue.space.algebra.freedom)), FEW)
    counted = queue.space.closed or not plain.finished  # or a row, of which no load is known
    ends = _ends(queue.space, 1 << most.bit_length())  # fewer where powers repeat
    return ends.cleanup(
        plain, among=range(min(most, len(ends.select()))), load=load_by_norm(plain),
        prior_nothing=PRIOR_UNKNOWN if counted else PRIOR_NOTHING,
    )  # fmt: skip


def _ends(space: Space, most: int) -> Memory:
    """The end at each of the first places, each the row of its number."""

    def made() -> Memory:
        ends, end = Memory(space), space.key(END)
        names = [f"{END}/{place}" for place in range(most)]
        ends.add(names, [end, *(down(end, place) for place in range(1, most))])
        return ends

    kept: Memory = space.kept((END, most), made)
    return kept


def _filled(queue: Vector) -> Counts:
    counts = _counts(queue)
    if not queue.shape and not counts:
        raise VsaError("the queue is empty")
    return counts


def _unmarked(queue: Vector, counts: Counts) -> Vector:
    """Without the end; an empty queue becomes nil."""
    end = queue.space.key(END)
    if not queue.shape:
        return queue if is_empty(queue) else without(queue, _moved(end, counts))
    there = end.scale((~is_empty(queue)).astype(float))
    return by_rows(without, queue, _moved(there, counts))


def _kept(rest: Vector, counts: Counts) -> Vector:
    """What is left of queues that had so many items: of one, nothing."""
    if not rest.shape:
        return rest if counts > 1 else rest.space.zero()
    return rest if (counts > 1).all() else rest.scale((counts > 1).astype(float))


# --- places ---------------------------------------------------------------------------------------
def _item(queue: Vector, where: Counts, counts: Counts, memory: Memory) -> Answer:
    """The items at a place of each row."""
    there = counts > 0
    row = queue if there.all() else queue.scale(there.astype(float))
    answer = read(
        memory, without_residue, _moved(row, -where), prior_nothing=PRIOR_UNKNOWN, load=load_by_norm
    )
    most = int(counts.max(initial=0))
    loads = [most + 1, *range(2, most + 2)]  # the end is a term too, and found first
    warn_past_capacity(f"a queue of {most} items", loads, queue.space, answer.items)
    return answer


def _winner(answer: Answer, queue: Vector) -> Vector:
    if answer.shape or not answer.is_nothing:
        return answer.vector
    return queue.space.zero()


def _put(queue: Vector, terms: Vector, counts: Counts) -> Vector:
    return by_rows(lambda q, t: q + t, queue, _moved(terms, counts))


def _moved(vector: Vector, steps: Counts) -> Vector:
    """Each row moved along the key by its own number of places."""
    if (steps == steps.flat[0]).all() if steps.size else True:
        count = int(steps.flat[0]) if steps.size else 0
        return down(vector, count) if count else vector
    shape = np.broadcast_shapes(vector.shape, steps.shape)
    rows, steps = _alike((vector, vector.space.zero(shape)))[0], np.broadcast_to(steps, shape)
    moved = [down(rows[place], int(steps[place])) for place in np.ndindex(shape)]
    return vector.space.stack(moved).reshape(shape)


# --- as a whole ------------------------------------------------------------------------------------
def _constituents(queue: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    """From the front on."""
    counts = _counts(queue)
    for place in range(int(counts)):
        yield str(place + 1), _item(queue, np.full_like(counts, place), counts, memory)


def _known(vector: Vector, memory: Memory) -> float:
    end = _end(vector)
    return 0.0 if end.is_nothing else float(end.probability)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Queues, both their ends and their size."""
    return [queue, enqueue, enqueue_front, front, back, dequeue, dequeue_back, queue_size]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a queue is read, which is known by its end."""
    return {"queue": Structure(_constituents, _known)}
