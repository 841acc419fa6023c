"""The pictures of docs/reference/pictures.md, on light paper, and some on dark.

    python docs/pictures.py              # all, into docs/pictures/
    python docs/pictures.py --out DIR --only spectrum map

They are drawn the same each time: the symbols depend on their names, and no date is written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import vsa
from vsa import views
from vsa.pictures import Picture
from vsa.plugin import pictured

HERE = Path(__file__).parent / "pictures"
DARK = ("capacity", "map", "pedigree", "tree")  # shown on dark paper too
PLATE = """
atom being, person, food, fish, state, lack, eat, see, cause
mark = token(being, person); john = token(being, person)
the_fish = token(food, fish); hunger = token(state, lack)
s1 = frame(eat, agt=mark, obj=the_fish)
s2 = frame(cause, agt=hunger, obj=s1)
s3 = frame(eat, agt=john)
s4 = frame(see, agt=john, obj=mark)
s5 = frame(see, agt=john, obj=the_fish)
s6 = frame(see, agt=the_fish, obj=john)
s = push(push(push(nil, mark), the_fish), john)
"""


def plate(expression: str, dim: int = 1024) -> Picture:
    """The picture of an expression, where Plate's sentences are known."""
    session = vsa.Session(vsa.Space(dim=dim))
    session.run(PLATE)
    (value,) = session.run(expression)
    return pictured(value, session.memory)


def two_batches() -> Picture:
    """Tokens of four types beside the features they are made of."""
    space = vsa.Space(dim=1024)
    features = ["being", "person", "animal", "food", "fish", "state"]
    of = {name: space.atom(name) for name in features}
    tokens = {
        "mark": ("being", "person"), "john": ("being", "person"), "a cat": ("being", "animal"),
        "a cod": ("being", "animal", "fish"), "fried cod": ("food", "fish"), "hunger": ("state",),
    }  # fmt: skip
    made = [vsa.bundle(space.atom(t), *(of[f] for f in fs)).normalize() for t, fs in tokens.items()]
    return views.similarity_map(
        space.stack(made), space.batch(features), rows=list(tokens), columns=features
    )


def doubtful() -> Picture:
    """An answer that hesitates: a slot of a frame too full for its dim."""
    return plate('cleanup(s1 / role("agt", eat), k=4)', dim=32)


def reliable() -> Picture:
    """Reads of frames, stacks and pairs of many sizes, pooled."""
    space = vsa.Space(dim=256)
    memory = vsa.Memory(space)
    names = [f"item{i}" for i in range(500)]
    memory.add(names, space.batch(names))
    rng = np.random.default_rng(0)
    said, right = [], []
    keys = list(space.batch([f"key{i}" for i in range(64)]))
    for pairs in (4, 8, 16, 24, 32, 48, 64):
        rows = rng.integers(0, 500, (pairs, 300))
        whole = vsa.bundle_bound(keys[:pairs], [memory.vectors(row) for row in rows])
        answer = memory.cleanup(whole / keys[0], load=pairs, prior_nothing=0)
        said.append(answer.probability)
        right.append(answer.rows[:, 0] == rows[0])
    return views.reliability(np.concatenate(said), np.concatenate(right))


def family() -> Picture:
    """Items that have much in common: a map says something of them."""
    space = vsa.Space(dim=1024)
    memory = vsa.Memory(space)
    kinds = {"bird": ("robin", "wren", "owl", "crow"), "fish": ("cod", "eel", "carp", "pike"),
             "tool": ("saw", "axe", "file", "rasp")}  # fmt: skip
    for kind, names in kinds.items():
        own = space.batch(names).scale(0.6)
        memory.add(list(names), (own + space.atom(kind)).normalize(), kind=kind)
    return views.memory_map(memory)


def pedigree() -> Picture:
    """The family of the Brontës."""
    session = vsa.Session(vsa.Space(dim=256))
    bronte = Path(__file__).parent.parent / "examples" / "data" / "bronte.ged"
    session.run(f'load_family("{bronte.as_posix()}"); t = tree(person("Charlotte"), up=2, down=1)')
    return pictured(session.values["t"])


def spectra() -> Picture:
    """A unitary vector, and a sum of two."""
    space = vsa.Space(dim=64)
    mark, fish = space.atoms("mark", "fish")
    summed = mark + fish
    summed.label = "mark + fish"
    return views.spectrum(mark, summed)


PICTURES: dict[str, Callable[[], Picture]] = {
    "similarities": lambda: plate("similarities(s1, s2, s3, s4, s5, s6)"),
    "batches": two_batches,
    "answer": doubtful,
    "vector": lambda: plate("s"),
    "sweep": lambda: plate('sweep("dim", 16, 256, s2.obj.agt, answer=mark, trials=40)'),
    "capacity": lambda: views.capacity_curve(vsa.Space(dim=64), (4, 8, 16), 200, 32, 512, trials=300),
    "reliability": reliable,
    "map": family,
    "no_map": lambda: views.memory_map(_atoms(24)),
    "tree": lambda: plate("constituents(s2)"),
    "stack": lambda: plate('constituents(s, "stack")'),
    "branches": lambda: plate("constituents(branch(mark, branch(john, s1), the_fish))"),
    "pedigree": pedigree,
    "spectrum": spectra,
    "place": lambda: plate("where(mark * place(3, -2) + the_fish * place(0, 4), mark)"),
}  # fmt: skip


def _atoms(count: int) -> vsa.Memory:
    memory = vsa.Memory(vsa.Space(dim=1024))
    names = [f"a{i}" for i in range(1, count + 1)]
    memory.add(names, memory.space.batch(names))
    return memory


def main(given: list[str] | None = None) -> None:
    """Draw them."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR")
    parser.add_argument(
        "--only", nargs="*", choices=PICTURES, default=list(PICTURES), metavar="NAME"
    )
    parser.add_argument("--dark", action="store_true", help="all of them on dark paper too")
    parser.add_argument("--png", action="store_true", help="as .png, to look at")
    options = parser.parse_args(given)
    options.out.mkdir(parents=True, exist_ok=True)
    for name in options.only:
        drawn = PICTURES[name]()
        for dark in (False, True)[: 1 + (options.dark or name in DARK)]:
            ending = "png" if options.png else "svg"
            vsa.picture(drawn, options.out / f"{name}{'-dark' * dark}.{ending}", dark=dark)
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
