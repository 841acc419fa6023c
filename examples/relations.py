"""Relations apart from items: learnt of five objects, right about all others; and relations by role.

    python examples/relations.py

Four tasks ask which items of a trial are the same object (Webb, Sinha and Cohen 2021; Kerg and others
2022). A net that is given only how alike the items are learns them from five objects of a hundred (two
of same/different) and is asked about the other 95; a net of the same size that is given the items
learns those five. Then each look at an object is made noisy. At last objects have a shape and a colour,
bound with a role each: what is of one shape is seen when what is unbound is cleaned up, not before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from vsa_plugins.biases import (
    CoRelNet,
    distribution_of_three,
    identity_rules,
    match_to_sample,
    same_different,
)

from vsa import Space
from vsa.nn import Cleanup, Relations, torch_threads

DIM, OBJECTS = 128, 100
TASKS = {  # items and answers of a trial, and how many objects are learnt from
    same_different: (2, 2, 2),
    match_to_sample: (6, 2, 5),
    distribution_of_three: (9, 4, 5),
    identity_rules: (9, 4, 5),
}
Trials = Callable[[Any, int], tuple[Any, Any]]


def of_items(items: int, answers: int) -> nn.Module:
    """The net that sees the items: as many hidden units, no relations."""
    return nn.Sequential(
        nn.Flatten(-2), nn.LayerNorm(items * DIM), nn.Linear(items * DIM, 256), nn.ReLU(),
        nn.Linear(256, answers),
    )  # fmt: skip


def learn(net: nn.Module, trials: Trials, objects: Any, steps: int) -> None:
    descent = torch.optim.Adam(net.parameters(), lr=5e-4)
    for _ in range(steps):
        items, answers = trials(objects, 96)
        descent.zero_grad()
        nn.functional.cross_entropy(net(items), answers).backward()
        descent.step()


@torch.no_grad()
def right(net: nn.Module, trials: Trials, objects: Any) -> float:
    """The share of right answers about some objects."""
    items, answers = trials(objects, 1000)
    return float((net(items).argmax(-1) == answers).double().mean())


def compare(task: Any, steps: int = 400, noise: float = 0.0, seed: int = 0) -> dict[str, float]:
    """What either net has right about the objects learnt from, and about the others."""
    items, answers, learnt = TASKS[task]
    torch.manual_seed(seed)
    space = Space(DIM, backend="torch", seed=seed)
    objects = space.algebra.pack(space.random(OBJECTS).data)

    def trials(among: Any, count: int) -> tuple[Any, Any]:
        which, answer = task(len(among), count)
        looks = among[which]
        return looks + noise * torch.randn(looks.shape) / DIM**0.5, answer

    found = {}
    nets = {"relations": CoRelNet(space, items, answers), "items": of_items(items, answers)}
    for name, net in nets.items():
        learn(net, trials, objects[:learnt], steps)
        found[f"{name}, learnt"] = right(net, trials, objects[:learnt])
        found[f"{name}, others"] = right(net, trials, objects[learnt:])
    return found


def by_role(seed: int = 0) -> tuple[Any, Any]:
    """Relations of four things: by role without a cleanup, and with one, (2, 4, 4) each."""
    space = Space(256, backend="torch", seed=seed)
    kinds, roles = space.batch(["circle", "square", "red", "blue"]), space.batch(["shape", "color"])
    things = kinds[[0, 0, 1, 1]] * roles[0] + kinds[[2, 3, 2, 3]] * roles[1]
    cleanup = Cleanup(space, kinds, temperature=0.05)
    without, cleaned = Relations(space, roles=roles), Relations(space, None, roles, cleanup)
    return without(things), cleaned(things)


@torch_threads()  # one: the tensors are small
def main(steps: int = 400) -> None:
    for noise in (0.0, 1.0):
        print("Noisy looks, of the same object half alike:" if noise else "Objects as they are:")
        print(f"  {'right, in %':24}{'relations':>12}{'unseen':>8}{'items':>10}{'unseen':>8}")
        for task in TASKS:
            found = [f"{100 * share:.1f}" for share in compare(task, steps, noise).values()]
            print(f"  {task.__name__:24}{found[0]:>12}{found[1]:>8}{found[2]:>10}{found[3]:>8}")
    print("Red circle, blue circle, red square, blue square, by shape and by color,")
    for name, matrices in zip(("unbound only:", "and cleaned up:"), by_role(), strict=True):
        print(f"  {name}")
        for rows in zip(*matrices, strict=True):
            print("   ", "    ".join(" ".join(f"{x:5.2f}" for x in row.abs()) for row in rows))


if __name__ == "__main__":
    main()
