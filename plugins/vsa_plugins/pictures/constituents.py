"""What a structure is made of, read back as a tree, and how much of each part is seen in it.

Every part is unbound and cleaned up by the functions that read that structure; its cosine is that of
the answer. Parts that are structures themselves are read on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vsa import Answer, Memory, Vector, VsaError
from vsa.pictures import Node, Tree
from vsa.plugin import arguments, checked, is_empty
from vsa_plugins.chunks import chunk_parts
from vsa_plugins.frame import head, slots
from vsa_plugins.sequence import decode
from vsa_plugins.stack import pop, top

DEEPEST, MOST = 8, 200  # levels, and parts of all

Parts = Iterator[tuple[str, Answer]]  # as what it stands there, and what was found


@checked
def constituents(structure: Vector, kind: str = "", *, memory: Memory) -> Tree:
    """What a structure is made of, as a tree: each part with its cosine on the edge, read back.

    Frames and chunks are known by their kind in memory, and frames in frames are read on; of others say
    which they are: "stack", "sequence", "frame", "chunk". P of each part is told by the function that
    reads it: `slots`, `top`, `decode`.

    > constituents(frame(cause, agt=hunger, obj=frame(eat, agt=mark, obj=fish)))
    frame/2
    ├─ head  0.57  cause
    …
    > constituents(push(push(nil, mark), fish), "stack")
    stack
    ├─ 1  0.72  fish
    └─ 2  1.00  mark
    """
    if structure.shape:
        raise VsaError(f"constituents reads one structure, not a batch of shape {structure.shape}")
    if kind:
        arguments.checked_choice("kind", kind, tuple(READERS))
    elif not (kind := _kind(structure, memory)):
        raise VsaError(
            "of this vector memory does not know what structure it is: say which, as in "
            f'constituents(s, "stack"); there are {", ".join(READERS)}'
        )
    if is_empty(structure):
        raise VsaError("there is nothing to draw: nil has no parts")
    names = memory.names_of(structure)
    room = [MOST]
    return Tree(Node(names[0] if names else kind, parts=_read(structure, kind, memory, room, 1)))


def _read(structure: Vector, kind: str, memory: Memory, room: list[int], depth: int) -> list[Node]:
    nodes = []
    for edge, answer in READERS[kind](structure, memory):
        if answer.is_nothing or room[0] <= 0:
            continue
        room[0] -= 1
        inner = _kind(answer.vector, memory) if depth < DEEPEST else ""
        parts = _read(answer.vector, inner, memory, room, depth + 1) if inner else []
        nodes.append(Node(str(answer.name), edge, float(answer.similarity), parts))
    return nodes


def _kind(vector: Vector, memory: Memory) -> str:
    """The structure that memory knows a vector to be, "" where it is none."""
    for name in memory.names_of(vector):
        kind = memory.kind(name).partition("/")[0]
        if kind in READERS:
            return kind
    return ""


def _frame(frame: Vector, memory: Memory) -> Parts:
    found = head(frame, memory=memory)
    yield "head", found
    filled = slots(frame, memory=memory)
    yield from zip(filled.labels or (), filled, strict=True)


def _chunk(chunk: Vector, memory: Memory) -> Parts:
    for place, answer in enumerate(chunk_parts(chunk, memory), 1):
        yield str(place), answer


def _stack(stack: Vector, memory: Memory) -> Parts:
    place = 0
    while not is_empty(stack) and place < MOST:
        place += 1
        answer = top(stack, memory=memory)
        if answer.is_nothing:
            break
        yield str(place), answer
        stack = pop(stack, memory=memory)


def _sequence(sequence: Vector, memory: Memory) -> Parts:
    for place, answer in enumerate(decode(sequence, memory=memory), 1):
        yield str(place), answer


READERS: dict[str, Callable[[Vector, Memory], Parts]] = {
    "frame": _frame, "chunk": _chunk, "stack": _stack, "sequence": _sequence,
}  # fmt: skip
