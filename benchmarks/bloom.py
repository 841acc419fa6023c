"""`python -m benchmarks.bloom`: filters and sketches beside a Bloom filter and a count sketch.

Of the same bytes each: 1,000 items in a filter that shall be wrong of one stranger in a hundred, and a
stream of 100,000 of 10,000 different items, as unequal as words are. ± are not given: 20,000 strangers
make an error of .01 good to .0014.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from vsa_plugins.dictionary.parted import marks
from vsa_plugins.multiset import Multiset, count
from vsa_plugins.sketches import Filter, contains, filter_, sketch

import vsa

Array = np.ndarray[Any, Any]

SPACES = (("hrr", 1024), ("bsc", 1024), ("sbc:16", 256))
ITEMS, STRANGERS, WISH = 1000, 20_000, 0.01
STREAM, DIFFERENT, ERROR = 100_000, 10_000, 0.005


def hashed(count: int, seed: int, below: int) -> Array:
    """A hash of the items 0 … count − 1."""
    return np.random.default_rng(seed).integers(0, below, count)


def bloom(bits: float, items: int, strangers: int) -> tuple[int, float]:
    """The hashes of the best Bloom filter of so many bits, and its false positives."""
    bits = max(int(bits), 1)
    hashes = min(max(round(bits / items * math.log(2)), 1), 64)
    table = np.zeros(bits, bool)
    every = [hashed(items + strangers, seed, bits) for seed in range(hashes)]
    for each in every:
        table[each[:items]] = True
    return hashes, float(np.mean(np.all([table[each[items:]] for each in every], axis=0)))


def count_sketch(truth: Array, numbers: int, rows: int) -> float:
    """The error (root mean square) of a count sketch of so many counters, by the median of its rows."""
    width, size = numbers // rows, len(truth)
    read = []
    for seed in range(rows):
        place, sign = hashed(size, seed, width), 2 * hashed(size, 1000 + seed, 2) - 1
        read.append(sign * np.bincount(place, sign * truth, width)[place])
    return float(np.sqrt(np.mean((np.median(read, axis=0) - truth) ** 2)))


def finished(made: Filter, items: vsa.Vector) -> float:
    """The error of the same filter as rows of bits, with the threshold that is best for these items."""
    strangers = made.space.random(STRANGERS // 10)
    rows = vsa.Vector.of_row(made.space, made.sums.data)
    inside, outside = (
        np.sort(np.asarray(rows[made.place_of(x)].similarities(x))) for x in (items, strangers)
    )
    lost = np.searchsorted(inside, inside) / len(inside)
    wrong = 1 - np.searchsorted(outside, inside) / len(outside)
    return float(np.min(np.maximum(lost, wrong)))


def line(label: str, *cells: Any) -> str:
    """A row of a table."""
    return f"{label:46}" + "".join(f"{cell:>12}" for cell in cells)


def filters() -> Iterator[str]:
    yield line("1,000 items, wished .01", "false", "lost", "bytes", "s")
    for algebra, dim in SPACES:
        space = vsa.Space(dim, algebra)
        items, strangers = space.random(ITEMS), space.random(STRANGERS)
        start = time.process_time()
        made = filter_(items, error=WISH, memory=vsa.Memory(space))
        seconds = time.process_time() - start
        wrong = float(np.mean(contains(made, strangers)))
        lost = 1 - float(np.mean(contains(made, items)))
        size = made.sums.total.nbytes
        cells = f"{wrong:.4f}", f"{lost:.4f}", f"{size:,}", f"{seconds:.2f}"
        yield line(f"{algebra} {dim}, {made.parts} parts", *cells)
        if not space.closed:
            size, wrong = made.sums.data.nbytes, finished(made, items)
            yield line(
                "  its finished rows, by the best threshold", f"{wrong:.4f}", "", f"{size:,}"
            )
        hashes, wrong = bloom(8 * size, ITEMS, STRANGERS)
        yield line(f"  Bloom filter, {hashes} hashes", f"{wrong:.4f}", 0, f"{size:,}")
    bits = -ITEMS * math.log(WISH) / math.log(2) ** 2
    hashes, wrong = bloom(bits, ITEMS, STRANGERS)
    yield line(
        f"Bloom filter of that error, {hashes} hashes", f"{wrong:.4f}", 0, f"{bits / 8:,.0f}"
    )


def sketches() -> Iterator[str]:
    weights = 1 / np.arange(1, DIFFERENT + 1)
    truth = np.random.default_rng(0).multinomial(STREAM, weights / weights.sum())
    length = np.sqrt(np.sum(truth.astype(float) ** 2))
    yield ""
    yield line(
        f"100,000, wished .005 · ‖f‖ = {ERROR * length:.1f}", "error", "said", "numbers", "s"
    )
    for algebra, dim in SPACES:
        space = vsa.Space(dim, algebra)
        items = space.random(DIFFERENT)
        start = time.process_time()
        made: Multiset = sketch(error=ERROR, memory=vsa.Memory(space)).more(items, truth)
        seconds = time.process_time() - start
        found = count(made, items)
        error = float(np.sqrt(np.mean((found.value - truth) ** 2)))
        said = float(np.sqrt(np.mean(found.error**2)))
        numbers = made.sums.total.nbytes // 4
        cells = f"{error:.1f}", f"{said:.1f}", f"{numbers:,}", f"{seconds:.2f}"
        yield line(f"{algebra} {dim}, {made.parts} parts", *cells)
        for rows in (1, 5):
            error = count_sketch(truth, numbers, rows)
            yield line(f"  count sketch, {rows} of its rows", f"{error:.1f}", "", f"{numbers:,}")


def main() -> None:
    warnings.simplefilter("ignore")
    marks(vsa.Space(1024).random(1))  # directions are made once
    for text in (*filters(), *sketches()):
        print(text, flush=True)


if __name__ == "__main__":
    main()
