"""Which algebra, and how large, for what shall be stored: by the theory, and by the clock.

The theory names for each algebra the smallest dim at which reads are right as often as is wanted; how
long a question takes is measured here and now, on a memory of random rows of that dim.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from vsa import Memory, Session, Space, Table, Vector, VsaError
from vsa.plugin import (
    LAWS,
    Chosen,
    Noise,
    Within,
    algebra_names,
    checked,
    find_algebra,
    next_fit,
    reached,
    smallest,
    suggest,
)
from vsa_plugins.chunks import failures

ROOM, MOST_ROWS = 1 << 25, 1 << 15  # bytes, and rows, of a memory that is made to be timed
DRAWN = 1024  # of its rows; the others are these, permuted
SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 16, 24, 32)  # of chunks
REPEATS = 7
BY = ("bytes", "time")

Right = Callable[[Noise, bool, int, int, float], float]  # (noise, closed, terms, items, target)


@dataclass(frozen=True, slots=True)
class Structure:
    """What is asked of a structure.  law: what reading rests on; right: how often it is right."""

    right: Right
    law: str | None = None


def _one(noise: Noise, closed: bool, terms: int, items: int, target: float) -> float:
    return reached(noise, [terms], items)


def _pair(noise: Noise, closed: bool, terms: int, items: int, target: float) -> float:
    return reached(noise, [terms], items, pairs=True)


def _all(noise: Noise, closed: bool, terms: int, items: int, target: float) -> float:
    return reached(noise, range(terms, 0, -1), items, target)


def _head_and_slot(noise: Noise, closed: bool, terms: int, items: int, target: float) -> float:
    return reached(noise, [terms, terms], items, pairs=True)


def _in_chunks(size: int) -> Right:
    def right(noise: Noise, closed: bool, terms: int, items: int, target: float) -> float:
        known = items + terms // (size - 1)  # chunks stand in memory beside the items
        return 1 - failures(size, terms, known, noise, closed)

    return right


STRUCTURES = {
    "bundle": Structure(_one),
    "pairs": Structure(_pair, "unbinding"),
    "stack": Structure(_all),
    "sequence": Structure(_one),
    "frame": Structure(_head_and_slot, "unbinding"),
    "chunks": Structure(_in_chunks(2), "unbinding"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """An algebra that would do.  size: of its chunks, where there are some."""

    space: Space
    right: float
    size: int = 0

    @property
    def bytes(self) -> int:
        """What a stored row takes."""
        store = self.space.metric.store
        return int(store.width * np.dtype(self.space.backend.host_dtype(store.dtype)).itemsize)


@checked
def advise(
    items: Annotated[int, Within(1, 1_000_000_000)],
    terms: Annotated[int, Within(1, 4096)],
    structure: str = "pairs",
    accuracy: float = 0.99,
    *,
    by: str = "bytes",
    bytes: Annotated[int, Within(1)] | None = None,
    timed: bool = True,
    session: Session,
) -> Table:
    """Which algebras would do for so many items in structures of so many terms, the best first.

    structure: "bundle", "pairs", "stack", "sequence", "frame" (terms are its parts, the head one of
    them) or "chunks" (terms are all its items). accuracy: how often one question shall be right; of a
    stack or of chunks, how often everything comes back. For each algebra its smallest dim, the bytes
    of an item as it is stored, how often answers will be right, and how long one cleanup takes here:
    measured, and from memories of fewer items ≈ reckoned. by: "bytes" or "time", whose least is best;
    bytes: so many at most; timed=false leaves the clock out. What will not do comes last, with its reason.

    > advise(1000, 8, "pairs", timed=false)
    best by bytes: 1,000 items, pairs of 8 terms, 0.99 right
    algebra  …
    …
    """
    if structure not in STRUCTURES:
        near = suggest(structure, set(STRUCTURES)) or f"choose of {', '.join(STRUCTURES)}"
        raise VsaError(f"there is no structure {structure!r} to advise on; {near}")
    if by not in BY:
        raise VsaError(f'advise goes by "bytes" or by "time", not {by!r}')
    if by == "time" and not timed:
        raise VsaError("to go by time, advise must measure it: leave timed=false out")
    if not 0 < accuracy < 1:
        raise VsaError(f"accuracy {accuracy} is no share between 0 and 1")
    names = _names(session)
    found: list[tuple[Advice, float, str]] = []
    lost: list[tuple[str, str]] = []
    for called in session.track(names, "advise"):
        name = called
        try:
            chosen = find_algebra(called)
            name = chosen.name  # with its parameters, for reasons too
            advice = _advice(chosen, items, terms, structure, accuracy)
            if bytes is not None and advice.bytes > bytes:
                raise VsaError(f"{advice.bytes:,} bytes an item, at dim {advice.space.dim}")
            found.append((advice, *(_timed(advice, items) if timed else (0.0, ""))))
        except VsaError as error:
            lost.append((name, str(error)))
    found.sort(key=lambda f: (f[1] if by == "time" else f[0].bytes, f[0].bytes, f[0].space.dim))
    return _table(
        found, lost, f"best by {by}: {items:,} items, {_what(structure, terms)}, {accuracy:g} right"
    )


def _names(session: Session) -> list[str]:
    """All algebras, and with its parameters that of the session."""
    names, own = algebra_names(), session.space.chosen
    if own != find_algebra(own.kind.name):
        names.append(own.name)
    return names


def _what(structure: str, terms: int) -> str:
    nouns = {"pairs": "pairs", "chunks": "sequences in chunks", "frame": "frames"}
    parts = "parts" if structure == "frame" else "items" if structure == "chunks" else "terms"
    return f"{nouns.get(structure, structure + 's')} of {terms} {parts}"


def _advice(chosen: Chosen, items: int, terms: int, structure: str, target: float) -> Advice:
    """The smallest dim at which an algebra would do; VsaError where it will not."""
    asked = STRUCTURES[structure]
    least = Space(next_fit(chosen, 2), chosen)
    if asked.law is not None and asked.law not in least.algebra.laws:
        raise VsaError(f"no {LAWS[asked.law]}, on which reading rests")
    if structure != "chunks":
        return _of(chosen, asked.right, items, terms, target)
    sized: list[Advice] = []
    for size in SIZES:
        if size <= max(terms, 2):
            try:
                one = _of(chosen, _in_chunks(size), items, terms, target)
            except VsaError:  # others may do, which are smaller or larger
                continue
            sized.append(Advice(one.space, one.right, size))
    if not sized:
        raise VsaError(f"no dim of the algebra {chosen.name!r} would do")
    # the bytes of all its chunks, of one length each
    return min(sized, key=lambda a: a.bytes * -(-terms // a.size))


def _of(chosen: Chosen, right: Right, items: int, terms: int, target: float) -> Advice:
    closed = Space(next_fit(chosen, 2), chosen).closed

    def enough(noise: Noise) -> bool:
        return right(noise, closed, terms, items, target) >= target

    space = Space(smallest(chosen, enough), chosen)
    return Advice(space, right(space.noise, closed, terms, items, 0.0))


def _timed(advice: Advice, items: int) -> tuple[float, str]:
    """The seconds of one cleanup among so many rows, and what is said of them."""
    space = advice.space
    if advice.bytes > ROOM:
        return math.inf, "not timed"
    count = min(items, MOST_ROWS, ROOM // advice.bytes)
    drawn = space.random(min(count, DRAWN))
    memory = Memory(space)
    for start in range(0, count, DRAWN):
        rows = drawn[: count - start].permute(start // DRAWN)
        memory.add([f"item/{start + i}" for i in range(len(rows))], rows)
    seconds = _seconds(memory, drawn[0])
    if count == items:
        return seconds, _short(seconds)
    return seconds * items / count, f"≈ {_short(seconds * items / count)}"


def _seconds(memory: Memory, query: Vector) -> float:
    """The median of a few; the first builds what later ones use."""
    memory.cleanup(query)
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        memory.cleanup(query)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def _short(seconds: float) -> str:
    """Two digits and a unit: "1.2 ms"."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            break
    number = seconds / size
    return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"


def _table(
    found: Sequence[tuple[Advice, float, str]], lost: Sequence[tuple[str, str]], title: str
) -> Table:
    timed = any(said for _, _, said in found)
    rows: list[tuple[Any, ...]] = []
    for advice, _, said in found:
        note = f"chunks of {advice.size}" if advice.size else ""
        space = advice.space
        right = f"{advice.right:.4f}"
        rows.append((space.chosen.name, space.dim, advice.bytes, right, *[said] * timed, note))
    rows += [(name, *[""] * (3 + timed), reason) for name, reason in lost]
    return Table(["algebra", "dim", "bytes", "right", *["time"] * timed, ""], rows, title)
