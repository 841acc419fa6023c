"""Gated composition: words as chains of gates over primitives, for each word or for each pair.

Both schemes of chains.py, over the working or the literal primitives of worlds.py, given by the
family's facts or learnt with the gates; softmax gates or Gumbel samples. Over the working set a word
should make its examples likely among all pairs that it leads to, p(x, y) = mass(x → y) / mass (the
size principle); over the literal one p(y | x) ∝ exp(−‖z − y‖²).

Gates of a word (`by="word"`) are read as programs by taking, at each step, every choice within some
share of the likeliest; the share and the restart are those of the greatest posterior (programs.py).
Gates of a pair (`by="pair"`) come from a network g(x, y) that does not see the word; a word's program
is the union of the chains of its examples that has the greatest posterior.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from vsa import VsaError
from vsa_plugins.kinship.codes import Array
from vsa_plugins.kinship.learn.chains import SCHEMES, Scheme, generators
from vsa_plugins.kinship.learn.common import Batch, Progress, descend, torch_of
from vsa_plugins.kinship.learn.fitted import Fit, Scored, load, thresholds_of
from vsa_plugins.kinship.learn.fitting import fitting
from vsa_plugins.kinship.learn.ways import Chooser, mass_of, node_of
from vsa_plugins.kinship.learn.worlds import INVERSE, LITERAL, WORKING, World, world

__all__ = ["fit", "fit_each", "load"]

NOISE = 1e-3  # the share of examples that nothing explains
HIDDEN = 32  # units of the network of pairs
SHARES = (0.9, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05)  # of the likeliest choice, that are tried


def _chain(
    batch: Batch,
    *,
    scheme: str = "five",
    primitives: str = "working",
    given: bool = True,
    by: str = "word",
    gumbel: bool = False,
    length: int | None = None,
    prior: float = 0.1,
    dim: int = 12,
    decay: float = 0.05,
    rate: float = 0.1,
    steps: int = 300,
    patience: int = 100,
    progress: Progress | None = None,
) -> list[Fit]:
    """Find a chain of primitives for each word; the best of some restarts.

    family: whose facts the primitives are, unless they are learnt (given=False). Over given working
    primitives the relations are programs, which answer for other families too.

    scheme: "five" or "length"; primitives: "working" or "literal"; given: by the facts, or else
    learnt; by: "word" or "pair"; gumbel: samples in place of softmax; length: gates of a chain, 5
    and up to 4 unless given; prior: what a gate that is not the identity, or a step, costs in nats;
    dim and decay of learnt literal codes; rate of Adam; steps at most; patience: steps without
    improvement before it stops; progress is called with a title and a share.
    """
    if by not in ("word", "pair"):
        raise VsaError(f"gates are by word or by pair, not by {by!r}")
    where = world(primitives, given, batch, dim, decay)
    names = WORKING if primitives == "working" else LITERAL
    gates = SCHEMES.get(scheme, 1) if length is None else length
    chain = Scheme(scheme, names, INVERSE[names], gates)
    model = Gated(batch, where, chain, by)
    losses, taken = descend(
        model.parameters, lambda share: model.loss(share, prior, gumbel), steps=steps, rate=rate,
        patience=patience, title=f"gates by {by}", progress=progress,
    )  # fmt: skip
    with torch_of().no_grad():
        return [model.fitted(runs, losses, taken) for runs in batch.of_sets()]


fit, fit_each = fitting(_chain, restarts=8)


class Gated:
    """The gates of every run, and what they say of the triples."""

    def __init__(self, batch: Batch, where: World, scheme: Scheme, by: str) -> None:
        torch = torch_of()
        self.batch, self.world, self.scheme, self.by = batch, where, scheme, by
        self.x, self.word, self.y, self.weight = batch.tensors()
        runs, examples = batch.x.shape
        self.run = torch.arange(runs)[:, None]
        # the unit, a word or a pair, whose gates each example goes by
        self.unit = self.word if by == "word" else torch.arange(examples).expand(runs, examples)
        if by == "word":
            self._logits = [
                batch.draw(10 + i, len(batch.words), *shape, scale=0.5)
                for i, shape in enumerate(scheme.shapes)
            ]
            own = self._logits
        else:
            n, outputs = len(batch.family), [int(np.prod(shape)) for shape in scheme.shapes]
            self._first, self._second = batch.draw(10, n, HIDDEN), batch.draw(11, n, HIDDEN)
            self._out = [
                batch.draw(12 + i, HIDDEN, size, scale=HIDDEN**-0.5)
                for i, size in enumerate(outputs)
            ]
            own = [self._first, self._second, *self._out]
        self.parameters = [*own, *where.parameters]
        self._noise = generators(batch.runs, 20)

    def logits(self) -> list[Any]:
        """Of the units' gates: (runs, units, …), units the words or the examples."""
        if self.by == "word":
            return self._logits
        hidden = (self._first[self.run, self.x] + self._second[self.run, self.y]).tanh()
        shape = self.batch.x.shape
        return [
            (hidden @ out).reshape(*shape, *rest)
            for out, rest in zip(self._out, self.scheme.shapes, strict=True)
        ]

    def likelihoods(self, gates: list[Any]) -> Any:
        """The log likelihood of each example (runs, examples)."""
        torch = torch_of()
        steps = self.scheme.choices  # all primitives, or all but the identity
        matrices = self.world.primitives()[:, -len(steps) :]
        runs, examples = self.batch.x.shape
        people = self.world.people().expand(runs, -1, -1)
        of_examples = [gate[self.run, self.unit] for gate in gates]
        start = people[self.run, self.x]
        if not self.world.counts:
            ends = self.scheme.walk(of_examples, matrices, start)
            closeness = 2 * ends @ people.transpose(1, 2) - people.square().sum(-1)[:, None]
            return closeness.log_softmax(-1).gather(-1, self.y[..., None])[..., 0]
        # with everyone's chains beside those of the examples: all the mass of a unit
        units = gates[0].shape[1]
        everyone = people.sum(1, keepdim=True).expand(runs, units, -1)
        both = [torch.cat([a, b], dim=1) for a, b in zip(of_examples, gates, strict=True)]
        ends = self.scheme.walk(both, matrices, torch.cat([start, everyone], dim=1))
        total = ends[:, examples:].sum(-1).gather(1, self.unit)
        arrived = ends[:, :examples].gather(-1, self.y[..., None])[..., 0]
        share = arrived / total.clamp(min=1e-9)
        return ((1 - NOISE) * share + NOISE / len(self.batch.family) ** 2).log()

    def loss(self, share: float, prior: float, gumbel: bool) -> Any:
        """The negative log posterior (runs,)."""
        gates = self.scheme.gates(self.logits(), share, self._noise if gumbel else None)
        cost = self.scheme.cost(gates)
        if self.by == "pair":
            cost = cost * (self.weight > 0)
        likely = (self.likelihoods(gates) * self._weights()).sum(1)
        return prior * cost.sum(1) + self.world.penalty() - likely

    def _weights(self) -> Any:
        """Every example counts once in the joint likelihood, every question in the other."""
        return (self.weight > 0) if self.world.counts else self.weight

    # --- what came out -------------------------------------------------------------------------
    def fitted(self, runs: list[int], losses: Array, steps: int) -> Fit:
        """The model of one training set, from its runs."""
        batch = self.batch
        gates = [gate.numpy() for gate in self.scheme.gates(self.logits())]
        best = min(runs, key=lambda i: float(losses[i]))
        examples = [
            np.flatnonzero((batch.weight[best] > 0) & (batch.word[best] == w))
            for w in range(len(batch.words))
        ]
        if self.world.counts and not self.world.parameters:
            return self._programs(runs, gates, examples, float(losses[best]), steps)
        table = (
            self._by_word(runs, best) if self.by == "word" else self._by_pair(best, gates, examples)
        )
        made = Scored(batch.family, batch.words, {"scores": table}, loss=losses[best], steps=steps)
        made.thresholds = thresholds_of(made, batch.pairs(best))
        return made

    def _programs(
        self, runs: list[int], gates: list[Array], examples: list[Array], loss: float, steps: int
    ) -> Fit:
        """Over given facts: for each word the likeliest program that the gates of a run suggest."""
        batch, names = self.batch, self.scheme.names
        primitives = self.world.primitives()[0].numpy()
        n = len(batch.family)
        scores = np.zeros((len(batch.words), n, n), dtype=np.float32)
        programs = {}
        for w, word in enumerate(batch.words):
            if not len(examples[w]):
                continue
            at = runs[0], examples[w]
            pairs = np.stack([batch.x[at], batch.y[at]], axis=1)
            chooser = Chooser(pairs, names, primitives)
            if self.by == "word":
                ways = chooser.best(
                    self.scheme.above([gate[run, w] for gate in gates], share)
                    for run in runs
                    for share in SHARES
                )
            else:
                hard = Counter(
                    self.scheme.hardest([gate[run, t] for gate in gates])
                    for run in runs
                    for t in examples[w]
                )
                ways = chooser.union(way for way, _ in hard.most_common())
            programs[word] = node_of(ways)
            scores[w] = mass_of(ways, names, primitives)
        half = np.full(len(batch.words), 0.5)
        return Scored(
            batch.family, batch.words, {"scores": scores}, half,
            loss=loss, steps=steps, programs=programs,
        )  # fmt: skip

    def _by_word(self, runs: list[int], best: int) -> Array:
        """The scores of the words' soft gates (words, n, n)."""
        batch = self.batch
        chosen = [best] * len(batch.words)
        if not self.world.parameters:  # the words share nothing: each has a best run
            gates = self.scheme.gates(self.logits())
            likely = self.likelihoods(gates) * self._weights()
            for w in range(len(batch.words)):
                of_word = (likely * (self.word == w)).sum(1)
                chosen[w] = max(runs, key=lambda i, of=of_word: float(of[i]))  # type: ignore[misc]
        found = []
        for w, run in enumerate(chosen):
            gates = self.scheme.gates([a[run, w] for a in self.logits()])
            n = len(batch.family)
            found.append(self._scores(run, [g.expand(1, n, *g.shape) for g in gates]))
        return np.stack(found)

    def _by_pair(self, run: int, gates: list[Array], examples: list[Array]) -> Array:
        """The scores (words, n, n) of the chains of a word's examples, each by its share of them."""
        torch = torch_of()
        n = len(self.batch.family)
        found = np.zeros((len(examples), n, n), dtype=np.float32)
        for w, mine in enumerate(examples):
            for t in mine:
                hard = [torch.from_numpy(_one_hot(gate[run, t])) for gate in gates]
                scores = self._scores(run, [g.expand(1, n, *g.shape) for g in hard])
                found[w] += np.exp(scores - scores.max()) / len(mine)
        return found

    def _scores(self, run: int, gates: list[Any]) -> Array:
        """Log mass, or nearness, of everyone (n, n) after a chain from each person."""
        matrices = self.world.primitives()[:, -len(self.scheme.choices) :]
        matrices = matrices[run % len(matrices)][None]
        people = self.world.people()
        people = people[run % len(people)][None]
        ends = self.scheme.walk(gates, matrices, people)[0]
        if self.world.counts:
            scores = ends / ends.sum().clamp(min=1e-9)
            return np.asarray((scores + 1e-9).log().numpy(), dtype=np.float32)
        codes = people[0]
        return np.asarray((2 * ends @ codes.T - codes.square().sum(-1)).numpy(), dtype=np.float32)


def _one_hot(gate: Array) -> Array:
    hot: Array = (gate == gate.max(-1, keepdims=True)).astype(np.float32)
    return hot
