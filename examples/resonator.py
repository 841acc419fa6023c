"""A scene in one vector, and the scene out of the vector again: which colour, shape, size and place?

Each thing is a product colour * shape * size * place, the scene is their sum. Nothing says how many
there are or what any of the four is: a resonator network finds one thing at a time, takes it away and
looks for the next one, among 24 × 16 × 4 × 64 = 98,304 things that might be there.

    python examples/resonator.py                    # one scene
    python examples/resonator.py --out scene.png    # before and after, as a picture (extra: plot)
    python examples/resonator.py --trials 20        # how many things a scene may hold
"""

from __future__ import annotations

import argparse

import numpy as np

import vsa
from vsa.pictures import Panels, Points

COLOURS = [
    "red", "orange", "gold", "olive", "green", "teal", "cyan", "blue", "navy", "purple", "magenta", "pink",
    "brown", "maroon", "tan", "coral", "salmon", "lime", "indigo", "violet", "crimson", "grey", "silver",
    "black",
]  # fmt: skip
SHAPES = {
    "circle": "o", "square": "s", "diamond": "D", "star": "*", "cross": "X", "plus": "P", "pentagon": "p",
    "hexagon": "h", "octagon": "8", "up": "^", "down": "v", "left": "<", "right": ">", "rhombus": "d",
    "stroke": "|", "dash": "_",
}  # fmt: skip
SIZES = ["tiny", "small", "large", "huge"]
SIDE = 8
PLACES = [f"{column}{row}" for row in range(1, SIDE + 1) for column in "abcdefgh"]
NAMES = (COLOURS, list(SHAPES), SIZES, PLACES)

Scene = set[tuple[str, ...]]


def codebooks(space: vsa.Space) -> list[vsa.Memory]:
    """A memory for each factor."""
    books = []
    for names in NAMES:
        memory = vsa.Memory(space)
        memory.add(names, space.batch(names))
        books.append(memory)
    return books


def drawn(things: int, random: np.random.Generator) -> Scene:
    """Things at different places."""
    places = random.choice(PLACES, things, replace=False)
    return {(*(str(random.choice(names)) for names in NAMES[:3]), str(place)) for place in places}


def encoded(scene: Scene, space: vsa.Space) -> vsa.Vector:
    """The sum of its things."""
    total = space.zero()
    for thing in scene:
        colour, shape, size, place = space.atoms(*thing)
        total = total + colour * shape * size * place
    return total


def decoded(vector: vsa.Vector, books: list[vsa.Memory], most: int) -> tuple[Scene, vsa.Factors]:
    """The things in a vector, and how it went."""
    found = vsa.factor(vector, *books, terms=most, method="resonator")
    rows = zip(*(answer.name for answer in found.answers), strict=True)
    return {row for row, there in zip(rows, found.found, strict=True) if there}, found


def show(scene: Scene, space: vsa.Space, books: list[vsa.Memory], out: str | None) -> None:
    again, found = decoded(encoded(scene, space), books, len(scene) + 3)
    for thing in sorted(again):
        print(
            f"  {' '.join(thing[:3])} at {thing[3]}{'' if thing in scene else '   (is not there)'}"
        )
    for thing in sorted(scene - again):
        print(f"  missed: {' '.join(thing[:3])} at {thing[3]}")
    whole = "all of the vector" if found.reproduces else "a part of the vector"
    print(f"{len(again & scene)} of {len(scene)} things, {whole}, {int(found.sweeps.sum())} sweeps")
    if out:
        draw({"before": scene, "after": again}, out)


def draw(scenes: dict[str, Scene], path: str) -> None:
    """The things of each scene at their places, a mark for each shape."""
    panels = []
    for title, scene in scenes.items():
        things = sorted(scene, key=lambda thing: thing[1])
        places = [("abcdefgh".index(place[0]), int(place[1])) for *_, place in things]
        labels = [f"{size} {colour}" for colour, _, size, _ in things]
        kinds = [shape for _, shape, _, _ in things]
        panels.append(Points(places, labels, kinds, "column, a = 0", "row", title=title))
    vsa.picture(Panels(panels), path)
    print(f"drawn: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dim", type=int, default=2048)
    parser.add_argument("--algebra", default="hrr", help="hrr, fhrr, map-i, bsc, mcr:8 …")
    parser.add_argument("--things", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, help="scenes of each size, of 1 up to as many things")
    parser.add_argument("--out", help="a picture of the scene before and after")
    options = parser.parse_args()
    space = vsa.Space(options.dim, algebra=options.algebra)
    books, random = codebooks(space), np.random.default_rng(options.seed)
    print(f"{np.prod([len(names) for names in NAMES]):,} things might be there; {space!r}")
    if not options.trials:
        show(drawn(options.things, random), space, books, options.out)
        return
    for things in range(1, options.things + 1):
        right = 0
        for _ in range(options.trials):
            scene = drawn(things, random)
            right += decoded(encoded(scene, space), books, things + 3)[0] == scene
        print(f"{things} things: {right} of {options.trials} scenes come back whole")


if __name__ == "__main__":
    main()
