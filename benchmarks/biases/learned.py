"""Learnt binding from one example, by whole patterns and by gradients; NAC and NALU on numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn
from vsa_plugins.biases import NAC, NALU

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa.nn import LearnedBinding

Tensor = torch.Tensor
TASKS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "+": lambda a, b: a + b, "-": lambda a, b: a - b, "×": lambda a, b: a * b, "÷": lambda a, b: a / b,
}  # fmt: skip


# --- rules --------------------------------------------------------------------------------------------
def pattern(items: int, used: int, generator: torch.Generator) -> Tensor:
    """Exponents (1, items), so many of them ±1."""
    exponents = torch.zeros(1, items)
    places = torch.randperm(items, generator=generator)[:used]
    exponents[0, places] = torch.randint(2, (used,), generator=generator) * 2.0 - 1
    return exponents


def example(
    space: vsa.Space, items: int, used: int, noise: float, seed: int, examples: int = 1
) -> tuple[LearnedBinding, Tensor, Tensor, Tensor]:
    """A layer, the pattern to be found, items (examples, n, dim) and answers with noise."""
    torch.manual_seed(seed)
    wanted = pattern(items, used, torch.Generator().manual_seed(seed))
    layer = LearnedBinding(space, items)
    a = space.algebra.pack(space.random((examples, items)).data)
    y = layer(a, wanted).detach()
    spread = noise * y.norm(dim=-1, keepdim=True) / y.shape[-1] ** 0.5
    return layer, wanted, a, y + spread * torch.randn(y.shape)


def exact(
    seed: int, dim: int, noise: float = 0.0, items: int = 8, used: int = 4, most: int | None = None
) -> float:
    """1 where the whole pattern is right."""
    space = vsa.Space(dim, backend="torch", seed=seed)
    layer, wanted, a, y = example(space, items, used, noise, seed)
    layer.fit(a, y, most)
    return float(torch.equal(layer.rounded(), wanted.long()))


def by_gradient(seed: int, atoms: str, used: int = 4, rounded: bool | None = None) -> float:
    """By Adam from four examples: whether it is exact, or the similarity on fresh atoms."""
    space = vsa.Space(256, backend="torch", seed=seed, atoms=atoms)
    layer, wanted, a, y = example(space, 8, used, 0.0, seed, examples=4)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        if atoms == "gaussian":
            loss = layer.modulus_loss(a, y)
        else:
            loss = 1 - torch.cosine_similarity(layer(a), y, dim=-1).mean()
        loss.backward()
        optimizer.step()
    if rounded is None:
        return float(torch.equal(layer.rounded(), wanted.long()))
    fresh = space.algebra.pack(space.random((16, 8)).data)
    with torch.no_grad():
        found = layer(fresh, layer.rounded()) if rounded else layer(fresh)
        return float(torch.cosine_similarity(found, layer(fresh, wanted), dim=-1).mean())


def symbols(seed: int, hidden: int = 0, examples: int = 256) -> float:
    """What a net on the items side by side makes of items it has not seen: the cosine."""
    torch.manual_seed(seed)
    space = vsa.Space(64, backend="torch", seed=seed)
    law = torch.tensor([[-1.0, 1.0, 1.0]])
    layer = LearnedBinding(space, 3)
    a, fresh = (space.algebra.pack(space.random((n, 3)).data) for n in (examples, 256))
    y, wanted = layer(a, law).detach()[:, 0], layer(fresh, law).detach()[:, 0]
    net: nn.Module = nn.Linear(3 * 64, 64)
    if hidden:
        net = nn.Sequential(nn.Linear(192, hidden), nn.ReLU(), nn.Linear(hidden, 64))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(300):
        optimizer.zero_grad()
        (1 - torch.cosine_similarity(net(a.flatten(1)), y, dim=-1)).mean().backward()
        optimizer.step()
    return float(torch.cosine_similarity(net(fresh.flatten(1)), wanted, dim=-1).mean().detach())


def found(noise: float, dim: int) -> Row:
    """Four of eight unitary items from one example; 20 seeds."""
    name = {0.0: "no noise", 1.0: "noise as long as the answer", 3.0: "noise three times as long"}
    few = ".350" if (noise, dim) == (3.0, 128) else "1.000"
    return Row(
        f"exact, 4 of 8 items, {name[noise]}, dim {dim}", partial(exact, dim=dim, noise=noise),
        reference=few, seeds=20,
    )  # fmt: skip


gaussian = partial(by_gradient, atoms="gaussian")
RULES = (
    *(found(noise, dim) for noise in (0.0, 1.0, 3.0) for dim in (128, 1024)),
    Row("exact, 3 of 32 items, noise as long, dim 1024",
        partial(exact, dim=1024, noise=1.0, items=32, used=3, most=3), reference="1.000"),
    Row("exact by gradient, 4 of 8 Gaussian atoms", gaussian, reference="1.000", seeds=10,
        control=partial(by_gradient, atoms="unitary"), beside="unitary"),
    Row("similarity on fresh atoms, by gradient", partial(gaussian, rounded=False),
        reference=".981", seeds=10),
    Row("… exponents rounded", partial(gaussian, rounded=True), reference="1.000", seeds=10),
    Row("control: linear, 256 examples, fresh atoms", symbols, reference="-.002", seeds=3),
    Row("control: perceptron", partial(symbols, hidden=256), reference="-.002", seeds=3),
)  # fmt: skip


def rules(quick: bool) -> Table:
    return table(
        "Learnt binding from one example: the share of exact rules",
        RULES,
        quick,
        "By gradient: Adam, 400 steps, four examples, dim 256; the loss of unitary atoms is 1 - cosine.",
        "Controls see the items side by side, 300 steps of Adam.",
    )


# --- numbers ------------------------------------------------------------------------------------------
def arithmetic(seed: int, cell: type[Any], task: str, steps: int = 4000) -> float:
    """RMSE over the root mean square of the target on U[2, 6], learnt on U[1, 2] from two sums of six."""
    torch.manual_seed(seed)
    net = nn.Sequential(cell(20, 2), cell(2, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    combine = TASKS[task]

    def batch(low: float, high: float, rows: int) -> tuple[Tensor, Tensor]:
        x = low + (high - low) * torch.rand(rows, 20)
        return x, combine(x[:, 2:8].sum(1), x[:, 10:16].sum(1))[:, None]

    for _ in range(steps):
        x, t = batch(1, 2, 128)
        optimizer.zero_grad()
        (net(x) - t).square().mean().backward()
        optimizer.step()
    x, t = batch(2, 6, 4096)
    with torch.no_grad():
        return float(((net(x) - t).square().mean() / t.square().mean()).sqrt())


NUMBERS = tuple(
    Row(f"{cell.__name__}, a {task} b", partial(arithmetic, cell=cell, task=task),
        published=published, reference=reference, seeds=3)
    for cell, task, published, reference in (
        (NAC, "+", "solved in 100 %", ".0006"), (NAC, "-", "solved in 100 %", ".0000"),
        (NAC, "×", "solved in 31 %", "4.4"), (NALU, "+", "solved in 14 %", "1.7"),
        (NALU, "×", "solved in 0 %", "5.9"), (NALU, "÷", "solved in 0 %", ".66"),
    )
)  # fmt: skip


def numbers(quick: bool) -> Table:
    return table(
        "Neural arithmetic, two sums of six of 20 numbers: relative RMSE outside of what was learnt",
        NUMBERS,
        quick,
        "Learnt on U[1, 2] in 4,000 steps, tested on U[2, 6]. Published: the share of 100 seeds solved in",
        "up to millions of steps (Madsen and Johansen 2020), where NAC multiplies by logarithms.",
        "What a NALU does between is a product of moduli: without signs, and by exponents that interfere",
        "with its sums. We claim + and - of NAC alone.",
    )


TABLES = (rules, numbers)
