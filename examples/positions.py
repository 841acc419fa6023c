"""A shape seen once is drawn where it never was: a template by one unbinding.

    python examples/positions.py --out positions.png

An image is Σ pixel · P(pixel), with P(x, y) = Xˣ ⊛ Yʸ. Unbound from where the shape is, P(c), it
leaves a template T that knows no place; P(c′) ⊛ T is the shape at c′. Nothing is learnt. The one image
shows an F in one quadrant of the canvas; it is drawn in another, found there again, and drawn at every
place of that quadrant. What is drawn are the pixels with ⟨P(pixel), P(c′) ⊛ T⟩ > ½.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from vsa import Space, picture
from vsa.nn import Bind, PositionChannels, Superpose, Unbind, torch_threads
from vsa.pictures import HeatMap, Panels

Tensor = Any

SIDE, SEEN, UNSEEN = 32, (8, 8), (22, 23)
LETTER = ("#####", "#....", "#....", "####.", "#....", "#....", "#....")


def letter(at: Sequence[int]) -> Tensor:
    """An image (32, 32) of an F around a pixel."""
    image = torch.zeros(SIDE, SIDE)
    for i, row in enumerate(LETTER):
        for j, mark in enumerate(row):
            image[int(at[0]) + i - 3, int(at[1]) + j - 2] = mark == "#"
    return image


def seen(place: PositionChannels, image: Tensor) -> Tensor:
    """An image (h, w) as one vector, Σ pixel · P(pixel)."""
    grid = place.grid(*image.shape).flatten(0, 1)
    return Superpose(place.space)(grid, image.flatten().to(grid.dtype))


def template(place: PositionChannels, image: Tensor, at: Tensor) -> Tensor:
    """What an image shows at a position, wherever that is."""
    return Unbind(place.space)(seen(place, image), place(at))


def rendered(place: PositionChannels, shape: Tensor, to: Tensor, side: int = SIDE) -> Tensor:
    """⟨P(pixel), P(to) ⊛ shape⟩ for positions (..., 2): (..., side, side)."""
    scene = Bind(place.space)(place(to), shape)
    return torch.tensordot(scene, place.grid(side, side), ([-1], [-1]))


def overlap(drawn: Tensor, wanted: Tensor) -> float:
    """Mean intersection over union of truth values (n, h, w); nothing of nothing is 1."""
    both, either = ((drawn & wanted).sum((1, 2)), (drawn | wanted).sum((1, 2)))
    return float(torch.where(either == 0, 1.0, both / either.clamp(min=1)).double().mean())


def quadrant() -> Tensor:
    """Positions (n, 2) at which the letter is wholly in the quadrant that was not seen."""
    return torch.cartesian_prod(torch.arange(19, 29), torch.arange(18, 30))


def experiment(dim: int, seed: int) -> dict[str, Any]:
    """All that is shown, of one space."""
    place = PositionChannels(Space(dim, backend="torch", seed=seed))
    image, unseen = letter(SEEN), torch.tensor(UNSEEN)
    shape = template(place, image, torch.tensor(SEEN))
    scores = rendered(place, shape, unseen)
    # where is it? what is left of the new scene when the shape is taken out is its position
    left = Unbind(place.space)(seen(place, letter(UNSEEN)), shape)
    where = torch.tensordot(place.grid(SIDE, SIDE), left, ([-1], [-1]))
    every = quadrant()
    wanted = torch.stack([letter(at) for at in every.tolist()]) > 0
    return {
        "image": image,
        "scores": scores,
        "drawn": scores > 0.5,
        "where": where,
        "overlap": overlap((scores > 0.5)[None], letter(UNSEEN)[None] > 0),
        "everywhere": overlap(rendered(place, shape, every) > 0.5, wanted),
        "places": len(every),
        "found": divmod(int(where.argmax()), SIDE),
    }


def draw(found: dict[str, Any], path: Path) -> None:
    """Four panels: the image, the scores in the other quadrant, what is drawn, where it is found."""
    titles = {
        "image": f"the one image, F at {SEEN}",
        "scores": f"⟨P(pixel), P{UNSEEN} ⊛ T⟩",
        "drawn": "where that is above ½",
        "where": f"where is it? at {found['found']}",
    }
    panels = [
        HeatMap(found[name].numpy().astype(float), title=title, scale=name in ("scores", "where"))
        for name, title in titles.items()
    ]
    picture(Panels(panels), path)


@torch_threads()  # one: the tensors are small
def main(arguments: Sequence[str] | None = None) -> None:
    """Print what is found, and draw the picture."""
    parser = argparse.ArgumentParser(description="A template by one unbinding.")
    parser.add_argument("--dim", type=int, default=2048)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="a picture, as positions.png")
    options = parser.parse_args(arguments)
    found = experiment(options.dim, options.seed)
    print(
        f"One image of an F at {SEEN}, {SIDE} × {SIDE} pixels, dim {options.dim}; nothing is learnt."
    )
    print("Drawn in the quadrant that it does not show, where the score is above ½:\n")
    for row in found["drawn"][UNSEEN[0] - 4 : UNSEEN[0] + 5]:
        print("   ", "".join(" #"[int(pixel)] for pixel in row[UNSEEN[1] - 4 : UNSEEN[1] + 5]))
    print(f"\nat {UNSEEN}: intersection over union {found['overlap']:.2f}")
    print(f"at all {found['places']} places of that quadrant: {found['everywhere']:.2f} on average")
    print(f"found in an image of it there, by unbinding T: {found['found']}")
    if options.out:
        draw(found, options.out)
        print(f"drawn in {options.out}")


if __name__ == "__main__":
    main()
