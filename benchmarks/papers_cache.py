"""Soft cleanup beside the papers: the cache memory on digits, Hopfield, Kanerva's memory, novelty.

The experiments are those of examples/cache_digits.py and examples/familiarity.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.papers import Table, short, spread
from vsa import Space, Vector, soft

sys.path.append(str(Path(__file__).parents[1] / "examples"))

import cache_digits as example
import familiarity


def digits(quick: bool) -> Table:
    rows = []
    for setting in example.SETTINGS:
        found = [example.compare(*setting, seed) for seed in range(2 if quick else 8)]
        for who, published in zip(example.NAMES, example.PUBLISHED[setting], strict=True):
            rows.append((
                f"{setting[0]} items, {setting[1]} iterations: {example.NAMES[who]}",
                spread([row[who] for row in found], 4), short(published, 4),
                f"{np.mean([row[f'{who}_flops'] for row in found]):,.0f}",
            ))  # fmt: skip
    return Table(
        f"Cache memory on scikit-learn's digits, perceptron 64-32, {len(found)} seeds",
        ("accuracy", "ours", "reference", "FLOPs of a query"),
        rows,
        ("θ and λ fitted on 200 items that are neither learnt nor stored; tested on 797.",),
    )


def worth(quick: bool) -> Table:
    shares = (5, 50) if quick else example.SHARES
    seeds = [example.worth(seed, shares) for seed in range(2 if quick else 16)]
    rows = []
    for i, share in enumerate(shares):
        x, y, z = (example.column([row[i] for row in seeds], key) for key in "xyz")
        value, error = example.ratio(x, y, z)
        lam = example.column([row[i] for row in seeds], "lambda").tolist()
        cells = [spread(some.tolist(), 3) for some in (x, z, y)]
        rows.append((f"{share}%", *cells, f"{value:.2f} ±{error:.2f}", spread(lam)))
    return Table(
        f"Relative value of learning (y − x)/(z − x), {len(seeds)} seeds",
        ("learnt", "x", "z, rest cached", "y, all learnt", "value", "λ"),
        rows,
        ("The value is that of the means, ± its standard error by the jackknife.",),
    )  # fmt: skip


def deceived(quick: bool) -> Table:
    epsilons = (0.0, 0.1) if quick else example.EPSILONS
    found = [example.robustness(seed, epsilons) for seed in range(2 if quick else 8)]
    rows = []
    for who, name in example.NAMES.items():
        norms = [row["jacobian"][who] for row in found]
        whom = "net" if who == "net" else "either"
        for attack in ("fgsm", "pgd"):
            curve = np.mean([row["curves"][f"{attack} {who}, {whom} attacked"] for row in found], 0)
            rows.append((f"{name}, {attack}", spread(norms), *(short(v, 3) for v in curve)))
    return Table(
        f"Mean Jacobian, and accuracy under attack at ε, 200 items, {len(found)} seeds",
        ("model", "‖∂p/∂x‖", *map(str, epsilons)),
        rows,
        ("With a cache an item counts as right where neither the net's gradient nor the whole's",
         "deceives. Orhan (2018) reports a regularising effect and robustness on images."),
    )  # fmt: skip


def retrieval(quick: bool) -> Table:
    dim, beta, probes = 64, 60.0, 100 if quick else 1000
    rng = np.random.default_rng(0)
    rows = []
    for count in (100, 1_000) if quick else (100, 1_000, 10_000, 100_000):
        patterns = rng.standard_normal((count, dim), dtype=np.float32)
        patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
        chosen = rng.integers(0, count, probes)
        noise = rng.standard_normal((probes, dim), dtype=np.float32)
        queries = patterns[chosen] + noise / dim**0.5
        once, rest = (soft.hopfield(queries, patterns, beta, steps=n) for n in (1, 100))
        cosines = [
            float(
                (
                    (found.vector * patterns[chosen]).sum(1) / np.linalg.norm(found.vector, axis=1)
                ).mean()
            )
            for found in (once, rest)
        ]
        near = float(((rest.vector * patterns[chosen]).sum(1) > 0.99).mean())
        rows.append(
            (
                f"{count:,}",
                *(short(c, 3) for c in cosines),
                short(near, 3),
                f"{rest.steps.mean():.1f}",
            )
        )
    return Table(
        f"Modern Hopfield retrieval, dim {dim}, β = {beta:.0f}, noise as long as the pattern",
        ("patterns", "cosine, 1 step", "at rest", "found (> .99)", "steps"),
        rows,
        ("Ramsauer et al. (2020): one step retrieves, and the number kept grows exponentially with",
         f"the dimension. The classical network keeps .14 × {dim} = 9."),
    )  # fmt: skip


def sparse(quick: bool) -> Table:
    dim, probes, far = 1000, 50, range(0, 401, 50 if quick else 25)
    rows = []
    for locations, pairs in ((10_000, 100), (10_000, 300), (100_000, 1000))[: 2 if quick else 3]:
        space = Space(dim, algebra="bsc")
        memory = soft.SparseMemory(space, locations)
        words = space.batch([f"word {i}" for i in range(pairs)])
        memory.write(words)
        known, rng = words[:probes], np.random.default_rng(0)
        setting, first, home = (dim, locations, memory.active, pairs), {}, []
        for distance in far:
            bits = known.numpy().copy()
            for row in bits:
                place = rng.choice(dim, distance, replace=False)
                row[place] = 1 - row[place]
            probe = space.vector(bits)
            read, rest = memory.read(probe), memory.settle(probe, 30).vector
            first[distance] = dim * float((1 - read.similarities(known)).mean()) / 2
            home.append(float((rest.similarities(known) > 0.95).mean()))
        half = float(np.interp(-0.5, -np.array(home), far))
        firsts = (
            f"{first[d]:.0f} / {soft.next_distance(*setting, d):.0f}"
            for d in far
            if d in (100, 200, 300)
        )
        rows.append((
            f"{locations:,} locations, {memory.active} active, {pairs:,} words", *firsts,
            f"{half:.0f} / {soft.critical_distance(*setting)}",
        ))  # fmt: skip
    return Table(
        f"Sparse distributed memory, {dim} bits, {probes} probes: measured / theory",
        ("memory", "from 100 bits", "200", "300", "critical distance"),
        rows,
        ("How many bits are wrong after one read, and at how many half of the probes find home.",),
    )


def kanerva(quick: bool) -> Table:
    """A hundredth as many words as locations, as in his example, which has a million of those."""
    dim, probes = 1000, 20 if quick else 60
    rows = []
    for locations in (10_000,) if quick else (10_000, 100_000):
        pairs, space = locations // 100, Space(dim, algebra="bsc")
        memory = soft.SparseMemory(space, locations)
        words = space.batch([f"word {i}" for i in range(pairs)])
        memory.write(words)
        theory = soft.critical_distance(dim, locations, memory.active, pairs)
        far = np.arange(theory - 150, theory + 51, 50 if quick else 20)
        found = np.stack([_home(memory, words[:probes], int(d)) for d in far], axis=1)
        rng = np.random.default_rng(0)
        again = [_half(found[rng.integers(0, len(found), len(found))], far) for _ in range(200)]
        rows.append((
            f"{locations:,} locations, {memory.active} active, {pairs:,} words",
            f"{_half(found, far):.0f} ±{np.std(again):.0f}", f"{theory}", "",
        ))  # fmt: skip
    theory = soft.critical_distance(dim, 1_000_000, 1000, 10_000)
    rows.append(("1,000,000 locations, 1000 active, 10,000 words", "", f"{theory}", "209"))
    return Table(
        f"Kanerva's critical distance, {dim} bits, {probes} probes",
        ("memory", "measured", "theory", "published"),
        rows,
        ("From where half of the probes find home in 30 reads, ± by resampling the probes. Kanerva (1988)",
         "has all locations within 451 bits, a thousandth of them. The last row takes 2 GB and is not run:",
         "measured once, .9 of 40 probes found home from 200 bits and .3 from 210 (docs: soft_cleanup)."),
    )  # fmt: skip


def _home(memory: soft.SparseMemory, words: Vector, distance: int) -> np.ndarray:
    """Which words (n,) are found again from so many wrong bits."""
    rng, bits = np.random.default_rng(distance), words.numpy().copy()
    for row in bits:
        place = rng.choice(bits.shape[1], distance, replace=False)
        row[place] = 1 - row[place]
    rest = memory.settle(words.space.vector(bits), 30).vector
    return np.asarray(rest.similarities(words)) > 0.95


def _half(found: np.ndarray, far: np.ndarray) -> float:
    """The distance at which half of the probes (n, distances) are found."""
    home = np.minimum.accumulate(found.mean(0))
    return float(np.interp(-0.5, -home, far))


def novelty(quick: bool) -> Table:
    stored, probes = ((10, 100), 100) if quick else ((10, 1_000, 100_000), 1000)
    rows = [
        (f"dim {r['dim']}, {r['stored']:,} stored, {r['load']} terms",
         *(f"{short(r[m], 3)} / {short(r[f'{m}, theory'], 3)}"
           for m in ("hits", "false alarms", "auc", "bundle auc")))
        for dim in familiarity.DIMS
        for r in familiarity.measure(dim, stored, probes=probes)
    ]  # fmt: skip
    return Table(
        "Recognition by P(nothing) < ½, measured / theory",
        ("probe", "hits", "false alarms", "AUC", "AUC of the plain bundle"),
        rows,
    )


TABLES = (digits, worth, deceived, retrieval, sparse, kanerva, novelty)
