"""Program → whom it picks out, for many people at once: each step is cleaned up before the next.

A composition follows every person found by a step by themselves: (a @ b)(x) is the union of a(z)
over z in b(x). Differences and intersections are taken for each person x, never between sums.
"""

from __future__ import annotations

from functools import reduce
from typing import Protocol

import numpy as np

from vsa import VsaError
from vsa_plugins.kinship.codes import Array, Rows
from vsa_plugins.kinship.family import Family
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
)

SEX = {"female": 0, "male": 1}


class Decoder(Protocol):
    """What answers for the facts of a family: Codes, or another way of encoding them."""

    def decode(self, relation: str, people: Array, *, converse: bool = False) -> Rows:
        """Whom each of some people is related to by a fact or its converse."""


class Evaluation:
    """Answers of one family; what programs share is worked out once.

    codes: what answers for the facts, the family's own codes unless given.

    It keeps every answer, so it should live no longer than a question, or a group of them.
    """

    def __init__(self, family: Family, codes: Decoder | None = None) -> None:
        self.family = family
        self.codes = family.codes if codes is None else codes
        self.everyone = np.arange(len(family))
        self._kept: dict[tuple[Node, bytes | None], Rows] = {}  # by people; None is everyone

    def rows(self, node: Node, people: Array) -> Rows:
        """Whom a program picks out for each of some people, by row (k,), with counts.

        Where most people are asked for, every step is worked out for everyone and kept.
        """
        if 2 * len(people) > len(self.everyone):
            everyone = self._rows(node, self.everyone)
            return everyone if people is self.everyone else everyone.take(people)
        return self._rows(node, people)

    def _rows(self, node: Node, people: Array) -> Rows:
        key = (node, None if people is self.everyone else people.tobytes())
        if key not in self._kept:
            self._kept[key] = self._answer(node, people)
        return self._kept[key]

    def _answer(self, node: Node, people: Array) -> Rows:
        match node:
            case Primitive(name):
                return self._primitive(name, people)
            case Learnt():
                return self._learnt(node).decode(people)
            case Converse(Primitive(name)):
                return self.codes.decode(name, people, converse=True)
            case Converse(Learnt() as of):
                everyone = self._rows(self._learnt(of), self.everyone)
                return everyone.transpose(len(self.everyone)).take(people)
            case Compose(parts):
                return self._composition(parts, people)
            case Union(parts):
                return reduce(Rows.union, (self._rows(part, people) for part in parts))
            case Intersect(parts):
                return reduce(Rows.intersection, (self._rows(part, people) for part in parts))
            case Difference(left, right):
                return self._rows(left, people).difference(self._rows(right, people))
            case Counted(of, least, most):
                found = self._rows(of, people)
                enough = found.count >= least
                return found.keep(enough & (found.count <= (most or np.inf))).once()
            case Named(_, of):
                return self._rows(of, people)
        raise TypeError(f"not a program: {node!r}")  # pragma: no cover

    def _primitive(self, name: str, people: Array) -> Rows:
        if name == "self":
            return Rows.identity(people)
        if name in SEX:  # a mask of 0 and 1 on codes that lie in one block: exactly this
            return Rows.identity(people).keep(self.family.sexes[people] == SEX[name])
        return self.codes.decode(name, people)

    def _learnt(self, leaf: Learnt) -> Learnt:
        if leaf.family is not self.family:
            raise VsaError(
                f"{leaf.word!r} was learnt from {leaf.family}: it does not answer for the people "
                f"of {self.family}"
            )
        return leaf

    def _composition(self, parts: tuple[Node, ...], people: Array) -> Rows:
        found = self._rows(parts[-1], people)
        for part in reversed(parts[:-1]):
            # a step for everyone is shared by all programs that contain it
            middle = people if people is self.everyone else np.unique(found.index)
            found = found.join(middle, self._rows(part, middle))
        return found
