"""What `factor` found: the factors of one product, of a batch, or of the terms of sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.layout import aligned
from vsa.memory.answer import Answer
from vsa.suggest import suggest
from vsa.table import Table, Tabular

NUMBERS = ("product", "reproduces", "similarity", "chance", "sweeps")


@dataclass(frozen=True)
class Factors(Tabular):
    """The factors of products, each with P(it is right), and whether they make up the input.

    answers: one for each codebook, each of shape (...), that of the batch and of the terms if several
    were asked for; they are nothing where no product was found.  labels: what the codebooks are called.
    chance (...): a bound on the probability that something which is no product is so much alike.
    sweeps (...): of the resonator, all starts together; 0 where all products were compared.
    reproduces: whether what was found is all of the input, over the batch, without terms.
    method: "search" or "resonator".  error: what was allowed to be taken for a product wrongly.
    """

    answers: tuple[Answer, ...]
    labels: tuple[str, ...]
    chance: np.ndarray[Any, Any]
    sweeps: np.ndarray[Any, Any]
    reproduces: Any
    method: str
    error: float

    __module__ = "vsa"
    vsa_name = "factors"

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the batch, and of the terms."""
        return self.answers[0].shape

    @property
    def found(self) -> Any:
        """Whether there is a product, (...)."""
        return ~np.asarray(self.answers[0].is_nothing)

    @property
    def similarity(self) -> Any:
        """The cosine of each product with the input, without the other terms, (...)."""
        return self.answers[0].similarity

    @property
    def product(self) -> Vector:
        """The factors bound again, (...); zero where nothing was found."""
        first, *rest = (answer.vector for answer in self.answers)
        for vector in rest:
            first = first * vector
        return first

    def vsa_vector(self) -> Vector:
        """What it stands for where a vector is wanted: the product, of several terms their sum."""
        return self.product.bundle() if self.shape else self.product

    # --- printing, and the language ---------------------------------------------------------------
    def vsa_text(self) -> str:
        """A line for each factor, or for each term, and what they come to."""
        if len(self.shape) > 1:
            return f"factors of {self.shape} products, {int(np.sum(self.found))} of them found"
        if self.shape:
            return f"{aligned([self.labels, *self._terms()])}\n{self._verdict()}"
        if not self.found:
            return f"nothing: {self._verdict()}"
        lines = [(label, a.brief()) for label, a in zip(self.labels, self.answers, strict=True)]
        return f"{aligned(lines)}\n{self._verdict()}"

    def vsa_table(self) -> Table:
        """A factor a row, of several products a product; and what they come to above."""
        if not self.shape:
            rows: list[tuple[object, ...]] = []
            for label, answer in zip(self.labels, self.answers, strict=True):
                p = answer.nothing if answer.is_nothing else answer.probability
                rows.append((label, answer.name or "nothing", float(p)))
            dimmed = [] if self.found else range(len(rows))
            title = self._verdict()
            return Table(["factor", "item", "P"], rows, title, bars={"P": ""}, dimmed=dimmed)
        found = (np.ravel(np.asarray(answer.name, dtype=object)) for answer in self.answers)
        names = [[name or "nothing" for name in some] for some in found]
        cosines = np.where(self.found, self._cosines, np.nan).ravel().tolist()
        rows = list(zip(*names, [c if c == c else None for c in cosines], strict=True))
        dimmed = np.flatnonzero(~np.ravel(self.found)).tolist()
        title = self._verdict() if len(self.shape) < 2 else self.vsa_text()
        columns = [*self.labels, "similarity"]
        return Table(columns, rows, title, bars={"similarity": ""}, dimmed=dimmed)

    def _terms(self) -> list[tuple[str, ...]]:
        """The names of the factors, term by term, of those that were found."""
        terms = zip(*(iter(answer) for answer in self.answers), strict=True)
        return [
            tuple(answer.brief() for answer in term)
            for term, there in zip(terms, self.found, strict=True)
            if there
        ]

    def _verdict(self) -> str:
        sweeps = int(np.sum(self.sweeps))
        effort = f", {sweeps} sweeps" if sweeps else ""
        if not np.any(self.found):
            names = " * ".join(str(np.ravel(answer.names)[0]) for answer in self.answers)
            near = f"closest: {names} {float(np.ravel(self._cosines)[0]):.2f}"
            return f"no product of these ({near}){effort}"
        if np.all(self.reproduces):
            return f"reproduces the input{effort}"
        cosines = ", ".join(f"{c:.2f}" for c in np.ravel(self._cosines)[np.ravel(self.found)])
        return f"a part of the input, cosine {cosines}{effort}"

    @property
    def _cosines(self) -> Any:
        return np.asarray(self.similarity)

    def __str__(self) -> str:
        return self.vsa_text()

    def vsa_json(self) -> Any:
        """By label what each factor is, and the numbers."""
        factors = {n: a.vsa_json() for n, a in zip(self.labels, self.answers, strict=True)}
        return {
            "factors": factors, "similarity": self._cosines.round(6).tolist(),
            "chance": self.chance.tolist(), "reproduces": self.reproduces.tolist(),
            "sweeps": self.sweeps.tolist(), "method": self.method,
        }  # fmt: skip

    def vsa_attributes(self) -> tuple[str, ...]:
        """What stands behind the dot: the codebooks that have a name, and the numbers."""
        named = tuple(label for label in self.labels if label.isidentifier())
        return (*named, *(name for name in NUMBERS if name not in named))

    def vsa_attribute(self, name: str) -> object:
        """The answer for a codebook; the product; whether it reproduces the input; a number."""
        if name not in self.vsa_attributes():
            near = suggest(name, self.vsa_attributes())
            there = f"there are {', '.join(self.vsa_attributes())}"
            raise VsaError(f"these factors have no {name!r}: {near or there}")
        if name in self.labels:
            return self.answers[self.labels.index(name)]
        value = getattr(self, name)
        return value if isinstance(value, Vector) or np.ndim(value) else np.asarray(value).item()
