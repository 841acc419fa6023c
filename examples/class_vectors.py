"""Class vectors beyond the bundle: which examples carry them, on scikit-learn's digits.

    python examples/class_vectors.py
    python examples/class_vectors.py --out class_vectors.png

An image is a superposition of its places X^i ⊛ Y^j, each as strong as its ink. The bundle of a class
is the first instant of a gradient flow, whose time T says how far beyond it learning goes. What is
learnt are shares: how much each example carries of each class vector. At first all carry the same;
later the few that lie between classes carry most (as in a perceptron, or a support vector machine),
and those are printed, or drawn.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import vsa
from vsa.nn import gradient_flow, torch_threads
from vsa.pictures import Curves, HeatMap, Panels, Picture, Series

TIMES = (0.01, 0.1, 1.0, 10.0, 100.0)
LENGTH = 4.0  # of an image's vector: only T · length² matters


@dataclass(frozen=True)
class Digits:
    """Vectors (n, dim), images (n, 8, 8) and labels (n,)."""

    vectors: Any
    images: Any
    labels: Any


def digits(space: vsa.Space, each: int, seed: int = 0) -> tuple[Digits, Digits]:
    """So many examples of each of ten classes, and all other images."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = torch.tensor(data.images, dtype=space.backend.real)
    labels = torch.tensor(data.target)
    steps = (
        torch.arange(8, dtype=space.backend.real) / 2
    )  # half a step: neighbours resemble each other
    places = (space.base("x") ** steps).reshape(8, 1) * (space.base("y") ** steps)
    vectors = images.flatten(1) @ space.algebra.pack(places.data).flatten(0, 1)

    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    learnt = torch.cat([order[labels[order] == c][:each] for c in range(10)])
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[learnt] = False
    vectors = vectors - vectors[learnt].mean(0)
    vectors = LENGTH * torch.nn.functional.normalize(vectors, dim=-1)
    return tuple(Digits(vectors[some], images[some], labels[some]) for some in (learnt, rest))


@dataclass(frozen=True)
class Row:
    """At a time: the share of images right, and how many examples carry half of a class vector."""

    time: float
    right: float
    half: float
    shares: Any


def right(weight: Any, asked: Digits) -> float:
    return float(((asked.vectors @ weight.T).argmax(-1) == asked.labels).double().mean())


def own_shares(shares: Any, labels: Any) -> Any:
    """What each example carries of its own class's vector, (10, each), of sum 1 in each class."""
    own = shares[torch.arange(len(labels)), labels].reshape(10, -1)
    return own / own.sum(-1, keepdim=True)


def follow(learnt: Digits, asked: Digits, times: Sequence[float] = TIMES) -> list[Row]:
    rows = []
    for time in times:
        flow = gradient_flow(learnt.vectors, learnt.labels, time)
        own = own_shares(flow.shares, learnt.labels)
        carried = own.sort(-1, descending=True).values.cumsum(-1)
        half = float((carried < 0.5).sum(-1).double().mean()) + 1
        rows.append(Row(time, right(flow.weight, asked), half, own))
    return rows


def bundles(learnt: Digits) -> Any:
    """Ten sums of examples, scaled to length 1."""
    own = torch.nn.functional.one_hot(learnt.labels).to(learnt.vectors.dtype)
    return torch.nn.functional.normalize(own.T @ learnt.vectors, dim=-1)


def draw(rows: Sequence[Row], learnt: Digits, path: Path) -> None:
    """Accuracy over time; and of each class the examples that carry most, and least."""
    right = [100 * row.right for row in rows]
    series = [Series("", [row.time for row in rows], right, joined=True)]
    panels: list[Picture] = [
        Curves(
            series, "time T of the flow", "% of images right", log=True, title="Beyond the bundle"
        )
    ]
    order = rows[-1].shares.argsort(-1, descending=True)
    images = learnt.images.reshape(10, -1, 8, 8)
    count = min(8, images.shape[1])
    for chosen, title in (
        (order[:, :count], "carry most of their class vector"),
        (order[:, -count:], "carry least"),
    ):
        tiles = images[torch.arange(10)[:, None], chosen]  # (10, count, 8, 8)
        tiles = torch.nn.functional.pad(tiles, (1, 1, 1, 1))
        whole = tiles.permute(0, 2, 1, 3).reshape(100, 10 * count)
        panels.append(HeatMap(whole.numpy(), title=title, scale=False))
    vsa.picture(Panels(panels, across=3), path)


@torch_threads()  # one: the tensors are small
def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=40, help="examples of each class (40)")
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--out", type=Path, help="draw a picture there")
    options = parser.parse_args(arguments)
    learnt, asked = digits(vsa.Space(options.dim, backend="torch"), options.each)
    print(f"{options.each} examples of each digit, {len(asked.labels)} images asked for")
    print(f"bundles: {right(bundles(learnt), asked):.1%} right")
    rows = follow(learnt, asked)
    for row in rows:
        print(
            f"flow to T = {row.time:g}: {row.right:.1%} right; "
            f"{row.half:.1f} of {options.each} examples carry half of a class vector"
        )
    own = rows[-1].shares
    for digit in range(10):
        order = own[digit].argsort(descending=True)
        most = ", ".join(f"no. {int(i)} {own[digit, i]:.0%}" for i in order[:3])
        print(f"{digit}: carried by {most}; least by no. {int(order[-1])} {own[digit].min():.1%}")
    if options.out:
        draw(rows, learnt, options.out)
        print(f"drawn: {options.out}")


if __name__ == "__main__":
    main()
