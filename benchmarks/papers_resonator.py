"""Resonator networks beside the paper: how large codebooks may be, and what else is there.

The operational capacity of E. P. Frady, S. J. Kent, B. A. Olshausen and F. T. Sommer, Resonator networks 1,
Neural Computation 32(12), 2020: the items of a codebook at which .99 of the products of bipolar vectors
are taken apart within a thousandth of the search space in sweeps. One start each and no other, as there.

The second table is what users meet: products of three factors at dim 1,024, by `vsa.factor` as it
comes, beside the peers, each as its documentation has it: torchhd's step for map, with the estimates
that a sum of each codebook gives, repeated 100 times; holovec's resonator, which takes one codebook
for all factors.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from benchmarks.papers import Table
from benchmarks.peers import peer
from vsa import picture
from vsa.pictures import Curves, Series
from vsa.products.resonator import Resonator

# factors, dim, items of a codebook at which .99 are solved
POINTS = (
    (2, 1000, 340),
    (2, 2000, 828),
    (3, 1500, 79),
    (3, 2000, 128),
    (3, 3000, 205),
    (4, 2000, 41),
)
TARGET = 0.99
DIM, FACTORS = 1024, 3
ITEMS = (10, 20, 35, 50, 79, 110, 140, 180, 230)
HARDER = ((3, 50), (4, 20), (3, 79), (4, 30))
EXACT = 1 - 1e-4
OURS = (("hrr", 1024), ("fhrr", 512), ("map-i", 1024), ("bsc", 1024))

Drawn = tuple[list[vsa.Vector], np.ndarray[Any, Any], vsa.Vector]


def drawn(algebra: str, dim: int, factors: int, items: int, count: int, seed: int) -> Drawn:
    """Codebooks, which members are bound (count, factors), and their products."""
    space = vsa.Space(dim, algebra=algebra, seed=seed)
    books = [space.batch([f"{f}/{i}" for i in range(items)]) for f in range(factors)]
    rows = np.random.default_rng(seed).integers(items, size=(count, factors))
    product = books[0][rows[:, 0]]
    for book, column in zip(books[1:], rows.T[1:], strict=True):
        product = product * book[column]
    return books, rows, product


def capacity(quick: bool) -> Table:
    """The share solved at each published point, of map and of hrr."""
    rows, data = [], []
    sets, each = (1, 10) if quick else (10, 20)
    for factors, dim, items in POINTS[:3:2] if quick else POINTS:
        cells = [f"{factors} factors, dim {dim}", str(items), f"{items**factors // 1000:,}"]
        for algebra in ("map-i", "hrr"):
            budget = max(items**factors // 1000, 1)
            right, sweeps = [], []
            for seed in range(sets):
                books, wanted, product = drawn(algebra, dim, factors, items, each, seed)
                found = Resonator(product.space, [b.total for b in books]).settle(
                    product.total, EXACT, budget, lanes=1, patience=budget
                )
                right += (found.rows == wanted).all(axis=1).tolist()
                sweeps += found.sweeps.tolist()
            share, error = float(np.mean(right)), math.sqrt(TARGET * (1 - TARGET) / len(right))
            cells += [f"{share:.3f} ±{error:.3f}", f"{np.median(sweeps):.0f}"]
            data.append({
                "factors": factors, "dim": dim, "items": items, "algebra": algebra, "solved": share,
                "products": len(right), "sweeps": float(np.median(sweeps)), "budget": budget,
            })  # fmt: skip
        rows.append(tuple(cells))
    return Table(
        "The share of products taken apart at the operational capacity of the paper, which is .99",
        ("", "items", "sweeps allowed", "map-i", "sweeps", "hrr", "sweeps"),
        rows,
        ("±: the standard error that .99 has in so many products. sweeps: the median. The paper's vectors",
         "are bipolar, as map's; hrr has half as many phasors at the same dim."),
        data,
    )  # fmt: skip


# --- what users meet ------------------------------------------------------------------------------
def ours(
    algebra: str, dim: int, method: str, factors: int = FACTORS
) -> Callable[[int, int], tuple[float, float]]:
    def solved(items: int, count: int) -> tuple[float, float]:
        right, seconds = 0, []
        for seed in range(count):
            books, rows, product = drawn(algebra, dim, factors, items, 1, seed)
            start = time.process_time()
            found = vsa.factor(product[0], *books, method=method)
            seconds.append(time.process_time() - start)
            names = [answer.name for answer in found.answers]
            right += names == [str(row) for row in rows[0]]
        return right / count, float(np.median(seconds))

    return solved


def torchhd(items: int, count: int) -> tuple[float, float]:
    """Steps of all factors at once, until they change no more."""
    hd, torch = peer("torchhd"), peer("torch")
    right, seconds = 0, []
    for seed in range(count):
        torch.manual_seed(seed)
        domains = torch.stack([hd.random(items, DIM) for _ in range(FACTORS)])
        rows = torch.randint(items, (FACTORS,))
        product = hd.multibind(torch.stack([domains[f, rows[f]] for f in range(FACTORS)]))
        start = time.process_time()
        estimates = hd.multiset(domains).sign()
        for _ in range(100):
            new = hd.resonator(product, estimates, domains)
            if bool((new == estimates).all()):
                break
            estimates = new
        found = hd.dot_similarity(estimates.unsqueeze(-2), domains).squeeze(-2).argmax(-1)
        seconds.append(time.process_time() - start)
        right += bool((found == rows).all())
    return right / count, float(np.median(seconds))


def holovec(items: int, count: int) -> tuple[float, float]:
    """One codebook that holds the members of all factors."""
    hv = peer("holovec")
    cleanup = peer("holovec.utils.cleanup")
    right, seconds = 0, []
    for seed in range(count):
        model = hv.VSA.create("MAP", dim=DIM, seed=seed)
        book = {
            f"{f}/{i}": model.random(seed=1 + f * items + i)
            for f in range(FACTORS)
            for i in range(items)
        }
        rows = np.random.default_rng(seed).integers(items, size=FACTORS)
        wanted = [f"{f}/{row}" for f, row in enumerate(rows)]
        product = book[wanted[0]]
        for name in wanted[1:]:
            product = model.bind(product, book[name])
        start = time.process_time()
        found, _ = cleanup.ResonatorCleanup().factorize(product, book, model, FACTORS, 100)
        seconds.append(time.process_time() - start)
        right += sorted(found) == sorted(wanted)
    return right / count, float(np.median(seconds))


def spaces(quick: bool) -> Table:
    """The share solved by the size of the search space."""
    count = 4 if quick else 40
    ways: list[tuple[str, Callable[[int, int], tuple[float, float]]]] = []
    for algebra, dim in OURS:
        ways.append((f"{algebra}, resonator", ours(algebra, dim, "resonator")))
    ways.append(("hrr, search", ours("hrr", 1024, "search")))
    ways += [
        (name, way) for name, way in (("torchhd", torchhd), ("holovec", holovec)) if peer(name)
    ]
    sizes = ITEMS[:2] if quick else ITEMS
    rows, data = [], []
    for name, way in ways:
        points = []
        for items in sizes:
            share, seconds = way(items, count)
            points.append((items**FACTORS, share, seconds))
            if share < 0.05 and name in ("torchhd", "holovec"):
                break  # larger ones are as hopeless
        cells = [f"{share:.2f}  {1000 * seconds:.0f} ms" for _, share, seconds in points]
        rows.append((name, *cells, *["-"] * (len(sizes) - len(cells))))
        data.append({"way": name, "points": points, "products": count})
    return Table(
        f"Products of three factors at dim {DIM}: the share taken apart, and the CPU time of one",
        ("items of each", *map(str, sizes)),
        rows,
        (f"{count} products in each cell. torchhd: 100 steps of all factors at once. holovec: one codebook",
         "that holds all members, which is what it takes. Neither says whether its answer is right."),
        data,
    )  # fmt: skip


def harder(quick: bool) -> Table:
    """Four factors beside three, as many products in the search space."""
    count = 4 if quick else 20
    rows, data = [], []
    for algebra, dim in OURS:
        cells = []
        for factors, items in HARDER:
            share, seconds = ours(algebra, dim, "resonator", factors)(items, count)
            cells.append(f"{round(share * count)} of {count}  {1000 * seconds:.0f} ms")
            data.append({"algebra": algebra, "factors": factors, "items": items, "solved": share})
        rows.append((f"{algebra} {dim}", *cells))
    return Table(
        f"Products at dim {DIM} by the resonator as it comes, and the CPU time of one",
        ("factors × items of each", *(f"{f} × {n}" for f, n in HARDER)), rows, (), data,
    )  # fmt: skip


TABLES = (capacity, spaces, harder)


def draw(tables: Sequence[Table], path: Path) -> None:
    """The share that is solved by the size of the search space."""
    series = []
    for number, way in enumerate(_ways(tables)):
        size, share, _ = np.array(way["points"]).T
        ours = "," in way["way"]
        series.append(
            Series(way["way"], size, share, group=number, form=int(not ours), joined=True)
        )
    picture(
        Curves(
            series, "products in the search space", "taken apart", bounds=(0, 1), log=True,
            title=f"Three factors, dim {DIM}",
        ),
        path,
    )  # fmt: skip


def _ways(tables: Sequence[Table]) -> Iterator[dict[str, Any]]:
    for table in tables:
        yield from (entry for entry in table.data if "way" in entry)
