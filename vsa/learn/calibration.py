"""How sharp a softmax of scores is to be, so that its probabilities are what they say.

P(class) = softmax(sharpness · scores), the sharpness being that of the least log loss over scores of
rows that were left out (temperature scaling; Guo et al. 2017). One row more, of which nobody knows the
class, counts along: without it a sharpness would grow without end where all rows come out right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SHARPNESS = np.logspace(0, 3, 49)


class Calibration:
    """The log losses at each sharpness, added up row by row: memory does not grow with the rows."""

    def __init__(self) -> None:
        self.rows = 0
        self._norms = np.zeros_like(SHARPNESS)  # Σ log Σ exp(sharpness · score)
        self._right = self._mean = 0.0  # Σ score of the right class, Σ mean score

    def add(self, scores: Array, classes: Array) -> None:
        """Rows that were left out: their scores (n, classes) and the numbers of their classes (n,)."""
        self.rows += len(scores)
        best = scores.max(-1, keepdims=True)
        below = scores - best
        for i, sharpness in enumerate(SHARPNESS):
            self._norms[i] += np.log(np.exp(sharpness * below).sum(-1)).sum()
        self._norms += SHARPNESS * best.sum()
        self._right += scores[np.arange(len(scores)), classes].sum()
        self._mean += scores.mean(-1).sum()

    def best(self) -> tuple[float, float]:
        """The least loss of a row, and the sharpness that has it."""
        unknown = 1 / (self.rows + 1)
        right = (1 - unknown) * self._right + unknown * self._mean
        losses = (self._norms - SHARPNESS * right) / max(self.rows, 1)
        at = int(losses.argmin())
        return float(losses[at]), float(SHARPNESS[at])


def probabilities(scores: Array, sharpness: float) -> Array:
    """softmax(sharpness · scores), over the last axis."""
    raised = np.exp(sharpness * (scores - scores.max(-1, keepdims=True)))
    return np.asarray(raised / raised.sum(-1, keepdims=True))
