"""Texts in the language: `text`, the sum of the n-grams in one (Joshi, Halseth and Kanerva 2016).

Each n-gram is an atom of its own, drawn by its letters, and not the product of permuted ones: two that
differ in a letter are no more alike than any others, and every algebra can, in one batch. They are the
atoms of `vsa.learn.NgramEncoder`, and are not in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import numpy as np

from vsa import Memory, Vector, hookimpl
from vsa.plugin import ArgumentValueError, Within, checked


@checked
def text(letters: str, n: Annotated[int, Within(1, 100)] = 3, *, memory: Memory) -> Vector:
    """A text as a vector: the sum of its runs of n characters, so that texts that share them are alike.

    Capitals are small letters, and white space is one space. The similarity of two texts is the cosine
    of how often they have each run.

    > similarity(text("the cat sat"), text("the cat sits"))
    0.75
    > similarity(text("cat", n=1), text("act", n=1))
    1
    """
    plain = " ".join(letters.lower().split())
    counts = Counter(plain[i : i + n] for i in range(len(plain) - n + 1))
    if not counts:
        raise ArgumentValueError(
            f"a text of {len(plain)} characters has no run of n={n}: give more, or a smaller n"
        )
    atoms = memory.space.batch(f"learn/ngram/{run}" for run in counts)
    return atoms.scale(np.array([*counts.values()], dtype=float)).bundle()


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """text."""
    return [text]
