"""Answer: what a cleanup found, for one query or a batch, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vsa.algebra.vector import Vector
from vsa.errors import VsaError
from vsa.memory.base import Readable
from vsa.memory.copies import Recalled
from vsa.memory.matches import ROUNDING, Floats, Found
from vsa.memory.moment import Rememberer
from vsa.memory.printing import Printed, PrintedBatch


class Answer(Printed):
    """The k best matches of one query; those of a batch are `Answers`, an Answer too.

    names, similarities, probabilities: (k,), best first; similarity is the cosine.
    nothing: P(none of the items).  margin: best minus second similarity.
    name, similarity, probability: the winner's; `name` is None where nothing is likelier.
    coverage: of a credible set, which has as many matches as it takes; size, holds: what is in it.

    Where a Vector is wanted an Answer stands for its winner (`vector`). Names, numbers and vectors
    stay those of the moment when it was given, whatever is renamed, removed or undone afterwards.
    """

    __module__ = "vsa"

    __slots__ = ("at_least", "found", "labels", "memory", "moment", "query")

    def __init__(
        self,
        memory: Readable,
        found: Found,
        labels: tuple[str, ...] | None = None,
        moment: Rememberer | None = None,
    ) -> None:
        """found: with names; `Answer.of` makes Answers of a batch.  moment: of its rows, or now."""
        self.memory = memory
        self.found = found
        self.labels = labels
        self.moment = memory.moment() if moment is None else moment
        self.query: Vector | None = None  # what was cleaned up, where one cleanup made the answer
        # of a structure read place by place, whether it may have more places; of a batch, which
        self.at_least: bool | Floats = False

    @staticmethod
    def of(
        memory: Readable,
        found: Found,
        labels: tuple[str, ...] | None = None,
        moment: Rememberer | None = None,
    ) -> Answer:
        """What was found as an Answer, or as Answers if it is of a batch."""
        return (Answers if found.shape else Answer)(memory, found, labels, moment)

    @staticmethod
    def stack(answers: Sequence[Answer], labels: tuple[str, ...] | None = None) -> Answers:
        """Answers of one shape as a batch along a new first axis."""
        return _joined(answers, np.stack, labels)

    @staticmethod
    def concatenate(answers: Sequence[Answer]) -> Answer:
        """Answers to parts of a batch as one, along the first axis."""
        return answers[0] if len(answers) == 1 else _joined(answers, np.concatenate)

    def __reduce__(self) -> tuple[Any, ...]:  # for another process, and for copies
        rows = np.unique(self.rows[self.rows >= 0])
        with self.memory.lock:
            recalled = Recalled(self.memory.space, rows, self.moment.vectors(rows))
        state = (recalled, self.found, self.labels, self.query, self.at_least)
        return _restored, state

    # --- the k best ----------------------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """The batch shape: () for a single query."""
        return self.found.shape

    @property
    def rows(self) -> Floats:
        """The numbers of the matches' rows in the memory; -1 where there is none."""
        return self.found.rows

    @property
    def names(self) -> Floats:
        """The matches' names; None where there is none."""
        names: Floats = self.found.names
        return names

    @property
    def similarities(self) -> Floats:
        """Cosines; of a heavier item that is whole in an OR, whose score is higher, 1."""
        return np.minimum(self.found.similarities, 1.0)

    @property
    def probabilities(self) -> Floats:
        """P(the match is right)."""
        return self.found.probabilities

    @property
    def nothing(self) -> Floats:
        """P(none of the items is right)."""
        return self.found.nothing

    @property
    def margin(self) -> Floats:
        """The best similarity minus the second."""
        return self.found.margin

    @property
    def items(self) -> int:
        """How many items were looked at."""
        return self.found.items

    @property
    def coverage(self) -> float | None:
        """What a credible set was to hold at least; None of the k best."""
        return self.found.coverage

    @property
    def holds_nothing(self) -> Floats:
        """Whether "nothing" is in the set, (...): its items come to less than the coverage."""
        least = 0.0 if self.coverage is None else self.coverage - ROUNDING
        return np.asarray(self.probabilities.sum(-1) < least)

    @property
    def size(self) -> Floats:
        """How many matches there are, "nothing" too where it is in the set, (...)."""
        return np.asarray((self.rows >= 0).sum(-1) + self.holds_nothing)

    def holds(self, name: Any) -> Floats:
        """Whether an item is in the set, (...): by its name, or the name of each of a batch.

        None stands for nothing; of an item with several names that counts under which it is given.
        """
        asked = np.asarray(name, dtype=object)
        found = np.asarray((self.names == asked[..., None]) & (self.rows >= 0)).any(-1)
        none = np.reshape([one is None for one in asked.flat], asked.shape)
        return np.asarray(np.where(none, self.holds_nothing, found))

    def doubted(self, odds: Any) -> Answer:
        """With evidence that none of the items is right: its odds against that one is, (...)."""
        rest = 1 / (1 + np.asarray(odds, dtype=np.float64))
        found = replace(
            self.found,
            probabilities=self.probabilities * rest[..., None],
            nothing=np.asarray(1 - (1 - self.nothing) * rest),
            coverage=None,
        )
        answer = Answer.of(self.memory, found, self.labels, self.moment)
        answer.query = self.query
        return answer

    def matches(self) -> list[tuple[str, float, float]]:
        """(name, similarity, probability) of the k best."""
        columns = (self.names, self.similarities, self.probabilities)
        return [
            (str(n), float(s), float(p)) for n, s, p in zip(*columns, strict=True) if n is not None
        ]

    # --- the winner ----------------------------------------------------------------------------
    @property
    def is_nothing(self) -> bool:
        """Whether nothing is likelier than the winner."""
        return bool(self.found.is_nothing)

    @property
    def name(self) -> str | None:
        """The winner's name, None for nothing."""
        return None if self.is_nothing else str(self.found.best("names"))

    @property
    def similarity(self) -> float:
        """The best match's cosine."""
        return min(float(self.found.best("similarities")), 1.0)

    @property
    def probability(self) -> float:
        """P(the best match is right)."""
        return float(self.found.best("probabilities"))

    @property
    def winners(self) -> Floats:
        """The winners' rows in the memory, -1 for nothing; (...)."""
        return np.where(self.found.is_nothing, -1, self.rows[..., 0])

    @property
    def vector(self) -> Vector:
        """The winner's vector as it was stored."""
        if self.is_nothing:
            raise VsaError(f"the answer is nothing{self.closest()}; there is no vector to use")
        with self.memory.lock:
            vector = self.moment.vectors(self.winners)
        vector.label = self.name
        return vector

    def vsa_vector(self) -> Vector:
        """What it stands for where a vector is wanted."""
        return self.vector

    @property
    def undone(self) -> bool:
        """Whether an item that it found has been undone since."""
        return self.moment.undone(self.rows)

    # --- a batch -------------------------------------------------------------------------------
    def __len__(self) -> int:
        raise TypeError("an Answer to a single query has no length; its matches are .matches()")

    def __getitem__(self, index: Any) -> Answer:
        raise TypeError("an Answer to a single query cannot be indexed; use .matches()")

    def __iter__(self) -> Iterator[Answer]:
        raise TypeError("an Answer to a single query cannot be iterated over; use .matches()")


