"""Which features made a decision."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from vsa.errors import VsaError
from vsa.learn.encoding import encoded, rows_of
from vsa.learn.phases import Array
from vsa.table import Table

SHOWN = 8  # features for and against
ROUNDING = 1e-9
Score = Callable[[Array], Array]  # of vectors (n, dim): (n,)


@dataclass(frozen=True)
class Explanation:
    """What each feature did for a prediction: by how much the score falls when it is taken out.

    prediction: the class or the number.  against: the class that came second, None of a number.
    score: of the prediction, over that of the second class or the mean of all numbers.  names, shares:
    of the features, the largest first.

    It is told as the language's `why` tells a retrieval: shares that sum to the score. `why` takes a sum
    apart, and where a row's vector is one (records, texts) and the readout is linear a share is what it
    is there: the term's dot product, with the weights of the class less those of the second. Numbers that
    are bound with each other are factors of one product; a factor is taken out by unbinding, and what
    they do together is the rest, as is what the readout says of no features at all.
    """

    prediction: Any
    against: Any
    score: float
    names: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def rest(self) -> float:
        """What is left of the score beside the shares."""
        return self.score - math.fsum(self.shares)

    @property
    def table(self) -> Table:
        """As it is printed: features that speak for it, those that speak against it, and the rest."""
        each = list(zip(self.shares, self.names, strict=True))
        ahead, behind = ([e for e in each if sign * e[0] > 0] for sign in (1, -1))
        rest = [] if abs(self.rest) < ROUNDING else [(self.rest, "features together, or none")]
        groups = [("for", "feature", ahead, SHOWN), ("against", "feature", behind, SHOWN)]
        number = self.against is None
        title = (
            f"{self.prediction:.5g}" if number else f"{self.prediction} rather than {self.against}"
        )
        over = "over the mean of all" if number else f"score over that of {self.against}"
        found = Table.of_shares(title, groups, (self.score, over))
        found.rows[-1:-1] = [("rest", *part) for part in rest]
        return found

    def __str__(self) -> str:
        return str(self.table)

    def vsa_json(self) -> Any:
        """The rows of its table, as `why` gives them."""
        return self.table.vsa_json()


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
