"""The delta rule: matrices corrected until every fact scores high and every non-fact low.

R += η Σ violation(x, z) e_z e_xᵀ, where a fact should score .7 at least and a non-fact .3 at most.
So a smaller dimension carries the same facts; but it leaves no room for damage.
"""

from __future__ import annotations

import numpy as np

from vsa_plugins.kinship.codes.sparse import Array

HIGH, LOW = 0.7, 0.3  # what facts and non-facts should score
WORST = 100.0  # a score so far off comes back no more
BLOCK = 512  # people whose scores are held at a time


def settled(
    matrix: Array, to: Array, of: Array, pairs: Array, tolerance: float, limit: int
) -> Array:
    """One block of a matrix, corrected until no score is off by more than the tolerance.

    pairs (x, z) are rows of the frames `of` and `to`.  ArithmeticError if it diverges, or is not
    there after `limit` rounds: then dim is too small.
    """
    # The largest step that keeps the sum over a tight frame, n/d times the identity, in bounds.
    rate = min(1.0, (to.shape[1] * of.shape[1] / (len(to) * len(of))) ** 0.5)
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    for _ in range(limit):
        step, worst = _correction(matrix, to, of, pairs)
        if worst <= tolerance:
            return matrix
        if not worst < WORST:
            raise ArithmeticError("diverges")
        matrix = matrix + np.float32(rate) * step
    raise ArithmeticError(f"is not there after {limit} rounds")


def _correction(matrix: Array, to: Array, of: Array, pairs: Array) -> tuple[Array, float]:
    """Σ violation e_z e_xᵀ, and the greatest violation, in blocks of people x."""
    step = np.zeros_like(matrix)
    worst = 0.0
    for start in range(0, len(of), BLOCK):
        codes = of[start : start + BLOCK]
        scores = codes @ matrix.T @ to.T
        low, high = np.searchsorted(pairs[:, 0], [start, start + BLOCK])
        facts = pairs[low:high, 0] - start, pairs[low:high, 1]
        of_facts = scores[facts]
        np.subtract(LOW, scores, out=scores)  # in place: this is all the memory there is
        np.minimum(scores, 0, out=scores)
        scores[facts] = np.maximum(HIGH - of_facts, 0)
        step += (scores @ to).T @ codes
        off = float(np.abs(scores).max(initial=0))
        if not off <= worst:  # a NaN too
            worst = off
    return step, worst
