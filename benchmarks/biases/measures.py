"""Measures: identities with their numbers, ranks of chains, separability, alignment, symmetries."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch.nn.functional import cross_entropy

import vsa
from benchmarks.biases.learning import digits
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa import nn
from vsa.nn import measures

LINKS = 16


def double(dim: int, seed: int) -> Any:
    return vsa.Space(dim, backend="torch", dtype="float64", seed=seed)


# --- how much a function turns --------------------------------------------------------------------
def binding(seed: int) -> float:
    space = double(256, seed)
    pack, bind = space.algebra.pack, nn.Bind(space)
    key = nn.Unitary(space)(pack(space.random().data))  # to the last bit
    return measures.geometric_complexity(lambda x: bind(x, key), pack(space.random(3).data))


def linear(seed: int) -> float:
    torch.manual_seed(seed)
    layer, x = torch.nn.Linear(20, 30).double(), torch.randn(5, 20, dtype=torch.float64)
    return measures.geometric_complexity(layer, x) / float(layer.weight.detach().square().sum())


def cleanup(seed: int, temperature: float) -> float:
    """Of 100 items at 20 of them with noise of their own length."""
    space = double(256, seed)
    items = nn.Vectors(space, 100, learn=False)
    near = items()[:20] + space.algebra.pack(space.random(20).data)
    near = torch.nn.functional.normalize(near, dim=-1)
    return measures.geometric_complexity(nn.Cleanup(space, items, temperature), near)


def turns(quick: bool) -> Table:
    rows = [
        Row("binding with a unitary key, d = 256", binding, reference="256.00 exactly", digits=9),
        Row("linear map, over ‖W‖²", linear, reference="1", digits=9),
    ]
    for temperature, reference in ((0.02, "0.00"), (0.05, "0.00"), (0.1, ".35"), (0.5, ".05")):
        rows.append(
            Row(
                f"Cleanup of 100 items, T = {temperature}",
                lambda seed, t=temperature: cleanup(seed, t),
                reference=reference,
            )
        )
    return table(
        "Geometric complexity: binding is an isometry, a hard cleanup is constant",
        rows,
        quick,
        "Cleanup at its items with noise of their own length, scaled to 1; 256 dimensions.",
    )


# --- ranks ----------------------------------------------------------------------------------------
def maps(seed: int, length: int) -> float:
    torch.manual_seed(seed)
    chain = torch.eye(64, dtype=torch.float64)
    for _ in range(length):
        chain = torch.randn(64, 64, dtype=torch.float64) @ chain / 8
    return float(measures.effective_rank(chain))


def bindings(seed: int, length: int) -> float:
    space = double(64, seed)
    chain = torch.eye(64, dtype=torch.float64)
    for _ in range(length):
        chain = nn.Bind(space)(chain, space.algebra.pack(space.random().data))
    return float(measures.effective_rank(chain))


def chains(quick: bool) -> Table:
    rows = [
        Row(
            f"{length} Gaussian maps",
            lambda seed, n=length: maps(seed, n),
            reference=reference,
            control=lambda seed, n=length: bindings(seed, n),
            beside="bindings (64.0)",
            digits=1,
        )
        for length, reference in ((1, "51.0"), (2, "41.8"), (4, "31.6"), (8, "20.6"), (16, "10.5"))
    ]
    rows.append(Row("16 bindings", lambda seed: bindings(seed, LINKS), reference="64.0", digits=1))
    return table("Effective rank of chains, n = 64, of singular values", rows, quick)


# --- a net that learns digits ---------------------------------------------------------------------
@lru_cache
def layers(seed: int, random: bool, steps: int = 1000) -> tuple[Any, ...]:
    """Separability of the input and five layers, the net's own, alignment before and after.

    random: half of the 500 labels are drawn anew.
    """
    torch.manual_seed(seed)
    x, y = digits()
    order = torch.randperm(len(x))[:500]
    x, y = x[order], y[order].clone()
    if random:
        y[:250] = torch.randint(10, (250,))
    sizes = [64, 100, 100, 100, 100, 100]
    inner = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    net = torch.nn.Sequential(
        *(part for linear in inner for part in (linear, torch.nn.ReLU())), torch.nn.Linear(100, 10)
    )
    before = tangent(net, x, y)
    descent = torch.optim.Adam(net.parameters(), 1e-3)
    for _ in range(steps):
        rows = torch.randint(len(x), (64,))
        descent.zero_grad()
        cross_entropy(net(x[rows]), y[rows]).backward()
        descent.step()
    with torch.no_grad():
        found, state = [measures.class_separability(x, y)], x
        for part in net[:-1]:
            state = part(state)
            if isinstance(part, torch.nn.ReLU):
                found.append(measures.class_separability(state, y))
        right = float((net(x).argmax(-1) == y).float().mean())
    return found, right, before, tangent(net, x, y)


def tangent(net: Any, x: Any, y: Any) -> float:
    """Alignment of the kernel of gradients of all outputs with the labels, of every eighth image."""
    x, y = x[::8], y[::8]
    parameters, kernel = list(net.parameters()), torch.zeros(len(x), len(x))
    outputs = net(x)
    for column in outputs.T:
        rows = [
            torch.cat([g.flatten() for g in torch.autograd.grad(o, parameters, retain_graph=True)])
            for o in column
        ]
        slopes = torch.stack(rows)
        kernel += slopes @ slopes.T
    return float(measures.alignment(kernel, y))


def separability(quick: bool) -> Table:
    def row(name: str, of: Callable[[Any], float], reference: str, theirs: str) -> Row:
        return Row(
            name,
            lambda seed: of(layers(seed, False)),
            reference=reference,
            control=lambda seed: of(layers(seed, True)),
            beside=f"half of labels random ({theirs})",
            seeds=2,
        )

    return table(
        "A net of five layers on digits: right by the nearest class bundle, layer by layer",
        [
            row("images", lambda found: found[0][0], ".903", ".501"),
            row("layer 1", lambda found: found[0][1], ".949", ".514"),
            row("layer 3", lambda found: found[0][3], ".988", ".692"),
            row("layer 5", lambda found: found[0][5], ".991", ".775"),
            row("the net", lambda found: found[1], "1.000", ".981"),
            row("tangent kernel's alignment, before", lambda found: found[2], ".469", ".252"),
            row("tangent kernel's alignment, after", lambda found: found[3], ".637", ".378"),
        ],
        quick,
        "500 images, 1,000 steps of Adam; the alignment is of 63 of them, with the labels learnt.",
    )


# --- symmetries -----------------------------------------------------------------------------------
def shifted(x: Any) -> Any:
    return x.roll(3, -1)


def convolution(seed: int, mode: str, equivariant: bool) -> float:
    torch.manual_seed(seed)
    net = torch.nn.Conv1d(1, 3, 5, padding=2, padding_mode=mode)
    after = shifted if equivariant else None
    return measures.equivariance(net, torch.randn(8, 1, 32), shifted, after)


def superposing(seed: int) -> float:
    space = double(64, seed)
    x = space.algebra.pack(space.random((4, 6)).data)
    return measures.equivariance(nn.Superpose(space), x, lambda x: x.flip(-2))


def turning(seed: int, layer: str) -> float:
    """Whether what is bound to an operand is bound to the result."""
    space = double(64, seed)
    pack, bind = space.algebra.pack, nn.Bind(space)
    key, x = pack(space.random().data), pack(space.random((4, 6)).data)
    torch.manual_seed(seed)
    module: Any = torch.nn.Linear(64, 64, bias=False).double()
    if layer == "Bind":
        other = pack(space.random().data)
        module = lambda x: bind(x, other)  # noqa: E731
    elif layer == "Mixture":
        module = nn.Mixture(space, 4)
    return measures.equivariance(module, x, lambda x: bind(x, key), lambda x: bind(x, key))


def symmetries(quick: bool) -> Table:
    def row(name: str, measured: Callable[[int], float], reference: str = "–") -> Row:
        return Row(name, measured, reference=reference, seeds=3)

    return table(
        "Symmetries: ‖f(T x) − T′ f(x)‖ / ‖f(x)‖",
        [
            row("circular convolution, equivariant to shifts",
                lambda s: convolution(s, "circular", True), "0"),
            row("circular convolution, invariant", lambda s: convolution(s, "circular", False), "1.55"),
            row("convolution padded by zeros, equivariant",
                lambda s: convolution(s, "zeros", True), ".29"),
            row("Superpose, invariant to the order", superposing, "5e-8"),
            row("Bind, equivariant to binding", lambda s: turning(s, "Bind"), "0"),
            row("Mixture of 4, equivariant to binding", lambda s: turning(s, "Mixture")),
            row("linear map, equivariant to binding", lambda s: turning(s, "Linear"), "1.59"),
        ],
        quick,
    )  # fmt: skip


TABLES = (turns, chains, separability, symmetries)
