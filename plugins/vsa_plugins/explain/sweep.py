"""How often an expression is answered right: as dimension or items grow, and in other algebras."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np

from vsa import Answer, Expression, Memory, Session, Table, VsaError, views
from vsa.pictures import Curves, Series
from vsa.plugin import (
    ArgumentValueError,
    Within,
    checked,
    in_algebra,
)
from vsa.plugin import needed_dim as predicted_dim
from vsa.views import interval
from vsa_plugins.explain.trials import MOST, answer_in, swept
from vsa_plugins.explain.why import quotation_of


@checked
def sweep(
    what: str,
    low: Annotated[int, Within(2, MOST)],
    high: Annotated[int, Within(2, MOST)],
    expression: Expression,
    *,
    answer: Expression | None = None,
    trials: Annotated[int, Within(1, 10_000)] = 20,
    session: Session,
) -> Table:
    """How often an expression is answered right as "dim", or the number of "items", grows.

    The session's statements are replayed in fresh spaces, one seed a trial; what counts as right
    is `answer`, or what most trials say at the upper end. "items" adds that many random items.
    Dims that do not fit the algebra give way to the next that do.

    > sweep("dim", 64, 128, top(push(push(nil, mark), fish)), trials=2)
    dim  right  answer fish, 2 trials each
    …
    """
    points, found, wanted = swept(session, what, low, high, expression, answer, trials)
    rows = [[None if a is None else a.name for a in found[point]] for point in points]
    right = [sum(name == wanted for name in names) / trials for names in rows]
    said = [
        sum(float(a.probability) for a in found[point] if a is not None and not a.is_nothing)
        / trials
        for point in points
    ]
    heading = f"answer {wanted}, {trials} trials each"
    return Sweep(what, list(zip(points, right, strict=True)), heading, trials, said)


class Sweep(Table):
    """The table of a sweep, which is drawn with how sure the answers were."""

    __slots__ = ("said", "trials")

    def __init__(
        self,
        what: str,
        rows: Sequence[Sequence[Any]],
        heading: str,
        trials: int,
        said: Sequence[float],
    ) -> None:
        super().__init__([what, "right"], rows, bars={"right": heading})
        self.trials, self.said = trials, said

    def vsa_state(self) -> Any:
        """What a session's file keeps."""
        (heading,) = self.bars.values()
        return [self.columns[0], self.rows, heading, self.trials, list(self.said)]

    @classmethod
    def vsa_restored(cls, state: Any) -> Sweep:
        """The sweep of such a state."""
        what, rows, heading, trials, said = state
        if len(rows) != len(said) or trials < 1:
            raise VsaError("a sweep has trials, and as many rows as it says how sure they were")
        return cls(what, rows, heading, trials, said)

    def vsa_picture(self) -> Curves:
        """Points of how often it was right, with 95 % intervals, beside how often it should have been."""
        x = np.array([row[0] for row in self.rows], dtype=float)
        right = np.array([row[1] for row in self.rows])
        measured = interval(right * self.trials, np.full(len(right), self.trials))
        return Curves(
            [
                Series("as sure as the answers were", x, np.array(self.said), line=True, group=0),
                Series("right", x, right, measured, group=0),
            ],
            self.columns[0], "right", bounds=(0.0, 1.0), log=True,
            title=f"How often right, by {self.columns[0]}",
            note=f"{self.bars['right']}, 95 % intervals",
        )  # fmt: skip


@checked
def reliability(
    what: str,
    low: Annotated[int, Within(2, MOST)],
    high: Annotated[int, Within(2, MOST)],
    expression: Expression,
    *,
    answer: Expression | None = None,
    trials: Annotated[int, Within(1, 10_000)] = 50,
    session: Session,
) -> Curves:
    """How sure against how right: of answers to an expression that said so much, how many were right.

    Those of all trials of a sweep over "dim" or "items", which is what makes them more and less sure; on
    the diagonal what is said comes true. It holds of any structure that an expression reads.

    > reliability("dim", 16, 64, top(push(push(nil, mark), fish)), trials=10)
    How sure, and how right
    …
    """
    points, found, wanted = swept(session, what, low, high, expression, answer, trials)
    best = [a for point in points for a in found[point] if a is not None and a.names[0] is not None]
    if not best:
        raise VsaError("there is nothing to draw: no trial found anything in memory")
    return views.reliability(
        [float(a.probability) for a in best], [a.names[0] == wanted for a in best]
    )


@checked
def algebras(
    names: str,
    expression: Expression,
    *,
    answer: Expression | None = None,
    items: Annotated[int, Within(0, MOST)] = 0,
    trials: Annotated[int, Within(1, 10_000)] = 20,
    session: Session,
) -> Table:
    """What an expression answers in several algebras, and how often it is right there.

    The session's statements are replayed in each of them, at the session's dim or the next that
    fits, in a fresh space a trial, with that many random items besides. Similarity and P are those
    of the first. Right is `answer`, or what most trials of all algebras say.

    > algebras("hrr bsc", top(push(push(nil, mark), fish)), trials=2)
    algebra  dim  …
    …
    """
    if not names.split():
        raise ArgumentValueError('name the algebras: algebras("hrr bsc", …)')
    quotation = quotation_of(expression)
    quotation.checked()
    wanted = None if answer is None else getattr(answer, "name", None)
    if answer is not None and wanted is None:
        raise VsaError("answer must be the name of an item")
    spaces = [[in_algebra(session.space, n, seed) for seed in range(trials)] for n in names.split()]
    found: list[list[Answer]] = []
    refused: list[str] = []
    for tried in session.track(spaces, "algebras"):
        try:
            found.append([answer_in(session, quotation, space, items) for space in tried])
            refused.append("")
        except VsaError as error:  # by law, so in every trial
            found.append([])
            refused.append(f"refused: {error}")
    if all(refused):
        raise VsaError(refused[0].removeprefix("refused: "))
    if wanted is None:
        said = Counter(str(a.name) for answers in found for a in answers if a.name is not None)
        wanted = said.most_common(1)[0][0] if said else None
    rows: list[tuple[object, ...]] = []
    for tried, answers, why in zip(spaces, found, refused, strict=True):
        space = tried[0]
        if not answers:
            rows.append((space.algebra.name, space.dim, why, "", "", ""))
            continue
        first = answers[0]
        right = sum(a.name == wanted for a in answers) / trials
        name = "nothing" if first.is_nothing else str(first.name)
        numbers = float(first.similarity), float(first.probability)
        rows.append((space.algebra.name, space.dim, name, *numbers, right))
    right_in = f"{wanted} in {trials} trials"
    columns = ["algebra", "dim", "answer", "similarity", "P", right_in]
    return Table(columns, rows, bars={right_in: ""})


@checked
def accuracy(k: int, items: int = 0, *, memory: Memory) -> float:
    """How often one of k superposed terms is found among so many items, before storing any.

    The theory is that of Frady, Kleyko and Sommer (2018), with the share that a term has of a sum as
    the algebra finishes it; items is the memory's size if not given.

    > accuracy(8, 1000)
    1
    """
    return memory.space.noise.accuracy(k, items or max(len(memory), 1))


@checked
def needed_dim(k: int, items: int = 0, target: float = 0.99, *, memory: Memory) -> int:
    """The dimension at which one of k superposed terms is found with probability `target`.

    > needed_dim(8, 1000)
    251
    """
    return predicted_dim(memory.space, [k], items or max(len(memory), 1), target)
