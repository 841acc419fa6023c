"""Handwritten digits as vectors, each pixel its place bound with its value.

    python examples/image_classes.py --out image_classes.png

scikit-learn's 1,797 images of 8 × 8 pixels and 17 greys. An image is Σ place ⊛ value over its pixels:
places near each other are alike, and so are near greys, as the codes of `vsa.numbers` say. A linear
readout on these sums sees more than one on pixels, and what it sees does not hang on the pixels' grid:
an image that is moved is its vector bound with a power of the places' keys, so that it is moved back by
binding with another, without looking at a pixel. White pixels add nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from vsa import Space, Vector, picture
from vsa.learn import HyperClassifier
from vsa.numbers import Place, Power
from vsa.pictures import HeatMap, Panels

SIDE, CANVAS, GREYS = 8, 12, 17
STEP = (2, 3)  # down and to the right


class Images:
    """Images (…, CANVAS²) as vectors: length, of places in pixels; width, of greys."""

    def __init__(self, dim: int, length: float = 1.4, width: float = 3.0, seed: int = 0) -> None:
        self.space = Space(dim // 2, algebra="fhrr", seed=seed)
        self.place = Place(self.space, [-CANVAS, -CANVAS], [CANVAS, CANVAS], length)
        greys = np.arange(1, GREYS)
        grey = Power(self.space, 0, GREYS - 1, length=width, name="grey").encode(greys)
        pixels = np.stack(np.divmod(np.arange(CANVAS**2), CANVAS), -1)
        pairs = self.place.encode(pixels).reshape((-1, 1)) * grey.reshape((1, -1))
        self.rows = np.asarray(self.space.algebra.pack(pairs.data)).reshape(-1, dim)

    def encode(self, images: Any) -> Any:
        """Packed vectors (n, dim) of images (n, CANVAS²): a product with the table of all pairs."""
        marks = images[..., None] == np.arange(1, GREYS)
        return marks.reshape(len(images), -1).astype(np.float32) @ self.rows / SIDE

    def moved(self, rows: Any, down: float, right: float) -> Any:
        """Packed vectors of images moved by so many pixels, from those of the images."""
        there, here = self.place.encode([[down, right], [0, 0]])
        vectors = Vector(self.space, self.space.algebra.unpack(rows)) * (there / here)
        return np.asarray(self.space.algebra.pack(vectors.data))


def drawn(images: Any, down: int = 0, right: int = 0) -> Any:
    """Images (n, 8²) at a place of a larger canvas (n, CANVAS²)."""
    found = np.zeros((len(images), CANVAS, CANVAS))
    found[:, down : down + SIDE, right : right + SIDE] = images.reshape(-1, SIDE, SIDE)
    return found.reshape(len(images), -1)


def draw(images: Any, rows: list[tuple[str, Any]], path: Path) -> None:
    """Some images, and what was told of each."""
    panels = [
        HeatMap(
            image.reshape(CANVAS, CANVAS), scale=False,
            title="\n".join(f"{name}: {said[i]}" for name, said in rows),
        )
        for i, image in enumerate(images)
    ]  # fmt: skip
    picture(Panels(panels, across=5), path)


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description="Digits as sums of place times value.")
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--rows", type=int, default=None, help="so many of the images")
    parser.add_argument("--out", metavar="FILE", type=Path, help="draw some there")
    options = parser.parse_args(arguments)
    x, y = load_digits(return_X_y=True)
    x, x_tested, y, right = train_test_split(
        x[: options.rows], y[: options.rows], test_size=0.3, random_state=0
    )
    images, moved = Images(options.dim), drawn(x_tested, *STEP)
    x, x_tested = drawn(x), drawn(x_tested)
    vectors, vectors_moved = images.encode(x_tested), images.encode(moved)
    back = images.moved(vectors_moved, *(-step for step in STEP))
    pixels = HyperClassifier(encoder="passthrough").fit(x, y)
    sums = HyperClassifier(encoder="passthrough").fit(images.encode(x), y)
    told = {
        "pixels": pixels.predict(x_tested), "vectors": sums.predict(vectors),
        "pixels, moved": pixels.predict(moved), "vectors, moved": sums.predict(vectors_moved),
        "vectors, moved back": sums.predict(back),
    }  # fmt: skip
    found = {name: float(np.mean(said == right)) for name, said in told.items()}
    for name, share in found.items():
        print(f"{name:<24} {share:6.1%}")
    if options.out:
        draw(moved[:10], [(name, told[name]) for name in list(told)[2:]], options.out)
    return found


if __name__ == "__main__":
    main()
