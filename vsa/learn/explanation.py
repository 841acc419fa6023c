"""Which features made a decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from vsa.errors import VsaError
from vsa.layout import aligned
from vsa.learn.encoding import encoded, rows_of
from vsa.learn.phases import Array

SHOWN = 10
Score = Callable[[Array], Array]  # of vectors (n, dim): (n,)


@dataclass(frozen=True)
class Explanation:
    """What each feature did for a prediction: by how much the score falls when it is taken out.

    prediction: the class or the number.  against: the class that came second, None of a number.
    score: of the prediction, over that of the second class.  names, shares: of the features, the
    largest first. Shares need not add up to the score: what two features do together goes with either.
    """

    prediction: Any
    against: Any
    score: float
    names: tuple[str, ...]
    shares: tuple[float, ...]

    def __str__(self) -> str:
        rows = [(name, f"{share:.2f}") for name, share in zip(self.names, self.shares, strict=True)]
        more = [(f"… {len(rows) - SHOWN} more", "")] if len(rows) > SHOWN else []
        title = str(self.prediction)
        title += "" if self.against is None else f" rather than {self.against}"
        table = [("feature", "share"), *rows[:SHOWN], *more, ("total", f"{self.score:.2f}")]
        return f"{title}\n{aligned(table, right=[1])}"


def explanations(
    encoder: Any, X: Any, judge: Callable[[Array], tuple[Any, Any, Score]]
) -> list[Explanation]:
    """One for each row.

    judge: from the vector of a row (1, dim) its prediction, what that is set against, and the function
    that scores it.
    """
    if not hasattr(encoder, "parts"):
        kind = type(encoder).__name__
        raise VsaError(f"explain takes features out of a vector, and {kind} keeps none apart")
    found = []
    for i in range(rows_of(X)):
        row = _safe_indexing(X, slice(i, i + 1))
        whole = encoded(encoder, row)
        prediction, against, score = judge(whole)
        total = float(score(whole)[0])
        names, without = encoder.parts(row)
        shares = total - score(without) if len(names) else np.zeros(0)
        order = np.argsort(-abs(shares), kind="stable")
        sorted_names = tuple(names[i] for i in order)
        found.append(
            Explanation(prediction, against, total, sorted_names, tuple(shares[order].tolist()))
        )
    return found
