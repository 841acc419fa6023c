"""What there is to learn of a column: classes of its symbols, or its numbers.

Both say which vectors may stand in the column, what stands there in rows, and how a model is fitted and
judged. A number is that of the column's code: of many sizes its power of ten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import Table, Vector, VsaError
from vsa.numbers import Estimate
from vsa.plugin import Tabular, aligned, sureness
from vsa_plugins.table.columns import Cell, Column
from vsa_plugins.table.values import Records

SHOWN = 3  # classes of a prediction
LEAST = 0.005  # probability of those after the first; less is printed as 0.00
GRID = 256  # numbers whose codes span those of all between
POWERS = "load the table with an algebra of fractional powers, such as hrr or fhrr"
Floats = np.ndarray[Any, np.dtype[np.float64]]
Targets = np.ndarray[Any, Any]


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
        pairs = list(zip(self.classes, self.probabilities, strict=True))
        pairs = pairs[:1] + [pair for pair in pairs[1:] if pair[1] >= LEAST]
        return aligned([(name, sureness(p)) for name, p in pairs], set())

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return dict(zip(self.classes, self.probabilities, strict=True))


@dataclass(frozen=True, eq=False)
class PredictedNumber(Cell):
    """The number of a row, ± the usual error of rows that were left out."""

    vsa_name = "predicted number"

    def line(self, i: int) -> str:
        """One of a batch (n,), without how sure: that it is one is known."""
        return super().line(i).rpartition("  ")[0]

    def vsa_attributes(self) -> list[str]:
        """What stands behind the dot."""
        return ["value", "deviation"]


@dataclass(frozen=True)
class Classes:
    """The symbols of a column of categories."""

    table: Records
    column: Column

    @property
    def measure(self) -> str:
        """How a score is called."""
        return ""

    def members(self) -> Vector:
        """What may stand in the column (n,)."""
        space, names = self.table.memory.space, self.table.memory.scopes
        return space.batch(sorted(names[self.table.scope(self.column)]))

    def held(self, queries: Vector) -> tuple[Targets, np.ndarray[Any, Any]]:
        """What rows hold (n,), of what was unbound of them, and whether they hold anything."""
        memory, scope = self.table.memory, self.table.scope(self.column)
        answers = memory.cleanup(queries, among=scope, prior_nothing=0.05)
        names = np.array([str(name) for name in answers.names[:, 0]])
        return names, ~np.asarray(answers.is_nothing)

    def fitted(self, features: Floats, targets: Targets) -> Any:
        """A model of vectors as they are."""
        if len(np.unique(targets)) < 2:
            raise VsaError("there is one class in the rows: two at least are wanted")
        from vsa.learn import HyperClassifier

        return HyperClassifier(encoder="passthrough").fit(features, targets)

    def predicted(self, model: Any, features: Floats) -> Prediction:
        """What one row (1, width) holds."""
        (p,) = model.predict_proba(features)
        best = np.argsort(-p, kind="stable")[:SHOWN]
        names = tuple(str(name) for name in model.classes_[best])
        return Prediction(names, tuple(np.round(p[best], 6).tolist()), self.table)

    def right(self, found: Targets, targets: Targets, others: Targets) -> tuple[float, float]:
        """How well some are told, and how well without looking at them."""
        names, counts = np.unique(others, return_counts=True)
        return float(np.mean(found == targets)), float(np.mean(targets == names[counts.argmax()]))

    def described(self, targets: Targets) -> str:
        """What is learnt, in words."""
        return f"{len(np.unique(targets))} classes"


@dataclass(frozen=True)
class Numbers:
    """The numbers, or the days, of a column."""

    table: Records
    column: Column

    @property
    def measure(self) -> str:
        """How a score is called."""
        return "R² of powers of ten " if self.column.scale == "log" else "R² "

    def members(self) -> Vector:
        """What spans all that may stand in the column (n,)."""
        space = self.table.memory.space
        space.algebra.need("learning a column of numbers", "fractional", POWERS)
        code = self.column.code(space)
        return self.column.numbers(space, np.linspace(code.low, code.high, GRID).tolist())

    def held(self, queries: Vector) -> tuple[Targets, np.ndarray[Any, Any]]:
        """What rows hold (n,), of what was unbound of them, and whether they hold anything."""
        code = self.column.code(self.table.memory.space)
        found = code.decode(queries, load=self.table.load)
        return found.value, ~found.is_nothing

    def fitted(self, features: Floats, targets: Targets) -> Any:
        """A model of vectors as they are."""
        if len(np.unique(targets)) < 2:
            raise VsaError("there is one number in the rows: two at least are wanted")
        from vsa.learn import HyperRegressor

        return HyperRegressor(encoder="passthrough").fit(features, targets)

    def predicted(self, model: Any, features: Floats) -> PredictedNumber:
        """What one row (1, width) holds."""
        value, sure = model.predict(features), np.ones(1)
        found = Estimate(value, np.full(1, model.loss_**0.5), sure, 0 * sure)
        return self.column.shown(found.reshape(()), PredictedNumber)

    def right(self, found: Targets, targets: Targets, others: Targets) -> tuple[float, float]:
        """1 − squared error / variance of all, so that folds of few rows are weighed as they should."""
        usual = np.var(np.concatenate([targets, others]))
        errors = [np.mean((targets - told) ** 2) for told in (found, others.mean())]
        return float(1 - errors[0] / usual), float(1 - errors[1] / usual)

    def described(self, targets: Targets) -> str:
        """What is learnt, in words."""
        return self.column.encoder


Target = Classes | Numbers


def target(table: Records, column: Column) -> Target:
    """What there is to learn of a column; VsaError of texts."""
    if column.is_number:
        return Numbers(table, column)
    if column.kind == "category":
        return Classes(table, column)
    raise VsaError(
        f"{column.slot} holds {column.kind}s: a column of categories or of numbers can be learnt"
    )
