"""Sums that are read item by item, in order, each taken out before the next is looked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from vsa import Answer, Memory, Vector, by_rows
from vsa.plugin import (
    PRIOR_NOTHING,
    ArgumentValueError,
    is_all,
    look,
    parts,
    terms_in,
    terms_of,
    without_residue,
)
from vsa_plugins.sequence.pursuit import Move, Pursuit

Numbers = np.ndarray[Any, Any]

GAP = 4  # places in a row that hold nothing end a sum that was finished
DOUBT = 12  # so much likelier, beforehand, does such a place hold nothing than one of the items
LONGEST = 4  # times as many items as there are dimensions: beyond that nothing can be read


@dataclass
class Reading:
    """What was read of a batch of sums, of one too.

    answer: the places in order, (places, ...).  counts: of each sum, the places up to its last item,
    (...).  unexplained: whether something is left of it that is no item of memory, (...).  loads: how
    many items it is a sum of, about, (...).
    """

    answer: Answer
    counts: Numbers
    unexplained: Numbers
    loads: Numbers

    def sized(self, length: int | None, memory: Memory) -> Answer:
        """The answer with so many places, or with those of the longest sum."""
        return _sized(self.answer, int(self.counts.max()) if length is None else length, memory)


def most_of(whole: Vector, length: int | None) -> int:
    """How many items of length 1 there can be; an error for a senseless `length`."""
    if length is not None and length < 1:
        raise ArgumentValueError(f"length must be at least 1, not {length}")
    return min(int(1.5 * terms_of(whole)) + 5, LONGEST * whole.space.algebra.freedom)


def unwind(
    whole: Vector,
    memory: Memory,
    most: int,
    query: Callable[[Vector, int], Vector],
    remove: Callable[..., Vector],
    filled: bool = False,
) -> Reading:
    """Read up to `most` items of length 1, as long as there are any.

    query(rest, i): the i-th item and noise.  remove(rest, item, i): without that item.  filled: no
    place is taken to hold nothing; if it is the wrong item, more is left than before, not less.
    """
    prior = 0.0 if filled else PRIOR_NOTHING

    def steps(rest: Vector) -> tuple[list[Answer], Numbers]:
        answers: list[Answer] = []
        terms = terms_in(rest)
        for i in range(1, most + 1):
            answers.append(look(memory, query(rest, i), prior_nothing=prior))
            if np.all(answers[-1].is_nothing):
                break
            rest = without_residue(by_rows(partial(remove, i=i), rest, answers[-1]))
            before, terms = terms, terms_in(rest)
            if not np.any((terms > 0) & ((terms < before) | (not filled))):
                break
        return answers, np.atleast_1d(terms > 0)

    read = [steps(without_residue(part)) for (part,) in parts(whole)]
    longest = max(len(answers) for answers, _ in read)
    grids = [_sized(Answer.stack(answers), longest, memory) for answers, _ in read]
    grid = grids[0] if len(grids) == 1 else _beside(grids)
    left = np.concatenate([left for _, left in read]).reshape(whole.shape)
    counts = _counts(grid)
    return Reading(grid, counts, left, np.where(left, terms_in(whole), counts))


def was_finished(whole: Vector) -> bool:
    """Whether a row was made of the sum: it has lost its counts, and nothing can be taken out of it."""
    return whole.finished and not whole.space.closed


def by_place(
    whole: Vector, memory: Memory, length: int | None, query: Callable[[Vector, int], Vector]
) -> Reading:
    """Read each place by itself, up to a gap: all that rows of sums allow.

    There may be more, but if one item is all of it.
    """
    most = length or LONGEST * whole.space.algebra.freedom

    def steps(row: Vector) -> tuple[list[Answer], Numbers]:
        answers: list[Answer] = []
        gap, alone = 0, np.zeros(row.shape, dtype=bool)
        while len(answers) < most and (length or gap < GAP):
            rest = query(row, len(answers) + 1)
            found = look(memory, rest, prior_nothing=DOUBT / (DOUBT + 1))
            answers.append(found)
            alone = alone | is_all(rest, found)
            gap = gap + 1 if np.all(found.is_nothing) else 0
        return answers, np.atleast_1d(alone)

    read = [steps(part) for (part,) in parts(whole)]
    longest = max(len(answers) for answers, _ in read)
    grids = [_sized(Answer.stack(answers), longest, memory) for answers, _ in read]
    grid = grids[0] if len(grids) == 1 else _beside(grids)
    counts = np.maximum(_counts(grid), 1)
    alone = np.concatenate([alone for _, alone in read]).reshape(whole.shape)
    return Reading(grid, counts, ~alone, counts)


def pursue(whole: Vector, memory: Memory, move: Move, read: Reading, length: int = 0) -> Reading:
    """The same reading, but of those sums of which something was left by pursuit.

    length: so many places are looked at, at least.
    """
    found: dict[tuple[int, ...], Answer] = {}
    counts, unexplained, loads = (np.array(x) for x in (read.counts, read.unexplained, read.loads))
    for place in map(tuple, np.argwhere(read.unexplained).tolist()):
        one = Vector.of_sum(whole.space, whole.total[place]) if place else whole
        pursuit = Pursuit(one, memory, move).run(length)
        found[place] = pursuit.read(length)
        counts[place], unexplained[place] = len(found[place]), not pursuit.explained
        loads[place] = pursuit.load
    if not whole.shape:
        return Reading(found[()], counts, unexplained, loads)
    longest = int(counts.max())
    for place in np.ndindex(whole.shape):
        found.setdefault(place, read.answer[(slice(None), *place)])
    rows = [_sized(found[place], longest, memory) for place in np.ndindex(whole.shape)]
    answer = Answer.stack(rows).rearranged(
        lambda array: np.moveaxis(array, 0, 1).reshape(longest, *whole.shape, *array.shape[2:])
    )
    return Reading(answer, counts, unexplained, loads)


def _counts(grid: Answer) -> Numbers:
    """The places of each sum up to its last item."""
    there = ~np.asarray(grid.is_nothing)
    backwards = np.argmax(there[::-1], axis=0)
    return np.where(there.any(axis=0), len(there) - backwards, 0)


def _beside(grids: Sequence[Answer]) -> Answer:
    """Parts of a batch, (places, part) each, as one."""
    return Answer.stack([Answer.concatenate(list(step)) for step in zip(*grids, strict=True)])


def _sized(answer: Answer, count: int, memory: Memory) -> Answer:
    """With so many places: cut off, or nothing behind the last."""
    missing = count - len(answer)
    if missing <= 0:
        return answer[:count] if missing else answer
    none = look(memory, memory.space.zero((missing, *answer.shape[1:])))
    return Answer.concatenate([answer, none])
