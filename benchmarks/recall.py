"""`python -m benchmarks.recall [--items N…] [--dims D…] [--queries N]`: what compressed scans find.

Queries are items under the crosstalk of 2 to 32 bound pairs. exact: how often the exact scan names
the right one. same: how often the sketched one names what the exact one does; left: the share of
queries that it leaves to the exact scan. Then the share of right items among the `WIDTH` nearest by
other means: spectral and real, signs of the packed and of the real coordinates; rabitq, faiss
IndexRaBitQFastScan; fly, the tags of the fruit fly (Dasgupta, Stevens and Navlakha, Science 358,
2017): each of 10·dim units sums a random tenth of the real coordinates, the first twentieth of them
by activity are the tag. A tag takes 10 bits a component, a sketch 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import vsa
from benchmarks.peers import one_thread, peer
from benchmarks.sketched import BLOCK, crosstalk, filled
from vsa.algebra.vector import Vector
from vsa.memory import storage
from vsa.memory.matches import Query
from vsa.memory.sketch.shortlist import Shortlist

WIDTH = 100
PAIRS = (2, 8, 16, 32)
EXPANSION, SAMPLED, WINNERS = 10, 0.1, 0.05
FLY_ITEMS = 10_000  # of more, the tags take too long
COMPARED = 600_000_000  # components; of more, signs as numbers and other indexes take too much room
COLUMNS = ("exact", "same", "left", "spectral", "real", "rabitq", "fly")

Floats = np.ndarray[Any, Any]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recall", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it runs")
    parser.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--dims", type=int, nargs="+", default=[512, 1024])
    parser.add_argument("--queries", type=int, default=1000, help="in each row")
    options = parser.parse_args(argv)
    one_thread()
    sizes = (
        [(5000, 1024)] if options.quick else [(n, d) for d in options.dims for n in options.items]
    )
    print(f"{'items, dim, atoms, pairs':<34}" + "".join(f"{name:>10}" for name in COLUMNS))
    for items, dim in sizes:
        for atoms in ("unitary", "gaussian"):
            memory = filled(vsa.Space(dim=dim, atoms=atoms), items)
            for pairs, found in table(memory, 50 if options.quick else options.queries):
                cells = [f"{found[c]:10.3f}" if c in found else f"{'-':>10}" for c in COLUMNS]
                print(
                    f"{items:>9,} {dim:>5} {atoms:<9} {pairs:>3} pairs" + "".join(cells), flush=True
                )
    return 0


def table(memory: vsa.Memory, count: int) -> Iterator[tuple[int, dict[str, float]]]:
    """For each number of pairs the shares, by column."""
    items = memory.table.rows
    rows = np.arange(len(items))
    fly = Fly(memory) if len(items) <= FLY_ITEMS else None
    compared = items.size <= COMPARED
    real_signs = np.concatenate([signs(b.numpy()) for b in blocks(memory)]) if compared else None
    rabitq = _rabitq(items) if compared else None
    for pairs in PAIRS:
        query = crosstalk(memory, count, pairs)
        right, asked = np.arange(count), storage.asked(query)[0]
        exact = memory.cleanup(query, exact=True).rows[:, 0]
        sketched = memory.cleanup(query).rows[:, 0]
        _, left = Shortlist(Query(query, items, rows, sketch=memory.table.sketch).flat()).several(
            asked
        )
        found = {
            "exact": float((exact == right).mean()),
            "same": float((exact == sketched).mean()),
            "left": len(left) / count,
        }
        if real_signs is not None:
            found["spectral"] = share(nearest(signs(items), signs(asked)), right)
            found["real"] = share(nearest(real_signs, signs(query.numpy())), right)
        if rabitq is not None:
            found["rabitq"] = share(rabitq.search(asked, WIDTH)[1], right)
        if fly is not None:
            found["fly"] = share(fly.nearest(query), right)
        yield pairs, found


def blocks(memory: vsa.Memory) -> Iterator[Vector]:
    for start in range(0, len(memory), BLOCK):
        yield memory.vectors(np.arange(start, min(start + BLOCK, len(memory)))).normalize()


def share(near: Floats, right: Floats) -> float:
    """How often the right row is among those found; near (queries, WIDTH)."""
    return float((near == right[:, None]).any(axis=1).mean())


def signs(vectors: Floats) -> Floats:
    """±1 as int8."""
    return np.where(vectors > 0, 1, -1).astype(np.int8)


def nearest(items: Floats, queries: Floats) -> Floats:
    """The `WIDTH` rows with the largest products with each query (queries, WIDTH)."""
    asked = queries.astype(np.float32).T
    products = [
        items[i : i + BLOCK].astype(np.float32) @ asked for i in range(0, len(items), BLOCK)
    ]
    return np.argpartition(-np.concatenate(products), WIDTH, axis=0)[:WIDTH].T


def _rabitq(items: Floats) -> Any:
    faiss = peer("faiss")
    if not faiss or not hasattr(faiss, "IndexRaBitQFastScan"):
        return None
    index = faiss.IndexRaBitQFastScan(items.shape[1], faiss.METRIC_INNER_PRODUCT)
    index.train(items[:BLOCK])
    index.add(items)
    return index


class Fly:
    """Tags of the items of a memory: which units win."""

    def __init__(self, memory: vsa.Memory, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        dim = memory.space.dim
        chosen = rng.random((dim, EXPANSION * dim), dtype=np.float32) < SAMPLED
        self.weights = chosen.astype(np.float32)
        self.items = np.concatenate([self.tags(block) for block in blocks(memory)])

    def tags(self, vectors: Vector) -> Floats:
        """1 for the winners, 0 for the others (n, units), int8."""
        activity = np.asarray(vectors.numpy(), dtype=np.float32) @ self.weights
        winners = int(WINNERS * activity.shape[1])
        least = -np.partition(-activity, winners, axis=1)[:, winners]
        return (activity > least[:, None]).astype(np.int8)

    def nearest(self, query: Vector) -> Floats:
        return nearest(self.items, self.tags(query))


if __name__ == "__main__":
    sys.exit(main())
