"""What a structure is made of, read back as a tree: by what its plugin says of how it is read.

A plugin names its structures by the hook `vsa_structures`. Each part is unbound and cleaned up as the
structure's own functions do; parts that are structures themselves are read on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vsa.algebra.vector import Vector
from vsa.arguments import checked_choice
from vsa.errors import VsaError
from vsa.hooks.faults import blamed
from vsa.hooks.structure import is_empty
from vsa.memory.answer import Answer
from vsa.memory.memory import Memory
from vsa.style import CERTAIN

if TYPE_CHECKING:
    from vsa.pictures import Node, Tree

DEEPEST, MOST = 64, 200  # levels, and parts of all
OTHER = ("", "value")  # kinds of items that say nothing of what they are made of

Part = Any  # an Answer, or the Parts of what has no name in memory
Parts = Iterable[tuple[str, Part]]


@dataclass(frozen=True)
class Structure:
    """How a structure is read back.

    parts: gives (as what it stands there, what was found) of each part, in order: an Answer, or again
    such pairs where the part is made of parts and is no item of memory.  known: how likely a vector that is
    not nil is one, by a mark that it has; else its kind in memory says so, "frame" or "frame/…" of the
    structure that is called "frame".  inner: whether it is read on where it is a part itself.
    """

    parts: Callable[[Vector, Memory], Parts]
    known: Callable[[Vector, Memory], float] | None = None
    inner: bool = True


Structures = Mapping[str, tuple[str, Structure]]  # name → plugin, and how it is read


def constituents(structure: Vector, memory: Memory, structures: Structures, kind: str = "") -> Tree:
    """What a vector is made of, as a tree; VsaError where it is no structure that is known.

    structures: those of `Plugins`.  kind: the name of one; else it is known by its kind in memory, or by
    a mark of its own.
    """
    from vsa.pictures import Node, Tree  # which who reads no tree does without

    if structure.shape:
        raise VsaError(f"constituents reads one structure, not a batch of shape {structure.shape}")
    if kind:
        checked_choice("kind", kind, tuple(structures))
    if is_empty(structure):
        raise VsaError("there is nothing to draw: nil has no parts")
    if not kind and not (kind := kind_of(structure, memory, structures)):
        raise VsaError(
            "of this vector memory does not know what structure it is: say which, as in "
            f'constituents(s, "stack"); there are {", ".join(structures)}'
        )
    nodes = _Reading(memory, structures).read(structure, kind)
    names = memory.names_of(structure)
    return Tree(Node(names[0] if names else kind, parts=nodes))


def kind_of(vector: Vector, memory: Memory, structures: Structures) -> str:
    """The structure that a vector is known to be, by its kind or by itself; "" where it is none."""
    kinds = [memory.kind(name).partition("/")[0] for name in memory.names_of(vector)]
    for kind in kinds:
        if kind in structures:
            return kind
    if set(kinds) - set(OTHER) or is_empty(vector):
        return ""
    likely, best = CERTAIN, ""
    for name, (plugin, structure) in structures.items():
        if structure.known is not None:
            with blamed(f"known of the structure {name!r}", plugin):
                found = structure.known(vector, memory)
            if found >= likely:
                likely, best = found, name
    return best


class _Reading:
    """One tree that is read, of so many parts at most."""

    def __init__(self, memory: Memory, structures: Structures) -> None:
        self.memory, self.structures = memory, structures
        self.room = MOST

    def read(self, vector: Vector, kind: str, depth: int = 1) -> list[Node]:
        """The parts of a structure, those that were found."""
        plugin, structure = self.structures[kind]
        with blamed(f"parts of the structure {kind!r}", plugin):
            return self._nodes(structure.parts(vector, self.memory), depth)

    def _nodes(self, parts: Parts, depth: int) -> list[Node]:
        from vsa.pictures import Node

        made = []
        for edge, part in parts:
            if self.room <= 0:
                break
            if not isinstance(part, Answer):
                self.room -= 1
                made.append(Node("", edge, parts=self._nodes(part, depth + 1)))
            elif not part.is_nothing:
                self.room -= 1
                inner = self._inner(part.vector, depth + 1) if depth < DEEPEST else []
                made.append(Node(str(part.name), edge, float(part.similarity), inner))
        return made

    def _inner(self, part: Vector, depth: int) -> list[Node]:
        """What a part is made of, where it is a structure that can be read."""
        kind = kind_of(part, self.memory, self.structures)
        if not kind or not self.structures[kind][1].inner:
            return []
        try:
            return self.read(part, kind, depth)
        except VsaError:  # such as a frame of no slot that is known
            return []
