"""A rule from one example: which symbols are bound, which are taken away, which are left out.

    python examples/learned_rule.py

Paris is to France as ? is to Italy: an answer is made of some items by a product that nobody states.
The rule is found from one example, as a formula, and holds for symbols never seen; a net that sees the
same items side by side has to learn each symbol.
"""

from __future__ import annotations

import torch

import vsa
from vsa.nn import LearnedBinding, torch_threads

NAMES = ("france", "paris", "italy", "red", "noise")
LAW = "paris * italy / france"


def found(noise: float, seed: int = 0, dim: int = 1024) -> tuple[vsa.Rule, float]:
    """The rule found from one noisy example, and how well it does on fresh atoms."""
    space = vsa.Space(dim, seed=seed)
    items = space.batch(NAMES)
    answer = items[1] * items[2] / items[0]
    rule = vsa.rule(items, answer + noise * space.random(()), names=NAMES, label="rome")
    fresh = space.random(len(NAMES))
    made = rule(*fresh) if not rule.is_nothing else space.zero(())
    return rule, float(made.similarity(fresh[1] * fresh[2] / fresh[0]))


def control(examples: int, steps: int = 300, dim: int = 64) -> tuple[float, float]:
    """What a perceptron makes of items that it learnt from, and of fresh ones: the cosines."""
    torch.manual_seed(0)
    space = vsa.Space(dim, backend="torch")
    law = torch.tensor([[-1.0, 1.0, 1.0]])
    layer = LearnedBinding(space, 3)
    net = torch.nn.Sequential(
        torch.nn.Linear(3 * dim, 256), torch.nn.ReLU(), torch.nn.Linear(256, dim)
    )
    seen, fresh = (space.algebra.pack(space.random((n, 3)).data) for n in (examples, 200))
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

    def cosine(items: torch.Tensor) -> torch.Tensor:
        wanted = layer(items, law)[:, 0].detach()
        return torch.cosine_similarity(net(items.flatten(1)), wanted, dim=-1).mean()

    for _ in range(steps):
        optimizer.zero_grad()
        (1 - cosine(seen)).backward()
        optimizer.step()
    return float(cosine(seen).detach()), float(cosine(fresh).detach())


def main() -> None:
    print("one example, dim 1024                       on fresh atoms")
    for noise in (0.0, 1.0, 3.0):
        rule, cosine = found(noise)
        print(f"noise {noise:.0f} × the answer  {rule!s:<45} {cosine:.3f}")
    print("\na perceptron on the same items             learnt   fresh")
    with torch_threads():
        for examples in (16, 256):
            seen, fresh = control(examples)
            print(f"{examples:>4} examples, 300 steps                  {seen:>8.3f} {fresh:>7.3f}")


if __name__ == "__main__":
    main()
