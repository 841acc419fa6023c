"""Relation: what somebody is to somebody, a value that composes like a word and picks out a set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, overload

import numpy as np

from vsa import Set, VsaError
from vsa.plugin import checked_whole, describe
from vsa_plugins.kinship.codes import Array, Rows
from vsa_plugins.kinship.family import Family, Person
from vsa_plugins.kinship.relations.as_json import from_json, to_json
from vsa_plugins.kinship.relations.evaluate import Decoder, Evaluation
from vsa_plugins.kinship.relations.program import (
    SELF,
    Compose,
    Counted,
    Difference,
    Intersect,
    Learnt,
    Named,
    Node,
    Primitive,
    Union,
    checked,
    converse,
    join,
    text,
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation between people: a program over facts that answers for any family.

    `R(x)` and `R @ x` are the set of x's R, with the number of ways to each; of a set, the answers
    for its members added up. `R @ S` first S, then R; `R | S`, `R & S`, `R - S` either, both, not;
    `~R` the converse: whose R; `R ** n` n times, `R ** -1` the converse.
    """

    vsa_name: ClassVar[str] = "relation"
    node: Node
    doc: str = ""

    # --- making --------------------------------------------------------------------------------
    @classmethod
    def primitive(cls, name: str, doc: str = "") -> Relation:
        """A fact by name, "self", "female" or "male"."""
        return cls(Primitive(name), doc)

    @classmethod
    def learnt(cls, word: str, family: Family, decode: Callable[[Array], Rows]) -> Relation:
        """A word of a fitted model: decode(rows of people (k,)) → whom each picks out."""
        return cls(Learnt(word, family, decode))

    def named(self, name: str, doc: str = "") -> Relation:
        """The same relation under a name, by which it is shown."""
        node = self.node.of if isinstance(self.node, Named) else self.node
        return Relation(node if node == Primitive(name) else Named(name, node), doc)

    @property
    def name(self) -> str:
        """Its name, "" if it has none."""
        return self.node.name if isinstance(self.node, Named | Primitive) else ""

    @property
    def definition(self) -> str:
        """What a named relation stands for, in the language."""
        return text(self.node.of if isinstance(self.node, Named) else self.node)

    def __str__(self) -> str:
        return text(self.node)

    def __repr__(self) -> str:
        return f"<relation {self}>"

    def vsa_json(self) -> Any:
        """The program, for `vsa --json`."""
        return str(self)

    def vsa_state(self) -> Any:
        """What a session's file keeps."""
        return [to_json(self.node), self.doc]

    @classmethod
    def vsa_restored(cls, state: Any) -> Relation:
        """The relation of such a state."""
        data, doc = state
        return cls(from_json(data), str(doc))

    # --- combining -----------------------------------------------------------------------------
    def __or__(self, other: Relation) -> Relation:
        return _of(join(Union, self.node, other.node)) if _is(other) else NotImplemented

    def __and__(self, other: Relation) -> Relation:
        return _of(join(Intersect, self.node, other.node)) if _is(other) else NotImplemented

    def __sub__(self, other: Relation) -> Relation:
        return _of(Difference(self.node, other.node)) if _is(other) else NotImplemented

    def __invert__(self) -> Relation:
        return _of(converse(self.node))

    def __pow__(self, exponent: int) -> Relation:
        times = checked_whole("the power of a relation", exponent)
        step = self if times >= 0 else ~self
        if abs(times) > 1000:
            raise VsaError(f"the power {times} of a relation is too large: the most is 1000")
        return _of(join(Compose, SELF, *[step.node] * abs(times)))

    def exactly(self, count: int) -> Relation:
        """Those to whom exactly that many ways lead, each counted once."""
        count = checked_whole("the number of ways", count, 1)
        return _of(Counted(self.node, count, count))

    def at_least(self, count: int) -> Relation:
        """Those to whom that many ways or more lead, each counted once."""
        return _of(Counted(self.node, checked_whole("the number of ways", count, 1), None))

    # --- applying ------------------------------------------------------------------------------
    @overload
    def __matmul__(self, other: Relation) -> Relation: ...
    @overload
    def __matmul__(self, other: Person) -> Set: ...
    @overload
    def __matmul__(self, other: Set) -> Set: ...
    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, Relation):
            return _of(join(Compose, self.node, other.node))
        return self(other) if isinstance(other, Person | Set) else NotImplemented

    @overload
    def __call__(self, other: Person) -> Set: ...
    @overload
    def __call__(self, other: Set) -> Set: ...
    def __call__(self, other: Any) -> Set:
        if isinstance(other, Person):
            return self._of_members(other.family, {other.id: 1})
        if not isinstance(other, Set):
            hint = {Relation: ": relations are composed with @", str: ': write person("…")'}
            what = describe((type(other),)) + hint.get(type(other), "")
            raise VsaError(f"a relation cannot be applied to {what}")
        if not other.counts:
            return other
        if not isinstance(other.codebook, Family):
            raise VsaError("a relation is applied to people of a family, not to items in memory")
        return self._of_members(other.codebook, other.counts)

    def _of_members(self, family: Family, counts: dict[str, int]) -> Set:
        try:
            members = {family.index[name]: count for name, count in counts.items()}
        except KeyError as error:
            raise VsaError(f"nobody of {family} has the id {error.args[0]!r}") from None
        people = np.array(sorted(members))
        ways = np.array([members[row] for row in people.tolist()])
        start = Rows(np.array([0, len(people)]), people, ways)
        (found,) = start.join(people, self.rows(family, people))
        return Set(family, {family.records[row].id: count for row, count in found.items()})

    def rows(
        self, family: Family, people: Array | None = None, *, codes: Decoder | None = None
    ) -> Rows:
        """Whom the relation picks out for each of some people, by row (k,); None for everyone.

        codes: what answers for the facts, the family's own codes unless given. To ask several
        relations, use one `Evaluation`, which works out once what they share.
        """
        evaluation = Evaluation(family, codes)
        return evaluation.rows(self.node, evaluation.everyone if people is None else people)


def _of(node: Node) -> Relation:
    return Relation(checked(node))


def _is(other: object) -> bool:
    return isinstance(other, Relation)
