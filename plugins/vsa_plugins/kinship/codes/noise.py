"""How noisy person codes of a dimension are: expected wrong facts, and the dimension that would do.

Codes of a block of n people in d < n dimensions are a tight frame: two of them have a cosine of
variance c = (n/d − 1)/(n − 1). With A the facts from block x to block z, and g, h the cosines of
all people with those of a pair, the pair's score is noisy by gᵀAh + gᵀAe_x + e_zᵀAh:

  σ² = F c_z c_x + out c_z + in c_x             of F facts, `out` from x and `in` to z
  κ₄ = 6 c_z²c_x² ‖AᵀA‖² + 12 c_z²c_x ‖AᵀAe_x‖² + 12 c_z c_x² ‖AAᵀe_z‖²

With the fourth cumulant, for whose sake the noise is taken as normal of either σ²(1 ± √(κ₄/3)/σ²),
as many wrong facts are expected as are measured; without it a tenth is missing in small families.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from vsa_plugins.kinship.codes.sparse import Array, Rows

ERRORS = 0.01  # expected wrong facts of a dimension chosen for a family
STEP = 32  # dimensions chosen are multiples of it


@dataclass(frozen=True, slots=True)
class End:
    """The people at one end of facts, by how many of them they are in.

    people: how many people.  shared: their mean ‖AᵀAe‖², the squares of how many people at the
    other end they share with each, summed.
    """

    people: Array
    shared: Array

    @classmethod
    def of(cls, here: Array, there: Array, block: Array) -> End:
        """Of facts from `here` to `there`, one row each, and the people of a block."""
        n = max(int(here.max()), int(there.max()), int(block.max())) + 1
        turned = Rows.of_pairs(there, here, n)
        both = Rows.of_pairs(here, there, n).join(np.arange(n), turned)
        shared = np.bincount(both.sources, both.count.astype(float) ** 2, minlength=n)[block]
        degrees = np.bincount(here, minlength=n)[block]
        people = np.bincount(degrees)
        return cls(people, np.bincount(degrees, shared) / np.maximum(people, 1))

    @property
    def total(self) -> float:
        """‖AᵀA‖²."""
        return float(np.sum(self.people * self.shared))


@dataclass(frozen=True, slots=True)
class Load:
    """The facts of one relation from people of block x to people of block z.

    degrees: rows (facts from the same x, facts to the same z, how many facts) of the facts.
    """

    x: int
    z: int
    facts: int
    out: End
    into: End
    degrees: Array


def loads(sexes: Array, facts: Mapping[str, Array]) -> list[Load]:
    """What each relation's matrix holds, block by block."""
    found = []
    for pairs in facts.values():
        ends = sexes[pairs]
        for x in range(3):
            for z in range(3):
                here = pairs[(ends[:, 0] == x) & (ends[:, 1] == z)]
                if not len(here):
                    continue
                from_, to = here.T
                degrees = np.stack([np.bincount(from_)[from_], np.bincount(to)[to]], axis=1)
                rows, counts = np.unique(degrees, axis=0, return_counts=True)
                out = End.of(from_, to, np.flatnonzero(sexes == x))
                into = End.of(to, from_, np.flatnonzero(sexes == z))
                table = np.concatenate([rows, counts[:, None]], axis=1)
                found.append(Load(x, z, len(here), out, into, table))
    return found


def block_dims(dim: int, numbers: Array) -> Array:
    """How many dimensions each block of people gets, `dim` together, at least one if it has people.

    The same for each, but to a small block no more than its people, which makes it orthonormal:
    the noise of a family is that of its noisiest block. What is over is shared out by numbers.
    """
    people = [int(n) for n in numbers]
    dims, left, crowd = [0] * len(people), dim, sum(people)
    waiting = sorted((b for b in range(len(people)) if people[b]), key=lambda b: people[b])
    for i, block in enumerate(waiting):  # from the smallest: the last takes all that is left
        if dim < sum(people):
            dims[block] = min(people[block], left // (len(waiting) - i))
        else:
            dims[block] = left * people[block] // crowd
        left, crowd = left - dims[block], crowd - people[block]
    return np.array(dims)


def cosine_variances(numbers: Array, dims: Array) -> Array:
    """The variance of the cosine of two codes, for each block; 0 where they are orthonormal."""
    excess = numbers / np.maximum(dims, 1) - 1
    variances: Array = np.maximum(excess, 0) / np.maximum(numbers - 1, 1)
    return variances


def expected_errors(
    found: list[Load], numbers: Array, dims: Array, threshold: float = 0.5
) -> tuple[float, float]:
    """(false facts, missed facts) expected of a cleanup by threshold, all relations together."""
    cosines = cosine_variances(numbers, dims)
    false = missed = 0.0
    for load in found:
        cx, cz = float(cosines[load.x]), float(cosines[load.z])
        outs, intos = np.arange(len(load.out.people)), np.arange(len(load.into.people))
        pairs = np.outer(load.out.people, load.into.people).astype(float)
        out, into, counts = load.degrees.T
        np.subtract.at(pairs, (out, into), counts)
        others = _tails(load, cz, cx, outs[:, None], intos[None, :], 0, threshold)
        facts = _tails(load, cz, cx, out, into, 1, 1 - threshold)
        false += float(np.sum(pairs * others))
        missed += float(np.sum(counts * facts))
    return false, missed


def _tails(
    load: Load, cz: float, cx: float, out: Array, into: Array, own: int, distance: float
) -> Array:
    """P(noise > distance) of pairs by their degrees, of which `own` is the pair's own fact."""
    mixed = np.maximum(load.facts - out - into + own, 0)
    variance = mixed * cz * cx + (out - own) * cz + (into - own) * cx
    ends = cz * load.out.shared[out] + cx * load.into.shared[into]
    fourth = 6 * cz * cx * (cz * cx * load.out.total + 2 * ends)
    spread = np.minimum(np.sqrt(fourth / 3), variance)
    return (_tail(distance, variance + spread) + _tail(distance, variance - spread)) / 2


def _tail(distance: float, variance: Array) -> Array:
    """P(noise > distance) of normal noise, elementwise; 0 without noise."""
    sigma = np.sqrt(np.maximum(variance, 0))
    ratios = np.divide(distance, sigma, out=np.full(sigma.shape, np.inf), where=sigma > 0)
    unique, inverse = np.unique(ratios, return_inverse=True)
    tails: Array = np.array([_q(ratio) for ratio in unique.tolist()])[inverse]
    return tails.reshape(sigma.shape)


@lru_cache(maxsize=1 << 16)
def _q(ratio: float) -> float:
    return math.erfc(ratio / math.sqrt(2)) / 2


def needed_dim(sexes: Array, facts: Mapping[str, Array], errors: float = ERRORS) -> int:
    """The least dimension, a multiple of 32, at which no more wrong facts are expected."""
    numbers = np.bincount(sexes, minlength=3)
    found = loads(sexes, facts)

    def good(steps: int) -> bool:
        return sum(expected_errors(found, numbers, block_dims(steps * STEP, numbers))) <= errors

    low, high = 0, math.ceil(int(numbers.sum()) / STEP)  # orthonormal codes have no noise
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high * STEP
