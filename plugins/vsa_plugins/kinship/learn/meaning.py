"""Programs over numbers: what a kin word comes to where its facts are matrices or probabilities.

Models that are told what the words mean carry the words' programs out on whatever they learn, so
that a triple of any word teaches all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from vsa import VsaError
from vsa.plugin import suggest
from vsa_plugins.kinship.relations import Relation
from vsa_plugins.kinship.relations.program import (
    Compose,
    Converse,
    Difference,
    Named,
    Node,
    Primitive,
    Union,
    text,
)
from vsa_plugins.kinship.relations.words import WORDS


class Algebra(Protocol):
    """How a kind of numbers does the work of relations. Values are tensors of any form."""

    def primitive(self, name: str) -> Any:
        """A fact by name, or "self", "female", "male"."""

    def converse(self, a: Any) -> Any:
        """Whose."""

    def compose(self, later: Any, first: Any) -> Any:
        """First one, then the other."""

    def union(self, a: Any, b: Any) -> Any:
        """Either."""

    def without_self(self, a: Any) -> Any:
        """Anyone but oneself."""


def meaning(node: Node, algebra: Algebra, known: dict[Node, Any]) -> Any:
    """The value of a program; `known` keeps the values of parts, which words share."""
    if node not in known:
        known[node] = _meaning(node, algebra, known)
    return known[node]


def _meaning(node: Node, algebra: Algebra, known: dict[Node, Any]) -> Any:
    match node:
        case Primitive(name):
            return algebra.primitive(name)
        case Converse(of):
            return algebra.converse(meaning(of, algebra, known))
        case Named(_, of):
            return meaning(of, algebra, known)
        case Compose(parts):
            value = meaning(parts[-1], algebra, known)
            for part in reversed(parts[:-1]):
                value = algebra.compose(meaning(part, algebra, known), value)
            return value
        case Union(parts):
            value = meaning(parts[0], algebra, known)
            for part in parts[1:]:
                value = algebra.union(value, meaning(part, algebra, known))
            return value
        case Difference(left, Primitive("self")):
            return algebra.without_self(meaning(left, algebra, known))
    raise VsaError(
        f"{text(node)} cannot be learnt: composition, converse, union and - self have a smooth form"
    )


def programs_of(words: Iterable[str], programs: Mapping[str, Relation] | None) -> list[Node]:
    """The programs of some words, those of the language unless given."""
    given = WORDS if programs is None else programs
    found = []
    for word in words:
        if word not in given:
            near = suggest(word, given) or "give its program in `programs`"
            raise VsaError(f"this model is told what words mean, but not {word!r}: {near}")
        found.append(given[word].node)
    return found
