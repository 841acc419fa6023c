"""Programs as JSON, so that what was found can be saved."""

from __future__ import annotations

from typing import Any

from vsa_plugins.kinship.program import (
    Compose,
    Converse,
    Difference,
    Intersect,
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
        case Converse(Primitive(name)):
            return ["~", name]
        case Compose(parts) | Union(parts) | Intersect(parts):
            return [SIGNS[type(node)], *map(to_json, parts)]
        case Difference(left, right):
            return ["-", to_json(left), to_json(right)]
        case Named(name, of):
            return ["=", name, to_json(of)]
    raise TypeError(f"not a program that is learnt: {node!r}")


def from_json(tree: Any) -> Node:
    """The program; ValueError where the lists are none."""
    return checked(_node(tree))


def _node(tree: Any) -> Node:
    match tree:
        case str(name):
            return Primitive(name)
        case ["~", str(name)]:
            return Converse(Primitive(name))
        case ["-", left, right]:
            return Difference(_node(left), _node(right))
        case ["=", str(name), of]:
            return Named(name, _node(of))
        case [str(sign), *parts] if sign in MANY and len(parts) > 1:
            return MANY[sign](tuple(map(_node, parts)))
    raise ValueError(f"not a program: {tree!r}")
