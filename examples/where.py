"""Where is it, and what is there? A scene of twenty things, each bound with its place, in one vector.

    python examples/where.py --out scene.png

Twenty things lie anywhere on 10 × 10. The scene is Σ thing * place, and each thing is asked where it
is: the error, how often it is off by more than two lengths, and what the decoder itself says. Then as
many more are laid out as it takes to lose them, beside the theory: of n things the similarity of a
place has noise √((n − 1)/dim), so that a coordinate errs by as many lengths, and a thing is found as
often as one of n superposed terms among as many items as the box has squares of a length.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from vsa import VsaError, capacity
from vsa.numbers import Estimate, Place, heat_map
from vsa.pictures import HeatMap, Panels, Points
from vsa.plugin import PRIOR_UNKNOWN

Floats = np.ndarray[Any, Any]

SIDE, LENGTH = 10.0, 0.5
COUNTS = (20, 40, 80, 160, 320)
OFF = 2  # lengths: what is farther off is lost
RAYLEIGH = math.sqrt(
    2 * math.log(2)
)  # median distance in the plane, in standard deviations of an axis


@dataclass
class Scene:
    """Things at their places, in one vector."""

    place: Place
    things: vsa.Vector
    points: Floats  # (n, 2)
    whole: vsa.Vector
    count: int


def scene(space: vsa.Space, count: int, seed: int = 0, side: float = SIDE) -> Scene:
    """So many things anywhere in the box."""
    place = Place(space, [0, 0], [side, side], LENGTH)
    points = np.random.default_rng(seed).uniform(0, side, (count, 2))
    things = space.batch([f"thing/{i}" for i in range(count)])
    return Scene(place, things, points, (things * place.encode(points)).bundle(), count)


def found(made: Scene) -> tuple[Floats, Estimate]:
    """How far off each thing is seen, and what was said: it is known to be there, and among how many."""
    left = made.place.where(made.whole, made.things)
    said = made.place.decode(left, load=made.count, prior_nothing=PRIOR_UNKNOWN)
    return np.linalg.norm(said.value - made.points, axis=-1), said


@dataclass
class Row:
    """So many things: the median error of those found, the share lost, P said, and the theory."""

    count: int
    error: float
    lost: float
    said: float
    predicted: float
    predicted_lost: float


def measure(dim: int, counts: Sequence[int] = COUNTS, asked: int = 40, seed: int = 0) -> list[Row]:
    """A row for each number of things, over scenes in which at least `asked` are asked for."""
    rows = []
    for count in counts:
        errors, sure = [], []
        for i in range(-(-asked // count)):
            made = scene(vsa.Space(dim, seed=seed + i), count, seed + i)
            made.things, made.points = made.things[:asked], made.points[:asked]
            error, said = found(made)
            errors.append(error)
            sure.append(said.probability)
        error = np.concatenate(errors)
        near = error < OFF * LENGTH
        rows.append(
            Row(
                count,
                float(np.median(error[near])) if near.any() else math.nan,
                float(1 - near.mean()),
                float(np.concatenate(sure).mean()),
                RAYLEIGH * LENGTH * math.sqrt((count - 1) / dim),
                1 - capacity.accuracy(dim, count, round((SIDE / LENGTH) ** 2)),
            )
        )
    return rows


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--asked", type=int, default=120, help="things asked for in each row")
    parser.add_argument("--out", type=Path, help="draw four things of the scene into this file")
    given = parser.parse_args(arguments)
    if given.asked < 1:
        parser.error("--asked must be 1 or more")
    try:
        space = vsa.Space(given.dim, seed=given.seed)
        made = scene(space, 20, given.seed)
        error, said = found(made)
        ends = 0, SIDE
        print(
            f"20 things on {SIDE:g} × {SIDE:g}, length {LENGTH}, in one vector of dim {given.dim}:"
        )
        print(f"median error {np.median(error):.3f}, largest {error.max():.3f}\n")
        x, y = made.points[0]
        print(f"the first is at ({x:.2f}, {y:.2f}), and seen at {said.line(0)}")
        seen = made.place.alike(made.place.where(made.whole, made.things[0]))
        print(heat_map(np.maximum(seen.T, 0), ends, ends), end="\n\n")
        print(
            f"{'things':>6}  {'median error':>12}  {'theory':>6}  {'lost':>5}  {'theory':>6}  P said"
        )
        for row in measure(given.dim, asked=given.asked, seed=given.seed):
            print(
                f"{row.count:6}  {row.error:12.3f}  {row.predicted:6.3f}  {row.lost:5.2f}  "
                f"{row.predicted_lost:6.2f}  {row.said:6.2f}"
            )
        if given.out:
            draw(made, given.out)
    except (VsaError, OSError) as problem:
        parser.error(str(problem))


def draw(made: Scene, path: Path) -> None:
    """How alike all places are to where each of four things is seen; a mark where it is."""
    maps = made.place.alike(made.place.where(made.whole, made.things[:4]))
    said = made.place.decode(made.place.where(made.whole, made.things[:4]))
    half = SIDE / (maps.shape[1] - 1) / 2  # a point of the grid stands in the middle of its square
    ends = (-half, SIDE + half)
    panels = [
        HeatMap(
            np.maximum(found.T[::-1], 0), low=0.0, span=(ends, ends), axis="similarity",
            over=Points(made.points[i : i + 1], [""]), title=f"thing {i + 1}: {said.line(i)}",
        )
        for i, found in enumerate(maps)
    ]  # fmt: skip
    vsa.picture(Panels(panels, title="one vector, twenty things: where is each?"), path)


if __name__ == "__main__":
    main()
