"""Answer: what a cleanup found, for one query or a batch, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.base import Readable

Floats = np.ndarray[Any, Any]


class Answer:
    """The k best matches of each query of a batch of shape `shape`, as arrays.

    names, similarities, probabilities: (..., k), best first; similarity is the cosine.
    nothing: P(none of the items), (...).  margin: best minus second similarity, (...).
    name, similarity, probability: the winner's; `name` is None where nothing is likelier.
    labels: what the rows of a batch stand for (slots, positions), for printing.

    Where a Vector is wanted an Answer stands for its winner (`vector`).
    """

    __slots__ = (
        "items", "labels", "margin", "memory", "names",
        "nothing", "probabilities", "query", "rows", "similarities",
    )  # fmt: skip

    def __init__(
        self,
        memory: Readable,
        rows: Floats,
        names: Floats,
        similarities: Floats,
        probabilities: Floats,
        nothing: Floats,
        margin: Floats,
        items: int,
        labels: tuple[str, ...] | None = None,
    ) -> None:
        self.memory = memory
        self.rows = rows
        self.names = names
        self.similarities = similarities
        self.probabilities = probabilities
        self.nothing = nothing
        self.margin = margin
        self.items = items
        self.labels = labels
        self.query: Vector | None = None  # what was cleaned up, where one cleanup made the answer

    @classmethod
    def stack(cls, answers: list[Answer], labels: tuple[str, ...] | None = None) -> Answer:
        """Answers of one shape as a batch along a new first axis."""
        return answers[0].rearranged(
            lambda name: np.stack([getattr(a, name) for a in answers]), labels
        )

    @classmethod
    def concatenate(cls, answers: list[Answer]) -> Answer:
        """Answers to parts of a batch as one, along the first axis."""
        if len(answers) == 1:
            return answers[0]
        return answers[0].rearranged(
            lambda name: np.concatenate([getattr(a, name) for a in answers])
        )

    def rearranged(
        self, array: Callable[[str], Floats], labels: tuple[str, ...] | None = None
    ) -> Answer:
        """An answer with other rows: `array` gives each field (rows, names …) anew."""
        fields = ("rows", "names", "similarities", "probabilities", "nothing", "margin")
        rows, names, similarities, probabilities, nothing, margin = map(array, fields)
        return Answer(
            self.memory, rows, names, similarities, probabilities, nothing, margin,
            self.items, labels,
        )  # fmt: skip

    # --- the winner ----------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """The batch shape: () for a single query."""
        return tuple(self.nothing.shape)

    @property
    def is_nothing(self) -> Any:
        """Whether nothing is likelier than the winner: a bool, or an array over the batch."""
        nothing = (self.rows[..., 0] < 0) | (self.nothing > self.probabilities[..., 0])
        return nothing if self.shape else bool(nothing)

    @property
    def name(self) -> Any:
        """The winner's name, None for nothing; an array of them for a batch."""
        if not self.shape:
            return None if self.is_nothing else self.names[0]
        names: Any = self.names[..., 0].copy()
        names[self.is_nothing] = None
        return names

    @property
    def similarity(self) -> Any:
        """The best match's cosine: a float, or an array over the batch."""
        return self.similarities[..., 0] if self.shape else float(self.similarities[0])

    @property
    def probability(self) -> Any:
        """P(the best match is right): a float, or an array over the batch."""
        return self.probabilities[..., 0] if self.shape else float(self.probabilities[0])

    @property
    def winners(self) -> Floats:
        """The winners' rows in the memory, -1 for nothing; (...)."""
        return np.where(self.is_nothing, -1, self.rows[..., 0])

    @property
    def vector(self) -> Vector:
        """The winner's vector as stored; in a batch, rows that answer nothing give zero."""
        if not self.shape and self.is_nothing:
            raise VsaError(f"the answer is nothing{self._closest()}; there is no vector to use")
        vector = self.memory.vectors(self.winners)
        if not self.shape:
            vector.label = str(self.name)
        return vector

    def vsa_vector(self) -> Vector:
        """What it stands for where a vector is wanted."""
        return self.vector

    # --- a batch -------------------------------------------------------------------------------
    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an Answer to a single query has no length; its matches are .matches()")
        return self.shape[0]

    def __getitem__(self, index: Any) -> Answer:
        if not self.shape:
            raise TypeError("an Answer to a single query cannot be indexed; use .matches()")
        index = index if isinstance(index, tuple) else (index,)
        # nothing and margin have no last axis for the k best
        whole = index if any(i is Ellipsis for i in index) else (*index, ...)
        where = {"nothing": whole, "margin": whole}
        many = (*whole, slice(None))
        return self.rearranged(lambda name: getattr(self, name)[where.get(name, many)])

    def __iter__(self) -> Iterator[Answer]:
        return (self[i] for i in range(len(self)))

    def matches(self) -> list[tuple[str, float, float]]:
        """(name, similarity, probability) of the k best of a single query."""
        columns = (self.names, self.similarities, self.probabilities)
        return [
            (str(n), float(s), float(p)) for n, s, p in zip(*columns, strict=True) if n is not None
        ]

    # --- printing ------------------------------------------------------------------------------
    def sureness(self) -> str:
        """The winner's probability in words."""
        if self.probability >= 0.995:
            return "certain"
        return f"P = {self.probability:.2f}"

    def _closest(self) -> str:
        if self.rows[0] < 0:
            return ""
        name, similarity, probability = self.matches()[0]
        return f" (closest: {name} {similarity:.2f}, P = {probability:.2f})"

    def line(self) -> str:
        """The winner of a single query in one line."""
        if self.is_nothing:
            return "nothing" + self._closest()
        return f"{self.name}  {self.similarity:.2f}  {self.sureness()}"

    def __str__(self) -> str:
        if not self.shape:
            rows = self.matches()
            if len(rows) < 2:
                return self.line()
            width = max(len(name) for name, _, _ in rows)
            lines = [f"{name:<{width}}  {s:5.2f}  P = {p:.2f}" for name, s, p in rows]
            return "\n".join(["nothing likelier than:", *lines] if self.is_nothing else lines)
        if self.labels is not None:
            width = max((len(label) for label in self.labels), default=0)
            pairs = zip(self.labels, self, strict=True)
            return "\n".join(f"{label:<{width}}  {row._brief()}" for label, row in pairs)
        return "[" + ", ".join(row._brief() for row in self) + "]"

    def _brief(self) -> str:
        if self.shape:
            return str(self)
        if self.is_nothing:
            return "nothing"
        return (
            str(self.name)
            if self.probability >= 0.995
            else f"{self.name} (P = {self.probability:.2f})"
        )

    def vsa_json(self) -> Any:
        """Plain lists, dictionaries, strings and numbers, for `vsa --json`."""
        if self.shape:
            rows = [row.vsa_json() for row in self]
            return dict(zip(self.labels, rows, strict=True)) if self.labels else rows
        matches = [
            {"name": n, "similarity": round(s, 6), "probability": round(p, 6)}
            for n, s, p in self.matches()
        ]
        return {
            "name": self.name,
            "nothing": round(float(self.nothing), 6),
            "margin": round(float(self.margin), 6),
            "matches": matches,
        }

    def __repr__(self) -> str:
        return f"<Answer {self.line()}>" if not self.shape else f"<Answer batch {self.shape}>"
