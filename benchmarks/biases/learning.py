"""What is added to learning: the Fisher penalty, Hat beside fractional powers, Gamma."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
from torch.nn.functional import cross_entropy
from vsa_plugins.biases import Gamma, Hat, fisher_penalty

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa.nn.measures import fisher_trace


@lru_cache(maxsize=1)
def digits() -> tuple[Any, Any]:
    """Images (1797, 64) in [0, 1] and their labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.tensor(found.data / 16, dtype=torch.float32), torch.tensor(found.target)


# --- the Fisher penalty ---------------------------------------------------------------------------
class Learnt(NamedTuple):
    """% right of test images, at the end and at best, and of labels fitted; the largest trace."""

    test: float
    best: float
    wrong: float
    trace: float


@lru_cache
def noisy(seed: int, penalty: float, labels: str, decay: float = 0.0, steps: int = 1500) -> Learnt:
    """250 digits, 40 % of the labels wrong, 64-128-128-10, descent at .05."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    x, y = digits()
    order = torch.randperm(len(x), generator=generator)
    train, test = order[:250], order[250:]
    given = y[train].clone()
    given[:100] = (given[:100] + torch.randint(1, 10, (100,), generator=generator)) % 10
    net = torch.nn.Sequential(
        torch.nn.Linear(64, 128), torch.nn.ReLU(), torch.nn.Linear(128, 128), torch.nn.ReLU(),
        torch.nn.Linear(128, 10),
    )  # fmt: skip
    descent = torch.optim.SGD(net.parameters(), 0.05, weight_decay=decay)
    trace = best = 0.0

    def right() -> float:
        with torch.no_grad():
            return 100 * float((net(x[test]).argmax(-1) == y[test]).float().mean())

    for step in range(steps):
        rows = torch.randint(250, (32,), generator=generator)
        logits = net(x[train[rows]])
        loss = cross_entropy(logits, given[rows])
        if penalty:
            known = given[rows] if labels == "given" else None
            loss = loss + penalty * fisher_penalty(
                logits, net.parameters(), generator, labels=known
            )
        descent.zero_grad()
        loss.backward()
        descent.step()
        if step % 50 == 49:
            best = max(best, right())
        if step % 300 == 299:
            trace = max(trace, fisher_trace(net, x[train[::3]]))
    with torch.no_grad():
        fitted = float((net(x[train[:100]]).argmax(-1) == given[:100]).float().mean())
    return Learnt(right(), best, 100 * fitted, trace)


def penalties(quick: bool) -> Table:
    def row(name: str, of: str, reference: str, given: str, penalty: float = 0.1) -> Row:
        return Row(
            name,
            lambda seed: getattr(noisy(seed, penalty, "model"), of),
            reference=reference,
            control=(lambda seed: getattr(noisy(seed, penalty, "given"), of)) if given else None,
            beside=f"given labels ({given})",
            seeds=4,
            digits=1,
        )

    decayed = Row(
        "weight decay .01: test, %",
        lambda seed: noisy(seed, 0.0, "model", 0.01).test,
        reference="75.8 ±3.8",
        seeds=4,
        digits=1,
    )
    return table(
        "Fisher penalty: 250 digits, 40 % of labels wrong, 1,500 steps at .05",
        [
            row("test, %, without", "test", "69.5 ±3.7", "", 0.0),
            row("test, %, penalty .1", "test", "78.6 ±3.2", "77.2 ±4.3"),
            *([] if quick else [decayed]),
            row("test at best (early stopping), %, without", "best", "79.3 ±4.2", "", 0.0),
            row("test at best, %, penalty .1", "best", "80.7 ±3.3", "81.9 ±3.3"),
            row("wrong labels fitted, %, without", "wrong", "32", "", 0.0),
            row("wrong labels fitted, %, penalty .1", "wrong", "19", "21"),
            row("largest Tr F, without", "trace", "73.6 ±11.0", "", 0.0),
            row("largest Tr F, penalty .1", "trace", "39.3 ±5.3", "40.0 ±5.4"),
        ],
        quick,
        "Labels drawn from the model are no better than the given ones at so small a penalty, and",
        "early stopping does without what either wins. Tr F: of every third image, every 300 steps.",
    )


# --- Hat, beside fractional powers ----------------------------------------------------------------
FREQUENCIES = (1, 4, 8, 16)


@lru_cache
def left(seed: int, features: str, steps: int = 1500) -> tuple[float, ...]:
    """Of Σ sin πkx at 512 points: the share of each sine that is not learnt."""
    torch.manual_seed(seed)
    x = torch.linspace(-1, 1, 513)[:-1, None]
    waves = torch.cat([torch.sin(torch.pi * k * x) for k in FREQUENCIES], 1)
    rate = 1e-3
    if features == "powers":
        space = vsa.Space(256, backend="torch", seed=seed)
        base = space.base("x")  # phases uniform on (−π, π), so 22 of them have a deviation of 40
        x, net, rate = (
            space.algebra.pack((base ** (22 * x[:, 0])).data),
            torch.nn.Linear(256, 1),
            1e-2,
        )
        x = x * 256**0.5
    else:
        wide = torch.nn.Linear(1, 256)
        if features != "narrow":  # Hat's start: its support is short, so bends stand close
            torch.nn.init.uniform_(wide.weight, -8, 8)
            torch.nn.init.uniform_(wide.bias, -8, 8)
        bend = Hat() if features == "hat" else torch.nn.ReLU()
        net = torch.nn.Sequential(wide, bend, torch.nn.Linear(256, 1))
    wanted = waves.sum(1, keepdim=True)
    descent = torch.optim.Adam(net.parameters(), rate)
    for _ in range(steps):
        descent.zero_grad()
        (net(x) - wanted).square().mean().backward()
        descent.step()
    with torch.no_grad():
        rest = ((wanted - net(x)) * waves).sum(0) / waves.square().sum(0)
    return tuple(abs(float(r)) for r in rest)


def hats(quick: bool) -> Table:
    def row(name: str, features: str, references: tuple[str, str]) -> list[Row]:
        return [
            Row(
                f"{name}, k = {k}",
                lambda seed, k=k: left(seed, features)[FREQUENCIES.index(k)],
                reference=reference,
                seeds=3,
            )
            for k, reference in zip((4, 16), references, strict=True)
        ]

    return table(
        "Σ sin πkx, k = 1, 4, 8, 16, in 1,500 steps: the share of a sine not learnt",
        [
            *row("ReLU", "narrow", (".57", ".92")),
            *row("ReLU, Hat's wide start", "wide", (".36", ".94")),
            *row("Hat", "hat", (".02", ".72")),
            *row("fractional powers and a linear map", "powers", (".000", ".001")),
        ],
        quick,
        "One hidden layer of 256; powers of a base of 256 dimensions, phases of deviation 40.",
    )


# --- Gamma ----------------------------------------------------------------------------------------
@lru_cache
def recurrent(seed: int, activation: str, steps: int = 500) -> float:
    """% of test digits, read row by row by 32 units."""
    torch.manual_seed(seed)
    x, y = digits()
    order = torch.randperm(len(x))
    x, y = x[order].unflatten(1, (8, 8)), y[order]
    bend = {
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "gamma": lambda: Gamma(32, 1.0, 1.0),
    }[activation]()
    inner, outer, out = torch.nn.Linear(8, 32), torch.nn.Linear(32, 32), torch.nn.Linear(32, 10)

    def run(rows: Any) -> Any:
        state = rows.new_zeros(len(rows), 32)
        for step in range(8):
            state = bend(inner(rows[:, step]) + outer(state))
        return out(state)

    learnt = [p for part in (bend, inner, outer, out) for p in part.parameters()]
    descent = torch.optim.Adam(learnt, 3e-3)
    for _ in range(steps):
        rows = torch.randint(1200, (64,))
        descent.zero_grad()
        cross_entropy(run(x[rows]), y[rows]).backward()
        descent.step()
    with torch.no_grad():
        return 100 * float((run(x[1200:]).argmax(-1) == y[1200:]).float().mean())


def gammas(quick: bool) -> Table:
    def row(name: str, activation: str, reference: str) -> Row:
        return Row(
            name,
            lambda seed: recurrent(seed, activation),
            reference=reference,
            seeds=3,
            digits=1,
        )

    return table(
        "Gamma: digits row by row, 32 units, 500 steps, % of test images",
        [
            row("sigmoid", "sigmoid", "76.0 ±2.9"),
            row("Gamma of each unit, from that sigmoid", "gamma", "91.0 ±2.6"),
            row("tanh", "tanh", "96.6 ±1.1"),
        ],
        quick,
        "It mends a bad activation; a well-chosen fixed one does better.",
    )


TABLES = (penalties, hats, gammas)
