"""Vectors that remember what they are made of, so that a retrieval can be explained.

A `Traced` vector carries its expansion into products of named factors. It is a Vector: structures
build it through the same operators as any other and need to know nothing about it. Taking the
expansion of a query apart by how each term comes to resemble the winner gives the explanation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vsa import Vector, VsaError
from vsa.arguments import as_number

MOST = 20_000  # terms of one expansion
SAME = 1e-4  # 1 − cosine below which a vector without a name is taken for a known factor

Factors = tuple[tuple[str, float], ...]  # (name, power), sorted, no power 0


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
        plain = Vector(vector.space, vector.data)
        if all(known != name for known, _ in self.known):
            self.known.append((name, plain))
        return Traced(self, vector, [Term(plain, ((name, 1.0),))])

    def _find(self, vector: Vector) -> str:
        for name, known in self.known:
            if known.similarity(vector) > 1 - SAME:
                return name
            if (~known).similarity(vector) > 1 - SAME:
                return f"~{name}"
        return f"?{len(self.known) + 1}"


class Traced(Vector):
    """A single Vector with its expansion."""

    __slots__ = ("terms", "trace")
    plain = False  # what is computed on its numbers alone has no expansion

    def __init__(self, trace: Trace, whole: Vector, terms: Iterable[Term]) -> None:
        super().__init__(whole.space, whole.data)
        self.trace = trace
        self.terms = list(terms)
        self.label = whole.label
        if len(self.terms) > MOST:
            raise VsaError(f"the expansion has more than {MOST:,} terms: too many to explain")

    def _lift(self, other: Any) -> Traced | None:
        if isinstance(other, Traced):
            return other
        operand = self._operand(other)
        return None if operand is None else self.trace.leaf(operand)

    def _whole(self) -> Vector:
        return Vector(self.space, self.data)

    # --- binding -------------------------------------------------------------------------------
    def __mul__(self, other: Any) -> Any:
        number = as_number(other)
        if number is not None:
            return self.scale(number)
        right = self._lift(other)
        if right is None:
            return NotImplemented
        if len(self.terms) * len(right.terms) > MOST:
            raise VsaError(f"the expansion has more than {MOST:,} terms: too many to explain")
        both = len(self.terms) > 1 and len(right.terms) > 1
        terms = [_product(a, b, both) for a in self.terms for b in right.terms]
        return Traced(self.trace, self._whole() * right._whole(), terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        number = as_number(other)
        if number is not None:
            return self.scale(1 / number)
        right = self._lift(other)
        return NotImplemented if right is None else self * ~right

    def __rtruediv__(self, other: Any) -> Any:
        left = self._lift(other)
        return NotImplemented if left is None else left * ~self

    def __invert__(self) -> Traced:
        terms = [Term(~t.vector, _powers(t.factors, -1), t.through, t.shared) for t in self.terms]
        return Traced(self.trace, ~self._whole(), terms)

    def __pow__(self, exponent: float) -> Traced:
        base = self._whole()
        base.label = self.label
        whole = base**exponent
        if len(self.terms) == 1:
            term = self.terms[0]
            return Traced(self.trace, whole, [Term(whole, _powers(term.factors, exponent))])
        return self.trace.leaf(whole, f"{self._title()}^{exponent:g}")

    def inverse(self) -> Traced:
        return self**-1

    def unitary(self) -> Traced:
        """Projection ends an expansion: the result is one factor, named after what it was."""
        whole = self._whole().unitary()
        if len(self.terms) == 1:
            return Traced(self.trace, whole, [Term(whole, self.terms[0].factors)])
        return self.trace.leaf(whole, self._title())

    def permute(self, times: int = 1) -> Traced:
        terms = [
            Term(t.vector.permute(times), tuple((f"permute({n})", p) for n, p in t.factors))
            for t in self.terms
        ]
        return Traced(self.trace, self._whole().permute(times), terms)

    def protect(self, key: Vector, steps: int = 1) -> Any:
        if not self.space.algebra.keys_move:
            return self.permute(steps)
        return self * (self.trace.leaf(key) ** steps)

    # --- superposition -------------------------------------------------------------------------
    def __add__(self, other: Any) -> Any:
        right = self._lift(other)
        if right is None:
            return NotImplemented
        return Traced(self.trace, self._whole() + right._whole(), self.terms + right.terms)

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
        return Traced(self.trace, self._whole().scale(factor), terms)

    def normalize(self) -> Traced:
        length = self.norm()
        return self.scale(1 / length) if length > 0 else self

    def _title(self) -> str:
        """After the first term, with what else matters in brackets: role/agt(eat)."""
        first = _text(self.terms[0].factors)
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
    own = {term.factors for term in item.terms} | {((name, 1.0),)}
    length = query.norm() * item.norm()
    parts = []
    for term in query.terms:
        if not term.vector.norm() > 0:
            continue  # nil, from which much is built up, explains nothing
        share = float(term.vector.dot(item)) / length
        text = _text(term.factors)
        if term.factors not in own:
            parts.append(Part("crosstalk", share, text))
        elif term.shared:
            parts.append(Part("shared", share, term.shared))
        else:
            roles = " ".join(dict.fromkeys(short(n) for n in term.through))
            parts.append(Part("signal", share, f"{roles} = {text}" if roles else text))
    return sorted(parts, key=lambda part: -abs(part.share))


def _product(a: Term, b: Term, both: bool) -> Term:
    powers: dict[str, float] = dict(a.factors)
    for name, power in b.factors:
        powers[name] = powers.get(name, 0) + power
    factors = tuple(sorted((n, p) for n, p in powers.items() if p))
    through = (*a.through, *b.through, *(n for n, p in powers.items() if not p))
    shared = a.shared or b.shared
    if both and not factors:
        shared = pair(a.factors)
    return Term(a.vector * b.vector, factors, through, shared)


def _powers(factors: Factors, exponent: float) -> Factors:
    return tuple((name, power * exponent) for name, power in factors if power * exponent)


def short(name: str) -> str:
    """role/currency(country) → currency: what a person called it."""
    plain = name.split("(")[0]
    return plain.split("/")[1] if plain.count("/") else plain


def pair(factors: Factors) -> str:
    """A role-filler term as "continent = north_america"."""
    names = [name for name, _ in factors]
    roles = [short(n) for n in names if "/" in n]
    fillers = [n for n in names if "/" not in n]
    return " = ".join(part for part in (" ".join(roles), " ".join(fillers)) if part)


def _text(factors: Factors) -> str:
    """a * b / c."""
    if not factors:
        return "1"
    over = [_power(n, p) for n, p in factors if p > 0]
    under = [_power(n, -p) for n, p in factors if p < 0]
    return " / ".join([" * ".join(over) or "1", *under])


def _power(name: str, power: float) -> str:
    return name if power == 1 else f"{name}^{power:g}"
