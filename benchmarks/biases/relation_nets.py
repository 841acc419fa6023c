"""Nets that learn tasks about relations from some objects and are asked about others; and roles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import nn
from vsa_plugins.biases import (
    CoRelNet,
    distribution_of_three,
    identity_rules,
    lower,
    match_to_sample,
    same_different,
)

from vsa import Space
from vsa.nn import Cleanup, Relations, torch_threads

DIM, OBJECTS, BATCH, HIDDEN = 128, 100, 96, 256
SCALE = DIM**0.5  # makes the numbers of an atom as large as those that an encoder gives
TASKS = {  # what draws trials, how many items one has, how many answers there are
    "same/different": (same_different, 2, 2),
    "match to sample": (match_to_sample, 6, 2),
    "distribution of three": (distribution_of_three, 9, 4),
    "identity rules": (identity_rules, 9, 4),
}


def perceptron(features: int, out: int) -> nn.Module:
    return nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, out))


class Plain(nn.Module):
    """A perceptron over the items."""

    def __init__(self, n: int, out: int) -> None:
        super().__init__()
        self.answer = perceptron(n * DIM, out)

    def forward(self, x: Any) -> Any:
        return self.answer(SCALE * x.flatten(-2))


class Leak(nn.Module):
    """A perceptron over the cosines, and beside them the items themselves."""

    def __init__(self, space: Space, n: int, out: int) -> None:
        super().__init__()
        self.relations = Relations(space)
        self.answer = perceptron(n * (n - 1) // 2 + n * DIM, out)

    def forward(self, x: Any) -> Any:
        return self.answer(torch.cat([lower(self.relations(x)), SCALE * x.flatten(-2)], -1))


class Causal(nn.Module):
    """The form of the authors' program: a softmax of dot products with the items so far and itself."""

    def __init__(self, n: int, out: int) -> None:
        super().__init__()
        self.answer = perceptron(n * (n + 1) // 2, out)

    def forward(self, x: Any) -> Any:
        later = torch.ones(x.shape[-2], x.shape[-2], dtype=torch.bool).triu(1)
        dots = (x @ x.mT).masked_fill(later, -torch.inf)
        return self.answer(lower(dots.softmax(-1), diagonal=True))


class Recurrent(nn.Module):
    """An LSTM over the items; its last state answers."""

    def __init__(self, out: int) -> None:
        super().__init__()
        self.cell = nn.LSTM(DIM, DIM, batch_first=True)
        self.answer = nn.Linear(DIM, out)

    def forward(self, x: Any) -> Any:
        return self.answer(self.cell(SCALE * x)[0][:, -1])


class Attending(nn.Module):
    """A layer of a Transformer's encoder, with places that learn; the mean of its states answers."""

    def __init__(self, n: int, out: int) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.randn(n, DIM))
        self.encoder = nn.TransformerEncoderLayer(DIM, 4, HIDDEN, dropout=0.0, batch_first=True)
        self.answer = nn.Linear(DIM, out)

    def forward(self, x: Any) -> Any:
        return self.answer(self.encoder(SCALE * x + self.place).mean(-2))


NETS: dict[str, Callable[[Space, int, int], Any]] = {
    "softmax": CoRelNet,
    "others": lambda space, n, out: CoRelNet(space, n, out, diagonal=False),
    "itself": lambda space, n, out: CoRelNet(space, n, out, diagonal=True),
    "cosines": lambda space, n, out: CoRelNet(space, n, out, temperature=None),
    "causal": lambda space, n, out: Causal(n, out),
    "leak": Leak,
    "MLP": lambda space, n, out: Plain(n, out),
    "LSTM": lambda space, n, out: Recurrent(out),
    "Transformer": lambda space, n, out: Attending(n, out),
}


@cache  # a net stands beside several controls
@torch_threads()
def right(net: str, task: str, held: int, seed: int, steps: int = 600, noise: float = 0.0) -> float:
    """The share of right answers about objects that were held out of learning, `held` of the 100.

    noise: the length of what each look at an object adds to it.
    """
    draw, n, out = TASKS[task]
    space = Space(DIM, backend="torch", seed=seed)
    atoms = space.algebra.pack(space.random(OBJECTS).data)
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = NETS[net](space, n, out)

    def trials(objects: Any, count: int) -> tuple[Any, Any]:
        items, answers = draw(len(objects), count, generator)
        looks = objects[items]
        if noise:
            looks = looks + noise / SCALE * torch.randn(looks.shape, generator=generator)
        return looks, answers

    descent = torch.optim.Adam(model.parameters(), lr=5e-4)
    for _ in range(steps):
        looks, answers = trials(atoms[: OBJECTS - held], BATCH)
        descent.zero_grad()
        nn.functional.cross_entropy(model(looks), answers).backward()
        descent.step()
    with torch.no_grad():
        looks, answers = trials(atoms[OBJECTS - held :], 4000)
        return float((model(looks).argmax(-1) == answers).double().mean())


@cache
@torch_threads()
def same_shape(how: str, dim: int, seed: int, pairs: int = 4000) -> float:
    """Which pairs of shape ⊛ r₁ + colour ⊛ r₂ have one shape: the share right at the best threshold.

    how: from the relations of the items as they are ("whole"), unbound from r₁ ("unbound"), or cleaned
    up among the shapes, too ("cleaned up").
    """
    space = Space(dim, backend="torch", seed=seed)
    shapes, colours, roles = space.random(OBJECTS), space.random(OBJECTS), space.random(2)
    generator = torch.Generator().manual_seed(seed)
    kinds = []  # of each pair; the second is as often as not the one of the first
    for _ in range(2):
        first, second = torch.randint(OBJECTS, (2, pairs), generator=generator)
        again = torch.rand(pairs, generator=generator) < 0.5
        kinds.append(torch.stack([first, torch.where(again, first, second)], -1))
    items = shapes[kinds[0]] * roles[0] + colours[kinds[1]] * roles[1]
    relations = {
        "whole": lambda: Relations(space),
        "unbound": lambda: Relations(space, roles=roles),
        "cleaned up": lambda: Relations(
            space,
            roles=roles,
            cleanup=[Cleanup(space, all_of, 0.05) for all_of in (shapes, colours)],
        ),
    }[how]()
    with torch.no_grad():
        found = relations(items)
    cosines = (found if how == "whole" else found[:, 0])[:, 1, 0]
    same = kinds[0][:, 0] == kinds[0][:, 1]
    above = (
        same[cosines.argsort(descending=True)].double().cumsum(0)
    )  # of the first k, how many are
    count = torch.arange(1, pairs + 1)
    return float((above + (pairs - int(same.sum())) - (count - above)).max() / pairs)
