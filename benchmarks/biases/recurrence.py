"""Recurrence in noise: Fisher memory, what can be decoded, and whether it matters when trained."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import nn
from vsa_plugins.biases import NonNormal, bind_, chain_, source_

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa.nn.measures import fisher_memory

Tensor = Any
DOUBLE = torch.float64
Start = Callable[[int, int], Tensor]  # (n, seed) → a recurrence (n, n)


def square(n: int) -> Tensor:
    return torch.empty(n, n, dtype=DOUBLE)


def chain(gain: float, *others: float) -> Start:
    return lambda n, seed: chain_(square(n), gain, *others)


def weak_links(n: int, seed: int) -> Tensor:
    return chain_(square(n), 0.95) + 0.005 * torch.ones(n, n, dtype=DOUBLE).tril(-2)


def shift(n: int, seed: int) -> Tensor:
    return bind_(square(n), torch.eye(n)[1])


def binding(n: int, seed: int) -> Tensor:
    return bind_(square(n), vsa.Space(n, seed=seed, dtype="float64").key("p"))


def orthogonal(n: int, seed: int) -> Tensor:
    return nn.init.orthogonal_(square(n), generator=torch.Generator().manual_seed(seed))


def schur(n: int, seed: int) -> Tensor:
    """In its own coordinates, last first: T hands on from later to earlier ones."""
    torch.manual_seed(seed)
    module = NonNormal(n).double()
    with torch.no_grad():
        module.upper.normal_(0, 0.1)
        return module.schur.flip(0, 1)


def total(start: Start, n: int, seed: int, shrink: float = 1.0) -> float:
    return fisher_memory(shrink * start(n, seed), torch.eye(n)[0]).total


def closed_form(gain: float, n: int) -> float:
    """J_tot of a chain from its first unit: Σ_k 1/Σ_{m≤k} α^{−2m}."""
    return float((1 / torch.cumsum(gain ** (-2 * torch.arange(n, dtype=DOUBLE)), 0)).sum())


def fisher(quick: bool) -> Table:
    def row(name: str, start: Start, n: int, reference: str, shrink: float = 1.0, published: str = "–",
            closed: float | None = None, seeds: int = 1) -> Row:  # fmt: skip
        return Row(
            f"{name}, {n} units",
            lambda seed: total(start, n, seed, shrink),
            published=published,
            reference=reference,
            control=None if closed is None else lambda seed: closed_form(closed, n),
            beside="closed form",
            seeds=seeds,
            digits=2,
        )

    rows = [
        row("orthogonal × .97", orthogonal, 64, "1.00", 0.97, seeds=3),
        row("binding with a unitary key × .97", binding, 64, "1.00", 0.97, seeds=3),
        row("binding with δ₁, the shift × .97", shift, 100, "1.00", 0.97),
        row("chain .95", chain(0.95), 100, "3.03", published="3.03", closed=0.95),
        row("chain .95, all entries below it .005", weak_links, 100, "3.18", published="3.18"),
        row("chain 1", chain(1.0), 64, "4.74", closed=1.0),
        row("chain 1.02", chain(1.02), 100, "7.61", closed=1.02),
        row("chain 1.1", chain(1.1), 100, "19.43", closed=1.1),
        row("chain 2", chain(2.0), 100, "75.3", closed=2.0),
        row("feedback chain .99, .04 back", chain(0.99, 0.04), 100, "5.35"),
        row("feedback chain .99, .1 back", chain(0.99, 0.1), 100, "8.53"),
        row(
            "chain 1.05, .2 on the diagonal", chain(1.05, 0.0, 0.2), 100, "20.84", published="20.5"
        ),
        row("chain 1, .2 on the diagonal", chain(1.0, 0.0, 0.2), 100, "16.30", published="16.2"),
        row("Schur form × .97, T of deviation .1, last first", schur, 64, "–", 0.97, seeds=3),
    ]
    return table(
        "Total Fisher memory of a recurrence with its source in the first unit",
        rows,
        quick,
        "Published: Kerg et al. 2019, whose two values with .2 on the diagonal double precision limits; "
        "the reference is of 60 digits there.",
    )


@lru_cache
def decoded(start: Start, seed: int, noise: float, elu: bool) -> Tensor:
    """R² of each of a hundred inputs (lag,) in the last state of 100 units, by ridge regression.

    Four of five sequences fit it, the others measure it.
    """
    draw = torch.Generator().manual_seed(seed)
    n, trials, known = 100, 5000, 4000
    inputs = torch.randn(trials, n, generator=draw)
    weight, source = start(n, seed).float(), source_(torch.empty(n, 1))[:, 0]
    h = torch.zeros(trials, n)
    for x in inputs.unbind(1):
        driven = h @ weight.mT + x[:, None] * source
        h = nn.functional.elu(driven) if elu else driven
        if noise:
            h = h + noise * torch.randn(trials, n, generator=draw)
    found, wanted = nn.functional.pad(h, (0, 1), value=1.0).double(), inputs.flip(1).double()
    ridge = found[:known].mT @ found[:known] + torch.eye(n + 1, dtype=DOUBLE)
    weights = torch.linalg.solve(ridge, found[:known].mT @ wanted[:known])
    left = wanted[known:] - found[known:] @ weights
    return 1 - left.square().mean(0) / wanted[known:].square().mean(0)


def decoding(quick: bool) -> Table:
    def row(name: str, start: Start, lag: int, noise: float, elu: bool, reference: str) -> Row:
        return Row(
            name,
            lambda seed: float(decoded(start, seed, noise, elu)[lag]),
            reference=reference,
            control=lambda seed: float(decoded(shift, seed, noise, elu)[lag]),
            beside="shift",
            seeds=3,
            digits=2,
        )

    gained = chain(1.02)
    rows = [
        row("chain 1.02, linear, noise .3, lag 99", gained, 99, 0.3, False, ".26"),
        row("shift, linear, noise .3, lag 99", shift, 99, 0.3, False, ".03"),
        row("orthogonal, linear, noise .3, lag 99", orthogonal, 99, 0.3, False, ".02"),
        row("chain 1.02, ELU, noise .1, lag 99", gained, 99, 0.1, True, ".45"),
        row("shift, ELU, noise .1, lag 99", shift, 99, 0.1, True, ".11"),
        row("chain 1.02, ELU, no noise, lag 99", gained, 99, 0.0, True, ".72"),
        row("shift, ELU, no noise, lag 99", shift, 99, 0.0, True, ".72"),
    ]
    return table(
        "R² of an input long ago in the state of 100 units that are not trained",
        rows,
        quick,
        "Source in the first unit, ridge regression. Noise is where a chain holds more than the shift, "
        "which is a binding; without it the two are one system until the shift wraps.",
    )


NETS: dict[str, Start] = {
    "orthogonal": orthogonal, "binding": binding, "shift": shift, "chain 1.02": chain(1.02),
}  # fmt: skip
SYMBOLS, SHOWN, DELAY, TRAINING = 8, 5, 30, 900


@lru_cache
def copied(n: int, seed: int, steps: int = TRAINING) -> dict[str, float]:
    """Copy accuracy of all the starts, nets of one batch of matrices that learn side by side.

    Five symbols, a pause of 30 steps, a sign, and the five again: ELU, loss at every step, RMSprop.
    """
    draw = torch.Generator().manual_seed(seed)
    nets, inputs, outputs = len(NETS), SYMBOLS + 2, SYMBOLS + 1
    weight = torch.stack([start(n, seed) for start in NETS.values()]).float()
    source = source_(torch.empty(n, inputs)).mT.expand(nets, -1, -1)
    read = torch.randn(n, outputs, generator=draw).expand(nets, -1, -1) / n**0.5
    zeros = torch.zeros(nets, 1, n), torch.zeros(nets, 1, outputs)
    learnt = [x.clone().requires_grad_() for x in (weight.mT, source, read, *zeros)]
    descent = torch.optim.RMSprop(learnt, lr=1e-3)

    def trial(count: int) -> tuple[Tensor, Tensor]:
        """Inputs (steps, count, inputs) and the classes wanted (steps, count); 8 is nothing."""
        symbols = torch.randint(SYMBOLS, (SHOWN, count), generator=draw)
        pause = torch.full((DELAY + SHOWN, count), SYMBOLS)
        given = torch.cat([symbols, pause])
        given[-SHOWN - 1] = SYMBOLS + 1
        return nn.functional.one_hot(given, inputs).float(), torch.cat([pause, symbols])

    def answers(given: Tensor) -> Tensor:
        """Logits (steps, nets, count, outputs)."""
        recur, take, give, bias, shift = learnt
        driven = (given[:, None] @ take + bias).unbind()
        h = nn.functional.elu(driven[0])
        kept = [h]
        for x in driven[1:]:
            h = nn.functional.elu(torch.baddbmm(x, h, recur))
            kept.append(h)
        return torch.stack(kept) @ give + shift

    for _ in range(steps):
        given, wanted = trial(20)
        descent.zero_grad()
        logits = answers(given).movedim(-1, 1)
        nn.functional.cross_entropy(logits, wanted[:, None].expand(-1, nets, -1)).mul(
            nets
        ).backward()
        lengths = torch.stack([x.grad.square().sum((1, 2)) for x in learnt]).sum(0).sqrt()
        for x in learnt:  # each net's gradient is clipped by its own length
            x.grad *= (10 / lengths).clamp(max=1)[:, None, None]
        descent.step()
    with torch.no_grad():
        given, wanted = trial(200)
        right = answers(given)[-SHOWN:].argmax(-1) == wanted[-SHOWN:, None]
    return dict(zip(NETS, right.float().mean((0, 2)).tolist(), strict=True))


def training(quick: bool) -> Table:
    def row(n: int, name: str, reference: str) -> Row:
        return Row(
            f"{name}, {n} units",
            lambda seed: copied(n, seed)[name],
            reference=reference,
            control=lambda seed: copied(n, seed)["shift"],
            beside="shift",
            seeds=3,
            digits=2,
        )

    rows = [
        row(64, "orthogonal", ".21"),
        row(64, "binding", ".77"),
        row(64, "shift", ".95"),
        row(64, "chain 1.02", ".99"),
        row(20, "orthogonal", ".18"),
        row(20, "binding", ".33"),
        row(20, "shift", ".56"),
        row(20, "chain 1.02", ".28"),
    ]
    return table(
        f"Trained: {SHOWN} symbols copied after {DELAY} steps, by how the recurrence starts",
        rows,
        quick,
        f"ELU, RMSprop 1e-3, {TRAINING} steps of 20, source in the first units; chance .125, accuracies "
        "of 1,000 symbols.",
        "The shift is orthogonal, normal and a binding, and equals the chain until it wraps: what helps "
        "here is the sequence in it, not that it is not normal. Where steps outnumber units it is ahead.",
    )


TABLES = (fisher, decoding, training)
