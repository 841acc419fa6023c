"""Chunked sequences: nested to any depth, with keys of their own and a cleanup at every level.

A chunk is unitary(Σ kᵢ ⊛ xᵢ) with keys k of its level, projected before it enters its parent. One
set of keys for all levels fails: a chunk unbound from its parent would still resemble the chunk
itself. Every chunk is closed by the structural item `chunk/end`: reading stops at an item that is
recognised, not at the absence of one, which among a thousand reads is mistaken now and then.

The chain of chunks that is printed in the literature, S₁ + S₁⊛S₂ + S₁⊛S₂⊛S₃ with each S a chain
itself, is here for study: literal, and with its keys projected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any

import numpy as np

from vsa import (
    Answer,
    CapacityWarning,
    Kind,
    Memory,
    Session,
    Vector,
    VsaError,
    bundle_bound,
    hookimpl,
)
from vsa.plugin import (
    PRIOR_NOTHING,
    ArgumentValueError,
    Noise,
    Overlap,
    Structure,
    Within,
    checked,
    evidence,
    inside,
    log_likelihood,
    next_dim,
    noise_at,
    note,
)
from vsa_plugins.sequence import chain

END = "chunk/end"
CLOSED = Kind("chunk-end", internal=True)
PROJECTED = math.pi / 4  # the share of a sum's power that projection leaves along it
ALARM = 0.05  # the share of failing sequences that a given size is warned of
LONGEST = 4096  # items of a chunk, and no more than dimensions, should an end not be recognised
LEAST = 200  # times likelier must the end be than nothing
SPARE = 0.01  # share of whole sequences that may come back with an error


@checked
def chunk_size(items: Annotated[int, Within(1)], *, memory: Memory) -> int:
    """The largest chunk from which all of so many items come back, by the theory of capacity.

    What limits it are siblings, chunks that differ in one item alone: each of them resembles the
    right one far more than chance, and in a text of few symbols every chunk has some.

    > chunk_size(1000)
    4
    """
    size = 2
    while size < LONGEST and _failures(size + 1, items, memory) < SPARE:
        size += 1
    return size


def _failures(size: int, items: int, memory: Memory, noise: Noise | None = None) -> float:
    known = max(len(memory), items, 2)
    return failures(size, items, known, noise or memory.space.noise, memory.space.closed)


def failures(size: int, items: int, known: int, noise: Noise, closed: bool) -> float:
    """Expected wrong reads in a whole sequence cut into chunks of a size, `known` items in memory."""
    reads = items * size / (size - 1)
    if isinstance(noise, Overlap):
        return _failures_of_or(size, items, max(known, LEAST), noise)
    # the end is a term too; and where sums are closed a chunk is projected besides
    terms = (size + 1) / PROJECTED if closed else size + 1
    apart = 1 - _projected_cosine(size / (size + 1), closed)
    sibling = (
        math.erfc(math.sqrt(apart / (2 * noise.load(terms))) / noise.deviation / math.sqrt(2)) / 2
    )
    stranger = 1 - noise.accuracy(terms, known)
    # level upon level there are items / (size − 1) chunks, each with a sibling an item
    return reads * (sibling + stranger)


def _failures_of_or(size: int, items: int, known: int, noise: Overlap) -> float:
    """The same where chunks are superposed by OR, and a sibling is never as whole as the right one.

    Where one of the ones of each segment is kept, it may be too few of an item to tell it from nothing;
    where all are, a chunk of chunks of chunks may be too full to tell where it ends.
    """
    reads = items * size / (size - 1)
    if noise.segmented:
        grid = noise.grid()
        seen = log_likelihood(grid, noise) > math.log(known)
        return reads * (1 - noise.projected.reaching(float(grid[np.argmax(seen)]), size + 1))
    return size * (1 - noise.accuracy(reads, known)) + reads * (
        1 - noise.pair_accuracy(size + 1, known)
    )


def _dim_for(size: int, items: int, memory: Memory) -> int:
    """The dimension, to a sixteenth part, at which chunks of a size are within their capacity."""
    space = memory.space
    dim = space.dim
    while _failures(size, items, memory, noise_at(space, dim)) > SPARE:
        dim = next_dim(space, dim + max(dim // 16, 1))
    return dim


def _what_would_do(size: int, items: int, memory: Memory) -> str:
    """Smaller chunks, a larger dim, or use of another structure where neither is to be had."""
    fitting = chunk_size(items, memory=memory)
    mends = [f"chunks of {fitting}"] if _failures(fitting, items, memory) <= ALARM else []
    with suppress(VsaError):  # there are algebras whose vectors grow too long before
        mends.append(f"dim {_dim_for(size, items, memory)}")
    if len(mends) == 2:
        return f"; {mends[0]}, or {mends[1]}, would do"
    return f"; {mends[0]} would do" if mends else "; use sequence(…)"


def _projected_cosine(cosine: float, closed: bool) -> float:
    """The cosine of two vectors after projection, to unit modulus: π/4 c ₂F₁(½, ½; 2; c²).

    Of signs it is (2/π) asin c; what is finished more coarsely is further apart still.
    """
    if not closed:
        return 2 / math.pi * math.asin(cosine)
    term = total = 1.0
    for n in range(200):
        term *= (n + 0.5) ** 2 / ((n + 2) * (n + 1)) * cosine**2
        total += term
    return math.pi / 4 * cosine * total


@checked
def chunks(
    *items: Vector, size: int | None = None, memory: Memory, session: Session | None = None
) -> Annotated[Vector, Kind("chunk")]:
    """A long sequence as chunks of chunks, decoded by `unchunk`; the size follows from capacity.

    Every chunk is put into memory under the kind of its level, `chunk/1`, `chunk/2` …. From
    Python a batch of items, chunks(batch, memory=memory), is one long sequence.

    > unchunk(chunks(mark, fish, john, mark, mark, size=2))
    [mark, fish, john, mark, mark]
    """
    level_items = _flat(items)
    level_items[0].space.algebra.need("a chunk", "unbinding", "use sequence(…)")
    if size is None:
        size = chunk_size(len(level_items), memory=memory)
    if size < 2:
        raise ArgumentValueError(f"a chunk holds at least 2 items, not {size}")
    if _failures(size, len(level_items), memory) > ALARM:
        said = (
            f"chunks of {size} are past their capacity: at dim {memory.space.dim} a sequence of "
            f"{len(level_items)} items comes back with errors"
        )
        note(CapacityWarning(said + _what_would_do(size, len(level_items), memory)))
    with memory.journal.transaction("chunks"):
        end = _end(memory)
        level = 1
        while True:
            level_items = _store(_pack(level_items, level, size, end), level, memory)
            if len(level_items) == 1:
                return level_items[0]
            level += 1


@checked
def unchunk(chunk: Vector, *, memory: Memory) -> Answer:
    """All items of a chunked sequence, every level cleaned up among its own chunks.

    An item that memory lacks is `nothing` at its place.

    > unchunk(chunks(mark, mark, mark, mark, mark, mark, size=2))
    [mark, mark, mark, mark, mark, mark]
    """
    if chunk.shape:
        raise ArgumentValueError("unchunk reads one sequence at a time, not a batch")
    answer = memory.cleanup(chunk, kinds="chunk/*")
    if answer.is_nothing:
        raise VsaError("this is no chunked sequence that memory knows; make one with chunks(…)")
    level = _level(memory, str(answer.name))
    batch = answer.vector.reshape(1)
    read = answer
    while level > 0:
        read = _children(batch, level, memory)
        batch = read.vector
        level -= 1
    return read


def chunk_parts(chunk: Vector, memory: Memory) -> Answer:
    """What stands in one chunk that memory knows: items, or the chunks of the level below."""
    level = _level(memory, memory.names_of(chunk)[0])
    return _children(chunk.reshape(1), level, memory)


def _children(batch: Vector, level: int, memory: Memory) -> Answer:
    """What stands in a batch of chunks of one level, in order, up to their ends.

    A chunk is in memory, an item may be unknown: then nothing is found there, and no end either.
    """
    kinds = memory.item_kinds if level == 1 else (f"chunk/{level - 1}",)
    prior = PRIOR_NOTHING if level == 1 else 0.0
    end = _end(memory)
    answers: list[Answer] = []
    before: list[np.ndarray[Any, Any]] = []
    closed = np.zeros(batch.shape, dtype=bool)
    while not closed.all():
        if len(answers) == min(LONGEST, batch.space.algebra.freedom):
            raise VsaError(f"a chunk of level {level} has no end: it is past its capacity")
        key = _key(batch, level, len(answers) + 1)
        query = inside(batch / key, -1)
        answers.append(memory.cleanup(query, kinds=kinds, prior_nothing=prior))
        near, likely = (x[..., 0] for x in evidence(query, [end]))
        closed |= (likely > math.log(LEAST)) & (near >= answers[-1].similarities[..., 0])
        closed |= closed[:-1].any()  # one only may be shorter than the others, the last
        before.append(~closed)
    grid, before_end = Answer.stack(answers), np.stack(before).T
    if not before_end.any():
        raise VsaError(f"a chunk of level {level} has no items: it is past its capacity")
    return grid.rearranged(lambda array: np.swapaxes(array, 0, 1)[before_end])


def _pack(items: list[Vector], level: int, size: int, end: Vector) -> list[Vector]:
    """Chunks of one level, each closed by the end."""
    found = []
    for start in range(0, len(items), size):
        part = [*items[start : start + size], end]
        keys = [_key(end, level, i) for i in range(1, len(part) + 1)]
        found.append(bundle_bound(keys, list(map(inside, part))).unitary())
    return found


def _store(found: list[Vector], level: int, memory: Memory) -> list[Vector]:
    """Put the chunks of one level into memory, equal ones once."""
    kind = f"chunk/{level}"
    fresh = [v for v in found if not any(memory.kind(n) == kind for n in memory.names_of(v))]
    taken = len(memory.names(kind))
    names = [f"{kind}/{taken + i}" for i in range(1, len(fresh) + 1)]
    if fresh:
        memory.add(names, fresh, kind=Kind(kind, internal=True))
    return found


def _key(vector: Vector, level: int, index: int) -> Vector:
    return vector.space.key(f"chunk/{level}/{index}")


def _end(memory: Memory) -> Vector:
    if END not in memory:
        memory.add(END, memory.space.key(END), kind=CLOSED)
    return memory[END]


def _level(memory: Memory, name: str) -> int:
    row = memory[name]
    levels = [memory.kind(n) for n in memory.names_of(row) if memory.kind(n).startswith("chunk/")]
    return max(int(kind.rpartition("/")[2]) for kind in levels)


def _flat(items: Sequence[Vector]) -> list[Vector]:
    flat = [x for item in items for x in (item.reshape(-1) if item.shape else [item])]
    if not flat:
        raise ArgumentValueError("a chunked sequence needs at least one item")
    return flat


@checked
def chunk_chain(*groups: Vector, projected: bool = False) -> Vector:
    """The printed form S₁ + S₁⊛S₂ + S₁⊛S₂⊛S₃ of chunks that are chains, for study.

    Literally it fails: five chunks of five items come back whole in a tenth of the trials.
    projected=true normalises each chunk and makes the chunks that serve as keys unitary; then
    ten chunks of ten come back.

    > unchain(chunk_chain(chain(mark, fish), chain(john)), 1)
    [mark]
    """
    if not projected or not groups:
        return chain(*groups)
    total = groups[-1].normalize()
    for group in groups[-2::-1]:
        total = group.normalize() + total * group.unitary()
    return total


def _constituents(chunk: Vector, memory: Memory) -> Iterator[tuple[str, Answer]]:
    for place, part in enumerate(chunk_parts(chunk, memory), 1):
        yield str(place), part


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """Chunks, the size that capacity allows, and the printed chain."""
    return [chunks, unchunk, chunk_size, chunk_chain]


@hookimpl
def vsa_structures() -> Mapping[str, Structure]:
    """How a chunk is read."""
    return {"chunk": Structure(_constituents)}
