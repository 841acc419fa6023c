"""Learning a column of a table from the others: what class a row is of, and how well that is learnt.

A classifier of `vsa.learn` gets the rows as they are in memory, without what they hold in the column: the
vectors of all its symbols, bound with its role, are projected out. Rows being plain sums, nothing of it is
left. Their classes are read of the rows, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

import numpy as np

from vsa import Session, Table, Vector, VsaError
from vsa.plugin import Note, Tabular, Within, aligned, bring, checked, inside, needed, note
from vsa_plugins.frame import role
from vsa_plugins.table.columns import Column
from vsa_plugins.table.matches import Matches
from vsa_plugins.table.values import Records, Row

CURRENT = "learned"  # the name of what was learnt last
MOST = 20_000  # rows that are learnt from; of more, so many evenly spaced
SHOWN = 3  # classes of a prediction
LINEAR = "load the table with an algebra of plain sums, such as hrr, fhrr, map-i or vtb"
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Prediction(Tabular):
    """The likeliest classes of a row, with their probabilities; it stands for the first."""

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    table: Records

    vsa_name = "prediction"

    def vsa_vector(self) -> Vector:
        """The symbol of the class."""
        return self.table.memory[self.classes[0]]

    def vsa_table(self) -> Table:
        """A class a row."""
        rows = zip(self.classes, self.probabilities, strict=True)
        return Table(["class", "P"], rows, bars={"P": ""})

    def vsa_text(self) -> str:
        """A class a line."""
        pairs = zip(self.classes, self.probabilities, strict=True)
        lines = [[name, f"P = {p:.2f}"] for name, p in pairs]
        return aligned(lines[:1] + [line for line in lines[1:] if line[1] != "P = 0.00"], set())

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return dict(zip(self.classes, self.probabilities, strict=True))


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learnt of a column. It is learnt anew from the table where it comes from a file."""

    table: Records
    column: Column

    vsa_name = "learned column"

    def vsa_text(self) -> str:
        """What it tells."""
        rows, classes = self._data
        names = len(np.unique(classes))
        return f"{self.column.slot} of {self.table.name}: {names} classes, from {len(rows):,} rows"

    @cached_property
    def _taken_out(self) -> Floats:
        """An orthonormal basis (n, width) of all that the column may hold."""
        table = self.table
        members = sorted(table.memory.scopes[table.scope(self.column)])
        symbols = table.memory.space.batch(members)
        bound = inside(symbols) * role(self.column.slot, table.vsa_vector())
        _, sizes, basis = np.linalg.svd(_packed(bound), full_matrices=False)
        return np.asarray(basis[sizes > 1e-4 * sizes[0]])

    def features(self, rows: Vector) -> Floats:
        """Rows (n,) as numbers (n, width), without what they hold in the column."""
        found, basis = _packed(rows), self._taken_out
        return np.asarray(found - (found @ basis.T) @ basis)

    @cached_property
    def _data(self) -> tuple[Floats, np.ndarray[Any, Any]]:
        """Features and classes of the rows that hold anything in the column."""
        table, memory = self.table, self.table.memory
        numbers = memory.select(kinds=table.name)
        if len(numbers) > MOST:
            note(Note(f"{MOST:,} of {len(numbers):,} rows are learnt from, evenly spaced"))
            numbers = numbers[np.linspace(0, len(numbers) - 1, MOST).astype(np.intp)]
        rows = memory.vectors(numbers)
        query = self.column.query(rows, table.vsa_vector())
        answers = memory.cleanup(query, among=table.scope(self.column), prior_nothing=0.05)
        classes = np.array([str(name) for name in answers.names[:, 0]])
        there = ~np.asarray(answers.is_nothing)
        return self.features(rows)[there], classes[there]

    @cached_property
    def model(self) -> Any:
        """The fitted classifier."""
        return fitted(*self._data)

    def predict(self, rows: Vector) -> Prediction:
        """The classes of a row, the likeliest first."""
        (p,) = self.model.predict_proba(self.features(rows.reshape(1)))
        best = np.argsort(-p, kind="stable")[:SHOWN]
        names = tuple(str(name) for name in self.model.classes_[best])
        return Prediction(names, tuple(np.round(p[best], 6).tolist()), self.table)


