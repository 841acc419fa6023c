"""Learning a column of a table from the others, its classes or numbers, and how well that is learnt.

An estimator of `vsa.learn` gets the rows as they are in memory, without what they hold in the column: all
that may stand there, bound with its role, is projected out. Rows being plain sums, nothing of it is
left. What is learnt is read of the rows, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np

from vsa import Session, Vector, VsaError
from vsa.plugin import Names, Note, Within, bring, checked, inside, needed, note
from vsa_plugins.frame import role
from vsa_plugins.table.columns import Column
from vsa_plugins.table.matches import Matches
from vsa_plugins.table.targets import Floats, PredictedNumber, Prediction, Target, Targets, target
from vsa_plugins.table.values import Records, Row

CURRENT = "learned"  # the name of what was learnt last
LEAST = 1e-5  # of what may stand in the column: below it is rounding
MOST = 20_000  # rows that are learnt from; of more, so many evenly spaced
LINEAR = "load the table with an algebra of plain sums, such as hrr, fhrr, map-i or vtb"


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learnt of a column. It is learnt anew from the table where it comes from a file."""

    table: Records
    column: Column

    vsa_name = "learned column"

    def vsa_text(self) -> str:
        """What it tells."""
        rows, targets = self.data
        what = self.target.described(targets)
        return f"{self.column.slot} of {self.table.name}: {what}, from {len(rows):,} rows"

    @cached_property
    def target(self) -> Target:
        """What there is to learn."""
        return target(self.table, self.column)

    @cached_property
    def _taken_out(self) -> Floats:
        """An orthonormal basis (n, width) of all that the column may hold."""
        head = self.table.vsa_vector()
        bound = inside(self.target.members()) * role(self.column.slot, head)
        _, sizes, basis = np.linalg.svd(_packed(bound), full_matrices=False)
        return np.asarray(basis[sizes > LEAST * sizes[0]])

    def features(self, rows: Vector) -> Floats:
        """Rows (n,) as numbers (n, width), without what they hold in the column."""
        found, basis = _packed(rows), self._taken_out
        return np.asarray(found - (found @ basis.T) @ basis)

    @cached_property
    def data(self) -> tuple[Floats, Targets]:
        """Features and targets of the rows that hold anything in the column."""
        table, memory = self.table, self.table.memory
        numbers = memory.select(kinds=table.name)
        if len(numbers) > MOST:
            note(Note(f"{MOST:,} of {len(numbers):,} rows are learnt from, evenly spaced"))
            numbers = numbers[np.linspace(0, len(numbers) - 1, MOST).astype(np.intp)]
        rows = memory.vectors(numbers)
        targets, there = self.target.held(self.column.query(rows, table.vsa_vector()))
        return self.features(rows)[there], targets[there]

    @cached_property
    def model(self) -> Any:
        """The fitted estimator."""
        return self.target.fitted(*self.data)

    def predict(self, row: Vector) -> Prediction | PredictedNumber:
        """What a row holds: its classes, the likeliest first, or its number."""
        return self.target.predicted(self.model, self.features(row.reshape(1)))


@dataclass(frozen=True)
class Score:
    """How well rows that were left out are told, over the folds; beside it, without looking at them.

    Of classes the share that is right, beside always the commonest; of numbers R², beside always the mean.
    """

    mean: float
    deviation: float
    folds: int
    commonest: float
    measure: str = ""

    vsa_name = "score"

    def vsa_text(self) -> str:
        """In a line."""
        spread = f"{self.measure}{self.mean:.2f} ± {self.deviation:.2f} over {self.folds} folds"
        return (
            spread if self.measure else f"{spread}; the commonest class alone {self.commonest:.2f}"
        )

    def vsa_attributes(self) -> list[str]:
        """Its numbers."""
        return ["mean", "deviation"] + ["commonest"] * (not self.measure)

    def vsa_attribute(self, name: str) -> float:
        """One of them."""
        if name not in self.vsa_attributes():
            raise VsaError(f"a score has no {name}; it has {', '.join(self.vsa_attributes())}")
        return float(getattr(self, name))


