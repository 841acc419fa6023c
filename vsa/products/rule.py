"""`rule`: how an answer was made of some items, as a formula, and what it makes of others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.space import Space
from vsa.algebra.vector import Vector, as_vector
from vsa.arguments import checked_text, checked_texts, checked_whole
from vsa.errors import ArgumentValueError, VsaError
from vsa.products.patterns import Compared, Search, check_size
from vsa.style import styled, sureness

ERROR = 1e-3  # the share of answers that are no product of the items and are taken for one
FAR = 4.0  # standard deviations, of noise
TIE = 1e-4  # cosines nearer to each other than this are of one size
ORDER = (
    "where order counts an answer can be made of the same items in too many ways: name the order, "
    "and take factors away with / and left_unbind"
)


@dataclass(frozen=True)
class Fitted:
    """One pattern: its exponents, the cosine of what it makes with each answer, P(it is the rule)."""

    exponents: tuple[int, ...]
    cosines: tuple[float, ...]
    probability: float

    @property
    def similarity(self) -> float:
        """The mean cosine."""
        return sum(self.cosines) / len(self.cosines)


@dataclass(frozen=True)
class Rule:
    """Which items an answer is bound of, and which are taken away: `y = b * c / a`.

    Called with as many Vectors (...), in the order of the names, it makes their answer (...).
    names: of the items.  label: of the answer.  items (examples, n) and answers (examples,): what it was
    found from.  patterns: the likeliest, at most four, the best one first.  nothing: P(no pattern made
    these).  most: how many items it may use, None for all.
    """

    names: tuple[str, ...]
    label: str
    items: Vector
    answers: Vector
    patterns: tuple[Fitted, ...]
    nothing: float
    most: int | None = None

    __module__ = "vsa"
    vsa_name = "rule"

    @property
    def exponents(self) -> tuple[int, ...]:
        """1 for an item that is bound, -1 for one that is taken away, 0 for one left out."""
        return self.patterns[0].exponents

    @property
    def similarity(self) -> float:
        """The mean cosine of what the rule makes of the items with the answers."""
        return self.patterns[0].similarity

    @property
    def probability(self) -> float:
        """P(this is the rule), among all patterns and none."""
        return self.patterns[0].probability

    @property
    def tied(self) -> tuple[Fitted, ...]:
        """The patterns that fit as well as the best one: itself alone, if the examples tell them apart."""
        best = self.patterns[0].similarity
        return tuple(p for p in self.patterns if p.similarity > best - TIE)

    @property
    def contradicting(self) -> tuple[int, ...]:
        """The numbers of the examples, from 0, that the rule which the others show did not make.

        Their cosines are what chance gives, and far less than the others' mean.
        """
        deviation, cosines = self.items.space.noise.deviation, self.patterns[0].cosines
        rest = [(sum(cosines) - c) / max(len(cosines) - 1, 1) for c in cosines]
        return tuple(
            e
            for e, (cosine, others) in enumerate(zip(cosines, rest, strict=True))
            if cosine < FAR * deviation and cosine < others - FAR * deviation
        )

    @property
    def is_nothing(self) -> bool:
        """Whether no pattern is likelier than not, several fit alike, or an example contradicts."""
        return len(self.tied) > 1 or self.probability < 0.5 or bool(self.contradicting)

    @property
    def formula(self) -> str:
        """The answer in terms of the items, as it can be typed: "b * c / a"."""
        return formula(self.names, self.exponents)

    def __call__(self, *items: Vector) -> Vector:
        if self.is_nothing:
            raise VsaError(f"there is no rule to apply: {self.vsa_text()}")
        if len(items) != len(self.names):
            raise ArgumentValueError(
                f"the rule {self.formula} takes {len(self.names)} items, in the order "
                f"{', '.join(self.names)}: {len(items)} are given"
            )
        vectors = [
            self.items.space.own(as_vector(v, n)) for n, v in zip(self.names, items, strict=True)
        ]
        return applied(self.items.space, self.exponents, vectors)

    # --- printing, and the language ---------------------------------------------------------------
    def vsa_text(self) -> str:
        """`y = b * c / a  1.00  certain`."""
        if not self.is_nothing:
            return f"{self._line(self.patterns[0])}  {sureness(self.probability)}"
        if len(self.tied) > 1 and self.nothing < 0.5:
            alike = " and ".join(self._line(p) for p in self.tied[:2])
            more = ", and more" if len(self.tied) > 2 else ""
            said = f"nothing: {alike} fit alike{more}; another example would tell them apart"
            return styled(said, "nothing")
        best = self.patterns[0]
        if wrong := len(self.contradicting):
            total = len(best.cosines)
            said = (
                f"nothing: {self.label} = {self.formula} fits {total - wrong} of {total} examples"
            )
            return styled(said, "nothing")
        said = f"nothing (closest: {self._line(best)}, P = {best.probability:.2f})"
        return styled(said, "nothing")

    def _line(self, pattern: Fitted) -> str:
        made = formula(self.names, pattern.exponents)
        return f"{self.label} = {made}  {pattern.similarity:.2f}"

    def __str__(self) -> str:
        return self.vsa_text()

    def vsa_json(self) -> Any:
        """The formula, its exponents and how sure it is."""
        return {
            "answer": self.label, "formula": None if self.is_nothing else self.formula,
            "exponents": dict(zip(self.names, self.exponents, strict=True)),
            "similarity": round(self.similarity, 6), "probability": round(self.probability, 6),
            "nothing": round(self.nothing, 6),
        }  # fmt: skip

    def vsa_state(self) -> Any:
        """Its fields, the patterns as plain numbers."""
        patterns = [(p.exponents, p.cosines, p.probability) for p in self.patterns]
        return {**vars(self), "patterns": patterns}

    @classmethod
    def vsa_restored(cls, state: Any) -> Rule:
        """The rule of such fields."""
        patterns = [Fitted(tuple(e), tuple(c), p) for e, c, p in state["patterns"]]
        return cls(**{**state, "names": tuple(state["names"]), "patterns": tuple(patterns)})

    def vsa_attributes(self) -> tuple[str, ...]:
        """formula, similarity and probability."""
        return ("formula", "similarity", "probability")

    def vsa_attribute(self, name: str) -> str | float:
        """One of them."""
        if name not in self.vsa_attributes():
            raise VsaError(f"a rule has no {name!r}: there are {', '.join(self.vsa_attributes())}")
        value: str | float = getattr(self, name)
        return value


def rule(
    items: Vector | Sequence[Vector],
    answer: Vector,
    names: Sequence[str] | None = None,
    label: str = "y",
    most: int | None = None,
) -> Rule:
    """How an answer was made of some items: which were bound, which taken away, which left out.

    items: (n,), or for several examples (examples, n), or n Vectors of one shape.  answer: (), or
    (examples,), noisy or not.  names: of the items, by their numbers else.  label: of the answer.
    most: how many items the rule may use; to be given where all patterns are over a million.

    All patterns of exponents -1, 0 and 1 are compared, of 0 and 1 where binding undoes itself, and the
    best whole one is the rule; the answers that are no product of the items and are taken for one are at
    most one in a thousand. Items count as keys: by their phases, in hrr and fhrr. VsaError where the
    order of binding counts. The idea, an exponent learnt for each item, is that of the neural arithmetic
    logic unit (Trask et al. 2018), here of phases as well as of sizes.

    >>> import vsa
    >>> space = vsa.Space(1024)
    >>> a, b, c = space.atoms("a", "b", "c")
    >>> found = vsa.rule([a, b, c], b * c / a, names=["a", "b", "c"])
    >>> print(found)
    y = b * c / a  1.00  certain
    >>> d, e, f = space.atoms("d", "e", "f")
    >>> round(float(found(d, e, f).similarity(e * f / d)), 3)
    1.0
    """
    if not isinstance(items, Vector):
        columns = [as_vector(v, f"item {i}") for i, v in enumerate(items)]
        if not columns:
            raise ArgumentValueError("items must be at least one Vector, not an empty list")
        space, shape = columns[0].space, columns[0].shape
        items = space.stack(columns)
        if len(shape) == 1:
            items = space.stack([items[:, e] for e in range(shape[0])])
    answer = items.space.own(as_vector(answer, "answer"))
    if len(items.shape) not in (1, 2) or not items.shape[-1]:
        raise ArgumentValueError(f"items are (n,) or (examples, n), not of shape {items.shape}")
    items = items if len(items.shape) == 2 else items.reshape(1, -1)
    answers = Vector.of_row(items.space, (answer if answer.shape else answer.reshape(1)).data)
    if answers.shape != items.shape[:1] or not len(answers):
        raise ArgumentValueError(
            f"each example has an answer: items of shape {items.shape} go with answers of shape "
            f"{items.shape[:1]}, not {answers.shape}"
        )
    n = items.shape[1]
    called = (
        tuple(map(str, range(n)))
        if names is None
        else tuple(checked_texts("names", names, "a name"))
    )
    if len(called) != n:
        raise ArgumentValueError(f"names must be {n}, one for each item, not {len(called)}")
    most = None if most is None else checked_whole("most", most, 1)
    patterns, nothing = fitted(items, answers, most)
    return Rule(called, checked_text("label", label), items, answers, patterns, nothing, most)


def fitted(items: Vector, answers: Vector, most: int | None) -> tuple[tuple[Fitted, ...], float]:
    """The likeliest patterns of items (examples, n), and P(none)."""
    space = items.space
    found = compared(items, answers, most)
    log_odds = found.evidence + math.log(ERROR / found.count)  # of any pattern
    nothing = 1 / (1 + math.exp(min(log_odds, 700.0)))
    shares = np.exp(found.logs - found.evidence) * (1 - nothing)
    columns = [items[:, i] for i in range(items.shape[1])]
    made = []
    for exponents, share in zip(found.exponents, shares, strict=True):
        pattern = tuple(exponents.tolist())
        cosines = space.backend.numpy(applied(space, pattern, columns).similarity(answers))
        made.append(Fitted(pattern, tuple(cosines.tolist()), float(share)))
    return tuple(made), nothing


def compared(items: Vector, answers: Vector, most: int | None = None) -> Compared:
    """All patterns of items (examples, n) held against answers (examples,)."""
    algebra = items.space.algebra
    algebra.need("a rule", "commutative", ORDER)
    for law in ("associative", "unbinding"):
        algebra.need("a rule", law)
    signs = signs_of(items.space)
    most = check_size(items.shape[1], most, signs)
    return Search(items.unitary(), answers, most, signs)()


def signs_of(space: Space) -> int:
    """How many values an exponent has that is not 0: one where a key is its own inverse."""
    algebra = space.algebra
    return 1 if "self-inverse" in algebra.laws or algebra.period == 2 else 2


def applied(space: Space, exponents: Sequence[int], items: Sequence[Vector]) -> Vector:
    """Items bound and taken away as a pattern says."""
    bound = [v for e, v in zip(exponents, items, strict=True) if e > 0]
    away = [v for e, v in zip(exponents, items, strict=True) if e < 0]
    if not bound:
        bound = [~away.pop(0) if away else space.identity()]
    found = bound.pop(0)
    for vector in bound:
        found = found * vector
    for vector in away:
        found = found / vector
    return found


def formula(names: Sequence[str], exponents: Sequence[int]) -> str:
    """A pattern as it can be typed: "b * c / a", "~a / b"; "1" for the identity."""
    bound = [n for n, e in zip(names, exponents, strict=True) if e > 0]
    away = [n for n, e in zip(names, exponents, strict=True) if e < 0]
    if not bound:
        bound = [f"~{away.pop(0)}"] if away else ["1"]
    return " / ".join([" * ".join(bound), *away])
