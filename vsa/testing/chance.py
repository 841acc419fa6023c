"""What is true of an algebra on average: that ties favour nothing, and that its noise is as it says.

Deterministic, since vectors are functions of names: what is within four standard deviations once is
so always.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vsa.algebra.batches import bundle
from vsa.algebra.vector import Vector
from vsa.testing.cases import Inapplicable, Near, Sample, Tried, finished
from vsa.theory.overlap import Overlap

MANY = 256  # vectors on each side
FAR = 4  # standard deviations
STAYING = 12  # components that a permutation may leave where they are


def unrelated(s: Sample) -> Tried:
    """Unrelated atoms are alike as noise has it, 0 on average with its deviation; they have length 1"""
    a = s.atoms("a", (MANY,))
    found = _similarities(s, a, s.atoms("b", (MANY,)))
    deviation = s.space.noise.deviation
    yield Near(float(found.mean()), 0, FAR * deviation / math.sqrt(MANY))
    yield Near(float(found.std() / deviation), 1, 0.25)
    if _usual(s):
        yield Near(float(s.space.backend.numpy(a.norms() ** 2).mean()), 1, 0.02)


def bound(s: Sample) -> Tried:
    """What was bound with unrelated keys is unrelated"""
    if "unbinding" not in s.laws:
        raise Inapplicable("what binding cannot undo may be like its parts")
    x = s.atoms("a", (MANY,))
    found = _similarities(s, x * s.drawn("k", (MANY,)), x * s.drawn("l", (MANY,)))
    yield Near(float(found.mean()), 0, FAR * s.space.noise.deviation / math.sqrt(MANY))


def ties(s: Sample) -> Tried:
    """Unrelated superpositions of two and of four are unrelated: ties favour nothing"""
    for k in (2, 4):
        one, other = (finished(_bundle(s, name, k)) for name in "ab")
        found = _similarities(s, one, other)
        spread = max(float(found.std()), s.space.noise.deviation)
        yield Near(float(found.mean()), 0, FAR * spread / math.sqrt(MANY))


def shares(s: Sample) -> Tried:
    """A superposition of K has the similarity with its terms that `shares` says"""
    if isinstance(s.space.noise, Overlap):
        raise Inapplicable("the terms of an OR are found whole")
    if not _usual(s):
        raise Inapplicable("shares are those of the usual atoms")
    for k in (1, 2, 3, 4, 8):
        found = _similarities(s, finished(_bundle(s, "a", k)), s.atoms("a/0", (MANY,)))
        by = FAR * max(float(found.std()), 1e-4) / math.sqrt(MANY)
        yield Near(float(found.mean()), s.space.noise.shares(k), by + 0.02)


def counting(s: Sample) -> Tried:
    """A plain sum of K terms counts K"""
    if not _usual(s):
        raise Inapplicable("lengths are those of the usual atoms")
    for k in (1, 3, 8):
        count = np.asarray(
            s.space.backend.numpy(s.space.backend.xp.asarray(_bundle(s, "a", k).count_terms()))
        )
        yield Near(
            float(count.mean()), k, FAR * float(count.std() + 1e-4) / math.sqrt(MANY) + 0.05 * k
        )


def moving(s: Sample) -> Tried:
    """What was permuted, or moved along a key, is unrelated to what it was"""
    x, k, deviation = s.atoms("a", (MANY,)), s.drawn("k", (MANY,)), s.space.noise.deviation
    by = FAR * deviation / math.sqrt(MANY) + STAYING * deviation**2
    for moved in (
        x.permute(),
        x.permute(5),
        x.protect(k),
        x.protect(k, 3),
        x.protect(k, 2).permute(-1),
    ):
        yield Near(float(_similarities(s, moved, x).mean()), 0, by)


def _usual(s: Sample) -> bool:
    return s.space.atom_kind == s.space.algebra.atom_kinds[0]


def _bundle(s: Sample, name: str, k: int) -> Vector:
    terms = [s.atoms(f"{name}/{i}", (MANY,)) for i in range(k)]
    return bundle(*terms) if k > 1 else terms[0]


def _similarities(s: Sample, a: Vector, b: Vector) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(s.space.backend.numpy(a.similarities(b)), dtype=np.float64)


CHANCE: dict[str, Callable[[Sample], Tried]] = {
    f.__name__.replace("_", "-"): f for f in (unrelated, bound, ties, shares, counting, moving)
}
