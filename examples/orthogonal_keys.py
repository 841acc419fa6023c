"""Would orthogonal keys be better? Retrieval from superposed pairs, by how the keys are chosen.

    python examples/orthogonal_keys.py --dim 256 --pairs 32 --items 500 --trials 4000

Keys are bound to random items, the pairs are summed, and each key in turn is unbound and the result
cleaned up among all items. An outer product memory, Σ item keyᵀ, is read with the same kinds of
keys beside it: there orthogonality does what it promises. docs/explanation/orthogonal_keys.md has the
table and says why.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from vsa import Memory, Space, Vector, bundle_bound, capacity

BLOCK = 50  # trials computed at a time
Floats = np.ndarray[Any, np.dtype[np.float64]]


def orthonormal(keys: Vector) -> Vector:
    """Keys (trials, pairs) of the same span in each trial, each of length 1, at right angles."""
    q, _ = np.linalg.qr(np.swapaxes(keys.numpy().astype(np.float64), -1, -2))
    return keys.space.vector(np.swapaxes(q, -1, -2))


def kinds_of_keys(drawn: Vector) -> Iterator[tuple[str, Vector]]:
    """(name, keys): what is compared, each kind made of the same Gaussian draw (trials, pairs)."""
    space, (trials, pairs) = drawn.space, drawn.shape
    yield "Gaussian, of length 1", drawn.normalize()
    if pairs <= space.dim:
        yield "Gaussian, made orthonormal", orthonormal(drawn)
    yield "unitary", drawn.unitary()
    if pairs <= space.dim:
        yield "unitary, made orthonormal", orthonormal(drawn.unitary())
    first = drawn[:, 0].unitary()
    shifts = [first.shift(i)[row] for row in range(trials) for i in range(pairs)]
    yield "shifts of one unitary vector", space.stack(shifts).reshape(trials, pairs)


def by_convolution(keys: Vector, fillers: Vector) -> Vector:
    """What each key (trials, pairs) retrieves from Σ key ⊛ filler."""
    pairs = range(keys.shape[1])
    total = bundle_bound([keys[:, i] for i in pairs], [fillers[:, i] for i in pairs])
    return total[:, None] / keys


def by_outer_product(keys: Vector, fillers: Vector) -> Vector:
    """What each key retrieves from Σ filler keyᵀ, a matrix of dim × dim numbers."""
    k, x = keys.numpy(), fillers.numpy()
    return keys.space.vector(k @ (np.swapaxes(k, -1, -2) @ x))


WAYS = {"convolution": by_convolution, "outer product": by_outer_product}


def compare(
    dim: int = 256, pairs: int = 32, items: int = 500, trials: int = 4000, seed: int = 0,
    way: str = "convolution",
) -> dict[str, Floats]:  # fmt: skip
    """Kind of keys → the share retrieved in each trial (trials,)."""
    space = Space(dim, seed=seed)
    names = np.array([f"item {i}" for i in range(items)], dtype=object)
    vectors = space.batch(names)
    memory = Memory(space)
    memory.add(list(names), vectors)
    rng = np.random.default_rng(seed)
    shares: dict[str, list[Floats]] = {}
    for start in range(0, trials, BLOCK):
        count = min(BLOCK, trials - start)
        chosen = np.stack([rng.permutation(items)[:pairs] for _ in range(count)])
        drawn = space.vector(rng.standard_normal((count, pairs, dim)) / dim**0.5)
        for name, keys in kinds_of_keys(drawn):
            answer = memory.cleanup(WAYS[way](keys, vectors[chosen]), prior_nothing=0)
            shares.setdefault(name, []).append(
                (answer.names[..., 0] == names[chosen]).mean(axis=-1)
            )
    return {name: np.concatenate(parts) for name, parts in shares.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table for one size."""
    parser = argparse.ArgumentParser(description="Retrieval accuracy by the kind of keys.")
    parser.add_argument("--dim", type=int, default=256)
    parser.add_argument("--pairs", type=int, default=32)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--trials", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way", choices=list(WAYS), default="convolution")
    options = vars(parser.parse_args(arguments))
    print("| keys | retrieved | ± |\n|---|---|---|")
    for name, shares in compare(**options).items():
        print(f"| {name} | {shares.mean():.3f} | {shares.std() / len(shares) ** 0.5:.3f} |")
    if options["way"] == "convolution":
        expected = capacity.accuracy(options["dim"], options["pairs"], options["items"])
        print(f"| theory, unitary keys | {expected:.3f} | |")


if __name__ == "__main__":
    main()
