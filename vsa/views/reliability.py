"""How sure against how right: whether what answers say comes true."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import ArrayLike

from vsa.annotations import Within
from vsa.arguments import checked_whole
from vsa.errors import ArgumentTypeError, ArgumentValueError
from vsa.pictures import Curves, Series
from vsa.pictures.kinds import Floats

Z95 = 1.959964


def reliability(
    said: ArrayLike, right: ArrayLike, bins: Annotated[int, Within(1, 1000)] = 10
) -> Curves:
    """A reliability diagram: of answers that said so much, how many were right.

    said: probabilities (n,); right: whether each came true (n,). The bins hold equally many, and each
    has the 95 % interval of its share; on the diagonal what is said comes true. The expected
    calibration error stands below (Guo et al. 2017; DeGroot and Fienberg 1983).

    >>> from vsa.views import reliability
    >>> reliability([0.9] * 10, [True] * 9 + [False], bins=1).note
    'expected calibration error .000, 10 answers, 0.90 said, 0.90 right'
    """
    try:
        p, truth = (np.asarray(a, dtype=np.float64).reshape(-1) for a in (said, right))
    except (TypeError, ValueError):
        raise ArgumentTypeError(
            "said must be probabilities, and right whether each came true"
        ) from None
    if len(p) != len(truth) or not len(p):
        raise ArgumentValueError(
            f"said and right must be as many, and one at least, not {len(p)} and {len(truth)}"
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise ArgumentValueError("said must be probabilities between 0 and 1")
    if not np.isin(truth, (0, 1)).all():
        raise ArgumentValueError("right must be true or false of each")
    bins = min(checked_whole("bins", bins, 1, 1000), len(p))
    parts = np.array_split(np.argsort(p, kind="stable"), bins)
    x = np.array([p[part].mean() for part in parts])
    y = np.array([truth[part].mean() for part in parts])
    counts = np.array([len(part) for part in parts])
    error = float((np.abs(y - x) * counts).sum() / len(p))
    return Curves(
        [Series("", x, y, interval(y * counts, counts))], "said", "right",
        bounds=(0.0, 1.0), diagonal=True, title="How sure, and how right",
        note=f"expected calibration error {f'{error:.3f}'.removeprefix('0')}, {len(p):,} answers, "
        f"{p.mean():.2f} said, {truth.mean():.2f} right",
    )  # fmt: skip


def interval(right: Any, trials: Any) -> Floats:
    """How far below and above its share the 95 % interval of each goes (2, n): Wilson's (1927).

    >>> from vsa.views import interval
    >>> interval([8], [10]).round(2).tolist()
    [[0.31], [0.14]]
    """
    right, n = np.asarray(right, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    share, square = right / n, Z95**2
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z95 * np.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    reach: Floats = np.maximum(np.stack([share - (middle - half), middle + half - share]), 0.0)
    return reach
