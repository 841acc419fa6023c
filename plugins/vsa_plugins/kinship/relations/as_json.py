"""Programs as JSON, so that relations, and what was learnt, can be saved."""

from __future__ import annotations

from typing import Any

from vsa import VsaError
from vsa_plugins.kinship.relations.program import (
    Compose,
    Converse,
    Counted,
    Difference,
    Intersect,
    Learnt,
    Named,
    Node,
    Primitive,
    Union,
    checked,
)

MANY: dict[str, type[Compose] | type[Union] | type[Intersect]] = {
    "@": Compose, "|": Union, "&": Intersect,
}  # fmt: skip
SIGNS = {kind: sign for sign, kind in MANY.items()}


def to_json(node: Node) -> Any:
    """A program as nested lists, ["@", "male", ["~", "parent"]]: male @ ~parent."""
    match node:
        case Primitive(name):
            return name
        case Converse(of):
            return ["~", to_json(of)]
        case Compose(parts) | Union(parts) | Intersect(parts):
            return [SIGNS[type(node)], *map(to_json, parts)]
        case Difference(left, right):
            return ["-", to_json(left), to_json(right)]
        case Counted(of, least, most):
            return ["#", to_json(of), least, most]
        case Named(name, of):
            return ["=", name, to_json(of)]
        case Learnt(word):
            raise VsaError(
                f"{word!r} is learnt: save the fit that it belongs to, by fit.save(path)"
            )
    raise TypeError(f"not a program: {node!r}")


def from_json(tree: Any) -> Node:
    """The program; ValueError where the lists are none."""
    return checked(_node(tree))


def _node(tree: Any) -> Node:
    match tree:
        case str(name):
            return Primitive(name)
        case ["~", str(name)]:
            return Converse(Primitive(name))
        case ["#", of, int(least), None | int() as most]:
            return Counted(_node(of), least, most)
        case ["-", left, right]:
            return Difference(_node(left), _node(right))
        case ["=", str(name), of]:
            return Named(name, _node(of))
        case [str(sign), *parts] if sign in MANY and len(parts) > 1:
            return MANY[sign](tuple(map(_node, parts)))
    raise ValueError(f"not a program: {tree!r}")
