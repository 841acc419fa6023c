"""Gradient flow of class vectors: its first instant, its two kinds of gradients, episodes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from vsa_plugins.biases import FlowClassifier

import vsa
from benchmarks.biases.rows import Row, table
from benchmarks.papers import Table
from vsa import nn

WIDE, WAYS, SHOTS, ASKED = 64, 5, 5, 10


# --- identities -----------------------------------------------------------------------------------
def first_instant(seed: int) -> float:
    """1 − the least cosine of a class vector at time 1e-4 with the class's centred bundle."""
    torch.manual_seed(seed)
    items, labels = torch.randn(10, 32, dtype=torch.float64), torch.arange(10) % 5
    own = torch.nn.functional.one_hot(labels).double()
    bundle = own.T @ items - items.sum(0) / 5
    weight = nn.gradient_flow(items, labels, 1e-4).weight
    return 1 - float(torch.cosine_similarity(weight, bundle).min())


def gap(seed: int, of_time: bool) -> float:
    """The largest relative difference of gradients by autograd and forward."""
    torch.manual_seed(seed)
    labels, found = torch.arange(10) % 5, []
    drawn = torch.randn(10, 32, dtype=torch.float64), torch.randn(5, 32, dtype=torch.float64) / 10
    for method in ("autograd", "forward"):
        items, start = (x.clone().requires_grad_() for x in drawn)
        time = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
        weight = nn.gradient_flow(items, labels, time, start, steps=200, method=method).weight
        gradients = torch.autograd.grad(weight.sin().sum(), (items, start, time))
        found.append(gradients[2:] if of_time else gradients[:2])
    return max(float((a - b).norm() / a.norm()) for a, b in zip(*found, strict=True))


def identities(quick: bool) -> Table:
    return table(
        "Gradient flow: exact identities (times 1e9; 5 ways, 2 shots, d = 32)",
        [
            Row("1 − cos(class vector, centred bundle), T = 1e-4",
                lambda seed: 1e9 * first_instant(seed), reference=".2"),
            Row("gradients by items and start, two methods apart",
                lambda seed: 1e9 * gap(seed, False), reference="1e-7 … 6e-7", digits=9),
            Row("gradient by time, two methods apart",
                lambda seed: 1e9 * gap(seed, True), reference="2e-5 … .4"),
        ],
        quick,
    )  # fmt: skip


# --- episodes -------------------------------------------------------------------------------------
@lru_cache(maxsize=4)
def episodes(seed: int, count: int) -> tuple[Any, ...]:
    """Support, labels, queries, theirs: a class's atom, 6 shared nuisances, noise of length 2."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Any:
        return torch.randn(*shape, generator=generator)

    unit = torch.nn.functional.normalize
    nuisance = unit(draw(6, WIDE), dim=-1)  # the same in all episodes, so that it can be unlearnt
    atoms = unit(draw(count, WAYS, WIDE), dim=-1)

    def examples(each: int) -> tuple[Any, Any]:
        labels = torch.arange(WAYS * each) % WAYS
        n = count, WAYS * each
        noise = draw(*n, 6) @ nuisance + 2 * draw(*n, WIDE) / WIDE**0.5
        return atoms[:, labels] + noise, labels.expand(n)

    return *examples(SHOTS), *examples(ASKED)


def right(net: Any, some: tuple[Any, ...], encoder: Any = None) -> float:
    """% of queries."""
    support, labels, query, wanted = some
    with torch.no_grad():
        if encoder is not None:
            support, query = encoder(support), encoder(query)
        return 100 * float((net(support, labels, query).argmax(-1) == wanted).double().mean())


def bundles(support: Any, labels: Any, query: Any) -> Any:
    """Cosines with the sums of the classes."""
    own = torch.nn.functional.one_hot(labels, WAYS).to(support.dtype)
    return query @ torch.nn.functional.normalize(own.mT @ support, dim=-1).mT


@lru_cache
def learnt(seed: int) -> tuple[float, float, float]:
    """Flow and bundle after an encoder and the time have learnt for 300 steps; the time."""
    torch.manual_seed(seed)
    encoder = torch.nn.Linear(WIDE, WIDE, bias=False)
    net = FlowClassifier(vsa.Space(WIDE, backend="torch"), WAYS)
    descent = torch.optim.Adam([{"params": encoder.parameters(), "lr": 3e-3},
                                {"params": net.parameters(), "lr": 3e-2}])  # fmt: skip
    support, labels, query, wanted = episodes(seed, 2400)
    for step in range(300):
        at = slice(8 * step, 8 * step + 8)
        found = net(encoder(support[at]), labels[at], encoder(query[at]))
        descent.zero_grad()
        torch.nn.functional.cross_entropy(found.flatten(0, 1), wanted[at].flatten()).backward()
        descent.step()
    # other atoms, the same nuisances: the last of them were not learnt from
    fresh = tuple(x[-100:] for x in episodes(seed, 2500))
    return right(net, fresh, encoder), right(bundles, fresh, encoder), net.time


def few_shots(quick: bool) -> Table:
    count = 100 if quick else 300
    space = vsa.Space(WIDE, backend="torch")

    def bundle(seed: int) -> float:
        return right(bundles, episodes(seed, count))

    def row(time: float, reference: str) -> Row:
        return Row(
            f"flow, T = {time:g}",
            lambda seed: right(FlowClassifier(space, WAYS, time), episodes(seed, count)),
            reference=reference,
            control=bundle,
            beside="bundle",
            seeds=3,
            digits=1,
        )

    rows = [
        Row("bundle", bundle, reference="46.1 ±.4", seeds=3, digits=1),
        row(0.1, "45.0"), row(1, "47.0"), row(10, "57.7"), row(100, "64.1 ±.5"),
    ]  # fmt: skip
    if not quick:
        rows.append(
            Row(
                "flow of learnt features",
                lambda seed: learnt(seed)[0],
                reference="86.5 ±.3",
                control=lambda seed: learnt(seed)[1],
                beside="bundle of the same (87.4 ±.3)",
                seeds=2,
                digits=1,
            )
        )
    return table(
        "Episodes of 5 ways and 5 shots under nuisance, d = 64: % of queries right",
        rows,
        quick,
        f"{count} episodes a seed. Once features are learnt (in --full), the flow adds nothing.",
    )


TABLES = (identities, few_shots)
