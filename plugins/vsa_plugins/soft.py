"""Soft cleanup in the language: weighted recall, settling to a fixed point, familiarity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from vsa import Memory, Set, Vector, VsaError, hookimpl
from vsa.plugin import PRIOR_NOTHING, Names, Within, above_zero, checked, soft, sureness

Vocabulary = Annotated[str, Names("vocabulary")]


@dataclass(frozen=True)
class Familiarity:
    """How likely something like a vector is stored: 1 − P(nothing), and what is nearest to it."""

    probability: float
    nearest: str

    def __str__(self) -> str:
        old = self.probability >= 0.5
        sure = max(self.probability, 1 - self.probability)
        how = sureness(sure)
        return f"familiar  {how}, like {self.nearest}" if old else f"new  {how}"

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return {"familiar": round(self.probability, 6), "nearest": self.nearest or None}


@checked
def recall(
    v: Vector,
    keys: Set | None = None,
    values: Set | None = None,
    *,
    theta: float = 30.0,
    among: Set | Vocabulary | None = None,
    memory: Memory,
) -> Vector:
    """Values recalled by keys, weighted: Σ softmax(θ cos(v, key)) value.

    keys and values: sets, paired in their order. Without values the keys themselves come back;
    without keys all items (or those `among` a set or vocabulary) are: one step of soft cleanup.
    theta: how much the nearest counts; 10 to 90 in the cache memories (Grave 2017, Orhan 2018).

    > cleanup(recall(mark + 0.2 * john, {mark, john}, {fish, eat}))
    fish  …
    """
    if keys is not None:
        if among is not None:
            raise VsaError("give keys or among, not both: either says what v is compared with")
        among = keys
    if values is None:
        return soft.recall(v, memory, theta=theta, **_chosen(among, memory))  # type: ignore[no-any-return]
    if keys is None:
        raise VsaError("values need the keys they go with: recall(v, {mark}, {fish})")
    sides = [memory.vectors(np.array(side.of(memory), dtype=int)) for side in (keys, values)]
    return soft.recall(v, sides[0], sides[1], theta)  # type: ignore[no-any-return]


@checked
def settle(
    v: Vector,
    *,
    theta: float = 30.0,
    steps: Annotated[int, Within(1, 1_000_000)] = 100,
    among: Set | Vocabulary | None = None,
    memory: Memory,
) -> Vector:
    """Soft cleanup until nothing moves: the fixed point of a modern Hopfield network.

    Gives a vector, of length 1 at an item; between items that are alike, or with a small theta, it
    rests at their average and is shorter (Ramsauer et al. 2020).

    > settle(mark + 0.5 * fish)
    a vector of length 1, like mark 1.00
    > settle(mark + fish, theta=1.5, among={mark, fish})
    a vector of length 0.722, like fish …
    """
    theta = above_zero(theta)  # which `hopfield` calls beta
    found = soft.hopfield(v, memory, theta, steps, **_chosen(among, memory))
    return found.vector  # type: ignore[no-any-return]


@checked
def familiar(
    v: Vector,
    *,
    among: Set | Vocabulary | None = None,
    prior_nothing: float = PRIOR_NOTHING,
    memory: Memory,
) -> Familiarity:
    """Has something like this been stored? 1 − P(nothing), as a signal of novelty.

    A batch gives an array of probabilities. prior_nothing: how likely it is beforehand that v is
    new. Parts of composites count as such: a sum of items is like each of them.

    > familiar(mark + fish + john)
    familiar  certain, like mark
    > familiar(mark * fish)
    new  …
    """
    answer = memory.cleanup(v, prior_nothing=prior_nothing, **_chosen(among, memory))
    if answer.shape:
        return 1 - answer.nothing  # type: ignore[return-value]  # a batch: array
    nearest = answer.matches()
    return Familiarity(float(1 - answer.nothing), nearest[0][0] if nearest else "")


def _chosen(among: Set | str | None, memory: Memory) -> dict[str, Any]:
    """Where to look: among all items, unless a set or a vocabulary says otherwise."""
    if among is None:
        return {"kinds": memory.item_kinds}
    return {"among": list(among.of(memory)) if isinstance(among, Set) else among}


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """recall, settle, familiar."""
    return [recall, settle, familiar]


@hookimpl
def vsa_types() -> Iterable[type]:
    """What `familiar` answers."""
    return [Familiarity]
