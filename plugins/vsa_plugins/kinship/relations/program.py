"""What a relation says: a tree of steps over facts, independent of any family.

Composition reads from right to left, `male @ sibling`: siblings first, then the male ones among
them. Converses are pushed down to the leaves, so that only facts are ever turned round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from vsa import VsaError
from vsa_plugins.kinship.codes import Array, Rows
from vsa_plugins.kinship.family import Family

STEPS = 1000  # leaves of a program
DEPTH = 100  # of operations in operations; Python's own stack must not be reached


@dataclass(frozen=True, slots=True)
class Primitive:
    """A fact ("parent", "spouse" …), "self", or "female" and "male": oneself, if of that sex."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Learnt:
    """A word of a model fitted to a family: decode(rows of people (k,)) → whom each picks out."""

    word: str
    family: Family
    decode: Callable[[Array], Rows]


@dataclass(frozen=True, slots=True)
class Converse:
    """Whose <relation> somebody is."""

    of: Primitive | Learnt


@dataclass(frozen=True, slots=True)
class Compose:
    """The last part first; counts multiply along a way and add up over ways."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """The people of any part, with the greatest count."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Intersect:
    """The people of all parts, with the smallest count."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """The people of `left` who are not among those of `right`, with their counts."""

    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Counted:
    """Those found `least` times at least and `most` times at most (None: or more), once each."""

    of: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Named:
    """A program under a name, by which it is shown."""

    name: str
    of: Node


Node: TypeAlias = (
    Primitive | Learnt | Converse | Compose | Union | Intersect | Difference | Counted | Named
)
SELF = Primitive("self")
SYMMETRIC = {"self", "female", "male", "spouse"}


def children(node: Node) -> tuple[Node, ...]:
    """The programs that a node is made of."""
    match node:
        case Compose(parts) | Union(parts) | Intersect(parts):
            return parts
        case Difference(left, right):
            return left, right
        case Converse(of) | Counted(of) | Named(_, of):
            return (of,)
    return ()


def join(kind: type[Compose] | type[Union] | type[Intersect], *nodes: Node) -> Node:
    """Several programs as one; parts of the same kind side by side, `self` left out of a way."""
    parts: list[Node] = []
    for node in nodes:
        parts += node.parts if isinstance(node, kind) else [node]
    if kind is Compose:
        parts = [part for part in parts if part != SELF] or [SELF]
    else:
        parts = list(dict.fromkeys(parts))
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def converse(node: Node) -> Node:
    """~(A @ B) = ~B @ ~A; the converse of a union is the union of the converses, and so on."""
    match node:
        case Primitive(name):
            return node if name in SYMMETRIC else Converse(node)
        case Learnt():
            return Converse(node)
        case Converse(of):
            return of
        case Compose(parts):
            return Compose(tuple(converse(part) for part in reversed(parts)))
        case Union(parts) | Intersect(parts):
            return type(node)(tuple(converse(part) for part in parts))
        case Difference(left, right):
            return Difference(converse(left), converse(right))
        case Counted(of, least, most):
            return Counted(converse(of), least, most)
        case Named(name, of):
            turned = converse(of)
            if plain(turned) == plain(of):
                return node
            if isinstance(turned, Primitive | Learnt):
                return turned
            return Named(name[1:] if name.startswith("~") else "~" + name, turned)


def plain(node: Node) -> Node:
    """The same program without names."""
    match node:
        case Named(_, of):
            return plain(of)
        case Compose(parts) | Union(parts) | Intersect(parts):
            return join(type(node), *map(plain, parts))
        case Difference(left, right):
            return Difference(plain(left), plain(right))
        case Counted(of, least, most):
            return Counted(plain(of), least, most)
    return node


def leaves(node: Node) -> Iterator[Primitive | Learnt]:
    """The leaves of a program, left to right."""
    if isinstance(node, Primitive | Learnt):
        yield node
    for child in children(node):
        yield from leaves(child)


def checked(node: Node) -> Node:
    """The program, if it is of a size that ends and of one family."""
    if _depth(node) > DEPTH:
        raise VsaError(f"a relation of more than {DEPTH} operations in operations: make it flatter")
    families: dict[int, Learnt] = {}
    for count, leaf in enumerate(leaves(node), 1):
        if count > STEPS:
            raise VsaError(f"a relation of more than {STEPS:,} steps: compose fewer")
        if isinstance(leaf, Learnt):
            families[id(leaf.family)] = leaf
    if len(families) > 1:
        a, b = [f"{leaf.word!r} of {leaf.family}" for leaf in families.values()][:2]
        raise VsaError(f"relations learnt from two families cannot be combined: {a} and {b}")
    return node


def _depth(node: Node) -> int:
    return 1 + max(map(_depth, children(node)), default=0)


# --- as text ---------------------------------------------------------------------------------------
OR, AND, MINUS, AT, PREFIX, WORD = range(6)  # how tight an operator of the language binds


def text(node: Node, tighter: int = OR) -> str:
    """The program in the language, in brackets where it stands in a tighter operation."""
    shown, level = _shown(node)
    return f"({shown})" if level < tighter else shown


def _shown(node: Node) -> tuple[str, int]:
    match node:
        case Primitive(name) | Named(name):
            return name, PREFIX if name.startswith("~") else WORD
        case Learnt(word):
            return word, WORD
        case Converse(of):
            return "~" + text(of, PREFIX), PREFIX
        case Compose(parts):
            return " @ ".join(text(part, PREFIX) for part in parts), AT
        case Union(parts):
            return " | ".join(text(part, AND) for part in parts), OR
        case Intersect(parts):
            return " & ".join(text(part, MINUS) for part in parts), AND
        case Difference(left, right):
            return f"{text(left, MINUS)} - {text(right, AT)}", MINUS
        case Counted(of, least, most):
            word = "at_least" if most is None else "exactly"
            return f"{word}({text(of)}, {least})", WORD
