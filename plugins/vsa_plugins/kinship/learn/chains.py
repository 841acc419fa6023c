"""Chains of gates: a relation as a product of steps, each a soft choice among a few primitives.

Two schemes, after Orhan's kin2vec. "five": five gates over the primitives and the identity, with a
prior that favours the identity. "length": the length first, then so many gates over the primitives
without the identity, none next to its inverse. A chain is carried out on row vectors, x ↦ x Q₁ Q₂ …;
with softmax gates that is the expected value over all chains that the gates may choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vsa import VsaError
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.learn.common import Run, torch_of
from vsa_plugins.kinship.learn.ways import Way, Ways

SCHEMES = {"five": 5, "length": 4}  # and how many gates there are unless given
LEAST = 1e-6  # of a probability whose logarithm is taken
COLDEST = 0.3  # temperature at which Gumbel gates end; they begin at 2


@dataclass(frozen=True, slots=True)
class Scheme:
    """names: the primitives, the identity first.  inverse: name → the one not to stand beside it."""

    kind: str
    names: tuple[str, ...]
    inverse: tuple[tuple[str, str], ...]
    length: int

    def __post_init__(self) -> None:
        if self.kind not in SCHEMES:
            raise VsaError(f"no scheme is called {self.kind!r}: choose {' or '.join(SCHEMES)}")
        if self.length < 1:
            raise VsaError(f"a chain has at least 1 gate, not {self.length!r}")

    @property
    def choices(self) -> tuple[str, ...]:
        """What a gate chooses among."""
        return self.names if self.kind == "five" else self.names[1:]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Of the logits: a chain's gates; by length, those of every length and the lengths'."""
        p = len(self.choices)
        if self.kind == "five":
            return [(self.length, p)]
        return [(self.length, self.length, p), (self.length,)]

    @property
    def allowed(self) -> Array:
        """1 where primitive i may come after j (p, p)."""
        matrix = np.ones((len(self.choices),) * 2, dtype=np.float32)
        for a, b in self.inverse:
            matrix[self.choices.index(a), self.choices.index(b)] = 0
        return matrix

    # --- gates ---------------------------------------------------------------------------------
    def gates(self, logits: Sequence[Any], share: float = 1.0, rngs: Any = None) -> list[Any]:
        """Probabilities of the choices; with `rngs`, one of each run, a Gumbel-softmax sample.

        share: of the training that is done; the samples grow harder with it.
        """
        if rngs is None:
            return [a.softmax(-1) for a in logits]
        torch = torch_of()
        heat = max(COLDEST, 2 * (1 - share / 0.8))
        found = []
        for a in logits:
            noise = np.stack([rng.gumbel(size=tuple(a.shape[1:])) for rng in rngs])
            found.append(((a + torch.from_numpy(noise.astype(np.float32))) / heat).softmax(-1))
        return found

    def cost(self, gates: Sequence[Any]) -> Any:
        """What the prior charges (runs, units): −Σ log g(identity), or the expected length."""
        if self.kind == "five":
            return -gates[0][..., 0].clamp(min=LEAST).log().sum(-1)
        return gates[1] @ torch_of().arange(1.0, self.length + 1)

    def walk(self, gates: Sequence[Any], primitives: Any, start: Any) -> Any:
        """Where chains lead from (runs, k, d), by a chain's gates for each of the k.

        primitives: (runs or 1, p, d, d), those of `choices`.
        """
        if self.kind == "five":
            here = start
            for k in range(self.length):
                here = _step(here[:, None], primitives, gates[0][:, :, k]).sum(1)
            return here
        torch = torch_of()
        allowed = torch.from_numpy(self.allowed)
        chosen, lengths = gates
        total = 0
        for last in range(self.length):  # chains of last + 1 gates, by what their last gate chose
            gate = chosen[:, :, last, 0]
            mass = gate  # of the chains that are allowed, for each choice of the last gate
            here = _step(start[:, None], primitives, gate)
            for k in range(1, last + 1):
                gate = chosen[:, :, last, k]
                before = torch.einsum("rqkd,pq->rpkd", here, allowed)
                here = _step(before, primitives, gate)
                mass = gate * (mass @ allowed.T)
            share = lengths[:, :, last] / mass.sum(-1).clamp(min=LEAST)
            total = total + share[..., None] * here.sum(1)
        return total

    # --- what was chosen -----------------------------------------------------------------------
    def hardest(self, gates: Sequence[Array]) -> Way:
        """The likeliest choice at each step of one unit's gates."""
        (way,) = self._ways([gates[0], *(_one_hot(lengths) for lengths in gates[1:])], 1.0)
        return way

    def above(self, gates: Sequence[Array], share: float) -> Ways:
        """Every length, and at each step every choice, within `share` of the likeliest."""
        return self._ways(gates, share)

    def _ways(self, gates: Sequence[Array], share: float) -> Ways:
        if self.kind == "five":
            chains = [gates[0]]
        else:
            lasts = np.flatnonzero(gates[1] >= share * gates[1].max())
            chains = [gates[0][last, : last + 1] for last in lasts]
        identity = (self.names[0],)
        found = [tuple(self._within(gate, share) for gate in chain) for chain in chains]
        return tuple(tuple(step for step in way if step != identity) for way in found)

    def _within(self, gate: Array, share: float) -> tuple[str, ...]:
        return tuple(self.choices[i] for i in np.flatnonzero(gate >= share * gate.max()))


def _step(here: Any, primitives: Any, gate: Any) -> Any:
    """(runs, 1 or p, k, d) through each primitive, weighted by the gates (runs, k, p)."""
    return (here @ primitives) * gate.transpose(1, 2)[..., None]


def generators(runs: Sequence[Run], stream: int) -> list[np.random.Generator]:
    """What each run draws its Gumbel noise from."""
    return [run.rng(stream) for run in runs]


def _one_hot(gate: Array) -> Array:
    """1 at the greatest, the first of them."""
    hot = np.zeros_like(gate)
    hot[gate.argmax()] = 1
    return hot
