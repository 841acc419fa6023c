"""Codebooks and nets without gradients on scikit-learn's digits: 1,200 images to fit, 597 to test.

Patches are 3 × 3. A net's features are read out by ridge regression. A symbolic image is
Σ_p C[code(p)] ⊛ P(p), a class the bundle of its images; nothing there has a gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn
from vsa_plugins.biases import PatchNet

import vsa
from benchmarks.biases.rows import COLUMNS, Row, table
from benchmarks.papers import Table
from vsa.nn import Bind, Cleanup, Codebook, PositionChannels, Vectors

Tensor = Any
FITTED = 1200  # images; the others are for testing
FEW = 200  # images to find the filters of two layers in, since k-means among all takes long
DIM = 1024


@lru_cache(maxsize=1)
def digits() -> tuple[Tensor, Tensor]:
    """Pixels (1797, 1, 8, 8) from 0 to 1, and labels."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    return torch.tensor(x / 16, dtype=torch.float32).reshape(-1, 1, 8, 8), torch.tensor(y)


def split(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images and labels to fit, images and labels to test."""
    x, y = digits()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    fitted, tested = order[:FITTED], order[FITTED:]
    return x[fitted], y[fitted], x[tested], y[tested]


def percent(found: Tensor, wanted: Tensor) -> float:
    return 100 * float((found == wanted).double().mean())


# --- nets without gradients -----------------------------------------------------------------------
def ridge(x: Tensor, y: Tensor, tested: Tensor, penalty: float = 1e-3) -> Tensor:
    """Classes of tested features, by regression on standardised ones."""
    middle, size = x.mean(0), x.std(0) + 1e-6
    x, tested = (x - middle) / size, (tested - middle) / size
    wanted = nn.functional.one_hot(y, 10).to(x.dtype)
    share = wanted.mean(0)
    gram = x.mT @ x + penalty * len(x) * torch.eye(x.shape[1])
    return (tested @ torch.linalg.solve(gram, x.mT @ (wanted - share)) + share).argmax(1)


def net(seed: int, *filters: int, **how: Any) -> float:
    """Percent of the tested images that are read right; without filters from the pixels."""
    x, y, tested, wanted = split(seed)
    if not filters:
        return percent(ridge(x.flatten(1), y, tested.flatten(1)), wanted)
    made = PatchNet(filters, seed=seed, **how).fit(x[: FITTED if len(filters) == 1 else FEW])
    return percent(ridge(made(x), y, made(tested)), wanted)


def nets(quick: bool) -> Table:
    title = "Digits by a net without gradients, 3 × 3 patches, ridge read-out, %"
    if missing := _missing(title):
        return missing
    reference = {
        (16,): ("95.9 ±.7", "95.6 ±1.1", "96.5 ±.5"),
        (64,): ("98.5 ±.5", "98.2 ±.6", "98.4 ±.4"),
        (64, 64): ("96.9 ±.7", "96.8 ±.5", "97.9 ±.3"),
    }
    rows = [Row("pixels", net, reference="93.1 ±.7", digits=1)]
    for filters, found in reference.items():
        for start, known in zip(("kmeans", "crops", "gaussian"), found, strict=True):
            row = _net_row(
                f"{start}, {' + '.join(map(str, filters))}", known, *filters, start=start
            )
            rows.append(row)
    rows += [
        _net_row("kmeans, 64, triangle", "98.7", 64, start="kmeans", encode="triangle"),
        _net_row("gaussian, 64, triangle", "98.8", 64, start="gaussian", encode="triangle"),
        _net_row("kmeans, 64, patches as they are", "91.8 ±.8", 64, normalize=False),
        _net_row(
            "gaussian, 64, patches as they are", "–", 64, start="gaussian", normalize=False
        ),
    ]  # fmt: skip
    return table(
        title, rows, quick,
        "Random filters do as well as k-means, and that is the headline. ReLU where not said; patches",
        "less their mean and of length 1, without which the centres of k-means are much alike; random",
        f"filters do not mind. Two layers find their filters in {FEW} images; they do no better than one,",
        "and worse where the penalty of the ridge is larger.",
    )  # fmt: skip


def _net_row(name: str, reference: str, *filters: int, **how: Any) -> Row:
    random = {**how, "start": "gaussian"}
    needs = how.get("start", "kmeans") != "gaussian"
    return Row(
        name, lambda seed: net(seed, *filters, **how), reference=reference, digits=1,
        control=(lambda seed: net(seed, *filters, **random)) if needs else None, beside="gaussian",
    )  # fmt: skip


# --- images of symbols ----------------------------------------------------------------------------
@lru_cache(maxsize=4)
def symbols(
    seed: int, codes: int, start: str = "kmeans", places: str = "smooth"
) -> Callable[..., Tensor]:
    """What makes packed vectors (n, DIM) of images, fitted on those that are there to fit.

    places: "smooth", X^.3i ⊛ Y^.3j; "powers", X^i ⊛ Y^j; "keys", at random; "none".
    """
    space = vsa.Space(DIM, backend="torch", seed=seed)
    book = Codebook(space, codes)
    patches = _patches(split(seed)[0]).flatten(0, 1)
    drawn = torch.Generator().manual_seed(seed)
    if start == "kmeans":
        book.fit(patches)
    elif start == "crops":
        rows = torch.randperm(len(patches), generator=drawn)[:codes]
        book.centres = book.normalized(patches[rows])
    else:
        book.centres = book.normalized(torch.randn(codes, 9, generator=drawn))
    if places in ("smooth", "powers"):
        scale = 1 / 0.3 if places == "smooth" else 1.0
        keys = PositionChannels(space, scale=scale).grid(6, 6).flatten(0, 1)
    else:
        fixed = space.keys(36) if places == "keys" else space.identity()
        keys = space.algebra.pack(fixed.data).expand(36, -1)
    # every code at every place, once: an image is a sum of 36 of them
    bound = Bind(space)(book.items()[:, None], keys).flatten(0, 1)

    def encode(images: Tensor) -> Tensor:
        chosen = book.codes(_patches(images)) * 36 + torch.arange(36)
        return nn.functional.embedding_bag(chosen, bound, mode="sum")

    return encode


@lru_cache
def read(
    seed: int, codes: int, start: str = "kmeans", places: str = "smooth"
) -> tuple[float, float]:
    """Percent right by the most similar class bundle, and by the most similar image."""
    x, y, tested, wanted = split(seed)
    encode = symbols(seed, codes, start, places)
    stored, asked = (nn.functional.normalize(encode(images)) for images in (x, tested))
    bundles = nn.functional.normalize(nn.functional.one_hot(y, 10).to(stored).mT @ stored)
    nearest = y[(asked @ stored.mT).argmax(1)]
    return percent((asked @ bundles.mT).argmax(1), wanted), percent(nearest, wanted)


def _patches(images: Tensor) -> Tensor:
    """All 36 patches of images, as rows (n, 36, 9)."""
    return nn.functional.unfold(images, 3).mT


def images(quick: bool) -> Table:
    title = f"Digits as Σ C[code] ⊛ P(place), dim {DIM}: class bundles | nearest image, %"
    if missing := _missing(title):
        return missing
    cases = {
        (16, "kmeans", "smooth"): ("90.8 ±1.8", "96.3 ±.8"),
        (16, "crops", "smooth"): ("88.9 ±2.3", "94.3 ±.6"),
        (16, "gaussian", "smooth"): ("86.9 ±.9", "92.6 ±.8"),
        (64, "kmeans", "smooth"): ("92.6 ±1.4", "96.5 ±.7"),
        (64, "crops", "smooth"): ("92.2", "95.6"),
        (64, "gaussian", "smooth"): ("90.9", "93.7"),
        (16, "kmeans", "powers"): ("90.4", "97.3"),
        (16, "kmeans", "keys"): ("91.0", "97.4"),
        (16, "kmeans", "none"): ("68.4", "73.2"),
        (64, "kmeans", "none"): ("80.5", "88.1"),
    }
    rows = []
    for (codes, start, places), found in cases.items():
        for which, known in enumerate(found):
            how = f"{codes} codes, {start}, places {places}"
            rows.append(Row(
                f"{how}{', nearest' if which else ''}",
                partial(_read, which, codes, start, places), reference=known, digits=1,
                control=None if places == "none" else partial(_read, which, codes, start, "none"),
                beside="no places",
            ))  # fmt: skip
    return table(
        title, rows, quick,
        "Hard codes do profit from k-means, and most from places; how smooth those are hardly matters.",
    )  # fmt: skip


def _read(which: int, codes: int, start: str, places: str, seed: int) -> float:
    return read(seed, codes, start, places)[which]


# --- where learning starts ------------------------------------------------------------------------
def learnt(seed: int, start: str, steps: int) -> float:
    """Percent right of ten learnt items of a Cleanup, started at class bundles, k-means or atoms."""
    x, y, tested, wanted = split(seed)
    encode = symbols(seed, 16)
    stored, asked = (nn.functional.normalize(encode(images)) for images in (x, tested))
    space = vsa.Space(DIM, backend="torch", seed=seed)
    if start == "bundles":
        rows = nn.functional.normalize(nn.functional.one_hot(y, 10).to(stored).mT @ stored)
        items = Vectors(space, vsa.Vector(space, space.algebra.unpack(rows)))
    else:
        items = Vectors(space, 10)
    layer = Cleanup(space, items, temperature=0.05)
    descent = torch.optim.Adam(items.parameters(), lr=0.002)
    for _ in range(steps):
        descent.zero_grad()
        nn.functional.nll_loss(layer(stored).weights.log(), y).backward()
        descent.step()
    return percent(layer(asked).weights.argmax(1), wanted)


def starts(quick: bool) -> Table:
    title = "Ten learnt items of a Cleanup, started at the bundles of their classes, %"
    if missing := _missing(title):
        return missing
    rows = [
        Row(
            f"{steps} steps", partial(learnt, start="bundles", steps=steps), digits=1,
            control=partial(learnt, start="atoms", steps=steps), beside="atoms",
        )
        for steps in (0, 5, 20, 100)
    ]  # fmt: skip
    return table(title, rows, quick, "Images of 16 codes as above; all 1,200 in each step of Adam.")


def _missing(title: str) -> Table | None:
    """The table that says what is not there."""
    if find_spec("sklearn"):
        return None
    return Table(title, COLUMNS, [], ('no digits: pip install "vsa-algebra[examples]"',))


TABLES = (nets, images, starts)
