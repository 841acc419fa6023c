"""Vectors that remember what they are made of, so that a retrieval can be explained.

A `Traced` vector carries its expansion into products of named factors. It is a Vector: structures
build it through the same operators as any other and need to know nothing about it. Taking the
expansion of a query apart by how each term comes to resemble the winner gives the explanation.

Products are words (words.py), in which a key cancels what took it away as the algebra's laws allow.
A sum stays a sum of terms where binding goes through it; a sum that serves as a key is one factor
where the algebra finishes it first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import Vector, VsaError
from vsa.arguments import as_number
from vsa_plugins.explain import words
from vsa_plugins.explain.words import Factors, text

MOST = 20_000  # terms of one expansion
SAME = 1e-4  # 1 − cosine below which a vector without a name is taken for a known factor
POWER = re.compile(r"(\w+/.*)\^(-?\d+)")  # what `Space.powers` names
MANY = f"the expansion has more than {MOST:,} terms: too many to explain"


@dataclass(frozen=True, slots=True)
class Term:
    """One product of an expansion.

    through: the factors that cancelled on the way; shared: the term that two composites have in
    common, if it is one that cancelled itself.
    """

    vector: Vector
    factors: Factors
    through: tuple[str, ...] = ()
    shared: str = ""


class Trace:
    """The factors met so far; makes traced vectors of plain ones."""

    def __init__(self) -> None:
        self.known: list[tuple[str, Vector]] = []

    def leaf(self, vector: Vector, name: str | None = None) -> Traced:
        """A vector as one named factor."""
        name = name or vector.label or self._find(vector)
        exponent = 1.0
        if found := POWER.fullmatch(name):  # of a key
            name, exponent = found[1], float(found[2])
        plain = vector.of_own(vector.own)
        if exponent == 1 and all(known != name for known, _ in self.known):
            self.known.append((name, plain))
        return Traced(self, plain, [Term(plain, ((name, exponent),))], name=vector.label)

    def names(self, vector: Vector) -> set[str]:
        """Those under which a vector is known."""
        return {name for name, known in self.known if known.similarity(vector) > 1 - SAME}

    def _find(self, vector: Vector) -> str:
        inverse = "involution" in vector.space.algebra.laws
        for name, known in self.known:
            if known.similarity(vector) > 1 - SAME:
                return name
            if inverse and (~known).similarity(vector) > 1 - SAME:
                return f"~{name}"
        return f"?{len(self.known) + 1}"


class Traced(Vector):
    """A single Vector with its expansion; `whole` is what it is without."""

    __slots__ = ("terms", "trace", "whole")
    plain = False  # what is computed on its numbers alone has no expansion

    def __init__(
        self, trace: Trace, whole: Vector, terms: Iterable[Term], name: str | None = None
    ) -> None:
        self.space = whole.space
        self.whole = whole
        self.trace = trace
        self.terms = list(terms)
        self.label = name or whole.label
        if len(self.terms) > MOST:
            raise VsaError(MANY)

    # as the whole, a row or a sum
    data = property(lambda self: self.whole.data)
    total = property(lambda self: self.whole.total)
    own = property(lambda self: self.whole.own)
    finished = property(lambda self: self.whole.finished)

    def of_own(self, array: Any) -> Any:
        return self.whole.of_own(array)

    def _lift(self, other: Any) -> Traced | None:
        if isinstance(other, Traced):
            return other
        operand = self._operand(other)
        return None if operand is None else self.trace.leaf(operand)

    def _joined(self, whole: Vector, terms: Iterable[Term]) -> Traced:
        return Traced(self.trace, whole, terms)

    # --- binding -------------------------------------------------------------------------------
    def __mul__(self, other: Any) -> Any:
        number = as_number(other)
        if number is not None:
            return self.scale(number)
        right = self._lift(other)
        if right is None:
            return NotImplemented
        laws = self.space.algebra.laws
        if "commutative" in laws and len(self.terms) == 1 and not right.finished:
            return self._with(right, self, lambda a, b: a * b)  # the sum is the value
        return self._with(self, right, lambda a, b: a * b)

    def __rmul__(self, other: Any) -> Any:
        number = as_number(other)
        if number is not None:
            return self.scale(number)
        left = self._lift(other)
        return NotImplemented if left is None else left * self

    def __truediv__(self, other: Any) -> Any:
        number = as_number(other)
        if number is not None:
            return self.scale(1 / number)
        right = self._lift(other)
        if right is None:
            return NotImplemented
        return self._with(self, right, lambda a, b: a / b, -1)

    def __rtruediv__(self, other: Any) -> Any:
        left = self._lift(other)
        return NotImplemented if left is None else left / self

    def left_unbind(self, key: Any) -> Any:
        return self._with(self, self._lift(key), Vector.left_unbind, -1, left=True)

    def _with(
        self,
        value: Traced,
        key: Traced | None,
        bind: Callable[[Vector, Vector], Vector],
        exponent: int = 1,
        left: bool = False,
    ) -> Traced:
        """The terms of a value, each bound with those of a key, or unbound (exponent −1), from the left."""
        if key is None:
            raise VsaError("a key is a vector")
        algebra = self.space.algebra
        if "distributive" not in algebra.laws and len(value.terms) > 1:
            value = self.trace.leaf(value.whole, value._title())
        nested = "associative" not in algebra.laws and any(len(t.factors) > 1 for t in key.terms)
        if nested or ("bilinear" not in algebra.laws and len(key.terms) > 1):
            key = self.trace.leaf(key.whole, key._title())  # as a whole
        if len(value.terms) * len(key.terms) > MOST:
            raise VsaError(MANY)
        both = len(value.terms) > 1 and len(key.terms) > 1
        terms = []
        for a in value.terms:
            for b in key.terms:
                word = words.power(algebra, b.factors, exponent)
                pair = (word, a.factors) if left else (a.factors, word)
                factors, gone = words.product(algebra, *pair)
                shared = (
                    a.shared or b.shared or (words.pair(a.factors) if both and not factors else "")
                )
                through = (*a.through, *b.through, *gone)
                terms.append(Term(bind(a.vector, b.vector), factors, through, shared))
        return self._joined(bind(value.whole, key.whole), terms)

    def __invert__(self) -> Traced:
        algebra = self.space.algebra
        terms = [
            Term(~t.vector, words.power(algebra, t.factors, -1), t.through, t.shared)
            for t in self.terms
        ]
        return self._joined(~self.whole, terms)

    def __pow__(self, exponent: float) -> Traced:
        base = self.whole.of_own(self.whole.own)
        base.label = self.label
        whole = base**exponent
        if len(self.terms) == 1 and len(self.terms[0].factors) == 1:
            word = words.power(self.space.algebra, self.terms[0].factors, exponent)
            return self._joined(whole, [Term(whole, word)])
        return self.trace.leaf(whole, f"{self._title()}^{exponent:g}")

    def inverse(self) -> Traced:
        return self**-1

    def unitary(self) -> Traced:
        """Projection ends an expansion: the result is one factor, named after what it was."""
        whole = self.whole.unitary()
        if len(self.terms) == 1:
            return self._joined(whole, [Term(whole, self.terms[0].factors)])
        return self.trace.leaf(whole, self._title())

    def permute(self, times: int = 1) -> Traced:
        algebra = self.space.algebra
        terms = [
            Term(
                t.vector.permute(times), words.moved(algebra, t.factors, times), t.through, t.shared
            )
            for t in self.terms
        ]
        return self._joined(self.whole.permute(times), terms)

    def protect(self, key: Vector, steps: int = 1) -> Any:
        if not self.space.algebra.keys_move:
            return self.permute(steps)
        power = self.trace.leaf(key) ** abs(steps)
        return self * power if steps > 0 else self / power

    # --- superposition -------------------------------------------------------------------------
    def __add__(self, other: Any) -> Any:
        right = self._lift(other)
        if right is None:
            return NotImplemented
        return self._joined(self.whole + right.whole, self.terms + right.terms)

    def __radd__(self, other: Any) -> Any:
        if other.__class__ is int and other == 0:
            return self
        left = self._lift(other)
        return NotImplemented if left is None else left + self

    def __sub__(self, other: Any) -> Any:
        right = self._lift(other)
        return NotImplemented if right is None else self + right.scale(-1.0)

    def __rsub__(self, other: Any) -> Any:
        left = self._lift(other)
        return NotImplemented if left is None else left - self

    def scale(self, factor: Any) -> Traced:
        terms = [Term(t.vector.scale(factor), t.factors, t.through, t.shared) for t in self.terms]
        return self._joined(self.whole.scale(factor), terms if np.any(factor) else [])

    def normalize(self) -> Traced:
        length = self.norm()
        if self.space.closed:
            return self.scale(1 / length) if length > 0 else self
        return self._joined(self.whole.normalize(), self.terms)  # as much of each as of any other

    def _title(self) -> str:
        """After the first term, with what else matters in brackets: role/agt(eat)."""
        first = text(self.terms[0].factors) if self.terms else "nil"
        own = first.split("(")[0]
        rest = [n for t in self.terms[1:] for n, _ in t.factors if not n.startswith(own)]
        return f"{first}({', '.join(dict.fromkeys(rest))})" if rest else first


@dataclass(frozen=True, slots=True)
class Part:
    """A term's share of the similarity: signal, shared (a leak) or crosstalk."""

    kind: str
    share: float
    text: str


