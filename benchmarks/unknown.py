"""`python -m benchmarks.unknown [--quick] [--sequences N] [--dim D] [--items M]`: sequences read.

First random sequences of 1 to 10 items, a third of them unknown to memory, of lengths .3 to 3 (even
on a log scale); then those all of whose items are known, up to 30 of them. named: the share of the
known items that is named at its place. wrong: how often another name stands at a place with
certainty. false: how often a length is stated for sure that is not, or is at least too long. open:
how many answers say "at least". ms: CPU time of one `decode`, and with items all known and of length 1.

Then sequences of items of length 1 near their capacity. right: how often all of it is read right.
said: what the warnings say of that, 1 where there is none. warned: how many are warned of.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
import warnings
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from vsa_plugins.sequence import decode, sequence

import vsa

UNKNOWN = 1 / 3
LENGTHS = 0.3, 3.0
SURE = 0.995
NEAR = {(256, 50): (8, 12, 16, 20), (512, 200): (20, 25, 30), (1024, 1000): (30, 40, 45, 50)}

Rows = np.ndarray[Any, Any]


@dataclass
class Tally:
    """What became of some sequences."""

    sequences: int = 0
    known: int = 0
    named: int = 0
    wrong: int = 0
    false: int = 0
    open: int = 0
    seconds: float = 0.0

    def add(self, line: vsa.Vector, rows: Rows, memory: vsa.Memory) -> None:
        """Read one sequence whose items are these rows of memory, -1 for none of them."""
        start = time.process_time()
        answer = decode(line, memory=memory)
        self.seconds += time.process_time() - start
        assert isinstance(answer, vsa.Answers)
        found = np.asarray(answer.winners)
        there = np.full(max(len(found), len(rows)), -1)
        there[: len(rows)] = rows
        right = (found == there[: len(found)]) & (found >= 0)
        self.sequences += 1
        self.known += int((rows >= 0).sum())
        self.named += int(right.sum())
        self.wrong += int(((found >= 0) & ~right & (answer.probability >= SURE)).sum())
        self.open += bool(answer.at_least)
        self.false += len(found) > len(rows) if answer.at_least else len(found) != len(rows)

    def line(self, title: str) -> str:
        cells = [f"{getattr(self, f.name):>10}" for f in fields(self)[:2] + fields(self)[3:-1]]
        share = f"{self.named / max(self.known, 1):>10.3f}"
        return f"{title:<34}{share}{''.join(cells)}{1e3 * self.seconds / self.sequences:>10.1f}"


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unknown", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--sequences", type=int, default=1000, help="in the first table")
    parser.add_argument("--dim", type=int, default=1024)
    parser.add_argument("--items", type=int, default=1000, help="in memory")
    options = parser.parse_args(argv)
    count = 20 if options.quick else options.sequences
    warnings.simplefilter("ignore")
    columns = ("named", "sequences", "known", "wrong", "false", "open", "ms")
    memory = filled(options.dim, options.items)
    print(
        f"{f'dim {options.dim}, {options.items} items':<34}" + "".join(f"{c:>10}" for c in columns)
    )
    kinds = {
        "1–10 items, a third unknown": (10, UNKNOWN, LENGTHS),
        "1–30 items, all known": (30, 0.0, LENGTHS),
        "1–30 items, all known, of length 1": (30, 0.0, (1.0, 1.0)),
        "1–10 items, all known, of length 1": (10, 0.0, (1.0, 1.0)),
    }
    for title, kind in kinds.items():
        print(random_sequences(memory, count if kind[1] else count // 5, *kind).line(title))
    print(f"\n{'near capacity':<34}" + "".join(f"{c:>10}" for c in ("right", "said", "warned")))
    for (dim, items), lengths in NEAR.items():
        for length in lengths[:1] if options.quick else lengths:
            shares = near_capacity(filled(dim, items), length, 20 if options.quick else 200)
            title = f"dim {dim}, {items} items, {length} long"
            print(f"{title:<34}" + "".join(f"{x:>10.3f}" for x in shares))
    return 0


def filled(dim: int, items: int) -> vsa.Memory:
    space = vsa.Space(dim=dim)
    memory = vsa.Memory(space)
    names = [f"item/{i}" for i in range(items)]
    memory.add(names, space.batch(names))
    return memory


def random_sequences(
    memory: vsa.Memory, count: int, most: int, unknown: float, lengths: tuple[float, float]
) -> Tally:
    rng, tally = np.random.default_rng(0), Tally()
    for _ in range(count):
        size = int(rng.integers(1, most + 1))
        rows = np.where(rng.random(size) < unknown, -1, rng.integers(0, len(memory), size))
        strange, scale = memory.space.random(size), np.exp(rng.uniform(*np.log(lengths), size))
        known = memory.vectors(rows)
        items = [(known[i] if rows[i] >= 0 else strange[i]).scale(scale[i]) for i in range(size)]
        tally.add(sequence(*items), rows, memory)
    return tally


def near_capacity(memory: vsa.Memory, length: int, count: int) -> tuple[float, float, float]:
    """The shares read right, said to be, and warned of."""
    rng, right, said = np.random.default_rng(1), [], []
    for _ in range(count):
        rows = rng.integers(0, len(memory), length)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = decode(sequence(*memory.vectors(rows)), memory=memory)
        texts = [str(w.message) for w in caught if w.category is vsa.CapacityWarning]
        found = re.search(r"right in (\d+)% of cases", " ".join(texts))
        said.append(int(found[1]) / 100 if found else None)
        right.append(np.array_equal(np.asarray(answer.winners), rows))
    warned = [s is not None for s in said]
    stated = [1.0 if s is None else s for s in said]
    return float(np.mean(right)), float(np.mean(stated)), float(np.mean(warned))


if __name__ == "__main__":
    sys.exit(main())