@dataclass(frozen=True)
class Score:
    """How often rows that were left out are told right: over the folds, and beside always the commonest."""

    mean: float
    deviation: float
    folds: int
    commonest: float

    vsa_name = "score"

    def vsa_text(self) -> str:
        """In a line."""
        spread = f"{self.mean:.2f} ± {self.deviation:.2f} over {self.folds} folds"
        return f"{spread}; the commonest class alone {self.commonest:.2f}"

    def vsa_attributes(self) -> list[str]:
        """Its numbers."""
        return ["mean", "deviation", "commonest"]

    def vsa_attribute(self, name: str) -> float:
        """One of them."""
        if name not in self.vsa_attributes():
            raise VsaError(f"a score has no {name}; it has {', '.join(self.vsa_attributes())}")
        return float(getattr(self, name))


def fitted(features: Floats, classes: np.ndarray[Any, Any]) -> Any:
    """A classifier of vectors as they are."""
    if len(np.unique(classes)) < 2:
        raise VsaError("there is one class in the rows: two at least are wanted")
    from vsa.learn import HyperClassifier

    return HyperClassifier(encoder="passthrough").fit(features, classes)


def _packed(vectors: Vector) -> Floats:
    space = vectors.space
    found = space.backend.numpy(space.backend.detach(space.algebra.pack(vectors.data)))
    return np.asarray(found, np.float64)


@checked
def learn(column: str, from_: Records, *, session: Session) -> Learned:
    """Learn what a column of symbols holds from the other columns: learn("species", from=table).

    By ridge regression on the rows of memory, with calibrated probabilities; `predict` and `score`
    use what was learnt last, which is called `learned`. It needs the extra learn.

    > animals = load_table("examples/data/animals.csv", name="animal"); learn("class", from=animals)
    class of animal: 6 classes, from 20 rows
    """
    needed("sklearn", "learn", "learn")
    session.space.algebra.need("learning from rows", "closed", LINEAR)
    found = from_.column(column)
    if found.kind != "category":
        raise VsaError(f"{found.slot} holds {found.kind}s: a column of categories can be learnt")
    made = Learned(from_, found)
    for _ in session.track([made], f"learn {found.slot}"):
        made.model  # noqa: B018  # now, so that it is told what is wrong with it
    refusal = f"{CURRENT!r} has another meaning here: give that another name first"
    bring(session, {CURRENT: made}, lambda taken: refusal, CURRENT)
    return made


@checked
def predict(
    row: Row | Matches | Vector, by: Learned | None = None, *, session: Session
) -> Prediction:
    """What class a row or a frame of the table is of, by what was learnt last or by=.

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

    Beside it: how often the commonest class of the others is right. Ctrl-C gives what is done so far.

    > animals = load_table("examples/data/animals.csv", name="animal"); c = learn("class", from=animals)
    > score().mean
    0.45
    """
    features, classes = _learned(by, session)._data
    if len(classes) < 2 * folds:
        raise VsaError(
            f"{len(classes)} rows are too few for {folds} folds: give at most {len(classes) // 2}"
        )
    order = np.random.default_rng(session.space.seed).permutation(len(classes))
    found, usual = [], []
    try:
        for part in session.track(np.array_split(order, folds), "score"):
            others = np.setdiff1d(order, part)
            model = fitted(features[others], classes[others])
            found.append(float(np.mean(model.predict(features[part]) == classes[part])))
            names, counts = np.unique(classes[others], return_counts=True)
            usual.append(float(np.mean(classes[part] == names[counts.argmax()])))
    except KeyboardInterrupt:
        if not found:
            raise
        note(Note(f"interrupted after {len(found)} of {folds} folds"))
    return Score(float(np.mean(found)), float(np.std(found)), len(found), float(np.mean(usual)))


def _learned(by: Learned | None, session: Session) -> Learned:
    found = session.values.get(CURRENT) if by is None else by
    if not isinstance(found, Learned):
        raise VsaError('nothing is learnt yet: learn("column", from=table)')
    return found


FUNCTIONS: list[Callable[..., Any]] = [learn, predict, score]