def _packed(vectors: Vector) -> Floats:
    space = vectors.space
    found = space.backend.numpy(space.backend.detach(space.algebra.pack(vectors.data)))
    return np.asarray(found, np.float64)


@checked
def learn(column: Annotated[str, Names("slot")], from_: Records, *, session: Session) -> Learned:
    """Learn what a column of symbols or numbers holds from the other columns: learn("species", from=table).

    By ridge regression on the rows of memory, with calibrated probabilities of symbols; `predict` and
    `score` use what was learnt last, which is called `learned`. It needs the extra learn.

    > animals = load_table("examples/data/animals.csv", name="animal"); learn("class", from=animals)
    class of animal: 6 classes, from 20 rows
    """
    needed("sklearn", "learn", "learn")
    session.space.algebra.need("learning from rows", "closed", LINEAR)
    found = from_.column(column)
    made = Learned(from_, found)
    made.target  # noqa: B018  # now, and the model below, so that it is told what is wrong with it
    for _ in session.track([made], f"learn {found.slot}"):
        made.model  # noqa: B018
    refusal = f"{CURRENT!r} has another meaning here: give that another name first"
    bring(session, {CURRENT: made}, lambda taken: refusal, CURRENT)
    return made


@checked
def predict(
    row: Row | Matches | Vector, by: Learned | None = None, *, session: Session
) -> Prediction | PredictedNumber:
    """What class a row or a frame of the table is of, by what was learnt last or by=; or its number.

    A number is ± the usual error of rows that were left out.

    > animals = load_table("examples/data/animals.csv", name="animal"); c = learn("class", from=animals)
    > predict(frame(animal, legs=number(2, 0, 6), diet=seeds))
    bird …
    …
    """
    vector = row if isinstance(row, Vector) else row.vsa_vector()
    if vector.shape:
        raise VsaError("one row at a time is predicted, not a batch")
    return _learned(by, session).predict(vector)


@checked
def score(
    by: Learned | None = None,
    folds: Annotated[int, Within(2, 100)] = 5,
    *,
    session: Session,
) -> Score:
    """How often rows that were left out are told right, over folds of them, ± the deviation of folds.

    Beside it: how often the commonest class of the others is right. Of numbers R², which is 0 for always
    the mean. Ctrl-C gives what is done so far.

    > animals = load_table("examples/data/animals.csv", name="animal"); c = learn("class", from=animals)
    > score().mean
    0.45
    """
    learned = _learned(by, session)
    target, (features, targets) = learned.target, learned.data
    if len(targets) < 2 * folds:
        raise VsaError(
            f"{len(targets)} rows are too few for {folds} folds: give at most {len(targets) // 2}"
        )
    order = np.random.default_rng(session.space.seed).permutation(len(targets))
    found: list[tuple[float, float]] = []
    try:
        for part in session.track(np.array_split(order, folds), "score"):
            others = np.setdiff1d(order, part)
            model = target.fitted(features[others], targets[others])
            told = model.predict(features[part])
            found.append(target.right(told, targets[part], targets[others]))
    except KeyboardInterrupt:
        if not found:
            raise
        note(Note(f"interrupted after {len(found)} of {folds} folds"))
    (mean, usual), (deviation, _) = np.mean(found, axis=0).tolist(), np.std(found, axis=0).tolist()
    return Score(mean, deviation, len(found), usual, target.measure)


def _learned(by: Learned | None, session: Session) -> Learned:
    found = session.values.get(CURRENT) if by is None else by
    if not isinstance(found, Learned):
        raise VsaError('nothing is learnt yet: learn("column", from=table)')
    return found


FUNCTIONS: list[Callable[..., Any]] = [learn, predict, score]
