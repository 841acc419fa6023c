"""Composition beside the paper (Socher, Huval, Manning & Ng 2012): logic, adverbs, sentiment, speed.

The data of adverbs and of sentiment are generated (`examples/adverbs.py`, `examples/sentiment.py`), so
the published numbers are of another task of the same shape: what compares is the order of the rows.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.papers import Table, short, spread

sys.path.append(str(Path(__file__).parents[1] / "examples"))

import adverbs
import logic
import sentiment

PUBLISHED = {
    "uniform": 0.327, "mean of training": 0.193, "(a+b)/2": 0.103, "a⊙b": 0.103, "[a;b]": 0.101,
    "Ab": 0.103, "RNN": 0.093, "linear MVR": 0.092, "MV-RNN": 0.091,
}  # fmt: skip


def from_six_trees(quick: bool) -> Table:
    tries = 2 if quick else 10
    depths = (1, 2, 4, 6, 8)
    rows, found = [], 0
    for seed in range(tries):
        composer, loss = logic.learn(seed)
        if loss > 1e-6:
            continue
        found += 1
        right = [logic.accuracy(composer, depth, 100 if quick else 1000) for depth in depths]
        rows.append((f"try {seed + 1}", *(f"{share:.3f}" for share in right)))
    return Table(
        f"Logic from six trees: {found} of {tries} tries fit them; formulas right by depth",
        ("", *(f"depth {depth}" for depth in depths)),
        rows,
        ("Published: every formula right.",),
    )


# --- adverbs and adjectives ------------------------------------------------------------------------
def adverb_adjective(quick: bool) -> Table:
    """The decay of each model is the one that is best on `check` for the first seed."""
    seeds = range(1 if quick else 5)
    size = {"train": 200, "check": 60, "test": 60} if quick else {}
    epochs = 3 if quick else adverbs.EPOCHS
    worlds = [adverbs.data(seed, **size) for seed in seeds]
    references = [adverbs.references(known) for known in worlds]
    values = {name: [found[name] for found in references] for name in references[0]}
    truth = values.pop("the truth")
    decays: dict[str, str] = dict.fromkeys(values, "")
    for name, settings in adverbs.MODELS.items():

        def learnt(seed: int, decay: float, settings: dict[str, Any] = settings) -> Any:
            return adverbs.learnt(worlds[seed], settings, decay, seed, epochs=epochs)

        models = {decay: learnt(0, decay) for decay in adverbs.DECAYS[: 1 if quick else None]}
        decay = min(models, key=lambda d: adverbs.tried(models[d], worlds[0].check))
        rest = [models[decay], *(learnt(seed, decay) for seed in seeds[1:])]
        values[name] = [
            adverbs.tried(model, known.test) for model, known in zip(rest, worlds, strict=True)
        ]
        decays[name] = f"{decay:g}"
    rows = []
    for name, found in values.items():
        published = short(PUBLISHED[name], 3) if name in PUBLISHED else "-"
        rows.append((name, spread(found, 3), decays[name], published))
    rows.append(("the truth", spread(truth, 3), "", "-"))
    return Table(
        f"Adverb–adjective pairs, mean KL(counted ‖ predicted), {len(seeds)} generated worlds",
        ("dim 25, pairs held out", "KL", "decay", "published"),
        rows,
        (
            "The truth: the distributions that the counts were drawn from. Published: movie reviews.",
        ),
    )


# --- sentiment -------------------------------------------------------------------------------------
def generated_sentiment(quick: bool) -> Table:
    seeds = range(1 if quick else 3)
    size = {"count": 150, "tried": 50} if quick else {}
    worlds = [sentiment.data(seed, **size) for seed in seeds]
    rows = []
    for name, fit in sentiment.MODELS.items():
        models = {
            decay: fit(worlds[0], decay, 0) for decay in sentiment.DECAYS[: 1 if quick else None]
        }
        decay = max(models, key=lambda d: sentiment.share_right(models[d], worlds[0].check))
        rest = [models[decay], *(fit(worlds[seed], decay, seed) for seed in seeds[1:])]
        cells = [
            spread(
                [
                    sentiment.share_right(m, getattr(w, part))
                    for m, w in zip(rest, worlds, strict=True)
                ]
            )
            for part in ("alike", "deeper")
        ]
        rows.append((name, f"{sentiment.parameters_of(rest[0]):,}", *cells, f"{decay:g}"))
    most = (
        [max(_shares(known.alike)) for known in worlds],
        [max(_shares(known.deeper)) for known in worlds],
    )
    rows.insert(0, ("the commonest label", "", *map(spread, most), ""))
    return Table(
        f"Five labels of generated phrases, right of {len(worlds[0].alike)}, {len(seeds)} worlds",
        ("learnt at depth 0–4", "parameters", "new pairs", "depth 6–8", "decay"),
        rows,
        ("New pairs: as deep, with a modifier and an adjective that training never had together.",
         "Published, movie reviews: MV-RNN 79.0 %, RAE 77.7 % of two labels."),
    )  # fmt: skip


def _shares(trees: list[Any]) -> list[float]:
    labels = [sentiment.label(tree) for tree in trees]
    return [labels.count(name) / len(labels) for name in sentiment.LABELS]


# --- speed -----------------------------------------------------------------------------------------
def by_levels(quick: bool) -> Table:
    from benchmarks.composition import rows

    found = []
    for row in rows(quick):
        ours, loop = (
            min(_seconds(candidate.run) for _ in range(3)) for candidate in row.candidates
        )
        found.append(
            (row.label, f"{1e3 * ours:.1f} ms", f"{1e3 * loop:.0f} ms", f"{loop / ours:.1f}×")
        )
    return Table(
        "Composing by levels beside tree by tree, CPU time, best of 3",
        ("matrix form", "by levels", "tree by tree", "ratio"),
        found,
        ("Goal: 20×.",),
    )


def _seconds(run: Any) -> float:
    start = time.process_time()
    run()
    return time.process_time() - start


TABLES = (generated_sentiment, adverb_adjective, from_six_trees, by_levels)
