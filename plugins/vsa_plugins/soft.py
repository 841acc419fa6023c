"""Soft cleanup in the language: weighted recall, settling, familiarity, Kanerva's sparse memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
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
    a vector of length 0.722, like mark …
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

    > familiar(2 * mark + fish + john)
    familiar  certain, like mark
    > familiar(mark * fish)
    new  …
    """
    answer = memory.cleanup(v, prior_nothing=prior_nothing, **_chosen(among, memory))
    if answer.shape:
        return 1 - answer.nothing  # type: ignore[return-value]  # a batch: array
    nearest = answer.matches()
    return Familiarity(float(1 - answer.nothing), nearest[0][0] if nearest else "")


@dataclass(frozen=True, eq=False)
class Sparse:
    """A sparse distributed memory as a value: the pairs that were written, in their order.

    Its counters follow from them; they are made when it is read.
    """

    locations: int
    active: int
    addresses: Vector  # (pairs,)
    values: Vector

    vsa_name = "sparse memory"

    @cached_property
    def counters(self) -> Any:
        """The `vsa.soft.SparseMemory` that holds the pairs."""
        made = _empty(self.addresses.space, self.locations, self.active).copy()
        made.write(self.addresses, self.values)
        return made

    def vsa_text(self) -> str:
        """How much is in it."""
        pairs = len(self.addresses)
        return (
            f"a sparse memory of {pairs:,} pair{'s' * (pairs != 1)} in {self.locations:,} locations, "
            f"{self.active:,} active"
        )

    __str__ = __repr__ = vsa_text

    def vsa_json(self) -> Any:
        """Plain values, for `vsa --json`."""
        return {"pairs": len(self.addresses), "locations": self.locations, "active": self.active}


@checked
def sparse_memory(
    *,
    locations: Annotated[int, Within(1, 100_000)] = 2000,
    active: Annotated[int, Within(1, 100_000)] | None = None,
    memory: Memory,
) -> Sparse:
    """An empty sparse distributed memory, of hard locations (Kanerva 1988): `write` and `read`.

    active: how many locations an address activates; by default as many as are best for a hundredth
    as many pairs. It never grows: what is written to shared locations adds up.

    > write(write(sparse_memory(), mark, fish), john, eat)
    a sparse memory of 2 pairs in 2,000 locations, 46 active
    > cleanup(read(write(write(sparse_memory(), mark, fish), john, eat), mark))
    fish  …
    """
    space = memory.space
    empty = _empty(space, locations, active)
    return Sparse(locations, empty.active, space.zero((0,)), space.zero((0,)))


@checked
def write(m: Sparse, address: Vector, value: Vector | None = None) -> Sparse:
    """A sparse memory with one pair more; without a value the address is written at itself.

    A batch of addresses, with as many values or one, writes all of them.

    > write(sparse_memory(), mark)
    a sparse memory of 1 pair in 2,000 locations, 46 active
    """
    value = address if value is None else value
    space = m.addresses.space
    tried = _empty(space, m.locations, m.active).copy()
    tried.write(address, value)  # an error for what cannot be written
    new = address.reshape(-1)
    values = value.reshape(-1)
    if len(values) < len(new):
        values = space.stack([value] * len(new))
    return replace(
        m,
        addresses=space.stack([*m.addresses, *new]),
        values=space.stack([*m.values, *values]),
    )


@checked
def read(m: Sparse, v: Vector, *, steps: Annotated[int, Within(1, 10_000)] = 1) -> Vector:
    """What a sparse memory holds at an address and near it: a mean, or a vote in bits.

    steps: read again at what was read, up to so often, until nothing moves. Of what was written at
    itself that leads to the nearest from within the critical distance, in algebras that vote.

    > cleanup(read(write(sparse_memory(), mark, fish), mark + 0.1 * john))
    fish  …
    """
    held = m.counters
    found: Vector = held.read(v) if steps == 1 else held.settle(v, steps).vector
    return found


def _empty(space: Any, locations: int, active: int | None) -> Any:
    """A memory to be copied: its locations are drawn once."""
    return space.kept(
        ("soft/sparse", locations, active), lambda: soft.SparseMemory(space, locations, active)
    )


def _chosen(among: Set | str | None, memory: Memory) -> dict[str, Any]:
    """Where to look: among all items, unless a set or a vocabulary says otherwise."""
    if among is None:
        return {"kinds": memory.item_kinds}
    return {"among": list(among.of(memory)) if isinstance(among, Set) else among}


@hookimpl
def vsa_functions() -> Iterable[Callable[..., Any]]:
    """recall, settle, familiar; sparse_memory, write, read."""
    return [recall, settle, familiar, sparse_memory, write, read]


@hookimpl
def vsa_types() -> Iterable[type]:
    """What `familiar` answers; a sparse memory."""
    return [Familiarity, Sparse]
