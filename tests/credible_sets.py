"""How often credible sets hold the right answer, and how large they are.

`python tests/credible_sets.py 4000` prints the table of docs/explanation/answers.md. As in
tests/algebras/calibrated.py pairs are superposed, finished where the algebra does, a key is taken
away, and what is left is cleaned up among some items, a share of the time without the right one.
"""

import sys
from dataclasses import dataclass

import numpy as np

import vsa

PER_SET = 50  # atoms are drawn afresh so often
COVERAGE = 0.95
LOADS = {256: (4, 16, 32, 64), 1024: (16, 64, 128, 256)}
ALGEBRAS = {
    "fhrr": (128, 32), "map-i": (256, 32), "map-b": (256, 24), "bsc": (256, 24), "vtb": (256, 32),
    "mbat": (256, 32), "ghrr:2": (128, 32), "sbc:16": (64, 12), "mcr:8": (128, 32),
    "bsdc-seg": (256, 6),
}  # fmt: skip


@dataclass
class Sets:
    """covered: whether each set holds what is right.  size: how many members each has.

    rank: which place what is right has, among all items and nothing, the likeliest first.
    """

    covered: np.ndarray
    size: np.ndarray
    rank: np.ndarray
    with_nothing: np.ndarray

    @property
    def quantile(self):
        """The 95% quantile of the rank: of so many members each set of one size would need."""
        return float(np.quantile(self.rank, COVERAGE, method="inverted_cdf"))


def measure(algebra, dim, load, items, count, absent=0.5, known=True, seed=0):
    """So many sets of what a key gives in sums of `load` pairs; None: of 1 to n, log-uniform."""
    space, rng = vsa.Space(dim, algebra=algebra, seed=seed), np.random.default_rng(seed)
    parts = [
        _some(space, rng, load, items, absent, known, f"{i}/") for i in range(count // PER_SET)
    ]
    return Sets(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _some(space, rng, load, items, absent, known, prefix):
    names = [f"{prefix}{i}" for i in range(items + PER_SET)]  # the last are unknown to memory
    atoms, memory = space.batch(names), vsa.Memory(space)
    memory.add(names[:items], atoms[:items])
    most = round(space.noise.deviation**-2) if load is None else load
    keys = space.keys(most)
    loads = np.exp(rng.uniform(0, np.log(most + 1), PER_SET)).astype(int).clip(1, most)
    loads = loads if load is None else np.full(PER_SET, load)
    lost = rng.random(PER_SET) < absent
    asked, truth, traces = rng.integers(0, most, PER_SET), [], []
    for i in range(PER_SET):
        run = (asked[i] + np.arange(loads[i])) % most
        fillers = rng.integers(0, items, loads[i])
        fillers[0] = items + i if lost[i] else fillers[0]
        traces.append(vsa.bind(atoms[fillers], keys[run]).bundle().normalize())
        truth.append(None if lost[i] else names[fillers[0]])
    query = space.stack(traces) / keys[asked]
    options = {"prior_nothing": absent, "load": loads if known else None}
    found = memory.cleanup(query, coverage=COVERAGE, **options)
    truth = np.array(truth, dtype=object)
    every = memory.cleanup(query, items, exact=True, **options)
    its = np.where(every.names == truth[:, None], every.probabilities, 0).sum(-1)
    its = np.where(lost, every.nothing, its)
    rank = 1 + (every.probabilities > its[:, None]).sum(-1) + (every.nothing > its)
    return found.holds(truth), found.size, rank, found.holds_nothing


def row(algebra, dim, load, items, count, absent, known=True):
    """A line of the table."""
    found = measure(algebra, dim, load, items, count, absent, known)
    cells = [
        algebra, dim, "1 … n" if load is None else load, f"{items:,}", absent,
        f"{found.covered.mean():.3f}", f"{found.size.mean():.1f}", f"{found.quantile:.0f}",
        f"{found.size.mean() / found.quantile:.2f}", f"{found.with_nothing.mean():.2f}",
    ]  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def main(count):
    """Print the table: loads that are known, those of other algebras, and loads that are not."""
    for dim, loads in LOADS.items():
        for load in loads:
            for items, absent in ((200, 0.0), (200, 0.5), (1000, 0.5)):
                print(row("hrr", dim, load, items, count, absent), flush=True)
    for algebra, (dim, load) in ALGEBRAS.items():
        print(row(algebra, dim, load, 200, count, 0.5), flush=True)
    print()
    for algebra, dim in (("hrr", 256), ("hrr", 1024), ("map-b", 256), ("bsdc-seg", 256)):
        for load in (None, 4, 16):
            print(row(algebra, dim, load, 200, count, 0.5, known=False), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
