"""Frames: head + Σ role ⊛ filler, with roles computed from the slot's name and the head.

role(slot, head) = unitary(general(slot) + own(slot) ⊛ unitary(head)): the agents of all verbs share
the general part, as Plate's do (1995), and no table of roles is kept, so that batches and heads
without a name work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Kind, Memory, Vector, VsaError, bundle_bound, by_rows, hookimpl
from vsa.plugin import (
    TARGET,
    ArgumentValueError,
    Load,
    Names,
    Note,
    Structure,
    arguments,
    as_vector,
    bound_to,
    bound_with,
    checked,
    host,
    inside,
    is_empty,
    kept_of,
    load_of,
    note,
    reached,
    read,
    shown,
    suggest,
    warn_past_capacity,
)

HEADS = ("atom", "token")
LISTED = 8  # slots that a note names
ROUNDS = 8  # in which the count of a frame's parts settles
CHANCE = 0.1  # of a part, which empty slots come to
SLOT = Kind("slot", internal=True)
Slot = Annotated[str, Names("slot")]
Filler = Annotated[Vector, Names("slot")]  # in `agt=mark`, whose name is that of a slot


@checked
def role(slot: Slot, head: Vector) -> Vector:
    """The role of a slot in frames of a head; `role("agt", nil)` is the part that all share.

    > similarity(role("agt", eat), role("agt", cause))
    0.4
    """
    return by_rows(lambda rows: _roles((slot,), rows)[0], head, in_order=False)


def _roles(slots: tuple[str, ...], head: Vector) -> list[Vector]:
    """The roles of several slots, which share the projection of the head.

    Those of a single head are kept, where no gradient flows to it: the next frame of that head costs
    its fillers alone.
    """
    space = head.space
    if head.plain and not head.shape and not getattr(head.data, "requires_grad", False):
        key = ("frame/roles", slots, space.backend.numpy(head.data).tobytes())
        kept: list[Vector] = space.kept(key, lambda: _make_roles(slots, head))
        return kept
    return _make_roles(slots, head)


def _make_roles(slots: tuple[str, ...], head: Vector) -> list[Vector]:
    space = head.space
    general = [space.key(f"role/{slot}") for slot in slots]
    if not head.shape and is_empty(head):
        return general
    mark = head.unitary()
    if head.shape:
        mark = kept_of(mark, head)
    own = (space.key(f"role/{slot}/own") * mark for slot in slots)
    return [(g + o).unitary() for g, o in zip(general, own, strict=True)]


def frame(
    head: Vector, *, normalize: bool = True, memory: Memory | None = None, **slots: Filler
) -> Annotated[Vector, Kind("frame")]:
    """A head with fillers in named slots: frame(eat, agt=mark, obj=fish).

    Scaled to length 1 unless normalize=false, so that a frame weighs as much as an atom where it
    fills a slot itself. From Python, heads and fillers may be batches.

    > frame(eat, agt=mark, obj=fish).agt
    mark  …
    """
    head, slots = as_vector(head, "head"), {n: as_vector(v, n) for n, v in slots.items()}
    arguments.checked_truth("normalize", normalize)
    if memory is not None:
        arguments.checked_instance("memory", memory, Memory, "a Memory")
        with memory.journal.transaction("slots"):
            for slot in slots:
                if f"role/{slot}" not in memory:
                    memory.add(f"role/{slot}", memory.space.key(f"role/{slot}"), kind=SLOT)
        _warn(len(slots) + 1, memory)

    names = tuple(slots)

    def build(head: Vector, *fillers: Vector) -> Vector:
        if fillers:
            return bundle_bound(_roles(names, head), list(map(inside, fillers)), head, normalize)
        return head.normalize() if normalize else head

    if head.shape:  # roles of a head each, block of rows by block
        return by_rows(build, head, *slots.values(), in_order=False)
    return build(head, *slots.values())


@checked
def slot(frame: Vector, name: Slot, head: Vector | None = None, *, memory: Memory) -> Answer:
    """What fills a slot, `frame.agt`: unbound by the slot's role and cleaned up.

    The role is that of the head, which is recognised among atoms and tokens unless it is given;
    where none is recognised the general role serves. A frame that fills a slot is cleaned up
    before its own slots are read, so `s.obj.agt` reads frames in frames of the same kind.

    > frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish)).obj.agt
    mark  …
    """
    heads = _head(frame, head, memory)
    answer = _read(frame, name, heads, memory)
    _warn_of(frame, heads, memory)
    known = _used(memory)
    if known and name not in known and np.all(answer.is_nothing):
        near = suggest(name, known) or f"slots are {', '.join(known[:LISTED])}"
        note(Note(f"no frame has used the slot {shown(name)}; {near}"))
    return answer


@checked
def slots(frame: Vector, head: Vector | None = None, *, memory: Memory) -> Answer:
    """Every slot that is filled, with its filler; slots are known once a frame has used them.

    > slots(frame(eat, agt=mark, obj=fish))
    agt  mark
    obj  fish
    """
    known = _known(memory)
    heads = _head(frame, head, memory)
    found = [(name, _read(frame, name, heads, memory)) for name in known]
    filled = [(name, a) for name, a in found if not np.all(a.is_nothing)]
    _warn_of(frame, heads, memory)
    if not filled:
        raise VsaError("none of the known slots of this frame is filled: " + ", ".join(known))
    return Answer.stack([a for _, a in filled], labels=tuple(name for name, _ in filled))


@checked
def slot_of(frame: Vector, filler: Vector, head: Vector | None = None, *, memory: Memory) -> Answer:
    """Which slot a filler fills; as a vector the answer is the slot's role.

    > slot_of(frame(eat, agt=mark, obj=fish), fish)
    obj  …
    """
    known = _known(memory)
    heads = _head(frame, head, memory)
    if heads.shape or isinstance(heads, Answer):
        raise VsaError("slot_of reads frames of one head at a time")
    roles = Memory(memory.space)
    roles.add(known, [role(name, heads) for name in known], kind=SLOT)
    return bound_to(roles, frame, inside(filler), kinds=SLOT.name)


@checked
def head(frame: Vector, *, memory: Memory) -> Answer:
    """The head of a frame, among atoms and tokens.

    > head(frame(eat, agt=mark))
    eat  …
    """
    return memory.cleanup(frame, kinds=HEADS)


@checked
def replace(
    frame: Vector, *, head: Vector | None = None, memory: Memory, **slots: Filler
) -> Annotated[Vector, Kind("frame")]:
    """The frame with other fillers in some slots; the old ones are found, not asked for.

    As much of the old filler is taken out as the frame holds, and as much of the new one put in.
    A slot that was empty is filled. A row that was made of a sum keeps no shares: place by place the
    new one stands where the old one did, and so weighs more than the other parts.

    > replace(frame(eat, agt=mark, obj=fish), agt=john).agt
    john  …
    """
    if not slots:
        raise ArgumentValueError("name the slot to replace: replace(frame, agt=john)")
    heads = _head(frame, head, memory)
    old = [_read(frame, name, heads, memory) for name in slots]
    parts = [a if a.shape else frame.space.zero() if a.is_nothing else a.vector for a in old]
    return by_rows(partial(_put, tuple(slots)), frame, heads, *parts, *slots.values())


def _put(names: tuple[str, ...], frame: Vector, head: Vector, *fillers: Vector) -> Vector:
    """A frame with the first half of the fillers taken out and the second half put in."""
    result = frame
    for i, name in enumerate(names):
        bound = role(name, head)
        old, new = (inside(x) for x in (fillers[i], fillers[len(names) + i]))
        pair = old * bound
        # an empty slot gets the weight that the head has
        share = np.where(is_empty(old), _share(frame, head), _share(frame, pair))
        result = result - pair.scale(share) + (new * bound).scale(share)
    return result


def _share(frame: Vector, part: Vector) -> np.ndarray[Any, Any]:
    """How much of a part a frame holds; where a row was made of the sum, which keeps no shares, all."""
    if frame.finished and not frame.space.closed:
        return np.ones(np.broadcast_shapes(frame.shape, part.shape))
    squares = host(part, part.dots(part))
    return host(frame, frame.dots(part)) / np.where(squares > 0, squares, 1)


def _head(frame: Vector, head: Vector | None, memory: Memory) -> Vector | Answer:
    """The given head, or those recognised in a batch; zero where none is."""
    if head is not None:
        return head
    answer = read(memory, lambda f: f, frame, kinds=HEADS)
    if answer.shape:
        return answer
    return frame.space.zero() if answer.is_nothing else answer.vector


def _read(frame: Vector, name: str, head: Vector | Answer, memory: Memory) -> Answer:
    if "unbinding" in frame.space.algebra.laws:
        return read(
            memory, lambda f, h: inside(f / role(name, h), -1), frame, head, load=_beside_head
        )
    if isinstance(head, Answer):
        raise VsaError("where nothing unbinds, slots are read of frames of one head at a time")
    return bound_with(memory, frame, role(name, head))


def _used(memory: Memory) -> list[str]:
    """The slots that frames have used."""
    return [n.split("/")[1] for n in memory.names("slot")]


def _known(memory: Memory) -> list[str]:
    """The slots that frames have used, which must be some."""
    known = _used(memory)
    if not known:
        raise VsaError("no slot is known yet: make a frame first")
    return known


def _warn_of(frame: Vector, head: Vector | Answer, memory: Memory) -> None:
    """Warn if slots of frames that have this head are read wrongly too often.

    How many parts a frame has is what the cosine of its head says, but for the error of that; of a
    single frame, where it matters, its known slots say it together.
    """
    lost = bool(np.all(head.is_nothing if isinstance(head, Answer) else is_empty(head)))
    if lost and not memory.space.algebra.half:
        return  # no role has a part that all share: nothing is read
    if not frame.plain:
        frame = frame.of_own(frame.own)
    known = tuple(_used(memory))
    parts = 1.0 if lost else load_of(frame, head)
    single = not frame.shape and isinstance(head, Vector) and not head.shape
    if single and _reads(len(known) + 1, memory, lost) < TARGET:
        parts = max(parts, _count(frame, as_vector(head, "head"), known, memory, lost))
    _warn(parts, memory, lost, "about ")


def _count(frame: Vector, head: Vector, slots: tuple[str, ...], memory: Memory, lost: bool) -> int:
    """How many parts a frame has, expected of P(nothing) of each slot.

    That depends on the load, which is the count itself: from all slots down, until both agree.
    """
    roles, parts = frame.space.stack(_roles(slots, head)), len(slots) + 1
    for _ in range(ROUNDS):
        load = Load.terms(_loads(parts, lost, memory)[0])
        fillers = read(
            memory, lambda r: inside(frame / r, -1), roles, load=lambda *_, load=load: load
        )
        count = 1 + math.ceil(float(np.sum(1 - np.asarray(fillers.nothing))) - CHANCE)
        if count >= parts:
            break
        parts = count
    return parts


def _reads(parts: float, memory: Memory, lost: bool = False) -> float:
    """How often a slot of a frame of so many parts, the head one of them, is read right.

    Head and slot both are read, or with the head lost the slot alone, by the part that it shares.
    """
    items = len(memory.select(kinds=memory.item_kinds))
    return reached(memory.space.noise, _loads(parts, lost, memory), items, pairs=True)


def _loads(parts: float, lost: bool, memory: Memory) -> list[float]:
    return [parts / memory.space.algebra.half**2] if lost else [parts, parts]


def _warn(parts: float, memory: Memory, lost: bool = False, about: str = "") -> None:
    what = f"a frame of {about}{round(parts)} parts" + ", its head not in memory," * lost
    items = len(memory.select(kinds=memory.item_kinds))
    warn_past_capacity(what, _loads(parts, lost, memory), memory.space, items, pairs=True)


def _beside_head(query: Vector, frame: Vector, head: Vector | Answer) -> Load:
    """The load of a frame, by the cosine of its head, which is one of the parts."""
    if isinstance(head, Answer):
        return Load.beside(np.where(head.is_nothing, np.nan, head.similarity))
    cosine = host(frame, frame.similarities(head))
    return Load.beside(np.where(is_empty(head), np.nan, cosine))


def _constituents(frame: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    yield "head", head(frame, memory=memory)
    filled = slots(frame, memory=memory)
    yield from zip(filled.labels or (), filled, strict=True)


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Frames, their slots and roles."""
    return [frame, slot, slots, slot_of, head, role, replace]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a frame is read."""
    return {"frame": Structure(_constituents)}