def explain(query: Traced, item: Traced, name: str) -> list[Part]:
    """The parts of the cosine between a query and an item, greatest first; they sum to it.

    signal: the terms that reduce to the item, or to a term of the item, their other factors
    cancelling; shared: those that do because two composites hold the same term, so that it cancels
    itself; crosstalk: all others.
    """
    own = {term.factors for term in item.terms}
    own |= {((known, 1.0),) for known in {name, *query.trace.names(item.whole)}}
    found = []
    for term in query.terms:
        if not term.vector.norm() > 0:
            continue  # nil, from which much is built up, explains nothing
        dot, word = float(term.vector.dot(item.whole)), text(term.factors)
        if term.factors not in own:
            found.append(("crosstalk", dot, word))
        elif term.shared:
            found.append(("shared", dot, term.shared))
        else:
            roles = " ".join(dict.fromkeys(words.short(n) for n in term.through))
            found.append(("signal", dot, f"{roles} = {word}" if roles else word))
    total = math.fsum(dot for _, dot, _ in found)
    # of a sum that was finished each term has as much of the similarity as of the sum
    length = query.norm() * item.norm()
    if not query.space.closed and length:
        similarity = query.similarity(item)
        length = total / similarity if similarity else 0.0
    parts = [Part(kind, dot / length if length else 0.0, words_) for kind, dot, words_ in found]
    return sorted(parts, key=lambda part: -abs(part.share))
