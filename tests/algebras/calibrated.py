"""Whether probabilities come true in every algebra, through the library itself.

`python tests/algebras/calibrated.py 20000` prints the table of docs/explanation/answers.md; names
of algebras behind the number print their rows alone. As in tests/retrievals.py pairs are
superposed, finished where the algebra does, a key is taken away, and what is left is cleaned up
among 200 items, half of the time without the right one. The pairs are as many as chance says, log-
uniform up to n, the degrees of freedom or as many terms as leave the same share of a sum to each.
"""

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import vsa

sys.path.append(str(Path(__file__).parents[1]))  # as pytest does

import structured
from retrievals import Reliability, reliability

ITEMS, PER_SET = 200, 25  # atoms are drawn afresh every 25 retrievals, keys once
PRIOR = 0.5  # of nothing
MATCH, NOTHING, FINISHED, BIAS = 0.03, 0.03, 0.05, 0.015  # what errors should stay below
STRUCTURE = 0.05
# in which agreement by chance is skewed while few are superposed, and not Gaussian: too sure by .02
SKEWED = {"sbc:16:counts"}

DIMS = {
    "hrr": (256, 1024), "fhrr": (128, 512), "map-i": (256, 1024), "map-c": (256, 1024),
    "map-b": (256, 1024), "bsc": (256, 1024), "vtb": (256, 1024), "tvtb": (256, 1024),
    "ghrr:2": (128, 512), "mbat": (256, 1024), "sbc:4": (64, 256), "sbc:16": (64, 128),
    "sbc:16:counts": (64, 128), "mcr:4": (128, 512), "mcr:8": (128, 512), "mcr:16": (128, 512),
    "bsdc-seg": (256, 1024),
}  # fmt: skip
# structures of known load: case, size, share of unknown
STRUCTURES = {
    "stack of 4": (structured.stacks, 4, 0.05),
    "stack of 12": (structured.stacks, 12, 0.05),
    "sequence of 6": (structured.sequences, 6, 0.5),
    "sequence of 16": (structured.sequences, 16, 0.5),
    "frame of 3": (structured.frames, 3, 0.5),
    "frame of 6": (structured.frames, 6, 0.5),
}
STORED = 100  # items beside structures


@dataclass
class Retrievals:
    """How true the probabilities of an algebra at a dim are."""

    n: int
    closed: bool
    match: Reliability
    nothing: Reliability

    @property
    def missed(self) -> list[str]:
        """The limits that do not hold."""
        limits = {
            "match ECE": (self.match.error, MATCH),
            "z": (abs(self.match.z), 3),
            "bias": (abs(self.match.bias), BIAS),
            "nothing ECE": (self.nothing.error, NOTHING if self.closed else FINISHED),
            "nothing bias": (abs(self.nothing.bias), BIAS),
        }
        return [name for name, (value, limit) in limits.items() if value >= limit]


def retrievals(algebra: str, dim: int, count: int, seed: int = 0) -> Retrievals:
    """So many retrievals from sums of pairs."""
    space, rng = vsa.Space(dim, algebra=algebra, seed=seed), np.random.default_rng(seed)
    most = round(space.noise.deviation**-2)
    keys = space.keys(most)
    found = [_some(rng, keys, f"{part}/") for part in range(count // PER_SET)]
    p, right, nothing, absent = (np.concatenate(column) for column in zip(*found, strict=True))
    return Retrievals(most, space.closed, reliability(p, right), reliability(nothing, absent))


def _some(rng, keys, prefix):
    """P(match), whether it is right, P(nothing), whether there is none, of some retrievals."""
    space, most = keys.space, len(keys)
    names = [f"{prefix}{i}" for i in range(ITEMS + PER_SET)]  # the last are unknown to memory
    atoms, memory = space.batch(names), vsa.Memory(space)
    memory.add(names[:ITEMS], atoms[:ITEMS])
    load = np.exp(rng.uniform(0, np.log(most + 1), PER_SET)).astype(int).clip(1, most)
    asked, absent = rng.integers(0, most, PER_SET), rng.random(PER_SET) < PRIOR
    fillers = rng.integers(0, ITEMS, most)
    value = np.append(fillers, ITEMS + np.arange(PER_SET))
    pairs = vsa.bind(atoms[value], keys[np.append(np.arange(most), asked)])
    traces = []
    for i in range(PER_SET):
        run = (asked[i] + np.arange(load[i])) % most  # around the end to the beginning
        if absent[i]:
            run[0] = most + i
        traces.append(pairs[run].bundle().normalize())
    answer = memory.cleanup(space.stack(traces) / keys[asked], prior_nothing=PRIOR)
    truth = np.array(names)[fillers[asked]]
    right = (answer.names[:, 0] == truth) & ~absent
    return answer.probability, right, answer.nothing, absent


def structure(algebra: str, dim: int, name: str, count: int) -> float:
    """The calibration error of the match where a structure is read."""
    case, size, unknown = STRUCTURES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", vsa.CapacityWarning)
        found = structured.read(case, size, unknown, dim, STORED, count, algebra=algebra)
    return structured.error(found.match, found.right)


def main(count: int, algebras: list[str]) -> None:
    """Print both tables."""
    for algebra in algebras:
        for dim in DIMS[algebra]:
            found = retrievals(algebra, dim, count)
            m, nothing = found.match, found.nothing
            figures = [
                f"{m.error:.3f}", f"{m.z:.2f}", f"{m.bias:.3f}",
                f"{nothing.error:.3f}", f"{nothing.bias:.3f}",
            ]  # fmt: skip
            row = [algebra, dim, found.n, count, *figures, ", ".join(found.missed)]
            print("|", " | ".join(map(str, row)), "|", flush=True)
    print()
    for algebra in algebras:
        for dim in DIMS[algebra]:
            errors = [structure(algebra, dim, name, max(count // 10, 500)) for name in STRUCTURES]
            cells = [f"{e:.3f}" + " missed" * (e >= STRUCTURE) for e in errors]
            print("|", " | ".join((algebra, str(dim), *cells)), "|", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:] or list(DIMS))