class Answers(PrintedBatch, Answer):
    """What a cleanup found for a batch of queries of shape `shape`, as arrays.

    names, similarities, probabilities: (..., k), best first.  nothing, margin: (...).
    name, similarity, probability: the winner's, (...); `name` is None where nothing is likelier.
    labels: what the rows of the batch stand for (slots, positions), for printing.
    at_least: true if they are the places of a structure that may have more; of several, which.

    Answers are indexed as arrays are. A checker knows a cleanup's result as an Answer; of a batch
    it learns by `assert isinstance(answers, vsa.Answers)`.
    """

    __module__ = "vsa"

    __slots__ = ()

    @property
    def is_nothing(self) -> Floats:  # type: ignore[override]
        """Whether nothing is likelier than the winner, (...)."""
        nothing: Floats = self.found.is_nothing
        return nothing

    @property
    def name(self) -> Floats:  # type: ignore[override]
        """The winners' names, None for nothing, (...)."""
        names: Floats = self.names[..., 0].copy()
        names[self.is_nothing] = None
        return names

    @property
    def similarity(self) -> Floats:  # type: ignore[override]
        """The best matches' cosines, (...)."""
        return self.similarities[..., 0]

    @property
    def probability(self) -> Floats:  # type: ignore[override]
        """P(the best match is right), (...)."""
        return self.probabilities[..., 0]

    @property
    def vector(self) -> Vector:
        """The winners' vectors as they were stored; zero for nothing."""
        with self.memory.lock:
            return self.moment.vectors(self.winners)

    def rearranged(self, change: Callable[[Floats], Floats]) -> Answer:
        """With the batch in another order or shape: `change` does it to any array of it."""
        found = self.found
        return Answer.of(
            self.memory, found.each(lambda name: change(getattr(found, name))), moment=self.moment
        )

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Answer:
        return Answer.of(self.memory, self.found[index], moment=self.moment)

    def __iter__(self) -> Iterator[Answer]:
        return (self[i] for i in range(len(self)))

    def matches(self) -> list[tuple[str, float, float]]:
        """Those of one query: index the batch first."""
        raise TypeError("Answers to a batch have no .matches() in one list: index them first")


def _restored(
    memory: Recalled,
    found: Found,
    labels: tuple[str, ...] | None,
    query: Vector | None,
    at_least: bool | Floats,
) -> Answer:
    answer = Answer.of(memory, found, labels)
    answer.query, answer.at_least = query, at_least
    return answer


def _joined(
    answers: Sequence[Answer],
    join: Callable[[list[Floats]], Floats],
    labels: tuple[str, ...] | None = None,
) -> Answers:
    """Answers of one memory as one; of several moments only if none of their items was undone."""
    first = answers[0]
    moment = first.moment
    if any(answer.moment is not moment for answer in answers):
        if any(answer.undone for answer in answers):
            raise VsaError(
                "answers from before and after an undo do not go together: join their vectors"
            )
        moment = first.memory.moment()  # has the rows of all
    found = Found.joined([answer.found for answer in answers], join)
    return Answers(first.memory, found, labels, moment)
