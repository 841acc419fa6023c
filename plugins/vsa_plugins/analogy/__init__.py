"""Analogies: what corresponds to what in two records, and which structures of memory are alike.

"What is the dollar of Mexico?" in one step is asked / (known's role of the filler), one expression
(Kanerva 2010): each fact that both records have adds the question to its own answer, so that it is
left out, and the other products are noise. In two steps, with a cleanup after each, the role is found
first. Alike structures are found as MAC/FAC does (Forbus, Gentner and Law 1995): many are called by
content, which is one product each, and few chosen by how they align, role by role (align.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, cast

import numpy as np

from vsa import Answer, Answers, Kind, Memory, Set, Table, Vector, VsaError, hookimpl
from vsa.plugin import (
    PRIOR_NOTHING,
    ArgumentValueError,
    Load,
    Names,
    Within,
    bound_to,
    bound_with,
    checked,
    inside,
    read,
    terms_in,
)
from vsa_plugins.analogy.align import Structure, aligned, content, structure
from vsa_plugins.dictionary.parted import marks
from vsa_plugins.frame import HEADS, slot, slot_of

ROLES = "slot"  # the kind of what frames call their slots
CONTENT = Kind("content", internal=True)
FRAME = "frame"
SCALED = 1.5  # terms: a sum of two that is shorter was scaled


@checked
def analogy(
    known: Vector,
    filler: Vector,
    asked: Vector,
    steps: Annotated[int, Within(1, 2)] = 2,
    *,
    prior_nothing: float = PRIOR_NOTHING,
    memory: Memory,
) -> Answer:
    """What is to a record as a filler is to another: usa is to dollar as mexico is to …

    Records are frames, or sums filler * role whose roles are items of memory. In two steps the role
    of the filler is found, and read in the other record; steps=1 does without a cleanup between, and
    the filler itself is no answer. Batches of records and fillers give a batch.
    Of the currencies of 252 countries, dim 1024, .50 are right in one step and 1.00 in two.

    > analogy(frame(nil, agt=mark, obj=fish), mark, frame(nil, agt=john, obj=eat))
    john  …
    """
    _checked_algebra(steps, memory)
    by_head = None if steps == 1 else _by_head(known, filler, asked, memory)
    if by_head is not None:
        return by_head
    ask = _in_one if steps == 1 else _in_two
    answer = None
    for form in _forms(memory):
        other = ask(form, known, filler, asked, prior_nothing, memory)
        answer = other if answer is None else _likelier(answer, other)
        if not np.any(answer.is_nothing):
            break
    assert answer is not None  # there is a form
    if not answer.shape and steps == 2 and answer.rows[0] < 0:
        raise VsaError("no role of the first record has this filler: roles are slots, or items")
    return answer


def _checked_algebra(steps: int, memory: Memory) -> None:
    algebra = memory.space.algebra
    if steps == 1 and ("left-unbinding" not in algebra.laws or "exact-keys" in algebra.laws):
        raise VsaError(
            "an analogy in one step needs keys that may be sums, which the algebra "
            f"{algebra.name!r} has not; use steps=2"
        )


@dataclass(frozen=True)
class _Form:
    """Of records: the kinds of their roles, and how a filler is bound."""

    roles: str | tuple[str, ...]
    into: Callable[..., Vector]


def _forms(memory: Memory) -> list[_Form]:
    """Frames, if there are any, and sums by hand, of fillers as they are."""
    by_hand = _Form(memory.item_kinds, lambda item, steps=1: item)
    return [_Form(ROLES, inside), by_hand] if memory.names(ROLES) else [by_hand]


def _by_head(known: Vector, filler: Vector, asked: Vector, memory: Memory) -> Answer | None:
    """The answer of frames that have heads, by which the roles of their slots are their own."""
    if known.shape or filler.shape or asked.shape or not memory.names(ROLES):
        return None
    if memory.cleanup(known, kinds=HEADS).is_nothing:
        return None
    which = slot_of(known, filler, memory=memory)
    if which.is_nothing:
        return None
    return _both(slot(asked, str(which.name), memory=memory), which)


def _both(answer: Answer, which: Answer) -> Answer:
    """The answer of a second step, right if the first one was too."""
    return answer.doubted(1 / np.maximum(which.probability, 1e-9) - 1)


def _in_two(
    form: _Form, known: Vector, filler: Vector, asked: Vector, prior_nothing: float, memory: Memory
) -> Answer:
    which = bound_to(memory, known, form.into(filler), kinds=form.roles, load=_load)
    if not which.shape and which.is_nothing:
        return memory.cleanup(memory.space.zero(), among=())
    # of a batch the best, where it is not likely too
    best = memory.vectors(which.rows[..., 0]) if which.shape else which.vector
    if "unbinding" not in memory.space.algebra.laws:
        return _both(bound_with(memory, asked, best, prior_nothing=prior_nothing), which)

    def unbound(asked: Vector, role: Vector) -> Vector:
        return form.into(asked / role, -1)

    return _both(read(memory, unbound, asked, best, prior_nothing=prior_nothing, load=_load), which)


def _in_one(
    form: _Form, known: Vector, filler: Vector, asked: Vector, prior_nothing: float, memory: Memory
) -> Answer:
    query = form.into(asked / known.left_unbind(form.into(filler)), -1)
    itself = memory.cleanup(filler, kinds=memory.item_kinds)
    rows = np.where(np.asarray(itself.similarity) > 0.5, itself.rows[..., 0], -1)

    def answer(query: Vector, row: int) -> Answer:
        without = [row] if row >= 0 else ()
        return memory.cleanup(
            query, kinds=memory.item_kinds, exclude=without, prior_nothing=prior_nothing
        )

    if not query.shape:
        return answer(query, int(rows))
    rows = np.broadcast_to(rows, query.shape).reshape(-1)
    flat, found, order = query.reshape(-1), [], []
    for row in np.unique(rows).tolist():
        mine = np.flatnonzero(rows == row)
        found.append(answer(flat[mine], row))
        order.append(mine)
    place = np.argsort(np.concatenate(order))
    every = cast(Answers, Answer.concatenate(found))
    return every.rearranged(lambda x: x[place].reshape((*query.shape, *x.shape[1:])))


def _load(query: Vector, *_: Any) -> Load:
    """That of a sum that was not scaled; of one that was nothing is known."""
    terms = terms_in(query)
    known = (query.space.closed or not query.finished) & (terms > SCALED)
    return Load.power(np.where(known, terms, np.nan))


def _likelier(first: Answer, second: Answer) -> Answer:
    """Of each query the answer that is less likely nothing."""
    better = np.asarray(second.nothing < first.nothing)
    if not better.shape:
        return second if better else first
    both = Answer.stack([first, second])

    def chosen(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        over = better.reshape(better.shape + (1,) * (x.ndim - 1 - better.ndim))
        return np.asarray(np.where(over, x[1], x[0]))

    return both.rearranged(chosen)


# --- structures --------------------------------------------------------------------------------------
@checked
def analogs(
    x: Vector,
    k: Annotated[int, Within(1, 1000)] = 5,
    *,
    among: Set | Annotated[str, Names("vocabulary")] | None = None,
    memory: Memory,
) -> Table:
    """The frames of memory most like one: k are called by content, and put in order by structure.

    content: the cosine of the bundles of all heads and fillers.  structure: how far they align, role
    by role and one to one; 1 if each part of both has its counterpart. What equals x is left out.
    among: a set, or the name of a vocabulary; otherwise all frames.

    > a = frame(eat, agt=mark, obj=fish); b = frame(eat, agt=john, obj=fish); analogs(a)
    item  content  structure
    b     …
    """
    mine = _read("x", x, memory)
    itself = set(memory.names_of(x))
    names = [name for name in _frames(among, memory) if name not in itself]
    if not names:
        raise VsaError("there is no other frame in memory to compare it with")
    made = _contents(names, memory)
    rows = np.array([memory.row(name) for name in made], dtype=np.int64)
    called = content(mine, memory)
    cosines = np.asarray(memory.space.backend.numpy(memory.similarities(called, rows)))
    best = np.argsort(-cosines, kind="stable")[:k]
    found = [
        (names[i], float(cosines[i]), aligned(mine, structure(memory[names[i]], memory)).score)
        for i in best.tolist()
    ]
    found.sort(key=lambda row: (-round(row[2], 6), -row[1]))
    return Table(["item", "content", "structure"], found)


def _read(name: str, frame: Vector, memory: Memory) -> Structure:
    if frame.shape:
        raise ArgumentValueError(f"{name} is one frame, not a batch of them")
    found = structure(frame, memory)
    if not found.frames:
        raise ArgumentValueError(
            f"{name} is no frame that can be read: none of its slots is filled"
        )
    return found


def _frames(among: Set | str | None, memory: Memory) -> list[str]:
    if among is None:
        return memory.names(FRAME)
    chosen = among.of(memory) if isinstance(among, Set) else among
    return [str(name) for name in memory.reported(memory.select(among=chosen))]


def _contents(names: list[str], memory: Memory) -> list[str]:
    """Under which names memory has their contents; made once for all, since each frame is read for it.

    A hash of the frame is part of the name: another frame may get the same one later.
    """
    of = marks(memory.space.stack([memory[name] for name in names]))
    made = [f"content/{name}/{mark:x}" for name, mark in zip(names, of.tolist(), strict=True)]
    new = [(name, known) for name, known in zip(names, made, strict=True) if known not in memory]
    if new:
        with memory.journal.transaction("contents"):
            for name, known in new:
                memory.add(known, content(structure(memory[name], memory), memory), kind=CONTENT)
    return made


@checked
def correspondences(x: Vector, y: Vector, *, memory: Memory) -> Table:
    """What of one frame corresponds to what of another, where their roles are aligned.

    > correspondences(frame(eat, agt=mark, obj=fish), frame(eat, agt=john, obj=fish))
    structure 1.00
    x     y
    mark  john
    fish  fish
    """
    both = aligned(_read("x", x, memory), _read("y", y, memory))
    return Table(["x", "y"], list(both.pairs), title=f"structure {both.score:.2f}")


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Analogies of records, and of structures."""
    return [analogy, analogs, correspondences]
