"""Has this been seen before? P(nothing) as a signal of novelty, as more and more is stored.

    python examples/familiarity.py --out familiarity.png

Items are stored, and probes are either stored items (old) or fresh ones (new), each among k − 1 terms
of crosstalk. A memory's cleanup says P(nothing); below ½ the probe counts as familiar. Beside it
stands the familiarity of the plain bundle, the cosine of the probe with the sum of all items, which
costs one vector however many there are, and forgets. Hit rate, false-alarm rate and AUC (how often
an old probe looks more familiar than a new one) are measured and predicted.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import vsa
from vsa import capacity
from vsa.pictures import Curves, Panels, Series
from vsa.plugin import log_likelihood

Floats = np.ndarray[Any, Any]

DIMS = (256, 1024)
STORED = (10, 100, 1_000, 10_000, 100_000)
LOADS = (1, 8, 32)  # superposed terms in a probe
PROBES = 1000  # of either sort


# --- measured ------------------------------------------------------------------------------------
def auc(old: Floats, new: Floats) -> float:
    """P(an old score is above a new one), a tie counting half."""
    scores = np.concatenate((old, new))
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return float((ranks[: len(old)].sum() - len(old) * (len(old) + 1) / 2) / len(old) / len(new))


def crosstalk(vectors: vsa.Vector, load: int) -> vsa.Vector:
    """Each vector with load − 1 fresh ones superposed."""
    for _ in range(load - 1):
        vectors = vectors + vectors.space.random(len(vectors))
    return vectors


def measure(
    dim: int,
    stored: Sequence[int] = STORED,
    loads: Sequence[int] = LOADS,
    probes: int = PROBES,
    seed: int = 0,
) -> Iterator[dict[str, Any]]:
    """A record for each number of stored items and each load."""
    space = vsa.Space(dim, seed=seed)
    memory, bundle = vsa.Memory(space), space.zero()
    rng = np.random.default_rng(seed)
    for count in stored:
        for start in range(len(memory), count, 10_000):
            stop = min(start + 10_000, count)
            items = space.random(stop - start)
            memory.add([f"item {i}" for i in range(start, stop)], items)
            bundle = bundle + items.bundle()
        for load in loads:
            seen = memory.vectors(rng.integers(0, count, probes))
            old, new = crosstalk(seen, load), crosstalk(space.random(probes), load)
            novelty = [memory.cleanup(v).nothing for v in (old, new)]
            sums = [v.similarity(bundle) for v in (old, new)]
            yield {
                "dim": dim, "stored": count, "load": load,
                "hits": float((novelty[0] < 0.5).mean()),
                "false alarms": float((novelty[1] < 0.5).mean()),
                "auc": auc(-novelty[0], -novelty[1]), "bundle auc": auc(*sums),
                **predict(dim, count, load),
            }  # fmt: skip


# --- predicted -----------------------------------------------------------------------------------
def normal_cdf(x: Floats) -> Floats:
    return 0.5 * np.vectorize(math.erfc)(-x / math.sqrt(2))


def below(c: Floats, dim: int, load: int) -> Floats:
    """P(cosine of an item with itself among load − 1 other terms < c).

    The crosstalk is Gaussian, of variance σ² = (load − 1)/dim a component: along the item it adds
    to 1, across it is σ times a chi of dim − 1 degrees.
    """
    if load == 1:
        return np.where(c < 1, 0.0, 1.0)
    sigma = math.sqrt((load - 1) / dim)
    chi = np.linspace(-6, 6, 49) / math.sqrt(2) + math.sqrt(dim - 1.5)
    log_density = (dim - 2) * np.log(np.maximum(chi, 1e-9)) - chi**2 / 2
    density = np.exp(log_density - log_density.max())
    slope = c / np.sqrt(np.maximum(1 - c * c, 1e-12))
    return normal_cdf(np.multiply.outer(slope, chi) - 1 / sigma) @ (density / density.sum())


def predict(dim: int, stored: int, load: int) -> dict[str, float]:
    """The rates and areas of `measure`, by theory alone.

    P(nothing) falls below ½ where Σ L of the cosines passes their number. It is taken to hang on
    the largest one, c, and on the mean of the others, which are below it. A new probe's largest of
    so many random cosines is below c with probability F(c)^stored; an old probe's also needs its
    own item below c. The bundle's score is normal around 0, or around the cosine of the item.
    """
    c = np.linspace(-1, 1, 8_001)[1:-1]
    random = 1 - capacity.false_match(c, dim, 1)  # F
    density = np.exp((dim - 3) / 2 * np.log1p(-c * c))
    density /= density.sum()
    ratio = np.exp(np.minimum(log_likelihood(c, dim), 300))
    others = np.cumsum(ratio * density) / np.maximum(np.cumsum(density), 1e-300)
    evidence = np.maximum.accumulate(ratio + (stored - 1) * others)
    threshold = np.interp(stored, evidence, c)
    own = below(c, dim, load)
    new, old = random**stored, random ** (stored - 1) * own
    steps = np.diff(old, prepend=0.0, append=1.0)
    chance = np.append(new, 1.0)
    moments = [
        float(np.append(c, 1.0) ** i @ np.diff(own, prepend=0.0, append=1.0)) for i in (1, 2)
    ]
    noise = (2 * stored - 1) / dim + moments[1] - moments[0] ** 2
    return {
        "hits, theory": float(1 - np.interp(threshold, c, old)),
        "false alarms, theory": float(1 - np.interp(threshold, c, new)),
        "auc, theory": float((chance - np.diff(chance, prepend=0.0) / 2) @ steps),
        "bundle auc, theory": float(normal_cdf(np.array(moments[0] / math.sqrt(noise)))),
    }


# --- seen together -------------------------------------------------------------------------------
def draw(records: Sequence[dict[str, Any]], path: Path) -> None:
    """A row for each dimension: rates of P(nothing), and areas beside the bundle's."""
    names = {"auc": "P(nothing)", "bundle auc": "bundle"}
    sides = {
        "share called familiar, P(nothing) < ½": (("hits", "false alarms"), (0, 1)),
        "AUC, old against new": (("auc", "bundle auc"), (0.5, 1)),
    }
    panels = []
    for dim in sorted({r["dim"] for r in records}):
        for axis, (measures, bounds) in sides.items():
            series = []
            for colour, load in enumerate(sorted({r["load"] for r in records})):
                of = [r for r in records if (r["dim"], r["load"]) == (dim, load)]
                x = [r["stored"] for r in of]
                for form, measure in enumerate(measures):
                    said = f"{names.get(measure, measure)}, {load} term{'s' * (load > 1)}"
                    theory = [r[f"{measure}, theory"] for r in of]
                    series += [
                        Series("", x, theory, line=True, group=colour, form=form),
                        Series(said, x, [r[measure] for r in of], group=colour, form=form),
                    ]
            panels.append(
                Curves(series, "items stored", axis, bounds, log=True, title=f"dim {dim}")
            )
    title = "Recognition by P(nothing), and by the plain bundle (lines: theory)"
    vsa.picture(Panels(panels, title=title), path)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and draw the picture."""
    parser = argparse.ArgumentParser(description="Recognition of what has been stored.")
    parser.add_argument("--out", type=Path, default=Path("familiarity.png"))
    parser.add_argument("--dims", type=int, nargs="+", default=DIMS)
    parser.add_argument("--most", type=int, default=STORED[-1], help="items stored at most")
    parser.add_argument("--probes", type=int, default=PROBES)
    options = parser.parse_args(arguments)
    stored = [count for count in STORED if count <= options.most]
    print("Measured / by theory.\n")
    print("| dim | terms | stored | hits | false alarms | AUC | AUC of the bundle |")
    print("|---|---|---|---|---|---|---|")
    records = []
    for dim in options.dims:
        for r in measure(dim, stored, probes=options.probes):
            records.append(r)
            cells = " | ".join(
                f"{r[m]:.3f} / {r[f'{m}, theory']:.3f}"
                for m in ("hits", "false alarms", "auc", "bundle auc")
            )
            print(f"| {dim} | {r['load']} | {r['stored']:,} | {cells} |", flush=True)
    draw(records, options.out)
    print(f"\ndrawn in {options.out}")


if __name__ == "__main__":
    main()
