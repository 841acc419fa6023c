"""Mixtures: dead outputs of dense ones, keys chosen by gates, ranks past one softmax."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from vsa_plugins.biases import DenseMixture, MixedCleanup

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa import nn
from vsa.nn.measures import Spectrum, spectrum

WIDE = 128
STEPS = 300


# --- dense mixtures -------------------------------------------------------------------------------
@lru_cache
def dense(seed: int, experts: int, gates: str) -> Spectrum:
    """Of one layer at 40 normal inputs."""
    torch.manual_seed(seed)
    return spectrum(DenseMixture(WIDE, WIDE, experts, gates=gates), torch.randn(40, WIDE))


def stack(seed: int, center: bool, experts: int = 8, depth: int = 10) -> float:
    """The effective rank of many layers, activations kept at their length."""
    torch.manual_seed(seed)
    layers = [
        DenseMixture(WIDE, WIDE, experts, gates="constant", center=center) for _ in range(depth)
    ]

    def run(x: Any) -> Any:
        for layer in layers:
            y = layer(x)
            x = y * (WIDE**0.5 / y.detach().norm(dim=-1, keepdim=True))
        return x

    return spectrum(run, torch.randn(4, WIDE)).effective_rank


def jacobians(quick: bool) -> Table:
    reference = {1: ".496 ±.006", 2: ".249 ±.004", 4: ".061 ±.002", 8: ".004 ±.001"}
    rows = [
        Row(
            f"zero, K = {k} (2^−K = {0.5**k:.4g})",
            lambda seed, k=k: dense(seed, k, "constant").zero,
            reference=reference[k],
            control=lambda seed, k=k: dense(seed, k, "softmax").zero,
            beside="softmax gates",
            seeds=3,
        )
        for k in (1, 2, 4, 8)
    ]
    rows.append(
        Row(
            "below .05 of the top, K = 8, softmax gates",
            lambda seed: dense(seed, 8, "softmax").small(0.05),
            reference=".354",
            control=lambda seed: dense(seed, 8, "constant").small(0.05),
            beside="constant",
            seeds=3,
        )
    )
    rows.append(
        Row(
            "effective rank, 10 layers of K = 8, centred",
            lambda seed: stack(seed, True),
            reference="15.2 (of σ²)",
            control=lambda seed: stack(seed, False),
            beside="not centred (1.0)",
            seeds=3,
            digits=1,
        )
    )
    return table(
        "Jacobians of dense mixtures, d = 128: an output is dead where all its units are",
        rows,
        quick,
        "Effective ranks here are of singular values, the reference's of their squares.",
    )


# --- bindings -------------------------------------------------------------------------------------
@lru_cache
def bindings(seed: int, experts: int, count: int, kind: str, steps: int = STEPS) -> float:
    """Cosine with y = key(category) ⊛ x on fresh tokens, x = category + token of length 1."""
    torch.manual_seed(seed)
    space = vsa.Space(WIDE, backend="torch", seed=seed)
    pack = space.algebra.pack
    names, keys = pack(space.random(experts).data), pack(space.random(experts).data)

    def draw(count: int) -> tuple[Any, Any]:
        chosen = torch.randint(experts, (count,))
        tokens = pack(space.random(count).data)
        x = torch.nn.functional.normalize(names[chosen] + tokens, dim=-1)
        return x, nn.Bind(space)(x, keys[chosen])

    (x, y), (fresh, wanted) = draw(count), draw(1000)
    net = {
        "softmax": lambda: nn.Mixture(space, experts),
        "constant": lambda: nn.Mixture(space, experts, gates="constant"),
        "linear": lambda: torch.nn.Linear(WIDE, WIDE),
        "perceptron": lambda: torch.nn.Sequential(
            torch.nn.Linear(WIDE, 256), torch.nn.ReLU(), torch.nn.Linear(256, WIDE)
        ),
    }[kind]()
    rate = 0.03 if kind in ("softmax", "constant") else 0.003
    descent = torch.optim.Adam(net.parameters(), rate)
    for _ in range(steps):
        rows = torch.randint(count, (32,))
        descent.zero_grad()
        (1 - torch.cosine_similarity(net(x[rows]), y[rows])).mean().backward()
        descent.step()
    with torch.no_grad():
        return float(torch.cosine_similarity(net(fresh), wanted).mean())


def chosen_keys(quick: bool) -> Table:
    def row(name: str, kind: str, reference: str, experts: int = 4, count: int = 100) -> Row:
        def constant(seed: int) -> float:
            return bindings(seed, experts, count, "constant")

        return Row(
            f"{name}, K = {experts}, {count:,} examples",
            lambda seed: bindings(seed, experts, count, kind),
            reference=reference,
            control=constant if kind == "softmax" else None,
            beside=f"constant gates (1/√K = {experts**-0.5:.3f})",
        )

    return table(
        "A mixture of bindings on tokens never seen, d = 128: cosine with key(category) ⊛ x",
        [
            row("softmax gates", "softmax", ".998 ±.002"),
            row("constant gates", "constant", ".494 ±.023"),
            row("linear map", "linear", ".447"),
            row("perceptron of 256", "perceptron", ".657"),
            row("softmax gates", "softmax", ".947 ±.040", experts=8),
            row("linear map", "linear", ".756", count=2000),
        ],
        quick,
        f"{STEPS} steps of Adam on 32 examples each; gates begin small, or they settle too soon.",
    )


# --- softmaxes ------------------------------------------------------------------------------------
@lru_cache
def softmaxes(seed: int, dim: int, parts: int, rank: int, steps: int) -> float:
    """KL of 256 contexts × 128 items from log-probabilities of a rank."""
    torch.manual_seed(seed)
    target = (torch.randn(256, rank) @ torch.randn(rank, 128) * (3 / rank**0.5)).log_softmax(-1)
    space = vsa.Space(dim, backend="torch", seed=seed)
    items = nn.Vectors(space, 128)
    contexts = torch.nn.Parameter(torch.randn(256, dim) / dim**0.5)
    with torch.no_grad():
        items.weight.normal_(std=dim**-0.5)
    net: Any
    if parts == 1:
        net = nn.Cleanup(space, items, 0.2, learn_temperature=True)
    else:
        net = MixedCleanup(space, items, parts, 0.2, learn_temperature=True)
    descent = torch.optim.Adam([contexts, *net.parameters()], 0.03)
    for step in range(steps):
        for group in descent.param_groups:
            group["lr"] = 0.03 * (1 - step / steps)
        loss = (target.exp() * (target - net(contexts).weights.log())).sum(-1).mean()
        descent.zero_grad()
        loss.backward()
        descent.step()
    return float(loss.detach())


def bottleneck(quick: bool) -> Table:
    steps = 400 if quick else 800

    def row(name: str, dim: int, parts: int, reference: str, rank: int = 64) -> Row:
        return Row(
            name,
            lambda seed: softmaxes(seed, dim, parts, rank, steps),
            reference=reference,
            seeds=2,
            digits=4 if rank < 10 else 3,
        )

    rows = [
        row("one softmax, d = 8", 8, 1, ".686 ±.005"),
        row("one softmax, d = 10", 10, 1, ".569 ±.007"),
        row("mixture of 2, d = 8", 8, 2, ".596 ±.020"),
        row("mixture of 8, d = 8", 8, 8, ".463 ±.009"),
    ]
    if not quick:
        rows += [
            row("one softmax, d = 16", 16, 1, ".328 ±.006"),
            row("rank 4: one softmax, d = 8", 8, 1, ".0004", rank=4),
            row("rank 4: mixture of 8, d = 8", 8, 8, ".0016", rank=4),
        ]
    return table(
        "The softmax bottleneck: KL from log-probabilities of rank 64, 256 × 128",
        rows,
        quick,
        f"{steps} steps of Adam. Ours are cosines of a learnt temperature, the reference's plain",
        "dot products. A mixture of 8 at d = 8 has the numbers of one softmax at d = 10.",
    )


TABLES = (jacobians, chosen_keys, bottleneck)
